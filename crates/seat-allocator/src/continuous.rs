//! The continuous form: exact ratios instead of whole seats, with the same guarantees, classes and budgets.

use crate::RULE_VERSION;
use crate::error::{Code, Error, Fault, Field};
use crate::order::Order;
use crate::prepare::{Faults, identities, shape};
use crate::problem::{Claim, Problem, Rule};
use crate::ratio::Ratio;
use crate::shares::{
    Row, adjusted_proportional, average_of_awards_and_losses, by_halves, constrained_egalitarian, dominguez_thomson,
    equal_awards, equal_losses, filled, minimal_overlap, random_arrival, sum,
};
use crate::stop::Stop;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The exact award of every claim.
///
/// ```
/// use seat_allocator::{Claim, Problem, Ratio, Rule, continuous};
/// let claims = ["a", "b"].map(|id| Claim::new(id).with_request(Ratio::from(if id == "a" { 50 } else { 100 })));
/// let result = continuous(&Problem::new(Ratio::from(100), Rule::Talmud, claims.into()))?;
/// assert_eq!(result.awards, [Ratio::from(25), Ratio::from(75)]); // the contested garment
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shares {
    /// Award of each claim, in the order of the problem.
    pub awards: Vec<Ratio>,
    /// What nobody may take because all requests are met.
    pub reserve: Ratio,
    /// The supply was short of the guarantees, and the rule divided it with the guarantees as upper bounds.
    pub guarantees_reduced: bool,
    /// One part for each division made: each class in order, or the reduced guarantees.
    pub parts: Vec<SharePart>,
    /// Version of the rules that produced this.
    pub rule_version: String,
}

/// One division of the continuous form.
///
/// ```
/// use seat_allocator::{Claim, Problem, Ratio, Rule, continuous};
/// let claims = ["a", "b"].map(|id| Claim::new(id).with_request(Ratio::from(9))).into();
/// let result = continuous(&Problem::new(Ratio::from(5), Rule::ConstrainedEqualAwards, claims))?;
/// assert_eq!(result.parts[0].level, "5/2".parse().ok());
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SharePart {
    /// The class; `None` for the reduced guarantees.
    pub class: Option<u32>,
    /// What was divided, guarantees included.
    pub supply: Ratio,
    /// The level `λ` of rules that have one.
    pub level: Option<Ratio>,
}

/// Most that a claim may take; `None` is no upper bound.
pub(crate) fn limit(claim: &Claim<Ratio>, unit_price: Option<u64>) -> Option<Ratio> {
    let affordable = match (claim.budget_cap, unit_price) {
        (Some(budget), Some(price)) if price > 0 => Some(Ratio::from(budget).over(&Ratio::from(price))),
        (Some(_) | None, Some(_) | None) => None,
    };
    match (claim.request.clone(), affordable) {
        (Some(request), Some(affordable)) => Some(request.min(affordable)),
        (limit, None) | (None, limit) => limit,
    }
}

/// Divides exact quantities: [`allocate`](crate::allocate) without rounding.
///
/// Divisor methods, largest remainder and the quota method have the same continuous form: shares in proportion to the
/// weights, held within the bounds. A budget buys `budget / price`, not cut to whole seats.
///
/// # Errors
/// Every fault of the problem at once.
///
/// ```
/// use seat_allocator::{Claim, Problem, Ratio, Rule, continuous};
/// let claims = [2, 4, 7, 8].map(|c| Claim::new(c.to_string()).with_request(Ratio::from(c)));
/// let result = continuous(&Problem::new(Ratio::from(10), Rule::ProportionalToRequest, claims.into()))?;
/// assert_eq!(result.awards[0].to_string(), "20/21");
/// # Ok::<(), seat_allocator::Error>(())
/// ```
pub fn continuous(problem: &Problem<Ratio>) -> Result<Shares, Error> {
    let mut faults = Faults::default();
    if problem.supply.is_negative() {
        faults.add(Fault::of_problem(Code::Negative, Field::Supply));
    }
    identities(&problem.claims, &mut faults);
    shape(problem, &mut faults, |claim| limit(claim, problem.unit_price).is_some());
    faults.check()?;

    let mut rows = rows(problem);
    let order = Order::new(&problem.claims, &problem.tie_break);
    let guaranteed = sum(rows.iter().map(|row| &row.lower));
    let mut result = Shares {
        awards: Vec::new(),
        reserve: Ratio::zero(),
        guarantees_reduced: guaranteed > problem.supply,
        parts: Vec::new(),
        rule_version: RULE_VERSION.to_owned(),
    };
    if result.guarantees_reduced {
        for row in &mut rows {
            row.upper = std::mem::take(&mut row.lower);
        }
        let members: Vec<usize> = (0..rows.len()).collect();
        divide(&mut result, problem, None, &members, rows, &problem.supply, &order)?;
        return Ok(result);
    }
    let mut left = problem.supply.minus(&guaranteed);
    for (class, (members, group)) in classes(problem, rows) {
        let held = sum(group.iter().map(|row| &row.lower));
        let room = sum(group.iter().map(|row| &row.upper)).minus(&held);
        if room <= left {
            left = left.minus(&room);
            let awards = group.into_iter().map(|row| row.upper).collect();
            record(&mut result, problem, &members, awards);
            result.parts.push(SharePart { class: Some(class), supply: held.plus(&room), level: None });
        } else {
            let supply = held.plus(&std::mem::take(&mut left));
            divide(&mut result, problem, Some(class), &members, group, &supply, &order)?;
        }
    }
    result.reserve = left;
    Ok(result)
}

