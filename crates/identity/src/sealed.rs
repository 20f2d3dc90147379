//! Small texts that the service gives away or stores and wants back unread and unchanged: AES-256-GCM under
//! a key derived from the service secret.
//!
//! The context (whose it is) is authenticated but not stored: a sealed value that was moved to another row
//! does not open there.

use crate::secret::{Label, ServiceSecret};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

const NONCE_BYTES: usize = 12;

/// A text that was not sealed here for this purpose and context, or was changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a sealed value does not open")]
pub struct Broken;

/// Seals bytes; every call gives another text.
///
/// # Errors
/// [`Broken`] when the system gives no randomness.
pub fn seal(secret: &ServiceSecret, label: Label, context: &str, bytes: &[u8]) -> Result<String, Broken> {
    let mut sealed = bytes.to_vec();
    let aad = Aad::from(context.as_bytes());
    let nonce = key(secret, label)?.seal_in_place_append_tag(aad, &mut sealed).or(Err(Broken))?;
    Ok(URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &sealed].concat()))
}

/// Opens what [`seal`] gave.
///
/// # Errors
/// [`Broken`] for anything else.
pub fn open(secret: &ServiceSecret, label: Label, context: &str, text: &str) -> Result<Vec<u8>, Broken> {
    let bytes = URL_SAFE_NO_PAD.decode(text).or(Err(Broken))?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or(Broken)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).or(Err(Broken))?;
    let mut sealed = sealed.to_vec();
    let opened = key(secret, label)?.open_in_place(nonce, Aad::from(context.as_bytes()), &mut sealed);
    Ok(opened.or(Err(Broken))?.to_vec())
}

fn key(secret: &ServiceSecret, label: Label) -> Result<RandomizedNonceKey, Broken> {
    RandomizedNonceKey::new(&AES_256_GCM, &secret.derive(label, b"")).or(Err(Broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> ServiceSecret {
        ServiceSecret::parse(text).unwrap()
    }

    #[test]
    fn only_the_same_secret_purpose_and_context_open_what_was_sealed() {
        let own = secret("q7Zt1vGm0KcX9sRw4HnBpL2yFdUe8JaTQoVi5rMk");
        let other = secret("x7Zt1vGm0KcX9sRw4HnBpL2yFdUe8JaTQoVi5rMk");
        let text = seal(&own, Label::SecondFactor, "u1", b"seed").unwrap();
        assert_ne!(text, seal(&own, Label::SecondFactor, "u1", b"seed").unwrap());
        assert_eq!(open(&own, Label::SecondFactor, "u1", &text).unwrap(), b"seed");
        assert_eq!(open(&other, Label::SecondFactor, "u1", &text), Err(Broken));
        assert_eq!(open(&own, Label::SignInTicket, "u1", &text), Err(Broken));
        assert_eq!(open(&own, Label::SecondFactor, "u2", &text), Err(Broken));
    }

    #[test]
    fn a_changed_or_short_text_does_not_open() {
        let own = secret("q7Zt1vGm0KcX9sRw4HnBpL2yFdUe8JaTQoVi5rMk");
        let text = seal(&own, Label::SecondFactor, "u1", b"seed").unwrap();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last letter carries bits that stand for nothing; a strict decoder refuses those.
            assert_eq!(open(&own, Label::SecondFactor, "u1", &changed), Err(Broken), "{at}");
            assert_eq!(open(&own, Label::SecondFactor, "u1", text.get(..at).unwrap()), Err(Broken), "{at}");
        }
    }
}
