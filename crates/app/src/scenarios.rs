//! Scenarios (試算): quote × demand × allocation rule × sharing rule, with every number explained.
//!
//! A scenario keeps the canonical bytes of its inputs and of its result with their hashes. The lead
//! finalises one of a round, once; from then on the database refuses any change, and a replay gives the
//! same bytes. The arithmetic is in `scenarios/engine.rs`, pure; sentences in `scenarios/words.rs`.

pub mod compare;
pub mod engine;
pub mod finalise;
mod gather;
mod memory;
pub mod model;
pub mod presets;
pub mod simulate;
pub mod words;
pub mod workbook;

pub(crate) use gather::last_survey;
pub use memory::Plans;
pub(crate) use memory::{Kept, kept, kept_of};

use crate::audit::Entry;
use crate::calculators::{cost_error, seat_error};
use crate::input::Checker;
use crate::page::{Page, PageQuery};
use crate::part::Part;
use crate::pricing::compare::{TierAdvice, grouped};
use crate::rounds::{InvitedView, allow};
use crate::service::Call;
use crate::{Code, Ctx, Error};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::rounds::Work;
use engine::{Refusal, canonical, hash};
use model::{
    AllocationChoice, BillOutcome, DemandBasis, FairnessOutcome, Inputs, MemberOutcome, Outcome, PriceStep,
    RuleVersions, SeatsOutcome, SharingChoice,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use store::scenarios::{Head, Scenario};
use utoipa::ToSchema;

/// A scenario to be calculated.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateScenario {
    /// Name, 1 to 100 characters.
    #[schema(example = "全量適用・席数割", max_length = 100)]
    pub name: String,
    /// A quote of the round.
    pub quote_id: String,
    /// A survey of the round; the last one that was opened when absent.
    pub survey_id: Option<String>,
    /// Which number of the answers is the request.
    #[serde(default)]
    pub demand: DemandBasis,
    /// Seats to buy; as demanded when absent. More than demanded makes a reserve.
    #[schema(minimum = 1)]
    pub supply: Option<i64>,
    /// How seats are allocated.
    pub allocation: AllocationChoice,
    /// How the bill is shared.
    pub sharing: SharingChoice,
    /// Numbers that replace those of the answers.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub overrides: Vec<Override>,
}

/// Numbers of one member that replace those of its answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// A member invited to the round.
    pub member_id: String,
    /// Seats asked for; 0 leaves the member out.
    #[schema(minimum = 0)]
    pub request: Option<i64>,
    /// Seats it must get at least.
    #[schema(minimum = 0)]
    pub guarantee: Option<i64>,
    /// The most that it can pay, tax included.
    #[schema(minimum = 0)]
    pub budget_cap_yen: Option<i64>,
}

/// A scenario without its plan.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ScenarioView {
    /// UUIDv7.
    pub id: String,
    /// The consortium.
    pub consortium_id: String,
    /// The round.
    pub round_id: String,
    /// The quote.
    pub quote_id: String,
    /// Name.
    pub name: String,
    /// `draft` or `finalised`.
    #[schema(example = "draft")]
    pub state: String,
    /// Seats bought.
    pub seats: i64,
    /// What is paid, tax included.
    pub total_yen: i64,
    /// SHA-256 of the canonical inputs.
    pub input_hash: String,
    /// SHA-256 of the canonical result.
    pub result_hash: String,
    /// Versions of the rules.
    pub rule_versions: RuleVersions,
    /// When it was finalised.
    pub finalised_at: Option<DateTime<Utc>>,
    /// When it was calculated.
    pub created_at: DateTime<Utc>,
    /// For `If-Match`.
    pub version: i64,
}

/// A scenario with its plan.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ScenarioDetail {
    /// The scenario.
    #[serde(flatten)]
    pub scenario: ScenarioView,
    /// The plan.
    pub plan: PlanView,
}

/// A plan: every number with its reason.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlanView {
    /// What it was calculated from.
    pub inputs: Inputs,
    /// Seats.
    pub seats: SeatsOutcome,
    /// The bill.
    pub bill: BillOutcome,
    /// How demand met the price.
    pub price_steps: Vec<PriceStep>,
    /// One line for each member, by municipality code.
    pub members: Vec<MemberPlan>,
    /// Does any group pay more than by itself?
    pub fairness: FairnessOutcome,
    /// The same in words.
    #[schema(example = "この案では、清川村だけで契約した方が19,800円安くなります。")]
    pub fairness_sentence: String,
    /// What buying up saves.
    pub advice: Option<TierAdvice>,
    /// The sharing rule in words.
    #[schema(example = "均等割10％・席数割90％")]
    pub sharing_rule: String,
}

/// One member's part with its reasons in words.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MemberPlan {
    /// The numbers.
    #[serde(flatten)]
    pub line: MemberOutcome,
    /// Why these seats.
    pub allocation_sentence: String,
    /// Why this share.
    pub sharing_sentence: String,
}

impl TryFrom<Head> for ScenarioView {
    type Error = Error;

