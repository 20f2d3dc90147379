//! Sign-in by password and the rotation of refresh tokens.
//!
//! Unknown, disabled, invited and wrong password get the same answer after the same work (S04). A
//! refresh token works once; within ten seconds a retry gets the same successor, later its session
//! ends, the trail says so and the person is told (S13).

use super::throttle::Attempted;
use super::users::{MeView, me_view};
use super::{Secret, keys};
use crate::audit::{Entry, Outcome};
use crate::{Code, Ctx, Error, Meta, Service, notify};
use chrono::{DateTime, Utc};
use domain::accounts::{AccountState, SESSION_IDLE, SESSION_LIFE, SecondUse, second_use, session_lives};
use identity::jwt::{AccessTokens, Grant, LIFETIME};
use identity::password::Verdict;
use identity::token::{Purpose, Token};
use mail::templates::{Head, RefreshTokenReused};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::accounts::sessions::{self, RefreshToken, Session};
use store::accounts::users::{self, User};
use utoipa::ToSchema;

/// Credentials of a person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The sign-in id.
    #[schema(example = "hanako@nakai.example.jp", max_length = 254)]
    pub email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    pub password: Secret,
}

/// A refresh token to be exchanged.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    /// As it was given last.
    #[schema(value_type = String, example = "yui_ref_…")]
    pub refresh_token: Secret,
}

/// A session with fresh tokens; it is the only place in which they are shown.
#[derive(Clone, Serialize, ToSchema)]
pub struct SignedIn {
    /// A JWT for `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds that the access token lives.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// When the access token ends.
    pub expires_at: DateTime<Utc>,
    /// Exchange it at `/sessions/refresh` before `refresh_expires_at`; it works once.
    pub refresh_token: String,
    /// When the refresh token ends if it is not used.
    pub refresh_expires_at: DateTime<Utc>,
    /// The session.
    pub session_id: String,
    /// Who signed in, with the rights held now.
    pub user: MeView,
}

/// A session that a browser carries in its cookie.
#[derive(Clone)]
pub struct BrowserSession {
    /// The value of the cookie; it is the only place in which it is shown.
    pub cookie: String,
    /// When the session ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// Who signed in, with the rights held now.
    pub user: MeView,
}

/// What carries a new session, by the hash of its secret.
enum Carrier {
    Refresh(String),
    Cookie(String),
}

/// A session that was begun or carried on.
struct Carried {
    session: Session,
    session_version: i64,
    user: MeView,
    jti: String,
}

enum SignInOutcome {
    SignedIn(Box<Carried>),
    Refused,
    Wait(u32),
}

/// Signs a person in.
///
/// # Errors
/// [`Code::SignInFailed`] for every wrong combination; [`Error::TooMany`] after too many of them.
pub async fn sign_in(service: &Service, meta: &Meta, cmd: SignIn) -> Result<SignedIn, Error> {
    let access = keys::access_tokens(service).await?;
    let refresh = Token::generate(Purpose::Refresh).map_err(Error::internal)?;
    let carried = carry_in(service, meta, cmd, Carrier::Refresh(refresh.hash().to_string())).await?;
    hand_out(&access, carried, &refresh)
}

/// Signs a person in at a browser.
///
/// # Errors
/// As [`sign_in`].
pub async fn sign_in_browser(service: &Service, meta: &Meta, cmd: SignIn) -> Result<BrowserSession, Error> {
    let cookie = Token::generate(Purpose::Cookie).map_err(Error::internal)?;
    let carried = carry_in(service, meta, cmd, Carrier::Cookie(cookie.hash().to_string())).await?;
    Ok(BrowserSession {
        cookie: cookie.reveal().to_owned(),
        expires_at: carried.session.expires_at.and_utc(),
        user: carried.user,
    })
}

async fn carry_in(service: &Service, meta: &Meta, cmd: SignIn, carrier: Carrier) -> Result<Carried, Error> {
    let email = cmd.email.trim().to_lowercase();
    let attempted = Attempted::new(&email, &meta.ip);
    let (wait, user) = service
        .look_as(meta.clone(), {
            let attempted = attempted.clone();
            move |ctx| Ok((attempted.wait(ctx)?, users::find_by_email(ctx.db, &email)?))
        })
        .await?;
    if let Some(retry_after) = wait {
        let noted = attempted.clone();
        let note = move |ctx: &mut Ctx<'_>| {
            note_throttled(ctx, &noted);
            Ok(())
        };
        service.work_as(meta.clone(), note).await?;
        return Err(Error::TooMany { retry_after });
    }
    let (verdict, rehashed) = compare(service, user.as_ref(), cmd.password).await?;
    let outcome = service
        .work_as(meta.clone(), move |ctx| {
            decide(ctx, &attempted, user.as_ref(), verdict, rehashed.as_deref(), &carrier)
        })
        .await?;
    match outcome {
        SignInOutcome::SignedIn(carried) => Ok(*carried),
        SignInOutcome::Refused => Err(Error::rule(Code::SignInFailed)),
        SignInOutcome::Wait(retry_after) => Err(Error::TooMany { retry_after }),
    }
}

