//! What must hold of whatever the fuzzer makes up: every target reads through [`read`] and [`hold`].
//!
//! Comes in: bytes. Goes out: nothing, or a panic that says which promise was broken. A promise here is one that a doc
//! comment of the crate makes, or one that the stages behind rely on.

use bantin::extract::{ExtractError, extract};
use bantin::model::{
    Document, Entry, Extraction, Kind, ListFinding, Memory, PaperId, Recipe, RobotsPolicy, Source, SourceId,
};
use bantin::normalize::{Context, normalize, sanitize};
use chrono::{DateTime, Datelike, Utc};
use url::Url;

/// Entries of one document.
const MOST_ENTRIES: usize = 50_000;
/// Text that may come of one byte of a document: nested stories and selectors may tell some of it more than once.
const MOST_TEXT_PER_BYTE: usize = 64;
/// What few packed bytes may unpack to.
const MOST_UNPACKED: usize = 1 << 20;
/// Articles and shapes of addresses that are remembered.
const MOST_REMEMBERED: usize = 100;

/// When every document was fetched.
#[must_use]
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_056_000, 0).expect("2026-02-14")
}

/// Where every document was found.
#[must_use]
pub fn page_url() -> Url {
    Url::parse("https://bao.example/xa-hoi/").expect("an address")
}

/// Reads a document twice, holds what came of it against what must hold, and gives it back.
pub fn read(body: &[u8], media_type: Option<&str>, recipe: &Recipe) -> Result<Extraction, ExtractError> {
    let document = Document::local(page_url(), media_type.map(str::to_owned), body.to_vec(), now());
    let read = extract(&document, recipe, &Memory::default());
    let again = extract(&document, recipe, &Memory::default());
    assert_eq!(format!("{read:?}"), format!("{again:?}"), "the same document was read in two ways");
    if let Ok(extraction) = &read {
        // what is packed may be longer than it looks
        let is_packed = body.starts_with(b"\x1f\x8b");
        hold(extraction, if is_packed { body.len().max(MOST_UNPACKED) } else { body.len() });
        normalizes(extraction);
        // with what was learned of a document, the same document is still read
        if extraction.memory.template.is_some() {
            let renewed = extract(&document, recipe, &extraction.memory).expect("it was read before");
            hold(&renewed, body.len());
            assert_eq!(renewed.entries.is_empty(), extraction.entries.is_empty(), "memory changed whether there are entries");
        }
    }
    read
}

/// What `extract` promises.
pub fn hold(extraction: &Extraction, body_bytes: usize) {
    assert!(extraction.entries.len() <= MOST_ENTRIES, "{} entries", extraction.entries.len());
    let text: usize = extraction.entries.iter().map(text_bytes).sum();
    assert!(text <= 65_536 + body_bytes * MOST_TEXT_PER_BYTE, "{text} bytes of text out of {body_bytes}");
    assert!(extraction.memory.known.len() <= MOST_REMEMBERED && extraction.memory.url_shapes.len() <= MOST_REMEMBERED);
    assert!(
        matches!(extraction.finding, ListFinding::Found) || extraction.entries.is_empty(),
        "entries of a list that was not found"
    );
    assert!(!extraction.encoding.is_empty() && extraction.encoding == extraction.encoding.to_ascii_lowercase());
    line("the document's title", extraction.title.as_deref());
    for flaw in &extraction.flaws {
        assert!(flaw.entry.is_none_or(|place| place < extraction.entries.len()), "a flaw of no entry");
        assert!(!flaw.what.is_empty());
    }
    extraction.entries.iter().for_each(entry_holds);
}

fn entry_holds(entry: &Entry) {
    line("a title", entry.title.as_deref());
    text("a summary", entry.summary.as_deref());
    entry.categories.iter().for_each(|label| line("a category", Some(label)));
    entry.authors.iter().for_each(|name| line("an author", Some(name)));
    [&entry.link, &entry.image, &entry.canonical].into_iter().flatten().for_each(of_the_web);
    entry.enclosures.iter().for_each(|enclosure| of_the_web(&enclosure.url));
    for date in [entry.published, entry.updated].into_iter().flatten() {
        assert!((1..=9999).contains(&date.local.year()), "the year {}", date.local.year());
    }
}

/// A text that is there has characters, and none that disturbs a terminal, a log or XML.
fn text(what: &str, text: Option<&str>) {
    let Some(text) = text else { return };
    assert!(!text.trim().is_empty(), "{what} that is empty");
    let is_wrong = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!text.contains(is_wrong), "{what} with control characters: {text:?}");
}

/// A text on one line.
fn line(what: &str, line: Option<&str>) {
    text(what, line);
    assert!(line.is_none_or(|line| !line.contains('\n') && line.trim() == line), "{what} that is no line: {line:?}");
}

/// An absolute http(s) address.
fn of_the_web(url: &Url) {
    assert!(matches!(url.scheme(), "http" | "https") && url.has_host(), "an address that is none of the web: {url}");
}

fn text_bytes(entry: &Entry) -> usize {
    let lines = [&entry.title, &entry.summary, &entry.content].into_iter().flatten().map(String::len);
    lines.sum::<usize>() + entry.categories.iter().chain(&entry.authors).map(String::len).sum::<usize>()
}

/// What `normalize` promises of every entry, whatever stands in it.
fn normalizes(extraction: &Extraction) {
    let (source, base) = (source(), page_url());
    for (place, entry) in extraction.entries.iter().enumerate().take(200) {
        let kind = extraction.kind;
        let context =
            Context { source: &source, kind, base: &base, now: now(), first_sight: now(), place, site_id: None };
        let Ok(draft) = normalize(entry.clone(), &context) else { continue };
        line("a draft's title", Some(&draft.title));
        assert!(draft.title.chars().count() <= 501);
        of_the_web(draft.permalink.url());
        assert!(draft.permalink.url().fragment().is_none() || kind == Kind::Feed, "{}", draft.permalink);
        assert!(draft.published.is_none_or(|date| date.at <= now()), "published in the future");
        if let Some(content) = &draft.content {
            let base = entry.content_base.as_ref().unwrap_or(&base);
            assert_eq!(&sanitize(content.as_str(), Some(base)), content, "a second pass changed safe markup");
        }
    }
}

fn source() -> Source {
    let paper = PaperId::new("bao").expect("a slug");
    Source {
        id: SourceId::new(&paper, "xa-hoi").expect("a slug"),
        paper,
        url: page_url(),
        recipe: Recipe::Auto,
        category: None,
        read_articles: false,
        article_grace: std::time::Duration::from_secs(3600),
        robots: RobotsPolicy::Obey,
        headers: Vec::new(),
        home: page_url(),
        timezone: chrono_tz::Asia::Ho_Chi_Minh,
        language: "vi".to_owned(),
    }
}
