//! `bantin doctor`: what must hold of a live database, proven; works beside a running daemon and changes nothing.

use super::columns::wrapped;
use super::exit::{self, Shape};
use super::progress::Progress;
use super::{Global, run::runtime_of_one};
use crate::store::sqlite::{Examination, SqliteStore};
use chrono::Utc;
use std::process::ExitCode;

/// The arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "--json prints {sound, items, compared_with_backup: guids, or null; checks: [{holds, wrong: how \
often not, examples}]}."
)]
pub(super) struct Arguments {
    /// The same findings for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    let shape = Shape::of(arguments.json);
    match examined(global, shape) {
        Ok(found) => {
            exit::print(&if shape == Shape::Json { json(&found) } else { text(&found) });
            if found.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(exit::SOFTWARE) }
        }
        Err(failure) => failure.end_in(shape),
    }
}

fn examined(global: &Global, shape: Shape) -> Result<Examination, exit::Failure> {
    let config = global.load()?;
    let store = SqliteStore::open_read_only(&config.state_dir)?;
    let progress = Progress::new(shape);
    let watcher = progress.watcher();
    Ok(runtime_of_one()?.block_on(store.examine(&config.backup.dir, Utc::now(), &watcher))?)
}

fn json(found: &Examination) -> String {
    let checks = found
        .checks
        .iter()
        .map(|check| serde_json::json!({ "holds": check.holds, "wrong": check.wrong, "examples": check.examples }));
    let all = serde_json::json!({
        "sound": found.is_sound(), "items": found.items, "compared_with_backup": found.compared,
        "checks": checks.collect::<Vec<_>>(),
    });
    format!("{all:#}\n")
}

fn text(found: &Examination) -> String {
    let mut out = String::new();
    for check in &found.checks {
        let verdict = if check.wrong == 0 { "ok".to_owned() } else { format!("WRONG ({})", check.wrong) };
        out.push_str(&wrapped(&format!("{verdict:<12}"), &" ".repeat(12), check.holds));
        for example in &check.examples {
            let indent = " ".repeat(14);
            out.push_str(&wrapped(&indent, &indent, &crate::text::clean_line(example)));
        }
    }
    let compared = match found.compared {
        Some(guids) => format!("{guids} guids of the newest backup were looked for"),
        None => "there is no sound backup to compare guids with".to_owned(),
    };
    out.push_str(&wrapped("", "", &format!("{} items; {compared}", found.items)));
    if !found.is_sound() {
        let advice = "Something that must hold does not. Stop bantin and run `bantin restore` to bring the newest backup back, or report this with the lines above: feeds go on as they are meanwhile.";
        out.push_str(&wrapped("", "", advice));
    }
    out
}
