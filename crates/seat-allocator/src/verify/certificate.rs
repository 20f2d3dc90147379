//! Certificates: no seat given comes after a seat refused.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "big integers cannot overflow; every divisor is checked"
)]

use super::{Checked, Group, Violation, shares, verdict};
use crate::allocation::{DivisorInterval, Tie};
use crate::problem::{Divisor, Rule};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

/// Place of a seat in the order of giving: smaller goes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// Signpost zero: before all others, the heavier weight first.
    First(BigRational),
    /// Signpost ÷ weight, squared so that Hill's roots vanish.
    Squared(BigRational),
}

/// The border between seats given and seats refused.
pub(super) enum Found {
    /// Every seat given comes before every seat refused.
    Apart,
    /// This seat was given although that one comes before it.
    Crossed { given: usize, refused: usize },
    /// The last seats given and the first refused are exact equals.
    Equal {
        given: Vec<usize>,
        refused: Vec<usize>,
    },
}

/// Compares the last seat given with the first refused, over all claims.
pub(super) fn border<K: Ord>(given: &[(K, usize)], refused: &[(K, usize)]) -> Found {
    let (Some(last), Some(first)) = (
        given.iter().max_by(|a, b| a.0.cmp(&b.0)),
        refused.iter().min_by(|a, b| a.0.cmp(&b.0)),
    ) else {
        return Found::Apart;
    };
    match last.0.cmp(&first.0) {
        std::cmp::Ordering::Less => Found::Apart,
        std::cmp::Ordering::Greater => Found::Crossed {
            given: last.1,
            refused: first.1,
        },
        std::cmp::Ordering::Equal => {
            let equal = |seats: &[(K, usize)]| -> Vec<usize> {
                seats
                    .iter()
                    .filter(|(key, _)| *key == last.0)
                    .map(|(_, index)| *index)
                    .collect()
            };
            Found::Equal {
                given: equal(given),
                refused: equal(refused),
            }
        }
    }
}

fn ratio(number: u64) -> BigRational {
    BigRational::from_integer(number.into())
}

/// Signpost between `seats` and `seats + 1`, squared.
fn signpost_squared(method: Divisor, seats: u64) -> BigRational {
    let (a, one) = (ratio(seats), BigRational::one());
    let two = &one + &one;
    let signpost = match method {
        Divisor::Adams => a,
        Divisor::Dean => &two * &a * (&a + &one) / (two * a + one),
        Divisor::Hill => return &a * (&a + one),
        Divisor::Webster => a + one / two,
        Divisor::Jefferson => a + one,
    };
    &signpost * &signpost
}

fn key(method: Divisor, seats: u64, weight: &BigRational) -> Key {
    let signpost = signpost_squared(method, seats);
    if signpost.is_zero() {
        Key::First(weight.recip())
    } else {
        Key::Squared(signpost / (weight * weight))
    }
}

/// Checks the seats of one group by the certificate of the rule.
pub(super) fn check(rule: Rule, group: &Group, seats: &[u64], ranks: &[usize]) -> Checked {
    if seats == group.upper || seats == group.lower {
        return Ok(None);
    }
    match rule {
        Rule::Divisor(method) => awards(method, group, seats, ranks),
        Rule::ConstrainedEqualAwards => awards(Divisor::Webster, group, seats, ranks),
        Rule::ProportionalToRequest => {
            let weight = group.upper.iter().map(|&upper| ratio(upper)).collect();
            awards(
                Divisor::Webster,
                &Group {
                    weight,
                    ..group.clone()
                },
                seats,
                ranks,
            )
        }
        Rule::ConstrainedEqualLosses => losses(group, seats, ranks),
        Rule::Priority => priority(group, seats, ranks),
        Rule::Quota => shares::quota_method(group, seats, ranks),
        Rule::LargestRemainder => {
            let quotas =
                shares::filled(group, shares::total(seats)).ok_or(Violation::TooLargeToCheck)?;
            rounded(group, seats, &quotas, ranks)
        }
        Rule::ConstrainedEqualAwardsAboveGuarantee => {
            let (open, above) = above(group, seats);
            awards(Divisor::Webster, &open, &above, ranks)
        }
        Rule::ProportionalAboveGuarantee => {
            let (open, above) = above(group, seats);
            let weight = open.upper.iter().map(|&upper| ratio(upper)).collect();
            awards(Divisor::Webster, &Group { weight, ..open }, &above, ranks)
        }
        Rule::Talmud | Rule::ReverseTalmud | Rule::Piniles => {
            let (open, above) = above(group, seats);
            halves(rule, &open, &above, ranks)
        }
        Rule::AdjustedProportional
        | Rule::RandomArrival
        | Rule::MinimalOverlap
        | Rule::ConstrainedEgalitarian
        | Rule::DominguezThomson
        | Rule::AverageOfCeaCel => {
            let (open, above) = above(group, seats);
            let claims: Vec<BigRational> = open.upper.iter().map(|&upper| ratio(upper)).collect();
            let endowment = BigRational::from_integer(shares::total(&above));
            let exact =
                shares::of_claims(rule, &claims, &endowment).ok_or(Violation::TooLargeToCheck)?;
            rounded(&open, &above, &exact, ranks)
        }
    }
}

