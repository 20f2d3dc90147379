//! Entities, states, permissions and values of joint procurement.
//!
//! Rules as values: a guard takes facts and answers with a decision or a named refusal.
//! Deliberately absent: IO, SQL, HTTP, prose for users, and any clock but the one passed in.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::float_arithmetic))]

pub mod access;
pub mod accounts;
pub mod attachments;
pub mod board;
pub mod clock;
pub mod contracts;
pub mod demand;
pub mod entries;
pub mod fiscal_year;
pub mod municipality;
pub mod requests;
pub mod rounds;
pub mod seats;
pub mod text;
pub mod typed;
pub mod values;
