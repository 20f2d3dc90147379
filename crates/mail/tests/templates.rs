//! Every mail that the service writes, read as its recipient reads it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use mail::templates::*;
use mail::{Kind, Mailer, MemoryBox, Message, Sender, Transport};
use testkit::smtp::Mail;

const URL: &str = "https://yui.example/x/1";

fn head() -> Head<'static> {
    Head {
        organisation: "中井町 総務課",
        name: "髙﨑 𠮷子",
        consortium: "神奈川県共同調達協議会（架空）",
        contact: "神奈川県 調達担当 電話 000-0000-0000",
    }
}

fn at() -> DateTime<Utc> {
    "2026-04-10T08:00:00Z".parse().unwrap()
}

fn on() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, 10).unwrap()
}

/// One mail of every kind; `words` stands wherever a person's own words go.
fn all(head: &Head<'_>, words: &str) -> Vec<Rendered> {
    let (url, expires_at) = (URL, at());
    vec![
        Invite { invited_by: words, role: "市町村担当者", login: words, url, expires_at }.render(head),
        PasswordReset { requested_at: at(), url, expires_at }.render(head),
        RefreshTokenReused { detected_at: at(), address: "192.0.2.1", url }.render(head),
        NewDevice { at: at(), address: "192.0.2.1", program: words, url }.render(head),
        AccountChanged { what: words, at: at(), address: "192.0.2.1", url }.render(head),
        EmailChange { requested_at: at(), url, expires_at }.render(head),
        DailyDigest {
            items: &[DigestItem {
                subject: format!("【結】{words}"), text: format!("総務課\n\n{words}"), at: at()
            }],
            more: 0,
            url,
        }
        .render(head),
        SurveyOpened {
            fiscal_year: 2026,
            round: words,
            due_on: on(),
            last_year_seats: Some(60),
            binding: false,
            note: words,
            url,
        }
        .render(head),
        SurveyReminder { fiscal_year: 2026, round: words, due_on: on(), days_left: 3, url }.render(head),
        SurveyAnswerReturned { round: words, seats: 70, returned_by: words, reason: words, due_on: on(), url }
            .render(head),
        EstimateNotice {
            fiscal_year: 2026,
            round: words,
            seats: 70,
            share_yen: 1_848_000,
            alone_yen: 2_310_000,
            total_seats: 300,
            total_yen: 7_920_000,
            sharing_rule: words,
            url,
        }
        .render(head),
        ContractMade {
            round: words,
            number: words,
            vendor: words,
            starts_on: on(),
            ends_on: on(),
            seats: 300,
            total_yen: 7_920_000,
            url,
        }
        .render(head),
        AllocationPublished {
            round: words,
            requested_seats: 80,
            allocated_seats: 70,
            reason: words,
            share_yen: 1_848_000,
            url,
        }
        .render(head),
        EntryCallOpened { call: words, product: words, capacity: 70, due_on: on(), policy: words, url }.render(head),
        ApplicationReceived { call: words, received_at: at(), supervisor: words, wish: words, problem: words, url }
            .render(head),
        ApplicationArrived { call: words, applicant: words, received_at: at(), applications: 3, capacity: 2, url }
            .render(head),
        AcknowledgementRequested { call: words, applicant: words, wish: words, problem: words, url, expires_at }
            .render(head),
        ApplicationObjected {
            call: words,
            applicant: words,
            supervisor: words,
            reason: words,
            for_contact: false,
            url,
        }
        .render(head),
        ApplicationSelected { call: words, reason: words, url }.render(head),
        ApplicationWaiting { call: words, position: 2, waiting: 5, reason: words, offer_hours: 72, url }.render(head),
        ApplicationDeclined { call: words, reason: words, url }.render(head),
        SeatAssigned { product: words, starts_on: on(), ends_on: on(), today: on(), url }.render(head),
        SeatReturned { product: words, returned_at: at(), reason: words, url }.render(head),
        SeatsMovedAway { product: words, seats: 2, to: words, rest: 3, reason: words, url }.render(head),
        OfferMade { call: words, product: words, hours: 72, expires_at, url }.render(head),
        OfferExpired { call: words, expired_at: at(), url }.render(head),
        SeatRequestSubmitted {
            member: words,
            requested_by: words,
            submitted_at: at(),
            seats: 5,
            order_yen: 132_000,
            reserve_seats: 10,
            reason: words,
            url,
        }
        .render(head),
        SeatRequestGranted { seats: 5, total_seats: 75, charge_yen: 132_000, source: words, reason: words, url }
            .render(head),
        SeatRequestDeclined { seats: 5, reason: words, url }.render(head),
        SeatRequestReturned { seats: 5, reason: words, url }.render(head),
        PostCommented { title: words, author: words, comment: words, url }.render(head),
        CommentReplied { title: words, author: words, reply: words, url }.render(head),
        PostResolved { title: words, author: words, answer: words, url }.render(head),
        PostReviewed { title: words, review: Review::Published, remark: words, url }.render(head),
    ]
}

