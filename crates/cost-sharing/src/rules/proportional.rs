//! Shares in proportion to keys: equal, seats, population, weights, mixtures of them, and two-part charges.
//! Members that take part for fewer months weigh that much less; the bill stays the same. Sums over one common
//! denominator, so that 1,741 members take well under a millisecond.

use crate::case::{Case, CaseCost, Outcome};
use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use crate::rule::Key;
use num_bigint::BigInt;
use serde_json::{Map, Value, json};

/// The weights of all members by one key and their sum.
struct Weights {
    each: Vec<Ratio>,
    sum: Ratio,
}

fn weights(case: &Case<'_>, key: &Key) -> Result<Weights, Error> {
    let prorated = case.prorated();
    let mut each = Vec::with_capacity(case.members.len());
    for (index, member) in case.members.iter().enumerate() {
        let missing = |field: String| Error::at(case.pointer(index, &field), Fault::Required);
        let weight = match key {
            Key::Equal => Ratio::one(),
            Key::Seats => Ratio::whole(member.seats),
            Key::Population => Ratio::whole(member.population.ok_or_else(|| missing("/population".into()))?),
            Key::Weight(name) => {
                let weight = member.weights.get(name).cloned();
                weight.ok_or_else(|| missing(crate::json::child("/weights", name)))?
            }
        };
        each.push(if prorated { &weight * &Ratio::whole(member.months) } else { weight });
    }
    let sum: Ratio = each.iter().sum();
    if sum.is_zero() || sum.is_negative() {
        let fault = if *key == Key::Seats { Fault::NoSeats } else { Fault::ZeroWeights };
        return Err(Error::at(if *key == Key::Seats { "/members" } else { "/rule" }, fault));
    }
    Ok(Weights { each, sum })
}

/// `amount * weight / sum` for all members.
fn spread(amount: &Ratio, weights: &Weights) -> Result<Vec<Ratio>, Error> {
    let undefined = || Error::at("/rule", Fault::ZeroWeights);
    let whole = weights.sum.parts().zip(amount.parts()).filter(|((_, sum_den), (_, den))| *sum_den == 1 && *den == 1);
    if let Some(((sum, _), (amount, _))) = whole {
        let fast = weights.each.iter().map(|weight| match weight.parts() {
            Some((weight, 1)) => Ratio::new(amount.checked_mul(weight)?, sum),
            Some(_) | None => None,
        });
        if let Some(shares) = fast.collect::<Option<Vec<Ratio>>>() {
            return Ok(shares);
        }
    }
    let per = amount.checked_div(&weights.sum).ok_or_else(undefined)?;
    Ok(weights.each.iter().map(|weight| &per * weight).collect())
}

fn reason(key: &Key, part: Option<&Ratio>, weight: &Ratio, sum: &Ratio) -> Value {
    let mut term = json!({"key": key.name(), "weight": weight, "sum": sum});
    if let (Some(part), Some(term)) = (part, term.as_object_mut()) {
        term.insert("part".into(), json!(part));
    }
    term
}

fn with_terms(terms: Vec<Value>) -> Map<String, Value> {
    Map::from_iter([("terms".to_owned(), Value::Array(terms))])
}

pub(crate) fn by_key(case: &Case<'_>, key: &Key) -> Result<Outcome, Error> {
    let weights = weights(case, key)?;
    let reasons = weights.each.iter().map(|weight| with_terms(vec![reason(key, None, weight, &weights.sum)])).collect();
    Ok(Outcome::exact(spread(&case.total, &weights)?, reasons))
}

pub(crate) fn mixture(case: &Case<'_>, parts: &[(Key, Ratio)]) -> Result<Outcome, Error> {
    let whole: Ratio = parts.iter().map(|(_, part)| part).sum();
    let mut terms: Vec<(&Key, Ratio, Weights)> = Vec::new();
    for (key, part) in parts.iter().filter(|(_, part)| !part.is_zero()) {
        let part = part.checked_div(&whole).ok_or_else(|| Error::at("/rule", Fault::ZeroWeights))?;
        terms.push((key, part, weights(case, key)?));
    }
    let shares = match mixed(&case.total, &terms) {
        Some(shares) => shares,
        None => mixed_big(&case.total, &terms)?,
    };
    let reasons = (0..case.members.len()).map(|member| {
        let of = |(key, part, weights): &(&Key, Ratio, Weights)| {
            let weight = weights.each.get(member)?;
            Some(reason(key, Some(part), weight, &weights.sum))
        };
        with_terms(terms.iter().filter_map(of).collect())
    });
    Ok(Outcome::exact(shares, reasons.collect()))
}

