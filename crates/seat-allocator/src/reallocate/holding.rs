//! What is known before seats move: holdings and policy. Plain data, checked by [`reallocate`](crate::reallocate()).

use crate::problem::{Divisor, TieBreak};
use crate::ratio::Ratio;
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
        self.held.saturating_sub(self.used.saturating_add(self.buffer).max(self.guarantee))
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
        Self { method, tie_break: TieBreak::Key, least_move: 1, reserve: 0 }
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
