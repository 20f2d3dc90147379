//! One name per constraint, whichever database refused: the only file that reads SQLite's texts.
//!
//! PostgreSQL names the constraint. SQLite names a CHECK and what a trigger raises, but for UNIQUE
//! only the columns, so the name is looked up in the schema (once, then kept); for a foreign key it
//! names nothing, so there the name is `foreign_key` on both and callers match on the kind.
//!
//! What the schema must keep to: unique rules are named indexes, table-level `CONSTRAINT name UNIQUE
//! (…)`, or unnamed with PostgreSQL's default names (`towns_code_key`, `towns_pkey`); at most one per
//! column list; none deferred. A trigger says `RAISE(ABORT, 'the_name')` in SQLite and `RAISE EXCEPTION '…'
//! USING CONSTRAINT = 'the_name'` (no ERRCODE) in PostgreSQL, the name in snake case with an underscore.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind};
use diesel::sql_types::Text;
use diesel::{QueryResult, QueryableByName, RunQueryDsl, sql_query};

use crate::db::Db;
use crate::dialect::{self, Role};
use crate::options::Options;
use crate::url::DatabaseUrl;

/// The kinds of rule a schema can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    /// Another row already has these values.
    Unique,
    /// A row contradicts its table's CHECK.
    Check,
    /// A row points at nothing, or others still point at it.
    ForeignKey,
    /// A value is required.
    NotNull,
    /// A trigger refused.
    Raised,
}

/// The rule that refused a write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Constraint {
    /// Its kind.
    pub kind: ConstraintKind,
    /// Its name in the schema; `table.column` for NOT NULL, `foreign_key` for every foreign key.
    pub name: String,
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// What diesel tells about a database error.
pub(crate) type Facts<'a> = dyn DatabaseErrorInformation + Send + Sync + 'a;

/// The constraint behind an error, if one is.
pub(crate) fn named(kind: &DatabaseErrorKind, facts: &Facts<'_>) -> Option<Constraint> {
    let given = facts.constraint_name().map(str::to_owned);
    let told = || after_colon(facts.message());
    let (kind, name) = match kind {
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ExclusionViolation => {
            (ConstraintKind::Unique, given.unwrap_or_else(|| unique_name(&told())))
        }
        DatabaseErrorKind::CheckViolation => (ConstraintKind::Check, given.unwrap_or_else(told)),
        DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation => {
            (ConstraintKind::ForeignKey, "foreign_key".to_owned())
        }
        DatabaseErrorKind::NotNullViolation => match (facts.table_name(), facts.column_name()) {
            (Some(table), Some(column)) => (ConstraintKind::NotNull, format!("{table}.{column}")),
            _ => (ConstraintKind::NotNull, told()),
        },
        _ => (ConstraintKind::Raised, given.or_else(|| raised(facts.message()))?),
    };
    Some(Constraint { kind, name })
}

fn after_colon(message: &str) -> String {
    message.split_once(": ").map_or(message, |(_, rest)| rest).to_owned()
}

/// A trigger's whole message is the name it raised; no message of SQLite's own looks like one.
fn raised(message: &str) -> Option<String> {
    let is_name =
        message.contains('_') && message.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    is_name.then(|| message.to_owned())
}

thread_local! {
    /// The schema of the database this thread works for; diesel's errors carry no connection to ask.
    static SCHEMA: RefCell<Option<Arc<Names>>> = const { RefCell::new(None) };
}

/// Tells this thread where its unique names are looked up.
pub(crate) fn look_up_in(names: &Arc<Names>) {
    SCHEMA.with_borrow_mut(|schema| *schema = Some(Arc::clone(names)));
}

fn unique_name(columns: &str) -> String {
    if let Some(index) = columns.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let found = SCHEMA.with_borrow(|schema| schema.as_ref().and_then(|names| names.find(columns)));
    found.unwrap_or_else(|| default_name(columns))
}

/// The name PostgreSQL gives an unnamed UNIQUE: `towns.pref, towns.code` → `towns_pref_code_key`.
fn default_name(columns: &str) -> String {
    let table = columns.split('.').next().unwrap_or_default();
    let columns = columns.split(", ").filter_map(|c| c.split_once('.')).map(|(_, column)| column);
    let parts: Vec<&str> = std::iter::once(table).chain(columns).chain(["key"]).collect();
    parts.join("_")
}

/// The unique names of one SQLite file by `table.column, table.column`, read when first needed.
#[derive(Debug)]
pub(crate) struct Names {
    url: DatabaseUrl,
    options: Options,
    known: RwLock<HashMap<String, String>>,
}

