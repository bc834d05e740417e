//! The XML of sitemaps as a flat list: each entry's address and dates, as stated.
//!
//! Comes in: text. Goes out: locations in document order, bounded, and in what the document was not well-formed. Read as a
//! stream of events: no depth, no DTD, no entity of a document's own. A document that is cut off loses its last entry.

use crate::extract::feed::reference::References;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The most entries that the protocol allows in a file.
const MOST_LOCATIONS: usize = 50_000;
/// A longer address or title is none (sitemaps.org: 2,048 characters).
const MOST_TEXT_BYTES: usize = 8 << 10;
/// Attributes of a root that are looked at.
const MOST_ATTRIBUTES: usize = 64;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// `urlset`.
    Pages,
    /// `sitemapindex`.
    Index,
}

/// A document's entries.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) root: Root,
    pub(super) locations: Vec<Location>,
    pub(super) faults: Vec<&'static str>,
}

/// One `url` or `sitemap`; empty where something is not stated.
#[derive(Debug, Default)]
pub(super) struct Location {
    pub(super) address: String,
    pub(super) modified: String,
    pub(super) image: String,
    pub(super) news: Option<News>,
}

/// One `news:news`.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) title: String,
    pub(super) published: String,
    pub(super) language: String,
    pub(super) name: String,
}

/// What a document is by its first element; `None`: no sitemap. The end of the text may be missing.
pub(super) fn root(text: &str) -> Option<Root> {
    let mut reader = lenient(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => return Some(Vocabulary::of(&tag)?.root),
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Reads a document; `None`: no sitemap.
pub(super) fn read(text: &str) -> Option<Read> {
    let mut reader = lenient(text);
    let vocabulary = loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => break Vocabulary::of(&tag)?,
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    };
    let out = Read { root: vocabulary.root, locations: Vec::new(), faults: Vec::new() };
    let mut walk =
        Walk { out, vocabulary, open: None, slot: None, text: String::new(), references: References::default() };
    while walk.out.locations.len() < MOST_LOCATIONS {
        match reader.read_event() {
            Ok(Event::Start(tag)) => walk.start(&tag),
            Ok(Event::Empty(tag)) => {
                walk.start(&tag);
                walk.end(utf8(tag.name().0));
            }
            Ok(Event::End(tag)) => walk.end(utf8(tag.name().0)),
            Ok(Event::Text(text)) => walk.take(utf8(&text)),
            Ok(Event::CData(text)) => walk.take(utf8(&text)),
            Ok(Event::GeneralRef(name)) => walk.reference(utf8(&name)),
            Ok(Event::Eof) => {
                if walk.open.is_some() {
                    walk.fault("the document is cut off");
                }
                return Some(walk.out);
            }
            Ok(_) => {}
            Err(_) => {
                walk.fault("it is not well-formed XML: what stands before the fault is read");
                return Some(walk.out);
            }
        }
    }
    walk.fault("more than 50,000 entries: the first are read");
    Some(walk.out)
}

fn lenient(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    reader
}

/// A vocabulary whose elements are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Namespace {
    Core,
    News,
    Image,
    Other,
}

/// The prefixes that a root declares.
#[derive(Debug)]
struct Vocabulary {
    root: Root,
    declared: Vec<(String, Namespace)>,
}

impl Vocabulary {
    /// Of the first element; `None` where it is no sitemap's.
    fn of(tag: &BytesStart<'_>) -> Option<Self> {
        let (prefix, name) = split(utf8(tag.name().0));
        let root = match name {
            "urlset" => Root::Pages,
            "sitemapindex" => Root::Index,
            _ => return None,
        };
        let mut attributes = tag.attributes();
        let declared = attributes
            .with_checks(false)
            .take(MOST_ATTRIBUTES)
            .flatten()
            .filter_map(|attribute| {
                let key = utf8(attribute.key.0).to_owned();
                let prefix = if key == "xmlns" { "" } else { key.strip_prefix("xmlns:")? };
                Some((prefix.to_owned(), namespace(&String::from_utf8_lossy(&attribute.value))))
            })
            .collect();
        let vocabulary = Self { root, declared };
        (vocabulary.namespace(prefix) == Namespace::Core).then_some(vocabulary)
    }

