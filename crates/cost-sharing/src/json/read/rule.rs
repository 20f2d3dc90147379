//! Reading rules: each kind with exactly its own fields.

use crate::error::{Error, Fault};
use crate::json::field::{Field, Object};
use crate::member::Member;
use crate::ratio::Ratio;
use crate::rule::{Key, SharingRule};
use std::collections::BTreeSet;

pub(super) fn rule(field: &Field<'_>, members: &[Member]) -> Result<SharingRule, Error> {
    let open = field.open_object()?;
    let kind = open.need("kind")?;
    let only = |allowed: &[&str]| field.object(allowed);
    let plain = |rule: SharingRule| only(&["kind"]).map(|_| rule);
    let key = |object: &Object<'_>, name: &str, default: Key| {
        object.get(name).map_or(Ok(default), |field| field.text().map(Key::named))
    };
    match kind.text()? {
        "equal" => plain(SharingRule::Equal),
        "per_seat" => plain(SharingRule::PerSeat),
        "weighted" => {
            let object = only(&["kind", "by"])?;
            Ok(SharingRule::Weighted { by: Key::named(object.need("by")?.text()?) })
        }
        "mixture" => mixture(&open, members),
        "two_part" => {
            let object = only(&["kind", "fixed_yen", "fixed_by", "rest_by"])?;
            Ok(SharingRule::TwoPart {
                fixed_yen: object.get("fixed_yen").map(|field| field.yen()).transpose()?,
                fixed_by: key(&object, "fixed_by", Key::Equal)?,
                rest_by: key(&object, "rest_by", Key::Seats)?,
            })
        }
        "stand_alone_proportional" => plain(SharingRule::StandAloneProportional),
        "equal_saving" => plain(SharingRule::EqualSaving),
        "ensc" => plain(SharingRule::Ensc),
        "scrb" => plain(SharingRule::Scrb),
        "serial" => plain(SharingRule::Serial),
        "incremental" => {
            let order = only(&["kind", "order"])?.get("order").map(|list| join_order(&list, members)).transpose()?;
            Ok(SharingRule::Incremental { order })
        }
        "shapley" => plain(SharingRule::Shapley),
        "nucleolus" => plain(SharingRule::Nucleolus),
        "prenucleolus" => plain(SharingRule::Prenucleolus),
        "per_capita_nucleolus" => plain(SharingRule::PerCapitaNucleolus),
        "aumann_shapley" => plain(SharingRule::AumannShapley),
        _ => Err(kind.fault(Fault::UnknownValue)),
    }
}

/// Every field but `kind` is a key with its part; a name that no member weighs is an unknown field.
fn mixture(object: &Object<'_>, members: &[Member]) -> Result<SharingRule, Error> {
    let mut parts = Vec::new();
    for name in object.keys().filter(|name| *name != "kind") {
        let key = Key::named(name);
        if matches!(key, Key::Weight(_)) && !members.iter().any(|member| member.weights.contains_key(name)) {
            return Err(object.unknown(name));
        }
        if let Some(part) = object.get(name) {
            parts.push((key, part.nonnegative()?));
        }
    }
    parts.sort();
    let sum: Ratio = parts.iter().map(|(_, part)| part).sum();
    if ![1_i64, 100, 1000].into_iter().any(|whole| sum == Ratio::whole(whole)) {
        return Err(object.fault(Fault::MixtureNotWhole { sum }));
    }
    Ok(SharingRule::Mixture { parts })
}

fn join_order(list: &Field<'_>, members: &[Member]) -> Result<Vec<String>, Error> {
    let mut left: BTreeSet<&str> = members.iter().map(|member| member.id.as_str()).collect();
    let mut order = Vec::with_capacity(members.len());
    for item in list.items()? {
        let id = item.text()?;
        if !left.remove(id) {
            let known = members.iter().any(|member| member.id == id);
            return Err(item.fault(if known { Fault::Duplicate } else { Fault::UnknownMember }));
        }
        order.push(id.to_owned());
    }
    if left.is_empty() { Ok(order) } else { Err(list.fault(Fault::Required)) }
}
