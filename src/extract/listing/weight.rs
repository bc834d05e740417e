//! How much a link weighs as a story: its own signs, its address's, its block's, its group's.
//!
//! Comes in: candidates in groups. Goes out: their scores. The weights were set by hand and say which signs tell articles from
//! menus, labels, most-read boxes, tags, comments and footers; no single one decides.

use super::address;
use super::candidate::{Candidate, MOST_BLOCK_PARTS, above};
use super::chunk::units;
use super::links::{LEAST_HEADLINE_UNITS, Links};
use super::outline::Outline;
use super::vocabulary::Marks;
use std::collections::HashMap;

/// What a link needs to be a story.
pub(super) const THRESHOLD: f32 = 3.0;
/// A text of fewer units in a block is no teaser.
pub(super) const LEAST_TEASER: f32 = 25.0;

/// What a block shows beside its headline.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BlockSigns {
    /// A picture.
    pub(super) has_image: bool,
    /// A date.
    pub(super) has_date: bool,
    /// The longest text that is not the headline, in units.
    pub(super) teaser: f32,
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
            "" if !(start..until).contains(&place) => signs.teaser = signs.teaser.max(units(part.text.trim())),
            _ => signs.has_date |= part.marks.any(Marks::DATE),
        }
    }
    signs
}

