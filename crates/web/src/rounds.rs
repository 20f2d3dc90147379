//! Rounds (調達回): the list, a new one, and one round with its steps.

use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::consortium::MemberView;
use app::rounds::{self as area, CreateRound, RoundDetail, RoundView};
use app::{Page, PageQuery, Service};
use askama::Template;
use domain::access::{Action, Role};
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/consortia/{consortium_id}/rounds", "page_rounds", list)
        .get("/consortia/{consortium_id}/rounds/new", "page_new_round", new)
        .post("/consortia/{consortium_id}/rounds/new", "page_create_round", create)
        .get("/rounds/{round_id}", "page_round", one);
}

const ROUND: &Spec = &[
    ("title", Kind::Text),
    ("product", Kind::Text),
    ("fiscal_year", Kind::Number),
    ("contract_mode", Kind::Text),
    ("census_year", Kind::Number),
    ("seats_counted_on", Kind::Date),
    ("member_ids", Kind::List),
];

/// The steps of a round and the stages in which each is the present one.
const STEPS: [(&str, &[&str]); 6] = [
    ("調査", &["draft", "surveying"]),
    ("見積", &["quoting"]),
    ("試算", &[]),
    ("確定", &["finalised"]),
    ("契約", &["contracted"]),
    ("配分", &["allocated", "closed"]),
];

/// 状態 of a round.
pub(crate) fn stage(word: &str) -> &'static str {
    match word {
        "draft" => "準備中",
        "surveying" => "意向調査中",
        "quoting" => "見積・試算中",
        "finalised" => "試算確定",
        "contracted" => "契約済み",
        "allocated" => "配分済み",
        "closed" => "終了",
        _ => "不明",
    }
}

#[derive(Template)]
#[template(path = "rounds/list.html")]
struct ListPage {
    shell: Shell,
    rounds: Page<RoundView>,
    next: Option<String>,
    consortium_id: String,
    export: String,
    may_create: bool,
}

async fn list(service: Data<Service>, visitor: Visitor, Id(consortium_id): Id) -> Shown {
    let query = PageQuery { limit: None, cursor: visitor.query_some("cursor") };
    let id = consortium_id.clone();
    let rounds = service.read(visitor.call.clone(), move |ctx, call| area::list_rounds(ctx, call, &id, &query)).await?;
    let next = visitor.next_page(rounds.next_cursor.as_deref());
    let may_create = visitor.may(Action::ManageRounds, &consortium_id, None);
    let shell = Shell::new(&service, &visitor, "調達回");
    let export = format!("/consortia/{consortium_id}/rounds/export");
    show::page(&ListPage { shell, rounds, next, consortium_id, export, may_create })
}

#[derive(Template)]
#[template(path = "rounds/new.html")]
struct NewPage {
    shell: Shell,
    sheet: Sheet,
    members: Vec<MemberView>,
    consortium_id: String,
}

async fn new_page(
    service: &Service,
    visitor: &Visitor,
    consortium_id: String,
    sheet: Sheet,
) -> Result<NewPage, crate::errors::Refused> {
    let id = consortium_id.clone();
    let query = PageQuery { limit: Some(100), cursor: None };
    let members = service
        .read(visitor.call.clone(), move |ctx, call| app::consortium::list_members(ctx, call, &id, &query))
        .await?
        .items;
    let shell =
        Shell::new(service, visitor, "調達回を始める").under("調達回", format!("/consortia/{consortium_id}/rounds"));
    Ok(NewPage { shell, sheet, members, consortium_id })
}

async fn new(service: Data<Service>, visitor: Visitor, Id(consortium_id): Id) -> Shown {
    visitor.permit(Action::ManageRounds, &consortium_id, None)?;
    let mut suggested = Fields::default();
    let today = domain::clock::japan_date(service.env().clock.now());
    suggested.set("seats_counted_on", today.to_string());
    let page = new_page(&service, &visitor, consortium_id, Sheet::blank(&visitor).with(suggested)).await?;
    show::page(&page)
}

async fn create(service: Data<Service>, Id(consortium_id): Id, form: Form) -> Shown {
    let id = consortium_id.clone();
    let sent = match form.command::<CreateRound>(ROUND) {
        Ok(cmd) => {
            let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
                area::create_round(ctx, call, &id, &cmd).map(|view| format!("/rounds/{}?done=created", view.round.id))
            };
            form.submit(&service, act).await
        }
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&new_page(&service, &form.visitor, consortium_id, sheet).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "rounds/one.html")]
struct OnePage {
    shell: Shell,
    round: RoundView,
    members: Vec<area::InvitedView>,
    leads: bool,
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let detail: RoundDetail =
        service.read(visitor.call.clone(), move |ctx, call| area::get_round(ctx, call, &id)).await?;
    let RoundDetail { round, members } = detail;
    let shell = Shell::new(&service, &visitor, round.title.clone())
        .under("調達回", format!("/consortia/{}/rounds", round.consortium_id));
    show::page(&OnePage { shell, round, members, leads: visitor.is(Role::Lead) })
}
