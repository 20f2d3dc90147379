//! The second factor of an account (2段階認証): enrolling, codes, recovery codes, taking it away (S06).
//!
//! *Invariant:* a step of the clock and a recovery code open one door once, whichever replica is asked. An
//! enrolment counts only after its first code. What the person must know about it goes out by mail (S59).

use super::proof::{self, Proof, Wanted};
use super::{Secret, session_only};
use crate::audit::Entry;
use crate::ctx::SecondFactorRule;
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode, Service, notify};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Role};
use domain::typed::narrow;
use identity::second_factor::{Seed, recovery_codes, recovery_hash};
use mail::templates::{AccountChanged, Head};
use serde::{Deserialize, Serialize};
use store::StoreError;
use store::accounts::second_factors::{self as rows, SecondFactor};
use store::accounts::{sessions, users};
use utoipa::ToSchema;

/// The state of the caller's second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SecondFactorView {
    /// Since when sign-ins ask for a code; null while they do not.
    pub enabled_at: Option<DateTime<Utc>>,
    /// Whether the service asks this account to have one.
    pub required: bool,
    /// Recovery codes that were not used.
    #[schema(example = 10)]
    pub recovery_codes_left: i64,
}

/// What an authenticator app needs; shown until the first code confirms it.
#[derive(Clone, Serialize, ToSchema)]
pub struct EnrolmentView {
    /// The seed in base32, in groups of four.
    #[schema(example = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")]
    pub secret: String,
    /// The same as a link.
    #[schema(example = "otpauth://totp/…")]
    pub link: String,
}

/// The first code of a new second factor.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmSecondFactor {
    /// Six digits.
    #[schema(value_type = String, example = "123456")]
    pub code: Secret,
}

/// Recovery codes, in clear for this one time.
#[derive(Clone, Serialize, ToSchema)]
pub struct RecoveryCodesView {
    /// Each opens the account once in the place of a code.
    pub recovery_codes: Vec<String>,
}

/// Whether the service asks somebody to have a second factor: who acts for many, and who reads everything.
fn is_required(ctx: &Ctx<'_>, roles: impl IntoIterator<Item = Role>) -> bool {
    let guarded = |role: Role| match role {
        Role::Admin | Role::Lead | Role::Auditor => true,
        Role::Contact | Role::Learner => false,
    };
    ctx.env.settings.second_factor == SecondFactorRule::Required && roles.into_iter().any(guarded)
}

/// Whether somebody has to enrol a second factor before anything else.
pub(super) fn must_enrol(ctx: &mut Ctx<'_>, actor: &Actor) -> Result<bool, Error> {
    must_enrol_for(ctx, &actor.user_id, actor.grants.iter().map(|grant| grant.role))
}

/// As [`must_enrol`], for an account with these roles.
pub(super) fn must_enrol_for(
    ctx: &mut Ctx<'_>,
    user_id: &str,
    roles: impl IntoIterator<Item = Role>,
) -> Result<bool, Error> {
    Ok(is_required(ctx, roles) && !rows::is_confirmed(ctx.db, user_id)?)
}

/// The caller's second factor.
///
/// # Errors
/// A personal access token.
pub fn get_second_factor(ctx: &mut Ctx<'_>, call: &Call) -> Result<SecondFactorView, Error> {
    session_only(&call.actor)?;
    let user_id = &call.actor.user_id;
    let factor = rows::find(ctx.db, user_id)?;
    Ok(SecondFactorView {
        enabled_at: factor.and_then(|factor| factor.confirmed_at).map(|at| at.and_utc()),
        required: is_required(ctx, call.actor.grants.iter().map(|grant| grant.role)),
        recovery_codes_left: rows::count_recovery(ctx.db, user_id)?,
    })
}

/// The enrolment that waits for its first code; none when there is none.
///
/// # Errors
/// A personal access token.
pub fn pending_second_factor(ctx: &mut Ctx<'_>, call: &Call) -> Result<Option<EnrolmentView>, Error> {
    session_only(&call.actor)?;
    let pending = rows::find(ctx.db, &call.actor.user_id)?.filter(|factor| factor.confirmed_at.is_none());
    pending.map(|factor| enrolment(ctx, &factor)).transpose()
}

fn enrolment(ctx: &mut Ctx<'_>, factor: &SecondFactor) -> Result<EnrolmentView, Error> {
    let user = users::find(ctx.db, &factor.user_id)?;
    let seed = seed(ctx, factor)?;
    Ok(EnrolmentView { secret: seed.groups(), link: seed.link(&user.email).map_err(Error::internal)? })
}

