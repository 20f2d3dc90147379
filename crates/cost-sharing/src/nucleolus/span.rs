//! Which coalitions are already determined? Those in the span of the fixed ones.
//! A random vector orthogonal to the fixed coalitions, modulo the prime 2^61 - 1, labels every coalition with the sum over
//! its members: in the span the label is 0, outside it is 0 with probability 2^-61. The "random" numbers come from a fixed seed,
//! so results repeat; the final proof does not rely on them being lucky.

/// The Mersenne prime 2^61 - 1.
const PRIME: u64 = (1 << 61) - 1;

pub(crate) fn add(a: u64, b: u64) -> u64 {
    let sum = a.wrapping_add(b);
    if sum >= PRIME { sum.wrapping_sub(PRIME) } else { sum }
}

fn subtract(a: u64, b: u64) -> u64 {
    add(a, PRIME.wrapping_sub(b))
}

pub(crate) fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    let low = u64::try_from(product & u128::from(PRIME)).unwrap_or(0);
    let high = u64::try_from(product >> 61).unwrap_or(0);
    add(low, high)
}

fn invert(a: u64) -> u64 {
    let (mut result, mut base, mut exponent) = (1_u64, a, PRIME.wrapping_sub(2));
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply(result, base);
        }
        base = multiply(base, base);
        exponent >>= 1;
    }
    result
}

/// The residue of a coefficient.
pub(crate) fn residue(value: i128) -> u64 {
    u64::try_from(value.rem_euclid(i128::from(PRIME))).unwrap_or(0)
}

/// A small generator (splitmix64): deterministic, good enough for labels and ties.
pub(crate) struct Mixer(pub(crate) u64);

impl Mixer {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The span of rows of whole numbers, kept in reduced echelon form.
#[derive(Default)]
pub(crate) struct Span {
    /// Pivot column and row with 1 there and 0 in every other pivot column.
    rows: Vec<(usize, Vec<u64>)>,
}

impl Span {
    pub(crate) fn rank(&self) -> usize {
        self.rows.len()
    }

    fn reduce(&self, row: &[i128]) -> Vec<u64> {
        let mut rest: Vec<u64> = row.iter().map(|value| residue(*value)).collect();
        for (column, own) in &self.rows {
            eliminate(&mut rest, own, *column);
        }
        rest
    }

    /// Adds a row; false when it was in the span already.
    pub(crate) fn insert(&mut self, row: &[i128]) -> bool {
        let mut rest = self.reduce(row);
        let Some((column, lead)) = rest.iter().copied().enumerate().find(|(_, value)| *value != 0) else {
            return false;
        };
        let factor = invert(lead);
        for value in &mut rest {
            *value = multiply(*value, factor);
        }
        for (_, own) in &mut self.rows {
            eliminate(own, &rest, column);
        }
        self.rows.push((column, rest));
        true
    }

    pub(crate) fn contains(&self, row: &[i128]) -> bool {
        self.reduce(row).iter().all(|value| *value == 0)
    }

    /// A random vector orthogonal to every row.
    pub(crate) fn orthogonal(&self, width: usize, mixer: &mut Mixer) -> Vec<u64> {
        let mut labels: Vec<u64> = (0..width).map(|_| mixer.next() >> 3).map(|value| add(value, 0)).collect();
        for (column, _) in &self.rows {
            if let Some(label) = labels.get_mut(*column) {
                *label = 0;
            }
        }
        // With free entries chosen, each pivot entry is minus what the others of its row yield.
        let pivots: Vec<(usize, u64)> = self
            .rows
            .iter()
            .map(|(column, row)| {
                let sum = row.iter().zip(&labels).fold(0, |sum, (value, label)| add(sum, multiply(*value, *label)));
                (*column, subtract(0, sum))
            })
            .collect();
        for (column, value) in pivots {
            if let Some(label) = labels.get_mut(column) {
                *label = value;
            }
        }
        labels
    }
}

fn eliminate(target: &mut [u64], row: &[u64], column: usize) {
    let factor = target.get(column).copied().unwrap_or(0);
    if factor != 0 {
        for (value, own) in target.iter_mut().zip(row) {
            *value = subtract(*value, multiply(factor, *own));
        }
    }
}
