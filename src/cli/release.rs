//! `bantin release`: what the guard holds of a source goes on.

use super::exit::Shape;
use super::{Global, order};
use crate::serve::Order;
use std::process::ExitCode;

/// The arguments of `release`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "--json prints {source, held: how many were, published: how many readers see at once}.")]
pub(super) struct Arguments {
    /// The source, as `bantin status` names it: paper/section
    #[arg(value_name = "SOURCE")]
    source: String,
    /// The same facts for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, global: &Global) -> ExitCode {
    let shape = Shape::of(arguments.json);
    match order::source(arguments.source) {
        Ok(source) => order::give(global, &Order::Release { source }, shape),
        Err(failure) => failure.end_in(shape),
    }
}
