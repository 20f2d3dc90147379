//! Mid-year: seats that nobody needs move to claims that are short, with as few moves as possible and fairly among those
//! that the number of moves leaves open. Taking runs a divisor method backwards, giving runs it forwards.

use crate::divisor;
use crate::error::{Code, Error, Field};
use crate::group::Group;
use crate::order::Order;
use crate::prepare::{Faults, MOST, identities, whole_weights};
use crate::problem::{Claim, Rule};
use crate::stop::Stop;
use crate::wide::clamp_u64;
use serde::{Deserialize, Serialize};

mod holding;

pub use holding::{Holding, ReallocationPolicy};

/// One line of the list of moves.
///
/// ```
/// use seat_allocator::{Divisor, Holding, Move, ReallocationPolicy, reallocate};
/// let holdings = [Holding::new("a", 3).with_used(1), Holding::new("b", 1).with_request(2)];
/// let result = reallocate(&holdings, &ReallocationPolicy::new(Divisor::Webster))?;
/// assert_eq!(result.moves, [Move { from: Some(0), to: 1, seats: 1 }]);
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Position of the giver; `None` for the reserve.
    pub from: Option<usize>,
    /// Position of the receiver.
    pub to: usize,
    /// Seats moved.
    pub seats: u64,
}

/// Moves from one claim to another, and why there are not fewer.
///
/// ```
/// use seat_allocator::{Divisor, Holding, ReallocationPolicy, reallocate};
/// let holdings = [Holding::new("a", 10).with_used(4), Holding::new("b", 5).with_request(8)];
/// let result = reallocate(&holdings, &ReallocationPolicy::new(Divisor::Webster))?;
/// assert_eq!(result.after, [7, 8]);
/// assert_eq!((result.releasable, result.unmet, result.moved), (6, 3, 3));
/// assert!(result.is_minimal());
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reallocation {
    /// Seats of each claim afterwards.
    pub after: Vec<u64>,
    /// From → to lines: fewer than givers and receivers together.
    pub moves: Vec<Move>,
    /// Seats that could be released, by claims that may move.
    pub releasable: u64,
    /// Seats wanted, by claims that may move.
    pub unmet: u64,
    /// Seats given from the reserve.
    pub from_reserve: u64,
    /// Seats moved from claim to claim.
    pub moved: u64,
    /// Positions left out because they would have moved fewer seats than the policy makes worth while.
    pub skipped: Vec<usize>,
}

impl Reallocation {
    /// The proof of minimality: every wish that can be met needs one seat, from the reserve or from a claim, so
    /// `moved = min(releasable, unmet − from reserve)` cannot be undercut while meeting as many wishes.
    ///
    /// ```
    /// use seat_allocator::{Divisor, ReallocationPolicy, reallocate};
    /// assert!(reallocate(&[], &ReallocationPolicy::new(Divisor::Webster))?.is_minimal());
    /// # Ok::<(), seat_allocator::Error>(())
    /// ```
    #[must_use]
    pub fn is_minimal(&self) -> bool {
        let listed = self.moves.iter().fold(0_u64, |sum, line| sum.saturating_add(line.seats));
        self.moved == self.releasable.min(self.unmet.saturating_sub(self.from_reserve))
            && listed == self.moved.saturating_add(self.from_reserve)
    }
}

/// Moves idle seats to claims that are short.
///
/// The number of seats moved is the least that meets as many wishes as can be met. Among those solutions, seats are taken
/// from where the method would have given them last and given to where it gives them next, so the result is what a larger
/// supply would have given from the start.
///
/// # Errors
/// Every fault of the holdings at once; pointers count holdings as claims.
///
/// ```
/// use seat_allocator::{Divisor, Holding, ReallocationPolicy, reallocate};
/// let holdings = [
///     Holding::new("a", 10).with_used(2),
///     Holding::new("b", 5).with_request(7).with_weight(3),
///     Holding::new("c", 5).with_request(7).with_weight(1),
/// ];
/// let policy = ReallocationPolicy::new(Divisor::Webster).with_reserve(1);
/// let result = reallocate(&holdings, &policy)?;
/// assert_eq!((result.after, result.from_reserve, result.moved), (vec![7, 7, 7], 1, 3));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
pub fn reallocate(holdings: &[Holding], policy: &ReallocationPolicy) -> Result<Reallocation, Error> {
    let (claims, weights) = check(holdings, policy)?;
    let order = Order::new(&claims, &policy.tie_break);
    let mut skipped = Vec::new();
    loop {
        let plan = plan(holdings, &weights, policy, &order, &skipped)
            // Weights of zero were refused above, so no claim can be named here.
            .map_err(|stop| stop.error::<u64>(&[], &[], std::iter::empty()))?;
        // One at a time, the last in the order of ties first: leaving one out may lift the others over the threshold.
        let small = |(position, holding): (usize, &Holding)| {
            let change = plan.after.get(position)?.abs_diff(holding.held);
            (change > 0 && change < policy.least_move).then_some(position)
        };
        let small: Vec<usize> = holdings.iter().enumerate().filter_map(small).collect();
        let Some(last) = order.ranked(small).pop() else {
            skipped.sort_unstable();
            return Ok(Reallocation { skipped, ..plan });
        };
        skipped.push(last);
    }
}

