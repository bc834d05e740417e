//! Makes any XML well-formed and bounded, so that strict readers can have it.
//!
//! Comes in: a feed's text as it came. Goes out: well-formed XML without document type, comments or references but the
//! predefined ones, within fixed limits, and what was wrong. A truncated document loses the item that it was cut in. Nothing
//! outside the document is ever read; of the internal subset only entities that stand for literal text are known.
//! It knows no format, only which elements are items.

use super::reference::References;
use quick_xml::Reader;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Deeper elements are left out; real feeds nest some thirty deep where they carry inline markup.
const MOST_DEPTH: usize = 256;
/// Further attributes of an element are left out.
const MOST_ATTRIBUTES: usize = 256;
/// A longer attribute value is no address.
const MOST_VALUE_BYTES: usize = 64 << 10;
/// Further elements of one item, or outside of items, are left out.
const MOST_ELEMENTS: usize = 20_000;
/// Further items are left out.
const MOST_ITEMS: usize = 10_000;
/// Further namespace declarations within each other are left out: a reader looks through all of them at every name.
const MOST_NAMESPACES: usize = 512;
/// Each recovery from a broken tag may cost a look at the whole rest, so their number is bounded.
const MOST_RECOVERIES: usize = 64;
/// Items stand in the root, in its channel, or in a list there.
const ITEM_DEPTH: usize = 4;

/// A document that strict readers accept.
#[derive(Debug, Default)]
pub(super) struct Repaired {
    /// Well-formed XML; empty where there is no feed's root element.
    pub(super) xml: String,
    /// In what the document was not well-formed XML.
    pub(super) faults: Vec<&'static str>,
    /// What was left out because there was too much of it.
    pub(super) cuts: Vec<&'static str>,
}

/// Repairs a document. Linear in its length.
pub(super) fn repair(text: &str) -> Repaired {
    let mut writer = Writer { out: Repaired::default(), ..Writer::default() };
    writer.out.xml.reserve(text.len() + 64);
    if text.trim_start().starts_with("<?xml") && !text.starts_with("<?xml") {
        writer.fault("white space before the XML declaration");
    }
    let mut from = 0;
    for _ in 0..MOST_RECOVERIES {
        match writer.read(&text[from..]) {
            Some(resume) => from += resume,
            None => break,
        }
    }
    writer.finish()
}

/// The local name of the document's root, where it is one that a feed can have: only what may stand before a root is skipped.
pub(super) fn root(text: &str) -> Option<&str> {
    first_tag(text).map(local).filter(|name| is_root(name))
}

/// The name of the first element.
pub(super) fn first_tag(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('<')?..];
        let end = if rest.starts_with("<!--") {
            rest.find("-->")? + 3
        } else if rest.starts_with("<?") {
            rest.find("?>")? + 2
        } else if rest.starts_with("<!") {
            // an internal subset has declarations of its own
            let close = rest.find('>')?;
            match rest[..close].find('[') {
                Some(open) => open + rest[open..].find(']')? + 1,
                None => close + 1,
            }
        } else {
            let name = &rest[1..];
            return Some(&name[..name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<'))?]);
        };
        rest = &rest[end..];
    }
}

/// An open element.
#[derive(Debug)]
struct Open {
    name: String,
    is_item: bool,
    /// Where its start tag begins in the output.
    at: usize,
    /// The namespace prefixes that it declares.
    prefixes: Vec<String>,
}

#[derive(Debug, Default)]
struct Writer {
    out: Repaired,
    open: Vec<Open>,
    /// How many open elements declare a namespace prefix.
    declared: HashMap<String, usize>,
    /// Open elements that are left out.
    skipped: usize,
    elements: usize,
    items: usize,
    root_ended: bool,
    references: References,
}

impl Writer {
    fn fault(&mut self, what: &'static str) {
        if !self.out.faults.contains(&what) {
            self.out.faults.push(what);
        }
    }

    fn cut(&mut self, what: &'static str) {
        if !self.out.cuts.contains(&what) {
            self.out.cuts.push(what);
        }
    }

