//! Takes from a found text the blocks that are no part of it: links to other articles, things to click, a repeated title,
//! the date and byline above the first paragraph.

use super::facts::letters;
use super::phrases::{ALONE, EXTERNAL, NEW_WINDOW, SHOWN, WITH_LINK};
use super::{credit, edges, short_line};
use crate::extract::dom::{self, Descend, Node, NodeId, Page, Step};
use crate::text;
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

/// What is known of the article and need not stand in its text again.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) authors: &'a [String],
    pub(super) now: DateTime<Utc>,
}

/// The markup without its noise blocks.
pub(super) fn tidy(markup: &str, known: &Known<'_>) -> String {
    if text::check_markup(markup).is_err() {
        return String::new();
    }
    let page = Page::fragment(markup);
    restore_links(&page);
    drop_spoken_hints(&page);
    credit::drop_of_captions(&page);
    drop_noise(&page, known);
    edges::drop_opening(&page, known);
    drop_repeated(&page);
    drop_labels(&page);
    edges::drop_closing(&page, known);
    drop_loose_headings(&page);
    page.root().inner_html().to_string()
}

/// The attribute that keeps a link's address while readability looks at the page.
const KEPT_ADDRESS: &str = "data-bantin-href";

/// Takes the links out of sentences, so that a sentence that is mostly link is not taken for a list of links.
pub(super) fn hide_links(page: &Page) {
    const SHORTEST: usize = 40;
    for paragraph in dom::elements(page, "p") {
        let text = paragraph.text();
        let is_sentence = text.trim_end().ends_with(['.', '!', '?', '"', '”', '»']) && text.chars().count() >= SHORTEST;
        let links: Vec<Node<'_>> = paragraph.descendants_it().filter(|node| node.has_name("a")).collect();
        let linked: usize = links.iter().map(|link| link.text().chars().count()).sum();
        if !is_sentence || linked * 100 >= text.chars().count() * 95 {
            continue;
        }
        for link in links {
            if let Some(address) = dom::attr(&link, "href") {
                link.set_attr(KEPT_ADDRESS, &address);
                link.rename("span");
            }
        }
    }
}

fn restore_links(page: &Page) {
    for span in dom::elements(page, "span") {
        if let Some(address) = dom::attr(&span, KEPT_ADDRESS) {
            span.remove_attr(KEPT_ADDRESS);
            span.rename("a");
            span.set_attr("href", &address);
        }
    }
}

/// Takes out what is said to those who hear the page: "(opens in a new window)" in links, places to skip to.
fn drop_spoken_hints(page: &Page) {
    const LONGEST: usize = 60;
    let is_hint = |span: &Node<'_>| {
        let folded = short_line(span, LONGEST).map(|line| text::fold(&line)).unwrap_or_default();
        let bare = folded.trim_matches(|c: char| !c.is_alphanumeric());
        NEW_WINDOW.split('|').any(|hint| hint == bare)
    };
    let skips = |value: Option<String>| value.is_some_and(|value| value.to_ascii_lowercase().contains("skip"));
    let is_skip = |node: &Node<'_>| {
        skips(dom::attr(node, "id")) || skips(dom::attr(node, "href").filter(|to| to.starts_with('#')))
    };
    let spans =
        dom::elements(page, "span").into_iter().filter(|span| dom::closest(span, &["a"]).is_some() && is_hint(span));
    let others = ["a", "p"].iter().flat_map(|name| dom::elements(page, name)).filter(is_skip);
    remove(page, spans.chain(others).map(|node| node.id).collect());
}

/// The running text of a markup, in characters: its long paragraphs.
pub(super) fn running_length(markup: &str) -> usize {
    const SHORTEST_PARAGRAPH: usize = 80;
    let lengths = leaf_blocks(&Page::fragment(markup)).into_iter().map(|(_, line)| line.chars().count());
    lengths.filter(|length| *length >= SHORTEST_PARAGRAPH).sum()
}

fn drop_noise(page: &Page, known: &Known<'_>) {
    let weights = weights(page);
    let title = known.title.map(letters).unwrap_or_default();
    let mut gone = Vec::new();
    dom::walk(&page.root(), |node, step| {
        if step == Step::Leave || !node.is_element() {
            return Descend::Yes;
        }
        let weight = weights.get(&node.id).copied().unwrap_or_default();
        if is_noise(node, weight, &title) {
            gone.push(node.id);
            return Descend::No;
        }
        Descend::Yes
    });
    remove(page, gone);
}

