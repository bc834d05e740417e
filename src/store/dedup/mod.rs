//! Seen before? Pure: stored candidates and a draft → New, Merge or Same; shared by every store.
//!
//! An address or the site's own id recognizes an article whatever else changed. The origin's own id does, unless title, id
//! and date all speak against it, or the same document shows its item beside it. Title and day recognize an article only
//! where nothing tells the two apart. Likeness of texts recognizes one that was renamed within a day ([`near`]); two articles
//! on one event stay two.

mod alike;
mod edit;
mod near;
mod twins;

pub(super) use alike::{folded_title, titles_alike};
pub(super) use edit::{Said, fill_from_article, merge};
#[cfg(test)]
pub(super) use near::says_the_same;
pub(super) use near::{RECENT, is_near, renamed};
pub(super) use twins::{Unique, uniques};

use self::alike::{same_text, word_count};
use super::statement::Statement;
use crate::model::{DateOrigin, Draft, ItemId, ItemKey, PubDate, SourceId, Standing};
use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// Stored items that prove to be one are joined only while the younger one is so young.
const REPAIR_WINDOW: Duration = Duration::days(14);
/// Dates of one article's statements are not further apart.
const SAME_DATE: Duration = Duration::days(1);
const LONGEST_KEY: usize = 400;

/// A stored item that shares a key with a draft.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) item: ItemId,
    pub(super) standing: Standing,
    /// All its keys, as [`key_text`] writes them.
    pub(super) keys: Vec<String>,
    pub(super) title: String,
    pub(super) summary: Option<String>,
    pub(super) fingerprint: u64,
    pub(super) published: PubDate,
    pub(super) first_seen: DateTime<Utc>,
    pub(super) sightings: Vec<Shown>,
    /// What the draft's source last said of it.
    pub(super) statement: Option<Statement>,
}

/// Who showed an item, from when, until when.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) by: SourceId,
    pub(super) from: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
}

/// What a draft is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Never seen.
    New,
    /// Known, and its source says what it said last time.
    Same(ItemId),
    /// Known, with other facts than last time or from a source that did not show it before.
    Merge {
        item: ItemId,
        /// Other stored items that are the same article.
        twins: Vec<ItemId>,
    },
}

/// What tells that a draft is a stored item, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Evidence {
    TitleDay,
    OriginId,
    SiteId,
    Address,
}

impl Evidence {
    fn is_certain(self) -> bool {
        matches!(self, Self::Address | Self::SiteId)
    }
}

/// A key as text: its kind, a colon, the key. Long ones end in a hash.
pub(super) fn key_text(key: &ItemKey) -> String {
    let text = match key {
        ItemKey::OriginId(source, id) => format!("o:{source}:{id}"),
        ItemKey::SiteId(id) => format!("s:{id}"),
        ItemKey::Permalink(folded) => format!("p:{folded}"),
        ItemKey::TitleDay(title) => format!("t:{title}"),
    };
    if text.len() <= LONGEST_KEY {
        return text;
    }
    let head = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST_KEY / 2).last().unwrap_or(0);
    let hash = Sha256::digest(text.as_bytes());
    format!("{}#{}", &text[..head], hash.iter().take(16).map(|b| format!("{b:02x}")).collect::<String>())
}

/// Judges a draft. `claimed` are the items that the same document shows elsewhere beyond doubt.
pub(super) fn judge(
    draft: &Unique<'_>,
    statement: &Statement,
    candidates: &[Candidate],
    claimed: &HashSet<ItemId>,
    now: DateTime<Utc>,
) -> Verdict {
    let mut found: Vec<(Evidence, &Candidate)> = candidates
        .iter()
        .filter_map(|known| Some((evidence(draft, known)?, known)))
        .filter(|(evidence, known)| accepts(*evidence, draft, known, claimed))
        .collect();
    // the strongest evidence; of equals the one that readers know, then the older one
    found.sort_by_key(|(evidence, known)| {
        (std::cmp::Reverse(*evidence), known.standing != Standing::Ready, known.first_seen, known.item)
    });
    let Some(((_, first), others)) = found.split_first() else { return Verdict::New };
    let twins: Vec<ItemId> = others
        .iter()
        .filter(|(evidence, other)| are_one(*evidence, first, other, now))
        .map(|(_, other)| other.item)
        .collect();
    if twins.is_empty() && first.statement.as_ref() == Some(statement) {
        return Verdict::Same(first.item);
    }
    Verdict::Merge { item: first.item, twins }
}

