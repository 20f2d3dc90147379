//! Statements that the pair of backends cannot express: multi-row inserts and row locks.

use crate::Db;
use crate::audit::{AuditEntry, Chain};
use crate::board::talk::HelpfulMark;
use crate::db::on;
use crate::idempotency::Record;
use crate::notify::NewMail;
use crate::schema::{
    assignments, audit_chains, audit_entries, helpful_marks, idempotency_records, offers, outbox, seat_accounts, users,
    waiting_entries,
};
use crate::seats::offers::Offer;
use crate::seats::waiting::WaitingEntry;
use crate::seats::{Account, Assignment};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// Rows of one INSERT: below SQLite's 32,766 parameters for the widest table.
const CHUNK: usize = 500;

/// A query compiled for both databases, with a row lock where there is more than one writer.
macro_rules! locked {
    ($db:expr, $query:expr, $run:ident) => {
        match $db {
            Db::Pg(connection) => $query.for_update().$run(connection),
            Db::Lite(connection) => $query.$run(connection),
        }
    };
}

/// The end of an audit chain, locked.
pub(crate) fn lock_audit_chain(db: &mut Db, scope: &str) -> QueryResult<Chain> {
    locked!(db, audit_chains::table.find(scope).select(Chain::as_select()), first)
}

/// Seat accounts in the order of their ids, locked.
pub(crate) fn lock_seat_accounts(db: &mut Db, ids: &[String]) -> QueryResult<Vec<Account>> {
    locked!(
        db,
        seat_accounts::table
            .filter(seat_accounts::id.eq_any(ids))
            .order(seat_accounts::id)
            .select(Account::as_select()),
        load
    )
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

/// Serialises transactions that judge the same names; SQLite has one writer and needs nothing.
pub(crate) fn lock_names(db: &mut Db, names: &[&str]) -> QueryResult<()> {
    let Db::Pg(connection) = db else { return Ok(()) };
    let mut names = names.to_vec();
    // One order for everybody: no deadlock.
    names.sort_unstable();
    names.dedup();
    for name in names {
        diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind::<diesel::sql_types::Text, _>(name)
            .execute(connection)?;
    }
    Ok(())
}

/// Ids of mails that are due and not leased; on PostgreSQL, those no other replica is taking now.
pub(crate) fn due_mails(db: &mut Db, now: NaiveDateTime, limit: i64) -> QueryResult<Vec<String>> {
    let query = outbox::table
        .filter(outbox::state.eq("pending"))
        .filter(outbox::next_attempt_at.le(now))
        .filter(outbox::claimed_until.is_null().or(outbox::claimed_until.lt(now)))
        .order((outbox::next_attempt_at, outbox::id))
        .limit(limit)
        .select(outbox::id);
    match db {
        Db::Pg(connection) => query.for_update().skip_locked().load(connection),
        Db::Lite(connection) => query.load(connection),
    }
}

pub(crate) fn insert_assignments(db: &mut Db, rows: &[Assignment]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        on!(&mut *db, c => diesel::insert_into(assignments::table).values(chunk).execute(c))?;
    }
    Ok(())
}

pub(crate) fn insert_waiting_entries(db: &mut Db, rows: &[WaitingEntry]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        on!(&mut *db, c => diesel::insert_into(waiting_entries::table).values(chunk).execute(c))?;
    }
    Ok(())
}

pub(crate) fn insert_offers(db: &mut Db, rows: &[Offer]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        on!(&mut *db, c => diesel::insert_into(offers::table).values(chunk).execute(c))?;
    }
    Ok(())
}

pub(crate) fn insert_idempotency_records(db: &mut Db, rows: &[Record]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        on!(&mut *db, c => diesel::insert_into(idempotency_records::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Adds a mark unless it stands already; returns how many were added.
pub(crate) fn insert_helpful_mark(db: &mut Db, row: &HelpfulMark) -> QueryResult<usize> {
    on!(db, c => diesel::insert_into(helpful_marks::table).values(row).on_conflict_do_nothing().execute(c))
}

/// The row of an account, locked: what belongs to it changes one writer at a time.
pub(crate) fn lock_user(db: &mut Db, id: &str) -> QueryResult<String> {
    locked!(db, users::table.find(id).select(users::id), first)
}
