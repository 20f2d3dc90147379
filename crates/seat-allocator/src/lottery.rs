//! A lottery that anyone can repeat: commit, draw, verify.
//!
//! 1. **Commit**, before the public source is known: publish the hash of the list of entrants, the hash of a secret, and
//!    the name of a public source (a named draw, a beacon round) with its time.
//! 2. **Draw**, when the public value is out: the seed is a hash of all three, every entrant's ticket a hash of the seed and
//!    the identifier. The smallest tickets win. The order of the list never matters.
//! 3. **Verify**: with the secret published, anyone repeats the draw with `sha256sum`.
//!
//! The secret keeps whoever runs the public source from choosing a value; the public source keeps whoever knows the secret
//! from choosing the winners. Deliberately not here: randomness. [`rfc3797`] is for comparison only.
//!
//! ```
//! use seat_allocator::lottery::{Entrant, Reveal, commit, draw, verify};
//! let entrants = ["tanaka", "suzuki", "sato"].map(Entrant::new);
//! let reveal = Reveal { secret: "kept in the safe".into(), salt: "77f0".into(), public_value: "2 5 12 8 10".into() };
//! let commitment = commit(&entrants, &reveal.secret, &reveal.salt, "national lottery of 1 April 2027")?;
//! let result = draw(&commitment, &entrants, &reveal, 2)?;
//! assert_eq!(result.tickets.iter().filter(|ticket| ticket.drawn).count(), 2);
//! assert_eq!(verify(&commitment, &entrants, &reveal, &result), Ok(()));
//! # Ok::<(), seat_allocator::lottery::LotteryError>(())
//! ```

use num_bigint::BigUint;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

mod logarithm;
pub mod rfc3797;

/// Names the scheme inside every seed, so that no other use of the same values can give the same seed.
pub const VERSION: &str = "seat-lottery/v1";

/// A SHA-256 value, written as 64 hexadecimal digits.
///
/// ```
/// use seat_allocator::lottery::Hash;
/// let hash = Hash::of([b"abc".as_slice()]);
/// assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// assert_eq!(hash.to_string().parse(), Ok(hash));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseHashError;

impl fmt::Display for ParseHashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not 64 hexadecimal digits")
    }
}

impl std::error::Error for ParseHashError {}

impl Hash {
    /// The hash of the parts, one after the other.
    ///
    /// ```
    /// use seat_allocator::lottery::Hash;
    /// assert_eq!(Hash::of([b"ab".as_slice(), b"c"]), Hash::of([b"abc".as_slice()]));
    /// ```
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let hash = parts.into_iter().fold(Sha256::new(), Digest::chain_update);
        Self(hash.finalize().into())
    }

    /// The 32 bytes.
    ///
    /// ```
    /// assert_eq!(seat_allocator::lottery::Hash::of([]).as_bytes()[0], 0xe3);
    /// ```
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Hash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ParseHashError);
        }
        let number = BigUint::parse_bytes(text.as_bytes(), 16).ok_or(ParseHashError)?;
        let bytes = number.to_bytes_be();
        let mut hash = [0; 32];
        hash.iter_mut()
            .rev()
            .zip(bytes.iter().rev())
            .for_each(|(slot, byte)| *slot = *byte);
        Ok(Self(hash))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Someone who takes part.
///
/// ```
/// use seat_allocator::lottery::Entrant;
/// assert_eq!(Entrant::new("sato").with_weight(3).weight, 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrant {
    /// Identifier, unique, not empty, without control characters.
    pub id: String,
    /// Weight, at least 1; with equal weights the lottery is a plain one.
    pub weight: u64,
}

impl Entrant {
    /// An entrant of weight 1.
    ///
    /// ```
    /// assert_eq!(seat_allocator::lottery::Entrant::new("sato").weight, 1);
    /// ```
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            weight: 1,
        }
    }

    /// Sets the weight: the chance to be drawn first is the own weight among all weights, and so on among those left.
    ///
    /// ```
    /// assert_eq!(seat_allocator::lottery::Entrant::new("sato").with_weight(2).weight, 2);
    /// ```
    #[must_use]
    pub fn with_weight(mut self, weight: u64) -> Self {
        self.weight = weight;
        self
    }
}

/// What is published before the public value is known.
///
/// ```
/// use seat_allocator::lottery::{Commitment, Entrant, commit};
/// let commitment: Commitment = commit(&[Entrant::new("sato")], "secret", "salt", "draw 7")?;
/// assert_eq!(commitment.source, "draw 7");
/// # Ok::<(), seat_allocator::lottery::LotteryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// Version of the scheme.
    pub version: String,
    /// Hash of the list: identifiers (with a tab and the weight where it is not 1) in the order of their bytes, a line each.
    pub list: Hash,
    /// Hash of the secret followed by the salt.
    pub secret: Hash,
    /// Which public value will be used, and when it will be known.
    pub source: String,
}

