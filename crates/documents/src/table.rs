//! A table that goes out and a table that comes in.

use crate::Refused;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// One value that is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cell {
    /// Nothing: another thing than 0.
    #[default]
    Empty,
    /// Text; never a formula.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl Cell {
    /// The value as text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A column that is written, with its line of the code table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Column {
    /// 見出し, unlike every other of the sheet.
    pub name: &'static str,
    /// What it holds, with the unit (席, 円) where it is a number.
    pub meaning: &'static str,
    /// The words it can hold; a list to choose from where people fill it in.
    pub words: &'static [&'static str],
    /// Whether people fill it in.
    pub open: bool,
    /// Whether it takes whole numbers of 0 or more.
    pub whole: bool,
}

/// A table that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Title: name of the first sheet and of the file.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as wide as the columns.
    pub rows: Vec<Vec<Cell>>,
}

/// A row that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its number in the file; the header is row 1.
    pub number: usize,
    /// Its values as text, as wide as the headers.
    pub cells: Vec<String>,
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Table {
    /// The headings: NFKC, without spaces around them.
    pub headers: Vec<String>,
    /// The rows that hold something.
    pub rows: Vec<Row>,
}

impl Table {
    /// A table from its lines; the first is the header. Blank rows and columns without anything fall out.
    pub(crate) fn from_lines(lines: Vec<(usize, Vec<String>)>) -> Result<Self, Refused> {
        let mut lines = lines.into_iter();
        let (number, mut headers) = lines.next().ok_or(Refused::NoHeader)?;
        headers.iter_mut().for_each(|header| *header = header.trim().nfkc().collect());
        while headers.last().is_some_and(String::is_empty) {
            headers.pop();
        }
        if number != 1 || headers.is_empty() {
            return Err(Refused::NoHeader);
        }
        let twice = headers
            .iter()
            .enumerate()
            .find(|(at, name)| !name.is_empty() && headers.iter().take(*at).any(|other| other == *name));
        if let Some((_, name)) = twice {
            return Err(Refused::TwoColumns(name.clone()));
        }
        let width = headers.len();
        let mut rows = Vec::new();
        for (number, mut cells) in lines {
            if cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if rows.len() >= crate::MOST_ROWS || width > crate::MOST_COLUMNS {
                return Err(Refused::TooManyCells);
            }
            cells.resize(width, String::new());
            rows.push(Row { number, cells });
        }
        Ok(Self { headers, rows })
    }

    /// The same table with no other columns than these.
    #[must_use]
    pub fn only(mut self, wanted: impl Fn(&str) -> bool) -> Self {
        let keep: Vec<bool> = self.headers.iter().map(|header| wanted(header)).collect();
        let cut = |cells: &mut Vec<String>| {
            let mut kept = keep.iter();
            cells.retain(|_| kept.next().copied().unwrap_or_default());
        };
        cut(&mut self.headers);
        self.rows.iter_mut().for_each(|row| cut(&mut row.cells));
        self
    }

    /// The place of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|header| header == name)
    }

    /// The value of a row under a heading; empty when there is none.
    #[must_use]
    pub fn value<'a>(&self, row: &'a Row, name: &str) -> &'a str {
        self.column(name).and_then(|at| row.cells.get(at)).map_or("", |cell| cell.trim())
    }
}
