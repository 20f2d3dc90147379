//! Statements that the pair of backends cannot express: multi-row inserts and row locks.

use crate::Db;
use crate::audit::{AuditEntry, Chain};
use crate::db::on;
use crate::notify::NewMail;
use crate::schema::{audit_chains, audit_entries, outbox, seat_accounts};
use crate::seats::Account;
use diesel::prelude::*;

/// Rows of one INSERT: below SQLite's 32,766 parameters for the widest table.
const CHUNK: usize = 500;

/// The end of an audit chain, locked on PostgreSQL; SQLite has one writer anyway.
pub(crate) fn lock_audit_chain(db: &mut Db, scope: &str) -> QueryResult<Chain> {
    let query = audit_chains::table.find(scope).select(Chain::as_select());
    match db {
        Db::Pg(connection) => query.for_update().first(connection),
        Db::Lite(connection) => query.first(connection),
    }
}

/// Seat accounts in the order of their ids, locked on PostgreSQL.
pub(crate) fn lock_seat_accounts(db: &mut Db, ids: &[String]) -> QueryResult<Vec<Account>> {
    let query = seat_accounts::table
        .filter(seat_accounts::id.eq_any(ids))
        .order(seat_accounts::id)
        .select(Account::as_select());
    match db {
        Db::Pg(connection) => query.for_update().load(connection),
        Db::Lite(connection) => query.load(connection),
    }
}

pub(crate) fn insert_audit_entries(db: &mut Db, rows: &[AuditEntry]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        on!(&mut *db, c => diesel::insert_into(audit_entries::table).values(chunk).execute(c))?;
    }
    Ok(())
}

pub(crate) fn insert_mails(db: &mut Db, rows: &[NewMail]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        on!(&mut *db, c => diesel::insert_into(outbox::table).values(chunk).execute(c))?;
    }
    Ok(())
}