#[test]
fn an_allocation_is_announced_with_its_numbers_its_reason_and_the_next_step() {
    let mail = AllocationPublished {
        round: "令和8年度 オンライン学習サービス",
        requested_seats: 80,
        allocated_seats: 70,
        reason: "最低席数60を確保した後、残りを希望席数の比で配分。\n端数1席は団体コード順。",
        share_yen: 1_848_000,
        url: URL,
    }
    .render(&head());
    assert_eq!(mail.kind, Kind::AllocationPublished);
    assert_eq!(mail.subject, "【結】席の配分が決まりました（70席）");
    let text = "\
中井町 総務課
髙﨑 𠮷子 様

席の配分を公開しましたので、貴団体の席数とその理由をお知らせします。

■ 貴団体の配分
　調達回：令和8年度 オンライン学習サービス
　希望席数：80席
　配分席数：70席
　負担金（税込）：1,848,000円

■ 配分の理由
> 最低席数60を確保した後、残りを希望席数の比で配分。
> 端数1席は団体コード順。

■ 次にすること
　1. 下のページで配分の根拠を確認してください。
　2. 職員への募集を始めるときは、募集の画面から定員と締切を設定してください。

https://yui.example/x/1

--
神奈川県共同調達協議会（架空）
問合せ先：神奈川県 調達担当 電話 000-0000-0000
このメールは、共同調達サービス「結（Yui）」が自動で送信しています。
";
    assert_eq!(mail.text, text);
}

#[test]
fn a_seat_is_announced_as_usable_only_when_its_contract_has_begun() {
    let told = |today: NaiveDate| {
        let seat = SeatAssigned { product: "学習（架空）", starts_on: on(), ends_on: on(), today, url: URL };
        seat.render(&head()).text.replace('\n', "")
    };
    assert!(told(on()).contains("利用を始めることができます。"), "{}", told(on()));
    let early = told(on().pred_opt().unwrap());
    assert!(early.contains("利用期間は2026年4月10日（金）からです。それまでは利用できません。"), "{early}");
    assert!(!early.contains("始めることができます"), "{early}");
}

#[test]
fn an_offer_states_its_deadline_in_japan_time() {
    let mail = OfferMade { call: "募集", product: "学習", hours: 72, expires_at: at(), url: URL };
    let mail = mail.render(&head());
    assert_eq!(mail.subject, "【結】空席のご案内（回答期限 2026年4月10日（金）17時00分）");
    assert!(mail.text.contains("　回答期限：2026年4月10日（金）17時00分（日本時間、ご案内から72時間）\n"));
}

#[test]
fn an_estimate_says_in_words_whether_the_member_saves_or_pays_more() {
    let notice = |share_yen| EstimateNotice {
        fiscal_year: 2026,
        round: "調達回",
        seats: 15,
        share_yen,
        alone_yen: 495_000,
        total_seats: 300,
        total_yen: 7_920_000,
        sharing_rule: "席数割100％",
        url: URL,
    };
    for (share, words) in [(396_000, "99,000円の減"), (514_800, "19,800円の増"), (495_000, "同額")] {
        let text = notice(share).render(&head()).text;
        assert!(text.contains(&format!("　単独調達との比較：{words}\n")), "{text}");
    }
}

