//! Passwords: Argon2id hashes and the policy for new ones.
//!
//! A password is hashed whole and as typed; folding serves only the refusal test. There is no composition
//! rule. An unknown account costs the same hashing as a known one, so that time tells nothing (S04). The
//! list of breached passwords is deliberately not here: this file knows patterns, not leaks.

use std::collections::BTreeSet;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// Memory per hash in KiB (OWASP's floor for Argon2id with two passes).
pub const MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
pub const PASSES: u32 = 2;
/// Lanes.
pub const LANES: u32 = 1;

/// The fewest characters of a new password.
pub const MIN_CHARS: usize = 12;
/// The most bytes: more than 128 characters of any script, and still a bounded cost.
pub const MAX_BYTES: usize = 1_024;

const SALT_BYTES: usize = 16;
/// Address space asked for at a time, in blocks of 1 KiB; only as much as a hash needs is touched. From 32 MiB on the
/// system's allocator maps memory for itself and gives it back at once. Asked for exactly, 19 MiB would stay with the
/// process from the second sign-in on: more than all the rest that an idle server holds.
const RESERVED_BLOCKS: usize = 34_000;
const MIN_RESIDUE_CHARS: usize = 5;
const MIN_DISTINCT_CHARS: usize = 5;
const WEAK_PATTERNS: &str = include_str!("weak_patterns.txt");

/// A well-formed hash of no password, with today's cost.
const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                          AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What a sign-in attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Match,
    /// The password is right and its hash is cheaper than today's: store a new one.
    MatchNeedsRehash,
    /// The password is wrong, or the stored text is no hash.
    NoMatch,
}

/// Hashing failed for want of memory or randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the password could not be hashed")]
pub struct HashFailed;

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Fewer than [`MIN_CHARS`] characters.
    #[error("shorter than {MIN_CHARS} characters")]
    TooShort,
    /// More than [`MAX_BYTES`] bytes.
    #[error("longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Contains the person's name, sign-in id, municipality or the product's name.
    #[error("contains a word of its context")]
    ContainsContext,
    /// Little else than well-known words, sequences or repetitions.
    #[error("a well-known pattern")]
    Weak,
}

/// Hashes passwords one after another in the same memory, which it keeps: fresh memory costs nearly as much as the hash.
/// Dropped, it gives it back to the system.
#[derive(Debug, Default)]
pub struct Hasher {
    memory: Vec<Block>,
}

impl Hasher {
    /// Hashes a password into a PHC string with a random salt.
    ///
    /// # Errors
    /// [`HashFailed`] when the system has neither memory nor randomness to give.
    pub fn hash(&mut self, password: &str) -> Result<SecretString, HashFailed> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_unavailable| HashFailed)?;
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_invalid| HashFailed)?;
        let phc = PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(|_invalid| HashFailed)?,
            salt: Some(Salt::new(&salt).map_err(|_invalid| HashFailed)?),
            hash: Some(self.output(Algorithm::Argon2id, Version::V0x13, params, &salt, password).ok_or(HashFailed)?),
        };
        Ok(SecretString::from(phc.to_string()))
    }

    /// Compares a password with a stored PHC string, at the cost that the string states.
    pub fn verify(&mut self, stored: &str, password: &str) -> Verdict {
        let Ok(phc) = PasswordHash::new(stored) else {
            self.dummy_verify(password);
            return Verdict::NoMatch;
        };
        match self.matches(&phc, password) {
            Some(true) if is_current(&phc) => Verdict::Match,
            Some(true) => Verdict::MatchNeedsRehash,
            Some(false) | None => Verdict::NoMatch,
        }
    }

    /// Spends the time of [`Hasher::verify`] for an account that does not exist.
    pub fn dummy_verify(&mut self, password: &str) {
        let dummy = PasswordHash::new(DUMMY_HASH);
        std::hint::black_box(dummy.is_ok_and(|phc| self.matches(&phc, password) == Some(true)));
    }

    /// Whether the password gives the stored output; `None` when the stored text is no whole hash of Argon2.
    fn matches(&mut self, phc: &PasswordHash, password: &str) -> Option<bool> {
        let (salt, stored) = (phc.salt.as_ref()?, phc.hash.as_ref()?);
        let algorithm = Algorithm::try_from(phc.algorithm.as_str()).ok()?;
        let version = phc.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
        let given = self.output(algorithm, version, Params::try_from(phc).ok()?, salt, password)?;
        Some(given.as_bytes().ct_eq(stored.as_bytes()).into())
    }

    fn output(
        &mut self,
        algorithm: Algorithm,
        version: Version,
        params: Params,
        salt: &[u8],
        password: &str,
    ) -> Option<Output> {
        let mut bytes = [0; Output::MAX_LENGTH];
        let out = bytes.get_mut(..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))?;
        let blocks = params.block_count();
        self.memory.try_reserve_exact(blocks.max(RESERVED_BLOCKS).saturating_sub(self.memory.len())).ok()?;
        self.memory.resize(blocks, Block::new());
        let hasher = Argon2::new(algorithm, version, params);
        hasher.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut self.memory).ok()?;
        Output::new(out).ok()
    }
}

