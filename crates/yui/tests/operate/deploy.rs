//! What lies in the repository for containers fits the program: names of settings, probes, rights, secrets, the proxy.
//! No engine is asked; the two replicas themselves are walked through in `docs/OPERATIONS.md`.

use crate::place::{SECRET, bare, bytes, finish};
use saphyr::{LoadableYamlNode as _, YamlOwned};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(name: &str) -> String {
    String::from_utf8(bytes(&root().join(name))).unwrap()
}

fn compose() -> YamlOwned {
    let text = read("docker-compose.yml");
    YamlOwned::load_from_str(&text).unwrap().remove(0)
}

/// A value below a node, by a path of keys.
fn at<'a>(node: &'a YamlOwned, path: &[&str]) -> &'a YamlOwned {
    path.iter().fold(node, |node, key| {
        node.as_mapping_get(key).unwrap_or_else(|| panic!("no {key} (of {path:?}) in the compose file"))
    })
}

fn has(node: &YamlOwned, key: &str) -> bool {
    node.as_mapping_get(key).is_some()
}

fn text(node: &YamlOwned) -> String {
    match node.as_str() {
        Some(text) => text.to_owned(),
        None => node.as_integer().map_or_else(|| format!("{node:?}"), |number| number.to_string()),
    }
}

fn texts(node: &YamlOwned) -> Vec<String> {
    node.as_sequence().unwrap().iter().map(text).collect()
}

fn keys(node: &YamlOwned) -> Vec<String> {
    node.as_mapping().unwrap().keys().map(text).collect()
}

/// The names of environment variables in a text: `YUI_` and capitals.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    words.filter(|word| word.starts_with("YUI_") && word.len() > 4).map(str::to_owned).collect()
}

/// The settings that the program knows.
fn settings() -> BTreeSet<String> {
    names(&finish(bare(&["serve", "--help"]), "").ended(0).out)
}

#[test]
fn every_setting_that_is_named_anywhere_is_one_of_the_programs() {
    let known = settings();
    assert!(known.len() > 25, "{known:?}");
    for file in ["docker-compose.yml", "Dockerfile", "docs/OPERATIONS.md", "README.md"] {
        let unknown: Vec<_> = names(&read(file)).difference(&known).cloned().collect();
        // Those of the tests stand in CONTRIBUTING.md.
        assert_eq!(unknown, Vec::<String>::new(), "{file}");
    }
}

#[test]
fn two_replicas_share_everything_and_run_with_few_rights() {
    let compose = compose();
    let services = at(&compose, &["services"]);
    let replicas: Vec<String> = keys(services).into_iter().filter(|name| name.starts_with("yui-")).collect();
    assert_eq!(replicas, ["yui-1", "yui-2"]);
    for name in &replicas {
        let service = at(services, &[name]);
        assert_eq!(text(at(service, &["user"])), "10001", "not root");
        assert_eq!(at(service, &["read_only"]).as_bool(), Some(true));
        assert_eq!(texts(at(service, &["cap_drop"])), ["ALL"]);
        assert!(texts(at(service, &["security_opt"])).contains(&"no-new-privileges:true".to_owned()));
        assert_eq!(texts(at(service, &["healthcheck", "test"])), ["CMD", "yui", "healthcheck"]);
        assert_eq!(text(at(service, &["depends_on", "postgres", "condition"])), "service_healthy");
        let grace: u32 = text(at(service, &["stop_grace_period"])).trim_end_matches('s').parse().unwrap();
        assert!(grace > 30, "requests under way have 30 s");
        assert!(!has(service, "ports"), "only the proxy is reached from outside");
    }
    for name in keys(services) {
        assert!(has(at(services, &[&name]), "healthcheck"), "{name} has a health check");
    }
    let proxy = at(services, &["proxy"]);
    for name in &replicas {
        assert_eq!(text(at(proxy, &["depends_on", name, "condition"])), "service_healthy");
    }
    let subnet = texts_of(at(&compose, &["networks", "default", "ipam", "config"]), "subnet");
    assert_eq!(subnet, [text(at(services, &["yui-1", "environment", "YUI_TRUSTED_PROXIES"]))]);
}

