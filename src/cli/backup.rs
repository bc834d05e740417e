//! `bantin backup`: a consistent copy of a live database.

use super::exit::{self, Shape};
use super::progress::Progress;
use super::{Global, run::runtime};
use crate::store::sqlite::SqliteStore;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments of `backup`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "--json prints {file, bytes}.")]
pub(super) struct Arguments {
    /// Where the copy goes; an older copy there is replaced only when the new one is whole
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Say what was written, for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    let shape = Shape::of(arguments.json);
    exit::end(copy(arguments, global, shape), shape)
}

fn copy(arguments: &Arguments, global: &Global, shape: Shape) -> Result<String, exit::Failure> {
    let (config, file) = (global.load()?, &arguments.file);
    let store = SqliteStore::open_read_only(&config.state_dir)?;
    let progress = Progress::new(shape);
    runtime()?.block_on(store.backup_to(file, &progress.watcher()))?;
    let bytes = std::fs::metadata(file).map(|found| found.len()).ok();
    match shape {
        // as `cp` does: no news is good news
        Shape::Text => Ok(String::new()),
        Shape::Json => exit::pretty(&json!({ "file": file, "bytes": bytes })),
    }
}
