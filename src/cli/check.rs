//! `bantin check`: says whether the configuration is good, and what is wrong with it otherwise.

use super::exit;
use super::run::runtime;
use crate::config::{self, Config, Warning};
use crate::store::sqlite::SqliteStore;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// Runs the command.
pub(super) fn run(path: Option<&Path>) -> ExitCode {
    match config::load(path) {
        Ok(mut config) => {
            config.warnings.extend(renamed(&config));
            let mut out = std::io::stdout().lock();
            match out.write_all(summary(&config).as_bytes()).and_then(|()| out.flush()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::from(exit::SOFTWARE),
            }
        }
        Err(error) => exit::Failure::config(&error).end(),
    }
}

/// A warning for each section whose address the store knows under another id: under the new one it would begin anew.
fn renamed(config: &Config) -> Vec<Warning> {
    // without a database, or with one that cannot be read, there is no history to lose here; `run` says what is wrong
    let Ok(store) = SqliteStore::open_read_only(&config.state_dir) else { return Vec::new() };
    let addresses = config.sections().map(|s| (s.source.id.clone(), s.source.url.clone())).collect();
    let Ok(runtime) = runtime() else { return Vec::new() };
    let renamed = runtime.block_on(store.renamed(addresses)).unwrap_or_default();
    renamed
        .into_iter()
        .map(|(new, old)| {
            let what = format!("the store knows the address of {new} as {old}");
            let remedy = format!("set `id = \"{}\"` to keep its history", old.section());
            Warning::anywhere(what, remedy)
        })
        .collect()
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
