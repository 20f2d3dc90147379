//! Opaque one-time and long-lived tokens: random, typed by a prefix, stored only as a hash.
//!
//! The prefix is the purpose: a token made for one purpose is refused at every other door (S11), and a
//! leaked one is recognisable in a log or a repository. Lifetimes and single use are rows in `store`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::secret::{Label, ServiceSecret};

const RANDOM_BYTES: usize = 32;

/// What an opaque token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A personal access token for scripts.
    PersonalAccess,
    /// A refresh token of a session.
    Refresh,
    /// A session in a browser's cookie.
    Cookie,
    /// An invitation to make an account.
    Invite,
    /// A password reset.
    Reset,
    /// A supervisor's one-time link.
    Acknowledgement,
    /// The first administrator of a new service.
    Bootstrap,
    /// A link to a prepared export.
    Export,
    /// A link that confirms another mail address.
    EmailChange,
}

impl Purpose {
    /// Every purpose, in a fixed order.
    pub const ALL: [Purpose; 9] = [
        Purpose::PersonalAccess,
        Purpose::Refresh,
        Purpose::Cookie,
        Purpose::Invite,
        Purpose::Reset,
        Purpose::Acknowledgement,
        Purpose::Bootstrap,
        Purpose::Export,
        Purpose::EmailChange,
    ];

    /// The text in front of every token of this purpose.
    pub const fn prefix(self) -> &'static str {
        match self {
            Purpose::PersonalAccess => "yui_pat_",
            Purpose::Refresh => "yui_ref_",
            Purpose::Cookie => "yui_web_",
            Purpose::Invite => "yui_inv_",
            Purpose::Reset => "yui_rst_",
            Purpose::Acknowledgement => "yui_ack_",
            Purpose::Bootstrap => "yui_bst_",
            Purpose::Export => "yui_exp_",
            Purpose::EmailChange => "yui_eml_",
        }
    }
}

/// The operating system gave no randomness; nothing may be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the operating system's random source failed")]
pub struct NoRandomness;

/// The text is no token of the purpose that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a token of this purpose")]
pub struct NotAToken;

/// A token in clear: shown once to its owner, never stored, never printed by accident.
#[derive(Clone)]
pub struct Token {
    purpose: Purpose,
    text: SecretString,
}

impl Token {
    /// Makes a token with 256 bits from the operating system.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system's source fails.
    pub fn generate(purpose: Purpose) -> Result<Self, NoRandomness> {
        let mut bytes = [0; RANDOM_BYTES];
        match getrandom::fill(&mut bytes) {
            Ok(()) => Ok(Self::from_bytes(purpose, &bytes)),
            Err(_unavailable) => Err(NoRandomness),
        }
    }

    /// Takes a token that somebody presents, for one purpose only.
    ///
    /// # Errors
    /// [`NotAToken`] for another prefix, another length or a non-canonical encoding.
    pub fn parse(purpose: Purpose, text: &str) -> Result<Self, NotAToken> {
        let body = text.strip_prefix(purpose.prefix()).ok_or(NotAToken)?;
        match URL_SAFE_NO_PAD.decode(body) {
            Ok(bytes) if bytes.len() == RANDOM_BYTES => Ok(Self { purpose, text: SecretString::from(text) }),
            Ok(_) | Err(_) => Err(NotAToken),
        }
    }

    /// The token that follows this refresh token.
    ///
    /// It is a function of the token and the service secret, so that a retry within the grace period gets
    /// the same successor although only hashes are stored (S13).
    pub fn refresh_successor(&self, secret: &ServiceSecret) -> Token {
        let bytes = secret.derive(Label::Refresh, self.reveal().as_bytes());
        Self::from_bytes(Purpose::Refresh, &bytes)
    }

    /// The purpose that the prefix states.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The text to hand to the owner; call it nowhere else.
    pub fn reveal(&self) -> &str {
        self.text.expose_secret()
    }

    /// What the database keeps.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.reveal()).into())
    }

    fn from_bytes(purpose: Purpose, bytes: &[u8; RANDOM_BYTES]) -> Self {
        let body = URL_SAFE_NO_PAD.encode(bytes);
        Self { purpose, text: SecretString::from(format!("{}{body}", purpose.prefix())) }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}[hidden])", self.purpose.prefix())
    }
}

