//! The Shapley value of large seat games, within a proved bound.
//! `phi_i` is the integral over q from 0 to 1 of `E[P(X + d_i) - P(X)]`, X being the seats of the others when each is there
//! with probability q. Gauss-Legendre nodes integrate it (`nodes`), one adjoint pass for each node yields all members at once
//! (`kernel`, the only place with floating point). The bound adds the node error, every rounding of the kernel and the mass
//! that was trimmed; yen are certain when no rounding boundary lies within it.

mod kernel;
mod mass;
mod nodes;

use super::Groups;
use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use num_bigint::BigInt;
use num_traits::FromPrimitive;

/// Shapley values known to within a bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertifiedShapley {
    /// One value for each member; they sum exactly to the bill.
    pub shares: Vec<Ratio>,
    /// No value is farther than this from the true one.
    pub error: Ratio,
    /// Nodes of the integration.
    pub nodes: usize,
}

/// Seats (in units of the common divisor) and cells up to which the kernel runs.
const MOST_UNITS: usize = 2_000_000;
const MOST_CELLS: usize = 40_000_000;

/// Shapley values of `c(S) = cost[d(S)]` for any number of members, with the bound of their error.
///
/// ```
/// use cost_sharing::{Ratio, shapley_certified, shapley_exact};
/// let cost: Vec<i64> = (0..=300).map(|s| if s < 100 { 30_000 * s } else { 27_000 * s }).collect();
/// let demands = [70, 80, 90, 45, 15];
/// let certified = shapley_certified(&cost, &demands)?;
/// for (value, exact) in certified.shares.iter().zip(shapley_exact(&cost, &demands)?) {
///     assert!((value - &exact.share).abs() <= certified.error);
/// }
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// Sizes past the range, or a cost table that is too short.
pub fn shapley_certified(cost: &[i64], demands: &[u64]) -> Result<CertifiedShapley, Error> {
    let out_of_range = || Error::at("/members", Fault::OutOfRange);
    let groups = Groups::new(cost, demands)?;
    let units = groups.cost.len().saturating_sub(1);
    let cells = groups.demands.len().saturating_mul(groups.cost.len());
    if units > MOST_UNITS || cells > MOST_CELLS {
        return Err(out_of_range());
    }
    if units == 0 {
        let shares = vec![Ratio::zero(); demands.len()];
        return Ok(CertifiedShapley { shares, error: Ratio::zero(), nodes: 0 });
    }
    let total = Ratio::whole(groups.cost.last().copied().unwrap_or(0));
    let count = i128::try_from(units).map_err(|_error| out_of_range())?;
    let integrated = kernel::integrate(&groups).ok_or_else(out_of_range)?;
    // A multiple of 2^-40 yen next to each float, plus the exact linear part.
    let average = BigInt::from_f64(integrated.average).and_then(|average| Ratio::from_big(average, BigInt::from(256)));
    let slope = average.ok_or_else(out_of_range)?;
    let fine = i128::pow(2, 40);
    let mut values = Vec::with_capacity(groups.demands.len());
    for (demand, rest) in groups.demands.iter().zip(&integrated.values) {
        let demand = Ratio::whole(i128::try_from(*demand).map_err(|_error| out_of_range())?);
        let rest = BigInt::from_f64(rest.scaled).and_then(|rest| Ratio::from_big(rest, fine.into()));
        values.push(&(&slope * &demand) + &rest.ok_or_else(out_of_range)?);
    }
    let raw = groups.spread(&values);
    // What the errors left over goes to everybody by seats, so that equal demands stay equal and the sum is the bill.
    let rest = &total - &raw.iter().sum();
    let per_unit = rest.checked_div(&Ratio::whole(count)).ok_or_else(out_of_range)?;
    let shift: Vec<Ratio> = groups
        .demands
        .iter()
        .map(|demand| i128::try_from(*demand).map(|demand| &per_unit * &Ratio::whole(demand)))
        .collect::<Result<_, _>>()
        .map_err(|_error| out_of_range())?;
    let most_shift = shift.iter().map(Ratio::abs).max().unwrap_or_else(Ratio::zero);
    let shares = raw.iter().zip(groups.spread(&shift)).map(|(value, shift)| value + &shift).collect();
    // The bound in units of 2^-60 yen, rounded up.
    let error =
        BigInt::from_f64(integrated.error_scaled).and_then(|error| Ratio::from_big(error, BigInt::from(1) << 60_u32));
    Ok(CertifiedShapley { shares, error: &error.ok_or_else(out_of_range)? + &most_shift, nodes: integrated.nodes })
}
