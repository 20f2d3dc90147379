//! Use cases: one function per intention, sync, run inside one transaction.
//!
//! Every use case keeps one order: permit → load → decide → write → audit → outbox. It takes a
//! [`Ctx`] (database, clock, ids) and the [`Actor`](domain::access::Actor); faces reach it through [`Service`].
//! Commands and views are the shapes of the API: they carry their schema, so no mirror types exist.
//! Deliberately absent: HTTP, SQL, reading a clock or the environment.

pub mod accounts;
mod aside;
pub mod audit;
pub mod board;
mod calculators;
pub mod code;
pub mod consortium;
pub mod contracts;
pub mod ctx;
pub mod demand;
pub mod entries;
pub mod error;
pub mod home;
pub mod imports;
pub mod input;
pub mod lists;
pub mod notify;
pub mod page;
pub mod part;
pub mod pricing;
pub mod refusals;
pub mod requests;
pub mod rounds;
pub mod scenarios;
pub mod search;
pub mod seats;
pub mod service;
pub mod town;
pub mod upkeep;
pub mod verify;

pub use code::Code;
pub use ctx::{Ctx, Environment, Meta};
pub use error::{Error, FieldCode, FieldError, Rule};
pub use page::{Page, PageQuery};
pub use service::{Call, Idempotency, Reply, Service};
pub use store::Workload;
