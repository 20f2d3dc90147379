//! A small world for seats: one consortium with a lead and two towns, a contract of 20 seats, a fixed
//! clock. All names are fictional. The second consortium is there to be kept out.

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

pub const CONTRACT: &str = "contract-1";
pub const SEATS: i64 = 20;

/// People of town A who may claim.
pub const STAFF: usize = 70;

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
            clock: clock.clone(),
            ids: Arc::new(app::ctx::RandomIds::default()),
            secret: identity::secret::ServiceSecret::parse("q7Rz2vXk9LmT4wYc8NbF1hJd6PsG3aUeQ5iKoV0tZxB").unwrap(),
            settings: app::ctx::Settings {
                public_url: "http://127.0.0.1".to_owned(),
                help_contact: "共同調達事務局（架空）".to_owned(),
            },
        };
        let service = Service::new(store(url), env);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
        let world = Self { service, clock, runtime, _database: database };
        world.sql(&scene());
        let members: Vec<String> = ["m-a", "m-b"].map(str::to_owned).to_vec();
        world
            .work(move |ctx| {
                app::seats::open_accounts(ctx, &lead(), "c1", CONTRACT, &members, SEATS).map(|_| ())
            })
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
            .read_now(move |db| store::seats::account_of_member(db, CONTRACT, &member_id))
            .unwrap()
            .id
    }

    pub fn reserve(&self) -> String {
        self.service.store().read_now(|db| store::seats::reserve_of(db, CONTRACT)).unwrap().id
    }

    /// Gives seats of the reserve to a town, as a published allocation does.
    pub fn allocate(&self, member_id: &str, seats: i64) -> String {
        let (from, to) = (self.reserve(), self.account(member_id));
        let account = to.clone();
        self.work(move |ctx| {
            transfer(ctx, &lead(), &Move {
                consortium_id: "c1",
                contract_id: CONTRACT,
                from: Some(&from),
                to: Some(&to),
                seats,
                kind: TransferKind::Allocate,
                reason: "配分の公表による（架空）",
                corrects: None,
            })
        })
        .unwrap();
        account
    }

    /// Balance, assigned, held of an account.
    pub fn counters(&self, account: &str) -> (i64, i64, i64) {
        let account = account.to_owned();
        let row = self.service.store().read_now(move |db| store::seats::find_account(db, &account)).unwrap();
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
        let report = self.service.store().read_now(|db| app::verify::verify(db)).unwrap();
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

pub async fn claim_on(
    service: &Service,
    call: Call,
    account: &str,
    user_id: Option<String>,
) -> Result<Outcome, Error> {
    let reply = reply_on(service, call, account, user_id).await?;
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    Ok(match (reply.status, body["outcome"].as_str().unwrap()) {
        (201, "assigned") => Outcome::Assigned,
        (202, "waitlisted") => Outcome::Waitlisted(body["position"].as_i64().unwrap()),
        (202, "offered") => Outcome::Offered,
        other => panic!("{other:?}"),
    })
}

pub async fn reply_on(
    service: &Service,
    call: Call,
    account: &str,
    user_id: Option<String>,
) -> Result<Reply, Error> {
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

pub fn staff_id(number: usize) -> String {
    format!("u-a{number:02}")
}

fn scene() -> String {
    let at = "'2026-04-01 00:00:00'";
    let mut sql = String::new();
    let mut user = |id: &str, role: &str, consortium: &str, member: &str| {
        let member = if member.is_empty() { "NULL".to_owned() } else { format!("'{member}'") };
        format!(
            "INSERT INTO users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version)
             VALUES ('{id}', '{id}@town.example.jp', '架空 {id}', 'かくう', NULL, 'active', 1, {at}, {at}, 1);
             INSERT INTO grants (id, user_id, role, consortium_id, member_id, granted_by, created_at, revoked_at)
             VALUES ('g-{id}', '{id}', '{role}', '{consortium}', {member}, NULL, {at}, NULL);"
        )
    };
    for consortium in ["c1", "c2"] {
        sql += &format!(
            "INSERT INTO consortia (id, name, created_at, updated_at, version) VALUES ('{consortium}', '共同調達（架空）', {at}, {at}, 1);
             INSERT INTO audit_chains (scope, entries, head) VALUES ('{consortium}', 0, '');"
        );
    }
    for (id, consortium, code, name, lead) in [
        ("m-lead", "c1", "140007", "神奈川県", true),
        ("m-a", "c1", "143618", "中井町", false),
        ("m-b", "c1", "143634", "松田町", false),
        ("m-x", "c2", "012131", "架空市", true),
    ] {
        sql += &format!(
            "INSERT INTO members (id, consortium_id, municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, version)
             VALUES ('{id}', '{consortium}', '{code}', '{name}', 'かな', 'town', 9300, 'full', {lead}, '2026-04-01', NULL, {at}, {at}, 1);"
        );
    }
    for (id, role, consortium, member) in [
        ("u-lead", "lead", "c1", "m-lead"),
        ("u-contact-a", "contact", "c1", "m-a"),
        ("u-contact-b", "contact", "c1", "m-b"),
        ("u-b", "learner", "c1", "m-b"),
        ("u-auditor", "auditor", "c1", ""),
        ("u-stranger", "lead", "c2", "m-x"),
    ] {
        sql += &user(id, role, consortium, member);
    }
    for number in 0..STAFF {
        sql += &user(&staff_id(number), "learner", "c1", "m-a");
    }
    sql + &format!(
        "INSERT INTO rounds (id, consortium_id, title, product, fiscal_year, contract_mode, census_year, seats_counted_on, stage, created_at, updated_at, version)
         VALUES ('round-1', 'c1', '令和8年度', 'オンライン学習（架空）', 2026, 'lead_contract', 2020, '2026-04-01', 'allocated', {at}, {at}, 1);
         INSERT INTO quotes (id, consortium_id, round_id, vendor, title, valid_until_on, schedule, tax_rate, tax_included, note, created_at, updated_at, version)
         VALUES ('quote-1', 'c1', 'round-1', '架空株式会社', '見積', '2026-12-31', '{SCHEDULE}', '0.10', false, '', {at}, {at}, 1);
         INSERT INTO scenarios (id, consortium_id, round_id, quote_id, name, state, inputs, result, input_hash, result_hash, rule_versions, seats, total_yen, finalised_at, finalised_by, created_at, updated_at, version)
         VALUES ('scenario-1', 'c1', 'round-1', 'quote-1', '案', 'finalised', '{CASE}', '{{}}', 'h', 'h', '{{}}', {SEATS}, 660000, {at}, 'u-lead', {at}, {at}, 1);
         INSERT INTO contracts (id, consortium_id, round_id, scenario_id, number, vendor, starts_on, ends_on, seats, ex_tax_yen, tax_yen, total_yen, state, signed_on, created_at, updated_at, version)
         VALUES ('{CONTRACT}', 'c1', 'round-1', 'scenario-1', 'R8-1', '架空株式会社', '2026-04-01', '2027-03-31', {SEATS}, 600000, 60000, 660000, 'active', '2026-04-01', {at}, {at}, 1);"
    )
}

/// The sharing case that the scenario froze: 20 seats, shared by seats.
const CASE: &str = r#"{"share":{"price":{"mode":"volume","tiers":[{"up_to":99,"unit":"30000"},{"up_to":299,"unit":"27000"},{"unit":"24000"}]},"tax_rate":"0.10","members":[{"id":"143618","seats":12},{"id":"143634","seats":8}],"rule":{"kind":"per_seat"}}}"#;

/// Fictional prices: all seats at the price of the tier that the total falls in.
const SCHEDULE: &str = r#"{"mode":"volume","tiers":[{"up_to":99,"unit":30000},{"up_to":299,"unit":27000},{"unit":24000}]}"#;
