//! The Shapley value at every size: the average of what a member adds over all orders of joining.
//! Exact integers up to 128 members with seats; beyond that an interval with a proved bound. Explicit games are exact.
//! Guards: members with equal seats get equal shares, members without seats pay nothing, shares sum to the bill.

mod certified;
mod exact;
mod explicit;
mod ring;

pub use certified::{CertifiedShapley, shapley_certified};
pub use exact::ShapleyShare;
pub use exact::{shapley_by_tier, shapley_exact};
pub(crate) use explicit::shapley_game;

use crate::error::{Error, Fault};
use crate::ratio::Ratio;

/// Most members with seats that are computed exactly.
pub const MOST_EXACT: usize = 128;

/// The seats of the members that have any, divided by their greatest common divisor, the costs of these quantities, and
/// who they are: members with equal seats are one group.
pub(crate) struct Groups {
    /// Distinct demands in units of the common divisor, ascending.
    pub(crate) demands: Vec<usize>,
    /// How many members have each.
    pub(crate) counts: Vec<usize>,
    /// Cost of 0, 1, 2, ... units.
    pub(crate) cost: Vec<i64>,
    /// For each member the position of its group; `None` without seats.
    pub(crate) group_of: Vec<Option<usize>>,
}

impl Groups {
    /// # Errors
    /// A cost table that does not reach the sum of the demands, or sizes past the range.
    pub(crate) fn new(cost: &[i64], demands: &[u64]) -> Result<Self, Error> {
        let out_of_range = || Error::at("/members", Fault::OutOfRange);
        let divisor = demands.iter().fold(0, |divisor, demand| num_integer::gcd(divisor, *demand)).max(1);
        let mut units = Vec::with_capacity(demands.len());
        for demand in demands {
            let unit = demand.checked_div(divisor).and_then(|unit| usize::try_from(unit).ok());
            units.push(unit.ok_or_else(out_of_range)?);
        }
        let total = units.iter().try_fold(0_usize, |sum, unit| sum.checked_add(*unit)).ok_or_else(out_of_range)?;
        let step = usize::try_from(divisor).map_err(|_error| out_of_range())?;
        let cost: Vec<i64> = cost.iter().step_by(step).take(total.saturating_add(1)).copied().collect();
        if cost.len() != total.saturating_add(1) {
            return Err(out_of_range());
        }
        let mut distinct: Vec<usize> = units.iter().copied().filter(|unit| *unit > 0).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let group_of: Vec<Option<usize>> = units.iter().map(|unit| distinct.binary_search(unit).ok()).collect();
        let mut counts = vec![0_usize; distinct.len()];
        for group in group_of.iter().flatten() {
            if let Some(count) = counts.get_mut(*group) {
                *count = count.saturating_add(1);
            }
        }
        Ok(Self { demands: distinct, counts, cost, group_of })
    }

    /// Members that have seats.
    pub(crate) fn players(&self) -> usize {
        self.group_of.iter().flatten().count()
    }

    /// One value for each group, spread to the members; 0 without seats.
    pub(crate) fn spread(&self, values: &[Ratio]) -> Vec<Ratio> {
        let of = |group: &Option<usize>| group.and_then(|group| values.get(group).cloned()).unwrap_or_else(Ratio::zero);
        self.group_of.iter().map(of).collect()
    }
}
