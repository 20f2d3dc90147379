//! The data under load: one consortium with one contract and a hot pool, people to be seated, posts.
//! Written in bulk by SQL that both databases read alike; everything in it is fictional.

use crate::Failure;
use crate::server::{Database, Kind};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use secrecy::ExposeSecret;
use std::fmt::Write as _;

/// Ids of the fixed rows.
pub(crate) const CONSORTIUM: &str = "00000000-0000-7000-8000-0000000c0001";
pub(crate) const MEMBER: &str = "00000000-0000-7000-8000-0000000e0001";
pub(crate) const CONTRACT: &str = "00000000-0000-7000-8000-0000000a0001";
pub(crate) const ACCOUNT: &str = "00000000-0000-7000-8000-0000000b0001";
pub(crate) const RESERVE: &str = "00000000-0000-7000-8000-0000000b0000";
/// The contact who claims for people, and the password.
pub(crate) const EMAIL: &str = "contact@load.example.lg.jp";
pub(crate) const PASSWORD: &str = "fictional load test 2026";
pub(crate) const CONTACT: &str = "00000000-0000-7000-8000-0000000d0001";

/// The id of a person by number.
pub(crate) fn person(number: usize) -> String {
    format!("10000000-0000-7000-8000-{number:012}")
}

/// A connection of the reference side: no pool, no layer of ours.
pub(crate) enum Plain {
    Pg(PgConnection),
    Lite(SqliteConnection),
}

