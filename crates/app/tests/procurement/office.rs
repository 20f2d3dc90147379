//! The rig: a service on a database of its own, a clock that stands, two consortia and their people.

use app::consortium::{AddMember, CreateConsortium, MemberClass, add_member, create_consortium};
use app::service::Call;
use app::{Code, Ctx, Environment, Error, Meta};
use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use domain::access::{Actor, Grant, Role};
use domain::clock::FixedClock;
use std::sync::Arc;
use store::{DatabaseUrl, Options, Store, StoreError};

/// Code, name, kana, kind, population of the census of 2020.
pub const TOWNS: [(&str, &str, &str, &str, i64); 5] = [
    ("143618", "中井町", "なかいまち", "town", 9_300),
    ("143634", "松田町", "まつだまち", "town", 10_836),
    ("143669", "開成町", "かいせいまち", "town", 18_329),
    ("143839", "真鶴町", "まなづるまち", "town", 6_722),
    ("144029", "清川村", "きよかわむら", "village", 3_038),
];

/// A service with its people.
pub struct Office {
    pub store: Store,
    pub env: Arc<Environment>,
    pub clock: Arc<FixedClock>,
    pub admin: Actor,
    pub lead: Actor,
    pub auditor: Actor,
    /// One contact for each town, in the order of [`TOWNS`].
    pub contacts: Vec<Actor>,
    pub learner: Actor,
    /// The lead of another consortium.
    pub stranger: Actor,
    pub consortium: String,
    pub prefecture: String,
    /// Member ids, in the order of [`TOWNS`].
    pub towns: Vec<String>,
    pub other_consortium: String,
    pub other_member: String,
    _place: Place,
}

