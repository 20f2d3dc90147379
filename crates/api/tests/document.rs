//! The document tells the truth: it is the committed one, it is complete, and every operation in it is served.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use app::accounts::{CreatePersonalToken, TokenScope, create_personal_token};
use app::{Call, Meta};
use domain::access::{Actor, Grant, Role};
use serde_json::{Map, Value};
use testkit::app::TestApp;

const NOWHERE: &str = "0199b3f0-0000-7000-8000-000000000001";

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/openapi.json");

/// Operations of the API that a one-time token, a password or a refresh token opens, and nothing else.
const OPEN: &[&str] = &[
    // accounts
    "post /api/v1/sessions",
    "post /api/v1/sessions/finish",
    "post /api/v1/sessions/refresh",
    "post /api/v1/invitations/accept",
    "post /api/v1/password-resets",
    "post /api/v1/password-resets/confirm",
    "post /api/v1/bootstrap",
    // entries
    "post /api/v1/acknowledgements",
    "post /api/v1/acknowledgements/view",
    "post /api/v1/acknowledgements/objections",
    // board
    "get /api/v1/public/posts",
    "get /api/v1/public/posts/{post_id}",
    "get /api/v1/public/posts/{post_id}/attachments",
    "get /api/v1/public/attachments/{attachment_id}/content",
];

fn operations() -> Vec<(String, String, Map<String, Value>)> {
    let document: Value = serde_json::from_str(api::openapi::document()).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    paths
        .into_iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().clone();
            methods
                .into_iter()
                .map(move |(method, operation)| (method, path.clone(), operation.as_object().unwrap().clone()))
        })
        .collect()
}

/// A personal token of the lead of the scene.
fn leads_token(app: &TestApp) -> String {
    let grant = Grant { role: Role::Lead, consortium_id: Some("c1".into()), member_id: Some("m-lead".into()) };
    let actor = Actor {
        user_id: "u-lead".into(),
        display_name: "架空 県子".into(),
        credential_id: app.sit("u-lead"),
        scopes: None,
        grants: vec![grant],
        past: Vec::new(),
    };
    let call = Call {
        meta: Meta::default(),
        actor,
        operation: "create_personal_token".into(),
        idempotency: None,
        expected_version: None,
    };
    let scopes = vec![TokenScope::Read, TokenScope::Write];
    let cmd =
        CreatePersonalToken { name: "試験".into(), scopes, expires_at: "2026-12-01T00:00:00Z".parse().unwrap() };
    let made = app.service.write(call, move |ctx, call| create_personal_token(ctx, call, &cmd));
    actix_web::rt::System::new().block_on(made).ok().unwrap().token
}

#[test]
fn the_committed_document_is_the_present_one() {
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(COMMITTED, api::openapi::document()).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap();
    assert!(
        committed == api::openapi::document(),
        "openapi/openapi.json is out of date: UPDATE_OPENAPI=1 cargo test -p api"
    );
}

#[test]
fn every_operation_says_what_programs_and_people_need() {
    let mut ids = Vec::new();
    for (method, path, operation) in operations() {
        let at = format!("{method} {path}");
        let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        assert!(
            !text("operationId").is_empty() && !text("summary").is_empty() && !text("description").is_empty(),
            "{at}"
        );
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{at}");
        let answers = operation["responses"].as_object().unwrap();
        let open = operation.get("security").is_some();
        assert!(answers.contains_key("429") && answers.contains_key("404"), "{at}");
        assert!(open || (answers.contains_key("401") && answers.contains_key("403")), "{at}");
        let may_be_open = !path.starts_with("/api/v1/") || OPEN.contains(&at.as_str());
        assert_eq!(open, may_be_open, "only the service's own routes are open: {at}");
        for place in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            assert!(
                operation["parameters"].as_array().unwrap().iter().any(|one| one["name"] == place),
                "{at}: {place}"
            );
        }
        ids.push(text("operationId"));
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "operationIds are unique");
}