    /// Reads until the end, or until a tag that never ends: then where to go on.
    fn read(&mut self, text: &str) -> Option<usize> {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.allow_dangling_amp = true;
        config.allow_unmatched_ends = true;
        config.check_end_names = false;
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => return None,
                Ok(event) => self.event(&event),
                Err(quick_xml::Error::Syntax(error)) => {
                    let at = usize::try_from(reader.error_position()).unwrap_or(text.len()).min(text.len());
                    return self.recover(text, at, error);
                }
                Err(_) => self.fault("a declaration that is not complete"),
            }
        }
    }

    /// A construct that never ends: a tag with one quote too many ends at its `>`; the rest of anything else is lost.
    fn recover(&mut self, text: &str, at: usize, error: quick_xml::errors::SyntaxError) -> Option<usize> {
        use quick_xml::errors::SyntaxError;
        self.fault(match error {
            SyntaxError::UnclosedComment => "a comment that does not end",
            SyntaxError::UnclosedCData => "a CDATA section that does not end",
            SyntaxError::InvalidBangMarkup => "an unknown declaration",
            _ => "a tag that does not end",
        });
        if !matches!(error, SyntaxError::UnclosedTag | SyntaxError::InvalidBangMarkup) {
            return None;
        }
        let rest = text.get(at..)?;
        let start = rest.find('<')?;
        let end = start + rest[start..].find('>')?;
        let tag = &rest[start + 1..end];
        if tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let name_bytes = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
            self.start(&BytesStart::from_content(tag, name_bytes), tag.ends_with('/'));
        } else if let Some(name) = tag.strip_prefix('/') {
            self.end(name.trim_end());
        }
        Some(at + end + 1)
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag, false),
            Event::Empty(tag) => self.start(tag, true),
            Event::End(tag) => self.end(utf8(tag.name().0).trim_end()),
            Event::Text(text) => self.text(utf8(text)),
            Event::CData(text) => self.literal(utf8(text)),
            Event::GeneralRef(name) => self.reference(utf8(name)),
            Event::Comment(text) if utf8(text).contains("--") => self.fault("`--` in a comment"),
            Event::DocType(text) => self.references.declare(utf8(text)),
            _ => {}
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, empty: bool) {
        let name = utf8(tag.name().0);
        if !is_name(name) {
            return self.stray_tag(tag);
        }
        if self.open.is_empty() && (self.root_ended || !is_root(local(name))) {
            return self.fault("elements outside of the feed");
        }
        let is_item = matches!(local(name), "item" | "entry") && self.open.len() < ITEM_DEPTH;
        if is_item && self.skipped == 0 && self.open.last().is_some_and(|open| open.is_item && open.name == name) {
            self.fault("an item that does not end");
            self.close();
        }
        if self.skipped > 0 || !self.has_room(is_item) {
            self.skipped += usize::from(!empty);
            return;
        }
        let at = self.out.xml.len();
        let prefixes = self.tag(name, tag);
        for prefix in &prefixes {
            *self.declared.entry(prefix.clone()).or_default() += 1;
        }
        self.open.push(Open { name: name.to_owned(), is_item, at, prefixes });
        if empty {
            self.close();
        }
    }

    /// Whether the limits let another element in.
    fn has_room(&mut self, is_item: bool) -> bool {
        if is_item && !self.open.iter().any(|open| open.is_item) {
            self.items += 1;
            self.elements = 0;
        }
        self.elements += 1;
        if self.items > MOST_ITEMS && (is_item || self.open.iter().any(|open| open.is_item)) {
            self.cut("more than 10,000 items: the first are read");
        } else if self.open.len() >= MOST_DEPTH {
            self.cut("elements nested more than 256 deep");
        } else if self.elements > MOST_ELEMENTS {
            self.cut("more than 20,000 elements in one item");
        } else {
            return true;
        }
        false
    }

    /// Writes a start tag; gives the prefixes that it declares.
    fn tag(&mut self, name: &str, tag: &BytesStart<'_>) -> Vec<String> {
        let mut written = String::with_capacity(tag.len() + 16);
        let mut names: Vec<String> = Vec::new();
        for attribute in self.attributes(tag) {
            let (key, value) = attribute;
            if key.starts_with("xmlns") && self.open.len() + names.len() + self.declared.len() > MOST_NAMESPACES {
                self.cut("more than 512 namespaces at once");
                continue;
            }
            if names.contains(&key) {
                self.fault("an attribute that stands twice");
                continue;
            }
            // writing to a string cannot fail
            let _ = write!(written, " {key}=\"{value}\"");
            names.push(key);
        }
        let prefixes: Vec<String> =
            names.iter().filter_map(|key| key.strip_prefix("xmlns:")).map(str::to_owned).collect();
        let used: Vec<String> = std::iter::once(name)
            .chain(names.iter().map(String::as_str))
            .filter_map(|key| key.split_once(':').map(|(prefix, _)| prefix.to_owned()))
            .collect();
        self.out.xml.push('<');
        self.out.xml.push_str(name);
        self.out.xml.push_str(&written);
        let mut declared = prefixes.clone();
        for prefix in used {
            if !declared.contains(&prefix) && !self.declares(&prefix) {
                self.fault("a namespace prefix that is not declared");
                let _ = write!(self.out.xml, " xmlns:{prefix}=\"{}\"", super::namespace::usual(&prefix));
                declared.push(prefix);
            }
        }
        self.out.xml.push('>');
        prefixes
    }

    fn declares(&self, prefix: &str) -> bool {
        matches!(prefix, "xml" | "xmlns") || self.declared.contains_key(prefix)
    }

    /// The attributes with their values escaped anew.
    fn attributes(&mut self, tag: &BytesStart<'_>) -> Vec<(String, String)> {
        let raw = utf8(tag.attributes_raw());
        let mut found = Vec::new();
        for attribute in Attributes::html(raw, 0).with_checks(false) {
            let Ok(attribute) = attribute else {
                self.fault("an attribute that cannot be read");
                continue;
            };
            if found.len() == MOST_ATTRIBUTES {
                self.cut("more than 256 attributes on one element");
                break;
            }
            let key = utf8(attribute.key.0);
            let value = utf8(&attribute.value);
            if !is_name(key) || key == "xmlns:xml" || key == "xmlns:xmlns" {
                self.fault("an attribute that cannot be read");
            } else if value.len() > MOST_VALUE_BYTES {
                self.cut("an attribute of more than 64 KiB");
            } else if !(key.starts_with("xmlns:") && value.trim().is_empty()) {
                found.push((key.to_owned(), self.value(value)));
            }
        }
        if !is_strict(raw) {
            self.fault("an attribute without quotes");
        }
        found
    }

    /// An attribute's value with its references resolved, escaped anew.
    fn value(&mut self, raw: &str) -> String {
        if raw.contains('<') {
            self.fault("`<` in an attribute");
        }
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find('&') {
            self.push_escaped(&mut out, &rest[..at]);
            rest = &rest[at + 1..];
            match rest.find([';', '&', ' ', '<']) {
                Some(end) if rest.as_bytes()[end] == b';' => {
                    let resolved = self.resolve(&rest[..end]);
                    self.push_escaped(&mut out, &resolved);
                    rest = &rest[end + 1..];
                }
                _ => {
                    self.fault("a stray `&`");
                    out.push_str("&amp;");
                }
            }
        }
        self.push_escaped(&mut out, rest);
        out
    }

    fn end(&mut self, name: &str) {
        if self.skipped > 0 {
            let ends_item = self.open.iter().any(|open| open.is_item && open.name == name);
            self.skipped = if ends_item { 0 } else { self.skipped - 1 };
            if !ends_item {
                return;
            }
        }
        let Some(place) = self.open.iter().rposition(|open| open.name == name) else {
            return self.fault("an end tag without a start tag");
        };
        if place + 1 < self.open.len() {
            self.fault("start and end tags that do not match");
        }
        while self.open.len() > place {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            for prefix in &open.prefixes {
                let count = self.declared.get(prefix).copied().unwrap_or(0);
                if count <= 1 {
                    self.declared.remove(prefix);
                } else {
                    self.declared.insert(prefix.clone(), count - 1);
                }
            }
            self.out.xml.push_str("</");
            self.out.xml.push_str(&open.name);
            self.out.xml.push('>');
            self.root_ended = self.open.is_empty();
        }
    }

    fn text(&mut self, text: &str) {
        if self.open.is_empty() {
            if !text.trim().is_empty() {
                self.fault("text outside of the feed");
            }
            return;
        }
        if text.contains("]]>") {
            self.fault("`]]>` in text");
        }
        if text.starts_with('&') {
            self.fault("a stray `&`");
        }
        self.literal(text);
    }

    /// A tag that has no name is text with a stray `<`.
    fn stray_tag(&mut self, tag: &BytesStart<'_>) {
        self.fault("a stray `<`");
        let text = format!("<{}>", utf8(tag));
        self.literal(&text);
    }

    fn reference(&mut self, name: &str) {
        let resolved = self.resolve(name);
        self.literal(&resolved);
    }

    fn resolve(&mut self, name: &str) -> String {
        let (text, fault) = self.references.resolve(name);
        if let Some(fault) = fault {
            self.fault(fault);
        }
        text
    }

    fn literal(&mut self, text: &str) {
        if self.open.is_empty() || self.skipped > 0 {
            return;
        }
        let mut out = std::mem::take(&mut self.out.xml);
        self.push_escaped(&mut out, text);
        self.out.xml = out;
    }

    /// Appends text with XML's own characters escaped and those that XML cannot hold left out (XML 1.0 §2.2).
    fn push_escaped(&mut self, out: &mut String, text: &str) {
        for c in text.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\r' => out.push_str("&#13;"),
                c if is_xml(c) => out.push(c),
                _ => self.fault("a character that XML cannot hold"),
            }
        }
    }

    fn finish(mut self) -> Repaired {
        if !self.open.is_empty() {
            self.fault("the document is cut off");
            if let Some(item) = self.open.iter().position(|open| open.is_item) {
                self.out.xml.truncate(self.open[item].at);
                self.open.truncate(item);
            }
            while !self.open.is_empty() {
                self.close();
            }
        }
        self.out
    }
}

/// The bytes of an event are a part of the text that the reader was given.
fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Whether an element can be a feed's root.
fn is_root(local: &str) -> bool {
    ["rss", "rdf", "feed", "channel", "entry"].iter().any(|root| local.eq_ignore_ascii_case(root))
}

/// A qualified name (XML namespaces §4), about.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_' || !c.is_ascii() && c.is_alphanumeric())
            && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}') || is_mark(c))
    };
    match name.split_once(':') {
        Some((prefix, local)) => part(prefix) && part(local),
        None => part(name),
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Whether every attribute has a value in quotes.
fn is_strict(raw: &str) -> bool {
    Attributes::new(raw, 0).with_checks(false).take(MOST_ATTRIBUTES).all(|attribute| attribute.is_ok())
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
