//! A consortium's data as plain files: complete, readable, and without anything that opens a door.

use crate::place::{PASSWORD, Place, bytes};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

pub fn walk(place: &Place) {
    let id = place.lines("SELECT id AS line FROM consortia").remove(0);
    let before = exports(place);
    let csv = place.run(&["export", "--consortium", &id, "--to", "handover/csv", "--json"]).ended(0).json();
    let json = place.run(&["export", "--consortium", &id, "--to", "handover/json", "--format", "json"]).ended(0);
    assert!(json.out.contains("個人情報を含みます"), "{}", json.out);
    assert_eq!(exports(place), before + 2, "the audit trail knows");
    let (csv_list, json_list) = (list(place, "csv"), list(place, "json"));
    assert_eq!(csv["files"].as_u64().unwrap(), u64::try_from(csv_list.len()).unwrap());
    for (table, query) in [
        ("members", "SELECT id AS line FROM members"),
        ("posts", "SELECT id AS line FROM posts"),
        ("seat_transfers", "SELECT id AS line FROM seat_transfers"),
        ("applications", "SELECT id AS line FROM applications"),
        ("shares", "SELECT id AS line FROM shares"),
    ] {
        let rows = u64::try_from(place.lines(query).len()).unwrap();
        assert!(rows > 0, "{table}");
        for (list, ending) in [(&csv_list, "csv"), (&json_list, "json")] {
            let file = list.iter().find(|file| file["file"] == format!("{table}.{ending}")).unwrap();
            assert_eq!(file["rows"].as_u64(), Some(rows), "{table}.{ending}");
        }
    }
    same_facts(place);
    silent(&place.path("handover"));
    place.run(&["export", "--consortium", &id, "--to", "handover/csv"]).ended(2);
    let none = place.run(&["export", "--consortium", "none", "--to", "handover/none"]).ended(2);
    assert!(none.err.contains("ありません") && !place.path("handover/none").exists(), "{}", none.err);
}

fn exports(place: &Place) -> usize {
    place.lines("SELECT id AS line FROM audit_entries WHERE action = 'data.exported'").len()
}

fn list(place: &Place, format: &str) -> Vec<Value> {
    let manifest: Value =
        serde_json::from_slice(&bytes(&place.path(&format!("handover/{format}/manifest.json")))).unwrap();
    assert_eq!(manifest["format"], "yui-export/1");
    manifest["files"].as_array().unwrap().clone()
}

/// The same members in both formats, instants and flags in one shape on either database.
fn same_facts(place: &Place) {
    let json: Vec<Value> = serde_json::from_slice(&bytes(&place.path("handover/json/members.json"))).unwrap();
    let csv = String::from_utf8(bytes(&place.path("handover/csv/members.csv"))).unwrap();
    let csv = csv.strip_prefix('\u{feff}').expect("a mark for Excel");
    let lines: Vec<&str> = csv.split("\r\n").filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), json.len() + 1);
    assert!(lines[0].starts_with("id,municipality_code,name,"), "{}", lines[0]);
    for member in &json {
        assert!(member["is_lead"].is_boolean() && member["population"].is_i64(), "{member}");
        assert_eq!(member["joined_on"], "2025-09-01");
        assert!(member["created_at"].as_str().unwrap().ends_with('Z'), "{member}");
        let id = member["id"].as_str().unwrap();
        let line = lines.iter().find(|line| line.starts_with(id)).unwrap();
        assert!(line.contains(member["municipality_code"].as_str().unwrap()));
        assert!(line.contains(member["created_at"].as_str().unwrap()), "{line}");
    }
    let quotes: Vec<Value> = serde_json::from_slice(&bytes(&place.path("handover/json/quotes.json"))).unwrap();
    assert!(quotes[0]["schedule"]["tiers"].is_array(), "JSON stays JSON: {}", quotes[0]);
}

/// No hash of a password or a token, no password, no text of a mail; and nobody but the owner reads it.
fn silent(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o077;
        assert_eq!(mode, 0, "{}", path.display());
        if path.is_dir() {
            silent(&path);
            continue;
        }
        let text = String::from_utf8_lossy(&bytes(&path)).into_owned();
        for word in ["$argon2", PASSWORD, "password_hash", "token_hash", "sealed_seed", "yui_ack_", "sealed.1."] {
            assert!(!text.contains(word), "{word} in {}", path.display());
        }
    }
}