enum Place {
    File(#[allow(dead_code, reason = "kept until the test ends")] testkit::sqlite::Database),
    Server(#[allow(dead_code, reason = "kept until the test ends")] testkit::postgres::Database),
}

/// Runs a story on SQLite, and on PostgreSQL where it is installed.
pub fn on_both(story: impl Fn(&Office)) {
    let file = testkit::sqlite::database();
    let url = format!("sqlite:{}", file.url());
    story(&Office::open(&url, true, Place::File(file)));
    let migrate = |url: &str| {
        let store = Store::open(&DatabaseUrl::parse(url).unwrap(), &options()).unwrap();
        store.migrate().unwrap();
        store.shutdown();
    };
    if let Some(server) = testkit::postgres::database(migrate) {
        let url = server.url();
        story(&Office::open(&url, false, Place::Server(server)));
    }
}

fn options() -> Options {
    Options { readers: 2, writers: 2, ..Options::default() }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl Office {
    fn open(url: &str, migrate: bool, place: Place) -> Self {
        let store = Store::open(&DatabaseUrl::parse(url).unwrap(), &options()).unwrap();
        if migrate {
            store.migrate().unwrap();
        }
        let clock = Arc::new(FixedClock::at("2026-10-01T00:00:00Z".parse().unwrap()));
        let env = Arc::new(Environment {
            plans: app::scenarios::Plans::default(),
            clock: clock.clone(),
            ids: Arc::new(app::ctx::RandomIds::default()),
            secret: identity::secret::ServiceSecret::parse("q7Jw2mZx9Lr4Tb8Vn3Kd6Hs1Pf5Gc0Ya").unwrap(),
            settings: app::ctx::Settings {
                public_url: "https://yui.example.jp".to_owned(),
                help_contact: "県デジタル推進課（架空）".to_owned(),
                second_factor: app::ctx::SecondFactorRule::Optional,
                scanner: None,
            },
        });
        let nobody = actor("u-admin", Role::Admin, None, None);
        let mut office = Self {
            store,
            env,
            clock,
            admin: nobody.clone(),
            lead: nobody.clone(),
            auditor: nobody.clone(),
            contacts: Vec::new(),
            learner: nobody.clone(),
            stranger: nobody,
            consortium: String::new(),
            prefecture: String::new(),
            towns: Vec::new(),
            other_consortium: String::new(),
            other_member: String::new(),
            _place: place,
        };
        office.people();
        office
    }

    fn people(&mut self) {
        self.hire("u-admin", "管理 太郎（架空）", "admin", None, None);
        let (consortium, prefecture) = self.found("神奈川県共同調達（架空）", "140007", "神奈川県");
        let (other_consortium, other_member) = self.found("別の共同調達（架空）", "130001", "東京都");
        for (code, name, kana, kind, population) in TOWNS {
            let town = AddMember {
                municipality_code: code.to_owned(),
                name: name.to_owned(),
                kana: kana.to_owned(),
                kind: kind.to_owned(),
                population,
                member_class: MemberClass::Full,
                joined_on: day("2026-04-01"),
            };
            let at = consortium.clone();
            let admin = self.admin.clone();
            self.towns.push(self.act(&admin, move |ctx, call| add_member(ctx, call, &at, &town)).unwrap().id);
        }
        self.lead = self.hire("u-lead", "県 花子（架空）", "lead", Some(&consortium), Some(&prefecture));
        self.auditor = self.hire("u-auditor", "監査 次郎（架空）", "auditor", Some(&consortium), None);
        for (index, town) in self.towns.clone().iter().enumerate() {
            let id = format!("u-contact-{index}");
            let contact = self.hire(&id, "担当 三郎（架空）", "contact", Some(&consortium), Some(town));
            self.contacts.push(contact);
        }
        let first = self.towns[0].clone();
        self.learner = self.hire("u-learner", "職員 四郎（架空）", "learner", Some(&consortium), Some(&first));
        self.stranger =
            self.hire("u-stranger", "都 五郎（架空）", "lead", Some(&other_consortium), Some(&other_member));
        (self.consortium, self.prefecture) = (consortium, prefecture);
        (self.other_consortium, self.other_member) = (other_consortium, other_member);
    }

    fn found(&mut self, name: &str, code: &str, lead: &str) -> (String, String) {
        let cmd = CreateConsortium {
            name: name.to_owned(),
            lead: AddMember {
                municipality_code: code.to_owned(),
                name: lead.to_owned(),
                kana: "けん".to_owned(),
                kind: "prefecture".to_owned(),
                population: 9_237_337,
                member_class: MemberClass::Full,
                joined_on: day("2026-04-01"),
            },
        };
        let admin = self.admin.clone();
        let id = self.act(&admin, move |ctx, call| create_consortium(ctx, call, &cmd)).unwrap().id;
        let at = id.clone();
        let members = self
            .look(&admin, move |ctx, call| app::consortium::list_members(ctx, call, &at, &Default::default()))
            .unwrap();
        (id, members.items[0].id.clone())
    }

    fn hire(&self, id: &str, name: &str, role: &str, consortium: Option<&str>, member: Option<&str>) -> Actor {
        let quoted = |value: Option<&str>| value.map_or("NULL".to_owned(), |value| format!("'{value}'"));
        let sql = format!(
            "INSERT INTO users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version)
             VALUES ('{id}', '{id}@example.jp', '{name}', 'かな', NULL, 'active', 1, '2026-04-01 00:00:00', '2026-04-01 00:00:00', 1);
             INSERT INTO grants (id, user_id, role, consortium_id, member_id, granted_by, created_at, revoked_at)
             VALUES ('g-{id}', '{id}', '{role}', {}, {}, NULL, '2026-04-01 00:00:00', NULL);",
            quoted(consortium),
            quoted(member)
        );
        self.sql(&sql);
        actor(id, Role::parse(role).unwrap(), consortium, member)
    }

    /// Somebody proves to be there, now.
    pub fn prove(&self, who: &Actor) {
        use domain::clock::Clock as _;
        let now = self.clock.now().format("%Y-%m-%d %H:%M:%S%.6f");
        let (session, user) = (&who.credential_id, &who.user_id);
        self.sql(&format!(
            "DELETE FROM sessions WHERE id = '{session}';
             INSERT INTO sessions (id, user_id, user_agent, ip, created_at, last_used_at, expires_at, revoked_at, revoke_reason, stepped_up_at)
             VALUES ('{session}', '{user}', '', '', '{now}', '{now}', '{now}', NULL, NULL, '{now}')"
        ));
    }

    /// Runs SQL that both databases understand.
    pub fn sql(&self, sql: &str) {
        self.try_sql(sql).unwrap();
    }

    pub fn try_sql(&self, sql: &str) -> Result<(), StoreError> {
        let sql = sql.to_owned();
        self.store
            .within(store::Fence::service_wide())
            .write_now(move |db| Ok::<(), StoreError>(db.batch_execute(&sql)?))
    }

    /// Runs a writing use case.
    pub fn act<T: Send + 'static>(
        &self,
        who: &Actor,
        f: impl Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.act_on(who, None, f)
    }

    /// Runs a writing use case that names a version.
    pub fn act_on<T: Send + 'static>(
        &self,
        who: &Actor,
        version: Option<i64>,
        f: impl Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (env, call) = (Arc::clone(&self.env), call(who, version));
        self.store.within(store::Fence::service_wide()).write_now(move |db| {
            let mut ctx = Ctx::new(db, &env, &call.meta);
            let value = f(&mut ctx, &call)?;
            ctx.flush()?;
            Ok(value)
        })
    }

    /// Runs a reading use case.
    pub fn look<T: Send + 'static>(
        &self,
        who: &Actor,
        f: impl Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (env, call) = (Arc::clone(&self.env), call(who, None));
        self.store
            .within(store::Fence::service_wide())
            .read_now(move |db| f(&mut Ctx::new(db, &env, &call.meta), &call))
    }

