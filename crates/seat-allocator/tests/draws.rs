//! Lottery and quotas: the published draw, independence from the list, weights, and the best set by brute force.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    missing_docs,
    reason = "a test may fail loudly, and its numbers are small"
)]

use proptest::prelude::*;
use seat_allocator::lottery::{
    Entrant, Hash, LotteryError, Reveal, commit, draw, rfc3797, tickets, verify,
};
use seat_allocator::quotas::{Decision, Group, QuotaError, select};
use sha2::{Digest, Sha256};

#[test]
fn the_example_of_rfc_3797_is_reproduced() {
    let family: serde_json::Value =
        serde_json::from_str(include_str!("vectors/lottery.json")).unwrap();
    let case = &family["cases"][0];
    let sources: Vec<Vec<u64>> = case["input"]["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| {
            source
                .as_str()
                .unwrap()
                .split(' ')
                .map(|number| number.parse().unwrap())
                .collect()
        })
        .collect();
    let key = rfc3797::key(&sources);
    assert_eq!(key, case["input"]["canonical_key"]);
    let pool = u16::try_from(case["input"]["pool"].as_array().unwrap().len()).unwrap();
    let selected = rfc3797::select(pool, &key, 10);
    assert_eq!(
        serde_json::to_value(selected).unwrap(),
        case["expected"]["selected"]
    );
}

#[test]
fn nobody_is_selected_twice_when_more_are_wanted_than_there_are() {
    let mut everyone = rfc3797::select(5, "9./", 9);
    everyone.sort_unstable();
    assert_eq!(everyone, [1, 2, 3, 4, 5]);
}

fn reveal() -> Reveal {
    Reveal {
        secret: "paper in the safe".into(),
        salt: "5b1c".into(),
        public_value: "9 18 26".into(),
    }
}

#[test]
fn an_auditor_repeats_the_draw_with_nothing_but_sha256() {
    let names = ["sato", "abe", "tanaka"];
    let entrants = names.map(Entrant::new);
    let commitment = commit(&entrants, &reveal().secret, &reveal().salt, "draw 7").unwrap();
    let result = draw(&commitment, &entrants, &reveal(), 1).unwrap();

    let list = Sha256::digest("abe\nsato\ntanaka\n");
    let mut seed = Sha256::new();
    seed.update("seat-lottery/v1");
    seed.update(list);
    seed.update("paper in the safe");
    seed.update("9 18 26");
    let seed = seed.finalize();
    let mut order: Vec<_> = names
        .iter()
        .map(|name| (Sha256::digest([&seed[..], name.as_bytes()].concat()), *name))
        .collect();
    order.sort();
    let drawn: Vec<&str> = result
        .tickets
        .iter()
        .map(|ticket| ticket.id.as_str())
        .collect();
    assert_eq!(
        drawn,
        order.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    );
}

#[test]
fn a_changed_list_secret_value_or_result_is_found() {
    let entrants = ["a", "b", "c"].map(Entrant::new);
    let commitment = commit(&entrants, &reveal().secret, &reveal().salt, "draw 7").unwrap();
    let result = draw(&commitment, &entrants, &reveal(), 1).unwrap();
    assert_eq!(verify(&commitment, &entrants, &reveal(), &result), Ok(()));

    assert_eq!(
        draw(&commitment, &entrants[1..], &reveal(), 1),
        Err(LotteryError::OtherList)
    );
    let other = Reveal {
        secret: "another paper".into(),
        ..reveal()
    };
    assert_eq!(
        draw(&commitment, &entrants, &other, 1),
        Err(LotteryError::OtherSecret)
    );
    let other = Reveal {
        public_value: "9 18 27".into(),
        ..reveal()
    };
    assert_eq!(
        verify(&commitment, &entrants, &other, &result),
        Err(LotteryError::OtherDraw)
    );
    let mut forged = result.clone();
    forged.tickets[1].drawn = true;
    forged.tickets[0].drawn = false;
    assert_eq!(
        verify(&commitment, &entrants, &reveal(), &forged),
        Err(LotteryError::OtherDraw)
    );
}

#[test]
fn unusable_entrants_are_named() {
    let refuse = |entrants: &[Entrant]| commit(entrants, "s", "t", "draw").unwrap_err();
    assert_eq!(
        refuse(&[Entrant::new("a"), Entrant::new("")]),
        LotteryError::BadId { position: 1 }
    );
    assert_eq!(
        refuse(&[Entrant::new("a\nb")]),
        LotteryError::BadId { position: 0 }
    );
    assert_eq!(
        refuse(&[Entrant::new("a"), Entrant::new("a")]),
        LotteryError::DuplicateId { id: "a".into() }
    );
    assert_eq!(
        refuse(&[Entrant::new("a").with_weight(0)]),
        LotteryError::ZeroWeight { id: "a".into() }
    );
}