/// What is published with the result.
///
/// ```
/// use seat_allocator::lottery::Reveal;
/// let reveal = Reveal { secret: "s".into(), salt: "t".into(), public_value: "9319".into() };
/// assert_eq!(reveal.public_value, "9319");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reveal {
    /// The secret that was committed to.
    pub secret: String,
    /// Makes a short secret impossible to guess from its hash.
    pub salt: String,
    /// What the public source gave.
    pub public_value: String,
}

/// The tickets of a draw, winners first.
///
/// ```
/// use seat_allocator::lottery::{Entrant, Hash, tickets};
/// let draw = tickets(&[Entrant::new("a"), Entrant::new("b")], Hash::of([]), 1)?;
/// assert!(draw.tickets[0].drawn && !draw.tickets[1].drawn);
/// # Ok::<(), seat_allocator::lottery::LotteryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Hash of version, list hash, secret and public value.
    pub seed: Hash,
    /// Every entrant in the order of drawing.
    pub tickets: Vec<Ticket>,
}

/// One entrant in the order of drawing.
///
/// ```
/// use seat_allocator::lottery::{Entrant, Hash, tickets};
/// let seed = Hash::of([]);
/// let draw = tickets(&[Entrant::new("a")], seed, 1)?;
/// assert_eq!(draw.tickets[0].ticket, Hash::of([seed.as_bytes().as_slice(), b"a"]));
/// # Ok::<(), seat_allocator::lottery::LotteryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Identifier.
    pub id: String,
    /// Hash of the seed followed by the identifier.
    pub ticket: Hash,
    /// Rank, from 1.
    pub rank: u64,
    /// Whether a place was left.
    pub drawn: bool,
}

/// Why a lottery cannot be held, or does not check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LotteryError {
    /// An identifier is empty or holds a control character.
    BadId {
        /// Position in the list.
        position: usize,
    },
    /// Two entrants have the same identifier.
    DuplicateId {
        /// The identifier.
        id: String,
    },
    /// A weight is zero.
    ZeroWeight {
        /// The identifier.
        id: String,
    },
    /// The list is not the one that was committed to.
    OtherList,
    /// The secret is not the one that was committed to.
    OtherSecret,
    /// The commitment is of another version.
    OtherVersion,
    /// The draw is not the one that these values give.
    OtherDraw,
}

impl fmt::Display for LotteryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadId { position } => write!(f, "unusable identifier at position {position}"),
            Self::DuplicateId { id } => write!(f, "{id:?} is listed twice"),
            Self::ZeroWeight { id } => write!(f, "{id:?} has weight zero"),
            Self::OtherList => f.write_str("the list is not the one committed to"),
            Self::OtherSecret => f.write_str("the secret is not the one committed to"),
            Self::OtherVersion => f.write_str("the commitment is of another version"),
            Self::OtherDraw => f.write_str("these values give another draw"),
        }
    }
}

impl std::error::Error for LotteryError {}

/// Commits to a list and a secret before the public value is known.
///
/// # Errors
/// Unusable or repeated identifiers, zero weights.
///
/// ```
/// use seat_allocator::lottery::{Entrant, commit};
/// let one = commit(&[Entrant::new("a"), Entrant::new("b")], "s", "t", "draw 7")?;
/// let other = commit(&[Entrant::new("b"), Entrant::new("a")], "s", "t", "draw 7")?;
/// assert_eq!(one, other);
/// # Ok::<(), seat_allocator::lottery::LotteryError>(())
/// ```
pub fn commit(
    entrants: &[Entrant],
    secret: &str,
    salt: &str,
    source: &str,
) -> Result<Commitment, LotteryError> {
    Ok(Commitment {
        version: VERSION.to_owned(),
        list: list_hash(entrants)?,
        secret: Hash::of([secret.as_bytes(), salt.as_bytes()]),
        source: source.to_owned(),
    })
}

fn list_hash(entrants: &[Entrant]) -> Result<Hash, LotteryError> {
    let mut sorted: Vec<&Entrant> = entrants.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    for (position, entrant) in entrants.iter().enumerate() {
        if entrant.id.is_empty() || entrant.id.chars().any(char::is_control) {
            return Err(LotteryError::BadId { position });
        }
        if entrant.weight == 0 {
            return Err(LotteryError::ZeroWeight {
                id: entrant.id.clone(),
            });
        }
    }
    if let Some([one, _]) = sorted
        .array_windows()
        .find(|[one, other]| one.id == other.id)
    {
        return Err(LotteryError::DuplicateId { id: one.id.clone() });
    }
    let mut hash = Sha256::new();
    for entrant in sorted {
        hash.update(&entrant.id);
        if entrant.weight != 1 {
            hash.update(format!("\t{}", entrant.weight));
        }
        hash.update("\n");
    }
    Ok(Hash(hash.finalize().into()))
}

