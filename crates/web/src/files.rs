//! A file as an answer: always to be saved, never to be shown, under a name that Japanese systems keep.

use crate::errors::Refused;
use crate::show::encode;
use crate::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use app::{Code, Error, FieldCode};
use documents::csv::Encoding;
use documents::{Sheet, Unwritable, csv, xlsx};
use http_kit::Problem;

/// Media type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// In which form a table is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// UTF-8 with a mark.
    Csv,
    /// CP932.
    Csv932,
    /// A workbook.
    Xlsx,
}

impl Format {
    /// `?format=`; `otherwise` when it is absent.
    ///
    /// # Errors
    /// A word that is no format.
    pub(crate) fn asked(visitor: &Visitor, otherwise: Self) -> Result<Self, Refused> {
        Ok(match visitor.query("format").as_str() {
            "" => otherwise,
            "csv" => Self::Csv,
            "csv932" => Self::Csv932,
            "xlsx" => Self::Xlsx,
            _ => {
                let allowed = &["csv", "csv932", "xlsx"];
                return Err(Error::field("format", FieldCode::Choice { allowed }).into());
            }
        })
    }
}

/// A file that was made.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// The name under which it is saved.
    pub(crate) name: String,
    /// Its media type.
    pub(crate) kind: &'static str,
    /// What it holds.
    pub(crate) bytes: Vec<u8>,
}

impl Made {
    /// A workbook.
    pub(crate) fn workbook(title: &str, bytes: Vec<u8>) -> Self {
        Self { name: format!("{title}.xlsx"), kind: XLSX, bytes }
    }

    /// As an answer.
    pub(crate) fn answer(self) -> HttpResponse {
        let ending = self.name.rsplit('.').next().unwrap_or_default();
        let shown = format!("attachment; filename=\"yui.{ending}\"; filename*=UTF-8''{}", encode(&self.name));
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, self.kind))
            .insert_header((CONTENT_DISPOSITION, shown))
            .body(self.bytes)
    }
}

/// A table as a file.
///
/// # Errors
/// A character that CP932 does not have, with its place.
pub(crate) fn table(sheet: &Sheet, format: Format) -> Result<Made, Problem> {
    let name = || format!("{}.csv", sheet.title);
    Ok(match format {
        Format::Csv => {
            let bytes = csv::write(sheet, Encoding::Utf8).map_err(refused)?;
            Made { name: name(), kind: "text/csv; charset=utf-8", bytes }
        }
        Format::Csv932 => {
            let bytes = csv::write(sheet, Encoding::Cp932).map_err(refused)?;
            Made { name: name(), kind: "text/csv; charset=Shift_JIS", bytes }
        }
        Format::Xlsx => Made::workbook(&sheet.title, xlsx::write(sheet).map_err(refused)?),
    })
}

/// Why a file was not written.
pub(crate) fn refused(reason: Unwritable) -> Problem {
    match reason {
        Unwritable::Character { row, column, character } => Problem::with(
            Code::NotInCodePage,
            vec![("row", row.to_string()), ("column", column), ("character", character.to_string())],
        ),
        Unwritable::Library(reason) => Problem::fault(reason),
    }
}
