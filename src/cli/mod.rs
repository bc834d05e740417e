//! The commands: each prints, none decides.

mod check;
mod extract;
mod opml;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit codes (sysexits.h).
pub mod exit {
    /// Bad arguments.
    pub const USAGE: u8 = 64;
    /// Input that cannot be read.
    pub const DATA: u8 = 65;
    /// The address is taken, or every poll failed.
    pub const UNAVAILABLE: u8 = 69;
    /// A fault of our own.
    pub const SOFTWARE: u8 = 70;
    /// State cannot be written, or another process holds it.
    pub const CANNOT_CREATE: u8 = 73;
    /// The configuration.
    pub const CONFIG: u8 = 78;
}

/// Republishes a newspaper's sections as feeds, each article once.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// The configuration.
    #[arg(long, global = true, value_name = "FILE", env = "BANTIN_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what the daemon would make of a document, as JSON; changes nothing.
    Extract(extract::Arguments),
    /// Validate the configuration: every problem with its place, the key, what is allowed, and the nearest good key.
    Check,
    /// Write the published feeds as OPML, or turn an OPML file into configuration
    Opml(opml::Arguments),
}

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { 0 });
        }
    };
    match arguments.command {
        Command::Extract(of_extract) => extract::run(&of_extract),
        Command::Opml(of_opml) => opml::run(&of_opml, arguments.config.as_deref()),
        Command::Check => check::run(arguments.config.as_deref()),
    }
}
