//! The article's text: the only file that names the readability crate.

use super::{prune, tidy};
use crate::extract::dom::{self, NodeId, Page};
use crate::text;
use dom_smoothie::{Config, Readability};
use url::Url;

/// A shorter text is none.
const SHORTEST: usize = 25;

/// The markup of the article's text: pruned page → readability → without noise blocks; the whole page where pruning lost
/// over 30 %, and JSON-LD's `articleBody` where it is over twice as long.
pub(super) fn main_text(
    page: Page,
    heading: Option<NodeId>,
    title: Option<&str>,
    stated: Option<&str>,
    base: &Url,
) -> Option<String> {
    show_lazy_pictures(&page, base);
    let whole = page.clone();
    prune::prune(&page, heading);
    let pruned = readable(page).map(|markup| tidy::tidy(&markup, title));
    let unpruned = readable(whole).map(|markup| tidy::tidy(&markup, title));
    let kept = match (pruned, unpruned) {
        (Some(pruned), Some(unpruned)) if length(&pruned) * 10 < length(&unpruned) * 7 => Some(unpruned),
        (pruned, unpruned) => pruned.or(unpruned),
    };
    let found = kept.as_deref().map_or(0, length);
    let stated = stated.map(paragraphs).filter(|markup| length(markup) > 2 * found);
    stated.or(kept).filter(|markup| length(markup) >= SHORTEST)
}

fn readable(page: Page) -> Option<String> {
    let config = Config { keep_classes: true, disable_json_ld: true, ..Config::default() };
    let mut reader = Readability::with_document(page, None, Some(config)).ok()?;
    let article = reader.parse().ok()?;
    Some(article.content.to_string())
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
fn paragraphs(stated: &str) -> String {
    if stated.contains("</p>") && text::check_markup(stated).is_ok() {
        return tidy::tidy(stated, None);
    }
    let lines = stated.lines().map(dom::fragment_line).filter(|line| !line.is_empty());
    lines.map(|line| format!("<p>{}</p>", escape(&line))).collect()
}

fn escape(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
