//! Are the yen of certified shares certain? They are when no rounding boundary lies within the error of any share and the last
//! share that got an extra unit is clearly ahead of the first that did not. Members with equal shares by structure are told
//! apart by their key, not by digits, so they never make a result uncertain.

use crate::ratio::Ratio;
use crate::rounding::{RoundedShare, Rounding, ShareRounding};
use crate::yen::Yen;

pub(crate) fn is_certain(shares: &[Ratio], error: &Ratio, rounded: &[RoundedShare], rounding: &Rounding) -> bool {
    let Some(in_units) = Ratio::new(1, rounding.unit_yen) else {
        return false;
    };
    let error = error * &in_units;
    let scaled: Vec<Ratio> = shares.iter().map(|share| share * &in_units).collect();
    let steady = |share: &Ratio| {
        let (low, high) = (share - &error, share + &error);
        match rounding.mode {
            ShareRounding::LargestRemainder => low.floor() == high.floor(),
            ShareRounding::Each(mode) => Yen::round(&low, mode) == Yen::round(&high, mode),
        }
    };
    if !scaled.iter().all(steady) {
        return false;
    }
    if rounding.mode != ShareRounding::LargestRemainder {
        return true;
    }
    let pairs = || scaled.iter().zip(rounded);
    let given = pairs().filter(|(_, share)| share.remainder_yen > 0).map(|(share, _)| (share.fraction(), share)).min();
    let refused =
        pairs().filter(|(_, share)| share.remainder_yen <= 0).map(|(share, _)| (share.fraction(), share)).max();
    match (given, refused) {
        (Some((given, last)), Some((refused, first))) => last == first || &given - &refused > &error + &error,
        _ => true,
    }
}
