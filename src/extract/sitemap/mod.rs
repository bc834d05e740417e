//! Sitemaps (sitemaps.org protocol 0.9) and sitemap indexes, with the extensions for news and images.
//!
//! Comes in: a document, packed or not. Goes out: an [`Extraction`]: of a sitemap its newest pages, of an index the
//! sitemaps that it lists. `lastmod` is an edit, `news:publication_date` the publication. News keywords are no categories:
//! a paper has hundreds of them, and each category is a feed. It follows nothing, and does not know what was read before.

mod choice;
mod packed;
mod reader;
#[cfg(test)]
mod tests;

use super::explain::Trace;
use super::{ExtractError, charset, date, dom, listing};
use crate::model::{
    DateOrigin, Document, Entry, ExtractMethod, Extraction, Flaw, Hints, Kind, ListFinding, Memory, StatedDate,
};
use crate::text;
use choice::Dated;
use reader::{Location, Root};
use serde::Serialize;
use std::borrow::Cow;

/// A root element comes within so many bytes.
const SNIFF_BYTES: usize = 16 << 10;
/// A longer tag names no language (RFC 5646 §4.4.1).
const LONGEST_LANGUAGE: usize = 35;

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
    /// A list of the last days' articles: some pages have a `news:news`.
    News {
        /// How many it lists.
        pages: usize,
    },
}

/// Says what a sitemap is; `None` where the document is none.
#[must_use]
pub fn sitemap(document: &Document) -> Option<Sitemap> {
    let document = unpacked(document).ok()?;
    if !is_sitemap(&document) {
        return None;
    }
    let decoded = charset::decode_xml(&document.body, document.media_type.as_deref());
    let read = reader::read(&decoded.text)?;
    let count = read.locations.len();
    Some(match read.root {
        Root::Index => Sitemap::Index { sitemaps: count },
        Root::Pages if read.locations.iter().any(|location| location.news.is_some()) => Sitemap::News { pages: count },
        Root::Pages => Sitemap::Pages { pages: count },
    })
}

/// Whether the document is a gzip file.
pub(super) fn is_packed(document: &Document) -> bool {
    packed::is_gzip(&document.body)
}

/// The document itself, or what a gzip file unpacks to.
///
/// # Errors
/// [`ExtractError::Packed`] where it cannot be unpacked within its limits.
pub(super) fn unpacked(document: &Document) -> Result<Cow<'_, Document>, ExtractError> {
    if !packed::is_gzip(&document.body) {
        return Ok(Cow::Borrowed(document));
    }
    let body = packed::unpack(&document.body).map_err(|why| ExtractError::Packed { why })?;
    // the label was the file's, not its content's
    Ok(Cow::Owned(Document { body, media_type: None, ..document.clone() }))
}

/// Whether the document is a sitemap or an index, by its root element.
pub(super) fn is_sitemap(document: &Document) -> bool {
    let head = &document.body[..document.body.len().min(SNIFF_BYTES)];
    reader::root(&charset::decode_xml(head, None).text).is_some()
}