/// Weighs the members of a group: each by itself, and in a group of equals more by the group.
pub(super) fn weigh(outline: &Outline<'_>, links: &Links, candidates: &mut [Candidate], members: &[usize]) {
    let group = GroupSigns::of(links, candidates, members);
    let mut kinds: HashMap<(bool, bool, bool), usize> = HashMap::new();
    let mut sum = 0.0;
    for &index in members {
        let signs = block_signs(outline, links, &candidates[index]);
        candidates[index].signs = signs;
        *kinds.entry(signs.kind()).or_default() += 1;
        let score = link_score(links, &candidates[index], signs, &mut unheard) + group.score(signs, &mut unheard);
        candidates[index].score = score;
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

/// Nobody asks for the single weights.
fn unheard(_: &'static str, _: f32) {}

/// What a member's signs weigh, each by itself and by name; those that weigh nothing are left out.
pub(super) fn signs(
    links: &Links,
    candidates: &[Candidate],
    members: &[usize],
    index: usize,
) -> Vec<(&'static str, f32)> {
    let (candidate, mut heard) = (&candidates[index], Vec::new());
    let mut hear = |sign, weight: f32| {
        if weight.abs() >= 0.05 {
            heard.push((sign, weight));
        }
    };
    link_score(links, candidate, candidate.signs, &mut hear);
    GroupSigns::of(links, candidates, members).score(candidate.signs, &mut hear);
    heard
}

/// What a link and its block say.
fn link_score(
    links: &Links,
    candidate: &Candidate,
    block: BlockSigns,
    hear: &mut impl FnMut(&'static str, f32),
) -> f32 {
    let link = &links.links[candidate.link];
    let Some(headline) = &link.headline else { return -10.0 };
    let target = &links.targets[link.target];
    let length = units(&headline.text);
    let mut score = match length {
        l if l < LEAST_HEADLINE_UNITS => -4.0,
        l if l < 15.0 => -1.0,
        l if l < 25.0 => -0.2,
        l if l <= 160.0 => 1.3,
        l if l <= 260.0 => 0.3,
        _ => -1.5,
    };
    hear("length of its text", score);
    if headline.in_heading {
        hear("in a heading", 1.5);
        score += 1.5;
    } else if headline.is_marked {
        hear("named a title", 0.8);
        score += 0.8;
    }
    score += address_score(&target.signs, &target.url, &headline.text, hear);
    let shown =
        [("picture", block.has_image, 0.6), ("date", block.has_date, 0.7), ("teaser", block.teaser >= 40.0, 0.9)];
    for (sign, _, weight) in shown.into_iter().filter(|(_, is_there, _)| *is_there) {
        hear(sign, weight);
        score += weight;
    }
    score + context_score(candidate.context, hear)
}

/// What an address says.
fn address_score(
    signs: &address::AddressSigns,
    url: &url::Url,
    headline: &str,
    hear: &mut impl FnMut(&'static str, f32),
) -> f32 {
    if signs.is_network {
        hear("a social network", -6.0);
        return -6.0;
    }
    let mut score = match signs.slug_words {
        0 | 1 => -0.5,
        2 => 0.0,
        3 => 0.7,
        _ => 1.2,
    };
    hear("words in its address", score);
    let marks = [
        ("an id in its address", signs.has_id, 0.8),
        ("a date in its address", signs.has_date, 0.8),
        ("the address of a service", signs.is_service, -2.5),
        ("leads off the site", signs.off_site, -1.0),
    ];
    for (sign, _, weight) in marks.into_iter().filter(|(_, is_there, _)| *is_there) {
        hear(sign, weight);
        score += weight;
    }
    let overlap = address::overlap(url, headline) * 1.2;
    hear("its address says its text", overlap);
    score + overlap
}

/// What the surroundings say.
fn context_score(context: Marks, hear: &mut impl FnMut(&'static str, f32)) -> f32 {
    let mut score = 0.0;
    for (mark, weight, sign) in [
        (Marks::NAV, -5.0, "in a menu"),
        (Marks::FOOT, -4.0, "in a footer"),
        (Marks::HEADER, -2.5, "in a header"),
        (Marks::COMMENT, -3.0, "among comments"),
        (Marks::TAGS, -3.0, "among tags"),
        (Marks::SOCIAL, -3.0, "among share buttons"),
        (Marks::AD, -1.2, "in an advertisement"),
        (Marks::SIDE, -0.7, "in a side column"),
        (Marks::RANK, -1.0, "in a most-read box"),
        (Marks::RELATED, -0.7, "in a box of related stories"),
    ] {
        if context.any(mark) {
            hear(sign, weight);
            score += weight;
        }
    }
    score
}

/// What a group says as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupSigns {
    /// Different addresses.
    pub(super) distinct: usize,
    /// All texts begin with the same words, and they are no series.
    pub(super) shares_prefix: bool,
    /// Many addresses, few texts.
    pub(super) repeats: bool,
}

impl GroupSigns {
    /// Reads a group.
    pub(super) fn of(links: &Links, candidates: &[Candidate], members: &[usize]) -> Self {
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
        let shares_prefix = texts.len() >= 3
            && texts.iter().all(|text| first_words(text) == first_words(&texts[0]))
            && !is_series(&texts);
        Self { distinct: targets.len(), shares_prefix, repeats: distinct_texts.len() * 2 < targets.len() }
    }

    fn score(self, block: BlockSigns, hear: &mut impl FnMut(&'static str, f32)) -> f32 {
        let mut score = match self.distinct {
            0..=2 => 0.0,
            3..=7 => 0.4,
            _ => 0.8,
        };
        hear("size of its group", score);
        let is_bare = !block.has_image && !block.has_date && block.teaser < LEAST_TEASER;
        let marks = [
            ("bare: no picture, date or teaser", is_bare, -0.8),
            ("all of the group begin alike", is_bare && self.shares_prefix, -2.0),
            ("many addresses, few texts", self.repeats, -3.0),
        ];
        for (sign, _, weight) in marks.into_iter().filter(|(_, is_there, _)| *is_there) {
            hear(sign, weight);
            score += weight;
        }
        score
    }
}

/// Whether texts are those of a series, told apart by their dates or numbers: "Dự báo thời tiết ngày 14/2/2026".
fn is_series(texts: &[&str]) -> bool {
    let numbers = |text: &&str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut distinct: Vec<String> = texts.iter().map(numbers).filter(|digits| !digits.is_empty()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() * 3 >= texts.len() * 2
}
