//! Everything that knows SQL: diesel on SQLite and PostgreSQL, one code path for both.
//!
//! A caller hands a closure to [`Store::read`] or [`Store::write`]; it runs on a thread that owns a
//! connection, inside a transaction, and the answer comes back after the commit that covers it.
//! Jobs that want to share one multi-row transaction go through a [`Lane`].
//! What is deliberately absent: rules of the product (they live in `domain`), and any `async` SQL.
//!
//! ```
//! use diesel::RunQueryDsl;
//! use store::{DatabaseUrl, Options, Store, StoreError};
//!
//! # let folder = std::env::temp_dir().join(format!("store-doc-{}", std::process::id()));
//! let url = DatabaseUrl::parse(&format!("sqlite:{}/town.db", folder.display()))?;
//! let store = Store::open(&url, &Options::default())?;
//! store.migrate()?;
//! let changed: Result<usize, StoreError> = store.write_now(|db| {
//!     diesel::sql_query("CREATE TABLE towns (name TEXT NOT NULL)").execute(db)?;
//!     Ok(diesel::sql_query("INSERT INTO towns (name) VALUES ('fictional')").execute(db)?)
//! });
//! assert_eq!(changed, Ok(1));
//! store.shutdown();
//! # std::fs::remove_dir_all(folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod accounts;
pub mod audit;
pub mod backup;
pub mod board;
pub mod checks;
pub mod consortium;
mod constraint;
pub mod contracts;
mod db;
pub mod demand;
mod dialect;
mod durable;
pub mod entries;
mod error;
mod executor;
pub mod export;
pub mod fence;
#[cfg(feature = "fixtures")]
pub mod fixtures;
pub mod home;
pub mod idempotency;
pub mod imports;
mod job;
mod lane;
mod link;
pub mod list;
mod lock_file;
mod migrate;
pub mod notify;
mod options;
pub mod pricing;
mod queue;
mod reader;
pub mod requests;
pub mod rounds;
pub mod scenarios;
pub mod schema;
pub mod search;
pub mod seats;
mod stamp;
mod url;
mod writer;

pub use constraint::{Constraint, ConstraintKind};
pub use db::Db;
pub use dialect::{Backend, look_at_grown_tables};
pub use error::{OpenError, StoreError};
pub use executor::{Store, Workload};
pub use fence::Fence;
pub use lane::Lane;
pub use options::Options;
pub use stamp::Stamp;
pub use url::{DatabaseUrl, UrlError};
