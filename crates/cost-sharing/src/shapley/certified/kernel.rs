//! The adjoint pass: one sweep forward over probabilities, one backward over values, all members at once.
//! Probabilities are only added and multiplied, so their relative error is at most three units in the last place for each
//! member; values are averages, so their absolute error never grows beyond three units of the largest for each group. Both go
//! into the bound, with the trimmed mass, the summation and the node error.
#![allow(
    clippy::float_arithmetic,
    reason = "the certified Shapley kernel: every rounding below is counted in the error bound that it returns"
)]
#![allow(
    clippy::arithmetic_side_effects,
    reason = "offsets into buffers sized by the caller's bound on seats; slices are taken checked"
)]

use super::nodes::gauss_legendre;
use crate::shapley::Groups;
use num_traits::ToPrimitive;

/// Half a unit in the last place of 1.
const UNIT: f64 = f64::EPSILON / 2.0;
/// Probabilities below this are dropped at the ends, and their mass is counted.
const TRIM: f64 = 1e-26;
/// Node error that is aimed at, in yen.
const AIM: f64 = 1e-7;
/// Terms of a dot product that are summed before the partial sum is put aside, in eight lanes.
const BLOCK: usize = 256;

/// What the kernel found.
pub(super) struct Integrated {
    /// For each group the part beyond the linear one.
    pub(super) values: Vec<Value>,
    /// Bound of the error of every value, times 2^60.
    pub(super) error_scaled: f64,
    pub(super) nodes: usize,
}

/// One value.
pub(super) struct Value {
    /// In units of 2^-40 yen.
    pub(super) scaled: f64,
}

/// Rest of the cost after its linear part: `R(s) = P(s) - s P(D) / D`.
struct Rest {
    values: Vec<f64>,
    spread: f64,
    largest: f64,
}

impl Rest {
    fn new(cost: &[i64]) -> Option<Self> {
        let units = i128::try_from(cost.len().checked_sub(1)?).ok()?;
        let total = i128::from(*cost.last()?);
        let per = units.to_f64()?;
        let mut values = Vec::with_capacity(cost.len());
        for (seats, yen) in cost.iter().enumerate() {
            let exact = i128::from(*yen)
                .checked_mul(units)?
                .checked_sub(total.checked_mul(i128::try_from(seats).ok()?)?)?;
            values.push(exact.to_f64()? / per);
        }
        let (low, high) = values
            .iter()
            .fold((0.0_f64, 0.0_f64), |(low, high), value| {
                (low.min(*value), high.max(*value))
            });
        Some(Self {
            spread: high - low,
            largest: high.max(-low),
            values,
        })
    }
}

pub(super) fn integrate(groups: &Groups) -> Option<Integrated> {
    let rest = Rest::new(&groups.cost)?;
    let players = groups.players();
    let (nodes, node_error) = nodes_for(players, rest.spread)?;
    let mut pass = Pass::new(groups, &rest);
    let mut values = vec![0.0_f64; groups.demands.len()];
    let mut magnitudes = vec![0.0_f64; groups.demands.len()];
    let mut errors = vec![0.0_f64; groups.demands.len()];
    for (node, weight) in gauss_legendre(nodes)? {
        pass.run(node)?;
        let found = values
            .iter_mut()
            .zip(&mut magnitudes)
            .zip(&mut errors)
            .zip(&pass.found);
        for (((value, magnitude), error), found) in found {
            *value += weight * found.value;
            *magnitude += weight * (found.value.abs() + found.linear);
            *error += weight * found.error;
        }
    }
    // Weights and the final sum: each product and addition rounds once; nodes are within a unit in the last place and move the
    // integrand by at most 2 n spread times that.
    let steps = nodes.to_f64()? + 8.0;
    let moved = 4.0 * players.to_f64()? * rest.spread * UNIT;
    let worst = errors
        .iter()
        .zip(&magnitudes)
        .map(|(error, magnitude)| error + steps * UNIT * magnitude)
        .fold(0.0, f64::max);
    let fine = 2.0_f64.powi(40);
    let error = (worst + moved + node_error) * 1.001 + 1.0 / fine;
    Some(Integrated {
        values: values
            .iter()
            .map(|value| Value {
                scaled: (value * fine).round(),
            })
            .collect(),
        error_scaled: (error * 2.0_f64.powi(60)).ceil(),
        nodes,
    })
}

/// The fewest nodes whose proved error is small enough, and that error. The integrand is a polynomial of degree n - 1 bounded on
/// the Bernstein ellipse of parameter e^d by `spread cosh(d)^(n-1)`; half of n nodes are exact.
fn nodes_for(players: usize, spread: f64) -> Option<(usize, f64)> {
    let degree = (players.saturating_sub(1)).to_f64()?;
    let exact = players.div_ceil(2).max(1);
    if spread == 0.0 {
        return Some((1, 0.0));
    }
    for nodes in 1..exact {
        let count = nodes.to_f64()?;
        let middle = 2.0 * count / (degree + 1.0);
        let bound = (1..=40_u32)
            .map(|step| middle * f64::from(step) / 20.0)
            .map(|delta| {
                let log = (32.0 / 15.0 * spread).ln() + degree * delta.cosh().ln()
                    - 2.0 * count * delta
                    - (1.0 - (-2.0 * delta).exp()).ln();
                log.exp()
            });
        let bound = bound.fold(f64::INFINITY, f64::min);
        if bound <= AIM {
            return Some((nodes, bound * 1.001));
        }
    }
    Some((exact, 0.0))
}

/// What one node yields for one group.
#[derive(Clone, Copy, Default)]
struct Found {
    value: f64,
    /// Size of the linear part that was added back.
    linear: f64,
    error: f64,
}

