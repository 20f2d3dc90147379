//! The two trees of migrations: same numbers, and every step can be taken back and taken again.

use std::collections::BTreeSet;

use crate::support::on_both;

#[test]
fn every_migration_can_be_applied_reverted_and_applied_again() {
    on_both(|rig| {
        let all = rig.store.pending().unwrap();
        assert!(!all.is_empty());
        assert_eq!(rig.store.migrate().unwrap(), all);
        assert_eq!(rig.store.applied().unwrap(), all);
        assert_eq!(rig.store.migrate().unwrap(), Vec::<String>::new());
        let reverted: Vec<_> = all.iter().rev().cloned().collect();
        assert_eq!(rig.store.revert_all().unwrap(), reverted);
        assert_eq!(rig.store.pending().unwrap(), all);
        assert_eq!(rig.store.migrate().unwrap(), all);
    });
}

#[test]
fn replicas_that_start_together_migrate_once() {
    on_both(|rig| {
        if rig.store.backend() == store::Backend::Sqlite {
            return;
        }
        let all = rig.store.pending().unwrap();
        let mut applied = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| rig.store.migrate().unwrap())).collect();
            starts.into_iter().flat_map(|start| start.join().unwrap()).collect::<Vec<_>>()
        });
        applied.sort();
        assert_eq!(applied, all);
    });
}

#[test]
fn both_trees_hold_the_same_versions_and_a_way_back() {
    let versions = |tree: &str| -> BTreeSet<String> {
        let root = format!("{}/../../migrations/{tree}", env!("CARGO_MANIFEST_DIR"));
        let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
        folders
            .inspect(|folder| assert!(folder.join("down.sql").exists(), "{} has no way back", folder.display()))
            .map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(versions("sqlite"), versions("postgres"));
}
