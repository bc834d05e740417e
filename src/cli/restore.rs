//! `bantin restore`: a backup in the place of the database, while no daemon runs.

use super::{Global, exit};
use crate::config::Config;
use crate::store::sqlite::SqliteStore;
use chrono::Utc;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments of `restore`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The backup [default: the newest of the automatic ones]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, global: &Global) -> ExitCode {
    match restored(arguments, global) {
        Ok(said) => {
            // A reader that went away (`| head`) has seen enough.
            let _ = std::io::stdout().lock().write_all(said.as_bytes());
            ExitCode::SUCCESS
        }
        Err(failure) => failure.end(),
    }
}

fn restored(arguments: Arguments, global: &Global) -> Result<String, exit::Failure> {
    let config = global.load()?;
    let file = arguments.file.map_or_else(|| newest(&config), Ok)?;
    let aside = SqliteStore::restore(&config.state_dir, &file, Utc::now())?;
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
        exit::Failure::usage(format!("there are no automatic backups in {}: name a FILE", folder.display()))
    })
}
