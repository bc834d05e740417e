//! `bantin restore`: a backup in the place of the database, while no daemon runs.

use super::exit::{self, Shape};
use super::{Global, progress::Progress};
use crate::config::Config;
use crate::store::sqlite::SqliteStore;
use chrono::Utc;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments of `restore`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "--json prints {restored: the backup, kept: where the old database is, or null}.")]
pub(super) struct Arguments {
    /// The backup [default: the newest of the automatic ones]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The same facts for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, global: &Global) -> ExitCode {
    let shape = Shape::of(arguments.json);
    exit::end(restored(arguments, global, shape), shape)
}

fn restored(arguments: Arguments, global: &Global, shape: Shape) -> Result<String, exit::Failure> {
    let config = global.load()?;
    let file = arguments.file.map_or_else(|| newest(&config), Ok)?;
    let progress = Progress::new(shape);
    let aside = SqliteStore::restore(&config.state_dir, &file, Utc::now(), &progress.watcher())?;
    if shape == Shape::Json {
        return exit::pretty(&json!({ "restored": file, "kept": aside }));
    }
    let kept = aside
        .map_or_else(String::new, |aside| format!("the database that stood there is kept as {}\n", aside.display()));
    Ok(format!(
        "restored {}\n{kept}what is in it is published at the next start of `bantin run` or `bantin once`\n",
        file.display()
    ))
}

fn newest(config: &Config) -> Result<PathBuf, exit::Failure> {
    let folder = &config.backup.dir;
    SqliteStore::backups_in(folder).pop().ok_or_else(|| {
        exit::Failure::usage(format!("there are no automatic backups in {}", folder.display()))
            .help("name a FILE that `bantin backup` wrote: bantin restore FILE")
    })
}
