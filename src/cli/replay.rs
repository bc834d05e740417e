//! `bantin replay`: what is stored is corrected from the kept documents.

use super::exit::Shape;
use super::{Global, order};
use crate::serve::Order;
use std::process::ExitCode;

/// The arguments of `replay`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "--json prints {changed, same, without_document: how many sources; sources: [{source, \
corrected, published, awaiting, joined, left_out: how many items; unreadable: [why]}] (those that are not as they were)}.")]
pub(super) struct Arguments {
    /// The source, as `bantin status` names it: paper/section; without it all sources
    #[arg(value_name = "SOURCE")]
    source: Option<String>,
    /// Every kept document, not the newest of each source alone
    #[arg(long)]
    all: bool,
    /// The same facts for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, global: &Global) -> ExitCode {
    let shape = Shape::of(arguments.json);
    match arguments.source.map(order::source).transpose() {
        Ok(source) => order::give(global, &Order::Replay { source, all: arguments.all }, shape),
        Err(failure) => failure.end_in(shape),
    }
}
