//! Rates, medians and ratios, and how they are printed.

use std::time::{Duration, Instant};

/// What one side did in a measured time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    /// Requests answered as they should be.
    pub(crate) done: usize,
    /// Requests answered otherwise.
    pub(crate) other: usize,
    /// Time measured.
    pub(crate) took: Duration,
    /// Each answer's time.
    pub(crate) latencies: Vec<Duration>,
}

impl Sample {
    /// Counts an answer, if it came within the measured time: who waits beyond it must not stretch the time for all.
    pub(crate) fn answered(&mut self, sent: Instant, as_it_should: bool, began: Instant, time: Duration) {
        if began.elapsed() <= time {
            self.latencies.push(sent.elapsed());
            if as_it_should { self.done += 1 } else { self.other += 1 }
        }
        self.took = time;
    }

    /// Answers in a second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(u32::try_from(self.done).unwrap_or(u32::MAX)) / self.took.as_secs_f64().max(f64::EPSILON)
    }

    /// The time within which this share of answers came, in milliseconds.
    pub(crate) fn percentile_ms(&self, share: usize) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort();
        let at = sorted.len().saturating_mul(share) / 100;
        sorted.get(at.min(sorted.len().saturating_sub(1))).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }

    /// Adds what another connection did in the same time.
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.done = self.done.saturating_add(other.done);
        self.other = self.other.saturating_add(other.other);
        self.took = self.took.max(other.took);
        self.latencies.extend(other.latencies);
        self
    }
}

/// The middle of some numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// Prints one comparison: both sides, every turn, the medians and their ratio.
pub(crate) fn compare(title: &str, ours: &str, theirs: &str, turns: &[(Sample, Sample)]) -> f64 {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(["turn", "side", "done", "other answers", "per second", "p50 ms", "p99 ms"]);
    for (turn, (a, b)) in turns.iter().enumerate() {
        for (side, sample) in [(ours, a), (theirs, b)] {
            table.add_row([
                turn.saturating_add(1).to_string(),
                side.to_owned(),
                sample.done.to_string(),
                sample.other.to_string(),
                format!("{:.0}", sample.rate()),
                format!("{:.2}", sample.percentile_ms(50)),
                format!("{:.2}", sample.percentile_ms(99)),
            ]);
        }
    }
    let ratio = median(turns.iter().map(|(a, b)| a.rate() / b.rate().max(f64::EPSILON)).collect());
    crate::say(format!("\n{title}\n{table}\nmedian ratio {ours} / {theirs}: {ratio:.2}"));
    ratio
}