/// The holdings as claims, for identity, ties and weights.
fn check(holdings: &[Holding], policy: &ReallocationPolicy) -> Result<(Vec<Claim>, Vec<u64>), Error> {
    let claim = |holding: &Holding| Claim {
        tie_key: holding.tie_key.clone(),
        weight: holding.weight.clone(),
        ..Claim::new(&holding.id)
    };
    let claims: Vec<Claim> = holdings.iter().map(claim).collect();
    let mut faults = Faults::default();
    identities(&claims, &mut faults);
    let mut total = policy.reserve;
    for (position, (holding, claim)) in holdings.iter().zip(&claims).enumerate() {
        if holding.weight.is_negative() {
            faults.claim(Code::Negative, Field::Weight, position, claim);
        } else if holding.weight.is_zero() {
            faults.claim(Code::Zero, Field::Weight, position, claim);
        }
        total = total.saturating_add(holding.held.max(holding.request));
        if total > MOST {
            faults.claim(Code::TotalTooLarge, Field::Request, position, claim);
            break;
        }
    }
    let (weights, _) = whole_weights(&claims, Rule::LargestRemainder, &mut faults);
    faults.check()?;
    Ok((claims, weights))
}

fn plan(
    holdings: &[Holding],
    weights: &[u64],
    policy: &ReallocationPolicy,
    order: &Order<'_>,
    skipped: &[usize],
) -> Result<Reallocation, Stop> {
    let mut donors = Group { scale: 1, ..Group::default() };
    let mut receivers = Group { scale: 1, ..Group::default() };
    let (mut releasable, mut unmet) = (0_u64, 0_u64);
    let rows = holdings.iter().zip(weights).enumerate().filter(|(position, _)| !skipped.contains(position));
    for (position, (holding, &weight)) in rows {
        let (gives, wants) = (holding.releasable(), holding.unmet());
        if gives > 0 {
            donors.push(position, holding.held.saturating_sub(gives), holding.held, weight);
        }
        if wants > 0 {
            receivers.push(position, holding.held, holding.request, weight);
        }
        (releasable, unmet) = (releasable.saturating_add(gives), unmet.saturating_add(wants));
    }
    let from_reserve = policy.reserve.min(unmet);
    let moved = releasable.min(unmet.saturating_sub(from_reserve));
    let mut after: Vec<u64> = holdings.iter().map(|holding| holding.held).collect();
    // Keeping the seats that the method gives first is the same as taking those it gave last.
    let kept = clamp_u64(crate::group::total(&donors.upper)).saturating_sub(moved);
    let grown = clamp_u64(crate::group::total(&receivers.lower)).saturating_add(moved).saturating_add(from_reserve);
    for (group, supply) in [(&donors, kept), (&receivers, grown)] {
        let solved = divisor::divide(policy.method, group, supply, order)?;
        for (&member, seats) in group.members.iter().zip(solved.seats) {
            if let Some(slot) = after.get_mut(member) {
                *slot = seats;
            }
        }
    }
    let moves = lines(holdings, &after, from_reserve);
    Ok(Reallocation { after, moves, releasable, unmet, from_reserve, moved, skipped: Vec::new() })
}

/// Pairs givers and receivers in list order, the reserve first.
fn lines(holdings: &[Holding], after: &[u64], from_reserve: u64) -> Vec<Move> {
    let rows = || holdings.iter().zip(after).enumerate();
    let takes = rows().filter(|(_, (holding, after))| **after > holding.held);
    let mut takes = takes.map(|(to, (holding, after))| (to, after.saturating_sub(holding.held)));
    let gives = rows().filter(|(_, (holding, after))| **after < holding.held);
    let gives = gives.map(|(from, (holding, after))| (Some(from), holding.held.saturating_sub(*after)));
    let mut gives = std::iter::once((None, from_reserve)).filter(|(_, seats)| *seats > 0).chain(gives);
    let (mut give, mut take) = (gives.next(), takes.next());
    let mut moves = Vec::new();
    while let (Some((from, offered)), Some((to, wanted))) = (give, take) {
        let seats = offered.min(wanted);
        moves.push(Move { from, to, seats });
        give = if offered > seats { Some((from, offered.saturating_sub(seats))) } else { gives.next() };
        take = if wanted > seats { Some((to, wanted.saturating_sub(seats))) } else { takes.next() };
    }
    moves
}