impl Names {
    pub(crate) fn new(url: DatabaseUrl, options: Options) -> Self {
        Self { url, options, known: RwLock::default() }
    }

    /// Forgets everything; a migration may have changed it.
    pub(crate) fn forget(&self) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn find(&self, columns: &str) -> Option<String> {
        let hit = |known: &HashMap<String, String>| known.get(columns).cloned();
        if let Some(name) = hit(&self.known.read().unwrap_or_else(PoisonError::into_inner)) {
            return Some(name);
        }
        let mut db = dialect::connect(&self.url, Role::Reader, &self.options).ok()?;
        let fresh = read_schema(&mut db).ok()?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = fresh;
        // Remember a miss too, so that an odd table does not cost a connection per refusal.
        Some(known.entry(columns.to_owned()).or_insert_with(|| default_name(columns)).clone())
    }
}

#[derive(QueryableByName)]
struct UniqueColumn {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    index: String,
    #[diesel(sql_type = Text)]
    origin: String,
    #[diesel(sql_type = Text)]
    column: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

fn read_schema(db: &mut Db) -> QueryResult<HashMap<String, String>> {
    // A rowid key has no index of its own, hence the second half.
    let columns: Vec<UniqueColumn> = sql_query(
        "SELECT t.name AS \"table\", i.name AS \"index\", i.origin, c.name AS \"column\", t.sql AS definition
           FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
          WHERE t.type = 'table' AND i.\"unique\" = 1 AND c.name IS NOT NULL
         UNION ALL
         SELECT t.name, '', 'pk', c.name, t.sql FROM sqlite_master t, pragma_table_info(t.name) c
          WHERE t.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER'",
    )
    .load(db)?;
    let mut indexes: Vec<(UniqueColumn, String)> = Vec::new();
    for column in columns {
        let qualified = format!("{}.{}", column.table, column.column);
        match indexes.last_mut() {
            Some((last, key)) if !last.index.is_empty() && last.index == column.index => {
                key.push_str(", ");
                key.push_str(&qualified);
            }
            _ => indexes.push((column, qualified)),
        }
    }
    let mut names = HashMap::new();
    for (index, key) in indexes {
        let name = match index.origin.as_str() {
            "c" => index.index,
            origin => declared(&index.definition, &index.table, &key, origin)
                .unwrap_or_else(|| if origin == "pk" { format!("{}_pkey", index.table) } else { default_name(&key) }),
        };
        names.entry(key).or_insert(name);
    }
    Ok(names)
}

/// Finds `CONSTRAINT name UNIQUE (a, b)` in a table's own text: SQLite keeps that name nowhere else.
fn declared(definition: &str, table: &str, key: &str, origin: &str) -> Option<String> {
    let spaced = definition.replace('(', " ( ").replace(')', " ) ").replace(',', " , ");
    let words: Vec<&str> = spaced.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
    words.windows(2).enumerate().find_map(|(at, pair)| {
        let [constraint, name] = pair else {
            return None;
        };
        if !constraint.eq_ignore_ascii_case("constraint") {
            return None;
        }
        let mut rest = words.iter().skip(at + 2);
        let kind_fits = match origin {
            "pk" => is(rest.next(), "primary") && is(rest.next(), "key"),
            _ => is(rest.next(), "unique"),
        };
        if !kind_fits || rest.next() != Some(&"(") {
            return None;
        }
        let columns: Vec<String> = rest
            .take_while(|word| **word != ")")
            .filter(|word| **word != ",")
            .map(|column| format!("{table}.{column}"))
            .collect();
        (columns.join(", ") == key).then(|| (*name).to_owned())
    })
}

fn is(word: Option<&&str>, keyword: &str) -> bool {
    word.is_some_and(|word| word.eq_ignore_ascii_case(keyword))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unnamed_rule_gets_the_name_postgresql_would_give() {
        assert_eq!(default_name("towns.code"), "towns_code_key");
        assert_eq!(default_name("towns.pref, towns.code"), "towns_pref_code_key");
    }

    #[test]
    fn only_a_snake_case_word_is_a_raised_name() {
        assert_eq!(raised("audit_is_append_only").as_deref(), Some("audit_is_append_only"));
        for message in ["interrupted", "no such table: a_b", "disk I/O error", "Bad_Name"] {
            assert_eq!(raised(message), None, "{message}");
        }
    }
}
