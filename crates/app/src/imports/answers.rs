//! The answers to a survey as a file: every town a row, by its code and the version that the file was made from.
//! The lead enters what towns sent that cannot reach the service; a contact may do the same for its own town.

use super::{Change, Judge, Outcome, Plan, PlanRow, Write, sentence};
use crate::demand::answers::{AnswerContent, AnswerView, checked, save_as, submit_as};
use crate::demand::overview::{OverviewLine, get_answers};
use crate::demand::{load, refused, state};
use crate::{Call, Ctx, Error};
use documents::csv::one_line;
use documents::{Cell, Column, Sheet, Table};
use domain::access::Action;
use domain::demand::{AnswerState, accepts_answers};
use std::collections::{BTreeSet, HashMap};
use store::demand::Survey;
use unicode_normalization::UnicodeNormalization as _;

pub(super) const CODE: &str = "団体コード";
const VERSION: &str = "版";
const SUBMIT: &str = "提出";
const REASON: &str = "理由";
/// Headings of the numbers with the pointers of the command.
const NUMBERS: [(&str, &str); 5] = [
    ("少なめ", "/low_seats"),
    ("標準", "/base_seats"),
    ("多め", "/high_seats"),
    ("最低席数", "/minimum_seats"),
    ("予算上限額", "/budget_cap_yen"),
];

const fn column(name: &'static str, meaning: &'static str) -> Column {
    Column { name, meaning, words: &[], open: false, whole: false }
}

const fn seats(name: &'static str, meaning: &'static str) -> Column {
    Column { name, meaning, words: &[], open: true, whole: true }
}

/// The columns of the template.
pub const COLUMNS: [Column; 12] = [
    column(CODE, "全国地方公共団体コード（6桁、文字列）。行の識別に使う"),
    column("団体名", "団体の名称"),
    column("前年度の利用席数", "前年度の契約で現在利用されている席数（席）"),
    column("状態", "現在の回答の状態"),
    seats("少なめ", "少なめに見積もった希望席数（席）"),
    seats("標準", "標準の希望席数（席）。試算に使う"),
    seats("多め", "多めに見積もった希望席数（席）"),
    seats("最低席数", "これを下回ると参加しない席数（席）。空欄は0席"),
    seats("予算上限額", "負担できる上限の額（円、税込）。空欄は上限なし"),
    Column { open: true, ..column(REASON, "希望席数の理由（2,000字まで）") },
    Column {
        open: true,
        words: &["提出する"],
        ..column(SUBMIT, "「提出する」を選ぶと提出まで行う。空欄は下書きのまま")
    },
    column(VERSION, "様式を出力した時点の回答の版。変更の行き違いを見つけるために使う"),
];

/// The survey, if the caller may enter answers to it.
pub(crate) fn permit(ctx: &mut Ctx<'_>, call: &Call, survey_id: &str) -> Result<Survey, Error> {
    load(ctx, call, Action::EnterAnswers, survey_id)
}

/// The answers as a file to be filled in.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia; [`Error::Forbidden`] for who may not enter answers.
pub fn get_answers_template(ctx: &mut Ctx<'_>, call: &Call, survey_id: &str) -> Result<Sheet, Error> {
    let survey = permit(ctx, call, survey_id)?;
    let rows = get_answers(ctx, call, survey_id)?.lines.into_iter().map(cells).collect();
    Ok(Sheet { title: format!("回答 {}", survey.title), columns: COLUMNS.to_vec(), rows })
}

fn cells(line: OverviewLine) -> Vec<Cell> {
    let answer = line.answer.as_ref();
    let number = |read: fn(&AnswerView) -> i64| Cell::from(answer.map(read));
    vec![
        line.municipality_code.as_str().into(),
        line.name.as_str().into(),
        line.last_year_seats.into(),
        answer.map_or("未回答", |answer| word(&answer.state)).into(),
        number(|answer| answer.low_seats),
        number(|answer| answer.base_seats),
        number(|answer| answer.high_seats),
        number(|answer| answer.minimum_seats),
        answer.and_then(|answer| answer.budget_cap_yen).into(),
        answer.map(|answer| answer.reason.as_str()).into(),
        Cell::Empty,
        number(|answer| answer.version),
    ]
}

fn word(state: &str) -> &'static str {
    AnswerState::parse(state).map_or("不明", AnswerState::ja)
}

/// What would become of each row.
pub(super) fn judge(ctx: &mut Ctx<'_>, call: &Call, survey_id: &str, table: &Table) -> Result<Vec<PlanRow>, Error> {
    let survey = permit(ctx, call, survey_id)?;
    let closed = accepts_answers(state(&survey)?, survey.deadline_on, ctx.now).is_err();
    let lines = get_answers(ctx, call, survey_id)?.lines;
    let by_code: HashMap<&str, &OverviewLine> =
        lines.iter().map(|line| (line.municipality_code.as_str(), line)).collect();
    let mut seen = BTreeSet::new();
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut judge = Judge::new(table, row);
        let code = code(judge.text(CODE));
        let line = by_code.get(code.as_str()).copied();
        if !seen.insert(code) {
            judge.fault(CODE, "同じ団体の行が2つあります。", "片方の行を削除してください。");
        }
        rows.push(match line {
            Some(line) => judge_line(judge, line, closed),
            None => {
                judge.fault(CODE, "この調査の対象でない団体コードです。", "様式の団体コードを変えずに使ってください。");
                let name = judge.text("団体名").to_owned();
                judge.finish(name, Outcome::Error, Vec::new(), None, None)
            }
        });
    }
    Ok(rows)
}

