//! How sure a reading is: pure. Signs are counted for and against; each is named, so that a reader can judge anew.

use super::report::{Confidence, Level, Reading};
use crate::model::{Kind, ListFinding};
use chrono::{DateTime, TimeDelta, Utc};

/// A list of fewer items may be a box of the page's frame.
const FEW: usize = 5;
/// A list that long is no box.
const MANY: usize = 10;
/// A headline has about so many characters, a label fewer.
const HEADLINE_CHARS: usize = 25;
/// A feed without anything newer is no longer kept up.
const STALE: TimeDelta = TimeDelta::days(30);
/// Items of two lists that are compared.
const COMPARED: usize = 10;

/// Points from which a list is believed: its length, its addresses, other witnesses and its stories give ten at most.
const HIGH: u32 = 6;
/// Points from which a list is likely.
const MEDIUM: u32 = 3;

/// Judges a reading; `peer` is another list of the same section, such as its feed.
pub(super) fn confidence(reading: &Reading, peer: Option<&Reading>, now: DateTime<Utc>) -> Confidence {
    if let Some(why) = nothing(reading) {
        return Confidence { level: Level::None, reasons: vec![why.to_owned()] };
    }
    let mut confidence = match reading.kind {
        Kind::Feed => of_feed(reading, now),
        _ => of_list(reading, peer),
    };
    let articles = reading.articles_forbidden.as_ref();
    confidence.reasons.extend(articles.map(|line| format!("robots.txt forbids its articles' pages ({line})")));
    confidence
}

/// Why there is nothing to poll.
fn nothing(reading: &Reading) -> Option<&'static str> {
    match (reading.kind, reading.finding) {
        (Kind::Article, _) => Some("the page is one article, not a list"),
        (_, ListFinding::Login) => Some("a login page"),
        (_, ListFinding::Captcha) => Some("a captcha or a bot wall"),
        (_, ListFinding::ErrorPage) => Some("an error page, though its status says that all is well"),
        (_, ListFinding::FrameOnly) => Some("the site's frame and nothing of its own: scripts may draw the list"),
        (_, ListFinding::Missing) => Some("no list of articles was found"),
        (_, ListFinding::Empty) => Some("the list is there and empty"),
        _ if reading.items == 0 && reading.off_site > 0 => Some("all its entries lead off the paper's site"),
        _ if reading.items == 0 => Some("none of its entries could be used"),
        _ => None,
    }
}

fn of_feed(feed: &Reading, now: DateTime<Utc>) -> Confidence {
    let mut reasons = facts(feed);
    let mut level = if is_most(feed.dated, feed.items) { Level::High } else { Level::Medium };
    if !feed.well_formed {
        reasons.extend(feed.flaws.iter().cloned());
        level = level.min(Level::Medium);
    }
    if let Some(newest) = feed.newest.filter(|newest| now - *newest > STALE) {
        reasons.insert(0, format!("nothing newer than {}: it may not be kept up", newest.format("%Y-%m-%d")));
        level = Level::Low;
    }
    Confidence { level, reasons }
}

fn of_list(list: &Reading, peer: Option<&Reading>) -> Confidence {
    let mut reasons = Vec::new();
    let points = length(list, &mut reasons) + shape(list, &mut reasons) + agreement(list, peer, &mut reasons);
    let points = points + stories(list, &mut reasons);
    reasons.extend(facts(list));
    if list.off_site > 0 {
        reasons.push(format!("{} lead off the site and are left out", list.off_site));
    }
    let level = match points {
        HIGH.. => Level::High,
        MEDIUM.. => Level::Medium,
        _ => Level::Low,
    };
    Confidence { level, reasons }
}

fn length(list: &Reading, reasons: &mut Vec<String>) -> u32 {
    match list.items {
        MANY.. => 2,
        FEW.. => 1,
        few => {
            reasons.push(format!("only {few}: it may be a box of the page's frame"));
            0
        }
    }
}

/// Articles of one paper have addresses of one shape.
fn shape(list: &Reading, reasons: &mut Vec<String>) -> u32 {
    const LEAST: usize = 3;
    let agree = list.items >= LEAST && list.same_shape * 10 >= list.items * 7;
    if list.items >= LEAST {
        let only = if agree { "" } else { "only " };
        reasons.push(format!("{only}{} addresses of one shape", list.same_shape));
    }
    if agree { 2 } else { 0 }
}

/// What other witnesses say: the page's own data, and the section's feed.
fn agreement(list: &Reading, peer: Option<&Reading>, reasons: &mut Vec<String>) -> u32 {
    let mut points = 0;
    if is_half(list.stated, list.items) {
        points += 2;
        reasons.push(format!("{} stated as data too", list.stated));
    }
    if let Some(peer) = peer {
        let (shared, of) = peer.shared(list, COMPARED);
        points += if is_half(shared, of) { 2 } else { 0 };
        reasons.push(format!("its feed has {shared} of the first {of}"));
    }
    points
}

/// Stories have headlines, and show more than these.
fn stories(list: &Reading, reasons: &mut Vec<String>) -> u32 {
    let shows = [list.dated, list.summarized, list.pictured].into_iter().any(|count| is_half(count, list.items));
    let chars: usize = list.list.iter().map(|item| item.title.chars().count()).sum();
    let has_headlines = chars >= list.items * HEADLINE_CHARS;
    if !has_headlines {
        reasons.push("short titles".to_owned());
    }
    u32::from(shows) + u32::from(has_headlines)
}

/// What the items have.
fn facts(reading: &Reading) -> Vec<String> {
    let items = reading.items;
    let counts = [("dated", reading.dated), ("with summary", reading.summarized), ("with picture", reading.pictured)];
    counts
        .into_iter()
        .map(|(what, count)| match count {
            0 => format!("none {what}"),
            _ if count == items => format!("all {what}"),
            _ => format!("{count} {what}"),
        })
        .collect()
}

pub(super) fn is_most(count: usize, of: usize) -> bool {
    of > 0 && count * 10 >= of * 9
}

pub(super) fn is_half(count: usize, of: usize) -> bool {
    of > 0 && count * 2 >= of
}
