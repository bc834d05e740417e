//! When the article was published: the page's witnesses, ranked.
//!
//! A page's clock, the dates of comments and related articles, and the years of a copyright line are no witnesses.

use super::facts::Facts;
use super::near::near_heading;
use super::sharper;
use crate::extract::date;
use crate::extract::dom::{Node, Page};
use crate::extract::structured_data;
use crate::model::{DateOrigin, Precision, StatedDate};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
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
    let address = from_address(&facts.page_url, facts.now);
    let address = address.or_else(|| from_address(facts.canonical.as_ref()?, facts.now));
    let Some(best) = witnesses.first().copied() else { return address };
    let best = witnesses.into_iter().fold(best, sharper);
    let older = address.filter(|address| best.local.signed_duration_since(address.local) > REISSUED);
    Some(older.unwrap_or(best))
}

/// Written and published a few days apart is common. Longer apart, the site was moved and its pages dated anew; the address
/// keeps its day.
const REISSUED: TimeDelta = TimeDelta::days(60);

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

/// `/2026/02/14/`, `/2026-02-14-title`, `/20260214/`: the date stands first in its part of the path. At the end of a slug it
/// belongs to the title ("weather of 14/2/2026").
fn from_address(url: &Url, now: DateTime<Utc>) -> Option<StatedDate> {
    const EARLIEST_YEAR: i32 = 1994;
    let parts: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).take(32).collect();
    let read = |text: &str| {
        let found = date::parse(text, DateOrigin::Url, now)?;
        (found.local.year() >= EARLIEST_YEAR && found.precision == Precision::Day).then_some(found)
    };
    let is_year = |part: &str| part.len() == 4 && part.starts_with(['1', '2']);
    let apart = parts.windows(3).filter(|three| is_year(three[0])).find_map(|three| {
        let day = three[2].split(['-', '_', '.']).next().unwrap_or_default();
        read(&format!("{}-{}-{day}", three[0], three[1]))
    });
    apart.or_else(|| parts.iter().find_map(|part| opening_date(part).and_then(|text| read(&text))))
}

fn opening_date(part: &str) -> Option<String> {
    let groups: Vec<&str> = part.split(['-', '_', '.']).take(4).collect();
    match groups.as_slice() {
        [compact, ..] if compact.len() == 8 && compact.bytes().all(|b| b.is_ascii_digit()) => {
            Some((*compact).to_owned())
        }
        [year, month, day, ..] if year.len() == 4 && month.len() <= 2 => Some(format!("{year}-{month}-{day}")),
        _ => None,
    }
}

/// What each witness says of the date of publication, in rank order, for people: statements as they stand there, and dates
/// as they were read.
pub(super) fn witnesses(page: &Page, facts: &Facts, heading: Option<&Node<'_>>) -> Vec<(String, String)> {
    let of_object = facts.article.iter().flat_map(|object| {
        let stated = |key: &&'static str| Some((format!("JSON-LD {key}"), structured_data::text(object, key)?));
        ["datePublished", "dateCreated", "uploadDate"].iter().filter_map(stated).take(1)
    });
    let stated = |key: &'static str| facts.metas.all(key).map(move |text| (format!("meta {key}"), text.to_owned()));
    let of_metas = PUBLISHED_METAS.iter().flat_map(|key| stated(key));
    let near = near_heading(page, facts, heading);
    let address = from_address(&facts.page_url, facts.now);
    let read = [
        ("beside the heading, machine-readable", near.machine),
        ("beside the heading, text", near.text),
        ("the address", address),
    ];
    let read = read.into_iter().filter_map(|(witness, date)| Some((witness.to_owned(), date?.local.to_string())));
    of_object.chain(of_metas).chain(read).collect()
}
