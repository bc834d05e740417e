//! `bantin extract`: what the daemon would make of a document, as JSON.

use super::exit;
use crate::model::{Document, Entry, Extraction, Flaw, Memory, Precision, Recipe, Selectors, StatedDate};
use crate::{extract, normalize, text};
use chrono::{TimeZone, Utc};
use chrono_tz::Tz;
use clap::ValueEnum;
use serde::Serialize;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, UnwindSafe};
use std::path::Path;
use std::process::ExitCode;
use url::Url;

/// Longest document that is read.
const MOST_BYTES: u64 = 8 << 20;

/// The arguments of `extract`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What the document is read as.
    #[arg(long = "as", value_name = "KIND", default_value = "auto")]
    kind: AsKind,
    /// The base of relative addresses.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// The `Content-Type` that it came with.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// A file, or `-` for standard input.
    #[arg(value_name = "FILE")]
    file: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AsKind {
    Auto,
    Feed,
    Listing,
    Article,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match guarded(AssertUnwindSafe(|| show(arguments))) {
        Ok(json) => {
            let mut out = std::io::stdout().lock();
            if writeln!(out, "{json}").is_err() {
                return ExitCode::from(exit::SOFTWARE);
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("bantin: {why}");
            ExitCode::from(exit::DATA)
        }
    }
}

/// A panic in a foreign parser is an error like any other. On the main thread: the allocator gives other threads heaps of
/// their own and asks the system about them, and this command opens nothing but its document.
fn guarded(work: impl FnOnce() -> Result<String, String> + UnwindSafe) -> Result<String, String> {
    let failed = || Err("the reader failed on this document; please report it".to_owned());
    std::panic::catch_unwind(work).unwrap_or_else(|_| failed())
}

fn show(arguments: &Arguments) -> Result<String, String> {
    let body = read(&arguments.file)?;
    let no_url = || Url::parse("https://document.invalid/").map_err(|error| error.to_string());
    let url = arguments.url.clone().map_or_else(no_url, Ok)?;
    let document = Document::local(url.clone(), arguments.content_type.clone(), body, Utc::now());
    let recipe = match arguments.kind {
        AsKind::Auto => Recipe::Auto,
        AsKind::Feed => Recipe::Feed,
        AsKind::Listing => Recipe::Listing(Selectors::default()),
        AsKind::Article => Recipe::Article,
    };
    let extraction = extract::extract(&document, &recipe, &Memory::default()).map_err(|error| error.to_string())?;
    let shown = Shown::of(extraction, &url, Tz::UTC);
    serde_json::to_string_pretty(&shown).map_err(|error| error.to_string())
}

fn read(file: &str) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let read = if file == "-" {
        std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut body)
    } else {
        std::fs::File::open(Path::new(file)).and_then(|opened| opened.take(MOST_BYTES + 1).read_to_end(&mut body))
    };
    read.map_err(|error| format!("{file}: {error}"))?;
    if body.len() as u64 > MOST_BYTES {
        return Err(format!("{file} has more than {MOST_BYTES} bytes"));
    }
    Ok(body)
}

/// The JSON of the contract.
#[derive(Serialize)]
struct Shown {
    kind: crate::model::Kind,
    method: crate::model::ExtractMethod,
    url: String,
    title: Option<String>,
    language: Option<String>,
    encoding: String,
    well_formed: bool,
    finding: crate::model::ListFinding,
    entries: Vec<ShownEntry>,
    flaws: Vec<Flaw>,
}

#[derive(Serialize)]
struct ShownEntry {
    id: Option<String>,
    url: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    content_html: Option<String>,
    content_text: Option<String>,
    categories: Vec<String>,
    authors: Vec<String>,
    language: Option<String>,
    published: Option<String>,
    published_from: Option<&'static str>,
    updated: Option<String>,
    image: Option<String>,
    enclosures: Vec<ShownEnclosure>,
}

#[derive(Serialize)]
struct ShownEnclosure {
    url: String,
    #[serde(rename = "type")]
    media_type: Option<String>,
    length: Option<u64>,
}

impl Shown {
    fn of(extraction: Extraction, url: &Url, timezone: Tz) -> Self {
        Self {
            kind: extraction.kind,
            method: extraction.method,
            url: url.to_string(),
            title: extraction.title,
            language: extraction.language,
            encoding: extraction.encoding,
            well_formed: extraction.well_formed,
            finding: extraction.finding,
            entries: extraction.entries.into_iter().map(|entry| ShownEntry::of(entry, url, timezone)).collect(),
            flaws: extraction.flaws,
        }
    }
}

impl ShownEntry {
    fn of(entry: Entry, url: &Url, timezone: Tz) -> Self {
        let base = entry.content_base.as_ref().unwrap_or(url);
        let content = entry.content.as_deref().map(|markup| normalize::sanitize(markup, Some(base)));
        Self {
            id: entry.id,
            url: entry.link.map(String::from),
            title: entry.title,
            summary: entry.summary,
            content_text: content.as_ref().map(|html| text::plain_text(html.as_str())),
            content_html: content.map(|html| html.as_str().to_owned()),
            categories: entry.categories,
            authors: entry.authors,
            language: entry.language,
            published_from: entry.published.map(|date| date.origin.as_str()),
            published: entry.published.map(|date| shown_date(date, timezone)),
            updated: entry.updated.map(|date| shown_date(date, timezone)),
            image: entry.image.map(String::from),
            enclosures: entry
                .enclosures
                .into_iter()
                .map(|e| ShownEnclosure { url: e.url.into(), media_type: e.media_type, length: e.length_bytes })
                .collect(),
        }
    }
}

/// RFC 3339; a date known to the day only as that day; a date without an offset in `timezone`.
fn shown_date(date: StatedDate, timezone: Tz) -> String {
    if date.precision == Precision::Day {
        return date.local.format("%Y-%m-%d").to_string();
    }
    let offset = date
        .offset
        .or_else(|| timezone.from_local_datetime(&date.local).earliest().map(|at| chrono::Offset::fix(at.offset())));
    match offset.and_then(|offset| offset.from_local_datetime(&date.local).single()) {
        Some(at) => at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false),
        None => date.local.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}
