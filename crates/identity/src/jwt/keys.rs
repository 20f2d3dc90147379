//! The key table: which key signs, which keys verify, and their public half.
//!
//! A private key is `HMAC(service secret, "jwt-ed25519/" kid)` taken as an Ed25519 seed, so that rotation
//! is a new key id in the configuration and no private key is ever stored. A key id that has left the
//! table verifies nothing from that moment (S12).

use std::collections::BTreeMap;
use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk as LibraryJwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::Serialize;
use thiserror::Error;

use crate::secret::{Label, ServiceSecret};

const MAX_KID_CHARS: usize = 64;

/// PKCS#8 version 1 around a 32-byte Ed25519 seed (RFC 8410 §7); the seed follows.
const PKCS8_ED25519: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Why a key table cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyTableError {
    /// A key id is empty, too long, or has a character outside `a-z 0-9 - _ .`.
    #[error("{0:?} is no key id: use 1 to {MAX_KID_CHARS} of a-z 0-9 - _ .")]
    InvalidKid(String),
    /// The library did not accept a derived key.
    #[error("the key {0:?} could not be derived")]
    Underivable(String),
}

/// One public key as RFC 8037 writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: &'static str,
    /// Always `Ed25519`.
    pub crv: &'static str,
    /// Always `EdDSA`.
    pub alg: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub key_use: &'static str,
    /// The key id.
    pub kid: String,
    /// The public key in base64url.
    pub x: String,
}

/// A JWK set document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwks {
    /// The keys, by key id.
    pub keys: Vec<Jwk>,
}

/// The keys of the service; their algorithm is EdDSA and nothing else.
#[derive(Debug)]
pub struct KeyTable {
    signing: Key,
    verifying: BTreeMap<String, Key>,
}

impl KeyTable {
    /// Derives the signing key and the older keys whose tokens are still to be honoured.
    ///
    /// # Errors
    /// [`KeyTableError`] for a malformed key id.
    pub fn new(secret: &ServiceSecret, signing: &str, older: &[&str]) -> Result<Self, KeyTableError> {
        let signing = Key::derive(secret, signing)?;
        let mut verifying = BTreeMap::from([(signing.kid.clone(), signing.clone())]);
        for kid in older {
            verifying.insert((*kid).to_owned(), Key::derive(secret, kid)?);
        }
        Ok(Self { signing, verifying })
    }

    pub(super) fn signing(&self) -> &Key {
        &self.signing
    }

    pub(super) fn verifying(&self, kid: &str) -> Option<&Key> {
        self.verifying.get(kid)
    }

    pub(super) fn jwks(&self) -> Jwks {
        Jwks { keys: self.verifying.values().map(Key::to_jwk).collect() }
    }
}

#[derive(Clone)]
pub(super) struct Key {
    kid: String,
    private: EncodingKey,
    public: DecodingKey,
    x: String,
}

impl Key {
    fn derive(secret: &ServiceSecret, kid: &str) -> Result<Self, KeyTableError> {
        if !is_kid(kid) {
            return Err(KeyTableError::InvalidKid(kid.to_owned()));
        }
        let seed = secret.derive(Label::JwtEd25519, kid.as_bytes());
        let private = EncodingKey::from_ed_der(&[PKCS8_ED25519.as_slice(), &seed].concat());
        let underivable = || KeyTableError::Underivable(kid.to_owned());
        let Ok(jwk) = LibraryJwk::from_encoding_key(&private, Algorithm::EdDSA) else {
            return Err(underivable());
        };
        let (Ok(public), AlgorithmParameters::OctetKeyPair(pair)) = (DecodingKey::from_jwk(&jwk), jwk.algorithm) else {
            return Err(underivable());
        };
        Ok(Self { kid: kid.to_owned(), private, public, x: pair.x })
    }

    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn private(&self) -> &EncodingKey {
        &self.private
    }

    pub(super) fn public(&self) -> &DecodingKey {
        &self.public
    }

    fn to_jwk(&self) -> Jwk {
        Jwk { kty: "OKP", crv: "Ed25519", alg: "EdDSA", key_use: "sig", kid: self.kid.clone(), x: self.x.clone() }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, [hidden])", self.kid)
    }
}

fn is_kid(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    (1..=MAX_KID_CHARS).contains(&text.len()) && text.bytes().all(allowed)
}
