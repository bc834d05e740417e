//! RSS, Atom, RDF, JSON Feed.
//!
//! Comes in: a document. Goes out: its entries, every fact as stated, and what was wrong. Bytes become text (`charset`), text
//! becomes well-formed XML (`repair`), items become entries (`item`), and the feed library fills what they lack (`known`).
//! A broken feed is read as far as it goes; one bad item never costs another.

mod author;
mod base64;
mod construct;
mod date;
mod hints;
mod item;
mod json;
mod known;
mod namespace;
mod picture;
pub(super) mod reference;
mod repair;
mod tree;
mod xml;

use super::ExtractError;
use super::charset;
use super::explain::Trace;
use crate::model::{Document, Entry, ExtractMethod, Extraction, Flaw, Hints, Kind, ListFinding, Memory};

/// A root element comes within so many bytes, but for prologs that nobody writes.
const SNIFF_BYTES: usize = 16 << 10;

/// What was found in a feed, before it is judged.
#[derive(Debug)]
struct Found {
    method: ExtractMethod,
    title: Option<String>,
    language: Option<String>,
    entries: Vec<Entry>,
    hints: Hints,
    cuts: Vec<&'static str>,
}

impl Found {
    fn new(method: ExtractMethod) -> Self {
        Self { method, title: None, language: None, entries: Vec::new(), hints: Hints::default(), cuts: Vec::new() }
    }
}

/// Whether the document is a feed, by its first bytes: its root element, or the version of a JSON Feed. What it was labeled
/// with does not count.
pub(super) fn is_feed(document: &Document) -> bool {
    let head = &document.body[..document.body.len().min(SNIFF_BYTES)];
    let head = charset::decode_xml(head, None).text;
    let head = head.trim_start();
    if head.starts_with('{') {
        return head.contains("\"version\"") && head.contains("jsonfeed.org/version/");
    }
    let is_known = |root: &str| ["rss", "rdf", "feed"].iter().any(|known| root.eq_ignore_ascii_case(known));
    repair::root(head).is_some_and(is_known) || has_feed_behind_junk(head)
}

/// A feed after the warnings of a script: they are markup, but no page.
fn has_feed_behind_junk(head: &str) -> bool {
    let lower = head.to_ascii_lowercase();
    let is_page = ["<html", "<!doctype html", "<head", "<body"].iter().any(|tag| lower.contains(tag));
    !is_page && ["<rss ", "<feed xmlns", "<rdf:rdf"].iter().any(|root| lower.contains(root))
}

#[cfg(test)]
fn extract(document: &Document) -> Result<Extraction, ExtractError> {
    explained(document, &Trace::default())
}

/// Reads a feed, and says why it is read so.
///
/// # Errors
/// [`ExtractError::Empty`] without bytes, [`ExtractError::NotAFeed`] where nothing in it is a feed, and
/// [`ExtractError::Malformed`] where its JSON cannot be read.
pub(super) fn explained(document: &Document, trace: &Trace) -> Result<Extraction, ExtractError> {
    if document.body.iter().all(|b| b.is_ascii_whitespace() || *b == 0) {
        return Err(ExtractError::Empty);
    }
    let decoded = charset::decode_xml(&document.body, document.media_type.as_deref());
    let (mut found, mut faults) = if decoded.text.trim_start().starts_with(['{', '[']) {
        (json::read(&decoded.text, document).map_err(|why| ExtractError::Malformed { why })?, Vec::new())
    } else {
        let read = xml::read(&decoded.text, document, trace);
        let (mut found, repaired) = read.ok_or_else(|| ExtractError::NotAFeed { why: instead(&decoded.text) })?;
        found.cuts.extend(repaired.cuts);
        (found, repaired.faults)
    };
    if decoded.lossy {
        faults.push("the character encoding is not the one that is stated");
    }
    if document.media_type.as_deref().is_some_and(is_no_feed_type) {
        faults.push("the media type is not a feed's");
    }
    for entry in &mut found.entries {
        picture::complement(entry);
    }
    Ok(extraction(found, &faults, decoded.encoding))
}

fn extraction(found: Found, faults: &[&'static str], encoding: String) -> Extraction {
    let of_document = faults.iter().chain(&found.cuts).map(|what| flaw(None, what));
    let of_entries = found.entries.iter().enumerate().flat_map(|(place, entry)| xml::lacks(place, entry));
    Extraction {
        kind: Kind::Feed,
        method: found.method,
        title: found.title,
        language: found.language,
        encoding,
        well_formed: faults.is_empty(),
        reading: None,
        finding: if found.entries.is_empty() { ListFinding::Empty } else { ListFinding::Found },
        hints: found.hints,
        flaws: of_document.chain(of_entries).collect(),
        memory: Memory::default(),
        entries: found.entries,
    }
}

fn flaw(entry: Option<usize>, what: &str) -> Flaw {
    Flaw { stage: "extract", entry, what: what.to_owned() }
}

/// Whether a `Content-Type` says that the document is no XML and no JSON (RFC 7303 §8).
fn is_no_feed_type(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.contains('/')
        && !essence.contains("xml")
        && !essence.contains("json")
        && essence != "application/octet-stream"
}

/// What stands there instead of a feed, for a message.
fn instead(text: &str) -> String {
    let found = match repair::root(text).or_else(|| repair::first_tag(text)) {
        Some(root) => format!("its first element is <{root}>"),
        None => "it has no elements".to_owned(),
    };
    crate::text::log_safe(&found)
}

#[cfg(test)]
mod tests;
