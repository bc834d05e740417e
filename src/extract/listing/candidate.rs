//! The links that could be a story's: what part each plays on the page, what surrounds it, how far its block reaches.
//!
//! Comes in: outline and links. Goes out: [`Candidate`]s and their groups. It weighs nothing.

use super::links::Links;
use super::outline::Outline;
use super::vocabulary::{self, Marks};
use super::weight::BlockSigns;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Parts of a block that are looked at for its signs.
pub(super) const MOST_BLOCK_PARTS: usize = 400;
/// The highest that a lone story's block reaches above its link.
const MOST_LONE_CLIMB: usize = 6;

/// A link that could be a story's.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Its place in `Links::links`.
    pub(super) link: usize,
    /// Its place in the outline.
    pub(super) place: usize,
    /// Where it leads.
    pub(super) target: usize,
    /// The group of those that play the same part.
    pub(super) group: usize,
    /// Levels from the link up to its block.
    pub(super) climb: usize,
    /// What its ancestors say.
    pub(super) context: Marks,
    /// What its block shows.
    pub(super) signs: BlockSigns,
    /// What it weighs.
    pub(super) score: f32,
    /// What the source's memory says of it.
    pub(super) stance: Stance,
}

/// What the source's memory says of a candidate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stance {
    /// Nothing: its weight decides.
    #[default]
    Free,
    /// It stands where the list does.
    Listed,
    /// It stands elsewhere: not before another reading agrees.
    Waits,
}

/// Collects the candidates of a page, in document order.
pub(super) fn candidates(outline: &Outline<'_>, links: &Links) -> Vec<Candidate> {
    let (contexts, paths) = (contexts(outline), paths(outline));
    let mut groups: HashMap<u64, usize> = HashMap::new();
    let mut found = Vec::new();
    for (index, link) in links.links.iter().enumerate() {
        let Some(headline) = &link.headline else { continue };
        let next = groups.len();
        let group = *groups.entry(role(outline, paths[link.place], link.place, headline.in_heading)).or_insert(next);
        let context = contexts[link.place];
        found.push(Candidate {
            link: index,
            place: link.place,
            target: link.target,
            group,
            climb: 0,
            context,
            signs: BlockSigns::default(),
            score: 0.0,
            stance: Stance::Free,
        });
    }
    found
}

/// What all ancestors of each part say. An element that holds nearly all of the page says nothing of its parts.
fn contexts(outline: &Outline<'_>) -> Vec<Marks> {
    let headed = headed(outline);
    let most = outline.parts.len() * 4 / 5;
    let mut contexts: Vec<Marks> = Vec::with_capacity(outline.parts.len());
    let mut sections: Vec<bool> = Vec::with_capacity(outline.parts.len());
    for (place, part) in outline.parts.iter().enumerate() {
        let (above, in_section) =
            if place == 0 { (Marks::default(), false) } else { (contexts[part.parent], sections[part.parent]) };
        let wide = part.end - place > most;
        let mut own = part.marks.only(Marks::FRAME | Marks::BESIDE);
        if wide {
            own = Marks::default();
        }
        // a story's own header and footer are not the page's
        if in_section && matches!(part.tag.as_str(), "header" | "footer") {
            own = Marks::default();
        }
        contexts.push(above | own | headed.get(&place).copied().unwrap_or_default());
        sections.push(in_section || matches!(part.tag.as_str(), "article" | "main" | "section" | "li"));
    }
    contexts
}

/// Boxes whose heading says that they stand beside the list ("Đọc nhiều nhất").
fn headed(outline: &Outline<'_>) -> HashMap<usize, Marks> {
    let most = outline.parts.len() / 3;
    let mut found = HashMap::new();
    for (place, part) in outline.parts.iter().enumerate() {
        let is_heading = part.is_heading() || part.marks.any(Marks::TITLE) && part.end - place <= 8;
        if part.is_text() || !is_heading {
            continue;
        }
        let marks = vocabulary::heading_marks(&outline.line(place, part.end));
        let wide_enough = |at: &usize| outline.parts[*at].end > part.end + 4;
        let container = outline.ancestors(place).take(3).find(wide_enough);
        if let Some(container) = container.filter(|at| marks != Marks::default() && outline.parts[*at].end - at <= most)
        {
            found.insert(container, marks);
        }
    }
    found
}

