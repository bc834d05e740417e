//! A document as a tree of elements with their namespaces, strictly: what is not well-formed is no tree.
//!
//! Comes in: text. Goes out: elements. The only file that names `roxmltree`. It does not know a format.

use roxmltree::{Document, Node};
use std::borrow::Cow;

const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// An element of a tree that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    node: Node<'a, 'a>,
    space: &'a str,
    name: &'a str,
}

/// An element whose rules ask for its children again and again: they are looked up once.
#[derive(Debug)]
pub(super) struct Parent<'a> {
    children: Vec<Element<'a>>,
}

/// The tree.
///
/// # Errors
/// Why the text is no well-formed document without a DTD.
pub(super) fn read(text: &str) -> Result<Document<'_>, String> {
    Document::parse(text).map_err(|error| error.to_string())
}

impl<'a> Element<'a> {
    pub(super) fn root_of(document: &'a Document<'a>) -> Self {
        Self::of(document.root_element())
    }

    fn of(node: Node<'a, 'a>) -> Self {
        let name = node.tag_name();
        Self { node, space: name.namespace().unwrap_or_default(), name: name.name() }
    }

    pub(super) fn is(self, space: &str, name: &str) -> bool {
        self.name == name && self.space == space
    }

    /// Without its prefix.
    pub(super) fn name(self) -> &'a str {
        self.name
    }

    /// The namespace; empty: none.
    pub(super) fn space(self) -> &'a str {
        self.space
    }

    /// The value of an attribute in no namespace.
    pub(super) fn attribute(self, name: &str) -> Option<&'a str> {
        self.node.attribute(name)
    }

    /// `xml:lang`.
    pub(super) fn language(self) -> Option<&'a str> {
        self.node.attribute((XML, "lang"))
    }

    /// The text that stands directly in it.
    pub(super) fn text(self) -> Cow<'a, str> {
        let mut pieces = self.node.children().filter_map(|node| node.text().filter(|_| node.is_text()));
        let first = pieces.next().unwrap_or_default();
        pieces.fold(Cow::Borrowed(first), |before, piece| before + piece)
    }

    pub(super) fn children(self) -> impl Iterator<Item = Element<'a>> {
        self.node.children().filter(Node::is_element).map(Self::of)
    }

    /// All elements within it, however deep.
    pub(super) fn descendants(self) -> impl Iterator<Item = Element<'a>> {
        self.node.descendants().skip(1).filter(Node::is_element).map(Self::of)
    }

    /// The children of one name.
    pub(super) fn all(self, space: &str, name: &str) -> impl Iterator<Item = Element<'a>> {
        self.children().filter(move |child| child.is(space, name))
    }

    pub(super) fn first(self, space: &str, name: &str) -> Option<Element<'a>> {
        self.all(space, name).next()
    }
}

impl<'a> Parent<'a> {
    pub(super) fn of(element: Element<'a>) -> Self {
        Self { children: element.children().collect() }
    }

    pub(super) fn children(&self) -> impl Iterator<Item = Element<'a>> {
        self.children.iter().copied()
    }

    /// The children of one name.
    pub(super) fn all(&self, space: &str, name: &str) -> impl Iterator<Item = Element<'a>> {
        self.children().filter(move |child| child.is(space, name))
    }

    pub(super) fn first(&self, space: &str, name: &str) -> Option<Element<'a>> {
        self.all(space, name).next()
    }
}
