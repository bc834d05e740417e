//! Finds the articles of a page without a recipe.
//!
//! Links that play the same part on the page (same path of elements) form a group. A link's own signs, its group's and
//! those of the block around it are weighed; what weighs enough is a story. Menus, labels, most-read boxes, tags, comments
//! and footers have other signs. Comes in: outline and links. Goes out: [`Block`]s in document order. Near-linear.

use super::address;
use super::chunk::units;
use super::links::{LEAST_HEADLINE_UNITS, Links};
use super::outline::Outline;
use super::vocabulary::{self, Marks};
use crate::extract::dom;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a link needs to be a story.
const THRESHOLD: f32 = 3.0;
/// A list of links and nothing else has at least so many.
const LEAST_PLAIN_LIST: usize = 6;
/// A text of fewer units in a block is no teaser.
const LEAST_TEASER: f32 = 25.0;
/// Parts of a block that are looked at for its signs.
const MOST_BLOCK_PARTS: usize = 400;
/// The highest that a lone story's block reaches above its link.
const MOST_LONE_CLIMB: usize = 6;

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
    /// How sure it is.
    pub(super) score: f32,
    /// What surrounds it.
    pub(super) context: Marks,
}

/// A link that could be a story's.
#[derive(Debug)]
struct Candidate {
    link: usize,
    place: usize,
    target: usize,
    group: usize,
    /// Levels from the link up to its block.
    climb: usize,
    context: Marks,
    signs: BlockSigns,
    score: f32,
}

/// Finds the stories.
pub(super) fn find(outline: &Outline<'_>, links: &Links) -> Vec<Block> {
    let mut candidates = candidates(outline, links);
    let groups = grouped(&candidates);
    for members in &groups {
        settle_climbs(outline, &mut candidates, members);
    }
    for members in &groups {
        weigh(outline, links, &mut candidates, members);
    }
    let mut chosen = choose(links, &candidates);
    if chosen.is_empty() {
        chosen = plain_list(links, &candidates, &groups);
    }
    blocks(outline, &candidates, &chosen)
}

