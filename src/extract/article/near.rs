//! Dates that stand near the heading, visible or machine-readable.

use super::facts::{Facts, alike, letters};
use super::{noise, short_line};
use crate::extract::date;
use crate::extract::dom::{self, Descend, Node, Page, Step};
use crate::model::{DateOrigin, StatedDate};
use crate::text;
use chrono::{DateTime, Utc};

/// The best date of each kind of witness.
#[derive(Debug, Default)]
pub(super) struct Near {
    pub(super) machine: Option<StatedDate>,
    pub(super) text: Option<StatedDate>,
}

/// How far around the heading a date still speaks of it, in characters of text.
const REACH_AFTER: usize = 1200;
const REACH_BEFORE: usize = 400;
/// A longer piece of text that holds a date is a sentence about something else.
const LONGEST_LABEL: usize = 160;
/// Letters and digits of a label, its date included.
const MOST_LETTERS: usize = 60;
/// Weakest sighting that counts before the heading, or far behind it.
const WHOLE_DATE: u8 = 3;
/// Weakest of all.
const EDIT: u8 = 5;

/// A date that stands somewhere on the page.
struct Sighting<'a> {
    node: Node<'a>,
    date: StatedDate,
    /// Characters of text before it.
    at: usize,
    /// Lower is more trustworthy.
    rank: u8,
}

/// The dates that speak of the article under a heading.
pub(super) fn near_heading(page: &Page, facts: &Facts, heading: Option<&Node<'_>>) -> Near {
    let (seen, heading_at) = sightings(page, facts.now, heading);
    let Some((heading, heading_at)) = heading.zip(heading_at) else {
        return Near { machine: of_one_day(&seen, DateOrigin::Metadata), text: of_one_day(&seen, DateOrigin::Text) };
    };
    let is_near = |sighting: &&Sighting<'_>| match sighting.at.checked_sub(heading_at) {
        Some(behind) => behind <= REACH_AFTER,
        None => {
            let close = heading_at - sighting.at <= REACH_BEFORE && sighting.rank <= WHOLE_DATE;
            close && shares_box(&sighting.node, heading)
        }
    };
    let seen: Vec<Sighting<'_>> =
        seen.into_iter().filter(|sighting| !is_in_teaser(&sighting.node, heading, facts)).collect();
    let mut near: Vec<&Sighting<'_>> = seen.iter().filter(is_near).collect();
    near.sort_by_key(|sighting| (sighting.rank, sighting.at.abs_diff(heading_at)));
    let first = |origin| near.iter().find(|sighting| sighting.date.origin == origin).map(|sighting| sighting.date);
    let (machine, text) = (first(DateOrigin::Metadata), first(DateOrigin::Text));
    if machine.or(text).is_some() {
        return Near { machine, text };
    }
    let far = seen.into_iter().filter(|s| s.at > heading_at && shares_box(&s.node, heading)).collect::<Vec<_>>();
    Near { machine: of_one_day(&far, DateOrigin::Metadata), text: of_one_day(&far, DateOrigin::Text) }
}

/// The best of sightings that all name one day: where they differ, some are of other things.
fn of_one_day(seen: &[Sighting<'_>], origin: DateOrigin) -> Option<StatedDate> {
    let of_origin = || seen.iter().filter(|s| s.date.origin == origin && (s.rank <= WHOLE_DATE || s.rank == EDIT));
    let first = of_origin().min_by_key(|sighting| sighting.rank)?;
    of_origin().all(|sighting| sighting.date.local.date() == first.date.local.date()).then_some(first.date)
}

/// Whether a date stands in the article's own box: the smallest element that holds it and the heading is not the page
/// with its navigation and foot, where a clock stands.
fn shares_box(node: &Node<'_>, heading: &Node<'_>) -> bool {
    let above: Vec<_> = heading.ancestors_it(None).map(|ancestor| ancestor.id).collect();
    let Some(shared) = node.ancestors_it(None).find(|ancestor| above.contains(&ancestor.id)) else { return false };
    let is_page = shared.has_name("body") || shared.has_name("html");
    !is_page && !shared.descendants_it().any(|below| noise::is_site_part(&below))
}

/// Whether a date stands in a small box with a long link: the date of that other article.
fn is_in_teaser(node: &Node<'_>, heading: &Node<'_>, facts: &Facts) -> bool {
    const LEVELS: usize = 4;
    const LONGEST_TEASER: usize = 500;
    const SHORTEST_TITLE: usize = 20;
    let own = facts.metas.first(&["og:title"]).or(facts.head_title.as_deref()).unwrap_or_default();
    let title = |below: &Node<'_>| {
        let text = below.text();
        let long = below.has_name("a") && text.trim().chars().count() >= SHORTEST_TITLE;
        // the date itself may be a link
        long && !alike(&text, own) && date::find(&text, DateOrigin::Text, facts.now).is_none()
    };
    node.ancestors_it(Some(LEVELS))
        .take_while(|ancestor| {
            !ancestor.has_name("body") && !ancestor.descendants_it().any(|below| below.id == heading.id)
        })
        .take_while(|ancestor| short_line(ancestor, LONGEST_TEASER).is_some())
        .any(|ancestor| ancestor.descendants_it().any(|below| title(&below)))
}

