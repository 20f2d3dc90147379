//! The sharing rules by name and parameters; the arithmetic of each is in `rules`, `shapley` and `nucleolus`.
//! Guards the rule that a share is always the result of a named rule with stated parameters.

use crate::ratio::Ratio;

/// Version of the rules' definitions: it changes when any rule's result may change.
pub const RULE_VERSION: &str = "1";

/// What a proportional part is divided by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The same for each member (均等割).
    Equal,
    /// Seats (利用割).
    Seats,
    /// Population (人口割).
    Population,
    /// A named weight of the members: staff, use, ability.
    Weight(String),
}

impl Key {
    /// The key of a name: `equal`, `seats`, `population`, or a weight.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "equal" => Self::Equal,
            "seats" => Self::Seats,
            "population" => Self::Population,
            other => Self::Weight(other.to_owned()),
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Equal => "equal",
            Self::Seats => "seats",
            Self::Population => "population",
            Self::Weight(name) => name,
        }
    }
}

/// A rule that divides the bill.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SharingRule {
    /// The same for each member (均等割).
    Equal,
    /// In proportion to seats: the average price. The default.
    PerSeat,
    /// In proportion to one key.
    Weighted {
        /// The key.
        by: Key,
    },
    /// Parts of the bill by several keys; the parts add up to 100 (%), 1000 (‰) or 1.
    Mixture {
        /// Key and part, each key at most once.
        parts: Vec<(Key, Ratio)>,
    },
    /// A fixed part by one key and the rest by another.
    TwoPart {
        /// The fixed part in yen; the tax-inclusive fixed fee of the schedule where absent.
        fixed_yen: Option<i64>,
        /// Key of the fixed part.
        fixed_by: Key,
        /// Key of the rest.
        rest_by: Key,
    },
    /// In proportion to what each member would pay alone: everybody saves the same percentage.
    StandAloneProportional,
    /// Everybody saves the same amount against buying alone.
    EqualSaving,
    /// Separable cost, and the non-separable rest equally.
    Ensc,
    /// Separable cost, and the rest in proportion to what is left of buying alone (separable costs, remaining benefits).
    Scrb,
    /// Serial cost sharing (Moulin and Shenker).
    Serial,
    /// Each member pays what it adds when members join one after the other.
    Incremental {
        /// Ids in the order of joining; the order of the members where absent.
        order: Option<Vec<String>>,
    },
    /// The Shapley value: the average of what a member adds over all join orders.
    Shapley,
    /// The nucleolus: the worst-off coalition's saving as large as possible, then the next, and so on; nobody above its own cost.
    Nucleolus,
    /// The nucleolus without the bound of one's own cost.
    Prenucleolus,
    /// The nucleolus with savings counted per head of the coalition.
    PerCapitaNucleolus,
    /// The Aumann–Shapley price: for one product the average price, hence the same as per seat.
    AumannShapley,
}

impl SharingRule {
    /// The stable snake-case name of the rule.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::PerSeat => "per_seat",
            Self::Weighted { .. } => "weighted",
            Self::Mixture { .. } => "mixture",
            Self::TwoPart { .. } => "two_part",
            Self::StandAloneProportional => "stand_alone_proportional",
            Self::EqualSaving => "equal_saving",
            Self::Ensc => "ensc",
            Self::Scrb => "scrb",
            Self::Serial => "serial",
            Self::Incremental { .. } => "incremental",
            Self::Shapley => "shapley",
            Self::Nucleolus => "nucleolus",
            Self::Prenucleolus => "prenucleolus",
            Self::PerCapitaNucleolus => "per_capita_nucleolus",
            Self::AumannShapley => "aumann_shapley",
        }
    }
}
