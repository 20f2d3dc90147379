//! One-time links by mail: invitations and password resets. The token stands behind `#`, which
//! browsers never send, so it reaches no log; here only its hash is kept (S07).
//!
//! Asking for a reset always gets the same answer after the same work (S04); it stays open while an
//! account is locked, and a finished reset lifts the lock (S05).

use super::Secret;
use super::hashing::{context, policy};
use super::sessions::end_all;
use super::throttle::{Attempted, before};
use crate::audit::Entry;
use crate::{Code, Ctx, Error, Meta, Service, notify};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Role;
use domain::accounts::{AccountState, RESET_LIFE};
use identity::token::{Purpose, Token};
use mail::templates::{Head, Invite, NewRole, PasswordReset};
use serde::{Deserialize, Serialize};
use store::accounts::tokens::{self, OneTimeToken};
use store::accounts::users::{self, User};
use utoipa::ToSchema;

/// What mails call the service where no consortium is concerned.
pub(crate) const SERVICE_NAME: &str = "共同調達サービス「結（Yui）」";
/// More reset mails than this within [`RESET_WINDOW`] are not sent.
const MOST_RESETS: i64 = 3;
const RESET_WINDOW: TimeDelta = TimeDelta::minutes(15);

/// The first password of an invited person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// The part of the link behind `#token=`.
    #[schema(value_type = String, example = "yui_inv_…")]
    pub token: Secret,
    /// 12 characters or more; 15 are recommended.
    #[schema(value_type = String, format = Password, min_length = 12)]
    pub password: Secret,
}

/// Whose password is forgotten.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestPasswordReset {
    /// The sign-in id.
    #[schema(example = "hanako@nakai.example.jp", max_length = 254)]
    pub email: String,
}

/// A new password in place of a forgotten one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPasswordReset {
    /// The part of the link behind `#token=`.
    #[schema(value_type = String, example = "yui_rst_…")]
    pub token: Secret,
    /// 12 characters or more; 15 are recommended.
    #[schema(value_type = String, format = Password, min_length = 12)]
    pub password: Secret,
}

/// Whose password was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AcceptedView {
    /// The sign-in id to sign in with now.
    #[schema(example = "hanako@nakai.example.jp")]
    pub email: String,
}

/// What an invitation says.
pub(super) struct News<'a> {
    pub(super) consortium_id: Option<&'a str>,
    pub(super) organisation: &'a str,
    pub(super) consortium: &'a str,
    pub(super) invited_by: &'a str,
    pub(super) role: Role,
    pub(super) expires_at: DateTime<Utc>,
}

const fn role_in_words(role: Role) -> &'static str {
    match role {
        Role::Admin => "サービス管理者",
        Role::Lead => "県の担当者",
        Role::Contact => "市町村の担当者",
        Role::Learner => "職員（受講者）",
        Role::Auditor => "監査・財政",
    }
}

/// Mails a link with which an invited person sets a password; earlier links end.
pub(super) fn send_invitation(ctx: &mut Ctx<'_>, user: &User, news: &News<'_>) -> Result<(), Error> {
    let token = one_time(ctx, Purpose::Invite, Some(&user.id), news.expires_at)?;
    let url = link(ctx, "invitations", &token);
    let rendered = Invite {
        invited_by: news.invited_by,
        role: role_in_words(news.role),
        login: &user.email,
        url: &url,
        expires_at: news.expires_at,
    }
    .render(&head(ctx, user, news));
    let to = notify::person(ctx, &user.id)?;
    notify::send(ctx, news.consortium_id, &to, &rendered)
}

/// Mails that an account has a new role.
pub(super) fn send_new_role(ctx: &mut Ctx<'_>, user: &User, news: &News<'_>) -> Result<(), Error> {
    let url = ctx.env.settings.public_url.clone();
    let rendered =
        NewRole { granted_by: news.invited_by, role: role_in_words(news.role), login: &user.email, url: &url }
            .render(&head(ctx, user, news));
    let to = notify::person(ctx, &user.id)?;
    notify::send(ctx, news.consortium_id, &to, &rendered)
}

fn head<'a>(ctx: &Ctx<'a>, user: &'a User, news: &News<'a>) -> Head<'a> {
    Head {
        organisation: news.organisation,
        name: &user.display_name,
        consortium: news.consortium,
        contact: &ctx.env.settings.help_contact,
    }
}

