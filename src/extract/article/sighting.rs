//! What one element of a page states of a date, and how far it can be trusted. It does not know where the element stands.

use super::facts::letters;
use super::{noise, short_line};
use crate::extract::date;
use crate::extract::dom::{self, Node};
use crate::model::{DateOrigin, Precision, StatedDate};
use crate::text;
use chrono::{DateTime, Utc};

/// A longer piece of text that holds a date is a sentence about something else.
const LONGEST_LABEL: usize = 160;
/// The line in which a CMS says who posted when and under which category.
const LINES: &[&str] = &["submitted", "postmetadata"];
/// Longest of these.
const LONGEST_LINE: usize = 700;
/// Letters and digits of a label, its date included.
const MOST_LETTERS: usize = 60;
/// Weakest sighting that counts before the heading, or far behind it.
pub(super) const WHOLE_DATE: u8 = 3;
/// A text with a date in it.
const LABEL: u8 = 4;
/// Weakest of all.
pub(super) const EDIT: u8 = 5;

/// The date that one element states, and how much it is worth: 0 says that it is the date of publication, 1 an unnamed
/// machine-readable date, 2 a named place for dates, 3 nothing but a date, 4 a label with a date, 5 the date of an edit.
pub(super) fn sighting(node: &Node<'_>, now: DateTime<Utc>) -> Option<(StatedDate, u8)> {
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
        || says(LINES)
        || words.iter().any(|word| word.ends_with("date") || word.starts_with("date"));
    let longest = if says(LINES) { LONGEST_LINE } else { LONGEST_LABEL };
    text_sighting(node, now, named, longest).map(|(date, rank)| (date, worth(rank)))
}

/// A date inside a heading. The heading's own words speak of the matter; an element in it that is a `<time>`, or has a
/// date with the time of the day, is the kicker that says when it appeared.
pub(super) fn in_heading<'a>(heading: &Node<'a>, now: DateTime<Utc>) -> Option<(Node<'a>, StatedDate, u8)> {
    const FEW: usize = 40;
    heading.descendants_it().take(FEW).filter(Node::is_element).find_map(|node| {
        let (date, rank) = sighting(&node, now)?;
        (node.has_name("time") || date.precision > Precision::Day).then_some((node, date, rank))
    })
}

fn text_sighting(node: &Node<'_>, now: DateTime<Utc>, named: bool, longest: usize) -> Option<(StatedDate, u8)> {
    const FEW: usize = 40;
    if node.descendants_it().take(FEW).count() >= FEW {
        return dateline(node, now);
    }
    if node.descendants_it().any(|below| below.has_name("time") && below.has_attr("datetime")) {
        // it says more exactly what the text around it says
        return None;
    }
    let has_digits = |child: Node<'_>| child.is_text() && child.text().chars().any(|c| c.is_ascii_digit());
    if !named && !node.children_it(false).any(has_digits) {
        return None;
    }
    let Some(text) = short_line(node, longest) else { return dateline(node, now) };
    if is_copyright(&text) {
        return None;
    }
    let rank = |rank: u8| if is_edit(&text) { EDIT } else { rank };
    if let Some(date) = date::parse(&text, DateOrigin::Text, now) {
        return Some((date, rank(if named { 2 } else { 3 })));
    }
    let label = letters(&text).chars().count() <= MOST_LETTERS && !node.has_name("a");
    let found = (label || named).then(|| date::find(&text, DateOrigin::Text, now)).flatten();
    found.map(|found| (found, rank(if named { 3 } else { LABEL }))).or_else(|| dateline(node, now))
}

/// The date that a paragraph opens with: "Berlin, 14.02.2026 – ".
fn dateline(node: &Node<'_>, now: DateTime<Utc>) -> Option<(StatedDate, u8)> {
    let opening = node.children_it(false).find(|child| child.is_element() || !child.text().trim().is_empty())?;
    let date = opening.is_text().then(|| date::dateline(&opening.text(), DateOrigin::Text, now))??;
    Some((date, LABEL))
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
