//! `bantin check`: says whether the configuration is good, and what is wrong with it otherwise.

use super::exit::{self, Shape};
use super::progress::Progress;
use super::run::runtime;
use crate::config::{self, Config, Paper, Section, Warning};
use crate::fetch::FetchError;
use crate::store::sqlite::SqliteStore;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "--json prints {good, file, problems: [...], warnings: [...], papers: [{id, title, sections: \
[{id, url, rhythm}]}]} with {file, line, column, key, problem, help} a problem or warning; what does not apply is null. A \
configuration that is not good has no papers."
)]
pub(super) struct Arguments {
    /// The same for programs, problems as well
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, path: Option<&Path>) -> ExitCode {
    let progress = Progress::new(Shape::of(arguments.json));
    progress.show("reading the configuration", 0, 0);
    let loaded = config::load(path);
    drop(progress);
    match loaded {
        Ok(mut config) => {
            config.warnings.extend(renamed(&config));
            exit::print(&if arguments.json { json(&config) } else { summary(&config) });
            ExitCode::SUCCESS
        }
        Err(error) if arguments.json => {
            let none: [(); 0] = [];
            let found = json!({ "good": false, "problems": error.problems(), "warnings": none, "papers": none });
            exit::print(&format!("{found:#}\n"));
            ExitCode::from(exit::CONFIG)
        }
        Err(error) => exit::Failure::config(&error).end(),
    }
}

fn json(config: &Config) -> String {
    let section =
        |s: &Section| json!({ "id": s.source.id, "url": FetchError::shown(&s.source.url), "rhythm": s.rhythm_text });
    let paper = |p: &Paper| {
        let sections: Vec<_> = p.sections.iter().map(section).collect();
        json!({ "id": p.id, "title": p.title, "sections": sections })
    };
    let warnings: Vec<_> = config.warnings.iter().map(|warning| &warning.stated).collect();
    let papers: Vec<_> = config.papers.iter().map(paper).collect();
    let none: [(); 0] = [];
    let found =
        json!({ "good": true, "file": config.origin, "problems": none, "warnings": warnings, "papers": papers });
    format!("{found:#}\n")
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
