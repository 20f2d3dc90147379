//! The door to the use cases: reads on a snapshot, writes in one transaction that also carries
//! the idempotency record, the audit entries and the mails.

use crate::audit::Entry;
use crate::ctx::{Ctx, Environment, Meta};
use crate::{Code, Error};
use domain::access::{Actor, Grant};
use identity::sealed;
use identity::secret::Label;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use store::idempotency::Record;
use store::{Fence, Store, StoreError};

/// One request of somebody known.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where it came from.
    pub meta: Meta,
    /// Who asks, with the rights held now.
    pub actor: Actor,
    /// The use case, as it stands in the OpenAPI document (`create_round`).
    pub operation: String,
    /// The key under which the effect happens once.
    pub idempotency: Option<Idempotency>,
    /// The version named by `If-Match`.
    pub expected_version: Option<i64>,
}

impl Call {
    /// The version that an edit must name.
    ///
    /// # Errors
    /// [`Error::PreconditionRequired`] when none was named.
    pub fn expected(&self) -> Result<i64, Error> {
        self.expected_version.ok_or(Error::PreconditionRequired)
    }
}

/// An idempotency key with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// As given by the caller, 1 to 200 characters.
    pub key: String,
    /// SHA-256 of method, path and body, hexadecimal.
    pub request_hash: String,
}

/// An answer as it is stored beside its effect, so that a retry gets the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The outcome as the faces express it (an HTTP status).
    pub status: u16,
    /// Header names and values that belong to the answer (`location`, `etag`).
    pub headers: Vec<(String, String)>,
    /// JSON text; empty when there is none.
    pub body: String,
}

/// The service: cheap to clone, one for each process.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    env: Arc<Environment>,
    accounts: crate::accounts::State,
    claims: crate::seats::lane::Claims,
    refusals: crate::refusals::Refusals,
}

impl Service {
    /// A service on a store.
    #[must_use]
    pub fn new(store: Store, env: Environment) -> Self {
        let env = Arc::new(env);
        let claims = crate::seats::lane::open(&store, &env);
        let accounts = crate::accounts::State::default();
        Self { inner: Arc::new(Inner { store, env, accounts, claims, refusals: crate::refusals::Refusals::default() }) }
    }

    /// The store, for workers and the command line.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Claims that wait for the transaction of their lane.
    #[must_use]
    pub fn claims_waiting(&self) -> usize {
        self.inner.claims.depth()
    }

    /// Password hashes computed since the start: the same number for every refused sign-in (S04).
    #[must_use]
    pub fn password_hashes(&self) -> u64 {
        self.inner.accounts.hashes()
    }

    /// The environment.
    #[must_use]
    pub fn env(&self) -> &Environment {
        &self.inner.env
    }

    /// What this process remembers about accounts: sessions, keys, and the hashing pool.
    pub(crate) fn accounts(&self) -> &crate::accounts::State {
        &self.inner.accounts
    }

    /// Reads for requests of nobody known yet, on one consistent snapshot.
    ///
    /// # Errors
    /// Those of the use case and of the database.
    pub async fn look_as<T, F>(&self, meta: Meta, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>) -> Result<T, Error> + Send + 'static,
    {
        let env = Arc::clone(&self.inner.env);
        self.within(Fence::service_wide()).read(move |db| f(&mut Ctx::new(db, &env, &meta))).await
    }

    fn within(&self, fence: Fence) -> Store {
        self.inner.store.within(fence)
    }

    /// Hands a value out after its commit, once what the transaction changed is forgotten here.
    fn settle<T>(&self, committed: Result<(T, crate::accounts::Changed), Error>) -> Result<T, Error> {
        committed.map(|(value, changed)| {
            self.inner.accounts.forget(&changed);
            value
        })
    }

    /// Where claims of seats are gathered into batches.
    pub(crate) fn claims(&self) -> &crate::seats::lane::Claims {
        &self.inner.claims
    }

