//! The whole service on a real port: actix on 127.0.0.1:0, a real store, a fixed clock, real ids.
//!
//! One server and one database for each test; nothing is shared, nothing sleeps. [`on_both`] runs a
//! story on SQLite and, where its programs are installed, on PostgreSQL.

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use app::ctx::SecondFactorRule;
use app::{Environment, Service};
use chrono::{DateTime, Utc};
use domain::clock::FixedClock;
use http_kit::fallback::Routes;
use http_kit::{Edge, Settings};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use store::{DatabaseUrl, Options, Store};

pub use crate::http::Answer;

/// The instant at which every story begins: 9 a.m. of 1 May 2026 in Japan.
pub const BEGINNING: &str = "2026-05-01T09:00:00+09:00";

/// A running service that ends with its test.
pub struct TestApp {
    /// The use cases behind it, for what has no route.
    pub service: Service,
    /// The clock; move it as the story wants.
    pub clock: Arc<FixedClock>,
    /// Where it listens.
    pub address: SocketAddr,
    url: DatabaseUrl,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: actix_web::dev::ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
    _database: Box<dyn std::any::Any + Send + Sync>,
}

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `GET`, `POST` …
    pub method: String,
    /// Its path.
    pub path: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// The id under which the audit trail knows it.
    pub request_id: String,
}

/// Remembers what was answered; around everything else.
async fn remember(
    req: actix_web::dev::ServiceRequest,
    next: actix_web::middleware::Next<impl actix_web::body::MessageBody + 'static>,
) -> Result<actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>, actix_web::Error> {
    let seen = req.app_data::<web::Data<Mutex<Vec<Seen>>>>().cloned();
    let (method, path) = (req.method().to_string(), req.path().to_owned());
    let answer = next.call(req).await?;
    if let Some(seen) = seen {
        let id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
        let one = Seen { method, path, status: answer.status().as_u16(), request_id: id.to_owned() };
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(one);
    }
    Ok(answer)
}

/// A way to mount routes, and their table.
pub struct Face {
    /// Mounts the routes.
    pub mount: fn(&mut web::ServiceConfig),
    /// Their operations.
    pub routes: Routes,
    /// The settings of the edge.
    pub settings: Settings,
    /// Draws refusals for people.
    pub error_page: Option<http_kit::edge::ErrorPage>,
    /// Whether lead and administrators must have a second factor; the people of most stories have none.
    pub second_factor: SecondFactorRule,
    /// The virus scanner; none in most stories.
    pub scanner: Option<scanner::Scanner>,
}

impl Default for Face {
    fn default() -> Self {
        Self {
            mount: api::mount,
            routes: api::route_table(),
            settings: Settings::default(),
            error_page: None,
            second_factor: SecondFactorRule::Optional,
            scanner: None,
        }
    }
}

#[cfg(feature = "pages")]
impl Face {
    /// The API and the pages, as the service has them.
    #[must_use]
    pub fn whole() -> Self {
        fn mount(cfg: &mut web::ServiceConfig) {
            api::mount(cfg);
            ::web::mount(cfg);
        }
        let settings = Settings { limits: http_kit::limits::Limits::none(), ..Settings::default() };
        let routes = api::route_table().with(::web::route_table());
        Self { mount, routes, settings, error_page: Some(::web::error_page), ..Self::default() }
    }
}

impl TestApp {
    /// The API on an SQLite file of its own.
    #[must_use]
    pub fn start() -> Self {
        Self::with(Face::default())
    }

    /// Another face on an SQLite file of its own.
    #[must_use]
    pub fn with(face: Face) -> Self {
        let database = crate::sqlite::database();
        let url = format!("sqlite:{}", database.url());
        Self::on(face, &url, Box::new(database))
    }

    /// The API on a copy of an SQLite file that [`TestApp::copy_to`] wrote; without rate limits.
    #[must_use]
    pub fn on_copy(template: &Path) -> Self {
        let settings = Settings { limits: http_kit::limits::Limits::none(), ..Settings::default() };
        Self::on_copy_with(Face { settings, ..Face::default() }, template)
    }

    /// Another face on a copy of an SQLite file that [`TestApp::copy_to`] wrote.
    #[must_use]
    pub fn on_copy_with(face: Face, template: &Path) -> Self {
        let database = crate::sqlite::database();
        std::fs::copy(template, database.path()).unwrap();
        let url = format!("sqlite:{}", database.url());
        Self::on(face, &url, Box::new(database))
    }

    /// Writes a consistent copy of the database, so that a scene is built once and used many times.
    pub fn copy_to(&self, path: &Path) {
        store::backup::back_up(&self.url, path).unwrap();
    }

    /// The API on a PostgreSQL database of its own; none when its programs are not installed.
    #[must_use]
    pub fn start_on_postgres() -> Option<Self> {
        Self::with_on_postgres(Face::default())
    }

    /// Another face on a PostgreSQL database of its own.
    #[must_use]
    pub fn with_on_postgres(face: Face) -> Option<Self> {
        let database = crate::postgres::database(|url| {
            open(url).shutdown();
        })?;
        let url = database.url();
        Some(Self::on(face, &url, Box::new(database)))
    }

