//! Access tokens: EdDSA JWTs with RFC 9068 claims, valid for fifteen minutes.
//!
//! The server's key table fixes the algorithm; nothing in a token chooses how it is checked (S09). The
//! clock is passed in. What is deliberately not here: whether the session still lives and which rights the
//! person has; the caller compares `sid` and `ver` with the database on every request (S14).

mod keys;
mod verify;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header, encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use keys::{Jwk, Jwks, KeyTable, KeyTableError};
pub use verify::Refused;

/// How long an access token lives.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How far two clocks may differ.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// The largest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1_024;

const ALGORITHM: Algorithm = Algorithm::EdDSA;
const TYPE: &str = "at+jwt";

/// Whom and what a new access token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The user's id.
    pub subject: String,
    /// The face that asked: `web`, `api`, `cli`.
    pub client_id: String,
    /// The session that the token belongs to.
    pub session_id: String,
    /// The session's version; a change of rights raises it and ends older tokens.
    pub session_version: i64,
    /// Scopes in the order in which they are written.
    pub scopes: Vec<String>,
    /// A unique id of the token (`jti`).
    pub token_id: String,
}

/// The claims of an access token (RFC 9068 §2.2); instants in Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The service's own URL.
    pub iss: String,
    /// The user's id.
    pub sub: String,
    /// The one audience: this API.
    pub aud: String,
    /// When the token ends.
    pub exp: i64,
    /// When the token begins.
    pub nbf: i64,
    /// When the token was made.
    pub iat: i64,
    /// The token's id.
    pub jti: String,
    /// The face that asked for it.
    pub client_id: String,
    /// The session's id.
    pub sid: String,
    /// The session's version.
    pub ver: i64,
    /// Scopes, separated by single spaces.
    pub scope: String,
}

impl Claims {
    /// Whether the token carries this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        !scope.is_empty() && self.scope.split(' ').any(|each| each == scope)
    }
}

/// A new access token and when it ends.
#[derive(Clone)]
pub struct Issued {
    /// The compact serialisation.
    pub token: String,
    /// The end of its life.
    pub expires_at: DateTime<Utc>,
}

/// The library refused to sign; a key table that was built once does not cause this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the access token could not be signed")]
pub struct SigningFailed;

/// Issues and verifies the access tokens of one service.
#[derive(Debug)]
pub struct AccessTokens {
    keys: KeyTable,
    issuer: String,
    audience: String,
}

impl AccessTokens {
    /// Binds a key table to the `iss` and `aud` of this service.
    pub fn new(keys: KeyTable, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self { keys, issuer: issuer.into(), audience: audience.into() }
    }

    /// Signs a token for fifteen minutes from `now`.
    ///
    /// # Errors
    /// [`SigningFailed`] when the cryptographic library refuses.
    pub fn issue(&self, grant: &Grant, now: DateTime<Utc>) -> Result<Issued, SigningFailed> {
        let expires_at = now.checked_add_signed(LIFETIME).ok_or(SigningFailed)?;
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: grant.subject.clone(),
            aud: self.audience.clone(),
            exp: expires_at.timestamp(),
            nbf: now.timestamp(),
            iat: now.timestamp(),
            jti: grant.token_id.clone(),
            client_id: grant.client_id.clone(),
            sid: grant.session_id.clone(),
            ver: grant.session_version,
            scope: grant.scopes.join(" "),
        };
        let signing = self.keys.signing();
        let mut header = Header::new(ALGORITHM);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(signing.kid().to_owned());
        match encode(&header, &claims, signing.private()) {
            Ok(token) => Ok(Issued { token, expires_at }),
            Err(_refused) => Err(SigningFailed),
        }
    }

    /// Checks form, header, key, signature, claims and time, in this order.
    ///
    /// # Errors
    /// [`Refused`] names the first check that failed, for the log; the caller answers 401 to all of them.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Refused> {
        verify::verify(self, token, now)
    }

    /// The public keys that verify tokens of this service (RFC 7517), for `/.well-known/jwks.json`.
    pub fn jwks(&self) -> Jwks {
        self.keys.jwks()
    }
}
