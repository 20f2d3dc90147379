//! Probabilities over seats: adding a member, trimming what is below reach, and sums over what is left.
#![allow(
    clippy::float_arithmetic,
    reason = "the certified Shapley kernel: the roundings here are counted in its error bound"
)]
#![allow(
    clippy::arithmetic_side_effects,
    reason = "offsets into buffers sized by the caller's bound on seats; slices are taken checked"
)]

/// Probabilities below this are dropped at the ends, and their mass is counted.
const TRIM: f64 = 1e-26;
/// Terms of a dot product that are summed before the partial sum is put aside, in eight lanes.
pub(super) const BLOCK: usize = 256;

/// A probability distribution over seats: `mass[i]` stands for `low + i` seats.
#[derive(Default)]
pub(super) struct Spread {
    pub(super) low: usize,
    pub(super) mass: Vec<f64>,
    other: Vec<f64>,
    pub(super) lost: f64,
}

impl Spread {
    pub(super) fn start(&mut self) {
        self.low = 0;
        self.mass.clear();
        self.mass.push(1.0);
        self.lost = 0.0;
    }

    /// Adds a member with `demand` seats, present with probability q.
    pub(super) fn add(&mut self, demand: usize, q: f64, p: f64) -> Option<()> {
        let length = self.mass.len();
        self.other.resize(length + demand, 0.0);
        let (absent, tail) = self.other.split_at_mut_checked(length)?;
        for (cell, mass) in absent.iter_mut().zip(&self.mass) {
            *cell = p * mass;
        }
        if demand <= length {
            let (inner, outer) = self.mass.split_at_checked(length - demand)?;
            for (cell, mass) in absent.get_mut(demand..)?.iter_mut().zip(inner) {
                *cell += q * mass;
            }
            for (cell, mass) in tail.iter_mut().zip(outer) {
                *cell = q * mass;
            }
        } else {
            let (gap, shifted) = tail.split_at_mut_checked(demand - length)?;
            gap.fill(0.0);
            for (cell, mass) in shifted.iter_mut().zip(&self.mass) {
                *cell = q * mass;
            }
        }
        std::mem::swap(&mut self.mass, &mut self.other);
        self.trim()
    }

    fn trim(&mut self) -> Option<()> {
        while let Some(last) = self.mass.pop_if(|mass| *mass < TRIM) {
            self.lost += last;
        }
        let cut = self.mass.iter().take_while(|mass| **mass < TRIM).count();
        // Moving the rest down is worth it only for many cells.
        if cut > 64 {
            self.lost += self.mass.get(..cut)?.iter().sum::<f64>();
            self.mass.drain(..cut);
            self.low += cut;
        }
        Some(())
    }
}

/// Sums over a distribution, for values `a` without a member and `b` with it.
pub(super) struct Gain {
    /// `sum m (b - a)`
    pub(super) sum: f64,
    /// `sum m |b - a|`
    pub(super) size: f64,
    /// `sum m |a|`
    pub(super) without: f64,
    /// `sum m |b|`
    pub(super) with: f64,
}

/// In blocks of eight lanes, so that few roundings follow one another.
pub(super) fn gain(mass: &[f64], a: &[f64], b: &[f64]) -> Gain {
    let mut total = Gain { sum: 0.0, size: 0.0, without: 0.0, with: 0.0 };
    for ((mass, a), b) in mass.chunks(BLOCK).zip(a.chunks(BLOCK)).zip(b.chunks(BLOCK)) {
        let mut lanes = [[0.0_f64; 8]; 4];
        let (mass8, mass_rest) = mass.as_chunks::<8>();
        for ((mass, a), b) in mass8.iter().zip(a.as_chunks::<8>().0).zip(b.as_chunks::<8>().0) {
            add_lanes(&mut lanes, mass, a, b);
        }
        // Only the last block of the mass is not a multiple of eight: filled up with nothing.
        let done = mass8.len() * 8;
        let mut rest = [[0.0_f64; 8]; 3];
        let [rest_mass, rest_a, rest_b] = &mut rest;
        for (cell, mass) in rest_mass.iter_mut().zip(mass_rest) {
            *cell = *mass;
        }
        for (cell, value) in rest_a.iter_mut().zip(a.iter().skip(done)) {
            *cell = *value;
        }
        for (cell, value) in rest_b.iter_mut().zip(b.iter().skip(done)) {
            *cell = *value;
        }
        add_lanes(&mut lanes, rest_mass, rest_a, rest_b);
        let [sum, size, without, with] = lanes.map(|lane| lane.iter().sum::<f64>());
        total.sum += sum;
        total.size += size;
        total.without += without;
        total.with += with;
    }
    total
}

fn add_lanes(lanes: &mut [[f64; 8]; 4], mass: &[f64; 8], a: &[f64; 8], b: &[f64; 8]) {
    let [sums, sizes, without, with] = lanes;
    for (((sum, mass), a), b) in sums.iter_mut().zip(mass).zip(a).zip(b) {
        *sum += mass * (b - a);
    }
    for (((size, mass), a), b) in sizes.iter_mut().zip(mass).zip(a).zip(b) {
        *size += mass * (b - a).abs();
    }
    for ((without, mass), a) in without.iter_mut().zip(mass).zip(a) {
        *without += mass * a.abs();
    }
    for ((with, mass), b) in with.iter_mut().zip(mass).zip(b) {
        *with += mass * b.abs();
    }
}
