//! One look at an address: asked politely, read on a thread of its own, put in a report's terms.

use super::judge;
use super::report::{ArticleOutcome, ArticleReading, Confidence, Level, Listed, Outcome, Reading};
use crate::extract::{address_shape, extract, site};
use crate::fetch::FetchError;
use crate::model::{
    Document, Draft, Entry, ExtractMethod, Extraction, Kind, Memory, PaperId, Precision, Recipe, RobotsPolicy, Source,
    SourceId,
};
use crate::normalize::{Context, Rejection, folded, normalize};
use crate::text;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::collections::HashMap;
use std::time::Duration;
use url::Url;

/// Titles that a report shows.
const MOST_TITLES: usize = 4;
/// A longer title is cut.
const MOST_TITLE_CHARS: usize = 80;
/// Flaws of a whole document that a report shows.
const MOST_FLAWS: usize = 4;

/// Reads a document as the daemon would read that of a section.
pub(super) fn outcome(asked: Result<&Document, &FetchError>, home: &Url, now: DateTime<Utc>) -> Outcome {
    match asked {
        Ok(document) => match extract(document, &Recipe::Auto, &Memory::default()) {
            Ok(extraction) => Outcome::Read { reading: Box::new(reading(document, extraction, home, now)) },
            Err(error) => Outcome::Failed { why: text::log_safe(&error.to_string()) },
        },
        Err(error) if error.is_forbidden() => Outcome::Forbidden { why: error.to_string() },
        Err(error) => Outcome::Failed { why: error.to_string() },
    }
}

/// The sitemaps that an index lists, the newest first; none where the document is no index.
pub(super) fn listed_sitemaps(document: &Document) -> Vec<Url> {
    let read = extract(document, &Recipe::Sitemap, &Memory::default()).ok();
    let mut entries =
        read.filter(|read| read.method == ExtractMethod::SitemapIndex).map_or_else(Vec::new, |read| read.entries);
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated.map(|stated| stated.local)));
    entries.into_iter().filter_map(|entry| entry.link).collect()
}

fn reading(document: &Document, extraction: Extraction, home: &Url, now: DateTime<Utc>) -> Reading {
    let kind = extraction.kind;
    let offsets: Vec<i32> = extraction.entries.iter().filter_map(offset).collect();
    let source = source(&document.url, home);
    let (mut drafts, mut off_site) = (Vec::new(), 0);
    for (place, entry) in extraction.entries.into_iter().enumerate() {
        let context =
            Context { source: &source, base: &document.url, kind, now, first_sight: now, place, site_id: None };
        match normalize(entry, &context) {
            Ok(draft) => drafts.push(draft),
            Err(rejection) => off_site += usize::from(matches!(rejection, Rejection::OffSite { .. })),
        }
    }
    let count = |has: fn(&Draft) -> bool| drafts.iter().filter(|draft| has(draft)).count();
    let of_document = extraction.flaws.iter().filter(|flaw| flaw.entry.is_none());
    let mut reading = Reading {
        url: document.url.clone(),
        kind,
        method: extraction.method,
        finding: extraction.finding,
        title: extraction.title.as_deref().map(title).filter(|title| !title.is_empty()),
        language: extraction.language,
        items: drafts.len(),
        off_site,
        dated: count(|draft| draft.published.is_some()),
        summarized: count(|draft| draft.summary.is_some() || draft.content.is_some()),
        pictured: count(|draft| draft.image.is_some()),
        labeled: count(|draft| !draft.categories.is_empty()),
        same_shape: same_shape(&drafts),
        stated: extraction.reading.map_or(0, |reading| reading.by_structured).min(drafts.len()),
        well_formed: extraction.well_formed,
        flaws: of_document.map(|flaw| text::log_safe(&flaw.what)).take(MOST_FLAWS).collect(),
        articles_forbidden: None,
        newest: drafts.iter().filter_map(|draft| Some(draft.published?.at)).max(),
        confidence: Confidence { level: Level::None, reasons: Vec::new() },
        titles: drafts.iter().take(MOST_TITLES).map(|draft| draft.title.clone()).collect(),
        paper: paper(document, kind),
        list: drafts.iter().map(listed).collect(),
        offsets,
    };
    reading.confidence = judge::confidence(&reading, None, now);
    reading
}

/// A document's own title.
fn title(stated: &str) -> String {
    text::truncate(&text::clean_line(stated), MOST_TITLE_CHARS)
}

/// What a page calls its paper.
fn paper(document: &Document, kind: Kind) -> Option<(String, bool)> {
    let site = if kind == Kind::Feed { None } else { site(document).ok() }?;
    Some((site.title?, site.title_is_stated))
}

fn listed(draft: &Draft) -> Listed {
    let url = draft.permalink.url().clone();
    Listed { key: folded(&url), title: text::fold(&draft.title), url }
}

/// How many addresses have the most usual shape.
fn same_shape(drafts: &[Draft]) -> usize {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for draft in drafts {
        *counts.entry(address_shape(draft.permalink.url())).or_default() += 1;
    }
    counts.into_values().max().unwrap_or(0)
}

fn offset(entry: &Entry) -> Option<i32> {
    Some(entry.published?.offset?.local_minus_utc() / 60)
}

/// The source that an address would be: nothing of it but the paper's site counts for a report.
fn source(url: &Url, home: &Url) -> Source {
    let paper = PaperId::new("probe").expect("a slug");
    Source {
        id: SourceId::new(&paper, "probe").expect("a slug"),
        paper,
        url: url.clone(),
        recipe: Recipe::Auto,
        category: None,
        read_articles: false,
        article_grace: Duration::ZERO,
        robots: RobotsPolicy::Obey,
        headers: Vec::new(),
        home: home.clone(),
        timezone: Tz::UTC,
        language: "und".to_owned(),
    }
}

/// Reads an article page.
pub(super) fn article(asked: &Result<Document, FetchError>) -> ArticleOutcome {
    let document = match asked {
        Ok(document) => document,
        Err(error) if error.is_forbidden() => return ArticleOutcome::Forbidden { why: error.to_string() },
        Err(error) => return ArticleOutcome::Failed { why: error.to_string() },
    };
    let read = extract(document, &Recipe::Article, &Memory::default());
    match read.map(|extraction| extraction.entries.into_iter().next()) {
        Ok(Some(entry)) => ArticleOutcome::Read { reading: Box::new(article_reading(entry)) },
        Ok(None) => ArticleOutcome::Failed { why: "the page has no article".to_owned() },
        Err(error) => ArticleOutcome::Failed { why: text::log_safe(&error.to_string()) },
    }
}

fn article_reading(entry: Entry) -> ArticleReading {
    let shown = |date: crate::model::StatedDate| {
        let form = if date.precision == Precision::Day { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" };
        let offset = date.offset.map(|offset| format!(" {offset}")).unwrap_or_default();
        format!("{}{offset}", date.local.format(form))
    };
    ArticleReading {
        offset: offset(&entry),
        published: entry.published.map(shown),
        published_from: entry.published.map(|date| date.origin.as_str()),
        title: entry.title.map(|title| text::clean_line(&title)),
        authors: entry.authors.iter().map(|name| text::clean_line(name)).take(5).collect(),
        image: entry.image,
        text_chars: entry.content.map_or(0, |markup| text::strip_tags(&markup).chars().count()),
    }
}

/// Whether a page is a list of the paper's own.
pub(super) fn is_list(reading: &Reading) -> bool {
    reading.kind == Kind::Listing && reading.items > 0
}
