//! Why a file is not taken, or cannot be written, in facts and as a sentence that says what to do.

use std::fmt;

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Nothing in it.
    Empty,
    /// More bytes than [`crate::LARGEST_FILE`].
    TooLarge,
    /// Neither .xlsx nor .csv, or the name says otherwise than the content.
    Kind,
    /// An Excel file of the old form, or one behind a password.
    OldExcel,
    /// It holds macros.
    Macros,
    /// It unpacks to far more than a table can be.
    Bomb,
    /// It cannot be read: damaged.
    Damaged,
    /// Neither UTF-8 nor Shift_JIS (CP932).
    Encoding,
    /// No header in the first row.
    NoHeader,
    /// Two columns of one name.
    TwoColumns(String),
    /// More rows or columns than are read.
    TooManyCells,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("ファイルが空です。記入したファイルを選び直してください。"),
            Self::TooLarge => f.write_str("ファイルが大きすぎます。5MB以下にしてください。"),
            Self::Kind => f.write_str("中身がExcelファイルでもCSVファイルでもありません（拡張子だけを変えたファイルは読み込めません）。Excelで開き、「Excelブック（.xlsx）」で保存し直したファイルを選んでください。"),
            Self::OldExcel => f.write_str("古い形式のExcelファイル（.xls）またはパスワード付きのファイルは読み込めません。Excelで開き、パスワードを外して「Excelブック（.xlsx）」で保存し直してください。"),
            Self::Macros => f.write_str("マクロを含むファイルは読み込めません。マクロのない「Excelブック（.xlsx）」で保存し直してください。"),
            Self::Bomb => f.write_str("展開すると極端に大きくなるファイルのため、読み込みを中止しました。様式をダウンロードし直し、値だけを貼り付けてください。"),
            Self::Damaged => f.write_str("ファイルが壊れているため読み込めません。Excelで開けることを確かめ、保存し直してください。"),
            Self::Encoding => f.write_str("文字コードを判別できません。Excelで「CSV UTF-8（コンマ区切り）」として保存し直してください。"),
            Self::NoHeader => f.write_str("1行目に列の見出しがありません。様式の1行目を消さずに使ってください。"),
            Self::TwoColumns(name) => write!(f, "見出し「{name}」の列が2つあります。片方を削除してください。"),
            Self::TooManyCells => write!(f, "行または列が多すぎます。{}行、{}列までにしてください。", crate::MOST_ROWS, crate::MOST_COLUMNS),
        }
    }
}

impl std::error::Error for Refused {}

/// Why a file cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwritable {
    /// A character that the code page does not have.
    Character {
        /// Row of the file; the header is row 1.
        row: usize,
        /// Heading of the column.
        column: String,
        /// The character.
        character: char,
    },
    /// The library refused.
    Library(String),
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { row, column, character } => write!(
                f,
                "{row}行目の「{column}」にある文字「{character}」は、Shift_JIS（CP932）では表せません。UTF-8のCSVまたはExcelファイルを選んでください。"
            ),
            Self::Library(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Unwritable {}
