//! The binary with the demo's data: the story is told once for all tests, each test serves a copy. Or with nothing at
//! all, for the pages of a consortium that begins.
//!
//! What the service logged is read when a test ends: no line may hold a mail address or a token (S42).

use app::accounts::{NewUser, Secret, create_user};
use app::consortium::{AddMember, CreateConsortium, MemberClass, add_member, create_consortium, list_members};
use app::{Environment, Service};
use domain::access::{Actor, Grant, Role};
use domain::clock::FixedClock;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use store::{DatabaseUrl, Options, Store};
use testkit::browser::Browser;
use testkit::pages::Browser as Desk;
use testkit::smtp::Mail;

pub(crate) const PASSWORD: &str = "kakuu-no-aikotoba-2026";
pub(crate) const LEAD: &str = "lead@demo.example.lg.jp";
pub(crate) const CONTACT: &str = "contact-143618@demo.example.lg.jp";
pub(crate) const ADMIN: &str = "admin@demo.example.lg.jp";
pub(crate) const AUDITOR: &str = "auditor@demo.example.lg.jp";
pub(crate) const LEARNER: &str = "staff1-143618@demo.example.lg.jp";

/// A running service with its own copy of the story.
pub(crate) struct Site {
    pub(crate) base: String,
    child: Child,
    data: tempfile::TempDir,
    log: Arc<Mutex<Vec<String>>>,
    /// Who is signed in at a desk.
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Site {
    /// The service in the middle of the story.
    pub(crate) fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        copy(story(), data.path());
        Self::serve(data)
    }

    /// The service of a consortium that begins: its people are there, and nothing else.
    pub(crate) fn empty() -> Self {
        let data = tempfile::tempdir().unwrap();
        beginning(data.path());
        Self::serve(data)
    }

    fn serve(data: tempfile::TempDir) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let base = format!("http://127.0.0.1:{port}");
        let mut child = yui(data.path())
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--rate-limits", "off", "--public-url", &base])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listening = lines.by_ref().map_while(Result::ok).any(|line| line.contains("starting service"));
        assert!(listening, "the service did not start");
        let kept = log.clone();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line)));
        Self { base, child, data, log, cookies: Mutex::default() }
    }

    /// Somebody at a desk of their own, by forms without a browser.
    pub(crate) fn desk(&self, email: &str) -> Desk<'_> {
        let mut desk = Desk::at(&self.base);
        if let Some(cookie) = self.cookies.lock().unwrap().get(email) {
            desk.cookie.clone_from(cookie);
            return desk;
        }
        let desk = desk.enter(email, PASSWORD);
        self.cookies.lock().unwrap().insert(email.to_owned(), desk.cookie.clone());
        desk
    }

    /// The newest link that was mailed to somebody, with its token; mails leave each second.
    pub(crate) fn mailed_link(&self, to: &str, token: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            let mut mails: Vec<_> = std::fs::read_dir(self.data.path().join("mail"))
                .into_iter()
                .flatten()
                .flatten()
                .filter(|file| file.path().extension().is_some_and(|ending| ending == "eml"))
                .map(|file| (file.metadata().unwrap().modified().unwrap(), file.path()))
                .collect();
            mails.sort();
            for (_, path) in mails.iter().rev() {
                let mail = Mail::parse("", Vec::new(), std::fs::read(path).unwrap());
                let text = mail.text.unwrap_or_default();
                let mine = mail.to.iter().any(|(_, address)| address == to);
                if let Some(link) = text.split_whitespace().find(|word| mine && word.contains(token)) {
                    return link.to_owned();
                }
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("no mail with {token} to {to}");
    }

    /// Changes what is stored, as time would have done.
    pub(crate) fn sql(&self, statements: &str) {
        let url = format!("sqlite:{}", self.data.path().join("yui.db").display());
        store::fixtures::damage(&DatabaseUrl::parse(&url).unwrap(), statements).unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Signs somebody in on the page.
    pub(crate) fn sign_in(&self, browser: &Browser, email: &str) {
        browser.open(&self.url("/sign-in"));
        browser.fill("[name=email]", email);
        browser.fill("[name=password]", PASSWORD);
        browser.leave(|browser| browser.click("main button.primary"));
        assert!(browser.has("form[action='/sign-out']"), "{email}: {}", browser.text("main"));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            return;
        }
        let told = |line: &&String| {
            line.contains('@') || line.contains("%40") || line.contains("token=") || line.contains("yui_")
        };
        let log = self.log.lock().unwrap();
        let found: Vec<&String> = log.iter().filter(told).take(3).collect();
        assert!(found.is_empty(), "the log tells: {found:?}");
    }
}

