//! Notices that somebody wants once a day: the ones that were not sent by themselves and stand in no digest yet.

use crate::schema::{digest_items, notification_preferences, outbox, users};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

/// A notice that waits for the digest.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Collected {
    /// The mail.
    pub id: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// When it was written.
    pub created_at: NaiveDateTime,
}

/// `outbox` rows that wait for a digest: unsent, of a kind that its recipient wants once a day since before it was
/// written, in no digest yet.
macro_rules! collected {
    () => {
        outbox::table
            .inner_join(
                notification_preferences::table.on(outbox::user_id
                    .eq(notification_preferences::user_id.nullable())
                    .and(outbox::kind.eq(notification_preferences::kind))),
            )
            .filter(notification_preferences::digest.eq(true))
            .filter(outbox::state.eq("suppressed"))
            .filter(outbox::created_at.ge(notification_preferences::updated_at))
            .filter(not(exists(digest_items::table.filter(digest_items::outbox_id.eq(outbox::id)))))
    };
}

/// Active people for whom notices wait and who got no digest since an instant, by id.
///
/// # Errors
/// When the database refuses.
pub fn due(db: &mut Db, kind: &str, since: NaiveDateTime, limit: i64) -> Result<Vec<String>, StoreError> {
    let people: Vec<String> = collected!()
        .inner_join(users::table.on(users::id.eq(notification_preferences::user_id)))
        .filter(users::state.eq("active"))
        .select(notification_preferences::user_id)
        .distinct()
        .order(notification_preferences::user_id)
        .load(db)?;
    let had: Vec<Option<String>> = outbox::table
        .filter(outbox::kind.eq(kind.to_owned()))
        .filter(outbox::created_at.ge(since))
        .select(outbox::user_id)
        .load(db)?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(people.into_iter().filter(|id| !had.contains(&Some(id.clone()))).take(most).collect())
}

/// The notices that wait for somebody, the oldest first. Whoever makes a digest locks the person first.
///
/// # Errors
/// When the database refuses.
pub fn of_person(db: &mut Db, user_id: &str) -> Result<Vec<Collected>, StoreError> {
    crate::dialect::lock_user(db, user_id)?;
    Ok(collected!()
        .filter(notification_preferences::user_id.eq(user_id.to_owned()))
        .order(outbox::id)
        .select((outbox::id, outbox::subject, outbox::body, outbox::created_at))
        .load(db)?)
}

/// Whether somebody got a digest since an instant.
///
/// # Errors
/// When the database refuses.
pub fn had_one(db: &mut Db, user_id: &str, kind: &str, since: NaiveDateTime) -> Result<bool, StoreError> {
    let found: Option<String> = outbox::table
        .filter(outbox::user_id.eq(user_id))
        .filter(outbox::kind.eq(kind))
        .filter(outbox::created_at.ge(since))
        .select(outbox::id)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}

/// Notes in which digest the notices went.
///
/// # Errors
/// When the database refuses.
pub fn note(db: &mut Db, digest_id: &str, notices: &[Collected]) -> Result<(), StoreError> {
    for notice in notices {
        diesel::insert_into(digest_items::table)
            .values((digest_items::outbox_id.eq(&notice.id), digest_items::digest_id.eq(digest_id)))
            .execute(db)?;
    }
    Ok(())
}
