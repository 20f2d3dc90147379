//! The service secret, and the keys derived from it.
//!
//! One value configures the service: signing seeds, refresh successors and cursor tags are HMAC-SHA256 of
//! it under a label of their own, so that no private key lies in the database and one key never serves
//! two purposes. Weak and sample values are refused at start (no default credentials).

use std::collections::BTreeSet;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The value that stands in the sample configuration file; a service never starts with it.
pub const SAMPLE_SECRET: &str = "yui-sample-secret-replace-me-with-48-random-bytes";

/// The shortest secret that is accepted, in bytes.
pub const MIN_SECRET_BYTES: usize = 32;

const BLOCK_BYTES: usize = 64;
const MIN_DISTINCT_BYTES: usize = 10;
const GIVEAWAYS: [&str; 8] =
    ["changeme", "change-me", "change_me", "replace-me", "replaceme", "password", "sample", "example"];

/// Why a configured secret is refused; the value itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WeakSecret {
    /// Fewer than [`MIN_SECRET_BYTES`] bytes.
    #[error("the service secret is shorter than {MIN_SECRET_BYTES} bytes")]
    TooShort,
    /// The sample file's value, or a value with a word such as `changeme` in it.
    #[error("the service secret is a sample value")]
    Sample,
    /// Repeated or sequential characters instead of randomness.
    #[error("the service secret is repetitive or sequential")]
    Predictable,
}

/// What a derived key is for; each purpose has a key space of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// The Ed25519 seed that signs access tokens; the data is the key id.
    JwtEd25519,
    /// The successor of a refresh token; the data is the token.
    Refresh,
    /// The tag that makes a list cursor unforgeable; the data is the cursor.
    Cursor,
    /// The secret of a lottery until its draw; the data is the entry call.
    Lottery,
    /// The key that seals the seeds of second factors; there is no data.
    SecondFactor,
    /// The hash of a recovery code; the data is the account and the code.
    RecoveryCode,
    /// The key that seals the ticket between password and second factor; there is no data.
    SignInTicket,
    /// The key that seals bodies of mails with one-time links until they are sent; there is no data.
    MailBody,
    /// The key that seals stored answers that show a secret once; there is no data.
    StoredReply,
}

impl Label {
    fn as_str(self) -> &'static str {
        match self {
            Label::JwtEd25519 => "jwt-ed25519",
            Label::Refresh => "refresh",
            Label::Cursor => "cursor",
            Label::Lottery => "lottery",
            Label::SecondFactor => "second-factor",
            Label::RecoveryCode => "recovery-code",
            Label::SignInTicket => "sign-in-ticket",
            Label::MailBody => "mail-body",
            Label::StoredReply => "stored-reply",
        }
    }
}

/// The secret of the service: at least 32 bytes, zeroised on drop, never printed.
pub struct ServiceSecret(SecretBox<[u8; BLOCK_BYTES]>);

impl ServiceSecret {
    /// Takes a configured secret; white space around it is ignored, because files end with a newline.
    ///
    /// # Errors
    /// [`WeakSecret`] when the value is short, a sample, or visibly not random.
    pub fn parse(text: &str) -> Result<Self, WeakSecret> {
        let text = text.trim();
        if text.len() < MIN_SECRET_BYTES {
            return Err(WeakSecret::TooShort);
        }
        let lower = text.to_ascii_lowercase();
        if text == SAMPLE_SECRET || GIVEAWAYS.iter().any(|word| lower.contains(word)) {
            return Err(WeakSecret::Sample);
        }
        if is_predictable(lower.as_bytes()) {
            return Err(WeakSecret::Predictable);
        }
        Ok(Self(SecretBox::new(Box::new(hmac_block(text.as_bytes())))))
    }

    /// Derives 32 bytes for one purpose: `HMAC-SHA256(secret, label "/" data)`.
    pub fn derive(&self, label: Label, data: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(self.0.expose_secret().into());
        mac.update(label.as_str().as_bytes());
        mac.update(b"/");
        mac.update(data);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ServiceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceSecret([hidden])")
    }
}