/// Claims by class, first class first.
fn classes(problem: &Problem<Ratio>, rows: Vec<Row>) -> BTreeMap<u32, (Vec<usize>, Vec<Row>)> {
    let mut classes: BTreeMap<u32, (Vec<usize>, Vec<Row>)> = BTreeMap::new();
    if let [first, rest @ ..] = problem.claims.as_slice()
        && rest.iter().all(|claim| claim.class == first.class)
    {
        classes.insert(first.class, ((0..rows.len()).collect(), rows));
        return classes;
    }
    for (position, (claim, row)) in problem.claims.iter().zip(rows).enumerate() {
        let (members, group) = classes.entry(claim.class).or_default();
        members.push(position);
        group.push(row);
    }
    classes
}

fn rows(problem: &Problem<Ratio>) -> Vec<Row> {
    let row = |claim: &Claim<Ratio>| {
        let upper = limit(claim, problem.unit_price);
        let lower = match &upper {
            Some(upper) => claim.guarantee.clone().min(upper.clone()),
            None => claim.guarantee.clone(),
        };
        // Without a bound: past every supply, so that nobody ever holds "all" of it.
        let upper = upper.unwrap_or_else(|| problem.supply.plus(&claim.guarantee).plus(&Ratio::one()));
        let weight = if problem.rule.uses_weights() { claim.weight.clone() } else { Ratio::one() };
        Row { lower, upper, weight }
    };
    problem.claims.iter().map(row).collect()
}

/// Divides a supply short of the upper bounds, and records what came out.
fn divide(
    result: &mut Shares,
    problem: &Problem<Ratio>,
    class: Option<u32>,
    members: &[usize],
    rows: Vec<Row>,
    supply: &Ratio,
    order: &Order<'_>,
) -> Result<(), Error> {
    let open = |row: &Row| row.weight.is_zero() && row.lower < row.upper;
    let stuck: Vec<usize> = members.iter().zip(&rows).filter(|(_, row)| open(row)).map(|(&at, _)| at).collect();
    let (level, awards) = solve(problem.rule, members, rows, supply, order)
        .map_err(|stop| stop.error(&problem.claims, members, stuck.into_iter()))?;
    record(result, problem, members, awards);
    result.parts.push(SharePart { class, supply: supply.clone(), level });
    Ok(())
}

fn record(result: &mut Shares, problem: &Problem<Ratio>, members: &[usize], awards: Vec<Ratio>) {
    if members.len() == problem.claims.len() {
        result.awards = awards;
        return;
    }
    result.awards.resize(problem.claims.len(), Ratio::zero());
    for (&member, award) in members.iter().zip(awards) {
        if let Some(slot) = result.awards.get_mut(member) {
            *slot = award;
        }
    }
}

