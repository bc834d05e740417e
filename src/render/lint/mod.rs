//! Our own linter: what the W3C feed validator would find in a finished document, before it is published.
//!
//! Comes in: a publication. Goes out: findings, named by the validator's own rules where it has one. It reads the bytes anew
//! and trusts nothing that wrote them, so it shares no code with the writers of this room. It does not know what the
//! document was made from, nor what becomes of one that fails.

mod atom;
mod json;
mod json_feed;
mod opml;
mod page;
mod rss;
mod value;
mod xml;

use crate::model::Publication;
use crate::text;
use encoding_rs::UTF_8;
use std::fmt;
use xml::Element;

/// So many findings tell enough of one document.
const MOST_FINDINGS: usize = 20;
/// Longest value that a finding repeats.
const SHOWN_CHARACTERS: usize = 80;

/// One fault of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule, as the W3C feed validator calls it: `InvalidRFC2822Date`.
    pub rule: &'static str,
    /// Where and what, on one line that may be logged.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// The faults of one document, in the order in which they were met.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, rule: &'static str, place: &str, value: &str) {
        if self.0.len() < MOST_FINDINGS {
            let value = text::truncate(value, SHOWN_CHARACTERS);
            let what = if value.is_empty() { place.to_owned() } else { format!("{place}: {value}") };
            self.0.push(Finding { rule, what: text::log_safe(&what) });
        }
    }

    fn check(&mut self, holds: bool, rule: &'static str, place: &str, value: &str) {
        if !holds {
            self.add(rule, place, value);
        }
    }
}

/// What is wrong with a document; nothing where it may be published. Its path's ending says what it should be, and its own
/// address must end in that path.
#[must_use]
pub fn lint(publication: &Publication) -> Vec<Finding> {
    let mut found = Findings::default();
    let path = publication.path.as_str();
    match UTF_8.decode_without_bom_handling_and_without_replacement(&publication.body) {
        Some(text) => check(&text, path, &mut found),
        None => found.add("UnicodeError", "the document", &not_utf8(&publication.body)),
    }
    found.0
}

fn not_utf8(body: &[u8]) -> String {
    std::str::from_utf8(body).err().map(|error| error.to_string()).unwrap_or_default()
}

fn check(text: &str, path: &str, found: &mut Findings) {
    if let Some(bad) = value::not_of_xml(text) {
        found.add("BadCharacters", "the document", &format!("U+{:04X}", u32::from(bad)));
        return;
    }
    let (file, _) = path.split_once('?').unwrap_or((path, ""));
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    let tree = |check: fn(Element<'_>, &str, &mut Findings), found: &mut Findings| match xml::read(text) {
        Ok(document) => check(Element::root_of(&document), path, found),
        Err(why) => found.add("SAXError", "the document", &why),
    };
    match ending {
        "rss" => tree(self::rss::check, found),
        "atom" => tree(atom::check, found),
        "opml" => tree(opml::check, found),
        "json" => json_feed::check(text, path, found),
        "html" => page::check(text, path, found),
        _ => {}
    }
}

/// A page of the archives names the current feed (RFC 5005 §4).
fn check_archive(feed: &xml::Parent<'_>, found: &mut Findings) {
    const ATOM: &str = "http://www.w3.org/2005/Atom";
    const HISTORY: &str = "http://purl.org/syndication/history/1.0";
    if feed.first(HISTORY, "archive").is_some() {
        let is_named = feed.all(ATOM, "link").any(|link| link.attribute("rel") == Some("current"));
        found.check(is_named, "MissingCurrentInArchive", "the feed", "");
    }
}

#[cfg(test)]
mod tests;
