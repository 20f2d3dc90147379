//! A service on a database of its own, a clock that stands still, and a consortium of two towns.

use app::accounts::{self, MeView, NewUser, Secret, SignIn, SignedIn};
use app::consortium::{AddMember, CreateConsortium, MemberClass, add_member, create_consortium};
use app::ctx::SecondFactorRule;
use app::ctx::{RandomIds, Settings};
use app::{Call, Ctx, Environment, Error, Meta, Service};
use chrono::{NaiveDate, TimeDelta};
use domain::access::{Actor, Grant, Role};
use domain::clock::{Clock as _, FixedClock};
use identity::secret::ServiceSecret;
use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use store::audit::AuditEntry;
use store::notify::delivery::DueMail;
use store::{DatabaseUrl, Options, Store, StoreError};

pub(crate) const PASSWORD: &str = "静かな雪の朝に鳴く鳥の声";
pub(crate) const HOME: &str = "192.0.2.10";
const SECRET: &str = "q7Rz2vXk9LmT4wYc8NbF1hJd6PsG3aUeQ5iKoV0tZxB";

pub(crate) struct Rig {
    pub(crate) service: Service,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) consortium: String,
    pub(crate) lead_member: String,
    pub(crate) town: String,
    pub(crate) other_town: String,
    store: Store,
    runtime: tokio::runtime::Runtime,
    _database: Box<dyn Any>,
}

/// Runs a story on SQLite and, where its programs are installed, on PostgreSQL.
pub(crate) fn on_both(story: impl Fn(&Rig)) {
    let sqlite = testkit::sqlite::database();
    story(&Rig::open(&format!("sqlite:{}", sqlite.url()), Box::new(sqlite)));
    let migrate = |url: &str| open(url).shutdown();
    if let Some(postgres) = testkit::postgres::database(migrate) {
        story(&Rig::open(&postgres.url(), Box::new(postgres)));
    }
}

fn open(url: &str) -> Store {
    let store = Store::open(&DatabaseUrl::parse(url).unwrap(), &Options::default()).unwrap();
    store.migrate().unwrap();
    store
}

fn service(store: &Store, clock: &Arc<FixedClock>, second_factor: SecondFactorRule) -> Service {
    let environment = Environment {
        plans: app::scenarios::Plans::default(),
        clock: clock.clone(),
        ids: Arc::new(RandomIds::default()),
        secret: ServiceSecret::parse(SECRET).unwrap(),
        settings: Settings {
            public_url: "https://yui.example.jp".to_owned(),
            help_contact: "共同調達事務局（架空）".to_owned(),
            second_factor,
            scanner: None,
        },
    };
    Service::new(store.clone(), environment)
}

pub(crate) fn meta(ip: &str) -> Meta {
    Meta { request_id: "request".to_owned(), ip: ip.to_owned(), user_agent: "test".to_owned() }
}

pub(crate) fn grant(role: Role, consortium: Option<&str>, member: Option<&str>) -> Grant {
    Grant { role, consortium_id: consortium.map(Into::into), member_id: member.map(Into::into) }
}

fn operator() -> Actor {
    Actor {
        user_id: "operator".into(),
        display_name: "架空の管理者".into(),
        credential_id: "rig".into(),
        scopes: None,
        grants: vec![grant(Role::Admin, None, None)],
        past: Vec::new(),
    }
}

impl Rig {
    fn open(url: &str, database: Box<dyn Any>) -> Self {
        let clock = Arc::new(FixedClock::at("2026-05-01T00:00:00Z".parse().unwrap()));
        let store = open(url);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut rig = Self {
            service: service(&store, &clock, SecondFactorRule::Optional),
            clock,
            consortium: String::new(),
            lead_member: String::new(),
            town: String::new(),
            other_town: String::new(),
            store,
            runtime,
            _database: database,
        };
        rig.settle();
        rig
    }

    fn settle(&mut self) {
        let (consortium, lead) = self.new_consortium("140007", "神奈川県");
        self.lead_member = lead;
        self.town = self.join(&consortium, "143618", "中井町");
        self.other_town = self.join(&consortium, "143634", "松田町");
        self.consortium = consortium;
    }

    /// A consortium with its lead member.
    pub(crate) fn new_consortium(&self, code: &str, name: &str) -> (String, String) {
        let lead = town(code, name, "prefecture");
        let cmd = CreateConsortium { name: format!("{name}共同調達（架空）"), lead };
        let view = self.write(&operator(), move |ctx, call| create_consortium(ctx, call, &cmd)).unwrap();
        let id = view.id.clone();
        let ten = store::consortium::MEMBERS.top(10);
        let members = self
            .store
            .within(store::Fence::service_wide())
            .read_now(move |db| store::consortium::members(db, &id, &ten))
            .unwrap();
        (view.id, members[0].0.id.clone())
    }