impl Plain {
    pub(crate) fn open(database: &Database) -> Result<Self, Failure> {
        Ok(match database.kind {
            // A superuser, for whom no policy holds: the reference pays nothing for the fence between consortia.
            Kind::Postgres => Self::Pg(PgConnection::establish(&database.url.replacen("://yui@", "://postgres@", 1))?),
            Kind::Sqlite => {
                let path = database.url.strip_prefix("sqlite:").unwrap_or(&database.url);
                let mut connection = SqliteConnection::establish(path)?;
                connection.batch_execute(
                    // As the service sets its own connections (`store/src/dialect.rs`).
                    "PRAGMA busy_timeout=20000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
                     PRAGMA cache_size=-2048; PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=4000;",
                )?;
                Self::Lite(connection)
            }
        })
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Failure> {
        match self {
            Self::Pg(connection) => connection.batch_execute(sql)?,
            Self::Lite(connection) => connection.batch_execute(sql)?,
        }
        Ok(())
    }

    /// One text.
    pub(crate) fn text(&mut self, sql: &str) -> Result<String, Failure> {
        use diesel::RunQueryDsl as _;
        let row: Row = match self {
            Self::Pg(connection) => diesel::sql_query(sql).get_result(connection)?,
            Self::Lite(connection) => diesel::sql_query(sql).get_result(connection)?,
        };
        Ok(row.text)
    }

    /// Texts in the order of the query.
    pub(crate) fn texts(&mut self, sql: &str) -> Result<Vec<String>, Failure> {
        use diesel::RunQueryDsl as _;
        let rows: Vec<Row> = match self {
            Self::Pg(connection) => diesel::sql_query(sql).load(connection)?,
            Self::Lite(connection) => diesel::sql_query(sql).load(connection)?,
        };
        Ok(rows.into_iter().map(|row| row.text).collect())
    }

    /// One number.
    pub(crate) fn number(&mut self, sql: &str) -> Result<i64, Failure> {
        use diesel::RunQueryDsl as _;
        #[derive(diesel::QueryableByName)]
        struct Number {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            number: i64,
        }
        let row: Number = match self {
            Self::Pg(connection) => diesel::sql_query(sql).get_result(connection)?,
            Self::Lite(connection) => diesel::sql_query(sql).get_result(connection)?,
        };
        Ok(row.number)
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

/// Migrates and fills: `seats` in the hot pool, and `people` who hold none.
pub(crate) fn fill(database: &Database, seats: usize, people: usize) -> Result<(), Failure> {
    let (migrated, text) = crate::server::run(database, &["migrate"])?;
    if !migrated {
        return Err(text.into());
    }
    let hash = identity::password::Hasher::default().hash(PASSWORD)?;
    let now = "'2026-04-01 00:00:00'";
    let numbers =
        |count: usize| format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})");
    let padded = |width: usize| {
        let zeros = "0".repeat(width);
        format!("substr('{zeros}' || CAST(i AS TEXT), length(CAST(i AS TEXT)) + 1, {width})")
    };
    let result = format!(r#"{{"members":[{{"member_id":"{MEMBER}","seats":{seats},"share_yen":0}}]}}"#);
    let (inputs_hash, result_hash) = (sha256("{}"), sha256(&result));
    let mut sql = String::from("BEGIN;");
    let round = "00000000-0000-7000-8000-0000000f0001";
    let quote = "00000000-0000-7000-8000-0000000f0002";
    let scenario = "00000000-0000-7000-8000-0000000f0003";
    write!(
        sql,
        "INSERT INTO users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version)
           VALUES ('{CONTACT}', '{EMAIL}', '架空 担当', 'かくう たんとう', '{hash}', 'active', 1, {now}, {now}, 1);
         INSERT INTO consortia (id, name, created_at, updated_at, version) VALUES ('{CONSORTIUM}', '負荷試験（架空）', {now}, {now}, 1);
         INSERT INTO audit_chains (scope, entries, head) VALUES ('{CONSORTIUM}', 0, '');
         INSERT INTO members (id, consortium_id, municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, version)
           VALUES ('{MEMBER}', '{CONSORTIUM}', '143618', '架空町', 'かくうちょう', 'town', 9300, 'full', true, '2026-04-01', NULL, {now}, {now}, 1);
         INSERT INTO grants (id, user_id, role, consortium_id, member_id, granted_by, created_at, revoked_at)
           VALUES ('{CONTACT}', '{CONTACT}', 'contact', '{CONSORTIUM}', '{MEMBER}', NULL, {now}, NULL);
         INSERT INTO rounds (id, consortium_id, title, product, fiscal_year, contract_mode, census_year, seats_counted_on, stage, created_at, updated_at, version)
           VALUES ('{round}', '{CONSORTIUM}', '負荷試験', '架空の学習サービス', 2026, 'lead_contract', 2020, '2026-04-01', 'allocated', {now}, {now}, 1);
         INSERT INTO quotes (id, consortium_id, round_id, vendor, title, valid_until_on, schedule, tax_rate, tax_included, note, created_at, updated_at, version)
           VALUES ('{quote}', '{CONSORTIUM}', '{round}', '架空商会', '見積', '2027-03-31', '{{}}', '0.10', false, '', {now}, {now}, 1);
         INSERT INTO scenarios (id, consortium_id, round_id, quote_id, name, state, inputs, result, input_hash, result_hash, rule_versions, seats, total_yen, finalised_at, finalised_by, created_at, updated_at, version)
           VALUES ('{scenario}', '{CONSORTIUM}', '{round}', '{quote}', '案', 'finalised', '{{}}', '{result}', '{inputs_hash}', '{result_hash}', '', {seats}, 0, {now}, NULL, {now}, {now}, 1);
         INSERT INTO contracts (id, consortium_id, round_id, scenario_id, number, vendor, starts_on, ends_on, seats, ex_tax_yen, tax_yen, total_yen, state, signed_on, created_at, updated_at, version)
           VALUES ('{CONTRACT}', '{CONSORTIUM}', '{round}', '{scenario}', '1', '架空商会', '2026-04-01', '2027-03-31', {seats}, 0, 0, 0, 'active', '2026-04-01', {now}, {now}, 1);
         INSERT INTO shares (id, consortium_id, contract_id, member_id, seats, share_yen, remainder_yen, stand_alone_yen, reason, created_at)
           VALUES ('{ACCOUNT}', '{CONSORTIUM}', '{CONTRACT}', '{MEMBER}', {seats}, 0, 0, 0, '', {now});
         INSERT INTO seat_accounts (id, consortium_id, contract_id, member_id, kind, balance, assigned, held, next_waiting, created_at)
           VALUES ('{RESERVE}', '{CONSORTIUM}', '{CONTRACT}', NULL, 'reserve', 0, 0, 0, 1, {now}),
                  ('{ACCOUNT}', '{CONSORTIUM}', '{CONTRACT}', '{MEMBER}', 'member', 0, 0, 0, 1, {now});
         INSERT INTO seat_transfers (id, consortium_id, contract_id, from_account_id, to_account_id, seats, kind, reason, corrects_id, created_by, created_at)
           VALUES ('{ACCOUNT}', '{CONSORTIUM}', '{CONTRACT}', NULL, '{ACCOUNT}', {seats}, 'purchase', '負荷試験', NULL, '{CONTACT}', {now});",
        hash = hash.expose_secret(),
    )?;
    if people > 0 {
        let id = format!("'10000000-0000-7000-8000-' || {}", padded(12));
        write!(
            sql,
            "{with} INSERT INTO users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version)
               SELECT {id}, 'p' || CAST(i AS TEXT) || '@load.example.lg.jp', '架空 職員', 'かくう しょくいん', NULL, 'active', 1, {now}, {now}, 1 FROM n;
             {with} INSERT INTO grants (id, user_id, role, consortium_id, member_id, granted_by, created_at, revoked_at)
               SELECT {id}, {id}, 'learner', '{CONSORTIUM}', '{MEMBER}', '{CONTACT}', {now}, NULL FROM n;",
            with = numbers(people),
        )?;
    }
    sql.push_str("COMMIT;");
    let mut plain = Plain::open(database)?;
    plain.batch(&sql)?;
    plain.batch("ANALYZE")
}

/// As the service hashes what a scenario keeps.
fn sha256(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
