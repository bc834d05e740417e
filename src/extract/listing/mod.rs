//! Section pages: tries the readers in order and says which won.
//!
//! Comes in: a fetched page, perhaps selectors, and what was learned of the source. Goes out: its entries in document order,
//! or the finding that the list is empty, missing, or behind a wall. It does not know which entries are new.

mod address;
mod blocks;
mod candidate;
mod chunk;
mod embedded;
mod explain;
mod finding;
mod flat;
mod links;
mod menu;
mod other_page;
mod outline;
mod reading;
mod selectors;
mod story;
mod structured;
mod template;
#[cfg(test)]
mod tests;
mod vocabulary;
mod weight;

use super::explain::Trace;
use super::{ExtractError, Parsed, dom, site};
use crate::model::{Document, Extraction, Kind, ListFinding, Memory, Selectors};
use crate::text;

pub(super) use address::{looks_like_an_article, url_shape};
pub(super) use menu::menu;

use finding::Names;
use links::Links;
use outline::Outline;
use reading::Reading;
use story::Reader;

#[cfg(test)]
fn extract(document: &Document, selectors: &Selectors, memory: &Memory) -> Result<Extraction, ExtractError> {
    explained(document, selectors, memory, &Trace::default())
}

/// Reads a section page, and says why it is read so.
///
/// # Errors
/// [`ExtractError`] where it is no page at all; a page without a list is a finding, no error.
pub(super) fn explained(
    document: &Document,
    selectors: &Selectors,
    memory: &Memory,
    trace: &Trace,
) -> Result<Extraction, ExtractError> {
    if document.body.is_empty() {
        return Err(ExtractError::Empty);
    }
    let selectors = selectors::Compiled::of(selectors)?;
    read(document, Parsed::of(document)?, selectors.as_ref(), memory, trace)
}

/// Reads a section page that was parsed already, without selectors.
pub(super) fn unaided(
    document: &Document,
    parsed: Parsed,
    memory: &Memory,
    trace: &Trace,
) -> Result<Extraction, ExtractError> {
    read(document, parsed, None, memory, trace)
}

fn read(
    document: &Document,
    parsed: Parsed,
    selectors: Option<&selectors::Compiled>,
    memory: &Memory,
    trace: &Trace,
) -> Result<Extraction, ExtractError> {
    let Parsed { page, encoding, lossy } = parsed;
    let base = dom::base_url(&page, &document.url);
    let outline = Outline::of(&page);
    let links = Links::of(&outline, &document.url, &base);
    let names = Names::of(&page);
    let sections = section_names(&outline, &links, &names);
    let language = dom::language(&page);
    let reader = Reader {
        outline: &outline,
        links: &links,
        base: &base,
        now: document.fetched_at,
        language: language.as_deref(),
        sections: &sections,
        trace: trace.clone(),
    };
    let mut reading = Reading::of(&page, &reader, selectors, memory);
    let is_wall = reading.entries.len() < 3 && finding::is_wall(&page, &outline, &names);
    let is_error = other_page::is_error(&outline, &names, reading.entries.len());
    if is_wall || is_error {
        reading.entries.clear();
    }
    if lossy {
        reading.flaw(None, "some bytes have no meaning in the page's encoding");
    }
    let finding = match reading.entries.is_empty() {
        _ if is_wall => other_page::wall(&outline, &names),
        _ if is_error => ListFinding::ErrorPage,
        true if finding::is_empty_list(&outline, &names) => ListFinding::Empty,
        true => other_page::without_list(&outline),
        false => ListFinding::Found,
    };
    trace.say(|| explain::finding(finding, reading.entries.len()));
    reading.name_flaws();
    let (renewed, report) = reading.lesson(&reader, memory, finding);
    Ok(Extraction {
        kind: Kind::Listing,
        method: reading.method,
        title: finding::section_title(&outline, &names, &reading.places),
        language: language.clone(),
        encoding,
        well_formed: true,
        finding,
        memory: renewed,
        entries: reading.entries,
        reading: Some(report),
        hints: site::hints(&page, &base),
        flaws: reading.flaws,
    })
}

/// The texts of the page's short links and its own name, folded: what a category label can say.
fn section_names(outline: &Outline<'_>, links: &Links, names: &Names) -> Vec<String> {
    let is_section = |link: &&links::Link| {
        let signs = &links.targets[link.target].signs;
        signs.depth <= 3 && !signs.has_id && !signs.has_date && !signs.off_site
    };
    let lines = links.links.iter().filter(is_section).map(|link| {
        let end = outline.parts[link.place].end.min(link.place + 20);
        outline.line(link.place, end)
    });
    let mut known: Vec<String> = lines
        .chain(std::iter::once(names.section.clone()))
        .filter(|name| (2..=48).contains(&name.chars().count()) && !name.bytes().any(|b| b.is_ascii_digit()))
        .map(|name| text::fold(&name))
        .take(20_000)
        .collect();
    known.sort_unstable();
    known.dedup();
    known
}