fn texts_of(list: &YamlOwned, key: &str) -> Vec<String> {
    list.as_sequence().unwrap().iter().map(|one| text(at(one, &[key]))).collect()
}

#[test]
fn secrets_come_from_files_that_the_manual_tells_to_make() {
    let compose = compose();
    let services = at(&compose, &["services"]);
    let manual = read("docs/OPERATIONS.md");
    let mut used = BTreeSet::new();
    for name in keys(services) {
        let service = at(services, &[&name]);
        if has(service, "secrets") {
            used.extend(texts(at(service, &["secrets"])));
        }
        if !has(service, "environment") {
            continue;
        }
        for variable in keys(at(service, &["environment"])) {
            let value = text(at(service, &["environment", &variable]));
            let secret = ["SECRET", "PASSWORD", "DATABASE_URL"].iter().any(|word| variable.contains(word));
            assert!(
                !secret || (variable.ends_with("_FILE") && value.starts_with("/run/secrets/")),
                "{name}: {variable}"
            );
            if let Some(file) = value.strip_prefix("/run/secrets/") {
                assert!(texts(at(service, &["secrets"])).contains(&file.to_owned()), "{name} is given {file}");
            }
        }
    }
    assert_eq!(used, keys(at(&compose, &["secrets"])).into_iter().collect());
    for name in used {
        let file = text(at(&compose, &["secrets", &name, "file"]));
        assert_eq!(file, format!("./secrets/{name}"));
        assert!(manual.contains(&format!("> secrets/{name}")), "OPERATIONS.md says how secrets/{name} is made");
    }
    assert!(read(".gitignore").contains("secrets") && read(".dockerignore").contains("secrets"));
}

/// The program takes the very environment of the compose file.
#[test]
fn the_program_accepts_what_the_compose_file_sets() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("yui_secret"), SECRET).unwrap();
    std::fs::write(folder.path().join("database_url"), "postgres://yui:abc123@postgres/yui").unwrap();
    let compose = compose();
    let environment = at(&compose, &["services", "yui-1", "environment"]);
    let mut command = bare(&["config", "--json"]);
    for name in keys(environment) {
        let value = text(at(environment, &[&name]));
        let value = match value.strip_prefix("${") {
            Some(rest) => rest.split_once(":-").unwrap().1.trim_end_matches('}').to_owned(),
            None => value.replace("/run/secrets", folder.path().to_str().unwrap()),
        };
        command.env(name, value);
    }
    let shown = finish(command, "").ended(0).json();
    assert_eq!((&shown["listen"], &shown["mail_transport"]), (&"0.0.0.0:8080".into(), &"smtp".into()));
    assert_eq!(shown["trusted_proxies"], "172.30.77.0/24");
}

