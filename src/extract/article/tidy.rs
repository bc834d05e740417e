//! Takes from a found text the blocks that are no part of it: links to other articles, things to click, a repeated title.

use super::facts::letters;
use crate::extract::dom::{self, Node, NodeId, Page};
use crate::text;

/// The markup without its noise blocks.
pub(super) fn tidy(markup: &str, title: Option<&str>) -> String {
    if text::check_markup(markup).is_err() {
        return String::new();
    }
    let page = Page::fragment(markup);
    let mut gone: Vec<NodeId> = Vec::new();
    let title = title.map(letters).unwrap_or_default();
    for node in page.root().descendants_it().filter(Node::is_element) {
        if is_noise(&node, &title) {
            gone.push(node.id);
        }
    }
    for id in gone {
        Node::new(id, &page.tree).remove_from_parent();
    }
    drop_loose_headings(&page);
    page.root().inner_html().to_string()
}

fn is_noise(node: &Node<'_>, title: &str) -> bool {
    let name = node.node_name().unwrap_or_default();
    match &*name {
        "h1" | "h2" => {
            let text = letters(&dom::line(node));
            !text.is_empty() && text == *title
        }
        "p" | "div" | "li" | "ul" | "ol" | "section" | "aside" | "span" | "h3" | "h4" | "table" | "strong"
        | "blockquote" => {
            let weight = Weight::of(node);
            weight.is_link_list(&name) || weight.is_pointer(&name) || weight.is_call(node)
        }
        "button" | "form" | "input" | "nav" | "footer" | "select" | "label" => true,
        _ => false,
    }
}

/// How much of a block is text, and how much of that links.
struct Weight {
    text: usize,
    linked: usize,
    links: usize,
}

impl Weight {
    fn of(node: &Node<'_>) -> Self {
        let mut weight = Self { text: 0, linked: 0, links: 0 };
        let mut within: Option<usize> = None;
        let mut depth = 0usize;
        dom::walk(node, |node, step| {
            if node.is_text() {
                let length = node.text().trim().chars().count();
                weight.text += length;
                if within.is_some() {
                    weight.linked += length;
                }
                return dom::Descend::No;
            }
            if step == dom::Step::Enter {
                depth += 1;
                if within.is_none() && node.has_name("a") {
                    within = Some(depth);
                    weight.links += 1;
                }
            } else {
                if within == Some(depth) {
                    within = None;
                }
                depth -= 1;
            }
            dom::Descend::Yes
        });
        weight
    }

    /// Several links and little beside them.
    fn is_link_list(&self, name: &str) -> bool {
        let list = matches!(name, "ul" | "ol" | "div" | "section" | "aside" | "table");
        list && self.links >= 2 && self.linked * 10 > self.text * 7
    }

    /// One line that is nothing but a link to another article.
    fn is_pointer(&self, name: &str) -> bool {
        let line = matches!(name, "p" | "div" | "li" | "h3" | "h4");
        line && self.links >= 1 && self.text >= 20 && self.linked * 100 >= self.text * 95
    }

    /// "Read also: …", "Chia sẻ", "500/500 ký tự".
    fn is_call(&self, node: &Node<'_>) -> bool {
        const LONGEST: usize = 250;
        if self.text == 0 || self.text > LONGEST {
            return false;
        }
        is_call(&dom::line(node), self.links > 0)
    }
}

fn is_call(line: &str, links: bool) -> bool {
    const WITH_LINK: &[&str] = &[
        "read more",
        "read also",
        "also read",
        "read next",
        "see also",
        "related",
        "more:",
        "more on",
        "read:",
        "watch:",
        "recommended",
        "sign up",
        "subscribe",
        "follow us",
        "click here",
        "xem them",
        "doc them",
        "tin lien quan",
        "bai lien quan",
        "lire aussi",
        "a lire",
        "lire la suite",
        "mehr zum thema",
        "lesen sie auch",
        "lesen sie",
        "mehr dazu",
        "lea tambien",
        "lee tambien",
        "leia tambem",
        "leia mais",
        "leggi anche",
        "lees ook",
        "lees meer",
        "les ogsa",
        "las ocksa",
        "las mer",
        "les mer",
        "baca juga",
        "baca selengkapnya",
        "читаите также",
        "читайте також",
        "читаите",
        "czytaj takze",
        "czytaj tez",
        "zobacz takze",
        "ctete",
        "lue myos",
        "ilgili haber",
        "photos:",
        "photo:",
        "source:",
        "via:",
        "tags",
    ];
    const ALONE: &[&str] = &[
        "advertisement",
        "advertising",
        "share",
        "share this",
        "share this article",
        "comments",
        "related",
        "related articles",
        "related stories",
        "read more",
        "read also",
        "see also",
        "tweet",
        "print",
        "email",
        "follow",
        "chia se",
        "binh luan",
        "quang cao",
        "tin lien quan",
        "xem them",
        "in bai viet",
        "anzeige",
        "werbung",
        "teilen",
        "publicite",
        "partager",
        "publicidad",
        "compartir",
        "pubblicita",
        "condividi",
        "reklama",
        "delen",
        "advertentie",
        "iklan",
        "реклама",
        "поделиться",
        "continue reading",
        "loading",
        "skip advertisement",
        "story continues below",
        "article continues below",
        "lire aussi",
        "leggi anche",
        "lea tambien",
        "leia tambem",
        "mehr zum thema",
        "baca juga",
        "listen",
        "nghe",
        "luu tin",
        "ky tu",
        "gui binh luan",
    ];
    let folded = text::fold(line);
    let bare = folded.trim_matches(|c: char| !c.is_alphanumeric());
    ALONE.contains(&bare)
        || links && WITH_LINK.iter().any(|start| bare.starts_with(start))
        || bare.contains("/500 ky tu")
}

/// Removes headings that nothing follows.
fn drop_loose_headings(page: &Page) {
    let blocks: Vec<Node<'_>> = page
        .root()
        .descendants_it()
        .filter(|node| node.is_element() && is_block(node) || node.is_text() && !node.text().trim().is_empty())
        .collect();
    for node in blocks.iter().rev() {
        if node.is_text() {
            let heading = dom::closest(node, &["h1", "h2", "h3", "h4", "h5", "h6"]);
            match heading {
                Some(heading) => heading.remove_from_parent(),
                None => return,
            }
        }
    }
}

fn is_block(node: &Node<'_>) -> bool {
    node.node_name().is_some_and(|name| matches!(&*name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6"))
}
