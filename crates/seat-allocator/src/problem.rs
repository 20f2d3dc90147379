//! What is asked: supply, claims, rule, tie-break. Plain data that anyone may build; nothing is checked before
//! [`allocate`](crate::allocate), which names every fault at once.

use crate::ratio::Ratio;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// One claimant: what it asks for, what it is guaranteed, how heavily it counts.
///
/// `Q` is the quantity: `u64` for whole seats, [`Ratio`] for the continuous form.
///
/// ```
/// use seat_allocator::Claim;
/// let town: Claim = Claim::new("143618").with_request(70).with_guarantee(5).with_weight(9_300);
/// assert_eq!(town.request, Some(70));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "Q: Default + Deserialize<'de>"))]
pub struct Claim<Q = u64> {
    /// Identifier, unique among the claims and not empty.
    pub id: String,
    /// Key of the policy that breaks ties, smallest first. Without one, ties go to the earlier claim of the list.
    #[serde(default)]
    pub tie_key: Option<String>,
    /// The most this claim takes; `None` is no upper bound.
    #[serde(default)]
    pub request: Option<Q>,
    /// The least this claim gets; at most its request. Lowered to what the budget buys, if that is less.
    #[serde(default)]
    pub guarantee: Q,
    /// Weight in the rules that use one: population, staff.
    #[serde(default = "Ratio::one")]
    pub weight: Ratio,
    /// Priority class: class 1 is served before class 2. Guarantees of all classes are set aside first.
    #[serde(default = "first_class")]
    pub class: u32,
    /// Budget in yen; with a unit price it lowers the request to what the budget buys.
    #[serde(default, rename = "budget_cap_yen")]
    pub budget_cap: Option<u64>,
}

fn first_class() -> u32 {
    1
}

impl<Q: Default> Claim<Q> {
    /// A claim without upper bound, guarantee or budget, of weight 1 and class 1.
    ///
    /// ```
    /// let claim = seat_allocator::Claim::<u64>::new("a");
    /// assert_eq!((claim.guarantee, claim.class, claim.request), (0, 1, None));
    /// ```
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            tie_key: None,
            request: None,
            guarantee: Q::default(),
            weight: Ratio::one(),
            class: 1,
            budget_cap: None,
        }
    }
}

impl<Q> Claim<Q> {
    /// Sets the upper bound.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Claim::<u64>::new("a").with_request(7).request, Some(7));
    /// ```
    #[must_use]
    pub fn with_request(mut self, request: Q) -> Self {
        self.request = Some(request);
        self
    }

    /// Sets the lower bound.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Claim::<u64>::new("a").with_guarantee(2).guarantee, 2);
    /// ```
    #[must_use]
    pub fn with_guarantee(mut self, guarantee: Q) -> Self {
        self.guarantee = guarantee;
        self
    }

    /// Sets the weight.
    ///
    /// ```
    /// use seat_allocator::{Claim, Ratio};
    /// let claim = Claim::<u64>::new("a").with_weight("9300.5".parse::<Ratio>()?);
    /// assert_eq!(claim.weight.to_string(), "18601/2");
    /// # Ok::<(), seat_allocator::ParseRatioError>(())
    /// ```
    #[must_use]
    pub fn with_weight(mut self, weight: impl Into<Ratio>) -> Self {
        self.weight = weight.into();
        self
    }

    /// Sets the priority class.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Claim::<u64>::new("a").with_class(2).class, 2);
    /// ```
    #[must_use]
    pub fn with_class(mut self, class: u32) -> Self {
        self.class = class;
        self
    }

    /// Sets the key that decides ties.
    ///
    /// ```
    /// let claim = seat_allocator::Claim::<u64>::new("a").with_tie_key("143618");
    /// assert_eq!(claim.tie_key.as_deref(), Some("143618"));
    /// ```
    #[must_use]
    pub fn with_tie_key(mut self, key: impl Into<String>) -> Self {
        self.tie_key = Some(key.into());
        self
    }

    /// Sets the budget in yen.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Claim::<u64>::new("a").with_budget_cap(90_000).budget_cap, Some(90_000));
    /// ```
    #[must_use]
    pub fn with_budget_cap(mut self, yen: u64) -> Self {
        self.budget_cap = Some(yen);
        self
    }
}

