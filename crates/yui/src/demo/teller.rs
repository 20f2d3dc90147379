//! Runs use cases as somebody, at the story's instant, and shows how far the story is.

use crate::commands::Failure;
use crate::terminal;
use app::accounts::{Proof, Secret, step_up};
use app::{Call, Ctx, Error, Meta, Service};
use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::clock::FixedClock;
use indicatif::ProgressBar;
use std::sync::Arc;

const CHAPTERS: u64 = 9;

/// The hand that tells: one runtime, one clock, one progress display.
pub(super) struct Teller {
    pub(super) service: Service,
    clock: Arc<FixedClock>,
    runtime: tokio::runtime::Runtime,
    progress: ProgressBar,
}

impl Teller {
    pub(super) fn new(service: &Service, clock: &Arc<FixedClock>) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
        Ok(Self { service: service.clone(), clock: Arc::clone(clock), runtime, progress: terminal::progress(CHAPTERS) })
    }

    /// Begins a chapter at an instant of the story (Japan time, RFC 3339).
    pub(super) fn chapter(&self, number: u64, title: &str, at: &str) -> Result<(), Failure> {
        self.at(at)?;
        self.progress.set_position(number.saturating_sub(1));
        self.progress.set_message(title.to_owned());
        self.show(format!("\n■ {number}. {title}（{}）", at.get(..10).unwrap_or(at)));
        Ok(())
    }

    /// Moves the story's clock.
    pub(super) fn at(&self, instant: &str) -> Result<(), Failure> {
        self.clock.set(instant.parse::<DateTime<Utc>>().map_err(Failure::failed)?);
        Ok(())
    }

    /// Prints, without the progress bar getting in between.
    pub(super) fn show(&self, text: impl std::fmt::Display) {
        self.progress.suspend(|| terminal::line(text));
    }

    /// Prints a table.
    pub(super) fn table(&self, header: &[&str], right: &[usize], rows: Vec<Vec<String>>) {
        self.show(terminal::table(header, right, rows));
    }

    /// A writing use case as somebody; the error carries what was being done.
    pub(super) fn act<T, F>(&self, actor: &Actor, operation: &'static str, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    {
        self.wait(self.service.write(self.call(actor, operation, None), work))
            .map_err(|error| Failure::Failed(format!("{operation}: {error:?}")))
    }

    /// Gives the password again, as a person does before a great step.
    pub(super) fn prove(&self, actor: &Actor, password: &str) -> Result<(), Failure> {
        let proof = Proof { password: Some(Secret::new(password)), code: None };
        self.wait(step_up(&self.service, self.call(actor, "step_up", None), proof))
            .map_err(|error| Failure::Failed(format!("step_up: {error:?}")))
    }

    /// An edit of a version.
    pub(super) fn edit<T, F>(&self, actor: &Actor, operation: &'static str, version: i64, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    {
        self.wait(self.service.write(self.call(actor, operation, Some(version)), work))
            .map_err(|error| Failure::Failed(format!("{operation}: {error:?}")))
    }

    /// A reading use case as somebody.
    pub(super) fn see<T, F>(&self, actor: &Actor, operation: &'static str, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    {
        self.wait(self.service.read(self.call(actor, operation, None), work))
            .map_err(|error| Failure::Failed(format!("{operation}: {error:?}")))
    }

    /// Waits for what the service does.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Where requests of the story come from.
    pub(super) fn meta(&self, operation: &str) -> Meta {
        let env = self.service.env();
        Meta {
            request_id: format!("demo-{operation}-{}", env.ids.next(env.clock.now())),
            ip: "127.0.0.1".to_owned(),
            user_agent: "yui demo".to_owned(),
        }
    }

    pub(super) fn finish(&self) {
        self.progress.finish_and_clear();
    }

    fn call(&self, actor: &Actor, operation: &'static str, expected_version: Option<i64>) -> Call {
        Call {
            meta: self.meta(operation),
            actor: actor.clone(),
            operation: operation.to_owned(),
            idempotency: None,
            expected_version,
        }
    }
}
