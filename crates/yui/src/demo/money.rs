//! Chapters 3 and 4: two quotes over quantities, three scenarios side by side, one is finalised and replayed.

use super::cast::Cast;
use super::demand::Survey;
use super::teller::Teller;
use super::words;
use crate::commands::Failure;
use crate::terminal::grouped;
use app::pricing::compare::{CompareQuery, compare_quotes};
use app::pricing::{QuoteContent, create_quote};
use app::scenarios::compare::{ScenariosQuery, compare_scenarios};
use app::scenarios::finalise::{finalise_scenario, replay_scenario};
use app::scenarios::{CreateScenario, ScenarioDetail, create_scenario};
use chrono::NaiveDate;
use serde_json::{Value, json};

/// The quotes of the story.
pub(super) struct Quotes {
    volume: String,
    graduated: String,
}

pub(super) fn quotes(teller: &Teller, cast: &Cast, survey: &Survey) -> Result<Quotes, Failure> {
    teller.chapter(3, "見積の比較", "2025-10-24T10:00:00+09:00")?;
    let volume = quote(
        teller,
        cast,
        survey,
        "架空ラーニング株式会社",
        "全量適用",
        json!({
            "mode": "volume",
            "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}],
            "fixed_fee": "0", "minimum_commitment": "0", "buy_up": true,
        }),
    )?;
    let graduated = quote(
        teller,
        cast,
        survey,
        "架空まなび合同会社",
        "段階適用・基本料あり",
        json!({
            "mode": "graduated",
            "tiers": [{"up_to": 100, "unit": "29000"}, {"up_to": null, "unit": "22000"}],
            "fixed_fee": "300000", "minimum_commitment": "2000000", "buy_up": true,
        }),
    )?;
    let id = survey.round_id.clone();
    let query = CompareQuery { from: 1, to: 400, at: None };
    let comparison =
        teller.see(&cast.lead, "compare_quotes", move |ctx, call| compare_quotes(ctx, call, &id, &query))?;
    let mut rows = Vec::new();
    for seats in [50, 100, 200, 266, 267, 290, 300, 400] {
        let mut row = vec![words::count(seats)];
        for curve in &comparison.quotes {
            let total = curve.totals.iter().find(|total| total.seats == seats);
            row.push(total.and_then(|total| total.total_yen).map_or("—".to_owned(), grouped));
            row.push(total.and_then(|total| total.bought).map_or("—".to_owned(), words::count));
        }
        rows.push(row);
    }
    let names: Vec<String> = comparison
        .quotes
        .iter()
        .flat_map(|curve| [format!("{}（税込・円）", curve.title), "購入席数".to_owned()])
        .collect();
    let header: Vec<&str> = std::iter::once("席数").chain(names.iter().map(String::as_str)).collect();
    teller.table(&header, &[0, 1, 2, 3, 4], rows);
    for stretch in &comparison.cheapest {
        let title = comparison.quotes.iter().find(|c| c.quote_id == stretch.quote_id).map_or("", |c| c.title.as_str());
        teller.show(format!("{}〜{}席: 最も安いのは「{title}」", words::count(stretch.from), words::count(stretch.to)));
    }
    for advice in comparison.quotes.iter().filter_map(|curve| curve.advice.as_ref()) {
        teller.show(&advice.sentence);
    }
    Ok(Quotes { volume, graduated })
}

fn quote(
    teller: &Teller,
    cast: &Cast,
    survey: &Survey,
    vendor: &str,
    title: &str,
    schedule: Value,
) -> Result<String, Failure> {
    let content = QuoteContent {
        vendor: vendor.to_owned(),
        title: title.to_owned(),
        valid_until_on: NaiveDate::from_ymd_opt(2026, 4, 30).unwrap_or_default(),
        schedule,
        tax_rate: "0.10".to_owned(),
        tax_included: false,
        note: "架空の見積です。".to_owned(),
    };
    let id = survey.round_id.clone();
    Ok(teller.act(&cast.lead, "create_quote", move |ctx, call| create_quote(ctx, call, &id, &content))?.id)
}

