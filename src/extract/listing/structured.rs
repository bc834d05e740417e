//! The list that a page states in JSON-LD or microdata, as a witness beside what it shows.

use super::address;
use crate::extract::date;
use crate::extract::dom::Page;
use crate::extract::structured_data::{self as data, ARTICLE_TYPES, JsonLd, Object};
use crate::model::{DateOrigin, Entry};
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use url::Url;

/// A list of fewer stories proves nothing by itself.
const LEAST_STORIES: usize = 3;
/// Most stories that are read.
const MOST_STORIES: usize = 5_000;

/// The stories that a page states, in order, each address once, and how many of them JSON-LD states: these come first.
pub(super) fn entries(page: &Page, base: &Url, now: DateTime<Utc>) -> (Vec<Entry>, usize) {
    let json = JsonLd::of(page);
    let microdata = data::microdata(page, base);
    let mut known = HashSet::new();
    let (mut found, mut of_json_ld) = (Vec::new(), 0);
    let of_json = json.objects().into_iter().flat_map(stories).map(|object| (object, 1));
    let of_microdata = microdata.iter().flat_map(stories).map(|object| (object, 0));
    for (object, is_json_ld) in of_json.chain(of_microdata).take(MOST_STORIES) {
        let Some(entry) = entry(object, base, now) else { continue };
        let Some(link) = &entry.link else { continue };
        if !address::is_front(link) && known.insert(address::key(link)) {
            found.push(entry);
            of_json_ld += is_json_ld;
        }
    }
    (found, of_json_ld)
}

/// Whether the stated stories can stand for the page's list.
pub(super) fn is_list(entries: &[Entry]) -> bool {
    let titled = entries.iter().filter(|entry| entry.title.as_ref().is_some_and(|t| t.chars().count() >= 15));
    entries.len() >= LEAST_STORIES && titled.count() * 2 > entries.len()
}

/// The articles that an object is or lists.
fn stories(object: &Object) -> Vec<&Object> {
    if data::is_a(object, ARTICLE_TYPES) {
        return vec![object];
    }
    if !data::is_a(object, &["ItemList"]) {
        return Vec::new();
    }
    let elements = data::objects(object, "itemListElement");
    elements.map(|element| data::objects(element, "item").next().unwrap_or(element)).collect()
}

fn entry(object: &Object, base: &Url, now: DateTime<Utc>) -> Option<Entry> {
    let link = ["url", "mainEntityOfPage", "@id", "item"].iter().find_map(|name| data::url(object, name, base))?;
    let dated = |name| data::text(object, name).and_then(|stated| date::parse(&stated, DateOrigin::Metadata, now));
    let title = data::text(object, "headline").or_else(|| data::text(object, "name"));
    Some(Entry {
        link: Some(link),
        title,
        summary: data::text(object, "description"),
        categories: data::texts(object, "articleSection").into_iter().take(8).collect(),
        authors: data::texts(object, "author").into_iter().take(8).collect(),
        published: dated("datePublished"),
        updated: dated("dateModified"),
        image: ["image", "thumbnailUrl", "thumbnail"].iter().find_map(|name| data::url(object, name, base)),
        ..Entry::default()
    })
}

/// Takes over what another witness knows and an entry lacks.
pub(super) fn complete(entry: &mut Entry, other: &Entry) {
    let title_is_cut = entry.title.as_ref().zip(other.title.as_ref()).is_some_and(|(cut, whole)| {
        let cut = cut.trim_end_matches(['.', '…', ' ']);
        whole.len() > cut.len() && cut.len() >= 10 && whole.starts_with(cut)
    });
    if entry.title.is_none() || title_is_cut {
        entry.title.clone_from(&other.title);
    }
    entry.summary = entry.summary.take().or_else(|| other.summary.clone());
    entry.published = entry.published.or(other.published);
    entry.updated = entry.updated.or(other.updated);
    entry.image = entry.image.take().or_else(|| other.image.clone());
    if entry.categories.is_empty() {
        entry.categories.clone_from(&other.categories);
    }
    if entry.authors.is_empty() {
        entry.authors.clone_from(&other.authors);
    }
}