fn yui(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yui"));
    command.env("YUI_DATA_DIR", data).env("YUI_SECOND_FACTOR", "optional").env("YUI_LOG", "info");
    command
}

fn story() -> &'static Path {
    static STORY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    &STORY
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let told = yui(folder.path()).args(["demo", "--once", "--password", PASSWORD]).output().unwrap();
            assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
            let data = folder.path().join("demo");
            (folder, data)
        })
        .1
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A consortium with a town, and somebody in every role.
fn beginning(data: &Path) {
    let url = format!("sqlite:{}", data.join("yui.db").display());
    let store = Store::open(&DatabaseUrl::parse(&url).unwrap(), &Options::default()).unwrap();
    store.migrate().unwrap();
    let env = Environment {
        clock: Arc::new(FixedClock::at(chrono::Utc::now())),
        ids: Arc::new(app::ctx::RandomIds::default()),
        // Passwords are not bound to it; the service makes its own beside the database.
        secret: identity::secret::ServiceSecret::parse("q7Rz2vXk9LmT4wYc8NbF1hJd6PsG3aUeQ5iKoV0tZxB").unwrap(),
        settings: app::ctx::Settings {
            public_url: "http://127.0.0.1".to_owned(),
            help_contact: String::new(),
            second_factor: app::ctx::SecondFactorRule::Optional,
            scanner: None,
        },
        plans: app::scenarios::Plans::default(),
    };
    let service = Service::new(store, env);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let member = |code: &str, name: &str, kind: &str| AddMember {
        municipality_code: code.to_owned(),
        name: name.to_owned(),
        kana: "かくう".to_owned(),
        kind: kind.to_owned(),
        population: 9_300,
        member_class: MemberClass::Full,
        joined_on: chrono::NaiveDate::from_ymd_opt(2026, 4, 1).unwrap(),
    };
    let enter = |email: &str, role: Role, place: (Option<&str>, Option<&str>)| {
        let new = NewUser {
            email: email.to_owned(),
            display_name: format!("架空 {}", role.as_str()),
            kana: "かくう".to_owned(),
            password: Secret::new(PASSWORD),
            grants: vec![Grant {
                role,
                consortium_id: place.0.map(str::to_owned),
                member_id: place.1.map(str::to_owned),
            }],
        };
        runtime.block_on(create_user(&service, new)).unwrap().id
    };
    let call = |user_id: &str| app::Call {
        meta: app::Meta::default(),
        actor: Actor {
            user_id: user_id.to_owned(),
            display_name: "架空 admin".to_owned(),
            credential_id: "rig".to_owned(),
            scopes: None,
            grants: vec![Grant { role: Role::Admin, consortium_id: None, member_id: None }],
            past: Vec::new(),
        },
        operation: "rig".to_owned(),
        idempotency: None,
        expected_version: None,
    };
    let admin = enter(ADMIN, Role::Admin, (None, None));
    let create = CreateConsortium {
        name: "はじまりの共同調達（架空）".to_owned(),
        lead: member("140007", "神奈川県", "prefecture"),
    };
    let make = move |ctx: &mut app::Ctx<'_>, call: &app::Call| create_consortium(ctx, call, &create);
    let consortium = runtime.block_on(service.write(call(&admin), make)).unwrap().id;
    let (id, town) = (consortium.clone(), member("143618", "中井町", "town"));
    let add = move |ctx: &mut app::Ctx<'_>, call: &app::Call| add_member(ctx, call, &id, &town);
    let town = runtime.block_on(service.write(call(&admin), add)).unwrap().id;
    let id = consortium.clone();
    let query = app::PageQuery { limit: Some(100), ..app::PageQuery::default() };
    let list = move |ctx: &mut app::Ctx<'_>, call: &app::Call| list_members(ctx, call, &id, &query);
    let members = runtime.block_on(service.read(call(&admin), list)).unwrap().items;
    let lead = members.iter().find(|one| one.is_lead).unwrap().id.clone();
    let here = Some(consortium.as_str());
    enter(LEAD, Role::Lead, (here, Some(&lead)));
    enter(AUDITOR, Role::Auditor, (here, None));
    enter(CONTACT, Role::Contact, (here, Some(&town)));
    enter(LEARNER, Role::Learner, (here, Some(&town)));
    service.store().shutdown();
}
