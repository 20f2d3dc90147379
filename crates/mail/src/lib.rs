//! Message templates and lettre transports.

mod kind;
pub mod templates;

pub use kind::Kind;
