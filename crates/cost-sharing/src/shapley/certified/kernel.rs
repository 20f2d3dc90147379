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

use super::mass::{BLOCK, Spread, gain};
use super::nodes::gauss_legendre;
use crate::shapley::Groups;
use num_traits::ToPrimitive;

/// Half a unit in the last place of 1.
const UNIT: f64 = f64::EPSILON / 2.0;
/// Node error that is aimed at, in yen.
const AIM: f64 = 1e-7;

/// What the kernel found.
pub(super) struct Integrated {
    /// For each group the part beyond the linear one.
    pub(super) values: Vec<Value>,
    /// Bound of the error of every value, times 2^60.
    pub(super) error_scaled: f64,
    /// The linear part that the values leave out: cost of a unit, times 256, a whole number.
    pub(super) average: f64,
    pub(super) nodes: usize,
}

/// One value.
pub(super) struct Value {
    /// In units of 2^-40 yen.
    pub(super) scaled: f64,
}

/// Slopes are multiples of this, so that everything taken off the cost is exact in a double.
const GRAIN: f64 = 256.0;
/// Costs below this keep their differences exact after a slope was taken off.
const LARGEST_COST: f64 = 17_592_186_044_416.0;

/// The cost as doubles and what the bounds need to know of it.
struct Cost {
    values: Vec<f64>,
    /// Average cost of a unit, in multiples of the grain: the linear part that is added back exactly.
    average: f64,
    /// Range of the cost without that linear part.
    spread: f64,
    /// Largest change from one unit to the next, without the linear part.
    steepest: f64,
    /// Sum of the squared demands.
    squares: f64,
}

impl Cost {
    fn new(groups: &Groups) -> Option<Self> {
        let values: Vec<f64> = groups.cost.iter().map(ToPrimitive::to_f64).collect::<Option<_>>()?;
        if values.iter().any(|yen| yen.abs() >= LARGEST_COST) {
            return None;
        }
        let units = values.len().checked_sub(1)?.to_f64()?;
        let average = (values.last()? / units * GRAIN).round() / GRAIN;
        let (mut low, mut high, mut steepest, mut before, mut count) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
        for value in &values {
            let rest = value - average * count;
            low = low.min(rest);
            high = high.max(rest);
            steepest = steepest.max((rest - before).abs());
            before = rest;
            count += 1.0;
        }
        let mut squares = 0.0_f64;
        for (demand, count) in groups.demands.iter().zip(&groups.counts) {
            squares += demand.to_f64()?.powi(2) * count.to_f64()?;
        }
        Some(Self { average, spread: high - low, steepest, squares, values })
    }
}

