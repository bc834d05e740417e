//! Sitemaps (sitemaps.org), as far as a report needs them: whether a document is one, of which kind, how long.

use crate::extract::charset;
use crate::model::Document;
use serde::Serialize;

/// The namespace of news sitemaps.
const NEWS: &str = "schemas/sitemap-news/";
/// The root element comes within so many bytes.
const HEAD_BYTES: usize = 4 << 10;

/// What a sitemap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Sitemap {
    /// A list of sitemaps.
    Index {
        /// How many it lists.
        sitemaps: usize,
    },
    /// A list of pages.
    Pages {
        /// How many it lists.
        pages: usize,
    },
    /// A list of the last days' articles: it declares and uses the namespace of news sitemaps.
    News {
        /// How many it lists.
        pages: usize,
    },
}

/// Reads a sitemap; `None` where the document is none.
#[must_use]
pub fn sitemap(document: &Document) -> Option<Sitemap> {
    let text = charset::decode_xml(&document.body, document.media_type.as_deref()).text;
    let mut end = text.len().min(HEAD_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    if has_element(head, "sitemapindex") {
        return Some(Sitemap::Index { sitemaps: elements(&text, "sitemap") });
    }
    if !has_element(head, "urlset") {
        return None;
    }
    let pages = elements(&text, "url");
    let is_news = text.contains(NEWS) && elements(&text, "news:news").max(elements(&text, "n:news")) > 0;
    Some(if is_news { Sitemap::News { pages } } else { Sitemap::Pages { pages } })
}

fn has_element(text: &str, name: &str) -> bool {
    elements(text, name) > 0
}

/// How often an element opens.
fn elements(text: &str, name: &str) -> usize {
    let opens = |(at, _): &(usize, &str)| {
        let after = text[at + 1..].strip_prefix(name).and_then(|rest| rest.chars().next());
        after.is_some_and(|c| c == '>' || c == '/' || c.is_whitespace())
    };
    text.match_indices('<').filter(opens).count()
}