#[test]
fn every_body_has_an_example() {
    let document: Value = serde_json::from_str(api::openapi::document()).unwrap();
    let mut without = Vec::new();
    for (method, path, operation) in operations() {
        let at = format!("{method} {path}");
        if let Some(body) = operation.get("requestBody")
            && body["content"].as_object().unwrap().values().any(|content| content["example"].is_null())
        {
            without.push(format!("{at}: the request"));
        }
        let success = operation["responses"].as_object().unwrap().iter().find(|(status, _)| status.starts_with('2'));
        let (status, answer) = success.unwrap_or_else(|| panic!("{at} never succeeds"));
        let contents = answer["content"].as_object().cloned().unwrap_or_default();
        let says_nothing = ["202", "204"].contains(&status.as_str()) || path == "/api/openapi.json";
        assert!(says_nothing || !contents.is_empty(), "{at} answers {status} with nothing");
        let bare = contents.values().any(|content| content.get("schema").is_some() && content["example"].is_null());
        if bare {
            without.push(format!("{at}: the answer"));
        }
        for (status, answer) in operation["responses"].as_object().unwrap() {
            if let Some(target) = answer["$ref"].as_str() {
                let refusal = document.pointer(target.trim_start_matches('#')).unwrap();
                let example = &refusal["content"]["application/problem+json"]["example"];
                assert_eq!(example["status"].to_string(), *status, "{at}");
            }
        }
    }
    assert_eq!(without, Vec::<String>::new(), "bodies without an example");
}

/// An example that the service itself cannot read would mislead whoever starts with it.
#[test]
fn every_example_of_a_request_can_be_read() {
    let app = TestApp::start();
    app.sql(&testkit::scene::sql());
    let bearer = format!("Bearer {}", leads_token(&app));
    let mut unread = Vec::new();
    for (method, path, operation) in operations() {
        let example = operation.get("requestBody").map(|body| body["content"]["application/json"]["example"].clone());
        // A file is sent part by part, see `board.rs`.
        let Some(example) = example.filter(|example| !example.is_null()) else { continue };
        let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { NOWHERE } else { part }).collect();
        let headers = [("authorization", bearer.as_str()), ("if-match", "\"1\"")];
        let answer = app.send(&method.to_uppercase(), &path.join("/"), &headers, &example);
        let refused = if operation.get("security").is_some() { &[400, 422][..] } else { &[400, 401, 422] };
        if refused.contains(&answer.status) || answer.status >= 500 {
            unread.push(format!("{method} {}: {}", path.join("/"), answer.text));
        }
    }
    assert_eq!(unread, Vec::<String>::new());
}

#[test]
fn every_list_documents_its_pages() {
    for (method, path, operation) in operations() {
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        if schema.as_str().is_some_and(|schema| schema.contains("/Page_")) {
            for name in ["limit", "cursor"] {
                let given = operation["parameters"].as_array().unwrap();
                let told = given.iter().filter(|one| one["name"] == name).count();
                assert_eq!(told, 1, "{method} {path}: {name}");
            }
        }
    }
}

#[test]
fn every_operation_of_the_document_is_served() {
    let app = TestApp::start();
    for (method, path, operation) in operations() {
        let path = path.replace("{code}", "not_found");
        let path: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "0199b3f0-0000-7000-8000-000000000001" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let answer = app.send(&method.to_uppercase(), &path, &[], &Value::Null);
        let wanted = match (operation.get("security").is_some(), path.starts_with("/api/v1/")) {
            (true, false) => 200,
            // Open, but the command is missing; a list needs none, a post has to exist.
            (true, true) if method == "post" => 422,
            (true, true) if path.ends_with("/public/posts") => 200,
            (true, true) => 404,
            (false, _) => 401,
        };
        assert_eq!(answer.status, wanted, "{method} {path}: {}", answer.text);
    }
}

