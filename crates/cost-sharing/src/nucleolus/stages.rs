//! The sequence of linear programs: raise the level t of all open coalitions together, fix those that bind in every optimum
//! (positive multiplier), repeat until the fixed ones determine all shares. Dual simplex: start beyond reach, add the worst
//! violated constraint, let one leave. Ties of the leaving constraint are broken by a seeded generator, so it cannot cycle forever.

use super::basis::{Basis, Kind, Row};
use super::oracle::{Oracle, Query, label_of};
use super::span::{Mixer, Span};
use crate::ratio::{Ratio, gcd};

/// What one stage fixed and why it cannot be better: a positive combination of these coalitions is already determined.
pub(crate) struct Stage {
    /// The saving of these coalitions.
    pub(crate) level: Ratio,
    /// The coalitions (or, with weight 0, members at their own cost) and their multipliers.
    pub(crate) tight: Vec<(Row, i128)>,
}

/// Shares of the groups and the certificate.
pub(crate) struct Found {
    pub(crate) shares: Vec<Ratio>,
    pub(crate) certificate: Vec<Stage>,
    pub(crate) complete: bool,
}

/// Coalitions that one answer of the oracle adds.
const CUTS: usize = 40;
/// Constraints that are kept for later looks: few, because asking the oracle again is cheaper than looking through many.
const MOST_KEPT: usize = 400;

/// State that survives the stages.
struct Run<'a, O> {
    oracle: &'a O,
    bounded: bool,
    groups: usize,
    /// Right-hand sides are in units of 1/scale.
    scale: i128,
    fixed: Vec<Row>,
    span: Span,
    pool: Vec<Row>,
    /// Tight constraints without multiplier: a good start of the next stage.
    slack: Vec<Row>,
    mixer: Mixer,
}

/// An optimum of one stage.
struct Optimum {
    basis: Basis,
    solution: Vec<i128>,
}

pub(crate) fn run(oracle: &impl Oracle, bounded: bool, most: usize, budget: &mut u64) -> Option<Found> {
    let groups = oracle.counts().len();
    let everybody = Row { members: oracle.counts().to_vec(), weight: 0, right: oracle.whole(), kind: Kind::Fixed };
    let mut run = Run {
        oracle,
        bounded,
        groups,
        scale: 1,
        span: Span::default(),
        fixed: Vec::new(),
        pool: Vec::new(),
        slack: Vec::new(),
        mixer: Mixer(20_260_401),
    };
    run.span.insert(&everybody.members);
    run.fixed.push(everybody);
    let mut certificate = Vec::new();
    let mut shares = None;
    while run.span.rank() < groups && certificate.len() < most {
        let Some((stage, point)) = run.stage(budget) else {
            break;
        };
        certificate.push(stage);
        // The first stage's point is in the least core; a later one is better still.
        shares = Some(point);
    }
    if run.span.rank() < groups {
        return shares.map(|shares| Found { shares, certificate, complete: false });
    }
    let shares = run.determined()?;
    Some(Found { shares, certificate, complete: true })
}

