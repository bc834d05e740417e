//! The page's links: where each leads and what it says.
//!
//! Comes in: an outline. Goes out: targets (each address once) and links, with the text that could be a headline.

use super::address::{self, AddressSigns};
use super::chunk::{self, Chunk, units};
use super::outline::Outline;
use super::vocabulary::{self, Marks};
use crate::extract::dom;
use crate::text;
use std::collections::HashMap;
use url::Url;

/// Most links that are looked at.
const MOST_LINKS: usize = 50_000;
/// A text of fewer units is a label.
pub(super) const LEAST_HEADLINE_UNITS: f32 = 8.0;
/// A card reaches at most so many levels above its link …
const MOST_CARD_LEVELS: usize = 4;
/// … and holds at most so many parts.
const MOST_CARD_PARTS: usize = 120;
/// A shorter text behind a headline, on its line, may be a part of it.
const LEAST_INLINE_TEASER: f32 = 40.0;
/// Most text parts of one link that are looked at.
const MOST_LINK_PARTS: usize = 600;

/// An address that the page links to.
#[derive(Debug)]
pub(super) struct Target {
    /// Absolute, without fragment.
    pub(super) url: Url,
    /// What it looks like.
    pub(super) signs: AddressSigns,
}

/// The text of a link that could be a headline.
#[derive(Debug, Clone)]
pub(super) struct Headline {
    /// Clean text.
    pub(super) text: String,
    /// From this place …
    pub(super) start: usize,
    /// … to before this one.
    pub(super) end: usize,
    /// A heading element holds it or stands inside the link.
    pub(super) in_heading: bool,
    /// A class name calls it a title.
    pub(super) is_marked: bool,
}

/// One `<a href>`.
#[derive(Debug)]
pub(super) struct Link {
    /// Its place in the outline.
    pub(super) place: usize,
    /// Where it leads.
    pub(super) target: usize,
    /// The address as this link has it.
    pub(super) url: Url,
    /// What it says; `None`: a picture, a label, "read more".
    pub(super) headline: Option<Headline>,
}

/// What an `href` leads to.
struct Address {
    url: Url,
    target: usize,
    is_anchor: bool,
}

/// All links of a page.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Each address once, in the order of first sight.
    pub(super) targets: Vec<Target>,
    /// In document order, so by place.
    pub(super) links: Vec<Link>,
}

impl Links {
    /// Collects the links of a page.
    pub(super) fn of(outline: &Outline<'_>, page: &Url, base: &Url) -> Self {
        let mut links = Self::default();
        let (mut known, mut read): (HashMap<String, usize>, HashMap<&str, Option<Address>>) = Default::default();
        let page_key = address::key(page);
        for (place, part) in outline.parts.iter().enumerate() {
            if part.tag != "a" || links.links.len() >= MOST_LINKS {
                continue;
            }
            let Some(href) = part.attr("href").filter(|href| !href.starts_with('#')) else { continue };
            // a story's links share their address
            let address = read.entry(href).or_insert_with(|| {
                let mut url = dom::resolve(base, href)?;
                let is_anchor = url.fragment().is_some_and(|fragment| !fragment.is_empty());
                let key = address::key(&url);
                if key == page_key || address::is_front(&url) && url.host_str() == page.host_str() {
                    return None;
                }
                url.set_fragment(None);
                let next = links.targets.len();
                let target = *known.entry(key).or_insert(next);
                if target == next {
                    let signs = address::signs(&url, page);
                    links.targets.push(Target { url: url.clone(), signs });
                }
                Some(Address { url, target, is_anchor })
            });
            let Some(Address { url, target, is_anchor }) = address else { continue };
            let headline = if *is_anchor { None } else { headline(outline, place) };
            links.links.push(Link { place, target: *target, url: url.clone(), headline });
        }
        links.borrow_headlines(outline);
        links
    }

    /// Gives the links of a card whose headline is no link ("Read more" under a heading) that headline.
    fn borrow_headlines(&mut self, outline: &Outline<'_>) {
        let mut spoken: Vec<bool> = vec![false; self.targets.len()];
        for link in &self.links {
            spoken[link.target] |= link.headline.is_some();
        }
        let mut lent: HashMap<usize, usize> = HashMap::new();
        for index in 0..self.links.len() {
            let link = &self.links[index];
            let signs = &self.targets[link.target].signs;
            let is_story =
                !signs.is_network && !signs.is_service && (signs.slug_words >= 3 || signs.has_id || signs.has_date);
            if spoken[link.target] || !is_story {
                continue;
            }
            let Some(place) = self.silent_heading(outline, link.place) else { continue };
            if *lent.entry(place).or_insert(link.target) != link.target {
                continue;
            }
            let end = outline.parts[place].end;
            let text = outline.line(place, end);
            let is_headline = units(&text) >= 15.0 && !vocabulary::leads_on(&text);
            self.links[index].headline =
                is_headline.then_some(Headline { text, start: place, end, in_heading: true, is_marked: true });
            spoken[self.links[index].target] |= is_headline;
        }
    }

    /// The first heading without a link in the small box around a place.
    fn silent_heading(&self, outline: &Outline<'_>, place: usize) -> Option<usize> {
        for ancestor in outline.ancestors(place).take(MOST_CARD_LEVELS) {
            let end = outline.parts[ancestor].end;
            if end - ancestor > MOST_CARD_PARTS {
                return None;
            }
            let mut headings = (ancestor..end).filter(|at| outline.parts[*at].is_heading());
            if let Some(heading) = headings.next() {
                let is_linked = self.first_from(heading).is_some_and(|link| link.place < outline.parts[heading].end);
                let is_lone =
                    headings.next().is_none_or(|other| outline.parts[other].tag != outline.parts[heading].tag);
                return (!is_linked && is_lone).then_some(heading);
            }
        }
        None
    }