fn seed(ctx: &Ctx<'_>, factor: &SecondFactor) -> Result<Seed, Error> {
    Seed::open(&ctx.env.secret, &factor.user_id, &factor.sealed_seed).map_err(Error::internal)
}

/// Begins an enrolment: a new seed, in the place of one that was never confirmed.
///
/// # Errors
/// [`Code::SecondFactorState`] when the account has one; a personal access token.
pub fn begin_second_factor(ctx: &mut Ctx<'_>, call: &Call) -> Result<EnrolmentView, Error> {
    proof::require_step_up(ctx, call)?;
    let user_id = &call.actor.user_id;
    let sealed = Seed::generate().map_err(Error::internal)?.seal(&ctx.env.secret, user_id).map_err(Error::internal)?;
    let row = SecondFactor {
        user_id: user_id.clone(),
        sealed_seed: sealed,
        last_step: 0,
        created_at: ctx.stamp(),
        confirmed_at: None,
    };
    match rows::begin(ctx.db, &row) {
        Err(StoreError::Constraint(constraint)) if constraint.name == "second_factors_pkey" => {
            return Err(Error::rule(Code::SecondFactorState));
        }
        other => other?,
    }
    ctx.record(Entry::done(&call.actor, None, "second_factor.begun", "user", user_id));
    enrolment(ctx, &row)
}

/// Confirms an enrolment by its first code; every other session ends (S15).
///
/// # Errors
/// A wrong code; [`Code::SecondFactorState`] when nothing waits for one.
pub fn confirm_second_factor(
    ctx: &mut Ctx<'_>,
    call: &Call,
    cmd: &ConfirmSecondFactor,
) -> Result<RecoveryCodesView, Error> {
    session_only(&call.actor)?;
    let user_id = &call.actor.user_id;
    let pending = rows::find(ctx.db, user_id)?.filter(|factor| factor.confirmed_at.is_none());
    let pending = pending.ok_or(Error::rule(Code::SecondFactorState))?;
    let Some(step) = seed(ctx, &pending)?.step_of(&digits(&cmd.code), ctx.now) else {
        let sentence = "確認コードが違います。端末の時刻が合っていることを確かめ、表示中の6桁を入力してください。";
        return Err(Error::field("/code", FieldCode::Refused { sentence }));
    };
    if !rows::confirm(ctx.db, user_id, step, ctx.stamp())? {
        return Err(Error::rule(Code::SecondFactorState));
    }
    let current = Some(call.actor.credential_id.as_str());
    sessions::revoke_all(ctx.db, user_id, current, "second_factor_enabled", ctx.stamp())?;
    proof::note_step_up(ctx, call)?;
    ctx.record(Entry::done(&call.actor, None, "second_factor.enabled", "user", user_id));
    tell(ctx, user_id, "2段階認証の開始")?;
    fresh_codes(ctx, user_id)
}

fn fresh_codes(ctx: &mut Ctx<'_>, user_id: &str) -> Result<RecoveryCodesView, Error> {
    let codes = recovery_codes().map_err(Error::internal)?;
    let hashes: Vec<String> = codes.iter().map(|code| recovery_hash(&ctx.env.secret, user_id, code)).collect();
    let now = ctx.stamp();
    rows::replace_recovery(ctx.db, user_id, &hashes, now)?;
    Ok(RecoveryCodesView { recovery_codes: codes })
}

/// New recovery codes in the place of all earlier ones; needs password and code.
///
/// # Errors
/// A wrong password or code; [`Code::SecondFactorState`] without a second factor; [`Error::TooMany`].
pub async fn renew_recovery_codes(service: &Service, call: Call, proof: Proof) -> Result<RecoveryCodesView, Error> {
    enabled(service, &call).await?;
    proof::proven(service, call, proof, Wanted::Both, |ctx, call| {
        let user_id = &call.actor.user_id;
        ctx.record(Entry::done(&call.actor, None, "second_factor.recovery_codes_renewed", "user", user_id));
        tell(ctx, user_id, "回復コードの再発行")?;
        fresh_codes(ctx, user_id)
    })
    .await
}

