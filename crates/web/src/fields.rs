//! What was typed into a form, and how it becomes a command.
//!
//! A field is named as the pointer of the API names it (`points/0/seats`), so one set of commands, rules and
//! sentences serves both faces. People type 全角, commas and 和暦; [`Kind`] says what is read from it.
//! *Invariant:* only the fields of a form's list reach a command, and what was typed is kept as typed.

use domain::typed;
use serde::Serialize;
use serde_json::{Map, Value};

/// Names and values in the order of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

/// How the text of a field is read. An empty field is left out of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As typed, without spaces around it.
    Text,
    /// As [`Kind::Text`], but an empty text is sent too.
    Empty,
    /// As typed, with every space (passwords).
    Verbatim,
    /// An integer: `１，２３４円` is 1234, `△5` is -5.
    Number,
    /// A price with parts of a yen, as an exact decimal in a text: `33,000.5円` is `"33000.5"`.
    Price,
    /// A year or a fiscal year: `2027`, `令和9年度`, `R9`.
    Year,
    /// A date: `2026-11-22`, `2026/11/22`, `令和8年11月22日`, `R8.11.22`.
    Date,
    /// A percentage as an exact ratio: `8.5` is `"85/1000"`.
    Percent,
    /// A checkbox: true when it came.
    Flag,
    /// Several values of one name.
    List,
    /// One text for each line.
    Lines,
}

/// Rows of a form at most: more than the country has municipalities.
const MOST_ROWS: usize = 2_000;

/// The fields of a form: name (`*` stands for the rows of a list) and kind.
pub(crate) type Spec = [(&'static str, Kind)];

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(&text);
        Self(pairs.map(actix_web::web::Query::into_inner).unwrap_or_default())
    }

    /// The fields of a view, for a form that edits it.
    pub(crate) fn of(view: &impl Serialize) -> Self {
        let mut fields = Self::default();
        fields.flatten(String::new(), &serde_json::to_value(view).unwrap_or_default());
        fields
    }

    fn flatten(&mut self, name: String, value: &Value) {
        let below = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}/{part}") };
        match value {
            Value::Null => {}
            Value::Bool(flag) => self.0.push((name, if *flag { "true" } else { "" }.to_owned())),
            Value::Number(number) => self.0.push((name, number.to_string())),
            Value::String(text) => self.0.push((name, text.clone())),
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    match item {
                        Value::Object(_) | Value::Array(_) => self.flatten(below(&n.to_string()), item),
                        other => self.flatten(name.clone(), other),
                    }
                }
            }
            Value::Object(object) => object.iter().for_each(|(key, value)| self.flatten(below(key), value)),
        }
    }

    /// Adds or replaces a value.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(have, _)| have != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// Adds a value of a name that is not there yet.
    pub(crate) fn push(&mut self, name: String, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// The first value of a name; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(have, _)| have == name).map_or("", |(_, value)| value.as_str())
    }

    /// All values of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// A typed value as it was understood, to be checked by whoever typed it.
    pub(crate) fn shown(&self, name: &str, kind: Kind) -> String {
        let text = self.get(name).trim();
        let read = match kind {
            Kind::Number => typed::read_number(text).map(|number| crate::words::number(&number)),
            Kind::Date => typed::read_date(text).map(|date| crate::words::date(&date)),
            Kind::Year => typed::read_year(text).map(|year| format!("{year}年")),
            Kind::Price => typed::read_price(text),
            Kind::Text | Kind::Empty | Kind::Verbatim | Kind::Percent | Kind::Flag | Kind::List | Kind::Lines => None,
        };
        read.unwrap_or_else(|| text.to_owned())
    }

    /// Everything, for a form that is sent again.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The rows of a list that hold something, by the numbers they were typed under.
    pub(crate) fn rows(&self, list: &str) -> Vec<usize> {
        let mut rows: Vec<usize> = self
            .0
            .iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .filter_map(|(name, _)| name.strip_prefix(list)?.strip_prefix('/')?.split('/').next()?.parse().ok())
            .filter(|row| *row < MOST_ROWS)
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The JSON of a command. Empty rows fall out; [`Fields::typed_name`] finds the way back.
    pub(crate) fn json(&self, spec: &Spec) -> Value {
        let mut root = Value::Object(Map::new());
        for (name, kind) in spec {
            match name.split_once("/*/") {
                None => {
                    if let Some(value) = self.read(name, *kind) {
                        put(&mut root, name, value);
                    }
                }
                Some((list, rest)) => {
                    for (at, row) in self.rows(list).into_iter().enumerate() {
                        if let Some(value) = self.read(&format!("{list}/{row}/{rest}"), *kind) {
                            put(&mut root, &format!("{list}/{at}/{rest}"), value);
                        }
                    }
                }
            }
        }
        root
    }

    /// The name under which the field of a pointer was typed.
    pub(crate) fn typed_name(&self, pointer: &str) -> String {
        let name = pointer.trim_start_matches('/');
        let parts: Vec<&str> = name.split('/').collect();
        let Some(at) = parts.iter().position(|part| part.parse::<usize>().is_ok()) else { return name.to_owned() };
        let list = parts.iter().take(at).copied().collect::<Vec<_>>().join("/");
        let number = parts.get(at).and_then(|part| part.parse::<usize>().ok()).unwrap_or_default();
        let Some(row) = self.rows(&list).get(number).copied() else {
            // One field may hold a whole list: a line for each.
            return if self.0.iter().any(|(have, _)| *have == list) { list } else { name.to_owned() };
        };
        let rest: String = parts.iter().skip(at.saturating_add(1)).map(|part| format!("/{part}")).collect();
        format!("{list}/{row}{rest}")
    }

    fn read(&self, name: &str, kind: Kind) -> Option<Value> {
        let typed = self.get(name);
        let text = typed.trim();
        let filled = |value: Value| (!text.is_empty()).then_some(value);
        match kind {
            Kind::Text => filled(text.replace("\r\n", "\n").into()),
            Kind::Empty => Some(text.replace("\r\n", "\n").into()),
            Kind::Verbatim => (!typed.is_empty()).then(|| typed.into()),
            Kind::Number => filled(typed::read_number(text).map_or_else(|| text.into(), Value::from)),
            Kind::Price => filled(typed::read_price(text).unwrap_or_else(|| text.to_owned()).into()),
            Kind::Year => filled(typed::read_year(text).map_or_else(|| text.into(), Value::from)),
            Kind::Date => filled(typed::read_date(text).map_or_else(|| text.into(), |date| date.to_string().into())),
            Kind::Percent => filled(typed::read_percent(text).unwrap_or_else(|| text.to_owned()).into()),
            Kind::Flag => Some(Value::Bool(!typed.is_empty())),
            Kind::List => {
                let values: Vec<Value> =
                    self.all(name).map(str::trim).filter(|v| !v.is_empty()).map(Into::into).collect();
                Some(Value::Array(values))
            }
            Kind::Lines => {
                let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
                Some(Value::Array(lines.map(Into::into).collect()))
            }
        }
    }
}