/// The items that a draft is beyond doubt: its address or the site's id is theirs.
pub(super) fn certain(draft: &Unique<'_>, candidates: &[Candidate]) -> Vec<ItemId> {
    let is_certain = |known: &&Candidate| {
        evidence(draft, known).is_some_and(|found| found.is_certain() && accepts(found, draft, known, &HashSet::new()))
    };
    candidates.iter().filter(is_certain).map(|known| known.item).collect()
}

/// The stored items that are the same article as `item`, whose page says `draft` of itself.
pub(super) fn twins_of(
    item: &Candidate,
    draft: &Unique<'_>,
    candidates: &[Candidate],
    now: DateTime<Utc>,
) -> Vec<ItemId> {
    let itself = HashSet::from([item.item]);
    let is_twin = |known: &&Candidate| {
        evidence(draft, known)
            .is_some_and(|evidence| accepts(evidence, draft, known, &itself) && are_one(evidence, item, known, now))
    };
    candidates.iter().filter(|known| known.item != item.item).filter(is_twin).map(|known| known.item).collect()
}

fn evidence(draft: &Unique<'_>, known: &Candidate) -> Option<Evidence> {
    let shared = draft.keys.iter().filter(|key| known.keys.contains(key));
    shared
        .filter_map(|key| match key.as_bytes().first() {
            Some(b'p') => Some(Evidence::Address),
            Some(b's') => Some(Evidence::SiteId),
            Some(b'o') => Some(Evidence::OriginId),
            Some(b't') => Some(Evidence::TitleDay),
            _ => None,
        })
        .max()
}

fn accepts(evidence: Evidence, draft: &Unique<'_>, known: &Candidate, claimed: &HashSet<ItemId>) -> bool {
    let other_id = || tells_apart(&draft.keys, &known.keys, &format!("o:{}:", draft.draft.source));
    let other_site_id = || tells_apart(&draft.keys, &known.keys, "s:");
    let alike = || titles_alike(&draft.draft.title, &known.title);
    let other_date = || dates_differ(&draft.draft, known);
    match evidence {
        Evidence::Address | Evidence::SiteId => alike() || !(other_id() && other_date()),
        Evidence::OriginId => !claimed.contains(&known.item) && (alike() || !(other_site_id() || other_date())),
        Evidence::TitleDay => {
            !claimed.contains(&known.item)
                && !other_id()
                && !other_site_id()
                && same_text(&draft.draft, known, word_count(&known.title))
        }
    }
}

/// Whether two stored items are one article. What one source showed side by side is two articles, unless its address or id
/// says otherwise.
fn are_one(evidence: Evidence, first: &Candidate, other: &Candidate, now: DateTime<Utc>) -> bool {
    let is_young = first.first_seen.max(other.first_seen) >= now - REPAIR_WINDOW;
    let told_apart = tells_apart(&first.keys, &other.keys, "s:");
    let is_held = [first, other].iter().any(|known| matches!(known.standing, Standing::Held { .. }));
    is_young
        && !is_held
        && !told_apart
        && titles_alike(&first.title, &other.title)
        && (evidence.is_certain() || !stood_together(first, other))
}

fn stood_together(a: &Candidate, b: &Candidate) -> bool {
    let overlap = |a: &Shown, b: &Shown| a.by == b.by && a.from <= b.until && b.from <= a.until;
    a.sightings.iter().any(|shown| b.sightings.iter().any(|other| overlap(shown, other)))
}

/// Both have keys of a kind, and none in common.
fn tells_apart(a: &[String], b: &[String], kind: &str) -> bool {
    let of_kind = |keys: &[String]| keys.iter().any(|key| key.starts_with(kind));
    of_kind(a) && of_kind(b) && !a.iter().any(|key| key.starts_with(kind) && b.contains(key))
}

fn dates_differ(draft: &Draft, known: &Candidate) -> bool {
    match draft.published {
        Some(date) if known.published.origin != DateOrigin::FirstSeen => {
            (date.at - known.published.at).abs() > SAME_DATE
        }
        _ => false,
    }
}

#[cfg(test)]
pub(super) mod tests;
