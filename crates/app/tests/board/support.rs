//! A service without a face on a database of its own: two consortia, three towns, people in every role.
//! All names are fictional.

use app::{Call, Ctx, Environment, Error, Meta, Service};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::access::{Actor, Grant, Role};
use domain::clock::FixedClock;
use std::any::Any;
use std::sync::Arc;
use store::accounts::users::User;
use store::consortium::{Consortium, Member};
use store::{DatabaseUrl, Options, Store};

/// Somebody with one role.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub actor: Actor,
}

/// The running service and its people.
pub struct Rig {
    pub service: Service,
    pub clock: Arc<FixedClock>,
    pub url: String,
    pub consortium: String,
    pub nakai: String,
    pub matsuda: String,
    pub lead: Person,
    pub nakai_contact: Person,
    pub nakai_learner: Person,
    pub matsuda_contact: Person,
    pub matsuda_learner: Person,
    pub auditor: Person,
    pub admin: Person,
    pub stranger: Person,
    runtime: tokio::runtime::Runtime,
    _database: Box<dyn Any>,
}

/// Runs a story on SQLite and, where its programs are installed, on PostgreSQL.
pub fn on_both(story: impl Fn(&Rig)) {
    let database = testkit::sqlite::database();
    story(&Rig::on(format!("sqlite:{}", database.url()), Box::new(database)));
    if let Some(database) = testkit::postgres::database(|url| open(url).shutdown()) {
        story(&Rig::on(database.url(), Box::new(database)));
    }
}

fn open(url: &str) -> Store {
    let options = Options { readers: 2, writers: 4, ..Options::default() };
    let store = Store::open(&DatabaseUrl::parse(url).unwrap(), &options).unwrap();
    store.migrate().unwrap();
    store
}

pub fn environment(clock: Arc<dyn domain::clock::Clock>) -> Environment {
    Environment {
        plans: app::scenarios::Plans::default(),
        clock,
        ids: Arc::new(app::ctx::RandomIds::default()),
        secret: identity::secret::ServiceSecret::parse("q7Rz2vXk9LmT4wYc8NbF1hJd6PsG3aUeQ5iKoV0tZxB").unwrap(),
        settings: app::ctx::Settings {
            public_url: "https://yui.example".to_owned(),
            help_contact: "共同調達事務局（架空）".to_owned(),
            second_factor: app::ctx::SecondFactorRule::Optional,
            scanner: None,
        },
    }
}

impl Rig {
    fn on(url: String, database: Box<dyn Any>) -> Self {
        let clock = Arc::new(FixedClock::at("2026-05-01T09:00:00+09:00".parse::<DateTime<Utc>>().unwrap()));
        let service = Service::new(open(&url), environment(clock.clone()));
        let id = |service: &Service| service.env().ids.next(service.env().clock.now());
        let (consortium, other) = (id(&service), id(&service));
        let towns = [
            (&consortium, "140007", "神奈川県", true),
            (&consortium, "143618", "中井町", false),
            (&consortium, "143634", "松田町", false),
            (&other, "143669", "開成町", true),
        ]
        .map(|(consortium, code, name, is_lead)| member(id(&service), consortium, code, name, is_lead));
        let [prefecture, nakai, matsuda, kaisei] = towns.clone().map(|town| town.id);
        let people = [
            ("県の担当者", Role::Lead, Some(&consortium), Some(&prefecture)),
            ("中井町の担当者", Role::Contact, Some(&consortium), Some(&nakai)),
            ("中井町の職員", Role::Learner, Some(&consortium), Some(&nakai)),
            ("松田町の担当者", Role::Contact, Some(&consortium), Some(&matsuda)),
            ("松田町の職員", Role::Learner, Some(&consortium), Some(&matsuda)),
            ("監査委員", Role::Auditor, Some(&consortium), None),
            ("管理者", Role::Admin, None, None),
            ("他団体の担当者", Role::Contact, Some(&other), Some(&kaisei)),
        ]
        .map(|(name, role, consortium, member)| person(id(&service), name, role, consortium, member));
        let now = service.env().clock.now().naive_utc();
        let rows: Vec<(User, store::accounts::users::Grant)> =
            people.iter().enumerate().map(|(n, person)| rows(n, person, id(&service), now)).collect();
        let consortia = [consortium.clone(), other].map(|id| Consortium {
            id,
            name: "架空の共同調達".to_owned(),
            created_at: now,
            updated_at: now,
            version: 1,
        });
        service
            .store()
            .within(store::Fence::service_wide())
            .write_now(move |db| -> Result<(), store::StoreError> {
                for row in &consortia {
                    store::consortium::insert(db, row)?;
                    store::audit::begin_chain(db, &row.id)?;
                }
                for row in &towns {
                    store::consortium::insert_member(db, row)?;
                }
                for (user, grant) in &rows {
                    store::accounts::users::insert(db, user)?;
                    store::accounts::users::insert_grant(db, grant)?;
                }
                Ok(())
            })
            .unwrap();
        let [lead, nakai_contact, nakai_learner, matsuda_contact, matsuda_learner, auditor, admin, stranger] = people;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self {
            service,
            clock,
            url,
            consortium,
            nakai,
            matsuda,
            lead,
            nakai_contact,
            nakai_learner,
            matsuda_contact,
            matsuda_learner,
            auditor,
            admin,
            stranger,
            runtime,
            _database: database,
        }
    }

