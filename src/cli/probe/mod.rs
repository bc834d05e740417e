//! `bantin probe`: what a site offers to poll, for the one who adds a paper.

mod paper_text;
mod report_text;

use super::Global;
use super::exit::{self, Shape};
use super::run::runtime;
use crate::daemon::probe::{ProbeError, ProbeEvent, ProbeReport, probe};
use crate::fetch::FetchError;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::IsTerminal;
use std::process::ExitCode;
use url::Url;

/// The arguments of `probe`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The site is asked as politely as by the daemon: robots.txt is obeyed, and [fetch] of the configuration holds \
(per-host-delay, allow-networks, contact). Nothing is guessed: only addresses that the site names are asked.\n\n\
Exit codes: 0 something can be polled, 64 usage, 65 nothing usable was found, 69 the page could not be fetched."
)]
pub(super) struct Arguments {
    /// Look at no more than so many sections of the menu, and as many feeds
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(0..=200))]
    sections: u16,
    /// Print everything as JSON, for programs
    #[arg(long, conflicts_with = "toml")]
    json: bool,
    /// Print the [[paper]] alone; the report goes to standard error
    #[arg(long)]
    toml: bool,
    /// The paper's front page, or one of its sections or feeds
    #[arg(value_name = "URL", value_parser = web_address)]
    url: Url,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    match look(arguments, global) {
        Ok(report) => print(arguments, &report),
        Err(failure) => failure.end_in(Shape::of(arguments.json)),
    }
}

fn look(arguments: &Arguments, global: &Global) -> Result<ProbeReport, exit::Failure> {
    let settings = global.load()?.fetch;
    let runtime = runtime()?;
    let screen = Screen::new(arguments.json);
    let show = |event: ProbeEvent<'_>| screen.show(event);
    let found = runtime.block_on(probe(settings, arguments.url.clone(), usize::from(arguments.sections), show));
    screen.clear();
    found.map_err(|error| failure(&error))
}

fn failure(error: &ProbeError) -> exit::Failure {
    match error {
        ProbeError::Fetch(error @ FetchError::RobotsForbid { .. }) => exit::Failure::new(
            exit::UNAVAILABLE,
            format!(
                "{error}; ask the paper for leave, or where it is your own site: `robots = \"own-site\"` in its sections"
            ),
        ),
        ProbeError::Fetch(error) => exit::Failure::new(exit::UNAVAILABLE, error),
        ProbeError::Read(error) => exit::Failure::new(exit::DATA, error),
    }
}

fn print(arguments: &Arguments, report: &ProbeReport) -> ExitCode {
    let paper = paper_text::paper(&report.paper);
    let text = || report_text::report(report);
    let out = if arguments.json {
        match json(report, &paper) {
            Ok(json) => json,
            Err(failure) => return failure.end_in(Shape::Json),
        }
    } else if arguments.toml {
        eprint!("{}", text());
        paper
    } else {
        format!("{}\n{paper}", text())
    };
    exit::print(&out);
    if report.paper.sections.iter().any(|section| section.is_active) {
        return ExitCode::SUCCESS;
    }
    let why = "nothing was found that could be polled; give the address of a section, or of a feed, if you know one";
    exit::Failure::new(exit::DATA, why).end()
}

fn json(report: &ProbeReport, paper: &str) -> Result<String, exit::Failure> {
    #[derive(Serialize)]
    struct Shown<'a> {
        #[serde(flatten)]
        report: &'a ProbeReport,
        configuration: &'a str,
    }
    let shown = Shown { report, configuration: paper };
    exit::pretty(&shown)
}

/// An absolute http(s) address without credentials.
fn web_address(text: &str) -> Result<Url, String> {
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => return Err(format!("write it whole: https://{text}")),
        Err(error) => return Err(error.to_string()),
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("only http: and https: addresses can be asked".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("leave user name and password out; `headers` of a section can carry a login".to_owned());
    }
    Ok(url)
}

/// A line on standard error that says what is asked, where that is a terminal.
struct Screen {
    bar: Option<ProgressBar>,
}

impl Screen {
    fn new(for_program: bool) -> Self {
        let style = ProgressStyle::with_template("{bar:20} {pos}/{len} {wide_msg}");
        let bar = (std::io::stderr().is_terminal() && !for_program).then_some(style).and_then(Result::ok);
        Self { bar: bar.map(|style| ProgressBar::new(1).with_style(style)) }
    }

    fn show(&self, event: ProbeEvent<'_>) {
        let ProbeEvent::Asking { url, asked, planned } = event;
        if let Some(bar) = &self.bar {
            bar.set_length(planned as u64);
            bar.set_position(asked as u64);
            bar.set_message(FetchError::shown(url));
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_asked_are_refused_with_a_remedy() {
        assert_eq!(web_address("bao.example").err().as_deref(), Some("write it whole: https://bao.example"));
        assert!(web_address("ftp://bao.example/").is_err() && web_address("https://a:b@bao.example/").is_err());
        assert!(web_address("https://bao.example/xa-hoi.html").is_ok());
    }
}
