//! What we mean by an entry: pure; knows no database, no network and no document.
//!
//! Comes in: an [`Entry`] as stated. Goes out: a [`Draft`] or the reason why not.

mod category;
mod date;
mod fingerprint;
mod identity;
mod media;
mod permalink;
mod sanitize;
mod site_id;

pub use category::category;
pub use fingerprint::{distance, fingerprint};
pub use permalink::{folded, same_site};
pub use sanitize::sanitize;
pub use site_id::SiteIdRule;

use crate::model::{Draft, Entry, Kind, Permalink, SafeHtml, Source};
use crate::text::{clean_block, clean_line, plain_text, truncate};
use chrono::{DateTime, Duration, Utc};
use url::Url;

/// A title made of a summary is cut here.
const TITLE_FROM_TEXT: usize = 100;
const LONGEST_TITLE: usize = 500;
const LONGEST_SUMMARY: usize = 10_000;
const LONGEST_CONTENT_BYTES: usize = 1 << 20;
const MOST_AUTHORS: usize = 20;
const LONGEST_AUTHOR: usize = 100;
const LONGEST_LANGUAGE: usize = 35; // RFC 5646 §4.4.1

/// What an entry is judged in the light of.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The source that showed it.
    pub source: &'a Source,
    /// What the document is.
    pub kind: Kind,
    /// The document's address: of an article page, the article's own.
    pub base: &'a Url,
    /// The wall clock.
    pub now: DateTime<Utc>,
    /// When the item was first seen: `now` for feeds and section pages, the item's own for its article page.
    pub first_sight: DateTime<Utc>,
    /// The entry's place in the document, from 0.
    pub place: usize,
    /// Where the site's addresses hold its own id, if that was learned.
    pub site_id: Option<&'a SiteIdRule>,
}

/// Why an entry is no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// No address of the web to send readers to.
    #[error("no link")]
    NoLink,
    /// A section page's entry that leads off the paper's site.
    #[error("a link off the paper's site, to {host}")]
    OffSite {
        /// Where to.
        host: String,
    },
    /// Neither a title nor text that could stand for one.
    #[error("no title")]
    NoTitle,
}

/// Makes a draft of an entry: absolute canonical link, plain text in NFC, safe markup, the paper's categories, dates that
/// can be, and the keys that recognize it.
///
/// # Errors
/// [`Rejection`] where the entry can't be an item.
pub fn normalize(entry: Entry, context: &Context<'_>) -> Result<Draft, Rejection> {
    pending(entry, context).and_then(|draft| if draft.title.is_empty() { Err(Rejection::NoTitle) } else { Ok(draft) })
}

/// As [`normalize`], but an entry may have no title: its article's own page has to give it, and until then it is no item
/// for readers.
///
/// # Errors
/// [`Rejection`] but for [`Rejection::NoTitle`].
pub fn pending(entry: Entry, context: &Context<'_>) -> Result<Draft, Rejection> {
    let permalink = link(&entry, context)?;
    let summary = entry.summary.as_deref().map(clean_block).filter(|text| !text.is_empty());
    let summary = summary.map(|text| truncate(&text, LONGEST_SUMMARY));
    let content = content(&entry, context);
    // the teaser tells articles apart; the text is looked at where there is none
    let text = summary.clone().or_else(|| content.as_ref().map(|html| plain_text(html.as_str())));
    let title = title(&entry, text.as_deref()).unwrap_or_default();
    let published = entry.published.and_then(|stated| date::published(stated, sight(context)));
    let updated = entry.updated.and_then(|stated| date::updated(stated, published.as_ref(), sight(context)));
    let keys = identity::keys(&entry, &permalink, &title, published.as_ref(), context);
    let fingerprint = fingerprint(&[title.as_str(), text.as_deref().unwrap_or_default()].join("\n"));
    Ok(Draft {
        source: context.source.id.clone(),
        paper: context.source.paper.clone(),
        keys,
        permalink,
        title,
        summary,
        content,
        categories: category::categories(context.source, &entry.categories),
        authors: authors(&entry.authors),
        language: entry.language.as_deref().and_then(|tag| language(tag, &context.source.language)),
        image: media::image(entry.image, entry.image_size),
        enclosures: media::enclosures(entry.enclosures),
        published,
        updated,
        place: context.place,
        fingerprint,
    })
}

/// The entry's link; else an id that is an address; an article page's own address in any case.
fn link(entry: &Entry, context: &Context<'_>) -> Result<Permalink, Rejection> {
    let of_id = || entry.id.as_deref().map(str::trim).and_then(identity::web_address);
    let own = || (context.kind == Kind::Article).then(|| context.base.clone());
    let links = [entry.link.clone(), of_id(), own()];
    let link = links.into_iter().flatten().find_map(|url| permalink::permalink(&url)).ok_or(Rejection::NoLink)?;
    if context.kind == Kind::Listing && !permalink::same_site(link.url(), &context.source.home) {
        return Err(Rejection::OffSite { host: link.url().host_str().unwrap_or_default().to_owned() });
    }
    Ok(link)
}

fn title(entry: &Entry, text: Option<&str>) -> Option<String> {
    let stated = entry.title.as_deref().map(clean_line).filter(|text| !text.is_empty());
    let made = || text.map(|text| truncate(&clean_line(&truncate(text, LONGEST_TITLE)), TITLE_FROM_TEXT));
    stated.map(|text| truncate(&text, LONGEST_TITLE)).or_else(made).filter(|text| !text.is_empty())
}

fn content(entry: &Entry, context: &Context<'_>) -> Option<SafeHtml> {
    let base = entry.content_base.as_ref().unwrap_or(context.base);
    let markup = entry.content.as_deref().filter(|markup| !markup.trim().is_empty())?;
    let safe = sanitize(markup, Some(base));
    let is_kept = !safe.as_str().trim().is_empty() && safe.as_str().len() <= LONGEST_CONTENT_BYTES;
    is_kept.then_some(safe)
}

/// Undated entries of one day keep the document's order: the first is the newest.
fn sight(context: &Context<'_>) -> date::Sight {
    let timezone = context.source.timezone;
    let back = Duration::seconds(i64::try_from(context.place).unwrap_or(0));
    let placed = context.first_sight.checked_sub_signed(back).unwrap_or(context.first_sight);
    let same_day = date::day(placed, timezone) == date::day(context.first_sight, timezone);
    date::Sight { now: context.now, first: if same_day { placed } else { context.first_sight }, timezone }
}

fn authors(stated: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in stated.iter().map(|name| clean_line(name)) {
        let is_name = !name.is_empty() && name.chars().count() <= LONGEST_AUTHOR;
        let is_new = found.iter().all(|known| known.to_lowercase() != name.to_lowercase());
        if is_name && is_new && found.len() < MOST_AUTHORS {
            found.push(name);
        }
    }
    found
}

/// A language other than the paper's own, where it has the form of a tag.
fn language(tag: &str, of_paper: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let is_tag = tag.len() <= LONGEST_LANGUAGE
        && tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        && tag
            .split('-')
            .next()
            .is_some_and(|first| first.len() >= 2 && first.bytes().all(|b| b.is_ascii_alphabetic()));
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    (is_tag && primary(&tag) != primary(of_paper)).then_some(tag)
}

#[cfg(test)]
mod tests;
