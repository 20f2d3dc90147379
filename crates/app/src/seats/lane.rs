//! Claims from the outside: those that arrive together share one transaction.
//!
//! Claims on one account travel in one lane of the store, so that a hot account does not fight itself
//! over its row lock. Answers are kept for idempotency by the same transaction. A batch that fails as a
//! whole falls apart into claims of one, so a bad claim never spoils the others.

use crate::seats::claims::{ClaimSeat, ClaimView, claim_many, of_call};
use crate::service::{around, recall_many, remember_many};
use crate::{Call, Code, Ctx, Environment, Error, Meta, Reply, Service};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use store::{Db, Lane, Store};

/// A claim with the request that it came in.
#[derive(Debug, Clone)]
pub struct ClaimJob {
    /// The request.
    pub call: Call,
    /// The town's account.
    pub account_id: String,
    /// The body.
    pub cmd: ClaimSeat,
    /// How the face puts the outcome into an answer.
    pub render: fn(&ClaimView) -> Result<Reply, Error>,
}

/// The lane of this process.
pub(crate) type Claims = Lane<ClaimJob, Result<Reply, Error>, Error>;

/// Opens the lane.
pub(crate) fn open(store: &Store, env: &Arc<Environment>) -> Claims {
    let env = Arc::clone(env);
    store.lane(
        move |db, jobs| serve(db, &env, jobs),
        |job| BuildHasherDefault::<DefaultHasher>::default().hash_one(&job.account_id),
        // Also for an administrator, who claims nothing: those who share the transaction stay behind their own fences.
        |job| around(&job.call.actor),
    )
}

impl Service {
    /// Claims a seat once for each idempotency key, together with the claims that arrive meanwhile.
    ///
    /// # Errors
    /// The refusal of this claim; those of the database.
    pub async fn claim_seat(&self, job: ClaimJob) -> Result<Reply, Error> {
        let call = Arc::new(job.call.clone());
        let result = match self.submit(job.clone()).await {
            // The same key was being served at the same moment elsewhere: its record stands now.
            Err(Error::Rule(rule)) if rule.code == Code::IdempotencyRace => self.submit(job).await,
            other => other,
        };
        self.note_denied(&call, &result).await;
        result
    }

    async fn submit(&self, job: ClaimJob) -> Result<Reply, Error> {
        self.claims().submit(job).await?
    }
}

/// How one job of a batch is answered.
enum Plan {
    /// By a record of an earlier transaction, or by a refusal of the key.
    Stored(Result<Reply, Error>),
    /// As the job at this place of the batch, which brought the same key.
    AsJob(usize),
    /// By serving it.
    Fresh,
}

fn serve(db: &mut Db, env: &Environment, jobs: &[ClaimJob]) -> Result<Vec<Result<Reply, Error>>, Error> {
    let nobody = Meta::default();
    let mut ctx = Ctx::new(db, env, &nobody);
    let calls: Vec<&Call> = jobs.iter().map(|job| &job.call).collect();
    let plans = plan(recall_many(&mut ctx, &calls)?, jobs);
    let fresh: Vec<&ClaimJob> =
        jobs.iter().zip(&plans).filter(|(_, plan)| matches!(plan, Plan::Fresh)).map(|(job, _)| job).collect();
    let claims: Vec<_> = fresh.iter().map(|job| of_call(&job.call, &job.account_id, &job.cmd)).collect();
    let mut replies = Vec::with_capacity(fresh.len());
    for ((placed, claim), job) in claim_many(&mut ctx, &claims)?.into_iter().zip(&claims).zip(&fresh) {
        let view = placed.map(|placed| ClaimView::new(placed, claim.account_id, claim.user_id));
        replies.push(view.and_then(|view| (job.render)(&view)));
    }
    let kept: Vec<(&Call, &Reply)> =
        fresh.iter().zip(&replies).filter_map(|(job, reply)| Some((&job.call, reply.as_ref().ok()?))).collect();
    remember_many(&mut ctx, &kept)?;
    ctx.flush()?;
    Ok(answers(plans, replies))
}

fn plan(stored: Vec<Option<Result<Reply, Error>>>, jobs: &[ClaimJob]) -> Vec<Plan> {
    let mut first: HashMap<(&str, &str), (usize, &str)> = HashMap::new();
    let mut plans = Vec::with_capacity(jobs.len());
    for (index, (job, stored)) in jobs.iter().zip(stored).enumerate() {
        let plan = match (stored, &job.call.idempotency) {
            (Some(stored), _) => Plan::Stored(stored),
            (None, None) => Plan::Fresh,
            (None, Some(given)) => match first.entry((job.call.actor.user_id.as_str(), given.key.as_str())) {
                std::collections::hash_map::Entry::Vacant(vacant) => {
                    vacant.insert((index, given.request_hash.as_str()));
                    Plan::Fresh
                }
                std::collections::hash_map::Entry::Occupied(twin) if twin.get().1 == given.request_hash => {
                    Plan::AsJob(twin.get().0)
                }
                std::collections::hash_map::Entry::Occupied(_) => {
                    Plan::Stored(Err(Error::rule(Code::IdempotencyKeyReused)))
                }
            },
        };
        plans.push(plan);
    }
    plans
}

fn answers(plans: Vec<Plan>, replies: Vec<Result<Reply, Error>>) -> Vec<Result<Reply, Error>> {
    let unanswered = || Err(Error::internal("a claim was not answered"));
    let mut replies = replies.into_iter();
    let mut answers: Vec<Result<Reply, Error>> = Vec::with_capacity(plans.len());
    for plan in plans {
        let answer = match plan {
            Plan::Stored(stored) => stored,
            Plan::AsJob(index) => answers.get(index).cloned().unwrap_or_else(unanswered),
            Plan::Fresh => replies.next().unwrap_or_else(unanswered),
        };
        answers.push(answer);
    }
    answers
}
