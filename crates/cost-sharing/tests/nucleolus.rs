//! The nucleolus family of random priced games against its definition: all coalitions in one linear program, level after level,
//! up to seven members. The reference is slow and plain on purpose (a dense simplex in whole numbers, a program for each
//! coalition that might be fixed) and shares nothing with the row generation, the knapsack and the labels that it judges.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests may fail loudly"
)]

use cost_sharing::json::{Cost, Precision, ShareRequest, share};
use cost_sharing::*;
use proptest::prelude::*;

/// `minimize goal y` over `row y <= right` for each row, y free: the optimum and a point, both times the common denominator.
struct Program {
    goal: Vec<i128>,
    rows: Vec<(Vec<i128>, i128)>,
}

struct Optimum {
    denominator: i128,
    value: i128,
    point: Vec<i128>,
}

impl Program {
    /// Two-phase simplex of the dual (`min right z, rows' z = -goal, z >= 0`) without fractions, smallest index first, which
    /// cannot cycle. The columns of the artificial variables give the point.
    fn solve(&self) -> Optimum {
        let (height, real) = (self.goal.len(), self.rows.len());
        let width = real + height + 1;
        let signs: Vec<i128> = self.goal.iter().map(|goal| if *goal > 0 { -1 } else { 1 }).collect();
        let mut table: Vec<Vec<i128>> = (0..height)
            .map(|i| {
                let mut line: Vec<i128> = self.rows.iter().map(|(row, _)| row[i] * signs[i]).collect();
                line.extend((0..height).map(|j| i128::from(i == j)));
                line.push(-self.goal[i] * signs[i]);
                line
            })
            .collect();
        let first: Vec<i128> = (0..width)
            .map(|j| if (real..width - 1).contains(&j) { 0 } else { -table.iter().map(|line| line[j]).sum::<i128>() })
            .collect();
        let mut second: Vec<i128> = self.rows.iter().map(|(_, right)| *right).collect();
        second.resize(width, 0);
        table.push(first);
        table.push(second);
        let mut basis: Vec<usize> = (real..real + height).collect();
        let mut denominator = 1;
        for objective in [height, height + 1] {
            while let Some(column) = (0..real).find(|j| table[objective][*j] < 0) {
                let idle = |i: &usize| basis[*i] >= real && table[*i][width - 1] == 0 && table[*i][column] != 0;
                let stuck = (0..height).find(idle).filter(|_| objective > height);
                let place = stuck.unwrap_or_else(|| {
                    let by_ratio = |a: &usize, b: &usize| {
                        let (left, right) =
                            (table[*a][width - 1] * table[*b][column], table[*b][width - 1] * table[*a][column]);
                        left.cmp(&right).then(basis[*a].cmp(&basis[*b]))
                    };
                    (0..height).filter(|i| table[*i][column] > 0).min_by(by_ratio).expect("bounded")
                });
                if table[place][column] < 0 {
                    table[place].iter_mut().for_each(|value| *value = -*value);
                }
                let (pivot, own) = (table[place][column], table[place].clone());
                for (_, line) in table.iter_mut().enumerate().filter(|(i, _)| *i != place) {
                    let factor = line[column];
                    for (value, own) in line.iter_mut().zip(&own) {
                        *value = (*value * pivot - factor * own) / denominator;
                    }
                }
                denominator = pivot;
                basis[place] = column;
            }
            assert!(objective > height || table[height][width - 1] == 0, "a program has a solution");
        }
        let point = (0..height).map(|i| -table[height + 1][real + i] * signs[i]).collect();
        // Strong duality: the least of the dual is minus the least of the primal.
        Optimum { denominator, value: table[height + 1][width - 1], point }
    }
}

/// A game on the coalitions of `n` members: costs, and what remains open of the sequence of programs.
struct Reference {
    n: usize,
    bounded: bool,
    /// Weight of the common level in each coalition: 1, or its heads.
    weight: Vec<i128>,
    cost: Vec<i128>,
    fixed: Vec<Option<i128>>,
    /// All amounts are in units of one over this.
    scale: i128,
}

impl Reference {
    fn indicator(&self, mask: usize) -> Vec<i128> {
        (0..self.n).map(|i| (mask >> i & 1) as i128).collect()
    }