/// SHA-256 of a token. A slow hash would add nothing: the token itself has 256 bits.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Reads back what [`TokenHash`]'s `Display` wrote into the database.
    ///
    /// # Errors
    /// [`NotAToken`] when the text is no such hash.
    pub fn from_stored(text: &str) -> Result<Self, NotAToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_malformed| NotAToken)?;
        bytes.try_into().map(Self).map_err(|_wrong_length| NotAToken)
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash([hidden])")
    }
}

/// Compared in constant time.
impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn secret(text: &str) -> ServiceSecret {
        ServiceSecret::parse(text).unwrap()
    }

    fn alter(text: &str) -> String {
        let (head, last) = text.split_at(text.len() - 1);
        format!("{head}{}", if last == "A" { "Q" } else { "A" })
    }

    #[test]
    fn a_thousand_tokens_are_distinct_and_carry_256_bits() {
        let tokens: BTreeSet<String> =
            (0..1_000).map(|_| Token::generate(Purpose::Invite).unwrap().reveal().to_owned()).collect();
        assert_eq!(tokens.len(), 1_000);
        for text in tokens {
            let body = text.strip_prefix("yui_inv_").unwrap();
            assert_eq!(URL_SAFE_NO_PAD.decode(body).unwrap().len(), 32);
        }
    }

    #[test]
    fn a_token_passes_only_at_the_door_of_its_purpose() {
        for made_for in Purpose::ALL {
            let text = Token::generate(made_for).unwrap().reveal().to_owned();
            for door in Purpose::ALL {
                assert_eq!(Token::parse(door, &text).is_ok(), door == made_for, "{made_for:?} {door:?}");
            }
        }
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let good = Token::generate(Purpose::Reset).unwrap().reveal().to_owned();
        let body = good.strip_prefix("yui_rst_").unwrap();
        let table = [
            String::new(),
            "yui_rst_".to_owned(),
            body.to_owned(),
            format!("{good}="),
            format!(" {good}"),
            format!("{good}A"),
            good.replace("yui_rst_", "YUI_RST_"),
            format!("yui_rst_{}", URL_SAFE_NO_PAD.encode([7_u8; 16])),
            // 43 characters carry two spare bits: the last must be canonical.
            format!("yui_rst_{}B", "A".repeat(42)),
            "yui_rst_".to_owned() + &"あ".repeat(43),
        ];
        for text in table {
            assert_eq!(Token::parse(Purpose::Reset, &text).err(), Some(NotAToken), "{text}");
        }
    }

    #[test]
    fn the_stored_hash_reads_back_and_tells_tokens_apart() {
        let token = Token::generate(Purpose::PersonalAccess).unwrap();
        let stored = token.hash().to_string();
        assert!(!stored.contains(token.reveal()));
        assert_eq!(TokenHash::from_stored(&stored).unwrap(), token.hash());
        assert_ne!(TokenHash::from_stored(&alter(&stored)).unwrap(), token.hash());
        assert_eq!(TokenHash::from_stored("short").err(), Some(NotAToken));
    }

    #[test]
    fn a_refresh_token_has_one_successor_per_secret() {
        let secret_a = secret("q7Zt1vGm0KcX9sRw4HnBpL2yFdUe8JaTQoVi5rMk");
        let secret_b = secret("W7Zt1vGm0KcX9sRw4HnBpL2yFdUe8JaTQoVi5rMk");
        let token = Token::generate(Purpose::Refresh).unwrap();
        let successor = token.refresh_successor(&secret_a);
        assert_eq!(successor.reveal(), token.refresh_successor(&secret_a).reveal());
        assert!(Token::parse(Purpose::Refresh, successor.reveal()).is_ok());
        assert_ne!(successor.hash(), token.hash());
        assert_ne!(successor.hash(), token.refresh_successor(&secret_b).hash());
        assert_ne!(successor.hash(), successor.refresh_successor(&secret_a).hash());
    }

    #[test]
    fn debug_output_hides_token_and_hash() {
        let token = Token::generate(Purpose::Refresh).unwrap();
        assert_eq!(format!("{token:?}"), "Token(yui_ref_[hidden])");
        assert_eq!(format!("{:?}", token.hash()), "TokenHash([hidden])");
    }
}
