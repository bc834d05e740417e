//! Section pages: tries the readers in order and says which won.
//!
//! Comes in: a fetched page, perhaps selectors, and what was learned of the source. Goes out: its entries in document order,
//! or the finding that the list is empty, missing, or behind a wall. It does not know which entries are new.

mod address;
mod blocks;
mod candidate;
mod chunk;
mod finding;
mod flat;
mod links;
mod outline;
mod selectors;
mod story;
mod structured;
#[cfg(test)]
mod tests;
mod vocabulary;
mod weight;

use super::{ExtractError, charset, dom};
use crate::model::{Document, Entry, ExtractMethod, Extraction, Flaw, Hints, Kind, ListFinding, Memory, Selectors};
use crate::text;

use finding::Names;
use links::Links;
use outline::Outline;
use std::collections::HashMap;
use story::Reader;
use url::Url;

/// Articles that are remembered.
const MOST_KNOWN: usize = 100;
/// Shapes of addresses that are remembered.
const MOST_SHAPES: usize = 32;

/// Reads a section page.
///
/// # Errors
/// [`ExtractError`] where it is no page at all; a page without a list is a finding, no error.
pub(super) fn extract(document: &Document, selectors: &Selectors, memory: &Memory) -> Result<Extraction, ExtractError> {
    if document.body.is_empty() {
        return Err(ExtractError::Empty);
    }
    let selectors = selectors::Compiled::of(selectors)?;
    let decoded = charset::decode_page(&document.body, document.media_type.as_deref());
    let page = dom::parse(&decoded.text)?;
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
    };
    let mut reading = Reading::of(&page, &reader, selectors.as_ref());
    let is_wall = reading.entries.len() < 3 && finding::is_wall(&page, &outline, &names);
    if is_wall {
        reading.entries.clear();
    }
    if decoded.lossy {
        reading.flaw(None, "some bytes have no meaning in the page's encoding");
    }
    let finding = match reading.entries.is_empty() {
        _ if is_wall => ListFinding::Wall,
        true => finding::without_stories(&outline, &names),
        false => ListFinding::Found,
    };
    reading.name_flaws();
    Ok(Extraction {
        kind: Kind::Listing,
        method: reading.method,
        title: finding::section_title(&outline, &names, &reading.places),
        language: language.clone(),
        encoding: decoded.encoding,
        well_formed: true,
        finding,
        memory: remembered(memory, &reading.entries),
        entries: reading.entries,
        hints: Hints { feed: announced_feed(&page, &base), ..Hints::default() },
        flaws: reading.flaws,
    })
}

/// What was read, how, and where it stands.
struct Reading {
    method: ExtractMethod,
    entries: Vec<Entry>,
    places: Vec<(usize, usize)>,
    flaws: Vec<Flaw>,
}

impl Reading {
    /// Selectors first; then what the page shows, with what it states in JSON-LD and microdata as a second witness.
    fn of(page: &dom::Page, reader: &Reader<'_, '_>, selectors: Option<&selectors::Compiled>) -> Self {
        let stated = structured::entries(page, reader.base, reader.now);
        let mut reading =
            Self { method: ExtractMethod::Blocks, entries: Vec::new(), places: Vec::new(), flaws: Vec::new() };
        if let Some(selectors) = selectors {
            let found = selectors.entries(page, reader);
            if found.iter().any(|found| found.entry.link.is_some()) {
                reading.method = ExtractMethod::Selectors;
                reading.places = found.iter().map(|found| (found.start, found.end)).collect();
                reading.entries = found.into_iter().map(|found| found.entry).collect();
            } else {
                reading.flaw(None, "the selectors find no story; the list was found without them");
            }
        }
        if reading.entries.is_empty() {
            reading.see(reader);
        }
        reading.hear(stated);
        reading
    }

