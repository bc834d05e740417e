//! `bantin opml`: the published feeds as OPML, and sources from an OPML file as configuration text.
//!
//! Import: a paper is a site (the registrable domain), a section is an outline with an address. What comes out is text for
//! the operator to look over; `bantin check` takes it as it is.

mod reader;
mod toml_text;

use super::exit::{self, Shape};
use super::progress::Progress;
use crate::config;
use crate::publish;
use crate::render;
use chrono::Utc;
use reader::Unusable;
use serde_json::json;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A longer list of feeds is nobody's.
const MOST_BYTES: u64 = 16 << 20;

/// The arguments of `opml`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    direction: Direction,
}

#[derive(Debug, clap::Subcommand)]
enum Direction {
    /// Print the feeds of the configuration as OPML 2.0, for feed readers
    ///
    /// OPML is for programs already, so there is no --json.
    Export,
    /// Print configuration for the sources of an OPML file, one paper a site
    #[command(after_long_help = "--json prints {sources, configuration: what is printed otherwise}.")]
    Import {
        /// The OPML file, or `-` for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The same for programs
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, config: Option<&Path>) -> ExitCode {
    match &arguments.direction {
        Direction::Export => match config::load(config) {
            Ok(config) => print(&export(&config)),
            Err(error) => exit::Failure::config(&error).end(),
        },
        Direction::Import { file, json } => {
            let shape = Shape::of(*json);
            exit::end(imported(file, shape), shape)
        }
    }
}

fn imported(file: &Path, shape: Shape) -> Result<String, exit::Failure> {
    let progress = Progress::new(shape);
    progress.show("reading the list", 0, 0);
    let unusable = |why: Unusable| {
        let failure = exit::Failure::new(exit::DATA, format!("{}: {why}", file.display()));
        match why {
            Unusable::Unreadable(_) => failure.help("name the file, or `-` for standard input"),
            _ => failure.help("`bantin opml export` prints a list as it should be"),
        }
    };
    let text = text_of(file).map_err(unusable)?;
    let sources = reader::sources(&text).map_err(unusable)?;
    let configuration = toml_text::configuration(&sources);
    match shape {
        Shape::Text => Ok(configuration),
        Shape::Json => exit::pretty(&json!({ "sources": sources.len(), "configuration": configuration })),
    }
}

fn print(bytes: &[u8]) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        // a reader that went away (`| head`) has seen enough
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(exit::SOFTWARE),
    }
}

/// The feeds that the configuration names; categories that labels alone bring are in the daemon's own `/feeds.opml`.
fn export(config: &config::Config) -> Vec<u8> {
    let settings = config.publishing();
    let now = Utc::now();
    let title = match settings.papers.as_slice() {
        [only] => only.title.clone(),
        _ => "bantin".to_owned(),
    };
    render::opml(&publish::configured_channels(&settings, now), &title, now).body.to_vec()
}

fn text_of(file: &Path) -> Result<String, Unusable> {
    let bytes = if file == Path::new("-") { read(std::io::stdin().lock()) } else { read(std::fs::File::open(file)?) }?;
    String::from_utf8(bytes).map_err(|_| Unusable::NotUtf8)
}

fn read(input: impl Read) -> Result<Vec<u8>, Unusable> {
    let mut bytes = Vec::new();
    input.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES { Err(Unusable::TooLong { most_bytes: MOST_BYTES }) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{BUILT_IN, Environment, load_text};

    fn configuration_of(opml: &str) -> String {
        toml_text::configuration(&reader::sources(opml).expect("sources"))
    }

    #[test]
    fn what_is_exported_can_be_imported() {
        let config = load_text("built-in", BUILT_IN, &Environment::default()).expect("good");
        let opml = String::from_utf8(export(&config)).expect("UTF-8");
        assert_eq!(opml.matches("xmlUrl=").count(), 27, "all and 26 categories");
        let again = configuration_of(&opml);
        let config = load_text("again", &again, &Environment::default()).expect("a good configuration");
        assert_eq!(config.sections().count(), 27);
        assert_eq!(config.papers[0].title, "Báo Sơn La");
    }

    #[test]
    fn ten_thousand_sources_of_many_sites_pass_the_check() {
        let mut opml = String::from("<opml version='2.0'><body>");
        for n in 0..10_000 {
            let title = ["Xã hội", "Xa hoi", "All", "…", "", "status"][n % 6];
            let host = n % 200;
            opml.push_str(&format!("<outline text='{title}' xmlUrl='https://www.bao{host}.example/{n}.rss'/>"));
        }
        opml.push_str("</body></opml>");
        let text = configuration_of(&opml);
        let config = load_text("ten", &text, &Environment::default()).expect("a good configuration");
        assert_eq!((config.papers.len(), config.sections().count()), (200, 10_000));
    }
}