/// Draws, after checking that list and secret are those committed to.
///
/// # Errors
/// Anything that does not match the commitment.
///
/// ```
/// use seat_allocator::lottery::{Entrant, LotteryError, Reveal, commit, draw};
/// let entrants = [Entrant::new("a")];
/// let commitment = commit(&entrants, "s", "t", "draw 7")?;
/// let wrong = Reveal { secret: "other".into(), salt: "t".into(), public_value: "9".into() };
/// assert_eq!(draw(&commitment, &entrants, &wrong, 1), Err(LotteryError::OtherSecret));
/// # Ok::<(), LotteryError>(())
/// ```
pub fn draw(
    commitment: &Commitment,
    entrants: &[Entrant],
    reveal: &Reveal,
    places: u64,
) -> Result<Draw, LotteryError> {
    if commitment.version != VERSION {
        return Err(LotteryError::OtherVersion);
    }
    let list = list_hash(entrants)?;
    if list != commitment.list {
        return Err(LotteryError::OtherList);
    }
    if Hash::of([reveal.secret.as_bytes(), reveal.salt.as_bytes()]) != commitment.secret {
        return Err(LotteryError::OtherSecret);
    }
    let seed = Hash::of([
        VERSION.as_bytes(),
        list.as_bytes(),
        reveal.secret.as_bytes(),
        reveal.public_value.as_bytes(),
    ]);
    tickets(entrants, seed, places)
}

/// The order of drawing for a seed that was agreed on in another way.
///
/// Plain lotteries sort by ticket. With weights, entrant `i` waits `−ln(Uᵢ) / wᵢ`, where `Uᵢ` is the ticket read as a number
/// between 0 and 1, and whoever waits least is drawn first: drawing without replacement with chances in proportion to the
/// weights. The logarithm is computed in integers with 192 fractional bits, so every machine agrees.
///
/// # Errors
/// Unusable or repeated identifiers, zero weights.
///
/// ```
/// use seat_allocator::lottery::{Entrant, Hash, tickets};
/// let entrants = [Entrant::new("a").with_weight(1_000_000), Entrant::new("b")];
/// assert_eq!(tickets(&entrants, Hash::of([]), 1)?.tickets[0].id, "a");
/// # Ok::<(), seat_allocator::lottery::LotteryError>(())
/// ```
pub fn tickets(entrants: &[Entrant], seed: Hash, places: u64) -> Result<Draw, LotteryError> {
    list_hash(entrants)?;
    let plain = entrants
        .array_windows()
        .all(|[one, other]| one.weight == other.weight);
    let mut order: Vec<(Hash, BigUint, &Entrant)> = entrants
        .iter()
        .map(|entrant| {
            let ticket = Hash::of([seed.as_bytes().as_slice(), entrant.id.as_bytes()]);
            let wait = if plain {
                BigUint::ZERO
            } else {
                logarithm::wait(&ticket)
            };
            (ticket, wait, entrant)
        })
        .collect();
    order.sort_by(
        |(ticket, wait, entrant), (other_ticket, other_wait, other)| {
            let weighted = if plain {
                Ordering::Equal
            } else {
                logarithm::sooner(wait, entrant.weight, other_wait, other.weight)
            };
            weighted
                .then_with(|| ticket.cmp(other_ticket))
                .then_with(|| entrant.id.cmp(&other.id))
        },
    );
    let tickets = order.into_iter().zip(1_u64..);
    let tickets = tickets.map(|((ticket, _, entrant), rank)| Ticket {
        id: entrant.id.clone(),
        ticket,
        rank,
        drawn: rank <= places,
    });
    Ok(Draw {
        seed,
        tickets: tickets.collect(),
    })
}

/// Repeats a draw and compares.
///
/// # Errors
/// [`LotteryError::OtherDraw`] when the result is not the one that these values give, or what [`draw`] refuses.
///
/// ```
/// use seat_allocator::lottery::{Entrant, LotteryError, Reveal, commit, draw, verify};
/// let entrants = ["a", "b", "c"].map(Entrant::new);
/// let reveal = Reveal { secret: "s".into(), salt: "t".into(), public_value: "9".into() };
/// let commitment = commit(&entrants, "s", "t", "draw 7")?;
/// let mut result = draw(&commitment, &entrants, &reveal, 1)?;
/// result.tickets.swap(0, 1);
/// assert_eq!(verify(&commitment, &entrants, &reveal, &result), Err(LotteryError::OtherDraw));
/// # Ok::<(), LotteryError>(())
/// ```
pub fn verify(
    commitment: &Commitment,
    entrants: &[Entrant],
    reveal: &Reveal,
    result: &Draw,
) -> Result<(), LotteryError> {
    let drawn = result.tickets.iter().filter(|ticket| ticket.drawn).count();
    let places = u64::try_from(drawn).unwrap_or(u64::MAX);
    if draw(commitment, entrants, reveal, places)? == *result {
        Ok(())
    } else {
        Err(LotteryError::OtherDraw)
    }
}
