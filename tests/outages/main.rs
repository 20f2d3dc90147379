//! The world around the service fails — its database, its mail server — as a caller over HTTP sees it: a
//! 503 that says when to come back, nothing acknowledged that is lost, nothing done twice, no restart.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

mod database;
mod mail_server;
