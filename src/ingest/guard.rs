//! This poll against the source's own history: accept, or hold with the reason. Pure.
//!
//! A redesign, a hijacked page or a burst of new ids shows as a page on which nearly nothing is known, or as one whose new
//! entries are unlike the old ones: in address, in the length of titles, in their dates. What such a poll brings is held until
//! the next poll shows the same; then what fits the source's history in host and shape goes on. What is unlike must be at least
//! three entries and more than half of what is judged: one odd article is no event.

use crate::model::{Draft, HoldReason, Precision, Profile};
use crate::store::Recognition;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use url::Url;

/// Fewer items than this were never enough to tell what is usual.
const LEAST_USUAL: f32 = 3.0;
/// On a page of so many entries, this share of new ones is suspicious though some are known.
const LARGE_PAGE: usize = 10;
const NEARLY_ALL: f64 = 0.9;
/// Fewer entries of a kind are no event.
const LEAST_STRANGE: usize = 3;
/// Titles of a third or thrice the usual length: a menu's labels, teasers in place of headlines.
const FAR_TITLE: f32 = 3.0;
/// Dates so much older than the usual ones, in days, and so many times: an archive in place of the news.
const FAR_BACK: f32 = 365.0;
const FAR_BACK_TIMES: f32 = 10.0;
/// So many entries of one moment are a machine's date, unless the source often has half as many.
const LEAST_OF_ONE_MOMENT: usize = 5;
const MOST_HOSTS: usize = 8;
const MOST_SHAPES: usize = 24;
/// How fast the usual count follows.
const FOLLOW: f32 = 0.2;

/// One entry of the poll, as far as the guard cares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting<'a> {
    /// What it says.
    pub(super) draft: &'a Draft,
    /// What the store knows of it.
    pub(super) recognition: &'a Recognition,
}

/// How much of its source a document shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// What changed (a delta, one sitemap of several): that much of it is new, or that it is short, says nothing.
    Changes,
}

/// Whether the new items of a poll are held, and why.
pub(super) fn verdict(
    profile: &Profile,
    sightings: &[Sighting<'_>],
    extent: Extent,
    now: DateTime<Utc>,
) -> Option<HoldReason> {
    if profile.accepted == 0 {
        return None; // a source's first poll fills the history
    }
    let known = count(sightings, |r| matches!(r, Recognition::Known { held: false, .. } | Recognition::Erased));
    let renumbered = count(sightings, |r| matches!(r, Recognition::OldTitle));
    let new: Vec<&Draft> = sightings.iter().filter(|s| is_new(s.recognition)).map(|s| s.draft).collect();
    let judged = known + new.len(); // what is held already neither helps nor harms
    if new.is_empty() {
        return None;
    }
    let is_event = |strange: usize| strange >= LEAST_STRANGE && strange * 2 > judged;
    let strange = |is_strange: &dyn Fn(&Draft) -> bool| is_event(new.iter().filter(|draft| is_strange(draft)).count());
    if is_event(renumbered) {
        return Some(HoldReason::OldTitlesNewAddresses);
    }
    if strange(&|draft| !fits(profile, draft.permalink.url())) {
        return Some(HoldReason::Unlike);
    }
    if strange(&|draft| has_far_title(profile, draft)) {
        return Some(HoldReason::TitlesUnlike);
    }
    if extent == Extent::Changes {
        return None;
    }
    let of_one_moment = most_of_one_moment(new.iter().copied());
    let is_machines = of_one_moment >= LEAST_OF_ONE_MOMENT
        && of_one_moment * 2 > judged
        && of_one_moment > 2 * profile.most_of_one_moment as usize;
    if is_machines || strange(&|draft| is_far_back(profile, draft, now)) {
        return Some(HoldReason::DatesUnlike);
    }
    let nothing_known = known == 0 && profile.usual_count >= LEAST_USUAL;
    #[allow(clippy::cast_precision_loss, reason = "a page has thousands of entries at the most")]
    let nearly_all_new = judged >= LARGE_PAGE && new.len() as f64 / judged as f64 >= NEARLY_ALL;
    (nothing_known || nearly_all_new).then_some(HoldReason::NearlyAllNew)
}

/// Whether an address is like those that the source had: its host and the shape of its path.
pub(super) fn fits(profile: &Profile, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    profile.hosts.iter().any(|known| known == host) && profile.shapes.contains(&shape(url))
}

/// The profile after a poll whose new items were accepted.
pub(super) fn learned<'a>(
    mut profile: Profile,
    entries: usize,
    drafts: impl Iterator<Item = &'a Draft> + Clone,
    extent: Extent,
    now: DateTime<Utc>,
) -> Profile {
    let is_first = profile.accepted == 0;
    if extent == Extent::Whole {
        #[allow(clippy::cast_precision_loss, reason = "a page has thousands of entries at the most")]
        let entries = entries as f32;
        profile.usual_count = if is_first { entries } else { followed(profile.usual_count, entries) };
        let ages = drafts.clone().filter_map(|draft| age(draft, now)).collect();
        profile.usual_age = median(ages).map_or(profile.usual_age, |age| followed(profile.usual_age, age));
        let of_one_moment = u32::try_from(most_of_one_moment(drafts.clone())).unwrap_or(u32::MAX);
        profile.most_of_one_moment = profile.most_of_one_moment.max(of_one_moment);
    }
    let titles = drafts.clone().filter_map(title_length).collect();
    profile.usual_title = median(titles).map_or(profile.usual_title, |title| followed(profile.usual_title, title));
    allowed(profile, drafts.map(|draft| draft.permalink.url()))
}

