//! Logs and metrics: facts in, lines and numbers out. Only the daemon and the commands call it.

pub mod logging;
pub mod metrics;
