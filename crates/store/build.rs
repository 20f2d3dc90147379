//! Compiles the store again when a migration is added: the macro that embeds them does not notice.
#![allow(clippy::print_stdout, reason = "cargo reads a build script's output")]

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
