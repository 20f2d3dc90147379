//! Quotes side by side: total and unit price over the quantity as charts, the same numbers as a table, tier advice in words.

use super::amount;
use crate::chart::{self, Lines};
use crate::demand::under_round;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Sheet, command};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::Service;
use app::pricing::compare::{CompareQuery, ComparisonView, QuantityTotal, compare_quotes};
use askama::Template;
use domain::access::Action;
use http_kit::Id;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/rounds/{round_id}/quotes/compare", "page_compare_quotes", compare);
}

const RANGE: &Spec = &[("from", Kind::Number), ("to", Kind::Number), ("at", Kind::Number)];
/// Rows of the table beside crossings and the surveyed quantity.
const ROWS: i64 = 10;

#[derive(Template)]
#[template(path = "pricing/compare.html")]
struct ComparePage {
    shell: Shell,
    sheet: Sheet,
    round_id: String,
    /// Whether the lab is open to the visitor.
    may_try: bool,
    comparison: Option<ComparisonView>,
    totals: Lines,
    units: Lines,
    rows: Vec<Row>,
}

/// One quantity over all quotes.
struct Row {
    seats: i64,
    note: &'static str,
    cells: Vec<Cell>,
}

/// What one quote says to a quantity.
struct Cell {
    total: String,
    unit: String,
    /// More seats than wanted, where buying them costs less.
    bought: Option<i64>,
    least: bool,
}

impl ComparePage {
    fn name(&self, quote_id: &str) -> String {
        let quotes = self.comparison.as_ref().map(|found| found.quotes.as_slice()).unwrap_or_default();
        let found = quotes.iter().find(|quote| quote.quote_id == quote_id);
        found.map(|quote| format!("{}「{}」", quote.vendor, quote.title)).unwrap_or_default()
    }
}

/// Half to one and a half of what was surveyed, within the longest range.
fn around(at: Option<i64>) -> (i64, i64) {
    let Some(at) = at else { return (1, 300) };
    let half = at.checked_div(2).unwrap_or(0).clamp(25, 450);
    (at.saturating_sub(half).max(1), at.saturating_add(half))
}

async fn compare(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let typed = Fields::parse(visitor.uri.split_once('?').map_or("", |(_, query)| query).as_bytes());
    let asked = !typed.get("from").is_empty() || !typed.get("to").is_empty();
    let cmd = if asked { Some(command::<CompareQuery>(&typed, RANGE)) } else { None };
    let (query, fault) = match cmd {
        Some(Ok(query)) => (Some(query), None),
        Some(Err(problem)) => (None, Some(problem)),
        None => (None, None),
    };
    let round_id = id.clone();
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let round = app::rounds::get_round_alone(ctx, call, &id)?;
        let query = match &query {
            Some(query) => query.clone(),
            None => {
                let surveyed = compare_quotes(ctx, call, &id, &CompareQuery { from: 1, to: 1, at: None })?.at;
                let (from, to) = around(surveyed);
                CompareQuery { from, to, at: None }
            }
        };
        let found = compare_quotes(ctx, call, &id, &query);
        Ok((round, query, found))
    };
    let (round, query, found) = service.read(visitor.call.clone(), read).await?;
    let mut sheet = Sheet::blank(&visitor);
    let mut comparison = None;
    match (fault, found) {
        (Some(problem), _) => sheet = Sheet::refused_open(&typed, problem)?,
        (None, Err(error)) => sheet = Sheet::refused_open(&typed, error.into())?,
        (None, Ok(found)) => {
            sheet = sheet.set("from", query.from.to_string()).set("to", query.to.to_string());
            sheet = sheet.set("at", found.at.map(|at| at.to_string()).unwrap_or_default());
            comparison = Some(found);
        }
    }
    let shell =
        under_round(&service, &visitor, &round, "見積を比べる").under("見積", format!("/rounds/{round_id}/quotes"));
    let (totals, units, rows) = comparison.as_ref().map(|found| drawn(found, &query)).unwrap_or_default();
    let may_try = visitor.may(Action::ReadScenarios, &round.consortium_id, None);
    let page = ComparePage { shell, sheet, round_id, may_try, comparison, totals, units, rows };
    if page.sheet.summary.is_some() { show::again(&page) } else { show::page(&page) }
}

fn unit(total: &QuantityTotal) -> Option<i64> {
    total.ex_tax_yen?.checked_div(total.seats)
}

fn drawn(found: &ComparisonView, query: &CompareQuery) -> (Lines, Lines, Vec<Row>) {
    let range = (query.from, query.to);
    let series = |value: fn(&QuantityTotal) -> Option<i64>| -> Vec<(String, Vec<Option<i64>>)> {
        let line = |quote: &app::pricing::compare::QuoteCurve| {
            (format!("{}「{}」", quote.vendor, quote.title), quote.totals.iter().map(value).collect())
        };
        found.quotes.iter().map(line).collect()
    };
    let within = |seats: &i64| (query.from..=query.to).contains(seats);
    let mut marks: Vec<(i64, String)> = found
        .crossings
        .iter()
        .filter(|seats| within(seats))
        .map(|seats| (*seats, format!("{seats}席で逆転")))
        .collect();
    marks.extend(found.at.filter(|at| within(at)).map(|at| (at, format!("比べる席数 {at}席"))));
    marks.sort_by_key(|(seats, _)| *seats);
    let totals = chart::lines(range, &series(|total| total.total_yen), &marks);
    let units = chart::lines(range, &series(unit), &marks);
    (totals, units, rows(found, query))
}

fn rows(found: &ComparisonView, query: &CompareQuery) -> Vec<Row> {
    let length = query.to.saturating_sub(query.from);
    let mut quantities: Vec<i64> =
        (0..=ROWS).map(|part| query.from.saturating_add(chart::scaled(part, ROWS, length))).collect();
    quantities.extend(&found.crossings);
    quantities.extend(found.at.filter(|at| (query.from..=query.to).contains(at)));
    quantities.sort_unstable();
    quantities.dedup();
    let row = |seats: i64| {
        let place = usize::try_from(seats.saturating_sub(query.from)).ok()?;
        let totals: Vec<Option<&QuantityTotal>> = found.quotes.iter().map(|quote| quote.totals.get(place)).collect();
        let least = totals.iter().flatten().filter_map(|total| total.total_yen).min();
        let cell = |total: &Option<&QuantityTotal>| match total.and_then(|total| Some((total, total.total_yen?))) {
            Some((total, yen)) => {
                let unit = total.unit_yen.as_deref().map(amount).unwrap_or_default();
                let bought = total.bought.filter(|bought| *bought > seats);
                Cell { total: words::yen(&yen), unit, bought, least: Some(yen) == least }
            }
            None => Cell { total: "対象外".to_owned(), unit: String::new(), bought: None, least: false },
        };
        let note = if found.crossings.contains(&seats) {
            "最安が替わる席数"
        } else if found.at == Some(seats) {
            "比べる席数"
        } else {
            ""
        };
        Some(Row { seats, note, cells: totals.iter().map(cell).collect() })
    };
    quantities.into_iter().filter_map(row).collect()
}
