//! The comparison of rules as JSON: what `yui compare` and the scenario pages show side by side.

use super::{ShareAnswer, ShareRequest};
use crate::analysis::{Pivot, pivots};
use crate::error::Error;
use crate::explain::fault_ja;
use crate::rule::SharingRule;
use serde::Serialize;

/// All rules for one case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompareAnswer {
    /// One row for each rule, the request's own first.
    pub rules: Vec<CompareRow>,
    /// Members whose exit makes a seat dearer for the others.
    pub pivots: Vec<Pivot>,
}

/// One rule and its answer, or why it has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompareRow {
    /// The rule with its parameters.
    pub rule: SharingRule,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<ShareAnswer>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<RowError>,
}

/// Why a rule has no answer for a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    /// The field at fault.
    pub pointer: String,
    /// The fault's code.
    pub code: &'static str,
    /// The fault in Japanese.
    pub detail: String,
}

/// Compares the rules that a case has the data for.
///
/// # Errors
/// What is wrong with the case itself; a rule that has no answer is a row with its error.
pub fn compare(request: &ShareRequest) -> Result<CompareAnswer, Error> {
    let pivots = pivots(request)?;
    let rules = crate::analysis::compare(request).into_iter().map(|row| {
        let (answer, error) = match row.answer {
            Ok(answer) => (Some(answer), None),
            Err(Error { pointer, fault }) => {
                let error = RowError { pointer, code: fault.code(), detail: fault_ja(&fault) };
                (None, Some(error))
            }
        };
        CompareRow { rule: row.rule, answer, error }
    });
    Ok(CompareAnswer { rules: rules.collect(), pivots })
}
