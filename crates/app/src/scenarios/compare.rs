//! Scenarios side by side: the same members in rows, one column for each scenario.

use super::{ScenarioView, kept_of, words};
use crate::part::{Part, Parted};
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use domain::access::Action;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::StoreError;
use utoipa::{IntoParams, ToSchema};

/// Most scenarios that stand side by side.
const MOST_SCENARIOS: usize = 10;

/// `?ids=`.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ScenariosQuery {
    /// Ids of scenarios of the round, separated by commas, 1 to 10.
    pub ids: String,
}

/// Scenarios side by side.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ScenarioTable {
    /// The scenarios, in the order asked for.
    pub scenarios: Vec<ScenarioColumn>,
    /// One row for each member, by municipality code.
    pub rows: Vec<ScenarioRow>,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ScenarioColumn {
    /// The scenario.
    #[serde(flatten)]
    pub scenario: ScenarioView,
    /// Vendor of its quote.
    pub vendor: String,
    /// Its allocation rule.
    pub allocation_rule: String,
    /// Its sharing rule in words.
    pub sharing_rule: String,
    /// No group pays more than by itself.
    pub in_core: bool,
    /// The core check in words.
    pub fairness_sentence: String,
    /// Members that pay more than alone.
    pub worse_off_count: i64,
}

/// One member over all scenarios.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScenarioRow {
    /// The member.
    pub member_id: String,
    /// Six digits.
    pub municipality_code: String,
    /// 団体名.
    pub name: String,
    /// One cell for each scenario; null where the member takes no part.
    pub cells: Vec<Option<ScenarioCell>>,
}

/// One member in one scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScenarioCell {
    /// Seats.
    pub seats: i64,
    /// Share, tax included.
    pub share_yen: i64,
    /// What the seats cost alone.
    pub stand_alone_yen: i64,
    /// What it saves against buying alone.
    pub saving_yen: i64,
}

/// Puts scenarios of a round side by side.
///
/// # Errors
/// No ids, more than ten, or ids of other rounds; [`Error::NotFound`] outside the caller's consortia.
pub fn compare_scenarios(
    ctx: &mut Ctx<'_>,
    call: &Call,
    round_id: &str,
    query: &ScenariosQuery,
) -> Result<ScenarioTable, Error> {
    show_scenarios(ctx, call, round_id, query, &Part::whole()).map(|(table, ..)| table)
}

/// As [`compare_scenarios`], with a part of the rows; answers how many the search found, and how many there are, too.
///
/// # Errors
/// As [`compare_scenarios`].
pub fn show_scenarios(
    ctx: &mut Ctx<'_>,
    call: &Call,
    round_id: &str,
    query: &ScenariosQuery,
    part: &Part,
) -> Result<(ScenarioTable, usize, usize), Error> {
    let round = crate::rounds::load(ctx, call, Action::ReadScenarios, round_id)?;
    let ids: Vec<&str> = query.ids.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(Error::field("ids", FieldCode::Required));
    }
    if ids.len() > MOST_SCENARIOS {
        return Err(Error::field("ids", FieldCode::TooMany { max: MOST_SCENARIOS }));
    }
    let (mut columns, mut plans) = (Vec::with_capacity(ids.len()), Vec::with_capacity(ids.len()));
    for id in ids {
        let head = match store::scenarios::head(ctx.db, id) {
            Ok(head) if head.round_id == round.id => head,
            Ok(_) | Err(StoreError::Missing) => return Err(Error::field("ids", FieldCode::NoSuchThing)),
            Err(error) => return Err(error.into()),
        };
        let kept = kept_of(ctx, &head)?;
        columns.push(ScenarioColumn {
            scenario: head.try_into()?,
            vendor: kept.inputs.quote.vendor.clone(),
            allocation_rule: kept.inputs.allocation.rule.clone(),
            sharing_rule: words::sharing_name(&kept.inputs.sharing),
            in_core: kept.outcome.fairness.in_core,
            fairness_sentence: words::fairness(&kept.outcome),
            worse_off_count: i64::try_from(kept.outcome.fairness.worse_off.len()).unwrap_or(i64::MAX),
        });
        plans.push(kept);
    }
    // Every member of any scenario, by municipality code.
    let members: BTreeMap<&str, (&str, &str)> = plans
        .iter()
        .flat_map(|plan| &plan.outcome.members)
        .map(|line| (line.municipality_code.as_str(), (line.member_id.as_str(), line.name.as_str())))
        .collect();
    let count = members.len();
    let Parted { items, found } = part.cut(members, |(code, (_, name))| (*code, *name));
    let cell = |line: &super::MemberOutcome| ScenarioCell {
        seats: line.seats,
        share_yen: line.share_yen,
        stand_alone_yen: line.stand_alone_yen,
        saving_yen: line.saving_yen,
    };
    let row = |(code, (member_id, name)): (&str, (&str, &str))| ScenarioRow {
        member_id: member_id.to_owned(),
        municipality_code: code.to_owned(),
        name: name.to_owned(),
        cells: plans.iter().map(|plan| plan.line(member_id).map(cell)).collect(),
    };
    let rows = items.into_iter().map(row).collect();
    Ok((ScenarioTable { scenarios: columns, rows }, found, count))
}
