//! `smtp-sink DIRECTORY [FLAGS]`: an SMTP server that keeps every mail and misbehaves on request.
//!
//! Prints `listening PORT` and then a line for each mail; ends when its standard input closes. See
//! `testkit::smtp` for the flags.
#![allow(clippy::expect_used, reason = "a rig that fails must fail its test loudly")]

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match testkit::smtp::serve(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("smtp-sink: {message}");
            ExitCode::FAILURE
        }
    }
}
