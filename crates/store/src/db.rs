//! [`Db`], the connection every query function takes, and `on!` for what it cannot express.
//!
//! Queries are written once against `&mut Db`; diesel renders them for the database behind it.
//! Upserts, multi-row inserts and `FOR UPDATE` do not compile on the pair: there `on!` compiles the
//! expression for each database. Area files use it for what every claim of a seat runs: compiled for one
//! database a statement has a type, by which its connection finds it prepared without writing its text again.
#![allow(missing_docs, unreachable_pub, reason = "the derive generates public items without either")]

use diesel::{PgConnection, SqliteConnection};

/// A connection to whichever database the service runs on.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// PostgreSQL: production, any number of replicas.
    Pg(PgConnection),
    /// SQLite: the default, one process, no server.
    Lite(SqliteConnection),
}

/// Compiles one expression for both databases: `on!(db, c => query.on_conflict_do_nothing().execute(c))`.
macro_rules! on {
    ($db:expr, $connection:ident => $query:expr) => {
        match $db {
            $crate::Db::Pg($connection) => $query,
            $crate::Db::Lite($connection) => $query,
        }
    };
}
pub(crate) use on;
