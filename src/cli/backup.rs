//! `bantin backup`: a consistent copy of a live database.

use super::{Global, exit, run::runtime};
use crate::store::sqlite::SqliteStore;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments of `backup`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where the copy goes; an older copy there is replaced only when the new one is whole
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    match copy(arguments, global) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(),
    }
}

fn copy(arguments: &Arguments, global: &Global) -> Result<(), exit::Failure> {
    let config = global.load()?;
    let store = SqliteStore::open_read_only(&config.state_dir)?;
    runtime()?.block_on(store.backup_to(&arguments.file))?;
    Ok(())
}
