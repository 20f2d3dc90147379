//! The small calculations that a reason shows, repeated from the result.

use super::{How, Reason};
use crate::fill;
use crate::group::Group;
use crate::prepare::Prepared;
use crate::problem::Divisor;
use crate::ratio::Ratio;
use std::collections::BTreeMap;

/// `dividend ÷ divisor`, for a divisor that is a number and not a root.
pub(super) fn quotient(dividend: &Ratio, divisor: &str) -> Option<Ratio> {
    let divisor: Ratio = divisor.parse().ok()?;
    (!divisor.is_zero()).then(|| dividend.over(&divisor))
}

/// The quotient rounded at the signposts; on a signpost both neighbours are right, and the seats given say which.
pub(super) fn rounded(method: Divisor, quotient: &Ratio, seats: u64) -> u64 {
    let whole = Ratio::of_big(quotient.floor(), 1.into()).to_u64().unwrap_or(0);
    let (a, next) = (Ratio::from(whole), Ratio::from(whole.saturating_add(1)));
    // Jefferson's signposts are the whole numbers themselves, from 1: a whole quotient lies on the one below it.
    if method == Divisor::Jefferson {
        return if *quotient == a { seats.clamp(whole.saturating_sub(1), whole) } else { whole };
    }
    // Squares, because Hill's signpost is a root.
    let square = |ratio: &Ratio| ratio.times(ratio);
    let signpost = match method {
        Divisor::Adams => square(&a),
        Divisor::Dean => square(&a.times(&next).times(&Ratio::from(2)).over(&a.plus(&next))),
        Divisor::Hill => a.times(&next),
        Divisor::Webster => square(&a.plus(&next).over(&Ratio::from(2))),
        Divisor::Jefferson => square(&next),
    };
    match square(quotient).cmp(&signpost) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole.saturating_add(1),
        std::cmp::Ordering::Equal => seats.clamp(whole, whole.saturating_add(1)),
    }
}

/// A share, its whole seats and its fraction.
pub(super) fn remainder(level: Option<Ratio>, share: Ratio, seats: u64, leftover: u64) -> How {
    let whole = Ratio::of_big(share.floor(), 1.into());
    let fraction = share.minus(&whole);
    let whole = whole.to_u64().unwrap_or(0);
    How::Remainder { level, share, whole, fraction, rounded_up: seats > whole, leftover, rank: 0, cut: None }
}

/// Ranks the fractions that were rounded together: those of a class, or all when guarantees are reduced.
pub(super) fn rank(reasons: &mut [Reason]) {
    let together = |reason: &Reason| if reason.guarantees_reduced { None } else { Some(reason.class) };
    let mut fractions: BTreeMap<Option<u32>, (Vec<Ratio>, Option<Ratio>)> = BTreeMap::new();
    for reason in reasons.iter() {
        if let How::Remainder { fraction, rounded_up, .. } = &reason.how {
            let (all, cut) = fractions.entry(together(reason)).or_default();
            all.push(fraction.clone());
            if *rounded_up && cut.as_ref().is_none_or(|cut| fraction < cut) {
                *cut = Some(fraction.clone());
            }
        }
    }
    for (all, _) in fractions.values_mut() {
        all.sort_unstable_by(|a, b| b.cmp(a));
    }
    for reason in reasons {
        let Some((all, smallest)) = fractions.get(&together(reason)) else { continue };
        if let How::Remainder { fraction, rank, cut, .. } = &mut reason.how {
            let before = all.partition_point(|other| *other > *fraction);
            *rank = u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1);
            cut.clone_from(smallest);
        }
    }
}

/// Quotas of the quota method at its last house size.
pub(super) fn quotas(reduced: bool, members: &[usize], prepared: &Prepared, supply: u64) -> Vec<(usize, Ratio)> {
    let mut group = Group { scale: 1, ..Group::default() };
    for &member in members {
        let row = (prepared.lower.get(member), prepared.upper.get(member), prepared.weight.get(member));
        if let (Some(&lower), Some(&upper), Some(&weight)) = row {
            let (lower, upper) = if reduced { (0, lower) } else { (lower, upper) };
            group.push(member, lower, upper, weight);
        }
    }
    let level = fill::level(&group, supply);
    let quota = |(&member, (lower, upper, weight)): (&usize, (u64, u64, u64))| {
        let (whole, rest) = level.quota(lower, upper, weight);
        (member, Ratio::from(whole).plus(&Ratio::of_integers(rest, level.below)))
    };
    group.members.iter().zip(group.rows()).map(quota).collect()
}
