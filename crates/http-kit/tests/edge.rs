//! Every answer takes one road, whatever went wrong: asserted on a real server over real sockets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "a test may fail loudly")]

use actix_web::{HttpResponse, web};
use http_kit::fallback::{Route, Routes};
use http_kit::limits::{Limits, Rate};
use http_kit::{AnonymousWrite, Id, Problem, Replied, Settings, Write, headers};
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::app::{Answer, Face, TestApp};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sum {
    seats: Vec<i64>,
}

async fn sum(AnonymousWrite { body, meta }: AnonymousWrite<Sum>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"sum": body.seats.iter().sum::<i64>(), "ip": meta.ip}))
}

async fn closed(_: Write<Sum>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn thing(Id(id): Id) -> HttpResponse {
    HttpResponse::Ok().json(json!({"id": id}))
}

async fn explode() -> HttpResponse {
    panic!("secret path /etc/shadow, SELECT * FROM users")
}

async fn fault() -> Replied {
    Err(Problem::from(app::Error::Internal("SELECT secret FROM users".to_owned())))
}

async fn gone() -> Replied {
    Err(Problem::from(app::Error::Unavailable("disk full at /var/data".to_owned())))
}

fn mount(cfg: &mut web::ServiceConfig) {
    cfg.route("/sum", web::post().to(sum))
        .route("/closed", web::post().to(closed))
        .route("/things/{id}", web::get().to(thing))
        .route("/explode", web::get().to(explode))
        .route("/fault", web::get().to(fault))
        .route("/gone", web::get().to(gone))
        .route("/framework", web::get().to(|_: web::Query<Sum>| async { HttpResponse::Ok().finish() }));
}

fn start(settings: Settings) -> TestApp {
    let routes = [
        ("POST", "/sum"),
        ("POST", "/closed"),
        ("GET", "/things/{id}"),
        ("GET", "/explode"),
        ("GET", "/fault"),
        ("GET", "/gone"),
        ("GET", "/framework"),
    ];
    let route = |(method, pattern): (&str, &str)| Route {
        method: method.into(),
        pattern: pattern.into(),
        operation: pattern.into(),
    };
    TestApp::with(Face { mount, routes: Routes::new(routes.map(route)), settings, ..Face::default() })
}

fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let body = answer.json();
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], format!("/problems/{code}"));
    assert_eq!(body["request_id"], answer.headers["x-request-id"].as_str());
    assert!(body["instance"].as_str().unwrap().starts_with('/'));
    assert!(body["detail"].as_str().unwrap().ends_with('。'));
    for leak in ["SELECT", "/etc", "/var", "panicked", "actix", "src/"] {
        assert!(!answer.text.contains(leak), "{leak}: {}", answer.text);
    }
}

#[test]
fn every_refusal_is_a_problem_and_the_service_lives_on() {
    let app = start(Settings::default());
    let post = |headers: &[(&str, &str)], body: &Value| app.send("POST", "/sum", headers, body);
    assert_problem(&app.get("/elsewhere"), 404, "no_such_route");
    assert_problem(&app.get("/sum"), 405, "method_not_allowed");
    assert_eq!(app.get("/sum").headers["allow"], "POST");
    assert_problem(&app.send("TRACE", "/sum", &[], &Value::Null), 405, "method_not_allowed");
    assert_problem(&app.get("/things/1"), 404, "not_found");
    assert_problem(&post(&[], &json!({"seats": "x"})), 422, "invalid_fields");
    assert_problem(&post(&[], &Value::Null), 422, "invalid_fields");
    assert_problem(&app.send("POST", "/closed", &[], &json!({"seats": []})), 401, "unauthenticated");
    assert_eq!(app.send("POST", "/closed", &[], &Value::Null).headers["www-authenticate"], "Bearer");
    assert_problem(&app.get("/framework"), 400, "malformed_request");
    assert_problem(&app.get("/fault"), 500, "internal");
    assert_problem(&app.get("/gone"), 503, "unavailable");
    assert_eq!(app.get("/gone").headers["retry-after"], "5");
    for _ in 0..8 {
        assert_problem(&app.get("/explode"), 500, "internal");
    }
    assert_eq!(post(&[], &json!({"seats": [1, 2]})).json()["sum"], 3);
}