/// All terms over one denominator in 128 bits; `None` where that does not suffice.
fn mixed<K>(total: &Ratio, terms: &[(K, Ratio, Weights)]) -> Option<Vec<Ratio>> {
    let (total, 1) = total.parts()? else {
        return None;
    };
    let mut denominator = 1_i128;
    for (_, part, weights) in terms {
        let (sum, 1) = weights.sum.parts()? else {
            return None;
        };
        let own = sum.checked_mul(part.parts()?.1)?;
        let common = i128::try_from(crate::ratio::gcd(denominator.unsigned_abs(), own.unsigned_abs())).ok()?;
        denominator = denominator.checked_mul(own.checked_div(common)?)?;
    }
    let mut numerators = vec![0_i128; terms.first()?.2.each.len()];
    for (_, part, weights) in terms {
        let (num, den) = part.parts()?;
        let own = weights.sum.parts()?.0.checked_mul(den)?;
        let factor = denominator.checked_div(own)?.checked_mul(num)?;
        for (numerator, weight) in numerators.iter_mut().zip(&weights.each) {
            let (weight, 1) = weight.parts()? else {
                return None;
            };
            *numerator = numerator.checked_add(factor.checked_mul(weight)?)?;
        }
    }
    numerators.into_iter().map(|numerator| Ratio::new(numerator.checked_mul(total)?, denominator)).collect()
}

fn mixed_big<K>(total: &Ratio, terms: &[(K, Ratio, Weights)]) -> Result<Vec<Ratio>, Error> {
    let members = terms.first().map_or(0, |(_, _, weights)| weights.each.len());
    let mut shares = vec![Ratio::zero(); members];
    for (_, part, weights) in terms {
        let term = spread(&(total * part), weights)?;
        for (share, term) in shares.iter_mut().zip(&term) {
            *share = &*share + term;
        }
    }
    Ok(shares)
}

/// Exact shares of a total by a mixture: each part of the total in proportion to its weights.
///
/// ```
/// use cost_sharing::{Ratio, mixture_shares};
/// let parts = [(vec![1, 1], Ratio::new(1, 10).unwrap()), (vec![30, 70], Ratio::new(9, 10).unwrap())];
/// assert_eq!(mixture_shares(&Ratio::whole(1_000), &parts)?, [320, 680].map(Ratio::whole));
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// Parts that do not add up to 1, or weights that add up to nothing; the pointer gives the position of the part.
pub fn mixture_shares(total: &Ratio, parts: &[(Vec<u64>, Ratio)]) -> Result<Vec<Ratio>, Error> {
    let sum: Ratio = parts.iter().map(|(_, part)| part).sum();
    if sum != Ratio::one() {
        return Err(Error::at("", Fault::MixtureNotWhole { sum }));
    }
    let mut terms = Vec::with_capacity(parts.len());
    for (index, (weights, part)) in parts.iter().enumerate() {
        let each: Vec<Ratio> = weights.iter().map(|weight| Ratio::whole(*weight)).collect();
        let sum: Ratio = each.iter().sum();
        if sum.is_zero() {
            return Err(Error::at(format!("/{index}"), Fault::ZeroWeights));
        }
        terms.push((index, part.clone(), Weights { each, sum }));
    }
    mixed(total, &terms).map_or_else(|| mixed_big(total, &terms), Ok)
}

pub(crate) fn two_part(case: &Case<'_>, fixed: Option<i64>, fixed_by: &Key, rest_by: &Key) -> Result<Outcome, Error> {
    let fixed = match (fixed, &case.cost) {
        (Some(yen), _) => Ratio::whole(yen),
        // The fixed fee with its tax, as a part of the rounded bill.
        (None, CaseCost::Priced { invoice, .. }) => {
            let with_tax = &Ratio::one() + &invoice.tax_rate;
            let fee = (invoice.schedule.fixed_fee() * &with_tax).floor();
            Ratio::from_big(fee, BigInt::from(1)).unwrap_or_else(Ratio::zero)
        }
        (None, CaseCost::Total | CaseCost::Game(_)) => {
            return Err(Error::at("/rule/fixed_yen", Fault::Required));
        }
    };
    if fixed > case.total {
        return Err(Error::at("/rule/fixed_yen", Fault::OutOfRange));
    }
    let rest = &case.total - &fixed;
    let (fixed_weights, rest_weights) = (weights(case, fixed_by)?, weights(case, rest_by)?);
    let (fixed_parts, rest_parts) = (spread(&fixed, &fixed_weights)?, spread(&rest, &rest_weights)?);
    let mut shares = Vec::new();
    let mut reasons = Vec::new();
    for (fixed_part, rest_part) in fixed_parts.iter().zip(&rest_parts) {
        shares.push(fixed_part + rest_part);
        reasons.push(Map::from_iter([
            ("fixed".to_owned(), json!({"key": fixed_by.name(), "amount": fixed, "share": fixed_part})),
            ("rest".to_owned(), json!({"key": rest_by.name(), "amount": rest, "share": rest_part})),
        ]));
    }
    Ok(Outcome::exact(shares, reasons))
}