/// What stands above the guarantees, as a group of its own without weights other than the own.
fn above(group: &Group, seats: &[u64]) -> (Group, Vec<u64>) {
    let less = |values: &[u64]| -> Vec<u64> {
        values
            .iter()
            .zip(&group.lower)
            .map(|(value, lower)| value.saturating_sub(*lower))
            .collect()
    };
    let open = Group {
        lower: vec![0; seats.len()],
        upper: less(&group.upper),
        ..group.clone()
    };
    (open, less(seats))
}

fn awards(method: Divisor, group: &Group, seats: &[u64], ranks: &[usize]) -> Checked {
    let (mut given, mut refused) = (Vec::new(), Vec::new());
    let rows = group
        .lower
        .iter()
        .zip(&group.upper)
        .zip(&group.weight)
        .zip(seats);
    for (index, (((lower, upper), weight), &seats)) in rows.enumerate() {
        if weight.is_zero() {
            if seats > *lower {
                return Err(Violation::Share {
                    claim: group.members.get(index).copied().unwrap_or(usize::MAX),
                });
            }
            continue;
        }
        if seats > *lower {
            given.push((key(method, seats.saturating_sub(1), weight), index));
        }
        if seats < *upper {
            refused.push((key(method, seats, weight), index));
        }
    }
    verdict(border(&given, &refused), group, ranks)
}

/// A seat goes to the largest unmet claim per weight: `(u − a − ½) ÷ w`.
fn losses(group: &Group, seats: &[u64], ranks: &[usize]) -> Checked {
    let half = BigRational::new(1.into(), 2.into());
    let (mut given, mut refused) = (Vec::new(), Vec::new());
    let rows = group
        .lower
        .iter()
        .zip(&group.upper)
        .zip(&group.weight)
        .zip(seats);
    for (index, (((lower, upper), weight), &seats)) in rows.enumerate() {
        if weight.is_zero() {
            if seats < *upper {
                return Err(Violation::Share {
                    claim: group.members.get(index).copied().unwrap_or(usize::MAX),
                });
            }
            continue;
        }
        let unmet = ratio(*upper) - ratio(seats);
        if seats > *lower {
            given.push((-((&unmet + &half) / weight), index));
        }
        if seats < *upper {
            refused.push((-((&unmet - &half) / weight), index));
        }
    }
    verdict(border(&given, &refused), group, ranks)
}

fn halves(rule: Rule, group: &Group, seats: &[u64], ranks: &[usize]) -> Checked {
    let ones = vec![BigRational::one(); seats.len()];
    let half: Vec<u64> = group
        .upper
        .iter()
        .map(|upper| upper.checked_div(2).unwrap_or(0))
        .collect();
    let first = shares::total(seats) <= shares::total(&half);
    let by_awards = match (rule, first) {
        (Rule::Talmud, first) => first,
        (Rule::ReverseTalmud, first) => !first,
        _ => true,
    };
    let (lower, upper) = if first {
        (vec![0; seats.len()], half)
    } else {
        (half, group.upper.clone())
    };
    for (index, (seats, (lower, upper))) in seats.iter().zip(lower.iter().zip(&upper)).enumerate() {
        if seats < lower || seats > upper {
            return Err(Violation::Share {
                claim: group.members.get(index).copied().unwrap_or(usize::MAX),
            });
        }
    }
    let (open, above) = above(
        &Group {
            members: group.members.clone(),
            lower,
            upper,
            weight: ones,
        },
        seats,
    );
    if above == open.upper {
        return Ok(None);
    }
    if by_awards {
        awards(Divisor::Webster, &open, &above, ranks)
    } else {
        losses(&open, &above, ranks)
    }
}

