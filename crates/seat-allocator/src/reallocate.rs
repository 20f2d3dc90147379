//! Mid-year: seats that nobody needs move to claims that are short, with as few moves as possible and fairly among those
//! that the number of moves leaves open. Taking runs a divisor method backwards, giving runs it forwards.

use crate::divisor;
use crate::error::{Code, Error, Fault, Field};
use crate::group::Group;
use crate::order::Order;
use crate::prepare::{Faults, MOST, identities, whole_weights};
use crate::problem::{Claim, Divisor, Rule, TieBreak};
use crate::ratio::Ratio;
use crate::wide::clamp_u64;
use serde::{Deserialize, Serialize};

/// What a claim holds, uses and asks for.
///
/// ```
/// use seat_allocator::Holding;
/// let town = Holding::new("143618", 10).with_used(4).with_buffer(1).with_request(8);
/// assert_eq!(town.releasable(), 5);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Identifier, unique and not empty.
    pub id: String,
    /// Key that decides ties, smallest first.
    #[serde(default)]
    pub tie_key: Option<String>,
    /// Seats held now.
    pub held: u64,
    /// Seats in use.
    #[serde(default)]
    pub used: u64,
    /// Seats kept free above those in use.
    #[serde(default)]
    pub buffer: u64,
    /// Seats that are never taken.
    #[serde(default)]
    pub guarantee: u64,
    /// Seats wanted in all; above `held` this is a wish for more.
    pub request: u64,
    /// Weight, above zero.
    #[serde(default = "Ratio::one")]
    pub weight: Ratio,
    /// Nothing is taken, for a reason that stands elsewhere: leave, a course about to start.
    #[serde(default)]
    pub exempt: bool,
}

impl Holding {
    /// A holding in full use that asks for nothing more.
    ///
    /// ```
    /// let town = seat_allocator::Holding::new("a", 3);
    /// assert_eq!((town.used, town.request, town.releasable()), (3, 3, 0));
    /// ```
    #[must_use]
    pub fn new(id: impl Into<String>, held: u64) -> Self {
        Self {
            id: id.into(),
            tie_key: None,
            held,
            used: held,
            buffer: 0,
            guarantee: 0,
            request: held,
            weight: Ratio::one(),
            exempt: false,
        }
    }

    /// Sets the seats in use.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Holding::new("a", 3).with_used(1).releasable(), 2);
    /// ```
    #[must_use]
    pub fn with_used(mut self, used: u64) -> Self {
        self.used = used;
        self
    }

    /// Sets the seats kept free.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Holding::new("a", 3).with_used(1).with_buffer(1).releasable(), 1);
    /// ```
    #[must_use]
    pub fn with_buffer(mut self, buffer: u64) -> Self {
        self.buffer = buffer;
        self
    }

    /// Sets the seats wanted in all.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Holding::new("a", 3).with_request(5).unmet(), 2);
    /// ```
    #[must_use]
    pub fn with_request(mut self, request: u64) -> Self {
        self.request = request;
        self
    }

    /// Sets the seats that are never taken.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Holding::new("a", 3).with_used(0).with_guarantee(2).releasable(), 1);
    /// ```
    #[must_use]
    pub fn with_guarantee(mut self, guarantee: u64) -> Self {
        self.guarantee = guarantee;
        self
    }

    /// Sets the weight.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Holding::new("a", 3).with_weight(9_300).weight.to_string(), "9300");
    /// ```
    #[must_use]
    pub fn with_weight(mut self, weight: impl Into<Ratio>) -> Self {
        self.weight = weight.into();
        self
    }

    /// Exempts the claim from giving.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Holding::new("a", 3).with_used(0).exempted().releasable(), 0);
    /// ```
    #[must_use]
    pub fn exempted(mut self) -> Self {
        self.exempt = true;
        self
    }

    /// Seats that may be taken: none from those who ask for more themselves.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Holding::new("a", 3).with_used(0).with_request(4).releasable(), 0);
    /// ```
    #[must_use]
    pub fn releasable(&self) -> u64 {
        if self.exempt || self.unmet() > 0 {
            return 0;
        }
        self.held
            .saturating_sub(self.used.saturating_add(self.buffer).max(self.guarantee))
    }

    /// Seats wanted beyond those held.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Holding::new("a", 3).unmet(), 0);
    /// ```
    #[must_use]
    pub fn unmet(&self) -> u64 {
        self.request.saturating_sub(self.held)
    }
}

/// How seats are moved.
///
/// ```
/// use seat_allocator::{Divisor, ReallocationPolicy};
/// let policy = ReallocationPolicy::new(Divisor::Webster).with_least_move(2);
/// assert_eq!(policy.least_move, 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReallocationPolicy {
    /// The method that takes backwards and gives forwards.
    pub method: Divisor,
    /// Who goes first among exact equals.
    pub tie_break: TieBreak,
    /// Claims that would give or get fewer seats than this are left as they are.
    pub least_move: u64,
    /// Free seats, given before any is taken.
    pub reserve: u64,
}

