//! Chapter 6: a town's entry call, from application to a seat, and how a returned seat finds the next person.

use super::cast::{Cast, TOWN};
use super::seats::Contract;
use super::teller::Teller;
use super::words;
use crate::commands::Failure;
use app::Code;
use app::entries::acknowledgements::{PresentLink, acknowledge_application};
use app::entries::applications::{ApplicationView, ApplyToCall, apply_to_call};
use app::entries::calls::{CloseEntryCall, DraftEntryCall, close_entry_call, create_entry_call, open_entry_call};
use app::entries::selection::{SelectApplicants, select_applicants};
use app::seats::assignments::{ReleaseSeat, list_my_seats, release_seat};
use app::seats::offers::{OfferView, accept_offer, list_my_offers};
use domain::access::Actor;
use serde_json::json;

/// What each of the eight wants to learn, and the problem at work behind it. Invented.
const WISHES: [(&str, &str); 8] = [
    ("表計算の自動化", "毎月の集計に3日かかる"),
    ("文章生成AIの使い方", "通知文の下書きに時間がかかる"),
    ("データ分析の基礎", "窓口の混雑の理由がわからない"),
    ("業務フローの書き方", "引き継ぎのたびに手順が失われる"),
    ("ノーコードツール", "紙の申請書を手で転記している"),
    ("情報セキュリティ", "委託先の確認項目がわからない"),
    ("プロジェクト管理", "庁内の調整が進まない"),
    ("動画の編集", "住民向けの説明が伝わらない"),
];

/// Seats that the town gives by this call.
const CAPACITY: usize = 5;

pub(super) fn entries(teller: &Teller, cast: &Cast, contract: &Contract) -> Result<(), Failure> {
    teller.chapter(6, "町の募集・選考・割当て・順番待ち", "2026-04-06T09:00:00+09:00")?;
    let town = cast.town(TOWN)?;
    let draft: DraftEntryCall = serde_json::from_value(json!({
        "title": "令和8年度 オンライン学習 受講者募集",
        "guidance": "学びたいことと、職場で困っていることを書いてください（架空の募集です）。",
        "capacity": CAPACITY,
        "policy": "selection",
        "questions": [{"id": "hours", "text": "週に何時間学べますか。", "required": true}],
        "closes_on": "2026-04-17",
    }))
    .map_err(Failure::failed)?;
    let account = contract.town_account.clone();
    let call_id = teller
        .act(&town.contact, "create_entry_call", move |ctx, call| create_entry_call(ctx, call, &account, &draft))?
        .id;
    let id = call_id.clone();
    teller.act(&town.contact, "open_entry_call", move |ctx, call| open_entry_call(ctx, call, &id))?;

    let mut applications = Vec::new();
    for (number, (learner, (learn, problem))) in cast.learners.iter().zip(WISHES).enumerate() {
        teller.at(&format!("2026-04-08T09:{number:02}:00+09:00"))?;
        applications.push(apply(teller, learner, &call_id, learn, problem)?);
    }
    teller.at("2026-04-09T08:30:00+09:00")?;
    for application in &applications {
        acknowledge(teller, application)?;
    }
    teller.at("2026-04-20T09:00:00+09:00")?;
    let (id, close) = (call_id.clone(), CloseEntryCall { lottery_source: None });
    teller.act(&town.contact, "close_entry_call", move |ctx, call| close_entry_call(ctx, call, &id, &close))?;
    select(teller, &town.contact, &call_id, &applications)?;
    pass_a_seat_on(teller, cast)
}

fn apply(
    teller: &Teller,
    learner: &Actor,
    call_id: &str,
    learn: &str,
    problem: &str,
) -> Result<ApplicationView, Failure> {
    let apply: ApplyToCall = serde_json::from_value(json!({
        "want_to_learn": learn,
        "problem_at_work": problem,
        "answers": [{"question_id": "hours", "text": "2時間ほど"}],
        "supervisor_name": "架空 上長",
        "supervisor_email": format!("boss-{}@demo.example.lg.jp", learner.user_id),
    }))
    .map_err(Failure::failed)?;
    let id = call_id.to_owned();
    teller.act(learner, "apply_to_call", move |ctx, call| apply_to_call(ctx, call, &id, &apply))
}