/// Compares outside of any transaction; a hash that is cheaper than today's gets a successor.
async fn compare(service: &Service, user: Option<&User>, password: Secret) -> Result<(Verdict, Option<String>), Error> {
    let pool = &service.accounts().hashing;
    let stored = user.and_then(|user| user.password_hash.clone());
    let verdict = pool.verify(stored, password.clone()).await?;
    let rehashed = if verdict == Verdict::MatchNeedsRehash { Some(pool.hash(password).await?) } else { None };
    Ok((verdict, rehashed))
}

fn decide(
    ctx: &mut Ctx<'_>,
    attempted: &Attempted,
    compared: Option<&User>,
    verdict: Verdict,
    rehashed: Option<&str>,
    carrier: &Carrier,
) -> Result<SignInOutcome, Error> {
    // Judged again in line: guesses made in parallel get no more tries than guesses made in turn.
    if let Some(retry_after) = attempted.wait_in_line(ctx)? {
        note_throttled(ctx, attempted);
        return Ok(SignInOutcome::Wait(retry_after));
    }
    let matched = matches!(verdict, Verdict::Match | Verdict::MatchNeedsRehash);
    let user = compared.map(|user| users::find(ctx.db, &user.id)).transpose()?;
    let unchanged = |user: &User| compared.is_some_and(|before| before.password_hash == user.password_hash);
    let admitted = user
        .as_ref()
        .filter(|user| matched && unchanged(user) && AccountState::parse(&user.state) == Some(AccountState::Active));
    attempted.count(ctx, admitted.is_some())?;
    let Some(admitted) = admitted.cloned() else {
        note_failed(ctx, attempted, user.as_ref(), matched);
        return Ok(SignInOutcome::Refused);
    };
    if let Some(hash) = rehashed {
        users::change_password(ctx.db, &admitted.id, admitted.version, hash, ctx.stamp())?;
    }
    let carried = begin(ctx, admitted, carrier)?;
    Ok(SignInOutcome::SignedIn(Box::new(carried)))
}

fn begin(ctx: &mut Ctx<'_>, user: User, carrier: &Carrier) -> Result<Carried, Error> {
    let expires_at = ctx.stamp().checked_add_signed(SESSION_LIFE).unwrap_or(ctx.stamp());
    let session = Session {
        id: ctx.id(),
        user_id: user.id.clone(),
        user_agent: ctx.meta.user_agent.clone(),
        ip: ctx.meta.ip.clone(),
        created_at: ctx.stamp(),
        last_used_at: ctx.stamp(),
        expires_at,
        revoked_at: None,
        revoke_reason: None,
    };
    sessions::begin(ctx.db, &session)?;
    match carrier {
        Carrier::Refresh(hash) => sessions::add_token(ctx.db, &first_use(ctx, &session.id, hash))?,
        Carrier::Cookie(hash) => sessions::add_cookie(ctx.db, hash, &session.id, ctx.stamp())?,
    }
    ctx.record(Entry::by_service(None, "session.signed_in", "session", &session.id).about_account(&user.id));
    carried(ctx, session, user)
}

fn first_use(ctx: &Ctx<'_>, session_id: &str, hash: &str) -> RefreshToken {
    RefreshToken {
        token_hash: hash.to_owned(),
        session_id: session_id.to_owned(),
        issued_at: ctx.stamp(),
        used_at: None,
    }
}

fn carried(ctx: &mut Ctx<'_>, session: Session, user: User) -> Result<Carried, Error> {
    let session_version = user.session_version;
    Ok(Carried { session, session_version, user: me_view(ctx, user)?, jti: ctx.id() })
}

fn note_throttled(ctx: &mut Ctx<'_>, attempted: &Attempted) {
    ctx.record(
        Entry::by_service(None, "session.sign_in_throttled", "account", attempted.account_key())
            .outcome(Outcome::Denied),
    );
}

fn note_failed(ctx: &mut Ctx<'_>, attempted: &Attempted, user: Option<&User>, matched: bool) {
    let reason = match user {
        None => "unknown_account",
        Some(user) if AccountState::parse(&user.state) != Some(AccountState::Active) => "account_not_active",
        Some(_) if matched => "changed_meanwhile",
        Some(_) => "wrong_password",
    };
    let entry = Entry::by_service(None, "session.sign_in_failed", "account", attempted.account_key())
        .outcome(Outcome::Failed)
        .details(json!({"reason": reason}));
    ctx.record(match user {
        Some(user) => entry.about_account(&user.id),
        None => entry,
    });
}