    fn open(&self) -> Vec<usize> {
        (1..self.cost.len()).filter(|mask| self.fixed[*mask].is_none()).collect()
    }

    /// What every program knows: fixed coalitions as two inequalities, and the members' own costs.
    fn known(&self, extra: usize) -> Vec<(Vec<i128>, i128)> {
        let wide = |mask: usize, sign: i128| {
            let mut row: Vec<i128> = self.indicator(mask).into_iter().map(|value| value * sign).collect();
            row.resize(self.n + extra, 0);
            row
        };
        let fixed = self.fixed.iter().enumerate().skip(1).filter_map(|(mask, value)| Some((mask, (*value)?)));
        let mut rows: Vec<_> =
            fixed.flat_map(|(mask, value)| [(wide(mask, 1), value), (wide(mask, -1), -value)]).collect();
        if self.bounded {
            rows.extend((0..self.n).map(|i| (wide(1 << i, 1), self.cost[1 << i])));
        }
        rows
    }

    /// The least level `t` with `x(S) - w t <= c(S)` for all open coalitions, and amounts rescaled so that it is whole.
    fn level(&mut self) -> i128 {
        let mut rows = self.known(1);
        rows.extend(self.open().into_iter().map(|mask| {
            let mut row = self.indicator(mask);
            row.push(-self.weight[mask]);
            (row, self.cost[mask])
        }));
        let mut goal = vec![0; self.n];
        goal.push(1);
        let found = Program { goal, rows }.solve();
        let divisor = gcd(found.value, found.denominator);
        let by = found.denominator / divisor;
        self.scale *= by;
        self.cost.iter_mut().chain(self.fixed.iter_mut().flatten()).for_each(|value| *value *= by);
        found.value / divisor
    }

    /// Fixes the open coalitions that reach the level in every optimum: those whose sum cannot be less.
    fn fix(&mut self, level: i128) {
        let open = self.open();
        let right = |mask: usize| self.cost[mask] + self.weight[mask] * level;
        let mut rows = self.known(0);
        rows.extend(open.iter().map(|mask| (self.indicator(*mask), right(*mask))));
        let mut candidates = open;
        let mut always = Vec::new();
        while let Some(mask) = candidates.first().copied() {
            let found = Program { goal: self.indicator(mask), rows: rows.clone() }.solve();
            let sum = |mask: usize| (0..self.n).filter(|i| mask >> i & 1 == 1).map(|i| found.point[i]).sum::<i128>();
            assert_eq!(sum(mask), found.value, "the point has the value");
            candidates.retain(|other| sum(*other) == right(*other) * found.denominator);
            if candidates.first() == Some(&mask) {
                always.push((mask, right(mask)));
                candidates.remove(0);
            }
        }
        assert!(!always.is_empty(), "a level holds somebody");
        always.into_iter().for_each(|(mask, value)| self.fixed[mask] = Some(value));
    }

