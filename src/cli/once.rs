//! `bantin once`: one round, one line a source; progress where there is a terminal.

use super::exit::{self, Shape};
use super::progress::Progress;
use super::{Global, run::runtime_of_one};
use crate::daemon::{self, OnceEvent, OnceSummary};
use crate::ingest::{PollReport, Polled};
use crate::model::SourceId;
use serde_json::{Value, json};
use std::process::ExitCode;

/// The arguments of `once`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "--json prints {polled, failed, left_alone, written, sources: [{source, state, outcome: read | \
not-modified | failed | left-alone, entries, new, changed, held, error: {stage, kind, what} or null, next_poll}]}."
)]
pub(super) struct Arguments {
    /// The same facts for programs, when all is done
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    let shape = Shape::of(arguments.json);
    match round(global, shape) {
        Ok(summary) if summary.polled > 0 && summary.failed == summary.polled => {
            eprintln!("bantin: every poll failed; `bantin status` says why");
            ExitCode::from(exit::UNAVAILABLE)
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => failure.end_in(shape),
    }
}

fn round(global: &Global, shape: Shape) -> Result<OnceSummary, exit::Failure> {
    let config = global.load()?;
    let mut screen = Screen { shape, progress: Progress::new(shape), work: ("", 0), done: 0, stated: Vec::new() };
    let summary = runtime_of_one()?.block_on(daemon::once(config, |event| screen.show(&event)))?;
    screen.end(summary);
    Ok(summary)
}

/// Lines on standard output, and how far it is; or all facts at the end.
struct Screen {
    shape: Shape,
    progress: Progress,
    /// What is done now, and of how many.
    work: (&'static str, u64),
    done: u64,
    stated: Vec<Value>,
}

impl Screen {
    fn show(&mut self, event: &OnceEvent<'_>) {
        match event {
            OnceEvent::Started { polls } => self.begin("sources", *polls),
            OnceEvent::Articles { pages } => self.begin("article pages", *pages),
            OnceEvent::LeftAlone { source, until } => {
                self.line(&format!("{:<36} left alone until {}", source.as_str(), exit::moment(*until)));
                self.stated.push(json!({ "source": source, "outcome": "left-alone", "next_poll": until }));
            }
            OnceEvent::Polled { source, report } => {
                self.line(&said(source, report));
                self.stated.push(json!(daemon::told(source, report)));
                self.step();
            }
            OnceEvent::ArticleRead => self.step(),
        }
    }

    fn end(self, summary: OnceSummary) {
        let OnceSummary { polled, failed, left_alone, written } = summary;
        if self.shape == Shape::Json {
            let all = json!({
                "polled": polled, "failed": failed, "left_alone": left_alone, "written": written, "sources": self.stated
            });
            exit::print(&format!("{all:#}\n"));
            return;
        }
        self.line(&format!("{polled} polled, {failed} failed, {left_alone} left alone, {written} files written"));
    }

    fn begin(&mut self, what: &'static str, of: usize) {
        (self.work, self.done) = ((what, of as u64), 0);
        if of > 0 {
            self.progress.show(what, 0, of as u64);
        }
    }

    fn step(&mut self) {
        self.done += 1;
        self.progress.show(self.work.0, self.done, self.work.1);
    }

    fn line(&self, text: &str) {
        if self.shape == Shape::Text {
            self.progress.print(text);
        }
    }
}

fn said(source: &SourceId, report: &PollReport) -> String {
    let state = report.state.state.as_str();
    let next = report.state.next_poll_at.map_or_else(|| "never".to_owned(), exit::moment);
    let what = match (&report.answer, &report.state.failure) {
        (_, Some(failure)) => format!("{}: {}", failure.stage.as_str(), failure.what),
        (Polled::Read { entries, .. }, None) => {
            format!("{entries} entries, {} new, {} changed", report.commit.new, report.commit.changed)
        }
        (Polled::NotModified, None) => "not modified".to_owned(),
        (Polled::Failed, None) => "failed".to_owned(),
        (Polled::Reread, None) => "read anew".to_owned(),
    };
    format!("{:<36} {state:<8} {what}; next {next}", source.as_str())
}