/// Divides `supply`, between the sums of lower and upper bounds.
fn solve(
    rule: Rule,
    members: &[usize],
    mut rows: Vec<Row>,
    supply: &Ratio,
    order: &Order<'_>,
) -> Result<(Option<Ratio>, Vec<Ratio>), Stop> {
    match rule {
        Rule::Divisor(_) | Rule::LargestRemainder | Rule::Quota | Rule::ConstrainedEqualAwards => {
            filled(&rows, supply).map(|(level, awards)| (Some(level), awards)).ok_or(Stop::ZeroTotalWeight)
        }
        Rule::ProportionalToRequest => {
            for row in &mut rows {
                row.weight.clone_from(&row.upper);
            }
            filled(&rows, supply).map(|(level, awards)| (Some(level), awards)).ok_or(Stop::ZeroTotalWeight)
        }
        Rule::ConstrainedEqualLosses => losses(rows, supply),
        Rule::Priority => Ok((None, in_order(members, &rows, supply, order))),
        Rule::ConstrainedEqualAwardsAboveGuarantee => {
            let open = |row: &Row| Row {
                lower: Ratio::zero(),
                upper: row.upper.minus(&row.lower),
                weight: row.weight.clone(),
            };
            let open: Vec<Row> = rows.iter().map(open).collect();
            let rest = supply.minus(&sum(rows.iter().map(|row| &row.lower)));
            let (level, awards) = filled(&open, &rest).ok_or(Stop::ZeroTotalWeight)?;
            Ok((Some(level), above(&rows, &awards)))
        }
        Rule::Talmud
        | Rule::ReverseTalmud
        | Rule::Piniles
        | Rule::AdjustedProportional
        | Rule::RandomArrival
        | Rule::MinimalOverlap
        | Rule::ConstrainedEgalitarian
        | Rule::DominguezThomson
        | Rule::AverageOfCeaCel
        | Rule::ProportionalAboveGuarantee => {
            let claims: Vec<Ratio> = rows.iter().map(|row| row.upper.minus(&row.lower)).collect();
            let rest = supply.minus(&sum(rows.iter().map(|row| &row.lower)));
            Ok((None, above(&rows, &claims_rule(rule, &claims, &rest)?)))
        }
    }
}

fn above(rows: &[Row], awards: &[Ratio]) -> Vec<Ratio> {
    rows.iter().zip(awards).map(|(row, award)| row.lower.plus(award)).collect()
}

/// Rules that know only claims and an endowment between nothing and their sum; other rules do not come here.
pub(crate) fn claims_rule(rule: Rule, claims: &[Ratio], endowment: &Ratio) -> Result<Vec<Ratio>, Stop> {
    Ok(match rule {
        Rule::Talmud => by_halves(claims, endowment, equal_awards, equal_losses),
        Rule::ReverseTalmud => by_halves(claims, endowment, equal_losses, equal_awards),
        Rule::Piniles => by_halves(claims, endowment, equal_awards, equal_awards),
        Rule::AdjustedProportional => adjusted_proportional(claims, endowment),
        Rule::RandomArrival => random_arrival(claims, endowment)?,
        Rule::MinimalOverlap => minimal_overlap(claims, endowment),
        Rule::ConstrainedEgalitarian => constrained_egalitarian(claims, endowment),
        Rule::DominguezThomson => dominguez_thomson(claims, endowment)?,
        Rule::AverageOfCeaCel => average_of_awards_and_losses(claims, endowment),
        Rule::ConstrainedEqualAwards | Rule::ConstrainedEqualAwardsAboveGuarantee => equal_awards(claims, endowment),
        Rule::ConstrainedEqualLosses => equal_losses(claims, endowment),
        Rule::Divisor(_)
        | Rule::LargestRemainder
        | Rule::Quota
        | Rule::Priority
        | Rule::ProportionalToRequest
        | Rule::ProportionalAboveGuarantee => {
            let share = endowment.over(&sum(claims));
            claims.iter().map(|claim| claim.times(&share)).collect()
        }
    })
}

/// When nothing is left above the guarantees, everyone loses all the rest, whatever the weights.
fn losses(mut rows: Vec<Row>, supply: &Ratio) -> Result<(Option<Ratio>, Vec<Ratio>), Stop> {
    if *supply <= sum(rows.iter().map(|row| &row.lower)) {
        return Ok((None, rows.into_iter().map(|row| row.lower).collect()));
    }
    let uppers: Vec<Ratio> = rows.iter().map(|row| row.upper.clone()).collect();
    let short = sum(&uppers).minus(supply);
    for row in &mut rows {
        row.upper = row.upper.minus(&std::mem::take(&mut row.lower));
    }
    let (level, lost) = filled(&rows, &short).ok_or(Stop::ZeroTotalWeight)?;
    let awards = uppers.iter().zip(&lost).map(|(upper, lost)| upper.minus(lost)).collect();
    Ok((Some(level), awards))
}

fn in_order(members: &[usize], rows: &[Row], supply: &Ratio, order: &Order<'_>) -> Vec<Ratio> {
    let mut awards: Vec<Ratio> = rows.iter().map(|row| row.lower.clone()).collect();
    let mut left = supply.minus(&sum(&awards));
    for position in order.ranked(members.to_vec()) {
        let Ok(index) = members.binary_search(&position) else {
            continue;
        };
        if let (Some(award), Some(row)) = (awards.get_mut(index), rows.get(index)) {
            let more = row.upper.minus(award).min(left.clone());
            *award = award.plus(&more);
            left = left.minus(&more);
        }
    }
    awards
}
