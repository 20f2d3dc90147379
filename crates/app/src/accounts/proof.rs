//! Proving to be there: the password, a code, or both, given again inside a session (S16).
//!
//! A proof counts for five minutes and stands on the row of the session. Wrong guesses count as failed sign-ins,
//! so that a stolen session is no place to guess a password (S05). A browser gets another cookie (S60).

use super::throttle::Attempted;
use super::{Secret, second_factor, session_only};
use crate::audit::{Entry, Outcome};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode, Service};
use domain::accounts::{STEP_UP_LIFE, STEP_UP_SEATS};
use identity::password::Verdict;
use identity::token::{Purpose, Token};
use serde::Deserialize;
use store::accounts::sessions;
use store::accounts::users::{self, User};
use utoipa::ToSchema;

/// A password or a code, given again.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The password.
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<Secret>,
    /// A code of the second factor, or a recovery code.
    #[schema(value_type = Option<String>, example = "123456")]
    pub code: Option<Secret>,
}

/// What a proof must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One of the two.
    Either,
    /// Both.
    Both,
}

/// Refuses whoever did not prove to be there within five minutes. Signing in is a proof.
///
/// # Errors
/// [`Code::StepUpRequired`].
pub fn require_step_up(ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Error> {
    session_only(&call.actor)?;
    // The question comes before the proof: it is asked for when the act itself is sent.
    if ctx.rehearses {
        return Ok(());
    }
    let session = match sessions::find(ctx.db, &call.actor.credential_id) {
        Err(store::StoreError::Missing) => None,
        other => Some(other?),
    };
    let proved_at = session.and_then(|session| session.stepped_up_at);
    let age = proved_at.map(|at| ctx.stamp().signed_duration_since(at));
    match age {
        Some(age) if age >= chrono::TimeDelta::zero() && age < STEP_UP_LIFE => Ok(()),
        Some(_) | None => Err(Error::rule(Code::StepUpRequired)),
    }
}

/// As [`require_step_up`], for acts that move more than [`STEP_UP_SEATS`] seats at once.
///
/// # Errors
/// As [`require_step_up`].
pub fn require_step_up_for_seats(ctx: &mut Ctx<'_>, call: &Call, seats: i64) -> Result<(), Error> {
    if seats > STEP_UP_SEATS { require_step_up(ctx, call) } else { Ok(()) }
}

/// Proves to be there, for the next five minutes of the session.
///
/// # Errors
/// A wrong password or code; neither given; [`Error::TooMany`].
pub async fn step_up(service: &Service, call: Call, proof: Proof) -> Result<(), Error> {
    proven(service, call, proof, Wanted::Either, note_step_up).await
}

/// As [`step_up`], for a browser: the answer is the value of its new cookie, the one before is dead.
///
/// # Errors
/// As [`step_up`].
pub async fn step_up_browser(service: &Service, call: Call, proof: Proof) -> Result<String, Error> {
    let cookie = Token::generate(Purpose::Cookie).map_err(Error::internal)?;
    let hash = cookie.hash().to_string();
    proven(service, call, proof, Wanted::Either, move |ctx, call| {
        note_step_up(ctx, call)?;
        Ok(sessions::replace_cookie(ctx.db, &hash, &call.actor.credential_id, ctx.stamp())?)
    })
    .await?;
    Ok(cookie.reveal().to_owned())
}

/// A proof stands from now on.
pub(super) fn note_step_up(ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Error> {
    sessions::note_step_up(ctx.db, &call.actor.credential_id, ctx.stamp())?;
    ctx.rights_changed(&call.actor.user_id);
    let session = &call.actor.credential_id;
    ctx.record(Entry::done(&call.actor, None, "session.stepped_up", "session", session));
    Ok(())
}

enum Judged<T> {
    Done(T),
    Wrong(&'static str),
    Wait(u32),
}

/// Checks a proof and does what it was given for, in one transaction.
pub(super) async fn proven<T, F>(
    service: &Service,
    call: Call,
    proof: Proof,
    wanted: Wanted,
    then: F,
) -> Result<T, Error>
where
    T: Send + 'static,
    F: Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
{
    session_only(&call.actor)?;
    complete(&proof, wanted)?;
    let user_id = call.actor.user_id.clone();
    let (user, attempted, wait) = service
        .look_as(call.meta.clone(), move |ctx| {
            let user = users::find(ctx.db, &user_id)?;
            let attempted = Attempted::new(&user.email, &ctx.meta.ip);
            let wait = attempted.wait(ctx)?;
            Ok((user, attempted, wait))
        })
        .await?;
    if let Some(retry_after) = wait {
        return Err(Error::TooMany { retry_after });
    }
    let password = match proof.password {
        None => true,
        Some(password) => {
            let pool = &service.accounts().hashing;
            pool.verify(user.password_hash.clone(), password).await? != Verdict::NoMatch
        }
    };
    let code = proof.code;
    let judge = move |ctx: &mut Ctx<'_>, call: &Call| {
        judge(ctx, call, &Given { user: &user, attempted: &attempted, password, code: code.as_ref() }, &then)
    };
    match service.write(call, judge).await? {
        Judged::Done(value) => Ok(value),
        Judged::Wait(retry_after) => Err(Error::TooMany { retry_after }),
        Judged::Wrong("/code") => {
            let sentence =
                "確認コードが違うか、すでに使われています。次の番号が表示されてから、もう一度入力してください。";
            Err(Error::field("/code", FieldCode::Refused { sentence }))
        }
        Judged::Wrong(pointer) => {
            let sentence = "パスワードが違います。確かめて、もう一度入力してください。";
            Err(Error::field(pointer, FieldCode::Refused { sentence }))
        }
    }
}

fn complete(proof: &Proof, wanted: Wanted) -> Result<(), Error> {
    let missing = match (wanted, &proof.password, &proof.code) {
        (Wanted::Either, None, None) | (Wanted::Both, None, _) => "/password",
        (Wanted::Both, Some(_), None) => "/code",
        (Wanted::Either | Wanted::Both, ..) => return Ok(()),
    };
    Err(Error::field(missing, FieldCode::Required))
}

struct Given<'a> {
    user: &'a User,
    attempted: &'a Attempted,
    password: bool,
    code: Option<&'a Secret>,
}

fn judge<T>(
    ctx: &mut Ctx<'_>,
    call: &Call,
    given: &Given<'_>,
    then: &dyn Fn(&mut Ctx<'_>, &Call) -> Result<T, Error>,
) -> Result<Judged<T>, Error> {
    // Judged again in line: guesses made in parallel get no more tries than guesses made in turn.
    if let Some(retry_after) = given.attempted.wait_in_line(ctx)? {
        return Ok(Judged::Wait(retry_after));
    }
    let unchanged = users::find(ctx.db, &given.user.id)?.password_hash == given.user.password_hash;
    let wrong = if !(given.password && unchanged) {
        Some("/password")
    } else if let Some(code) = given.code
        && !second_factor::use_code(ctx, &given.user.id, code)?
    {
        Some("/code")
    } else {
        None
    };
    let Some(pointer) = wrong else { return then(ctx, call).map(Judged::Done) };
    given.attempted.count(ctx, false)?;
    let entry = Entry::done(&call.actor, None, "session.step_up_failed", "session", &call.actor.credential_id);
    ctx.record(entry.outcome(Outcome::Failed));
    Ok(Judged::Wrong(pointer))
}
