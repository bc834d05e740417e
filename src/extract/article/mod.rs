//! An article's own page.
//!
//! Comes in: a page. Goes out: one entry with what the page states of its article, each fact from its most trustworthy
//! witness: JSON-LD, meta tags, microdata, visible text, the address. It does not know the item that the page belongs to.

mod byline;
mod credit;
mod edges;
mod explain;
mod facts;
mod headline;
mod lead;
mod main_text;
mod near;
mod noise;
mod phrases;
mod picture;
mod prune;
mod published;
mod section;
mod sighting;
mod summary;
mod tidy;

use super::dom::Node;
use super::explain::Trace;
use super::structured_data::{self, ARTICLE_TYPES, JsonLd};
use super::{ExtractError, Parsed, dom};
use crate::model::{Document, Entry, ExtractMethod, Extraction, Flaw, Hints, Kind, ListFinding, Memory, StatedDate};
use facts::Facts;

/// Whether a page says of itself, in machine-readable words, that it is one article: an article as the only main object of
/// its JSON-LD, or `og:type` with a time of publication. A page that describes a list is none.
pub(super) fn declares_itself(page: &dom::Page) -> bool {
    let json_ld = JsonLd::of(page);
    let objects = json_ld.objects();
    const LISTS: &[&str] = &["ItemList", "CollectionPage", "SearchResultsPage", "Blog"];
    if objects.iter().any(|object| structured_data::is_a(object, LISTS)) {
        return false;
    }
    let dated = |object: &&&structured_data::Object| object.contains_key("datePublished");
    let articles = objects.iter().filter(|object| structured_data::is_a(object, ARTICLE_TYPES)).filter(dated).count();
    let metas = facts::Metas::of(page);
    let og_article = metas.first(&["og:type"]).is_some_and(|kind| kind.eq_ignore_ascii_case("article"));
    let og_dated = metas.first(&["article:published_time", "og:article:published_time"]).is_some();
    articles == 1 || articles == 0 && og_article && og_dated
}

#[cfg(test)]
fn extract(document: &Document) -> Result<Extraction, ExtractError> {
    explained(document, &Trace::default())
}

/// Reads an article page: one entry; and says why it is read so.
///
/// # Errors
/// [`ExtractError::Empty`], [`ExtractError::Gate`], and [`ExtractError::NoArticle`] where it has neither a title nor a text.
pub(super) fn explained(document: &Document, trace: &Trace) -> Result<Extraction, ExtractError> {
    read(document, Parsed::of(document)?, trace)
}

/// Reads an article page that was parsed already.
pub(super) fn read(document: &Document, parsed: Parsed, trace: &Trace) -> Result<Extraction, ExtractError> {
    let entry = entry(document, parsed.page, trace)?;
    let flaws = flaws(&entry, parsed.lossy);
    Ok(Extraction {
        kind: Kind::Article,
        method: ExtractMethod::Article,
        title: entry.title.clone(),
        language: entry.language.clone(),
        encoding: parsed.encoding,
        well_formed: true,
        finding: ListFinding::Found,
        reading: None,
        entries: vec![entry],
        hints: Hints::default(),
        flaws,
        memory: Memory::default(),
    })
}

fn entry(document: &Document, page: dom::Page, trace: &Trace) -> Result<Entry, ExtractError> {
    let facts = Facts::of(&page, &document.url, document.fetched_at);
    let headline = headline::headline(&page, &facts);
    let heading = headline.heading.map(|heading| heading.id);
    let lead_picture = picture::lead(&facts);
    let mut entry = Entry {
        link: facts.link(&document.url),
        canonical: facts.canonical.clone(),
        language: facts.language.clone(),
        published: published::published(&page, &facts, headline.heading.as_ref()),
        updated: published::updated(&facts),
        authors: byline::authors(&page, &facts, headline.heading.as_ref()),
        categories: section::labels(&facts, headline.title.as_deref()),
        summary: summary::summary(&page, &facts, heading),
        title: headline.title,
        content_base: Some(facts.base.clone()),
        ..Entry::default()
    };
    trace.note(|explanation| explain::testimony(explanation, &page, &facts, headline.heading.as_ref()));
    let tidy = tidy::Known { title: entry.title.as_deref(), authors: &entry.authors, now: facts.now };
    let body = facts.article_text("articleBody");
    let known = main_text::Known { heading, tidy, body, described: facts.descriptions(), base: &facts.base, trace };
    entry.content = main_text::main_text(page, &known);
    let picture = lead_picture.or_else(|| picture::first_of(entry.content.as_deref()?, &facts.base));
    (entry.image, entry.image_size) = picture.map_or((None, None), |p| (Some(p.url), p.size));
    if entry.title.is_none() && entry.content.is_none() {
        return Err(ExtractError::NoArticle);
    }
    Ok(entry)
}

fn flaws(entry: &Entry, lossy: bool) -> Vec<Flaw> {
    let flaw =
        |missing: bool, what: &str| missing.then(|| Flaw { stage: "extract", entry: Some(0), what: what.to_owned() });
    [
        flaw(entry.title.is_none(), "no title"),
        flaw(entry.content.is_none(), "no text"),
        flaw(entry.published.is_none(), "no date"),
        flaw(lossy, "some bytes have no meaning in the encoding"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The text below a node as one line, if it has at most so many characters; a larger element costs nothing.
fn short_line(node: &Node<'_>, most_chars: usize) -> Option<String> {
    /// White space between elements, bytes of a character, empty elements.
    const SLACK: usize = 20;
    const FEW_NODES: usize = 200;
    let mut bytes = 0usize;
    for (count, below) in node.descendants_it().enumerate() {
        bytes += if below.is_text() { below.text().len() } else { 0 };
        if count > FEW_NODES || bytes > most_chars * SLACK {
            return None;
        }
    }
    Some(dom::line(node)).filter(|line| line.chars().count() <= most_chars)
}

/// The more exact of two statements of one day.
fn sharper(known: StatedDate, other: StatedDate) -> StatedDate {
    let same_day = known.local.date() == other.local.date();
    let more_exact = other.precision > known.precision;
    let adds_offset = known.offset.is_none() && other.offset.is_some() && known.local == other.local;
    if same_day && (more_exact || adds_offset) { other } else { known }
}

#[cfg(test)]
mod tests;
