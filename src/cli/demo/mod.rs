//! `bantin demo`: the whole daemon against a small sample paper, on loopback, in a temporary folder; no network needed.

mod articles;
mod origin;
mod pages;
mod paper;
#[cfg(test)]
mod redesigns;

use super::run::{announce, runtime, until_told};
use super::{Global, exit};
use crate::config::{self, Config, ConfigError, Environment};
use crate::daemon;
use chrono::Utc;
use paper::Paper;
use std::path::Path;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tracing::info;

/// Where the demo serves; a free port is taken where another program has this one.
const USUAL: &str = "127.0.0.1:8080";
const ANY: &str = "127.0.0.1:0";

/// Runs the command.
pub(super) fn run(global: &Global) -> ExitCode {
    match runtime().and_then(|runtime| runtime.block_on(show(global))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(),
    }
}

async fn show(global: &Global) -> Result<(), exit::Failure> {
    let broken = |error: std::io::Error| exit::Failure::new(exit::SOFTWARE, format!("the demo cannot start: {error}"));
    let folder = tempfile::Builder::new()
        .prefix("bantin-demo-")
        .tempdir()
        .map_err(|error| exit::Failure::new(exit::CANNOT_CREATE, format!("no temporary folder: {error}")))?;
    let printer = TcpListener::bind(ANY).await.map_err(broken)?;
    let home = format!("http://{}", printer.local_addr().map_err(broken)?);
    let printing = tokio::spawn(origin::serve(printer, Paper::founded(Utc::now(), home.clone())));

    let listen = match &global.listen {
        Some(listen) => listen.clone(),
        None if TcpListener::bind(USUAL).await.is_ok() => USUAL.to_owned(),
        None => ANY.to_owned(),
    };
    let mut config =
        read_configuration(&configuration(&home, folder.path())).map_err(|error| exit::Failure::config(&error))?;
    config.listen_on(&listen).map_err(exit::Failure::usage)?;
    info!("the sample paper is printed at {home}/, a new article about every 20 seconds; Ctrl-C ends the demo");
    // nobody reloads the demo: the sending end is dropped, and no hangup ever comes
    let hangups = mpsc::channel(1).1;
    let same = config.clone();
    let again = move || Ok(same.clone());
    let shutdown = until_told().map_err(broken)?;
    let result = daemon::run(daemon::Part::Whole, config, Box::new(again), hangups, announce, shutdown).await;
    printing.abort();
    result.map_err(exit::Failure::from)
}

fn read_configuration(text: &str) -> Result<Config, ConfigError> {
    config::load_text("the demo's configuration", text, &Environment::default())
}

/// The sample paper's sections: three looks of pages and one feed, polled every few seconds.
fn configuration(home: &str, folder: &Path) -> String {
    let folder = toml_text(&folder.display().to_string());
    format!(
        r#"state-dir = {folder}
contact = "https://bantin.invalid/demo"

[fetch]
allow-networks = ["127.0.0.0/8"]
min-interval = "2s"
per-host-delay = "0s"

[[paper]]
id = "bao-mau"
title = "Báo Mẫu"
home = "{home}/"
language = "vi"
timezone = "Asia/Ho_Chi_Minh"

[[paper.section]]
# the front page: its items' own labels decide the category
url = "{home}/"
every = "3s"

[[paper.section]]
title = "Xã hội"
url = "{home}/xa-hoi.html"
every = "3s"

[[paper.section]]
title = "Phóng sự"
url = "{home}/phong-su.html"
every = "4s"

[[paper.section]]
title = "Bạn cần biết"
url = "{home}/rss/ban-can-biet.rss"
every = "5s"
"#
    )
}

/// A TOML basic string.
fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_of_the_demo_is_valid() {
        let text = configuration("http://127.0.0.1:9", Path::new("/a \"b\"/c"));
        let config = read_configuration(&text).expect("a valid configuration");
        assert_eq!(config.papers[0].sections.len(), 4);
    }
}