/// Six digits; a spreadsheet that took the code for a number has dropped its first 0.
fn code(typed: &str) -> String {
    let digits: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    if digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit()) { format!("0{digits}") } else { digits }
}

fn judge_line(mut judge: Judge<'_>, line: &OverviewLine, closed: bool) -> PlanRow {
    let numbers = NUMBERS.map(|(column, _)| judge.number(column));
    let typed = judge.text(REASON).replace("\r\n", "\n");
    let submit = !judge.text(SUBMIT).is_empty();
    if submit && judge.text(SUBMIT) != "提出する" {
        judge.fault(SUBMIT, "選択肢にない言葉です。", "「提出する」を選ぶか、空欄にしてください。");
    }
    let answer = line.answer.as_ref();
    let version = answer.map(|answer| answer.version);
    let name = line.name.clone();
    if answer.is_none() && numbers.iter().all(Option::is_none) && typed.is_empty() && judge.errors.is_empty() {
        return judge.finish(name, Outcome::Unchanged, Vec::new(), None, version);
    }
    let changes = changes(answer, &numbers, &typed);
    let counts = answer.is_some_and(|answer| AnswerState::parse(&answer.state).is_some_and(AnswerState::counts));
    let submit = submit && !counts;
    if changes.is_empty() && !submit {
        return judge.finish(name, Outcome::Unchanged, changes, None, version);
    }
    if closed {
        judge.fault(
            CODE,
            "調査が受付中ではないか、締切日を過ぎています。",
            "県の担当者が締切を延長すると取り込めます。",
        );
    }
    if !closed && answer.is_some_and(|answer| answer.state == AnswerState::Fixed.as_str()) {
        judge.fault(CODE, "確定した回答は変更できません。", "この行を様式の値に戻してください。");
    }
    let made_from = judge.number(VERSION);
    if !changes.is_empty() && made_from != version {
        judge.fault(
            VERSION,
            "様式を出力した後に、この回答が変更されています。",
            "現在の値と見比べ、様式をダウンロードし直して記入してください。",
        );
    }
    let [low, base, high, minimum, budget] = numbers;
    let content = AnswerContent {
        low_seats: required(&mut judge, "少なめ", low),
        base_seats: required(&mut judge, "標準", base),
        high_seats: required(&mut judge, "多め", high),
        minimum_seats: minimum.unwrap_or(0),
        budget_cap_yen: budget,
        price_points: answer.map(|answer| answer.price_points.clone()).unwrap_or_default(),
        reason: typed,
    };
    if judge.errors.is_empty()
        && let Err(Error::Invalid(errors)) = checked(&content)
    {
        for error in errors {
            let column =
                NUMBERS.iter().find(|(_, pointer)| *pointer == error.pointer).map_or(REASON, |(name, _)| *name);
            judge.fault(column, sentence(&error.code), "値を直してください。");
        }
    }
    let outcome = if answer.is_some() { Outcome::Changed } else { Outcome::New };
    let content = (!changes.is_empty()).then_some(content);
    let mut changes = changes;
    if submit {
        let before = answer.map_or("未回答", |answer| word(&answer.state)).to_owned();
        changes.push(Change { column: "状態", before, after: AnswerState::Submitted.ja().to_owned() });
    }
    let write = Write::Answer { member_id: line.member_id.clone(), content, submit };
    judge.finish(name, outcome, changes, Some(write), version)
}

fn required(judge: &mut Judge<'_>, column: &'static str, value: Option<i64>) -> i64 {
    if value.is_none() && judge.text(column).is_empty() {
        judge.fault(column, "入力されていません。", "席数を入力してください。");
    }
    value.unwrap_or(0)
}

fn changes(answer: Option<&AnswerView>, numbers: &[Option<i64>; 5], reason: &str) -> Vec<Change> {
    let stored = answer.map(|answer| {
        [
            Some(answer.low_seats),
            Some(answer.base_seats),
            Some(answer.high_seats),
            Some(answer.minimum_seats),
            answer.budget_cap_yen,
        ]
    });
    let stored = stored.unwrap_or_default();
    let mut changes = Vec::new();
    for (at, ((column, _), (before, after))) in NUMBERS.iter().zip(stored.iter().zip(numbers)).enumerate() {
        // An empty 最低席数 is 0.
        let zero = |value: &Option<i64>| if at == 3 { Some(value.unwrap_or(0)) } else { *value };
        if zero(before) != zero(after) {
            let text = |value: &Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
            changes.push(Change { column, before: text(before), after: text(after) });
        }
    }
    let before = answer.map_or("", |answer| answer.reason.as_str());
    // A CSV holds no line breaks: they alone are no change.
    if one_line(before).trim() != one_line(reason).trim() {
        changes.push(Change { column: REASON, before: before.to_owned(), after: reason.to_owned() });
    }
    changes
}

/// Writes the rows.
pub(super) fn write(ctx: &mut Ctx<'_>, call: &Call, plan: &Plan) -> Result<(), Error> {
    let survey = permit(ctx, call, &plan.subject_id)?;
    accepts_answers(state(&survey)?, survey.deadline_on, ctx.now).map_err(refused)?;
    for row in &plan.rows {
        let Some(Write::Answer { member_id, content, submit }) = &row.write else { continue };
        let call = Call { expected_version: row.version, ..call.clone() };
        if let Some(content) = content {
            save_as(ctx, &call, Action::EnterAnswers, (&survey.id, member_id), content)?;
        }
        if *submit {
            submit_as(ctx, &call, Action::EnterAnswers, &survey.id, member_id)?;
        }
    }
    Ok(())
}
