//! Statements that the pair of backends cannot express: multi-row inserts and row locks.

use crate::Db;
use crate::audit::{AuditEntry, Chain};
use crate::board::talk::HelpfulMark;
use crate::db::on;
use crate::dialect::one_or_more;
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

/// Rows of one INSERT: below PostgreSQL's 65,535 parameters for the widest table.
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

/// Many rows: by statements of many rows where each costs a round trip, row by row where each costs nothing but
/// the row, and its one statement is prepared already.
macro_rules! insert_rows {
    ($db:expr, $table:ident, $rows:expr) => {
        match $db {
            Db::Pg(connection) => $rows
                .chunks(CHUNK)
                .try_for_each(|chunk| diesel::insert_into($table::table).values(chunk).execute(connection).map(|_| ())),
            Db::Lite(connection) => $rows
                .iter()
                .try_for_each(|row| diesel::insert_into($table::table).values(row).execute(connection).map(|_| ())),
        }
    };
}

/// The end of an audit chain, locked.
pub(crate) fn lock_audit_chain(db: &mut Db, scope: &str) -> QueryResult<Chain> {
    locked!(db, audit_chains::table.find(scope).select(Chain::as_select()), first)
}

/// Seat accounts in the order of their ids, locked.
pub(crate) fn lock_seat_accounts(db: &mut Db, ids: &[String]) -> QueryResult<Vec<Account>> {
    one_or_more!(ids, seat_accounts::id, |fits| locked!(
        db,
        seat_accounts::table.filter(fits).order(seat_accounts::id).select(Account::as_select()),
        load
    ))
}

pub(crate) fn insert_audit_entries(db: &mut Db, rows: &[AuditEntry]) -> QueryResult<()> {
    insert_rows!(db, audit_entries, rows)
}

pub(crate) fn insert_mails(db: &mut Db, rows: &[NewMail]) -> QueryResult<()> {
    insert_rows!(db, outbox, rows)
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
        .filter(super::MailIsPending)
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
    insert_rows!(db, assignments, rows)
}

pub(crate) fn insert_waiting_entries(db: &mut Db, rows: &[WaitingEntry]) -> QueryResult<()> {
    insert_rows!(db, waiting_entries, rows)
}

pub(crate) fn insert_offers(db: &mut Db, rows: &[Offer]) -> QueryResult<()> {
    insert_rows!(db, offers, rows)
}

pub(crate) fn insert_idempotency_records(db: &mut Db, rows: &[Record]) -> QueryResult<()> {
    insert_rows!(db, idempotency_records, rows)
}

/// Adds a mark unless it stands already; returns how many were added.
pub(crate) fn insert_helpful_mark(db: &mut Db, row: &HelpfulMark) -> QueryResult<usize> {
    on!(db, c => diesel::insert_into(helpful_marks::table).values(row).on_conflict_do_nothing().execute(c))
}

/// The row of an account, locked: what belongs to it changes one writer at a time.
pub(crate) fn lock_user(db: &mut Db, id: &str) -> QueryResult<String> {
    locked!(db, users::table.find(id).select(users::id), first)
}
