//! Kohlberg's criterion (1971) in exact arithmetic: shares are the nucleolus when, level by level, the coalitions at that level
//! are balanced over those before, nothing open is beyond the level, and in the end every share is determined.
//! Independent of how the shares were found: it takes them and the claimed levels and believes neither.

use super::basis::Kind;
use super::oracle::{Oracle, Query};
use super::span::{Mixer, Span};
use super::stages::Stage;
use crate::knapsack::scale;
use crate::ratio::Ratio;
use num_traits::ToPrimitive;

pub(crate) fn holds(oracle: &impl Oracle, shares: &[Ratio], certificate: &[Stage]) -> bool {
    check(oracle, shares, certificate).is_some_and(|fine| fine)
}

fn check(oracle: &impl Oracle, shares: &[Ratio], certificate: &[Stage]) -> Option<bool> {
    let pay = |members: &[i128]| -> Ratio {
        let each = shares.iter().zip(members).map(|(share, count)| share * &Ratio::whole(*count));
        each.fold(Ratio::zero(), |sum, part| &sum + &part)
    };
    if pay(oracle.counts()) != Ratio::whole(oracle.whole()) {
        return Some(false);
    }
    let mut span = Span::default();
    span.insert(oracle.counts());
    let mut mixer = Mixer(7);
    for stage in certificate {
        // Nothing open is beyond the level.
        let labels = span.orthogonal(shares.len(), &mut mixer);
        let with_level: Vec<Ratio> = shares.iter().chain([&stage.level]).cloned().collect();
        let scaled = scale(&with_level);
        let whole: Vec<i128> = scaled.shares.iter().map(ToPrimitive::to_i128).collect::<Option<_>>()?;
        let (level, values) = whole.split_last()?;
        let query = Query { values, level: *level, scale: scaled.denominator.to_i128()?, labels: &labels, most: 1 };
        if oracle.worst(&query)?.first().is_none_or(|cut| cut.excess != 0) {
            return Some(false);
        }
        // The coalitions of the stage are at the level, and a positive combination of them is determined already.
        let mut combined = vec![0_i128; shares.len()];
        for (row, multiplier) in &stage.tight {
            let cost = if row.kind == Kind::Bound {
                own_cost(oracle, &row.members)?
            } else {
                Ratio::whole(oracle.cost(&row.members)?)
            };
            let slack = &cost - &pay(&row.members);
            let expected = &stage.level * &Ratio::whole(row.weight);
            if *multiplier <= 0 || slack != expected {
                return Some(false);
            }
            for (sum, count) in combined.iter_mut().zip(&row.members) {
                *sum = sum.checked_add(count.checked_mul(*multiplier)?)?;
            }
        }
        if !span.contains(&combined) {
            return Some(false);
        }
        for (row, _) in &stage.tight {
            span.insert(&row.members);
        }
    }
    Some(span.rank() == shares.len())
}

fn own_cost(oracle: &impl Oracle, members: &[i128]) -> Option<Ratio> {
    let group = members.iter().position(|count| *count == 1)?;
    oracle.alone().get(group).map(|cost| Ratio::whole(*cost))
}
