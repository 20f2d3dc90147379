//! The second factor: time-based codes (RFC 6238, SHA-1, six digits, 30 s, one step either way) and recovery codes.
//!
//! A code says in which step it was made; that a step counts once is the caller's row (S06). The seed is
//! stored sealed, recovery codes as a keyed hash: neither can be read from a copy of the database.

use crate::sealed::{self, Broken};
use crate::secret::{Label, ServiceSecret};
use chrono::{DateTime, Utc};
use std::fmt;
use totp_rs::{Builder, Totp};

const SEED_BYTES: usize = 20;
const ISSUER: &str = "結（Yui）";
/// Letters of recovery codes: none that is taken for another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
const CODE_LETTERS: usize = 12;
/// How many recovery codes a person gets.
pub const RECOVERY_CODES: usize = 10;

/// The seed that a person's app and the service share.
#[derive(Clone)]
pub struct Seed([u8; SEED_BYTES]);

impl Seed {
    /// A new seed of 160 random bits.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; SEED_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The seed as it is stored for an account.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn seal(&self, secret: &ServiceSecret, user_id: &str) -> Result<String, Broken> {
        sealed::seal(secret, Label::SecondFactor, user_id, &self.0)
    }

    /// The seed of an account from its row.
    ///
    /// # Errors
    /// [`Broken`] for what another service, or another account, stored.
    pub fn open(secret: &ServiceSecret, user_id: &str, stored: &str) -> Result<Self, Broken> {
        let bytes = sealed::open(secret, Label::SecondFactor, user_id, stored)?;
        Ok(Self(bytes.try_into().or(Err(Broken))?))
    }

    fn totp(&self, account: &str) -> Totp {
        // A colon would end the name in the link; every other letter is escaped.
        let account = account.replace(':', " ");
        // The values are the ones of RFC 6238; nothing is left that could be refused.
        Builder::new()
            .with_secret(self.0.to_vec())
            .with_account_name(account)
            .with_issuer(Some(ISSUER))
            .build_noncompliant()
    }

    /// The step in which a code was made, if that is now or one step away.
    #[must_use]
    pub fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let at = u64::try_from(now.timestamp()).ok()?;
        self.totp("").check(code, at).and_then(|step| i64::try_from(step).ok())
    }

    /// The code of an instant, as an app shows it; for tests and the demo.
    #[must_use]
    pub fn code_at(&self, now: DateTime<Utc>) -> String {
        self.totp("").generate(u64::try_from(now.timestamp()).unwrap_or(0)).to_string()
    }

    /// The seed in base32, in groups of four, to be typed into an app.
    #[must_use]
    pub fn groups(&self) -> String {
        let text = self.totp("").secret().to_base32();
        let mut groups = String::new();
        for (at, letter) in text.chars().enumerate() {
            if at > 0 && at.is_multiple_of(4) {
                groups.push(' ');
            }
            groups.push(letter);
        }
        groups
    }

    /// The `otpauth:` link that apps read from a picture.
    ///
    /// # Errors
    /// [`Broken`] for an account without a name.
    pub fn link(&self, account: &str) -> Result<String, Broken> {
        self.totp(account).to_url().or(Err(Broken))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed([hidden])")
    }
}

/// Fresh recovery codes of 60 random bits each (`abcd-efgh-jkmn`).
///
/// # Errors
/// When the system gives no randomness.
pub fn recovery_codes() -> Result<Vec<String>, getrandom::Error> {
    let one = || -> Result<String, getrandom::Error> {
        let mut bytes = [0; CODE_LETTERS];
        getrandom::fill(&mut bytes)?;
        let mut code = String::new();
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 && at.is_multiple_of(4) {
                code.push('-');
            }
            code.push(LETTERS.get(usize::from(byte & 31)).copied().map_or('a', char::from));
        }
        Ok(code)
    };
    (0..RECOVERY_CODES).map(|_| one()).collect()
}

/// The form in which a recovery code is stored: keyed by the service, bound to the account.
#[must_use]
pub fn recovery_hash(secret: &ServiceSecret, user_id: &str, code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let hash = secret.derive(Label::RecoveryCode, format!("{user_id}/{plain}").as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const SECRET: &str = "q7Zt1vGm0KcX9sRw4HnBpL2yFdUe8JaTQoVi5rMk";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Source: RFC 6238, appendix B, SHA-1, the last six of eight digits.
        let seed = Seed(*b"12345678901234567890");
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(seed.code_at(at(seconds)), code);
            assert_eq!(seed.step_of(code, at(seconds)), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_counts_one_step_either_way_and_no_further() {
        let seed = Seed::generate().unwrap();
        let code = seed.code_at(at(3_000));
        for (seconds, counts) in [(2_969, false), (2_970, true), (3_029, true), (3_059, true), (3_060, false)] {
            assert_eq!(seed.step_of(&code, at(seconds)).is_some(), counts, "{seconds}");
        }
        for wrong in ["", "12345", "1234567", "+12345", "１２３４５６", "abcdef"] {
            assert_eq!(seed.step_of(wrong, at(3_000)), None, "{wrong}");
        }
    }

    #[test]
    fn a_stored_seed_opens_for_its_account_alone() {
        let secret = ServiceSecret::parse(SECRET).unwrap();
        let seed = Seed::generate().unwrap();
        let stored = seed.seal(&secret, "u1").unwrap();
        assert_eq!(Seed::open(&secret, "u1", &stored).unwrap().groups(), seed.groups());
        assert!(Seed::open(&secret, "u2", &stored).is_err());
        assert_eq!(format!("{seed:?}"), "Seed([hidden])");
    }

    #[test]
    fn an_app_gets_the_seed_by_link_or_in_groups_of_four() {
        let seed = Seed(*b"12345678901234567890");
        assert_eq!(seed.groups(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let link = seed.link("hanako@nakai.example.jp").unwrap();
        assert!(link.starts_with("otpauth://totp/") && link.contains("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{link}");
    }

    #[test]
    fn recovery_codes_differ_and_are_read_as_people_type_them() {
        let secret = ServiceSecret::parse(SECRET).unwrap();
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), RECOVERY_CODES);
        let hash = recovery_hash(&secret, "u1", &codes[0]);
        let typed = codes[0].to_uppercase().replace('-', " ");
        assert_eq!(hash, recovery_hash(&secret, "u1", &typed));
        assert_ne!(hash, recovery_hash(&secret, "u2", &codes[0]));
    }
}
