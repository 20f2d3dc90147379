//! `yui openapi`: the OpenAPI document of this binary.

use crate::terminal;
use std::process::ExitCode;

pub(crate) fn run() -> ExitCode {
    terminal::line(api::openapi::COMMITTED);
    ExitCode::SUCCESS
}
