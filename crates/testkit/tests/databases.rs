//! The database rigs: one cluster per process, one database per test, nothing left behind.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use testkit::postgres::{self, Cluster, Durability};
use testkit::sqlite;

static MIGRATIONS: AtomicU32 = AtomicU32::new(0);

fn migrate(_url: &str) {
    MIGRATIONS.fetch_add(1, Ordering::SeqCst);
    let cluster = postgres::cluster().unwrap();
    cluster.query("yui_template", "CREATE TABLE town (code text PRIMARY KEY)").unwrap();
    cluster.query("yui_template", "INSERT INTO town VALUES ('143618')").unwrap();
}

fn name(url: &str) -> &str {
    url.strip_prefix("postgres://yui@/").unwrap().split('?').next().unwrap()
}

#[test]
fn databases_are_cloned_from_a_template_that_is_migrated_once_and_do_not_see_each_other() {
    let (Some(one), Some(two)) = (postgres::database(migrate), postgres::database(migrate)) else {
        return;
    };
    let cluster = postgres::cluster().unwrap();
    let count = |url: &str| cluster.query(name(url), "SELECT count(*) FROM town").unwrap();
    cluster.query(name(&one.url()), "INSERT INTO town VALUES ('143634')").unwrap();
    assert_eq!((count(&one.url()).as_str(), count(&two.url()).as_str()), ("2", "1"));
    assert_eq!(MIGRATIONS.load(Ordering::SeqCst), 1);
}

#[test]
fn an_empty_database_is_utf8_in_the_c_locale_and_gone_when_dropped() {
    let Some(database) = postgres::empty_database() else {
        return;
    };
    let cluster = postgres::cluster().unwrap();
    let name = name(&database.url()).to_owned();
    let facts = "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname =";
    assert_eq!(cluster.sql(&format!("{facts} '{name}'")), "UTF8|C.UTF-8");
    assert_eq!(cluster.query(&name, "SELECT 1 FROM pg_tables WHERE tablename = 'town'").unwrap(), "");
    drop(database);
    assert_eq!(cluster.sql(&format!("{facts} '{name}'")), "");
}

#[test]
fn a_failing_statement_answers_with_the_servers_words() {
    let Some(cluster) = postgres::cluster() else {
        return;
    };
    let message = cluster.try_sql("SELECT 1/0").unwrap_err();
    assert!(message.contains("division by zero"), "{message}");
}

#[test]
fn a_durable_cluster_syncs_and_listens_on_no_port_and_leaves_nothing_when_dropped() {
    let Some(cluster) = Cluster::start(Durability::Full) else {
        return;
    };
    let settings = "SELECT name || '=' || setting FROM pg_settings WHERE name IN
        ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses') ORDER BY name";
    assert_eq!(cluster.sql(settings), "fsync=on\nfull_page_writes=on\nlisten_addresses=\nsynchronous_commit=on");
    let directory = cluster.directory().to_owned();
    assert!(directory.join("data/PG_VERSION").exists());
    drop(cluster);
    assert!(!directory.exists());
}

/// Run only by the test below, in a process that is then killed.
#[test]
#[ignore = "a helper of the next test"]
fn hold_a_cluster_until_killed() {
    let cluster = Cluster::start(Durability::Off).expect("PostgreSQL is installed");
    assert_eq!(cluster.sql("SELECT 1"), "1");
    eprintln!("cluster {}", cluster.directory().display());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn the_server_ends_when_the_process_that_started_it_is_killed() {
    if postgres::cluster().is_none() {
        return;
    }
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hold_a_cluster_until_killed", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stderr.take().unwrap()).lines().map_while(Result::ok);
    let directory = lines.find_map(|line| Some(line.strip_prefix("cluster ")?.to_owned())).unwrap();
    let directory = std::path::PathBuf::from(directory);
    let pid = std::fs::read_to_string(directory.join("data/postmaster.pid")).unwrap();
    let pid = pid.lines().next().unwrap().to_owned();
    let process = std::path::Path::new("/proc").join(&pid);
    // `tail --pid` returns when the server is gone: an event, not a guess.
    let mut gone = Command::new("tail").args(["--pid", &pid, "-f", "/dev/null"]).spawn().unwrap();
    assert!(directory.exists());
    holder.kill().unwrap();
    holder.wait().unwrap();
    gone.wait().unwrap();
    assert!(!process.exists());
}

#[test]
fn each_sqlite_rig_is_a_path_of_its_own_that_goes_away() {
    let (one, two) = (sqlite::database(), sqlite::database());
    assert_ne!(one.path(), two.path());
    assert!(!one.path().exists() && one.directory().exists());
    std::fs::write(one.path(), "x").unwrap();
    assert_eq!(one.url(), one.path().to_str().unwrap());
    let directory = one.directory().to_owned();
    drop(one);
    assert!(!directory.exists());
}
