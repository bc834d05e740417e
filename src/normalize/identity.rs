//! What an article is recognized by, strongest first.

use super::permalink::{folded, same_site};
use super::{Context, date};
use crate::model::{Entry, ItemKey, Kind, Permalink, PubDate};
use crate::text::{clean_line, fold};
use url::Url;

/// Shorter titles are standing heads ("Tin vắn"), which say nothing even within a day.
const FEWEST_TITLE_WORDS: usize = 4;

/// The keys of an entry. Any of them may be missing; the permalink's own is missing only where it leads to the front page.
pub(super) fn keys(
    entry: &Entry,
    permalink: &Permalink,
    title: &str,
    published: Option<&PubDate>,
    context: &Context<'_>,
) -> Vec<ItemKey> {
    let mut keys = Vec::with_capacity(5);
    keys.extend(origin_id(entry, context));
    if let Some(id) = context.site_id.and_then(|rule| rule.id(permalink.url())) {
        keys.push(ItemKey::SiteId(id));
    }
    if !is_front_page(permalink.url()) || keys.is_empty() {
        keys.push(ItemKey::Permalink(folded(permalink.url())));
    }
    if let Some(canonical) = canonical(entry, permalink) {
        let id = context.site_id.and_then(|rule| rule.id(&canonical)).map(ItemKey::SiteId);
        for key in id.into_iter().chain([ItemKey::Permalink(folded(&canonical))]) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys.extend(published.and_then(|date| title_day(title, date, context)));
    keys
}

/// The origin's own id within its source. An id that is an address is compared as an address, since tracking comes and
/// goes in it; an article page's own id is not the feed's.
fn origin_id(entry: &Entry, context: &Context<'_>) -> Option<ItemKey> {
    if context.kind == Kind::Article {
        return None;
    }
    let id = clean_line(entry.id.as_deref()?);
    if id.is_empty() {
        return None;
    }
    let id = web_address(&id).map_or(id, |url| folded(&url));
    Some(ItemKey::OriginId(context.source.id.clone(), id))
}

/// The address that an id is, where it is one.
pub(super) fn web_address(id: &str) -> Option<Url> {
    let is_web = |prefix: &str| id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if !(is_web("http://") || is_web("https://")) || id.contains(char::is_whitespace) {
        return None;
    }
    Url::parse(id).ok()
}

/// A page that names another site or its front page as canonical says nothing about the article.
fn canonical(entry: &Entry, permalink: &Permalink) -> Option<Url> {
    let url = super::permalink::permalink(entry.canonical.as_ref()?)?.url().clone();
    (same_site(&url, permalink.url()) && !is_front_page(&url)).then_some(url)
}

fn is_front_page(url: &Url) -> bool {
    url.path() == "/" && url.query().is_none() && url.fragment().is_none()
}

/// The folded title within its day in the paper's timezone. Numbers stay in it: bulletins and parts of a series differ.
fn title_day(title: &str, published: &PubDate, context: &Context<'_>) -> Option<ItemKey> {
    let folded = fold(title);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let day = date::day(published.at, context.source.timezone);
    (words.len() >= FEWEST_TITLE_WORDS).then(|| ItemKey::TitleDay(format!("{}|{day}", words.join(" "))))
}
