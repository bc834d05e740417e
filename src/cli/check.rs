//! `bantin check`: says whether the configuration is good, and what is wrong with it otherwise.

use super::exit;
use crate::config::{self, Config, ConfigError};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::Path;
use std::process::ExitCode;

/// Runs the command.
pub(super) fn run(path: Option<&Path>) -> ExitCode {
    match config::load(path) {
        Ok(config) => {
            let mut out = std::io::stdout().lock();
            match out.write_all(summary(&config).as_bytes()).and_then(|()| out.flush()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::from(exit::SOFTWARE),
            }
        }
        Err(error) => refuse(&error),
    }
}

/// Prints every problem of a refused configuration on standard error; every command ends so that needs one.
pub(super) fn refuse(error: &ConfigError) -> ExitCode {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) {
        eprintln!("{}", error.colored());
    } else {
        eprintln!("{error}");
    }
    ExitCode::from(exit::CONFIG)
}

fn summary(config: &Config) -> String {
    let mut out = String::new();
    for warning in &config.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    for paper in &config.papers {
        let _ = writeln!(out, "{} ({}), {}:", paper.id, paper.title, counted(paper.sections.len(), "section"));
        let widest = paper.sections.iter().map(|section| section.source.id.as_str().len()).max().unwrap_or(0);
        for section in &paper.sections {
            let (id, url) = (section.source.id.as_str(), &section.source.url);
            let _ = writeln!(out, "  {id:widest$}  {}  {url}", section.rhythm_text);
        }
    }
    let papers = counted(config.papers.len(), "paper");
    let sections = counted(config.sections().count(), "section");
    let warnings = counted(config.warnings.len(), "warning");
    let _ = writeln!(out, "{} is good: {papers}, {sections}, {warnings}", config.origin);
    out
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