pub(super) fn remove(page: &Page, gone: Vec<NodeId>) {
    for id in gone {
        Node::new(id, &page.tree).remove_from_parent();
    }
}

fn is_noise(node: &Node<'_>, weight: Weight, title: &str) -> bool {
    if weight.parts == 1 && !weight.speaks && node.children_it(false).any(|child| is_block(&child)) {
        // a wrapper: what is in it is judged
        return false;
    }
    let name = node.node_name().unwrap_or_default();
    match &*name {
        "h1" | "h2" if weight.text > 0 && letters(&dom::line(node)) == *title => true,
        "p" | "div" | "li" | "ul" | "ol" | "section" | "aside" | "span" | "h1" | "h2" | "h3" | "h4" | "table"
        | "strong" | "blockquote" | "figcaption" | "em" | "small" | "cite" => {
            weight.is_link_list(&name)
                || weight.is_pointer(&name, node)
                || weight.is_call(node)
                || weight.is_consent(node)
                || credit::is_credit(node, weight.text)
                || is_film_teaser(node, weight)
        }
        "button" | "form" | "input" | "nav" | "footer" | "select" | "label" | "textarea" => true,
        _ => false,
    }
}

/// How much of a block is text, and how much of that links.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    text: usize,
    linked: usize,
    links: usize,
    /// Children with text.
    parts: usize,
    /// Whether one of them is text itself.
    speaks: bool,
}

/// The weight of every element, in one walk.
fn weights(page: &Page) -> HashMap<NodeId, Weight> {
    let (mut found, mut open, mut links_open) = (HashMap::new(), Vec::<Weight>::new(), 0usize);
    dom::walk(&page.root(), |node, step| {
        if node.is_text() {
            let length = node.text().trim().chars().count();
            if let Some(weight) = open.last_mut() {
                weight.text += length;
                weight.speaks |= length > 0;
                weight.linked += if links_open > 0 { length } else { 0 };
            }
            return Descend::No;
        }
        let is_link = node.has_name("a");
        if step == Step::Enter {
            links_open += usize::from(is_link);
            open.push(Weight { links: usize::from(is_link), ..Weight::default() });
            return Descend::Yes;
        }
        links_open -= usize::from(is_link);
        let Some(weight) = open.pop() else { return Descend::Yes };
        found.insert(node.id, weight);
        if let Some(above) = open.last_mut() {
            above.text += weight.text;
            above.parts += usize::from(weight.text > 0);
            above.linked += weight.linked;
            above.links += weight.links;
        }
        Descend::Yes
    });
    found
}

impl Weight {
    /// Several links and little beside them.
    fn is_link_list(self, name: &str) -> bool {
        let list = matches!(name, "ul" | "ol" | "div" | "section" | "aside" | "table");
        list && self.links >= 2 && self.linked * 10 > self.text * 7
    }

    /// One line that is nothing but a link to another article, perhaps with a label before it: "MIRA: …".
    fn is_pointer(self, name: &str, node: &Node<'_>) -> bool {
        const LONGEST_LABEL: usize = 40;
        if self.links == 0
            || self.text < 20
            || !matches!(name, "p" | "div" | "li" | "h2" | "h3" | "h4" | "strong" | "em")
        {
            return false;
        }
        if self.linked * 100 >= self.text * 95 {
            return matches!(name, "p" | "div" | "li" | "h2" | "h3" | "h4");
        }
        let beside = self.text - self.linked;
        if name == "li" || beside > LONGEST_LABEL || self.text > 300 || self.linked < 20 {
            return false;
        }
        let line = dom::line(node);
        let label = line.chars().take(beside + 3).collect::<String>();
        label.contains(':') && !line.ends_with('.')
    }

    /// "Read also: …", "Chia sẻ", "500/500 ký tự".
    fn is_call(self, node: &Node<'_>) -> bool {
        const LONGEST: usize = 250;
        (1..=LONGEST).contains(&self.text) && is_call(&dom::line(node), self.links > 0)
    }

