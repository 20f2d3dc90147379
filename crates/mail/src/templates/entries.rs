//! The town's entry call: opened, application received, acknowledged, selected, waiting.

use chrono::{DateTime, NaiveDate, Utc};

use super::format::{day, moment, seats};
use super::letter::{Head, Letter, Rendered};
use crate::Kind;

/// Facts of an entry call that has opened.
#[derive(Debug, Clone, Copy)]
pub struct EntryCallOpened<'a> {
    /// The call's title.
    pub call: &'a str,
    /// The product's name.
    pub product: &'a str,
    /// Seats to be given.
    pub capacity: u32,
    /// The last day to apply, in Japan.
    pub due_on: NaiveDate,
    /// How people are selected, in words.
    pub policy: &'a str,
    /// The application page.
    pub url: &'a str,
}

impl EntryCallOpened<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::EntryCallOpened,
            head,
            &format!("受講者募集のお知らせ（締切 {}）", day(self.due_on)),
            "受講者の募集を開始しました。希望される方はお申し込みください。",
        )
        .facts(
            "募集の内容",
            &[
                ("募集", self.call.to_owned()),
                ("受講するサービス", self.product.to_owned()),
                ("定員", seats(self.capacity)),
                ("申込締切", day(self.due_on)),
                ("選考の方法", self.policy.to_owned()),
            ],
        )
        .next(&[
            "下のページで「学びたいこと」と「業務で解決したい課題」を入力し、申し込んでください。",
            "申込みの内容は上長に共有され、上長の確認を経て選考します。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of a received application, for the applicant.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationReceived<'a> {
    /// The call's title.
    pub call: &'a str,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// The supervisor's name.
    pub supervisor: &'a str,
    /// What the applicant wants to learn.
    pub wish: &'a str,
    /// Which problem at work it is for.
    pub problem: &'a str,
    /// The application's page.
    pub url: &'a str,
}

impl ApplicationReceived<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::ApplicationReceived,
            head,
            "受講の申込みを受け付けました",
            "受講の申込みを受け付け、上長に確認を依頼しました。",
        )
        .facts(
            "申込みの内容",
            &[
                ("募集", self.call.to_owned()),
                ("受付日時", moment(self.received_at)),
                ("確認を依頼した上長", self.supervisor.to_owned()),
            ],
        )
        .quote("学びたいこと", self.wish)
        .quote("業務で解決したい課題", self.problem)
        .next(&["選考の結果をお待ちください。締切までは、下のページで内容を修正または取り下げできます。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of a received application, for the town's contacts.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationArrived<'a> {
    /// The call's title.
    pub call: &'a str,
    /// The applicant's name.
    pub applicant: &'a str,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// How many applications stand now.
    pub applications: u32,
    /// Seats to be given.
    pub capacity: u32,
    /// The page with the applications.
    pub url: &'a str,
}

impl ApplicationArrived<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::ApplicationArrived,
            head,
            "受講の申込みが届きました",
            "受講の申込みが届きました。上長へ確認を依頼しています。",
        )
        .facts(
            "申込みの状況",
            &[
                ("募集", self.call.to_owned()),
                ("申込者", self.applicant.to_owned()),
                ("受付日時", moment(self.received_at)),
                ("申込者数", format!("{}人（定員 {}）", self.applications, seats(self.capacity))),
            ],
        )
        .next(&["締切後に、下のページで申込みの内容と上長の確認状況を見て、選考してください。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of a request to a supervisor, who has no account.
#[derive(Debug, Clone, Copy)]
pub struct AcknowledgementRequested<'a> {
    /// The call's title.
    pub call: &'a str,
    /// The applicant's name.
    pub applicant: &'a str,
    /// What the applicant wants to learn.
    pub wish: &'a str,
    /// Which problem at work it is for.
    pub problem: &'a str,
    /// The one-time link.
    pub url: &'a str,
    /// When the link ends.
    pub expires_at: DateTime<Utc>,
}

impl AcknowledgementRequested<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::AcknowledgementRequested,
            head,
            "受講申込みの確認のお願い（上長確認）",
            "貴所属の職員から受講の申込みがありました。内容の確認をお願いします。",
        )
        .facts(
            "申込みの内容",
            &[
                ("募集", self.call.to_owned()),
                ("申込者", self.applicant.to_owned()),
                ("リンクの有効期限", moment(self.expires_at)),
            ],
        )
        .quote("学びたいこと", self.wish)
        .quote("業務で解決したい課題", self.problem)
        .next(&[
            "下のリンクを開き、「内容を確認しました」を押してください。利用者登録やサインインは要りません。",
            "同意できないときは、同じ画面で理由を記入して差し戻せます。",
            "リンクは一度だけ使えます。ほかの方に転送しないでください。",
        ])
        .link(self.url)
        .finish()
    }
}

