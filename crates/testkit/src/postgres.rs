//! A throwaway PostgreSQL: one cluster per test process, one database per test.
//!
//! The cluster listens on a Unix socket in its own directory and nowhere else. Databases are cloned from a
//! template that the caller migrates once. No SQL library here: administration goes through `psql`, and
//! whoever holds the URL brings a client of their own.

mod cluster;
mod installation;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub use cluster::{Cluster, Durability};

const SWITCH: &str = "YUI_REQUIRE_POSTGRES";
const TEMPLATE: &str = "yui_template";

/// A database of one test; dropped with this value, connections or not.
#[derive(Debug)]
pub struct Database {
    cluster: &'static Cluster,
    name: String,
}

impl Database {
    /// The connection URL, as libpq reads it.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A panicking test must not panic again; a leftover goes away with the cluster.
        self.cluster.try_sql(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).ok();
    }
}

/// The cluster of this process, started at the first call; `None` where PostgreSQL is not installed.
///
/// # Panics
/// When it is installed and does not start, or is absent and `YUI_REQUIRE_POSTGRES=1`.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| {
            let started = Cluster::start(Durability::Off);
            if started.is_none() {
                crate::skip("no PostgreSQL server is installed", SWITCH);
            }
            started
        })
        .as_ref()
}

/// A database cloned from the template, which `migrate` prepares once per process.
///
/// `migrate` gets the template's URL and must close its connections before it returns.
///
/// # Panics
/// As [`cluster`] does, and when the database cannot be made.
pub fn database(migrate: impl FnOnce(&str)) -> Option<Database> {
    static MIGRATED: OnceLock<()> = OnceLock::new();
    let cluster = cluster()?;
    MIGRATED.get_or_init(|| {
        // Where an earlier test failed half-way, this one says why once more.
        cluster.sql(&format!("DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)"));
        cluster.create_database(TEMPLATE, None);
        migrate(&cluster.url(TEMPLATE));
    });
    Some(create(cluster, Some(TEMPLATE)))
}

/// A database with nothing in it, for tests of the migrations themselves.
///
/// # Panics
/// As [`cluster`] does, and when the database cannot be made.
pub fn empty_database() -> Option<Database> {
    Some(create(cluster()?, None))
}

fn create(cluster: &'static Cluster, template: Option<&str>) -> Database {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    cluster.create_database(&name, template);
    Database { cluster, name }
}
