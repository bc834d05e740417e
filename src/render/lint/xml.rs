//! A document as a tree of elements with their namespaces, strictly: what is not well-formed is no tree.
//!
//! Comes in: text. Goes out: the root element. It does not know a format.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// What we write nests five deep.
const MOST_DEPTH: usize = 64;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// The namespace; empty: none.
    pub(super) space: String,
    /// Without its prefix.
    pub(super) name: String,
    /// Names as written, namespace declarations left out.
    pub(super) attributes: Vec<(String, String)>,
    /// The text that stands directly in it.
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn is(&self, space: &str, name: &str) -> bool {
        self.name == name && self.space == space
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The children of one name.
    pub(super) fn all<'a>(&'a self, space: &'a str, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.is(space, name))
    }

    pub(super) fn first<'a>(&'a self, space: &'a str, name: &'a str) -> Option<&'a Element> {
        self.all(space, name).next()
    }
}

/// The root element.
///
/// # Errors
/// Why the text is no well-formed document without a DTD.
pub(super) fn read(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut tree = Tree { open: vec![Element::default()], spaces: Vec::new() };
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => tree.open(&tag)?,
            Event::Empty(tag) => {
                tree.open(&tag)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(piece) => {
                let piece = piece.decode().map_err(|error| error.to_string())?;
                if piece.contains("]]>") {
                    return Err("]]> stands in text".to_owned());
                }
                tree.text(&piece)?;
            }
            Event::CData(piece) => tree.text(&piece.decode().map_err(|error| error.to_string())?)?,
            Event::GeneralRef(reference) => {
                let name = reference.decode().map_err(|error| error.to_string())?;
                let known = quick_xml::escape::unescape(&format!("&{name};")).map(|known| known.into_owned());
                tree.text(&known.map_err(|error| error.to_string())?)?;
            }
            Event::DocType(_) => return Err("there is a DTD".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return tree.root(),
        }
    }
}

struct Tree {
    /// From the document itself to the element in hand.
    open: Vec<Element>,
    /// Prefix, namespace and the depth of the element that declares it.
    spaces: Vec<(String, String, usize)>,
}

impl Tree {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        let depth = self.open.len();
        if depth > MOST_DEPTH {
            return Err("elements nest too deep".to_owned());
        }
        if depth == 1 && !self.open[0].children.is_empty() {
            return Err("there is more than one root element".to_owned());
        }
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            if attribute.value.contains(&b'<') {
                return Err(format!("< stands in the attribute {name}"));
            }
            let value = attribute.unescape_value().map_err(|error| error.to_string())?.into_owned();
            if name == "xmlns" {
                self.spaces.push((String::new(), value, depth));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.spaces.push((prefix.to_owned(), value, depth));
            } else {
                attributes.push((name, value));
            }
        }
        let name = tag.name();
        let name = std::str::from_utf8(name.as_ref()).map_err(|error| error.to_string())?;
        let (prefix, name) = name.split_once(':').unwrap_or(("", name));
        let declared = self.spaces.iter().rev().find(|(known, ..)| known == prefix).map(|(_, space, _)| space.clone());
        let space = match declared {
            Some(space) => space,
            None if prefix.is_empty() => String::new(),
            None => return Err(format!("the prefix {prefix} is not declared")),
        };
        self.open.push(Element { space, name: name.to_owned(), attributes, ..Element::default() });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let closed = self.open.pop().filter(|_| !self.open.is_empty()).ok_or("an end without a start")?;
        let depth = self.open.len();
        self.spaces.retain(|(.., declared_at)| *declared_at < depth);
        self.open.last_mut().ok_or("an end without a start")?.children.push(closed);
        Ok(())
    }

    fn text(&mut self, piece: &str) -> Result<(), String> {
        if self.open.len() == 1 && !piece.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty() {
            return Err("text stands outside of the root element".to_owned());
        }
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(piece);
        }
        Ok(())
    }

    fn root(mut self) -> Result<Element, String> {
        let document = self.open.pop().filter(|_| self.open.is_empty()).ok_or("an element is not closed")?;
        document.children.into_iter().next().ok_or_else(|| "there is no root element".to_owned())
    }
}
