//! The first page after signing in: what waits for the visitor, with the way to each thing and its deadline.

use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::Service;
use app::accounts::{MeView, PlaceView};
use app::home::{WaitingItem, WaitingKind, WaitingView};
use askama::Template;
use chrono::{DateTime, Utc};
use domain::access::Role;
use domain::clock::japan_date;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/", "page_home", home);
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    me: MeView,
    waiting: WaitingView,
    /// What to begin with while nothing waits.
    first: &'static str,
    places: Vec<PlaceView>,
}

impl HomePage {
    /// Where a task is to be done, for who works in several places: the town, or the consortium as a whole.
    fn place(&self, item: &WaitingItem) -> Option<&str> {
        if self.places.len() < 2 {
            return None;
        }
        let near = self.places.iter().filter(|place| place.consortium_id == item.consortium_id);
        match &item.member_id {
            Some(town) => {
                near.filter(|place| place.member_id.as_ref() == Some(town)).find_map(|place| place.member.as_deref())
            }
            None => near.filter_map(|place| place.consortium.as_deref()).next(),
        }
    }
}

async fn home(service: Data<Service>, visitor: Visitor) -> Shown {
    crate::accounts::chosen(&visitor)?;
    let (me, waiting) = service
        .read(visitor.call.clone(), |ctx, call| Ok((app::accounts::get_me(ctx, call)?, app::home::waiting(ctx, call)?)))
        .await?;
    let shell = Shell::new(&service, &visitor, "ホーム");
    // What waits in this place first; the rest keeps its order behind it.
    let mut waiting = waiting;
    if let (Some(place), true) = (visitor.place.and_then(|at| visitor.places.get(at)), visitor.places.len() > 1) {
        let here = |item: &WaitingItem| {
            item.consortium_id == place.consortium_id && (item.member_id.is_none() || item.member_id == place.member_id)
        };
        waiting.items.sort_by_key(|item| !here(item));
    }
    show::page(&HomePage { shell, me, waiting, first: first(&visitor), places: visitor.places.clone() })
}

fn first(visitor: &Visitor) -> &'static str {
    if visitor.is(Role::Lead) {
        "上のメニューの「調達回」から、次の調達を始められます。"
    } else if visitor.is(Role::Contact) {
        "上のメニューの「わが町」で、席の数と利用の様子を確かめられます。"
    } else if visitor.is(Role::Learner) {
        "上のメニューの「知恵袋」で、ほかの団体の工夫を読めます。"
    } else if visitor.is(Role::Admin) {
        "上のメニューの「団体」から、共同調達の団体と代表者を登録できます。"
    } else {
        "上のメニューから、見たい記録を選んでください。"
    }
}

/// What is to be done, in words.
fn task(item: &WaitingItem) -> String {
    let (title, count) = (&item.title, words::number(&item.count.unwrap_or(0)));
    match item.kind {
        WaitingKind::OfferToAccept => format!("空席のご案内に回答する（契約 {title}）"),
        WaitingKind::SurveyToAnswer => format!("「{title}」に回答する"),
        WaitingKind::AnswerReturned => format!("差し戻された「{title}」の回答を直す"),
        WaitingKind::AnswersMissing => format!("「{title}」にまだ回答のない{count}団体を確かめ、督促する"),
        WaitingKind::AnswersToFix => format!("「{title}」に提出された回答{count}件を確かめる"),
        WaitingKind::RoundToCarryOn => {
            format!("「{title}」：{}", step(item.stage.as_deref().unwrap_or_default()))
        }
        WaitingKind::RequestToDecide => format!("{title}の追加配分の申請（{count}席）を決める"),
        WaitingKind::RequestReturned => format!("差し戻された追加配分の申請（{count}席）を直す"),
        WaitingKind::ObjectionsToSettle => format!("「{title}」で上長が同意していない申込み{count}件を確かめる"),
        WaitingKind::ApplicationObjected if item.stage.is_some() => format!(
            "「{title}」への申込みに上長が同意していません。募集は締め切られ、内容は直せません。取り下げるか、市町村の担当者に相談する"
        ),
        WaitingKind::ApplicationObjected => format!("「{title}」への申込みに上長が同意していません。相談して直す"),
        WaitingKind::ApplicationUnacknowledged if item.stage.is_some() => {
            format!("「{title}」への申込みは、上長の確認を待っています（募集は締め切られています）")
        }
        WaitingKind::ApplicationUnacknowledged => format!("「{title}」への申込みは、上長の確認を待っています"),
        WaitingKind::ApplicationsToSelect => format!("「{title}」の申込み{count}件の結果を決める"),
        WaitingKind::SeatsToAssign => format!("空いている{count}席を割り当てる（契約 {title}）"),
        WaitingKind::CallToApply => format!("「{title}」に申し込めます"),
        WaitingKind::PostToReview => format!("投稿「{title}」を公開前に確認する"),
        WaitingKind::PostReturned => format!("差し戻された投稿「{title}」を直す"),
        WaitingKind::LeadToInvite => format!("「{title}」に県の担当者を招待する"),
        WaitingKind::MailsParked | WaitingKind::ServiceMailsParked => {
            format!("届かなかったメール{count}通を確かめる")
        }
    }
}

