//! Where a document departs from the form, read a second time only after it was refused: a pointer and a code for every
//! place, instead of the one sentence of a parser. What the values mean is checked in `read`.

use crate::error::{Code, Detail, Error, Fault, Field, ValueKind};
use crate::prepare::Faults;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// Every fault of shape; the place of the parser's own error when there is no other.
pub(super) fn faults(text: &[u8], error: &serde_json::Error) -> Error {
    let mut shape = Shape::default();
    match serde_json::from_slice(text) {
        Ok(document) => shape.document(&document),
        Err(error) => shape.syntax(&error),
    }
    shape.0.check().err().unwrap_or_else(|| {
        let mut shape = Shape::default();
        shape.syntax(error);
        shape.0.check().err().unwrap_or(Error { faults: Vec::new() })
    })
}

/// A claim, or the document as a whole.
type Place<'a> = Option<(usize, &'a str)>;

#[derive(Default)]
struct Shape(Faults);

impl Shape {
    fn syntax(&mut self, error: &serde_json::Error) {
        let place = Detail::Place { line: error.line(), column: error.column() };
        self.0.add(Fault::of_problem(Code::Malformed, Field::Document).with_detail(place));
    }

    fn document(&mut self, document: &Value) {
        let Value::Object(fields) = document else {
            return self.expected(ValueKind::Object, Field::Document, None);
        };
        self.number(fields, Field::Supply, None);
        if present(fields, Field::Supply).is_none() {
            self.fault(Code::Absent, Field::Supply, None);
        }
        match present(fields, Field::Rule) {
            Some(Value::String(_)) => {}
            Some(_) => self.expected(ValueKind::String, Field::Rule, None),
            None => self.fault(Code::Absent, Field::Rule, None),
        }
        self.choice(fields, Field::Form, &["integer", "continuous"]);
        match present(fields, Field::Claims) {
            Some(Value::Array(claims)) => claims.iter().enumerate().for_each(|(at, claim)| self.claim(at, claim)),
            Some(_) => self.expected(ValueKind::Array, Field::Claims, None),
            None => self.fault(Code::Absent, Field::Claims, None),
        }
        self.number(fields, Field::UnitPrice, None);
        match present(fields, Field::TieBreak) {
            Some(Value::Object(by)) => self.tie_break(by),
            Some(_) => self.expected(ValueKind::Object, Field::TieBreak, None),
            None => {}
        }
        let known = [Field::Supply, Field::Rule, Field::Form, Field::Claims, Field::UnitPrice, Field::TieBreak]
            .map(Field::name);
        self.unknown(fields, &known, Field::Document, None);
    }

    fn claim(&mut self, position: usize, claim: &Value) {
        let Value::Object(fields) = claim else {
            return self.expected(ValueKind::Object, Field::Claims, Some((position, "")));
        };
        let place = Some((position, fields.get("id").and_then(Value::as_str).unwrap_or("")));
        match fields.get("id") {
            None | Some(Value::String(_)) => {}
            Some(Value::Null) => self.fault(Code::Absent, Field::Id, place),
            Some(_) => self.expected(ValueKind::String, Field::Id, place),
        }
        if !matches!(present(fields, Field::TieKey), None | Some(Value::String(_))) {
            self.expected(ValueKind::String, Field::TieKey, place);
        }
        let numbers = [Field::Request, Field::Guarantee, Field::Weight, Field::Class, Field::BudgetCap];
        for field in numbers {
            self.number(fields, field, place);
        }
        let known: Vec<&str> = numbers.into_iter().chain([Field::Id, Field::TieKey]).map(Field::name).collect();
        self.unknown(fields, &known, Field::Claims, place);
    }

    fn tie_break(&mut self, fields: &Object) {
        match fields.get("by") {
            Some(Value::String(by)) if by == "key" => self.unknown(fields, &["by"], Field::TieBreak, None),
            Some(Value::String(by)) if by == "lottery" => {
                match present(fields, Field::TieBreakSeed) {
                    Some(Value::String(_)) => {}
                    Some(_) => self.expected(ValueKind::String, Field::TieBreakSeed, None),
                    None => self.fault(Code::Absent, Field::TieBreakSeed, None),
                }
                self.unknown(fields, &["by", "seed"], Field::TieBreak, None);
            }
            Some(Value::String(_)) => self.fault(Code::Unknown, Field::TieBreakBy, None),
            None | Some(Value::Null) => self.fault(Code::Absent, Field::TieBreakBy, None),
            Some(_) => self.expected(ValueKind::String, Field::TieBreakBy, None),
        }
    }

    fn choice(&mut self, fields: &Object, field: Field, names: &[&str]) {
        match present(fields, field) {
            Some(Value::String(name)) if !names.contains(&name.as_str()) => self.fault(Code::Unknown, field, None),
            None | Some(Value::String(_)) => {}
            Some(_) => self.expected(ValueKind::String, field, None),
        }
    }

    fn number(&mut self, fields: &Object, field: Field, place: Place<'_>) {
        if !matches!(present(fields, field), None | Some(Value::Number(_) | Value::String(_))) {
            self.expected(ValueKind::Number, field, place);
        }
    }

    fn unknown(&mut self, fields: &Object, known: &[&str], field: Field, place: Place<'_>) {
        for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
            let detail = Detail::Name { name: name.clone() };
            self.0.add(fault(Code::UnknownField, field, place).with_detail(detail));
        }
    }

    fn expected(&mut self, kind: ValueKind, field: Field, place: Place<'_>) {
        self.0.add(fault(Code::WrongType, field, place).with_detail(Detail::Expected { value: kind }));
    }

    fn fault(&mut self, code: Code, field: Field, place: Place<'_>) {
        self.0.add(fault(code, field, place));
    }
}

fn fault(code: Code, field: Field, place: Place<'_>) -> Fault {
    match place {
        Some((position, id)) => Fault::of_claim(code, field, position, id),
        None => Fault::of_problem(code, field),
    }
}

/// The value of a field, unless it is absent or null.
fn present(fields: &Object, field: Field) -> Option<&Value> {
    let name = field.name().rsplit('/').next().unwrap_or_default();
    fields.get(name).filter(|value| !value.is_null())
}
