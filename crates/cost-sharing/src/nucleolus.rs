//! The nucleolus, prenucleolus and per-capita nucleolus, exact.
//! Each stage makes the smallest saving of the coalitions that are still open as large as possible and fixes those that
//! cannot do better, until every share is determined. Coalitions enter row by row from an oracle: a knapsack for seat games,
//! the table for explicit ones. All arithmetic is in integers, and the result is proved by Kohlberg's criterion
//! (`kohlberg`) before it is called exact. The budget counts steps, not time: the same input gives the same answer everywhere.

mod basis;
mod kohlberg;
mod oracle;
mod span;
mod stages;

pub(crate) use oracle::Table;
use oracle::{Oracle, Seats};

use crate::core_check::core_check;
use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use crate::shapley::Groups;

/// Which nucleolus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NucleolusKind {
    /// Savings of coalitions, nobody above its own cost.
    Nucleolus,
    /// Savings of coalitions, without that bound.
    Prenucleolus,
    /// Savings per head of the coalition, nobody above its own cost.
    PerCapita,
}

/// Steps that a computation may take: roughly multiplications of wide integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget(pub u64);

impl Default for Budget {
    /// About a minute on one core.
    fn default() -> Self {
        Self(12_000_000_000)
    }
}

/// Most members of a game that is solved over the table of its coalitions.
const MOST_TABLE_PLAYERS: usize = 20;

/// What the computation reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nucleolus {
    /// Shares in the order of the members.
    pub shares: Vec<Ratio>,
    /// The smallest saving that every coalition can be given: minus the least-core excess; `None` for one member alone.
    pub least_core: Option<Ratio>,
    /// Levels of saving, stage by stage.
    pub levels: Vec<Ratio>,
    /// True when Kohlberg's criterion proved the result; otherwise the shares are a point of the least core.
    pub proved: bool,
}

/// The nucleolus of the seat game `c(S) = cost[d(S)]`, members in tie order.
///
/// ```
/// use cost_sharing::{Budget, NucleolusKind, Ratio, nucleolus};
/// let cost: Vec<i64> = (0..=26).map(|s| if s < 10 { 1000 * s } else { 1000 * 9 + 800 * (s - 9) }).collect();
/// let found = nucleolus(&cost, &[8, 8, 10], NucleolusKind::Nucleolus, Budget::default())?;
/// assert_eq!(found.shares, [7_000, 7_000, 8_600].map(Ratio::whole));
/// assert!(found.proved);
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// No imputation (all by themselves cost less than together), sizes past the range, or a budget that ends before the least
/// core is found.
pub fn nucleolus(cost: &[i64], demands: &[u64], kind: NucleolusKind, budget: Budget) -> Result<Nucleolus, Error> {
    if let Some(point) = single_point(cost, demands)? {
        return Ok(point);
    }
    if kind == NucleolusKind::PerCapita && demands.contains(&0) {
        return with_idle_members(cost, demands, budget);
    }
    let groups = Groups::new(cost, demands)?;
    let oracle = Seats::new(&groups, kind == NucleolusKind::PerCapita)?;
    let solved = solve(&oracle, kind, budget)?;
    with_least_core(cost, demands, Nucleolus { shares: groups.spread(&solved.shares), ..solved })
}

/// Members without seats cost nothing, yet they count as heads: such games go through their table of coalitions.
fn with_idle_members(cost: &[i64], demands: &[u64], budget: Budget) -> Result<Nucleolus, Error> {
    let too_many = || Error::at("/members", Fault::TooManyMembers { limit: MOST_TABLE_PLAYERS });
    if demands.len() > MOST_TABLE_PLAYERS {
        return Err(too_many());
    }
    let mut seats = vec![0_usize];
    for demand in demands {
        let demand = usize::try_from(*demand).map_err(|_error| too_many())?;
        let with: Vec<usize> = seats.iter().map(|own| own.saturating_add(demand)).collect();
        seats.extend(with);
    }
    let values: Option<Vec<i128>> = seats.iter().map(|own| cost.get(*own).map(|yen| i128::from(*yen))).collect();
    let table = values.and_then(|values| Table::new(values, true)).ok_or_else(too_many)?;
    solve(&table, NucleolusKind::PerCapita, budget)
}