/// The next step of a round in a stage.
fn step(stage: &str) -> &'static str {
    match stage {
        "draft" => "参加団体を確かめ、意向調査を始める",
        "surveying" => "回答を集め、調査を締め切る",
        "quoting" => "見積を登録し、試算を確定する",
        "finalised" => "契約を登録する",
        "contracted" => "席の配分を公開する",
        _ => "次の手続きを確かめる",
    }
}

/// Where it is done.
fn way(item: &WaitingItem) -> String {
    let id = item.subject_id.as_deref().unwrap_or_default();
    match item.kind {
        WaitingKind::OfferToAccept => format!("/me/offers/{id}"),
        WaitingKind::SurveyToAnswer | WaitingKind::AnswerReturned => {
            format!("/surveys/{id}/answers/{}", item.member_id.as_deref().unwrap_or_default())
        }
        WaitingKind::AnswersToFix | WaitingKind::AnswersMissing => format!("/surveys/{id}"),
        WaitingKind::RoundToCarryOn => format!("/rounds/{id}"),
        WaitingKind::RequestToDecide | WaitingKind::RequestReturned => format!("/seat-requests/{id}"),
        WaitingKind::ApplicationsToSelect | WaitingKind::ObjectionsToSettle => {
            format!("/entry-calls/{id}/applications")
        }
        WaitingKind::ApplicationObjected | WaitingKind::ApplicationUnacknowledged => format!("/applications/{id}"),
        WaitingKind::SeatsToAssign => {
            format!("/members/{}/assignments?contract={id}", item.member_id.as_deref().unwrap_or_default())
        }
        WaitingKind::CallToApply => format!("/entry-calls/{id}/apply"),
        WaitingKind::PostToReview => format!("/posts/{id}"),
        WaitingKind::PostReturned => format!("/posts/{id}/edit"),
        WaitingKind::LeadToInvite => format!("/consortia/{id}/people/new?role=lead"),
        WaitingKind::MailsParked => {
            format!("/consortia/{}/mails?state=parked", item.consortium_id.as_deref().unwrap_or_default())
        }
        WaitingKind::ServiceMailsParked => "/service/mails?state=parked".to_owned(),
    }
}

/// The deadline in words, and how pressing it is as a chip: kind and text.
fn deadline(item: &WaitingItem, now: &DateTime<Utc>) -> Option<(String, &'static str, String)> {
    if let Some(at) = item.due_at {
        let hours = at.signed_duration_since(*now).num_hours();
        let left =
            if hours >= 48 { format!("あと{}日", hours.div_euclid(24)) } else { format!("あと{hours}時間") };
        return Some((words::instant(&at), if hours < 24 { "bad" } else { "warn" }, left));
    }
    let day = item.due_on?;
    let days = day.signed_duration_since(japan_date(*now)).num_days();
    let (kind, left) = match days {
        i64::MIN..=-1 => ("bad", "締切を過ぎています".to_owned()),
        0 => ("bad", "今日が締切です".to_owned()),
        1..=7 => ("warn", format!("あと{days}日")),
        8.. => ("now", format!("あと{days}日")),
    };
    Some((words::date(&day), kind, left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeDelta};

    fn item(kind: WaitingKind) -> WaitingItem {
        WaitingItem {
            kind,
            consortium_id: Some("c".to_owned()),
            member_id: None,
            subject_id: Some("s".to_owned()),
            title: "意向調査".to_owned(),
            count: None,
            stage: None,
            due_on: None,
            due_at: None,
        }
    }

    #[test]
    fn deadlines_are_last_days_in_japan_and_last_hours_of_offers() {
        let now: DateTime<Utc> = "2026-05-01T15:30:00Z".parse().unwrap(); // 2 May in Japan
        let day = |days: u32| WaitingItem {
            due_on: NaiveDate::from_ymd_opt(2026, 5, days),
            ..item(WaitingKind::SurveyToAnswer)
        };
        let said = |item: &WaitingItem| deadline(item, &now).map(|(_, kind, left)| (kind, left));
        for (on, kind, left) in [
            (1, "bad", "締切を過ぎています"),
            (2, "bad", "今日が締切です"),
            (9, "warn", "あと7日"),
            (10, "now", "あと8日"),
        ] {
            assert_eq!(said(&day(on)), Some((kind, left.to_owned())), "{on}");
        }
        let offer =
            |hours| WaitingItem { due_at: Some(now + TimeDelta::hours(hours)), ..item(WaitingKind::OfferToAccept) };
        assert_eq!(said(&offer(5)), Some(("bad", "あと5時間".to_owned())));
        assert_eq!(said(&offer(72)), Some(("warn", "あと3日".to_owned())));
        assert_eq!(said(&item(WaitingKind::PostToReview)), None);
    }
}
