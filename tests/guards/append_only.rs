//! No row of a ledger is changed or removed, by whatever statement, on either database.

use crate::world;
use store::{Backend, StoreError, fixtures};
use testkit::app::{TestApp, on_both};

const LEDGERS: [&str; 6] =
    ["seat_transfers", "contract_amendments", "post_revisions", "mail_deliveries", "audit_entries", "shares"];

fn attempt(app: &TestApp, statement: &str) -> Result<(), StoreError> {
    let statement = statement.to_owned();
    app.service.store().write_now(move |db| fixtures::execute(db, &statement))
}

fn rows(app: &TestApp, table: &str) -> i64 {
    let query = format!("SELECT CAST(COUNT(*) AS BIGINT) AS number FROM {table}");
    app.service.store().read_now(move |db| fixtures::number(db, &query)).unwrap()
}

#[test]
fn every_ledger_refuses_update_delete_and_truncate() {
    on_both(|app| {
        world(app);
        let refused = |statement: &str, name: &str| {
            let result = attempt(app, statement);
            assert!(
                matches!(&result, Err(StoreError::Constraint(constraint)) if constraint.name == name),
                "{statement}: {result:?}"
            );
        };
        for table in LEDGERS {
            let before = rows(app, table);
            assert!(before > 0, "{table} is empty: nothing would be refused");
            let name = format!("{table}_append_only");
            refused(&format!("UPDATE {table} SET id = id"), &name);
            refused(&format!("DELETE FROM {table}"), &name);
            refused(&format!("DELETE FROM {table} WHERE id = (SELECT MAX(id) FROM {table})"), &name);
            if app.service.store().backend() == Backend::Postgres {
                refused(&format!("TRUNCATE {table} CASCADE"), &name);
            }
            assert_eq!(rows(app, table), before, "{table}");
        }
        refused("UPDATE scenarios SET name = name WHERE state = 'finalised'", "scenarios_frozen");
        refused("DELETE FROM scenarios WHERE state = 'finalised'", "scenarios_frozen");
        acceptance::assert_verified(app);
    });
}
