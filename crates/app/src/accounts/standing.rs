//! From a credential to an actor: is the token ours, does its session live, which rights hold now.
//!
//! What the database said is believed for less than a second by the service's clock and forgotten at once
//! when this process changes it; a lookup that raced with such a change is not remembered. That a second factor
//! is still to be enrolled is never remembered: behind a proxy, the request after enrolling may reach a process that asked before.

use super::places::{self, PlaceView};
use super::second_factor::must_enrol;
use super::{Changed, keys};
use crate::{Ctx, Error, Meta, Service};
use chrono::{DateTime, Utc};
use domain::access::{Actor, Grant, Role, Scope};
use domain::accounts::{AccountState, USE_NOTED, session_lives};
use domain::clock::japan_date;
use identity::jwt::{Claims, Refused};
use identity::token::{Purpose, Token};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::StoreError;
use store::accounts::users::PlacedGrant;
use store::accounts::{sessions, tokens, users};

const MOST_REMEMBERED: usize = 20_000;

/// Credentials seen valid a moment ago.
#[derive(Default)]
pub(super) struct Seen(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    generation: u64,
    standings: HashMap<String, (DateTime<Utc>, Standing)>,
}

/// What stands behind a credential.
#[derive(Debug, Clone)]
struct Standing {
    actor: Actor,
    session_version: i64,
    must_enrol: bool,
    places: Vec<PlaceView>,
    browser: Option<AtBrowser>,
}

/// What a page must know about its session.
#[derive(Debug, Clone)]
struct AtBrowser {
    ends_at: DateTime<Utc>,
    stepped_up_at: Option<DateTime<Utc>>,
    unread_notices: i64,
    place: Option<usize>,
}

/// A use that is still to be written down.
enum Unnoted {
    Token(String),
    Session(String),
}

/// Somebody behind a token of the API.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// Who it is.
    pub actor: Actor,
    /// Whether a second factor has to be enrolled before anything else (S06).
    pub must_enrol: bool,
}

/// Somebody at a browser.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who it is.
    pub actor: Actor,
    /// When the session ends at the latest, however busy it is.
    pub ends_at: DateTime<Utc>,
    /// When the person last proved to be there.
    pub stepped_up_at: Option<DateTime<Utc>>,
    /// Whether a second factor has to be enrolled before anything else (S06).
    pub must_enrol: bool,
    /// Notices that were not read, for the menu; as of at most a second ago.
    pub unread_notices: i64,
    /// The places in which roles are held.
    pub places: Vec<PlaceView>,
    /// Which of them was chosen; none while there are several and no choice.
    pub place: Option<usize>,
}

impl Seen {
    pub(super) fn forget(&self, changed: &Changed) {
        if !changed.everybody && changed.users.is_empty() {
            return;
        }
        let mut memory = self.lock();
        memory.generation = memory.generation.wrapping_add(1);
        memory.standings.retain(|_, (_, held)| !changed.everybody && !changed.users.contains(&held.actor.user_id));
    }

    fn recall(&self, credential: &str, now: DateTime<Utc>) -> (u64, Option<Standing>) {
        let memory = self.lock();
        let held = memory.standings.get(credential).filter(|(at, _)| keys::is_fresh(*at, now, keys::FRESH));
        (memory.generation, held.map(|(_, standing)| standing.clone()))
    }

