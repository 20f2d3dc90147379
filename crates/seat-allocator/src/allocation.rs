//! What comes out: seats in the order of the claims, with what is needed to check and to explain them.

use crate::ratio::Ratio;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The seats of every claim and how they came about.
///
/// ```
/// use seat_allocator::{Claim, Problem, Rule, allocate};
/// let claims = vec![Claim::new("a").with_request(2), Claim::new("b").with_request(9)];
/// let result = allocate(&Problem::new(20, Rule::ConstrainedEqualAwards, claims))?;
/// assert_eq!((result.seats, result.reserve), (vec![2, 9], 9));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Allocation {
    /// Seats of each claim, in the order of the problem.
    pub seats: Vec<u64>,
    /// Seats that nobody may take because all requests are met.
    pub reserve: u64,
    /// The supply was short of the guarantees, and the rule divided it with the guarantees as upper bounds.
    pub guarantees_reduced: bool,
    /// Every tie that decided a seat.
    pub ties: Vec<Tie>,
    /// One part for each division made: each class in order, or the reduced guarantees.
    pub parts: Vec<Part>,
    /// Version of the rules that produced this.
    pub rule_version: String,
}

impl Allocation {
    /// Every divisor that gives this result, for the class where the supply ran out; `None` when the rule has no
    /// divisor, when nothing was scarce, or when fewer seats than claims leave no finite divisor.
    ///
    /// ```
    /// use seat_allocator::{Claim, Divisor, Problem, Rule, allocate};
    /// let claims = vec![Claim::new("a").with_weight(53), Claim::new("b").with_weight(24)];
    /// let result = allocate(&Problem::new(7, Rule::Divisor(Divisor::Jefferson), claims))?;
    /// let divisor = result.divisor().expect("scarce");
    /// assert_eq!((divisor.low.as_str(), divisor.high.as_deref()), ("9", Some("10")));
    /// # Ok::<(), seat_allocator::Error>(())
    /// ```
    #[must_use]
    pub fn divisor(&self) -> Option<&DivisorInterval> {
        self.parts.iter().find_map(|part| match &part.cut {
            Cut::Divisor { interval, .. } => interval.as_ref(),
            Cut::Satisfied | Cut::Losses { .. } | Cut::Level { .. } | Cut::Shares { .. } | Cut::Order | Cut::Steps => {
                None
            }
        })
    }
}

/// Exact equals of whom only some could get the next seat: the others keep what is certain.
///
/// ```
/// use seat_allocator::{Claim, Divisor, Problem, Rule, allocate};
/// let claims = ["a", "b", "c"].map(Claim::new).into();
/// let result = allocate(&Problem::new(4, Rule::Divisor(Divisor::Webster), claims))?;
/// let tie = &result.ties[0];
/// assert_eq!((&tie.tied[..], tie.places, &tie.chosen[..]), (&[0, 1, 2][..], 1, &[0][..]));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tie {
    /// Positions of the tied claims, ascending.
    pub tied: Vec<usize>,
    /// How many of them get one more seat.
    pub places: u64,
    /// Positions of those who got it, ascending.
    pub chosen: Vec<usize>,
}

/// One division: a class with its supply.
///
/// ```
/// use seat_allocator::{Claim, Problem, Rule, allocate};
/// let claims = vec![Claim::new("a").with_request(2), Claim::new("b").with_class(2)];
/// let result = allocate(&Problem::new(5, Rule::Priority, claims))?;
/// let parts: Vec<_> = result.parts.iter().map(|part| (part.class, part.supply)).collect();
/// assert_eq!(parts, [(Some(1), 2), (Some(2), 3)]);
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The class; `None` for the reduced guarantees, where classes play no part.
    pub class: Option<u32>,
    /// Seats divided in this part, guarantees included.
    pub supply: u64,
    /// Where the rule drew the line.
    pub cut: Cut,
}