/// The least core of a seat game: how much the worst-off coalition can be given at best (negative where the core is empty), and
/// shares that do so.
///
/// ```
/// use cost_sharing::{Budget, Ratio, least_core};
/// // Packages of two seats at 10 yen: any two of three members fill one, the third needs another.
/// let found = least_core(&[0, 10, 10, 20], &[1, 1, 1], Budget::default())?;
/// assert_eq!(found.least_core, Ratio::new(-10, 3)); // the core is empty
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// As [`nucleolus`].
pub fn least_core(cost: &[i64], demands: &[u64], budget: Budget) -> Result<Nucleolus, Error> {
    let groups = Groups::new(cost, demands)?;
    let oracle = Seats::new(&groups, false)?;
    let mut steps = budget.0;
    let found = stages::run(&oracle, false, 1, &mut steps);
    let found = found.ok_or_else(|| Error::at("/rule", Fault::BudgetExhausted))?;
    let levels: Vec<Ratio> = found.certificate.iter().map(|stage| stage.level.clone()).collect();
    let proved = found.complete && kohlberg::holds(&oracle, &found.shares, &found.certificate);
    let shares = groups.spread(&found.shares);
    let found = Nucleolus { shares, least_core: levels.first().cloned(), levels, proved };
    with_least_core(cost, demands, found)
}

/// Members that are all alike are determined without any stage: their level is read off the core check.
fn with_least_core(cost: &[i64], demands: &[u64], mut found: Nucleolus) -> Result<Nucleolus, Error> {
    if found.levels.is_empty()
        && let Some(report) = core_check(cost, demands, &found.shares)?
    {
        let level = -&report.max_excess;
        found.least_core = Some(level.clone());
        found.levels.push(level);
    }
    Ok(found)
}

/// The nucleolus of an explicit cost table in integers.
pub(crate) fn nucleolus_table(table: &Table, kind: NucleolusKind, budget: Budget) -> Result<Nucleolus, Error> {
    solve(table, kind, budget)
}

fn solve(oracle: &impl Oracle, kind: NucleolusKind, budget: Budget) -> Result<Nucleolus, Error> {
    let bounded = kind != NucleolusKind::Prenucleolus;
    if bounded {
        let alone = oracle
            .alone()
            .iter()
            .zip(oracle.counts())
            .try_fold(0_i128, |sum, (alone, count)| sum.checked_add(alone.checked_mul(*count)?));
        if alone.ok_or_else(|| Error::at("/members", Fault::OutOfRange))? < oracle.whole() {
            return Err(Error::at("/rule", Fault::NoImputation));
        }
    }
    let mut steps = budget.0;
    let found = stages::run(oracle, bounded, usize::MAX, &mut steps)
        .ok_or_else(|| Error::at("/rule", Fault::BudgetExhausted))?;
    let proved = found.complete && kohlberg::holds(oracle, &found.shares, &found.certificate);
    let levels: Vec<Ratio> = found.certificate.iter().map(|stage| stage.level.clone()).collect();
    Ok(Nucleolus { shares: found.shares, least_core: levels.first().cloned(), levels, proved })
}

/// Where everybody's separable cost together is the bill and in the core, the core is this one point, hence the nucleolus of
/// every kind. True for all-units prices in the middle of a tier, at any number of members.
fn single_point(cost: &[i64], demands: &[u64]) -> Result<Option<Nucleolus>, Error> {
    let out_of_range = || Error::at("/members", Fault::OutOfRange);
    let total = demands.iter().try_fold(0_u64, |sum, demand| sum.checked_add(*demand)).ok_or_else(out_of_range)?;
    let at =
        |seats: u64| usize::try_from(seats).ok().and_then(|seats| cost.get(seats)).copied().ok_or_else(out_of_range);
    let whole = at(total)?;
    let mut shares = Vec::with_capacity(demands.len());
    for demand in demands {
        shares.push(Ratio::whole(whole.saturating_sub(at(total.saturating_sub(*demand))?)));
    }
    if shares.iter().sum::<Ratio>() != Ratio::whole(whole) {
        return Ok(None);
    }
    let Some(report) = core_check(cost, demands, &shares)? else {
        return Ok(Some(Nucleolus { shares, least_core: None, levels: Vec::new(), proved: true }));
    };
    if !report.in_core() {
        return Ok(None);
    }
    let level = -&report.max_excess;
    Ok(Some(Nucleolus { shares, least_core: Some(level.clone()), levels: vec![level], proved: true }))
}
