//! When the article was published: the page's witnesses, ranked.
//!
//! A page's clock, the dates of comments and related articles, and the years of a copyright line are no witnesses.

use super::facts::Facts;
use super::{noise, sharper};
use crate::extract::date;
use crate::extract::dom::{self, Descend, Node, Page, Step};
use crate::extract::structured_data;
use crate::model::{DateOrigin, Precision, StatedDate};
use chrono::{DateTime, Datelike, Utc};
use url::Url;

const PUBLISHED_METAS: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "og:published_time",
    "og:pubdate",
    "datepublished",
    "published_time",
    "published_at",
    "published-date",
    "publisheddate",
    "published",
    "date_published",
    "publishdate",
    "publish_date",
    "publish-date",
    "publish_time",
    "publication_date",
    "publicationdate",
    "pubdate",
    "pub_date",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "article:publication_date",
    "article_date_original",
    "article:post_date",
    "article:created",
    "article.created",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dcterms.date",
    "dc.date",
    "dc:date",
    "dc.created",
    "dcterms.available",
    "mediator_published_time",
    "citation_publication_date",
    "citation_date",
    "rnews:datepublished",
    "originalpublicationdate",
    "displaydate",
    "iso-8601-publish-date",
    "bt:pubdate",
    "weibo:article:create_at",
    "bi3dpubdate",
    "vr:published_time",
    "date.created",
    "datecreated",
    "creation_date",
    "release_date",
    "shareaholic:article_published_time",
    "article:publicationdate",
    "dcsext.articlefirstpublished",
    "date",
];
const MODIFIED_METAS: &[&str] = &[
    "article:modified_time",
    "og:article:modified_time",
    "article:modified",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "lastmod",
    "last-modified",
    "article:updated_time",
    "updated_time",
];

/// The date of publication with its witness.
pub(super) fn published(page: &Page, facts: &Facts, heading: Option<&Node<'_>>) -> Option<StatedDate> {
    let near = near_heading(page, facts, heading);
    let mut witnesses = machine_readable(facts);
    witnesses.extend(near.machine);
    witnesses.extend(near.text);
    if let Some(best) = witnesses.first().copied() {
        return Some(witnesses.into_iter().fold(best, sharper));
    }
    from_address(&facts.page_url, facts.now).or_else(|| from_address(facts.canonical.as_ref()?, facts.now))
}

/// The last edit, as stated.
pub(super) fn updated(facts: &Facts) -> Option<StatedDate> {
    let stated = facts.article_line("dateModified");
    stated
        .and_then(|text| date::parse(&text, DateOrigin::Metadata, facts.now))
        .or_else(|| metas(facts, MODIFIED_METAS).next())
}

fn machine_readable(facts: &Facts) -> Vec<StatedDate> {
    let read = |text: String| date::parse(&text, DateOrigin::Metadata, facts.now);
    let of_object = |object| {
        ["datePublished", "dateCreated", "uploadDate"]
            .iter()
            .find_map(|key| structured_data::text(object, key))
            .and_then(read)
    };
    let mut found: Vec<StatedDate> = facts.article.iter().filter_map(of_object).collect();
    found.extend(metas(facts, PUBLISHED_METAS));
    // a page's object has the page's date; those of other kinds may be of other articles
    let pages = facts.others.iter().filter(|object| structured_data::is_a(object, &["WebPage", "NewsArticle"]));
    if found.is_empty() {
        found.extend(pages.filter_map(of_object).take(1));
    }
    found
}

fn metas(facts: &Facts, keys: &'static [&'static str]) -> impl Iterator<Item = StatedDate> {
    keys.iter()
        .flat_map(|key| facts.metas.all(key))
        .filter_map(|text| date::parse(text, DateOrigin::Metadata, facts.now))
}

#[derive(Debug, Default)]
struct Near {
    machine: Option<StatedDate>,
    text: Option<StatedDate>,
}

/// How far around the heading a date still speaks of it, in characters of text.
const REACH_AFTER: usize = 1200;
const REACH_BEFORE: usize = 400;
/// A longer piece of text that holds a date is a sentence about something else.
const LONGEST_LABEL: usize = 160;

/// A date that stands somewhere on the page.
struct Sighting {
    date: StatedDate,
    /// Characters of text before it.
    at: usize,
    /// Lower is more trustworthy.
    rank: u8,
}