/// Reads a sitemap that is not packed, and says why it is read so.
///
/// # Errors
/// [`ExtractError::NotASitemap`] where its root element is no sitemap's.
pub(super) fn explained(document: &Document, trace: &Trace) -> Result<Extraction, ExtractError> {
    let decoded = charset::decode_xml(&document.body, document.media_type.as_deref());
    let read = reader::read(&decoded.text).ok_or(ExtractError::NotASitemap)?;
    let is_index = read.root == Root::Index;
    trace.say(|| {
        let what = if is_index { "a sitemap index: each entry is a sitemap" } else { "a sitemap: its newest pages" };
        format!("read as {what}")
    });
    let mut flaws: Vec<Flaw> = read.faults.iter().map(|what| flaw(None, what)).collect();
    if decoded.lossy {
        flaws.push(flaw(None, "the character encoding is not the one that is stated"));
    }
    let (title, language) = (publication(&read.locations), language(&read.locations));
    let stated = read.locations.len();
    let dated: Vec<Dated> =
        read.locations.into_iter().filter_map(|location| self::dated(&location, document, is_index)).collect();
    if dated.len() < stated {
        flaws.push(flaw(None, &format!("{} of {stated} entries have no web address", stated - dated.len())));
    }
    let choice =
        if is_index { choice::of_index(dated) } else { choice::of_pages(dated, document.fetched_at, is_article) };
    flaws.extend(choice.left_out.iter().map(|what| flaw(None, what)));
    if !is_index {
        let untitled = choice.chosen.iter().enumerate().filter(|(_, entry)| entry.title.is_none());
        flaws.extend(untitled.map(|(place, _)| flaw(Some(place), "no title")));
    }
    Ok(Extraction {
        kind: Kind::Listing,
        method: if is_index { ExtractMethod::SitemapIndex } else { ExtractMethod::Sitemap },
        title,
        language,
        encoding: decoded.encoding,
        well_formed: read.faults.is_empty(),
        finding: if choice.chosen.is_empty() { ListFinding::Empty } else { ListFinding::Found },
        entries: choice.chosen,
        reading: None,
        hints: Hints::default(),
        flaws,
        memory: Memory::default(),
    })
}

/// An entry and the date that it is chosen by: of an article its publication, else its edit.
fn dated(location: &Location, document: &Document, is_index: bool) -> Option<Dated> {
    let address = Some(location.address.trim()).filter(|address| !address.is_empty())?;
    let link = dom::resolve(&document.url, address)?;
    let news = location.news.as_ref().filter(|_| !is_index);
    let read = |text: &str| date::parse(text, DateOrigin::Metadata, document.fetched_at);
    let published = news.and_then(|news| read(&news.published));
    let updated = read(&location.modified);
    let entry = Entry {
        link: Some(link),
        title: news.map(|news| line(&news.title)).filter(|title| !title.is_empty()),
        language: news.and_then(|news| tag(&news.language)),
        published,
        updated,
        image: Some(location.image.trim())
            .filter(|image| !image.is_empty())
            .and_then(|i| dom::resolve(&document.url, i)),
        ..Entry::default()
    };
    Some(Dated { at: published.or(updated).map(moment), entry })
}

/// A date for comparing: what has no offset is taken as UTC.
fn moment(stated: StatedDate) -> chrono::NaiveDateTime {
    let east = stated.offset.map_or(0, |offset| offset.local_minus_utc());
    stated.local.checked_sub_signed(chrono::TimeDelta::seconds(east.into())).unwrap_or(stated.local)
}

/// Whether an address without a title looks like an article's: sitemaps list sections, people and services as well.
fn is_article(entry: &Entry) -> bool {
    entry.title.is_some() || entry.link.as_ref().is_some_and(listing::looks_like_an_article)
}

/// The name of the publication, where one is stated.
fn publication(locations: &[Location]) -> Option<String> {
    let name = locations.iter().filter_map(|location| location.news.as_ref()).find(|news| !news.name.is_empty());
    name.map(|news| line(&news.name)).filter(|name| !name.is_empty())
}

/// The language that every article states.
fn language(locations: &[Location]) -> Option<String> {
    let mut stated = locations.iter().filter_map(|location| tag(&location.news.as_ref()?.language));
    let first = stated.next()?;
    stated.all(|other| other == first).then_some(first)
}

/// Text on one line; entities that were escaped twice are read.
fn line(stated: &str) -> String {
    let is_escaped = stated.contains('&') && stated.contains(';');
    if is_escaped { text::clean_line(&dom::fragment_line(stated)) } else { text::clean_line(stated) }
}

fn tag(stated: &str) -> Option<String> {
    let tag = stated.trim();
    let is_tag = !tag.is_empty()
        && tag.len() <= LONGEST_LANGUAGE
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    is_tag.then(|| tag.to_owned())
}

fn flaw(entry: Option<usize>, what: &str) -> Flaw {
    Flaw { stage: "extract", entry, what: what.to_owned() }
}
