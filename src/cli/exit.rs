//! Exit codes (sysexits.h), and which error means which.

use crate::config::ConfigError;
use crate::daemon::{ListenError, NowhereToPublish};
use crate::store::StoreError;
use std::fmt::Display;
use std::io::IsTerminal;
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
/// The configuration.
pub(super) const CONFIG: u8 = 78;

/// Why a command ends without having done its work.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    pub(super) fn new(code: u8, message: impl Display) -> Self {
        Self { code, message: format!("bantin: {message}") }
    }

    /// A configuration's problems, each with its own place already.
    pub(super) fn config(error: &ConfigError) -> Self {
        let wants_color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let colored = wants_color && std::io::stderr().is_terminal();
        Self { code: CONFIG, message: if colored { error.colored() } else { error.to_string() } }
    }

    pub(super) fn usage(error: impl Display) -> Self {
        Self::new(USAGE, error)
    }

    /// Prints the message and gives the code.
    pub(super) fn end(&self) -> ExitCode {
        eprintln!("{}", self.message.trim_end());
        ExitCode::from(self.code)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let cause = |matches: fn(&(dyn std::error::Error + 'static)) -> bool| error.chain().any(matches);
        let damaged = |e: &(dyn std::error::Error + 'static)| {
            matches!(e.downcast_ref::<StoreError>(), Some(StoreError::Damaged { .. }))
        };
        let code = if cause(damaged) {
            SOFTWARE
        } else if cause(|e| e.is::<StoreError>() || e.is::<crate::publish::PublishError>()) {
            CANNOT_CREATE
        } else if cause(|e| e.is::<ListenError>()) {
            UNAVAILABLE
        } else if cause(|e| e.is::<ConfigError>() || e.is::<NowhereToPublish>()) {
            CONFIG
        } else {
            SOFTWARE
        };
        Self::new(code, format!("{error:#}"))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from(anyhow::Error::from(error))
    }
}
