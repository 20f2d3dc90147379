//! Reasons: each yen opens to rule, inputs, arithmetic, rounding and tie-break.
//! `data` adds the facts of price and rounding to an answer, `ja` turns an answer into plain administrative Japanese, `member` one share,
//! `fault_ja` words the faults, `formulas` lists the spreadsheet cells that reproduce the shares. No arithmetic of rules here.

pub(crate) mod data;
mod fault;
mod formulas;
mod ja;
mod member;
mod results;

pub use fault::fault_ja;
pub use formulas::{Cell, Content, formulas};
pub use ja::{core_ja, explain_ja, rule_name_ja};
pub use member::explain_member_ja;
pub use results::results;

/// `1234567` as `1,234,567`; both parts of a fraction.
pub(crate) fn grouped(digits: &str) -> String {
    if let Some((top, bottom)) = digits.split_once('/') {
        return format!("{}/{}", grouped(top), grouped(bottom));
    }
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(part) = part {
        text.push('.');
        text.push_str(part);
    }
    text
}
