//! Files that come back: upload → dry run → confirmation, in one transaction.
//!
//! *Guards:* the dry run changes nothing; a confirmation holds only for the very file and the very plan that was shown
//! (hashes), and is refused when something moved on in between; the same file twice changes nothing; a row whose
//! version moved on is shown cell by cell and never written. The writes are the use cases that the pages use.

pub mod answers;
pub mod assignments;
pub mod people;

use crate::accounts::{Invitee, UserView};
use crate::audit::{Entry, hex};
use crate::{Call, Code, Ctx, Error, FieldCode, Service};
use chrono::Duration;
use documents::{Cell, Column, Sheet, Table};
use domain::access::Action;
use domain::text::fold;
use scanner::Verdict;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::consortium::Member;
use store::imports::Draft;

/// Headings of those files that name people.
const NAME: &str = "氏名";
const KANA: &str = "ふりがな";

/// Hours for which an uploaded file waits for its confirmation.
const HOURS: i64 = 24;

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The answers to a survey.
    Answers,
    /// The seats of a town.
    Assignments,
    /// People of a town to be invited.
    People,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::Assignments => "assignments",
            Self::People => "people",
        }
    }

    fn parse(word: &str) -> Result<Self, Error> {
        match word {
            "answers" => Ok(Self::Answers),
            "assignments" => Ok(Self::Assignments),
            "people" => Ok(Self::People),
            other => Err(Error::internal(format!("import of {other}"))),
        }
    }

    const fn columns(self) -> &'static [Column] {
        match self {
            Self::Answers => &answers::COLUMNS,
            Self::Assignments => &assignments::COLUMNS,
            Self::People => &people::COLUMNS,
        }
    }

    /// The headings without which a file is one of another kind.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Answers => &[answers::CODE],
            Self::Assignments => &[assignments::PERSON, assignments::ACT],
            Self::People => &[people::EMAIL, NAME],
        }
    }

    /// Reads a file, if it is one of this kind.
    ///
    /// # Errors
    /// Why it is none, for its sender.
    pub fn recognise(self, file_name: &str, content: &[u8]) -> Result<Recognised, String> {
        let table = documents::read(file_name, content).map_err(|refused| refused.to_string())?;
        if table.rows.is_empty() {
            return Err("記入された行がありません。見出しの下の2行目から記入し、もう一度選んでください。".to_owned());
        }
        match self.keys().iter().find(|key| table.column(key).is_none()) {
            None => Ok(Recognised {
                file_name: file_name.chars().filter(|c| !c.is_control()).take(200).collect(),
                sha256: hex(&Sha256::digest(content)),
                table: table.only(|header| self.columns().iter().any(|column| column.name == header)),
            }),
            Some(missing) => Err(format!(
                "1行目に見出し「{missing}」がありません。別の様式のファイルであるか、見出しが書き換えられています。この画面から様式をダウンロードし、内容を書き写してから、もう一度選んでください。"
            )),
        }
    }
}

/// A file that was read once: the dry run is looked at again and again.
#[derive(Debug)]
pub struct Recognised {
    file_name: String,
    sha256: String,
    /// The columns of its kind.
    table: Table,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something that was not there.
    New,
    /// Something that is there becomes another.
    Changed,
    /// Nothing.
    Unchanged,
    /// It cannot be taken, and neither can the file.
    Error,
}

/// A cell before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// 見出し.
    pub column: &'static str,
    /// What is stored.
    pub before: String,
    /// What the file says.
    pub after: String,
}

/// Why a row cannot be taken, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    /// 見出し.
    pub column: &'static str,
    /// What stands there.
    pub value: String,
    /// 理由.
    pub reason: String,
    /// 直し方.
    pub remedy: String,
}

/// A row of the file as it would be taken.
#[derive(Debug, Clone, Serialize)]
pub struct PlanRow {
    /// Its number in the file; the header is row 1.
    pub number: usize,
    /// Whom it is about.
    pub name: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Before and after, where they differ; of a row that moved on, too.
    pub changes: Vec<Change>,
    /// Why not.
    pub errors: Vec<RowError>,
    /// How the account that is meant is called, where the file calls it otherwise; a file renames nobody.
    pub account: Option<String>,
    /// What is written.
    #[serde(skip)]
    pub(crate) write: Option<Write>,
    /// The version on which the write rests.
    pub(crate) version: Option<i64>,
}