    /// Finds the stories that the page shows; what one place leaves out another may show.
    fn see(&mut self, reader: &Reader<'_, '_>) {
        let mut found = blocks::find(reader.outline, reader.links);
        flat::extend(reader.outline, reader.links, &mut found.stories);
        self.places = found.stories.iter().map(|block| (block.start, block.end)).collect();
        let mut places: HashMap<usize, usize> = HashMap::new();
        for (index, block) in found.stories.iter().enumerate() {
            self.entries.push(reader.entry(block));
            places.insert(block.target, index);
        }
        for block in &found.elsewhere {
            let Some(&index) = places.get(&block.target) else { continue };
            let (start, end) = self.places[index];
            // a second link of the same block says nothing new
            if block.end <= start || block.start >= end {
                structured::complete(&mut self.entries[index], &reader.entry(block));
            }
        }
    }

    /// Lets the stated list complete what was seen, or stand for it where little was.
    fn hear(&mut self, stated: Vec<Entry>) {
        let key = |entry: &Entry| entry.link.as_ref().map(address::key);
        if self.entries.len() * 2 < stated.len()
            && self.method != ExtractMethod::Selectors
            && structured::is_list(&stated)
        {
            let seen: HashMap<_, _> = self.entries.drain(..).map(|entry| (key(&entry), entry)).collect();
            self.method = ExtractMethod::Structured;
            self.entries = stated;
            for entry in &mut self.entries {
                if let Some(shown) = seen.get(&key(entry)) {
                    structured::complete(entry, shown);
                }
            }
            return;
        }
        let stated: HashMap<_, _> = stated.into_iter().map(|entry| (key(&entry), entry)).collect();
        for entry in &mut self.entries {
            if let Some(other) = stated.get(&key(entry)).filter(|_| entry.link.is_some()) {
                structured::complete(entry, other);
            }
        }
    }

    fn flaw(&mut self, entry: Option<usize>, what: &str) {
        self.flaws.push(Flaw { stage: "extract", entry, what: what.to_owned() });
    }

    fn name_flaws(&mut self) {
        for place in 0..self.entries.len() {
            if self.entries[place].link.is_none() {
                self.flaw(Some(place), "no link");
            }
            if self.entries[place].title.is_none() {
                self.flaw(Some(place), "no title");
            }
        }
    }
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

/// The feed that a page announces in its head (RSS autodiscovery).
fn announced_feed(page: &dom::Page, base: &Url) -> Option<Url> {
    const TYPES: &[&str] = &["application/rss+xml", "application/atom+xml", "application/feed+json"];
    dom::elements(page, "link").iter().find_map(|link| {
        let is_alternate = dom::attr(link, "rel")?.split_whitespace().any(|rel| rel.eq_ignore_ascii_case("alternate"));
        let kind = dom::attr(link, "type")?.to_ascii_lowercase();
        let is_feed = TYPES.iter().any(|known| kind.starts_with(known));
        let is_comments = dom::attr(link, "href")?.contains("/comments/");
        (is_alternate && is_feed && !is_comments).then(|| dom::resolve(base, &dom::attr(link, "href")?)).flatten()
    })
}

/// What to remember: the newest articles first, and the shapes of addresses that more than one of them has.
fn remembered(memory: &Memory, entries: &[Entry]) -> Memory {
    let mut renewed = memory.clone();
    let mut counts: Vec<(String, usize)> = Vec::new();
    for shape in entries.iter().filter_map(|entry| entry.link.as_ref()).map(address::url_shape) {
        match counts.iter().position(|(known, _)| *known == shape) {
            Some(at) => counts[at].1 += 1,
            None if counts.len() < MOST_SHAPES * 4 => counts.push((shape, 1)),
            None => {}
        }
    }
    counts.sort_by_key(|(_, count)| usize::MAX - count);
    let least = if entries.len() < 4 { 1 } else { 2 };
    for (shape, _) in counts.into_iter().filter(|(_, count)| *count >= least) {
        if !renewed.url_shapes.contains(&shape) && renewed.url_shapes.len() < MOST_SHAPES {
            renewed.url_shapes.push(shape);
        }
    }
    let known = entries.iter().filter_map(|entry| Some((entry.link.as_ref()?.to_string(), entry.title.clone()?)));
    let mut newest: Vec<(String, String)> = known.take(MOST_KNOWN).collect();
    for old in &memory.known {
        if newest.len() < MOST_KNOWN && !newest.iter().any(|(url, _)| *url == old.0) {
            newest.push(old.clone());
        }
    }
    renewed.known = newest;
    renewed
}
