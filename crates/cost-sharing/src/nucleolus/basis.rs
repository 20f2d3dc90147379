//! The basis of the dual simplex method in integers: as many tight constraints as unknowns, with the adjugate of their matrix
//! and its determinant. Pivots divide exactly (Edmonds, Bareiss), so nothing is ever rounded. `None` means that a number left
//! 128 bits; the caller reports that as a budget that was not enough.

/// What a constraint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Holds with equality and never leaves.
    Fixed,
    /// `x(S) + w t <= c(S)` for an open coalition.
    Open,
    /// `x_i <= c_i` of an imputation: without t.
    Bound,
    /// Keeps an unknown finite until coalitions do.
    Artificial,
}

/// One constraint: `x . members + weight t <= right`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// How many members of each group.
    pub(crate) members: Vec<i128>,
    /// The factor of t.
    pub(crate) weight: i128,
    /// Right-hand side in units of 1/scale.
    pub(crate) right: i128,
    pub(crate) kind: Kind,
}

impl Row {
    /// `row . column`, the last entry of the column standing for t.
    fn dot(&self, column: &[i128]) -> Option<i128> {
        let (last, rest) = column.split_last()?;
        let mut sum = self.weight.checked_mul(*last)?;
        for (member, value) in self.members.iter().zip(rest) {
            sum = match member {
                0 => sum,
                1 => sum.checked_add(*value)?,
                _ => sum.checked_add(member.checked_mul(*value)?)?,
            };
        }
        Some(sum)
    }
}

/// Tight constraints with `determinant * inverse` of their matrix, column by column.
pub(crate) struct Basis {
    pub(crate) rows: Vec<Row>,
    columns: Vec<Vec<i128>>,
    pub(crate) determinant: i128,
}

impl Basis {
    /// Unit constraints `x_g <= far` for each group and, last, `t <= far`.
    pub(crate) fn artificial(groups: usize, far: i128) -> Self {
        let size = groups.saturating_add(1);
        let unit = |at: usize| (0..size).map(|index| i128::from(index == at)).collect::<Vec<i128>>();
        let rows = (0..size).map(|at| Row {
            members: unit(at).into_iter().take(groups).collect(),
            weight: i128::from(at == groups),
            right: far,
            kind: Kind::Artificial,
        });
        Self { rows: rows.collect(), columns: (0..size).map(unit).collect(), determinant: 1 }
    }

    /// Puts a constraint in the place of an artificial one on a group; `Some(false)` when it depends on the others.
    pub(crate) fn install(&mut self, row: Row) -> Option<bool> {
        let along = self.along(&row)?;
        let groups = self.rows.len().checked_sub(1)?;
        let free = self
            .rows
            .iter()
            .zip(&along)
            .enumerate()
            .take(groups)
            .filter(|(_, (own, along))| own.kind == Kind::Artificial && **along != 0);
        let Some(place) = free.min_by_key(|(_, (_, along))| along.unsigned_abs()).map(|(place, _)| place) else {
            return Some(false);
        };
        self.replace(place, row, &along)?;
        Some(true)
    }

    /// The constraint in terms of the basis, times the determinant.
    pub(crate) fn along(&self, row: &Row) -> Option<Vec<i128>> {
        self.columns.iter().map(|column| row.dot(column)).collect()
    }

    /// The multipliers of the tight constraints for the objective "t as large as possible", times the determinant.
    pub(crate) fn multipliers(&self) -> Option<Vec<i128>> {
        self.columns.iter().map(|column| column.last().copied()).collect()
    }

    /// The unknowns (shares of the groups, then t) in units of 1/scale, times the determinant.
    pub(crate) fn solution(&self) -> Option<Vec<i128>> {
        let mut solution = vec![0_i128; self.rows.len()];
        for (row, column) in self.rows.iter().zip(&self.columns) {
            if row.right != 0 {
                for (value, entry) in solution.iter_mut().zip(column) {
                    *value = value.checked_add(entry.checked_mul(row.right)?)?;
                }
            }
        }
        Some(solution)
    }

    /// How far a point (times the determinant) violates a constraint; above 0 it does.
    pub(crate) fn violation(&self, row: &Row, solution: &[i128]) -> Option<i128> {
        row.dot(solution)?.checked_sub(row.right.checked_mul(self.determinant)?)
    }

    /// Exchanges one constraint for another whose entry along it is not 0.
    pub(crate) fn replace(&mut self, place: usize, row: Row, along: &[i128]) -> Option<()> {
        let pivot = *along.get(place)?;
        let leading = self.columns.get(place)?.clone();
        for (index, (column, along)) in self.columns.iter_mut().zip(along).enumerate() {
            if index == place {
                continue;
            }
            for (value, lead) in column.iter_mut().zip(&leading) {
                let crossed = if *along == 0 || *lead == 0 { 0 } else { along.checked_mul(*lead)? };
                let scaled = if *value == 0 { 0 } else { pivot.checked_mul(*value)? };
                *value = divide(scaled.checked_sub(crossed)?, self.determinant)?;
            }
        }
        self.determinant = pivot;
        if pivot < 0 {
            self.determinant = pivot.checked_neg()?;
            for value in self.columns.iter_mut().flatten() {
                *value = value.checked_neg()?;
            }
        }
        *self.rows.get_mut(place)? = row;
        Some(())
    }
}

/// Exact division; narrow numbers take the fast road.
fn divide(value: i128, by: i128) -> Option<i128> {
    if by == 1 || value == 0 {
        return Some(value);
    }
    match (i64::try_from(value), i64::try_from(by)) {
        (Ok(value), Ok(by)) => value.checked_div(by).map(i128::from),
        _ => value.checked_div(by),
    }
}