    /// The API on a database that the caller keeps, brought up to date.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self::on(Face::default(), url, Box::new(()))
    }

    /// Where its database is.
    #[must_use]
    pub fn database(&self) -> &DatabaseUrl {
        &self.url
    }

    fn on(face: Face, url: &str, database: Box<dyn std::any::Any + Send + Sync>) -> Self {
        let at = DatabaseUrl::parse(url).unwrap();
        let clock = Arc::new(FixedClock::at(BEGINNING.parse::<DateTime<Utc>>().unwrap()));
        let service = Service::new(open(url), environment(clock.clone(), face.second_factor, face.scanner));
        let mut edge = Edge::new(face.settings, face.routes).unwrap();
        edge.error_page = face.error_page;
        let edge = web::Data::new(edge);
        let (mount, shared) = (face.mount, service.clone());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let noted = web::Data::from(Arc::clone(&seen));
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .app_data(noted.clone())
                        .wrap(from_fn(http_kit::edge::edge))
                        .wrap(from_fn(remember))
                        .configure(|cfg| http_kit::install(cfg, &shared, &edge))
                        .configure(mount)
                };
                let server = HttpServer::new(app).workers(2).disable_signals().bind(("127.0.0.1", 0)).unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                tell.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, server) = told.recv().unwrap();
        Self { service, clock, address, url: at, seen, server, thread: Some(thread), _database: database }
    }

    /// Every request that was answered, in the order of the answers.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs plain statements on the database, past the rules of the product.
    pub fn sql(&self, statements: &str) {
        let statements = statements.to_owned();
        self.service.store().write_now(move |db| store::fixtures::execute(db, &statements)).unwrap();
    }

    /// What the clock shows.
    #[must_use]
    pub fn clock_now(&self) -> DateTime<Utc> {
        domain::clock::Clock::now(self.clock.as_ref())
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a request with headers and, unless it is null, a JSON body.
    #[must_use]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        if body.is_null() {
            return self.send_text(method, path, headers, "");
        }
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        self.send_text(method, path, &headers, &body.to_string())
    }

    /// Sends a request with headers and a body as it is.
    #[must_use]
    pub fn send_text(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send_bytes(method, path, headers, body.as_bytes())
    }

    /// Sends bytes.
    #[must_use]
    pub fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        crate::http::send(&self.url(path), method, headers, body)
    }

    /// Sends a file as the part `file` of `multipart/form-data`.
    #[must_use]
    pub fn send_file(&self, path: &str, headers: &[(&str, &str)], name: &str, content: &[u8]) -> Answer {
        let mut body =
            format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let headers: Vec<_> =
            headers.iter().copied().chain([("content-type", "multipart/form-data; boundary=x")]).collect();
        self.send_bytes("POST", path, &headers, &body)
    }

    /// Begins a session of an account that proved to be there just now; its id.
    #[must_use]
    pub fn sit(&self, user_id: &str) -> String {
        let env = self.service.env();
        let now = env.clock.now().naive_utc();
        let session = store::accounts::sessions::Session {
            id: env.ids.next(env.clock.now()),
            user_id: user_id.to_owned(),
            user_agent: String::new(),
            ip: String::new(),
            created_at: now,
            last_used_at: now,
            expires_at: now + chrono::Duration::days(7),
            revoked_at: None,
            revoke_reason: None,
            stepped_up_at: Some(now),
        };
        let id = session.id.clone();
        self.service.store().write_now(move |db| store::accounts::sessions::begin(db, &session)).unwrap();
        id
    }

    /// Sends a GET without credentials.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &Value::Null)
    }

    /// Writes raw bytes on a fresh connection and reads until the server closes it.
    #[must_use]
    pub fn raw(&self, bytes: &[u8]) -> String {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        // A server that refuses early may close while we still write.
        stream.write_all(bytes).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Dropping the future sends the command all the same; the thread ends when the server has.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        self.service.store().shutdown();
    }
}

/// Runs a story on SQLite and on PostgreSQL.
pub fn on_both(story: impl Fn(&TestApp)) {
    on_both_with(Face::default, story);
}

/// As [`on_both`], with another face.
pub fn on_both_with(face: impl Fn() -> Face, story: impl Fn(&TestApp)) {
    story(&TestApp::with(face()));
    if let Some(app) = TestApp::with_on_postgres(face()) {
        story(&app);
    }
}

fn open(url: &str) -> Store {
    let store = Store::open(&DatabaseUrl::parse(url).unwrap(), &Options::default()).unwrap();
    store.migrate().unwrap();
    store
}

fn environment(
    clock: Arc<FixedClock>,
    second_factor: SecondFactorRule,
    scanner: Option<scanner::Scanner>,
) -> Environment {
    Environment {
        plans: app::scenarios::Plans::default(),
        clock,
        ids: Arc::new(app::ctx::RandomIds::default()),
        secret: identity::secret::ServiceSecret::parse("q7Rz2vXk9LmT4wYc8NbF1hJd6PsG3aUeQ5iKoV0tZxB").unwrap(),
        settings: app::ctx::Settings {
            public_url: "http://127.0.0.1".to_owned(),
            help_contact: "共同調達事務局（架空）".to_owned(),
            second_factor,
            scanner,
        },
    }
}
