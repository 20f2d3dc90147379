//! Users and the roles granted to them. A grant is never deleted: its end is an instant.

use crate::dialect::IsNoLearner;
use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{consortia, grants, members, users};
use crate::search::{self, Corpus};
use crate::{Db, StoreError};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use domain::text::{fold, fold_name};

/// A row of `users`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
#[allow(missing_docs)] // named as the columns
pub struct User {
    pub id: String,
    pub email: String,
    pub display_name: String,
    pub kana: String,
    pub password_hash: Option<String>,
    pub state: String,
    pub session_version: i64,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// A row of `grants`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = grants)]
#[allow(missing_docs)] // named as the columns
pub struct Grant {
    pub id: String,
    pub user_id: String,
    pub role: String,
    pub consortium_id: Option<String>,
    pub member_id: Option<String>,
    pub granted_by: Option<String>,
    pub created_at: NaiveDateTime,
    pub revoked_at: Option<NaiveDateTime>,
}

/// A grant with the names of its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedGrant {
    /// The grant.
    pub grant: Grant,
    /// Name of the consortium.
    pub consortium: Option<String>,
    /// Name of the member.
    pub member: Option<String>,
}

/// Adds a user; `users_email_key` refuses a second one with this address.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &User) -> Result<(), StoreError> {
    let keys = keys(&row.display_name, &row.kana);
    diesel::insert_into(users::table).values((row, &keys)).execute(db)?;
    search::add(db, Corpus::Names, &row.id, &keys.name_key)
}

/// The reading as lists stand by it, and name and reading as they are searched for: no word that is looked for reaches
/// from one into the other.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = users)]
struct Keys {
    kana_key: String,
    name_key: String,
}

fn keys(display_name: &str, kana: &str) -> Keys {
    let name_key = format!("{}\n{}", fold_name(display_name), fold_name(kana));
    Keys { kana_key: fold(kana), name_key }
}

/// Accounts that are given their keys at once.
const KEYED_AT_ONCE: i64 = 1000;

/// Gives the accounts without keys (entered before there were any or by a tool, or whose keys a migration took away
/// because they are made otherwise now) the keys of their names.
///
/// # Errors
/// When the database refuses.
pub fn key_names(db: &mut Db) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let bare: Vec<(String, String, String)> = users::table
            .filter(users::id.gt(&after))
            .filter(sql::<Bool>("users.name_key = ''"))
            .order(users::id)
            .limit(KEYED_AT_ONCE)
            .select((users::id, users::display_name, users::kana))
            .load(db)?;
        let Some((last, ..)) = bare.last() else {
            return Ok(());
        };
        if after.is_empty() {
            search::forget_unkeyed_names(db)?;
        }
        after.clone_from(last);
        for (id, name, kana) in &bare {
            let keys = keys(name, kana);
            diesel::update(users::table.find(id)).set(&keys).execute(db)?;
            search::add(db, Corpus::Names, id, &keys.name_key)?;
        }
    }
}

/// One user.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<User, StoreError> {
    Ok(users::table.find(id).select(User::as_select()).first(db)?)
}

/// The user with this address (lower case).
///
/// # Errors
/// When the database refuses.
pub fn find_by_email(db: &mut Db, email: &str) -> Result<Option<User>, StoreError> {
    Ok(users::table.filter(users::email.eq(email)).select(User::as_select()).first(db).optional()?)
}

/// Changes how a user is called if the row still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn rename(
    db: &mut Db,
    id: &str,
    version: i64,
    display_name: &str,
    kana: &str,
    at: NaiveDateTime,
) -> Result<bool, StoreError> {
    let keys = keys(display_name, kana);
    let before: Option<String> = users::table.find(id).select(users::name_key).first(db).optional()?;
    let changed = diesel::update(users::table.filter(users::id.eq(id)).filter(users::version.eq(version)))
        .set((
            users::display_name.eq(display_name),
            users::kana.eq(kana),
            &keys,
            users::updated_at.eq(at),
            users::version.eq(users::version + 1),
        ))
        .execute(db)?;
    if changed == 1 && before.as_ref() != Some(&keys.name_key) {
        search::feed(db, Corpus::Names, id, &keys.name_key)?;
    }
    Ok(changed == 1)
}