/// The supervisor opens the mail and follows the one-time link in it.
fn acknowledge(teller: &Teller, application: &ApplicationView) -> Result<(), Failure> {
    let address = application.supervisor_email.clone();
    let newest = teller.service.look_as(teller.meta("read_mail"), move |ctx| {
        app::notify::links::newest_text(ctx, &address, mail::Kind::AcknowledgementRequested)
    });
    let text = teller.wait(newest)?;
    let token = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .find(|word| word.starts_with("yui_ack_"))
        .ok_or_else(|| Failure::Failed("the mail carries no link".to_owned()))?
        .to_owned();
    let link: PresentLink = serde_json::from_value(json!({"token": token})).map_err(Failure::failed)?;
    let meta = teller.meta("acknowledge_application");
    teller.wait(acknowledge_application(&teller.service, &meta, link))?;
    Ok(())
}

fn select(teller: &Teller, contact: &Actor, call_id: &str, applications: &[ApplicationView]) -> Result<(), Failure> {
    let decisions: Vec<_> = applications
        .iter()
        .enumerate()
        .map(|(place, application)| {
            let (outcome, reason) = if place < CAPACITY {
                ("selected", "業務の課題が具体的で、すぐに活かせるため。")
            } else {
                ("waitlisted", "席が空き次第ご案内します。")
            };
            json!({"application_id": application.id, "outcome": outcome, "reason": reason})
        })
        .collect();
    let cmd: SelectApplicants = serde_json::from_value(json!({"decisions": decisions})).map_err(Failure::failed)?;
    let id = call_id.to_owned();
    let selection =
        teller.act(contact, "select_applicants", move |ctx, call| select_applicants(ctx, call, &id, &cmd))?;
    let rows = applications
        .iter()
        .zip(&selection.results)
        .map(|(application, result)| {
            vec![
                application.applicant_name.clone(),
                application.want_to_learn.clone(),
                application.problem_at_work.clone(),
                words::state(&result.state).to_owned(),
                result.position.map_or("—".to_owned(), |position| format!("{position}番目")),
            ]
        })
        .collect();
    teller.table(&["申込者（架空）", "学びたいこと", "職場の課題", "結果", "順番待ち"], &[], rows);
    Ok(())
}

/// A seat comes back; the first waiting person lets the offer run out, the second accepts.
fn pass_a_seat_on(teller: &Teller, cast: &Cast) -> Result<(), Failure> {
    let [leaver, .., first, second, _] = cast.learners.as_slice() else {
        return Err(Failure::Failed("too few learners".to_owned()));
    };
    teller.at("2026-05-11T09:00:00+09:00")?;
    let seat = teller
        .see(leaver, "list_my_seats", list_my_seats)?
        .into_iter()
        .next()
        .ok_or_else(|| Failure::Failed("no seat to return".to_owned()))?;
    let (id, reason) = (seat.id, ReleaseSeat { reason: "人事異動のため".to_owned() });
    teller.act(&cast.town(TOWN)?.contact, "release_seat", move |ctx, call| release_seat(ctx, call, &id, &reason))?;
    let offer = open_offer(teller, first)?;
    teller.show(format!(
        "{} が席を返却 → {} に72時間の案内（{} まで）",
        leaver.display_name,
        first.display_name,
        japan(&offer)
    ));
    teller.at("2026-05-14T10:00:00+09:00")?;
    teller.wait(app::upkeep::run(&teller.service))?;
    let late = offer.id.clone();
    let call = teller.act(first, "accept_offer", move |ctx, call| match accept_offer(ctx, call, &late) {
        Err(app::Error::Rule(rule)) if rule.code == Code::OfferExpired => Ok("期限切れ"),
        Err(other) => Err(other),
        Ok(_) => Ok("承諾"),
    })?;
    let next = open_offer(teller, second)?;
    let id = next.id.clone();
    teller.act(second, "accept_offer", move |ctx, call| accept_offer(ctx, call, &id))?;
    teller.show(format!(
        "{}: {call} → 次の {} に案内し、承諾されて席が割り当てられました。",
        first.display_name, second.display_name
    ));
    Ok(())
}

fn open_offer(teller: &Teller, who: &Actor) -> Result<OfferView, Failure> {
    let query = app::PageQuery::default();
    teller
        .see(who, "list_my_offers", move |ctx, call| list_my_offers(ctx, call, &query))?
        .items
        .into_iter()
        .find(|offer| offer.state == "open")
        .ok_or_else(|| Failure::Failed(format!("no open offer for {}", who.display_name)))
}

fn japan(offer: &OfferView) -> String {
    offer.expires_at.with_timezone(&domain::clock::japan()).format("%Y年%m月%d日 %H:%M").to_string()
}
