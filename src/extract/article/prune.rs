//! Takes from a page what is surely not its article, before the text is looked for.

use super::{noise, short_line};
use crate::extract::dom::{self, Descend, Node, NodeId, Page, Step};
use std::collections::HashMap;

/// Removes navigation, related articles, share bars, comments. What holds most of the page's running text, or the heading
/// with a good part of it, stays whatever its name.
pub(super) fn prune(page: &Page, heading: Option<NodeId>) -> Weights {
    unwrap_sentences(page);
    let weights = Weights::of(page, heading);
    let mut gone: Vec<NodeId> = Vec::new();
    dom::walk(&page.root(), |node, step| {
        if step == Step::Leave || !node.is_element() {
            return Descend::Yes;
        }
        if is_noise(node) && !weights.is_main(node) {
            gone.push(node.id);
            return Descend::No;
        }
        Descend::Yes
    });
    for id in gone {
        Node::new(id, &page.tree).remove_from_parent();
    }
    Weights::of(page, heading)
}

/// Takes the box from around a paragraph that is alone in it: a sentence that is mostly link is still a sentence.
fn unwrap_sentences(page: &Page) {
    for paragraph in dom::elements(page, "p") {
        let Some(parent) = paragraph.parent().filter(|parent| parent.has_name("div")) else { continue };
        let alone = parent
            .children_it(false)
            .all(|child| child.id == paragraph.id || !child.is_element() && child.text().trim().is_empty());
        if alone && paragraph.text().trim_end().ends_with(['.', '!', '?', '"', '”']) {
            parent.insert_before(&paragraph);
            parent.remove_from_parent();
        }
    }
}

fn is_noise(node: &Node<'_>) -> bool {
    let name = node.node_name().unwrap_or_default();
    match &*name {
        "html" | "body" | "head" | "main" | "h1" | "p" | "img" | "picture" | "source" => false,
        "nav" | "dialog" | "menu" | "form" | "button" | "select" | "template" | "svg" => true,
        "aside" => true,
        "article" if is_teaser(node) => true,
        _ => noise::is_frame(node) || noise::is_box(node) || is_hidden(node),
    }
}

/// A short article within the article that leads to another page (HTML §4.3.2: it is related to the outer one): its heading
/// is a link, or an empty link lies over it.
fn is_teaser(node: &Node<'_>) -> bool {
    const LONGEST: usize = 800;
    let within = || node.parent().is_some_and(|above| dom::closest(&above, &["article"]).is_some());
    let leads_away = |link: Node<'_>| dom::attr(&link, "href").is_some_and(|href| !href.contains('#'));
    let is_empty =
        |link: &Node<'_>| link.descendants_it().all(|below| below.is_text() && below.text().trim().is_empty());
    let leads = |below: Node<'_>| {
        let heading = ["h2", "h3", "h4", "h5"].iter().any(|name| below.has_name(name));
        let link = || below.descendants_it().find(|n| n.has_name("a")).or_else(|| dom::closest(&below, &["a"]));
        let overlay = below.has_name("a") && is_empty(&below) && leads_away(below);
        overlay || heading && link().is_some_and(leads_away)
    };
    within() && short_line(node, LONGEST).is_some() && node.descendants_it().any(leads)
}

fn is_hidden(node: &Node<'_>) -> bool {
    let style = dom::attr(node, "style").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    node.has_attr("hidden") || style.contains("display:none") || style.contains("visibility:hidden")
}

/// How much running text is below each element.
#[derive(Debug)]
pub(super) struct Weights {
    running: HashMap<NodeId, usize>,
    with_heading: Vec<NodeId>,
    total: usize,
}

impl Weights {
    fn of(page: &Page, heading: Option<NodeId>) -> Self {
        const SHORTEST_PARAGRAPH: usize = 60;
        let (mut running, mut open, mut total) = (HashMap::new(), Vec::new(), 0usize);
        dom::walk(&page.root(), |node, step| {
            if step == Step::Leave {
                let Some((id, sum)) = open.pop() else { return Descend::Yes };
                running.insert(id, sum);
                if let Some((_, above)) = open.last_mut() {
                    *above += sum;
                }
                return Descend::Yes;
            }
            if node.is_text() {
                let length = node.text().trim().chars().count();
                let in_link = node.parent().is_some_and(|parent| parent.has_name("a"));
                if length >= SHORTEST_PARAGRAPH
                    && !in_link
                    && let Some((_, sum)) = open.last_mut()
                {
                    *sum += length;
                    total += length;
                }
                return Descend::No;
            }
            if dom::is_silent(&node.node_name().unwrap_or_default()) {
                return Descend::No;
            }
            open.push((node.id, 0));
            Descend::Yes
        });
        let above =
            heading.map(|id| Node::new(id, &page.tree)).map(|node| node.ancestors_it(None).map(|a| a.id).collect());
        Self { running, with_heading: above.unwrap_or_default(), total }
    }

    /// The running text below a node, in characters.
    pub(super) fn of_node(&self, node: &Node<'_>) -> usize {
        self.running.get(&node.id).copied().unwrap_or(0)
    }

    /// All running text of the page.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    fn is_main(&self, node: &Node<'_>) -> bool {
        let share = self.of_node(node);
        let has_heading = self.with_heading.contains(&node.id);
        share * 2 > self.total || has_heading && share * 5 > self.total
    }
}
