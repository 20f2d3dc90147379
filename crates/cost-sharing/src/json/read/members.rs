//! Reading members: ids are unique, seats are needed where a price is, an explicit game names its players itself.

use super::quantity;
use crate::error::{Error, Fault};
use crate::json::Cost;
use crate::json::field::{Field, Object};
use crate::member::{FULL_PERIOD, Member};
use std::collections::BTreeSet;

/// Most members of one case.
const MOST_MEMBERS: usize = 10_000;

pub(super) fn members(root: &Object<'_>, cost: &Cost) -> Result<Vec<Member>, Error> {
    let players = match cost {
        Cost::Game(game) => usize::try_from(game.values.len().ilog2()).ok(),
        Cost::Price(_) | Cost::Total(_) => None,
    };
    let list = match (root.get("members"), players) {
        (Some(list), _) => list,
        (None, Some(players)) => {
            return Ok((0..players).map(|player| Member::new(player.to_string(), 0)).collect());
        }
        (None, None) => root.need("members")?,
    };
    let items = list.items()?;
    if items.is_empty() {
        return Err(list.fault(Fault::Required));
    }
    if items.len() > MOST_MEMBERS {
        return Err(list.fault(Fault::TooManyMembers { limit: MOST_MEMBERS }));
    }
    if let (Some(players), Cost::Game(game)) = (players, cost)
        && players != items.len()
    {
        return Err(Error::at("/game/values", Fault::GameLength { found: game.values.len() }));
    }
    let needs_seats = matches!(cost, Cost::Price(_));
    let members: Vec<Member> = items.iter().map(|item| member(item, needs_seats)).collect::<Result<_, _>>()?;
    let mut seen = BTreeSet::new();
    for (index, member) in members.iter().enumerate() {
        if !seen.insert(member.id.as_str()) {
            return Err(Error::at(format!("/members/{index}/id"), Fault::Duplicate));
        }
    }
    Ok(members)
}

fn member(field: &Field<'_>, needs_seats: bool) -> Result<Member, Error> {
    let object = field.object(&[
        "id",
        "seats",
        "population",
        "weights",
        "months",
        "floor_yen",
        "cap_yen",
        "last_year_yen",
        "stand_alone_yen",
        "tie_key",
    ])?;
    let seats = match object.get("seats") {
        Some(seats) => quantity(&seats)?,
        None if needs_seats => {
            return Err(object.missing("seats"));
        }
        None => 0,
    };
    let id = object.need("id")?;
    let mut member = Member::new(id.text()?, seats);
    if member.id.is_empty() {
        return Err(id.fault(Fault::Required));
    }
    member.population = object.get("population").map(|field| field.count()).transpose()?;
    if let Some(weights) = object.get("weights") {
        let weights = weights.open_object()?;
        for key in weights.keys() {
            if let Some(weight) = weights.get(key) {
                member.weights.insert(key.to_owned(), weight.nonnegative()?);
            }
        }
    }
    if let Some(months) = object.get("months") {
        member.months = match u32::try_from(months.count()?) {
            Ok(count) if count <= FULL_PERIOD => count,
            Ok(_) | Err(_) => return Err(months.fault(Fault::OutOfRange)),
        };
    }
    let yen = |key: &str| object.get(key).map(|field| field.yen()).transpose();
    member.floor_yen = yen("floor_yen")?;
    member.cap_yen = yen("cap_yen")?;
    member.last_year_yen = yen("last_year_yen")?;
    member.stand_alone_yen = yen("stand_alone_yen")?;
    member.tie_key = object.get("tie_key").map(|field| field.text().map(str::to_owned)).transpose()?;
    Ok(member)
}
