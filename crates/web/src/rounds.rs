//! Rounds (調達回): the list, a new one, and one round with its steps. Changing it stands in `rounds/edit.rs`.

mod edit;
pub(crate) mod steps;

pub(crate) use edit::is_stale;

use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pager::{Asked, Pager};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::sorting::{Key, Sorting};
use crate::towns::Towns;
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::consortium::MemberView;
use app::contracts::ContractView;
use app::contracts::allocation::AllocationView;
use app::demand::SurveyView;
use app::part::Part;
use app::pricing::QuoteView;
use app::rounds::{self as area, CreateRound, RoundPart, RoundView};
use app::scenarios::ScenarioView;
use app::{Call, Ctx, Page, PageQuery, Service};
use askama::Template;
use domain::access::Action;
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/consortia/{consortium_id}/rounds", "page_rounds", list)
        .get("/consortia/{consortium_id}/rounds/new", "page_new_round", new)
        .post("/consortia/{consortium_id}/rounds/new", "page_create_round", create)
        .get("/rounds/{round_id}", "page_round", one);
    edit::pages(pages);
}

const ROUND: &Spec = &[
    ("title", Kind::Text),
    ("product", Kind::Text),
    ("fiscal_year", Kind::Year),
    ("contract_mode", Kind::Text),
    ("census_year", Kind::Year),
    ("seats_counted_on", Kind::Date),
    ("member_ids", Kind::List),
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
    may_create: bool,
}

async fn list(service: Data<Service>, visitor: Visitor, Id(consortium_id): Id) -> Shown {
    let query = visitor.page(None);
    let id = consortium_id.clone();
    let rounds = service.read(visitor.call.clone(), move |ctx, call| area::list_rounds(ctx, call, &id, &query)).await?;
    let next = visitor.next_page(rounds.next_cursor.as_deref());
    let may_create = visitor.may(Action::ManageRounds, &consortium_id, None);
    let shell = Shell::new(&service, &visitor, "調達回");
    show::page(&ListPage { shell, rounds, next, consortium_id, may_create })
}

#[derive(Template)]
#[template(path = "rounds/new.html")]
struct NewPage {
    shell: Shell,
    sheet: Sheet,
    towns: Towns,
    consortium_id: String,
}

async fn new_page(
    service: &Service,
    visitor: &Visitor,
    consortium_id: String,
    sheet: Sheet,
) -> Result<NewPage, crate::errors::Refused> {
    let id = consortium_id.clone();
    let towns = service.read(visitor.call.clone(), move |ctx, call| Towns::of(ctx, call, &id)).await?;
    let shell =
        Shell::new(service, visitor, "調達回を始める").under("調達回", format!("/consortia/{consortium_id}/rounds"));
    Ok(NewPage { shell, sheet, towns, consortium_id })
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
    let (everybody, named) = (form.fields.get("everybody") == "true", crate::towns::lines(&form.fields, "towns"));
    let sent = form
        .send(&service, ROUND, move |ctx, call, cmd: &CreateRound| {
            let mut cmd = cmd.clone();
            if everybody {
                cmd.member_ids = every_member(ctx, call, &id)?.into_iter().map(|member| member.id).collect();
            }
            for typed in &named {
                let member = crate::towns::named(ctx, call, &id, "/towns", typed)?.id;
                if !cmd.member_ids.contains(&member) {
                    cmd.member_ids.push(member);
                }
            }
            area::create_round(ctx, call, &id, &cmd).map(|view| format!("/rounds/{}?done=created", view.round.id))
        })
        .await;
    show::answer(&form, sent, async |sheet| new_page(&service, &form.visitor, consortium_id, sheet).await).await
}

#[derive(Template)]
#[template(path = "rounds/one.html")]
struct OnePage {
    shell: Shell,
    sheet: Sheet,
    round: RoundView,
    members: Vec<area::InvitedView>,
    pager: Pager,
    /// Members of the consortium that are not invited; while the round is a draft and the visitor runs it.
    others: Option<Towns>,
    surveys: Vec<SurveyView>,
    quotes: Vec<QuoteView>,
    /// None for those who may not see scenarios.
    scenarios: Option<Vec<ScenarioView>>,
    contract: Option<ContractView>,
    allocation: Option<AllocationView>,
    steps: Vec<steps::Step>,
    manages: bool,
}

impl OnePage {
    fn stage_is(&self, stages: &[&str]) -> bool {
        stages.contains(&self.round.stage.as_str())
    }

