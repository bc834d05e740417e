//! One reading of a section page: selectors, the learned list, the repeated block and the stated list, put together.
//!
//! Comes in: the page, its outline and links, perhaps selectors, and the source's memory. Goes out: the entries with their
//! places, flaws, and the lesson that the page teaches. It does not know what a page without stories means.

use super::selectors::Compiled;
use super::story::Reader;
use super::template::{self, Recall, Showing};
use super::{address, blocks, embedded, flat, structured};
use crate::extract::dom;
use crate::extract::explain::Trace;
use crate::model::{Entry, ExtractMethod, Flaw, ListFinding, ListReading, Memory};
use std::collections::HashMap;

/// Articles that are remembered.
const MOST_KNOWN: usize = 100;
/// A page that shows fewer stories may be drawn by scripts.
const LEAST_SHOWN: usize = 3;
/// Shapes of addresses that are remembered.
const MOST_SHAPES: usize = 32;

/// What the witnesses are called in an explanation.
const JSON_LD: &str = "JSON-LD";
const MICRODATA: &str = "microdata";
const STATE: &str = "the state of its scripts";
const SHOWN: &str = "what the page shows";

/// What was read, how, and where it stands.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) method: ExtractMethod,
    pub(super) entries: Vec<Entry>,
    pub(super) places: Vec<(usize, usize)>,
    pub(super) flaws: Vec<Flaw>,
    /// The places of the headlines' links, one a story that the page shows.
    headlines: Vec<usize>,
    showing: Option<Showing>,
    by_selectors: Option<usize>,
    by_structured: usize,
    trace: Trace,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            method: ExtractMethod::Blocks,
            entries: Vec::new(),
            places: Vec::new(),
            flaws: Vec::new(),
            headlines: Vec::new(),
            showing: None,
            by_selectors: None,
            by_structured: 0,
            trace: Trace::default(),
        }
    }
}

impl Reading {
    /// Selectors first, as long as they find what is usual; then what the page shows and the source's memory of it, with what
    /// the page states in JSON-LD and microdata as a second witness.
    pub(super) fn of(page: &dom::Page, reader: &Reader<'_, '_>, selectors: Option<&Compiled>, memory: &Memory) -> Self {
        let (stated, of_json_ld) = structured::entries(page, reader.base, reader.now);
        let usual = memory.template.as_ref().map_or(0.0, |template| template.usual);
        let mut reading = Self { trace: reader.trace.clone(), ..Self::default() };
        if let Some(selectors) = selectors {
            reading.select(page, reader, selectors);
        }
        if !template::is_enough(reading.entries.len(), usual) {
            reading.see_instead(reader, memory);
        }
        let embedded = embedded::lists(page, reader.base, reader.now);
        reading.by_structured = stated.len().max(embedded.iter().map(Vec::len).max().unwrap_or(0));
        reading.hear(stated, of_json_ld);
        if reading.entries.len() < LEAST_SHOWN && reading.method != ExtractMethod::Selectors {
            reading.stand_in(embedded::longest(&embedded, reader.base), STATE);
        }
        reading.complete(embedded.into_iter().flatten().map(|entry| (entry, STATE)));
        reading
    }

    /// What hand-written selectors find.
    fn select(&mut self, page: &dom::Page, reader: &Reader<'_, '_>, selectors: &Compiled) {
        let found = selectors.entries(page, reader);
        let linked = found.iter().filter(|found| found.entry.link.is_some()).count();
        self.by_selectors = Some(linked);
        if linked > 0 {
            self.method = ExtractMethod::Selectors;
            self.headlines = found.iter().filter_map(|found| found.headline).collect();
            self.places = found.iter().map(|found| (found.start, found.end)).collect();
            self.entries = found.into_iter().map(|found| found.entry).collect();
        }
    }

    /// Finds the list without selectors; what they found stands where the page shows no more than that.
    fn see_instead(&mut self, reader: &Reader<'_, '_>, memory: &Memory) {
        let (by_selectors, trace) = (self.by_selectors, self.trace.clone());
        let mut seen = Self { by_selectors, trace, ..Self::default() };
        seen.see(reader, &Recall::of(memory));
        if seen.entries.len() > self.entries.len() * 2 {
            if let Some(found) = self.by_selectors {
                seen.flaw(None, &format!("the selectors find {found} stories; the list was found without them"));
            }
            *self = seen;
        } else {
            self.showing = seen.showing;
        }
    }