#[test]
fn every_answer_carries_the_headers() {
    let app = start(Settings::default());
    let id = "0199b3f0-0000-7000-8000-000000000001";
    let paths = [format!("/things/{id}"), "/elsewhere".into(), "/sum".into(), "/explode".into(), "/gone".into()];
    let mut ids = Vec::new();
    for path in &paths {
        let answer = app.send("GET", path, &[("X-Request-Id", "forged")], &Value::Null);
        assert_eq!(answer.headers["content-security-policy"], headers::CONTENT_SECURITY_POLICY, "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(answer.headers["cross-origin-opener-policy"], "same-origin", "{path}");
        assert_eq!(answer.headers["cross-origin-resource-policy"], "same-origin", "{path}");
        assert!(answer.headers["permissions-policy"].contains("camera=()"), "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert!(
            !answer.headers.contains_key("server") && !answer.headers.contains_key("strict-transport-security"),
            "{path}"
        );
        ids.push(answer.headers["x-request-id"].clone());
    }
    assert!(ids.iter().all(|id| id.len() == 36), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), paths.len(), "every request has its own id");
    let https = start(Settings { https: true, ..Settings::default() });
    for path in paths {
        assert_eq!(https.get(&path).headers["strict-transport-security"], headers::STRICT_TRANSPORT_SECURITY, "{path}");
    }
}

fn request(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "POST /sum HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}\r\n\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

#[test]
fn a_body_past_the_limit_is_refused_before_it_is_read() {
    let app = start(Settings::default());
    let limit = http_kit::body::LIMIT;
    // Declared only: the answer comes although no byte of the body was sent.
    let declared = app.raw(&request(&format!("Content-Length: {}", limit + 1), b""));
    assert!(declared.starts_with("HTTP/1.1 413 ") && declared.contains("body_too_large"), "{declared}");
    // Chunked, one byte over.
    let mut chunked = format!("{:x}\r\n", limit + 1).into_bytes();
    chunked.extend(std::iter::repeat_n(b' ', limit + 1));
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    let refused = app.raw(&request("Transfer-Encoding: chunked", &chunked));
    assert!(refused.starts_with("HTTP/1.1 413 ") && refused.contains("body_too_large"), "{refused}");
    // Exactly the limit is taken.
    let mut full = br#"{"seats": [1]}"#.to_vec();
    full.resize(limit, b' ');
    let taken = app.raw(&request(&format!("Content-Length: {limit}"), &full));
    assert!(taken.starts_with("HTTP/1.1 200 ") && taken.contains("\"sum\":1"), "{taken}");
}

#[test]
fn only_json_is_taken() {
    let app = start(Settings::default());
    let send = |kind: &str| {
        app.raw(format!("POST /sum HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: 13\r\n\r\n{{\"seats\":[1]}}").as_bytes())
    };
    assert!(send("application/json").starts_with("HTTP/1.1 200 "));
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=shift_jis"] {
        assert!(send(kind).contains("unsupported_media_type"), "{kind}");
    }
}

#[test]
fn an_address_that_asks_too_often_has_to_wait_and_cannot_hide() {
    let rate = Some(Rate { per_minute: 1, burst: 3 });
    let app = start(Settings { limits: Limits { address: rate, ..Limits::none() }, ..Settings::default() });
    for n in 0..3 {
        let answer = app.send("POST", "/sum", &[("X-Forwarded-For", &format!("203.0.113.{n}"))], &json!({"seats": []}));
        assert_eq!((answer.status, answer.json()["ip"].as_str()), (200, Some("127.0.0.1")));
    }
    let refused = app.send("POST", "/sum", &[("X-Forwarded-For", "203.0.113.9")], &json!({"seats": []}));
    assert_problem(&refused, 429, "too_many_requests");
    assert!((1..=60).contains(&refused.headers["retry-after"].parse::<u32>().unwrap()));
}

#[test]
fn sign_ins_have_a_limit_of_their_own() {
    let limits = Limits { sign_in: Some(Rate { per_minute: 1, burst: 2 }), ..Limits::none() };
    let app = start(Settings { limits, ..Settings::default() });
    let post = || app.send("POST", "/sum", &[], &json!({"seats": []})).status;
    assert_eq!([post(), post(), post()], [200, 200, 429]);
    assert_eq!(app.get("/elsewhere").status, 404);
}