/// A write of a row.
#[derive(Debug, Clone)]
pub(crate) enum Write {
    /// The answer of a town; whether it is handed in, too.
    Answer { member_id: String, content: Option<crate::demand::answers::AnswerContent>, submit: bool },
    /// Somebody on a seat.
    Assign { account_id: String, user_id: String },
    /// Somebody off a seat.
    Release { assignment_id: String, reason: String },
    /// Somebody invited as a learner.
    Invite(Invitee),
}

/// The dry run of a file.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The uploaded file.
    pub id: String,
    /// What it is about.
    pub kind: Kind,
    /// Survey or member.
    pub subject_id: String,
    /// Its name.
    pub file_name: String,
    /// The rows.
    pub rows: Vec<PlanRow>,
    /// What a confirmation must name: hash of the file and of every row of this plan.
    pub digest: String,
}

/// Rows of a plan by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// 新規.
    pub new: usize,
    /// 更新.
    pub changed: usize,
    /// 変更なし.
    pub unchanged: usize,
    /// エラー.
    pub errors: usize,
}

impl Plan {
    /// Rows by outcome.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |outcome| self.rows.iter().filter(|row| row.outcome == outcome).count();
        Counts {
            new: of(Outcome::New),
            changed: of(Outcome::Changed),
            unchanged: of(Outcome::Unchanged),
            errors: of(Outcome::Error),
        }
    }

    /// Rows in which the file calls somebody otherwise than the account does.
    #[must_use]
    pub fn called_otherwise(&self) -> usize {
        self.rows.iter().filter(|row| row.account.is_some()).count()
    }

    /// Whether there is something to confirm.
    #[must_use]
    pub fn ready(&self) -> bool {
        let counts = self.counts();
        counts.errors == 0 && counts.new.saturating_add(counts.changed) > 0
    }
}

/// Asks the virus scanner, where one is set, about a file that somebody wants to import (S33). A dry run shows the
/// rows at once, so there is no waiting here: without an answer the file is not taken.
///
/// # Errors
/// As for [`keep`]; an infected file as a refused field, with an entry in the audit trail; [`Code::ScannerUnavailable`].
pub async fn look_over(
    service: &Service,
    call: &Call,
    kind: Kind,
    subject_id: &str,
    content: &[u8],
) -> Result<(), Error> {
    let Some(scanner) = service.env().settings.scanner.clone() else { return Ok(()) };
    let subject = subject_id.to_owned();
    let place = service.read(call.clone(), move |ctx, call| permit(ctx, call, kind, &subject)).await?;
    let verdict = scanner.scan(content).await.map_err(|unreachable| {
        tracing::warn!(%unreachable, "A file was not taken without the virus scanner");
        Error::rule(Code::ScannerUnavailable)
    })?;
    let Verdict::Infected { signature } = verdict else { return Ok(()) };
    let subject = subject_id.to_owned();
    let note = move |ctx: &mut Ctx<'_>, call: &Call| {
        let refused = Entry::done(&call.actor, Some(&place), "file.infected", kind.as_str(), &subject);
        ctx.record(refused.outcome(crate::audit::Outcome::Denied).details(json!({"signature": signature})));
        Ok(())
    };
    service.write(call.clone(), note).await?;
    Err(Error::field("/file", FieldCode::Refused { sentence: INFECTED }))
}

const INFECTED: &str = "ウイルスが見つかったため、取り込めません。ファイルは保存していません。パソコンのウイルス対策ソフトで確かめ、所属の情報セキュリティ担当に連絡してください。";

/// The town, if the caller may do this for it.
fn town(ctx: &mut Ctx<'_>, call: &Call, member_id: &str, action: Action) -> Result<Member, Error> {
    let member = store::consortium::find_member(ctx.db, member_id)?;
    call.actor.permit(action, &member.consortium_id, Some(member_id))?;
    Ok(member)
}

/// The consortium of what a file is about, for who may write there.
fn permit(ctx: &mut Ctx<'_>, call: &Call, kind: Kind, subject_id: &str) -> Result<String, Error> {
    Ok(match kind {
        Kind::Answers => answers::permit(ctx, call, subject_id)?.consortium_id,
        Kind::Assignments => assignments::permit(ctx, call, subject_id)?.consortium_id,
        Kind::People => people::permit(ctx, call, subject_id)?.consortium_id,
    })
}

