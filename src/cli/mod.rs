//! The commands: each prints, none decides.

mod backup;
mod check;
mod columns;
mod demo;
mod doctor;
mod exit;
mod extract;
mod once;
mod opml;
mod order;
mod plan;
mod poll;
mod probe;
mod progress;
mod release;
mod reload;
mod replay;
mod restore;
mod run;
mod search;
mod status;
mod toml_key;
mod withdraw;

use crate::config::{self, Config};
use crate::observe::logging::{self, LogFormat};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Visits a newspaper's sections, keeps each article once, and republishes them as one feed a category.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Exit codes: 0 done, 64 usage, 65 unusable input, 69 every poll failed or the address is taken, \
70 a fault of bantin's own, 73 state cannot be written or another process holds it, 75 a source may not be polled yet, \
78 configuration. With --json an error is {error: {exit_code, message, help, ...}} on standard output as well.\n\n\
Try it without a configuration and without network: bantin demo"
)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What goes with every command.
#[derive(Debug, clap::Args)]
struct Global {
    /// The configuration [default: /etc/bantin/bantin.toml, else the built-in one for Báo Sơn La]
    #[arg(long, global = true, value_name = "FILE", env = "BANTIN_CONFIG")]
    config: Option<PathBuf>,
    /// Listen here instead of where the configuration says; port 0 takes a free one
    #[arg(long, global = true, value_name = "ADDR:PORT|unix:PATH")]
    listen: Option<String>,
    /// How log lines look on standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    log_format: Format,
    /// The least important log line that is shown
    #[arg(long, global = true, value_name = "LEVEL", default_value = "info")]
    log_level: Level,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: poll, store, publish and serve until SIGTERM or SIGINT; SIGHUP reloads the configuration
    Run(run::Arguments),
    /// Poll every source that may be polled now, read the articles that are due, publish, and exit
    Once(once::Arguments),
    /// Run the whole daemon against a small sample paper that the program carries; needs no network
    Demo,
    /// Validate the configuration and exit; every problem is shown with its place
    Check(check::Arguments),
    /// Show what the daemon would make of a document, as JSON; changes nothing
    Extract(extract::Arguments),
    /// Look at a paper's site and say what could be polled: feeds, sections, how well they read, and a [[paper]] for them
    Probe(probe::Arguments),
    /// Show every source: last poll, next poll, items, state, last error
    Status(status::Arguments),
    /// Poll one source now, as early as politeness allows, or show what it would bring
    Poll(poll::Arguments),
    /// Have the running daemon take its configuration anew; all of it or nothing, and says which
    Reload(reload::Arguments),
    /// Let go on what is held of a source; also while the daemon runs
    Release(release::Arguments),
    /// Show what a configuration or this version would change in the feeds; tries it on a copy, changes nothing
    Plan(plan::Arguments),
    /// Read the kept documents anew and correct what is stored; also while the daemon runs
    Replay(replay::Arguments),
    /// Prove on the database that every article has one guid for life, and that all else holds; changes nothing
    Doctor(doctor::Arguments),
    /// Write the published feeds as OPML, or turn an OPML file into configuration
    Opml(opml::Arguments),
    /// Find articles of the history by their words; marks may be left out
    Search(search::Arguments),
    /// Take an article out of the feeds, or with --erase out of everything, for good
    Withdraw(withdraw::Arguments),
    /// Write a consistent copy of the database, also while the daemon runs
    Backup(backup::Arguments),
    /// Put a backup in the place of the database, which is kept aside; the daemon must be stopped
    Restore(restore::Arguments),
}

/// What the program's arguments may be, for what is made of them: man pages and completions.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command().name("bantin")
}

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Where not even this can be printed there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { 0 });
        }
    };
    let global = arguments.global;
    logging::init(global.log_format(), global.log_level());
    match arguments.command {
        Command::Run(of_run) => run::run(&of_run, &global),
        Command::Once(of_once) => once::run(&of_once, &global),
        Command::Demo => demo::run(&global),
        Command::Check(of_check) => check::run(&of_check, global.config.as_deref()),
        Command::Extract(of_extract) => extract::run(&of_extract, &global),
        Command::Probe(of_probe) => probe::run(&of_probe, &global),
        Command::Status(of_status) => status::run(&of_status, &global),
        Command::Poll(of_poll) => poll::run(of_poll, &global),
        Command::Reload(of_reload) => reload::run(&of_reload, &global),
        Command::Release(of_release) => release::run(of_release, &global),
        Command::Plan(of_plan) => plan::run(of_plan, &global),
        Command::Replay(of_replay) => replay::run(of_replay, &global),
        Command::Doctor(of_doctor) => doctor::run(&of_doctor, &global),
        Command::Opml(of_opml) => opml::run(&of_opml, global.config.as_deref()),
        Command::Search(of_search) => search::run(&of_search, &global),
        Command::Withdraw(of_withdraw) => withdraw::run(of_withdraw, &global),
        Command::Backup(of_backup) => backup::run(&of_backup, &global),
        Command::Restore(of_restore) => restore::run(of_restore, &global),
    }
}

impl Global {
    /// The configuration, `--listen` in place of its own.
    fn load(&self) -> Result<Config, exit::Failure> {
        let mut config = config::load(self.config.as_deref()).map_err(|error| exit::Failure::config(&error))?;
        if let Some(listen) = &self.listen {
            config.listen_on(listen).map_err(exit::Failure::usage)?;
        }
        Ok(config)
    }

    fn log_format(&self) -> LogFormat {
        match self.log_format {
            Format::Text => LogFormat::Text,
            Format::Json => LogFormat::Json,
        }
    }

    fn log_level(&self) -> &'static str {
        match self.log_level {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        }
    }
}
