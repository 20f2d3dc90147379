//! A refusal has one name, whichever database refused.

use diesel::connection::SimpleConnection;
use store::{Backend, Constraint, ConstraintKind, StoreError};

use crate::support::{Rig, on_both};
use ConstraintKind::{Check, ForeignKey, NotNull, Raised, Unique};

const SCHEMA: &str = "
    CREATE TABLE prefs (code TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    INSERT INTO prefs VALUES ('p', 'Fictional');
    CREATE TABLE towns (
        id BIGINT NOT NULL,
        pref TEXT NOT NULL REFERENCES prefs (code),
        code TEXT,
        kana TEXT,
        mail TEXT,
        seats BIGINT NOT NULL DEFAULT 0,
        CONSTRAINT towns_pk PRIMARY KEY (id),
        CONSTRAINT towns_code_in_pref UNIQUE (pref, code),
        UNIQUE (pref, kana),
        CONSTRAINT towns_seats_not_negative CHECK (seats >= 0));
    CREATE UNIQUE INDEX towns_one_per_seats ON towns (seats) WHERE seats > 10;
    CREATE UNIQUE INDEX towns_mail ON towns (lower(mail));
    INSERT INTO towns (id, pref, code, kana, mail, seats) VALUES (1, 'p', 'a', 'k', 'm', 11)";

const SQLITE_TRIGGER: &str = "CREATE TRIGGER t BEFORE DELETE ON towns
    BEGIN SELECT RAISE(ABORT, 'towns_are_never_deleted'); END";

const POSTGRES_TRIGGER: &str = "
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'never deleted' USING CONSTRAINT = 'towns_are_never_deleted'; END $$;
    CREATE TRIGGER t BEFORE DELETE ON towns FOR EACH ROW EXECUTE FUNCTION refuse()";

fn refusal(rig: &Rig, sql: &'static str) -> Result<(), StoreError> {
    rig.store.write_now(move |db| Ok(db.batch_execute(sql)?))
}

#[test]
fn every_kind_of_refusal_has_the_same_name_on_both() {
    on_both(|rig| {
        rig.sql(SCHEMA);
        rig.sql(match rig.store.backend() {
            Backend::Sqlite => SQLITE_TRIGGER,
            Backend::Postgres => POSTGRES_TRIGGER,
        });
        for (sql, kind, name) in [
            ("INSERT INTO prefs VALUES ('p', 'Other')", Unique, "prefs_pkey"),
            ("INSERT INTO prefs VALUES ('q', 'Fictional')", Unique, "prefs_name_key"),
            ("INSERT INTO towns (id, pref) VALUES (1, 'p')", Unique, "towns_pk"),
            ("INSERT INTO towns (id, pref, code) VALUES (2, 'p', 'a')", Unique, "towns_code_in_pref"),
            ("INSERT INTO towns (id, pref, kana) VALUES (2, 'p', 'k')", Unique, "towns_pref_kana_key"),
            ("INSERT INTO towns (id, pref, seats) VALUES (2, 'p', 11)", Unique, "towns_one_per_seats"),
            ("INSERT INTO towns (id, pref, mail) VALUES (2, 'p', 'M')", Unique, "towns_mail"),
            ("INSERT INTO towns (id, pref, seats) VALUES (2, 'p', -1)", Check, "towns_seats_not_negative"),
            ("INSERT INTO towns (id, pref) VALUES (2, 'x')", ForeignKey, "foreign_key"),
            ("DELETE FROM prefs", ForeignKey, "foreign_key"),
            ("INSERT INTO prefs VALUES ('q', NULL)", NotNull, "prefs.name"),
            ("DELETE FROM towns", Raised, "towns_are_never_deleted"),
        ] {
            let expected = Constraint { kind, name: name.to_owned() };
            assert_eq!(refusal(&rig, sql), Err(StoreError::Constraint(expected)), "{sql}");
        }
        assert!(matches!(refusal(&rig, "INSERT INTO nowhere VALUES (1)"), Err(StoreError::Internal(_))));
    });
}

#[test]
fn a_sqlite_row_id_has_the_name_of_a_primary_key() {
    on_both(|rig| {
        rig.sql("CREATE TABLE outbox (id INTEGER PRIMARY KEY); INSERT INTO outbox VALUES (1)");
        let expected = Constraint { kind: Unique, name: "outbox_pkey".to_owned() };
        assert_eq!(refusal(&rig, "INSERT INTO outbox VALUES (1)"), Err(StoreError::Constraint(expected)));
    });
}
