//! The folder of an export: readable by its owner alone, nothing in it is ever written over.

use super::Failure;
use documents::Cell;
use documents::csv;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// How tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// UTF-8 with a mark, as Excel opens it.
    Csv,
    /// An array of objects.
    Json,
}

impl Format {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// What is being written, and the list of what was.
pub(super) struct Folder {
    path: PathBuf,
    format: Format,
    list: Vec<Value>,
}

/// A table on its way.
pub(super) struct TableFile {
    name: String,
    columns: Vec<String>,
    format: Format,
    out: Hashed,
    rows: usize,
}

impl Folder {
    pub(super) fn make(path: &Path, format: Format) -> Result<Self, Failure> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Failure::failed)?;
        }
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))?;
        Ok(Self { path: path.to_owned(), format, list: Vec::new() })
    }

    /// Begins a table.
    pub(super) fn table(&self, name: &str, columns: &[&str]) -> Result<TableFile, Failure> {
        let name = format!("{name}.{}", self.format.word());
        let mut out = Hashed::create(&self.path.join(&name))?;
        match self.format {
            Format::Csv => {
                let header: Vec<Cell> = columns.iter().map(|column| Cell::from(*column)).collect();
                out.write(csv::MARK.as_bytes())?;
                out.write(&csv::handover(&[header]).map_err(Failure::failed)?)?;
            }
            Format::Json => out.write(b"[")?,
        }
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Ok(TableFile { name, columns, format: self.format, out, rows: 0 })
    }

    /// Ends a table; answers how many rows it has.
    pub(super) fn finish(&mut self, mut table: TableFile) -> Result<usize, Failure> {
        if table.format == Format::Json {
            table.out.write(if table.rows == 0 { b"]\n".as_slice() } else { b"\n]\n".as_slice() })?;
        }
        let (rows, columns) = (table.rows, table.columns);
        self.list.push(json!({"file": table.name, "rows": rows, "columns": columns, "sha256": table.out.close()?}));
        Ok(rows)
    }

    /// An attached file, under its id; people's own names for files are no paths.
    pub(super) fn file(&mut self, id: &str, file_name: &str, content: &[u8]) -> Result<(), Failure> {
        let folder = self.path.join("files");
        if !folder.exists() {
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&folder).map_err(Failure::failed)?;
        }
        let ending = file_name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let plain = (1..=8).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_alphanumeric());
        let name = if plain { format!("{id}.{}", ending.to_ascii_lowercase()) } else { id.to_owned() };
        let mut out = Hashed::create(&folder.join(&name))?;
        out.write(content)?;
        self.list.push(json!({"file": format!("files/{name}"), "name": file_name, "sha256": out.close()?}));
        Ok(())
    }

    /// Writes the list of everything, and a sheet for people.
    pub(super) fn close(&mut self, head: &Value) -> Result<(), Failure> {
        let mut manifest = head.clone();
        if let Some(object) = manifest.as_object_mut() {
            object.insert("files".to_owned(), Value::Array(self.list.clone()));
        }
        let mut out = Hashed::create(&self.path.join("manifest.json"))?;
        out.write(format!("{manifest:#}\n").as_bytes())?;
        out.close()?;
        let mut out = Hashed::create(&self.path.join("README.txt"))?;
        out.write(ABOUT.as_bytes())?;
        out.close()?;
        Ok(())
    }

    /// Files that were written and stand in the list.
    pub(super) fn written(&self) -> usize {
        self.list.len()
    }
}

impl TableFile {
    /// Adds rows.
    pub(super) fn rows(&mut self, rows: &[Vec<Value>]) -> Result<(), Failure> {
        match self.format {
            Format::Csv => {
                let cells: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
                self.out.write(&csv::handover(&cells).map_err(Failure::failed)?)?;
            }
            Format::Json => {
                for (at, row) in rows.iter().enumerate() {
                    let object: Map<String, Value> = self.columns.iter().cloned().zip(row.iter().cloned()).collect();
                    self.out.write(if self.rows == 0 && at == 0 { b"\n".as_slice() } else { b",\n".as_slice() })?;
                    self.out.write(Value::Object(object).to_string().as_bytes())?;
                }
            }
        }
        self.rows = self.rows.saturating_add(rows.len());
        Ok(())
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Number(number) => number.as_i64().map_or_else(|| Cell::Text(number.to_string()), Cell::Number),
        Value::String(text) => Cell::from(text.as_str()),
        other => Cell::Text(other.to_string()),
    }
}

/// A new file, readable by its owner alone, whose SHA-256 is known when it is closed.
struct Hashed {
    out: BufWriter<File>,
    hash: Sha256,
}

impl Hashed {
    fn create(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))?;
        Ok(Self { out: BufWriter::new(file), hash: Sha256::new() })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.hash.update(bytes);
        self.out.write_all(bytes).map_err(Failure::failed)
    }

    fn close(self) -> Result<String, Failure> {
        let file = self.out.into_inner().map_err(Failure::failed)?;
        file.sync_all().map_err(Failure::failed)?;
        Ok(app::audit::hex(&self.hash.finalize()))
    }
}

const ABOUT: &str = "\
結（ゆい）から書き出した、一つの共同調達団体のデータです。

・表ごとに一つのファイルがあります。列名はサービスのAPIと同じ名前です。
・CSVはUTF-8（BOM付き）です。計算式として読まれるおそれのある値の先頭には ' を付けています。
・日時は協定世界時（末尾のZ）、日付は年月日、金額は円の整数です。構造のある値はJSONの文字列です。
・files フォルダーは、知恵袋の添付ファイルです。元の名前は attachments の file_name にあります。
・manifest.json に、全ファイルの一覧、行数、SHA-256があります。
・パスワード、認証の情報、メールの本文は含みません。
・氏名・メールアドレスなどの個人情報を含みます。受け渡しと保管にご注意ください。
";
