//! Lists without a box around each story: headline and teaser are siblings, and the next headline ends the story.
//!
//! Comes in: the blocks that were found. Goes out: the same, some of them longer.

use super::blocks::Block;
use super::chunk::units;
use super::links::Links;
use super::outline::Outline;

/// A gap with a text of fewer units holds no teaser.
const LEAST_TEASER: f32 = 25.0;
/// Most parts between two stories.
const MOST_GAP_PARTS: usize = 200;

/// Lets each block of a flat list reach to the next one.
pub(super) fn extend(outline: &Outline<'_>, links: &Links, blocks: &mut [Block]) {
    let parent = |block: &Block| outline.parts[block.start].parent;
    let mut from = 0;
    while from < blocks.len() {
        let next = |at: usize| at + 1 < blocks.len() && blocks[at + 1].start >= blocks[at].end;
        let mut to = from;
        while next(to) && parent(&blocks[to + 1]) == parent(&blocks[from]) {
            to += 1;
        }
        if to > from {
            extend_run(outline, links, &mut blocks[from..=to]);
        }
        from = to + 1;
    }
}

/// Extends the blocks of one parent, in order, where most gaps between them hold a teaser and most blocks do not.
fn extend_run(outline: &Outline<'_>, links: &Links, run: &mut [Block]) {
    let gaps: Vec<(usize, usize)> = run.windows(2).map(|pair| (pair[0].end, pair[1].start)).collect();
    let has_teaser =
        |(start, end): (usize, usize)| end - start <= MOST_GAP_PARTS && loose_text(outline, start, end) >= LEAST_TEASER;
    let filled = gaps.iter().filter(|gap| has_teaser(**gap)).count();
    let bare = run.iter().filter(|block| loose_text(outline, block.start, block.end) < LEAST_TEASER).count();
    if filled * 2 <= gaps.len() || bare * 2 <= run.len() {
        return;
    }
    let mut usual: Vec<usize> = gaps.iter().map(|(start, end)| siblings(outline, *start, *end).count()).collect();
    usual.sort_unstable();
    let usual = usual[usual.len() / 2];
    for at in 0..run.len() {
        let Some((start, end)) = gaps.get(at).copied() else {
            let until = outline.parts[outline.parts[run[at].start].parent].end;
            run[at].end =
                siblings(outline, run[at].end, until).take(usual).last().map_or(run[at].end, |s| outline.parts[s].end);
            continue;
        };
        if end - start > MOST_GAP_PARTS {
            continue;
        }
        // a picture that leads to the next story stands before its headline
        let target = run[at + 1].target;
        let leads_on = |place: usize| (place..outline.parts[place].end).any(|p| links.target_at(p) == Some(target));
        let boundary = siblings(outline, start, end).find(|place| leads_on(*place)).unwrap_or(end);
        run[at].end = boundary;
        run[at + 1].start = boundary;
    }
}

/// The parts between two places that are on the first one's level.
fn siblings<'o>(outline: &'o Outline<'_>, start: usize, end: usize) -> impl Iterator<Item = usize> + 'o {
    let mut next = start;
    std::iter::from_fn(move || {
        let place = next;
        next = outline.parts.get(place).map_or(end, |part| part.end.max(place + 1));
        (place < end).then_some(place)
    })
}

/// The longest text that is in no link.
fn loose_text(outline: &Outline<'_>, start: usize, end: usize) -> f32 {
    let mut longest = 0.0_f32;
    let mut place = start;
    while place < end {
        let part = &outline.parts[place];
        if part.tag == "a" {
            place = part.end;
            continue;
        }
        if part.is_text() {
            longest = longest.max(units(part.text.trim()));
        }
        place += 1;
    }
    longest
}
