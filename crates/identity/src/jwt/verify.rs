//! Verification of access tokens, strict before it is cryptographic.
//!
//! The library would accept more than this service ever issues: unknown header parameters, claims of
//! another type, its own clock. So form and header are checked against an allow-list first, the library
//! checks the signature with the table's key, and the times are compared here with the passed clock.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Validation, decode};
use serde::Deserialize;
use thiserror::Error;

use super::{ALGORITHM, AccessTokens, Claims, LEEWAY, LIFETIME, MAX_TOKEN_BYTES, TYPE};

/// The first check that a token failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// Larger than [`MAX_TOKEN_BYTES`].
    #[error("the token is too large")]
    TooLarge,
    /// Not three non-empty parts of canonical base64url.
    #[error("the token is malformed")]
    Malformed,
    /// A header that is no JSON object of exactly `typ`, `alg` and `kid`, or has another `typ` or `alg`.
    #[error("the token's header is not one of ours")]
    Header,
    /// A key id that is not in the table.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// A signature that the table's key did not make.
    #[error("the token's signature is wrong")]
    Signature,
    /// Claims missing, repeated, unknown, of another type, or of another issuer or audience.
    #[error("the token's claims are not ours")]
    Claims,
    /// The token has ended.
    #[error("the token has expired")]
    Expired,
    /// The token has not begun.
    #[error("the token is not valid yet")]
    NotYetValid,
}

/// The whole header of our tokens; repeated and unknown parameters (`jku`, `crit`, `b64` …) are errors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    alg: String,
    kid: String,
}

pub(super) fn verify(service: &AccessTokens, token: &str, now: DateTime<Utc>) -> Result<Claims, Refused> {
    let header = read_header(token)?;
    if header.typ != TYPE || header.alg != "EdDSA" {
        return Err(Refused::Header);
    }
    let key = service.keys.verifying(&header.kid).ok_or(Refused::UnknownKey)?;
    let claims = match decode::<Claims>(token, key.public(), &validation(service)) {
        Ok(verified) => verified.claims,
        Err(refused) => return Err(reason(refused.kind())),
    };
    check_claims(service, &claims)?;
    check_time(&claims, now)?;
    Ok(claims)
}

fn read_header(token: &str) -> Result<StrictHeader, Refused> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Refused::TooLarge);
    }
    let mut parts = token.split('.').map(|part| match URL_SAFE_NO_PAD.decode(part) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        Ok(_) | Err(_) => Err(Refused::Malformed),
    });
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refused::Malformed);
    };
    let (header, _, _) = (header?, payload?, signature?);
    // serde would also read the members from a list.
    if header.first() != Some(&b'{') {
        return Err(Refused::Header);
    }
    serde_json::from_slice(&header).map_err(|_not_ours| Refused::Header)
}

/// Time is left to [`check_time`]: the library would read the system's clock.
fn validation(service: &AccessTokens) -> Validation {
    let mut validation = Validation::new(ALGORITHM);
    validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    validation.set_issuer(&[&service.issuer]);
    validation.set_audience(&[&service.audience]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

fn reason(kind: &jsonwebtoken::errors::ErrorKind) -> Refused {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::InvalidSignature => Refused::Signature,
        ErrorKind::InvalidToken | ErrorKind::Base64(_) => Refused::Malformed,
        ErrorKind::InvalidAlgorithm => Refused::Header,
        // Everything else is a claim: the header was read before.
        _ => Refused::Claims,
    }
}

fn check_claims(service: &AccessTokens, claims: &Claims) -> Result<(), Refused> {
    let named = [&claims.sub, &claims.jti, &claims.client_id, &claims.sid];
    let life = claims.exp.checked_sub(claims.iat).ok_or(Refused::Claims)?;
    let sound = claims.iss == service.issuer
        && claims.aud == service.audience
        && named.iter().all(|text| !text.is_empty())
        && [claims.exp, claims.nbf, claims.iat, claims.ver].iter().all(|number| *number >= 0)
        && (0..=LIFETIME.num_seconds()).contains(&life);
    if sound { Ok(()) } else { Err(Refused::Claims) }
}

/// RFC 7519 §4.1: valid from `nbf` on and before `exp`, with a leeway for clocks that differ.
fn check_time(claims: &Claims, now: DateTime<Utc>) -> Result<(), Refused> {
    let (now, leeway) = (now.timestamp(), LEEWAY.num_seconds());
    if now >= claims.exp.saturating_add(leeway) {
        return Err(Refused::Expired);
    }
    let begins = claims.nbf.max(claims.iat);
    if begins > now.saturating_add(leeway) {
        return Err(Refused::NotYetValid);
    }
    Ok(())
}
