//! `bantin poll`: one source out of turn, as early as politeness allows; or a look at what it would bring.

use super::columns::{COLUMNS, cut, wrapped};
use super::exit::{self, Shape};
use super::{Global, order};
use crate::serve::{Order, OrderReply, PollTold};
use crate::text::log_safe;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Of each kind so many items are shown.
const MOST: usize = 10;

/// The arguments of `poll`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The running daemon polls it; where none runs, this command does, and the article pages of new \
items wait for the next `bantin once` or `bantin run`. `every`, `cron` and what an earlier answer said of its freshness may \
be cut short; `min-interval`, robots.txt, `per-host-delay`, budgets and what the origin asked for (Retry-After, 410, a bot \
wall) never are: then nothing is asked, the time is told, and the exit code is 75.

A dry run is a request like any other. It is written down as one, so the next poll comes a whole interval later; \
of what came, nothing is kept, and the validators stay.

--json prints {source, dry_run, outcome: read | not-modified | failed, state, entries, new, held, changed, \
items: [{fate: new | held | changed | published | withdrawn, title, url}] (of a dry run), error: {stage, kind, what} or null, \
flaws, next_poll}."
)]
pub(super) struct Arguments {
    /// The source, as `bantin status` names it: paper/section
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Show what would be new, changed or held, and keep nothing
    #[arg(long)]
    dry_run: bool,
    /// The same facts for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, global: &Global) -> ExitCode {
    let shape = Shape::of(arguments.json);
    match polled(arguments, global, shape) {
        Ok((text, has_failed)) => {
            exit::print(&text);
            if has_failed { ExitCode::from(exit::UNAVAILABLE) } else { ExitCode::SUCCESS }
        }
        Err(failure) => failure.end_in(shape),
    }
}

fn polled(arguments: Arguments, global: &Global, shape: Shape) -> Result<(String, bool), exit::Failure> {
    let source = order::source(arguments.source)?;
    let order = Order::Poll { source, dry_run: arguments.dry_run };
    let told = match order::asked(global.load()?, &order, shape)? {
        OrderReply::Polled(told) => told,
        other => return Err(order::refused(other)),
    };
    let text = if shape == Shape::Json { exit::pretty(&told)? } else { shown(&told) };
    Ok((text, told.outcome == "failed"))
}

/// Fits 80 columns: what came, what is wrong with it, the items of a dry run, what is next.
fn shown(told: &PollTold) -> String {
    let source = &told.source;
    let mut out = String::new();
    let (new, changed) = if told.dry_run { ("would be new", "would change") } else { ("new", "changed") };
    let what = match (told.outcome.as_str(), told.entries) {
        ("read", Some(entries)) => {
            let held = if told.held > 0 { format!(" ({} held)", told.held) } else { String::new() };
            format!("{entries} entries, {} {new}{held}, {} {changed}", told.new, told.changed)
        }
        ("not-modified", _) => "not modified since the last poll".to_owned(),
        _ => "nothing could be taken in".to_owned(),
    };
    out.push_str(&wrapped("", "  ", &format!("{source}: {what}; state: {}", told.state)));
    if let Some(error) = &told.error {
        let kind = error.kind.as_deref().map_or_else(String::new, |kind| format!(" ({kind})"));
        out.push_str(&wrapped("  ", "    ", &format!("{}{kind}: {}", error.stage, log_safe(&error.what))));
    }
    for flaw in told.flaws.iter().take(MOST) {
        out.push_str(&wrapped("  flaw: ", "    ", &log_safe(flaw)));
    }
    for fate in ["new", "held", "changed", "published", "withdrawn"] {
        let items: Vec<_> = told.items.iter().filter(|item| item.fate == fate).collect();
        for item in items.iter().take(MOST) {
            let name = if item.title.is_empty() { &item.url } else { &item.title };
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  {fate:<9} {}", cut(&log_safe(name), COLUMNS - 12));
        }
        if items.len() > MOST {
            let _ = writeln!(out, "  {fate:<9} and {} more", items.len() - MOST);
        }
    }
    if told.dry_run {
        out.push_str("A dry run: nothing of it was kept, but that the origin was asked.\n");
    }
    if let Some(next) = told.next_poll {
        let _ = writeln!(out, "next poll {}", exit::moment(next));
    }
    out
}