/// Where the rule drew the line between seats given and seats refused.
///
/// ```
/// use seat_allocator::{Claim, Cut, Problem, Ratio, Rule, allocate};
/// let claims = vec![Claim::new("a").with_weight(7), Claim::new("b").with_weight(3)];
/// let result = allocate(&Problem::new(4, Rule::LargestRemainder, claims))?;
/// // Quotas are 2.8 and 1.2: three seats are whole, the fourth goes to the larger fraction.
/// assert_eq!(result.parts[0].cut, Cut::Level { level: "2/5".parse().unwrap_or_default(), leftover: 1 });
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cut {
    /// Everyone got all they may take, or nobody more than the guarantee.
    Satisfied,
    /// A divisor method, or a claims rule that runs as one.
    Divisor {
        /// The divisors that give this result; `None` when not everyone could get a first seat that is owed to all.
        interval: Option<DivisorInterval>,
        /// Position of a claim with the last seat given.
        last_given: Option<usize>,
        /// Position of a claim that comes next.
        first_refused: Option<usize>,
    },
    /// Equal losses: the same as a divisor method, but it divides what is short.
    Losses {
        /// The divisors that give the losses.
        interval: Option<DivisorInterval>,
    },
    /// Quotas from a common level `λ`, then one seat each to the largest fractions.
    Level {
        /// Level `λ`: the quota of a claim is `λ` times its weight, within its bounds.
        level: Ratio,
        /// Seats left after all quotas are cut to whole seats.
        leftover: u64,
    },
    /// Exact shares cut to whole seats, then one seat each to the largest fractions.
    Shares {
        /// Seats left after all shares are cut to whole seats.
        leftover: u64,
        /// Exact share of each claim of the part above its guarantee, in the order of the problem.
        #[serde(default)]
        exact: Vec<Ratio>,
    },
    /// The order of arrival.
    Order,
    /// Unit by unit, by a rule with a path of its own.
    Steps,
}

/// The divisors `X` for which every claim gets its weight ÷ `X`, rounded at the signposts of the method and held within its
/// bounds.
///
/// ```
/// use seat_allocator::{Claim, Divisor, Problem, Rule, allocate};
/// let claims = vec![Claim::new("a").with_weight(53), Claim::new("b").with_weight(24)];
/// let result = allocate(&Problem::new(7, Rule::Divisor(Divisor::Webster), claims))?;
/// let divisor = result.divisor().expect("scarce");
/// // 53 ÷ X and 24 ÷ X round to 5 and 2 for every X from 9.7 to 11.7; 10 is the roundest of them.
/// assert_eq!((divisor.low.as_str(), divisor.high.as_deref(), divisor.suggested.as_str()), ("10", Some("11"), "10"));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DivisorInterval {
    /// Smallest divisor, rounded up to the last printed decimal (or an exact ratio or root where no decimal fits).
    pub low: String,
    /// Largest divisor, rounded down; `None` when any larger one will do as well.
    pub high: Option<String>,
    /// The roundest number inside: what an official would type into a calculator.
    pub suggested: String,
}

/// A number of seats, or a ratio as text.
///
/// ```
/// use seat_allocator::{Quantity, Ratio};
/// assert_eq!(Quantity::Seats(3).to_string(), "3");
/// assert_eq!(Quantity::Ratio("6/4".parse::<Ratio>()?).to_string(), "3/2");
/// # Ok::<(), seat_allocator::ParseRatioError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Quantity {
    /// Whole seats.
    Seats(u64),
    /// An exact ratio.
    Ratio(Ratio),
}

impl From<u64> for Quantity {
    fn from(seats: u64) -> Self {
        Self::Seats(seats)
    }
}

impl From<Ratio> for Quantity {
    fn from(ratio: Ratio) -> Self {
        Self::Ratio(ratio)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seats(seats) => seats.fmt(f),
            Self::Ratio(ratio) => ratio.fmt(f),
        }
    }
}
