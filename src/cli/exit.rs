//! How a command ends: exit codes (sysexits.h), which error means which, what to do next, and the same for programs.

use crate::config::{ConfigError, StatedProblem};
use crate::daemon::{ListenError, NowhereToPublish};
use crate::store::StoreError;
use chrono::{DateTime, Local, Utc};
use serde_json::json;
use std::fmt::Display;
use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;

/// Bad arguments.
pub(super) const USAGE: u8 = 64;
/// Input that cannot be read.
pub(super) const DATA: u8 = 65;
/// The address is taken, or every poll failed.
pub(super) const UNAVAILABLE: u8 = 69;
/// A fault of our own; or a damaged database, which the next start mends: a service manager starts us again.
pub(super) const SOFTWARE: u8 = 70;
/// State cannot be written, or another process holds it.
pub(super) const CANNOT_CREATE: u8 = 73;
/// A source may not be asked yet.
pub(super) const NOT_NOW: u8 = 75;
/// The configuration.
pub(super) const CONFIG: u8 = 78;

/// Whom a command prints for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// People.
    Text,
    /// Programs: one JSON document on standard output, of an error as well.
    Json,
}

impl Shape {
    pub(super) fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

/// Why a command ends without having done its work.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    message: String,
    /// What to do, each a sentence with a command where there is one.
    help: Vec<String>,
    /// Of a configuration.
    problems: Vec<StatedProblem>,
    /// When it can be done, where that is known.
    until: Option<DateTime<Utc>>,
}

impl Failure {
    pub(super) fn new(code: u8, message: impl Display) -> Self {
        Self { code, message: format!("bantin: {message}"), help: Vec::new(), problems: Vec::new(), until: None }
    }

    /// A configuration's problems, each with its own place and remedy already.
    pub(super) fn config(error: &ConfigError) -> Self {
        let message = if wants_color(&std::io::stderr()) { error.colored() } else { error.to_string() };
        Self { code: CONFIG, message, help: Vec::new(), problems: error.problems(), until: None }
    }

    pub(super) fn usage(error: impl Display) -> Self {
        Self::new(USAGE, error)
    }

    /// Says what to do next.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Says when it can be done.
    pub(super) fn until(self, until: DateTime<Utc>) -> Self {
        Self { until: Some(until), ..self }
    }

    /// Prints the message for people and gives the code.
    pub(super) fn end(&self) -> ExitCode {
        eprintln!("{}", self.message.trim_end());
        for help in &self.help {
            eprintln!("help: {help}");
        }
        ExitCode::from(self.code)
    }

    /// As [`Failure::end`], and for programs on standard output as well.
    pub(super) fn end_in(&self, shape: Shape) -> ExitCode {
        if shape == Shape::Json {
            print(&format!("{:#}\n", json!({ "error": self.stated() })));
        }
        self.end()
    }

    fn stated(&self) -> serde_json::Value {
        let message = match self.problems.len() {
            0 => self.message.trim_start_matches("bantin: ").to_owned(),
            1 => "1 problem in the configuration".to_owned(),
            count => format!("{count} problems in the configuration"),
        };
        let mut stated = json!({ "exit_code": self.code, "message": message, "help": self.help });
        if !self.problems.is_empty() {
            stated["problems"] = json!(self.problems);
        }
        if let Some(until) = self.until {
            stated["until"] = json!(until);
        }
        stated
    }
}

/// Ends a command: what it has to say, or why it could not.
pub(super) fn end(said: Result<String, Failure>, shape: Shape) -> ExitCode {
    match said {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(failure) => failure.end_in(shape),
    }
}

/// Prints to standard output; a reader that went away (`| head`) has seen enough.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// A value as JSON for people and programs.
pub(super) fn pretty(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map(|json| json + "\n").map_err(|error| Failure::new(SOFTWARE, error))
}

/// Colors go to terminals alone, and not where somebody wants none (no-color.org).
pub(super) fn wants_color(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A moment on this machine's clock.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// What can be done about an error of the store.
fn remedy(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::Locked { .. } => {
            "`bantin status` shows what it does; `poll`, `release`, `withdraw`, `replay` and `reload` reach it while it runs"
        }
        StoreError::Damaged { .. } | StoreError::Corrupt { .. } => {
            "`bantin doctor` tells what is wrong; stop the daemon and `bantin restore` brings the newest backup back"
        }
        StoreError::Folder { .. } => {
            "is it the right configuration? `bantin check` looks at it; `bantin once` or `bantin run` make a new database"
        }
        StoreError::DiskFull { .. } => "make room, then do it again; `[history] max-size` bounds the database",
        StoreError::Backup { .. } => "name another FILE; `bantin backup --help` says what may stand there",
        _ => return None,
    })
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let of_store = error.chain().find_map(|cause| cause.downcast_ref::<StoreError>());
        let cause = |matches: fn(&(dyn std::error::Error + 'static)) -> bool| error.chain().any(matches);
        let code = if matches!(of_store, Some(StoreError::Damaged { .. })) {
            SOFTWARE
        } else if of_store.is_some() || cause(|e| e.is::<crate::publish::PublishError>()) {
            CANNOT_CREATE
        } else if cause(|e| e.is::<ListenError>()) {
            UNAVAILABLE
        } else if cause(|e| e.is::<ConfigError>() || e.is::<NowhereToPublish>()) {
            CONFIG
        } else {
            SOFTWARE
        };
        let failure = Self::new(code, format!("{error:#}"));
        match of_store.and_then(remedy) {
            Some(remedy) => failure.help(remedy),
            None => failure,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from(anyhow::Error::from(error))
    }
}
