//! Every fast rule at three sizes, beside a plain heap and beside public crates that do a part of this, in one run:
//! `cargo bench -p seat-allocator`. The allocation columns show the memory beyond the input.
//!
//! Weights and requests come from a fixed sequence; they are nobody's figures.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark may fail loudly; the other crates want floating point"
)]

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use seat_allocator::{Claim, Divisor, Problem, Ratio, Rule, allocate, continuous, input_hash, verify};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A prefecture, the country, and more than anybody needs.
const SIZES: [usize; 3] = [33, 1_741, 1_000_000];

const FAST: [Rule; 9] = [
    Rule::Divisor(Divisor::Adams),
    Rule::Divisor(Divisor::Dean),
    Rule::Divisor(Divisor::Hill),
    Rule::Divisor(Divisor::Webster),
    Rule::Divisor(Divisor::Jefferson),
    Rule::LargestRemainder,
    Rule::ConstrainedEqualAwards,
    Rule::ConstrainedEqualLosses,
    Rule::ProportionalToRequest,
];

struct Row {
    weight: u64,
    guarantee: u64,
    request: u64,
}

fn rows(size: usize) -> Vec<Row> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut row = || {
        let weight = 300 + next(1_000) * next(400);
        let request = 5 + next(120);
        Row { weight, guarantee: next(4), request }
    };
    (0..size).map(|_| row()).collect()
}

/// About 30 seats a claim, where requests are about 65: everything binds somewhere.
fn supply(size: usize) -> u64 {
    size as u64 * 30
}

fn problem(size: usize, rule: Rule) -> Problem {
    let claim = |(index, row): (usize, Row)| {
        Claim::new(format!("{index:07}"))
            .with_weight(row.weight)
            .with_guarantee(row.guarantee)
            .with_request(row.request)
    };
    Problem::new(supply(size), rule, rows(size).into_iter().enumerate().map(claim).collect())
}

fn continuous_problem(size: usize, rule: Rule) -> Problem<Ratio> {
    let claim = |(index, row): (usize, Row)| {
        Claim::new(format!("{index:07}"))
            .with_weight(row.weight)
            .with_guarantee(Ratio::from(row.guarantee))
            .with_request(Ratio::from(row.request))
    };
    Problem::new(Ratio::from(supply(size)), rule, rows(size).into_iter().enumerate().map(claim).collect())
}

#[divan::bench(args = FAST, consts = SIZES)]
fn whole_seats<const SIZE: usize>(bencher: Bencher<'_, '_>, rule: Rule) {
    let problem = problem(SIZE, rule);
    bencher.counter(ItemsCount::new(SIZE)).bench_local(|| allocate(black_box(&problem)).unwrap());
}

#[divan::bench(
    args = [Rule::ConstrainedEqualAwards, Rule::ConstrainedEqualLosses, Rule::ProportionalToRequest],
    consts = SIZES
)]
fn exact_ratios<const SIZE: usize>(bencher: Bencher<'_, '_>, rule: Rule) {
    let problem = continuous_problem(SIZE, rule);
    bencher.counter(ItemsCount::new(SIZE)).bench_local(|| continuous(black_box(&problem)).unwrap());
}

/// Five sizes, each twice the one before: what a doubling costs is the ratio of two neighbours.
#[divan::bench(
    args = [Rule::Divisor(Divisor::Webster), Rule::LargestRemainder, Rule::ConstrainedEqualAwards],
    consts = [62_500, 125_000, 250_000, 500_000, 1_000_000]
)]
fn growth<const SIZE: usize>(bencher: Bencher<'_, '_>, rule: Rule) {
    let problem = problem(SIZE, rule);
    bencher.counter(ItemsCount::new(SIZE)).bench_local(|| allocate(black_box(&problem)).unwrap());
}

/// The same for exact ratios.
#[divan::bench(
    args = [Rule::ConstrainedEqualAwards, Rule::ConstrainedEqualLosses],
    consts = [62_500, 125_000, 250_000, 500_000, 1_000_000]
)]
fn growth_of_exact_ratios<const SIZE: usize>(bencher: Bencher<'_, '_>, rule: Rule) {
    let problem = continuous_problem(SIZE, rule);
    bencher.counter(ItemsCount::new(SIZE)).bench_local(|| continuous(black_box(&problem)).unwrap());
}

