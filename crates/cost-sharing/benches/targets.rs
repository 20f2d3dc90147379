//! Every performance target in one run, beside the public crate `coopgame` and a 2^n brute force on the same game.
//! `cargo bench -p cost-sharing` prints one line for each, in seconds on one core; add a word to run only the lines that contain it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a program for people who measure"
)]

use cost_sharing::json::{ShareRequest, share};
use cost_sharing::{
    Budget, NucleolusKind, Ratio, core_check, nucleolus, shapley_by_tier, shapley_certified, shapley_exact,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Fictional demands of about 60 seats, the same on every machine: clip(exp(N(3.6, 1)), 5, 500) from a small generator.
fn demands(members: usize, seed: u64) -> Vec<u64> {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut next = || {
        let normal: f64 = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        (3.6 + normal).exp().round().clamp(5.0, 500.0) as u64
    };
    (0..members).map(|_| next()).collect()
}

/// All-units tiers with buying up, 12,000 down to 8,400 yen.
fn volume(total: u64) -> Vec<i64> {
    let tiers = [(1_u64, 12_000_i64), (100, 10_800), (300, 9_600), (1_000, 8_400), (10_000, 7_800), (90_000, 7_200)];
    let at = |seats: u64| tiers.iter().rev().find(|tier| tier.0 <= seats).map_or(0, |tier| tier.1 * seats as i64);
    let later = |seats: u64| tiers.iter().filter(|tier| tier.0 > seats).map(|tier| tier.1 * tier.0 as i64).min();
    (0..=total).map(|seats| if seats == 0 { 0 } else { at(seats).min(later(seats).unwrap_or(i64::MAX)) }).collect()
}

/// The same demands in proportion, adding up to a total; the largest takes what rounding leaves.
fn scaled(mut seats: Vec<u64>, total: u64) -> Vec<u64> {
    let before: u64 = seats.iter().sum();
    for own in &mut seats {
        *own = (*own * total / before).max(3);
    }
    let largest = (0..seats.len()).max_by_key(|place| seats[*place]).unwrap();
    let others: u64 = seats.iter().sum::<u64>() - seats[largest];
    seats[largest] = total - others;
    seats
}

/// A stopwatch of the time on a core, where the system tells it: other programs on the machine do not count.
struct Watch {
    wall: Instant,
    core: Option<u64>,
}

impl Watch {
    fn start() -> Self {
        Self { wall: Instant::now(), core: Self::on_core() }
    }

    fn on_core() -> Option<u64> {
        let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
        text.split_whitespace().next()?.parse().ok()
    }

    fn elapsed(&self) -> Duration {
        match (self.core, Self::on_core()) {
            (Some(before), Some(now)) => Duration::from_nanos(now.saturating_sub(before)),
            _ => self.wall.elapsed(),
        }
    }
}

/// The mean over as many rounds as fill a good part of a second; one round for long work.
fn time<T>(mut work: impl FnMut() -> T) -> Duration {
    black_box(work());
    let watch = Watch::start();
    let mut rounds = 0;
    loop {
        black_box(work());
        rounds += 1;
        let taken = watch.elapsed();
        if taken > Duration::from_millis(400) {
            return taken / rounds;
        }
    }
}

fn line(name: &str, taken: Duration, target: Option<Duration>, note: &str) {
    let verdict = match target {
        Some(target) if taken <= target => format!("target {target:?}: reached"),
        Some(target) => format!("target {target:?}: NOT reached"),
        None => String::new(),
    };
    println!("{name:<44} {taken:>12.3?}  {verdict} {note}");
}

fn brute(cost: &[i64], demands: &[u64]) -> Vec<f64> {
    let n = demands.len();
    let mut weight = vec![0.0_f64; n];
    weight[0] = 1.0 / n as f64;
    for k in 1..n {
        weight[k] = weight[k - 1] * k as f64 / (n - k) as f64;
    }
    let mut seats = vec![0_u32; 1 << n];
    for mask in 1..1_usize << n {
        let low = mask.trailing_zeros() as usize;
        seats[mask] = seats[mask & (mask - 1)] + demands[low] as u32;
    }
    let mut value = vec![0.0; n];
    for mask in 0..1_usize << n {
        let w = weight.get(mask.count_ones() as usize).copied().unwrap_or(0.0);
        for (i, value) in value.iter_mut().enumerate() {
            if mask >> i & 1 == 0 {
                *value += w * (cost[seats[mask | 1 << i] as usize] - cost[seats[mask] as usize]) as f64;
            }
        }
    }
    value
}

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|word| name.contains(word.as_str()));
    let ms = Duration::from_millis;

    if wanted("shapley-24") {
        let seats = demands(24, 24);
        let cost = volume(seats.iter().sum());
        let ours = time(|| shapley_exact(&cost, &seats).unwrap());
        line("shapley-24 exact", ours, None, "");
        let table: Vec<f64> = (0..1_usize << 24)
            .map(|mask| cost[(0..24).filter(|i| mask >> i & 1 == 1).map(|i| seats[i] as usize).sum::<usize>()] as f64)
            .collect();
        let game = coopgame::ExplicitGame::from_binary(&table[1..]).unwrap();
        let peer = time(|| coopgame::values::shapley(&game));
        let ratio = peer.as_secs_f64() / ours.as_secs_f64();
        line("shapley-24 coopgame (without its table)", peer, None, &format!("{ratio:.0} times ours; target 100"));
        line("shapley-24 brute force 2^n", time(|| brute(&cost, &seats)), None, "");
    }
    if wanted("shapley-33") {
        let seats = demands(33, 33);
        let cost = volume(seats.iter().sum());
        let note = format!("{} seats", seats.iter().sum::<u64>());
        line("shapley-33 exact", time(|| shapley_exact(&cost, &seats).unwrap()), Some(ms(1)), &note);
        let tiers = time(|| shapley_by_tier(&cost, &seats, &[1, 100, 300, 1_000]).unwrap());
        line("shapley-33 tier by tier", tiers, None, "");
    }
    if wanted("shapley-128") {
        let seats = demands(128, 128);
        let cost = volume(seats.iter().sum());
        line("shapley-128 exact", time(|| shapley_exact(&cost, &seats).unwrap()), None, "");
    }
    if wanted("shapley-179") {
        let seats = demands(179, 179);
        let cost = volume(seats.iter().sum());
        let found = shapley_certified(&cost, &seats).unwrap();
        let note = format!("{} seats, {} nodes, error {}", seats.iter().sum::<u64>(), found.nodes, bound(&found.error));
        line("shapley-179 certified", time(|| shapley_certified(&cost, &seats).unwrap()), Some(ms(60)), &note);
    }
    if wanted("shapley-1741") {
        let seats = demands(1_741, 1_741);
        let cost = volume(seats.iter().sum());
        let start = Watch::start();
        let found = shapley_certified(&cost, &seats).unwrap();
        let note = format!("{} seats, {} nodes, error {}", seats.iter().sum::<u64>(), found.nodes, bound(&found.error));
        line("shapley-1741 certified", start.elapsed(), Some(ms(5_000)), &note);
    }
    if wanted("core-1741") {
        let seats = demands(1_741, 1_741);
        let total: u64 = seats.iter().sum();
        let cost = volume(total);
        let whole = *cost.last().unwrap();
        let shares: Vec<Ratio> =
            seats.iter().map(|own| Ratio::new(i128::from(whole) * i128::from(*own), total).unwrap()).collect();
        line("core-1741 per seat", time(|| core_check(&cost, &seats, &shares).unwrap()), Some(ms(500)), "");
    }
    if wanted("mixture-1741") {
        let members: Vec<String> = demands(1_741, 1_741)
            .iter()
            .enumerate()
            .map(|(index, seats)| {
                format!(r#"{{"id": "{index:06}", "seats": {seats}, "population": {}}}"#, 1_000 + seats * 977 % 90_000)
            })
            .collect();
        let rule = r#"{"kind": "mixture", "equal": "10", "population": "40", "seats": "50"}"#;
        let text = format!(r#"{{"total_yen": 987654321, "members": [{}], "rule": {rule}}}"#, members.join(","));
        let request: ShareRequest = text.parse().unwrap();
        line("mixture-1741 whole answer with hash", time(|| share(&request).unwrap()), None, "");
        let keys: Vec<u64> = request.members.iter().map(|member| member.seats).collect();
        let people: Vec<u64> = request.members.iter().filter_map(|member| member.population).collect();
        let parts = [
            (vec![1; 1_741], Ratio::new(1, 10).unwrap()),
            (people, Ratio::new(2, 5).unwrap()),
            (keys, Ratio::new(1, 2).unwrap()),
        ];
        let work = || {
            let exact = cost_sharing::mixture_shares(&Ratio::whole(987_654_321), &parts).unwrap();
            let keyed: Vec<(&str, &Ratio)> =
                request.members.iter().map(|member| member.id.as_str()).zip(&exact).collect();
            cost_sharing::round_shares(cost_sharing::Yen(987_654_321), &keyed, &cost_sharing::Rounding::default())
                .unwrap()
        };
        line("mixture-1741 exact shares and yen", time(work), Some(ms(1)), "");
    }
    if wanted("nucleolus-33") {
        // 1,024 seats with a tier at 1,000: whoever has more than 24 seats makes it fall by leaving.
        let seats = scaled(demands(33, 33), 1_024);
        let total: u64 = seats.iter().sum();
        let cost = volume(total);
        let start = Watch::start();
        let found = nucleolus(&cost, &seats, NucleolusKind::Nucleolus, Budget::default());
        let note = found.map_or_else(
            |error| error.to_string(),
            |found| format!("proved {}, {} levels", found.proved, found.levels.len()),
        );
        line("nucleolus-33 pivotal", start.elapsed(), Some(ms(20_000)), &format!("{total} seats, {note}"));
    }
    if wanted("nucleolus-20") {
        let seats = demands(20, 7);
        let cost = volume(seats.iter().sum());
        let start = Watch::start();
        let found = nucleolus(&cost, &seats, NucleolusKind::Nucleolus, Budget::default()).unwrap();
        line("nucleolus-20", start.elapsed(), None, &format!("proved {}", found.proved));
        let savings: Vec<f64> = (1..1_usize << 20)
            .map(|mask| {
                let members = || (0..20).filter(|i| mask >> i & 1 == 1).map(|i| seats[i] as usize);
                (members().map(|own| cost[own]).sum::<i64>() - cost[members().sum::<usize>()]) as f64
            })
            .collect();
        let game = coopgame::ExplicitGame::from_binary(&savings).unwrap();
        let start = Watch::start();
        let peer = coopgame::nucleolus::nucleolus(&game);
        line("nucleolus-20 coopgame (floating point)", start.elapsed(), None, &format!("ok {}", peer.is_ok()));
    }
    if wanted("nucleolus-62") {
        // On the plateau below a tier: 2,677 seats are bought as 3,000.
        let seats = scaled(demands(62, 62), 2_677);
        let cost: Vec<i64> = (0..=2_677_i64).map(|s| (10_000 * s).min(24_000_000.max(8_000 * s))).collect();
        let start = Watch::start();
        let found = nucleolus(&cost, &seats, NucleolusKind::Nucleolus, Budget::default());
        let note = found.map_or_else(
            |error| error.to_string(),
            |found| format!("proved {}, {} levels", found.proved, found.levels.len()),
        );
        line("nucleolus-62 plateau, default budget", start.elapsed(), None, &note);
    }
    if wanted("explicit-18") {
        let seats = demands(18, 18);
        let cost = volume(seats.iter().sum());
        let values: Vec<String> = (0..1_usize << 18)
            .map(|mask| {
                cost[(0..18).filter(|i| mask >> i & 1 == 1).map(|i| seats[i] as usize).sum::<usize>()].to_string()
            })
            .collect();
        for kind in ["shapley", "nucleolus"] {
            let request: ShareRequest =
                serde_json::json!({"game": {"sense": "cost", "values": values}, "rule": {"kind": kind}})
                    .to_string()
                    .parse()
                    .unwrap();
            let start = Watch::start();
            let answer = share(&request).unwrap();
            line(
                &format!("explicit-18 {kind} from a table of 2^18"),
                start.elapsed(),
                None,
                &format!("{:?}", answer.precision),
            );
        }
    }
}

fn bound(error: &Ratio) -> String {
    let nano = (error * &Ratio::whole(1_000_000_000_000_i64)).floor();
    format!("{nano}e-12 yen")
}
