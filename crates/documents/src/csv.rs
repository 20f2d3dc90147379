//! CSV as Japanese Excel opens it by a double click: UTF-8 with a BOM, or CP932; CRLF; nothing that runs as a formula.
//!
//! Read in the order BOM → strict UTF-8 → CP932. A text that a spreadsheet would calculate gets a leading `'`, which reading
//! takes off again. Line breaks inside a value become a space: one record is one line.

use crate::{Cell, Refused, Sheet, Table, Unwritable};
use encoding_rs::SHIFT_JIS;
use unicode_normalization::UnicodeNormalization as _;

/// How a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 with a byte order mark: what Excel expects.
    Utf8,
    /// Shift_JIS as Windows knows it.
    Cp932,
}

/// What a spreadsheet may take for the beginning of a formula.
const DANGEROUS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'];

/// Characters that CP932 writes with a twin.
const TWINS: [(char, char); 9] = [
    ('〜', '～'),
    ('—', '―'),
    ('‖', '∥'),
    ('−', '－'),
    ('¢', '￠'),
    ('£', '￡'),
    ('¬', '￢'),
    ('¥', '￥'),
    ('‾', '￣'),
];

/// Writes a sheet.
///
/// # Errors
/// A character that CP932 does not have, with its place.
pub fn write(sheet: &Sheet, encoding: Encoding) -> Result<Vec<u8>, Unwritable> {
    let mut bytes = Vec::new();
    if encoding == Encoding::Utf8 {
        bytes.extend_from_slice("\u{feff}".as_bytes());
    }
    let header: Vec<Cell> = sheet.columns.iter().map(|column| Cell::from(column.name)).collect();
    for (at, row) in std::iter::once(&header).chain(&sheet.rows).enumerate() {
        let texts: Vec<String> = row.iter().map(|cell| field(cell, encoding)).collect();
        match encoding {
            Encoding::Utf8 => bytes.extend_from_slice(record(&texts)?.as_slice()),
            Encoding::Cp932 => {
                for (column, text) in sheet.columns.iter().zip(&texts) {
                    if let Some(character) = text.chars().find(|c| !in_cp932(*c)) {
                        return Err(Unwritable::Character {
                            row: at.saturating_add(1),
                            column: column.name.to_owned(),
                            character,
                        });
                    }
                }
                let utf8 = record(&texts)?;
                let (encoded, _, _) = SHIFT_JIS.encode(std::str::from_utf8(&utf8).unwrap_or_default());
                bytes.extend_from_slice(&encoded);
            }
        }
    }
    Ok(bytes)
}

/// What a file begins with that Excel is to read as UTF-8.
pub const MARK: &str = "\u{feff}";

/// Records for handing data over whole: CRLF, guarded against formulas, line breaks inside a value kept (quoted).
/// [`MARK`] goes in front of the first.
///
/// # Errors
/// When the library refuses.
pub fn handover(rows: &[Vec<Cell>]) -> Result<Vec<u8>, Unwritable> {
    let mut bytes = Vec::new();
    for row in rows {
        let texts: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Cell::Text(text) => guarded(text),
                other => other.text(),
            })
            .collect();
        bytes.extend_from_slice(&record(&texts)?);
    }
    Ok(bytes)
}

/// Writes plain records for a program: UTF-8 without a mark, LF, nothing guarded.
///
/// # Errors
/// When the library refuses.
pub fn plain(records: &[Vec<String>]) -> Result<Vec<u8>, Unwritable> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    for record in records {
        writer.write_record(record).map_err(library)?;
    }
    writer.into_inner().map_err(library)
}

/// Reads a file.
///
/// # Errors
/// An encoding that is neither, a header that is missing or doubled, too many rows.
pub fn read(bytes: &[u8]) -> Result<Table, Refused> {
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|_unreadable| Refused::Damaged)?;
        if lines.len() > crate::MOST_ROWS || record.len() > crate::MOST_COLUMNS {
            return Err(Refused::TooManyCells);
        }
        // A record is a row of Excel, however many lines its values take.
        lines.push((at.saturating_add(1), record.iter().map(unguarded).collect()));
    }
    Table::from_lines(lines)
}

fn decode(bytes: &[u8]) -> Result<String, Refused> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    SHIFT_JIS
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
        .ok_or(Refused::Encoding)
}

fn record(texts: &[String]) -> Result<Vec<u8>, Unwritable> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
    writer.write_record(texts).map_err(library)?;
    writer.into_inner().map_err(library)
}

fn library(error: impl std::fmt::Display) -> Unwritable {
    Unwritable::Library(error.to_string())
}

fn field(cell: &Cell, encoding: Encoding) -> String {
    match cell {
        Cell::Text(text) if encoding == Encoding::Cp932 => guarded(&twin(&one_line(text))),
        Cell::Text(text) => guarded(&one_line(text)),
        other => other.text(),
    }
}

/// A text without line breaks.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.replace("\r\n", " ").replace(['\n', '\r'], " ")
}

fn calculated(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(DANGEROUS)
}

fn guarded(text: &str) -> String {
    if calculated(text) { format!("'{text}") } else { text.to_owned() }
}

fn unguarded(text: &str) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if calculated(rest) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

fn twin(text: &str) -> String {
    text.nfc().map(|c| TWINS.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect()
}

fn in_cp932(character: char) -> bool {
    let mut buffer = [0; 4];
    !SHIFT_JIS.encode(character.encode_utf8(&mut buffer)).2
}
