//! Attached files: what may be attached, told by name and by content alike, and how a name is kept.
//!
//! Guards: a file counts as what its extension says only when its first bytes agree; nothing that a
//! program would run, and nothing larger than [`MAX_BYTES`]. Packed formats are opened in `app`, within
//! the bounds that stand here.

/// Bytes of a file: 5 MB.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;
/// Files of a post.
pub const MAX_FILES: usize = 10;
/// Characters of a file's name.
pub const MAX_NAME: usize = 120;
/// Entries of a packed file.
pub const MAX_ENTRIES: usize = 1_000;
/// Bytes of a packed file once it is unpacked: 50 MB.
pub const MAX_UNPACKED: u64 = 50 * 1024 * 1024;
/// How many times larger a packed file may become.
pub const MAX_RATIO: u64 = 100;

/// What may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// PDF.
    Pdf,
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// An Excel workbook without macros.
    Xlsx,
    /// A Word document without macros.
    Docx,
    /// A PowerPoint presentation without macros.
    Pptx,
    /// Comma-separated values.
    Csv,
    /// Plain text.
    Txt,
}

/// What a virus scanner said about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanState {
    /// Nothing: none was asked, or none answered.
    Unscanned,
    /// That it found nothing.
    Clean,
    /// That it found a virus; the content is gone.
    Infected,
}

impl ScanState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Unscanned, Self::Clean, Self::Infected];

    /// The word of the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unscanned => "unscanned",
            Self::Clean => "clean",
            Self::Infected => "infected",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the file may be handed out: with a scanner only what it found clean.
    #[must_use]
    pub const fn readiness(self, has_scanner: bool) -> Readiness {
        match (self, has_scanner) {
            (Self::Infected, _) => Readiness::Infected,
            (Self::Unscanned, true) => Readiness::Waiting,
            (Self::Clean, _) | (Self::Unscanned, false) => Readiness::Ready,
        }
    }
}

/// Whether a file may be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It may.
    Ready,
    /// Not before a scanner found it clean.
    Waiting,
    /// Never: it held a virus and is gone.
    Infected,
}

impl Readiness {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Infected => "infected",
        }
    }
}

/// Why a file was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileRefusal {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Larger than [`MAX_BYTES`].
    #[error("the file is too large")]
    TooLarge,
    /// Its name has no extension of the list.
    #[error("the extension is not on the list")]
    Extension,
    /// The content is not what the extension says.
    #[error("the content does not fit the extension")]
    Content,
    /// A packed file with macros.
    #[error("the file contains macros")]
    Macros,
    /// A packed file that grows past the bounds.
    #[error("the packed file is too large or too many")]
    Bomb,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 8] =
        [Self::Pdf, Self::Png, Self::Jpeg, Self::Xlsx, Self::Docx, Self::Pptx, Self::Csv, Self::Txt];

    /// The extensions, in lower case.
    #[must_use]
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Xlsx => &["xlsx"],
            Self::Docx => &["docx"],
            Self::Pptx => &["pptx"],
            Self::Csv => &["csv"],
            Self::Txt => &["txt"],
        }
    }

    /// The media type under which it is served.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Csv => "text/csv",
            Self::Txt => "text/plain",
        }
    }

    /// The main part that a packed file of this kind must hold; none when it is not packed.
    #[must_use]
    pub const fn main_part(self) -> Option<&'static str> {
        match self {
            Self::Xlsx => Some("xl/workbook.xml"),
            Self::Docx => Some("word/document.xml"),
            Self::Pptx => Some("ppt/presentation.xml"),
            Self::Pdf | Self::Png | Self::Jpeg | Self::Csv | Self::Txt => None,
        }
    }

    fn fits(self, content: &[u8]) -> bool {
        match self {
            Self::Pdf => content.starts_with(b"%PDF-"),
            Self::Png => content.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Jpeg => content.starts_with(b"\xff\xd8\xff"),
            Self::Xlsx | Self::Docx | Self::Pptx => content.starts_with(b"PK\x03\x04"),
            Self::Csv | Self::Txt => is_text(content),
        }
    }
}

/// What a file is, by its name and its content together.
///
/// # Errors
/// Why it is refused.
pub fn recognise(name: &str, content: &[u8]) -> Result<FileKind, FileRefusal> {
    if content.is_empty() {
        return Err(FileRefusal::Empty);
    }
    if content.len() > MAX_BYTES {
        return Err(FileRefusal::TooLarge);
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let named = FileKind::ALL.into_iter().find(|kind| kind.extensions().contains(&extension.as_str()));
    let kind = named.ok_or(FileRefusal::Extension)?;
    if kind.fits(content) { Ok(kind) } else { Err(FileRefusal::Content) }
}

/// Text in any encoding of Japanese: no control characters but tabs and line ends, and no page for a browser.
fn is_text(content: &[u8]) -> bool {
    let control = |byte: &u8| (*byte < 0x20 && !matches!(byte, b'\t' | b'\r' | b'\n')) || *byte == 0x7f;
    // The escape of ISO-2022-JP is no text here: Excel writes UTF-8 or Shift_JIS.
    let begin = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content).trim_ascii_start();
    let markup = [&b"<!doctype"[..], b"<html", b"<script", b"<svg", b"<?xml", b"%pdf-", b"{\\rtf"];
    let begins = |mark: &&[u8]| begin.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark));
    !content.iter().any(control) && !markup.iter().any(begins)
}

