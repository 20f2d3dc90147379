//! A forger who may hold the real key: so that each refusal has the one reason that its test names.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use identity::jwt::Grant;
use identity::secret::{Label, ServiceSecret};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Map, Value, json};

pub(crate) const ISSUER: &str = "https://yui.example";
pub(crate) const AUDIENCE: &str = "https://yui.example/api/v1";

pub(crate) fn secret() -> ServiceSecret {
    ServiceSecret::parse("q7Zt1vGm0KcX9sRw4HnBpL2yFdUe8JaTQoVi5rMk").unwrap()
}

pub(crate) fn other_secret() -> ServiceSecret {
    ServiceSecret::parse("W7Zt1vGm0KcX9sRw4HnBpL2yFdUe8JaTQoVi5rMk").unwrap()
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn grant() -> Grant {
    Grant {
        subject: "user-1".to_owned(),
        client_id: "api".to_owned(),
        session_id: "session-1".to_owned(),
        session_version: 3,
        scopes: vec!["board:read".to_owned(), "seats:write".to_owned()],
        token_id: "token-1".to_owned(),
    }
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) struct Forge {
    key: EncodingKey,
}

impl Forge {
    /// The key `k1` of [`secret`], derived here once more from its published recipe.
    pub(crate) fn new() -> Self {
        Self { key: private_key(&secret()) }
    }

    /// A key of the right kind that the table does not hold.
    pub(crate) fn stranger() -> Self {
        Self { key: private_key(&other_secret()) }
    }

    pub(crate) fn header(&self) -> String {
        json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "k1"}).to_string()
    }

    pub(crate) fn header_with(&self, name: &str, value: Value) -> Value {
        let mut header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "k1"});
        header[name] = value;
        header
    }

    pub(crate) fn claims(&self) -> Value {
        let at = now().timestamp();
        json!({
            "iss": ISSUER, "sub": "user-1", "aud": AUDIENCE, "exp": at + 900, "nbf": at, "iat": at,
            "jti": "token-1", "client_id": "api", "sid": "session-1", "ver": 3, "scope": "board:read",
        })
    }

    pub(crate) fn claims_with_literal(&self, claim: &str, literal: &str) -> String {
        self.members(|name, value| Some(if name == claim { literal.to_owned() } else { value.to_string() }))
    }

    pub(crate) fn claims_without(&self, claim: &str) -> String {
        self.members(|name, value| (name != claim).then(|| value.to_string()))
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_raw(&header.to_string(), &claims.to_string())
    }

    pub(crate) fn sign_claims(&self, claim: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[claim] = value;
        self.sign_raw(&self.header(), &claims.to_string())
    }

    pub(crate) fn sign_raw(&self, header: &str, payload: &str) -> String {
        self.sign_message(&format!("{}.{}", b64(header), b64(payload)))
    }

    pub(crate) fn sign_message(&self, message: &str) -> String {
        let signature = crypto::sign(message.as_bytes(), &self.key, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    pub(crate) fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn members(&self, write: impl Fn(&str, &Value) -> Option<String>) -> String {
        let claims: Map<String, Value> = self.claims().as_object().unwrap().clone();
        let members: Vec<String> =
            claims.iter().filter_map(|(name, value)| Some(format!("\"{name}\":{}", write(name, value)?))).collect();
        format!("{{{}}}", members.join(","))
    }
}

fn private_key(secret: &ServiceSecret) -> EncodingKey {
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let seed = secret.derive(Label::JwtEd25519, b"k1");
    EncodingKey::from_ed_der(&[head.as_slice(), &seed].concat())
}
