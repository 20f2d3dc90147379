//! Files that officials open and send back: CSV and Excel, in and out.
//!
//! [`Sheet`] is what goes out (データ: header in row 1, one table, numbers as numbers, a code table behind it), [`Table`]
//! what comes in; both formats share one path. *Guards:* nothing is written as a formula that was text (S35); nothing is
//! parsed before its unpacked size is known (S32, S36); no character is replaced silently.
//! Deliberately absent: what the columns mean, and the database.

pub mod csv;
mod guard;
mod refused;
mod table;
pub mod workbook;
pub mod xlsx;

pub use refused::{Refused, Unwritable};
pub use table::{Cell, Column, Row, Sheet, Table};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 5 * 1024 * 1024;
/// The most rows below the header.
pub const MOST_ROWS: usize = 5_000;
/// The most columns.
pub const MOST_COLUMNS: usize = 100;

/// Reads a file by what it holds; its name must agree.
///
/// # Errors
/// Why the file is not taken.
pub fn read(name: &str, bytes: &[u8]) -> Result<Table, Refused> {
    let name = name.to_lowercase();
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    if bytes.len() > LARGEST_FILE {
        return Err(Refused::TooLarge);
    }
    if name.ends_with(".xlsm") || name.ends_with(".xltm") {
        return Err(Refused::Macros);
    }
    if name.ends_with(".xls") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Refused::OldExcel);
    }
    match (bytes.starts_with(b"PK\x03\x04"), name.ends_with(".xlsx"), name.ends_with(".csv")) {
        (true, true, _) => xlsx::read(bytes),
        (false, _, true) => csv::read(bytes),
        _ => Err(Refused::Kind),
    }
}
