//! [`Fence`]: the second fence between consortia (S22), behind the rights and the filters of the use cases.
//!
//! On PostgreSQL every table with a consortium has a policy (`migrations/postgres/…20_fence`) that shows and takes rows of
//! the consortia named by the setting `yui.consortia` only. The setting is local to a transaction and goes with its BEGIN,
//! in one round trip: a transaction that names nobody sees nothing, and none inherits from the one before. On SQLite, one
//! process with one file, there is no such thing; what the fence would hide there is hidden by the queries alone, and
//! `tests/two_worlds.rs` reads everything to prove it. The fence never decides an answer: it catches mistakes.

use crate::db::Db;
use crate::error::StoreError;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};
use std::collections::BTreeSet;

/// Stands for every consortium; no id is made of it.
const EVERY: &str = "*";

/// Whose rows a transaction may touch. Rows that belong to no consortium are behind no fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence(Reach);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    Consortia(BTreeSet<String>),
    Service,
}

impl Fence {
    /// Around nobody: how a [`Store`](crate::Store) is opened.
    #[must_use]
    pub const fn closed() -> Self {
        Self(Reach::Consortia(BTreeSet::new()))
    }

    /// Around these consortia.
    #[must_use]
    pub fn around(consortia: impl IntoIterator<Item = String>) -> Self {
        // The ids stand in a list inside a text; what could end either is no id and opens nothing.
        let plain = |id: &String| {
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        Self(Reach::Consortia(consortia.into_iter().filter(plain).collect()))
    }

    /// Around the whole service: for its own duties, for administrators, and while nobody is known yet.
    #[must_use]
    pub const fn service_wide() -> Self {
        Self(Reach::Service)
    }

    /// Around what either is around.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Reach::Consortia(mut one), Reach::Consortia(other)) => {
                one.extend(other);
                Self(Reach::Consortia(one))
            }
            (Reach::Service, _) | (_, Reach::Service) => Self(Reach::Service),
        }
    }

    /// What follows PostgreSQL's BEGIN.
    pub(crate) fn opening(&self) -> String {
        match &self.0 {
            Reach::Consortia(ids) if ids.is_empty() => String::new(),
            Reach::Consortia(ids) => setting(&ids.iter().map(String::as_str).collect::<Vec<_>>().join(",")),
            Reach::Service => setting(EVERY),
        }
    }
}

fn setting(value: &str) -> String {
    format!("; SET LOCAL yui.consortia = '{value}'")
}

/// Opens the fence around the whole service for as long as a connection lives: for migrations.
pub(crate) fn open_for_session(db: &mut Db) -> Result<(), StoreError> {
    let Db::Pg(connection) = db else { return Ok(()) };
    Ok(connection.batch_execute("SET yui.consortia = '*'")?)
}

/// The same as a part of an address: for PostgreSQL's programs.
pub(crate) const IN_ADDRESS: &str = "-c%20yui.consortia%3D%2A";

/// See [`Store::passes_the_fence`](crate::Store::passes_the_fence).
pub(crate) fn is_passed(db: &mut Db) -> Result<bool, StoreError> {
    let Db::Pg(connection) = db else { return Ok(false) };
    let query = sql::<Bool>("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user");
    Ok(query.get_result(connection)?)
}

#[derive(QueryableByName)]
struct Before {
    #[diesel(sql_type = Nullable<Text>)]
    before: Option<String>,
    #[diesel(sql_type = Text)]
    #[allow(dead_code, reason = "a function with an effect has to be selected")]
    now: String,
}

/// Opens the fence around the whole service for the rest of the transaction.
///
/// # Errors
/// When the database refuses.
pub fn open_service_wide(db: &mut Db) -> Result<(), StoreError> {
    set(db, EVERY).map(drop)
}

/// Runs work with the fence around the whole service, then puts it back to where it stood: for the few questions that a
/// use case of one consortium has about the others.
///
/// # Errors
/// What the work answers; when the database refuses.
pub fn beyond<T, E: From<StoreError>>(db: &mut Db, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
    let before = set(db, EVERY)?;
    // After a failed statement nothing can be set, and the transaction ends anyway.
    let value = work(db)?;
    set(db, &before)?;
    Ok(value)
}

/// Sets the fence for the rest of the transaction; answers how it was.
fn set(db: &mut Db, value: &str) -> Result<String, StoreError> {
    let Db::Pg(connection) = db else { return Ok(String::new()) };
    let query = "SELECT current_setting('yui.consortia', true) AS before, set_config('yui.consortia', $1, true) AS now";
    let row: Before = diesel::sql_query(query).bind::<Text, _>(value).get_result(connection)?;
    Ok(row.before.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(ids: &[&str]) -> Fence {
        Fence::around(ids.iter().map(|id| (*id).to_owned()))
    }

    #[test]
    fn a_transaction_names_its_consortia_and_nobody_by_default() {
        assert_eq!(Fence::closed().opening(), "");
        assert_eq!(around(&["b", "a", "b"]).opening(), "; SET LOCAL yui.consortia = 'a,b'");
        assert_eq!(Fence::service_wide().opening(), "; SET LOCAL yui.consortia = '*'");
        assert_eq!(around(&["a"]).joined(around(&["b"])), around(&["a", "b"]));
        assert_eq!(around(&["a"]).joined(Fence::service_wide()), Fence::service_wide());
    }

    #[test]
    fn what_is_no_id_opens_nothing() {
        for text in ["", "*", "a,b", "a'; SET LOCAL yui.consortia = '*", "架空"] {
            assert_eq!(around(&[text]), Fence::closed(), "{text}");
        }
    }
}