/// All dates outside the site's frame, and how much text stands before the heading.
fn sightings<'a>(page: &'a Page, now: DateTime<Utc>, heading: Option<&Node<'_>>) -> (Vec<Sighting<'a>>, Option<usize>) {
    const MOST: usize = 60;
    let (mut at, mut heading_at) = (0usize, None);
    let mut seen: Vec<Sighting<'a>> = Vec::new();
    dom::walk(&page.root(), |node, step| {
        if node.is_text() {
            at += node.text().trim().chars().count();
            return Descend::No;
        }
        if step == Step::Leave || !node.is_element() {
            return Descend::Yes;
        }
        if heading.is_some_and(|heading| heading.id == node.id) {
            // a date in the title is what the article is about
            heading_at = Some(at);
            at += node.text().trim().chars().count();
            return Descend::No;
        }
        if is_foreign(node) {
            return Descend::No;
        }
        if seen.len() >= MOST {
            return Descend::Yes;
        }
        match sighting(node, now) {
            Some((date, rank)) => {
                seen.push(Sighting { node: *node, date, at, rank });
                Descend::No
            }
            None => Descend::Yes,
        }
    });
    (seen, heading_at)
}

/// Elements whose dates are of something else.
fn is_foreign(node: &Node<'_>) -> bool {
    /// A box beside the text that links to more has other articles.
    const MOST_LINKS: usize = 4;
    let name = node.node_name().unwrap_or_default();
    let heading = matches!(&*name, "h1" | "h2" | "h3" | "h4");
    let is_list =
        || node.descendants_it().filter(|below| below.has_name("a")).take(MOST_LINKS + 1).count() > MOST_LINKS;
    dom::is_silent(&name)
        || matches!(&*name, "blockquote" | "figcaption")
        || &*name == "aside" && is_list()
        || heading && !noise::words(node).iter().any(|word| word == "date")
        || noise::is_frame(node)
        || noise::is_about_others(node)
}

/// The date that one element states, and how much it is worth: 0 says that it is the date of publication, 1 an unnamed
/// machine-readable date, 2 a named place for dates, 3 nothing but a date, 4 a label with a date, 5 the date of an edit.
fn sighting(node: &Node<'_>, now: DateTime<Utc>) -> Option<(StatedDate, u8)> {
    let words = noise::words(node);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if says(&["clock", "today", "current", "event", "weather"]) {
        return None;
    }
    let edited = says(&["modified", "updated", "dateupdated", "datemodified"]) && !says(&["published"]);
    let worth = |rank: u8| if edited { EDIT } else { rank };
    let machine = |text: &str| date::parse(text, DateOrigin::Metadata, now);
    let property = dom::attr(node, "itemprop").unwrap_or_default();
    if property.split_whitespace().any(|p| p == "datePublished" || p == "dateCreated") || node.has_attr("pubdate") {
        let attributes = ["content", "datetime", "title"].iter();
        let stated = attributes.filter_map(|name| dom::attr(node, name)).find_map(|text| machine(&text));
        let found = stated.or_else(|| date::find(&short_line(node, LONGEST_LABEL)?, DateOrigin::Text, now));
        return found.map(|date| (date, worth(0)));
    }
    if node.has_name("time")
        && let Some(date) = dom::attr(node, "datetime").and_then(|text| machine(&text))
    {
        let named = says(&["published", "pubdate", "publish", "posted", "entry"]);
        return Some((date, worth(if named { 0 } else { 1 })));
    }
    if node.has_name("abbr") && says(&["published"]) {
        return dom::attr(node, "title").and_then(|text| machine(&text)).map(|date| (date, 0));
    }
    const NAMES: &[&str] = &[
        "date",
        "time",
        "datetime",
        "published",
        "publish",
        "pubdate",
        "posted",
        "timestamp",
        "ngay",
        "fecha",
        "datum",
    ];
    let named = node.has_name("time")
        || says(NAMES)
        || words.iter().any(|word| word.ends_with("date") || word.starts_with("date"));
    text_sighting(node, now, named).map(|(date, rank)| (date, worth(rank)))
}

fn text_sighting(node: &Node<'_>, now: DateTime<Utc>, named: bool) -> Option<(StatedDate, u8)> {
    const FEW: usize = 40;
    if node.descendants_it().take(FEW).count() >= FEW {
        return None;
    }
    let has_digits = |child: Node<'_>| child.is_text() && child.text().chars().any(|c| c.is_ascii_digit());
    if !named && !node.children_it(false).any(has_digits) {
        return None;
    }
    let text = short_line(node, LONGEST_LABEL)?;
    if is_copyright(&text) {
        return None;
    }
    let rank = |rank: u8| if is_edit(&text) { EDIT } else { rank };
    if let Some(date) = date::parse(&text, DateOrigin::Text, now) {
        return Some((date, rank(if named { 2 } else { 3 })));
    }
    let label = letters(&text).chars().count() <= MOST_LETTERS && !node.has_name("a");
    let found = (label || named).then(|| date::find(&text, DateOrigin::Text, now))??;
    Some((found, rank(if named { 3 } else { 4 })))
}

/// "Last updated": true, but not of the publication.
fn is_edit(text: &str) -> bool {
    const WORDS: &[&str] =
        &["update", "mis a jour", "mise a jour", "aktualisier", "modified", "actualizad", "aggiornat", "обновл"];
    let folded = text::fold(text);
    WORDS.iter().any(|word| folded.contains(word))
}

fn is_copyright(text: &str) -> bool {
    text.contains(['©', '®']) || text.to_lowercase().contains("copyright")
}
