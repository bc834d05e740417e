//! Feeds that a page names: in its head, and by links that are called RSS or lead to what looks like a feed.

use super::{MOST, NamedLink, has_rel};
use crate::extract::dom::{self, Node, Page};
use crate::text;
use url::Url;

/// Media types of feeds in `<link rel=alternate>`.
const TYPES: &[&str] = &["application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"];
/// A longer text of a link is no name of a feed.
const MOST_NAME_CHARS: usize = 60;
/// A longer label is a sentence that speaks of RSS.
const MOST_LABEL_CHARS: usize = 32;
/// Links that are looked at.
const MOST_LINKS: usize = 20_000;

/// The feeds that a page announces in its head; those of comments are left out.
pub(super) fn announced(page: &Page, base: &Url) -> Vec<NamedLink> {
    let mut found = Vec::new();
    for link in dom::elements(page, "link") {
        let kind = dom::attr(&link, "type").unwrap_or_default().to_ascii_lowercase();
        let is_feed = has_rel(&link, "alternate") && TYPES.iter().any(|known| kind.starts_with(known));
        let title = dom::attr(&link, "title").map(|title| text::clean_line(&title));
        let Some(href) = dom::attr(&link, "href").filter(|href| is_feed && !is_of_comments(href, title.as_deref()))
        else {
            continue;
        };
        if let Some(url) = dom::resolve(base, &href) {
            add(&mut found, NamedLink { title: title.and_then(|title| name(&title)), url });
        }
    }
    found
}

/// Whether a feed is of readers' comments.
fn is_of_comments(address: &str, title: Option<&str>) -> bool {
    const WORDS: &[&str] = &["comment", "kommentar", "comentario", "binh luan", "コメント"];
    let title = title.map(text::fold).unwrap_or_default();
    address.contains("comments") || WORDS.iter().any(|word| title.contains(word))
}

/// The links of a page's body that have to do with feeds; those that lead to other sites are left out.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Addresses that look like feeds.
    pub(super) feeds: Vec<NamedLink>,
    /// Links called "RSS" whose addresses do not look like a feed.
    pub(super) feed_pages: Vec<NamedLink>,
}

impl Links {
    pub(super) fn of(page: &Page, page_url: &Url, base: &Url) -> Self {
        let mut links = Self::default();
        for link in dom::elements(page, "a").iter().take(MOST_LINKS) {
            let href = dom::attr(link, "href").map(|href| href.trim_start_matches("feed:").to_owned());
            let Some(mut url) = href.filter(|href| !href.starts_with('#')).and_then(|href| dom::resolve(base, &href))
            else {
                continue;
            };
            url.set_fragment(None);
            if domain(&url) != domain(page_url) || url == *page_url || is_of_comments(url.as_str(), None) {
                continue;
            }
            if looks_like_feed(&url) {
                add(&mut links.feeds, NamedLink { title: name_of(link, &url), url });
            } else if is_called_rss(link) || is_named_rss(&url) {
                add(&mut links.feed_pages, NamedLink { title: name_of(link, &url), url });
            }
        }
        links
    }
}

/// Whether an address has the form of a feed's: `.rss`, `/feed/`, `?feed=rss2`, `/rss/xa-hoi`.
fn looks_like_feed(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let Some((last, before)) = segments.split_last() else { return asks_for_feed(url) };
    let (stem, extension) = last.rsplit_once('.').unwrap_or((last, ""));
    let speaks =
        |segment: &&str| segment.split(['-', '_', '.']).any(|word| matches!(word, "rss" | "feed" | "feeds" | "atom"));
    let in_feed_folder = before.iter().any(|segment| matches!(*segment, "rss" | "feed" | "feeds"));
    match extension {
        "rss" | "atom" | "rdf" => true,
        "xml" => before.iter().any(speaks) || speaks(&stem) || matches!(stem, "atom" | "index"),
        "json" => before.iter().any(speaks) || speaks(&stem),
        _ => in_feed_folder || (*last == "feed" && !before.is_empty()) || asks_for_feed(url),
    }
}

fn asks_for_feed(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| {
        let value = value.to_ascii_lowercase();
        name.eq_ignore_ascii_case("feed") || value.starts_with("rss") || value == "atom"
    })
}

/// Whether a link calls itself RSS, in its text or, where it has none, in the words of its icon.
fn is_called_rss(link: &Node<'_>) -> bool {
    let text = dom::line(link);
    let label = if text.is_empty() { icon_words(link) } else { text };
    let folded = text::fold(&label);
    folded.chars().count() <= MOST_LABEL_CHARS
        && folded.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "rss" | "rssfeed" | "rssfeeds"))
}

fn icon_words(link: &Node<'_>) -> String {
    let own = ["title", "aria-label"].iter().find_map(|attribute| dom::attr(link, attribute));
    let image = || link.descendants_it().take(20).find_map(|node| dom::attr(&node, "alt"));
    own.or_else(image).unwrap_or_default()
}

/// Whether the last part of an address is the word: `/rss.html`, `/rss`.
fn is_named_rss(url: &Url) -> bool {
    let last = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let stem = last.split('.').next().unwrap_or_default();
    matches!(stem, "rss" | "rss-feed" | "rss-feeds" | "rssfeeds" | "feeds" | "kenh-rss")
}

/// What a link's feed is called: the link's text, else that of its row.
fn name_of(link: &Node<'_>, url: &Url) -> Option<String> {
    let own = dom::line(link);
    if let Some(name) = name(&own).filter(|name| !is_generic(name, url)) {
        return Some(name);
    }
    let row = dom::closest(link, &["li", "tr", "dd", "p"])?;
    if row.descendants_it().take(60).count() >= 60 {
        return None;
    }
    let links: Vec<Node<'_>> = row.descendants_it().filter(|node| node.has_name("a")).collect();
    let line = links.iter().fold(dom::line(&row), |line, link| line.replacen(&dom::line(link), " ", 1));
    name(line.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '|'))).filter(|n| !is_generic(n, url))
}

fn is_generic(name: &str, url: &Url) -> bool {
    let folded = text::fold(name);
    matches!(folded.as_str(), "rss" | "xml" | "feed" | "rss feed" | "rss 2.0" | "atom")
        || name == url.as_str()
        || name.contains("://")
}

fn name(text: &str) -> Option<String> {
    let line = text::clean_line(text);
    (!line.is_empty() && line.chars().count() <= MOST_NAME_CHARS).then_some(line)
}

fn add(found: &mut Vec<NamedLink>, link: NamedLink) {
    if let Some(known) = found.iter_mut().find(|known| known.url == link.url) {
        known.title = known.title.take().or(link.title);
    } else if found.len() < MOST {
        found.push(link);
    }
}

/// The registrable domain; of an IP address or a local name the host itself.
fn domain(url: &Url) -> &str {
    url.domain().and_then(psl::domain_str).or_else(|| url.host_str()).unwrap_or_default()
}
