//! A sitemap index as a source: which of its sitemaps are remembered, and which one is asked for next. Pure.
//!
//! Comes in: what an index lists, and what is remembered. Goes out: what is remembered from now on. An index may list ten
//! years of archives: only what was edited lately is followed, a few sitemaps a poll, each in its turn.

use crate::model::{Entry, ListedSitemap};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;
use url::Url;

/// Sitemaps that one poll asks for.
pub(super) const MOST_A_POLL: usize = 3;
/// Sitemaps with a stated edit that are remembered…
const MOST_EDITED: usize = 24;
/// …of those edited within so long of the newest.
const WINDOW: TimeDelta = TimeDelta::days(3);
/// Others that were read once, and may be edited again.
const MOST_AT_REST: usize = 48;
/// Sitemaps without a stated edit: each is asked for, conditionally, again and again.
const MOST_UNDATED: usize = 3;

/// A sitemap as an index lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) url: Url,
    pub(super) edited: Option<DateTime<Utc>>,
}

impl Listed {
    /// What an entry of an index says; an edit without an offset is taken as UTC, since it is compared with itself alone.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        let edited = entry.updated.and_then(|stated| {
            let east = stated.offset.map_or(0, |offset| offset.local_minus_utc());
            Some(stated.local.checked_sub_signed(TimeDelta::seconds(east.into()))?.and_utc())
        });
        Some(Self { url: entry.link.clone()?, edited })
    }
}

/// What is remembered after an index was read: its newest sitemaps, with what was known of them. `listed_by`: the index,
/// where it is itself listed. Sitemaps of other indexes stay as long as their index does.
pub(super) fn remembered(
    before: Vec<ListedSitemap>,
    mut listed: Vec<Listed>,
    listed_by: Option<&Url>,
) -> Vec<ListedSitemap> {
    rank(&mut listed);
    let newest = listed.iter().filter_map(|sitemap| sitemap.edited).max();
    let lately = newest.and_then(|at| at.checked_sub_signed(WINDOW));
    let (known, mut others): (Vec<_>, Vec<_>) =
        before.into_iter().partition(|sitemap| sitemap.listed_by.as_ref() == listed_by);
    let (edited, undated): (Vec<_>, Vec<_>) = listed.into_iter().partition(|sitemap| sitemap.edited.is_some());
    let (mut chosen, mut rest): (Vec<_>, Vec<_>) = edited.into_iter().partition(|sitemap| sitemap.edited >= lately);
    rest.splice(0..0, chosen.split_off(chosen.len().min(MOST_EDITED)));
    // their validators stay, for when they are edited again
    rest.retain(|sitemap| known.iter().any(|known| known.url == sitemap.url && known.asked_at.is_some()));
    chosen.extend(rest.into_iter().take(MOST_AT_REST));
    chosen.extend(undated.into_iter().take(MOST_UNDATED));
    let mut seen = HashSet::new();
    let mut now: Vec<ListedSitemap> = Vec::with_capacity(chosen.len());
    for Listed { url, edited } in chosen {
        if !seen.insert(url.clone()) || others.iter().any(|other| other.url == url) {
            continue;
        }
        let mut sitemap = known.iter().find(|sitemap| sitemap.url == url).cloned();
        if let Some(sitemap) = &mut sitemap {
            sitemap.edited = edited;
        }
        let new = || ListedSitemap { listed_by: listed_by.cloned(), ..ListedSitemap::new(url, edited) };
        now.push(sitemap.unwrap_or_else(new));
    }
    if listed_by.is_none() {
        others.retain(|other| now.iter().any(|sitemap| Some(&sitemap.url) == other.listed_by.as_ref()));
    }
    now.append(&mut others);
    now
}

/// The place of the sitemap that is asked for next: of those that are due the one that waits longest, of equals the newest.
pub(super) fn next(remembered: &[ListedSitemap], asked: &HashSet<Url>, now: DateTime<Utc>) -> Option<usize> {
    let due = |sitemap: &ListedSitemap| sitemap.is_due(now) && !asked.contains(&sitemap.url);
    let places = (0..remembered.len()).filter(|place| due(&remembered[*place]));
    places.min_by_key(|place| (remembered[*place].asked_at, *place))
}

/// The newest first: by the stated edit, else by the numbers in the name (a date, a count), else the first of the index.
fn rank(listed: &mut [Listed]) {
    listed.sort_by_cached_key(|sitemap| std::cmp::Reverse((sitemap.edited, numbers(&sitemap.url))));
}