#[divan::bench(args = [Rule::Quota, Rule::Talmud, Rule::Priority, Rule::AdjustedProportional], consts = [33, 1_741])]
fn other_rules<const SIZE: usize>(bencher: Bencher<'_, '_>, rule: Rule) {
    let problem = problem(SIZE, rule);
    bencher.counter(ItemsCount::new(SIZE)).bench_local(|| allocate(black_box(&problem)).unwrap());
}

#[divan::bench]
fn random_arrival_of_33(bencher: Bencher<'_, '_>) {
    let problem = problem(33, Rule::RandomArrival);
    bencher.bench_local(|| allocate(black_box(&problem)).unwrap());
}

/// The work grows with the seats, or the shortage, whichever is less.
#[divan::bench(args = [100, 250, 500, 1_000], sample_count = 3, sample_size = 1)]
fn random_arrival_of_1741_with_seats(bencher: Bencher<'_, '_>, seats: u64) {
    let mut problem = problem(1_741, Rule::RandomArrival);
    problem.claims.iter_mut().for_each(|claim| claim.guarantee = 0);
    problem.supply = seats;
    bencher.bench_local(|| allocate(black_box(&problem)).is_ok());
}

#[divan::bench(args = SIZES)]
fn canonical_hash(bencher: Bencher<'_, '_>, size: usize) {
    let problem = problem(size, Rule::Quota);
    bencher.counter(ItemsCount::new(size)).bench_local(|| input_hash(black_box(&problem)));
}

#[divan::bench(args = [33, 1_741])]
fn independent_verification(bencher: Bencher<'_, '_>, size: usize) {
    let problem = problem(size, Rule::Divisor(Divisor::Webster));
    let result = allocate(&problem).unwrap();
    bencher.bench_local(|| verify(black_box(&problem), black_box(&result)));
}

/// Webster with bounds, one seat after the other: exact comparisons on a binary heap. A million claims take a minute.
#[divan::bench(args = SIZES, sample_count = 1, sample_size = 1)]
fn plain_heap(bencher: Bencher<'_, '_>, size: usize) {
    #[derive(PartialEq, Eq)]
    struct Entry {
        seats: u64,
        weight: u64,
        index: usize,
    }
    impl Ord for Entry {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            let (mine, theirs) = (u128::from(2 * self.seats + 1), u128::from(2 * other.seats + 1));
            (mine * u128::from(other.weight))
                .cmp(&(theirs * u128::from(self.weight)))
                .then(self.index.cmp(&other.index))
        }
    }
    impl PartialOrd for Entry {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    let rows = rows(size);
    bencher.counter(ItemsCount::new(size)).bench_local(|| {
        let mut seats: Vec<u64> = rows.iter().map(|row| row.guarantee.min(row.request)).collect();
        let mut left = supply(size) - seats.iter().sum::<u64>();
        let entry = |(index, row): (usize, &Row)| Reverse(Entry { seats: seats[index], weight: row.weight, index });
        let mut heap: BinaryHeap<_> =
            rows.iter().enumerate().filter(|(_, r)| r.guarantee < r.request).map(entry).collect();
        while left > 0 {
            let Some(Reverse(entry)) = heap.pop() else {
                break;
            };
            seats[entry.index] += 1;
            left -= 1;
            if seats[entry.index] < rows[entry.index].request {
                heap.push(Reverse(Entry { seats: entry.seats + 1, ..entry }));
            }
        }
        seats
    });
}

/// The crate `sainte_lague`: Webster in floating point, without bounds. It takes seconds for 1,741 claims.
#[divan::bench(args = [33, 1_741], sample_count = 1, sample_size = 1)]
fn crate_sainte_lague(bencher: Bencher<'_, '_>, size: usize) {
    let votes: Vec<f64> = rows(size).iter().map(|row| row.weight as f64).collect();
    let seats = size * 30;
    bencher
        .counter(ItemsCount::new(size))
        .bench_local(|| sainte_lague::distribute(black_box(&votes), &seats, &true).unwrap());
}

/// The crate `largest-remainder-method`: Hamilton in floating point, without bounds.
#[divan::bench(args = SIZES)]
fn crate_largest_remainder_method(bencher: Bencher<'_, '_>, size: usize) {
    let votes: Vec<u64> = rows(size).iter().map(|row| row.weight).collect();
    bencher
        .counter(ItemsCount::new(size))
        .bench_local(|| largest_remainder_method::apportion(black_box(&votes), supply(size)));
}
