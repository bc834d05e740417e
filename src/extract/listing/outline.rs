//! A page's body as one flat list in document order: every question about a subtree is a question about a slice.
//!
//! Comes in: a parsed page. Goes out: its elements and texts with parent, end and marks. It does not know what a story is.

use super::vocabulary::{self, Marks};
use crate::extract::dom::{self, Descend, Node, Page, Step};
use crate::text;
use std::collections::HashMap;

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
    pub(super) tag: String,
    /// What its own attributes and name say.
    pub(super) marks: Marks,
    /// A text's characters.
    pub(super) text: String,
}

impl Part<'_> {
    /// Whether it is a text.
    pub(super) fn is_text(&self) -> bool {
        self.tag.is_empty()
    }

    /// Whether it is one of the six headings.
    pub(super) fn is_heading(&self) -> bool {
        matches!(self.tag.as_str(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
    }

    /// Whether a line breaks before and behind it.
    pub(super) fn is_block(&self) -> bool {
        !dom::is_inline(&self.tag)
    }
}

/// A page's body in document order.
#[derive(Debug)]
pub(super) struct Outline<'a> {
    /// Its parts; the first one holds all others.
    pub(super) parts: Vec<Part<'a>>,
    places: HashMap<dom::NodeId, usize>,
}

impl<'a> Outline<'a> {
    /// Reads a page; scripts, forms' choices and comments are left out.
    pub(super) fn of(page: &'a Page) -> Self {
        let root = page.body().unwrap_or_else(|| page.root());
        let mut parts: Vec<Part<'a>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        dom::walk(&root, |node, step| {
            if step == Step::Leave {
                if let Some(place) = open.pop() {
                    parts[place].end = parts.len();
                }
                return Descend::No;
            }
            let (place, parent) = (parts.len(), open.last().copied().unwrap_or(0));
            let part = |tag: String, marks, text| Part { node: *node, parent, end: place + 1, tag, marks, text };
            if node.is_text() {
                let text = node.text().to_string();
                if !text.is_empty() {
                    parts.push(part(String::new(), Marks::default(), text));
                }
                return Descend::No;
            }
            let tag = node.node_name().map(String::from).unwrap_or_default();
            if !node.is_element() && place > 0 || dom::is_silent(&tag) {
                return Descend::No;
            }
            let marks = own_marks(node, &tag);
            parts.push(part(if tag.is_empty() { "body".to_owned() } else { tag }, marks, String::new()));
            open.push(place);
            Descend::Yes
        });
        let places = parts.iter().enumerate().map(|(place, part)| (part.node.id, place)).collect();
        Self { parts, places }
    }

    /// Where a node stands.
    pub(super) fn place_of(&self, node: &Node<'_>) -> Option<usize> {
        self.places.get(&node.id).copied()
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

    /// The marks of all between a part and an ancestor of it; the part counts, the ancestor does not.
    pub(super) fn marks_up_to(&self, place: usize, ancestor: usize) -> Marks {
        let above = self.ancestors(place).take_while(|at| *at > ancestor && *at != ancestor);
        above.fold(self.parts[place].marks, |marks, at| marks | self.parts[at].marks)
    }

    /// The visible text from one place to before another as one clean line.
    pub(super) fn line(&self, start: usize, end: usize) -> String {
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

fn own_marks(node: &Node<'_>, tag: &str) -> Marks {
    let mut marks = ["class", "id", "role"]
        .iter()
        .filter_map(|name| dom::attr(node, name))
        .fold(Marks::default(), |marks, value| marks | vocabulary::marks(&value));
    if matches!(tag, "body" | "html" | "main") {
        marks = Marks::default();
    }
    let hidden = node.has_attr("hidden")
        || dom::attr(node, "style").is_some_and(|style| {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
            style.to_ascii_lowercase().contains("display:none")
        });
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
