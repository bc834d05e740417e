//! Dates that stand near the heading, visible or machine-readable.

use super::facts::{Facts, alike};
use super::sighting::{EDIT, WHOLE_DATE, in_heading, sighting};
use super::{noise, short_line};
use crate::extract::date;
use crate::extract::dom::{self, Descend, Node, Page, Step};
use crate::model::{DateOrigin, StatedDate};
use chrono::{DateTime, Datelike, Utc};

/// The best date of each kind of witness.
#[derive(Debug, Default)]
pub(super) struct Near {
    pub(super) machine: Option<StatedDate>,
    pub(super) text: Option<StatedDate>,
}

/// How far around the heading a date still speaks of it, in characters of text.
const REACH_AFTER: usize = 1200;
const REACH_BEFORE: usize = 400;
/// A shorter link is no title of another article.
const SHORTEST_TITLE: usize = 20;
/// Newspapers had no pages before; an earlier day is what the article is about.
pub(super) const EARLIEST_YEAR: i32 = 1994;

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
    let own = facts.metas.first(&["og:title"]).or(facts.head_title.as_deref()).unwrap_or_default();
    let title = |below: &Node<'_>| {
        let text = below.text();
        let long = below.has_name("a") && text.trim().chars().count() >= SHORTEST_TITLE;
        // the date itself may be a link
        let is_date = || date::find(&text, DateOrigin::Text, facts.now).is_some();
        long && !alike(&text, own) && facts.leads_elsewhere(below) && !is_date()
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
        let (is_heading, is_foreign) = (is_heading(node), is_foreign(node));
        let found = match is_heading {
            _ if seen.len() >= MOST || is_foreign => None,
            true => in_heading(node, now),
            false => sighting(node, now).map(|(date, rank)| (*node, date, rank)),
        };
        if let Some((node, date, rank)) = found.filter(|(_, date, _)| date.local.year() >= EARLIEST_YEAR) {
            seen.push(Sighting { node, date, at, rank });
        }
        if heading.is_some_and(|heading| heading.id == node.id) {
            heading_at = Some(at);
        }
        if is_heading {
            at += node.text().trim().chars().count();
        }
        if found.is_some() || is_heading || is_foreign { Descend::No } else { Descend::Yes }
    });
    (seen, heading_at)
}

/// A heading whose words are a title, not the place for a date.
fn is_heading(node: &Node<'_>) -> bool {
    let heading = ["h1", "h2", "h3", "h4"].iter().any(|name| node.has_name(name));
    heading && !noise::words(node).iter().any(|word| word == "date")
}

/// Elements whose dates are of something else.
fn is_foreign(node: &Node<'_>) -> bool {
    /// A box beside the text that links to more titles has other articles.
    const MOST_TITLES: usize = 3;
    let name = node.node_name().unwrap_or_default();
    let is_title = |below: &Node<'_>| below.has_name("a") && below.text().trim().chars().count() >= SHORTEST_TITLE;
    let is_list = || node.descendants_it().filter(is_title).take(MOST_TITLES + 1).count() > MOST_TITLES;
    dom::is_silent(&name)
        || matches!(&*name, "blockquote" | "figcaption")
        || &*name == "aside" && is_list()
        || noise::is_frame(node)
        || noise::is_about_others(node)
}