/// The profile once such addresses are the source's, because a poll was accepted or an operator says so.
pub(super) fn allowed<'a>(mut profile: Profile, urls: impl Iterator<Item = &'a Url>) -> Profile {
    profile.accepted = profile.accepted.saturating_add(1);
    for url in urls {
        remember(&mut profile.hosts, url.host_str().unwrap_or_default().to_owned(), MOST_HOSTS);
        remember(&mut profile.shapes, shape(url), MOST_SHAPES);
    }
    profile
}

/// A moving average; the first value is taken as it is.
fn followed(usual: f32, now: f32) -> f32 {
    if usual == 0.0 { now } else { usual + FOLLOW * (now - usual) }
}

fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

/// In characters; an entry whose title its article has to give says nothing.
fn title_length(draft: &Draft) -> Option<f32> {
    let length = u16::try_from(draft.title.chars().count()).unwrap_or(u16::MAX);
    (length > 0).then_some(f32::from(length))
}

fn has_far_title(profile: &Profile, draft: &Draft) -> bool {
    let usual = profile.usual_title;
    title_length(draft).is_some_and(|title| usual > 0.0 && (title * FAR_TITLE < usual || title > usual * FAR_TITLE))
}

/// In days, an hour at least.
fn age(draft: &Draft, now: DateTime<Utc>) -> Option<f32> {
    #[allow(clippy::cast_precision_loss, reason = "hours are exact enough")]
    draft.published.map(|date| (now - date.at).num_hours().max(1) as f32 / 24.0)
}

fn is_far_back(profile: &Profile, draft: &Draft, now: DateTime<Utc>) -> bool {
    let usual = profile.usual_age;
    age(draft, now).is_some_and(|age| usual > 0.0 && age > FAR_BACK.max(usual * FAR_BACK_TIMES))
}

/// How many state the moment that most of them state; a day alone is no moment.
fn most_of_one_moment<'a>(drafts: impl Iterator<Item = &'a Draft>) -> usize {
    let mut counts: HashMap<DateTime<Utc>, usize> = HashMap::new();
    for date in drafts.filter_map(|draft| draft.published).filter(|date| date.precision > Precision::Day) {
        *counts.entry(date.at).or_default() += 1;
    }
    counts.into_values().max().unwrap_or(0)
}

/// The shape of an address's path: `/xa-hoi/ten-bai-51YnYvXDR.html` is `/w/slug.html`.
fn shape(url: &Url) -> String {
    const LONGEST: usize = 12;
    let mut out = String::new();
    for segment in url.path().split('/').filter(|s| !s.is_empty()).take(LONGEST) {
        let (stem, ending) = match segment.rsplit_once('.') {
            Some((stem, ending)) if (1..=5).contains(&ending.len()) => (stem, Some(ending)),
            _ => (segment, None),
        };
        let hyphens = stem.bytes().filter(|b| matches!(b, b'-' | b'_')).count();
        let kind = if !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_digit()) {
            "n"
        } else if hyphens >= 3 {
            "slug"
        } else {
            "w"
        };
        out.push('/');
        out.push_str(kind);
        if let Some(ending) = ending {
            out.push('.');
            out.push_str(ending);
        }
    }
    if url.query().is_some() {
        out.push('?');
    }
    out
}

fn remember(known: &mut Vec<String>, new: String, most: usize) {
    if known.len() < most && !known.contains(&new) {
        known.push(new);
    }
}

fn is_new(recognition: &Recognition) -> bool {
    matches!(recognition, Recognition::New | Recognition::OldTitle)
}

fn count(sightings: &[Sighting<'_>], which: impl Fn(&Recognition) -> bool) -> usize {
    sightings.iter().filter(|s| which(s.recognition)).count()
}

#[cfg(test)]
mod tests;
