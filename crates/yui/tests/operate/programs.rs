//! What other users of the machine see of the programs that are started: no password.

use crate::place::{DATABASE_PASSWORD, Place, bytes, finish};
use std::os::unix::fs::PermissionsExt as _;

/// A stand-in that notes its arguments, as `/proc/PID/cmdline` shows them to everybody, and what came by environment.
const STAND_IN: &str = r#"#!/bin/sh
tr '\0' '\n' < /proc/$$/cmdline > "$NOTES/$(basename "$0").arguments"
printf '%s' "$PGPASSWORD" > "$NOTES/$(basename "$0").password"
while [ $# -gt 0 ]; do
  if [ "$1" = "--file" ]; then echo dump > "$2"; fi
  shift
done
"#;

#[test]
fn the_password_of_the_database_never_stands_in_the_arguments_of_a_program() {
    let Some(place) = Place::postgres() else { return };
    let programs = place.path("programs");
    std::fs::create_dir(&programs).unwrap();
    for name in ["pg_dump", "pg_restore"] {
        std::fs::write(programs.join(name), STAND_IN).unwrap();
        std::fs::set_permissions(programs.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let run = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        let path = format!("{}:{}", programs.display(), std::env::var_os("PATH").unwrap().display());
        command.env("PATH", path).env("NOTES", place.folder.path());
        finish(command, "")
    };
    run(&["backup", "--to", "year.yui"]).ended(0);
    run(&["restore", "--from", "year.yui", "--replace"]).ended(0);
    for name in ["pg_dump", "pg_restore"] {
        let arguments = String::from_utf8(bytes(&place.path(&format!("{name}.arguments")))).unwrap();
        assert!(arguments.contains("postgres://yui@/") && !arguments.contains(DATABASE_PASSWORD), "{arguments}");
        assert_eq!(bytes(&place.path(&format!("{name}.password"))), DATABASE_PASSWORD.as_bytes(), "{name}");
    }
}
