//! Repaired XML as elements: one item's tree at a time, with namespace, base and language of each element.
//!
//! Comes in: what `repair` wrote. Goes out: small trees to a visitor, in document order. It knows no format, only which
//! elements are containers that are walked into and not kept.

use super::namespace::{self, Namespace};
use crate::extract::doubled::undoubled;
use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use std::rc::Rc;
use url::Url;

/// An element and all below it.
#[derive(Debug, Clone)]
pub(super) struct Element {
    /// Its namespace.
    pub(super) namespace: Namespace,
    /// Its name in lower case, without prefix.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// What relative addresses in it resolve against (XML Base).
    pub(super) base: Option<Rc<Url>>,
    /// Its language (`xml:lang`), inherited.
    pub(super) language: Option<Rc<str>>,
    /// What is in it.
    pub(super) children: Vec<Node>,
}

/// A part of an element.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// An element.
    Element(Element),
    /// Text with its references resolved.
    Text(String),
}

impl Element {
    /// An attribute by its name in lower case; without a prefix it is found under any.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let exact = self.attributes.iter().find(|(key, _)| key == name);
        let local = || self.attributes.iter().find(|(key, _)| key.rsplit(':').next() == Some(name));
        exact.or_else(local).map(|(_, value)| value.as_str())
    }

    /// All attributes.
    pub(super) fn attributes(&self) -> &[(String, String)] {
        &self.attributes
    }

    /// The elements directly in it.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element directly in it with this name, in the core namespace.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.is(Namespace::Core, name))
    }

    /// Whether it is this element.
    pub(super) fn is(&self, namespace: Namespace, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The text in it and in everything below it.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.push_text(&mut out);
        out
    }

    fn push_text(&self, out: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) => element.push_text(out),
            }
        }
    }

    /// An address in it, resolved; `None` where it is empty or leads nowhere.
    pub(super) fn resolve(&self, address: &str) -> Option<Url> {
        resolve(self.base.as_deref(), address)
    }
}

/// An absolute http(s) address.
pub(super) fn resolve(base: Option<&Url>, address: &str) -> Option<Url> {
    let address: String = address.chars().filter(|c| !matches!(c, '\n' | '\r' | '\t')).collect();
    let address = undoubled(address.trim());
    if address.is_empty() {
        return None;
    }
    let url = match base {
        Some(base) => base.join(address).ok()?,
        None => Url::parse(address).ok()?,
    };
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// Walks through a document: `visit` gets each root or container with its attributes before its children (`None` inside),
/// and every other child of a container as a whole tree.
pub(super) fn walk(xml: &str, base: &Url, mut visit: impl FnMut(Part)) {
    let mut reader = NsReader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut walker = Walker { root: None, open: Vec::new(), containers: 0, base: Rc::new(base.clone()) };
    loop {
        match reader.read_resolved_event() {
            Ok((resolved, Event::Start(tag))) => {
                let address = match resolved {
                    ResolveResult::Bound(address) => std::str::from_utf8(address.0).unwrap_or_default(),
                    _ => "",
                };
                walker.start(&tag, address, &mut visit);
            }
            Ok((_, Event::End(_))) => walker.end(&mut visit),
            Ok((_, Event::Text(text))) => walker.text(std::str::from_utf8(&text).unwrap_or_default()),
            Ok((_, Event::GeneralRef(name))) => walker.text(match &*name {
                b"amp" => "&",
                b"lt" => "<",
                b"gt" => ">",
                b"quot" => "\"",
                _ => "\r",
            }),
            Ok((_, Event::Eof)) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// A part of a document.
#[derive(Debug)]
pub(super) enum Part {
    /// The root, or an element that holds items; without its children.
    Container(Element),
    /// A whole element in a container.
    Child(Element),
}

struct Walker {
    /// The root's namespace, where it is none of those known: a feed may invent its own.
    root: Option<String>,
    /// The elements of the tree under construction.
    open: Vec<Element>,
    containers: usize,
    base: Rc<Url>,
}

impl Walker {
    fn start(&mut self, tag: &BytesStart<'_>, address: &str, visit: &mut impl FnMut(Part)) {
        let mut element = self.element(tag, address);
        let is_unknown = matches!(element.namespace, Namespace::Other | Namespace::Xhtml);
        if self.containers == 0 && self.open.is_empty() && is_unknown {
            self.root = Some(address.to_owned());
            element.namespace = Namespace::Core;
        }
        // containers stay on the stack as ancestors, without children
        if self.open.len() == self.containers && is_container(&element, self.containers) {
            self.containers += 1;
            visit(Part::Container(element.clone()));
        }
        self.open.push(element);
    }

    fn element(&self, tag: &BytesStart<'_>, address: &str) -> Element {
        let name = std::str::from_utf8(tag.local_name().into_inner()).unwrap_or_default().to_lowercase();
        let mut attributes = Vec::new();
        for attribute in tag.attributes().with_checks(false).flatten() {
            let key = std::str::from_utf8(attribute.key.0).unwrap_or_default().to_lowercase();
            let value = attribute.unescape_value().map(|value| value.into_owned()).unwrap_or_default();
            attributes.push((key, value));
        }
        let parent = self.open.last();
        let stated = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        let inherited = parent.map_or_else(|| Some(self.base.clone()), |parent| parent.base.clone());
        let base = match (stated("xml:base"), inherited) {
            (Some(base), Some(inherited)) => Some(inherited.join(base).map(Rc::new).unwrap_or(inherited)),
            (_, inherited) => inherited,
        };
        let language = match stated("xml:lang") {
            Some(language) => Some(Rc::from(language)).filter(|language: &Rc<str>| !language.is_empty()),
            None => parent.and_then(|parent| parent.language.clone()),
        };
        let namespace = if self.root.as_deref() == Some(address) { Namespace::Core } else { namespace::of(address) };
        Element { namespace, name, attributes, base, language, children: Vec::new() }
    }

    fn end(&mut self, visit: &mut impl FnMut(Part)) {
        let Some(element) = self.open.pop() else { return };
        if self.open.len() < self.containers {
            self.containers = self.open.len();
        } else if self.open.len() == self.containers {
            visit(Part::Child(element));
        } else if let Some(parent) = self.open.last_mut() {
            parent.children.push(Node::Element(element));
        }
    }

    fn text(&mut self, text: &str) {
        if self.open.len() <= self.containers {
            return;
        }
        if let Some(parent) = self.open.last_mut() {
            match parent.children.last_mut() {
                Some(Node::Text(before)) => before.push_str(text),
                _ => parent.children.push(Node::Text(text.to_owned())),
            }
        }
    }
}

/// The root, and an RSS channel in it. An Atom entry may itself be the root: then it is no container.
fn is_container(element: &Element, depth: usize) -> bool {
    match depth {
        0 => element.name != "entry",
        1 => element.namespace == Namespace::Core && element.name == "channel",
        _ => false,
    }
}