    /// The target of the link at a place.
    pub(super) fn target_at(&self, place: usize) -> Option<usize> {
        self.first_from(place).filter(|link| link.place == place).map(|link| link.target)
    }

    /// The first link at or behind a place.
    fn first_from(&self, place: usize) -> Option<&Link> {
        self.links.get(self.links.partition_point(|link| link.place < place))
    }
}

/// What of a link's text is the headline.
fn headline(outline: &Outline<'_>, link: usize) -> Option<Headline> {
    let end = outline.parts[link].end.min(link + MOST_LINK_PARTS);
    let around = outline.ancestors(link).take(3);
    let mut outer_heading = false;
    let mut outer_marked = outline.parts[link].marks.any(Marks::TITLE);
    for ancestor in around {
        let part = &outline.parts[ancestor];
        outer_heading |= part.is_heading();
        outer_marked |= part.marks.any(Marks::TITLE) && part.end - ancestor <= 12;
    }
    let made = |text: String, start, end, in_heading, is_marked| {
        (units(&text) >= LEAST_HEADLINE_UNITS && text.chars().any(char::is_alphabetic) && !vocabulary::leads_on(&text))
            .then_some(Headline { text, start, end, in_heading, is_marked })
    };
    if end == link + 2 && outline.parts[link + 1].is_text() {
        // most links are one text and nothing else
        let text = text::clean_line(&outline.parts[link + 1].text);
        return made(text, link + 1, end, outer_heading, outer_marked);
    }
    if let Some((place, is_heading)) = named(outline, link, end) {
        let until = outline.parts[place].end;
        let found = made(outline.line(place, until), place, until, outer_heading || is_heading, true);
        if found.is_some() {
            return found;
        }
    }
    if let Some(place) = before_teaser(outline, link, end) {
        let until = outline.parts[place].end;
        return made(outline.line(place, until), place, until, outer_heading, outer_marked);
    }
    let lines = chunk::chunks(outline, (link + 1, end), &[], None);
    let line = pick(&lines)?;
    let kept: Vec<_> =
        line.runs.iter().filter(|run| !run.marks.any(Marks::ABOUT) && !chunk::is_dated(&run.text)).cloned().collect();
    let text = if kept.len() == line.runs.len() || kept.is_empty() { line.text.clone() } else { Chunk::text_of(&kept) };
    let is_marked = outer_marked || line.marks.any(Marks::TITLE);
    made(text, line.start, line.end, outer_heading || line.in_heading, is_marked)
}

/// The first of two unlike elements that hold all of a link's text on one line, where the second is long enough for a teaser:
/// `<a><strong>headline</strong><span>teaser</span></a>`.
fn before_teaser(outline: &Outline<'_>, link: usize, end: usize) -> Option<usize> {
    let mut children = Vec::new();
    let mut place = link + 1;
    while place < end {
        let part = &outline.parts[place];
        let text = outline.line(place, part.end);
        if !text.is_empty() {
            if part.is_text() || part.is_block() || children.len() == 2 {
                return None;
            }
            children.push((place, units(&text)));
        }
        place = part.end;
    }
    let [(first, headline), (second, teaser)] = children[..] else { return None };
    let is_alike = outline.parts[first].tag == outline.parts[second].tag;
    (!is_alike && headline >= 15.0 && teaser >= LEAST_INLINE_TEASER).then_some(first)
}

/// The element inside a link that is named as the headline.
fn named(outline: &Outline<'_>, link: usize, end: usize) -> Option<(usize, bool)> {
    let has_text = |place: usize| {
        outline.parts[place..outline.parts[place].end].iter().any(|p| p.is_text() && !p.text.trim().is_empty())
    };
    let inside = || (link + 1..end).filter(|place| !outline.parts[*place].is_text() && has_text(*place));
    let prop = |place: &usize| {
        outline.parts[*place].attr("itemprop").is_some_and(|p| matches!(p, "headline" | "name" | "title"))
    };
    if let Some(place) = inside().find(|place| outline.parts[*place].is_heading()) {
        return Some((place, true));
    }
    if let Some(place) = inside().find(prop) {
        return Some((place, false));
    }
    let marked = inside().find(|place| {
        let part = &outline.parts[*place];
        part.marks.any(Marks::TITLE)
            && !part.marks.any(Marks::SUMMARY | Marks::CATEGORY | Marks::DATE | Marks::AUTHOR)
            && !outline.parts[*place..part.end].iter().any(|p| p.marks.any(Marks::SUMMARY))
    });
    marked.map(|place| (place, false))
}

/// The line of a link that is its headline: the first that has the length of one, else the longest.
fn pick(lines: &[Chunk]) -> Option<&Chunk> {
    let own: Vec<&Chunk> =
        lines.iter().filter(|line| !line.marks.any(Marks::ABOUT) && !chunk::is_dated(&line.text)).collect();
    let of = if own.is_empty() { lines.iter().collect() } else { own };
    if let Some(line) = of.iter().find(|line| line.in_heading) {
        return Some(line);
    }
    let long_enough = of.iter().find(|line| units(&line.text) >= 15.0);
    long_enough.or_else(|| of.iter().max_by_key(|line| line.text.len())).copied()
}

/// A headline that the page cut ("… In...") as its `title` attribute has it whole.
pub(super) fn whole(visible: &str, attribute: Option<&str>) -> String {
    let cut = visible.trim_end_matches(['.', '…', ' ']);
    let is_cut = cut.len() + 2 < visible.len() || visible.ends_with('…');
    match attribute.filter(|_| is_cut).map(text::clean_line) {
        Some(title) if cut.len() >= 10 && title.len() > cut.len() && title.starts_with(cut) => title,
        _ => visible.to_owned(),
    }
}
