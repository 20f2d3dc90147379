//! The spreadsheet that reproduces the shares, cell by cell: inputs as numbers, everything else as formulas that Excel and
//! LibreOffice know (SUM, INT, COUNTIF, IF). An official can change an input and see the yen follow. Rules whose arithmetic does not fit
//! a row (Shapley, nucleolus, ...) enter with their exact share as p/q and are rounded and summed by formula.

use crate::json::{Cost, ShareAnswer, ShareRequest};
use crate::member::Member;
use crate::ratio::Ratio;
use crate::rounding::ShareRounding;
use crate::rule::{Key, SharingRule};
use crate::yen::RoundingMode;
use serde::Serialize;

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Its address, for example `B3`.
    pub address: String,
    /// What it holds.
    #[serde(flatten)]
    pub content: Content,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Text.
    Text(String),
    /// A number in decimal notation.
    Number(String),
    /// A formula with its leading `=`.
    Formula(String),
}

/// First row of the members.
const FIRST: usize = 5;

/// The cells of the workbook, row by row. Row 1 holds the total, row 2 the parts of the rule, row 4 the headings, and one row for each
/// member in tie order follows: id, weights, exact share, cut, fraction, extra unit, yen; last the sums. Empty for explicit games.
///
/// ```
/// use cost_sharing::json::{ShareRequest, share};
/// use cost_sharing::{Content, formulas};
/// let request: ShareRequest = r#"{"total_yen": 100, "members": [{"id": "a", "seats": 1}, {"id": "b", "seats": 2}],
///     "rule": {"kind": "per_seat"}}"#.parse()?;
/// let cells = formulas(&request, &share(&request)?);
/// let exact = cells.iter().find(|cell| cell.address == "C5").unwrap();
/// assert_eq!(exact.content, Content::Formula("=$B$1*($B$2*B5/B$7)".to_owned()));
/// # Ok::<(), cost_sharing::Error>(())
/// ```
#[must_use]
pub fn formulas(request: &ShareRequest, answer: &ShareAnswer) -> Vec<Cell> {
    let Some(bill) = answer.bill.as_ref().filter(|_| !matches!(request.cost, Cost::Game(_))) else {
        return Vec::new();
    };
    let mut members: Vec<&Member> = request.members.iter().collect();
    members.sort_by(|a, b| a.tie_order(b));
    let keys = keys(request, answer);
    let mut sheet = Sheet { cells: Vec::new() };
    sheet.text("A", 1, "総額（税込）");
    sheet.number("B", 1, bill.total_yen.to_string());
    sheet.text("A", 2, "割合");
    sheet.text("A", 3, "端数処理の単位（円）");
    sheet.number("B", 3, request.rounding.unit_yen.to_string());
    sheet.text("A", 4, "団体");
    let columns = Columns::after(keys.len());
    for (index, (key, part)) in keys.iter().enumerate() {
        sheet.ratio(&column(index.saturating_add(1)), 2, part);
        sheet.text(&column(index.saturating_add(1)), 4, key_heading(key));
    }
    let headings = ["按分額", "切捨て", "端数", "追加", "負担金"];
    for (name, heading) in columns.all().into_iter().zip(headings) {
        sheet.text(name, 4, heading);
    }
    let last = FIRST.saturating_add(members.len()).saturating_sub(1);
    for (offset, member) in members.iter().enumerate() {
        let row = FIRST.saturating_add(offset);
        let Some(line) = answer.shares.iter().find(|line| line.id == member.id) else {
            continue;
        };
        sheet.text("A", row, &member.id);
        for (index, (key, _)) in keys.iter().enumerate() {
            sheet.ratio(&column(index.saturating_add(1)), row, &weight(request, member, key));
        }
        let exact =
            if keys.is_empty() { exact_cell(&line.exact) } else { spread(keys.len(), row, last.saturating_add(1)) };
        sheet.formula(&columns.exact, row, exact);
        columns.rounding(&mut sheet, request, member, row, last);
    }
    let sums = (1..=keys.len()).map(column).chain([
        columns.exact.clone(),
        columns.cut.clone(),
        columns.extra.clone(),
        columns.yen.clone(),
    ]);
    let end = last.saturating_add(1);
    sheet.text("A", end, "合計");
    for name in sums {
        sheet.formula(&name, end, format!("=SUM({name}{FIRST}:{name}{last})"));
    }
    sheet.cells
}

/// The keys and parts of a rule that is a sum of proportional parts; none where bounds changed the shares or the rule is another.
fn keys(request: &ShareRequest, answer: &ShareAnswer) -> Vec<(Key, Ratio)> {
    if answer.shares.iter().any(|line| line.reason.contains_key("before_bounds")) {
        return Vec::new();
    }
    let one = |key: Key| vec![(key, Ratio::one())];
    match &request.rule {
        SharingRule::Equal => one(Key::Equal),
        SharingRule::PerSeat | SharingRule::AumannShapley => one(Key::Seats),
        SharingRule::Weighted { by } => one(by.clone()),
        SharingRule::Mixture { parts } => {
            let whole: Ratio = parts.iter().map(|(_, part)| part).sum();
            parts
                .iter()
                .filter(|(_, part)| !part.is_zero())
                .filter_map(|(key, part)| Some((key.clone(), part.checked_div(&whole)?)))
                .collect()
        }
        SharingRule::TwoPart { .. }
        | SharingRule::StandAloneProportional
        | SharingRule::EqualSaving
        | SharingRule::Ensc
        | SharingRule::Scrb
        | SharingRule::Serial
        | SharingRule::Incremental { .. }
        | SharingRule::Shapley
        | SharingRule::Nucleolus
        | SharingRule::Prenucleolus
        | SharingRule::PerCapitaNucleolus => Vec::new(),
    }
}