    fn try_from(row: Head) -> Result<Self, Error> {
        Ok(Self {
            rule_versions: serde_json::from_str(&row.rule_versions).map_err(Error::internal)?,
            id: row.id,
            consortium_id: row.consortium_id,
            round_id: row.round_id,
            quote_id: row.quote_id,
            name: row.name,
            state: row.state,
            seats: row.seats,
            total_yen: row.total_yen,
            input_hash: row.input_hash,
            result_hash: row.result_hash,
            finalised_at: row.finalised_at.map(|at| at.and_utc()),
            created_at: row.created_at.and_utc(),
            version: row.version,
        })
    }
}

/// Calculates a scenario and keeps it.
///
/// # Errors
/// Refused fields; [`Code::GuaranteesExceedSupply`]; [`Code::NoDemand`]; [`Code::RoundStage`].
pub fn create_scenario(
    ctx: &mut Ctx<'_>,
    call: &Call,
    round_id: &str,
    cmd: &CreateScenario,
) -> Result<ScenarioDetail, Error> {
    let round = crate::rounds::load(ctx, call, Action::ManageScenarios, round_id)?;
    allow(&round, Work::Calculate)?;
    let mut check = Checker::new();
    let name = check.line("/name", &cmd.name, 100);
    let inputs = gather::inputs(ctx, &round, cmd, check)?;
    let outcome = engine::run(&inputs).map_err(refused)?;
    let (input_text, result_text) = (canonical(&inputs), canonical(&outcome));
    let row = Scenario {
        id: ctx.id(),
        consortium_id: round.consortium_id.clone(),
        round_id: round.id,
        quote_id: inputs.quote.id.clone(),
        name,
        state: "draft".to_owned(),
        input_hash: hash(&input_text),
        result_hash: hash(&result_text),
        inputs: input_text,
        result: result_text,
        rule_versions: canonical(&outcome.rule_versions),
        seats: outcome.seats.bought,
        total_yen: outcome.bill.total_yen,
        finalised_at: None,
        finalised_by: None,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    store::scenarios::insert(ctx.db, &row)?;
    ctx.record(
        Entry::done(&call.actor, Some(&round.consortium_id), "scenario.created", "scenario", &row.id)
            .details(json!({"seats": row.seats, "total_yen": row.total_yen, "result_hash": row.result_hash})),
    );
    detail(row)
}

/// Calculates a scenario and keeps nothing: what a change of the rules would do, before it is decided.
///
/// # Errors
/// As [`create_scenario`]; a name is not asked for.
pub fn preview_scenario(
    ctx: &mut Ctx<'_>,
    call: &Call,
    round_id: &str,
    cmd: &CreateScenario,
) -> Result<PlanView, Error> {
    let round = crate::rounds::load(ctx, call, Action::ReadScenarios, round_id)?;
    let inputs = gather::inputs(ctx, &round, cmd, Checker::new())?;
    let outcome = engine::run(&inputs).map_err(refused)?;
    Ok(plan(inputs, outcome))
}

/// The scenarios of a round, oldest first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia; [`Error::Forbidden`] for towns.
pub fn list_scenarios(
    ctx: &mut Ctx<'_>,
    call: &Call,
    round_id: &str,
    query: &PageQuery,
) -> Result<Page<ScenarioView>, Error> {
    let round = crate::rounds::load(ctx, call, Action::ReadScenarios, round_id)?;
    let list = format!("scenarios/{}", round.id);
    let listing = query.listing(ctx.env, &list, &store::scenarios::SCENARIOS)?;
    let rows = store::scenarios::of_round(ctx.db, &round.id, &listing.slice)?;
    listing.try_page(ctx.env, rows, ScenarioView::try_from)
}

/// One scenario with its plan.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia; [`Error::Forbidden`] for towns.
pub fn get_scenario(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<ScenarioDetail, Error> {
    detail(load(ctx, call, Action::ReadScenarios, id)?)
}

/// Deletes a scenario that is still a draft.
///
/// # Errors
/// A stale version; [`Code::ScenarioFrozen`] once it was finalised.
pub fn delete_scenario(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<(), Error> {
    let row = load(ctx, call, Action::ManageScenarios, id)?;
    let version = call.expected()?;
    if row.state != "draft" {
        return Err(Error::rule(Code::ScenarioFrozen));
    }
    if !store::scenarios::delete_draft(ctx.db, id, version)? {
        return Err(Error::Stale);
    }
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), "scenario.deleted", "scenario", id)
            .details(json!({"result_hash": row.result_hash})),
    );
    Ok(())
}

pub(crate) fn load(ctx: &mut Ctx<'_>, call: &Call, action: Action, id: &str) -> Result<Scenario, Error> {
    let row = store::scenarios::find(ctx.db, id)?;
    call.actor.permit(action, &row.consortium_id, None)?;
    Ok(row)
}

/// A plan as a page shows it: everything that concerns the whole, and a part of the members' lines.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanPart {
    /// The plan; `members` holds the part, `inputs` names no members.
    pub view: PlanView,
    /// Lines that the search found.
    pub found: usize,
    /// Lines of the whole.
    pub members: usize,
    /// Ids of all members that it is calculated for.
    pub asked: BTreeSet<String>,
}