/// Supply, claims and the rule that divides one among the other.
///
/// ```
/// use seat_allocator::{Claim, Divisor, Problem, Rule, allocate};
/// let claims = vec![Claim::new("a").with_weight(2), Claim::new("b").with_weight(1)];
/// let result = allocate(&Problem::new(9, Rule::Divisor(Divisor::Webster), claims))?;
/// assert_eq!(result.seats, [6, 3]);
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "Q: Default + Deserialize<'de>"))]
pub struct Problem<Q = u64> {
    /// What there is to divide.
    pub supply: Q,
    /// Who asks for it.
    pub claims: Vec<Claim<Q>>,
    /// How it is divided.
    pub rule: Rule,
    /// Who gets the odd seat among exact equals.
    #[serde(default)]
    pub tie_break: TieBreak,
    /// Price of a seat in yen; with it, budgets lower requests to `⌊budget / price⌋`.
    #[serde(default, rename = "unit_price_yen")]
    pub unit_price: Option<u64>,
}

impl<Q> Problem<Q> {
    /// A problem with ties decided by key and no price.
    ///
    /// ```
    /// use seat_allocator::{Claim, Problem, Rule, TieBreak};
    /// let problem = Problem::new(10, Rule::LargestRemainder, vec![Claim::new("a")]);
    /// assert_eq!(problem.tie_break, TieBreak::Key);
    /// ```
    #[must_use]
    pub fn new(supply: Q, rule: Rule, claims: Vec<Claim<Q>>) -> Self {
        Self { supply, claims, rule, tie_break: TieBreak::Key, unit_price: None }
    }
}

/// How exact equals are separated.
///
/// ```
/// use seat_allocator::TieBreak;
/// let by: TieBreak = serde_json::from_str(r#"{"by":"lottery","seed":"2026-04-01 draw 7"}"#)?;
/// assert_eq!(by, TieBreak::Lottery { seed: "2026-04-01 draw 7".into() });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", try_from = "Written")]
pub enum TieBreak {
    /// By `tie_key`, then by identifier; claims without a key keep the order of the list.
    #[default]
    Key,
    /// By ticket, smallest first: SHA-256 of the seed followed by the identifier.
    Lottery {
        /// Seed fixed and published before the claims are known.
        seed: String,
    },
}

/// A tie-break as it is written: serde by itself would let a seed beside `key` pass unread.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    by: By,
    #[serde(default)]
    seed: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Key,
    Lottery,
}

impl TryFrom<Written> for TieBreak {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match (written.by, written.seed) {
            (By::Key, None) => Ok(Self::Key),
            (By::Lottery, Some(seed)) => Ok(Self::Lottery { seed }),
            (By::Key, Some(_)) => Err("a seed is only for the lottery"),
            (By::Lottery, None) => Err("the lottery needs a seed"),
        }
    }
}

/// Signposts of the five traditional divisor methods: where a quotient between `a` and `a + 1` starts to round up.
///
/// ```
/// use seat_allocator::{Divisor, Rule};
/// assert_eq!(Rule::Divisor(Divisor::Adams).name(), "adams");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Divisor {
    /// `a`: every fraction rounds up (アダムズ方式).
    Adams,
    /// The harmonic mean `2a(a+1)/(2a+1)`.
    Dean,
    /// The geometric mean `√(a(a+1))` (Huntington–Hill).
    Hill,
    /// The arithmetic mean `a + ½` (Sainte-Laguë).
    Webster,
    /// `a + 1`: every fraction is cut (D'Hondt).
    Jefferson,
}

