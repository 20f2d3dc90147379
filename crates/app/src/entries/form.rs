//! The form of a call: its questions, and whether answers fit them.

use crate::input::Checker;
use crate::{Error, FieldCode};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;

/// The most questions of a call.
const MAX_QUESTIONS: usize = 10;
const MAX_ANSWER: usize = 2_000;

/// A question of the town to its applicants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// 1 to 40 of `a-z 0-9 _ -`, once in a call.
    #[schema(example = "hours", max_length = 40)]
    pub id: String,
    /// What is asked, 1 to 200 characters.
    #[schema(example = "週に何時間の学習時間を確保できますか。", max_length = 200)]
    pub text: String,
    /// Whether an answer must be given.
    pub required: bool,
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Which question.
    #[schema(example = "hours")]
    pub question_id: String,
    /// Up to 2,000 characters; empty only where the question is optional.
    #[schema(example = "週に2時間", max_length = 2000)]
    pub text: String,
}

/// The questions of a stored call.
pub(super) fn questions(json: &str) -> Result<Vec<Question>, Error> {
    serde_json::from_str(json).map_err(Error::internal)
}

/// The answers of a stored application.
pub(super) fn answers(json: &str) -> Result<Vec<Answer>, Error> {
    serde_json::from_str(json).map_err(Error::internal)
}

/// Checks the questions of a draft and gives them as they are stored.
pub(super) fn check_questions(check: &mut Checker, typed: &[Question]) -> Vec<Question> {
    check.ensure(typed.len() <= MAX_QUESTIONS, "/questions", FieldCode::TooMany { max: MAX_QUESTIONS });
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for (index, question) in typed.iter().enumerate().take(MAX_QUESTIONS) {
        let at = format!("/questions/{index}");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        let good = !question.id.is_empty() && question.id.len() <= 40 && question.id.chars().all(plain);
        let form = FieldCode::Format {
            expected: "半角の英小文字・数字・「_」・「-」で40文字までの識別名"
        };
        check.ensure(good, &format!("{at}/id"), form);
        check.ensure(seen.insert(question.id.as_str()), &format!("{at}/id"), FieldCode::Duplicate);
        let text = check.line(&format!("{at}/text"), &question.text, 200);
        kept.push(Question { id: question.id.clone(), text, required: question.required });
    }
    kept
}

/// Checks answers against the questions and gives them in the order of the questions.
pub(super) fn check_answers(check: &mut Checker, questions: &[Question], typed: &[Answer]) -> Vec<Answer> {
    check.ensure(typed.len() <= MAX_QUESTIONS, "/answers", FieldCode::TooMany { max: MAX_QUESTIONS });
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for (index, answer) in typed.iter().enumerate().take(MAX_QUESTIONS) {
        let at = format!("/answers/{index}");
        let Some(place) = questions.iter().position(|question| question.id == answer.question_id) else {
            check.fault(format!("{at}/question_id"), FieldCode::NoSuchThing);
            continue;
        };
        check.ensure(seen.insert(answer.question_id.as_str()), &format!("{at}/question_id"), FieldCode::Duplicate);
        let required = questions.get(place).is_some_and(|question| question.required);
        let pointer = format!("{at}/text");
        let text = match required {
            true => check.lines(&pointer, &answer.text, MAX_ANSWER),
            false => check.optional_lines(&pointer, &answer.text, MAX_ANSWER),
        };
        kept.push((place, Answer { question_id: answer.question_id.clone(), text }));
    }
    for _missing in questions.iter().filter(|question| question.required && !seen.contains(question.id.as_str())) {
        check.fault("/answers", FieldCode::Required);
    }
    kept.sort_by_key(|(place, _)| *place);
    kept.into_iter().map(|(_, answer)| answer).collect()
}
