//! `bantin extract`: what the daemon would make of a document, as JSON, or why it would, for people.

mod explained;
mod shown;

use super::run::runtime;
use super::{Global, exit};
use crate::extract::{explain, extract};
use crate::fetch::{Answer, Deltas, Fetcher, Request};
use crate::model::{Document, Memory, Recipe, RobotsPolicy, Selectors, Source, SourceId};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use chrono::Utc;
use chrono_tz::Tz;
use clap::ValueEnum;
use shown::Shown;
use std::io::{Read, Write};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Longest document that is read from a file.
const MOST_BYTES: u64 = 8 << 20;
/// What an address that fails would wait for, had it a next time.
const RETRY_BASE: Duration = Duration::from_secs(900);

/// The arguments of `extract`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What the document is read as
    #[arg(long = "as", value_name = "KIND", default_value = "auto")]
    kind: AsKind,
    /// The base of relative addresses, for a file or standard input
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// The Content-Type that it came with
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Read it as this source of the configuration is read (`paper/section`): its selectors, its timezone
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Say why, for people, instead of JSON: which witness gave which fact, what was weighed, what lost; with --source
    /// in the light of what the daemon has learned of it
    #[arg(long)]
    explain: bool,
    /// A file, an http(s) address (asked for as politely as by the daemon), or `-` for standard input
    #[arg(value_name = "FILE|URL|-")]
    document: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AsKind {
    Auto,
    Feed,
    Listing,
    Article,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, global: &Global) -> ExitCode {
    match guarded(|| show(arguments, global)) {
        Ok(json) => {
            // A reader that went away (`| head`) has seen enough.
            let _ = writeln!(std::io::stdout().lock(), "{}", json.trim_end());
            ExitCode::SUCCESS
        }
        Err(failure) => failure.end(),
    }
}

/// A panic in a foreign parser is an error like any other. On the main thread: the allocator gives other threads heaps of
/// their own and asks the system about them, and this command opens nothing but its document.
fn guarded(work: impl FnOnce() -> Result<String, exit::Failure>) -> Result<String, exit::Failure> {
    let failed = "reading this document failed within bantin; please report it";
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(exit::Failure::new(exit::DATA, failed)))
}

fn show(arguments: &Arguments, global: &Global) -> Result<String, exit::Failure> {
    let unusable = |error: &dyn std::fmt::Display| exit::Failure::new(exit::DATA, error);
    let source = arguments.source.as_deref().map(|id| source(id, global)).transpose()?;
    let document = document(arguments, global, source.as_deref())?;
    let recipe = match (arguments.kind, &source) {
        (AsKind::Auto, Some(source)) => source.recipe.clone(),
        (AsKind::Auto, None) => Recipe::Auto,
        (AsKind::Feed, _) => Recipe::Feed,
        (AsKind::Listing, _) => Recipe::Listing(Selectors::default()),
        (AsKind::Article, _) => Recipe::Article,
    };
    if arguments.explain {
        let memory = source.as_ref().map(|source| memory(source, global)).transpose()?.flatten().unwrap_or_default();
        let (extraction, explanation) = explain(&document, &recipe, &memory);
        let extraction = extraction.map_err(|error| unusable(&error))?;
        return Ok(explained::report(&extraction, &explanation, &document.url));
    }
    let extraction = extract(&document, &recipe, &Memory::default()).map_err(|error| unusable(&error))?;
    let timezone = source.map_or(Tz::UTC, |source| source.timezone);
    let shown = Shown::of(extraction, &document.url, timezone);
    serde_json::to_string_pretty(&shown).map_err(|error| exit::Failure::new(exit::SOFTWARE, error))
}

/// What the daemon has learned of a source, where it has run.
fn memory(source: &Source, global: &Global) -> Result<Option<Memory>, exit::Failure> {
    // without a database, or with one that cannot be read, nothing was learned; `run` says what is wrong
    let Ok(store) = SqliteStore::open_read_only(&global.load()?.state_dir) else { return Ok(None) };
    Ok(runtime()?.block_on(store.memory(&source.id)).ok())
}

/// A source of the configuration.
fn source(id: &str, global: &Global) -> Result<Arc<Source>, exit::Failure> {
    let config = global.load()?;
    let wanted = SourceId::try_from(id.to_owned()).ok();
    let found = config.sections().find(|section| Some(&section.source.id) == wanted.as_ref());
    found.map(|section| Arc::clone(&section.source)).ok_or_else(|| {
        let known: Vec<&str> = config.sections().map(|section| section.source.id.as_str()).collect();
        exit::Failure::usage(format!("no source `{id}` in the configuration; there are: {}", known.join(", ")))
    })
}

fn document(arguments: &Arguments, global: &Global, source: Option<&Source>) -> Result<Document, exit::Failure> {
    let name = arguments.document.as_str();
    if name.starts_with("http://") || name.starts_with("https://") {
        let url = Url::parse(name).map_err(|error| exit::Failure::usage(format!("{name}: {error}")))?;
        return fetched(url, global, source);
    }
    let base = arguments.url.clone().or_else(|| source.map(|source| source.url.clone()));
    let unknown = || Url::parse("https://document.invalid/").map_err(|error| exit::Failure::new(exit::SOFTWARE, error));
    let url = base.map_or_else(unknown, Ok)?;
    Ok(Document::local(url, arguments.content_type.clone(), read(name)?, Utc::now()))
}

/// Asks for a document as the daemon would: robots.txt, the address guard and all limits hold.
fn fetched(url: Url, global: &Global, source: Option<&Source>) -> Result<Document, exit::Failure> {
    let unusable = |error: &dyn std::fmt::Display| exit::Failure::new(exit::DATA, error);
    let fetcher = Fetcher::new(global.load()?.fetch, Vec::new()).map_err(|error| unusable(&error))?;
    let own = source.filter(|source| source.url.origin() == url.origin());
    let request = Request {
        url,
        validators: None,
        deltas: Deltas::Refused,
        robots: own.map_or(RobotsPolicy::Obey, |source| source.robots),
        headers: own.map_or_else(Vec::new, |source| source.headers.clone()),
        retry_base: RETRY_BASE,
        now: Utc::now(),
    };
    let fetched = runtime()?.block_on(fetcher.fetch(request)).map_err(|error| unusable(&error))?;
    match fetched.answer {
        Answer::Document(document) => Ok(*document),
        Answer::NotModified { url, .. } => Err(unusable(&format!("{url} answered 304 to an unconditional request"))),
    }
}

fn read(file: &str) -> Result<Vec<u8>, exit::Failure> {
    let mut body = Vec::new();
    let read = if file == "-" {
        std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut body)
    } else {
        std::fs::File::open(Path::new(file)).and_then(|opened| opened.take(MOST_BYTES + 1).read_to_end(&mut body))
    };
    read.map_err(|error| exit::Failure::new(exit::DATA, format!("{file}: {error}")))?;
    if body.len() as u64 > MOST_BYTES {
        return Err(exit::Failure::new(exit::DATA, format!("{file} has more than {MOST_BYTES} bytes")));
    }
    Ok(body)
}