/// How the supply is divided.
///
/// ```
/// use seat_allocator::{Divisor, Rule};
/// let rule: Rule = serde_json::from_str("\"webster\"")?;
/// assert_eq!(rule, Rule::Divisor(Divisor::Webster));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The next seat goes to the largest weight ÷ signpost.
    Divisor(Divisor),
    /// Quotas cut to whole seats; the rest to the largest fractions (Hamilton, 最大剰余法).
    LargestRemainder,
    /// Jefferson's order, never above the quota rounded up (Balinski–Young).
    Quota,
    /// Everyone level, up to the own request: `min(c, λw)` (均等).
    ConstrainedEqualAwards,
    /// Everyone short by the same, never below nothing: `max(0, c − λw)`.
    ConstrainedEqualLosses,
    /// In proportion to requests. Invites inflated requests.
    ProportionalToRequest,
    /// Half the claims by equal awards, the other half by equal losses (Aumann–Maschler).
    Talmud,
    /// Half the claims by equal losses, the other half by equal awards.
    ReverseTalmud,
    /// Half the claims by equal awards, the other half by equal awards again.
    Piniles,
    /// What nobody else disputes first, the rest in proportion (Curiel–Maschler–Tijs).
    AdjustedProportional,
    /// The average over all orders of arrival (O'Neill; the Shapley value).
    RandomArrival,
    /// Claims laid so that they overlap least; each part is shared equally by those who claim it (O'Neill).
    MinimalOverlap,
    /// Equal awards, but nobody passes half the claim before everybody reaches it (Chun–Schummer–Thomson).
    ConstrainedEgalitarian,
    /// Each secures an equal part of the own claim, as far as there is so much; repeated on what remains.
    DominguezThomson,
    /// The mean of constrained equal awards and constrained equal losses.
    AverageOfCeaCel,
    /// In order of the tie-break key: first come, first served.
    Priority,
    /// Guarantees first, then constrained equal awards of the rest.
    ConstrainedEqualAwardsAboveGuarantee,
    /// Guarantees first, then the rest in proportion to what is still asked.
    ProportionalAboveGuarantee,
}

impl Rule {
    /// Every rule, in the order of the documentation.
    ///
    /// ```
    /// use seat_allocator::Rule;
    /// assert!(Rule::ALL.iter().all(|rule| Rule::from_name(rule.name()) == Some(*rule)));
    /// ```
    pub const ALL: [Self; 22] = [
        Self::Divisor(Divisor::Adams),
        Self::Divisor(Divisor::Dean),
        Self::Divisor(Divisor::Hill),
        Self::Divisor(Divisor::Webster),
        Self::Divisor(Divisor::Jefferson),
        Self::LargestRemainder,
        Self::Quota,
        Self::ConstrainedEqualAwards,
        Self::ConstrainedEqualLosses,
        Self::ProportionalToRequest,
        Self::Talmud,
        Self::ReverseTalmud,
        Self::Piniles,
        Self::AdjustedProportional,
        Self::RandomArrival,
        Self::MinimalOverlap,
        Self::ConstrainedEgalitarian,
        Self::DominguezThomson,
        Self::AverageOfCeaCel,
        Self::Priority,
        Self::ConstrainedEqualAwardsAboveGuarantee,
        Self::ProportionalAboveGuarantee,
    ];

    /// The name that stands in JSON.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Rule::LargestRemainder.name(), "largest_remainder");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Divisor(Divisor::Adams) => "adams",
            Self::Divisor(Divisor::Dean) => "dean",
            Self::Divisor(Divisor::Hill) => "hill",
            Self::Divisor(Divisor::Webster) => "webster",
            Self::Divisor(Divisor::Jefferson) => "jefferson",
            Self::LargestRemainder => "largest_remainder",
            Self::Quota => "quota",
            Self::ConstrainedEqualAwards => "constrained_equal_awards",
            Self::ConstrainedEqualLosses => "constrained_equal_losses",
            Self::ProportionalToRequest => "proportional_to_request",
            Self::Talmud => "talmud",
            Self::ReverseTalmud => "reverse_talmud",
            Self::Piniles => "piniles",
            Self::AdjustedProportional => "adjusted_proportional",
            Self::RandomArrival => "random_arrival",
            Self::MinimalOverlap => "minimal_overlap",
            Self::ConstrainedEgalitarian => "constrained_egalitarian",
            Self::DominguezThomson => "dominguez_thomson",
            Self::AverageOfCeaCel => "average_of_cea_cel",
            Self::Priority => "priority",
            Self::ConstrainedEqualAwardsAboveGuarantee => "constrained_equal_awards_above_guarantee",
            Self::ProportionalAboveGuarantee => "proportional_above_guarantee",
        }
    }

    /// The rule of this name; the synonyms `hamilton` and `proportional` are understood as well.
    ///
    /// ```
    /// use seat_allocator::Rule;
    /// assert_eq!(Rule::from_name("hamilton"), Some(Rule::LargestRemainder));
    /// assert_eq!(Rule::from_name("guess"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "hamilton" => Some(Self::LargestRemainder),
            "proportional" => Some(Self::ProportionalToRequest),
            _ => Self::ALL.into_iter().find(|rule| rule.name() == name),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| de::Error::custom("unknown rule"))
    }
}
