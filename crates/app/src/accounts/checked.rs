//! Tokens whose signature was found good a moment ago: an Ed25519 check costs more than everything else
//! that authentication does, and the same bytes need no second one.
//!
//! Believed only while the very key table that checked them holds, and only inside their own life; sessions and
//! rights are looked at as always. Kept by hash, so that no token lies in memory longer than its request.

use chrono::{DateTime, Utc};
use identity::jwt::{AccessTokens, Claims, Refused};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

const MOST_REMEMBERED: usize = 20_000;

/// What was checked, by the hash of the token.
#[derive(Default)]
pub(super) struct Checked(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    keys: Weak<AccessTokens>,
    claims: HashMap<[u8; 32], Claims>,
}

impl Checked {
    /// Checks a token, or recalls that these keys checked it.
    pub(super) fn verify(&self, keys: &Arc<AccessTokens>, token: &str, now: DateTime<Utc>) -> Result<Claims, Refused> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(claims) = self.recall(keys, &hash)
            && (claims.nbf..claims.exp).contains(&now.timestamp())
        {
            return Ok(claims);
        }
        let claims = keys.verify(token, now)?;
        self.remember(keys, hash, &claims);
        Ok(claims)
    }

    fn recall(&self, keys: &Arc<AccessTokens>, hash: &[u8; 32]) -> Option<Claims> {
        let memory = self.lock();
        let same_keys = std::ptr::eq(memory.keys.as_ptr(), Arc::as_ptr(keys));
        if same_keys { memory.claims.get(hash).cloned() } else { None }
    }

    fn remember(&self, keys: &Arc<AccessTokens>, hash: [u8; 32], claims: &Claims) {
        let mut memory = self.lock();
        if !std::ptr::eq(memory.keys.as_ptr(), Arc::as_ptr(keys)) || memory.claims.len() >= MOST_REMEMBERED {
            // A Weak keeps the address from being given to another table while it stands here.
            *memory = Memory { keys: Arc::downgrade(keys), claims: HashMap::new() };
        }
        memory.claims.insert(hash, claims.clone());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use identity::jwt::{Grant, KeyTable};
    use identity::secret::ServiceSecret;

    fn keys(kid: &str) -> Arc<AccessTokens> {
        let secret = ServiceSecret::parse("q7fJ2mZx9LwT4vRb8NcY1sKd6HgP3eUa").unwrap();
        Arc::new(AccessTokens::new(KeyTable::new(&secret, kid, &[]).unwrap(), "https://yui.example", "yui"))
    }

    fn grant() -> Grant {
        Grant {
            subject: "u".into(),
            token_id: "t".into(),
            client_id: "api".into(),
            session_id: "s".into(),
            session_version: 1,
            scopes: vec!["all".into()],
        }
    }

    #[test]
    fn a_remembered_token_still_ends_with_its_life_and_with_its_keys() {
        let now: DateTime<Utc> = "2026-05-01T00:00:00Z".parse().unwrap();
        let (old, checked) = (keys("k1"), Checked::default());
        let token = old.issue(&grant(), now).unwrap().token;
        assert!(checked.verify(&old, &token, now).is_ok());
        assert_eq!(checked.lock().claims.len(), 1);
        assert!(checked.verify(&old, &token, now + TimeDelta::minutes(14)).is_ok());
        assert_eq!(checked.verify(&old, &token, now + TimeDelta::minutes(20)).unwrap_err(), Refused::Expired);
        assert_eq!(checked.verify(&keys("k2"), &token, now).unwrap_err(), Refused::UnknownKey);
    }

    #[test]
    fn a_forged_copy_of_a_remembered_token_is_refused() {
        let now: DateTime<Utc> = "2026-05-01T00:00:00Z".parse().unwrap();
        let (keys, checked) = (keys("k1"), Checked::default());
        let token = keys.issue(&grant(), now).unwrap().token;
        assert!(checked.verify(&keys, &token, now).is_ok());
        let forged = if token.ends_with('A') { token.replace('A', "B") } else { format!("{token}A") };
        assert!(checked.verify(&keys, &forged, now).is_err());
    }
}