/// Judges a new password; `context` are the words that it may not contain (names, sign-in id, product).
///
/// # Errors
/// The first [`Refusal`] that applies.
pub fn check_policy(password: &str, context: &[&str]) -> Result<(), Refusal> {
    if password.chars().count() < MIN_CHARS {
        return Err(Refusal::TooShort);
    }
    if password.len() > MAX_BYTES {
        return Err(Refusal::TooLong);
    }
    let folded = fold(password);
    if context.iter().map(|word| fold(word)).any(|word| tells_much(&word) && folded.contains(&word)) {
        return Err(Refusal::ContainsContext);
    }
    if is_weak(&folded) {
        return Err(Refusal::Weak);
    }
    Ok(())
}

fn is_current(phc: &PasswordHash) -> bool {
    let strong =
        |params: Params| params.m_cost() >= MEMORY_KIB && params.t_cost() >= PASSES && params.p_cost() == LANES;
    phc.algorithm == argon2::ARGON2ID_IDENT
        && phc.version == Some(Version::V0x13.into())
        && Params::try_from(phc).is_ok_and(strong)
}

/// NFKC and lower case without white space: full-width and spaced variants compare equal.
fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect()
}

/// One or two letters of the alphabet stand in most passwords by chance; two kanji do not.
fn tells_much(word: &str) -> bool {
    word.chars().count() >= if word.is_ascii() { 3 } else { 2 }
}

/// A password is weak when nothing much is left of it without well-known patterns.
fn is_weak(folded: &str) -> bool {
    let plain: String = without_patterns(folded).chars().map(plain_letter).collect();
    let residue = without_patterns(&plain).chars().count();
    let distinct = folded.chars().collect::<BTreeSet<_>>().len();
    residue < MIN_RESIDUE_CHARS || distinct < MIN_DISTINCT_CHARS || is_periodic(folded) || is_sequence(folded)
}

fn without_patterns(text: &str) -> String {
    WEAK_PATTERNS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .fold(text.to_owned(), |rest, pattern| rest.replace(pattern, ""))
}

/// `p@ssw0rd` reads `password`.
fn plain_letter(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    }
}

fn is_periodic(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 2).any(|period| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b))
}