/// Three ways to divide and to share; the first is the one that is finalised.
fn plans(quotes: &Quotes) -> [(&'static str, &str, Value, Value); 3] {
    let rounding = json!({"mode": "largest_remainder", "unit_yen": 1});
    let sharing = |rule: Value| json!({"rule": rule, "rounding": rounding});
    let key = json!({"by": "key"});
    [
        (
            "試算A 席数割",
            &quotes.volume,
            json!({"rule": "webster", "tie_break": key, "weights": "population"}),
            sharing(json!({"kind": "per_seat"})),
        ),
        (
            "試算B 均等1割・席数9割",
            &quotes.volume,
            json!({"rule": "constrained_equal_awards", "tie_break": key, "weights": "equal"}),
            sharing(json!({"kind": "mixture", "equal": "10", "population": "0", "seats": "90"})),
        ),
        (
            "試算C 別見積・均等2割・人口3割",
            &quotes.graduated,
            json!({"rule": "largest_remainder", "tie_break": key, "weights": "request"}),
            sharing(json!({"kind": "mixture", "equal": "20", "population": "30", "seats": "50"})),
        ),
    ]
}

pub(super) fn scenarios(
    teller: &Teller,
    cast: &Cast,
    survey: &Survey,
    quotes: &Quotes,
) -> Result<ScenarioDetail, Failure> {
    teller.chapter(4, "試算・比較・確定", "2025-10-27T10:00:00+09:00")?;
    let mut made = Vec::new();
    for (name, quote_id, allocation, sharing) in plans(quotes) {
        let create = json!({
            "name": name, "quote_id": quote_id, "survey_id": survey.survey_id, "allocation": allocation, "sharing": sharing,
        });
        let create: CreateScenario = serde_json::from_value(create).map_err(Failure::failed)?;
        let id = survey.round_id.clone();
        made.push(
            teller.act(&cast.lead, "create_scenario", move |ctx, call| create_scenario(ctx, call, &id, &create))?,
        );
    }
    let ids = made.iter().map(|s| s.scenario.id.as_str()).collect::<Vec<_>>().join(",");
    let (id, query) = (survey.round_id.clone(), ScenariosQuery { ids });
    let side_by_side =
        teller.see(&cast.lead, "compare_scenarios", move |ctx, call| compare_scenarios(ctx, call, &id, &query))?;
    let names: Vec<String> = side_by_side
        .scenarios
        .iter()
        .flat_map(|s| [format!("{}（席）", s.scenario.name), "負担金（円）".into()])
        .collect();
    let header: Vec<&str> =
        ["団体コード", "団体"].into_iter().chain(names.iter().map(String::as_str)).chain(["単独なら（円）"]).collect();
    let rows = side_by_side.rows.iter().map(|row| {
        let mut cells = vec![row.municipality_code.clone(), row.name.clone()];
        for cell in &row.cells {
            cells.push(cell.as_ref().map_or("—".into(), |c| grouped(c.seats)));
            cells.push(cell.as_ref().map_or("—".into(), |c| grouped(c.share_yen)));
        }
        let alone = row.cells.iter().flatten().next().map_or("—".into(), |c| grouped(c.stand_alone_yen));
        cells.push(alone);
        cells
    });
    teller.table(&header, &[2, 3, 4, 5, 6, 7, 8], rows.collect());
    for column in &side_by_side.scenarios {
        teller.show(format!(
            "{}: 総額{}円。{}",
            column.scenario.name,
            grouped(column.scenario.total_yen),
            column.fairness_sentence
        ));
    }
    let chosen = made.into_iter().next().ok_or_else(|| Failure::Failed("no scenario".to_owned()))?;
    teller.at("2025-11-05T09:00:00+09:00")?;
    let id = chosen.scenario.id.clone();
    let frozen = teller.act(&cast.lead, "finalise_scenario", move |ctx, call| finalise_scenario(ctx, call, &id))?;
    let id = frozen.scenario.id.clone();
    let replay = teller.see(&cast.lead, "replay_scenario", move |ctx, call| replay_scenario(ctx, call, &id))?;
    teller.show(format!(
        "確定: {}（{}席、{}円）。結果の検証番号は {}、もう一度計算した結果は{}。",
        frozen.scenario.name,
        grouped(frozen.scenario.seats),
        grouped(frozen.scenario.total_yen),
        frozen.scenario.result_hash,
        if replay.identical { "一致" } else { "不一致" }
    ));
    if replay.identical { Ok(frozen) } else { Err(Failure::Failed("再現が一致しません".to_owned())) }
}
