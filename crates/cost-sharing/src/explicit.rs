//! Explicit games: every coalition has its value in a table of 2^n entries, n at most 20.

use crate::core_check::CoreReport;
use crate::json::{Game, Sense};
use crate::ratio::Ratio;

/// Core check coalition by coalition; ties prefer the smaller index. `None` for fewer than two players.
pub(crate) fn core_check(game: &Game, shares: &[Ratio]) -> Option<CoreReport> {
    if shares.len() < 2 {
        return None;
    }
    let proper = game.values.len().checked_sub(1)?;
    let mut sums: Vec<Ratio> = vec![Ratio::zero()];
    for share in shares {
        let with: Vec<Ratio> = sums.iter().map(|sum| sum + share).collect();
        sums.extend(with);
    }
    let mut worst: Option<(Ratio, usize)> = None;
    for (mask, (value, sum)) in game.values.iter().zip(&sums).enumerate().take(proper).skip(1) {
        let excess = match game.sense {
            Sense::Cost => sum - value,
            Sense::Gain => value - sum,
        };
        if worst.as_ref().is_none_or(|(most, _)| excess > *most) {
            worst = Some((excess, mask));
        }
    }
    let (max_excess, mask) = worst?;
    let coalition = (0..shares.len()).filter(|player| mask >> player & 1 == 1).collect();
    Some(CoreReport { max_excess, coalition })
}
