//! Every fault of a form at once. Serde stops at the first field that it refuses, so something readable is put
//! in its place and the value read again: the use case can then judge the other fields, too.
//!
//! *Invariant:* a command with such stand-ins never has an effect: whoever gets one gets the faults with it.

use super::fault::looks_numeric;
use super::node::Node;
use app::{FieldCode, FieldError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Readings at most: a form with more faults says the rest when these are mended.
const MOST: usize = 200;

/// The command and what was refused of it; only the faults where nothing can stand in.
pub(super) fn read<T: DeserializeOwned>(mut value: Value) -> Result<(T, Vec<FieldError>), Vec<FieldError>> {
    let mut faults: Vec<FieldError> = Vec::new();
    for _ in 0..MOST {
        let fault = match T::deserialize(Node::json(&value)) {
            Ok(command) => return Ok((command, faults)),
            Err(fault) => fault.into_error(),
        };
        let stood_in = stand_in(&mut value, &fault).is_some();
        if !is_of(&fault, &faults) {
            faults.push(fault);
        }
        if !stood_in {
            break;
        }
    }
    Err(faults)
}

/// Whether a fault concerns a field that was refused before, or a part of it.
pub(super) fn is_of(fault: &FieldError, faults: &[FieldError]) -> bool {
    let within = |one: &FieldError| fault.pointer.strip_prefix(one.pointer.as_str());
    faults.iter().filter_map(within).any(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Puts something in the place of a refused field that brings the reading one step further.
fn stand_in(value: &mut Value, fault: &FieldError) -> Option<()> {
    let present = value.pointer(&fault.pointer).cloned();
    let next = match &fault.code {
        FieldCode::Required => Value::Null,
        FieldCode::Choice { allowed } => json!(allowed.first()?),
        FieldCode::OutOfRange { min, .. } => json!(min),
        FieldCode::Format { .. } if present == Some(json!("2000-01-01")) => json!("2000-01-01T00:00:00Z"),
        FieldCode::Format { .. } => json!("2000-01-01"),
        FieldCode::Refused { .. } if present.as_ref().and_then(Value::as_str).is_some_and(looks_numeric) => json!(1),
        FieldCode::WrongType { expected } => match *expected {
            "半角の整数" => json!(1),
            "true または false" => json!(false),
            "配列" => json!([]),
            "JSONのオブジェクト" => json!({}),
            "日付や日時の文字列" => json!("2000-01-01"),
            _ => json!(""),
        },
        FieldCode::Refused { .. }
        | FieldCode::TooLong { .. }
        | FieldCode::CheckDigit { .. }
        | FieldCode::Control
        | FieldCode::Unknown
        | FieldCode::Duplicate
        | FieldCode::NoSuchThing
        | FieldCode::Order { .. }
        | FieldCode::Amount { .. }
        | FieldCode::Reserve { .. }
        | FieldCode::TooMany { .. } => return None,
    };
    if present.as_ref() == Some(&next) {
        return None;
    }
    let (above, name) = fault.pointer.rsplit_once('/')?;
    match value.pointer_mut(above)? {
        Value::Object(object) => drop(object.insert(name.replace("~1", "/").replace("~0", "~"), next)),
        Value::Array(items) => *items.get_mut(name.parse::<usize>().ok()?)? = next,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, NaiveDate, Utc};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        Lead,
        Individual,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "a command as a form fills it: what is tested is the filling")]
    struct Row {
        seats: i64,
        name: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "as above")]
    struct Command {
        title: String,
        mode: Mode,
        starts_on: NaiveDate,
        ends_at: DateTime<Utc>,
        open: bool,
        rows: Vec<Row>,
        note: Option<String>,
    }

    fn faults(value: Value) -> Vec<String> {
        let (_, faults) = read::<Command>(value).unwrap();
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn an_empty_form_says_everything_that_is_missing() {
        assert_eq!(faults(json!({})), ["/title", "/mode", "/starts_on", "/ends_at", "/open", "/rows"]);
    }

    #[test]
    fn every_refused_field_is_named_once_with_its_first_reason() {
        let typed = json!({"title": "x", "mode": "both", "starts_on": "あした", "ends_at": "きのう", "open": true,
            "rows": [{"seats": 3, "name": "a"}, {"seats": "たくさん"}, {"seats": "１２", "name": "c"}]});
        let (_, found) = read::<Command>(typed).unwrap();
        let named: Vec<&str> = found.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(named, ["/ends_at", "/mode", "/rows/1/seats", "/rows/1/name", "/rows/2/seats", "/starts_on"]);
        assert_eq!(found[1].code, FieldCode::Choice { allowed: &["lead", "individual"] });
        assert_eq!(found[2].code, FieldCode::WrongType { expected: "半角の整数" });
    }

    #[test]
    fn what_can_be_read_has_no_faults_and_what_nothing_can_mend_ends_the_reading() {
        let good = json!({"title": "x", "mode": "lead", "starts_on": "2026-04-01", "ends_at": "2026-04-01T09:00:00+09:00",
            "open": false, "rows": [], "note": "y"});
        let (command, none) = read::<Command>(good.clone()).unwrap();
        assert!(none.is_empty() && command.note.as_deref() == Some("y") && command.rows.is_empty());
        let mut odd = good;
        odd["admin"] = json!(true);
        odd["title"] = json!(7);
        let refused = read::<Command>(odd).unwrap_err();
        assert!(refused.iter().any(|fault| fault.code == FieldCode::Unknown), "{refused:?}");
    }
}