/// The weight as the rule uses it: with the months where members differ in them.
fn weight(request: &ShareRequest, member: &Member, key: &Key) -> Ratio {
    let weight = match key {
        Key::Equal => Ratio::one(),
        Key::Seats => Ratio::whole(member.seats),
        Key::Population => Ratio::whole(member.population.unwrap_or(0)),
        Key::Weight(name) => member.weights.get(name).cloned().unwrap_or_else(Ratio::zero),
    };
    let uneven = request.members.iter().any(|other| other.months != member.months);
    if uneven { &weight * &Ratio::whole(member.months) } else { weight }
}

fn key_heading(key: &Key) -> &str {
    match key {
        Key::Equal => "均等割",
        Key::Seats => "席数",
        Key::Population => "人口",
        Key::Weight(name) => name,
    }
}

/// `=$B$1*($B$2*B5/B$10+$C$2*C5/C$10)`
fn spread(keys: usize, row: usize, sums: usize) -> String {
    let terms: Vec<String> =
        (1..=keys).map(column).map(|name| format!("${name}$2*{name}{row}/{name}${sums}")).collect();
    format!("=$B$1*({})", terms.join("+"))
}

fn exact_cell(exact: &Ratio) -> String {
    format!("={exact}")
}

/// The columns after the weights.
struct Columns {
    exact: String,
    cut: String,
    fraction: String,
    extra: String,
    yen: String,
}

impl Columns {
    fn after(keys: usize) -> Self {
        let at = |offset: usize| column(keys.saturating_add(offset));
        Self { exact: at(1), cut: at(2), fraction: at(3), extra: at(4), yen: at(5) }
    }

    fn all(&self) -> [&str; 5] {
        [&self.exact, &self.cut, &self.fraction, &self.extra, &self.yen]
    }

    /// Fractions are compared at nine places: a spreadsheet's own rounding must not break a tie.
    fn rounding(&self, sheet: &mut Sheet, request: &ShareRequest, member: &Member, row: usize, last: usize) {
        let Self { exact, cut, fraction, extra, yen } = self;
        let in_units = format!("ROUND({exact}{row}/$B$3,9)");
        let whole = match request.rounding.mode {
            ShareRounding::LargestRemainder | ShareRounding::Each(RoundingMode::Floor) => {
                format!("INT({in_units})")
            }
            ShareRounding::Each(RoundingMode::Ceil) => format!("-INT(-{in_units})"),
            ShareRounding::Each(RoundingMode::HalfUp) => format!("INT({in_units}+0.5)"),
        };
        sheet.formula(cut, row, format!("={whole}*$B$3"));
        sheet.formula(fraction, row, format!("=ROUND({in_units}-INT({in_units}),9)"));
        let left = format!("($B$1-SUM({cut}${FIRST}:{cut}${last}))");
        let rest = match (&request.rounding.remainder_to, request.rounding.mode) {
            (Some(id), ShareRounding::LargestRemainder) if *id == member.id => {
                format!("+{left}-INT({left}/$B$3)*$B$3")
            }
            (Some(id), ShareRounding::Each(_)) if *id == member.id => format!("+{left}"),
            _ => String::new(),
        };
        let given = match request.rounding.mode {
            ShareRounding::Each(_) => "0".to_owned(),
            // Place by fraction, the larger first; equal ones from the top.
            ShareRounding::LargestRemainder => format!(
                "IF(COUNTIF({fraction}${FIRST}:{fraction}${last},\">\"&{fraction}{row})+COUNTIF({fraction}${FIRST}:{fraction}{row},{fraction}{row})<=INT({left}/$B$3),$B$3,0)"
            ),
        };
        sheet.formula(extra, row, format!("={given}{rest}"));
        sheet.formula(yen, row, format!("={cut}{row}+{extra}{row}"));
    }
}

struct Sheet {
    cells: Vec<Cell>,
}

impl Sheet {
    fn put(&mut self, column: &str, row: usize, content: Content) {
        self.cells.push(Cell { address: format!("{column}{row}"), content });
    }

    fn text(&mut self, column: &str, row: usize, text: &str) {
        self.put(column, row, Content::Text(text.to_owned()));
    }

    fn number(&mut self, column: &str, row: usize, number: String) {
        self.put(column, row, Content::Number(number));
    }

    fn formula(&mut self, column: &str, row: usize, formula: String) {
        self.put(column, row, Content::Formula(formula));
    }

    /// A number where a finite decimal exists, otherwise `=p/q`.
    fn ratio(&mut self, column: &str, row: usize, ratio: &Ratio) {
        let text = ratio.to_decimal();
        let content = if text.contains('/') { Content::Formula(format!("={text}")) } else { Content::Number(text) };
        self.put(column, row, content);
    }
}

/// Name of a column from its position, 0 being A; enough for a few hundred keys.
fn column(index: usize) -> String {
    let letter =
        |value: usize| u8::try_from(value).ok().and_then(|value| b'A'.checked_add(value)).map_or('Z', char::from);
    let (high, low) = (index.checked_div(26).unwrap_or(0), index.checked_rem(26).unwrap_or(0));
    if high == 0 { letter(low).to_string() } else { format!("{}{}", letter(high.saturating_sub(1)), letter(low)) }
}
