//! A database that is read-only, full or gone, on both. What breaks it is real: a file that was moved away, a
//! stopped server, the page limit of SQLite, a read-only database of PostgreSQL.

use acceptance::assert_verified;
use acceptance::people::People;
use acceptance::world::World;
use serde_json::{Value, json};
use testkit::app::{Answer, TestApp};
use testkit::postgres::{Cluster, Durability};

/// What still works while the fault lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    GoOn,
    Fail,
}

/// How long a fault lasts by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lasts {
    UntilMended,
    /// The store drops the connection that met it.
    OneWrite,
}

const BEFORE: &str = "前の投稿";
const DURING: &str = "障害中の投稿";

/// Two writes: one through the general queue, one through the lane of the claims.
struct Writer<'a> {
    people: &'a People<'a>,
    posts: String,
    claims: String,
}

impl Writer<'_> {
    fn post(&self, title: &str) -> Answer {
        let key = if title == BEFORE { "before" } else { "during" };
        let body = json!({"kind": "worry", "visibility": "consortium", "title": title, "body": "架空の長い本文。".repeat(1_000)});
        self.people.with("learner", "POST", &self.posts, &[("idempotency-key", key)], &body)
    }

    fn claim(&self) -> Answer {
        self.people.with("other_learner", "POST", &self.claims, &[("idempotency-key", "claim")], &Value::Null)
    }

    fn titled(&self, title: &str) -> usize {
        self.people.all("learner", &self.posts).iter().filter(|post| post["title"] == title).count()
    }
}

/// 503 as it has to be: a problem with a code, a sentence, and when to come back.
fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert!(answer.headers["retry-after"].parse::<u32>().unwrap() >= 1);
    assert!(["unavailable", "busy"].contains(&answer.code().as_str()), "{}", answer.text);
    assert!(answer.json()["detail"].as_str().unwrap().ends_with('。'));
    let leaked = ["SQLite", "sqlite", "database is", "/tmp", "postgres", "readonly", "disk"];
    assert!(!leaked.iter().any(|word| answer.text.contains(word)), "{}", answer.text);
}

/// Repeats a request until it succeeds; nothing but 503 may come before.
fn until_done(ask: impl Fn() -> Answer) -> Answer {
    let begin = std::time::Instant::now();
    loop {
        let answer = ask();
        if answer.status < 300 {
            return answer;
        }
        assert_unavailable(&answer);
        assert!(begin.elapsed().as_secs() < 20, "no recovery: {}", answer.text);
    }
}

fn endures(app: &TestApp, (reads, lasts): (Reads, Lasts), break_it: impl FnOnce(), mend_it: impl FnOnce()) {
    let (world, people) = World::build(app);
    let writer = Writer {
        people: &people,
        posts: world.path("/consortia/{consortium_id}/posts"),
        claims: world.path("/seat-accounts/{other_account_id}/claims"),
    };
    assert_eq!(writer.post(BEFORE).status, 201);

    break_it();
    assert_unavailable(&writer.post(DURING));
    if lasts == Lasts::UntilMended {
        assert_unavailable(&writer.claim());
        assert_unavailable(&writer.post(DURING));
    }
    let list = people.send("learner", "GET", &writer.posts, &Value::Null);
    match reads {
        Reads::GoOn => assert_eq!(list.json()["items"][0]["title"], BEFORE, "{}", list.text),
        Reads::Fail => {
            assert_unavailable(&list);
            assert_unavailable(&app.get("/readyz"));
        }
    }
    assert_eq!(app.get("/healthz").status, 200, "the process itself is well");
    mend_it();

    let done = until_done(|| writer.post(DURING));
    let seated = until_done(|| writer.claim());
    assert_eq!((done.status, seated.status), (201, 201));
    assert_eq!((writer.post(DURING).text, writer.claim().text), (done.text, seated.text), "done once");
    assert_eq!((writer.titled(BEFORE), writer.titled(DURING)), (1, 1));
    let account = people.get("lead", &world.path("/seat-accounts/{other_account_id}"));
    assert_eq!(account["assigned"], 1, "{account}");
    assert_eq!(app.get("/readyz").status, 200);
    assert_verified(app);
}

#[test]
fn a_file_that_is_gone_is_used_again_once_it_is_back() {
    let app = TestApp::start();
    let file = app.database().sqlite_path().unwrap().to_owned();
    let away = file.with_extension("away");
    endures(
        &app,
        (Reads::Fail, Lasts::UntilMended),
        || std::fs::rename(&file, &away).unwrap(),
        || {
            assert!(!file.exists(), "no empty database may take its place");
            std::fs::rename(&away, &file).unwrap();
        },
    );
}

#[test]
fn a_full_file_loses_nothing_and_reads_go_on() {
    let app = TestApp::start();
    // The limit holds on the writer's connection and gives the very error of a full disk.
    endures(
        &app,
        (Reads::GoOn, Lasts::OneWrite),
        || app.sql("PRAGMA max_page_count = 1; INSERT INTO users SELECT * FROM users WHERE 1 = 0"),
        || (),
    );
}

#[test]
fn a_read_only_file_loses_nothing_and_reads_go_on() {
    let app = TestApp::start();
    endures(&app, (Reads::GoOn, Lasts::OneWrite), || app.sql("PRAGMA query_only = ON"), || ());
}

/// The service on a server of its own, which the test may stop.
fn on_a_cluster(durability: Durability, story: impl FnOnce(&TestApp, &mut Cluster)) {
    let Some(mut cluster) = Cluster::start(durability) else { return };
    cluster.create_database("yui", None);
    let app = TestApp::at(&cluster.url("yui"));
    story(&app, &mut cluster);
}

#[test]
fn a_stopped_server_is_used_again_once_it_is_back() {
    on_a_cluster(Durability::Full, |app, cluster| {
        let cluster = std::cell::RefCell::new(cluster);
        endures(app, (Reads::Fail, Lasts::UntilMended), || cluster.borrow().stop(), || cluster.borrow_mut().serve());
    });
}

#[test]
fn a_read_only_server_loses_nothing_and_reads_go_on() {
    on_a_cluster(Durability::Off, |app, cluster| {
        // As after a failover to a standby: every connection is cut, and new ones may not write.
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'yui'";
        let turn = |setting: &str| {
            cluster.sql(setting);
            cluster.sql(others);
        };
        endures(
            app,
            (Reads::GoOn, Lasts::UntilMended),
            || turn("ALTER DATABASE yui SET default_transaction_read_only = on"),
            || turn("ALTER DATABASE yui RESET default_transaction_read_only"),
        );
    });
}

#[test]
fn a_full_server_loses_nothing_and_reads_go_on() {
    on_a_cluster(Durability::Off, |app, cluster| {
        // Disk full is SQLSTATE 53100 wherever it happens; a trigger raises it without filling a disk.
        let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                      RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file: No space left on device'; END $$;
                    CREATE TRIGGER full_disk BEFORE INSERT ON audit_entries EXECUTE FUNCTION full_disk()";
        endures(
            app,
            (Reads::GoOn, Lasts::UntilMended),
            || drop(cluster.query("yui", full).unwrap()),
            || drop(cluster.query("yui", "DROP TRIGGER full_disk ON audit_entries").unwrap()),
        );
    });
}
