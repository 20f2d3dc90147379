//! Programs of this package that a test runs beside itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Beside the directory of the running test; built once when the tests of another crate run alone.
pub(crate) fn program(name: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().find(|path| path.join("deps").is_dir()).expect("a target");
    let program = profile.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        build(profile, name);
    }
    program
}

fn build(profile: &Path, name: &str) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "-p", "testkit", "--bin", name]);
    command.arg("--target-dir").arg(profile.parent().unwrap());
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        command.arg("--release");
    }
    assert!(command.status().unwrap().success(), "{name} does not build");
}