pub(super) fn integrate(groups: &Groups) -> Option<Integrated> {
    let cost = Cost::new(groups)?;
    let players = groups.players();
    let (nodes, node_error) = nodes_for(players, cost.spread)?;
    let mut pass = Pass::new(groups, &cost);
    let mut values = vec![0.0_f64; groups.demands.len()];
    let mut magnitudes = vec![0.0_f64; groups.demands.len()];
    let mut errors = vec![0.0_f64; groups.demands.len()];
    for (node, weight) in gauss_legendre(nodes)? {
        pass.run(node)?;
        let found = values.iter_mut().zip(&mut magnitudes).zip(&mut errors).zip(&pass.found);
        for (((value, magnitude), error), found) in found {
            *value += weight * found.value;
            *magnitude += weight * (found.value.abs() + found.linear);
            *error += weight * found.error;
        }
    }
    // Weights and the final sum: each product and addition rounds once. A node is off by half a unit in the last place, which
    // moves the integrand by its derivative: for each other member a second difference, at most twice the steepest change
    // over the smaller of two demands.
    let steps = nodes.to_f64()? + 8.0;
    let units = cost.values.len().to_f64()?;
    let moved = UNIT * (4.0 * players.to_f64()? * cost.spread).min(2.0 * units * cost.steepest);
    let worst =
        errors.iter().zip(&magnitudes).map(|(error, magnitude)| error + steps * UNIT * magnitude).fold(0.0, f64::max);
    let fine = 2.0_f64.powi(40);
    let error = (worst + moved + node_error) * 1.001 + 1.0 / fine;
    Some(Integrated {
        values: values.iter().map(|value| Value { scaled: (value * fine).round() }).collect(),
        error_scaled: (error * 2.0_f64.powi(60)).ceil(),
        average: cost.average * GRAIN,
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
        let bound = (1..=40_u32).map(|step| middle * f64::from(step) / 20.0).map(|delta| {
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

/// Buffers of all passes.
struct Pass<'a> {
    groups: &'a Groups,
    cost: &'a Cost,
    forward: Spread,
    /// The distributions before each group's representative, one after the other, and where each starts.
    stored: Vec<f64>,
    marks: Vec<(usize, usize, usize)>,
    values: Vec<f64>,
    next: Vec<f64>,
    found: Vec<Found>,
}

impl<'a> Pass<'a> {
    fn new(groups: &'a Groups, cost: &'a Cost) -> Self {
        Self {
            groups,
            cost,
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
            self.marks.push((self.stored.len(), self.forward.mass.len(), self.forward.low));
            self.stored.extend_from_slice(&self.forward.mass);
            self.forward.add(*demand, q, p)?;
            reach += demand;
        }
        self.backward(q, p, low, reach)
    }

    /// Averages the values back over the representatives and reads off what each adds.
    ///
    /// Values are the cost without its straight line around the expected quantity: exact at the start, small where it is
    /// likely, so that the roundings of an average, three units of `p |a| + q |b|`, are small in expectation. For the member
    /// whose presence is given the expectation is at most the general one divided by q or p.
    fn backward(&mut self, q: f64, p: f64, low: usize, mut reach: usize) -> Option<()> {
        let last = self.cost.values.len() - 1;
        let middle = q * last.to_f64()?;
        let wide = (q * p * self.cost.squares).sqrt().max(1.0);
        let at = |seats: f64| seats.round().to_usize().unwrap_or(0).min(last);
        let (from, to, anchor) = (at(middle - 2.0 * wide), at(middle + 2.0 * wide), at(middle));
        let (first, end) = (self.cost.values.get(from)?, self.cost.values.get(to)?);
        let slope = if to > from { ((end - first) / (to - from).to_f64()? * GRAIN).round() / GRAIN } else { 0.0 };
        let base = *self.cost.values.get(anchor)?;
        let mut offset = low.to_f64()? - anchor.to_f64()?;
        self.values.clear();
        for value in self.cost.values.get(low..=reach)? {
            self.values.push(value - base - slope * offset);
            offset += 1.0;
        }
        let largest = self.values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let members = self.groups.players().to_f64()?;
        let lost = (self.forward.lost + 1e-300) * 2.0 * self.cost.spread;
        // Error of the values at this level for a member that is there, and for one that is not.
        let (mut present, mut absent) = (0.0_f64, 0.0_f64);
        let groups = self.groups.demands.iter().zip(&self.marks).zip(&mut self.found).rev();
        for ((demand, (start, length, mark)), found) in groups {
            let mass = self.stored.get(*start..start + length)?;
            let here = self.values.get(mark - low..)?;
            let gain = gain(mass, here, here.get(*demand..)?);
            let linear = (slope - self.cost.average) * demand.to_f64()?;
            found.value = linear + gain.sum;
            found.linear = linear.abs();
            found.error = (3.0 * members + 64.0 + (length / BLOCK).to_f64()?) * UNIT * gain.size
                + present
                + absent
                + UNIT * (linear.abs() + found.value.abs())
                + lost;
            // The expected size itself is known up to a relative error far below one percent.
            let expected = (p * gain.without + q * gain.with) * 1.01 + lost;
            present += 3.0 * UNIT * (expected / q).min(largest);
            absent += 3.0 * UNIT * (expected / p).min(largest);
            reach -= demand;
            let kept = reach - low + 1;
            self.next.clear();
            self.next
                .extend(self.values.iter().zip(self.values.get(*demand..)?).take(kept).map(|(a, b)| p * a + q * b));
            std::mem::swap(&mut self.values, &mut self.next);
        }
        Some(())
    }
}
