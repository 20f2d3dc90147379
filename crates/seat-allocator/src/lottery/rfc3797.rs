//! RFC 3797, *Publicly Verifiable Nominations Committee Random Selection*: for comparison, and to check older draws.
//! It depends on the order of the list and on MD5; new lotteries use the parent module.

use md5::{Digest, Md5};

/// The canonical key of public sources: the numbers of each source ascending, a full stop after each number and a slash
/// after each source.
///
/// ```
/// use seat_allocator::lottery::rfc3797::key;
/// assert_eq!(key(&[vec![9319], vec![2, 5, 12, 8, 10]]), "9319./2.5.8.10.12./");
/// ```
#[must_use]
pub fn key(sources: &[Vec<u64>]) -> String {
    let source = |numbers: &Vec<u64>| {
        let mut numbers = numbers.clone();
        numbers.sort_unstable();
        let numbers: String = numbers.iter().map(|number| format!("{number}.")).collect();
        format!("{numbers}/")
    };
    sources.iter().map(source).collect()
}

/// Positions (from 1) of those selected from a pool of the given size, in the order of selection.
///
/// Selects everyone when more are wanted than there are. Pools and selections end at 65,535, as in the RFC.
///
/// ```
/// use seat_allocator::lottery::rfc3797::select;
/// let key = "9319./2.5.8.10.12./9.18.26.34.41.45./";
/// assert_eq!(select(25, key, 3), [17, 7, 2]);
/// ```
#[must_use]
pub fn select(pool: u16, key: &str, count: u16) -> Vec<u16> {
    let mut left: Vec<u16> = (1..=pool).collect();
    let mut selected = Vec::new();
    for (index, remaining) in (0..count).zip((1..=u128::from(pool)).rev()) {
        let mark = index.to_be_bytes();
        let hash = Md5::new()
            .chain_update(mark)
            .chain_update(key)
            .chain_update(mark)
            .finalize();
        let value = u128::from_be_bytes(hash.into());
        let at = usize::try_from(value.checked_rem(remaining).unwrap_or(0)).unwrap_or(0);
        if at < left.len() {
            selected.push(left.remove(at));
        }
    }
    selected
}