/// A probability distribution over seats: `mass[i]` stands for `low + i` seats.
#[derive(Default)]
struct Spread {
    low: usize,
    mass: Vec<f64>,
    other: Vec<f64>,
    lost: f64,
}

impl Spread {
    fn start(&mut self) {
        self.low = 0;
        self.mass.clear();
        self.mass.push(1.0);
        self.lost = 0.0;
    }

    /// Adds a member with `demand` seats, present with probability q.
    fn add(&mut self, demand: usize, q: f64, p: f64) -> Option<()> {
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

/// Buffers of all passes.
struct Pass<'a> {
    groups: &'a Groups,
    rest: &'a Rest,
    forward: Spread,
    /// The distributions before each group's representative, one after the other, and where each starts.
    stored: Vec<f64>,
    marks: Vec<(usize, usize, usize)>,
    values: Vec<f64>,
    next: Vec<f64>,
    found: Vec<Found>,
}

impl<'a> Pass<'a> {
    fn new(groups: &'a Groups, rest: &'a Rest) -> Self {
        Self {
            groups,
            rest,
            forward: Spread::default(),
            stored: Vec::new(),
            marks: Vec::new(),
            values: Vec::new(),
            next: Vec::new(),
            found: vec![Found::default(); groups.demands.len()],
        }
    }

    fn run(&mut self, q: f64) -> Option<()> {
        let p = 1.0 - q;
        self.forward.start();
        for (demand, count) in self.groups.demands.iter().zip(&self.groups.counts) {
            for _ in 1..*count {
                self.forward.add(*demand, q, p)?;
            }
        }
        let low = self.forward.low;
        let mut reach = low + self.forward.mass.len() - 1;
        self.stored.clear();
        self.marks.clear();
        for demand in &self.groups.demands {
            self.marks
                .push((self.stored.len(), self.forward.mass.len(), self.forward.low));
            self.stored.extend_from_slice(&self.forward.mass);
            self.forward.add(*demand, q, p)?;
            reach += demand;
        }
        self.backward(q, p, low, reach)
    }

    /// Averages the values back over the representatives and reads off what each adds.
    fn backward(&mut self, q: f64, p: f64, low: usize, mut reach: usize) -> Option<()> {
        let rest = self.rest.values.get(low..=reach)?;
        // Without its straight line over the likely range, what is left is small, and so are its roundings.
        let from = self.forward.low;
        let to = from + self.forward.mass.len() - 1;
        let slope = if to > from {
            (self.rest.values.get(to)? - self.rest.values.get(from)?) / (to - from).to_f64()?
        } else {
            0.0
        };
        let anchor = *self.rest.values.get(from)?;
        self.values.clear();
        let mut offset = low.to_f64()? - from.to_f64()?;
        for value in rest {
            self.values.push(value - anchor - slope * offset);
            offset += 1.0;
        }
        let largest = self
            .values
            .iter()
            .fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let input_error =
            8.0 * UNIT * (self.rest.largest + (slope * (reach - low).to_f64()?).abs());
        let members = self.groups.players().to_f64()?;
        let lost = (self.forward.lost + 1e-300) * 2.0 * self.rest.spread;
        let mut averaged = 0.0_f64;
        let groups = self
            .groups
            .demands
            .iter()
            .zip(&self.marks)
            .zip(&mut self.found)
            .rev();
        for ((demand, (start, length, base)), found) in groups {
            let mass = self.stored.get(*start..start + length)?;
            let here = self.values.get(base - low..)?;
            let (sum, size) = gain(mass, here, here.get(*demand..)?);
            let linear = slope * demand.to_f64()?;
            found.value = linear + sum;
            found.linear = linear.abs();
            found.error = (3.0 * members + 64.0 + (length / BLOCK).to_f64()?) * UNIT * size
                + 2.0 * (3.0 * averaged * UNIT * largest + input_error)
                + 2.0 * UNIT * linear.abs()
                + lost;
            reach -= demand;
            let kept = reach - low + 1;
            self.next.clear();
            self.next.extend(
                self.values
                    .iter()
                    .zip(self.values.get(*demand..)?)
                    .take(kept)
                    .map(|(a, b)| p * a + q * b),
            );
            std::mem::swap(&mut self.values, &mut self.next);
            averaged += 1.0;
        }
        Some(())
    }
}

/// `sum m (b - a)` and `sum m |b - a|`, in blocks of eight lanes so that few roundings follow one another.
fn gain(mass: &[f64], a: &[f64], b: &[f64]) -> (f64, f64) {
    let (mut total, mut size) = (0.0_f64, 0.0_f64);
    for ((mass, a), b) in mass.chunks(BLOCK).zip(a.chunks(BLOCK)).zip(b.chunks(BLOCK)) {
        let (mut sums, mut sizes) = ([0.0_f64; 8], [0.0_f64; 8]);
        let (mass8, mass_rest) = mass.as_chunks::<8>();
        let (a8, b8) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
        for ((mass, a), b) in mass8.iter().zip(a8).zip(b8) {
            for ((((sum, size), mass), a), b) in
                sums.iter_mut().zip(&mut sizes).zip(mass).zip(a).zip(b)
            {
                let term = mass * (b - a);
                *sum += term;
                *size += term.abs();
            }
        }
        // Only the last block of the mass is shorter than eight lanes allow.
        let done = mass8.len() * 8;
        let (mut rest, mut rest_size) = (0.0_f64, 0.0_f64);
        for ((mass, a), b) in mass_rest
            .iter()
            .zip(a.iter().skip(done))
            .zip(b.iter().skip(done))
        {
            let term = mass * (b - a);
            rest += term;
            rest_size += term.abs();
        }
        total += sums.iter().sum::<f64>() + rest;
        size += sizes.iter().sum::<f64>() + rest_size;
    }
    (total, size)
}
