//! `bantin status`: every source, from the database alone; works beside a running daemon.

use super::{Global, exit, run::runtime};
use crate::daemon;
use crate::model::RobotsVerdict;
use crate::serve::{self, OriginReport, StatusReport, WebSubReport};
use crate::store::sqlite::SqliteStore;
use chrono::{DateTime, Local, Utc};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

/// The arguments of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The same facts as `/status.json`, for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    match shown(arguments, global) {
        Ok(text) => {
            // A reader that went away (`| head`) has seen enough.
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(failure) => failure.end(),
    }
}

fn shown(arguments: &Arguments, global: &Global) -> Result<String, exit::Failure> {
    let config = global.load()?;
    let store = SqliteStore::open_read_only(&config.state_dir)?;
    let known = runtime()?.block_on(serve::Known::of(&store))?;
    let report = serve::report(&daemon::entries(&config), &known, None);
    if arguments.json {
        let json = serde_json::to_string_pretty(&report);
        return json.map(|json| json + "\n").map_err(|error| exit::Failure::new(exit::SOFTWARE, error));
    }
    Ok(table(&report, Utc::now()))
}

/// Fits 80 columns: one line a source, its trouble on a line of its own.
fn table(report: &StatusReport, now: DateTime<Utc>) -> String {
    let mut out = format!("{:<34} {:<8} {:>6}  {:<12} {:<12}\n", "source", "state", "items", "last poll", "next poll");
    for source in &report.sources {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{:<34} {:<8} {:>6}  {:<12} {:<12}",
            crate::text::truncate(&source.id, 34),
            source.state,
            source.items,
            moment(source.last_poll, now),
            moment(source.next_poll, now)
        );
        if let Some(error) = &source.error {
            let kind = error.kind.map_or_else(String::new, |kind| format!(" ({kind})"));
            trouble(&mut out, &format!("{}{kind}: {}", error.stage, error.what));
            if let Some(witness) = &error.witness {
                let came = error.first_bytes.as_deref().unwrap_or_default();
                trouble(&mut out, &format!("what came begins as {came}; stories by witness: {witness}"));
            }
        }
        if let Some(notice) = &source.notice {
            trouble(&mut out, &format!("note: {notice}"));
        }
        if let Some(websub) = &source.websub {
            trouble(&mut out, &pushes(websub, now));
        }
        if let Some(feed) = &source.named_feed {
            trouble(&mut out, &format!("the page names a feed, which could be polled instead: {feed}"));
        } else if let Some(sitemap) = &source.named_sitemap {
            trouble(&mut out, &format!("the page names a sitemap: {sitemap}"));
        }
    }
    for repairs in &report.repairs {
        let last = moment(repairs.last, now);
        let _ = writeln!(out, "\n{}: {} items proved to be another one, the last {last}", repairs.paper, repairs.items);
    }
    for refusal in &report.refused {
        let _ = writeln!(out, "\n{}: not valid, so the last good one stays published", refusal.path);
        let since = moment(Some(refusal.since), now);
        trouble(&mut out, &format!("{}: {}; misses changes since {since}", refusal.rule, refusal.what));
    }
    for webhook in &report.webhooks {
        let last = moment(webhook.last_delivered, now);
        let _ = writeln!(out, "\nwebhook at {}: {}, last delivered {last}", webhook.host, webhook.state);
        if let Some(problem) = &webhook.problem {
            trouble(&mut out, problem);
        }
    }
    let documents: u64 = report.sources.iter().map(|source| source.kept_documents).sum();
    let bytes: u64 = report.sources.iter().map(|source| source.kept_bytes).sum();
    if documents > 0 {
        let _ = writeln!(out, "\n{documents} documents are kept to be read anew, {} KiB packed", bytes.div_ceil(1024));
    }
    let _ = writeln!(out, "\n{}", report.store.in_words());
    for origin in &report.origins {
        out.push_str(&page(origin, now));
    }
    out
}

/// An origin's page of the politeness ledger.
fn page(origin: &OriginReport, now: DateTime<Utc>) -> String {
    let robots = match origin.robots {
        RobotsVerdict::Unknown => "robots.txt never asked",
        RobotsVerdict::Fetched => "robots.txt obeyed",
        RobotsVerdict::Allowed => "no robots.txt",
        RobotsVerdict::Paused => "robots.txt not to be had: paused",
    };
    let mut out = format!("\n{}: {robots}\n", origin.origin);
    trouble(&mut out, &origin.total.in_words());
    if let Some(day) = origin.day {
        trouble(&mut out, &format!("on {day}: {}", origin.on_day.in_words()));
    }
    if let Some(gap) = origin.smallest_gap_ms {
        trouble(&mut out, &format!("smallest gap between two requests: {}.{:03} s", gap / 1_000, gap % 1_000));
    }
    if origin.cool_down_until.is_some_and(|until| until > now) {
        trouble(&mut out, &format!("it asked for silence until {}", moment(origin.cool_down_until, now)));
    }
    out
}

/// How the subscription at a hub stands.
fn pushes(of: &WebSubReport, now: DateTime<Utc>) -> String {
    let mut said = format!("hub {}: {}", of.hub, of.state);
    if let Some(until) = of.lease_until {
        let _ = write!(said, " until {}", moment(Some(until), now));
    }
    if let Some(problem) = &of.problem {
        let _ = write!(said, ", {problem}; asked again {}", moment(Some(of.next_try), now));
    }
    let _ = write!(said, "; {} pushes, the last {}", of.pushes, moment(of.last_push, now));
    if of.missed > 0 {
        let _ = write!(said, "; {} changes not announced", of.missed);
    }
    said
}

/// A sentence below a source, in lines of at most 80 columns.
fn trouble(out: &mut String, sentence: &str) {
    let mut line = String::from("   ");
    for word in sentence.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > 80 && line.trim() != "" {
            let _ = writeln!(out, "{line}");
            line = String::from("     ");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out, "{line}");
}

/// The time of today, else the day.
fn moment(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    let Some(at) = at.map(|at| at.with_timezone(&Local)) else { return "-".to_owned() };
    let today = now.with_timezone(&Local).date_naive() == at.date_naive();
    at.format(if today { "%H:%M:%S" } else { "%d/%m %H:%M" }).to_string()
}