fn near_heading(page: &Page, facts: &Facts, heading: Option<&Node<'_>>) -> Near {
    let (mut at, mut heading_at) = (0usize, None);
    let mut seen: Vec<Sighting> = Vec::new();
    dom::walk(&page.root(), |node, step| {
        if node.is_text() {
            at += node.text().trim().chars().count();
            return Descend::No;
        }
        if step == Step::Leave || !node.is_element() {
            return Descend::Yes;
        }
        let name = node.node_name().unwrap_or_default();
        if dom::is_silent(&name) || noise::is_frame(node) || noise::is_about_others(node) {
            return Descend::No;
        }
        if heading.is_some_and(|heading| heading.id == node.id) {
            heading_at = Some(at);
        }
        if seen.len() < 200
            && let Some((date, rank)) = sighting(node, facts.now)
        {
            seen.push(Sighting { date, at, rank });
        }
        Descend::Yes
    });
    let reachable = |sighting: &&Sighting| match heading_at {
        Some(heading_at) if sighting.at >= heading_at => sighting.at - heading_at <= REACH_AFTER || sighting.rank <= 1,
        Some(heading_at) => heading_at - sighting.at <= REACH_BEFORE && sighting.rank <= 3,
        None => sighting.rank <= 3,
    };
    let key = |sighting: &&Sighting| {
        let distance = heading_at.map_or(sighting.at, |h| sighting.at.abs_diff(h));
        (sighting.rank, distance)
    };
    let of = |origin| seen.iter().filter(|s| s.date.origin == origin).filter(reachable).min_by_key(key).map(|s| s.date);
    Near { machine: of(DateOrigin::Metadata), text: of(DateOrigin::Text) }
}

/// The date that one element states, and how much it is worth: 0 says that it is the date of publication, 1 an unnamed
/// machine-readable date, 2 a named place for dates, 4 a short text.
fn sighting(node: &Node<'_>, now: DateTime<Utc>) -> Option<(StatedDate, u8)> {
    let words = noise::words(node);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if says(&["modified", "updated", "dateupdated", "datemodified", "clock", "today", "current", "event"])
        && !says(&["published"])
    {
        return None;
    }
    let machine = |text: &str| date::parse(text, DateOrigin::Metadata, now);
    let property = dom::attr(node, "itemprop").unwrap_or_default();
    if property.split_whitespace().any(|p| p == "datePublished" || p == "dateCreated") || node.has_attr("pubdate") {
        let stated =
            ["content", "datetime", "title"].iter().find_map(|name| dom::attr(node, name).and_then(|t| machine(&t)));
        return stated.or_else(|| date::find(&dom::line(node), DateOrigin::Text, now)).map(|date| (date, 0));
    }
    if node.has_name("time")
        && let Some(date) = dom::attr(node, "datetime").and_then(|text| machine(&text))
    {
        let named = says(&["published", "pubdate", "publish", "posted", "entry"]);
        return Some((date, if named { 0 } else { 1 }));
    }
    if node.has_name("abbr") && says(&["published"]) {
        return dom::attr(node, "title").and_then(|text| machine(&text)).map(|date| (date, 0));
    }
    let named = node.has_name("time")
        || says(&[
            "date",
            "time",
            "datetime",
            "published",
            "publish",
            "pubdate",
            "posted",
            "timestamp",
            "ngay",
            "fecha",
            "datum",
            "data",
        ])
        || words.iter().any(|word| word.ends_with("date") || word.starts_with("date"));
    text_sighting(node, now, named)
}

fn text_sighting(node: &Node<'_>, now: DateTime<Utc>, named: bool) -> Option<(StatedDate, u8)> {
    let has_own_text =
        node.children_it(false).any(|child| child.is_text() && child.text().chars().any(|c| c.is_ascii_digit()));
    if !named && !has_own_text || node.has_name("a") && !named {
        return None;
    }
    if node.descendants_it().take(60).count() >= 60 {
        return None;
    }
    let text = dom::line(node);
    if text.chars().count() > LONGEST_LABEL || is_copyright(&text) {
        return None;
    }
    if let Some(date) = date::parse(&text, DateOrigin::Text, now) {
        return Some((date, if named { 2 } else { 3 }));
    }
    date::find(&text, DateOrigin::Text, now).map(|date| (date, if named { 3 } else { 4 }))
}

fn is_copyright(text: &str) -> bool {
    text.contains(['©', '®']) || text.to_lowercase().contains("copyright")
}

/// `/2026/02/14/`, `/2026-02-14-`, `/20260214/`.
fn from_address(url: &Url, now: DateTime<Utc>) -> Option<StatedDate> {
    const EARLIEST_YEAR: i32 = 1994;
    let path = url.path();
    let groups: Vec<&str> = path.split(|c: char| !c.is_ascii_alphanumeric()).take(64).collect();
    let read = |text: &str| {
        let found = date::parse(text, DateOrigin::Url, now)?;
        (found.local.year() >= EARLIEST_YEAR && found.precision == Precision::Day).then_some(found)
    };
    let apart = groups.windows(3).find_map(|three| {
        let [year, month, day] = three else { return None };
        (year.len() == 4).then(|| read(&format!("{year}-{month}-{day}")))?
    });
    let compact = |group: &&str| group.len() == 8 && group.bytes().all(|b| b.is_ascii_digit());
    apart.or_else(|| groups.iter().copied().filter(compact).find_map(read))
}
