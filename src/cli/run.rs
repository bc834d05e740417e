//! `bantin run`: the daemon, wired to the signals.

use super::{Global, exit};
use crate::daemon::Part;
use crate::{config, daemon};
use clap::ValueEnum;
use std::future::Future;
use std::io::Write;
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// What the daemon may open at the same time: readers above all.
const OPEN_FILES: u64 = 32_768;

/// The arguments of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One half of a pair: `poll` does everything but serve readers, `serve` only serves and writes nothing
    #[arg(long, value_name = "HALF")]
    only: Option<Half>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Half {
    Poll,
    Serve,
}

impl Arguments {
    fn part(&self) -> Part {
        match self.only {
            None => Part::Whole,
            Some(Half::Poll) => Part::Poll,
            Some(Half::Serve) => Part::Serve,
        }
    }
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    match start(arguments.part(), global) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(),
    }
}

fn start(part: Part, global: &Global) -> Result<(), exit::Failure> {
    let config = global.load()?;
    // Each reader is an open file; where the system allows no more, the server takes fewer.
    let _ = rlimit::increase_nofile_limit(OPEN_FILES);
    let (path, listen) = (global.config.clone(), config.listen.clone());
    let reload = Box::new(move || {
        let mut config = config::load(path.as_deref())?;
        config.listen = listen.clone();
        Ok(config)
    });
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let shutdown = until_told()?;
        let hangups = on_hangup()?;
        daemon::run(part, config, reload, hangups, announce, shutdown).await
    });
    // Blocking work that is still under way is not waited for: what matters was committed.
    runtime.shutdown_background();
    result.map_err(exit::Failure::from)
}

/// The runtime of every command that polls.
pub(super) fn runtime() -> Result<Runtime, exit::Failure> {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| exit::Failure::new(exit::SOFTWARE, format!("no threads to run on: {error}")))
}

/// As [`runtime`], for a command that serves nobody: one thread waits for all answers, those that work are others.
pub(super) fn runtime_of_one() -> Result<Runtime, exit::Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| exit::Failure::new(exit::SOFTWARE, format!("no threads to run on: {error}")))
}

/// The one line on standard output.
pub(super) fn announce(address: &str) {
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason not to serve.
    let _ = writeln!(out, "listening on {address}");
    let _ = out.flush();
}

/// Ends at SIGTERM or SIGINT.
pub(super) fn until_told() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// A message at each SIGHUP.
fn on_hangup() -> std::io::Result<mpsc::Receiver<()>> {
    let mut hangup: Signal = signal(SignalKind::hangup())?;
    let (tell, told) = mpsc::channel(1);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if tell.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(told)
}
