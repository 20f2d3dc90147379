//! What every HTTP face shares: errors, actors, idempotency, headers, limits.
//!
//! A face hands its routes to actix, wraps the application in [`edge::edge`] and calls [`install`];
//! from then on every answer, also that of a panic or an unknown path, takes one road: request id,
//! problem object, headers, one line of log, counters.
//! *Invariant:* no rule of the product stands here, and no SQL.

pub mod auth;
pub mod body;
pub mod catalog;
mod compress;
pub mod edge;
pub mod fallback;
pub mod headers;
pub mod health;
pub mod json;
pub mod limits;
pub mod log;
pub mod metrics;
pub mod multipart;
pub mod path;
pub mod peer;
pub mod problem;
pub mod query;
pub mod reply;

pub use auth::{Anonymous, Read};
pub use body::{AnonymousWrite, NoBody, Write};
pub use edge::{Edge, Settings, install};
pub use multipart::FileWrite;
pub use path::{Id, Ids};
pub use problem::Problem;
pub use query::Query;
pub use reply::{Replied, created, no_content, ok, page, read, write, write_sealed};
