//! Excel in the form データ: header in row 1, one table a sheet, nothing merged or hidden, numbers as numbers; what the
//! columns mean stands on the second sheet, and what people choose from is a validation list over it.
//!
//! Read cell by cell behind the [`guard`](crate::guard): a claimed dimension allocates nothing.

use crate::{Cell, Column, Refused, Sheet, Table, Unwritable, guard};
use calamine::{DataRef, Reader as _, Xlsx};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationRule, DocProperties, Format, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError,
};
use std::collections::BTreeMap;
use std::io::Cursor;

impl From<XlsxError> for Unwritable {
    fn from(error: XlsxError) -> Self {
        Self::Library(error.to_string())
    }
}

/// Name of the sheet that tells what the columns mean.
pub const CODES: &str = "コード表";
/// Rows below the data that keep their lists and checks, for lines that are added.
const SPARE_ROWS: u32 = 200;

/// Writes a sheet with its code table.
///
/// # Errors
/// When the library refuses.
pub fn write(sheet: &Sheet) -> Result<Vec<u8>, Unwritable> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_title(&sheet.title));
    let words = code_table_rows(&sheet.columns);
    data(book.add_worksheet(), sheet, &words)?;
    code_table(book.add_worksheet(), &sheet.columns)?;
    Ok(book.save_to_buffer()?)
}

fn data(page: &mut Worksheet, sheet: &Sheet, words: &BTreeMap<&str, (u32, u32)>) -> Result<(), Unwritable> {
    page.set_name(page_name(&sheet.title))?;
    let number = Format::new().set_num_format("#,##0;[Red]▲#,##0");
    let wrap = Format::new().set_text_wrap();
    let last = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
    for (at, column) in sheet.columns.iter().enumerate() {
        let at = place(at)?;
        page.write_string_with_format(0, at, column.name, &heading(column.open))?;
        page.set_column_width(at, width(sheet, column, usize::from(at)))?;
        if !column.open {
            continue;
        }
        let until = last.saturating_add(SPARE_ROWS);
        if let Some((from, to)) = words.get(column.name) {
            let range = Formula::new(format!("='{CODES}'!$D${}:$D${}", from.saturating_add(1), to.saturating_add(1)));
            let list = DataValidation::new()
                .allow_list_formula(range)
                .set_error_title("選択肢にありません")?
                .set_error_message("コード表にある言葉から選んでください。")?;
            page.add_data_validation(1, at, until, at, &list)?;
        } else if column.whole {
            let whole = DataValidation::new()
                .allow_whole_number(DataValidationRule::Between(0, 2_000_000_000))
                .set_error_title("数を入力してください")?
                .set_error_message("0以上の整数を入力してください。")?;
            page.add_data_validation(1, at, until, at, &whole)?;
        }
    }
    for (line, row) in (1_u32..).zip(&sheet.rows) {
        for (at, cell) in row.iter().enumerate() {
            let at = place(at)?;
            match cell {
                Cell::Empty => {}
                Cell::Text(text) if text.contains('\n') => {
                    page.write_string_with_format(line, at, text, &wrap)?;
                }
                Cell::Text(text) => {
                    page.write_string(line, at, text)?;
                }
                Cell::Number(value) => match exact(*value) {
                    Some(value) => {
                        page.write_number_with_format(line, at, value, &number)?;
                    }
                    None => {
                        page.write_string(line, at, value.to_string())?;
                    }
                },
            }
        }
    }
    page.set_freeze_panes(1, 0)?;
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    if let Some(right) = sheet.columns.len().checked_sub(1) {
        page.autofilter(0, 0, last, place(right)?)?;
    }
    Ok(())
}

/// For each column with words: the first and last row of them in the code table.
fn code_table_rows<'a>(columns: &[Column]) -> BTreeMap<&'a str, (u32, u32)>
where
    Column: 'a,
{
    let mut rows = BTreeMap::new();
    let mut next = 1_u32;
    for column in columns {
        let lines = u32::try_from(column.words.len().max(1)).unwrap_or(1);
        let last = next.saturating_add(lines).saturating_sub(1);
        if !column.words.is_empty() {
            rows.insert(column.name, (next, last));
        }
        next = last.saturating_add(1);
    }
    rows
}

