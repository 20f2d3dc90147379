//! The laws of the calculator as properties of random cases, each against an independent brute force where one exists.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests may fail loudly"
)]

use cost_sharing::json::{Cost, ShareRequest, share};
use cost_sharing::*;
use proptest::prelude::*;

fn whole(value: i64) -> Ratio {
    Ratio::whole(value)
}

/// Falling unit prices at rising thresholds.
fn tiers() -> impl Strategy<Value = Vec<Tier>> {
    (prop::collection::vec((1_u64..40, 1_i64..400), 1..4), 500_i64..3_000).prop_map(|(steps, first)| {
        let (mut end, mut unit) = (0, first);
        let mut tiers: Vec<Tier> = Vec::new();
        for (span, drop) in &steps {
            end += span;
            tiers.push(Tier::unit(Some(end), whole(unit)));
            unit = (unit - drop).max(100);
        }
        tiers.push(Tier::unit(None, whole(unit)));
        tiers
    })
}

fn schedule(mode: PriceMode) -> impl Strategy<Value = PriceSchedule> {
    (tiers(), 0_i64..5_000)
        .prop_map(move |(tiers, fee)| PriceSchedule::new(mode, tiers).unwrap().with_fixed_fee(whole(fee)).unwrap())
}

fn any_schedule() -> impl Strategy<Value = PriceSchedule> {
    let packages = prop::collection::vec((1_u64..30, 1_000_i64..40_000), 1..4).prop_map(|steps| {
        let mut end = 0;
        let mut tiers: Vec<Tier> = steps
            .iter()
            .map(|(span, flat)| {
                end += span;
                Tier::flat(Some(end), whole(*flat))
            })
            .collect();
        tiers.push(Tier { up_to: None, unit: whole(1_200), flat: whole(500) });
        PriceSchedule::new(PriceMode::Package, tiers).unwrap().with_pack_size(5).unwrap()
    });
    prop_oneof![schedule(PriceMode::Volume), schedule(PriceMode::Graduated), packages]
}

fn demands(most: usize) -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(1_u64..25, 2..=most)
}

fn request(schedule: PriceSchedule, demands: &[u64], rule: SharingRule) -> ShareRequest {
    let members = demands
        .iter()
        .enumerate()
        .map(|(index, seats)| Member::new(format!("{index:02}"), *seats).with_population(seats * 37 % 11 + 1))
        .collect();
    ShareRequest {
        cost: Cost::Price(schedule),
        tax_rate: "0.1".parse().unwrap(),
        tax_rounding: RoundingMode::Floor,
        members,
        rule,
        rounding: Rounding::default(),
        change_cap: None,
        subsidy: None,
    }
}

fn rules() -> impl Strategy<Value = SharingRule> {
    let mixture =
        (0_i32..=10, 0_i32..=10).prop_filter("parts", |(a, b)| a + b <= 10).prop_map(|(equal, population)| {
            let parts = [(Key::Equal, equal), (Key::Seats, 10 - equal - population), (Key::Population, population)];
            SharingRule::Mixture {
                parts: parts.into_iter().map(|(key, part)| (key, whole(i64::from(part * 10)))).collect(),
            }
        });
    prop_oneof![
        Just(SharingRule::Equal),
        Just(SharingRule::PerSeat),
        Just(SharingRule::StandAloneProportional),
        Just(SharingRule::EqualSaving),
        Just(SharingRule::Ensc),
        Just(SharingRule::Serial),
        Just(SharingRule::Shapley),
        Just(SharingRule::AumannShapley),
        mixture,
        Just(SharingRule::Weighted { by: Key::Population }),
        Just(SharingRule::TwoPart { fixed_yen: None, fixed_by: Key::Equal, rest_by: Key::Seats }),
    ]
}

fn table(schedule: &PriceSchedule, demands: &[u64]) -> Vec<i64> {
    let invoice = Invoice { schedule: schedule.clone(), tax_rate: Ratio::zero(), tax_rounding: RoundingMode::Floor };
    invoice.table(demands.iter().sum()).unwrap()
}

fn subsets(n: usize) -> impl Iterator<Item = usize> {
    1..(1_usize << n) - 1
}

fn over<T: std::iter::Sum<T>>(mask: usize, n: usize, of: impl Fn(usize) -> T) -> T {
    (0..n).filter(|i| mask >> i & 1 == 1).map(of).sum()
}

fn sum(values: &[Ratio]) -> Ratio {
    values.iter().sum()
}

