//! The calculation of the shares as a workbook with live formulas: of a whole scenario for the lead, of one share for a town.
//!
//! The formulas come from the calculator; their results are worked out here once more and must be the stored yen.
//! A town's own workbook carries the other towns as one sum: their numbers are not its business.

use super::engine::share_request;
use super::model::{Inputs, Outcome};
use super::{kept, load, words};
use crate::pricing::tariff::Tariff;
use crate::service::Call;
use crate::{Ctx, Error};
use cost_sharing::{Cell, Content, Ratio};
use documents::workbook::{Calculation, CalculationCell, Content as Shown};
use domain::access::Action;
use std::collections::BTreeMap;
use store::scenarios::Scenario;

/// Row of the headings, from 0, as [`cost_sharing::formulas`] lays the sheet out.
const HEADINGS: u32 = 3;
/// First row of the members, from 1.
const FIRST: usize = 5;

/// The calculation of a scenario, every member in it.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia; [`Error::Forbidden`] for towns.
pub fn get_scenario_workbook(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Calculation, Error> {
    let scenario = load(ctx, call, Action::ReadScenarios, id)?;
    let (inputs, outcome, grid) = worked_out(&scenario)?;
    let mut lines = vec![
        format!("試算：{}", scenario.name),
        format!("按分の方法：{}", words::sharing_name(&inputs.sharing)),
        words::fairness(&outcome),
    ];
    lines.extend(outcome.members.iter().map(|line| {
        format!("{}（{}）：{}", line.name, line.municipality_code, words::sharing(&inputs, &outcome, line))
    }));
    let name = |code: &str| match outcome.members.iter().find(|line| line.municipality_code == code) {
        Some(line) => format!("{code} {}", line.name),
        None => code.to_owned(),
    };
    let cells = grid.cells.iter().map(|cell| grid.shown(cell, &name)).collect::<Result<_, _>>()?;
    Ok(Calculation { title: format!("負担金の計算 {}", scenario.name), lines, cells, heading_row: HEADINGS })
}

/// The calculation of one member's share of a contract.
///
/// # Errors
/// [`Error::NotFound`] for another town's share, and when there is none.
pub fn get_share_workbook(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    member_id: &str,
) -> Result<Calculation, Error> {
    let contract = store::contracts::find(ctx.db, contract_id)?;
    call.actor.permit(Action::ReadShares, &contract.consortium_id, Some(member_id))?;
    let scenario = store::scenarios::find(ctx.db, &contract.scenario_id)?;
    let (inputs, outcome, grid) = worked_out(&scenario)?;
    let line = outcome.members.iter().find(|line| line.member_id == member_id).ok_or(Error::NotFound)?;
    let lines = vec![
        format!("契約：{}（{}）", contract.number, contract.vendor),
        format!("按分の方法：{}", words::sharing_name(&inputs.sharing)),
        words::sharing(&inputs, &outcome, line),
        "「追加」は、切り捨てた端数の合計を、端数の大きい団体から順に割り当てた額です。全団体の端数で決まるため、結果を数値で示します。".to_owned(),
    ];
    let cells = own_cells(&grid, &line.municipality_code, &line.name)?;
    Ok(Calculation { title: format!("負担金の計算 {}", line.name), lines, cells, heading_row: HEADINGS })
}

/// The cells of a scenario with their results.
struct Grid {
    cells: Vec<Cell>,
    results: BTreeMap<String, Ratio>,
}

fn worked_out(scenario: &Scenario) -> Result<(Inputs, Outcome, Grid), Error> {
    let (inputs, outcome) = kept(scenario)?;
    let fault = |reason: &str| Error::internal(format!("workbook of scenario {}: {reason}", scenario.id));
    let quote = &inputs.quote;
    let tariff =
        Tariff::read(&quote.schedule, &quote.tax_rate, quote.tax_included).map_err(|_error| fault("tariff"))?;
    let quantity = inputs.supply.unwrap_or(outcome.seats.demanded);
    let seats: Vec<i64> = outcome.members.iter().map(|line| line.seats).collect();
    let alone: Vec<i64> = outcome.members.iter().map(|line| line.stand_alone_yen).collect();
    let request = share_request(&inputs, &tariff, (quantity, outcome.bill.total_yen), &seats, &alone)
        .map_err(|_error| fault("request"))?;
    let answer = cost_sharing::json::share(&request).map_err(|_error| fault("answer"))?;
    let cells = cost_sharing::formulas(&request, &answer);
    let results = cost_sharing::results(&cells).ok_or_else(|| fault("a cell without result"))?;
    let grid = Grid { cells, results };
    for line in outcome.members.iter().filter(|line| line.seats > 0) {
        let yen = grid.column("負担金").zip(grid.row_of(&line.municipality_code));
        let yen = yen.and_then(|(column, row)| grid.results.get(&format!("{column}{row}")));
        if yen != Some(&Ratio::whole(line.share_yen)) {
            return Err(fault("the formulas give another share"));
        }
    }
    Ok((inputs, outcome, grid))
}

impl Grid {
    fn column(&self, heading: &str) -> Option<&str> {
        let row = FIRST.saturating_sub(1).to_string();
        self.cells.iter().find_map(|cell| match &cell.content {
            Content::Text(text) if text == heading => cell.address.strip_suffix(&row),
            _ => None,
        })
    }

    fn row_of(&self, code: &str) -> Option<usize> {
        self.cells.iter().find_map(|cell| match &cell.content {
            Content::Text(text) if text == code => cell.address.strip_prefix('A')?.parse().ok(),
            _ => None,
        })
    }

    fn text(&self, address: &str) -> Option<&str> {
        self.cells.iter().find(|cell| cell.address == address).and_then(|cell| match &cell.content {
            Content::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    fn shown(&self, cell: &Cell, name: &dyn Fn(&str) -> String) -> Result<CalculationCell, Error> {
        let (column, row) = place(&cell.address)?;
        let result = self.results.get(&cell.address).map(decimal).unwrap_or_default();
        let content = match &cell.content {
            Content::Text(text) => Shown::Text(name(text)),
            Content::Number(value) => Shown::Input { value: value.clone(), result },
            // A fraction that no decimal ends is an input too, unless it is a share worked out elsewhere.
            Content::Formula(formula) => Shown::Formula { formula: formula.clone(), result },
        };
        Ok(CalculationCell { row, column, content })
    }
}

/// One member's row, the others as one sum, and the sums that the shares are measured against.
fn own_cells(grid: &Grid, code: &str, name: &str) -> Result<Vec<CalculationCell>, Error> {
    let missing = || Error::internal("a workbook without this cell");
    let own = grid.row_of(code).ok_or_else(missing)?;
    let sums = grid.row_of("合計").ok_or_else(missing)?;
    let exact = grid.column("按分額").ok_or_else(missing)?.to_owned();
    let (extra, yen) = (grid.column("追加").ok_or_else(missing)?, grid.column("負担金").ok_or_else(missing)?);
    let cut = grid.column("切捨て").ok_or_else(missing)?;
    let (others, end) = (FIRST.saturating_add(1), FIRST.saturating_add(2));
    let value = |column: &str, row: usize| grid.results.get(&format!("{column}{row}")).ok_or_else(missing);
    let mut cells = Vec::new();
    let mut put = |column: &str, row: usize, content: Shown| -> Result<(), Error> {
        let (column, row) = place(&format!("{column}{row}"))?;
        cells.push(CalculationCell { row, column, content });
        Ok(())
    };
    let number = |value: &Ratio| Shown::Input { value: value.to_decimal(), result: decimal(value) };
    put("A", FIRST, Shown::Text(format!("{code} {name}")))?;
    put("A", others, Shown::Text("その他の団体（合計）".to_owned()))?;
    put("A", end, Shown::Text("合計".to_owned()))?;
    for cell in &grid.cells {
        let (_, row) = place(&cell.address)?;
        let column = cell.address.trim_end_matches(|c: char| c.is_ascii_digit());
        // Rows 1 to 4 stay as they are, without the column of the fractions that only all members together rank by.
        if row <= HEADINGS && grid.text(&cell.address) != Some("端数") {
            let result = grid.results.get(&cell.address);
            let content = match (&cell.content, result) {
                (Content::Text(text), _) => Shown::Text(text.clone()),
                (_, Some(result)) => number(result),
                (_, None) => return Err(missing()),
            };
            put(column, usize::try_from(row).unwrap_or(0).saturating_add(1), content)?;
        }
    }
    let sum_of = |column: &str| format!("=SUM({column}{FIRST}:{column}{others})");
    let weights: Vec<String> = grid
        .cells
        .iter()
        .filter_map(|cell| cell.address.strip_suffix(&own.to_string()).map(str::to_owned))
        .take_while(|column| *column != exact)
        .filter(|column| column != "A")
        .collect();
    for column in &weights {
        let (mine, all) = (value(column, own)?, value(column, sums)?);
        put(column, FIRST, number(mine))?;
        put(column, others, number(&(all - mine)))?;
        put(column, end, Shown::Formula { formula: sum_of(column), result: decimal(all) })?;
    }
    let exact_value = value(&exact, own)?;
    let formula = if weights.is_empty() {
        format!("={exact_value}")
    } else {
        let terms: Vec<String> =
            weights.iter().map(|column| format!("${column}$2*{column}{FIRST}/{column}${end}")).collect();
        format!("=$B$1*({})", terms.join("+"))
    };
    put(&exact, FIRST, Shown::Formula { formula, result: decimal(exact_value) })?;
    let original = grid.cells.iter().find(|cell| cell.address == format!("{cut}{own}")).ok_or_else(missing)?;
    let Content::Formula(rounded) = &original.content else { return Err(missing()) };
    let rounded = rounded.replace(&format!("{exact}{own}/"), &format!("{exact}{FIRST}/"));
    put(cut, FIRST, Shown::Formula { formula: rounded, result: decimal(value(cut, own)?) })?;
    put(extra, FIRST, number(value(extra, own)?))?;
    let share = value(yen, own)?;
    put(yen, FIRST, Shown::Formula { formula: format!("={cut}{FIRST}+{extra}{FIRST}"), result: decimal(share) })?;
    let rest = &(value(yen, sums)? - share);
    put(yen, others, Shown::Formula { formula: format!("=$B$1-{yen}{FIRST}"), result: decimal(rest) })?;
    put(yen, end, Shown::Formula { formula: sum_of(yen), result: decimal(value(yen, sums)?) })?;
    Ok(cells)
}

/// Column and row from 0 of an address.
fn place(address: &str) -> Result<(u16, u32), Error> {
    let fault = || Error::internal(format!("no address: {address}"));
    let split = address.find(|c: char| c.is_ascii_digit()).ok_or_else(fault)?;
    let (letters, digits) = address.split_at_checked(split).ok_or_else(fault)?;
    let column = letters.bytes().fold(0_u16, |sum, letter| {
        sum.saturating_mul(26).saturating_add(u16::from(letter.saturating_sub(b'A'))).saturating_add(1)
    });
    let row: u32 = digits.parse().map_err(|_error| fault())?;
    Ok((column.checked_sub(1).ok_or_else(fault)?, row.checked_sub(1).ok_or_else(fault)?))
}

/// Decimal notation, cut after twelve places where it does not end.
fn decimal(value: &Ratio) -> String {
    let text = value.to_decimal();
    if !text.contains('/') {
        return text;
    }
    let scaled = (&value.abs() * &Ratio::whole(1_000_000_000_000_i64)).floor().to_string();
    let padded = format!("{scaled:0>13}");
    let (whole, part) = padded.split_at_checked(padded.len().saturating_sub(12)).unwrap_or((&padded, ""));
    format!("{}{whole}.{part}", if value.is_negative() { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_decimals_are_what_a_spreadsheet_expects() {
        assert_eq!(place("A1").unwrap(), (0, 0));
        assert_eq!(place("AB12").unwrap(), (27, 11));
        assert_eq!(decimal(&Ratio::new(1, 3).unwrap()), "0.333333333333");
        assert_eq!(decimal(&Ratio::new(-7, 3).unwrap()), "-2.333333333333");
        assert_eq!(decimal(&Ratio::new(5, 2).unwrap()), "2.5");
    }
}
