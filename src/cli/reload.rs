//! `bantin reload`: the running daemon takes its configuration anew.

use super::{Global, order};
use crate::serve::Order;
use std::process::ExitCode;

/// Runs the command.
pub(super) fn run(global: &Global) -> ExitCode {
    order::give(global, &Order::Reload)
}