/// The name under which a file is kept: the last part of what was sent, without what could mislead.
///
/// Directions of writing are dropped, because they can hide the extension; none when nothing is left.
#[must_use]
pub fn kept_name(typed: &str) -> Option<String> {
    let last = typed.rsplit(['/', '\\']).next().unwrap_or_default();
    let misleads = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = last.chars().filter(|c| !misleads(*c)).collect();
    let plain = plain.trim();
    let (stem, extension) = plain.rsplit_once('.')?;
    let room = MAX_NAME.saturating_sub(extension.chars().count()).saturating_sub(1);
    let stem: String = stem.trim().chars().take(room).collect();
    (!stem.is_empty() && !extension.is_empty() && room > 0).then(|| format!("{stem}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_a_scanner_only_what_it_found_clean_goes_out() {
        use Readiness::{Infected, Ready, Waiting};
        let table = [
            (ScanState::Unscanned, Ready, Waiting),
            (ScanState::Clean, Ready, Ready),
            (ScanState::Infected, Infected, Infected),
        ];
        for (state, without, with) in table {
            assert_eq!((state.readiness(false), state.readiness(true)), (without, with), "{state:?}");
            assert_eq!(ScanState::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn a_file_is_what_its_name_and_its_bytes_say_together() {
        for (name, content, kind) in [
            ("手順.pdf", &b"%PDF-1.7\n"[..], FileKind::Pdf),
            ("画面.PNG", b"\x89PNG\r\n\x1a\n...", FileKind::Png),
            ("写真.jpeg", b"\xff\xd8\xff\xe0", FileKind::Jpeg),
            ("様式.xlsx", b"PK\x03\x04", FileKind::Xlsx),
            ("一覧.csv", "団体,席数\r\n".as_bytes(), FileKind::Csv),
            ("sjis.csv", b"\x92\x63\x91\xcc,1\r\n", FileKind::Csv),
            ("メモ.txt", "\u{feff}メモ".as_bytes(), FileKind::Txt),
        ] {
            assert_eq!(recognise(name, content), Ok(kind), "{name}");
        }
    }

    #[test]
    fn what_only_claims_to_be_a_file_of_the_list_is_refused() {
        use FileRefusal::{Content, Empty, Extension, TooLarge};
        for (name, content, why) in [
            ("a.pdf", &b""[..], Empty),
            ("a.exe", b"MZ", Extension),
            ("a.html", b"<html>", Extension),
            ("a.svg", b"<svg>", Extension),
            ("a.xlsm", b"PK\x03\x04", Extension),
            ("a.pdf.exe", b"%PDF-1.7", Extension),
            ("pdf", b"%PDF-1.7", Extension),
            ("a.pdf", b"MZ\x90", Content),
            ("a.png", b"GIF89a", Content),
            ("a.xlsx", b"%PDF-1.7", Content),
            ("a.txt", b"MZ\x90\x00", Content),
            ("a.txt", b"\xef\xbb\xbf <!DOCTYPE html>", Content),
            ("a.csv", b"%PDF-1.7", Content),
        ] {
            assert_eq!(recognise(name, content), Err(why), "{name}");
        }
        assert_eq!(recognise("a.txt", &vec![b'a'; MAX_BYTES]), Ok(FileKind::Txt));
        assert_eq!(recognise("a.txt", &vec![b'a'; MAX_BYTES + 1]), Err(TooLarge));
    }

    #[test]
    fn a_name_leads_nowhere_and_hides_nothing() {
        for (typed, kept) in [
            ("手順.pdf", Some("手順.pdf")),
            ("../../etc/passwd.txt", Some("passwd.txt")),
            ("C:\\Users\\a\\様式.xlsx", Some("様式.xlsx")),
            ("gnp\u{202e}fdp.exe", Some("gnpfdp.exe")),
            ("a\r\nb.txt", Some("ab.txt")),
            ("..", None),
            (".txt", None),
            ("", None),
        ] {
            assert_eq!(kept_name(typed).as_deref(), kept, "{typed:?}");
        }
        let long = kept_name(&format!("{}.pdf", "長".repeat(500))).unwrap();
        assert_eq!((long.chars().count(), long.ends_with("長.pdf")), (MAX_NAME, true));
    }
}
