//! Which entries of a sitemap are read: a file may list fifty thousand, and a poll is about the newest.
//!
//! Comes in: entries with the date that they are known by. Goes out: the chosen ones in document order, and in words what
//! was left out. A sitemap is often oldest first: only dates say what is new.

use crate::model::Entry;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

/// Articles of the last days are read…
const WINDOW: TimeDelta = TimeDelta::days(3);
/// …at most so many that state their title…
const MOST_TITLED: usize = 200;
/// …and so many without: each costs a request before it can be published.
const MOST_UNTITLED: usize = 100;
/// Of a paper that publishes rarely, so many though they are older.
const LEAST: usize = 20;
/// A list without dates may be either way round: so many of each end.
const OF_EACH_END: usize = 25;
/// Sitemaps of an index.
const MOST_SITEMAPS: usize = 1_000;

/// An entry and the date that it is chosen by.
#[derive(Debug)]
pub(super) struct Dated {
    pub(super) entry: Entry,
    /// In UTC.
    pub(super) at: Option<NaiveDateTime>,
}

/// The chosen entries in document order.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) chosen: Vec<Entry>,
    /// What was left out, in words.
    pub(super) left_out: Vec<String>,
}

/// The newest pages of a sitemap; `is_article` says which addresses may be articles.
pub(super) fn of_pages(mut all: Vec<Dated>, now: DateTime<Utc>, is_article: fn(&Entry) -> bool) -> Choice {
    let (stated, mut left_out) = (all.len(), Vec::new());
    if all.iter().any(|dated| is_article(&dated.entry)) {
        all.retain(|dated| is_article(&dated.entry));
    }
    if all.len() < stated {
        left_out.push(format!("{} of {stated} addresses are no articles by their look: left out", stated - all.len()));
    }
    let since = now.naive_utc() - WINDOW;
    let is_titled = |dated: &Dated| dated.entry.title.is_some();
    let mut keep = vec![false; all.len()];
    for place in newest(&all, is_titled, since, MOST_TITLED) {
        keep[place] = true;
    }
    for place in newest(&all, |dated| !is_titled(dated), since, MOST_UNTITLED) {
        keep[place] = true;
    }
    let count = all.len();
    let chosen = kept(all, &keep);
    if chosen.len() < count {
        left_out.push(format!(
            "{} of {count} articles are left out: read are those of the last {} days, at most {MOST_TITLED} with a title \
             and {MOST_UNTITLED} without, at least {LEAST}; of undated ones {OF_EACH_END} of each end",
            count - chosen.len(),
            WINDOW.num_days()
        ));
    }
    Choice { chosen, left_out }
}

/// The sitemaps of an index, the newest where there are very many.
pub(super) fn of_index(all: Vec<Dated>) -> Choice {
    let count = all.len();
    let mut keep = vec![false; count];
    let mut places: Vec<usize> = (0..count).collect();
    // of undated ones the last: archives are numbered upwards
    places.sort_by_key(|place| (all[*place].at, *place));
    for place in places.into_iter().rev().take(MOST_SITEMAPS) {
        keep[place] = true;
    }
    let chosen = kept(all, &keep);
    let left_out = (chosen.len() < count)
        .then(|| format!("{} of {count} sitemaps are left out: the newest are listed", count - chosen.len()));
    Choice { chosen, left_out: left_out.into_iter().collect() }
}

/// The places of the newest of some entries: those since a moment, but not fewer than the least nor more than the most.
fn newest(all: &[Dated], which: impl Fn(&Dated) -> bool, since: NaiveDateTime, most: usize) -> Vec<usize> {
    let (mut dated, undated): (Vec<usize>, Vec<usize>) =
        (0..all.len()).filter(|place| which(&all[*place])).partition(|place| all[*place].at.is_some());
    dated.sort_by_key(|place| std::cmp::Reverse(all[*place].at));
    let recent = dated.iter().take_while(|place| all[**place].at >= Some(since)).count();
    dated.truncate(recent.clamp(LEAST, most));
    let last = undated.len().saturating_sub(OF_EACH_END).max(OF_EACH_END.min(undated.len()));
    let ends = undated.iter().take(OF_EACH_END).chain(&undated[last..]).copied();
    let room = most - dated.len();
    dated.extend(ends.take(room));
    dated
}

fn kept(all: Vec<Dated>, keep: &[bool]) -> Vec<Entry> {
    all.into_iter().zip(keep).filter(|(_, keep)| **keep).map(|(dated, _)| dated.entry).collect()
}
