//! Scenarios: the worked example of five towns to the yen, finalising once, replay, refusals.

use crate::demand::{surveyed, wants};
use crate::office::{Office, code, day, on_both, pointers};
use crate::pricing::{enter, graduated, quote, volume};
use crate::rounds::five_towns;
use app::demand::answers::{AnswerContent, PricePoint};
use app::pricing::{QuoteContent, change_quote};
use app::rounds::{Mode, get_round};
use app::scenarios::compare::{ScenariosQuery, compare_scenarios};
use app::scenarios::finalise::{ReplayView, finalise_scenario, replay_scenario};
use app::scenarios::model::{AllocationChoice, DemandBasis, LimitedBy, SharingChoice, WeightsBasis};
use app::scenarios::simulate::{simulate_allocation, simulate_price, simulate_sharing};
use app::scenarios::{
    CreateScenario, Override, ScenarioDetail, create_scenario, delete_scenario, get_scenario, list_scenarios,
};
use app::{Code, Error, PageQuery};
use serde_json::{Value, json};

/// The demand of the worked example.
pub fn golden_demand() -> [AnswerContent; 5] {
    [wants(70), wants(80), wants(90), wants(45), wants(15)]
}

pub fn mixture(equal: u32, population: u32, seats: u32) -> Value {
    json!({"kind": "mixture", "equal": equal.to_string(), "population": population.to_string(), "seats": seats.to_string()})
}

pub fn plan(quote_id: &str, rule: Value) -> CreateScenario {
    CreateScenario {
        name: "試算（架空）".to_owned(),
        quote_id: quote_id.to_owned(),
        survey_id: None,
        demand: DemandBasis::Base,
        supply: None,
        allocation: AllocationChoice {
            rule: "webster".to_owned(),
            tie_break: Default::default(),
            weights: WeightsBasis::Population,
        },
        sharing: SharingChoice { rule, rounding: None },
        overrides: Vec::new(),
    }
}

pub fn calculate(office: &Office, round: &str, cmd: CreateScenario) -> Result<ScenarioDetail, Error> {
    let at = round.to_owned();
    office.act(&office.lead, move |ctx, call| create_scenario(ctx, call, &at, &cmd))
}

pub fn finalise(office: &Office, id: &str) -> Result<ScenarioDetail, Error> {
    let at = id.to_owned();
    office.act(&office.lead, move |ctx, call| finalise_scenario(ctx, call, &at))
}

fn replay(office: &Office, id: &str) -> ReplayView {
    let at = id.to_owned();
    office.look(&office.auditor, move |ctx, call| replay_scenario(ctx, call, &at)).unwrap()
}

fn shares(detail: &ScenarioDetail) -> Vec<i64> {
    detail.plan.members.iter().map(|member| member.line.share_yen).collect()
}

