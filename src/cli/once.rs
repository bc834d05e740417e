//! `bantin once`: one round, one line a source; progress where there is a terminal.

use super::{Global, exit, run::runtime_of_one};
use crate::daemon::{self, OnceEvent, OnceSummary};
use crate::ingest::{PollReport, Polled};
use crate::model::SourceId;
use chrono::{DateTime, Local, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Runs the command.
pub(super) fn run(global: &Global) -> ExitCode {
    match round(global) {
        Ok(summary) if summary.polled > 0 && summary.failed == summary.polled => {
            eprintln!("bantin: every poll failed; `bantin status` says why");
            ExitCode::from(exit::UNAVAILABLE)
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => failure.end(),
    }
}

fn round(global: &Global) -> Result<OnceSummary, exit::Failure> {
    let config = global.load()?;
    let mut screen = Screen::default();
    let summary = runtime_of_one()?.block_on(daemon::once(config, |event| screen.show(&event)))?;
    screen.end(summary);
    Ok(summary)
}

/// Lines on standard output; a bar on standard error where that is a terminal.
#[derive(Default)]
struct Screen {
    bar: Option<ProgressBar>,
}

impl Screen {
    fn show(&mut self, event: &OnceEvent<'_>) {
        match event {
            OnceEvent::Started { polls } => self.restart(*polls, "sources"),
            OnceEvent::Articles { pages } => self.restart(*pages, "article pages"),
            OnceEvent::LeftAlone { source, until } => {
                self.line(&format!("{:<36} left alone until {}", source.as_str(), clock(*until)));
            }
            OnceEvent::Polled { source, report } => {
                self.line(&said(source, report));
                self.step();
            }
            OnceEvent::ArticleRead => self.step(),
        }
    }

    fn end(&mut self, summary: OnceSummary) {
        self.clear();
        self.line(&format!(
            "{} polled, {} failed, {} left alone, {} files written",
            summary.polled, summary.failed, summary.left_alone, summary.written
        ));
    }

    fn restart(&mut self, steps: usize, of_what: &'static str) {
        self.clear();
        if steps == 0 || !std::io::stderr().is_terminal() {
            return;
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}, {per_sec}, {eta} left");
        let bar = ProgressBar::new(steps as u64).with_message(of_what);
        self.bar = Some(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        });
    }

    fn step(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        let print = || {
            // A reader that went away (`| head`) is no reason to stop polling.
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

fn said(source: &SourceId, report: &PollReport) -> String {
    let state = report.state.state.as_str();
    let next = report.state.next_poll_at.map_or_else(|| "never".to_owned(), clock);
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

fn clock(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string()
}
