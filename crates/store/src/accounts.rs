//! Accounts: users and their grants, sessions, tokens, sign-in attempts, signing keys.
//!
//! Tokens and addresses of attempts are kept as hashes only. What must happen once (a token used, a session
//! rotated) is a conditional update that answers whether it changed a row.

pub mod attempts;
pub mod desk;
pub mod email_changes;
pub mod keys;
pub mod places;
pub mod second_factors;
pub mod sessions;
pub mod tokens;
pub mod users;
