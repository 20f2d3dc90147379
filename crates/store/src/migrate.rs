//! The schema's history: two trees of SQL files with the same numbering, compiled into the binary.
//!
//! Every migration runs in a transaction of its own on a connection of its own. On PostgreSQL an
//! advisory lock lets only one replica migrate at a time; the others wait and then find nothing to do.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::Db;
use crate::error::StoreError;
use crate::executor::Store;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Any number will do as long as every replica takes the same one.
pub(crate) const LOCK: &str = "SELECT pg_advisory_lock(20261122)";

type Boxed = Box<dyn std::error::Error + Send + Sync>;

impl Store {
    /// Brings the schema up to date. Gives the names of the migrations that were applied, in order.
    ///
    /// # Errors
    /// [`StoreError`]; the migration that failed is undone, those before it stay.
    pub fn migrate(&self) -> Result<Vec<String>, StoreError> {
        let mut db = self.connect()?;
        let applied = match &mut db {
            Db::Pg(c) => {
                c.batch_execute(LOCK).map_err(StoreError::from)?;
                up(c, POSTGRES)
            }
            Db::Lite(c) => up(c, SQLITE),
        };
        let applied = applied.inspect(|_| self.schema_changed())?;
        db.transaction(crate::accounts::users::key_names)?;
        Ok(applied)
    }

    /// Takes every migration back, the newest first, and with them **all data**. For tests and for a
    /// rehearsal of a roll-back on a copy.
    ///
    /// # Errors
    /// [`StoreError`]; the migration that failed stays, those after it are undone.
    pub fn revert_all(&self) -> Result<Vec<String>, StoreError> {
        let mut db = self.connect()?;
        match &mut db {
            Db::Pg(c) => {
                c.batch_execute(LOCK).map_err(StoreError::from)?;
                down(c, POSTGRES)
            }
            Db::Lite(c) => down(c, SQLITE),
        }
        .inspect(|_| self.schema_changed())
    }

    /// Takes the schema forward or back to the migration of this version: a rehearsal from an older release.
    ///
    /// # Errors
    /// [`StoreError`]; the migration that failed is undone, the others stay.
    #[cfg(feature = "fixtures")]
    pub fn step_to(&self, version: &str) -> Result<(), StoreError> {
        match &mut self.connect()? {
            Db::Pg(c) => step(c, &POSTGRES, version),
            Db::Lite(c) => step(c, &SQLITE, version),
        }
        .inspect(|()| self.schema_changed())
    }

    /// The names of the migrations that [`Store::migrate`] would apply, in order.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot tell.
    pub fn pending(&self) -> Result<Vec<String>, StoreError> {
        self.parted().map(|(_, pending)| pending)
    }

    /// The names of the migrations the database has, in order.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot tell.
    pub fn applied(&self) -> Result<Vec<String>, StoreError> {
        self.parted().map(|(applied, _)| applied)
    }

    /// The migrations of this binary: (applied, pending).
    fn parted(&self) -> Result<(Vec<String>, Vec<String>), StoreError> {
        match &mut self.connect()? {
            Db::Pg(c) => split::<Pg>(&recorded(c)?, &POSTGRES),
            Db::Lite(c) => split::<Sqlite>(&versions(c)?, &SQLITE),
        }
    }
}

fn up<DB, C>(connection: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, StoreError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let pending = connection.pending_migrations(source).map_err(failed)?;
    for migration in &pending {
        connection.run_migration(migration).map_err(|e| failed_at(migration.as_ref(), &e))?;
        tracing::info!(migration = %migration.name(), "Applied a migration");
    }
    Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
}

fn down<DB, C>(connection: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, StoreError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let (mut names, _) = split::<DB>(&versions(connection)?, &source)?;
    names.reverse();
    connection.revert_all_migrations(source).map_err(failed)?;
    Ok(names)
}

#[cfg(feature = "fixtures")]
fn step<DB, C>(connection: &mut C, source: &EmbeddedMigrations, version: &str) -> Result<(), StoreError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let applied = connection.applied_migrations().map_err(failed)?;
    let mut all: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    all.sort_by_key(|migration| migration.name().version().as_owned());
    let (below, above): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|migration| *migration.name().version().to_string() <= *version);
    for migration in above.iter().rev().filter(|migration| applied.contains(&migration.name().version())) {
        connection.revert_migration(migration).map_err(|e| failed_at(migration.as_ref(), &e))?;
    }
    for migration in below.iter().filter(|migration| !applied.contains(&migration.name().version())) {
        connection.run_migration(migration).map_err(|e| failed_at(migration.as_ref(), &e))?;
    }
    Ok(())
}

/// The migrations that the database has.
fn versions<DB, C>(connection: &mut C) -> Result<Vec<MigrationVersion<'static>>, StoreError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
{
    connection.applied_migrations().map_err(failed)
}

/// The same without making the table first in which they are recorded: a role that serves may make none.
fn recorded(connection: &mut PgConnection) -> Result<Vec<MigrationVersion<'static>>, StoreError> {
    let begun: bool =
        sql::<Bool>("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL").get_result(connection)?;
    if !begun {
        return Ok(Vec::new());
    }
    let versions = sql::<Text>("SELECT version::text FROM __diesel_schema_migrations").load::<String>(connection)?;
    Ok(versions.into_iter().map(MigrationVersion::from).collect())
}

/// The migrations of this binary by whether the database has them: (applied, pending).
fn split<DB>(
    versions: &[MigrationVersion<'static>],
    source: &EmbeddedMigrations,
) -> Result<(Vec<String>, Vec<String>), StoreError>
where
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let mut all: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    all.sort_by_key(|migration| migration.name().version().as_owned());
    let (applied, pending): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|migration| versions.contains(&migration.name().version()));
    let names = |list: Vec<Box<dyn Migration<DB>>>| list.iter().map(|m| m.name().to_string()).collect();
    Ok((names(applied), names(pending)))
}

#[allow(clippy::needless_pass_by_value, reason = "used as map_err(failed)")]
fn failed(error: Boxed) -> StoreError {
    StoreError::Internal(format!("the migrations cannot be read or run: {error}"))
}

fn failed_at<DB: diesel::backend::Backend>(migration: &dyn Migration<DB>, error: &Boxed) -> StoreError {
    StoreError::Internal(format!("migration {} failed: {error}", migration.name()))
}
