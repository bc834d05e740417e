//! RSS, RDF, Atom and CDF: the whole document.
//!
//! Comes in: its text. Goes out: an `Extraction`. The text is repaired, walked item by item, and shown to the library as a
//! second reader.

use super::construct::{Construct, Otherwise};
use super::hints::Collected;
use super::item::{self, Context};
use super::known;
use super::namespace::Namespace;
use super::repair::{self, Repaired};
use super::tree::{self, Element, Part};
use super::{Found, flaw};
use crate::extract::explain::Trace;
use crate::model::{Document, Entry, ExtractMethod};

/// Reads an XML feed; `None` where there is no feed in it.
pub(super) fn read(text: &str, document: &Document, trace: &Trace) -> Option<(Found, Repaired)> {
    let mut repaired = repair::repair(text);
    if repaired.xml.is_empty() {
        return None;
    }
    let mut reading = Reading::new(document);
    tree::walk(&repaired.xml, &document.url, |part| reading.take(part));
    // it knows nothing of plain items that our own reading does not say, and reads all of them again for that
    let asked = reading.wants_second;
    let known = if asked { known::read(&repaired.xml, &document.url) } else { None };
    trace.say(|| match &known {
        None if !asked => "our own reading: no item has media or lacks an id or a title".to_owned(),
        None => "the feed library refuses it: all facts are our own reading's".to_owned(),
        Some(known) if known.len() != reading.found.entries.len() => {
            format!("the feed library sees {} entries: all facts are our own reading's", known.len())
        }
        Some(_) => "our own reading first, the feed library fills what it lacks".to_owned(),
    });
    let known = known.filter(|known| known.len() == reading.found.entries.len());
    repaired.xml = String::new();
    for (place, (entry, known)) in reading.found.entries.iter_mut().zip(known.into_iter().flatten()).enumerate() {
        trace.completing(place, "the feed library", entry, |entry| known.complement(entry, &document.url));
    }
    Some((reading.finish(), repaired))
}

struct Reading {
    found: Found,
    context: Context,
    hints: Collected,
    /// The feed's own authors: an Atom entry without authors has them (RFC 4287 §4.2.1).
    authors: Vec<String>,
    language: Option<String>,
    /// Whether some item has what the feed library may know better, or lacks what it may find.
    wants_second: bool,
}

impl Reading {
    fn new(document: &Document) -> Self {
        Self {
            found: Found::new(ExtractMethod::Rss),
            context: Context { otherwise: Otherwise::Markup, language: None, fetched_at: document.fetched_at },
            hints: Collected::default(),
            authors: Vec::new(),
            language: None,
            wants_second: false,
        }
    }

    fn take(&mut self, part: Part) {
        match part {
            Part::Container(element) => self.container(&element),
            Part::Child(element) if matches!(element.name.as_str(), "item" | "entry") && is_core(&element) => {
                if element.name == "entry" {
                    self.set_format(ExtractMethod::Atom);
                }
                let entry = item::read(&element, &self.context);
                let has_media =
                    || element.elements().any(|e| matches!(e.namespace, Namespace::Media | Namespace::Itunes));
                self.wants_second |= entry.id.is_none() || entry.title.is_none() || has_media();
                self.found.entries.push(entry);
            }
            Part::Child(element) => self.fact(&element),
        }
    }

    fn container(&mut self, element: &Element) {
        match element.name.as_str() {
            "feed" => self.set_format(ExtractMethod::Atom),
            "rdf" => self.set_format(ExtractMethod::Rdf),
            _ => {}
        }
        self.context.language = element.language.as_deref().and_then(item::tag);
        self.found.language = self.context.language.clone();
    }

    fn set_format(&mut self, method: ExtractMethod) {
        self.found.method = method;
        let is_atom = method == ExtractMethod::Atom;
        self.context.otherwise = if is_atom { Otherwise::Text } else { Otherwise::Markup };
    }

    /// A fact of the feed itself.
    fn fact(&mut self, element: &Element) {
        match (element.namespace, element.name.as_str()) {
            (Namespace::Core, "title") => {
                let title = Construct::of(element, self.context.otherwise).and_then(|title| title.line());
                self.found.title = title.or(self.found.title.take());
            }
            (Namespace::DublinCore, "title") if self.found.title.is_none() => {
                self.found.title = Construct::of(element, Otherwise::Markup).and_then(|title| title.line());
            }
            (Namespace::Core | Namespace::DublinCore, "language") => {
                self.language = self.language.take().or_else(|| item::tag(&element.text()));
            }
            (Namespace::Core, "author") => self.authors.extend(super::author::person(element)),
            _ => self.hints.add(element),
        }
    }

    fn finish(mut self) -> Found {
        if self.found.method == ExtractMethod::Atom {
            for entry in self.found.entries.iter_mut().filter(|entry| entry.authors.is_empty()) {
                entry.authors.clone_from(&self.authors);
            }
        }
        self.found.language = self.language.or(self.found.language);
        self.found.hints = self.hints.finish();
        self.found
    }
}

fn is_core(element: &Element) -> bool {
    element.namespace == Namespace::Core
}

/// What each entry lacks.
pub(super) fn lacks(place: usize, entry: &Entry) -> Vec<crate::model::Flaw> {
    let missing =
        [(entry.link.is_none(), "no link"), (entry.title.is_none(), "no title"), (entry.id.is_none(), "no id")];
    missing.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, what)| flaw(Some(place), what)).collect()
}
