//! One's own sessions: seeing them, ending them, and the password that they were opened with.

use super::throttle::{Attempted, before};
use super::{Secret, hashing, session_only};
use crate::audit::Entry;
use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode, Service};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::accounts::SESSION_IDLE;
use identity::password::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::accounts::sessions::{self, Session};
use store::accounts::users::{self, User};
use utoipa::ToSchema;

/// A session as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    /// UUIDv7.
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Address of the last sign-in or refresh.
    pub ip: String,
    /// Program of the last sign-in or refresh.
    pub user_agent: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
}

/// A new password.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present one.
    #[schema(value_type = String, format = Password)]
    pub current_password: Secret,
    /// 12 characters or more; 15 are recommended.
    #[schema(value_type = String, format = Password, min_length = 12)]
    pub new_password: Secret,
}

/// The caller's sessions that can still be refreshed, newest first.
///
/// # Errors
/// A cursor or limit that was refused; a personal access token.
pub fn list_sessions(ctx: &mut Ctx<'_>, call: &Call, query: &PageQuery) -> Result<Page<SessionView>, Error> {
    session_only(&call.actor)?;
    let list = format!("sessions/{}", call.actor.user_id);
    let listing = query.listing(ctx.env, &list, &sessions::SESSIONS)?;
    let idle_since = before(ctx, SESSION_IDLE);
    let now = ctx.stamp();
    let rows = sessions::living(ctx.db, &call.actor.user_id, now, idle_since, &listing.slice)?;
    let view = |row: Session| SessionView {
        current: row.id == call.actor.credential_id,
        id: row.id,
        ip: row.ip,
        user_agent: row.user_agent,
        created_at: row.created_at.and_utc(),
        last_used_at: row.last_used_at.and_utc(),
        expires_at: row.expires_at.and_utc(),
    };
    Ok(listing.page(ctx.env, rows, view))
}

/// Ends the session that asks.
///
/// # Errors
/// A personal access token, which has no session.
pub fn sign_out(ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Error> {
    session_only(&call.actor)?;
    end(ctx, call, &call.actor.credential_id, "signed_out")
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// [`Error::NotFound`] when the caller has no such session.
pub fn revoke_session(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<(), Error> {
    session_only(&call.actor)?;
    end(ctx, call, id, "revoked")
}

fn end(ctx: &mut Ctx<'_>, call: &Call, id: &str, reason: &'static str) -> Result<(), Error> {
    let user_id = &call.actor.user_id;
    if !sessions::revoke(ctx.db, user_id, id, reason, ctx.stamp())? {
        return Err(Error::NotFound);
    }
    ctx.rights_changed(user_id);
    ctx.record(Entry::done(&call.actor, None, "session.ended", "session", id).details(json!({"reason": reason})));
    Ok(())
}

/// Ends every session of the caller, also the one that asks.
///
/// # Errors
/// A personal access token.
pub fn revoke_all_sessions(ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Error> {
    session_only(&call.actor)?;
    end_all(ctx, &call.actor.user_id, "revoked")?;
    ctx.record(Entry::done(&call.actor, None, "session.all_ended", "user", &call.actor.user_id));
    Ok(())
}

/// Ends every session of somebody. Service administrators only.
///
/// # Errors
/// A caller who is not an administrator; [`Error::NotFound`] when there is no such user; [`Code::StepUpRequired`].
pub fn revoke_user_sessions(ctx: &mut Ctx<'_>, call: &Call, user_id: &str) -> Result<(), Error> {
    call.actor.permit_service(Action::RunService)?;
    users::find(ctx.db, user_id)?;
    super::require_step_up(ctx, call)?;
    end_all(ctx, user_id, "revoked_by_administrator")?;
    ctx.record(Entry::done(&call.actor, None, "session.all_ended", "user", user_id));
    Ok(())
}

/// Ends every session of a user and every access token made before.
pub(super) fn end_all(ctx: &mut Ctx<'_>, user_id: &str, reason: &str) -> Result<(), Error> {
    sessions::revoke_all(ctx.db, user_id, None, reason, ctx.stamp())?;
    users::raise_session_version(ctx.db, user_id)?;
    ctx.rights_changed(user_id);
    Ok(())
}

/// Changes the caller's password; every other session ends (S15). Wrong guesses count as failed sign-ins.
///
/// # Errors
/// A wrong present password, a new one that is refused, [`Error::TooMany`].
pub async fn change_password(service: &Service, call: Call, cmd: ChangePassword) -> Result<(), Error> {
    session_only(&call.actor)?;
    let user_id = call.actor.user_id.clone();
    let (user, attempted, places, wait) = service
        .look_as(call.meta.clone(), move |ctx| {
            let user = users::find(ctx.db, &user_id)?;
            let attempted = Attempted::new(&user.email, &ctx.meta.ip);
            let places = users::place_names(ctx.db, &user.id)?;
            let wait = attempted.wait(ctx)?;
            Ok((user, attempted, places, wait))
        })
        .await?;
    if let Some(retry_after) = wait {
        return Err(Error::TooMany { retry_after });
    }
    let context = hashing::context(&user.email, &user.display_name, &user.kana, &places);
    hashing::policy("/new_password", &cmd.new_password, &context)?;
    let pool = &service.accounts().hashing;
    if pool.verify(user.password_hash.clone(), cmd.current_password).await? == Verdict::NoMatch {
        if let Some(retry_after) = service.write(call, move |ctx, call| note_wrong(ctx, call, &attempted)).await? {
            return Err(Error::TooMany { retry_after });
        }
        let sentence = "現在のパスワードが違います。確かめて、もう一度入力してください。";
        return Err(Error::field("/current_password", FieldCode::Refused { sentence }));
    }
    let hash = pool.hash(cmd.new_password).await?;
    service.write(call, move |ctx, call| set_password(ctx, call, &user, &attempted, &hash)).await
}

/// Counts a wrong guess; past the limit it gets the answer that a right one would get.
fn note_wrong(ctx: &mut Ctx<'_>, call: &Call, attempted: &Attempted) -> Result<Option<u32>, Error> {
    let wait = attempted.wait_in_line(ctx)?;
    if wait.is_none() {
        attempted.count(ctx, false)?;
    }
    let entry = Entry::done(&call.actor, None, "password.change_failed", "user", &call.actor.user_id);
    ctx.record(entry.outcome(crate::audit::Outcome::Failed));
    Ok(wait)
}

fn set_password(ctx: &mut Ctx<'_>, call: &Call, user: &User, attempted: &Attempted, hash: &str) -> Result<(), Error> {
    // Judged again in line: guesses made in parallel get no more tries than guesses made in turn.
    if let Some(retry_after) = attempted.wait_in_line(ctx)? {
        return Err(Error::TooMany { retry_after });
    }
    if !users::change_password(ctx.db, &user.id, user.version, hash, ctx.stamp())? {
        return Err(Error::rule(Code::AccountState));
    }
    let current = Some(call.actor.credential_id.as_str());
    let ended = sessions::revoke_all(ctx.db, &user.id, current, "password_changed", ctx.stamp())?;
    ctx.rights_changed(&user.id);
    ctx.record(
        Entry::done(&call.actor, None, "password.changed", "user", &user.id).details(json!({"sessions_ended": ended})),
    );
    super::second_factor::tell(ctx, &user.id, "パスワードの変更")
}
