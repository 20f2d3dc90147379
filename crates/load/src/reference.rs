//! The other side of each comparison: what a careful programmer writes with plain SQL, without a service.
//! One connection for each client, prepared statements, the settings of the service.

mod board;
mod claim;

pub(crate) use board::{List, lists};
pub(crate) use claim::{Texts, claims};