/// Keeps an uploaded file for its dry run; the one before of the same person is dropped.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::Forbidden`] as for the writes behind it.
pub fn keep(ctx: &mut Ctx<'_>, call: &Call, kind: Kind, subject_id: &str, file: &Recognised) -> Result<String, Error> {
    permit(ctx, call, kind, subject_id)?;
    store::imports::delete_of(ctx.db, &call.actor.user_id)?;
    let row = Draft {
        id: ctx.id(),
        user_id: call.actor.user_id.clone(),
        kind: kind.as_str().to_owned(),
        subject_id: subject_id.to_owned(),
        file_name: file.file_name.clone(),
        sha256: file.sha256.clone(),
        content: serde_json::to_vec(&file.table).map_err(Error::internal)?,
        created_at: ctx.stamp(),
    };
    store::imports::insert(ctx.db, &row)?;
    Ok(row.id)
}

/// The dry run of a file that the caller uploaded.
///
/// # Errors
/// [`Code::ImportGone`] when there is none of the caller's.
pub fn get_plan(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Plan, Error> {
    let (draft, table) = opened(ctx, call, id)?;
    judged(ctx, call, &draft, &table)
}

/// The uploaded file with a column that says for each row what is wrong.
///
/// # Errors
/// As [`get_plan`].
pub fn get_error_file(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Sheet, Error> {
    let (draft, table) = opened(ctx, call, id)?;
    let plan = judged(ctx, call, &draft, &table)?;
    let mut columns: Vec<Column> =
        plan.kind.columns().iter().filter(|column| table.column(column.name).is_some()).copied().collect();
    let names: Vec<&'static str> = columns.iter().map(|column| column.name).collect();
    columns.push(Column { name: "エラー", meaning: "取り込めない理由と直し方", ..Column::default() });
    let rows = table
        .rows
        .iter()
        .zip(&plan.rows)
        .map(|(row, judged)| {
            let mut cells: Vec<Cell> = names.iter().map(|name| Cell::from(table.value(row, name))).collect();
            let errors: Vec<String> = judged
                .errors
                .iter()
                .map(|error| format!("{}：{}{}", error.column, error.reason, error.remedy))
                .collect();
            cells.push(errors.join("／").into());
            cells
        })
        .collect();
    Ok(Sheet { title: "取込結果".to_owned(), columns, rows })
}

/// Takes the file over, all rows or none, exactly as the plan with this digest said.
///
/// # Errors
/// [`Code::ImportMoved`] when the plan is not that one any more; [`Code::ImportRefused`] when rows have errors.
pub fn confirm(ctx: &mut Ctx<'_>, call: &Call, id: &str, digest: &str) -> Result<(Plan, Counts), Error> {
    let (draft, table) = opened(ctx, call, id)?;
    let plan = judged(ctx, call, &draft, &table)?;
    if plan.digest != digest {
        return Err(Error::rule(Code::ImportMoved));
    }
    let counts = plan.counts();
    if !plan.ready() {
        return Err(Error::rule(Code::ImportRefused));
    }
    match plan.kind {
        Kind::Answers => answers::write(ctx, call, &plan),
        Kind::Assignments => assignments::write(ctx, call, &plan),
        Kind::People => people::write(ctx, call, &plan),
    }?;
    let consortium_id = permit(ctx, call, plan.kind, &plan.subject_id)?;
    store::imports::delete(ctx.db, id)?;
    ctx.record(
        Entry::done(&call.actor, Some(&consortium_id), "file.imported", plan.kind.as_str(), &plan.subject_id).details(
            json!({"sha256": draft.sha256, "new": counts.new, "changed": counts.changed, "unchanged": counts.unchanged}),
        ),
    );
    Ok((plan, counts))
}

/// Forgets files that nobody confirmed.
pub(crate) fn forget(ctx: &mut Ctx<'_>) -> Result<usize, Error> {
    let before = ctx.stamp().checked_sub_signed(Duration::hours(HOURS)).unwrap_or_else(|| ctx.stamp());
    Ok(store::imports::forget_before(ctx.db, before)?)
}

fn opened(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<(Draft, Table), Error> {
    let draft = match store::imports::find(ctx.db, id, &call.actor.user_id) {
        // Whose it is, is nobody else's business: to others it is as gone as one that was taken over.
        Err(store::StoreError::Missing) => return Err(Error::rule(Code::ImportGone)),
        found => found?,
    };
    // What an earlier version kept is the file itself: sent once more, it is read anew.
    let table = serde_json::from_slice(&draft.content).map_err(|_older| Error::rule(Code::ImportGone))?;
    Ok((draft, table))
}

fn judged(ctx: &mut Ctx<'_>, call: &Call, draft: &Draft, table: &Table) -> Result<Plan, Error> {
    let kind = Kind::parse(&draft.kind)?;
    let rows = match kind {
        Kind::Answers => answers::judge(ctx, call, &draft.subject_id, table)?,
        Kind::Assignments => assignments::judge(ctx, call, &draft.subject_id, table)?,
        Kind::People => people::judge(ctx, call, &draft.subject_id, table)?,
    };
    let text = serde_json::to_string(&rows).map_err(Error::internal)?;
    let digest = hex(&Sha256::digest(format!("{}\n{text}", draft.sha256)));
    Ok(Plan {
        id: draft.id.clone(),
        kind,
        subject_id: draft.subject_id.clone(),
        file_name: draft.file_name.clone(),
        rows,
        digest,
    })
}

/// What is wrong with a field, in a row's words.
fn sentence(code: &FieldCode) -> String {
    match code {
        FieldCode::Required => "入力されていません。".to_owned(),
        FieldCode::TooLong { max } => format!("{max}字を超えています。"),
        FieldCode::OutOfRange { min, max } => format!("{min}以上{max}以下の数ではありません。"),
        FieldCode::Order { rule } => (*rule).to_owned(),
        FieldCode::Format { expected } => format!("{expected}として読めません。"),
        FieldCode::Control => "使えない文字が含まれています。".to_owned(),
        _ => "この値は使えません。".to_owned(),
    }
}

/// A row as it is judged, collecting what is wrong with it.
struct Judge<'a> {
    table: &'a Table,
    row: &'a documents::Row,
    errors: Vec<RowError>,
}

impl<'a> Judge<'a> {
    const fn new(table: &'a Table, row: &'a documents::Row) -> Self {
        Self { table, row, errors: Vec::new() }
    }

    fn text(&self, column: &str) -> &'a str {
        self.table.value(self.row, column)
    }

    fn fault(&mut self, column: &'static str, reason: impl Into<String>, remedy: impl Into<String>) {
        let value = self.text(column).to_owned();
        self.errors.push(RowError { column, value, reason: reason.into(), remedy: remedy.into() });
    }

    /// A whole number, as officials write it; none when the cell is empty or was refused.
    fn number(&mut self, column: &'static str) -> Option<i64> {
        let typed = self.text(column);
        if typed.is_empty() {
            return None;
        }
        let number = domain::typed::read_number(typed);
        if number.is_none() {
            self.fault(column, "数として読めません。", "整数を入力してください（例：70、１，２３４円）。");
        }
        number
    }

    fn finish(
        self,
        name: String,
        outcome: Outcome,
        changes: Vec<Change>,
        write: Option<Write>,
        version: Option<i64>,
    ) -> PlanRow {
        let refused = !self.errors.is_empty();
        PlanRow {
            number: self.row.number,
            name,
            outcome: if refused { Outcome::Error } else { outcome },
            changes,
            write: if refused { None } else { write },
            errors: self.errors,
            account: None,
            version,
        }
    }
}

/// The name of the account, where the file's 氏名 or ふりがな is another. Spaces and width are no difference, another form of
/// a character is one. A cell that was left empty says nothing.
fn called_otherwise(table: &Table, row: &documents::Row, person: &UserView) -> Option<String> {
    let differs = |column: &str, own: &str| {
        let typed = fold(table.value(row, column));
        !typed.is_empty() && typed != fold(own)
    };
    let differs = differs(NAME, &person.display_name) || differs(KANA, &person.kana);
    differs.then(|| format!("{}（{}）", person.display_name, person.kana))
}
