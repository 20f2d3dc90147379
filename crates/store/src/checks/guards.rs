//! Whether what guards the data stands: references lead somewhere, and the triggers and keys that refuse are there
//! and on. Each database keeps them in a catalogue of its own.

use super::{Row, Violation};
use crate::{Backend, Db, StoreError};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::BTreeSet;

pub(super) const ORPHANS: &str = "orphans: every reference leads somewhere";
pub(super) const TRIGGERS: &str = "guards: ledgers and frozen scenarios refuse changes";
pub(super) const KEYS: &str = "guards: foreign keys are enforced";
pub(super) const FENCE: &str = "guards: every table of the consortia is behind the fence";

/// Tables that take no UPDATE, DELETE or TRUNCATE.
pub(super) const APPEND_ONLY: [&str; 6] =
    ["audit_entries", "contract_amendments", "mail_deliveries", "post_revisions", "seat_transfers", "shares"];

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Dangling references. Both databases refuse them, unless somebody wrote with the foreign keys off.
pub(super) fn orphans(db: &mut Db) -> Result<Vec<Violation>, StoreError> {
    let rows: Vec<Row> = match db.backend() {
        Backend::Sqlite => diesel::sql_query(ORPHANS_SQLITE).load(db)?,
        Backend::Postgres => {
            let mut rows = Vec::new();
            let queries: Vec<Name> = diesel::sql_query(ORPHANS_POSTGRES).load(db)?;
            for query in queries {
                rows.extend(diesel::sql_query(query.name).load::<Row>(db)?);
            }
            rows
        }
    };
    Ok(rows.into_iter().map(|row| row.breaks(ORPHANS)).collect())
}

/// Triggers that are missing or switched off.
pub(super) fn triggers(db: &mut Db) -> Result<Vec<Violation>, StoreError> {
    let (query, endings) = match db.backend() {
        Backend::Sqlite => ("SELECT name FROM sqlite_master WHERE type = 'trigger'", ["_update", "_delete"]),
        Backend::Postgres => {
            ("SELECT tgname::text AS name FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')", ["", ""])
        }
    };
    let there: Vec<Name> = diesel::sql_query(query).load(db)?;
    let there: BTreeSet<String> = there.into_iter().map(|row| row.name).collect();
    let mut wanted: BTreeSet<String> = BTreeSet::from(["seat_transfers_apply".to_owned()]);
    for ending in endings {
        wanted.insert(format!("scenarios_frozen{ending}"));
        wanted.extend(APPEND_ONLY.map(|table| format!("{table}_append_only{ending}")));
    }
    if db.backend() == Backend::Postgres {
        wanted.extend(APPEND_ONLY.map(|table| format!("{table}_no_truncate")));
    }
    let missing = wanted.difference(&there).cloned();
    Ok(missing
        .map(|subject| Violation { rule: TRIGGERS, subject, detail: "missing or switched off".to_owned() })
        .collect())
}

/// Foreign keys of PostgreSQL that were never validated or whose triggers are off; SQLite's are a matter of each
/// connection, and every connection of the service switches them on.
pub(super) fn keys(db: &mut Db) -> Result<Vec<Violation>, StoreError> {
    if db.backend() == Backend::Sqlite {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = diesel::sql_query(KEYS_POSTGRES).load(db)?;
    Ok(rows.into_iter().map(|row| row.breaks(KEYS)).collect())
}

/// Tables of PostgreSQL that show rows of other consortia than a transaction has named.
pub(super) fn fence(db: &mut Db) -> Result<Vec<Violation>, StoreError> {
    if db.backend() == Backend::Sqlite {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = diesel::sql_query(FENCE_POSTGRES).load(db)?;
    Ok(rows.into_iter().map(|row| row.breaks(FENCE)).collect())
}

const ORPHANS_SQLITE: &str = "SELECT \"table\" || ' row ' || CAST(COALESCE(rowid, 0) AS TEXT) AS subject, \"parent\" AS detail FROM pragma_foreign_key_check";

/// A query for each foreign key, written by PostgreSQL itself with its own quoting.
const ORPHANS_POSTGRES: &str = r"SELECT format(
    'SELECT %L AS subject, concat_ws('' '', %s) AS detail FROM %s AS c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS p WHERE %s) LIMIT 100',
    k.conname,
    string_agg(format('c.%I', child.attname), ', ' ORDER BY part.place),
    k.conrelid::regclass,
    string_agg(format('c.%I IS NOT NULL', child.attname), ' AND ' ORDER BY part.place),
    k.confrelid::regclass,
    string_agg(format('p.%I = c.%I', parent.attname, child.attname), ' AND ' ORDER BY part.place)) AS name
  FROM pg_constraint k
  CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS part(child, parent, place)
  JOIN pg_attribute child ON child.attrelid = k.conrelid AND child.attnum = part.child
  JOIN pg_attribute parent ON parent.attrelid = k.confrelid AND parent.attnum = part.parent
  WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace
  GROUP BY k.oid, k.conname, k.conrelid, k.confrelid ORDER BY k.conname";

const KEYS_POSTGRES: &str = "SELECT k.conname::text AS subject,
    CASE WHEN k.convalidated THEN 'switched off' ELSE 'never validated' END AS detail
  FROM pg_constraint k
  WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace AND (NOT k.convalidated
    OR EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled NOT IN ('O', 'A')))
  ORDER BY k.conname";

/// A table with a consortium has the one policy of the migration, forced upon its owner too; another policy beside it
/// would show more.
const FENCE_POSTGRES: &str = "SELECT c.relname::text AS subject, 'no policy, another one, or switched off' AS detail
  FROM pg_class c
  WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
    AND (c.relname = 'consortia' OR EXISTS (
      SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'consortium_id' AND NOT a.attisdropped))
    AND NOT (c.relrowsecurity AND c.relforcerowsecurity
      AND (SELECT array_agg(p.polname::text || p.polcmd::text) FROM pg_policy p WHERE p.polrelid = c.oid)
        IS NOT DISTINCT FROM ARRAY['fence*'])
  ORDER BY c.relname";
