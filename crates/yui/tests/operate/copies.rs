//! Backup, damage, restore: nothing is replaced unasked, unchecked, or under somebody's hands.

use crate::place::{Place, bytes};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use store::{Backend, Options, Store};

pub fn walk(place: &Place) {
    let file = place.path("backups/year.yui");
    let path = file.to_str().unwrap();
    let made = place.run(&["backup", "--to", path, "--json"]).ended(0).json();
    assert_eq!(made["bytes"].as_u64(), Some(std::fs::metadata(&file).unwrap().len()));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "it holds personal data");
    let hash = std::fs::read_to_string(place.path("backups/year.yui.sha256")).unwrap();
    assert_eq!(made["sha256"].as_str(), Some(hash.trim()));
    place.run(&["backup", "--to", path]).ended(2);
    backup_that_fails_leaves_nothing(place);

    place.damage("UPDATE posts SET helpful_count = 99");
    let found = place.run(&["verify"]).ended(1);
    assert!(found.out.contains("違反: board: helpful marks are counted"), "{}", found.out);

    let unasked = place.run(&["restore", "--from", path]).ended(2);
    assert!(unasked.err.contains("--replace"), "{}", unasked.err);
    let flipped = flipped(place, &file, &hash);
    let refused = place.run(&["restore", "--from", &flipped, "--replace"]).ended(1);
    assert!(refused.err.contains("SHA-256"), "{}", refused.err);
    damaged_inside(place, &file);
    place.run(&["restore", "--from", "backups/none.yui", "--replace"]).ended(2);
    place.run(&["verify"]).ended(1);

    in_use(place, path);
    let done = place.run(&["restore", "--from", path, "--replace", "--json"]).ended(0).json();
    assert_eq!(done["sha256"].as_str(), Some(hash.trim()));
    place.run(&["verify"]).ended(0);
    assert_eq!(place.lines("SELECT id AS line FROM posts WHERE helpful_count = 99"), Vec::<String>::new());
    assert_eq!(place.run(&["migrate", "--check"]).ended(0).err, "");
    elsewhere(place, path);
}

fn backup_that_fails_leaves_nothing(place: &Place) {
    std::fs::write(place.path("no-folder"), "a file").unwrap();
    place.run(&["backup", "--to", "no-folder/year.yui"]).ended(1);
    let mut lost = place.command(&["backup", "--to", "lost.yui"]);
    lost.env(
        "YUI_DATABASE_URL",
        match place.backend {
            Backend::Sqlite => "sqlite:nowhere.db",
            Backend::Postgres => "postgres://nobody@127.0.0.1:1/none",
        },
    );
    crate::place::finish(lost, "").ended(3);
    assert!(!place.path("lost.yui").exists() && !place.path("nowhere.db").exists());
}

/// A copy with one bit turned over in its middle, under the hash of the good one.
fn flipped(place: &Place, file: &Path, hash: &str) -> String {
    let mut content = bytes(file);
    let middle = content.len() / 2;
    content[middle] ^= 1;
    std::fs::write(place.path("flipped.yui"), content).unwrap();
    std::fs::write(place.path("flipped.yui.sha256"), hash).unwrap();
    place.path("flipped.yui").to_str().unwrap().to_owned()
}

/// A copy that was damaged before its hash was taken: the database's own check refuses it.
fn damaged_inside(place: &Place, file: &Path) {
    let mut content = bytes(file);
    let half = content.len() / 2;
    content.truncate(half);
    std::fs::write(place.path("half.yui"), content).unwrap();
    let hash = std::process::Command::new("sha256sum").arg(place.path("half.yui")).output().unwrap().stdout;
    let hash = String::from_utf8(hash).unwrap();
    std::fs::write(place.path("half.yui.sha256"), hash.split_whitespace().next().unwrap()).unwrap();
    let before = state(place);
    let refused = place.run(&["restore", "--from", "half.yui", "--replace"]).ended(1);
    assert!(refused.err.contains("戻せません"), "{}", refused.err);
    assert_eq!(state(place), before);
    assert!(!place.path("yui.db.restoring").exists());
}

/// What a restore would have changed: the file, or what a table holds.
fn state(place: &Place) -> Vec<u8> {
    match place.backend {
        Backend::Sqlite => bytes(&place.path("yui.db")),
        Backend::Postgres => {
            place.lines("SELECT id || helpful_count AS line FROM posts ORDER BY id").join("\n").into_bytes()
        }
    }
}

/// While a service has the database open nothing is touched, not even its log.
fn in_use(place: &Place, path: &str) {
    let open = Store::open(&place.database(), &Options::default()).unwrap();
    open.write_now(|db| store::fixtures::execute(db, "UPDATE posts SET helpful_count = 98 WHERE helpful_count = 99"))
        .unwrap();
    let sides = || ["yui.db-wal", "yui.db-shm"].map(|name| place.path(name).exists());
    let before = (state(place), sides());
    let refused = place.run(&["restore", "--from", path, "--replace"]).ended(3);
    assert!(refused.err.contains("サービスを止めてから"), "{}", refused.err);
    assert_eq!((state(place), sides()), before);
    // The store still works on the file that it opened.
    open.write_now(|db| store::fixtures::execute(db, "UPDATE posts SET helpful_count = 99 WHERE helpful_count = 98"))
        .unwrap();
    if place.backend == Backend::Postgres {
        assert!(refused.err.contains("yui (pid "), "{}", refused.err);
        place.run(&["restore", "--from", path, "--replace", "--despite-sessions"]).ended(0);
        place.damage("UPDATE posts SET helpful_count = 99");
    }
    open.shutdown();
}

/// A new place needs no `--replace`.
fn elsewhere(place: &Place, path: &str) {
    let fresh = match place.backend {
        Backend::Sqlite => Some(Place::sqlite()),
        Backend::Postgres => Place::postgres(),
    };
    let fresh = fresh.unwrap();
    fresh.run(&["restore", "--from", path]).ended(0);
    fresh.run(&["verify"]).ended(0);
    fresh.run(&["restore", "--from", path]).ended(2);
}