    /// The only shares that the fixed coalitions allow, once there are as many independent ones as members.
    fn determined(&self) -> Option<Vec<Ratio>> {
        let point = |sign: i128| -> Option<Vec<Ratio>> {
            let each = (0..self.n).map(|i| {
                let mut goal = vec![0; self.n];
                goal[i] = sign;
                let mut rows = self.known(0);
                // A box that no share reaches keeps the program bounded while shares are still free.
                let far = self.cost.iter().map(|cost| cost.abs()).max()? * 1_000;
                for j in 0..self.n {
                    for side in [1, -1] {
                        let mut row = vec![0; self.n];
                        row[j] = side;
                        rows.push((row, far));
                    }
                }
                let found = Program { goal, rows }.solve();
                Ratio::new(found.value * sign, found.denominator * self.scale)
            });
            each.collect()
        };
        let (least, most) = (point(1)?, point(-1)?);
        (least == most).then_some(least)
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

/// `None` where nobody can be kept at or below its own cost.
fn reference(costs: &[i64], kind: &SharingRule) -> Option<Vec<Ratio>> {
    let n = costs.len().ilog2() as usize;
    let cost: Vec<i128> = costs.iter().map(|cost| i128::from(*cost)).collect();
    let bounded = *kind != SharingRule::Prenucleolus;
    let own: i128 = (0..n).map(|i| cost[1 << i]).sum();
    if bounded && own < cost[cost.len() - 1] {
        return None;
    }
    let heads = *kind == SharingRule::PerCapitaNucleolus;
    let weight = (0..costs.len()).map(|mask| if heads { i128::from(mask.count_ones()) } else { 1 }).collect();
    let mut fixed = vec![None; costs.len()];
    fixed[costs.len() - 1] = cost.last().copied();
    let mut game = Reference { n, bounded, weight, cost, fixed, scale: 1 };
    loop {
        if let Some(shares) = game.determined() {
            return Some(shares);
        }
        let level = game.level();
        game.fix(level);
    }
}

fn falling(mode: PriceMode) -> impl Strategy<Value = PriceSchedule> {
    (prop::collection::vec((1_u64..25, 1_i64..400), 0..4), 500_i64..3_000).prop_map(move |(steps, first)| {
        let (mut end, mut unit) = (0, first);
        let mut tiers = Vec::new();
        for (span, drop) in steps {
            end += span;
            tiers.push(Tier::unit(Some(end), Ratio::whole(unit)));
            unit = (unit - drop).max(100);
        }
        tiers.push(Tier::unit(None, Ratio::whole(unit)));
        PriceSchedule::new(mode, tiers).unwrap()
    })
}

/// Any schedule of any mode, often with a fixed fee or a minimum commitment, sometimes without buying up.
fn schedules() -> impl Strategy<Value = PriceSchedule> {
    let packages = (1_u64..12, 1_000_i64..9_000).prop_map(|(size, price)| {
        let tiers = vec![Tier::unit(None, Ratio::whole(price))];
        PriceSchedule::new(PriceMode::Package, tiers).unwrap().with_pack_size(size).unwrap()
    });
    let mode = prop_oneof![falling(PriceMode::Volume), falling(PriceMode::Graduated), packages];
    (mode, prop_oneof![Just(0), 0_i64..9_000], prop_oneof![Just(0), 0_i64..40_000], prop::bool::weighted(0.8)).prop_map(
        |(schedule, fee, minimum, buy_up)| {
            let schedule = schedule.with_fixed_fee(Ratio::whole(fee)).unwrap();
            schedule.with_minimum_commitment(Ratio::whole(minimum)).unwrap().with_buy_up(buy_up)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_nucleolus_of_a_priced_game_is_the_lexicographic_minimum(
        schedule in schedules(), demands in prop::collection::vec(0_u64..16, 2..=7), taxed in any::<bool>(),
    ) {
        prop_assume!(demands.iter().any(|demand| *demand > 0));
        let tax_rate: Ratio = if taxed { "0.1" } else { "0" }.parse().unwrap();
        let invoice = Invoice { schedule: schedule.clone(), tax_rate: tax_rate.clone(), tax_rounding: RoundingMode::Floor };
        let costs: Vec<i64> = (0..1_usize << demands.len())
            .map(|mask| (0..demands.len()).filter(|i| mask >> i & 1 == 1).map(|i| demands[i]).sum())
            .map(|seats: u64| invoice.bill(seats).unwrap().total.0)
            .collect();
        for rule in [SharingRule::Nucleolus, SharingRule::Prenucleolus, SharingRule::PerCapitaNucleolus] {
            let expected = reference(&costs, &rule);
            let request = ShareRequest {
                cost: Cost::Price(schedule.clone()),
                tax_rate: tax_rate.clone(),
                tax_rounding: RoundingMode::Floor,
                members: demands.iter().enumerate().map(|(i, seats)| Member::new(i.to_string(), *seats)).collect(),
                rule: rule.clone(),
                rounding: Rounding::default(),
                change_cap: None,
                subsidy: None,
            };
            match share(&request) {
                Ok(answer) => {
                    let shares: Vec<Ratio> = answer.shares.into_iter().map(|line| line.exact).collect();
                    prop_assert_eq!(Some(shares), expected, "{:?}", rule);
                    prop_assert_eq!(answer.precision, Precision::Exact);
                }
                Err(error) => prop_assert_eq!((error.fault, expected), (Fault::NoImputation, None), "{:?}", rule),
            }
        }
    }
}
