//! Entries of one document that are the same article, and keys of it that recognize nothing since entries share them.

use super::{key_text, tells_apart, titles_alike};
use crate::model::Draft;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// One article of a document.
#[derive(Debug, Clone)]
pub(in crate::store) struct Unique<'a> {
    pub(in crate::store) draft: Cow<'a, Draft>,
    /// The keys that recognize it, strongest first.
    pub(in crate::store) keys: Vec<String>,
}

impl<'a> Unique<'a> {
    /// A draft by itself.
    pub(in crate::store) fn of(draft: &'a Draft) -> Self {
        Self { draft: Cow::Borrowed(draft), keys: draft.keys.iter().map(key_text).collect() }
    }

    /// What its guid is minted from, and what it is looked up by first: its address, which outlives titles and ids.
    pub(in crate::store) fn address(&self) -> &str {
        let address = self.keys.iter().find(|key| key.starts_with("p:")).or(self.keys.first());
        address.map_or_else(|| self.draft.permalink.as_str(), String::as_str)
    }
}

/// Each article of a document once, in document order.
pub(in crate::store) fn uniques(drafts: &[Draft]) -> Vec<Unique<'_>> {
    let mut found: Vec<Unique<'_>> = Vec::with_capacity(drafts.len());
    let mut by_key: HashMap<String, usize> = HashMap::with_capacity(drafts.len() * 4);
    let mut ambiguous: HashSet<String> = HashSet::new();
    for draft in drafts {
        let unique = Unique::of(draft);
        let shared = unique.keys.iter().filter(|key| !key.starts_with("t:"));
        let shared: Vec<(&String, usize)> = shared.filter_map(|key| Some((key, *by_key.get(key)?))).collect();
        let twin = shared.iter().find(|(_, other)| are_twins(&unique, &found[*other])).map(|(_, other)| *other);
        if twin.is_none() {
            ambiguous.extend(shared.into_iter().map(|(key, _)| key.clone()));
        }
        let place = twin.unwrap_or(found.len());
        for key in &unique.keys {
            by_key.entry(key.clone()).or_insert(place);
        }
        match twin {
            Some(place) => join(&mut found[place], unique),
            None => found.push(unique),
        }
    }
    if !ambiguous.is_empty() {
        for unique in &mut found {
            unique.keys.retain(|key| !ambiguous.contains(key));
        }
    }
    found
}

/// Entries that share an address, or an id and a title. An address that entries with other ids and titles share is no
/// article's (a feed whose items all lead to one page).
fn are_twins(a: &Unique<'_>, b: &Unique<'_>) -> bool {
    let shares_address = a.keys.iter().any(|key| key.starts_with("p:") && b.keys.contains(key));
    let alike = || titles_alike(&a.draft.title, &b.draft.title);
    let told_apart = || tells_apart(&a.keys, &b.keys, &format!("o:{}:", a.draft.source));
    if shares_address { !told_apart() || alike() } else { alike() }
}

/// The first one stays; the second adds what is missing.
fn join(first: &mut Unique<'_>, second: Unique<'_>) {
    let Unique { draft, keys } = second;
    for key in keys {
        if !first.keys.contains(&key) {
            first.keys.push(key);
        }
    }
    let into = first.draft.to_mut();
    let from = draft.into_owned();
    if into.title.is_empty() {
        into.title = from.title;
    }
    into.summary = into.summary.take().or(from.summary);
    into.content = into.content.take().or(from.content);
    into.image = into.image.take().or(from.image);
    into.published = into.published.or(from.published);
    into.updated = into.updated.or(from.updated);
    into.language = into.language.take().or(from.language);
    if into.authors.is_empty() {
        into.authors = from.authors;
    }
    if into.enclosures.is_empty() {
        into.enclosures = from.enclosures;
    }
    for category in from.categories {
        if into.categories.iter().all(|known| known.slug != category.slug) {
            into.categories.push(category);
        }
    }
}