pub(super) fn link(ctx: &Ctx<'_>, page: &str, token: &Token) -> String {
    format!("{}/{page}#token={}", ctx.env.settings.public_url, token.reveal())
}

fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Invite => "invite",
        Purpose::Bootstrap => "bootstrap",
        Purpose::Acknowledgement => "acknowledge",
        Purpose::Reset
        | Purpose::PersonalAccess
        | Purpose::Refresh
        | Purpose::Cookie
        | Purpose::Export
        | Purpose::EmailChange => "reset",
    }
}

/// Makes a one-time token in the place of earlier ones.
pub(super) fn one_time(
    ctx: &mut Ctx<'_>,
    purpose: Purpose,
    user_id: Option<&str>,
    expires_at: DateTime<Utc>,
) -> Result<Token, Error> {
    let now = ctx.stamp();
    tokens::end_one_time(ctx.db, word(purpose), user_id, now)?;
    let token = Token::generate(purpose).map_err(Error::internal)?;
    let row = OneTimeToken {
        token_hash: token.hash().to_string(),
        purpose: word(purpose).to_owned(),
        user_id: user_id.map(str::to_owned),
        subject_id: None,
        created_at: now,
        expires_at: expires_at.naive_utc(),
        used_at: None,
    };
    tokens::insert_one_time(ctx.db, &row)?;
    Ok(token)
}

/// Removes the one-time tokens of a purpose that belong to nobody.
pub(super) fn forget_all(ctx: &mut Ctx<'_>, purpose: Purpose) -> Result<(), Error> {
    tokens::remove_one_time_of_nobody(ctx.db, word(purpose))?;
    Ok(())
}

/// Uses a one-time token; exactly one caller succeeds.
pub(super) fn use_once(ctx: &mut Ctx<'_>, purpose: Purpose, hash: &str) -> Result<(), Error> {
    let now = ctx.stamp();
    if tokens::use_one_time(ctx.db, word(purpose), hash, now)? { Ok(()) } else { Err(Error::rule(Code::LinkUnusable)) }
}

/// Whether a one-time token could be used now.
pub(super) fn usable(ctx: &mut Ctx<'_>, purpose: Purpose, hash: &str) -> Result<OneTimeToken, Error> {
    let now = ctx.stamp();
    tokens::find_one_time(ctx.db, word(purpose), hash, now)?.ok_or(Error::rule(Code::LinkUnusable))
}

/// Sets the first password of an invited person; the account becomes active.
///
/// # Errors
/// [`Code::LinkUnusable`]; a password that is refused leaves the link usable.
pub async fn accept_invitation(service: &Service, meta: &Meta, cmd: AcceptInvitation) -> Result<AcceptedView, Error> {
    set_by_link(service, meta, Purpose::Invite, &cmd.token, cmd.password).await
}

/// Sets a new password by a reset link; every session and personal token ends.
///
/// # Errors
/// [`Code::LinkUnusable`]; a password that is refused leaves the link usable.
pub async fn confirm_password_reset(
    service: &Service,
    meta: &Meta,
    cmd: ConfirmPasswordReset,
) -> Result<AcceptedView, Error> {
    set_by_link(service, meta, Purpose::Reset, &cmd.token, cmd.password).await
}

async fn set_by_link(
    service: &Service,
    meta: &Meta,
    purpose: Purpose,
    token: &Secret,
    password: Secret,
) -> Result<AcceptedView, Error> {
    let Ok(token) = Token::parse(purpose, token.reveal()) else {
        return Err(Error::rule(Code::LinkUnusable));
    };
    let hash = token.hash().to_string();
    let context = service
        .look_as(meta.clone(), {
            let hash = hash.clone();
            move |ctx| {
                let user = whose(ctx, purpose, &hash)?;
                let places = users::place_names(ctx.db, &user.id)?;
                Ok(context(&user.email, &user.display_name, &user.kana, &places))
            }
        })
        .await?;
    policy("/password", &password, &context)?;
    let password = service.accounts().hashing.hash(password).await?;
    service.work_as(meta.clone(), move |ctx| set_password(ctx, purpose, &hash, &password)).await
}

fn whose(ctx: &mut Ctx<'_>, purpose: Purpose, hash: &str) -> Result<User, Error> {
    let token = usable(ctx, purpose, hash)?;
    let user_id = token.user_id.ok_or(Error::rule(Code::LinkUnusable))?;
    Ok(users::find(ctx.db, &user_id)?)
}

