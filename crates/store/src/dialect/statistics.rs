//! Statistics of tables that are growing from nothing, for PostgreSQL's planner.
//!
//! Prepared statements keep the plans that they got while a table was empty (scan it, what else) until its
//! statistics change. The server's own collector comes round once a minute; a service that starts on an empty
//! database should not be slow in its first one. SQLite plans by its indexes and needs nothing.

use crate::{Db, StoreError};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// Tables of which most has come since anybody looked.
const GROWN: &str = "SELECT relname::text AS name FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND n_mod_since_analyze >= 1000 AND n_mod_since_analyze > n_live_tup / 2
    ORDER BY relname";

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Looks at the tables that have grown, and names them.
///
/// # Errors
/// When the database refuses.
pub fn look_at_grown_tables(db: &mut Db) -> Result<Vec<String>, StoreError> {
    let Db::Pg(connection) = db else { return Ok(Vec::new()) };
    let grown: Vec<Table> = diesel::sql_query(GROWN).load(connection)?;
    for table in &grown {
        connection.batch_execute(&format!("ANALYZE \"{}\"", table.name.replace('"', "\"\"")))?;
    }
    Ok(grown.into_iter().map(|table| table.name).collect())
}