    fn join(&self, consortium: &str, code: &str, name: &str) -> String {
        let (id, cmd) = (consortium.to_owned(), town(code, name, "town"));
        self.write(&operator(), move |ctx, call| add_member(ctx, call, &id, &cmd)).unwrap().id
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Starts something beside the story.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.runtime.spawn(future)
    }

    /// Another process on the same database.
    pub(crate) fn replica(&self) -> Service {
        service(&self.store, &self.clock, SecondFactorRule::Optional)
    }

    /// A replica that asks prefecture staff for a second factor.
    pub(crate) fn strict_replica(&self) -> Service {
        service(&self.store, &self.clock, SecondFactorRule::Required)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    pub(crate) fn call(&self, actor: &Actor) -> Call {
        Call {
            meta: meta(HOME),
            actor: actor.clone(),
            operation: "test".to_owned(),
            idempotency: None,
            expected_version: None,
        }
    }

    pub(crate) fn write<T, F>(&self, actor: &Actor, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    {
        self.run(self.service.write(self.call(actor), f))
    }

    pub(crate) fn read<T, F>(&self, actor: &Actor, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    {
        self.run(self.service.read(self.call(actor), f))
    }

    /// Work on the rows themselves.
    pub(crate) fn rows<T: Send + 'static>(
        &self,
        work: impl Fn(&mut store::Db) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.within(store::Fence::service_wide()).write_now(work).unwrap()
    }

    pub(crate) fn user(&self, email: &str, grants: Vec<Grant>) -> MeView {
        let new = NewUser {
            email: email.to_owned(),
            display_name: "架空 花子".to_owned(),
            kana: "かくう はなこ".to_owned(),
            password: Secret::new(PASSWORD),
            grants,
        };
        self.run(accounts::create_user(&self.service, new)).unwrap()
    }

    pub(crate) fn contact(&self, email: &str) -> MeView {
        self.user(email, vec![grant(Role::Contact, Some(&self.consortium), Some(&self.town))])
    }

    pub(crate) fn try_sign_in(&self, email: &str, password: &str, ip: &str) -> Result<SignedIn, Error> {
        let cmd = SignIn { email: email.to_owned(), password: Secret::new(password), code: None };
        self.run(accounts::sign_in(&self.service, &meta(ip), cmd))
    }

    pub(crate) fn sign_in(&self, email: &str) -> SignedIn {
        self.try_sign_in(email, PASSWORD, HOME).unwrap_or_else(|error| panic!("{email}: {error:?}"))
    }

    pub(crate) fn try_actor(&self, token: &str) -> Result<Actor, Error> {
        self.run(accounts::authenticate(&self.service, token, &meta(HOME)))
    }

    pub(crate) fn actor(&self, email: &str) -> Actor {
        self.try_actor(&self.sign_in(email).access_token).unwrap()
    }

    /// The audit trail of the service as `action/outcome`, oldest first.
    pub(crate) fn trail(&self) -> Vec<String> {
        self.entries().into_iter().map(|entry| format!("{}/{}", entry.action, entry.outcome)).collect()
    }

    pub(crate) fn entries(&self) -> Vec<AuditEntry> {
        self.rows(|db| store::audit::entries_after(db, "service", 0, 10_000))
    }

    /// Subject and body of the mails queued since the last look, oldest first.
    pub(crate) fn mails(&self) -> Vec<(String, String, String)> {
        let now = self.clock.now().naive_utc();
        let mails = self.rows(move |db| store::notify::delivery::lease(db, now, now + TimeDelta::days(3650), 1_000));
        let secret = &self.service.env().secret;
        let text = |mail: &DueMail| app::notify::links::opened(secret, &mail.id, &mail.kind, &mail.body).unwrap();
        mails.into_iter().map(|mail| (mail.to_address.clone(), mail.subject.clone(), text(&mail))).collect()
    }

    /// The token in the only mail queued since the last look.
    pub(crate) fn mailed_token(&self) -> String {
        let mails = self.mails();
        assert_eq!(mails.len(), 1, "{mails:?}");
        let (_, after) = mails[0].2.split_once("#token=").expect("a link");
        after.split_whitespace().next().unwrap().to_owned()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.store.shutdown();
    }
}

fn town(code: &str, name: &str, kind: &str) -> AddMember {
    AddMember {
        municipality_code: code.to_owned(),
        name: name.to_owned(),
        kana: "かくうのよみ".to_owned(),
        kind: kind.to_owned(),
        population: 9_300,
        member_class: MemberClass::Full,
        joined_on: NaiveDate::from_ymd_opt(2026, 4, 1).unwrap(),
    }
}