/// Changes the state of a user if it still is `from`; every access token made before ends.
///
/// # Errors
/// When the database refuses.
pub fn change_state(db: &mut Db, id: &str, from: &str, to: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(users::table.filter(users::id.eq(id)).filter(users::state.eq(from)))
        .set((
            users::state.eq(to),
            users::session_version.eq(users::session_version + 1),
            users::updated_at.eq(at),
            users::version.eq(users::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Sets a new password hash if the row still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn change_password(db: &mut Db, id: &str, version: i64, hash: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(users::table.filter(users::id.eq(id)).filter(users::version.eq(version)))
        .set((users::password_hash.eq(hash), users::updated_at.eq(at), users::version.eq(users::version + 1)))
        .execute(db)?;
    Ok(changed == 1)
}

/// Ends every access token of a user that was made before.
///
/// # Errors
/// When the database refuses.
pub fn raise_session_version(db: &mut Db, id: &str) -> Result<(), StoreError> {
    diesel::update(users::table.find(id)).set(users::session_version.eq(users::session_version + 1)).execute(db)?;
    Ok(())
}

/// Adds a grant; `grants_active_key` refuses the same one twice.
///
/// # Errors
/// When the database refuses.
pub fn insert_grant(db: &mut Db, row: &Grant) -> Result<(), StoreError> {
    diesel::insert_into(grants::table).values(row).execute(db)?;
    Ok(())
}

/// The grants of a user that hold on a day: neither taken away nor of a member that has left.
///
/// # Errors
/// When the database refuses.
pub fn grants_in_force(db: &mut Db, user_id: &str, on: NaiveDate) -> Result<Vec<PlacedGrant>, StoreError> {
    Ok(grants_and_past(db, user_id, on)?.0)
}

/// As [`grants_in_force`], and the consortia of the grants that hold no more.
///
/// # Errors
/// When the database refuses.
pub fn grants_and_past(
    db: &mut Db,
    user_id: &str,
    on: NaiveDate,
) -> Result<(Vec<PlacedGrant>, Vec<String>), StoreError> {
    type Row = (Grant, Option<String>, Option<String>, Option<NaiveDate>);
    let rows: Vec<Row> = grants::table
        .left_join(consortia::table.on(grants::consortium_id.eq(consortia::id.nullable())))
        .left_join(members::table.on(grants::member_id.eq(members::id.nullable())))
        .filter(grants::user_id.eq(user_id))
        .order(grants::id)
        .select((Grant::as_select(), consortia::name.nullable(), members::name.nullable(), members::left_on.nullable()))
        .load(db)?;
    let (held, past): (Vec<Row>, Vec<Row>) = rows
        .into_iter()
        .partition(|(grant, _, _, left_on)| grant.revoked_at.is_none() && left_on.is_none_or(|left_on| on <= left_on));
    let held = held.into_iter().map(|(grant, consortium, member, _)| PlacedGrant { grant, consortium, member });
    let mut past: Vec<String> = past.into_iter().filter_map(|(grant, ..)| grant.consortium_id).collect();
    past.sort_unstable();
    past.dedup();
    Ok((held.collect(), past))
}

/// Words about the places of a user that a password may not contain: the names and readings of
/// the members it acts for, and of the leads of their consortia.
///
/// # Errors
/// When the database refuses.
pub fn place_names(db: &mut Db, user_id: &str) -> Result<Vec<String>, StoreError> {
    let held: Vec<(Option<String>, Option<String>)> = grants::table
        .filter(grants::user_id.eq(user_id))
        .filter(grants::revoked_at.is_null())
        .select((grants::consortium_id, grants::member_id))
        .load(db)?;
    let (consortia, towns): (Vec<_>, Vec<_>) = held.into_iter().unzip();
    let consortia: Vec<String> = consortia.into_iter().flatten().collect();
    let towns: Vec<String> = towns.into_iter().flatten().collect();
    let names: Vec<(String, String)> = members::table
        .filter(members::id.eq_any(towns).or(members::consortium_id.eq_any(consortia).and(members::is_lead.eq(true))))
        .select((members::name, members::kana))
        .load(db)?;
    Ok(names.into_iter().flat_map(|(name, kana)| [name, kana]).collect())
}

/// The grant of exactly this role at this place, when it is in force.
///
/// # Errors
/// When the database refuses.
pub fn same_grant(
    db: &mut Db,
    user_id: &str,
    role: &str,
    consortium_id: Option<&str>,
    member_id: Option<&str>,
) -> Result<Option<Grant>, StoreError> {
    let mut query = grants::table
        .filter(grants::user_id.eq(user_id))
        .filter(grants::role.eq(role))
        .filter(grants::revoked_at.is_null())
        .into_boxed();
    query = match consortium_id {
        Some(id) => query.filter(grants::consortium_id.eq(id)),
        None => query.filter(grants::consortium_id.is_null()),
    };
    query = match member_id {
        Some(id) => query.filter(grants::member_id.eq(id)),
        None => query.filter(grants::member_id.is_null()),
    };
    Ok(query.select(Grant::as_select()).first(db).optional()?)
}

/// A grant of a consortium that is in force.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find_grant(db: &mut Db, consortium_id: &str, id: &str) -> Result<Grant, StoreError> {
    Ok(grants::table
        .filter(grants::id.eq(id))
        .filter(grants::consortium_id.eq(consortium_id))
        .filter(grants::revoked_at.is_null())
        .select(Grant::as_select())
        .first(db)?)
}

/// Ends a grant; returns whether it was in force.
///
/// # Errors
/// When the database refuses.
pub fn revoke_grant(db: &mut Db, id: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(grants::table.filter(grants::id.eq(id)).filter(grants::revoked_at.is_null()))
        .set(grants::revoked_at.eq(at))
        .execute(db)?;
    Ok(changed == 1)
}

/// Whether somebody administers the service, or was invited to.
///
/// # Errors
/// When the database refuses.
pub fn has_administrator(db: &mut Db) -> Result<bool, StoreError> {
    let any: Option<String> = grants::table
        .filter(grants::role.eq("admin"))
        .filter(grants::revoked_at.is_null())
        .select(grants::id)
        .first(db)
        .optional()?;
    Ok(any.is_some())
}

/// How people can stand; in the order of their readings (五十音順).
pub const PEOPLE: List = List::rising(
    "users.id",
    &[
        Key::new("kana", By::Text("users.kana_key")),
        Key::new("email", By::Text("users.email")),
        Key::new("state", By::Text("users.state")),
        Key::new("created", By::Id),
    ],
)
.with(&[
    Filter::new("q", Test::Called("users.display_name || ' ' || users.name_key || ' ' || users.email")),
    Filter::new("state", Test::Is("users.state")),
]);

/// Who administers the service or was invited to, each with that role.
///
/// # Errors
/// When the database refuses.
pub fn administrators(db: &mut Db, slice: &Slice) -> Result<Rows<(User, Grant)>, StoreError> {
    let query = grants::table
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(grants::role.eq("admin"))
        .filter(grants::revoked_at.is_null())
        .into_boxed();
    let rows: Vec<(User, Grant, String)> = page!(db, slice, query, User::as_select(), Grant::as_select())?;
    Ok(rows.into_iter().map(|(user, grant, place)| ((user, grant), place)).collect())
}

/// How many active users administer the service.
///
/// # Errors
/// When the database refuses.
pub fn count_administrators(db: &mut Db) -> Result<i64, StoreError> {
    Ok(grants::table
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(grants::role.eq("admin"))
        .filter(grants::revoked_at.is_null())
        .filter(users::state.eq("active"))
        .count()
        .get_result(db)?)
}

/// How many active users besides this one lead a consortium.
///
/// # Errors
/// When the database refuses.
pub fn count_other_leads(db: &mut Db, consortium_id: &str, user_id: &str) -> Result<i64, StoreError> {
    Ok(grants::table
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(grants::consortium_id.eq(consortium_id))
        .filter(grants::role.eq("lead"))
        .filter(grants::revoked_at.is_null())
        .filter(users::state.eq("active"))
        .filter(users::id.ne(user_id))
        .count()
        .get_result(db)?)
}

/// The role of nearly everybody in a consortium.
const MOST_HELD: &str = "learner";

/// Which grants of a consortium are asked for, within what the caller may see.
#[derive(Debug, Clone, Default)]
pub struct StaffFilter {
    /// Roles that are visible in every town.
    pub roles_everywhere: Vec<String>,
    /// Towns in which every role is visible; none when all towns are.
    pub towns: Option<Vec<String>>,
    /// Only this role.
    pub role: Option<String>,
    /// Only this town.
    pub member_id: Option<String>,
}

/// The users of a consortium, each with its visible grants there.
///
/// # Errors
/// When the database refuses.
pub fn staff(
    db: &mut Db,
    consortium_id: &str,
    filter: &StaffFilter,
    only: Option<&[String]>,
    slice: &Slice,
) -> Result<Rows<(User, Vec<Grant>)>, StoreError> {
    let anywhere = filter.towns.is_none();
    let towns = filter.towns.clone().unwrap_or_default();
    let (role, any_role) = (filter.role.clone().unwrap_or_default(), filter.role.is_none());
    let in_force = || {
        grants::table.filter(grants::consortium_id.eq(consortium_id.to_owned())).filter(grants::revoked_at.is_null())
    };
    let held = || {
        in_force()
            .filter(
                anywhere
                    .into_sql::<Bool>()
                    .or(grants::role.eq_any(filter.roles_everywhere.clone()))
                    .or(grants::member_id.eq_any(towns.clone()).assume_not_null()),
            )
            .filter(any_role.into_sql::<Bool>().or(grants::role.eq(role.clone())))
    };
    let people = users::table.into_boxed();
    let people = match (&filter.member_id, only) {
        (Some(town), _) => {
            people.filter(users::id.eq_any(held().filter(grants::member_id.eq(town.clone())).select(grants::user_id)))
        }
        // Nearly everybody, or some by name: ask of each, in the order of the readings, whether he belongs here.
        (None, _) if only.is_some() || (anywhere && (any_role || role == MOST_HELD)) => {
            people.filter(exists(held().filter(sql::<Bool>("grants.user_id = users.id"))))
        }
        // A few. Those of a role and those of a town are looked up apart, each by its own index: with both in one
        // condition every grant of the consortium would be read.
        (None, _) => {
            let roles = match &filter.role {
                None => filter.roles_everywhere.clone(),
                Some(role) if anywhere || filter.roles_everywhere.contains(role) => vec![role.clone()],
                Some(_) => Vec::new(),
            };
            let (of_roles, of_towns) = (!roles.is_empty(), !towns.is_empty());
            // Learners are none of these: they are seen by towns, and by who sees all towns above.
            let by_role = in_force().filter(IsNoLearner).filter(grants::role.eq_any(roles)).select(grants::user_id);
            let by_town = in_force()
                .filter(grants::member_id.eq_any(towns.clone()))
                .filter(any_role.into_sql::<Bool>().or(grants::role.eq(role.clone())))
                .select(grants::user_id);
            match (of_roles, of_towns) {
                (true, true) => people.filter(users::id.eq_any(by_role).or(users::id.eq_any(by_town))),
                (true, false) => people.filter(users::id.eq_any(by_role)),
                (false, _) => people.filter(users::id.eq_any(by_town)),
            }
        }
    };
    let people = match only {
        Some(only) => people.filter(users::id.eq_any(only.to_vec())),
        None => people,
    };
    let people: Rows<User> = page!(db, slice, people, User::as_select())?;
    let ids: Vec<&str> = people.iter().map(|(user, _)| user.id.as_str()).collect();
    let held: Vec<Grant> = grants::table
        .filter(grants::user_id.eq_any(&ids))
        .filter(grants::consortium_id.eq(consortium_id))
        .filter(grants::revoked_at.is_null())
        .order(grants::id)
        .select(Grant::as_select())
        .load(db)?;
    let seen = |grant: &Grant| {
        filter.roles_everywhere.contains(&grant.role)
            || filter.towns.as_ref().is_none_or(|towns| grant.member_id.as_ref().is_some_and(|id| towns.contains(id)))
    };
    Ok(people
        .into_iter()
        .map(|(user, place)| {
            let own = held.iter().filter(|grant| grant.user_id == user.id && seen(grant)).cloned().collect();
            ((user, own), place)
        })
        .collect())
}