/// RFC 2104's key block: longer keys are hashed, shorter ones padded, so that keying cannot fail later.
fn hmac_block(key: &[u8]) -> [u8; BLOCK_BYTES] {
    let digest: [u8; 32];
    let short = if key.len() > BLOCK_BYTES {
        digest = Sha256::digest(key).into();
        digest.as_slice()
    } else {
        key
    };
    let mut block = [0; BLOCK_BYTES];
    for (slot, byte) in block.iter_mut().zip(short) {
        *slot = *byte;
    }
    block
}

fn is_predictable(bytes: &[u8]) -> bool {
    let distinct = bytes.iter().collect::<BTreeSet<_>>().len();
    let half = bytes.len() / 2;
    let periodic = (1..=half).any(|period| bytes.iter().zip(bytes.iter().skip(period)).all(|(a, b)| a == b));
    let steps = bytes.iter().zip(bytes.iter().skip(1)).filter(|(a, b)| a.abs_diff(**b) <= 1).count();
    distinct < MIN_DISTINCT_BYTES || periodic || steps > half
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "q7Zt1vGm0KcX9sRw4HnBpL2yFdUe8JaTQoVi5rMk";

    #[test]
    fn short_sample_and_predictable_secrets_are_refused() {
        let table = [
            ("", WeakSecret::TooShort),
            ("changeme", WeakSecret::TooShort),
            ("q7Zt1vGm0KcX9sRw4HnBpL2yFdUe8Ja", WeakSecret::TooShort),
            (SAMPLE_SECRET, WeakSecret::Sample),
            ("q7Zt1vGm0KcX9sRw4HnBpL2yFdChangeMe", WeakSecret::Sample),
            ("PASSWORD-q7Zt1vGm0KcX9sRw4HnBpL2yF", WeakSecret::Sample),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", WeakSecret::Predictable),
            ("q7Zt1vGm0KcX9sRwq7Zt1vGm0KcX9sRw", WeakSecret::Predictable),
            ("0123456789abcdefghijklmnopqrstuvwxyz", WeakSecret::Predictable),
            ("ababababcdcdcdcdefefefefabababab", WeakSecret::Predictable),
        ];
        for (text, reason) in table {
            assert_eq!(ServiceSecret::parse(text).err(), Some(reason), "{text}");
        }
    }

    #[test]
    fn random_secrets_in_hex_and_base64_are_accepted() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for text in [GOOD, hex, &format!("{GOOD}{hex}"), &format!("{GOOD}\n")] {
            assert!(ServiceSecret::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn derivations_differ_by_label_data_and_secret_and_repeat_exactly() {
        let one = ServiceSecret::parse(GOOD).unwrap();
        let same = ServiceSecret::parse(&format!(" {GOOD}\n")).unwrap();
        let other = ServiceSecret::parse(&GOOD.replace('q', "x")).unwrap();
        let key = one.derive(Label::Refresh, b"a");
        assert_eq!(key, same.derive(Label::Refresh, b"a"));
        assert_ne!(key, one.derive(Label::Cursor, b"a"));
        assert_ne!(key, one.derive(Label::Refresh, b"b"));
        assert_ne!(key, other.derive(Label::Refresh, b"a"));
    }

    #[test]
    fn the_derivation_is_plain_hmac_sha256() {
        // Source: RFC 2104 by way of the library's own keying from a slice, for short and long keys.
        for text in [GOOD.to_owned(), GOOD.repeat(2) + "tail"] {
            let mut mac = Hmac::<Sha256>::new_from_slice(text.as_bytes()).unwrap();
            mac.update(b"jwt-ed25519/k1");
            let expected: [u8; 32] = mac.finalize().into_bytes().into();
            let secret = ServiceSecret::parse(&text).unwrap();
            assert_eq!(secret.derive(Label::JwtEd25519, b"k1"), expected);
        }
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let secret = ServiceSecret::parse(GOOD).unwrap();
        assert_eq!(format!("{secret:?}"), "ServiceSecret([hidden])");
    }
}
