//! Pricing: quotes, their faults field by field, and the comparison over quantities.

use crate::demand::{surveyed, wants};
use crate::office::{Office, code, day, on_both, pointers};
use crate::rounds::five_towns;
use app::pricing::compare::{CompareQuery, ComparisonView, compare_quotes};
use app::pricing::{QuoteContent, QuoteView, change_quote, create_quote, get_quote, list_quotes};
use app::rounds::Mode;
use app::{Code, Error, PageQuery};
use serde_json::{Value, json};

/// The tiers of the worked example.
pub fn volume() -> Value {
    json!({"mode": "volume", "tiers": [
        {"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}]})
}

pub fn graduated() -> Value {
    json!({"mode": "graduated", "tiers": [
        {"up_to": 99, "unit": "28000"}, {"up_to": 299, "unit": "25000"}, {"up_to": null, "unit": "20000"}],
        "fixed_fee": "100000", "minimum_commitment": "1000000"})
}

pub fn quote(schedule: Value) -> QuoteContent {
    QuoteContent {
        vendor: "架空ラーニング株式会社".to_owned(),
        title: "年間ライセンス".to_owned(),
        valid_until_on: day("2027-03-31"),
        schedule,
        tax_rate: "0.10".to_owned(),
        tax_included: false,
        note: String::new(),
    }
}

pub fn enter(office: &Office, round: &str, cmd: QuoteContent) -> Result<QuoteView, Error> {
    let at = round.to_owned();
    office.act(&office.lead, move |ctx, call| create_quote(ctx, call, &at, &cmd))
}

fn compare(office: &Office, round: &str, from: i64, to: i64, at: Option<i64>) -> Result<ComparisonView, Error> {
    let id = round.to_owned();
    office.look(&office.contacts[0], move |ctx, call| compare_quotes(ctx, call, &id, &CompareQuery { from, to, at }))
}

#[test]
fn quotes_are_compared_over_the_surveyed_quantity() {
    on_both(|office| {
        let wanted = [wants(70), wants(80), wants(90), wants(45), wants(5)];
        let (round, _) = surveyed(office, Mode::LeadContract, &wanted);
        let one = enter(office, &round, quote(volume())).unwrap();
        let two = enter(office, &round, quote(graduated())).unwrap();
        let view = compare(office, &round, 200, 400, None).unwrap();
        assert_eq!(view.at, Some(290));
        let advice = view.quotes[0].advice.as_ref().unwrap();
        assert_eq!((advice.buy, advice.saving_yen), (300, 630_000));
        let at = |quote: usize, seats: i64| view.quotes[quote].totals[usize::try_from(seats - 200).unwrap()].clone();
        assert_eq!((at(0, 290).bought, at(0, 290).total_yen), (Some(300), Some(7_920_000)));
        assert_eq!(at(0, 300).unit_yen.as_deref(), Some("24000"));
        // 100,000 + 99 × 28,000 + 200 × 25,000 + 1 × 20,000
        assert_eq!((at(1, 300).ex_tax_yen, at(1, 300).total_yen), (Some(7_892_000), Some(8_681_200)));
        for stretch in view.cheapest.windows(2) {
            assert_eq!(stretch[0].to + 1, stretch[1].from);
            assert_ne!(stretch[0].quote_id, stretch[1].quote_id);
        }
        assert_eq!(view.crossings.len() + 1, view.cheapest.len());
        for stretch in &view.cheapest {
            let (cheap, dear) = if stretch.quote_id == one.id { (0, 1) } else { (1, 0) };
            assert!(at(cheap, stretch.from).total_yen <= at(dear, stretch.from).total_yen);
        }
        let round_id = round.clone();
        let page = PageQuery { limit: Some(1), ..PageQuery::default() };
        let first = office.look(&office.auditor, move |ctx, call| list_quotes(ctx, call, &round_id, &page)).unwrap();
        let (round_id, cursor) = (round.clone(), first.next_cursor);
        assert!(cursor.is_some());
        let page = PageQuery { limit: Some(1), cursor: cursor.clone(), ..PageQuery::default() };
        let second = office.look(&office.auditor, move |ctx, call| list_quotes(ctx, call, &round_id, &page)).unwrap();
        assert_eq!(second.items[0].id, two.id);
        // a cursor of one round's list opens no other list
        let other = five_towns(office, Mode::LeadContract).round.id;
        let page = PageQuery { cursor, ..PageQuery::default() };
        let foreign = office.look(&office.auditor, move |ctx, call| list_quotes(ctx, call, &other, &page));
        assert_eq!(code(foreign), Code::InvalidCursor);
    });
}

#[test]
fn a_quote_with_unsound_tiers_or_rates_is_refused_at_the_field() {
    on_both(|office| {
        let round = five_towns(office, Mode::LeadContract).round.id;
        let refused = |cmd: QuoteContent| pointers(enter(office, &round, cmd));
        let tiers = |tiers: Value| quote(json!({"mode": "volume", "tiers": tiers}));
        let overlap = json!([{"up_to": 99, "unit": "3"}, {"from": 90, "up_to": null, "unit": "2"}]);
        assert_eq!(refused(tiers(overlap)), ["/schedule/tiers/1/from"]);
        let gap = json!([{"up_to": 99, "unit": "3"}, {"from": 101, "up_to": null, "unit": "2"}]);
        assert_eq!(refused(tiers(gap)), ["/schedule/tiers/1/from"]);
        let descending = json!([{"up_to": 99, "unit": "3"}, {"up_to": 50, "unit": "2"}]);
        assert_eq!(refused(tiers(descending)), ["/schedule/tiers/1/up_to"]);
        assert_eq!(refused(tiers(json!([]))), ["/schedule/tiers"]);
        assert_eq!(refused(quote(json!({"tiers": []}))), ["/schedule/mode"]);
        assert_eq!(refused(quote(json!({"mode": "volume", "tiers": [], "price": 1}))), ["/schedule/price"]);
        for unit in ["-1", "9007199254740993000000", "3000円"] {
            assert_eq!(refused(tiers(json!([{"up_to": null, "unit": unit}]))), ["/schedule/tiers/0/unit"], "{unit}");
        }
        for rate in ["1", "-0.1", "10%", "０.１"] {
            assert_eq!(refused(QuoteContent { tax_rate: rate.to_owned(), ..quote(volume()) }), ["/tax_rate"], "{rate}");
        }
        let empty = QuoteContent { vendor: " ".to_owned(), title: "長".repeat(101), ..quote(volume()) };
        assert_eq!(refused(empty), ["/vendor", "/title"]);
    });
}

#[test]
fn a_quote_changes_by_version_and_stays_within_its_consortium() {
    on_both(|office| {
        let round = five_towns(office, Mode::LeadContract).round.id;
        let id = enter(office, &round, quote(volume())).unwrap().id;
        let change = |version| {
            let at = id.clone();
            office.act_on(&office.lead, version, move |ctx, call| change_quote(ctx, call, &at, &quote(graduated())))
        };
        assert_eq!(change(None).unwrap_err(), Error::PreconditionRequired);
        assert_eq!(change(Some(7)).unwrap_err(), Error::Stale);
        assert_eq!(change(Some(1)).unwrap().version, 2);
        for (who, expected) in [(&office.stranger, Error::NotFound), (&office.learner, Error::Forbidden)] {
            let at = id.clone();
            assert_eq!(office.look(who, move |ctx, call| get_quote(ctx, call, &at)).unwrap_err(), expected);
        }
        let at = round.clone();
        let foreign = office.act(&office.contacts[0], move |ctx, call| create_quote(ctx, call, &at, &quote(volume())));
        assert_eq!(foreign.unwrap_err(), Error::Forbidden);
        for (from, to, at) in [(0, 10, None), (10, 9, None), (1, 1_001, None), (1, i64::MAX, None), (-1, 1, None)] {
            assert!(!pointers(compare(office, &round, from, to, at)).is_empty(), "{from} {to}");
        }
        assert_eq!(pointers(compare(office, &round, 1, 1, Some(1 << 53))), ["at"]);
    });
}