    /// Finds the stories that the page shows; what one place leaves out another may show.
    fn see(&mut self, reader: &Reader<'_, '_>, recall: &Recall<'_>) {
        let mut found = blocks::find(reader.outline, reader.links, recall, &reader.trace);
        flat::extend(reader.outline, reader.links, &mut found.stories);
        self.places = found.stories.iter().map(|block| (block.start, block.end)).collect();
        self.headlines = found.stories.iter().map(|block| reader.links.links[block.link].place).collect();
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
                let other = reader.entry(block);
                let complete = |entry: &mut Entry| structured::complete(entry, &other);
                self.trace.completing(index, "another place of the page", &mut self.entries[index], complete);
            }
        }
        if found.showing.as_ref().is_some_and(|showing| showing.is_whole) {
            self.method = ExtractMethod::Template;
        }
        self.showing = found.showing;
    }

    /// Lets the stated list complete what was seen, or stand for it where little was.
    fn hear(&mut self, stated: Vec<Entry>, of_json_ld: usize) {
        if self.entries.len() * 2 < stated.len()
            && self.method != ExtractMethod::Selectors
            && structured::is_list(&stated)
        {
            let witness = if of_json_ld * 2 > stated.len() { JSON_LD } else { MICRODATA };
            self.stand_in(Some(stated), witness);
        } else {
            let witness = |place: usize| if place < of_json_ld { JSON_LD } else { MICRODATA };
            self.complete(stated.into_iter().enumerate().map(|(place, entry)| (entry, witness(place))));
        }
    }

    /// Takes a stated list for the page's; what the page shows completes it.
    fn stand_in(&mut self, list: Option<Vec<Entry>>, witness: &'static str) {
        let Some(list) = list else { return };
        self.trace.note(|explanation| {
            explanation.base = Some(witness);
            explanation.fills.clear();
        });
        let seen = std::mem::replace(&mut self.entries, list);
        self.method = ExtractMethod::Structured;
        self.complete(seen.into_iter().map(|entry| (entry, SHOWN)));
    }

    /// Lets another witness of the same stories fill in what is missing.
    fn complete(&mut self, others: impl Iterator<Item = (Entry, &'static str)>) {
        let key = |entry: &Entry| entry.link.as_ref().map(address::key);
        let others: HashMap<_, _> = others.map(|(entry, witness)| (key(&entry), (entry, witness))).collect();
        if others.is_empty() {
            return;
        }
        for (place, entry) in self.entries.iter_mut().enumerate() {
            if let Some((other, witness)) = others.get(&key(entry)).filter(|_| entry.link.is_some()) {
                self.trace.completing(place, witness, entry, |entry| structured::complete(entry, other));
            }
        }
    }

    /// What this page teaches of its source, and how the reading compares with the ones before.
    pub(super) fn lesson(
        &self,
        reader: &Reader<'_, '_>,
        memory: &Memory,
        finding: ListFinding,
    ) -> (Memory, ListReading) {
        let mut renewed = remembered(memory, &self.entries);
        let mut repair = None;
        if !self.entries.is_empty() && self.method != ExtractMethod::Structured {
            let looks: Vec<String> =
                self.headlines.iter().map(|place| template::look(reader.outline, *place)).collect();
            repair = template::learn(&mut renewed, self.showing.as_ref(), &looks);
        }
        let report = ListReading {
            finding,
            witness: self.method.as_str().to_owned(),
            stories: self.entries.len(),
            usual: memory.template.as_ref().map_or(0.0, |template| template.usual),
            by_selectors: self.by_selectors,
            by_template: self.showing.as_ref().map(|showing| showing.shown),
            by_structured: self.by_structured,
            repair,
        };
        (renewed, report)
    }

    pub(super) fn flaw(&mut self, entry: Option<usize>, what: &str) {
        self.flaws.push(Flaw { stage: "extract", entry, what: what.to_owned() });
    }

    pub(super) fn name_flaws(&mut self) {
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