impl ReallocationPolicy {
    /// Ties by key, every move worth making, no reserve.
    ///
    /// ```
    /// use seat_allocator::{Divisor, ReallocationPolicy};
    /// assert_eq!(ReallocationPolicy::new(Divisor::Webster).least_move, 1);
    /// ```
    #[must_use]
    pub const fn new(method: Divisor) -> Self {
        Self {
            method,
            tie_break: TieBreak::Key,
            least_move: 1,
            reserve: 0,
        }
    }

    /// Sets the smallest move worth making.
    ///
    /// ```
    /// use seat_allocator::{Divisor, ReallocationPolicy};
    /// assert_eq!(ReallocationPolicy::new(Divisor::Hill).with_least_move(5).least_move, 5);
    /// ```
    #[must_use]
    pub const fn with_least_move(mut self, seats: u64) -> Self {
        self.least_move = seats;
        self
    }

    /// Sets the free seats.
    ///
    /// ```
    /// use seat_allocator::{Divisor, ReallocationPolicy};
    /// assert_eq!(ReallocationPolicy::new(Divisor::Hill).with_reserve(5).reserve, 5);
    /// ```
    #[must_use]
    pub const fn with_reserve(mut self, seats: u64) -> Self {
        self.reserve = seats;
        self
    }
}

/// One line of the list of moves.
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
        let listed = self
            .moves
            .iter()
            .fold(0_u64, |sum, line| sum.saturating_add(line.seats));
        self.moved
            == self
                .releasable
                .min(self.unmet.saturating_sub(self.from_reserve))
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
pub fn reallocate(
    holdings: &[Holding],
    policy: &ReallocationPolicy,
) -> Result<Reallocation, Error> {
    let (claims, weights) = check(holdings, policy)?;
    let order = Order::new(&claims, &policy.tie_break);
    let mut skipped = Vec::new();
    loop {
        let plan = plan(holdings, &weights, policy, &order, &skipped)
            .map_err(|code| Error::one(Fault::of_problem(code, Field::Claims)))?;
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
fn check(
    holdings: &[Holding],
    policy: &ReallocationPolicy,
) -> Result<(Vec<Claim>, Vec<u64>), Error> {
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
) -> Result<Reallocation, Code> {
    let mut donors = Group {
        scale: 1,
        ..Group::default()
    };
    let mut receivers = Group {
        scale: 1,
        ..Group::default()
    };
    let (mut releasable, mut unmet) = (0_u64, 0_u64);
    let rows = holdings
        .iter()
        .zip(weights)
        .enumerate()
        .filter(|(position, _)| !skipped.contains(position));
    for (position, (holding, &weight)) in rows {
        let (gives, wants) = (holding.releasable(), holding.unmet());
        if gives > 0 {
            donors.push(
                position,
                holding.held.saturating_sub(gives),
                holding.held,
                weight,
            );
        }
        if wants > 0 {
            receivers.push(position, holding.held, holding.request, weight);
        }
        (releasable, unmet) = (
            releasable.saturating_add(gives),
            unmet.saturating_add(wants),
        );
    }
    let from_reserve = policy.reserve.min(unmet);
    let moved = releasable.min(unmet.saturating_sub(from_reserve));
    let mut after: Vec<u64> = holdings.iter().map(|holding| holding.held).collect();
    // Keeping the seats that the method gives first is the same as taking those it gave last.
    let kept = clamp_u64(crate::group::total(&donors.upper)).saturating_sub(moved);
    let grown = clamp_u64(crate::group::total(&receivers.lower))
        .saturating_add(moved)
        .saturating_add(from_reserve);
    for (group, supply) in [(&donors, kept), (&receivers, grown)] {
        let solved = divisor::divide(policy.method, group, supply, order)?;
        for (&member, seats) in group.members.iter().zip(solved.seats) {
            if let Some(slot) = after.get_mut(member) {
                *slot = seats;
            }
        }
    }
    let moves = lines(holdings, &after, from_reserve);
    Ok(Reallocation {
        after,
        moves,
        releasable,
        unmet,
        from_reserve,
        moved,
        skipped: Vec::new(),
    })
}

/// Pairs givers and receivers in list order, the reserve first.
fn lines(holdings: &[Holding], after: &[u64], from_reserve: u64) -> Vec<Move> {
    let rows = || holdings.iter().zip(after).enumerate();
    let takes = rows().filter(|(_, (holding, after))| **after > holding.held);
    let mut takes = takes.map(|(to, (holding, after))| (to, after.saturating_sub(holding.held)));
    let gives = rows().filter(|(_, (holding, after))| **after < holding.held);
    let gives =
        gives.map(|(from, (holding, after))| (Some(from), holding.held.saturating_sub(*after)));
    let mut gives = std::iter::once((None, from_reserve))
        .filter(|(_, seats)| *seats > 0)
        .chain(gives);
    let (mut give, mut take) = (gives.next(), takes.next());
    let mut moves = Vec::new();
    while let (Some((from, offered)), Some((to, wanted))) = (give, take) {
        let seats = offered.min(wanted);
        moves.push(Move { from, to, seats });
        give = if offered > seats {
            Some((from, offered.saturating_sub(seats)))
        } else {
            gives.next()
        };
        take = if wanted > seats {
            Some((to, wanted.saturating_sub(seats)))
        } else {
            takes.next()
        };
    }
    moves
}