/// The numbers in the last part of an address, in order: `/2026-02/sitemap-14.xml` gives 14.
fn numbers(url: &Url) -> Vec<u64> {
    const MOST: usize = 6;
    let name = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let of = |text: &str| text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect::<Vec<_>>();
    let mut found = of(name);
    if found.is_empty() {
        found = of(url.query().unwrap_or_default());
    }
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32) -> DateTime<Utc> {
        format!("2026-02-{day:02}T08:00:00Z").parse().expect("a moment")
    }

    fn url(name: &str) -> Url {
        Url::parse(&format!("https://bao.example/{name}")).expect("an address")
    }

    fn listed(name: &str, day: Option<u32>) -> Listed {
        Listed { url: url(name), edited: day.map(at) }
    }

    fn names(remembered: &[ListedSitemap]) -> Vec<&str> {
        remembered.iter().map(|sitemap| sitemap.url.path().trim_start_matches('/')).collect()
    }

    /// Follows what is due, `MOST_A_POLL` at once.
    fn poll(remembered: &mut [ListedSitemap], now: DateTime<Utc>) -> Vec<String> {
        let mut asked = HashSet::new();
        while asked.len() < MOST_A_POLL
            && let Some(place) = next(remembered, &asked, now)
        {
            let sitemap = &mut remembered[place];
            asked.insert(sitemap.url.clone());
            (sitemap.asked_at, sitemap.read) = (Some(now), sitemap.edited);
        }
        let mut names: Vec<String> = asked.iter().map(|url| url.path()[1..].to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn archives_are_never_followed() {
        let index: Vec<Listed> = (1..=14)
            .map(|day| listed(&format!("{day:02}.xml"), Some(day)))
            .chain([listed("old.xml", Some(1))])
            .collect();
        assert_eq!(names(&remembered(Vec::new(), index, None)), ["14.xml", "13.xml", "12.xml", "11.xml"]);
    }

    #[test]
    fn sitemaps_that_were_not_edited_are_left_alone_and_no_edited_one_is_forgotten() {
        let index = |days: [u32; 5]| {
            days.iter().zip(["a", "b", "c", "d", "e"]).map(|(day, name)| listed(name, Some(*day))).collect::<Vec<_>>()
        };
        let mut known = remembered(Vec::new(), index([14, 14, 14, 14, 14]), None);
        assert_eq!(poll(&mut known, at(14)), ["a", "b", "c"]);
        assert_eq!(poll(&mut known, at(14)), ["d", "e"]);
        assert!(poll(&mut known, at(14)).is_empty(), "all are read as they stand");
        let mut known = remembered(known, index([14, 15, 14, 14, 14]), None);
        assert_eq!(poll(&mut known, at(15)), ["b"]);
    }

    #[test]
    fn a_sitemap_at_rest_keeps_its_validators() {
        let mut known = remembered(Vec::new(), vec![listed("a", Some(1)), listed("b", Some(1))], None);
        poll(&mut known, at(1));
        known[0].validators.etag = Some(b"\"1\"".to_vec());
        let known = remembered(known, vec![listed("a", Some(1)), listed("c", Some(14)), listed("d", Some(2))], None);
        assert_eq!(names(&known), ["c", "a"]);
        let mut known = remembered(known, vec![listed("a", Some(14)), listed("c", Some(14))], None);
        assert_eq!(known[0].validators.etag.as_deref(), Some(&b"\"1\""[..]));
        assert_eq!(poll(&mut known, at(14)), ["a", "c"]);
    }

    #[test]
    fn without_an_edit_the_name_or_the_order_says_which_are_the_newest() {
        let index =
            ["2025-12.xml", "2026-01.xml", "2026-02.xml", "2025-11.xml"].map(|name| listed(name, None)).to_vec();
        let known = remembered(Vec::new(), index, None);
        assert_eq!(names(&known), ["2026-02.xml", "2026-01.xml", "2025-12.xml"]);
        let counted = (1..=57).map(|n| listed(&format!("post-sitemap{n}.xml"), None)).collect();
        assert_eq!(names(&remembered(Vec::new(), counted, None))[0], "post-sitemap57.xml");
        let plain = ["news.xml", "pages.xml"].map(|name| listed(name, None)).to_vec();
        let mut known = remembered(Vec::new(), plain, None);
        assert_eq!(names(&known), ["news.xml", "pages.xml"]);
        assert_eq!(poll(&mut known, at(14)).len(), 2);
        assert_eq!(poll(&mut known, at(14)).len(), 2, "nobody says whether they changed: they are asked each time");
    }

    #[test]
    fn what_failed_or_is_fresh_waits_its_time() {
        let mut sitemap = ListedSitemap::new(url("a"), Some(at(14)));
        assert!(sitemap.is_due(at(14)));
        sitemap.not_before = Some(at(15));
        assert!(!sitemap.is_due(at(14)) && sitemap.is_due(at(15)));
        (sitemap.asked_at, sitemap.read, sitemap.failures) = (Some(at(14)), Some(at(14)), 1);
        assert!(sitemap.is_due(at(16)), "one that failed is asked again though it was read before");
        sitemap.failures = 0;
        assert!(!sitemap.is_due(at(16)));
    }

    #[test]
    fn an_index_within_an_index_keeps_its_own_sitemaps() {
        let top = || vec![listed("inner.xml", Some(14)), listed("b.xml", Some(14))];
        let inner = url("inner.xml");
        let known = remembered(Vec::new(), top(), None);
        let known = remembered(known, vec![listed("c.xml", Some(14)), listed("b.xml", Some(14))], Some(&inner));
        assert_eq!(names(&known), ["c.xml", "inner.xml", "b.xml"]);
        let again = remembered(known.clone(), top(), None);
        assert_eq!(names(&again), ["inner.xml", "b.xml", "c.xml"]);
        assert_eq!(names(&remembered(known, vec![listed("b.xml", Some(14))], None)), ["b.xml"]);
    }
}