    /// Runs a reading use case on one consistent snapshot.
    ///
    /// # Errors
    /// Those of the use case and of the database.
    pub async fn read<T, F>(&self, call: Call, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    {
        let env = Arc::clone(&self.inner.env);
        let call = Arc::new(call);
        let inner = Arc::clone(&call);
        let result = self
            .within(fence(&call.actor))
            .read(move |db| {
                let mut ctx = Ctx::new(db, &env, &inner.meta);
                let value = f(&mut ctx, &inner)?;
                Ok((value, ctx.entries))
            })
            .await;
        self.note_denied(&call, &result).await;
        let (value, seen) = result?;
        self.log_access(&call, seen).await?;
        Ok(value)
    }

    /// Keeps what a read noted about itself. Personal rows whose reading cannot be recorded are not shown.
    async fn log_access(&self, call: &Arc<Call>, seen: Vec<Entry>) -> Result<(), Error> {
        if seen.is_empty() {
            return Ok(());
        }
        let keep = move |ctx: &mut Ctx<'_>| {
            ctx.entries.extend(seen.iter().cloned());
            Ok(())
        };
        self.work_within(fence(&call.actor), call.meta.clone(), keep).await
    }

    /// Runs a writing use case in one transaction; answered after the commit that covers it.
    ///
    /// # Errors
    /// Those of the use case and of the database; nothing was written then.
    pub async fn write<T, F>(&self, call: Call, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    {
        let env = Arc::clone(&self.inner.env);
        let call = Arc::new(call);
        let inner = Arc::clone(&call);
        let result = self
            .within(fence(&call.actor))
            .write(move |db| {
                let mut ctx = Ctx::new(db, &env, &inner.meta);
                let value = f(&mut ctx, &inner)?;
                ctx.flush()?;
                Ok((value, ctx.changed))
            })
            .await;
        let result = self.settle(result);
        self.note_denied(&call, &result).await;
        result
    }

    /// Runs a writing use case to its end and undoes it: what somebody is asked about once more is an act that would
    /// succeed now, by the very rules of the act.
    ///
    /// # Errors
    /// Those that the use case would have, but for the proof of being there.
    pub async fn rehearse<T, F>(&self, call: Call, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    {
        let env = Arc::clone(&self.inner.env);
        let inner = Arc::new(call.clone());
        let work = move |db: &mut store::Db| -> Result<Infallible, Rehearsed<T>> {
            let mut ctx = Ctx::new(db, &env, &inner.meta);
            ctx.rehearses = true;
            Err(Rehearsed(f(&mut ctx, &inner)))
        };
        let result = match self.within(fence(&call.actor)).write(work).await {
            Ok(never) => match never {},
            Err(Rehearsed(result)) => result,
        };
        self.note_denied(&call, &result).await;
        result
    }

    /// Runs a writing use case once for each idempotency key: a retry gets the stored answer.
    ///
    /// # Errors
    /// As [`Service::write`], and [`Code::IdempotencyKeyReused`] when the key came with another request.
    pub async fn write_once<F>(&self, call: Call, f: F) -> Result<Reply, Error>
    where
        F: Fn(&mut Ctx<'_>, &Call) -> Result<Reply, Error> + Send + Sync + 'static,
    {
        self.once(call, Keep::Clear, f).await
    }

    /// As [`Service::write_once`], for an answer that shows a secret this one time: what is stored is sealed, and opens
    /// for a retry of the same caller only.
    ///
    /// # Errors
    /// As [`Service::write_once`].
    pub async fn write_once_sealed<F>(&self, call: Call, f: F) -> Result<Reply, Error>
    where
        F: Fn(&mut Ctx<'_>, &Call) -> Result<Reply, Error> + Send + Sync + 'static,
    {
        self.once(call, Keep::Sealed, f).await
    }

    async fn once<F>(&self, call: Call, keep: Keep, f: F) -> Result<Reply, Error>
    where
        F: Fn(&mut Ctx<'_>, &Call) -> Result<Reply, Error> + Send + Sync + 'static,
    {
        let f = Arc::new(f);
        let attempt = |call: Call| {
            let f = Arc::clone(&f);
            self.write(call, move |ctx, call| {
                if let Some(stored) = recall(ctx, call)? {
                    return keep.opened(ctx, call, stored);
                }
                let reply = f(ctx, call)?;
                remember(ctx, call, &keep.closed(ctx, call, &reply)?)?;
                Ok(reply)
            })
        };
        match attempt(call.clone()).await {
            // The same key was being served at the same moment: its record stands now.
            Err(Error::Rule(rule)) if rule.code == Code::IdempotencyRace => attempt(call).await,
            other => other,
        }
    }

    /// Runs work of the service itself (workers, command line), audited under `operation`.
    ///
    /// # Errors
    /// Those of the work and of the database.
    pub async fn work<T, F>(&self, operation: &'static str, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>) -> Result<T, Error> + Send + 'static,
    {
        let env = &self.inner.env;
        let meta = Meta { request_id: format!("{operation}-{}", env.ids.next(env.clock.now())), ..Meta::default() };
        self.work_as(meta, f).await
    }

    /// As [`Service::work`], for requests of nobody known yet (sign-in, invitations).
    ///
    /// # Errors
    /// Those of the work and of the database.
    pub async fn work_as<T, F>(&self, meta: Meta, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.work_within(Fence::service_wide(), meta, f).await
    }

    async fn work_within<T, F>(&self, fence: Fence, meta: Meta, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>) -> Result<T, Error> + Send + 'static,
    {
        let env = Arc::clone(&self.inner.env);
        let result = self
            .within(fence)
            .write(move |db| {
                let mut ctx = Ctx::new(db, &env, &meta);
                let value = f(&mut ctx)?;
                ctx.flush()?;
                Ok((value, ctx.changed))
            })
            .await;
        self.settle(result)
    }

    /// A refused right leaves a trace, in a transaction of its own because the call's was rolled back.
    ///
    /// What is hidden from the caller leaves none: the time of a write would tell it from what is absent (S21).
    pub(crate) async fn note_denied<T>(&self, call: &Call, result: &Result<T, Error>) {
        if matches!(result, Err(Error::Forbidden)) {
            self.note_refusal(&call.meta, &call.actor, &call.operation).await;
        }
    }

    /// Records that somebody had no right to an operation: so many an hour for each account, the rest as a number.
    pub async fn note_refusal(&self, meta: &Meta, actor: &Actor, operation: &str) {
        let Some(left_out) = self.inner.refusals.admit(&actor.user_id, self.inner.env.clock.now()) else { return };
        let (fence, actor, operation) = (fence(actor), actor.clone(), operation.to_owned());
        let noted = self
            .work_within(fence, meta.clone(), move |ctx| {
                ctx.record(Entry::denied(&actor, &operation, left_out));
                Ok(())
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(?error, "A refusal could not be recorded");
        }
    }
}

/// How a rehearsal ended; an error to the store, which undoes its writes.
struct Rehearsed<T>(Result<T, Error>);

impl<T> From<StoreError> for Rehearsed<T> {
    fn from(error: StoreError) -> Self {
        Self(Err(error.into()))
    }
}

/// The second fence (S22): whatever a query forgets, a transaction of somebody reaches the consortia of that person and no
/// other. Administrators work in every one.
fn fence(actor: &Actor) -> Fence {
    if actor.is_admin() { Fence::service_wide() } else { around(actor) }
}

/// The consortia of somebody, now and once.
pub(crate) fn around(actor: &Actor) -> Fence {
    Fence::around(actor.consortia().into_iter().chain(actor.past.iter().cloned()))
}

/// How an answer is stored.
#[derive(Debug, Clone, Copy)]
enum Keep {
    Clear,
    Sealed,
}

impl Keep {
    fn closed(self, ctx: &Ctx<'_>, call: &Call, reply: &Reply) -> Result<Reply, Error> {
        let (Self::Sealed, Some(key)) = (self, &call.idempotency) else { return Ok(reply.clone()) };
        let body = sealed::seal(&ctx.env.secret, Label::StoredReply, &whose(call, key), reply.body.as_bytes());
        Ok(Reply { body: body.map_err(Error::internal)?, ..reply.clone() })
    }

    fn opened(self, ctx: &Ctx<'_>, call: &Call, stored: Reply) -> Result<Reply, Error> {
        let (Self::Sealed, Some(key)) = (self, &call.idempotency) else { return Ok(stored) };
        let body = sealed::open(&ctx.env.secret, Label::StoredReply, &whose(call, key), &stored.body);
        let body = String::from_utf8(body.map_err(Error::internal)?).map_err(Error::internal)?;
        Ok(Reply { body, ..stored })
    }
}

/// What a sealed answer is bound to.
fn whose(call: &Call, key: &Idempotency) -> String {
    format!("{} {}", call.actor.user_id, key.key)
}

/// The stored answer of this key, when there is one.
pub(crate) fn recall(ctx: &mut Ctx<'_>, call: &Call) -> Result<Option<Reply>, Error> {
    let Some(idempotency) = &call.idempotency else { return Ok(None) };
    let Some(record) = store::idempotency::find(ctx.db, &call.actor.user_id, &idempotency.key)? else {
        return Ok(None);
    };
    stored(record, call, idempotency).map(Some)
}

/// The stored answers of several calls, in their order, by one query.
pub(crate) fn recall_many(ctx: &mut Ctx<'_>, calls: &[&Call]) -> Result<Vec<Option<Result<Reply, Error>>>, Error> {
    let asked = || calls.iter().filter_map(|call| Some((call.actor.user_id.as_str(), call.idempotency.as_ref()?)));
    if asked().next().is_none() {
        return Ok(calls.iter().map(|_| None).collect());
    }
    let keys: Vec<String> = asked().map(|(_, asked)| asked.key.clone()).collect();
    let mut users: Vec<String> = asked().map(|(user, _)| user.to_owned()).collect();
    users.sort_unstable();
    users.dedup();
    let records: HashMap<(String, String), Record> = store::idempotency::find_many(ctx.db, &users, &keys)?
        .into_iter()
        .map(|record| ((record.user_id.clone(), record.key.clone()), record))
        .collect();
    let answer = |call: &&Call| {
        let idempotency = call.idempotency.as_ref()?;
        // Several calls of a batch may bring the same key.
        let record = records.get(&(call.actor.user_id.clone(), idempotency.key.clone()))?;
        Some(stored(record.clone(), call, idempotency))
    };
    Ok(calls.iter().map(answer).collect())
}

/// The stored answer, while the caller still holds every role with which it was earned (S14).
fn stored(record: Record, call: &Call, idempotency: &Idempotency) -> Result<Reply, Error> {
    if record.request_hash != idempotency.request_hash {
        return Err(Error::rule(Code::IdempotencyKeyReused));
    }
    let held = rights(&call.actor);
    if record.rights.lines().any(|earned| !held.lines().any(|right| right == earned)) {
        return Err(Error::NotFound);
    }
    let headers = serde_json::from_str(&record.headers).map_err(Error::internal)?;
    let status = u16::try_from(record.status).map_err(Error::internal)?;
    Ok(Reply { status, headers, body: record.body })
}

/// The roles of somebody with their places, one a line.
fn rights(actor: &Actor) -> String {
    let line = |grant: &Grant| {
        let place = |id: &Option<String>| id.clone().unwrap_or_else(|| "-".to_owned());
        format!("{} {} {}", grant.role, place(&grant.consortium_id), place(&grant.member_id))
    };
    let mut lines: Vec<String> = actor.grants.iter().map(line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.join("\n")
}

/// Stores the answer beside its effect.
pub(crate) fn remember(ctx: &mut Ctx<'_>, call: &Call, reply: &Reply) -> Result<(), Error> {
    remember_many(ctx, &[(call, reply)])
}

/// Stores several answers beside their effects, by one statement.
pub(crate) fn remember_many(ctx: &mut Ctx<'_>, replies: &[(&Call, &Reply)]) -> Result<(), Error> {
    let created_at = ctx.stamp();
    let mut records = Vec::with_capacity(replies.len());
    for (call, reply) in replies {
        let Some(idempotency) = &call.idempotency else { continue };
        records.push(Record {
            user_id: call.actor.user_id.clone(),
            key: idempotency.key.clone(),
            request_hash: idempotency.request_hash.clone(),
            status: i64::from(reply.status),
            headers: serde_json::to_string(&reply.headers).map_err(Error::internal)?,
            body: reply.body.clone(),
            created_at,
            rights: rights(&call.actor),
        });
    }
    match store::idempotency::insert_many(ctx.db, &records) {
        Err(StoreError::Constraint(constraint)) if constraint.name == "idempotency_records_pkey" => {
            Err(Error::rule(Code::IdempotencyRace))
        }
        other => Ok(other?),
    }
}
