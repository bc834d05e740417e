//! Finds the articles of a page without a recipe.
//!
//! Links that play the same part on the page (same path of elements) form a group. A link's own signs, its group's and
//! those of the block around it are weighed; what weighs enough is a story. Comes in: outline and links. Goes out:
//! [`Block`]s in document order. Near-linear.

use super::candidate::{self, Candidate, Stance, above};
use super::chunk::units;
use super::explain;
use super::links::Links;
use super::outline::Outline;
use super::template::{Recall, Showing};
use super::vocabulary::Marks;
use super::weight::{self, GroupSigns, LEAST_TEASER, THRESHOLD};
use crate::extract::explain::Trace;
use std::collections::{HashMap, HashSet};

/// A page with fewer stories may have a plain list beside them.
const LEAST_CHOSEN: usize = 3;
/// A list of links and nothing else has at least so many.
const LEAST_PLAIN_LIST: usize = 6;

/// Most places where stories are read again.
const MOST_ELSEWHERE: usize = 2_000;
/// Boxes beside the list; an advertising network's teaser of the paper's own story is as good as any.
const COLUMNS: Marks = Marks::BESIDE.without(Marks::AD);

/// A story's place on the page.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Where it leads.
    pub(super) target: usize,
    /// The link that carries the headline, as a place in `Links::links`.
    pub(super) link: usize,
    /// From this place …
    pub(super) start: usize,
    /// … to before this one.
    pub(super) end: usize,
    /// Stories that stand inside: ranges that are not its own.
    pub(super) holes: Vec<(usize, usize)>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Each story once, where it tells most, in document order.
    pub(super) stories: Vec<Block>,
    /// The same stories in other places of the page.
    pub(super) elsewhere: Vec<Block>,
    /// How the learned list did; `None`: there was none.
    pub(super) showing: Option<Showing>,
}

/// Finds the stories; what is remembered of the source decides where it can.
pub(super) fn find(outline: &Outline<'_>, links: &Links, recall: &Recall<'_>, trace: &Trace) -> Found {
    let mut candidates = candidate::candidates(outline, links);
    let groups = candidate::grouped(&candidates);
    for members in &groups {
        candidate::settle_climbs(outline, &mut candidates, members);
    }
    for members in &groups {
        weight::weigh(outline, links, &mut candidates, members);
    }
    let showing = recall.apply(outline, links, &mut candidates);
    let mut chosen = choose(&candidates);
    if chosen.len() < LEAST_CHOSEN && showing.as_ref().is_none_or(|showing| !showing.is_whole) {
        let list = plain_list(links, &candidates, &groups, Strictness::of(&chosen));
        if list.len() > chosen.len() {
            chosen = list;
        }
    }
    trace.note(|explanation| {
        let (candidates, groups, chosen) = (&candidates, &groups, &chosen);
        explain::groups(explanation, explain::Weighed { outline, links, candidates, groups, chosen });
    });
    let again = elsewhere(&candidates, &chosen);
    Found { stories: blocks(outline, &candidates, &chosen), elsewhere: blocks(outline, &candidates, &again), showing }
}

/// The best link of each address that weighs enough; boxes beside the list only where there is no list.
fn choose(candidates: &[Candidate]) -> Vec<usize> {
    let mut best: HashMap<usize, usize> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if !is_story(candidate) {
            continue;
        }
        // the place that tells most of the story
        let rank = |c: &Candidate| {
            (c.stance == Stance::Listed, !c.context.any(COLUMNS), c.score + c.signs.teaser.min(300.0) / 100.0)
        };
        best.entry(candidate.target)
            .and_modify(|known| {
                if rank(candidate) > rank(&candidates[*known]) {
                    *known = index;
                }
            })
            .or_insert(index);
    }
    let mut chosen: Vec<usize> = best.into_values().collect();
    chosen.sort_by_key(|index| candidates[*index].place);
    if chosen.iter().any(|index| !candidates[*index].context.any(COLUMNS)) {
        chosen.retain(|index| !is_beside(&candidates[*index]));
    }
    chosen
}

fn is_story(candidate: &Candidate) -> bool {
    match candidate.stance {
        Stance::Listed => true,
        Stance::Free => candidate.score >= THRESHOLD,
        Stance::Waits => false,
    }
}

/// The other places of the chosen stories: what one of them lacks, another may show.
fn elsewhere(candidates: &[Candidate], chosen: &[usize]) -> Vec<usize> {
    let main: HashSet<usize> = chosen.iter().copied().collect();
    let targets: HashSet<usize> = chosen.iter().map(|index| candidates[*index].target).collect();
    let again = candidates.iter().enumerate().filter(|(index, candidate)| {
        is_story(candidate) && targets.contains(&candidate.target) && !main.contains(index)
    });
    again.map(|(index, _)| index).take(MOST_ELSEWHERE).collect()
}

