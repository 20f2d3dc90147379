//! Between the password and the session of an account with a second factor: the ticket and the code (S06, S60).

use super::super::throttle::Attempted;
use super::super::{Secret, keys, second_factor};
use super::{BrowserSession, Carrier, Entered, SignInOutcome, SignedIn, at_browser, at_program, enter, note_throttled};
use crate::audit::{Entry, Outcome};
use crate::{Code, Ctx, Error, Meta, Service};
use chrono::{DateTime, Utc};
use domain::accounts::{AccountState, SECOND_STEP_LIFE};
use identity::sealed;
use identity::secret::Label;
use identity::token::{Purpose, Token};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::accounts::users::{self, User};
use utoipa::ToSchema;

/// The second step of a sign-in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishSignIn {
    /// As the first step gave it; for five minutes.
    #[schema(value_type = String, example = "…")]
    pub ticket: Secret,
    /// A code of the second factor or a recovery code.
    #[schema(value_type = String, example = "123456")]
    pub code: Secret,
}

/// The second step of a sign-in: a code for the ticket of the first. Only now is there a session.
///
/// # Errors
/// As [`finish_sign_in_browser`].
pub async fn finish_sign_in(service: &Service, meta: &Meta, cmd: FinishSignIn) -> Result<SignedIn, Error> {
    let access = keys::access_tokens(service).await?;
    let refresh = Token::generate(Purpose::Refresh).map_err(Error::internal)?;
    let carrier = Carrier::Refresh(refresh.hash().to_string());
    let outcome = service.work_as(meta.clone(), move |ctx| finish(ctx, &cmd, &carrier)).await?;
    at_program(outcome, &access, &refresh)
}

/// The second step of a sign-in at a browser: a code for the ticket of the first. Only now is there a session (S60).
///
/// # Errors
/// [`Code::SecondFactorFailed`] for a wrong code; [`Code::SecondStepExpired`]; [`Error::TooMany`].
pub async fn finish_sign_in_browser(
    service: &Service,
    meta: &Meta,
    cmd: FinishSignIn,
) -> Result<BrowserSession, Error> {
    let cookie = Token::generate(Purpose::Cookie).map_err(Error::internal)?;
    let carrier = Carrier::Cookie(cookie.hash().to_string());
    let outcome = service.work_as(meta.clone(), move |ctx| finish(ctx, &cmd, &carrier)).await?;
    match at_browser(outcome, &cookie)? {
        Entered::Session(session) => Ok(*session),
        Entered::CodeNeeded { .. } => Err(Error::rule(Code::SecondFactorFailed)),
    }
}

/// The session, if the code is right and unused; a wrong one counts as a failed sign-in.
pub(super) fn with_code(
    ctx: &mut Ctx<'_>,
    attempted: &Attempted,
    user: User,
    code: &Secret,
    carrier: &Carrier,
) -> Result<SignInOutcome, Error> {
    if second_factor::use_code(ctx, &user.id, code)? {
        return enter(ctx, attempted, user, carrier);
    }
    attempted.count(ctx, false)?;
    let entry = Entry::by_service(None, "session.sign_in_failed", "account", attempted.account_key());
    let entry = entry.outcome(Outcome::Failed).details(json!({"reason": "wrong_code"}));
    ctx.record(entry.about_account(&user.id));
    Ok(SignInOutcome::Refused(Code::SecondFactorFailed))
}

/// What stands in the ticket between password and code; a change of the account in between voids it.
#[derive(Serialize, Deserialize)]
struct Ticket {
    user_id: String,
    version: i64,
    expires_at: DateTime<Utc>,
}

pub(super) fn ticket(ctx: &Ctx<'_>, user: &User) -> Result<String, Error> {
    let expires_at = ctx.now.checked_add_signed(SECOND_STEP_LIFE).unwrap_or(ctx.now);
    let ticket = Ticket { user_id: user.id.clone(), version: user.version, expires_at };
    let bytes = serde_json::to_vec(&ticket).map_err(Error::internal)?;
    sealed::seal(&ctx.env.secret, Label::SignInTicket, "", &bytes).map_err(Error::internal)
}

fn finish(ctx: &mut Ctx<'_>, cmd: &FinishSignIn, carrier: &Carrier) -> Result<SignInOutcome, Error> {
    let expired = || Error::rule(Code::SecondStepExpired);
    let bytes = sealed::open(&ctx.env.secret, Label::SignInTicket, "", cmd.ticket.reveal()).or(Err(expired()))?;
    let ticket: Ticket = serde_json::from_slice(&bytes).or(Err(expired()))?;
    let user = users::find(ctx.db, &ticket.user_id)?;
    let active = AccountState::parse(&user.state) == Some(AccountState::Active);
    if ticket.expires_at <= ctx.now || user.version != ticket.version || !active {
        return Err(expired());
    }
    let attempted = Attempted::new(&user.email, &ctx.meta.ip);
    if let Some(retry_after) = attempted.wait_in_line(ctx)? {
        note_throttled(ctx, &attempted);
        return Ok(SignInOutcome::Wait(retry_after));
    }
    with_code(ctx, &attempted, user, &cmd.code, carrier)
}
