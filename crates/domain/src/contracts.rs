//! Contracts: how they are made, and the limits below which a small contract may be negotiated (少額随契).
//!
//! The limits are those for services in the table of the Local Autonomy Act's enforcement order as
//! amended from 1 April 2025: ¥2.0 M for prefectures and designated cities, ¥1.0 M for all others.

/// Who contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContractMode {
    /// The lead contracts; members pay shares (負担金).
    Lead,
    /// Joint selection; each member signs at the joint price.
    Individual,
}

impl ContractMode {
    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead_contract",
            Self::Individual => "individual_contract",
        }
    }
}

/// The largest amount, tax included, that a municipality of this kind may negotiate for a service.
#[must_use]
pub fn small_contract_limit_yen(kind: &str) -> i64 {
    match kind {
        "prefecture" | "designated_city" => 2_000_000,
        _ => 1_000_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefectures_and_designated_cities_have_the_higher_limit() {
        assert_eq!(small_contract_limit_yen("prefecture"), 2_000_000);
        assert_eq!(small_contract_limit_yen("designated_city"), 2_000_000);
        for kind in ["core_city", "city", "town", "village"] {
            assert_eq!(small_contract_limit_yen(kind), 1_000_000, "{kind}");
        }
    }
}
