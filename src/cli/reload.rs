//! `bantin reload`: the running daemon takes its configuration anew.

use super::exit::Shape;
use super::{Global, order};
use crate::serve::Order;
use std::process::ExitCode;

/// The arguments of `reload`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "--json prints {sources: how many there are now}.")]
pub(super) struct Arguments {
    /// The same facts for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    order::give(global, &Order::Reload, Shape::of(arguments.json))
}