/// Puts a value under a path; parts that are numbers are places of an array.
fn put(root: &mut Value, path: &str, value: Value) {
    let mut at = root;
    for part in path.split('/') {
        at = match part.parse::<usize>() {
            Ok(place) => {
                if !at.is_array() {
                    *at = Value::Array(Vec::new());
                }
                let Value::Array(items) = at else { return };
                while items.len() <= place {
                    items.push(Value::Null);
                }
                match items.get_mut(place) {
                    Some(item) => item,
                    None => return,
                }
            }
            Err(_not_a_number) => {
                if !at.is_object() {
                    *at = Value::Object(Map::new());
                }
                let Value::Object(object) = at else { return };
                object.entry(part.to_owned()).or_insert(Value::Null)
            }
        };
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SPEC: &Spec = &[
        ("name", Kind::Text),
        ("seats", Kind::Number),
        ("deadline", Kind::Date),
        ("rate", Kind::Percent),
        ("open", Kind::Flag),
        ("towns", Kind::List),
        ("points/*/seats", Kind::Number),
        ("points/*/price", Kind::Number),
    ];

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn what_officials_type_becomes_a_command() {
        let typed = fields(&[
            ("name", " 研修 "),
            ("seats", "１，２３４席"),
            ("deadline", "令和8年11月22日"),
            ("rate", "８．５％"),
            ("open", "on"),
            ("towns", "a"),
            ("towns", "b"),
            ("points/0/seats", ""),
            ("points/2/seats", "5"),
            ("points/2/price", "△30,000円"),
            ("role", "admin"),
        ]);
        assert_eq!(
            typed.json(SPEC),
            json!({"name": "研修", "seats": 1234, "deadline": "2026-11-22", "rate": "85/1000", "open": true,
                "towns": ["a", "b"], "points": [{"seats": 5, "price": -30000}]})
        );
        assert_eq!(typed.typed_name("/points/0/price"), "points/2/price");
        assert_eq!(typed.typed_name("/name"), "name");
        assert_eq!(typed.typed_name("/towns/1"), "towns", "one field for a list");
    }

    #[test]
    fn what_cannot_be_read_is_kept_for_the_sentence_that_refuses_it() {
        let typed = fields(&[("seats", "たくさん"), ("deadline", "あした")]);
        let json = typed.json(SPEC);
        assert_eq!((&json["seats"], &json["deadline"]), (&json!("たくさん"), &json!("あした")));
        assert_eq!(typed.get("seats"), "たくさん");
    }

    #[test]
    fn a_view_fills_the_form_that_edits_it() {
        let view = json!({"name": "x", "seats": 3, "none": null, "points": [{"seats": 5}], "towns": ["a", "b"]});
        let fields = Fields::of(&view);
        assert_eq!((fields.get("seats"), fields.get("points/0/seats")), ("3", "5"));
        assert_eq!(fields.all("towns").collect::<Vec<_>>(), ["a", "b"]);
    }
}