    /// Mails in the outbox of a kind: recipient and text.
    pub fn mails(&self, kind: &str) -> Vec<(String, String)> {
        use diesel::prelude::*;
        use store::schema::outbox;
        let kind = kind.to_owned();
        self.store
            .within(store::Fence::service_wide())
            .read_now(move |db| {
                Ok::<_, StoreError>(
                    outbox::table
                        .filter(outbox::kind.eq(&kind))
                        .order(outbox::id)
                        .select((outbox::to_address, outbox::body))
                        .load(db)?,
                )
            })
            .unwrap()
    }

    /// The acts in the audit trail of the consortium, in order.
    pub fn acts(&self) -> Vec<String> {
        use diesel::prelude::*;
        use store::schema::audit_entries;
        let consortium = self.consortium.clone();
        self.store
            .within(store::Fence::service_wide())
            .read_now(move |db| {
                Ok::<_, StoreError>(
                    audit_entries::table
                        .filter(audit_entries::scope.eq(&consortium))
                        .order(audit_entries::sequence)
                        .select(audit_entries::action)
                        .load(db)?,
                )
            })
            .unwrap()
    }

    /// Every invariant of the data holds.
    pub fn verify(&self) {
        let report = self.store.read_now(app::verify::verify).unwrap();
        assert_eq!(report.findings, [], "verify");
    }
}

fn call(who: &Actor, version: Option<i64>) -> Call {
    Call {
        meta: Meta::default(),
        actor: who.clone(),
        operation: "test".to_owned(),
        idempotency: None,
        expected_version: version,
    }
}

fn actor(id: &str, role: Role, consortium: Option<&str>, member: Option<&str>) -> Actor {
    Actor {
        user_id: id.to_owned(),
        display_name: "県 花子（架空）".to_owned(),
        credential_id: format!("s-{id}"),
        scopes: None,
        grants: vec![Grant {
            role,
            consortium_id: consortium.map(str::to_owned),
            member_id: member.map(str::to_owned),
        }],
        past: Vec::new(),
    }
}

/// The code of a rule refusal.
pub fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    match result {
        Err(Error::Rule(rule)) => rule.code,
        other => panic!("not a rule refusal: {other:?}"),
    }
}

/// The pointers of refused fields.
pub fn pointers<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
        other => panic!("not a field refusal: {other:?}"),
    }
}