    fn remember(&self, generation: u64, credential: String, now: DateTime<Utc>, standing: &Standing) {
        let mut memory = self.lock();
        // Whoever enrols a second factor goes on at once, and is not sent back to enrol.
        if memory.generation != generation || standing.must_enrol {
            return;
        }
        if memory.standings.len() >= MOST_REMEMBERED {
            memory.standings.retain(|_, (at, _)| keys::is_fresh(*at, now, keys::FRESH));
        }
        if memory.standings.len() < MOST_REMEMBERED {
            memory.standings.insert(credential, (now, standing.clone()));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The actor behind an access token or a personal access token (`yui_pat_…`).
///
/// # Errors
/// [`Error::Unauthenticated`] whatever is wrong with it; the reason goes to the log only.
pub async fn authenticate(service: &Service, token: &str, meta: &Meta) -> Result<Actor, Error> {
    authenticate_bearer(service, token, meta).await.map(|bearer| bearer.actor)
}

/// As [`authenticate`], with what the service still asks of the account.
///
/// # Errors
/// As [`authenticate`].
pub async fn authenticate_bearer(service: &Service, token: &str, meta: &Meta) -> Result<Bearer, Error> {
    let result = if token.starts_with(Purpose::PersonalAccess.prefix()) {
        by_personal_token(service, token).await
    } else {
        by_access_token(service, token).await
    };
    let bearer = |standing: Standing| Bearer { actor: standing.actor, must_enrol: standing.must_enrol };
    result.map(bearer).map_err(|refusal| match refusal {
        Refusal::Credential(reason) => {
            tracing::info!(request.id = %meta.request_id, reason, "Refused a credential");
            Error::Unauthenticated
        }
        Refusal::Fault(error) => error,
    })
}

/// The person behind the cookie of a browser (`yui_web_…`).
///
/// # Errors
/// [`Error::Unauthenticated`] whatever is wrong with it; the reason goes to the log only.
pub async fn authenticate_browser(service: &Service, cookie: &str) -> Result<Visit, Error> {
    let Ok(token) = Token::parse(Purpose::Cookie, cookie) else { return Err(Error::Unauthenticated) };
    let hash = token.hash().to_string();
    let found = standing(service, format!("cookie/{hash}"), move |ctx| of_cookie(ctx, &hash)).await;
    match found {
        Ok(Standing { actor, must_enrol, places, browser: Some(browser), .. }) => Ok(Visit {
            actor,
            places,
            place: browser.place,
            must_enrol,
            ends_at: browser.ends_at,
            stepped_up_at: browser.stepped_up_at,
            unread_notices: browser.unread_notices,
        }),
        Ok(_) | Err(Refusal::Credential(_)) => Err(Error::Unauthenticated),
        Err(Refusal::Fault(error)) => Err(error),
    }
}

enum Refusal {
    Credential(&'static str),
    Fault(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound | Error::Unauthenticated => Self::Credential("no such session, token or account"),
            other => Self::Fault(other),
        }
    }
}

async fn by_access_token(service: &Service, token: &str) -> Result<Standing, Refusal> {
    let claims = verified(service, token).await?;
    let (session_id, user_id) = (claims.sid.clone(), claims.sub.clone());
    let standing =
        standing(service, format!("session/{session_id}"), move |ctx| of_session(ctx, &session_id, &user_id)).await?;
    if standing.session_version != claims.ver || standing.actor.user_id != claims.sub {
        return Err(Refusal::Credential("the session has a newer version"));
    }
    Ok(standing)
}

async fn verified(service: &Service, token: &str) -> Result<Claims, Refusal> {
    let now = service.env().clock.now();
    let checked = &service.accounts().checked;
    let first = checked.verify(&keys::access_tokens(service).await?, token, now);
    let result = match first {
        Err(Refused::UnknownKey) => checked.verify(&keys::access_tokens_again(service).await?, token, now),
        other => other,
    };
    result.map_err(|refused| match refused {
        Refused::Expired => Refusal::Credential("expired"),
        Refused::UnknownKey => Refusal::Credential("unknown key"),
        Refused::Signature => Refusal::Credential("wrong signature"),
        Refused::TooLarge | Refused::Malformed | Refused::Header | Refused::Claims | Refused::NotYetValid => {
            Refusal::Credential("not a token of this service")
        }
    })
}

async fn by_personal_token(service: &Service, token: &str) -> Result<Standing, Refusal> {
    let Ok(token) = Token::parse(Purpose::PersonalAccess, token) else {
        return Err(Refusal::Credential("malformed personal token"));
    };
    let hash = token.hash().to_string();
    let credential = format!("token/{hash}");
    standing(service, credential, move |ctx| of_token(ctx, &hash)).await
}

async fn standing<F>(service: &Service, credential: String, look: F) -> Result<Standing, Refusal>
where
    F: Fn(&mut Ctx<'_>) -> Result<(Standing, Option<Unnoted>), Error> + Send + 'static,
{
    let seen = &service.accounts().seen;
    let now = service.env().clock.now();
    let (generation, held) = seen.recall(&credential, now);
    if let Some(held) = held {
        return Ok(held);
    }
    let (found, unnoted) = service.look_as(Meta::default(), look).await?;
    seen.remember(generation, credential, now, &found);
    if let Some(unnoted) = unnoted {
        note_use(service, unnoted).await;
    }
    Ok(found)
}

fn of_session(ctx: &mut Ctx<'_>, session_id: &str, user_id: &str) -> Result<(Standing, Option<Unnoted>), Error> {
    let session = sessions::find(ctx.db, session_id)?;
    if !lives(ctx, &session) || session.user_id != user_id {
        return Err(Error::Unauthenticated);
    }
    Ok((of_user(ctx, user_id, session.id, None)?, None))
}

/// A cookie is not refreshed as a token is: its use alone keeps the session from going idle.
fn of_cookie(ctx: &mut Ctx<'_>, hash: &str) -> Result<(Standing, Option<Unnoted>), Error> {
    let session = sessions::find_by_cookie(ctx.db, hash)?;
    if !lives(ctx, &session) {
        return Err(Error::Unauthenticated);
    }
    let noted = ctx.stamp().signed_duration_since(session.last_used_at) < USE_NOTED;
    let mut standing = of_user(ctx, &session.user_id, session.id.clone(), None)?;
    let chosen = match standing.places.as_slice() {
        [] | [_] => None,
        _ => store::accounts::places::of_session(ctx.db, &session.id, &session.user_id)?,
    };
    standing.browser = Some(AtBrowser {
        ends_at: session.expires_at.and_utc(),
        stepped_up_at: session.stepped_up_at.map(|at| at.and_utc()),
        unread_notices: crate::notify::notices::unread(ctx, &session.user_id)?,
        place: places::chosen(&standing.places, chosen.as_ref()),
    });
    Ok((standing, (!noted).then_some(Unnoted::Session(session.id))))
}

fn lives(ctx: &Ctx<'_>, session: &sessions::Session) -> bool {
    let (used, ends) = (session.last_used_at.and_utc(), session.expires_at.and_utc());
    session_lives(used, ends, session.revoked_at.is_some(), ctx.now)
}

fn of_token(ctx: &mut Ctx<'_>, hash: &str) -> Result<(Standing, Option<Unnoted>), Error> {
    let row = tokens::find_personal(ctx.db, hash)?.ok_or(Error::Unauthenticated)?;
    if row.revoked_at.is_some() || row.expires_at <= ctx.stamp() {
        return Err(Error::Unauthenticated);
    }
    let scopes: Vec<Scope> = serde_json::from_str(&row.scopes).map_err(Error::internal)?;
    let noted = row.last_used_at.is_some_and(|at| ctx.stamp().signed_duration_since(at) < USE_NOTED);
    let standing = of_user(ctx, &row.user_id, row.id.clone(), Some(scopes))?;
    Ok((standing, (!noted).then_some(Unnoted::Token(row.id))))
}

fn of_user(
    ctx: &mut Ctx<'_>,
    user_id: &str,
    credential_id: String,
    scopes: Option<Vec<Scope>>,
) -> Result<Standing, Error> {
    let user = users::find(ctx.db, user_id)?;
    if AccountState::parse(&user.state) != Some(AccountState::Active) {
        return Err(Error::Unauthenticated);
    }
    let (grants, past) = users::grants_and_past(ctx.db, user_id, japan_date(ctx.now))?;
    let places = places::of_grants(&grants);
    let grants = grants.into_iter().filter_map(to_domain).collect();
    let actor = Actor { user_id: user.id, display_name: user.display_name, credential_id, scopes, grants, past };
    let must_enrol = must_enrol(ctx, &actor)?;
    Ok(Standing { actor, session_version: user.session_version, must_enrol, places, browser: None })
}

fn to_domain(placed: PlacedGrant) -> Option<Grant> {
    let role = Role::parse(&placed.grant.role)?;
    Some(Grant { role, consortium_id: placed.grant.consortium_id, member_id: placed.grant.member_id })
}

/// A courtesy to the owner: a database that cannot write does not keep anybody from reading.
async fn note_use(service: &Service, unnoted: Unnoted) {
    let noted: Result<(), StoreError> = service
        .store()
        .write({
            let at = service.env().clock.now().naive_utc();
            move |db| match &unnoted {
                Unnoted::Token(id) => tokens::touch_personal(db, id, at),
                Unnoted::Session(id) => sessions::note_use(db, id, at),
            }
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(?error, "The use of a credential could not be noted");
    }
}
