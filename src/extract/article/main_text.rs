//! The article's text: the only file that names the readability crate.

use super::facts::letters;
use super::prune::{self, Weights};
use super::{lead, tidy};
use crate::extract::dom::{self, Descend, Node, NodeId, Page, Step};
use crate::extract::explain::Trace;
use crate::text;
use dom_smoothie::{Config, Readability};
use url::Url;

/// A shorter text is none.
const SHORTEST: usize = 25;
/// What is known of the article before its text is looked for.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) heading: Option<NodeId>,
    pub(super) tidy: tidy::Known<'a>,
    /// JSON-LD's `articleBody`.
    pub(super) body: Option<String>,
    /// What the meta tags say that the article is about.
    pub(super) described: Vec<String>,
    pub(super) base: &'a Url,
    pub(super) trace: &'a Trace,
}

/// The markup of the article's text: pruned page → readability → without noise blocks, with its lead; the whole page where
/// pruning lost over 30 %; all that holds the page's running text where readability took too little of it; JSON-LD's
/// `articleBody` where it is over twice as long.
pub(super) fn main_text(page: Page, known: &Known<'_>) -> Option<String> {
    show_lazy_pictures(&page, known.base);
    let lead = lead::lead(&page, known.heading, &known.described);
    let size = Size::of(&page);
    if size == Size::Absurd {
        return None;
    }
    let whole = (size == Size::Ordinary).then(|| page.clone());
    let weights = prune::prune(&page, known.heading);
    let container = container(&page, &weights).map(|markup| tidy::tidy(&markup, &known.tidy));
    let pruned =
        (size == Size::Ordinary).then(|| readable(page)).flatten().map(|markup| tidy::tidy(&markup, &known.tidy));
    let unpruned = whole.and_then(readable).map(|markup| tidy::tidy(&markup, &known.tidy));
    for (witness, markup) in [
        ("readability, pruned page", &pruned),
        ("readability, whole page", &unpruned),
        ("the box that holds nearly all running text", &container),
        ("JSON-LD articleBody", &known.body),
        ("the lead above the text", &lead),
    ] {
        known.trace.note(|explanation| super::explain::text(explanation, witness, markup.as_deref()));
    }
    let kept = longer_by(unpruned, pruned, 70);
    let kept = fuller(container, kept);
    let found = kept.as_deref().map_or(0, length);
    let stated =
        known.body.as_deref().map(|body| paragraphs(body, &known.tidy)).filter(|body| length(body) > 2 * found);
    let text = stated.or(kept).filter(|markup| length(markup) >= SHORTEST);
    with_lead(text, lead)
}

/// How much work a page is: readability takes a microsecond for every level above every element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// As newspapers' pages are.
    Ordinary,
    /// Too large for readability: its container is taken as it is.
    Large,
    /// No article is like this; its text is not looked for.
    Absurd,
}

impl Size {
    fn of(page: &Page) -> Self {
        const ORDINARY: (usize, usize) = (30_000, 1_000_000);
        const LARGE: (usize, usize) = (100_000, 4_000_000);
        /// As much text costs as an element.
        const TEXT_BYTES: usize = 100;
        let (mut depth, mut elements, mut levels) = (0usize, 0usize, 0usize);
        dom::walk(&page.root(), |node, step| {
            if !node.is_element() {
                levels += if step == Step::Enter { depth * node.text().len() / TEXT_BYTES } else { 0 };
                return Descend::Yes;
            }
            match step {
                Step::Enter => {
                    depth += 1;
                    elements += 1;
                    levels += depth;
                }
                Step::Leave => depth -= 1,
            }
            Descend::Yes
        });
        let within = |limit: (usize, usize)| elements <= limit.0 && levels <= limit.1;
        match () {
            () if within(ORDINARY) => Self::Ordinary,
            () if within(LARGE) => Self::Large,
            () => Self::Absurd,
        }
    }
}

/// The other reading where this one has less than so many hundredths of it.
fn longer_by(other: Option<String>, this: Option<String>, percent: usize) -> Option<String> {
    match (other, this) {
        (Some(other), Some(this)) if length(&this) * 100 < length(&other) * percent => Some(other),
        (other, this) => this.or(other),
    }
}

/// The container's text where readability took too little of its paragraphs.
fn fuller(container: Option<String>, kept: Option<String>) -> Option<String> {
    const TOO_LITTLE_PERCENT: usize = 65;
    match (container, kept) {
        (Some(container), Some(kept)) => {
            let (all, taken) = (tidy::running_length(&container), tidy::running_length(&kept));
            Some(if taken * 100 < all * TOO_LITTLE_PERCENT { container } else { kept })
        }
        (container, kept) => kept.or(container),
    }
}

fn readable(page: Page) -> Option<String> {
    tidy::hide_links(&page);
    let config = Config { keep_classes: true, disable_json_ld: true, ..Config::default() };
    let mut reader = Readability::with_document(page, None, Some(config)).ok()?;
    let article = reader.parse().ok()?;
    Some(article.content.to_string())
}

/// The smallest element that holds nearly all running text of a pruned page.
fn container(page: &Page, weights: &Weights) -> Option<String> {
    const NEARLY_ALL_PERCENT: usize = 85;
    let mut at = page.body()?;
    loop {
        let enough = |share: usize| share * 100 >= weights.total() * NEARLY_ALL_PERCENT;
        let Some(child) = at.children_it(false).find(|child| enough(weights.of_node(child))) else { break };
        at = child;
    }
    (weights.total() > 0 && !lists_articles(&at)).then(|| at.inner_html().to_string())
}

/// Whether an element shows several articles, whose excerpts look like paragraphs.
fn lists_articles(node: &Node<'_>) -> bool {
    const SEVERAL: usize = 3;
    let is_teaser = |below: &Node<'_>| {
        let heading = ["h2", "h3", "h4"].iter().any(|name| below.has_name(name));
        let linked = || below.descendants_it().any(|n| n.has_name("a")) || dom::closest(below, &["a"]).is_some();
        below.has_name("article") || heading && linked()
    };
    node.descendants_it().filter(is_teaser).take(SEVERAL).count() >= SEVERAL
}

fn with_lead(text: Option<String>, lead: Option<String>) -> Option<String> {
    let (Some(markup), Some(lead)) = (&text, lead) else { return text };
    let known = letters(&text::plain_text(markup));
    if known.contains(&letters(&lead)) {
        return text;
    }
    Some(format!("<p>{}</p>{markup}", escape(&lead)))
}

fn length(markup: &str) -> usize {
    text::plain_text(markup).chars().count()
}

/// Gives every lazily loaded picture its real address.
fn show_lazy_pictures(page: &Page, base: &Url) {
    for image in dom::elements(page, "img") {
        if let Some(picture) = dom::picture(&image, base) {
            image.set_attr("src", picture.url.as_str());
        }
    }
}

/// A stated text, lines as paragraphs; it may be markup.
fn paragraphs(stated: &str, known: &tidy::Known<'_>) -> String {
    if stated.contains("</p>") && text::check_markup(stated).is_ok() {
        return tidy::tidy(stated, known);
    }
    let lines = stated.lines().map(dom::fragment_line).filter(|line| !line.is_empty());
    lines.map(|line| format!("<p>{}</p>", escape(&line))).collect()
}

fn escape(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
