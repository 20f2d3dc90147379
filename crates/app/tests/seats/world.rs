//! The scene of `testkit::scene` on stage: the service on a database, a fixed clock, and who acts in it.

use app::seats::claims::{ClaimSeat, ClaimView};
use app::seats::lane::ClaimJob;
use app::seats::{Move, TransferKind, transfer};
use app::{Call, Ctx, Environment, Error, Idempotency, Meta, Reply, Service};
use chrono::{DateTime, Duration, Utc};
use domain::access::{Actor, Grant, Role};
use domain::clock::FixedClock;
use std::future::Future;
use std::sync::Arc;
use store::{DatabaseUrl, Options, Store};

pub use testkit::scene::{CONTRACT, SEATS, staff_id};

pub struct World {
    pub service: Service,
    pub clock: Arc<FixedClock>,
    runtime: tokio::runtime::Runtime,
    _database: Box<dyn std::any::Any>,
}

/// Tells a story on SQLite and, where it is installed, on PostgreSQL.
pub fn on_both(story: impl Fn(&World)) {
    let database = testkit::sqlite::database();
    let url = format!("sqlite:{}", database.url());
    story(&World::open(&url, Box::new(database)));
    if let Some(database) = testkit::postgres::database(|url| store(url).shutdown()) {
        let url = database.url();
        story(&World::open(&url, Box::new(database)));
    }
}

fn store(url: &str) -> Store {
    let store = Store::open(&DatabaseUrl::parse(url).unwrap(), &Options::default()).unwrap();
    store.migrate().unwrap();
    store
}

impl World {
    fn open(url: &str, database: Box<dyn std::any::Any>) -> Self {
        let clock = Arc::new(FixedClock::at("2026-05-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap()));
        let env = Environment {
            plans: app::scenarios::Plans::default(),
            clock: clock.clone(),
            ids: Arc::new(app::ctx::RandomIds::default()),
            secret: identity::secret::ServiceSecret::parse("q7Rz2vXk9LmT4wYc8NbF1hJd6PsG3aUeQ5iKoV0tZxB").unwrap(),
            settings: app::ctx::Settings {
                public_url: "http://127.0.0.1".to_owned(),
                help_contact: "共同調達事務局（架空）".to_owned(),
                second_factor: app::ctx::SecondFactorRule::Optional,
                scanner: None,
            },
        };
        let service = Service::new(store(url), env);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
        let world = Self { service, clock, runtime, _database: database };
        world.sql(&testkit::scene::sql());
        // The scene's people come without the keys of their names.
        world.service.store().migrate().unwrap();
        let members: Vec<String> = ["m-a", "m-b"].map(str::to_owned).to_vec();
        world
            .work(move |ctx| app::seats::open_accounts(ctx, &lead(), "c1", CONTRACT, &members, SEATS).map(|_| ()))
            .unwrap();
        world
    }

    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub fn sql(&self, statements: &str) {
        let statements = statements.to_owned();
        self.service.store().write_now(move |db| store::fixtures::execute(db, &statements)).unwrap();
    }

    pub fn number(&self, query: &str) -> i64 {
        let query = format!("SELECT CAST(({query}) AS BIGINT) AS number");
        self.service.store().read_now(move |db| store::fixtures::number(db, &query)).unwrap()
    }

    pub fn work<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Ctx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.service.work("story", f))
    }