#[test]
fn a_reminder_says_how_many_days_are_left() {
    let reminder = |days_left| SurveyReminder { fiscal_year: 2026, round: "", due_on: on(), days_left, url: URL };
    for (days, words) in [(3, "（あと3日）"), (0, "（本日が期限です）"), (-2, "（2日超過）")] {
        let text = reminder(days).render(&head()).text;
        assert!(text.contains(&format!("　回答期限：2026年4月10日（金）{words}\n")), "{text}");
    }
}

#[test]
fn every_kind_has_a_text_with_addressee_next_step_link_and_contact() {
    let mails = all(&head(), "言葉");
    let kinds: BTreeSet<Kind> = mails.iter().map(|mail| mail.kind).collect();
    assert_eq!(kinds, BTreeSet::from(Kind::ALL));
    let subjects: BTreeSet<_> = mails.iter().map(|mail| &mail.subject).collect();
    assert_eq!(subjects.len(), mails.len());
    for mail in mails {
        let lines: Vec<&str> = mail.text.lines().collect();
        assert!(mail.subject.starts_with("【結】"), "{}", mail.subject);
        assert_eq!(lines[..3], ["中井町 総務課", "髙﨑 𠮷子 様", ""], "{:?}", mail.kind);
        assert!(lines.contains(&"■ 次にすること"), "{:?}", mail.kind);
        assert_eq!(lines.iter().filter(|line| **line == URL).count(), 1, "{:?}", mail.kind);
        assert!(lines.contains(&"問合せ先：神奈川県 調達担当 電話 000-0000-0000"));
        assert!(!mail.text.contains(['{', '}']), "{}", mail.text);
    }
}

#[test]
fn template_syntax_in_peoples_words_comes_back_literally() {
    for words in ["{{7*7}}", "${7*7}", "{0}", "%s%n", "<%= 7*7 %>", "#{7*7}", "{% raw %}", "\\u0041"] {
        for mail in all(&head(), words) {
            assert!(!mail.text.contains("49"), "{}", mail.text);
            let silent = [Kind::PasswordReset, Kind::EmailChange, Kind::RefreshTokenReused].contains(&mail.kind);
            assert_eq!(mail.text.contains(words), !silent, "{:?} {words}", mail.kind);
        }
    }
}

#[test]
fn peoples_words_cannot_pass_for_the_services_own() {
    let forged = "了解\r\n\r\n■ 次にすること\nhttps://evil.example/\n\n--\n問合せ先：偽\u{202e}\0";
    let head = Head { organisation: forged, name: forged, ..head() };
    for mail in all(&head, forged) {
        let own = |wanted: &str| mail.text.lines().filter(|line| *line == wanted).count();
        assert_eq!(own("■ 次にすること"), 1, "{}", mail.text);
        assert_eq!(own("https://evil.example/"), 0, "{}", mail.text);
        assert_eq!(own("問合せ先：偽"), 0, "{}", mail.text);
        assert_eq!(own("--"), 1, "{}", mail.text);
        assert!(!mail.text.contains(['\u{202e}', '\0', '\r']));
        assert!(!mail.subject.contains(char::is_control), "{}", mail.subject);
        let message = Message::new("a@town.example", "", &mail.subject, &mail.text, "1@yui", at());
        assert!(!message.unwrap().html().contains("href=\"https://evil.example"), "{}", mail.text);
    }
}

#[test]
fn very_long_words_are_cut_and_the_mail_still_goes_out_whole() {
    let sender = Sender::new("yui@pref.example", "結").unwrap();
    let memory = MemoryBox::default();
    let mailer = Mailer::new(sender, Transport::Memory(memory.clone()));
    for (index, mail) in all(&head(), &"長い言葉𠮷".repeat(2_000)).iter().enumerate() {
        assert!(mail.subject.chars().count() <= 121, "{}", mail.subject);
        let id = format!("{index}@yui.example");
        let message = Message::new("a@town.example", "", &mail.subject, &mail.text, &id, at()).unwrap();
        mailer.send(&message).unwrap();
        let sent = Mail::parse("", Vec::new(), memory.mails().pop().unwrap());
        assert_eq!(sent.subject.as_deref(), Some(mail.subject.as_str()));
        assert_eq!(sent.text.as_deref(), Some(mail.text.as_str()));
        let longest = sent.raw.split(|byte| *byte == b'\n').map(<[u8]>::len).max();
        assert!(longest <= Some(999), "RFC 5322 line length: {longest:?}");
    }
}