fn set_password(ctx: &mut Ctx<'_>, purpose: Purpose, hash: &str, password: &str) -> Result<AcceptedView, Error> {
    let user = whose(ctx, purpose, hash)?;
    use_once(ctx, purpose, hash)?;
    let state = AccountState::parse(&user.state).ok_or(Error::rule(Code::LinkUnusable))?;
    if !users::change_password(ctx.db, &user.id, user.version, password, ctx.stamp())? {
        return Err(Error::Busy);
    }
    let action = if purpose == Purpose::Invite {
        let active = state.accept().or(Err(Error::rule(Code::LinkUnusable)))?;
        users::change_state(ctx.db, &user.id, state.as_str(), active.as_str(), ctx.stamp())?;
        "user.invitation_accepted"
    } else {
        if state != AccountState::Active {
            return Err(Error::rule(Code::LinkUnusable));
        }
        end_all(ctx, &user.id, "password_reset")?;
        let now = ctx.stamp();
        tokens::revoke_all_personal(ctx.db, &user.id, now)?;
        super::second_factor::tell(ctx, &user.id, "パスワードの再設定")?;
        "password.reset"
    };
    // Who reads the mailbox is the person: earlier failures count no more.
    Attempted::new(&user.email, &ctx.meta.ip).count(ctx, true)?;
    ctx.rights_changed(&user.id);
    ctx.record(Entry::by_service(None, action, "user", &user.id).about_account(&user.id));
    Ok(AcceptedView { email: user.email })
}

/// Mails a reset link if the account exists and is active; the caller never learns whether.
///
/// # Errors
/// Only when the database refuses.
pub async fn request_password_reset(service: &Service, meta: &Meta, cmd: RequestPasswordReset) -> Result<(), Error> {
    let email = cmd.email.trim().to_lowercase();
    service.work_as(meta.clone(), move |ctx| begin_reset(ctx, &email)).await
}

fn begin_reset(ctx: &mut Ctx<'_>, email: &str) -> Result<(), Error> {
    let found = users::find_by_email(ctx.db, email)?;
    let since = before(ctx, RESET_WINDOW);
    let nobody = String::new();
    let asked = found.as_ref().map_or(&nobody, |user| &user.id);
    let sent = tokens::count_one_time_since(ctx.db, word(Purpose::Reset), asked, since)?;
    let user =
        found.filter(|user| AccountState::parse(&user.state) == Some(AccountState::Active) && sent < MOST_RESETS);
    let expires_at = ctx.now.checked_add_signed(RESET_LIFE).unwrap_or(ctx.now);
    // For nobody a token of nobody is made: the same statements take the same time.
    let token = one_time(ctx, Purpose::Reset, user.as_ref().map(|user| user.id.as_str()), expires_at)?;
    let attempted = Attempted::new(email, &ctx.meta.ip);
    let entry = Entry::by_service(None, "password.reset_requested", "account", attempted.account_key());
    let Some(user) = user else {
        ctx.record(entry.outcome(crate::audit::Outcome::Failed));
        return Ok(());
    };
    ctx.record(entry.about_account(&user.id));
    let url = link(ctx, "password-resets", &token);
    let rendered = PasswordReset { requested_at: ctx.now, url: &url, expires_at }.render(&Head {
        organisation: "",
        name: &user.display_name,
        consortium: SERVICE_NAME,
        contact: &ctx.env.settings.help_contact,
    });
    let to = notify::person(ctx, &user.id)?;
    notify::send(ctx, None, &to, &rendered)
}

/// Forgets what nothing reads any more: old attempts, ended one-time and refresh tokens. For a worker.
///
/// # Errors
/// When the database refuses.
pub fn forget_expired(ctx: &mut Ctx<'_>) -> Result<usize, Error> {
    let long_ago = before(ctx, TimeDelta::days(30));
    let attempts = super::throttle::forget(ctx)?;
    let links = tokens::forget_one_time_before(ctx.db, long_ago)?;
    let refresh = store::accounts::sessions::forget_tokens_before(ctx.db, long_ago)?;
    let addresses = store::accounts::email_changes::forget_before(ctx.db, long_ago)?;
    Ok(attempts.saturating_add(links).saturating_add(refresh).saturating_add(addresses))
}