/// Takes the caller's second factor away; needs password and code. Every other session ends (S15).
///
/// # Errors
/// As [`renew_recovery_codes`].
pub async fn disable_second_factor(service: &Service, call: Call, proof: Proof) -> Result<(), Error> {
    enabled(service, &call).await?;
    proof::proven(service, call, proof, Wanted::Both, |ctx, call| {
        let user_id = &call.actor.user_id;
        let current = Some(call.actor.credential_id.as_str());
        sessions::revoke_all(ctx.db, user_id, current, "second_factor_disabled", ctx.stamp())?;
        ctx.record(Entry::done(&call.actor, None, "second_factor.disabled", "user", user_id));
        take_away(ctx, user_id, "2段階認証の停止")
    })
    .await
}

/// Takes the second factor of somebody away who lost phone and recovery codes. Service administrators only.
///
/// # Errors
/// A caller who is not an administrator or did not step up; [`Code::SecondFactorState`] when there is none.
pub fn reset_second_factor(ctx: &mut Ctx<'_>, call: &Call, user_id: &str) -> Result<(), Error> {
    session_only(&call.actor)?;
    call.actor.permit_service(Action::RunService)?;
    proof::require_step_up(ctx, call)?;
    users::find(ctx.db, user_id)?;
    super::sessions::end_all(ctx, user_id, "second_factor_reset")?;
    ctx.record(Entry::done(&call.actor, None, "second_factor.reset", "user", user_id));
    take_away(ctx, user_id, "管理者による2段階認証の解除")
}

/// Takes the second factor of somebody away, for the operator at the command line.
///
/// # Errors
/// [`Error::NotFound`] without such an account; [`Code::SecondFactorState`] when it has none.
pub async fn remove_second_factor(service: &Service, email: &str) -> Result<(), Error> {
    let email = email.trim().to_lowercase();
    service
        .work("reset_second_factor", move |ctx| {
            let user = users::find_by_email(ctx.db, &email)?.ok_or(Error::NotFound)?;
            super::sessions::end_all(ctx, &user.id, "second_factor_reset")?;
            ctx.record(Entry::by_service(None, "second_factor.reset", "user", &user.id));
            take_away(ctx, &user.id, "管理者による2段階認証の解除")
        })
        .await
}

async fn enabled(service: &Service, call: &Call) -> Result<(), Error> {
    let view = service.read(call.clone(), get_second_factor).await?;
    view.enabled_at.map(|_| ()).ok_or(Error::rule(Code::SecondFactorState))
}

fn take_away(ctx: &mut Ctx<'_>, user_id: &str, what: &str) -> Result<(), Error> {
    if !rows::remove(ctx.db, user_id)? {
        return Err(Error::rule(Code::SecondFactorState));
    }
    ctx.rights_changed(user_id);
    tell(ctx, user_id, what)
}

/// Uses a code or a recovery code of an account; whether it was right and unused.
pub(super) fn use_code(ctx: &mut Ctx<'_>, user_id: &str, code: &Secret) -> Result<bool, Error> {
    let Some(factor) = rows::find(ctx.db, user_id)?.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(false);
    };
    if let Some(step) = seed(ctx, &factor)?.step_of(&digits(code), ctx.now) {
        return Ok(rows::use_step(ctx.db, user_id, step)?);
    }
    let hash = recovery_hash(&ctx.env.secret, user_id, code.reveal());
    let used = rows::use_recovery(ctx.db, user_id, &hash, ctx.stamp())?;
    if used {
        ctx.record(Entry::by_service(None, "second_factor.recovery_code_used", "user", user_id).about_account(user_id));
        tell(ctx, user_id, "回復コードの使用")?;
    }
    Ok(used)
}

/// A code as people type it: 全角, spaces between the halves.
fn digits(code: &Secret) -> String {
    code.reveal().chars().filter(|letter| !letter.is_whitespace() && *letter != '-').map(narrow).collect()
}

/// Tells the owner of an account what changed about it (S59).
pub(super) fn tell(ctx: &mut Ctx<'_>, user_id: &str, what: &str) -> Result<(), Error> {
    let user = users::find(ctx.db, user_id)?;
    let url = format!("{}/me", ctx.env.settings.public_url);
    let head = Head {
        organisation: "",
        name: &user.display_name,
        consortium: super::links::SERVICE_NAME,
        contact: &ctx.env.settings.help_contact,
    };
    let letter = AccountChanged { what, at: ctx.now, address: &ctx.meta.ip, url: &url }.render(&head);
    let to = notify::person(ctx, user_id)?;
    notify::send(ctx, None, &to, &letter)
}