/// Weight 3 against weight 1 wins three draws of four: 4,000 draws, five standard deviations wide.
#[test]
fn chances_follow_the_weights() {
    let entrants = [Entrant::new("heavy").with_weight(3), Entrant::new("light")];
    let wins = (0..4_000_u32)
        .filter(|round| {
            let seed = Hash::of([round.to_be_bytes().as_slice()]);
            tickets(&entrants, seed, 1).unwrap().tickets[0].id == "heavy"
        })
        .count();
    assert!((2_863..=3_137).contains(&wins), "{wins}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_list_does_not_matter(
        weights in prop::collection::vec(1..4_u64, 1..9), turn in 0..9_usize, places in 0..9_u64,
    ) {
        let entrants: Vec<Entrant> =
            weights.iter().enumerate().map(|(i, &w)| Entrant::new(format!("p{i}")).with_weight(w)).collect();
        let mut turned = entrants.clone();
        turned.rotate_left(turn % entrants.len());
        let seed = Hash::of([b"seed".as_slice()]);
        prop_assert_eq!(tickets(&entrants, seed, places), tickets(&turned, seed, places));
    }

    #[test]
    fn more_places_keep_everyone_already_drawn(
        weights in prop::collection::vec(1..4_u64, 1..9), places in 0..9_u64,
    ) {
        let entrants: Vec<Entrant> =
            weights.iter().enumerate().map(|(i, &w)| Entrant::new(format!("p{i}")).with_weight(w)).collect();
        let seed = Hash::of([b"seed".as_slice()]);
        let (fewer, more) = (tickets(&entrants, seed, places).unwrap(), tickets(&entrants, seed, places + 1).unwrap());
        prop_assert!(fewer.tickets.iter().zip(&more.tickets).all(|(a, b)| a.id == b.id && (!a.drawn || b.drawn)));
    }

    #[test]
    fn quotas_give_the_best_set_by_ticket(
        // Groups: 0 around 1 and 2; 3 apart; 4 is no group.
        applicants in prop::collection::vec(0..5_usize, 0..9),
        quotas in prop::collection::vec((0..3_u64, prop::option::of(0..4_u64)), 4),
        places in 0..7_u64,
    ) {
        let groups: Vec<Group> = quotas.iter().enumerate().map(|(index, (lower, upper))| {
            let group = Group::new(index.to_string()).with_lower(*lower);
            let group = if index == 1 || index == 2 { group.inside(0) } else { group };
            match upper { Some(upper) => group.with_upper(*upper), None => group }
        }).collect();
        let applicants: Vec<Option<usize>> = applicants.iter().map(|&group| (group < 4).then_some(group)).collect();
        match select(&applicants, &groups, places) {
            Ok(result) => {
                let mut groups = groups;
                for lowered in &result.lowered {
                    groups[lowered.group].lower = lowered.to;
                }
                prop_assert_eq!(Some(result.selected()), best_set(&applicants, &groups, places));
            }
            Err(error) => {
                // Contradictions only: with enough applicants in every group there would still be no set.
                let plenty: Vec<Option<usize>> = (0..4).flat_map(|group| [Some(group); 3]).collect();
                prop_assert!(best_set(&plenty, &groups, places).is_none(), "{error:?}");
            }
        }
    }
}

/// By brute force: feasible sets of the largest size, the best ticket first, then the second, and so on.
fn best_set(applicants: &[Option<usize>], groups: &[Group], places: u64) -> Option<Vec<usize>> {
    let inside = |group: Option<usize>, outer: usize| {
        group.is_some_and(|group| group == outer || groups[group].parent == Some(outer))
    };
    let mut best: Option<Vec<usize>> = None;
    for set in 0..(1_u32 << applicants.len()) {
        let chosen: Vec<usize> = (0..applicants.len())
            .filter(|index| set >> index & 1 == 1)
            .collect();
        let count = |outer: usize| {
            chosen
                .iter()
                .filter(|&&index| inside(applicants[index], outer))
                .count() as u64
        };
        let feasible = chosen.len() as u64 <= places
            && groups.iter().enumerate().all(|(index, group)| {
                let count = count(index);
                count >= group.lower && group.upper.is_none_or(|upper| count <= upper)
            });
        let better = best
            .as_ref()
            .is_none_or(|best| (best.len(), &chosen) < (chosen.len(), best));
        if feasible
            && (best.is_none() || (better && chosen.len() >= best.as_ref().map_or(0, Vec::len)))
        {
            best = Some(chosen);
        }
    }
    best
}

#[test]
fn decisions_name_the_quota_that_decided() {
    let groups = [
        Group::new("部"),
        Group::new("課").inside(0).with_upper(1),
        Group::new("室").with_lower(1),
    ];
    let result = select(&[Some(1), Some(1), Some(0), Some(0), Some(2)], &groups, 3).unwrap();
    assert_eq!(
        result.decisions,
        [
            Decision::Selected,
            Decision::UpperQuota { group: 1 },
            Decision::Selected,
            Decision::KeptForLowerQuotas,
            Decision::Selected
        ]
    );
}

#[test]
fn contradicting_quotas_are_refused() {
    let narrow = [
        Group::new("a").with_upper(1),
        Group::new("b").inside(0).with_lower(2),
    ];
    assert_eq!(
        select(&[Some(1), Some(1)], &narrow, 5),
        Err(QuotaError::LowerAboveUpper { group: 0 })
    );
    let many = [Group::new("a").with_lower(2), Group::new("b").with_lower(2)];
    let applicants = [Some(0), Some(0), Some(1), Some(1)];
    assert_eq!(
        select(&applicants, &many, 3),
        Err(QuotaError::LowerAbovePlaces)
    );
    assert_eq!(
        select(&[Some(7)], &many, 9),
        Err(QuotaError::UnknownGroup { applicant: 0 })
    );
    assert_eq!(
        select(&[], &[Group::new("a").inside(0)], 1),
        Err(QuotaError::BadParent { group: 0 })
    );
}
