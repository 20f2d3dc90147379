//! Towns, people, rounds and entry calls by a part of their names. There are few of each, people excepted, and names are
//! short: LIKE is enough. A word is looked for as it was typed and folded, so that ナカイ finds the reading なかい. A
//! hundred thousand people are found by their `name_key`, in which both are folded already, and the forms of
//! characters (異体字) joined: a rare name by the pairs of its characters, a common one by reading on until it comes.
//!
//! Deliberately absent: rights. The caller names the towns that may be looked into.

use super::{Corpus, Index, pattern};
use crate::dialect::Backend;
use crate::entries::Sight;
use crate::schema::{entry_calls, grants, members, rounds, users};
use crate::{Db, StoreError};
use diesel::dsl::{AsExprOf, count_star, sql};
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use domain::text::fold_name;

/// A word of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As it was typed.
    pub typed: String,
    /// Folded.
    pub folded: String,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What tells it from others: a code, a reading, a state.
    pub detail: String,
}

/// `column` contains the word as typed or folded.
macro_rules! has {
    ($column:expr, $word:expr) => {
        $column.like(pattern(&$word.typed)).escape('\\').or($column.like(pattern(&$word.folded)).escape('\\'))
    };
}

/// Members of a consortium by name, reading or code, in the order of their codes.
///
/// # Errors
/// When the database refuses.
pub fn towns(db: &mut Db, consortium_id: &str, words: &[Word], limit: i64) -> Result<Vec<Found>, StoreError> {
    let mut query = members::table.filter(members::consortium_id.eq(consortium_id)).into_boxed();
    for word in words {
        let named = has!(members::name, word).or(has!(members::kana, word));
        query = query.filter(named.or(has!(members::municipality_code, word)));
    }
    Ok(query
        .order(members::municipality_code)
        .limit(limit)
        .select((members::id, members::name, members::municipality_code))
        .load(db)?)
}

/// People with a role in these towns (all of the consortium when none are named), by name or reading; the detail is the
/// town in which they hold it.
///
/// # Errors
/// When the database refuses.
pub fn people(
    db: &mut Db,
    consortium_id: &str,
    towns: Option<&[String]>,
    words: &[Word],
    limit: i64,
) -> Result<Vec<Found>, StoreError> {
    let Some(towns) = towns else { return people_anywhere(db, consortium_id, words, limit) };
    let mut query = users::table
        .inner_join(grants::table.on(grants::user_id.eq(users::id)))
        .inner_join(members::table.on(grants::member_id.eq(members::id.nullable())))
        .filter(grants::consortium_id.eq(consortium_id))
        .filter(grants::revoked_at.is_null())
        .filter(members::id.eq_any(towns.to_vec()))
        .into_boxed();
    for word in words {
        query = query.filter(is_called(db, &word.typed));
    }
    let mut found: Vec<Found> = query
        .order((users::kana_key, users::name_key, users::id, members::id))
        .limit(limit)
        .select((users::id, users::display_name, members::id))
        .load(db)?;
    // Somebody may hold two roles in a town.
    found.dedup();
    Ok(found)
}

/// The key of a person's name contains what was typed, as it stands in such keys.
pub(crate) fn is_called(
    db: &Db,
    typed: &str,
) -> SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, AsExprOf<String, Text>>> {
    let contains = match db.backend() {
        Backend::Sqlite => "instr(users.name_key, ",
        Backend::Postgres => "strpos(users.name_key, ",
    };
    sql::<Bool>(contains).bind::<Text, _>(fold_name(typed)).sql(") > 0")
}