#[test]
fn the_worked_example_comes_out_to_the_yen() {
    on_both(|office| {
        let (round, _) = surveyed(office, Mode::LeadContract, &golden_demand());
        let quote = enter(office, &round, quote(volume())).unwrap().id;
        for ((equal, population, seats), expected, worse, excess) in [
            ((0, 0, 100), [1_848_000, 2_112_000, 2_376_000, 1_188_000, 396_000], 0, 0),
            ((10, 0, 90), [1_821_600, 2_059_200, 2_296_800, 1_227_600, 514_800], 1, 19_800),
            ((20, 30, 50), [1_699_002, 1_906_679, 2_407_853, 1_241_987, 664_479], 1, 169_479),
            ((50, 50, 0), [1_555_670, 1_681_799, 2_297_087, 1_343_978, 1_041_466], 1, 546_466),
        ] {
            let detail = calculate(office, &round, plan(&quote, mixture(equal, population, seats))).unwrap();
            assert_eq!(shares(&detail), expected, "{equal}/{population}/{seats}");
            let bill = &detail.plan.bill;
            assert_eq!((bill.ex_tax_yen, bill.tax_yen, bill.total_yen), (7_200_000, 720_000, 7_920_000));
            assert_eq!(expected.iter().sum::<i64>(), bill.total_yen);
            let alone: Vec<_> = detail.plan.members.iter().map(|member| member.line.stand_alone_yen).collect();
            assert_eq!(alone, [2_310_000, 2_640_000, 2_970_000, 1_485_000, 495_000]);
            let fairness = &detail.plan.fairness;
            assert_eq!((fairness.worse_off.len(), fairness.in_core), (worse, worse == 0));
            if worse > 0 {
                assert_eq!(fairness.worse_off, ["144029"]);
                let last = &detail.plan.members[4];
                assert_eq!(last.line.saving_yen, -excess);
                assert!(last.sharing_sentence.contains("多くなります"), "{}", last.sharing_sentence);
            }
            if excess == 19_800 {
                let sentence = "この案では、清川村だけで契約した方が19,800円安くなります。";
                assert_eq!(detail.plan.fairness_sentence, sentence);
                assert_eq!(fairness.largest_safe_equal.as_deref(), Some("1/12"));
            }
            assert_eq!(detail.plan.members[0].line.seats, 70);
            assert_eq!(
                detail.plan.members[0].allocation_sentence,
                "希望70席として計算しました。上限まで満たし、70席です。"
            );
            assert!(replay(office, &detail.scenario.id).identical);
        }
        let at = round.clone();
        let list = office.look(&office.auditor, move |ctx, call| list_scenarios(ctx, call, &at, &PageQuery::default()));
        let ids: Vec<_> = list.unwrap().items.into_iter().map(|item| item.id).collect();
        let (at, query) = (round.clone(), ScenariosQuery { ids: ids.join(",") });
        let table = office.look(&office.lead, move |ctx, call| compare_scenarios(ctx, call, &at, &query)).unwrap();
        assert_eq!((table.scenarios.len(), table.rows.len()), (4, 5));
        assert_eq!(table.rows[4].cells[1].unwrap().share_yen, 514_800);
        assert_eq!(table.scenarios[1].sharing_rule, "均等割10％・席数割90％");
    });
}

