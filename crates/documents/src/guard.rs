//! The gate before an Excel file is parsed: every entry is really unpacked into nothing, and counted.
//!
//! What an archive claims about its sizes is not believed.

use crate::Refused;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The most entries of an archive.
const MOST_ENTRIES: usize = 1_000;
/// The most bytes it unpacks to.
const MOST_UNPACKED: u64 = 50 * 1024 * 1024;
/// How many times its size an entry may unpack to, once it is past [`SMALL`].
const MOST_RATIO: u64 = 100;
/// Up to here an entry may be as repetitive as it likes.
const SMALL: u64 = 1024 * 1024;

/// Lets a workbook pass, or says why not.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Refused> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_not_an_archive| Refused::Damaged)?;
    if archive.len() > MOST_ENTRIES {
        return Err(Refused::Bomb);
    }
    let mut left = MOST_UNPACKED;
    let mut workbook = false;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|_unreadable| Refused::Damaged)?;
        let name = entry.name().map_err(|_unreadable| Refused::Damaged)?.to_ascii_lowercase();
        if name.ends_with("vbaproject.bin") || name.contains("macrosheets/") {
            return Err(Refused::Macros);
        }
        workbook |= name == "xl/workbook.xml";
        let packed = entry.compressed_size();
        let most = left.min(packed.saturating_mul(MOST_RATIO).max(SMALL));
        let mut limited = entry.take(most.saturating_add(1));
        let unpacked = std::io::copy(&mut limited, &mut std::io::sink()).map_err(|_damaged| Refused::Damaged)?;
        if unpacked > most {
            return Err(Refused::Bomb);
        }
        left = left.saturating_sub(unpacked);
    }
    if workbook { Ok(()) } else { Err(Refused::Kind) }
}
