//! A page's body as one flat list in document order: every question about a subtree is a question about a slice.
//!
//! Comes in: a parsed page. Goes out: its elements and texts with parent, end and marks. It does not know what a story is.

use super::vocabulary::{self, Marks};
use crate::extract::dom::{self, Descend, Element, Node, Page, Step, Tag};
use crate::text;
use std::cell::OnceCell;
use std::collections::HashMap;
use url::Url;

/// One element or text.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// The node itself.
    pub(super) node: Node<'a>,
    /// The place of its parent; the root is its own.
    pub(super) parent: usize,
    /// The place behind its last descendant.
    pub(super) end: usize,
    /// The element's name; empty: a text.
    pub(super) tag: Tag,
    /// The element; `None`: a text, or a page without a body.
    element: Option<Element<'a>>,
    /// Which of the kinds it is that every reader asks for.
    kind: PartKind,
    /// What its own attributes and name say.
    pub(super) marks: Marks,
    /// A text's characters.
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartKind {
    Text,
    Inline,
    Block,
    Heading,
}

impl PartKind {
    fn of(tag: &str) -> Self {
        match tag {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Self::Heading,
            _ if dom::is_inline(tag) => Self::Inline,
            _ => Self::Block,
        }
    }
}

impl Part<'_> {
    /// Whether it is a text.
    pub(super) fn is_text(&self) -> bool {
        self.kind == PartKind::Text
    }

    /// Whether it is one of the six headings.
    pub(super) fn is_heading(&self) -> bool {
        self.kind == PartKind::Heading
    }

    /// Whether a line breaks before and behind it.
    pub(super) fn is_block(&self) -> bool {
        matches!(self.kind, PartKind::Block | PartKind::Heading)
    }

    /// An attribute of the element, trimmed; an empty one is none.
    pub(super) fn attr(&self, name: &str) -> Option<&str> {
        self.element.as_ref()?.attr(name)
    }

    /// Whether the element may show a picture: one look at its name and attributes.
    pub(super) fn may_show_picture(&self) -> bool {
        self.element.as_ref().is_some_and(Element::may_show_picture)
    }

    /// The picture that the element shows.
    pub(super) fn picture(&self, base: &Url) -> Option<dom::Picture> {
        self.element.as_ref()?.picture(base)
    }
}

/// A page's body in document order.
#[derive(Debug)]
pub(super) struct Outline<'a> {
    /// Its parts; the first one holds all others.
    pub(super) parts: Vec<Part<'a>>,
    /// Made when somebody asks: without selectors nobody does.
    places: OnceCell<Vec<(dom::NodeId, usize)>>,
}

impl<'a> Outline<'a> {
    /// Reads a page; scripts, forms' choices and comments are left out.
    pub(super) fn of(page: &'a Page) -> Self {
        let root = page.body().unwrap_or_else(|| page.root());
        let mut parts: Vec<Part<'a>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut known = HashMap::new();
        dom::walk(&root, |node, step| {
            if step == Step::Leave {
                if let Some(place) = open.pop() {
                    parts[place].end = parts.len();
                }
                return Descend::No;
            }
            let (place, parent) = (parts.len(), open.last().copied().unwrap_or(0));
            let part = Part {
                node: *node,
                parent,
                end: place + 1,
                tag: Tag::default(),
                element: None,
                kind: PartKind::Text,
                marks: Marks::default(),
                text: String::new(),
            };
            let Some(element) = Element::of(node) else {
                if let Some(text) = dom::own_text(node) {
                    if !text.is_empty() {
                        parts.push(Part { text, ..part });
                    }
                } else if place == 0 {
                    let tag = Tag::from("body");
                    let kind = PartKind::of(tag.as_str());
                    parts.push(Part { tag, kind, ..part });
                    open.push(place);
                    return Descend::Yes;
                }
                return Descend::No;
            };
            let tag = element.tag();
            if dom::is_silent(tag.as_str()) {
                return Descend::No;
            }
            let (kind, marks) = (PartKind::of(tag.as_str()), own_marks(&element, tag.as_str(), &mut known));
            parts.push(Part { tag, element: Some(element), kind, marks, ..part });
            open.push(place);
            Descend::Yes
        });
        Self { parts, places: OnceCell::new() }
    }

    /// Where a node stands.
    pub(super) fn place_of(&self, node: &Node<'_>) -> Option<usize> {
        let places = self.places.get_or_init(|| {
            let mut places: Vec<_> = self.parts.iter().enumerate().map(|(at, part)| (part.node.id, at)).collect();
            // a parser numbers nodes as they come: nearly in order
            places.sort_unstable();
            places
        });
        let at = places.binary_search_by_key(&node.id, |(id, _)| *id).ok()?;
        Some(places[at].1)
    }

    /// The places of the ancestors, nearest first, without the root.
    pub(super) fn ancestors(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        let mut at = place;
        std::iter::from_fn(move || {
            let parent = self.parts[at].parent;
            if parent == 0 || parent == at {
                return None;
            }
            at = parent;
            Some(at)
        })
    }

    /// Whether one part is at or below another.
    pub(super) fn within(&self, place: usize, ancestor: usize) -> bool {
        (ancestor..self.parts[ancestor].end).contains(&place)
    }

    /// The visible text from one place to before another as one clean line.
    pub(super) fn line(&self, start: usize, end: usize) -> String {
        // most are one text, in an element of its own or not
        match &self.parts[start..end.max(start)] {
            [text] if text.is_text() => return text::clean_line(&text.text),
            [around, text] if text.is_text() && !around.is_text() => return text::clean_line(&text.text),
            _ => {}
        }
        let mut out = String::new();
        let mut blocks: Vec<usize> = Vec::new();
        let mut place = start;
        while place < end {
            while blocks.last().is_some_and(|block_end| place >= *block_end) {
                blocks.pop();
                out.push(' ');
            }
            let part = &self.parts[place];
            if part.is_text() {
                out.push_str(&part.text);
            } else if part.marks.any(Marks::HIDDEN) && place > start {
                place = part.end;
                continue;
            } else if part.is_block() {
                out.push(' ');
                blocks.push(part.end);
            }
            place += 1;
        }
        text::clean_line(&out)
    }
}

/// What an element's attributes and name say. Class names repeat: what each says is looked up in `known`.
fn own_marks(element: &Element<'_>, tag: &str, known: &mut HashMap<String, Marks>) -> Marks {
    let (mut marks, mut hidden) = (Marks::default(), false);
    for (name, value) in element.attributes() {
        match name {
            "class" | "id" | "role" => marks = marks | marks_of(value, known),
            "hidden" => hidden = true,
            "style" => hidden |= hides(value),
            _ => {}
        }
    }
    if matches!(tag, "body" | "html" | "main") {
        marks = Marks::default();
    }
    if hidden && dom::is_inline(tag) {
        marks = marks | Marks::HIDDEN;
    }
    marks
        | match tag {
            "nav" => Marks::NAV,
            "footer" => Marks::FOOT,
            "aside" => Marks::SIDE,
            "header" => Marks::HEADER,
            "time" => Marks::DATE,
            "button" => Marks::MORE,
            "address" => Marks::AUTHOR,
            _ => Marks::default(),
        }
}

fn marks_of(attribute: &str, known: &mut HashMap<String, Marks>) -> Marks {
    if let Some(marks) = known.get(attribute) {
        return *marks;
    }
    let marks = vocabulary::marks(attribute);
    known.insert(attribute.to_owned(), marks);
    marks
}

/// `display: none`
fn hides(style: &str) -> bool {
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    style.to_ascii_lowercase().contains("display:none")
}
