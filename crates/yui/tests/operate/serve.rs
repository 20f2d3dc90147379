//! The running service from the outside: probes, the check of its own data, and an end that loses nothing.

use crate::place::{PASSWORD, Place, Ran, SECRET, bare, finish};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A bound for a broken test, not a wait.
const PATIENCE: Duration = Duration::from_secs(60);
/// People who ask for seats.
const PEOPLE: usize = 4_000;

struct Running {
    child: Child,
    address: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn start(place: &Place) -> Running {
    let address = free_address();
    let log = std::fs::File::create(place.path("serve.log")).unwrap();
    let child = place
        .command(&["serve", "--listen", &address.to_string()])
        .env("YUI_RATE_LIMITS", "off")
        .env("YUI_LOG", "info")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut running = Running { child, address };
    let began = Instant::now();
    while request(address, "GET", "/readyz", "", &Value::Null).map(|answer| answer.0) != Some(200) {
        let ended = running.child.try_wait().unwrap();
        assert!(ended.is_none() && began.elapsed() < PATIENCE, "{ended:?} {}", log_of(place));
        std::thread::yield_now();
    }
    running
}

fn log_of(place: &Place) -> String {
    std::fs::read_to_string(place.path("serve.log")).unwrap()
}

/// Status and body; nothing when the connection failed.
fn request(address: SocketAddr, method: &str, path: &str, token: &str, body: &Value) -> Option<(u16, String)> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{address}{path}"));
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let sent = if body.is_null() {
        agent.run(request.body(Vec::new()).unwrap())
    } else {
        agent.run(request.header("content-type", "application/json").body(body.to_string().into_bytes()).unwrap())
    };
    let mut answer = sent.ok()?;
    Some((answer.status().as_u16(), answer.body_mut().read_to_string().ok()?))
}

pub fn walk(place: &Place) {
    let (account, town) = lay_scene(place);
    let mut running = start(place);
    let healthcheck = |address: SocketAddr| {
        let mut command = bare(&["healthcheck", "--timeout", "5"]);
        command.env("YUI_LISTEN", address.to_string()).env("YUI_SECRET", SECRET);
        finish(command, "")
    };
    assert_eq!(healthcheck(running.address).ended(0).out.trim(), "ready");
    healthcheck(free_address()).ended(3);
    let sick = ailing();
    assert!(healthcheck(sick).ended(1).err.contains("503"));
    checks_itself(place, &running);
    let acknowledged = claim_until_the_end(place, &mut running, &account, &town);
    assert!(log_of(place).contains("every acknowledged write is on disk"), "{}", log_of(place));
    healthcheck(running.address).ended(3);
    let kept: std::collections::BTreeSet<String> = place
        .lines("SELECT id AS line FROM assignments UNION ALL SELECT id AS line FROM waiting_entries")
        .into_iter()
        .collect();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !kept.contains(*id)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged claims are lost", lost.len(), acknowledged.len());
}

/// Many learners in a town of the demo; answers its account and its code.
fn lay_scene(place: &Place) -> (String, String) {
    let code = "142051";
    let row = place.lines(&format!(
        "SELECT a.id || ' ' || a.member_id || ' ' || a.consortium_id AS line
         FROM seat_accounts a JOIN members m ON m.id = a.member_id WHERE m.municipality_code = '{code}'"
    ));
    let words: Vec<&str> = row[0].split(' ').collect();
    let (n, at) = ("CAST(i AS TEXT)", "'2026-06-01 00:00:00'");
    let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {PEOPLE})");
    place.damage(&format!(
        "{numbers} INSERT INTO users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version)
           SELECT 'p' || {n}, 'p' || {n} || '@demo.example.lg.jp', '架空 職員', 'かくう', NULL, 'active', 1, {at}, {at}, 1 FROM n;
         {numbers} INSERT INTO grants (id, user_id, role, consortium_id, member_id, granted_by, created_at, revoked_at)
           SELECT 'p' || {n}, 'p' || {n}, 'learner', '{}', '{}', NULL, {at}, NULL FROM n",
        words[2], words[1]
    ));
    (words[0].to_owned(), code.to_owned())
}

/// A service that says it is not ready.
fn ailing() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0_u8; 512];
        let _read = stream.read(&mut asked).unwrap_or_default();
        stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").ok();
    });
    address
}

/// The first check of the data comes by itself and stands in the metrics.
fn checks_itself(place: &Place, running: &Running) {
    let began = Instant::now();
    loop {
        let (status, text) = request(running.address, "GET", "/metrics", "", &Value::Null).unwrap();
        assert_eq!(status, 200);
        if text.lines().any(|line| line == "yui_verify_runs_total 1") {
            assert!(text.lines().any(|line| line == "yui_verify_findings 0"), "{text}\n{}", log_of(place));
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{text}");
        std::thread::yield_now();
    }
}

/// Claims on eight connections; in the middle of them the service is told to end. Answers what it acknowledged.
fn claim_until_the_end(place: &Place, running: &mut Running, account: &str, town: &str) -> Vec<String> {
    let address = running.address;
    let who = json!({"email": format!("contact-{town}@demo.example.lg.jp"), "password": PASSWORD});
    let (status, session) = request(address, "POST", "/api/v1/sessions", "", &who).unwrap();
    assert_eq!(status, 200, "{session}");
    let session: Value = serde_json::from_str(&session).unwrap();
    let token = session["access_token"].as_str().unwrap();
    let path = format!("/api/v1/seat-accounts/{account}/claims");
    let (next, acknowledged) = (AtomicUsize::new(1), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let body = json!({"user_id": format!("p{number}")});
                    let Some((status, text)) = request(address, "POST", &path, token, &body) else { return };
                    if status == 503 || number > PEOPLE {
                        return;
                    }
                    assert!(status == 201 || status == 202, "{status} {text}");
                    let view: Value = serde_json::from_str(&text).unwrap();
                    let id = view["assignment_id"].as_str().or(view["waiting_entry_id"].as_str());
                    let id = id.unwrap_or_else(|| panic!("{text}")).to_owned();
                    acknowledged.lock().unwrap().push(id);
                }
            });
        }
        let began = Instant::now();
        while acknowledged.lock().unwrap().len() < 200 {
            assert!(began.elapsed() < PATIENCE, "{}", log_of(place));
            std::thread::yield_now();
        }
        terminate(running);
    });
    assert!(next.load(Ordering::Relaxed) <= PEOPLE, "it ended under load");
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= 200);
    acknowledged
}

/// SIGTERM, as a container's engine sends it; the service ends by itself and says that all is well.
fn terminate(running: &mut Running) {
    let told: Ran = Command::new("kill").args(["-TERM", &running.child.id().to_string()]).output().unwrap().into();
    told.ended(0);
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}