    /// Waits for a future.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A reading use case of somebody.
    pub fn read<T: Send + 'static>(
        &self,
        who: &Person,
        f: impl Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.wait(self.service.read(call(who, None), f))
    }

    /// A writing use case of somebody, one second after the one before.
    pub fn write<T: Send + 'static>(
        &self,
        who: &Person,
        f: impl Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.clock.advance(Duration::seconds(1));
        self.wait(self.service.write(call(who, None), f))
    }

    /// As [`Rig::write`], naming the version that is edited.
    pub fn write_at<T: Send + 'static>(
        &self,
        who: &Person,
        version: i64,
        f: impl Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.clock.advance(Duration::seconds(1));
        self.wait(self.service.write(call(who, Some(version)), f))
    }

    /// Every invariant of the data holds.
    pub fn verify(&self) {
        let report = self.wait(self.service.work("verify", |ctx| app::verify::verify(ctx.db))).unwrap();
        assert_eq!(report.findings, []);
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.service.store().shutdown();
    }
}

pub fn call(who: &Person, expected_version: Option<i64>) -> Call {
    Call {
        meta: Meta { request_id: "test".to_owned(), ..Meta::default() },
        actor: who.actor.clone(),
        operation: "test".to_owned(),
        idempotency: None,
        expected_version,
    }
}

fn person(id: String, name: &str, role: Role, consortium: Option<&String>, member: Option<&String>) -> Person {
    let actor = Actor {
        user_id: id.clone(),
        display_name: name.to_owned(),
        credential_id: "test".to_owned(),
        scopes: None,
        grants: vec![Grant { role, consortium_id: consortium.cloned(), member_id: member.cloned() }],
        past: Vec::new(),
    };
    Person { id, actor }
}

fn rows(
    number: usize,
    person: &Person,
    grant_id: String,
    now: chrono::NaiveDateTime,
) -> (User, store::accounts::users::Grant) {
    let user = User {
        id: person.id.clone(),
        email: format!("person{number}@town.example"),
        display_name: person.actor.display_name.clone(),
        kana: "かくう".to_owned(),
        password_hash: None,
        state: "active".to_owned(),
        session_version: 1,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let grant = &person.actor.grants[0];
    let grant = store::accounts::users::Grant {
        id: grant_id,
        user_id: person.id.clone(),
        role: grant.role.as_str().to_owned(),
        consortium_id: grant.consortium_id.clone(),
        member_id: grant.member_id.clone(),
        granted_by: None,
        created_at: now,
        revoked_at: None,
    };
    (user, grant)
}

fn member(id: String, consortium_id: &str, code: &str, name: &str, is_lead: bool) -> Member {
    let joined_on = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
    let now = joined_on.and_time(chrono::NaiveTime::MIN);
    Member {
        id,
        consortium_id: consortium_id.to_owned(),
        municipality_code: code.to_owned(),
        name: name.to_owned(),
        kana: "かくう".to_owned(),
        kind: if is_lead { "prefecture" } else { "town" }.to_owned(),
        population: 9_300,
        member_class: "full".to_owned(),
        is_lead,
        joined_on,
        left_on: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}
