//! The layout that ARCHITECTURE.md promises, checked against what cargo sees: arrows between crates,
//! third-party gates, licences, sources, and versions known to be bad (`deny.toml`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may fail loudly"
)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn metadata() -> Value {
    // This platform only: what other platforms would need is not on this machine.
    let version = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let host =
        String::from_utf8(version).unwrap().lines().find_map(|line| Some(line.strip_prefix("host: ")?.to_owned()));
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &host.unwrap()])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The rows of the table whose header contains `heading`, as cells without back-quotes.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    page.lines()
        .skip_while(|line| !(line.starts_with('|') && line.contains(heading)))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect())
        .collect()
}

fn words(cell: &str) -> BTreeSet<String> {
    cell.split_whitespace().map(str::to_owned).collect()
}

/// Workspace members with their direct dependencies of one kind ("" is normal, "dev", "build").
fn members(metadata: &Value) -> BTreeMap<String, Vec<(String, String)>> {
    let ids: BTreeSet<&str> =
        metadata["workspace_members"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| ids.contains(package["id"].as_str().unwrap()))
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .map(|d| (d["name"].as_str().unwrap().to_owned(), d["kind"].as_str().unwrap_or_default().to_owned()))
                .collect();
            (package["name"].as_str().unwrap().to_owned(), dependencies)
        })
        .collect()
}

#[test]
fn arrows_between_crates_point_down_only() {
    let metadata = metadata();
    let members = members(&metadata);
    let rows = table("may use");
    let allowed: BTreeMap<String, BTreeSet<String>> = rows.iter().map(|row| (row[1].clone(), words(&row[3]))).collect();
    let listed: BTreeSet<&String> = allowed.keys().collect();
    assert_eq!(members.keys().collect::<BTreeSet<_>>(), listed, "every crate has a row in ARCHITECTURE.md");
    for (name, dependencies) in &members {
        let may = &allowed[name];
        if may.contains("all") {
            continue;
        }
        for (dependency, kind) in dependencies {
            // Rigs may be used by any test.
            if members.contains_key(dependency) && kind != "dev" {
                assert!(may.contains(dependency), "{name} → {dependency} is not allowed by ARCHITECTURE.md");
            }
        }
    }
}

#[test]
fn libraries_stay_behind_their_gates() {
    let members = members(&metadata());
    for row in table("only in") {
        let (library, only_in) = (&row[0], words(&row[1]));
        for (name, dependencies) in &members {
            let uses = dependencies.iter().any(|(dependency, kind)| dependency == library && kind != "dev");
            assert!(!uses || only_in.contains(name), "{name} must not use {library}");
        }
        assert!(only_in.iter().all(|name| members.contains_key(name)), "{library}: unknown crate in {only_in:?}");
    }
}

#[test]
fn every_dependency_has_a_licence_we_take_and_comes_from_the_registry() {
    let policy: toml::Table = std::fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let allow: BTreeSet<&str> =
        policy["licenses"]["allow"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
    let metadata = metadata();
    let mut seen = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let name = format!("{} {}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        let source = package["source"].as_str().unwrap_or_default();
        assert!(source.is_empty() || source.starts_with("registry+"), "{name} comes from {source}");
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} names no licence"));
        assert!(acceptable(licence, &allow), "{name} is under {licence}");
        seen += 1;
    }
    assert!(seen > 100, "only {seen} packages were seen");
}

#[test]
fn no_version_known_to_be_bad_is_in_the_lock_file() {
    let policy: toml::Table = std::fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let lock: toml::Table = std::fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let locked: Vec<(&str, Vec<u64>)> = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["name"].as_str().unwrap(), version(package["version"].as_str().unwrap())))
        .collect();
    for ban in policy["bans"]["deny"].as_array().unwrap() {
        let (name, below) = match ban["crate"].as_str().unwrap().split_once("@<") {
            Some((name, below)) => (name, version(below)),
            None => (ban["crate"].as_str().unwrap(), vec![u64::MAX]),
        };
        for (locked_name, locked_version) in &locked {
            assert!(
                *locked_name != name || *locked_version >= below,
                "{name} {locked_version:?}: {}",
                ban["reason"].as_str().unwrap()
            );
        }
    }
}

fn version(text: &str) -> Vec<u64> {
    text.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
}

/// Evaluates an SPDX expression; `/` is the old way to write OR.
fn acceptable(expression: &str, allow: &BTreeSet<&str>) -> bool {
    let text = expression.replace('/', " OR ");
    let trimmed = text.trim();
    if let Some(parts) = split_outside(trimmed, " AND ") {
        return parts.iter().all(|part| acceptable(part, allow));
    }
    if let Some(parts) = split_outside(trimmed, " OR ") {
        return parts.iter().any(|part| acceptable(part, allow));
    }
    match trimmed.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => acceptable(inner, allow),
        None => allow.contains(trimmed),
    }
}

/// Splits at a word that stands outside of parentheses.
fn split_outside<'a>(text: &'a str, word: &str) -> Option<Vec<&'a str>> {
    let mut depth = 0_i32;
    let mut start = 0;
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 && text[at..].starts_with(word) => {
                parts.push(&text[start..at]);
                start = at + word.len();
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        return None;
    }
    parts.push(&text[start..]);
    Some(parts)
}

#[test]
fn licence_expressions_are_read_as_written() {
    let allow = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"]);
    assert!(acceptable("MIT/Apache-2.0", &allow));
    assert!(acceptable("(MIT OR GPL-3.0) AND Unicode-3.0", &allow));
    assert!(!acceptable("MIT AND GPL-3.0-or-later", &allow));
    assert!(!acceptable("LGPL-3.0-only", &allow));
}

/// What people read: templates, and the sentences in the code.
fn texts(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn one_thing_has_one_name() {
    let glossary = std::fs::read_to_string(root().join("docs/GLOSSARY.md")).unwrap();
    let rejected: Vec<(String, String)> = glossary
        .lines()
        .skip_while(|line| *line != "| not | but |")
        .skip(2)
        .map_while(|line| line.trim_matches('|').split_once('|'))
        .map(|(not, but)| (not.trim().to_owned(), but.trim().to_owned()))
        .collect();
    assert!(rejected.len() > 10, "the table was read");
    let mut found = Vec::new();
    for folder in
        ["web/templates", "web/src", "mail/src", "http-kit/src", "domain/src", "app/src", "api/src", "yui/src"]
    {
        texts(&root().join("crates").join(folder), &mut found);
    }
    // The search of the help knows the words that people may look for.
    found.retain(|(name, _)| !name.ends_with("web/src/search.rs"));
    assert!(found.len() > 200);
    let mut faults = Vec::new();
    for (name, text) in &found {
        for (at, line) in text.lines().enumerate() {
            let said = rejected.iter().filter(|(not, _)| line.contains(not.as_str()));
            faults.extend(said.map(|(not, but)| format!("{name}:{}: {not} is called {but}", at + 1)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
