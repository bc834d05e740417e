//! `bantin plan`: what a configuration or this version would change, before anything does.

use super::columns::{COLUMNS, cut, padded, wrapped};
use super::exit::{self, Shape};
use super::progress::Progress;
use super::{Global, order, run::runtime_of_one};
use crate::config::nearest_source;
use crate::daemon::{self, FactChange, FeedFate, FeedOutlook, ItemChange, ItemLine, Rehearsal, SourceOutlook};
use crate::ingest::Depth;
use crate::text::log_safe;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Of each kind so many are shown.
const MOST: usize = 5;

/// The arguments of `plan`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "--json prints {version, feeds: [{feed, fate, facts, added, changed, removed, displaced}], \
sources: [{id, documents, newest, entries, new, awaiting, held_because, problem, was_unreadable, left}], alarms}."
)]
pub(super) struct Arguments {
    /// Of this source alone, as `bantin status` names it: paper/section
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// Read every kept document, as `replay --all` does, not the newest of each source alone
    #[arg(long)]
    all: bool,
    /// Everything, for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, global: &Global) -> ExitCode {
    let shape = Shape::of(arguments.json);
    match planned(arguments, global) {
        Ok((text, is_alarming)) => {
            exit::print(&text);
            if is_alarming { ExitCode::from(exit::SOFTWARE) } else { ExitCode::SUCCESS }
        }
        Err(failure) => failure.end_in(shape),
    }
}

fn planned(arguments: Arguments, global: &Global) -> Result<(String, bool), exit::Failure> {
    let config = global.load()?;
    let only = arguments.source.map(order::source).transpose()?;
    if let Some(only) = only.as_ref().filter(|only| config.sections().all(|section| section.source.id != **only)) {
        let failure = exit::Failure::usage(format!("no source of the configuration is called {only}"));
        let known: Vec<&str> = config.sections().map(|section| section.source.id.as_str()).collect();
        let near = nearest_source(only, &known);
        let near = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
        return Err(failure.help(format!("{near}`bantin check` lists the sources of a configuration")));
    }
    let depth = if arguments.all { Depth::All } else { Depth::Newest };
    let progress = Progress::new(Shape::of(arguments.json));
    let watcher = progress.watcher();
    let rehearsal = runtime_of_one()?.block_on(daemon::rehearse(config, only.as_ref(), depth, &watcher))?;
    drop(progress);
    let is_alarming = !rehearsal.alarms.is_empty();
    if arguments.json {
        return Ok((exit::pretty(&rehearsal)?, is_alarming));
    }
    Ok((shown(&rehearsal), is_alarming))
}

/// Fits 80 columns: a line a feed, then what changes in it, then the sources that want a look.
fn shown(rehearsal: &Rehearsal) -> String {
    let mut out = String::new();
    for alarm in &rehearsal.alarms {
        out.push_str(&wrapped("ALARM  ", "       ", &log_safe(alarm)));
    }
    let touched: Vec<&FeedOutlook> = rehearsal.feeds.iter().filter(|feed| feed.fate != FeedFate::Same).collect();
    if !touched.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:<42} {:>7} {:>8} {:>7}", "feed", "added", "changed", "gone");
    }
    for feed in &touched {
        let (added, changed, gone) = (feed.added.len(), feed.changed.len(), feed.removed.len());
        let line = format!("{} {added:>7} {changed:>8} {gone:>7}  {}", padded(&feed.feed, 42), fate(feed));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let same = rehearsal.feeds.len() - touched.len();
    let _ = writeln!(out, "{same} of {} feeds stay as they are", rehearsal.feeds.len());
    touched.iter().for_each(|feed| details(&mut out, feed));
    sources(&mut out, &rehearsal.sources);
    out.push_str("\nNothing was changed, and no origin was asked.\n");
    out
}

fn fate(feed: &FeedOutlook) -> &'static str {
    match feed.fate {
        FeedFate::Appears => "new feed",
        FeedFate::Disappears => "no more",
        FeedFate::Same | FeedFate::Changed => "",
    }
}

fn details(out: &mut String, feed: &FeedOutlook) {
    let _ = writeln!(out, "\n{}", cut(&feed.feed, COLUMNS));
    feed.facts.iter().for_each(|change| told(out, "  ", change));
    few(out, &feed.added, |out, item| titled(out, '+', item));
    few(out, &feed.removed, |out, item| titled(out, '-', item));
    if feed.displaced > 0 {
        let _ = writeln!(out, "  {} older items leave its end for newer ones", feed.displaced);
    }
    few(out, &feed.changed, |out, ItemChange { item, facts }| {
        titled(out, '~', item);
        facts.iter().for_each(|change| told(out, "      ", change));
    });
}

