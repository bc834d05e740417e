//! The JSON that `bantin extract` prints.

use crate::model::{Entry, ExtractMethod, Extraction, Flaw, Kind, ListFinding, Precision, StatedDate};
use crate::{normalize, text};
use chrono::{Offset, SecondsFormat, TimeZone};
use chrono_tz::Tz;
use serde::Serialize;
use url::Url;

/// The JSON of the contract.
#[derive(Serialize)]
pub(super) struct Shown {
    kind: Kind,
    method: ExtractMethod,
    url: String,
    title: Option<String>,
    language: Option<String>,
    encoding: String,
    well_formed: bool,
    finding: ListFinding,
    entries: Vec<ShownEntry>,
    flaws: Vec<Flaw>,
}

#[derive(Serialize)]
struct ShownEntry {
    id: Option<String>,
    url: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    content_html: Option<String>,
    content_text: Option<String>,
    categories: Vec<String>,
    authors: Vec<String>,
    language: Option<String>,
    published: Option<String>,
    published_from: Option<&'static str>,
    updated: Option<String>,
    image: Option<String>,
    image_width: Option<u32>,
    image_height: Option<u32>,
    canonical: Option<String>,
    enclosures: Vec<ShownEnclosure>,
}

#[derive(Serialize)]
struct ShownEnclosure {
    url: String,
    #[serde(rename = "type")]
    media_type: Option<String>,
    length: Option<u64>,
}

impl Shown {
    /// `timezone` is that of dates without an offset.
    pub(super) fn of(extraction: Extraction, url: &Url, timezone: Tz) -> Self {
        Self {
            kind: extraction.kind,
            method: extraction.method,
            url: url.to_string(),
            title: extraction.title,
            language: extraction.language,
            encoding: extraction.encoding,
            well_formed: extraction.well_formed,
            finding: extraction.finding,
            entries: extraction.entries.into_iter().map(|entry| ShownEntry::of(entry, url, timezone)).collect(),
            flaws: extraction.flaws,
        }
    }
}

impl ShownEntry {
    fn of(entry: Entry, url: &Url, timezone: Tz) -> Self {
        let base = entry.content_base.as_ref().unwrap_or(url);
        let content = entry.content.as_deref().map(|markup| normalize::sanitize(markup, Some(base)));
        Self {
            id: entry.id,
            url: entry.link.map(String::from),
            title: entry.title,
            summary: entry.summary,
            content_text: content.as_ref().map(|html| text::plain_text(html.as_str())),
            content_html: content.map(|html| html.as_str().to_owned()),
            categories: entry.categories,
            authors: entry.authors,
            language: entry.language,
            published_from: entry.published.map(|date| date.origin.as_str()),
            published: entry.published.map(|date| shown_date(date, timezone)),
            updated: entry.updated.map(|date| shown_date(date, timezone)),
            image: entry.image.map(String::from),
            image_width: entry.image_size.map(|(width, _)| width),
            image_height: entry.image_size.map(|(_, height)| height),
            canonical: entry.canonical.map(String::from),
            enclosures: entry
                .enclosures
                .into_iter()
                .map(|e| ShownEnclosure { url: e.url.into(), media_type: e.media_type, length: e.length_bytes })
                .collect(),
        }
    }
}

/// RFC 3339; a date known to the day only as that day; a date without an offset in `timezone`.
fn shown_date(date: StatedDate, timezone: Tz) -> String {
    if date.precision == Precision::Day {
        return date.local.format("%Y-%m-%d").to_string();
    }
    let offset =
        date.offset.or_else(|| timezone.from_local_datetime(&date.local).earliest().map(|at| at.offset().fix()));
    match offset.and_then(|offset| offset.from_local_datetime(&date.local).single()) {
        Some(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, false),
        None => date.local.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}
