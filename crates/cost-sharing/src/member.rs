//! A member of the joint purchase and what a rule may weigh it by.
//! Guards the tie rule: members are ordered by a key chosen in advance (by default their id, for municipalities the 団体コード),
//! never by their place in the input.

use crate::ratio::Ratio;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Months of a full period.
pub const FULL_PERIOD: u32 = 12;

/// One member (参加団体).
///
/// ```
/// let member = cost_sharing::Member::new("143618", 70).with_population(9_300);
/// assert_eq!(member.months, 12);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Unique id, for example the municipality code.
    pub id: String,
    /// Seats asked for.
    pub seats: u64,
    /// Population, where a rule uses it.
    pub population: Option<u64>,
    /// Any other weights by name: staff, use, ability.
    pub weights: BTreeMap<String, Ratio>,
    /// Months of the period that the member takes part in; 12 is all of it, whoever else takes part. Fewer months weigh that much
    /// less in proportional rules and prorate what buying alone on the joint schedule costs; other rules refuse them. The bill stays.
    pub months: u32,
    /// Least share in yen.
    pub floor_yen: Option<i64>,
    /// Most yen that the member may be asked for.
    pub cap_yen: Option<i64>,
    /// What it paid last year, for the change cap.
    pub last_year_yen: Option<i64>,
    /// Tax-inclusive cost of buying alone elsewhere for the months it takes part in, where that differs from the joint schedule.
    pub stand_alone_yen: Option<i64>,
    /// Key that ties are decided by; the id where absent.
    pub tie_key: Option<String>,
}

impl Member {
    /// A member for the full period without anything special.
    #[must_use]
    pub fn new(id: impl Into<String>, seats: u64) -> Self {
        Self {
            id: id.into(),
            seats,
            population: None,
            weights: BTreeMap::new(),
            months: FULL_PERIOD,
            floor_yen: None,
            cap_yen: None,
            last_year_yen: None,
            stand_alone_yen: None,
            tie_key: None,
        }
    }

    /// The same with a population.
    #[must_use]
    pub fn with_population(mut self, population: u64) -> Self {
        self.population = Some(population);
        self
    }

    /// The same with a named weight.
    #[must_use]
    pub fn with_weight(mut self, name: impl Into<String>, weight: Ratio) -> Self {
        self.weights.insert(name.into(), weight);
        self
    }

    /// True when the member takes part in all of the period.
    #[must_use]
    pub const fn is_full_period(&self) -> bool {
        self.months == FULL_PERIOD
    }

    /// The key that ties are decided by.
    #[must_use]
    pub fn key(&self) -> &str {
        self.tie_key.as_deref().unwrap_or(&self.id)
    }

    /// The order of ties: by key, then by id. Keys of digits compare as numbers, so that "2" stands before "10".
    #[must_use]
    pub fn tie_order(&self, other: &Self) -> Ordering {
        compare_keys(self.key(), other.key()).then_with(|| compare_keys(&self.id, &other.id))
    }
}

fn compare_keys(a: &str, b: &str) -> Ordering {
    fn rank(key: &str) -> (bool, usize, &str, &str) {
        let digits = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        let trimmed = if digits { key.trim_start_matches('0') } else { key };
        (!digits, if digits { trimmed.len() } else { 0 }, trimmed, key)
    }
    rank(a).cmp(&rank(b))
}
