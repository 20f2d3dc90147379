//! What a use case works with: the transaction, the instant, ids, and the two trays
//! (audit, outbox) that are written at the end of the same transaction.

use crate::audit::Entry;
use chrono::{DateTime, Utc};
use domain::clock::Clock;
use std::sync::Arc;
use store::Db;
use store::notify::NewMail;

/// Where a request came from; for the audit trail and the logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// The id that the caller can quote (問合せ番号).
    pub request_id: String,
    /// The address of the caller; empty for the command line.
    pub ip: String,
    /// The program of the caller, cut to 200 characters.
    pub user_agent: String,
}

/// Makes ids.
pub trait Ids: Send + Sync {
    /// A new UUIDv7, lower-case text; sorts by time.
    fn next(&self, now: DateTime<Utc>) -> String;
}

/// Real ids: within one process later ids sort after earlier ones, also in the same millisecond.
#[derive(Debug, Default)]
pub struct RandomIds(std::sync::Mutex<uuid::ContextV7>);

impl Ids for RandomIds {
    fn next(&self, now: DateTime<Utc>) -> String {
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let context = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let stamp = uuid::Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos());
        uuid::Uuid::new_v7(stamp).to_string()
    }
}

/// What stays the same for the life of the process.
pub struct Environment {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The ids.
    pub ids: Arc<dyn Ids>,
    /// The service secret and what is derived from it.
    pub secret: identity::secret::ServiceSecret,
    /// Facts that mails and tokens need.
    pub settings: Settings,
    /// Plans of scenarios that this process remembers.
    pub plans: crate::scenarios::Plans,
}

/// Settings that use cases read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address at which people reach the service, without trailing slash; stands in mails and tokens.
    pub public_url: String,
    /// Who to ask, printed under every mail.
    pub help_contact: String,
    /// Whether lead, auditors and administrators must have a second factor.
    pub second_factor: SecondFactorRule,
    /// The virus scanner that judges uploaded files; none takes them as they are.
    pub scanner: Option<scanner::Scanner>,
}

/// Whether those who act for many must have a second factor (S06).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactorRule {
    /// Lead, auditors and administrators enrol before anything else, at the pages and in the API.
    Required,
    /// Everybody may.
    Optional,
}

/// One transaction, as a use case sees it.
pub struct Ctx<'a> {
    /// The database, inside the transaction.
    pub db: &'a mut Db,
    /// The instant of the transaction.
    pub now: DateTime<Utc>,
    /// Where the request came from.
    pub meta: &'a Meta,
    /// The process's environment.
    pub env: &'a Environment,
    /// Audit entries to be written at the end.
    pub(crate) entries: Vec<Entry>,
    /// Mails to be queued at the end.
    pub(crate) mails: Vec<NewMail>,
    /// Rights that this process must forget after the commit.
    pub(crate) changed: crate::accounts::Changed,
    /// Whether all of it is undone at the end (see [`crate::Service::rehearse`]).
    pub(crate) rehearses: bool,
}

impl<'a> Ctx<'a> {
    /// A context on a transaction that is open.
    pub fn new(db: &'a mut Db, env: &'a Environment, meta: &'a Meta) -> Self {
        let now = env.clock.now();
        Self {
            db,
            now,
            meta,
            env,
            entries: Vec::new(),
            mails: Vec::new(),
            changed: crate::accounts::Changed::default(),
            rehearses: false,
        }
    }

    /// A new id.
    #[must_use]
    pub fn id(&self) -> String {
        self.env.ids.next(self.now)
    }

    /// The instant as the database stores it.
    #[must_use]
    pub fn stamp(&self) -> chrono::NaiveDateTime {
        self.now.naive_utc()
    }

    /// Puts an audit entry on the tray.
    pub fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// The number (受付番号) of the last act on the tray; none while nothing was recorded.
    pub fn receipt(&mut self) -> Option<String> {
        crate::audit::receipt(self)
    }

    /// Writes both trays; called once, as the last act of a writing transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn flush(&mut self) -> Result<(), crate::Error> {
        let mails = std::mem::take(&mut self.mails);
        store::notify::queue(self.db, &mails)?;
        crate::audit::write(self)
    }
}