fn hand_out(access: &AccessTokens, carried: Carried, refresh: &Token) -> Result<SignedIn, Error> {
    let Carried { session, session_version, user, jti } = carried;
    let grant = Grant {
        subject: user.id.clone(),
        client_id: "api".to_owned(),
        session_id: session.id.clone(),
        session_version,
        scopes: Vec::new(),
        token_id: jti,
    };
    let now = session.last_used_at.and_utc();
    let issued = access.issue(&grant, now).map_err(Error::internal)?;
    let idle_end = now.checked_add_signed(SESSION_IDLE).unwrap_or(now);
    Ok(SignedIn {
        access_token: issued.token,
        token_type: "Bearer",
        expires_in: LIFETIME.num_seconds(),
        expires_at: issued.expires_at,
        refresh_token: refresh.reveal().to_owned(),
        refresh_expires_at: idle_end.min(session.expires_at.and_utc()),
        session_id: session.id,
        user,
    })
}

enum Rotation {
    Carried(Box<Carried>),
    Refused,
}

/// Exchanges a refresh token for its successor and a fresh access token.
///
/// # Errors
/// [`Error::Unauthenticated`] when it is unknown, too old, or was used before.
pub async fn refresh_session(service: &Service, meta: &Meta, cmd: RefreshSession) -> Result<SignedIn, Error> {
    let access = keys::access_tokens(service).await?;
    let Ok(token) = Token::parse(Purpose::Refresh, cmd.refresh_token.reveal()) else {
        return Err(Error::Unauthenticated);
    };
    let successor = token.refresh_successor(&service.env().secret);
    let (hash, next) = (token.hash().to_string(), successor.hash().to_string());
    match service.work_as(meta.clone(), move |ctx| rotate(ctx, &hash, &next)).await? {
        Rotation::Carried(carried) => hand_out(&access, *carried, &successor),
        Rotation::Refused => Err(Error::Unauthenticated),
    }
}

fn rotate(ctx: &mut Ctx<'_>, hash: &str, next: &str) -> Result<Rotation, Error> {
    let Some((_, session)) = sessions::find_token(ctx.db, hash)? else {
        return Ok(refused(ctx, None, "unknown_token"));
    };
    let first = sessions::use_token(ctx.db, hash, ctx.stamp())?;
    // Read after the conditional update, which waited for whoever was first.
    let Some((token, session)) = sessions::find_token(ctx.db, hash)?.filter(|(_, now)| now.id == session.id) else {
        return Ok(refused(ctx, Some(&session), "unknown_token"));
    };
    let user = users::find(ctx.db, &session.user_id)?;
    let lives = session_lives(
        session.last_used_at.and_utc(),
        session.expires_at.and_utc(),
        session.revoked_at.is_some(),
        ctx.now,
    );
    if !lives || AccountState::parse(&user.state) != Some(AccountState::Active) {
        return Ok(refused(ctx, Some(&session), "session_ended"));
    }
    if first {
        let successor = first_use(ctx, &session.id, next);
        sessions::add_token(ctx.db, &successor)?;
    } else {
        let used_at = token.used_at.map_or(ctx.now, |at| at.and_utc());
        if second_use(used_at, ctx.now) == SecondUse::Theft {
            return end_stolen(ctx, &session, &user);
        }
    }
    let (ip, user_agent) = (ctx.meta.ip.clone(), ctx.meta.user_agent.clone());
    sessions::touch(ctx.db, &session.id, &ip, &user_agent, ctx.stamp())?;
    ctx.record(Entry::by_service(None, "session.refreshed", "session", &session.id).about_account(&user.id));
    let session = Session { last_used_at: ctx.stamp(), ..session };
    Ok(Rotation::Carried(Box::new(carried(ctx, session, user)?)))
}

fn refused(ctx: &mut Ctx<'_>, session: Option<&Session>, reason: &'static str) -> Rotation {
    let subject = session.map_or("unknown", |session| session.id.as_str());
    let entry = Entry::by_service(None, "session.refresh_failed", "session", subject)
        .outcome(Outcome::Failed)
        .details(json!({"reason": reason}));
    ctx.record(match session {
        Some(session) => entry.about_account(&session.user_id),
        None => entry,
    });
    Rotation::Refused
}

fn end_stolen(ctx: &mut Ctx<'_>, session: &Session, user: &User) -> Result<Rotation, Error> {
    sessions::revoke(ctx.db, &user.id, &session.id, "refresh_token_reused", ctx.stamp())?;
    ctx.rights_changed(&user.id);
    ctx.record(
        Entry::by_service(None, "session.refresh_token_reused", "session", &session.id)
            .about_account(&user.id)
            .outcome(Outcome::Denied),
    );
    let url = format!("{}/sessions", ctx.env.settings.public_url);
    let letter = RefreshTokenReused { detected_at: ctx.now, address: &ctx.meta.ip, url: &url };
    let head = Head {
        organisation: "",
        name: &user.display_name,
        consortium: super::links::SERVICE_NAME,
        contact: &ctx.env.settings.help_contact,
    };
    let rendered = letter.render(&head);
    let to = notify::person(ctx, &user.id)?;
    notify::send(ctx, None, &to, &rendered)?;
    Ok(Rotation::Refused)
}