    fn drafts(&self) -> bool {
        self.manages && self.stage_is(&["draft"])
    }

    fn mode(&self) -> &'static str {
        match self.round.contract_mode {
            area::Mode::LeadContract => "代表団体が契約し、参加団体が負担金を納める",
            area::Mode::IndividualContract => "共同で選定し、参加団体がそれぞれ契約する",
        }
    }

    fn finalised(&self) -> Option<&ScenarioView> {
        self.scenarios.as_ref()?.iter().find(|scenario| scenario.state == "finalised")
    }

    fn step(&self, at: usize) -> Option<&steps::Step> {
        self.steps.get(at)
    }
}

/// How the members of a round can stand.
pub(crate) const MEMBERS: &[Key<area::InvitedView>] = &[
    ("code", |a, b| a.municipality_code.cmp(&b.municipality_code)),
    ("class", |a, b| (!a.is_lead, a.member_class.as_str()).cmp(&(!b.is_lead, b.member_class.as_str()))),
    ("population", |a, b| a.population.cmp(&b.population)),
];

/// The page of a round; `sheet` carries a refusal of one of its buttons.
async fn one_page(
    service: &Service,
    visitor: &Visitor,
    id: String,
    sheet: Option<Sheet>,
) -> Result<OnePage, crate::errors::Refused> {
    let asked = Asked::of(visitor);
    let part = asked.reads(&["sort"]);
    let read = move |ctx: &mut Ctx<'_>, call: &Call| {
        let RoundPart { round, members, count } = area::show_round(ctx, call, &id, &part)?;
        let all = PageQuery { limit: Some(100), ..PageQuery::default() };
        let manages = call.actor.permit(Action::ManageRounds, &round.consortium_id, None).is_ok();
        let others =
            if manages && round.stage == "draft" { Some(Towns::not_invited(ctx, call, &round)?) } else { None };
        let surveys = app::demand::list_surveys(ctx, call, &id)?.items;
        let quotes = app::pricing::list_quotes(ctx, call, &id, &all)?.items;
        let scenarios = seen(app::scenarios::list_scenarios(ctx, call, &id, &all))?.map(|page| page.items);
        let contract = seen(app::contracts::get_round_contract(ctx, call, &id))?;
        let allocation = match &contract {
            Some(contract) => {
                seen(app::contracts::allocation::show_allocation(ctx, call, &contract.id, &Part::nothing()))?
            }
            None => None,
        };
        let progress = steps::Progress { quotes: quotes.len(), scenarios: scenarios.as_ref().map_or(1, Vec::len) };
        let steps = steps::steps(&round, progress);
        let allocation = allocation.map(|part| part.allocation);
        Ok((round, members, count, others, surveys, quotes, scenarios, contract, allocation, steps, manages))
    };
    let (round, members, count, others, surveys, quotes, scenarios, contract, allocation, steps, manages) =
        service.read(visitor.call.clone(), read).await?;
    let (found, mut members) = (members.found, members.items);
    let order = Sorting::called("sort", "#members", &visitor.uri).put(&mut members, MEMBERS)?;
    asked.shows(&["sort"], &mut members);
    let pager = asked.with(found, count);
    let shell = Shell::new(service, visitor, round.title.clone())
        .sorted(order)
        .under("調達回", format!("/consortia/{}/rounds", round.consortium_id));
    let sheet = sheet.unwrap_or_else(|| Sheet::blank(visitor)).at_version(round.version);
    Ok(OnePage {
        shell,
        sheet,
        round,
        members,
        pager,
        others,
        surveys,
        quotes,
        scenarios,
        contract,
        allocation,
        steps,
        manages,
    })
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&one_page(&service, &visitor, id, None).await?)
}

/// What the visitor may not see is left out of a page that shows more.
pub(crate) fn seen<T>(read: Result<T, app::Error>) -> Result<Option<T>, app::Error> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(app::Error::NotFound | app::Error::Forbidden) => Ok(None),
        Err(other) => Err(other),
    }
}

/// All members of a consortium, by municipality code.
pub(crate) fn every_member(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str) -> Result<Vec<MemberView>, app::Error> {
    let mut query = PageQuery { limit: Some(app::page::MAX_LIMIT), ..PageQuery::default() };
    let mut members = Vec::new();
    loop {
        let page = app::consortium::list_members(ctx, call, consortium_id, &query)?;
        members.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return Ok(members),
        }
    }
}