/// Facts of an application to which the supervisor does not agree.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationObjected<'a> {
    /// The call's title.
    pub call: &'a str,
    /// The applicant's name.
    pub applicant: &'a str,
    /// The supervisor's name, as the applicant wrote it.
    pub supervisor: &'a str,
    /// Why, as the supervisor wrote it.
    pub reason: &'a str,
    /// Whether a contact of the town reads it, not the applicant.
    pub for_contact: bool,
    /// The application's page.
    pub url: &'a str,
}

impl ApplicationObjected<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        let next: &[&str] = if self.for_contact {
            &[
                "申込者が内容を直すと、上長にあらためて確認の依頼が届きます。",
                "上長の同意がないままの申込みは、選考では「見送り」だけを選べます。話合いで解決したときは、申込みの画面から、上長に確認の依頼を送り直してください。",
            ]
        } else {
            &[
                "上長と話し合い、必要なら申込みの内容を直してください。直すと、上長にあらためて確認の依頼が届きます。",
                "申し込まないことにしたときは、同じ画面から取り下げてください。",
            ]
        };
        Letter::new(
            Kind::ApplicationObjected,
            head,
            "受講申込みへの上長の不同意（差戻し）",
            "受講の申込みに、上長が同意していません。",
        )
        .facts(
            "申込み",
            &[
                ("募集", self.call.to_owned()),
                ("申込者", self.applicant.to_owned()),
                ("上長", self.supervisor.to_owned()),
            ],
        )
        .quote("上長が記入した理由", self.reason)
        .next(next)
        .link(self.url)
        .finish()
    }
}

/// Facts of a selected application.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationSelected<'a> {
    /// The call's title.
    pub call: &'a str,
    /// Why, as the contact wrote it.
    pub reason: &'a str,
    /// The application's page.
    pub url: &'a str,
}

impl ApplicationSelected<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::ApplicationSelected,
            head,
            "選考の結果（受講決定）",
            "選考の結果、受講していただくことになりました。",
        )
        .facts("選考の結果", &[("募集", self.call.to_owned()), ("結果", "受講決定".to_owned())])
        .quote("選考の理由", self.reason)
        .next(&["席が割り当てられると、メールでお知らせします。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of an application on the waiting list.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationWaiting<'a> {
    /// The call's title.
    pub call: &'a str,
    /// The place on the list, from 1.
    pub position: u32,
    /// How many people wait.
    pub waiting: u32,
    /// Why, as the contact wrote it.
    pub reason: &'a str,
    /// For how many hours an offer will stand.
    pub offer_hours: u32,
    /// The application's page.
    pub url: &'a str,
}

impl ApplicationWaiting<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        let promise = format!(
            "席に空きが出ると、順番にメールでご案内します。ご案内から{}時間以内に回答してください。",
            self.offer_hours
        );
        Letter::new(
            Kind::ApplicationWaiting,
            head,
            &format!("選考の結果（補欠 {}番）", self.position),
            "選考の結果、いまは席をお渡しできないため、空席をお待ちいただくことになりました。",
        )
        .facts(
            "選考の結果",
            &[
                ("募集", self.call.to_owned()),
                ("結果", "補欠（空席待ち）".to_owned()),
                ("待ち順位", format!("{}番目（{}人中）", self.position, self.waiting)),
            ],
        )
        .quote("選考の理由", self.reason)
        .next(&[&promise, "お待ちいただく必要がなくなったときは、下のページから取り下げてください。"])
        .link(self.url)
        .finish()
    }
}

/// Facts of an application that was not selected.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationDeclined<'a> {
    /// The call's title.
    pub call: &'a str,
    /// Why, as the contact wrote it.
    pub reason: &'a str,
    /// The application's page.
    pub url: &'a str,
}

impl ApplicationDeclined<'_> {
    /// Writes the mail.
    pub fn render(&self, head: &Head<'_>) -> Rendered {
        Letter::new(
            Kind::ApplicationDeclined,
            head,
            "選考の結果（見送り）",
            "選考の結果、今回は見送りとなりました。お申し込みありがとうございました。",
        )
        .facts("選考の結果", &[("募集", self.call.to_owned()), ("結果", "見送り".to_owned())])
        .quote("選考の理由", self.reason)
        .next(&["次の募集があるときは、メールでお知らせします。あらためてお申し込みください。"])
        .link(self.url)
        .finish()
    }
}