fn candidates(outline: &Outline<'_>, links: &Links) -> Vec<Candidate> {
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
        if let Some(class) = dom::attr(&outline.parts[at].node, "class") {
            let first = class.split_ascii_whitespace().next().unwrap_or_default();
            let name: String = first.chars().take_while(|c| !c.is_ascii_digit()).collect();
            name.hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// The candidates of each group, in document order.
fn grouped(candidates: &[Candidate]) -> Vec<Vec<usize>> {
    let count = candidates.iter().map(|c| c.group + 1).max().unwrap_or(0);
    let mut groups = vec![Vec::new(); count];
    for (index, candidate) in candidates.iter().enumerate() {
        groups[candidate.group].push(index);
    }
    groups
}

/// How far each member's block reaches: as far as no other member of the group is inside, and as far as most members' do.
fn settle_climbs(outline: &Outline<'_>, candidates: &mut [Candidate], members: &[usize]) {
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
fn above(outline: &Outline<'_>, place: usize, levels: usize) -> usize {
    levels.checked_sub(1).and_then(|skip| outline.ancestors(place).nth(skip)).unwrap_or(place)
}

/// What a block shows beside its headline.
#[derive(Debug, Clone, Copy, Default)]
struct BlockSigns {
    has_image: bool,
    has_date: bool,
    /// The longest text that is not the headline, in units.
    teaser: f32,
    /// Links to other addresses with a text.
    others: usize,
}

impl BlockSigns {
    fn kind(self) -> (bool, bool, bool) {
        (self.has_image, self.has_date, self.teaser >= LEAST_TEASER)
    }
}

fn block_signs(outline: &Outline<'_>, links: &Links, candidate: &Candidate) -> BlockSigns {
    let top = above(outline, candidate.place, candidate.climb);
    let end = outline.parts[top].end.min(top + MOST_BLOCK_PARTS);
    let (start, until) = links.links[candidate.link].headline.as_ref().map_or((0, 0), |h| (h.start, h.end));
    let mut signs = BlockSigns::default();
    for place in top..end {
        let part = &outline.parts[place];
        match part.tag.as_str() {
            "img" | "picture" | "amp-img" => signs.has_image = true,
            "time" => signs.has_date = true,
            "a" => signs.others += usize::from(links.target_at(place).is_some_and(|target| target != candidate.target)),
            "" if !(start..until).contains(&place) => signs.teaser = signs.teaser.max(units(part.text.trim())),
            _ => signs.has_date |= part.marks.any(Marks::DATE),
        }
    }
    signs
}

/// Weighs the members of a group: each by itself, and in a group of equals more by the group.
fn weigh(outline: &Outline<'_>, links: &Links, candidates: &mut [Candidate], members: &[usize]) {
    let group = GroupSigns::of(links, candidates, members);
    let mut kinds: HashMap<(bool, bool, bool), usize> = HashMap::new();
    let mut sum = 0.0;
    for &index in members {
        let signs = block_signs(outline, links, &candidates[index]);
        candidates[index].signs = signs;
        *kinds.entry(signs.kind()).or_default() += 1;
        candidates[index].score = link_score(links, &candidates[index], signs) + group.score(signs);
        sum += candidates[index].score;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of links")]
    let mean = sum / members.len().max(1) as f32;
    for &index in members {
        let is_usual = kinds.get(&candidates[index].signs.kind()).is_some_and(|count| count * 2 > members.len());
        let trust = if is_usual && group.distinct >= 6 { 0.7 } else { 0.5 };
        candidates[index].score = candidates[index].score * (1.0 - trust) + mean * trust;
    }
}

/// What a link and its block say.
fn link_score(links: &Links, candidate: &Candidate, block: BlockSigns) -> f32 {
    let link = &links.links[candidate.link];
    let Some(headline) = &link.headline else { return -10.0 };
    let target = &links.targets[link.target];
    let length = units(&headline.text);
    let mut score = match length {
        l if l < LEAST_HEADLINE_UNITS => -4.0,
        l if l < 15.0 => -1.5,
        l if l < 25.0 => -0.2,
        l if l <= 160.0 => 1.3,
        l if l <= 260.0 => 0.3,
        _ => -1.5,
    };
    if headline.in_heading {
        score += 1.5;
    } else if headline.is_marked {
        score += 0.8;
    }
    score += address_score(&target.signs, &target.url, &headline.text);
    if block.has_image {
        score += 0.6;
    }
    if block.has_date {
        score += 0.7;
    }
    if block.teaser >= 40.0 {
        score += 0.9;
    }
    score + context_score(candidate.context)
}

fn address_score(signs: &address::AddressSigns, url: &url::Url, headline: &str) -> f32 {
    if signs.is_network {
        return -6.0;
    }
    let mut score = match signs.slug_words {
        0 | 1 => -0.5,
        2 => 0.0,
        3 => 0.7,
        _ => 1.2,
    };
    if signs.has_id {
        score += 0.8;
    }
    if signs.has_date {
        score += 0.8;
    }
    if signs.is_service {
        score -= 2.5;
    }
    if signs.off_site {
        score -= 1.0;
    }
    score + address::overlap(url, headline) * 1.2
}

fn context_score(context: Marks) -> f32 {
    let mut score = 0.0;
    for (mark, weight) in [
        (Marks::NAV, -5.0),
        (Marks::FOOT, -4.0),
        (Marks::HEADER, -2.5),
        (Marks::COMMENT, -3.0),
        (Marks::TAGS, -3.0),
        (Marks::SOCIAL, -3.0),
        (Marks::AD, -1.2),
        (Marks::SIDE, -0.7),
        (Marks::RANK, -1.0),
        (Marks::RELATED, -0.7),
    ] {
        if context.any(mark) {
            score += weight;
        }
    }
    score
}

/// What a group says as a whole.
#[derive(Debug, Clone, Copy)]
struct GroupSigns {
    distinct: usize,
    /// All texts begin with the same words.
    shares_prefix: bool,
    /// Many addresses, few texts.
    repeats: bool,
}

impl GroupSigns {
    fn of(links: &Links, candidates: &[Candidate], members: &[usize]) -> Self {
        let mut targets: Vec<usize> = members.iter().map(|i| candidates[*i].target).collect();
        targets.sort_unstable();
        targets.dedup();
        let texts: Vec<&str> = members
            .iter()
            .filter_map(|i| links.links[candidates[*i].link].headline.as_ref())
            .map(|h| h.text.as_str())
            .collect();
        let mut distinct_texts = texts.clone();
        distinct_texts.sort_unstable();
        distinct_texts.dedup();
        let first_words = |text: &&str| text.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        let shares_prefix = texts.len() >= 3 && texts.iter().all(|text| first_words(text) == first_words(&texts[0]));
        Self { distinct: targets.len(), shares_prefix, repeats: distinct_texts.len() * 2 < targets.len() }
    }

    fn score(self, block: BlockSigns) -> f32 {
        let mut score = match self.distinct {
            0..=2 => 0.0,
            3..=7 => 0.4,
            _ => 0.8,
        };
        let is_bare = !block.has_image && !block.has_date && block.teaser < LEAST_TEASER;
        if is_bare {
            score -= 0.8;
            if self.shares_prefix {
                score -= 2.0;
            }
        }
        if self.repeats {
            score -= 3.0;
        }
        score
    }
}

/// The best link of each address that weighs enough; boxes beside the list only where there is no list.
fn choose(links: &Links, candidates: &[Candidate]) -> Vec<usize> {
    let mut best: HashMap<usize, usize> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if candidate.score < THRESHOLD {
            continue;
        }
        // the place that tells most of the story
        let rank =
            |c: &Candidate| (u8::from(!c.context.any(Marks::BESIDE)), c.score + c.signs.teaser.min(300.0) / 100.0);
        best.entry(links.links[candidate.link].target)
            .and_modify(|known| {
                if rank(candidate) > rank(&candidates[*known]) {
                    *known = index;
                }
            })
            .or_insert(index);
    }
    let mut chosen: Vec<usize> = best.into_values().collect();
    chosen.sort_by_key(|index| candidates[*index].place);
    if chosen.iter().any(|index| !candidates[*index].context.any(Marks::BESIDE)) {
        chosen.retain(|index| !is_beside(&candidates[*index]));
    }
    chosen
}

/// The list of a page that shows nothing but texts of links: the longest group whose texts are headlines and whose addresses
/// are articles'. A page without anything better is a list or it is the frame of one.
fn plain_list(links: &Links, candidates: &[Candidate], groups: &[Vec<usize>]) -> Vec<usize> {
    let headline =
        |candidate: &Candidate| links.links[candidate.link].headline.as_ref().map_or(0.0, |h| units(&h.text));
    let is_article = |candidate: &Candidate| {
        let signs = &links.targets[candidate.target].signs;
        (signs.has_id || signs.has_date || signs.slug_words >= 3) && !signs.is_service && !signs.is_network
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
    let mut targets = std::collections::HashSet::new();
    longest
        .map(|members| members.iter().copied().filter(|i| targets.insert(candidates[*i].target)).collect())
        .unwrap_or_default()
}

/// Whether a story stands in a box beside the list. Front pages call whole rows of cards "trending" or "related": these
/// show more than a headline and stand in no side column.
fn is_beside(candidate: &Candidate) -> bool {
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
            score: candidate.score,
            context: candidate.context,
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
