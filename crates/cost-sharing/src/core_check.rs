//! The core check: does any group of members pay more together than it would by itself?
//! Exact for every size by one knapsack: for each number of seats the largest sum of shares that a group with exactly
//! these seats can pay, against the price of these seats. Guards the promise that fairness is proved or refuted with the
//! worst group named. Explicit games are checked coalition by coalition.

use crate::error::{Error, Fault};
use crate::ratio::Ratio;

/// Result of the core check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreReport {
    /// Largest `x(S) - c(S)` over proper coalitions (`v(S) - x(S)` for gains); at most 0 in the core.
    pub max_excess: Ratio,
    /// Positions of the members of the worst coalition, ascending.
    pub coalition: Vec<usize>,
}

impl CoreReport {
    /// No group would be better off alone.
    #[must_use]
    pub fn in_core(&self) -> bool {
        self.max_excess <= Ratio::zero()
    }

    /// In the core, or out of it by less than a yen for each member of the group: that much the rounding of shares and of the
    /// group's own tax can do.
    #[must_use]
    pub fn up_to_rounding(&self) -> bool {
        let size = i128::try_from(self.coalition.len()).unwrap_or(i128::MAX);
        self.in_core() || self.max_excess < Ratio::whole(size)
    }
}

/// Steps (members x seats) up to which the check runs.
pub(crate) const MOST_STEPS: u64 = 1_000_000_000;

/// Checks shares of a seat game, `cost[s]` being the bill of `s` seats, members in tie order.
/// `None` for fewer than two members: they have no proper coalition.
///
/// ```
/// use cost_sharing::{Ratio, core_check};
/// // 1 seat 10, 2 seats 16, 3 seats 18: the second member pays 10 of 18 for one seat and is just not worse off.
/// let report = core_check(&[0, 10, 16, 18], &[2, 1], &[Ratio::whole(8), Ratio::whole(10)])?.unwrap();
/// assert!(report.in_core());
/// assert_eq!((report.max_excess, report.coalition), (Ratio::zero(), vec![1]));
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// More steps than a thousand million, tables and demands that do not match, or shares past the range.
pub fn core_check(cost: &[i64], demands: &[u64], shares: &[Ratio]) -> Result<Option<CoreReport>, Error> {
    let too_large = || Error::at("/members", Fault::OutOfRange);
    if demands.len() != shares.len() {
        return Err(too_large());
    }
    if demands.len() < 2 {
        return Ok(None);
    }
    crate::knapsack::worst_coalition(cost, demands, shares).map(Some)
}
