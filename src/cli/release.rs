//! `bantin release`: what the guard holds of a source goes on.

use super::{Global, exit, order};
use crate::model::SourceId;
use crate::serve::Order;
use std::process::ExitCode;

/// The arguments of `release`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The source, as `bantin status` names it: paper/section
    #[arg(value_name = "SOURCE")]
    source: String,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, global: &Global) -> ExitCode {
    match SourceId::try_from(arguments.source) {
        Ok(source) => order::give(global, &Order::Release { source }),
        Err(error) => exit::Failure::usage(format!("SOURCE: {error}; `bantin status` lists the sources")).end(),
    }
}