    pub fn write<T: Send + 'static>(
        &self,
        actor: Actor,
        f: impl Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.service.write(call(actor), f))
    }

    pub fn read<T: Send + 'static>(
        &self,
        actor: Actor,
        f: impl Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.service.read(call(actor), f))
    }

    /// The account of a town.
    pub fn account(&self, member_id: &str) -> String {
        let member_id = member_id.to_owned();
        self.service
            .store()
            .within(store::Fence::service_wide())
            .read_now(move |db| store::seats::account_of_member(db, CONTRACT, &member_id))
            .unwrap()
            .id
    }

    pub fn reserve(&self) -> String {
        self.service
            .store()
            .within(store::Fence::service_wide())
            .read_now(|db| store::seats::reserve_of(db, CONTRACT))
            .unwrap()
            .id
    }

    /// Gives seats of the reserve to a town, as a published allocation does.
    pub fn allocate(&self, member_id: &str, seats: i64) -> String {
        let (from, to) = (self.reserve(), self.account(member_id));
        let account = to.clone();
        self.work(move |ctx| {
            transfer(
                ctx,
                &lead(),
                &Move {
                    consortium_id: "c1",
                    contract_id: CONTRACT,
                    from: Some(&from),
                    to: Some(&to),
                    seats,
                    kind: TransferKind::Allocate,
                    reason: "配分の公開による（架空）",
                    corrects: None,
                },
            )
        })
        .unwrap();
        account
    }

    /// Balance, assigned, held of an account.
    pub fn counters(&self, account: &str) -> (i64, i64, i64) {
        let account = account.to_owned();
        let row = self
            .service
            .store()
            .within(store::Fence::service_wide())
            .read_now(move |db| store::seats::find_account(db, &account))
            .unwrap();
        (row.balance, row.assigned, row.held)
    }

    pub fn claim(&self, actor: Actor, account: &str) -> Result<Outcome, Error> {
        self.run(claim_on(&self.service, call(actor), account, None))
    }

    pub fn claim_for(&self, actor: Actor, account: &str, user_id: &str) -> Result<Outcome, Error> {
        self.run(claim_on(&self.service, call(actor), account, Some(user_id.to_owned())))
    }

    pub fn pass(&self, hours: i64) {
        self.clock.advance(Duration::hours(hours));
    }

    /// Ends what is due, as the worker does.
    pub fn expire(&self) -> usize {
        self.work(app::seats::offers::expire_offers).unwrap()
    }

    /// Every invariant of the data holds.
    pub fn assert_sound(&self) {
        let report = self.service.store().read_now(app::verify::verify).unwrap();
        assert_eq!(report.findings, [], "after {} rules", report.rules.len());
    }
}

/// What a claim answered, without the ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Assigned,
    Waitlisted(i64),
    Offered,
}

pub async fn claim_on(service: &Service, call: Call, account: &str, user_id: Option<String>) -> Result<Outcome, Error> {
    let reply = reply_on(service, call, account, user_id).await?;
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    Ok(match (reply.status, body["outcome"].as_str().unwrap()) {
        (201, "assigned") => Outcome::Assigned,
        (202, "waitlisted") => Outcome::Waitlisted(body["position"].as_i64().unwrap()),
        (202, "offered") => Outcome::Offered,
        other => panic!("{other:?}"),
    })
}

pub async fn reply_on(service: &Service, call: Call, account: &str, user_id: Option<String>) -> Result<Reply, Error> {
    let job = ClaimJob { call, account_id: account.to_owned(), cmd: ClaimSeat { user_id }, render };
    service.claim_seat(job).await
}

fn render(view: &ClaimView) -> Result<Reply, Error> {
    let status = if matches!(view, ClaimView::Assigned { .. }) { 201 } else { 202 };
    Ok(Reply { status, headers: Vec::new(), body: serde_json::to_string(view).unwrap() })
}

pub fn call(actor: Actor) -> Call {
    Call {
        meta: Meta { request_id: "r-story".into(), ip: "192.0.2.1".into(), user_agent: "story".into() },
        actor,
        operation: "story".into(),
        idempotency: None,
        expected_version: None,
    }
}

pub fn with_key(actor: Actor, key: &str, body: &str) -> Call {
    Call { idempotency: Some(Idempotency { key: key.into(), request_hash: body.into() }), ..call(actor) }
}

pub fn person(user_id: &str, role: Role, consortium: &str, member: Option<&str>) -> Actor {
    Actor {
        user_id: user_id.into(),
        display_name: "架空の職員".into(),
        credential_id: "s".into(),
        scopes: None,
        grants: vec![Grant { role, consortium_id: Some(consortium.into()), member_id: member.map(Into::into) }],
        past: Vec::new(),
    }
}

pub fn lead() -> Actor {
    person("u-lead", Role::Lead, "c1", Some("m-lead"))
}

pub fn contact_a() -> Actor {
    person("u-contact-a", Role::Contact, "c1", Some("m-a"))
}

pub fn contact_b() -> Actor {
    person("u-contact-b", Role::Contact, "c1", Some("m-b"))
}

pub fn auditor() -> Actor {
    person("u-auditor", Role::Auditor, "c1", None)
}

pub fn staff(number: usize) -> Actor {
    person(&staff_id(number), Role::Learner, "c1", Some("m-a"))
}

pub fn staff_b() -> Actor {
    person("u-b", Role::Learner, "c1", Some("m-b"))
}

pub fn stranger() -> Actor {
    person("u-stranger", Role::Lead, "c2", Some("m-x"))
}
