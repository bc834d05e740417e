//! The log: one event is one line on standard error, as text or JSON; control characters from outside are escaped.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// How a line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging; a second call changes nothing. `level` is `error`, `warn`, `info`, `debug` or `trace`.
pub fn init(format: LogFormat, level: &str) {
    // Libraries speak up when something is wrong, and no earlier. What the verifier says of a certificate comes back as an
    // error, and is told with the poll that it failed.
    const LIBRARIES: &str = "warn,rustls_platform_verifier=off";
    let filter = EnvFilter::try_new(format!("{LIBRARIES},bantin={level}"))
        .unwrap_or_else(|_| EnvFilter::new(format!("{LIBRARIES},bantin=info")));
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // Under systemd the journal stamps the time itself.
    let in_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let started = match (format, in_journal) {
        (LogFormat::Json, _) => lines.json().flatten_event(true).try_init(),
        (LogFormat::Text, true) => lines.without_time().with_ansi(false).try_init(),
        (LogFormat::Text, false) => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    drop(started);
}