#[test]
fn the_proxy_knows_both_replicas_and_lets_the_largest_file_through() {
    let compose = compose();
    let nginx = read("deploy/nginx.conf");
    let lines: Vec<&str> = nginx.lines().map(str::trim).collect();
    let of = |word: &str| -> Vec<String> {
        let found = lines.iter().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
        found.map(|rest| rest.trim_end_matches(';').to_owned()).collect()
    };
    let listen = text(at(&compose, &["services", "yui-1", "environment", "YUI_LISTEN"]));
    let port = listen.rsplit_once(':').unwrap().1;
    let servers: Vec<String> = of("server").iter().map(|rest| rest.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(
        servers.iter().filter(|one| one.contains(':')).cloned().collect::<Vec<_>>(),
        [format!("yui-1:{port}"), format!("yui-2:{port}")]
    );
    let published = texts(at(&compose, &["services", "proxy", "ports"]));
    assert_eq!(published, [format!("8080:{}", of("listen")[0])]);
    let body: u64 = of("client_max_body_size")[0].trim_end_matches('m').parse().unwrap();
    assert!(body * 1024 * 1024 > 5 * 1024 * 1024 + 64 * 1024, "an attached file of 5 MB with its form around it");
    let headers = of("proxy_set_header");
    for header in ["Host $http_host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"] {
        assert!(headers.iter().any(|one| one == header), "{header}: what a client claims is not passed on");
    }
    assert_eq!(of("server_tokens"), ["off"]);
    // A replica that is stopped, away at the start or made anew keeps nobody waiting.
    let wait: u32 = of("proxy_connect_timeout")[0].trim_end_matches('s').parse().unwrap();
    assert!(wait <= 2, "the address of a stopped container answers nobody");
    let resolved = of("server").iter().filter(|one| one.contains(':')).all(|one| one.ends_with(" resolve"));
    assert!(resolved && of("resolver")[0].starts_with("127.0.0.11 ") && of("zone").len() == 1);
    let image = text(at(&compose, &["services", "proxy", "image"]));
    let version: u32 = image.strip_prefix("nginx:1.").unwrap().split('-').next().unwrap().parse().unwrap();
    assert!(version >= 28, "{image} does not resolve names of servers");
    assert!(of("hash")[0].contains("$yui_session") && of("hash")[0].contains("$http_authorization"));
}

/// What the image does at its first start: no role that nobody can sign in as, and not healthy before it is made.
#[test]
fn a_database_without_its_password_does_not_come_up() {
    let script = root().join("deploy/postgres-role.sh");
    let folder = tempfile::tempdir().unwrap();
    let [missing, empty] = ["missing", "empty"].map(|name| folder.path().join(name));
    std::fs::write(&empty, "").unwrap();
    // No psql but this one is within reach.
    let asked = folder.path().join("asked");
    let psql = folder.path().join("psql");
    std::fs::write(&psql, format!("#!/bin/sh\n: > {}\n", asked.display())).unwrap();
    std::fs::set_permissions(&psql, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("/bin/cat", folder.path().join("cat")).unwrap();
    let run = |file: &Path| {
        let mut command = std::process::Command::new("/bin/sh");
        command.arg(&script).env_clear().env("PATH", folder.path()).env("YUI_PASSWORD_FILE", file);
        command.output().unwrap()
    };
    for file in [&missing, &empty] {
        let done = run(file);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && said.contains(file.to_str().unwrap()), "{file:?}: {said}");
        assert!(!asked.exists(), "the script stops before it makes a role");
    }
    let password = folder.path().join("password");
    std::fs::write(&password, "abc123").unwrap();
    assert!(run(&password).status.success() && asked.exists(), "with a password it goes on");
    let compose = compose();
    let health = texts(at(&compose, &["services", "postgres", "healthcheck", "test"])).join(" ");
    assert!(health.starts_with("CMD psql -h 127.0.0.1 -U yui -d yui"), "{health}");
}

#[test]
fn the_image_runs_as_nobody_special_and_brings_the_programs_for_backups() {
    let docker = read("Dockerfile");
    let version =
        read("Cargo.toml").lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().replace('"', "");
    assert!(docker.contains(&format!("FROM rust:{version}-bookworm AS build")), "the toolchain of Cargo.toml");
    let last = docker.split("FROM ").last().unwrap();
    assert!(last.contains("USER 10001") && last.contains("--uid 10001"));
    assert!(last.contains("HEALTHCHECK") && last.contains("\"yui\", \"healthcheck\""));
    assert!(last.contains("--owner yui --mode 0700 /var/lib/yui/data"), "its data folder is its own");
    // Debian 12 brings the client of PostgreSQL 15: pg_dump is never older than the server.
    assert!(last.starts_with("debian:bookworm-slim") && last.contains("postgresql-client"));
    assert!(text(at(&compose(), &["services", "postgres", "image"])).starts_with("postgres:15"));
}
