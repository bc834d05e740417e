//! What a page names of its site: feeds, sitemaps, the sections of its menu, the paper's name.
//!
//! Comes in: a page. Goes out: the addresses that stand there, each once, bounded. It asks
//! for nothing and guesses no address; whether an address leads to what it says, the one who asks for it sees.

mod feeds;
mod name;
#[cfg(test)]
mod tests;

use super::{ExtractError, charset, dom, listing};
use crate::model::{Document, Hints};
use feeds::announced;
use serde::Serialize;
use url::Url;

/// Most addresses of one kind that are taken from a page.
const MOST: usize = 200;

/// An address and what the page calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedLink {
    /// Plain text; absent where the page says nothing.
    pub title: Option<String>,
    /// Absolute.
    pub url: Url,
}

/// What a page names of its site.
#[derive(Debug, Clone)]
pub struct Site {
    /// The paper's name.
    pub title: Option<String>,
    /// Whether the page states the name as such; else it is a part of `<title>`.
    pub title_is_stated: bool,
    /// The language (BCP 47), as stated.
    pub language: Option<String>,
    /// Feeds announced in the head (RSS autodiscovery).
    pub feeds: Vec<NamedLink>,
    /// Links of the page whose addresses look like feeds.
    pub linked_feeds: Vec<NamedLink>,
    /// Links called "RSS": feeds, or pages that list feeds.
    pub feed_pages: Vec<NamedLink>,
    /// `<link rel=sitemap>`.
    pub sitemaps: Vec<Url>,
    /// Links of the menu that look like sections, in the order of the page.
    pub menu: Vec<NamedLink>,
}

/// Reads what a page names.
///
/// # Errors
/// [`ExtractError::Empty`], [`ExtractError::Gate`].
pub fn site(document: &Document) -> Result<Site, ExtractError> {
    if document.body.is_empty() {
        return Err(ExtractError::Empty);
    }
    let decoded = charset::decode_page(&document.body, document.media_type.as_deref());
    let page = dom::parse(&decoded.text)?;
    let base = dom::base_url(&page, &document.url);
    let (title, title_is_stated) = name::paper(&page, &document.url);
    let menu = listing::menu(&page, &document.url, &base);
    let links = feeds::Links::of(&page, &document.url, &base);
    Ok(Site {
        title,
        title_is_stated,
        language: dom::language(&page).or_else(|| name::locale(&page)),
        feeds: announced(&page, &base),
        linked_feeds: links.feeds,
        feed_pages: links.feed_pages,
        sitemaps: named_sitemaps(&page, &base),
        menu: menu.into_iter().map(|(title, url)| NamedLink { title: Some(title), url }).take(MOST).collect(),
    })
}

/// What a section page names beside its list.
pub(super) fn hints(page: &dom::Page, base: &Url) -> Hints {
    Hints {
        feed: announced(page, base).into_iter().next().map(|feed| feed.url),
        sitemap: named_sitemaps(page, base).into_iter().next(),
        hub: named_in_head(page, base, "hub"),
        topic: named_in_head(page, base, "self"),
        ..Hints::default()
    }
}

fn named_sitemaps(page: &dom::Page, base: &Url) -> Vec<Url> {
    let links = dom::elements(page, "link");
    let named = links.iter().filter(|link| has_rel(link, "sitemap"));
    let mut found: Vec<Url> = named.filter_map(|link| dom::resolve(base, &dom::attr(link, "href")?)).take(8).collect();
    found.dedup();
    found
}

/// The first link of the head with this relation. Not of the body, where a page shows what readers wrote (WebSub §8.3).
fn named_in_head(page: &dom::Page, base: &Url, rel: &str) -> Option<Url> {
    let links = dom::elements(page, "link");
    let in_head = |link: &&dom::Node<'_>| dom::closest(link, &["head", "body"]).is_some_and(|at| is_head(&at));
    let named = links.iter().filter(|link| has_rel(link, rel)).filter(in_head);
    named.filter_map(|link| dom::resolve(base, &dom::attr(link, "href")?)).next()
}

fn is_head(node: &dom::Node<'_>) -> bool {
    dom::Element::of(node).is_some_and(|element| element.name() == "head")
}

fn has_rel(link: &dom::Node<'_>, name: &str) -> bool {
    dom::attr(link, "rel").is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(name)))
}
