//! Opening: the right file, once, and nothing left behind by a refusal.

use std::process::Command;

use store::{DatabaseUrl, OpenError, Store, StoreError};

use crate::support::{Folder, block_on, on_both, options};

#[test]
fn a_fresh_path_gets_its_folders_and_file() {
    let folder = Folder::new();
    let file = folder.0.join("a/b/結 town.db");
    let store = Store::open(&DatabaseUrl::parse(&format!("sqlite:{}", file.display())).unwrap(), &options()).unwrap();
    assert!(file.exists());
    block_on(store.ping()).unwrap();
}

#[test]
fn both_databases_answer_a_ping() {
    on_both(|rig| assert_eq!(block_on(rig.store.ping()), Ok(())));
}

#[test]
fn an_unknown_address_is_refused_and_makes_no_file() {
    let folder = Folder::new();
    let path = folder.file().display().to_string();
    for text in [path.clone(), format!("sqlit:{path}"), format!("file:{path}"), format!("mysql://{path}")] {
        assert!(DatabaseUrl::parse(&text).is_err(), "{text}");
    }
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0);
}

#[test]
fn a_server_that_is_not_there_is_an_error_without_its_password() {
    let url = DatabaseUrl::parse("postgres://yui:s3cret@127.0.0.1:1/yui").unwrap();
    let error = Store::open(&url, &options()).unwrap_err();
    assert!(matches!(error, OpenError::Connect(StoreError::Unavailable(_))), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[test]
fn a_folder_in_the_place_of_the_file_is_an_error() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file()).unwrap();
    assert!(matches!(Store::open(&folder.url(), &options()), Err(OpenError::File { .. })));
}

#[test]
fn the_file_is_free_again_after_the_store_is_gone() {
    let folder = Folder::new();
    for _ in 0..3 {
        let store = Store::open(&folder.url(), &options()).unwrap();
        assert!(matches!(Store::open(&folder.url(), &options()), Err(OpenError::InUse { .. })));
        drop(store);
    }
}

/// The other half of the next test: what a second process sees.
#[test]
#[ignore = "run by a_second_process_is_refused_by_name"]
fn open_what_another_process_holds() {
    let url = DatabaseUrl::parse(&std::env::var("STORE_TEST_URL").unwrap()).unwrap();
    match Store::open(&url, &options()) {
        Err(error) => println!("REFUSED: {error}"),
        Ok(_) => println!("OPENED"),
    }
}

#[test]
fn a_second_process_is_refused_by_name() {
    let folder = Folder::new();
    let second = || {
        let out = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "opening::open_what_another_process_holds", "--ignored", "--nocapture"])
            .env("STORE_TEST_URL", folder.url().to_string())
            .output()
            .unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    let store = Store::open(&folder.url(), &options()).unwrap();
    let refused = second();
    let pid = format!("is in use by another process (pid {})", std::process::id());
    assert!(refused.contains("REFUSED") && refused.contains(&pid), "{refused}");
    store.shutdown();
    assert!(second().contains("OPENED"));
}