fn pay(mask: usize, shares: &[Ratio]) -> Ratio {
    shares.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, share)| share).sum()
}

/// Shapley over all subsets, in ratios.
fn shapley_brute(cost: &[i64], demands: &[u64]) -> Vec<Ratio> {
    let n = demands.len();
    let factorial = |k: usize| (1..=k as i128).product::<i128>();
    (0..n)
        .map(|i| {
            let mut total = Ratio::zero();
            for mask in (0..1_usize << n).filter(|mask| mask >> i & 1 == 0) {
                let k = mask.count_ones() as usize;
                let seats = over(mask, n, |j| demands[j]) as usize;
                let added = cost[seats + demands[i] as usize] - cost[seats];
                let weight = Ratio::new(factorial(k) * factorial(n - 1 - k), factorial(n)).unwrap();
                total = &total + &(&weight * &whole(added));
            }
            total
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn yen_sum_to_the_bill_and_no_share_moves_by_a_yen(schedule in any_schedule(), demands in demands(9), rule in rules()) {
        let request = request(schedule, &demands, rule);
        let Ok(answer) = share(&request) else { return Ok(()) };
        let total = answer.bill.as_ref().unwrap().total_yen;
        prop_assert_eq!(answer.shares.iter().map(|line| line.yen.unwrap()).sum::<i64>(), total);
        for line in &answer.shares {
            prop_assert!((&whole(line.yen.unwrap()) - &line.exact).abs() < Ratio::one());
        }
        prop_assert_eq!(verify(&request, &answer), vec![]);
    }

    #[test]
    fn the_order_of_the_input_changes_nothing(schedule in any_schedule(), demands in demands(8), rule in rules(), turn in 1_usize..8) {
        let one = request(schedule, &demands, rule);
        let mut other = one.clone();
        other.members.rotate_left(turn % demands.len());
        other.members.reverse();
        let (Ok(a), Ok(b)) = (share(&one), share(&other)) else { return Ok(()) };
        prop_assert_eq!(a.input_hash, b.input_hash);
        prop_assert_eq!(a.core, b.core);
        for line in &a.shares {
            prop_assert_eq!(Some(line), b.shares.iter().find(|other| other.id == line.id));
        }
    }

    #[test]
    fn members_alike_pay_alike_and_who_wants_nothing_pays_nothing(
        schedule in schedule(PriceMode::Volume), mut demands in demands(7),
        rule in prop_oneof![Just(SharingRule::Shapley), Just(SharingRule::Serial), Just(SharingRule::PerSeat), Just(SharingRule::Nucleolus),
            Just(SharingRule::Scrb)],
    ) {
        demands.push(demands[0]);
        demands.push(0);
        let Ok(answer) = share(&request(schedule, &demands, rule)) else { return Ok(()) };
        let last = demands.len() - 1;
        prop_assert_eq!(&answer.shares[0].exact, &answer.shares[last - 1].exact);
        prop_assert_eq!(&answer.shares[last].exact, &Ratio::zero());
    }

    #[test]
    fn rules_that_promise_additivity_keep_it(
        a in schedule(PriceMode::Graduated), b in schedule(PriceMode::Volume), demands in demands(8),
    ) {
        let (first, second) = (table(&a, &demands), table(&b, &demands));
        let both: Vec<i64> = first.iter().zip(&second).map(|(a, b)| a + b).collect();
        let shapley = |cost: &[i64]| shapley_exact(cost, &demands).unwrap().into_iter().map(|value| value.share).collect::<Vec<_>>();
        let serial = |cost: &[i64]| serial_cost_shares(&demands, |q| Ok(whole(cost[q as usize]))).unwrap();
        for ((joint, a), b) in shapley(&both).iter().zip(shapley(&first)).zip(shapley(&second)) {
            prop_assert_eq!(joint, &(&a + &b));
        }
        for ((joint, a), b) in serial(&both).iter().zip(serial(&first)).zip(serial(&second)) {
            prop_assert_eq!(joint, &(&a + &b));
        }
    }

    #[test]
    fn per_seat_is_in_the_core_when_the_average_never_rises(schedule in any_schedule(), demands in demands(9)) {
        let total: u64 = demands.iter().sum();
        prop_assume!(schedule.has_nonincreasing_average(total).unwrap());
        let cost = table(&schedule, &demands);
        let shares: Vec<Ratio> = demands.iter().map(|own| Ratio::new(cost[total as usize] as i128 * *own as i128, total).unwrap()).collect();
        prop_assert!(core_check(&cost, &demands, &shares).unwrap().unwrap().in_core());
    }

    #[test]
    fn shapley_and_serial_are_in_the_core_for_concave_prices(schedule in schedule(PriceMode::Graduated), demands in demands(9)) {
        prop_assert!(schedule.is_concave());
        let cost = table(&schedule, &demands);
        let shapley: Vec<Ratio> = shapley_exact(&cost, &demands).unwrap().into_iter().map(|value| value.share).collect();
        let serial = serial_cost_shares(&demands, |q| Ok(whole(cost[q as usize]))).unwrap();
        for shares in [shapley, serial] {
            prop_assert!(core_check(&cost, &demands, &shares).unwrap().unwrap().in_core());
        }
    }

    #[test]
    fn concavity_and_averages_are_what_they_say(schedule in any_schedule()) {
        let prices: Vec<Ratio> = (0..=150).map(|seats| schedule.effective_price(seats).unwrap().price).collect();
        let steps: Vec<Ratio> = prices.windows(2).map(|pair| &pair[1] - &pair[0]).collect();
        if schedule.is_concave() {
            prop_assert!(steps.windows(2).all(|pair| pair[1] <= pair[0]));
        }
        prop_assert!(steps.iter().all(|step| !step.is_negative()), "P* never falls");
        let averages: Vec<Ratio> = (1..=150_i64).map(|s| prices[s as usize].checked_div(&whole(s)).unwrap()).collect();
        prop_assert_eq!(averages.windows(2).all(|pair| pair[1] <= pair[0]), schedule.has_nonincreasing_average(150).unwrap());
    }

    #[test]
    fn the_envelope_is_the_minimum_over_larger_quantities(schedule in any_schedule(), seats in 1_u64..120) {
        let effective = schedule.effective_price(seats).unwrap();
        let least = (seats..400).map(|more| (schedule.price(more).unwrap(), more)).min().unwrap();
        prop_assert_eq!((effective.price, effective.buy), least);
        for stretch in schedule.break_evens() {
            prop_assert!(schedule.advice(stretch.from).unwrap().saving > Ratio::zero());
            let before = schedule.advice(stretch.from.saturating_sub(1)).unwrap();
            prop_assert!(stretch.from == 1 || before.saving.is_zero() || before.buy != stretch.buy || schedule.tier_of(stretch.from - 1) != schedule.tier_of(stretch.from));
        }
    }

    #[test]
    fn the_core_check_is_brute_force(schedule in any_schedule(), demands in prop::collection::vec(0_u64..20, 2..=12), weights in prop::collection::vec(-3_i64..40, 12)) {
        let cost = table(&schedule, &demands);
        let n = demands.len();
        let shares: Vec<Ratio> = weights.iter().take(n).map(|weight| Ratio::new(weight * cost[cost.len() - 1] / 7, 3).unwrap()).collect();
        let report = core_check(&cost, &demands, &shares).unwrap().unwrap();
        let worst = subsets(n).map(|mask| &pay(mask, &shares) - &whole(cost[over(mask, n, |i| demands[i]) as usize])).max().unwrap();
        prop_assert_eq!(&report.max_excess, &worst);
        let mask = report.coalition.iter().fold(0, |mask, i| mask | 1 << i);
        prop_assert_eq!(&pay(mask, &shares) - &whole(cost[over(mask, n, |i| demands[i]) as usize]), worst);
    }

    #[test]
    fn fast_shapley_is_brute_force(schedule in any_schedule(), demands in prop::collection::vec(0_u64..20, 1..=12)) {
        let cost = table(&schedule, &demands);
        let exact: Vec<Ratio> = shapley_exact(&cost, &demands).unwrap().into_iter().map(|value| value.share).collect();
        prop_assert_eq!(&exact, &shapley_brute(&cost, &demands));
        prop_assert_eq!(sum(&exact), whole(*cost.last().unwrap()));
        let tiers = shapley_by_tier(&cost, &demands, &schedule.thresholds()).unwrap();
        for (value, tiers) in exact.iter().zip(&tiers) {
            prop_assert_eq!(value, &sum(tiers));
        }
        let certified = shapley_certified(&cost, &demands).unwrap();
        for (value, exact) in certified.shares.iter().zip(&exact) {
            prop_assert!((value - exact).abs() <= certified.error);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_node_bound_holds_against_exact_values(
        schedule in schedule(PriceMode::Volume), demands in prop::collection::vec(1_u64..60, 20..=40),
    ) {
        let cost = table(&schedule, &demands);
        let certified = shapley_certified(&cost, &demands).unwrap();
        prop_assert!(certified.error <= Ratio::new(1, 1_000_000).unwrap());
        prop_assert_eq!(sum(&certified.shares), whole(*cost.last().unwrap()));
        for (value, exact) in certified.shares.iter().zip(shapley_exact(&cost, &demands).unwrap()) {
            prop_assert!((value - &exact.share).abs() <= certified.error);
        }
    }

    #[test]
    fn wide_counting_agrees_with_the_certified_interval(demands in prop::collection::vec(1_u64..9, 100..=128)) {
        let total: u64 = demands.iter().sum();
        let cost: Vec<i64> = (0..=total as i64).map(|s| if s < 300 { 900 * s } else { 270_000.max(700 * s) }).collect();
        let exact = shapley_exact(&cost, &demands).unwrap();
        prop_assert_eq!(exact.iter().map(|value| &value.share).sum::<Ratio>(), whole(*cost.last().unwrap()));
        let certified = shapley_certified(&cost, &demands).unwrap();
        for (value, exact) in certified.shares.iter().zip(&exact) {
            prop_assert!((value - &exact.share).abs() <= certified.error);
        }
    }

    #[test]
    fn nothing_beats_the_nucleolus_lexicographically(
        schedule in any_schedule(), demands in prop::collection::vec(1_u64..16, 2..=7), moves in prop::collection::vec((0_usize..7, 0_usize..7, 1_i64..400), 30),
    ) {
        let cost = table(&schedule, &demands);
        let n = demands.len();
        let kinds = [(NucleolusKind::Nucleolus, false), (NucleolusKind::Prenucleolus, false), (NucleolusKind::PerCapita, true)];
        for (kind, per_head) in kinds {
            let Ok(found) = nucleolus(&cost, &demands, kind, Budget::default()) else { continue };
            prop_assert!(found.proved);
            prop_assert_eq!(sum(&found.shares), whole(*cost.last().unwrap()));
            let excesses = |shares: &[Ratio]| {
                let mut all: Vec<Ratio> = subsets(n).map(|mask| {
                    let excess = &pay(mask, shares) - &whole(cost[over(mask, n, |i| demands[i]) as usize]);
                    if per_head { excess.checked_div(&whole(i64::from(mask.count_ones()))).unwrap() } else { excess }
                }).collect();
                all.sort_by(|a, b| b.cmp(a));
                all
            };
            let best = excesses(&found.shares);
            for (from, to, size) in moves.iter().filter(|(from, to, _)| from < &n && to < &n && from != to) {
                for amount in [Ratio::new(*size, 16).unwrap(), whole(*size)] {
                    let mut other = found.shares.clone();
                    other[*from] = &other[*from] - &amount;
                    other[*to] = &other[*to] + &amount;
                    let imputation = (0..n).all(|i| other[i] <= whole(cost[demands[i] as usize]));
                    if imputation || kind == NucleolusKind::Prenucleolus {
                        prop_assert!(best <= excesses(&other), "{kind:?} {:?}", found.shares);
                    }
                }
            }
        }
    }

    #[test]
    fn bounds_are_kept_and_the_sum_stays(
        shares in prop::collection::vec(0_i64..1_000, 2..8), limits in prop::collection::vec((0_i64..300, 0_i64..900), 8),
    ) {
        let exact: Vec<Ratio> = shares.iter().map(|share| Ratio::new(*share, 3).unwrap()).collect();
        let bounds: Vec<Bounds> = limits.iter().take(exact.len())
            .map(|(floor, more)| Bounds { floor: (floor % 2 == 0).then_some(*floor), cap: (more % 3 > 0).then_some(floor + more) }).collect();
        match apply_bounds(&exact, &bounds) {
            Ok(bounded) => {
                prop_assert_eq!(sum(&bounded), sum(&exact));
                for (share, bound) in bounded.iter().zip(&bounds) {
                    prop_assert!(bound.floor.is_none_or(|floor| *share >= whole(floor)));
                    prop_assert!(bound.cap.is_none_or(|cap| *share <= whole(cap)));
                }
            }
            Err(error) => {
                let floors: i64 = bounds.iter().filter_map(|bound| bound.floor).sum();
                let caps: Option<i64> = bounds.iter().map(|bound| bound.cap).sum();
                match error.fault {
                    Fault::FloorsAboveBill { .. } => prop_assert!(whole(floors) > sum(&exact)),
                    Fault::CapsBelowBill { .. } => prop_assert!(whole(caps.unwrap()) < sum(&exact)),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }
    }
}