#[test]
fn both_databases_keep_the_same_bytes() {
    let kept = std::sync::Mutex::new(Vec::new());
    on_both(|office| {
        let (round, _) = surveyed(office, Mode::LeadContract, &golden_demand());
        let quote = enter(office, &round, quote(volume())).unwrap().id;
        let detail = calculate(office, &round, plan(&quote, mixture(20, 30, 50))).unwrap();
        let plan = serde_json::to_value(&detail.plan.members[2].line).unwrap();
        let same = [&plan["exact_share"], &plan["sharing_reason"], &plan["allocation_reason"]].map(Value::to_string);
        kept.lock().unwrap().push(same);
    });
    let kept = kept.into_inner().unwrap();
    assert!(kept.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn buying_up_and_a_wanted_reserve_are_both_shared_to_the_yen() {
    on_both(|office| {
        let demand = [wants(70), wants(80), wants(90), wants(45), wants(5)];
        let (round, _) = surveyed(office, Mode::LeadContract, &demand);
        let quote_id = enter(office, &round, quote(volume())).unwrap().id;
        let detail = calculate(office, &round, plan(&quote_id, json!({"kind": "per_seat"}))).unwrap();
        let seats = detail.plan.seats;
        assert_eq!((seats.demanded, seats.allocated, seats.bought, seats.reserve), (290, 290, 300, 10));
        assert_eq!(detail.plan.advice.as_ref().unwrap().saving_yen, 630_000);
        assert_eq!(shares(&detail).iter().sum::<i64>(), 7_920_000);

        let more = CreateScenario { supply: Some(320), ..plan(&quote_id, mixture(10, 0, 90)) };
        let detail = calculate(office, &round, more).unwrap();
        assert_eq!((detail.plan.seats.bought, detail.plan.seats.reserve), (320, 30));
        assert_eq!(shares(&detail).iter().sum::<i64>(), 320 * 24_000 * 11 / 10);
        assert!(detail.plan.fairness.checked);
        assert_eq!(detail.plan.members[0].line.stand_alone_yen, 2_310_000);
        assert!(replay(office, &detail.scenario.id).identical);

        // What comes in packs is received in packs: 290 seats are 12 packs of 25, and ten seats stay in reserve.
        let packs = json!({"mode": "package", "tiers": [{"up_to": null, "unit": "600000"}], "pack_size": 25});
        let quote_id = enter(office, &round, quote(packs)).unwrap().id;
        let detail = calculate(office, &round, plan(&quote_id, json!({"kind": "per_seat"}))).unwrap();
        let seats = detail.plan.seats;
        assert_eq!((seats.allocated, seats.bought, seats.reserve), (290, 300, 10));
        assert_eq!(shares(&detail).iter().sum::<i64>(), 12 * 600_000 * 11 / 10);
        assert!(replay(office, &detail.scenario.id).identical);
    });
}

#[test]
fn scarce_seats_go_by_population_above_the_guarantees() {
    on_both(|office| {
        let demand = golden_demand().map(|wish| AnswerContent { minimum_seats: 10, ..wish });
        let (round, _) = surveyed(office, Mode::LeadContract, &demand);
        let quote_id = enter(office, &round, quote(volume())).unwrap().id;
        let scarce = CreateScenario { supply: Some(120), ..plan(&quote_id, json!({"kind": "per_seat"})) };
        let detail = calculate(office, &round, scarce).unwrap();
        let seats: Vec<_> = detail.plan.members.iter().map(|member| member.line.seats).collect();
        assert_eq!((seats.iter().sum::<i64>(), seats[4]), (120, 10));
        assert!(seats[2] > seats[1] && seats[1] > seats[0]);
        let last = &detail.plan.members[4].allocation_sentence;
        assert!(last.contains("最低保証10席を確保しています。") && last.contains("人口（3,038人）"), "{last}");

        let too_few = CreateScenario { supply: Some(49), ..plan(&quote_id, json!({"kind": "per_seat"})) };
        match calculate(office, &round, too_few) {
            Err(Error::Rule(rule)) => {
                assert_eq!(rule.code, Code::GuaranteesExceedSupply);
                let who = rule.facts.iter().find(|(name, _)| *name == "who").unwrap();
                assert_eq!(who.1, "中井町10席、松田町10席、開成町10席、真鶴町10席、清川村10席");
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn budgets_and_price_points_meet_the_price_that_results() {
    on_both(|office| {
        let mut demand = golden_demand();
        // at 26,400 yen a seat (tax included) 1,000,000 yen pays for 37 seats, at 29,700 for 33
        demand[3].budget_cap_yen = Some(1_000_000);
        demand[4].price_points = vec![PricePoint { unit_price_at_most_yen: 25_000, seats: 40 }];
        let (round, _) = surveyed(office, Mode::LeadContract, &demand);
        let quote_id = enter(office, &round, quote(volume())).unwrap().id;
        let detail = calculate(office, &round, plan(&quote_id, json!({"kind": "per_seat"}))).unwrap();
        let capped = &detail.plan.members[3].line;
        assert_eq!(capped.limited_by, LimitedBy::Budget);
        assert!(capped.share_yen <= 1_000_000 && !capped.over_budget && capped.seats < 45, "{capped:?}");
        assert!(detail.plan.price_steps.len() > 1);
        let points =
            CreateScenario { demand: DemandBasis::PricePoints, ..plan(&quote_id, json!({"kind": "per_seat"})) };
        let detail = calculate(office, &round, points).unwrap();
        let reached = &detail.plan.members[4];
        assert_eq!((reached.line.seats, reached.line.limited_by), (40, LimitedBy::PricePoint));
        assert!(reached.allocation_sentence.contains("単価の条件"), "{}", reached.allocation_sentence);
    });
}

#[test]
fn a_scenario_is_finalised_once_and_then_nothing_moves_it() {
    on_both(|office| {
        let (round, _) = surveyed(office, Mode::LeadContract, &golden_demand());
        let quote_id = enter(office, &round, quote(volume())).unwrap().id;
        let first = calculate(office, &round, plan(&quote_id, mixture(0, 0, 100))).unwrap().scenario;
        let second = calculate(office, &round, plan(&quote_id, mixture(10, 0, 90))).unwrap().scenario;
        let done = finalise(office, &first.id).unwrap().scenario;
        assert_eq!((done.state.as_str(), done.version), ("finalised", 2));
        assert_eq!(code(finalise(office, &first.id)), Code::RoundAlreadyFinalised);
        assert_eq!(code(finalise(office, &second.id)), Code::RoundAlreadyFinalised);
        assert_eq!(code(calculate(office, &round, plan(&quote_id, mixture(0, 0, 100)))), Code::RoundStage);
        assert_eq!(code(enter(office, &round, quote(graduated()))), Code::RoundStage);
        let at = first.id.clone();
        let deleted = office.act_on(&office.lead, Some(2), move |ctx, call| delete_scenario(ctx, call, &at));
        assert_eq!(code(deleted), Code::ScenarioFrozen);
        let at = second.id.clone();
        office.act_on(&office.lead, Some(1), move |ctx, call| delete_scenario(ctx, call, &at)).unwrap();
        for sql in ["UPDATE scenarios SET result = '{}'", "DELETE FROM scenarios"] {
            assert!(office.try_sql(sql).unwrap_err().to_string().contains("scenarios_frozen"), "{sql}");
        }
        let replayed = replay(office, &first.id);
        assert!(replayed.identical);
        assert_eq!((replayed.result_hash.len(), &replayed.result_hash), (64, &first.result_hash));
        let at = round.clone();
        assert_eq!(
            office.look(&office.lead, move |ctx, call| get_round(ctx, call, &at)).unwrap().round.stage,
            "finalised"
        );
        let letters = office.mails("estimate_notice");
        assert_eq!(letters.len(), 5);
        assert!(letters.iter().any(|(to, text)| to.starts_with("u-contact-4@") && text.contains("396,000円")));
        office.verify();
    });
}

#[test]
fn a_replay_sees_a_result_that_was_tampered_with() {
    on_both(|office| {
        let (round, _) = surveyed(office, Mode::LeadContract, &golden_demand());
        let quote_id = enter(office, &round, quote(volume())).unwrap().id;
        let id = calculate(office, &round, plan(&quote_id, mixture(0, 0, 100))).unwrap().scenario.id;
        assert!(replay(office, &id).identical);
        office.sql(&format!("UPDATE scenarios SET result = REPLACE(result, '1848000', '1848001') WHERE id = '{id}'"));
        assert!(!replay(office, &id).identical);
    });
}

#[test]
fn unsound_scenarios_are_refused_field_by_field() {
    on_both(|office| {
        let (round, _) = surveyed(office, Mode::LeadContract, &golden_demand());
        let quote_id = enter(office, &round, quote(volume())).unwrap().id;
        let other = five_towns(office, Mode::LeadContract).round.id;
        let foreign = enter(office, &other, quote(volume())).unwrap().id;
        let base = || plan(&quote_id, json!({"kind": "per_seat"}));
        let refused = |cmd: CreateScenario| pointers(calculate(office, &round, cmd));
        for id in [foreign.as_str(), "nobody"] {
            assert_eq!(refused(plan(id, json!({"kind": "per_seat"}))), ["/quote_id"]);
            assert_eq!(refused(CreateScenario { survey_id: Some(id.to_owned()), ..base() }), ["/survey_id"]);
        }
        for bad in [-1, 0, 1 << 31, 1 << 53, i64::MAX] {
            assert_eq!(refused(CreateScenario { supply: Some(bad), ..base() }), ["/supply"], "{bad}");
        }
        let given = |member_id: &str, request| Override {
            member_id: member_id.to_owned(),
            request: Some(request),
            guarantee: None,
            budget_cap_yen: None,
        };
        let overrides = vec![
            given(&office.other_member, 1),
            given(&office.towns[0], -1),
            given(&office.towns[0], 1),
            given(&office.prefecture, 1),
        ];
        assert_eq!(
            refused(CreateScenario { overrides, ..base() }),
            ["/overrides/0/member_id", "/overrides/1/request", "/overrides/2/member_id", "/overrides/3/member_id"]
        );
        let above = |request, guarantee| Override { request, guarantee: Some(guarantee), ..given(&office.towns[0], 0) };
        for (request, guarantee) in [(Some(5), 6), (None, 1_000_000), (None, -1)] {
            let overrides = vec![above(request, guarantee)];
            let refused = refused(CreateScenario { overrides, ..base() });
            assert_eq!(refused, ["/overrides/0/guarantee"], "{guarantee} of {request:?} is not lowered silently");
        }
        let mut unknown = base();
        unknown.allocation.rule = "guess".to_owned();
        assert_eq!(refused(unknown), ["/allocation/rule"]);
        for rule in [json!({"kind": "guess"}), json!({}), json!({"kind": "mixture", "equal": "50", "seats": "40"})] {
            let refused = refused(plan(&quote_id, rule.clone()));
            assert!(refused[0].starts_with("/sharing/rule"), "{rule} {refused:?}");
        }
        let nobody = office.towns.iter().map(|town| given(town, 0)).collect();
        assert_eq!(code(calculate(office, &round, CreateScenario { overrides: nobody, ..base() })), Code::NoDemand);
        let short = json!({"mode": "volume", "tiers": [{"up_to": 100, "unit": "1000"}]});
        let bounded = enter(office, &round, QuoteContent { tax_included: true, ..quote(short) }).unwrap().id;
        assert_eq!(refused(plan(&bounded, json!({"kind": "per_seat"}))), ["/supply"]);

        let id = calculate(office, &round, base()).unwrap().scenario.id;
        for (who, expected) in [(&office.stranger, Error::NotFound), (&office.contacts[0], Error::Forbidden)] {
            let at = id.clone();
            assert_eq!(office.look(who, move |ctx, call| get_scenario(ctx, call, &at)).unwrap_err(), expected);
            let at = id.clone();
            assert_eq!(office.act(who, move |ctx, call| finalise_scenario(ctx, call, &at)).unwrap_err(), expected);
        }
        for ids in ["", "nobody", &format!("{id},nobody")] {
            let (at, query) = (round.clone(), ScenariosQuery { ids: ids.to_owned() });
            let compared = office.look(&office.lead, move |ctx, call| compare_scenarios(ctx, call, &at, &query));
            assert_eq!(pointers(compared), ["ids"], "{ids}");
        }
    });
}

#[test]
fn a_quote_that_includes_the_tax_is_shared_as_it_is_paid() {
    on_both(|office| {
        let (round, _) = surveyed(office, Mode::LeadContract, &golden_demand());
        let quote_id = enter(office, &round, QuoteContent { tax_included: true, ..quote(volume()) }).unwrap().id;
        let detail = calculate(office, &round, plan(&quote_id, mixture(0, 0, 100))).unwrap();
        let bill = &detail.plan.bill;
        assert_eq!((bill.ex_tax_yen, bill.tax_yen, bill.total_yen), (6_545_455, 654_545, 7_200_000));
        assert_eq!(shares(&detail).iter().sum::<i64>(), 7_200_000);
    });
}

#[test]
fn a_quote_past_its_validity_is_not_finalised_until_the_vendor_prolongs_it() {
    on_both(|office| {
        let (round, _) = surveyed(office, Mode::LeadContract, &golden_demand());
        let offered = QuoteContent { valid_until_on: day("2026-10-31"), ..quote(volume()) };
        let quote = enter(office, &round, offered.clone()).unwrap();
        let scenario = calculate(office, &round, plan(&quote.id, mixture(0, 0, 100))).unwrap().scenario.id;
        let end = "2026-10-31T15:00:00Z".parse().unwrap();
        office.clock.set(end);
        let facts = vec![("vendor", quote.vendor.clone()), ("valid_until_on", "2026年10月31日".to_owned())];
        assert_eq!(finalise(office, &scenario).unwrap_err(), Error::rule_with(Code::QuoteExpired, facts));
        let at = round.clone();
        let stage = office.look(&office.lead, move |ctx, call| get_round(ctx, call, &at)).unwrap().round.stage;
        assert_eq!(stage, "quoting", "nothing moved");

        office.clock.set(end - chrono::Duration::seconds(1));
        let cmd = QuoteContent { valid_until_on: day("2026-11-30"), ..offered };
        let id = quote.id.clone();
        office.act_on(&office.lead, Some(1), move |ctx, call| change_quote(ctx, call, &id, &cmd)).unwrap();
        office.clock.set(end);
        assert_eq!(finalise(office, &scenario).unwrap().scenario.state, "finalised");
    });
}

fn calculator(request: serde_json::Value) -> seat_allocator::json::Request {
    serde_json::from_value(request).unwrap()
}

#[test]
fn the_calculators_answer_without_storing_to_those_who_read_prices() {
    on_both(|office| {
        let claims =
            calculator(json!({"supply": 3, "rule": "webster", "claims": [{"id": "a", "weight": 2}, {"id": "b"}]}));
        let bill = json!({"total_yen": 100, "members": [{"id": "a", "seats": 1}, {"id": "b", "seats": 2}], "rule": {"kind": "per_seat"}});
        let price = json!({"price": volume(), "seats": [290]});
        for who in [&office.lead, &office.contacts[0], &office.auditor] {
            let body = claims.clone();
            let answer = office.look(who, move |ctx, call| simulate_allocation(ctx, call, &body)).unwrap();
            assert_eq!(answer.awards[0].seats, Some(2));
            let body = bill.clone();
            let answer = office.look(who, move |ctx, call| simulate_sharing(ctx, call, &body)).unwrap();
            assert_eq!(answer.shares[0].yen, Some(33));
            let body = price.clone();
            let answer = office.look(who, move |ctx, call| simulate_price(ctx, call, &body)).unwrap();
            assert_eq!(answer.totals[0].buy, 300);
        }
        for who in [&office.learner, &office.admin] {
            let body = claims.clone();
            let refused = office.look(who, move |ctx, call| simulate_allocation(ctx, call, &body));
            assert_eq!(refused.unwrap_err(), Error::Forbidden);
        }
        let lead = &office.lead;
        let bad = calculator(json!({"supply": -1, "rule": "webster", "claims": []}));
        let refused = office.look(lead, move |ctx, call| simulate_allocation(ctx, call, &bad));
        assert_eq!(pointers(refused), ["/supply"]);
        let bad = json!({"price": {"mode": "volume", "tiers": []}, "seats": [1]});
        assert_eq!(pointers(office.look(lead, move |ctx, call| simulate_price(ctx, call, &bad))), ["/price/tiers"]);
        let members: Vec<_> = (0..900).map(|id| json!({"id": id.to_string(), "seats": 1_000})).collect();
        let huge = json!({"price": volume(), "members": members, "rule": {"kind": "shapley"}});
        assert_eq!(pointers(office.look(lead, move |ctx, call| simulate_sharing(ctx, call, &huge))), ["/members"]);
    });
}
