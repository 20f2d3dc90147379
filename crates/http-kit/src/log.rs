//! One structured line for each request. It names the route by its pattern; never a name, an
//! address, a token, a body, a query, or an id out of the path.

use std::time::Duration;

/// What is logged.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// `GET` …
    pub method: &'a str,
    /// The pattern of the route; `-` when there is none.
    pub route: &'a str,
    /// HTTP status.
    pub status: u16,
    /// How long the answer took.
    pub took: Duration,
    /// 問合せ番号.
    pub request_id: &'a str,
}

/// Writes the line.
pub fn write(line: &Line<'_>) {
    let Line { method, route, status, took, request_id } = line;
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(http.method = method, http.route = route, http.status = status, took_us, request_id, "Answered");
}
