//! Counters in the Prometheus text format: requests, latency, depth of the queues.
//! Labels are patterns of routes, never paths: their number is bounded.

use app::Workload;
use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use std::time::Duration;

/// The content type of the text format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The counters of one process.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    depth: IntGaugeVec,
    commits: IntCounter,
    jobs: IntCounter,
    findings: IntGauge,
    verified: IntCounter,
}

impl Metrics {
    /// Fresh counters.
    ///
    /// # Errors
    /// When two of them had one name: a fault of this file.
    pub fn new() -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new("yui_http_requests_total", "Requests answered"),
            &["method", "route", "status"],
        )?;
        let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
        let options = HistogramOpts::new("yui_http_request_seconds", "Time to the answer").buckets(buckets);
        let seconds = HistogramVec::new(options, &["method", "route"])?;
        let depth = IntGaugeVec::new(Opts::new("yui_queue_depth", "Entries that wait"), &["queue"])?;
        let commits = IntCounter::new("yui_writer_commits_total", "Transactions committed by the writers")?;
        let jobs = IntCounter::new("yui_writer_jobs_total", "Jobs that these covered: divided, the mean batch")?;
        let findings =
            IntGauge::new("yui_verify_findings", "Invariants of the data that do not hold; -1 before the first check")?;
        findings.set(-1);
        let verified = IntCounter::new("yui_verify_runs_total", "Checks of the invariants that came to their end")?;
        let registry = Registry::new();
        registry.register(Box::new(findings.clone()))?;
        registry.register(Box::new(verified.clone()))?;
        registry.register(Box::new(commits.clone()))?;
        registry.register(Box::new(jobs.clone()))?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        registry.register(Box::new(depth.clone()))?;
        Ok(Self { registry, requests, seconds, depth, commits, jobs, findings, verified })
    }

    /// Counts an answer.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        self.seconds.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }

    /// Takes over how busy the database threads are.
    pub fn work(&self, load: &Workload, claims: usize) {
        for (queue, depth) in [("reader", load.reads_waiting), ("writer", load.writes_waiting), ("claims", claims)] {
            self.waiting(queue, i64::try_from(depth).unwrap_or(i64::MAX));
        }
        self.commits.inc_by(load.commits.saturating_sub(self.commits.get()));
        self.jobs.inc_by(load.jobs.saturating_sub(self.jobs.get()));
    }

    /// Sets how many entries wait in a queue (`reader`, `writer`, `claims`, `outbox`).
    pub fn waiting(&self, queue: &str, entries: i64) {
        self.depth.with_label_values(&[queue]).set(entries);
    }

    /// Sets how many violations the last check of the data found.
    pub fn verified(&self, findings: usize) {
        self.findings.set(i64::try_from(findings).unwrap_or(i64::MAX));
        self.verified.inc();
    }

    /// Everything, in the text format.
    ///
    /// # Errors
    /// When a counter cannot be written: a fault of this file.
    pub fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