fn code_table(page: &mut Worksheet, columns: &[Column]) -> Result<(), Unwritable> {
    page.set_name(CODES)?;
    for (at, (name, width)) in
        [("列の見出し", 22), ("意味と単位", 60), ("記入", 12), ("使える言葉", 20)].into_iter().enumerate()
    {
        let at = place(at)?;
        page.write_string_with_format(0, at, name, &heading(false))?;
        page.set_column_width(at, width)?;
    }
    let mut line = 1_u32;
    for column in columns {
        let words: &[&str] = if column.words.is_empty() { &[""] } else { column.words };
        for word in words {
            page.write_string(line, 0, column.name)?;
            page.write_string(line, 1, column.meaning)?;
            page.write_string(line, 2, if column.open { "記入する" } else { "変更しない" })?;
            if !word.is_empty() {
                page.write_string(line, 3, *word)?;
            }
            line = line.saturating_add(1);
        }
    }
    page.set_freeze_panes(1, 0)?;
    Ok(())
}

/// Reads the first sheet.
///
/// # Errors
/// A workbook with macros, one that unpacks too far, one that is damaged; a header that is missing or doubled.
pub fn read(bytes: &[u8]) -> Result<Table, Refused> {
    guard::check(bytes)?;
    let damaged = |_unreadable| Refused::Damaged;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let first = book.sheet_names().into_iter().next().ok_or(Refused::Damaged)?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(damaged)?;
    let mut lines: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let text = text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let (row, column) = cell.get_position();
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= crate::MOST_COLUMNS || lines.len() > crate::MOST_ROWS {
            return Err(Refused::TooManyCells);
        }
        let line = lines.entry(row).or_default();
        if line.len() <= column {
            line.resize(column.saturating_add(1), String::new());
        }
        if let Some(place) = line.get_mut(column) {
            *place = text;
        }
    }
    let number = |row: u32| usize::try_from(row).unwrap_or(usize::MAX).saturating_add(1);
    Table::from_lines(lines.into_iter().map(|(row, cells)| (number(row), cells)).collect())
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        // Rust writes a whole float without a point: 70.0 is `70`.
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.replace("\r\n", "\n"),
        DataRef::SharedString(text) => text.replace("\r\n", "\n"),
        DataRef::Bool(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

pub(crate) fn heading(open: bool) -> Format {
    let colour = if open { Color::RGB(0x00_FF_F2_CC) } else { Color::RGB(0x00_E7_E9_EE) };
    Format::new().set_bold().set_background_color(colour).set_border_bottom(FormatBorder::Thin).set_text_wrap()
}

/// A number as a spreadsheet keeps it, where it keeps it exactly.
pub(crate) fn exact(value: i64) -> Option<f64> {
    const LARGEST: u64 = 1 << 53;
    if value.unsigned_abs() > LARGEST { None } else { value.to_string().parse().ok() }
}

pub(crate) fn place(at: usize) -> Result<u16, Unwritable> {
    u16::try_from(at).map_err(|_far| Unwritable::Library("too many columns".to_owned()))
}

/// A name that a sheet may have: 31 characters, none of those that addresses use.
pub(crate) fn page_name(title: &str) -> String {
    title.chars().filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'')).take(31).collect()
}

fn width(sheet: &Sheet, column: &Column, at: usize) -> f64 {
    let wide = |text: &str| text.chars().map(|c| if c.is_ascii() { 1_u16 } else { 2 }).fold(0, u16::saturating_add);
    let cells = sheet.rows.iter().take(200).filter_map(|row| row.get(at)).map(|cell| wide(&cell.text()));
    f64::from(cells.chain([wide(column.name)]).max().unwrap_or(8).saturating_add(3).clamp(8, 50))
}
