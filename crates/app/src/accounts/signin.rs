//! Sign-in by password, and by a code where the account has a second factor.
//!
//! Unknown, disabled, invited and wrong password get the same answer after the same work (S04). A person is told
//! of a program that was not seen before (S59). How a session is carried on stands in `refresh`.

mod refresh;
mod second_step;

pub use refresh::{RefreshSession, refresh_session};
pub use second_step::{FinishSignIn, finish_sign_in, finish_sign_in_browser};

use super::second_factor::must_enrol_for;
use super::throttle::{Attempted, before};
use super::users::{MeView, me_view};
use super::{Secret, keys};
use crate::audit::{Entry, Outcome};
use crate::{Code, Ctx, Error, Meta, Service, notify};
use chrono::{DateTime, Utc};
use domain::access::Role;
use domain::accounts::{AccountState, DEVICE_KNOWN, SESSION_IDLE, SESSION_LIFE};
use identity::jwt::{AccessTokens, Grant, LIFETIME};
use identity::password::Verdict;
use identity::token::{Purpose, Token};
use mail::templates::{Head, NewDevice};
use second_step::{ticket, with_code};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::accounts::second_factors;
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
    /// A code of the second factor or a recovery code, for an account that has one.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "123456")]
    pub code: Option<Secret>,
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
    /// Whether a second factor has to be enrolled first: until then the tokens open nothing but that.
    #[schema(example = false)]
    pub must_enrol: bool,
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

/// How far a sign-in at a browser came.
#[derive(Clone)]
pub enum Entered {
    /// To a session.
    Session(Box<BrowserSession>),
    /// To the second step: the ticket is no session and opens nothing without a code.
    CodeNeeded {
        /// For [`finish_sign_in_browser`], within five minutes.
        ticket: String,
    },
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
    must_enrol: bool,
    user: MeView,
    jti: String,
}

enum SignInOutcome {
    SignedIn(Box<Carried>),
    CodeNeeded { ticket: String },
    Refused(Code),
    Wait(u32),
}

/// Signs a person in.
///
/// # Errors
/// [`Code::SignInFailed`] for every wrong combination; [`Code::SecondFactorRequired`], with the ticket of
/// [`finish_sign_in`], and [`Code::SecondFactorFailed`] after a right one; [`Error::TooMany`] after too many wrong ones.
pub async fn sign_in(service: &Service, meta: &Meta, cmd: SignIn) -> Result<SignedIn, Error> {
    let access = keys::access_tokens(service).await?;
    let refresh = Token::generate(Purpose::Refresh).map_err(Error::internal)?;
    let outcome = carry_in(service, meta, cmd, Carrier::Refresh(refresh.hash().to_string())).await?;
    at_program(outcome, &access, &refresh)
}

fn at_program(outcome: SignInOutcome, access: &AccessTokens, refresh: &Token) -> Result<SignedIn, Error> {
    match outcome {
        SignInOutcome::SignedIn(carried) => hand_out(access, *carried, refresh),
        SignInOutcome::CodeNeeded { ticket } => {
            Err(Error::rule_with(Code::SecondFactorRequired, vec![("ticket", ticket)]))
        }
        SignInOutcome::Refused(code) => Err(Error::rule(code)),
        SignInOutcome::Wait(retry_after) => Err(Error::TooMany { retry_after }),
    }
}

/// Signs a person in at a browser.
///
/// # Errors
/// As [`sign_in`].
pub async fn sign_in_browser(service: &Service, meta: &Meta, cmd: SignIn) -> Result<Entered, Error> {
    let cookie = Token::generate(Purpose::Cookie).map_err(Error::internal)?;
    let outcome = carry_in(service, meta, cmd, Carrier::Cookie(cookie.hash().to_string())).await?;
    at_browser(outcome, &cookie)
}

fn at_browser(outcome: SignInOutcome, cookie: &Token) -> Result<Entered, Error> {
    match outcome {
        SignInOutcome::SignedIn(carried) => Ok(Entered::Session(Box::new(BrowserSession {
            cookie: cookie.reveal().to_owned(),
            expires_at: carried.session.expires_at.and_utc(),
            user: carried.user,
        }))),
        SignInOutcome::CodeNeeded { ticket } => Ok(Entered::CodeNeeded { ticket }),
        SignInOutcome::Refused(code) => Err(Error::rule(code)),
        SignInOutcome::Wait(retry_after) => Err(Error::TooMany { retry_after }),
    }
}

async fn carry_in(service: &Service, meta: &Meta, cmd: SignIn, carrier: Carrier) -> Result<SignInOutcome, Error> {
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
    let compared = Compared { user, verdict, rehashed, code: cmd.code };
    service.work_as(meta.clone(), move |ctx| decide(ctx, &attempted, &compared, &carrier)).await
}

