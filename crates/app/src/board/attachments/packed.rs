//! What is inside a packed Office file (OOXML): bounded in entries, size and growth before it is stored.
//!
//! Sizes that an archive claims are not believed: every entry is unpacked into nothing, and counted.

use domain::attachments::{FileRefusal, MAX_ENTRIES, MAX_RATIO, MAX_UNPACKED};
use std::io::{Cursor, Read as _};
use zip::ZipArchive;

/// Looks through an archive that should hold `main_part`.
pub(super) fn look_inside(content: &[u8], main_part: &str) -> Result<(), FileRefusal> {
    let unreadable = |error: &dyn std::fmt::Display| {
        tracing::debug!(%error, "A packed file could not be read");
        FileRefusal::Content
    };
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|error| unreadable(&error))?;
    if archive.len() > MAX_ENTRIES {
        return Err(FileRefusal::Bomb);
    }
    let packed = u64::try_from(content.len()).unwrap_or(u64::MAX);
    let bound = MAX_UNPACKED.min(packed.saturating_mul(MAX_RATIO));
    let (mut unpacked, mut holds_main, mut holds_types) = (0_u64, false, false);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| unreadable(&error))?;
        let name = entry.name().map_err(|error| unreadable(&error))?.to_ascii_lowercase();
        if name.ends_with("vbaproject.bin") {
            return Err(FileRefusal::Macros);
        }
        holds_main |= name == main_part;
        holds_types |= name == "[content_types].xml";
        let room = bound.saturating_sub(unpacked).saturating_add(1);
        let read = std::io::copy(&mut entry.take(room), &mut std::io::sink()).map_err(|error| unreadable(&error))?;
        unpacked = unpacked.saturating_add(read);
        if unpacked > bound {
            return Err(FileRefusal::Bomb);
        }
    }
    if holds_main && holds_types { Ok(()) } else { Err(FileRefusal::Content) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    const MAIN: &str = "xl/workbook.xml";

    fn archive(entries: &[(&str, usize)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, size) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(&vec![b'0'; *size]).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn an_honest_workbook_passes() {
        assert_eq!(look_inside(&archive(&[("[Content_Types].xml", 900), (MAIN, 500)]), MAIN), Ok(()));
    }

    #[test]
    fn an_archive_of_something_else_is_no_workbook() {
        for content in [
            archive(&[("a.txt", 10)]),
            archive(&[("[Content_Types].xml", 10), ("word/document.xml", 10)]),
            b"PK\x03\x04 broken".to_vec(),
        ] {
            assert_eq!(look_inside(&content, MAIN), Err(FileRefusal::Content));
        }
    }

    #[test]
    fn bombs_and_macros_are_refused() {
        let growing = archive(&[("[Content_Types].xml", 10), (MAIN, 3_000_000)]);
        assert_eq!(look_inside(&growing, MAIN), Err(FileRefusal::Bomb), "ratio");
        // As large as it is packed, so only the size speaks against it.
        let plain = |size: usize| {
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            for (name, size) in [("[Content_Types].xml", 10), (MAIN, size)] {
                writer.start_file(name, stored).unwrap();
                writer.write_all(&vec![b'0'; size]).unwrap();
            }
            writer.finish().unwrap().into_inner()
        };
        let most = usize::try_from(MAX_UNPACKED).unwrap();
        assert_eq!(look_inside(&plain(most - 10), MAIN), Ok(()), "exactly as much as may be");
        assert_eq!(look_inside(&plain(most - 9), MAIN), Err(FileRefusal::Bomb), "unpacked size");
        let names: Vec<String> = (0..1_001).map(|n| format!("xl/{n}.xml")).collect();
        let many: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        assert_eq!(look_inside(&archive(&many), MAIN), Err(FileRefusal::Bomb), "entries");
        let macros = archive(&[("[Content_Types].xml", 10), (MAIN, 10), ("xl/vbaProject.bin", 10)]);
        assert_eq!(look_inside(&macros, MAIN), Err(FileRefusal::Macros));
    }

    #[test]
    fn a_size_that_lies_does_not_help() {
        let mut lying = archive(&[("[Content_Types].xml", 10), (MAIN, 3_000_000)]);
        // The central directory claims 1 byte; the entry still unpacks to what it holds, or is refused as broken.
        let claim = 3_000_000_u32.to_le_bytes();
        while let Some(at) = lying.windows(4).position(|bytes| bytes == claim) {
            lying[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
        }
        assert!(look_inside(&lying, MAIN).is_err());
    }
}