/// Exact shares cut to whole seats, then one more for the largest fractions.
fn rounded(group: &Group, seats: &[u64], shares: &[BigRational], ranks: &[usize]) -> Checked {
    let (mut given, mut refused) = (Vec::new(), Vec::new());
    for (index, (share, &seats)) in shares.iter().zip(seats).enumerate() {
        let fraction = share - share.floor();
        let more = BigInt::from(seats) - share.floor().to_integer();
        if more.is_one() && !fraction.is_zero() {
            given.push((-fraction, index));
        } else if more.is_zero() {
            refused.push((-fraction, index));
        } else {
            return Err(Violation::Share {
                claim: group.members.get(index).copied().unwrap_or(usize::MAX),
            });
        }
    }
    verdict(border(&given, &refused), group, ranks)
}

/// In the order of ties, claims are full, then at most one is in between, then all are at their guarantee.
fn priority(group: &Group, seats: &[u64], ranks: &[usize]) -> Checked {
    let rank = |index: usize| {
        group
            .members
            .get(index)
            .and_then(|&at| ranks.get(at))
            .copied()
            .unwrap_or(usize::MAX)
    };
    let rows = || {
        seats
            .iter()
            .zip(group.lower.iter().zip(&group.upper))
            .enumerate()
    };
    let last = rows()
        .filter(|(_, (seats, (lower, _)))| seats > lower)
        .max_by_key(|(index, _)| rank(*index));
    let first = rows()
        .filter(|(_, (seats, (_, upper)))| seats < upper)
        .min_by_key(|(index, _)| rank(*index));
    match (last, first) {
        (Some((given, _)), Some((refused, _))) if rank(given) > rank(refused) => {
            let position = |index: usize| group.members.get(index).copied().unwrap_or(usize::MAX);
            Err(Violation::Certificate {
                given: position(given),
                refused: position(refused),
            })
        }
        (Some(_) | None, Some(_) | None) => Ok(None),
    }
}

/// Whether rounding weight ÷ divisor at the signposts, within the bounds, gives the seats, for each printed divisor.
pub(super) fn divisors_hold(
    method: Divisor,
    group: &Group,
    seats: &[u64],
    interval: &DivisorInterval,
) -> bool {
    let printed = [
        Some(&interval.low),
        interval.high.as_ref(),
        Some(&interval.suggested),
    ];
    printed.into_iter().flatten().all(|text| {
        // Roots cannot be divided by exactly; they appear only where no decimal fits.
        let Ok(divisor) = text.parse::<crate::Ratio>() else {
            return text.starts_with("sqrt(");
        };
        let divisor = BigRational::new(divisor.numerator(), divisor.denominator());
        let rows = group
            .members
            .iter()
            .zip(group.lower.iter().zip(&group.upper))
            .zip(&group.weight);
        let mut rows = rows.filter(|(_, weight)| !weight.is_zero());
        !divisor.is_zero()
            && rows.all(|((&member, (lower, upper)), weight)| {
                let Some(&seats) = seats.get(member) else {
                    return false;
                };
                let quotient = weight / &divisor;
                let squared = &quotient * &quotient;
                let not_too_few = seats >= *upper || squared <= signpost_squared(method, seats);
                let not_too_many =
                    seats <= *lower || squared >= signpost_squared(method, seats.saturating_sub(1));
                not_too_few && not_too_many
            })
    })
}

/// A tie between positions of the group.
pub(super) fn recorded(won: &[usize], lost: &[usize], group: &Group) -> Tie {
    let position = |index: &usize| group.members.get(*index).copied().unwrap_or(usize::MAX);
    super::tie(
        won.iter().map(position).collect(),
        lost.iter().map(position).collect(),
    )
}
