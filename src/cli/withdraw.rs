//! `bantin withdraw`: an article leaves the feeds; with `--erase` it leaves everything.

use super::exit::Shape;
use super::{Global, order};
use crate::serve::{ItemName, Order};
use std::process::ExitCode;

/// The arguments of `withdraw`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "--json prints {paper, guid, erased: true or false, copies: [files that still hold it]}.")]
pub(super) struct Arguments {
    /// The article: its guid, or its address at the paper
    #[arg(value_name = "ITEM")]
    item: String,
    /// Erase it from feeds, search, archives and the history as well; only a tombstone stays, so that it never comes back.
    /// Backups made before still hold it: their names are printed
    #[arg(long)]
    erase: bool,
    /// The same facts for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, global: &Global) -> ExitCode {
    let item = ItemName(arguments.item);
    let order = if arguments.erase { Order::Erase { item } } else { Order::Withdraw { item } };
    order::give(global, &order, Shape::of(arguments.json))
}
