//! Sessions and their rotating refresh tokens. A session is the family of its tokens.

use crate::list::{By, Key, List, Rows, Slice, page};
use crate::schema::{refresh_tokens, session_cookies, sessions};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
#[allow(missing_docs)] // named as the columns
pub struct Session {
    pub id: String,
    pub user_id: String,
    pub user_agent: String,
    pub ip: String,
    pub created_at: NaiveDateTime,
    pub last_used_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub revoked_at: Option<NaiveDateTime>,
    pub revoke_reason: Option<String>,
    pub stepped_up_at: Option<NaiveDateTime>,
}

/// A row of `refresh_tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens)]
#[allow(missing_docs)] // named as the columns
pub struct RefreshToken {
    pub token_hash: String,
    pub session_id: String,
    pub issued_at: NaiveDateTime,
    pub used_at: Option<NaiveDateTime>,
}

/// Begins a session.
///
/// # Errors
/// When the database refuses.
pub fn begin(db: &mut Db, session: &Session) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table).values(session).execute(db)?;
    Ok(())
}

/// Lets a browser carry a session in its cookie.
///
/// # Errors
/// When the database refuses.
pub fn add_cookie(db: &mut Db, hash: &str, session_id: &str, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::insert_into(session_cookies::table)
        .values((
            session_cookies::token_hash.eq(hash),
            session_cookies::session_id.eq(session_id),
            session_cookies::issued_at.eq(at),
        ))
        .execute(db)?;
    Ok(())
}

/// The session behind a cookie.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find_by_cookie(db: &mut Db, hash: &str) -> Result<Session, StoreError> {
    Ok(session_cookies::table
        .inner_join(sessions::table)
        .filter(session_cookies::token_hash.eq(hash))
        .select(Session::as_select())
        .first(db)?)
}

/// Gives a session another cookie; the one before opens nothing any more.
///
/// # Errors
/// When the database refuses.
pub fn replace_cookie(db: &mut Db, hash: &str, session_id: &str, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::delete(session_cookies::table.filter(session_cookies::session_id.eq(session_id))).execute(db)?;
    add_cookie(db, hash, session_id, at)
}

/// Notes that the person behind a session proved to be there.
///
/// # Errors
/// When the database refuses.
pub fn note_step_up(db: &mut Db, id: &str, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(id)).set(sessions::stepped_up_at.eq(at)).execute(db)?;
    Ok(())
}

/// The programs with which somebody signed in since an instant.
///
/// # Errors
/// When the database refuses.
pub fn programs_since(db: &mut Db, user_id: &str, since: NaiveDateTime) -> Result<Vec<String>, StoreError> {
    Ok(sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::created_at.ge(since))
        .select(sessions::user_agent)
        .distinct()
        .load(db)?)
}

/// Adds a refresh token to its session.
///
/// # Errors
/// When the database refuses.
pub fn add_token(db: &mut Db, token: &RefreshToken) -> Result<(), StoreError> {
    diesel::insert_into(refresh_tokens::table).values(token).execute(db)?;
    Ok(())
}

/// One session.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Session, StoreError> {
    Ok(sessions::table.find(id).select(Session::as_select()).first(db)?)
}

/// A refresh token with its session.
///
/// # Errors
/// When the database refuses.
pub fn find_token(db: &mut Db, hash: &str) -> Result<Option<(RefreshToken, Session)>, StoreError> {
    Ok(refresh_tokens::table
        .inner_join(sessions::table.on(sessions::id.eq(refresh_tokens::session_id)))
        .filter(refresh_tokens::token_hash.eq(hash))
        .select((RefreshToken::as_select(), Session::as_select()))
        .first(db)
        .optional()?)
}

/// Marks a refresh token as used; returns whether this was its first use.
///
/// # Errors
/// When the database refuses.
pub fn use_token(db: &mut Db, hash: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(
        refresh_tokens::table.filter(refresh_tokens::token_hash.eq(hash)).filter(refresh_tokens::used_at.is_null()),
    )
    .set(refresh_tokens::used_at.eq(at))
    .execute(db)?;
    Ok(changed == 1)
}

/// Notes that a session is in use.
///
/// # Errors
/// When the database refuses.
pub fn touch(db: &mut Db, id: &str, ip: &str, user_agent: &str, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(id))
        .set((sessions::last_used_at.eq(at), sessions::ip.eq(ip), sessions::user_agent.eq(user_agent)))
        .execute(db)?;
    Ok(())
}

/// Keeps a session from going idle.
///
/// # Errors
/// When the database refuses.
pub fn note_use(db: &mut Db, id: &str, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(id)).set(sessions::last_used_at.eq(at)).execute(db)?;
    Ok(())
}

/// How somebody's sessions can stand; newest first.
pub const SESSIONS: List =
    List::falling("sessions.id", &[Key::new("created", By::Id), Key::new("used", By::Time("sessions.last_used_at"))]);

/// The sessions of a user that can still be refreshed.
///
/// # Errors
/// When the database refuses.
pub fn living(
    db: &mut Db,
    user_id: &str,
    now: NaiveDateTime,
    idle_since: NaiveDateTime,
    slice: &Slice,
) -> Result<Rows<Session>, StoreError> {
    let query = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_used_at.gt(idle_since))
        .into_boxed();
    Ok(page!(db, slice, query, Session::as_select())?)
}

/// Ends one session of a user; returns whether it lived.
///
/// # Errors
/// When the database refuses.
pub fn revoke(db: &mut Db, user_id: &str, id: &str, reason: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(
        sessions::table
            .filter(sessions::id.eq(id))
            .filter(sessions::user_id.eq(user_id))
            .filter(sessions::revoked_at.is_null()),
    )
    .set((sessions::revoked_at.eq(at), sessions::revoke_reason.eq(reason)))
    .execute(db)?;
    Ok(changed == 1)
}

/// Ends the sessions of a user, all of them or all but one; returns how many.
///
/// # Errors
/// When the database refuses.
pub fn revoke_all(
    db: &mut Db,
    user_id: &str,
    except: Option<&str>,
    reason: &str,
    at: NaiveDateTime,
) -> Result<usize, StoreError> {
    let except = except.unwrap_or_default();
    Ok(diesel::update(
        sessions::table
            .filter(sessions::user_id.eq(user_id))
            .filter(sessions::id.ne(except))
            .filter(sessions::revoked_at.is_null()),
    )
    .set((sessions::revoked_at.eq(at), sessions::revoke_reason.eq(reason)))
    .execute(db)?)
}

/// Forgets the refresh tokens and cookies of sessions that ended before an instant; the sessions stay listed for audits.
///
/// # Errors
/// When the database refuses.
pub fn forget_tokens_before(db: &mut Db, before: NaiveDateTime) -> Result<usize, StoreError> {
    let ended = sessions::table.filter(sessions::expires_at.lt(before)).select(sessions::id);
    diesel::delete(session_cookies::table.filter(session_cookies::session_id.eq_any(ended))).execute(db)?;
    Ok(diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(ended))).execute(db)?)
}