impl PlanPart {
    /// Names of those among these members that it is not calculated for: they did not answer.
    #[must_use]
    pub fn left_out(&self, members: &[InvitedView]) -> Vec<String> {
        let out = members.iter().filter(|member| !self.asked.contains(&member.member_id));
        out.map(|member| member.name.clone()).collect()
    }
}

/// A scenario with a part of its plan.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioPart {
    /// The scenario.
    pub scenario: ScenarioView,
    /// Its plan.
    pub plan: PlanPart,
}

/// One scenario with a part of its plan: what a page shows of it.
///
/// # Errors
/// As [`get_scenario`].
pub fn show_scenario(ctx: &mut Ctx<'_>, call: &Call, id: &str, part: &Part) -> Result<ScenarioPart, Error> {
    let head = store::scenarios::head(ctx.db, id)?;
    call.actor.permit(Action::ReadScenarios, &head.consortium_id, None)?;
    let kept = kept_of(ctx, &head)?;
    Ok(ScenarioPart { scenario: head.try_into()?, plan: plan_part(&kept, part) })
}

/// As [`preview_scenario`], with a part of the plan; remembered as long as nothing that it depends on changes.
///
/// # Errors
/// As [`preview_scenario`].
pub fn show_preview(
    ctx: &mut Ctx<'_>,
    call: &Call,
    round_id: &str,
    cmd: &CreateScenario,
    part: &Part,
) -> Result<PlanPart, Error> {
    let round = crate::rounds::load(ctx, call, Action::ReadScenarios, round_id)?;
    let key = gather::facts(ctx, &round, cmd)?;
    let kept = memory::remembered(ctx, key, |ctx| {
        let inputs = gather::inputs(ctx, &round, cmd, Checker::new())?;
        let outcome = engine::run(&inputs).map_err(refused)?;
        Ok(Kept::new(inputs, outcome))
    })?;
    Ok(plan_part(&kept, part))
}

pub(crate) fn plan(inputs: Inputs, outcome: Outcome) -> PlanView {
    let kept = Kept::new(inputs, outcome);
    let view = plan_part(&kept, &Part::whole()).view;
    PlanView { inputs: kept.inputs, ..view }
}

fn plan_part(kept: &Kept, part: &Part) -> PlanPart {
    let (inputs, outcome) = (&kept.inputs, &kept.outcome);
    let cut = part.cut(&outcome.members, |line| (&line.municipality_code, &line.name));
    let member = |line: &MemberOutcome| MemberPlan {
        allocation_sentence: words::allocation(inputs, outcome, line),
        sharing_sentence: words::sharing(inputs, outcome, line),
        line: line.clone(),
    };
    let view = PlanView {
        fairness_sentence: words::fairness(outcome),
        sharing_rule: words::sharing_name(&inputs.sharing),
        inputs: Inputs {
            quote: inputs.quote.clone(),
            survey_id: inputs.survey_id.clone(),
            demand: inputs.demand,
            supply: inputs.supply,
            allocation: inputs.allocation.clone(),
            sharing: inputs.sharing.clone(),
            members: Vec::new(),
        },
        seats: outcome.seats,
        bill: outcome.bill.clone(),
        price_steps: outcome.price_steps.clone(),
        members: cut.items.into_iter().map(member).collect(),
        fairness: outcome.fairness.clone(),
        advice: outcome.advice.clone(),
    };
    let asked = inputs.members.iter().map(|member| member.member_id.clone()).collect();
    PlanPart { view, found: cut.found, members: outcome.members.len(), asked }
}

pub(crate) fn detail(row: Scenario) -> Result<ScenarioDetail, Error> {
    let (inputs, outcome) = kept(&row)?;
    Ok(ScenarioDetail { scenario: Head::from(row).try_into()?, plan: plan(inputs, outcome) })
}

/// A refusal of the engine in the words of the faces.
fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::NoDemand => Error::rule(Code::NoDemand),
        Refusal::GuaranteesExceedSupply { supply, guaranteed, who } => {
            let names: Vec<String> = who.iter().map(|(name, seats)| format!("{name}{}席", grouped(*seats))).collect();
            Error::rule_with(
                Code::GuaranteesExceedSupply,
                vec![("supply", grouped(supply)), ("guaranteed", grouped(guaranteed)), ("who", names.join("、"))],
            )
        }
        Refusal::Allocation(error) => seat_error(&error, |pointer| match pointer {
            "/rule" => format!("/allocation{pointer}"),
            _ if pointer.starts_with("/tie_break") => format!("/allocation{pointer}"),
            "/supply" => "/supply".to_owned(),
            _ => "/allocation".to_owned(),
        }),
        Refusal::Sharing(error) => cost_error(&error, |pointer| match pointer {
            _ if pointer.starts_with("/rule") || pointer.starts_with("/rounding") => format!("/sharing{pointer}"),
            "/seats" => "/supply".to_owned(),
            _ => "/sharing".to_owned(),
        }),
        Refusal::Inconsistent(what) => Error::internal(what),
    }
}
