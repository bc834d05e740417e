//! This poll against the source's own history: accept, or hold with the reason. Pure.
//!
//! A redesign, a hijacked page or a burst of new ids shows as a page on which nearly nothing is known. What such a poll
//! brings is held until the next poll shows the same; then what fits the source's history in host and shape goes on.

use crate::model::{HoldReason, Profile};
use crate::store::Recognition;
use url::Url;

/// Fewer items than this were never enough to tell what is usual.
const LEAST_USUAL: f32 = 3.0;
/// On a page of so many entries, this share of new ones is suspicious though some are known.
const LARGE_PAGE: usize = 10;
const NEARLY_ALL: f64 = 0.9;
/// So many known titles under new addresses are a renumbering.
const LEAST_RENUMBERED: usize = 3;
const MOST_HOSTS: usize = 8;
const MOST_SHAPES: usize = 24;
/// How fast the usual count follows.
const FOLLOW: f32 = 0.2;

/// One entry of the poll, as far as the guard cares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting<'a> {
    /// Where it leads.
    pub(super) url: &'a Url,
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
pub(super) fn verdict(profile: &Profile, sightings: &[Sighting<'_>], extent: Extent) -> Option<HoldReason> {
    if profile.accepted == 0 {
        return None; // a source's first poll fills the history
    }
    let known = count(sightings, |r| matches!(r, Recognition::Known { held: false, .. } | Recognition::Erased));
    let renumbered = count(sightings, |r| matches!(r, Recognition::OldTitle));
    let new = renumbered + count(sightings, |r| matches!(r, Recognition::New));
    let judged = known + new; // what is held already neither helps nor harms
    if new == 0 {
        return None;
    }
    if renumbered >= LEAST_RENUMBERED && renumbered * 2 > judged {
        return Some(HoldReason::OldTitlesNewAddresses);
    }
    let unlike = sightings.iter().filter(|s| is_new(s.recognition) && !fits(profile, s.url)).count();
    if unlike >= LEAST_RENUMBERED && unlike * 2 > judged {
        return Some(HoldReason::Unlike);
    }
    if extent == Extent::Changes {
        return None;
    }
    let nothing_known = known == 0 && profile.usual_count >= LEAST_USUAL;
    #[allow(clippy::cast_precision_loss, reason = "a page has thousands of entries at the most")]
    let nearly_all_new = judged >= LARGE_PAGE && new as f64 / judged as f64 >= NEARLY_ALL;
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
    urls: impl Iterator<Item = &'a Url>,
    extent: Extent,
) -> Profile {
    #[allow(clippy::cast_precision_loss, reason = "a page has thousands of entries at the most")]
    let entries = entries as f32;
    profile.usual_count = match profile.accepted {
        _ if extent == Extent::Changes => profile.usual_count,
        0 => entries,
        _ => profile.usual_count + FOLLOW * (entries - profile.usual_count),
    };
    profile.accepted = profile.accepted.saturating_add(1);
    for url in urls {
        remember(&mut profile.hosts, url.host_str().unwrap_or_default().to_owned(), MOST_HOSTS);
        remember(&mut profile.shapes, shape(url), MOST_SHAPES);
    }
    profile
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
mod tests {
    use super::*;
    use crate::model::ItemId;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn article(number: usize) -> Url {
        url(&format!("https://bao.example/xa-hoi/mot-bai-viet-so-{number}-Ab3dEf9h{}.html", number % 10))
    }

    fn history() -> Profile {
        let urls: Vec<Url> = (0..12).map(article).collect();
        learned(Profile::default(), urls.len(), urls.iter(), Extent::Whole)
    }

    fn judge(profile: &Profile, entries: &[(Url, Recognition)]) -> Option<HoldReason> {
        let sightings: Vec<Sighting<'_>> =
            entries.iter().map(|(url, recognition)| Sighting { url, recognition }).collect();
        verdict(profile, &sightings, Extent::Whole)
    }

    fn page(known: usize, new: usize) -> Vec<(Url, Recognition)> {
        let seen = |n| (article(n), Recognition::Known { item: ItemId(1), held: false });
        (0..known).map(seen).chain((100..100 + new).map(|n| (article(n), Recognition::New))).collect()
    }

    #[test]
    fn first_poll_is_accepted() {
        assert_eq!(judge(&Profile::default(), &page(0, 30)), None);
    }

    #[test]
    fn ordinary_news_is_accepted() {
        assert_eq!(judge(&history(), &page(11, 1)), None);
        assert_eq!(judge(&history(), &page(2, 10)), None);
    }

    #[test]
    fn a_page_of_strangers_is_held() {
        assert_eq!(judge(&history(), &page(0, 12)), Some(HoldReason::NearlyAllNew));
        assert_eq!(judge(&history(), &page(1, 29)), Some(HoldReason::NearlyAllNew));
    }

    #[test]
    fn changes_alone_are_neither_strange_nor_a_lesson() {
        let of = |entries: &[(Url, Recognition)]| {
            let sightings: Vec<Sighting<'_>> =
                entries.iter().map(|(url, recognition)| Sighting { url, recognition }).collect();
            verdict(&history(), &sightings, Extent::Changes)
        };
        assert_eq!(of(&page(0, 29)), None);
        let menu: Vec<_> =
            (0..9).map(|n| (url(&format!("https://bao.example/muc{n}.html")), Recognition::New)).collect();
        assert_eq!(of(&menu), Some(HoldReason::Unlike), "strange addresses stay strange");
        let after = learned(history(), 1, [article(77)].iter(), Extent::Changes);
        assert_eq!((after.usual_count, after.accepted), (12.0, 2));
    }

    #[test]
    fn known_titles_under_new_addresses_are_held() {
        let mut entries = page(2, 0);
        entries.extend((0..10).map(|n| (article(200 + n), Recognition::OldTitle)));
        assert_eq!(judge(&history(), &entries), Some(HoldReason::OldTitlesNewAddresses));
    }

    #[test]
    fn a_menu_among_known_articles_is_held() {
        let mut entries = page(3, 0);
        entries.extend((0..9).map(|n| (url(&format!("https://bao.example/muc{n}.html")), Recognition::New)));
        assert_eq!(judge(&history(), &entries), Some(HoldReason::Unlike));
    }

    #[test]
    fn what_is_held_already_does_not_count() {
        let held: Vec<_> = (0..12).map(|n| (article(n), Recognition::Known { item: ItemId(1), held: true })).collect();
        assert_eq!(judge(&history(), &held), None);
    }

    #[test]
    fn fitting_is_host_and_shape() {
        let profile = history();
        assert!(fits(&profile, &article(77)));
        assert!(!fits(&profile, &url("https://bao.example/lien-he.html")));
        assert!(!fits(&profile, &url("https://khac.example/xa-hoi/mot-bai-viet-so-7-Ab3dEf9h7.html")));
    }
}
