//! The Shapley value of an explicit game, exact, in one pass over its table.

use crate::json::Game;
use crate::ratio::Ratio;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

/// Values in the order of the players; `None` only for a table that is not of length 2^n.
pub(crate) fn shapley_game(game: &Game, players: usize) -> Option<Vec<Ratio>> {
    if 1_usize.checked_shl(u32::try_from(players).ok()?)? != game.values.len() {
        return None;
    }
    let scaled = crate::knapsack::scale(&game.values);
    // sums[i][k]: what player i adds to the groups of k others, summed.
    let sums = added(&scaled.shares, players)?;
    let mut binomial = BigInt::one();
    let mut each = Vec::with_capacity(players);
    for k in 0..players {
        each.push(&binomial * BigInt::from(players));
        binomial = binomial * BigInt::from(players.checked_sub(k)?.checked_sub(1)?) / BigInt::from(k.checked_add(1)?);
    }
    let denominator = each.iter().fold(BigInt::one(), |den, own| den.lcm(own));
    let value = |row: &Vec<BigInt>| {
        let terms = row.iter().zip(&each).map(|(sum, own)| sum * (&denominator / own));
        Ratio::from_big(terms.fold(BigInt::zero(), |total, term| total + term), &denominator * &scaled.denominator)
    };
    sums.iter().map(value).collect()
}

fn added(values: &[BigInt], players: usize) -> Option<Vec<Vec<BigInt>>> {
    let widest = values.iter().map(BigInt::bits).max().unwrap_or(0);
    // A sum of at most 2^n differences of 128-bit safe values.
    if widest.checked_add(u64::try_from(players).ok()?)? < 125 {
        let small: Vec<i128> = values.iter().map(i128::try_from).collect::<Result<_, _>>().ok()?;
        let mut sums = vec![vec![0_i128; players]; players];
        for (mask, before) in small.iter().enumerate() {
            let size = usize::try_from(mask.count_ones()).ok()?;
            for (player, row) in sums.iter_mut().enumerate() {
                let bit = 1_usize << player;
                if mask & bit == 0 {
                    let cell = row.get_mut(size)?;
                    *cell = cell.wrapping_add(small.get(mask | bit)?.wrapping_sub(*before));
                }
            }
        }
        return Some(sums.into_iter().map(|row| row.into_iter().map(BigInt::from).collect()).collect());
    }
    let mut sums = vec![vec![BigInt::zero(); players]; players];
    for (mask, before) in values.iter().enumerate() {
        let size = usize::try_from(mask.count_ones()).ok()?;
        for (player, row) in sums.iter_mut().enumerate() {
            let bit = 1_usize << player;
            if mask & bit == 0 {
                let cell = row.get_mut(size)?;
                *cell = &*cell + (values.get(mask | bit)? - before);
            }
        }
    }
    Some(sums)
}
