//! `bantin search`: articles of the history by their words, from the database alone; works beside a running daemon.

use super::exit::{self, Shape};
use super::{Global, run::runtime_of_one};
use crate::model::PaperId;
use crate::store::sqlite::SqliteStore;
use crate::store::{Hit, SearchRequest, Store};
use crate::text::clean_line;
use anstyle::Style;
use chrono::Local;
use std::fmt::Write as _;
use std::process::ExitCode;

/// The arguments of `search`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "--json prints [{paper, guid, url, title, published, categories, snippet: [{text, found}]}]."
)]
pub(super) struct Arguments {
    /// Words that must all stand there, with or without their marks; "words in quotes" stand in a row
    #[arg(value_name = "QUERY", required = true, num_args = 1..)]
    query: Vec<String>,
    /// In this paper alone
    #[arg(long, value_name = "PAPER")]
    paper: Option<String>,
    /// So many articles at most, up to 200
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// For programs: a list of objects, snippets as fragments with what was found told apart
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    exit::end(found(arguments, global), Shape::of(arguments.json))
}

fn found(arguments: &Arguments, global: &Global) -> Result<String, exit::Failure> {
    let config = global.load()?;
    let paper = arguments.paper.as_deref().map(PaperId::new).transpose();
    let paper = paper.map_err(|error| exit::Failure::usage(format!("--paper: {error}")))?;
    let store = SqliteStore::open_read_only(&config.state_dir)?;
    // a shell took the quotes of a phrase that was one argument of several
    let quoted = |word: &String| match word.contains(' ') && !word.contains('"') && arguments.query.len() > 1 {
        true => format!("\"{word}\""),
        false => word.clone(),
    };
    let text = arguments.query.iter().map(quoted).collect::<Vec<_>>().join(" ");
    let request = SearchRequest { text, paper, limit: arguments.limit };
    let hits = runtime_of_one()?.block_on(store.search(&request))?;
    if arguments.json {
        return exit::pretty(&hits);
    }
    Ok(shown(&hits, exit::wants_color(&std::io::stdout())))
}

fn shown(hits: &[Hit], colored: bool) -> String {
    let bold = if colored { Style::new().bold() } else { Style::new() };
    let (open, close) = if colored { ("", "") } else { ("*", "*") };
    let mut out = String::new();
    for hit in hits {
        // Writing to a String cannot fail.
        let date = hit.published.with_timezone(&Local).format("%d/%m/%Y");
        let _ = writeln!(out, "{bold}{}{bold:#}\n{date}  {}", printable(&hit.title), hit.url);
        out.push_str("    ");
        for fragment in &hit.snippet {
            let text = printable(&fragment.text);
            let _ = match fragment.found {
                true => write!(out, "{open}{bold}{text}{bold:#}{close}"),
                false => write!(out, "{text}"),
            };
        }
        out.push_str("\n\n");
    }
    out
}

/// Nothing of a paper's text steers a terminal; the spaces at the ends of a fragment stay.
fn printable(text: &str) -> String {
    let space = |is: bool| if is { " " } else { "" };
    let line = clean_line(text);
    let is_blank = line.is_empty();
    let (before, behind) = (text.starts_with(char::is_whitespace), text.ends_with(char::is_whitespace) && !is_blank);
    format!("{}{line}{}", space(before), space(behind)).chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Fragment;
    use chrono::DateTime;

    #[test]
    fn found_words_are_marked_and_terminals_are_safe() {
        let part = |text: &str, found| Fragment { text: text.into(), found };
        let hit = Hit {
            paper: PaperId::new("bao").expect("a slug"),
            guid: "tag:bao.vn,2026:bao/1".into(),
            url: "https://bao.vn/1.html".parse().expect("a URL"),
            title: "Giá \u{1b}[31mđất".into(),
            published: DateTime::UNIX_EPOCH,
            categories: Vec::new(),
            snippet: vec![part("… ", false), part("Đất", true), part(" nền, ", false), part("đất", true)],
        };
        let text = shown(&[hit], false);
        assert!(text.contains("https://bao.vn/1.html\n    … *Đất* nền, *đất*\n"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
