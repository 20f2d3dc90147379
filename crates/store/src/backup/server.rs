//! PostgreSQL's own programs, and who else is connected while one of them puts a copy in place.

use super::RestoreError;
use crate::dialect::{self, Role};
use crate::{DatabaseUrl, Db, Options, StoreError};
use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use std::fmt;
use std::process::{Command, Stdio};

/// Somebody connected to the database.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Session {
    /// The server's process id of the connection.
    #[diesel(sql_type = Integer)]
    pub pid: i32,
    /// The database role.
    #[diesel(sql_type = Text)]
    pub role: String,
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.role, self.pid)
    }
}

/// The server's own workers have no role; what a role without rights may not see of others is not asked for.
const OTHERS: &str = "SELECT pid, usename::text AS role FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL ORDER BY pid";

/// Writes a dump in PostgreSQL's custom format.
pub(super) fn dump(url: &DatabaseUrl, to: &str) -> Result<(), StoreError> {
    run(url, "pg_dump", |command, address| {
        // Without the right to pass the fence pg_dump would refuse; with it opened, every row is within.
        let address = address.replacen("options=", &format!("options={}%20", crate::fence::IN_ADDRESS), 1);
        command.args(["--format=custom", "--no-owner", "--enable-row-security", "--file", to, "--dbname", &address]);
    })
}

/// Puts a dump in the place of what the database holds, in one transaction.
pub(super) fn load(url: &DatabaseUrl, from: &str, despite_sessions: bool) -> Result<(), RestoreError> {
    let mut db = dialect::connect(url, Role::Writer, &Options::default())?;
    let Db::Pg(connection) = &mut db else { return Ok(()) };
    // Replicas that start meanwhile ask for this lock first, and wait.
    connection.batch_execute(crate::migrate::LOCK).map_err(StoreError::from)?;
    if !despite_sessions {
        let others = others(connection)?;
        if !others.is_empty() {
            return Err(RestoreError::Sessions(others));
        }
    }
    run(url, "pg_restore", |command, address| {
        command.args(["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]);
        command.args(["--dbname", address, from]);
    })?;
    Ok(())
}

/// Who else is connected; somebody who has just said goodbye gets two seconds to be gone.
fn others(connection: &mut PgConnection) -> Result<Vec<Session>, StoreError> {
    for _ in 0..20 {
        let others: Vec<Session> = diesel::sql_query(OTHERS).load(connection)?;
        if others.is_empty() {
            return Ok(others);
        }
        connection.batch_execute("SELECT pg_sleep(0.1)")?;
    }
    Ok(diesel::sql_query(OTHERS).load(connection)?)
}

/// Runs a program with the address of the database among its arguments and the password in its environment.
fn run(url: &DatabaseUrl, program: &str, arguments: impl FnOnce(&mut Command, &str)) -> Result<(), StoreError> {
    let parted = url.without_password().map_err(|error| StoreError::Unavailable(format!("{program}: {error}")))?;
    let mut command = Command::new(program);
    arguments(&mut command, &parted.address);
    if let Some(password) = &parted.password {
        command.env("PGPASSWORD", password);
    }
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| StoreError::Unavailable(format!("{program}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(StoreError::Unavailable(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

/// Whether the database has no tables yet.
pub(super) fn is_vacant(url: &DatabaseUrl) -> Result<bool, StoreError> {
    let mut db = dialect::connect(url, Role::Reader, &Options::default())?;
    let tables = "SELECT 0 AS pid, table_name::text AS role FROM information_schema.tables
        WHERE table_schema = current_schema() LIMIT 1";
    Ok(diesel::sql_query(tables).load::<Session>(&mut db)?.is_empty())
}
