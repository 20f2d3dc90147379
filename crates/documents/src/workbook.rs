//! The calculation workbook: 説明 in words, 入力 to change, 計算 with live formulas and the results they have today.
//!
//! The numbers of 入力 stand at the same addresses as in 計算, which refers to them: who changes one sees the yen follow.
//! Deliberately absent: what the formulas say; they come from the calculator.

use crate::xlsx::{heading, page_name};
use crate::{Refused, Unwritable};
use calamine::{Reader as _, Xlsx};
use rust_xlsxwriter::{DocProperties, Format, Formula, Workbook, Worksheet};

/// What a cell of a calculation holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Words.
    Text(String),
    /// A number that can be changed.
    Input {
        /// In decimal notation or as `p/q`.
        value: String,
        /// In decimal notation.
        result: String,
    },
    /// A formula with its leading `=`.
    Formula {
        /// Of the cells of the same sheet.
        formula: String,
        /// What it gives now, in decimal notation.
        result: String,
    },
}

/// A cell of a calculation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalculationCell {
    /// Row from 0.
    pub row: u32,
    /// Column from 0.
    pub column: u16,
    /// What it holds.
    pub content: Content,
}

/// A calculation in words and cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calculation {
    /// Title of the file and of its first line.
    pub title: String,
    /// The explanation, a line each.
    pub lines: Vec<String>,
    /// The cells.
    pub cells: Vec<CalculationCell>,
    /// Rows (from 0) that hold headings.
    pub heading_row: u32,
}

/// A formula of a workbook with the value stored beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calculated {
    /// Name of the sheet.
    pub sheet: String,
    /// Without the leading `=`.
    pub formula: String,
    /// What the file says that it gives.
    pub value: String,
}

/// The formulas of a workbook: what a spreadsheet calculates anew when a number is changed.
///
/// # Errors
/// A file that is no workbook.
pub fn formulas(bytes: &[u8]) -> Result<Vec<Calculated>, Refused> {
    crate::guard::check(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).ok().ok_or(Refused::Damaged)?;
    let mut found = Vec::new();
    for sheet in book.sheet_names() {
        let formulas = book.worksheet_formula(&sheet).ok().ok_or(Refused::Damaged)?;
        let values = book.worksheet_range(&sheet).ok().ok_or(Refused::Damaged)?;
        let (top, left) = formulas.start().unwrap_or_default();
        for (row, column, formula) in formulas.used_cells() {
            let at = |from: u32, by: usize| from.saturating_add(u32::try_from(by).unwrap_or(u32::MAX));
            let value = values.get_value((at(top, row), at(left, column))).map(ToString::to_string);
            let (sheet, formula) = (sheet.clone(), formula.clone());
            found.push(Calculated { sheet, formula, value: value.unwrap_or_default() });
        }
    }
    Ok(found)
}

const INPUT: &str = "入力";
const RESULT: &str = "計算";

/// Writes the workbook.
///
/// # Errors
/// When the library refuses.
pub fn write(calculation: &Calculation) -> Result<Vec<u8>, Unwritable> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_title(&calculation.title));
    explanation(book.add_worksheet(), calculation)?;
    let head = heading(false);
    // A whole number must not wear a point, a fraction must show its places.
    let places = |result: &str| if result.contains('.') { "#,##0.0########" } else { "#,##0" };
    let yellow = |result: &str| heading(true).set_num_format(places(result));
    let number = |result: &str| Format::new().set_num_format(places(result));
    {
        let page = sheet(book.add_worksheet(), INPUT)?;
        let mut shown: Vec<u16> = vec![0];
        shown.extend(
            calculation
                .cells
                .iter()
                .filter(|cell| matches!(cell.content, Content::Input { .. }))
                .map(|cell| cell.column),
        );
        for cell in calculation.cells.iter().filter(|cell| shown.contains(&cell.column)) {
            match &cell.content {
                Content::Text(text) if cell.row == calculation.heading_row => {
                    page.write_string_with_format(cell.row, cell.column, text, &head)?;
                }
                Content::Text(text) => {
                    page.write_string(cell.row, cell.column, text)?;
                }
                Content::Input { value, result } => match value.parse::<f64>() {
                    Ok(value) => {
                        page.write_number_with_format(cell.row, cell.column, value, &yellow(result))?;
                    }
                    Err(_a_fraction) => {
                        page.write_formula_with_format(
                            cell.row,
                            cell.column,
                            Formula::new(format!("={value}")),
                            &yellow(result),
                        )?;
                    }
                },
                Content::Formula { .. } => {}
            }
        }
    }
    let page = sheet(book.add_worksheet(), RESULT)?;
    for cell in &calculation.cells {
        match &cell.content {
            Content::Text(text) if cell.row == calculation.heading_row => {
                page.write_string_with_format(cell.row, cell.column, text, &head)?;
            }
            Content::Text(text) => {
                page.write_string(cell.row, cell.column, text)?;
            }
            Content::Input { result, .. } => {
                let from = Formula::new(format!("='{INPUT}'!{}", address(cell.row, cell.column))).set_result(result);
                page.write_formula_with_format(cell.row, cell.column, from, &number(result))?;
            }
            Content::Formula { formula, result } => {
                let formula = Formula::new(formula).set_result(result);
                page.write_formula_with_format(cell.row, cell.column, formula, &number(result))?;
            }
        }
    }
    Ok(book.save_to_buffer()?)
}

fn sheet<'a>(page: &'a mut Worksheet, name: &str) -> Result<&'a mut Worksheet, Unwritable> {
    page.set_name(name)?;
    page.set_column_width(0, 24)?;
    page.set_column_range_width(1, 12, 16)?;
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(page)
}

fn explanation(page: &mut Worksheet, calculation: &Calculation) -> Result<(), Unwritable> {
    page.set_name(page_name("説明"))?;
    page.set_column_width(0, 110)?;
    page.write_string_with_format(0, 0, &calculation.title, &Format::new().set_bold().set_font_size(14))?;
    let wrap = Format::new().set_text_wrap();
    let how = format!(
        "このファイルは帳票です。シート「{INPUT}」の色の付いた数を変えると、シート「{RESULT}」の負担金が計算し直されます。変える前の負担金は、結に保存されている額と同じです。"
    );
    for (row, line) in (2_u32..).zip(std::iter::once(&how).chain(&calculation.lines)) {
        page.write_string_with_format(row, 0, line, &wrap)?;
    }
    page.set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}

/// `B3` of row 2 and column 1.
fn address(row: u32, column: u16) -> String {
    rust_xlsxwriter::utility::row_col_to_cell(row, column)
}