/// What counts as an article's address in a plain list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// An id or a date: menus beside the few stories have names, too.
    Ids,
    /// Or a name of several words.
    Slugs,
}

impl Strictness {
    fn of(chosen: &[usize]) -> Self {
        if chosen.is_empty() { Self::Slugs } else { Self::Ids }
    }
}

/// The list of a page that shows nothing but texts of links: the longest group whose texts are headlines and whose addresses
/// are articles'. A page without anything better is a list or it is the frame of one.
fn plain_list(links: &Links, candidates: &[Candidate], groups: &[Vec<usize>], strictness: Strictness) -> Vec<usize> {
    let headline =
        |candidate: &Candidate| links.links[candidate.link].headline.as_ref().map_or(0.0, |h| units(&h.text));
    let is_article = |candidate: &Candidate| {
        let signs = &links.targets[candidate.target].signs;
        let has_slug = signs.slug_words >= 3 && strictness == Strictness::Slugs;
        (signs.has_id || signs.has_date || has_slug) && !signs.is_service && !signs.is_network
    };
    let fits = |members: &&Vec<usize>| {
        let group = GroupSigns::of(links, candidates, members);
        let is_framed = members.iter().any(|i| candidates[*i].context.any(Marks::FRAME | Marks::BESIDE));
        let most = |holds: &dyn Fn(&Candidate) -> bool| {
            members.iter().filter(|i| holds(&candidates[**i])).count() * 3 > members.len() * 2
        };
        group.distinct >= LEAST_PLAIN_LIST
            && !group.shares_prefix
            && !group.repeats
            && !is_framed
            && most(&|candidate| headline(candidate) >= 18.0)
            && most(&is_article)
    };
    let longest = groups.iter().filter(fits).max_by_key(|members| members.len());
    let mut targets = HashSet::new();
    longest
        .map(|members| members.iter().copied().filter(|i| targets.insert(candidates[*i].target)).collect())
        .unwrap_or_default()
}

/// Whether a story stands in a box beside the list. Front pages call whole rows of cards "trending" or "related": these
/// show more than a headline and stand in no side column.
pub(super) fn is_beside(candidate: &Candidate) -> bool {
    if candidate.stance == Stance::Listed {
        return false;
    }
    let is_rich = candidate.signs.has_date || candidate.signs.teaser >= LEAST_TEASER;
    candidate.context.any(Marks::SIDE) || candidate.context.any(Marks::RANK | Marks::RELATED) && !is_rich
}

/// The blocks of the chosen links: none holds the headline of another unless that one's block is wholly inside.
fn blocks(outline: &Outline<'_>, candidates: &[Candidate], chosen: &[usize]) -> Vec<Block> {
    let places: Vec<usize> = chosen.iter().map(|index| candidates[*index].place).collect();
    let tops: Vec<usize> =
        chosen.iter().map(|index| above(outline, candidates[*index].place, candidates[*index].climb)).collect();
    let mut blocks = Vec::with_capacity(chosen.len());
    for (at, &index) in chosen.iter().enumerate() {
        let candidate = &candidates[index];
        let mut top = tops[at];
        let mut levels = candidate.climb;
        let mut holes = holes(outline, &places, &tops, at, top);
        while holes.is_none() && levels > 0 {
            levels -= 1;
            top = above(outline, candidate.place, levels);
            holes = self::holes(outline, &places, &tops, at, top);
        }
        blocks.push(Block {
            target: candidate.target,
            link: candidate.link,
            start: top,
            end: outline.parts[top].end,
            holes: holes.unwrap_or_default(),
        });
    }
    blocks
}

/// The blocks inside another; `None` where one of them cannot be cut out.
fn holes(
    outline: &Outline<'_>,
    places: &[usize],
    tops: &[usize],
    at: usize,
    top: usize,
) -> Option<Vec<(usize, usize)>> {
    let end = outline.parts[top].end;
    let first = places.partition_point(|place| *place < top);
    let mut found = Vec::new();
    for other in first..places.len() {
        if places[other] >= end {
            break;
        }
        if other == at {
            continue;
        }
        let inner = tops[other];
        if inner <= top || outline.within(places[at], inner) || found.len() > 64 {
            return None;
        }
        found.push((inner, outline.parts[inner].end));
    }
    Some(found)
}