/// Whatever goes round the collecting `service(…)` of utoipa would be served without standing in the document.
#[test]
fn nothing_is_mounted_past_the_document_but_the_viewer() {
    fn files(folder: &std::path::Path, into: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { files(&entry, into) } else { into.push(entry) }
        }
    }
    let mut found = Vec::new();
    files(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    assert!(found.len() > 25, "{found:?}");
    for path in found.into_iter().filter(|path| !path.ends_with("docs.rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for way in [".route(", "web::resource(", "web::scope(", "default_service"] {
            // The one list mounts its scopes for the server and the document alike.
            let list = path.ends_with("operations.rs") && way == "web::scope(";
            assert!(list || !text.contains(way), "{way} in {}", path.display());
        }
    }
}

/// S45, the other way round: a path of the document takes the methods of the document, and whatever else is sent there
/// meets 405 with the list of them, so that no handler stands behind a method that nobody described.
#[test]
fn a_path_takes_the_methods_of_the_document_and_no_others() {
    let app = TestApp::start();
    let mut by_path: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    for (method, path, _) in operations() {
        by_path.entry(path).or_default().push(method.to_uppercase());
    }
    for (pattern, mut methods) in by_path {
        methods.sort();
        let part = |part: &str| {
            if part.starts_with('{') { "0199b3f0-0000-7000-8000-000000000001".to_owned() } else { part.to_owned() }
        };
        let path = pattern.split('/').map(part).collect::<Vec<_>>().join("/");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            if methods.iter().any(|taken| taken == method) {
                continue;
            }
            let answer = app.send(method, &path, &[], &Value::Null);
            assert_eq!(
                (answer.status, answer.headers["allow"].as_str()),
                (405, methods.join(", ").as_str()),
                "{method} {path}"
            );
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{method} {path}");
        }
    }
}

/// S45: nothing that is served says by which program, in which version, it was made.
#[test]
fn no_answer_carries_a_banner() {
    let app = TestApp::start();
    let version = env!("CARGO_PKG_VERSION");
    for path in ["/healthz", "/readyz", "/metrics", "/nowhere", "/api/v1/me", "/api/docs/", "/problems/not_found"] {
        let answer = app.get(path);
        for name in ["server", "x-powered-by", "via", "x-aspnet-version"] {
            assert!(!answer.headers.contains_key(name), "{path}: {:?}", answer.headers);
        }
        let text = answer.text.to_lowercase();
        for banner in
            ["actix", "rust", "diesel", "sqlite", &format!("yui/{version}"), &format!("version=\"{version}\"")]
        {
            assert!(!text.contains(banner), "{path}: {banner} in {}", answer.text);
        }
    }
}

/// S41: what the framework answers by itself — a request that is no HTTP, one whose head never ends — has nothing in it
/// that a header could guard: no body, no banner, and the connection is closed.
#[test]
fn what_the_framework_answers_by_itself_is_empty() {
    let app = TestApp::start();
    for (bytes, status) in [
        (&b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"[..], "400"),
        (b"\x16\x03\x01\x02\x00\x01\x00", "400"),
        (b"GET / HTTP/9.9\r\n\r\n", "400"),
        // The head breaks off; five seconds later the service does, too.
        (b"GET / HTTP/1.1\r\nHost: x\r\n", "408"),
    ] {
        let answer = app.raw(bytes);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert_eq!(body, "", "{answer}");
        let names: Vec<String> =
            head.lines().skip(1).map(|line| line.split(':').next().unwrap().to_lowercase()).collect();
        assert!(names.iter().all(|name| ["content-length", "connection", "date"].contains(&name.as_str())), "{answer}");
    }
}

#[test]
fn the_viewer_loads_only_what_we_serve() {
    let app = TestApp::start();
    assert_eq!(app.get("/api/docs").headers["location"], "/api/docs/");
    let page = app.get("/api/docs/");
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{}", page.text);
    assert!(!page.text.contains("<script>") && !page.text.contains("style="), "inline code would break the policy");
    let initializer = app.get("/api/docs/swagger-initializer.js").text;
    assert!(initializer.contains("/api/openapi.json") && !initializer.contains("petstore"), "{initializer}");
    for file in ["swagger-ui.css", "index.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"] {
        let answer = app.get(&format!("/api/docs/{file}"));
        assert_eq!(answer.status, 200, "{file}");
        assert!(answer.headers["content-security-policy"].contains("default-src 'none'"), "{file}");
    }
}

/// S45: an operator can do without the viewer; the document itself stays.
#[test]
fn the_viewer_can_be_switched_off() {
    let settings = http_kit::Settings { api_docs: false, ..Default::default() };
    let app = TestApp::with(testkit::app::Face { settings, ..testkit::app::Face::default() });
    for path in ["/api/docs", "/api/docs/", "/api/docs/swagger-ui-bundle.js"] {
        let answer = app.get(path);
        assert_eq!((answer.status, answer.code().as_str()), (404, "no_such_route"), "{path}");
    }
    assert_eq!(app.get("/api/openapi.json").status, 200);
}

#[test]
fn the_counters_tell_the_queues_and_the_batches_of_the_writers() {
    let app = TestApp::start();
    app.sql(&testkit::scene::sql());
    let text = app.get("/metrics").text;
    let value = |name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name} in {text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    for queue in ["reader", "writer", "claims"] {
        assert_eq!(value(&format!("yui_queue_depth{{queue=\"{queue}\"}}")), 0);
    }
    let (commits, jobs) = (value("yui_writer_commits_total"), value("yui_writer_jobs_total"));
    assert!(commits >= 1 && jobs >= commits, "{commits} {jobs}");
}

#[test]
fn every_problem_leads_to_its_page() {
    let app = TestApp::start();
    let problem = app.get("/api/v1/consortia").json();
    let page = app.get(problem["type"].as_str().unwrap());
    assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.text.contains("認証が必要です"));
    assert_eq!(app.get("/problems/unheard_of").code(), "not_found");
}

#[test]
fn a_service_on_either_database_is_ready() {
    testkit::app::on_both(|app| assert_eq!(app.get("/readyz").json()["status"], "ok"));
}
