//! What time does by itself: offers run out, the mails of a day are gathered, idempotency records and uploaded files are forgotten after a day, and
//! the data is checked for what must always hold.

use crate::aside::{self, Standing};
use crate::verify::{Report, Walk};
use crate::{Ctx, Error, Service};
use chrono::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::{Fence, StoreError};

/// Findings of one turn that the log names.
const LOGGED: usize = 20;
/// Days for which a retry finds its answer.
const IDEMPOTENCY_DAYS: i64 = 1;

/// One turn; safe to run at any time and on several replicas.
///
/// # Errors
/// When the database refuses; the next turn tries again.
pub async fn run(service: &Service) -> Result<(), Error> {
    service.work("expire_offers", crate::seats::offers::expire_offers).await?;
    crate::notify::digest::make_digests(service).await?;
    service.work("forget_idempotency_records", forget).await?;
    service.work("forget_import_drafts", crate::imports::forget).await?;
    service.work("forget_expired", crate::accounts::forget_expired).await?;
    Ok(())
}

/// Keeps the database's plans in step with tables that grow quickly; names the tables concerned.
///
/// # Errors
/// When the database refuses; the next turn tries again.
pub async fn statistics(service: &Service) -> Result<Vec<String>, Error> {
    service.store().write(|db| store::look_at_grown_tables(db).map_err(StoreError::into)).await
}

/// Mails that wait to be delivered.
///
/// # Errors
/// When the database cannot be read.
pub async fn mails_waiting(service: &Service) -> Result<i64, Error> {
    service
        .store()
        .within(Fence::service_wide())
        .read(|db| store::notify::delivery::waiting(db).map_err(StoreError::into))
        .await
}

/// Checks every invariant on a connection of its own, and a bounded part of the hashes from where the last turn stopped.
/// Each finding is an error in the log, the first twenty of them; the number of all is for the metrics.
///
/// # Errors
/// When the database cannot be read, or [`Error::Busy`] once `stopping` is set; the next turn tries again.
pub async fn verify(service: &Service, walk: Walk, stopping: Arc<AtomicBool>) -> Result<(Walk, Report), Error> {
    let store = service.store().clone();
    let look = move || {
        let mut walk = walk;
        let report = store.observe(|db| walk.turn(db, &mut |_| !stopping.load(Ordering::Relaxed)))?;
        Ok::<_, Error>((walk, report))
    };
    // Not the very last: its snapshot keeps SQLite from starting its log anew.
    let (walk, report) = aside::run("upkeep", Standing::Behind, look).await??;
    for finding in report.findings.iter().take(LOGGED) {
        tracing::error!(rule = finding.rule, subject = %finding.subject, detail = %finding.detail, "An invariant of the data does not hold; run `yui verify`");
    }
    Ok((walk, report))
}

fn forget(ctx: &mut Ctx<'_>) -> Result<usize, Error> {
    let before = ctx.stamp().checked_sub_signed(Duration::days(IDEMPOTENCY_DAYS)).unwrap_or_else(|| ctx.stamp());
    Ok(store::idempotency::forget_before(ctx.db, before)?)
}