/// The path of element names to each part, as a hash.
fn paths(outline: &Outline<'_>) -> Vec<u64> {
    let mut paths: Vec<u64> = Vec::with_capacity(outline.parts.len());
    for (place, part) in outline.parts.iter().enumerate() {
        let mut hasher = DefaultHasher::new();
        if place > 0 {
            paths[part.parent].hash(&mut hasher);
        }
        part.tag.hash(&mut hasher);
        paths.push(hasher.finish());
    }
    paths
}

/// The part that a link plays: the path of elements to it, with the first class of the nearest ones.
fn role(outline: &Outline<'_>, path: u64, place: usize, in_heading: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    (in_heading, path).hash(&mut hasher);
    for at in std::iter::once(place).chain(outline.ancestors(place)).take(4) {
        if let Some(class) = outline.parts[at].attr("class") {
            let first = class.split_ascii_whitespace().next().unwrap_or_default();
            let name: String = first.chars().take_while(|c| !c.is_ascii_digit()).collect();
            name.hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// The candidates of each group, in document order.
pub(super) fn grouped(candidates: &[Candidate]) -> Vec<Vec<usize>> {
    let count = candidates.iter().map(|c| c.group + 1).max().unwrap_or(0);
    let mut groups = vec![Vec::new(); count];
    for (index, candidate) in candidates.iter().enumerate() {
        groups[candidate.group].push(index);
    }
    groups
}

/// How far each member's block reaches: as far as no other member of the group is inside, and as far as most members' do.
pub(super) fn settle_climbs(outline: &Outline<'_>, candidates: &mut [Candidate], members: &[usize]) {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    let before = nearest_others(candidates, members.iter().copied());
    let mut after = nearest_others(candidates, members.iter().rev().copied());
    after.reverse();
    for ((&index, before), after) in members.iter().zip(before).zip(after) {
        let climb = free_climb(outline, candidates[index].place, before, after);
        candidates[index].climb = climb;
        if before.is_some() || after.is_some() {
            *counts.entry(climb).or_default() += 1;
        }
    }
    // the first and the last member, and lone ones, are bounded on one side only
    let usual = counts.iter().max_by_key(|(climb, count)| (**count, usize::MAX - **climb)).map(|(climb, _)| *climb);
    for &index in members {
        let limit = usual.unwrap_or(MOST_LONE_CLIMB);
        candidates[index].climb = candidates[index].climb.min(limit);
    }
}

/// For each member the place of the last one before it, in the order given, that leads elsewhere.
fn nearest_others(candidates: &[Candidate], members: impl Iterator<Item = usize>) -> Vec<Option<usize>> {
    let (mut current, mut other): (Option<&Candidate>, Option<usize>) = (None, None);
    let mut found = Vec::new();
    for index in members {
        let candidate = &candidates[index];
        if let Some(known) = current.filter(|known| known.target != candidate.target) {
            other = Some(known.place);
        }
        current = Some(candidate);
        found.push(other);
    }
    found
}

/// Levels from a place up to the highest ancestor that holds neither neighbor and is not the page's frame.
fn free_climb(outline: &Outline<'_>, place: usize, before: Option<usize>, after: Option<usize>) -> usize {
    let is_lone = before.is_none() && after.is_none();
    let mut climb = 0;
    for ancestor in outline.ancestors(place) {
        let part = &outline.parts[ancestor];
        let holds = |other: Option<usize>| other.is_some_and(|other| outline.within(other, ancestor));
        let too_wide = is_lone && holds_frame(outline, ancestor, place);
        if holds(before) || holds(after) || too_wide || matches!(part.tag.as_str(), "main" | "body" | "tbody" | "table")
        {
            break;
        }
        climb += 1;
    }
    climb
}

/// Whether an element holds a menu, a page heading or the like: more than one story's block does.
fn holds_frame(outline: &Outline<'_>, place: usize, link: usize) -> bool {
    let end = outline.parts[place].end;
    if end - place > MOST_BLOCK_PARTS {
        return true;
    }
    (place + 1..end).any(|inner| match outline.parts[inner].tag.as_str() {
        "nav" | "main" | "form" => true,
        "h1" => !outline.within(link, inner),
        _ => false,
    })
}

/// The place that is some levels above another.
pub(super) fn above(outline: &Outline<'_>, place: usize, levels: usize) -> usize {
    levels.checked_sub(1).and_then(|skip| outline.ancestors(place).nth(skip)).unwrap_or(place)
}
