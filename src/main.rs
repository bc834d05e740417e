//! `bantin`: parses arguments, calls the command, turns the error into an exit code.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    bantin::cli::main()
}