    /// What a prefix stands for; one that the root does not declare, what it usually stands for.
    fn namespace(&self, prefix: &str) -> Namespace {
        if let Some((_, namespace)) = self.declared.iter().find(|(known, _)| known == prefix) {
            return *namespace;
        }
        match prefix {
            "" => Namespace::Core,
            "news" | "n" => Namespace::News,
            "image" => Namespace::Image,
            _ => Namespace::Other,
        }
    }
}

/// Versions and schemes differ; nobody else uses these paths.
fn namespace(address: &str) -> Namespace {
    let address = address.trim().to_ascii_lowercase();
    if address.is_empty() || address.contains("sitemaps.org/schemas/sitemap") || address.contains("/schemas/sitemap/0.")
    {
        Namespace::Core
    } else if address.contains("/schemas/sitemap-news/") {
        Namespace::News
    } else if address.contains("/schemas/sitemap-image/") {
        Namespace::Image
    } else {
        Namespace::Other
    }
}

/// A text of an entry.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Address,
    Modified,
    Image,
    Title,
    Published,
    Language,
    Name,
}

struct Walk {
    out: Read,
    vocabulary: Vocabulary,
    open: Option<Location>,
    /// What is being read, and the name of its element.
    slot: Option<(Slot, String)>,
    text: String,
    references: References,
}

impl Walk {
    fn fault(&mut self, what: &'static str) {
        if !self.out.faults.contains(&what) {
            self.out.faults.push(what);
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        let qualified = utf8(tag.name().0);
        let (prefix, name) = split(qualified);
        let namespace = self.vocabulary.namespace(prefix);
        if namespace == Namespace::Core && self.is_entry(name) {
            if self.open.is_some() {
                self.fault("an entry that does not end");
                self.close();
            }
            self.open = Some(Location::default());
            return;
        }
        let Some(location) = self.open.as_mut() else { return };
        let slot = match (namespace, name) {
            (Namespace::Core, "loc") => Slot::Address,
            (Namespace::Core, "lastmod") => Slot::Modified,
            (Namespace::Image, "loc") => Slot::Image,
            (Namespace::News, "news") => {
                location.news.get_or_insert_default();
                return;
            }
            (Namespace::News, "title") => Slot::Title,
            (Namespace::News, "publication_date") => Slot::Published,
            (Namespace::News, "language") => Slot::Language,
            (Namespace::News, "name") => Slot::Name,
            _ => return,
        };
        self.slot = Some((slot, qualified.to_owned()));
        self.text.clear();
    }

    fn end(&mut self, qualified: &str) {
        if self.slot.as_ref().is_some_and(|(_, name)| name == qualified) {
            self.fill();
        }
        let (prefix, name) = split(qualified);
        if self.is_entry(name) && self.vocabulary.namespace(prefix) == Namespace::Core {
            self.close();
        }
    }

    fn is_entry(&self, name: &str) -> bool {
        name == if self.vocabulary.root == Root::Pages { "url" } else { "sitemap" }
    }

    /// The text of an element is whole: the first of a kind counts.
    fn fill(&mut self) {
        let (Some((slot, _)), Some(location)) = (self.slot.take(), self.open.as_mut()) else { return };
        let place = match slot {
            Slot::Address => &mut location.address,
            Slot::Modified => &mut location.modified,
            Slot::Image => &mut location.image,
            Slot::Title => &mut location.news.get_or_insert_default().title,
            Slot::Published => &mut location.news.get_or_insert_default().published,
            Slot::Language => &mut location.news.get_or_insert_default().language,
            Slot::Name => &mut location.news.get_or_insert_default().name,
        };
        if place.is_empty() {
            self.text.trim().clone_into(place);
        }
    }

    fn close(&mut self) {
        self.slot = None;
        self.out.locations.extend(self.open.take());
    }

    fn take(&mut self, text: &str) {
        if self.slot.is_some() && self.text.len() + text.len() <= MOST_TEXT_BYTES {
            self.text.push_str(text);
        }
    }

    fn reference(&mut self, name: &str) {
        if self.slot.is_some() {
            let (text, fault) = self.references.resolve(name);
            self.take(&text);
            if let Some(fault) = fault {
                self.fault(fault);
            }
        }
    }
}

/// The bytes of an event are a part of the text that the reader was given.
fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
