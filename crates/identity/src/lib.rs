//! Passwords, tokens and signing keys: who somebody is, never what they may do.
//!
//! Everything here is a function of its arguments. The clock is passed in, nothing is stored, and no
//! error carries the secret that caused it. Rights live in `domain`, sessions and their rows in `store`.
//! The one gate of the workspace for `jsonwebtoken`, `argon2` and `totp-rs`.

pub mod jwt;
pub mod password;
pub mod sealed;
pub mod second_factor;
pub mod secret;
pub mod token;