    /// "I agree that external content is shown to me": the box in the place of another site's content.
    fn is_consent(self, node: &Node<'_>) -> bool {
        const LONGEST: usize = 500;
        let says = |folded: &str, list: &str| list.split('|').any(|words| folded.contains(words));
        (1..=LONGEST).contains(&self.text) && {
            let folded = text::fold(&dom::line(node));
            says(&folded, EXTERNAL) && says(&folded, SHOWN)
        }
    }
}

fn is_call(line: &str, links: bool) -> bool {
    let folded = text::fold(line);
    let bare = folded.trim_matches(|c: char| !c.is_alphanumeric());
    ALONE.split('|').any(|whole| whole == bare)
        || links && WITH_LINK.split('|').any(|start| bare.starts_with(start))
        || bare.contains("/500 ky tu")
}

/// What is said of a film beside the text: it ends in a bar and the film's length ("14/02/2026 | 3:18 min").
fn is_film_teaser(node: &Node<'_>, weight: Weight) -> bool {
    const LONGEST: usize = 500;
    if !(1..=LONGEST).contains(&weight.text) {
        return false;
    }
    let line = dom::line(node);
    let length = line.strip_suffix("min").and_then(|rest| rest.rsplit_once('|')).map(|(_, length)| length.trim());
    let digits = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    length
        .and_then(|length| length.split_once(':'))
        .is_some_and(|(minutes, seconds)| digits(minutes) && digits(seconds))
}

const BLOCKS: &[&str] = &[
    "p",
    "div",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "figcaption",
    "blockquote",
    "section",
    "article",
    "header",
    "ul",
    "td",
];

pub(super) fn is_block(node: &Node<'_>) -> bool {
    node.is_element() && BLOCKS.iter().any(|name| node.has_name(name))
}

/// The blocks that hold no other block, in document order.
pub(super) fn leaf_blocks(page: &Page) -> Vec<(NodeId, String)> {
    let mut open: Vec<bool> = Vec::new();
    let mut found = Vec::new();
    dom::walk(&page.root(), |node, step| {
        if !is_block(node) {
            return Descend::Yes;
        }
        if step == Step::Enter {
            if let Some(above) = open.last_mut() {
                *above = true;
            }
            open.push(false);
        } else if open.pop() == Some(false) {
            found.push((node.id, dom::line(node)));
        }
        Descend::Yes
    });
    found
}

/// Removes a block that says word for word what one before it said.
fn drop_repeated(page: &Page) {
    const SHORTEST: usize = 60;
    let (mut seen, mut gone) = (HashSet::new(), Vec::new());
    for (id, line) in leaf_blocks(page) {
        let bare = letters(&line);
        // a letter of three bytes is a syllable or a word
        if bare.len().max(bare.chars().count() * 2) >= 2 * SHORTEST && !seen.insert(bare) {
            gone.push(id);
        }
    }
    remove(page, gone);
}

/// Removes a short line that stands in three places or more: a label of the page's, such as "Register to react".
fn drop_labels(page: &Page) {
    const SHORTEST: usize = 6;
    const OFTEN: usize = 3;
    let mut places: HashMap<String, Vec<NodeId>> = HashMap::new();
    for (id, line) in leaf_blocks(page) {
        let node = Node::new(id, &page.tree);
        let bare = letters(&line);
        // "Phóng viên:" says who speaks next
        let is_speaker = line.ends_with(':');
        let in_table = dom::closest(&node, &["table", "ul", "ol", "dl"]).is_some();
        if (node.has_name("p") || node.has_name("div")) && !in_table && !is_speaker && bare.chars().count() >= SHORTEST
        {
            places.entry(bare).or_default().push(id);
        }
    }
    remove(page, places.into_values().filter(|places| places.len() >= OFTEN).flatten().collect());
}

/// Removes headings that nothing follows.
fn drop_loose_headings(page: &Page) {
    let root = page.root();
    let texts: Vec<Node<'_>> =
        root.descendants_it().filter(|node| node.is_text() && !node.text().trim().is_empty()).collect();
    for node in texts.iter().rev() {
        match dom::closest(node, &["h1", "h2", "h3", "h4", "h5", "h6"]) {
            Some(heading) => heading.remove_from_parent(),
            None => return,
        }
    }
}
