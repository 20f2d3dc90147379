//! Where a setting comes from, what is refused at once, and what is never printed.

use crate::place::{DATABASE_PASSWORD, Place, SECRET, bare, bytes, finish};
use serde_json::Value;
use std::path::Path;

fn effective(arguments: &[&str], environment: &[(&str, &str)]) -> Value {
    let mut command = bare(&[&["config", "--json"][..], arguments].concat());
    command.envs(environment.iter().copied());
    finish(command, "").ended(0).json()
}

#[test]
fn a_flag_wins_over_the_environment_which_wins_over_the_file_which_wins_over_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yui.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:1001\"\nmail_from_name = \"ファイル\"\nverify_every = 7\n").unwrap();
    let file = file.to_str().unwrap();
    let default = effective(&[], &[]);
    assert_eq!(default["listen"], "127.0.0.1:8080");
    assert_eq!(default["verify_every"], "60分");
    let from_file = effective(&["--config", file], &[]);
    assert_eq!((&from_file["listen"], &from_file["verify_every"]), (&"127.0.0.1:1001".into(), &"7分".into()));
    let environment = [("YUI_CONFIG", file), ("YUI_LISTEN", "127.0.0.1:1002")];
    let from_environment = effective(&[], &environment);
    assert_eq!(from_environment["listen"], "127.0.0.1:1002");
    assert_eq!(from_environment["mail_from_name"], "ファイル", "what the environment leaves open");
    let from_flag = effective(&["--listen", "127.0.0.1:1003"], &environment);
    assert_eq!(from_flag["listen"], "127.0.0.1:1003");

    std::fs::write(folder.path().join("wrong.toml"), "lisen = \"127.0.0.1:1\"\n").unwrap();
    let wrong = bare(&["config", "--config", folder.path().join("wrong.toml").to_str().unwrap()]);
    let wrong = finish(wrong, "").ended(2);
    assert!(wrong.err.contains("wrong.toml") && wrong.err.contains("lisen"), "{}", wrong.err);
}

#[test]
fn no_secret_is_printed_wherever_it_came_from() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), format!("{text}\n")).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let secret = write("secret", SECRET);
    let url = write("url", &format!("postgres://yui:{DATABASE_PASSWORD}@db/yui"));
    let smtp = write("smtp", "Post-Wort-77");
    let environment = [
        ("YUI_SECRET_FILE", secret.as_str()),
        ("YUI_DATABASE_URL_FILE", url.as_str()),
        ("YUI_MAIL_TRANSPORT", "smtp"),
        ("YUI_SMTP_HOST", "relay"),
        ("YUI_SMTP_TLS", "starttls"),
        ("YUI_SMTP_USER", "yui"),
        ("YUI_SMTP_PASSWORD_FILE", smtp.as_str()),
    ];
    let shown = effective(&[], &environment);
    assert!(shown["database_url"].as_str().unwrap().starts_with("postgres://yui:***@db/yui"), "{shown}");
    for arguments in [&["config", "--json"][..], &["config"][..], &["serve", "--help"][..]] {
        let mut command = bare(arguments);
        command.envs(environment).env("YUI_SMTP_PASSWORD", "Post-Wort-77").env_remove("YUI_SMTP_PASSWORD_FILE");
        command.env("YUI_SECRET", SECRET).env_remove("YUI_SECRET_FILE");
        let ran = finish(command, "").ended(0);
        for word in [SECRET, DATABASE_PASSWORD, "Post-Wort-77"] {
            assert!(!ran.out.contains(word) && !ran.err.contains(word), "{arguments:?}: {ran:?}");
        }
    }
    let mut both = bare(&["config"]);
    both.envs(environment).env("YUI_SECRET", SECRET);
    assert!(finish(both, "").ended(2).err.contains("secret_file"), "a value and a file at once");
}

#[test]
fn weak_secrets_and_unknown_databases_are_refused_before_anything_is_made() {
    let place = Place::sqlite();
    for (name, value) in [
        ("YUI_SECRET", "changeme"),
        ("YUI_SECRET", "changeme-changeme-changeme-changeme-changeme"),
        ("YUI_SECRET", "yui-sample-secret-replace-me-with-48-random-bytes"),
        ("YUI_SECRET", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("YUI_DATABASE_URL", "mysql://yui@db/yui"),
        ("YUI_DATABASE_URL", "yui.db"),
        ("YUI_DATABASE_URL", "sqlite::memory:"),
        ("YUI_MAIL_TRANSPORT", "pigeon"),
        ("YUI_MAIL_TRANSPORT", "smtp"),
        ("YUI_PUBLIC_URL", "yui.example.lg.jp"),
        // Without TLS a session's cookie would cross the network in clear.
        ("YUI_PUBLIC_URL", "http://yui.example.lg.jp"),
        ("YUI_PUBLIC_URL", "http://192.0.2.7:8080"),
        ("YUI_PUBLIC_URL", "http://localhost.example.lg.jp"),
        ("YUI_LISTEN", "8080"),
        ("YUI_TRUSTED_PROXIES", "proxy"),
        ("YUI_SECOND_FACTOR", "never"),
    ] {
        for command in ["serve", "migrate", "verify", "config"] {
            let mut command = place.command(&[command]);
            command.env(name, value);
            let ran = finish(command, "").ended(2);
            let setting = name.trim_start_matches("YUI_").to_lowercase();
            let setting = if value == "smtp" { "smtp_host" } else { setting.as_str() };
            assert!(ran.err.contains(&format!("設定 {setting} が正しくありません")), "{name}={value}: {}", ran.err);
        }
    }
    let mut postgres = place.command(&["serve"]);
    postgres.env("YUI_DATABASE_URL", "postgres://yui@db/yui").env_remove("YUI_SECRET");
    assert!(finish(postgres, "").ended(2).err.contains("openssl rand"));
    let left: Vec<_> = std::fs::read_dir(place.folder.path()).unwrap().collect();
    assert!(left.is_empty(), "no stray database: {left:?}");
    // What clap itself refuses has the same code.
    finish(bare(&["nonsense"]), "").ended(2);
    finish(bare(&["restore"]), "").ended(2);
}

#[test]
fn the_document_of_the_binary_is_the_committed_one() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/openapi.json");
    let printed = finish(bare(&["openapi"]), "").ended(0).out;
    assert_eq!(printed.trim_end(), String::from_utf8(bytes(&committed)).unwrap().trim_end());
}
