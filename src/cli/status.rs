//! `bantin status`: every source, from the database alone; works beside a running daemon.

use super::columns::{padded, wrapped};
use super::exit::{self, Shape};
use super::{Global, run::runtime};
use crate::daemon;
use crate::model::RobotsVerdict;
use crate::serve::{self, OriginReport, StatusReport, WebSubReport};
use crate::store::sqlite::SqliteStore;
use crate::text::log_safe;
use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Local, Utc};
use std::fmt::Write as _;
use std::process::ExitCode;

/// The arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "--json prints what /status.json serves: {version, revision, store, sources: [{id, url, title, \
state, items, last_poll, next_poll, error, ...}], repairs, refused, webhooks, origins, hub}."
)]
pub(super) struct Arguments {
    /// The same facts as `/status.json`, for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    exit::end(shown(arguments, global), Shape::of(arguments.json))
}

fn shown(arguments: &Arguments, global: &Global) -> Result<String, exit::Failure> {
    let config = global.load()?;
    let store = SqliteStore::open_read_only(&config.state_dir)?;
    let known = runtime()?.block_on(serve::Known::of(&store))?;
    let report = serve::report(&daemon::entries(&config), &known, None);
    if arguments.json {
        return exit::pretty(&report);
    }
    Ok(table(&report, Utc::now(), exit::wants_color(&std::io::stdout())))
}

/// Fits 80 columns: one line a source, its trouble on a line of its own. Colors stand where somebody sees them.
fn table(report: &StatusReport, now: DateTime<Utc>, colored: bool) -> String {
    let mut out = format!("{:<34} {:<8} {:>6}  {:<12} {:<12}\n", "source", "state", "items", "last poll", "next poll");
    for source in &report.sources {
        let style = if colored { style_of(source.state) } else { Style::new() };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{} {style}{:<8}{style:#} {:>6}  {:<12} {:<12}",
            padded(&source.id, 34),
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
        paragraph(
            &mut out,
            &format!("{}: {} items proved to be another one, the last {last}", repairs.paper, repairs.items),
        );
    }
    for refusal in &report.refused {
        paragraph(&mut out, &format!("{}: not valid, so the last good one stays published", refusal.path));
        let since = moment(Some(refusal.since), now);
        trouble(&mut out, &format!("{}: {}; misses changes since {since}", refusal.rule, refusal.what));
    }
    for webhook in &report.webhooks {
        let last = moment(webhook.last_delivered, now);
        paragraph(&mut out, &format!("webhook at {}: {}, last delivered {last}", webhook.host, webhook.state));
        if let Some(problem) = &webhook.problem {
            trouble(&mut out, problem);
        }
    }
    let documents: u64 = report.sources.iter().map(|source| source.kept_documents).sum();
    let bytes: u64 = report.sources.iter().map(|source| source.kept_bytes).sum();
    if documents > 0 {
        paragraph(
            &mut out,
            &format!("{documents} documents are kept to be read anew, {} KiB packed", bytes.div_ceil(1024)),
        );
    }
    paragraph(&mut out, &report.store.in_words());
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
    let mut out = String::new();
    paragraph(&mut out, &format!("{}: {robots}", origin.origin));
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

/// A sentence below a source.
fn trouble(out: &mut String, sentence: &str) {
    out.push_str(&wrapped("    ", "      ", &log_safe(sentence)));
}

/// A sentence of its own.
fn paragraph(out: &mut String, sentence: &str) {
    out.push('\n');
    out.push_str(&wrapped("", "  ", &log_safe(sentence)));
}

/// What wants somebody's eye.
fn style_of(state: &str) -> Style {
    let color = match state {
        "failing" | "blocked" | "gone" | "drift" => AnsiColor::Red,
        "held" | "waiting" => AnsiColor::Yellow,
        _ => return Style::new(),
    };
    color.on_default().bold()
}

/// The time of today, else the day.
fn moment(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    let Some(at) = at.map(|at| at.with_timezone(&Local)) else { return "-".to_owned() };
    let today = now.with_timezone(&Local).date_naive() == at.date_naive();
    at.format(if today { "%H:%M:%S" } else { "%d/%m %H:%M" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::columns::{COLUMNS, width};
    use crate::serve::SourceEntry;
    use crate::store::sqlite::SqliteStore;

    /// A report of sources with names as long and as wide as they may be.
    async fn report() -> StatusReport {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path(), Utc::now()).expect("a store");
        let id = |section: &str| format!("{}/{section}", "bao-dai-".repeat(7) + "b").try_into().expect("an id");
        let entry = |section: &str| SourceEntry {
            id: id(section),
            url: format!("https://bao.example/{}", "chuyên-mục-rất-dài/".repeat(9)).parse().expect("a URL"),
            title: Some("新聞時事 Thời sự chính trị, kinh tế, văn hóa và xã hội của tỉnh".repeat(3)),
        };
        let known = serve::Known::of(&store).await.expect("a store");
        serve::report(&[entry("xa-hoi"), entry(&"kinh-te-".repeat(7))], &known, None)
    }

    #[tokio::test]
    async fn the_table_fits_a_terminal_and_is_colored_on_demand() {
        let mut report = report().await;
        report.sources[0].state = "failing";
        report.sources[0].notice = Some("新聞".repeat(60) + &" Thời sự".repeat(30));
        report.sources[1].named_feed = Some("https://bao.example/".to_owned() + &"x".repeat(200));
        let plain = table(&report, Utc::now(), false);
        assert!(plain.lines().all(|line| width(line) <= COLUMNS), "{plain}");
        assert!(!plain.contains('\u{1b}'), "{plain}");
        let colored = table(&report, Utc::now(), true);
        assert!(colored.contains("\u{1b}[1m\u{1b}[31mfailing "), "{colored:?}");
        let bare = colored.replace("\u{1b}[1m\u{1b}[31m", "").replace("\u{1b}[0m", "");
        assert_eq!(bare, plain, "colors alone differ");
    }
}