/// What is known before the transaction that decides.
struct Compared {
    user: Option<User>,
    verdict: Verdict,
    rehashed: Option<String>,
    code: Option<Secret>,
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
    compared: &Compared,
    carrier: &Carrier,
) -> Result<SignInOutcome, Error> {
    // Judged again in line: guesses made in parallel get no more tries than guesses made in turn.
    if let Some(retry_after) = attempted.wait_in_line(ctx)? {
        note_throttled(ctx, attempted);
        return Ok(SignInOutcome::Wait(retry_after));
    }
    let before = compared.user.as_ref();
    let matched = matches!(compared.verdict, Verdict::Match | Verdict::MatchNeedsRehash);
    let user = before.map(|user| users::find(ctx.db, &user.id)).transpose()?;
    let unchanged = |user: &User| before.is_some_and(|before| before.password_hash == user.password_hash);
    let admitted = user
        .as_ref()
        .filter(|user| matched && unchanged(user) && AccountState::parse(&user.state) == Some(AccountState::Active));
    let Some(admitted) = admitted.cloned() else {
        attempted.count(ctx, false)?;
        note_failed(ctx, attempted, user.as_ref(), matched);
        return Ok(SignInOutcome::Refused(Code::SignInFailed));
    };
    if let Some(hash) = &compared.rehashed {
        users::change_password(ctx.db, &admitted.id, admitted.version, hash, ctx.stamp())?;
    }
    let admitted = users::find(ctx.db, &admitted.id)?;
    match &compared.code {
        _ if !second_factors::is_confirmed(ctx.db, &admitted.id)? => enter(ctx, attempted, admitted, carrier),
        // Half a sign-in is neither a failure nor a success: it lifts no earlier failure.
        None => Ok(SignInOutcome::CodeNeeded { ticket: ticket(ctx, &admitted)? }),
        Some(code) => with_code(ctx, attempted, admitted, code, carrier),
    }
}

fn enter(ctx: &mut Ctx<'_>, attempted: &Attempted, user: User, carrier: &Carrier) -> Result<SignInOutcome, Error> {
    attempted.count(ctx, true)?;
    Ok(SignInOutcome::SignedIn(Box::new(begin(ctx, user, carrier)?)))
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
        stepped_up_at: Some(ctx.stamp()),
    };
    tell_of_new_device(ctx, &user)?;
    sessions::begin(ctx.db, &session)?;
    match carrier {
        Carrier::Refresh(hash) => sessions::add_token(ctx.db, &first_use(ctx, &session.id, hash))?,
        Carrier::Cookie(hash) => sessions::add_cookie(ctx.db, hash, &session.id, ctx.stamp())?,
    }
    ctx.record(Entry::by_service(None, "session.signed_in", "session", &session.id).about_account(&user.id));
    carried(ctx, session, user)
}

/// A first sign-in is no news; later ones are when their program was not seen for a while (S59).
fn tell_of_new_device(ctx: &mut Ctx<'_>, user: &User) -> Result<(), Error> {
    let known = sessions::programs_since(ctx.db, &user.id, before(ctx, DEVICE_KNOWN))?;
    let here = versionless(&ctx.meta.user_agent);
    if known.is_empty() || known.iter().any(|one| versionless(one) == here) {
        return Ok(());
    }
    let url = format!("{}/sessions", ctx.env.settings.public_url);
    let program = super::program_name(&ctx.meta.user_agent);
    let letter = NewDevice { at: ctx.now, address: &ctx.meta.ip, program: &program, url: &url };
    let rendered = letter.render(&Head {
        organisation: "",
        name: &user.display_name,
        consortium: super::links::SERVICE_NAME,
        contact: &ctx.env.settings.help_contact,
    });
    let to = notify::person(ctx, &user.id)?;
    notify::send(ctx, None, &to, &rendered)
}

/// A program without its version: an update is no new device.
fn versionless(user_agent: &str) -> String {
    user_agent.chars().filter(|letter| !letter.is_ascii_digit() && !matches!(letter, '.' | '_')).collect()
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
    let user = me_view(ctx, user)?;
    let roles: Vec<Role> = user.grants.iter().filter_map(|grant| Role::parse(&grant.role)).collect();
    let must_enrol = must_enrol_for(ctx, &user.id, roles)?;
    Ok(Carried { session, session_version, must_enrol, user, jti: ctx.id() })
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
    let Carried { session, session_version, must_enrol, user, jti } = carried;
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
        must_enrol,
        user,
    })
}
