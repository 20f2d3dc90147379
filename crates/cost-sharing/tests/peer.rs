//! The nucleolus of random explicit games against the exact solver of the public crate `coopgame` (MIT), which finds it another
//! way (rational primal simplex over all coalitions); and its Shapley value within floating-point reach.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    reason = "tests may fail loudly"
)]

use coopgame::Domain;
use coopgame::game::exact::ExactGame;
use coopgame::num_rational::BigRational;
use cost_sharing::json::{ShareRequest, share};
use cost_sharing::{Fault, Ratio};
use proptest::prelude::*;
use serde_json::json;

fn ours(values: &[i64], rule: &str) -> Result<Vec<Ratio>, Fault> {
    let mut texts = vec!["0".to_owned()];
    texts.extend(values.iter().map(|value| format!("{value}/4")));
    let request = json!({"game": {"sense": "gain", "values": texts}, "rule": {"kind": rule}});
    let answer = share(&ShareRequest::from_value(&request).unwrap()).map_err(|error| error.fault)?;
    Ok(answer.shares.into_iter().map(|line| line.exact).collect())
}

fn theirs(values: &[i64], domain: Domain) -> Result<Vec<Ratio>, coopgame::Error> {
    let values = values.iter().map(|value| BigRational::new((*value).into(), 4.into())).collect();
    let found = coopgame::nucleolus::exact::nucleolus(&ExactGame::from_binary(values)?, domain)?;
    Ok(found
        .allocation
        .iter()
        .map(|value| Ratio::from_big(value.numer().clone(), value.denom().clone()).unwrap())
        .collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_nucleolus_of_any_game_is_the_same_as_the_peers(
        values in (1_u32..=6).prop_flat_map(|n| prop::collection::vec(-50_i64..200, (1_usize << n) - 1)),
    ) {
        prop_assert_eq!(ours(&values, "prenucleolus").unwrap(), theirs(&values, Domain::Preimputation).unwrap());
        match (ours(&values, "nucleolus"), theirs(&values, Domain::Imputation)) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
            (Err(Fault::NoImputation), Err(coopgame::Error::EmptyImputationSet)) => {}
            (ours, theirs) => prop_assert!(false, "{ours:?} against {theirs:?}"),
        }
    }

    #[test]
    fn the_nucleolus_of_superadditive_games_is_the_same_as_the_peers(
        mut values in (2_u32..=6).prop_flat_map(|n| prop::collection::vec(0_i64..60, (1_usize << n) - 1)),
    ) {
        // Each coalition at least as good as any way to split it: then imputations exist and ties abound.
        for mask in 1..=values.len() {
            let mut part = (mask - 1) & mask;
            while part > 0 {
                values[mask - 1] = values[mask - 1].max(values[part - 1] + values[(mask ^ part) - 1]);
                part = (part - 1) & mask;
            }
        }
        prop_assert_eq!(ours(&values, "nucleolus").unwrap(), theirs(&values, Domain::Imputation).unwrap());
    }

    #[test]
    fn the_shapley_value_is_the_same_as_the_peers(
        values in (1_u32..=8).prop_flat_map(|n| prop::collection::vec(-50_i64..200, (1_usize << n) - 1)),
    ) {
        let floats: Vec<f64> = values.iter().map(|value| f64::from(i32::try_from(*value).unwrap()) / 4.0).collect();
        let theirs = coopgame::values::shapley(&coopgame::ExplicitGame::from_binary(&floats).unwrap());
        for (ours, theirs) in ours(&values, "shapley").unwrap().iter().zip(theirs) {
            let (top, bottom) = (ours.numerator().to_string(), ours.denominator().to_string());
            prop_assert!((top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap() - theirs).abs() < 1e-9);
        }
    }
}
