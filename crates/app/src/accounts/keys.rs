//! The keys that sign access tokens: one signs, retired ones verify until their tokens have ended,
//! a revoked one verifies nothing within a second (S12). Every process reads the table at most once a second.

use crate::audit::Entry;
use crate::service::Call;
use crate::{Code, Ctx, Error, Meta, Page, Service};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use domain::access::Action;
use identity::jwt::{AccessTokens, KeyTable, LEEWAY, LIFETIME};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use store::StoreError;
use store::accounts::keys::{self as rows, SigningKey};
use utoipa::ToSchema;

/// How long a process may believe what it read.
pub(super) const FRESH: TimeDelta = TimeDelta::seconds(1);
/// A token that names an unknown key makes the table be read again, but not more often than this.
const RELOAD: TimeDelta = TimeDelta::milliseconds(50);

/// The key table as this process last read it.
#[derive(Default)]
pub(super) struct Keys(Mutex<(u64, Option<Loaded>)>);

#[derive(Clone)]
struct Loaded {
    rows: Vec<SigningKey>,
    tokens: Arc<AccessTokens>,
    at: DateTime<Utc>,
}

impl Keys {
    pub(super) fn forget(&self) {
        let mut held = self.lock();
        *held = (held.0.wrapping_add(1), None);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, Option<Loaded>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A public key (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JwkView {
    /// Key type.
    #[schema(example = "OKP")]
    pub kty: String,
    /// Curve.
    #[schema(example = "Ed25519")]
    pub crv: String,
    /// Algorithm.
    #[schema(example = "EdDSA")]
    pub alg: String,
    /// Use.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub key_use: String,
    /// Key id, as it stands in the header of a token.
    pub kid: String,
    /// The public key in base64url.
    pub x: String,
}

/// The public keys that verify access tokens now (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JwksView {
    /// The keys.
    pub keys: Vec<JwkView>,
}

/// A signing key as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SigningKeyView {
    /// Key id.
    pub kid: String,
    /// `signing`, `verifying` or `revoked`.
    #[schema(example = "signing")]
    pub state: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stopped signing.
    pub retired_at: Option<DateTime<Utc>>,
}

impl From<SigningKey> for SigningKeyView {
    fn from(row: SigningKey) -> Self {
        Self {
            kid: row.kid,
            state: row.state,
            created_at: row.created_at.and_utc(),
            retired_at: row.retired_at.map(|at| at.and_utc()),
        }
    }
}

/// Makes the first signing key of a new service; harmless later. For the start of the binary.
///
/// # Errors
/// When the database refuses.
pub async fn prepare(service: &Service) -> Result<(), Error> {
    let made = service
        .work("prepare_signing_keys", |ctx| {
            if rows::all(ctx.db)?.iter().any(|key| key.state == "signing") { Ok(()) } else { make(ctx).map(drop) }
        })
        .await;
    match made {
        // Another replica made one at the same moment.
        Err(Error::Internal(reason)) if reason.contains("signing_keys_signing_key") => Ok(()),
        other => other,
    }
}

/// The public keys.
///
/// # Errors
/// When the database refuses.
pub async fn jwks(service: &Service) -> Result<JwksView, Error> {
    let tokens = access_tokens(service).await?;
    let keys = tokens.jwks().keys.into_iter().map(|key| JwkView {
        kty: key.kty.to_owned(),
        crv: key.crv.to_owned(),
        alg: key.alg.to_owned(),
        key_use: key.key_use.to_owned(),
        kid: key.kid,
        x: key.x,
    });
    Ok(JwksView { keys: keys.collect() })
}

/// Every signing key, oldest first.
///
/// # Errors
/// A caller who is not an administrator.
pub fn list_signing_keys(ctx: &mut Ctx<'_>, call: &Call) -> Result<Page<SigningKeyView>, Error> {
    call.actor.permit_service(Action::RunService)?;
    // A handful in the life of a service: always one page.
    let items = rows::all(ctx.db)?.into_iter().map(SigningKeyView::from).collect();
    Ok(Page { items, next_cursor: None })
}

/// A new key signs from now on; the old one verifies until its last token has ended.
///
/// # Errors
/// A caller who is not an administrator.
pub fn rotate_signing_key(ctx: &mut Ctx<'_>, call: &Call) -> Result<SigningKeyView, Error> {
    call.actor.permit_service(Action::RunService)?;
    super::require_step_up(ctx, call)?;
    for key in rows::all(ctx.db)?.into_iter().filter(|key| key.state == "signing") {
        retire(ctx, &key.kid, "verifying")?;
    }
    let key = make(ctx)?;
    ctx.record(Entry::done(&call.actor, None, "signing_key.rotated", "signing_key", &key.kid));
    Ok(key.into())
}

/// Every token of a key ends; when it was the signing one, a new key takes its place.
///
/// # Errors
/// [`Code::SigningKeyState`] when it was revoked already.
pub fn revoke_signing_key(ctx: &mut Ctx<'_>, call: &Call, kid: &str) -> Result<SigningKeyView, Error> {
    call.actor.permit_service(Action::RunService)?;
    super::require_step_up(ctx, call)?;
    let key = rows::all(ctx.db)?.into_iter().find(|key| key.kid == kid).ok_or(Error::NotFound)?;
    if key.state == "revoked" {
        return Err(Error::rule(Code::SigningKeyState));
    }
    if !rows::change_state(ctx.db, kid, &key.state, "revoked", ctx.stamp())? {
        return Err(Error::Busy);
    }
    ctx.keys_changed();
    if key.state == "signing" {
        make(ctx)?;
    }
    ctx.record(Entry::done(&call.actor, None, "signing_key.revoked", "signing_key", kid));
    Ok(SigningKeyView { state: "revoked".to_owned(), retired_at: Some(ctx.now), ..key.into() })
}

fn retire(ctx: &mut Ctx<'_>, kid: &str, to: &str) -> Result<(), Error> {
    ctx.keys_changed();
    // Nobody else may have rotated in between: then this rotation is one too many.
    if rows::change_state(ctx.db, kid, "signing", to, ctx.stamp())? { Ok(()) } else { Err(Error::Busy) }
}

fn make(ctx: &mut Ctx<'_>) -> Result<SigningKey, Error> {
    ctx.keys_changed();
    let key = SigningKey { kid: ctx.id(), state: "signing".to_owned(), created_at: ctx.stamp(), retired_at: None };
    match rows::insert(ctx.db, &key) {
        Err(StoreError::Constraint(constraint)) if constraint.name == "signing_keys_signing_key" => {
            Err(Error::internal(constraint.name))
        }
        other => Ok(other?),
    }?;
    Ok(key)
}

/// The access tokens of this service, as of at most a second ago.
pub(super) async fn access_tokens(service: &Service) -> Result<Arc<AccessTokens>, Error> {
    no_older_than(service, FRESH).await
}

/// The same after a token named a key that is not known here: another replica may have just made it.
pub(super) async fn access_tokens_again(service: &Service) -> Result<Arc<AccessTokens>, Error> {
    no_older_than(service, RELOAD).await
}

async fn no_older_than(service: &Service, age: TimeDelta) -> Result<Arc<AccessTokens>, Error> {
    let now = service.env().clock.now();
    let (generation, held) = service.accounts().keys.lock().clone();
    if let Some(held) = held.as_ref().filter(|held| is_fresh(held.at, now, age)) {
        return Ok(Arc::clone(&held.tokens));
    }
    let rows = read(service).await?;
    let tokens = match held {
        // Deriving keys costs more than comparing rows.
        Some(held) if held.rows == rows => held.tokens,
        _ => Arc::new(derive(service, &rows)?),
    };
    let mut keys = service.accounts().keys.lock();
    if keys.0 == generation {
        keys.1 = Some(Loaded { rows, tokens: Arc::clone(&tokens), at: now });
    }
    Ok(tokens)
}

/// Whether something seen at an instant may still be believed; a clock that went back believes nothing.
pub(super) fn is_fresh(seen_at: DateTime<Utc>, now: DateTime<Utc>, age: TimeDelta) -> bool {
    let past = now.signed_duration_since(seen_at);
    past >= TimeDelta::zero() && past < age
}

async fn read(service: &Service) -> Result<Vec<SigningKey>, Error> {
    let useful = |ctx: &mut Ctx<'_>| {
        let now = ctx.stamp();
        Ok(rows::all(ctx.db)?.into_iter().filter(|key| verifies(key, now)).collect::<Vec<_>>())
    };
    let rows = service.look_as(Meta::default(), useful).await?;
    if rows.iter().any(|key| key.state == "signing") {
        return Ok(rows);
    }
    prepare(service).await?;
    service.look_as(Meta::default(), useful).await
}

/// A replica may sign with a retired key for as long as it believes its table.
fn verifies(key: &SigningKey, now: NaiveDateTime) -> bool {
    let slack = TimeDelta::seconds(30);
    match (key.state.as_str(), key.retired_at) {
        ("signing", _) => true,
        ("verifying", Some(at)) => now.signed_duration_since(at) < LIFETIME + LEEWAY + slack,
        _ => false,
    }
}

fn derive(service: &Service, rows: &[SigningKey]) -> Result<AccessTokens, Error> {
    let env = service.env();
    let (signing, older): (Vec<_>, Vec<_>) = rows.iter().partition(|key| key.state == "signing");
    let signing = signing.first().ok_or_else(|| Error::internal("no signing key"))?;
    let older: Vec<&str> = older.iter().map(|key| key.kid.as_str()).collect();
    let table = KeyTable::new(&env.secret, &signing.kid, &older).map_err(Error::internal)?;
    let issuer = env.settings.public_url.clone();
    let audience = format!("{issuer}/api/v1");
    Ok(AccessTokens::new(table, issuer, audience))
}