impl<O: Oracle> Run<'_, O> {
    /// Beyond every value that an optimum can have.
    fn far(&self) -> Option<i128> {
        let members: i128 = self.oracle.counts().iter().sum();
        let reach = members.checked_add(2)?.checked_mul(8)?;
        self.oracle.largest().checked_add(1)?.checked_mul(reach)?.checked_mul(self.scale)
    }

    /// The point that the fixed constraints determine.
    fn determined(&self) -> Option<Vec<Ratio>> {
        let mut basis = Basis::artificial(self.groups, self.far()?);
        for row in &self.fixed {
            basis.install(row.clone())?;
        }
        self.point(&basis, &basis.solution()?)
    }

    fn point(&self, basis: &Basis, solution: &[i128]) -> Option<Vec<Ratio>> {
        let unit = basis.determinant.checked_mul(self.scale)?;
        solution.iter().take(self.groups).map(|value| Ratio::new(*value, unit)).collect()
    }

    fn stage(&mut self, budget: &mut u64) -> Option<(Stage, Vec<Ratio>)> {
        let labels = self.span.orthogonal(self.groups, &mut self.mixer);
        self.pool.retain(|row| label_of(&row.members, &labels) != 0);
        let optimum = self.optimum(&labels, budget)?;
        let point = self.point(&optimum.basis, &optimum.solution)?;
        let stage = self.fix(optimum)?;
        Some((stage, point))
    }

    fn start(&mut self, labels: &[u64]) -> Option<Basis> {
        let mut basis = Basis::artificial(self.groups, self.far()?);
        for row in &self.fixed {
            basis.install(row.clone())?;
        }
        for row in std::mem::take(&mut self.slack) {
            if label_of(&row.members, labels) != 0 {
                basis.install(row)?;
            }
        }
        Some(basis)
    }

    fn optimum(&mut self, labels: &[u64], budget: &mut u64) -> Option<Optimum> {
        let mut basis = self.start(labels)?;
        if self.bounded {
            self.bound_members(labels)?;
        }
        let width = u64::try_from(basis.rows.len()).ok()?;
        loop {
            let solution = basis.solution()?;
            let pivot_steps = width
                .checked_mul(width)?
                .checked_mul(6)?
                .checked_add(u64::try_from(self.pool.len()).ok()?.checked_mul(width)?)?;
            *budget = budget.checked_sub(pivot_steps)?;
            let Some(row) = self.most_violated(&basis, &solution)? else {
                *budget = budget.checked_sub(self.oracle.steps())?;
                if self.ask(&basis, &solution, labels)? {
                    continue;
                }
                return Some(Optimum { basis, solution });
            };
            let along = basis.along(&row)?;
            let place = self.leaving(&basis, &along)?;
            let left = basis.rows.get(place)?.clone();
            basis.replace(place, row, &along)?;
            if left.kind == Kind::Open {
                self.keep(left);
            }
        }
    }

    /// Members may not pay more than alone: always among the constraints that are looked at.
    fn bound_members(&mut self, labels: &[u64]) -> Option<()> {
        self.pool.retain(|row| row.kind != Kind::Bound);
        for (group, cost) in self.oracle.alone().iter().enumerate() {
            let members: Vec<i128> = (0..self.groups).map(|index| i128::from(index == group)).collect();
            if label_of(&members, labels) != 0 {
                self.pool.push(Row { members, weight: 0, right: cost.checked_mul(self.scale)?, kind: Kind::Bound });
            }
        }
        Some(())
    }

    fn most_violated(&self, basis: &Basis, solution: &[i128]) -> Option<Option<Row>> {
        let mut worst: Option<(i128, &Row)> = None;
        for row in &self.pool {
            let violation = basis.violation(row, solution)?;
            if violation > 0 && worst.is_none_or(|(most, _)| violation > most) {
                worst = Some((violation, row));
            }
        }
        Some(worst.map(|(_, row)| row.clone()))
    }

    /// Asks the oracle; true when it named a violated coalition.
    fn ask(&mut self, basis: &Basis, solution: &[i128], labels: &[u64]) -> Option<bool> {
        let (level, values) = solution.split_last()?;
        let scale = basis.determinant.checked_mul(self.scale)?;
        let query = Query { values, level: *level, scale, labels, most: CUTS };
        let violated: Vec<_> = self.oracle.worst(&query)?.into_iter().filter(|cut| cut.excess > 0).collect();
        let any = !violated.is_empty();
        for cut in violated {
            let right = cut.cost.checked_mul(self.scale)?;
            self.keep(Row { members: cut.members, weight: cut.weight, right, kind: Kind::Open });
        }
        Some(any)
    }

    fn keep(&mut self, row: Row) {
        if self.pool.len() >= MOST_KEPT {
            // The oldest half goes; the oracle finds again what is needed.
            let bounds: Vec<Row> = self.pool.iter().filter(|row| row.kind == Kind::Bound).cloned().collect();
            self.pool.drain(..MOST_KEPT / 2);
            self.pool.retain(|row| row.kind != Kind::Bound);
            self.pool.extend(bounds);
        }
        self.pool.push(row);
    }

    /// The constraint whose multiplier reaches 0 first; `None` when there is none: the program has no solution.
    fn leaving(&mut self, basis: &Basis, along: &[i128]) -> Option<usize> {
        let multipliers = basis.multipliers()?;
        let mut best: Option<(i128, i128)> = None;
        let mut places: Vec<usize> = Vec::new();
        for (place, ((row, along), multiplier)) in basis.rows.iter().zip(along).zip(&multipliers).enumerate() {
            if row.kind == Kind::Fixed || *along <= 0 {
                continue;
            }
            let order = match best {
                None => std::cmp::Ordering::Less,
                Some((least, per)) => multiplier.checked_mul(per)?.cmp(&least.checked_mul(*along)?),
            };
            if order.is_lt() {
                best = Some((*multiplier, *along));
                places.clear();
            }
            if order.is_le() {
                places.push(place);
            }
        }
        let choices = u64::try_from(places.len()).ok()?;
        let choice = usize::try_from(self.mixer.next().checked_rem(choices)?).ok()?;
        places.get(choice).copied()
    }

    /// Fixes the constraints with a positive multiplier at the level that was reached.
    fn fix(&mut self, optimum: Optimum) -> Option<Stage> {
        let Optimum { basis, solution } = optimum;
        let multipliers = basis.multipliers()?;
        let (top, bottom) = (*solution.last()?, basis.determinant);
        let divisor = i128::try_from(gcd(top.unsigned_abs(), bottom.unsigned_abs())).ok()?.max(1);
        let (top, bottom) = (top.checked_div(divisor)?, bottom.checked_div(divisor)?);
        let level = Ratio::new(top, bottom.checked_mul(self.scale)?)?;
        // In finer units the level is whole, and so are all fixed right-hand sides.
        self.refine(bottom)?;
        let mut tight = Vec::new();
        self.slack.clear();
        for (mut row, multiplier) in basis.rows.into_iter().zip(multipliers) {
            row.right = row.right.checked_mul(bottom)?;
            match row.kind {
                Kind::Open | Kind::Bound if multiplier > 0 => {
                    let own = Row {
                        right: row.right.checked_sub(row.weight.checked_mul(top)?)?,
                        kind: Kind::Fixed,
                        ..row.clone()
                    };
                    let own = Row { weight: 0, ..own };
                    if self.span.insert(&own.members) {
                        self.fixed.push(own);
                    }
                    tight.push((row, multiplier));
                }
                Kind::Open | Kind::Bound => self.slack.push(row),
                // An artificial bound that holds t back would mean that no coalition does.
                Kind::Artificial if multiplier > 0 => return None,
                Kind::Artificial | Kind::Fixed => {}
            }
        }
        Some(Stage { level, tight })
    }

    fn refine(&mut self, by: i128) -> Option<()> {
        self.scale = self.scale.checked_mul(by)?;
        for row in self.fixed.iter_mut().chain(&mut self.pool).chain(&mut self.slack) {
            row.right = row.right.checked_mul(by)?;
        }
        Some(())
    }
}