/// People with a role in any town.
fn people_anywhere(db: &mut Db, consortium_id: &str, words: &[Word], limit: i64) -> Result<Vec<Found>, StoreError> {
    let ids = match called(db, words)? {
        Some(ids) => with_role(db, consortium_id, &ids, limit)?,
        None => ids_in_order(db, consortium_id, words, limit)?,
    };
    // The names of those few are read apart: the index holds what is searched, not what is shown.
    let people: Vec<(String, String)> = users::table
        .filter(users::id.eq_any(&ids))
        .order((users::kana_key, users::name_key, users::id))
        .select((users::id, users::display_name))
        .load(db)?;
    // All their roles; those elsewhere fall out below.
    let roles: Vec<(String, Option<String>, Option<String>)> = grants::table
        .filter(grants::user_id.eq_any(&ids))
        .filter(grants::revoked_at.is_null())
        .order(grants::member_id)
        .select((grants::user_id, grants::consortium_id, grants::member_id))
        .load(db)?;
    let mut found = Vec::new();
    for (id, name) in people {
        let here = roles.iter().filter(|(user, place, _)| *user == id && place.as_deref() == Some(consortium_id));
        let towns = here.filter_map(|(_, _, town)| town.clone());
        found.extend(towns.map(|detail| Found { id: id.clone(), name: name.clone(), detail }));
    }
    // Somebody may hold two roles in a town.
    found.dedup();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Most people of a name that are looked at one by one, over all consortia. A name that more have is soon met in the order
/// of the readings, as far as they are of this consortium.
const MOST_CALLED: i64 = 4_000;

/// Everybody who is called so, in the order of the readings, by the pairs of characters in the names; none where the
/// words have no pair, or too many are called so.
fn called(db: &mut Db, words: &[Word]) -> Result<Option<Vec<String>>, StoreError> {
    let index = Index::of(db);
    let grams: Vec<String> = words.iter().filter_map(|word| index.grams(&fold_name(&word.typed))).collect();
    if grams.is_empty() {
        return Ok(None);
    }
    let mut query = users::table.into_boxed();
    for grams in grams {
        let (finds, end) = (index.finds(Corpus::Names), index.finds_end());
        query = query.filter(sql::<Bool>(finds).bind::<Text, _>(grams).sql(end));
    }
    for word in words {
        query = query.filter(is_called(db, &word.typed));
    }
    // Put in order here: asked for it, SQLite would read all names in their order rather than those few.
    let mut found: Vec<(String, String, String)> =
        query.limit(MOST_CALLED).select((users::kana_key, users::name_key, users::id)).load(db)?;
    if i64::try_from(found.len()).unwrap_or(i64::MAX) == MOST_CALLED {
        return Ok(None);
    }
    found.sort_unstable();
    Ok(Some(found.into_iter().map(|(_, _, id)| id).collect()))
}

/// How many people's roles are asked for at once.
const AT_ONCE: usize = 100;

/// The first of these people who hold a role in a town.
fn with_role(db: &mut Db, consortium_id: &str, ids: &[String], limit: i64) -> Result<Vec<String>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let held: Vec<String> = grants::table
            .filter(grants::user_id.eq_any(ids))
            .filter(grants::consortium_id.eq(consortium_id))
            .filter(grants::revoked_at.is_null())
            .filter(grants::member_id.is_not_null())
            .select(grants::user_id)
            .load(db)?;
        found.extend(ids.iter().filter(|id| held.contains(id)).cloned());
        if found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// The names are read first, in the order of `users_name_idx` which holds them, and the roles only of whom they fit:
/// the other way round each of a hundred thousand roles would lead to its account.
fn ids_in_order(db: &mut Db, consortium_id: &str, words: &[Word], limit: i64) -> Result<Vec<String>, StoreError> {
    let held = grants::table
        .filter(grants::user_id.eq(users::id))
        .filter(grants::consortium_id.eq(consortium_id))
        .filter(grants::revoked_at.is_null())
        // Written so that no index is thought to help: the role is found by its person.
        .filter(sql::<Bool>("COALESCE(grants.member_id, '') <> ''"));
    // Counted: EXISTS would become a join, which asks for the role of each before it looks at the name.
    let roles = held.select(count_star()).single_value();
    let mut query = users::table.filter(roles.gt(0)).into_boxed();
    for word in words {
        query = query.filter(is_called(db, &word.typed));
    }
    Ok(query.order((users::kana_key, users::name_key, users::id)).limit(limit).select(users::id).load(db)?)
}

/// Rounds of a consortium by title or product, the newest first; the detail is the stage.
///
/// # Errors
/// When the database refuses.
pub fn rounds_named(db: &mut Db, consortium_id: &str, words: &[Word], limit: i64) -> Result<Vec<Found>, StoreError> {
    let mut query = rounds::table.filter(rounds::consortium_id.eq(consortium_id)).into_boxed();
    for word in words {
        query = query.filter(has!(rounds::title, word).or(has!(rounds::product, word)));
    }
    Ok(query.order(rounds::id.desc()).limit(limit).select((rounds::id, rounds::title, rounds::stage)).load(db)?)
}

/// Entry calls within somebody's sight by title, the newest first; the detail is the town's name.
///
/// # Errors
/// When the database refuses.
pub fn calls(
    db: &mut Db,
    consortium_id: &str,
    sight: &Sight,
    words: &[Word],
    limit: i64,
) -> Result<Vec<Found>, StoreError> {
    let mut query = entry_calls::table
        .inner_join(members::table.on(entry_calls::member_id.eq(members::id)))
        .filter(entry_calls::consortium_id.eq(consortium_id))
        .into_boxed();
    if let Some(towns) = &sight.towns {
        query = query.filter(entry_calls::member_id.eq_any(towns.clone()));
    }
    if let Some(drafts) = &sight.drafts {
        query = query.filter(entry_calls::state.ne("draft").or(entry_calls::member_id.eq_any(drafts.clone())));
    }
    for word in words {
        query = query.filter(has!(entry_calls::title, word));
    }
    Ok(query
        .order(entry_calls::id.desc())
        .limit(limit)
        .select((entry_calls::id, entry_calls::title, members::name))
        .load(db)?)
}
