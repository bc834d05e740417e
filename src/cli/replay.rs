//! `bantin replay`: what is stored is corrected from the kept documents.

use super::{Global, exit, order};
use crate::model::SourceId;
use crate::serve::Order;
use std::process::ExitCode;

/// The arguments of `replay`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The source, as `bantin status` names it: paper/section; without it all sources
    #[arg(value_name = "SOURCE")]
    source: Option<String>,
    /// Every kept document, not the newest of each source alone
    #[arg(long)]
    all: bool,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, global: &Global) -> ExitCode {
    match arguments.source.map(SourceId::try_from).transpose() {
        Ok(source) => order::give(global, &Order::Replay { source, all: arguments.all }),
        Err(error) => exit::Failure::usage(format!("SOURCE: {error}; `bantin status` lists the sources")).end(),
    }
}