fn few<T>(out: &mut String, all: &[T], show: impl Fn(&mut String, &T)) {
    all.iter().take(MOST).for_each(|one| show(out, one));
    if all.len() > MOST {
        let _ = writeln!(out, "  and {} more", all.len() - MOST);
    }
}

fn titled(out: &mut String, mark: char, item: &ItemLine) {
    let _ = writeln!(out, "  {mark} {}", cut(&log_safe(&item.title), COLUMNS - 4));
}

/// A fact before and after, each on one line.
fn told(out: &mut String, indent: &str, change: &FactChange) {
    let value = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "none".to_owned(),
        serde_json::Value::String(text) => log_safe(text),
        other => log_safe(&other.to_string()),
    };
    for (word, value) in [("was", value(&change.before)), ("is", value(&change.after))] {
        let line = format!("{indent}{} {word:<3} {value}", change.fact);
        let _ = writeln!(out, "{}", cut(&line, COLUMNS));
    }
}

fn sources(out: &mut String, sources: &[SourceOutlook]) {
    let notes: Vec<String> = sources.iter().filter_map(note).collect();
    if !notes.is_empty() {
        out.push_str("\nsources\n");
    }
    notes.iter().for_each(|note| out.push_str(&wrapped("  ", "    ", note)));
    let unkept: Vec<&str> = sources.iter().filter(|s| s.documents == 0 && !s.left).map(|s| s.id.as_str()).collect();
    if !unkept.is_empty() {
        let named = unkept.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
        let more = if unkept.len() > MOST { format!(" and {} more", unkept.len() - MOST) } else { String::new() };
        let text = format!("without a kept document, so nothing can be said of them: {named}{more}");
        out.push_str(&wrapped("  ", "    ", &text));
    }
}

/// What an operator should know of a source.
fn note(source: &SourceOutlook) -> Option<String> {
    let id = &source.id;
    if source.left {
        return Some(format!("{id}: no longer configured; what it brought stays in the history"));
    }
    if let Some(problem) = &source.problem {
        let when = if source.was_unreadable { "still cannot be read" } else { "could no longer be read" };
        return Some(format!("{id}: its kept document {when}: {}", log_safe(problem)));
    }
    if let Some(why) = source.held_because {
        return Some(format!("{id}: its new items would be held until the next poll agrees, since {why}"));
    }
    (source.awaiting > 0).then(|| {
        format!(
            "{id}: {} new items are shown as if their article pages had been read; none is read here",
            source.awaiting
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::columns::width;

    #[test]
    fn no_line_is_wider_than_the_terminal_and_details_are_few() {
        let line = |n: usize| ItemLine {
            id: format!("tag:{n}"),
            title: format!("Bài viết \u{1b}[31m rất dài {} {n}", "và dài ".repeat(20)),
            url: "https://bao.vn/a".into(),
            published: String::new(),
        };
        let fact =
            FactChange {
                fact: "summary".into(), before: "tóm tắt ".repeat(40).into(), after: serde_json::Value::Null
            };
        let feed = FeedOutlook {
            feed: format!("bao/{}", "x".repeat(64)),
            fate: FeedFate::Changed,
            facts: vec![fact.clone()],
            added: (0..9).map(line).collect(),
            removed: Vec::new(),
            displaced: 3,
            changed: vec![ItemChange { item: line(1), facts: vec![fact] }],
        };
        let same = FeedOutlook { feed: "bao/all".into(), fate: FeedFate::Same, ..feed.clone() };
        let broken = SourceOutlook {
            id: "bao/xa-hoi".into(),
            documents: 1,
            problem: Some("no list of articles was found on the page ".repeat(4)),
            ..SourceOutlook::default()
        };
        let alarms = vec!["tag:1 (https://bao.vn/a) would change its date ".repeat(3)];
        let rehearsal = Rehearsal { version: "1", feeds: vec![feed, same], sources: vec![broken], alarms };
        let text = shown(&rehearsal);
        assert!(text.lines().all(|line| width(line) <= COLUMNS), "{text}");
        for part in ["ALARM", "and 4 more", "1 of 2 feeds stay", "could no longer be read", "3 older items leave"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains('\u{1b}'));
    }
}