fn is_sequence(text: &str) -> bool {
    let next = |(a, b): (char, char)| u32::from(a).abs_diff(u32::from(b)) <= 1;
    let steps = text.chars().zip(text.chars().skip(1)).filter(|pair| next(*pair)).count();
    steps.saturating_mul(4) >= text.chars().count().saturating_mul(3)
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher as _;
    use secrecy::ExposeSecret;

    use super::*;

    fn hash(password: &str) -> Result<SecretString, HashFailed> {
        Hasher::default().hash(password)
    }

    fn verify(stored: &str, password: &str) -> Verdict {
        Hasher::default().verify(stored, password)
    }

    #[test]
    fn memory_that_was_used_before_gives_the_same() {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8_192, 1, 1, None).unwrap());
        let cheap = cheap.hash_password_with_salt(b"old password", b"0123456789abcdef").unwrap().to_string();
        let mut hasher = Hasher::default();
        let stored = hasher.hash("correct horse battery").unwrap();
        for _ in 0..2 {
            assert_eq!(hasher.verify(stored.expose_secret(), "correct horse battery"), Verdict::Match);
            assert_eq!(hasher.verify(stored.expose_secret(), "correct horse"), Verdict::NoMatch);
            assert_eq!(hasher.verify(&cheap, "old password"), Verdict::MatchNeedsRehash);
            hasher.dummy_verify("anything");
        }
        assert_eq!(verify(stored.expose_secret(), "correct horse battery"), Verdict::Match, "in fresh memory");
    }

    #[test]
    fn the_stored_text_states_argon2id_and_its_cost() {
        let stored = hash("correct horse battery").unwrap();
        assert!(stored.expose_secret().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(stored.expose_secret(), hash("correct horse battery").unwrap().expose_secret());
    }

    #[test]
    fn only_the_same_password_matches() {
        let stored = hash("髙﨑の長い合言葉です𠮷").unwrap();
        assert_eq!(verify(stored.expose_secret(), "髙﨑の長い合言葉です𠮷"), Verdict::Match);
        assert_eq!(verify(stored.expose_secret(), "高崎の長い合言葉です𠮷"), Verdict::NoMatch);
        assert_eq!(verify(stored.expose_secret(), ""), Verdict::NoMatch);
    }

    #[test]
    fn a_cheaper_hash_matches_and_asks_for_a_new_one() {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8_192, 1, 1, None).unwrap());
        let stored = cheap.hash_password_with_salt(b"old password", b"0123456789abcdef").unwrap();
        assert_eq!(verify(&stored.to_string(), "old password"), Verdict::MatchNeedsRehash);
        assert_eq!(verify(&stored.to_string(), "new password"), Verdict::NoMatch);
    }

    #[test]
    fn a_stored_text_that_is_no_hash_matches_nothing() {
        for stored in ["", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"] {
            assert_eq!(verify(stored, stored), Verdict::NoMatch, "{stored}");
        }
    }

    #[test]
    fn the_dummy_hash_is_well_formed_and_costs_what_a_real_one_costs() {
        let phc = PasswordHash::new(DUMMY_HASH).unwrap();
        assert!(is_current(&phc));
        assert_eq!(phc.hash.unwrap().as_bytes().len(), 32);
        assert_eq!(verify(DUMMY_HASH, "anything"), Verdict::NoMatch);
    }

    #[test]
    fn good_passphrases_of_any_script_are_accepted() {
        let table = [
            "correct horse battery",
            "海から山へ歩く七月の夜道",
            "xK9#vmQ2!pLw",
            "𠮷田さんの庭に咲く赤い花",
            "今日の昼は鯵の干物と味噌汁。",
            "the-master-of-puppets-plays-tuba",
        ];
        for password in table {
            assert_eq!(check_policy(password, &["yui", "神奈川県"]), Ok(()), "{password}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_and_bounded_in_bytes() {
        let phrase = "青い鳥が窓辺で歌をうたう。";
        assert_eq!(check_policy("xK9#vmQ2!pL", &[]), Err(Refusal::TooShort));
        assert_eq!(check_policy("青い鳥が窓辺で歌を", &[]), Err(Refusal::TooShort));
        let long: String = (0..128).filter_map(|n| char::from_u32(0x2_0000 + n * 37)).collect();
        assert_eq!((long.chars().count(), long.len()), (128, 512));
        assert_eq!(check_policy(&long, &[]), Ok(()));
        let longest = phrase.chars().cycle().take(341).collect::<String>() + "!";
        assert_eq!(longest.len(), 1_024);
        assert_ne!(check_policy(&longest, &[]), Err(Refusal::TooLong));
        assert_eq!(check_policy(&(longest + "!"), &[]), Err(Refusal::TooLong));
    }

    #[test]
    fn context_words_are_found_in_any_width_case_or_spacing() {
        let context = ["hanako.yamada", "神奈川県", "中井町", "yui", "a", "ｷﾞﾌ"];
        for password in [
            "Hanako.Yamada-x9Q2v",
            "ＨＡＮＡＫＯ．ｙａｍａｄａ-x9Q2v",
            "私は神奈川県で働いている人",
            "中 井 町の坂道をのぼる朝です",
            "x9Q2vmYUIpLw77",
            "ギフの鮎を食べた夏の思い出",
        ] {
            assert_eq!(check_policy(password, &context), Err(Refusal::ContainsContext), "{password}");
        }
        assert_eq!(check_policy("a quiet walk at dawn", &context), Ok(()));
    }

    #[test]
    fn well_known_patterns_are_refused() {
        for password in [
            "password123456",
            "PASSWORD123456",
            "ｐａｓｓｗｏｒｄ１２３４５６",
            "P@ssw0rd2026!",
            "p a s s w o r d 2 0 2 6",
            "qwertyuiop1234",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "abcdefghijklmnop",
            "123456789012345",
            "98765432109876",
            "adminadmin2026",
            "Welcome2026!!",
            "パスワードパスワード12",
            "reiwa8reiwa8reiwa8",
            "1q2w3e4r1q2w3e4r",
        ] {
            assert_eq!(check_policy(password, &[]), Err(Refusal::Weak), "{password}");
        }
    }
}
