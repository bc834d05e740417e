//! Two sets of published documents, feed by feed and item by item. Pure.
//!
//! Comes in: what is published now and what would be, of which the JSON Feeds are looked at: they hold every fact that
//! readers see. Goes out: the differences, and what must never differ.

use crate::model::Publication;
use chrono::DateTime;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A feed before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedOutlook {
    /// Its path without the ending: `bao-son-la/xa-hoi`.
    pub feed: String,
    /// What becomes of it.
    pub fate: FeedFate,
    /// Facts of the feed itself.
    pub facts: Vec<FactChange>,
    /// Items that it would show besides.
    pub added: Vec<ItemLine>,
    /// Items that it would show no more.
    pub removed: Vec<ItemLine>,
    /// Items that newer ones would push over its end.
    pub displaced: usize,
    /// Items that it would show otherwise.
    pub changed: Vec<ItemChange>,
}

/// What becomes of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedFate {
    /// Readers see no difference.
    Same,
    /// Something in it changes.
    Changed,
    /// It is not published now.
    Appears,
    /// It would be published no more.
    Disappears,
}

/// An item, by what people know it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemLine {
    /// Its guid.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it leads.
    pub url: String,
    /// When it was published.
    pub published: String,
}

/// An item that would be shown otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemChange {
    /// As it is shown now.
    #[serde(flatten)]
    pub item: ItemLine,
    /// In what.
    pub facts: Vec<FactChange>,
}

/// One fact before and after, by its name in JSON Feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactChange {
    /// `title`, `summary`, `tags`…
    pub fact: String,
    /// `null`: there was none.
    pub before: Value,
    /// `null`: there would be none.
    pub after: Value,
}

/// A feed's own facts and its items in their order.
#[derive(Default)]
struct Feed {
    facts: Map<String, Value>,
    items: Vec<Map<String, Value>>,
}

/// Compares all feeds; and names what must never differ.
pub(super) fn compare(before: &[Publication], after: &[Publication]) -> (Vec<FeedOutlook>, Vec<String>) {
    let (before, after) = (feeds(before), feeds(after));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let outlooks = paths.into_iter().map(|path| outlook(path, before.get(path), after.get(path))).collect();
    (outlooks, alarms(&before, &after))
}

/// What the addresses of published feeds begin with.
pub(super) fn base_of(publications: &[Publication]) -> Option<String> {
    let feed = publications.iter().find(|publication| publication.path.ends_with(".json"))?;
    let facts: Map<String, Value> = serde_json::from_slice(&feed.body).ok()?;
    text(&facts, "feed_url").strip_suffix(&feed.path).map(str::to_owned)
}

fn feeds(publications: &[Publication]) -> BTreeMap<String, Feed> {
    let json = publications.iter().filter_map(|publication| {
        let stem = publication.path.strip_suffix(".json")?;
        Some((stem.to_owned(), feed(serde_json::from_slice(&publication.body).ok()?)))
    });
    json.collect()
}

fn feed(mut facts: Map<String, Value>) -> Feed {
    let items = match facts.remove("items") {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    // repeats the feed's own address
    facts.remove("user_comment");
    let object = |item| if let Value::Object(item) = item { Some(item) } else { None };
    Feed { facts, items: items.into_iter().filter_map(object).collect() }
}

fn outlook(path: &str, before: Option<&Feed>, after: Option<&Feed>) -> FeedOutlook {
    let none = Feed::default();
    let fate = match (before, after) {
        (None, _) => FeedFate::Appears,
        (_, None) => FeedFate::Disappears,
        _ => FeedFate::Changed,
    };
    let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&none));
    let (old, new) = (by_id(before), by_id(after));
    let removed = before.items.iter().filter(|item| !new.contains_key(text(item, "id")));
    let (displaced, removed): (Vec<_>, Vec<_>) = removed.partition(|item| is_displaced(item, before, after));
    let change = |item: &Map<String, Value>| {
        let facts = changes(item, new.get(text(item, "id"))?);
        (!facts.is_empty()).then(|| ItemChange { item: line(item), facts })
    };
    let outlook = FeedOutlook {
        feed: path.to_owned(),
        fate,
        facts: if fate == FeedFate::Changed { changes(&before.facts, &after.facts) } else { Vec::new() },
        added: after.items.iter().filter(|item| !old.contains_key(text(item, "id"))).map(line).collect(),
        removed: removed.into_iter().map(line).collect(),
        displaced: displaced.len(),
        changed: before.items.iter().filter_map(change).collect(),
    };
    let is_same = outlook.facts.is_empty()
        && outlook.added.is_empty()
        && outlook.removed.is_empty()
        && outlook.displaced == 0
        && outlook.changed.is_empty();
    let fate = if fate == FeedFate::Changed && is_same { FeedFate::Same } else { fate };
    FeedOutlook { fate, ..outlook }
}

/// Whether newer items pushed an item over the end of a feed that is as long as before.
fn is_displaced(item: &Map<String, Value>, before: &Feed, after: &Feed) -> bool {
    let oldest = after.items.iter().filter_map(published).min();
    after.items.len() >= before.items.len()
        && oldest.is_some_and(|oldest| published(item).is_some_and(|at| at <= oldest))
}

fn by_id(feed: &Feed) -> HashMap<&str, &Map<String, Value>> {
    feed.items.iter().map(|item| (text(item, "id"), item)).collect()
}

fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<FactChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let fact = |facts: &Map<String, Value>, name: &str| facts.get(name).cloned().unwrap_or(Value::Null);
    names
        .into_iter()
        .map(|name| FactChange { fact: name.clone(), before: fact(before, name), after: fact(after, name) })
        .filter(|change| change.before != change.after)
        .collect()
}

fn line(item: &Map<String, Value>) -> ItemLine {
    let of = |name| text(item, name).to_owned();
    ItemLine { id: of("id"), title: of("title"), url: of("url"), published: of("date_published") }
}

fn text<'a>(item: &'a Map<String, Value>, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn moment(item: &Map<String, Value>, name: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text(item, name)).ok().map(|at| at.timestamp())
}

fn published(item: &Map<String, Value>) -> Option<i64> {
    moment(item, "date_published")
}

/// A published item keeps its guid and its date for life: one that is told under another guid, or with another date.
fn alarms(before: &BTreeMap<String, Feed>, after: &BTreeMap<String, Feed>) -> Vec<String> {
    let items = |feeds: &BTreeMap<String, Feed>| -> BTreeMap<String, Map<String, Value>> {
        let all = feeds.values().flat_map(|feed| &feed.items);
        all.map(|item| (text(item, "id").to_owned(), item.clone())).collect()
    };
    let (old, new) = (items(before), items(after));
    let addresses: HashMap<&str, &str> = new.values().map(|item| (text(item, "url"), text(item, "id"))).collect();
    let mut alarms = Vec::new();
    for (id, item) in &old {
        let url = text(item, "url");
        match new.get(id) {
            Some(now) => {
                if published(item) != published(now) {
                    let (was, is) = (text(item, "date_published"), text(now, "date_published"));
                    alarms.push(format!("{id} ({url}) would change its date from {was:?} to {is:?}"));
                }
            }
            None => {
                if let Some(other) = addresses.get(url) {
                    alarms.push(format!("{id} ({url}) would be told anew as {other}"));
                }
            }
        }
    }
    alarms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Format;
    use serde_json::json;
    use std::sync::Arc;

    fn published(path: &str, items: &[Value]) -> Publication {
        let body = json!({ "title": "Báo", "user_comment": path, "items": items });
        Publication {
            path: path.to_owned(),
            media_type: Format::Json.media_type(),
            body: Arc::from(body.to_string().as_bytes()),
            etag: String::new(),
            last_modified: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn item(id: u32, title: &str) -> Value {
        json!({ "id": format!("tag:{id}"), "url": format!("https://bao.vn/{id}"), "title": title,
            "date_published": format!("2026-02-{:02}T08:00:00+07:00", id) })
    }

    #[test]
    fn feeds_and_items_are_told_apart_by_what_becomes_of_them() {
        let before = [
            published("bao/all.json", &[item(3, "Ba"), item(2, "Hai"), item(1, "Một")]),
            published("bao/cu.json", &[item(1, "Một")]),
            published("bao/giu.json", &[item(2, "Hai")]),
        ];
        let after = [
            published("bao/all.json", &[item(4, "Bốn"), item(3, "Ba!"), item(2, "Hai")]),
            published("bao/giu.json", &[item(2, "Hai")]),
            published("bao/moi.json", &[item(4, "Bốn")]),
        ];
        let (feeds, alarms) = compare(&before, &after);
        let told: Vec<_> = feeds
            .iter()
            .map(|f| (f.feed.as_str(), f.fate, f.added.len(), f.removed.len(), f.displaced, f.changed.len()))
            .collect();
        assert_eq!(
            told,
            [
                ("bao/all", FeedFate::Changed, 1, 0, 1, 1),
                ("bao/cu", FeedFate::Disappears, 0, 1, 0, 0),
                ("bao/giu", FeedFate::Same, 0, 0, 0, 0),
                ("bao/moi", FeedFate::Appears, 1, 0, 0, 0),
            ]
        );
        let change = FactChange { fact: "title".into(), before: "Ba".into(), after: "Ba!".into() };
        assert_eq!(feeds[0].changed[0].facts, [change]);
        assert_eq!(alarms, [""; 0]);
    }

    #[test]
    fn other_guids_and_dates_of_published_items_are_alarms() {
        let mut redated = item(1, "Một");
        redated["date_published"] = "2026-02-01T09:00:00+07:00".into();
        let mut rezoned = item(2, "Hai");
        rezoned["date_published"] = "2026-02-02T01:00:00Z".into();
        let mut renamed = item(3, "Ba");
        renamed["id"] = "tag:other".into();
        let before = [published("bao/all.json", &[item(3, "Ba"), item(2, "Hai"), item(1, "Một")])];
        let (feeds, alarms) = compare(&before, &[published("bao/all.json", &[renamed, rezoned, redated])]);
        assert_eq!(feeds[0].changed.len(), 2, "another zone is a change");
        assert_eq!(alarms.len(), 2, "but no other moment: {alarms:?}");
        assert!(alarms[0].contains("change its date") && alarms[1].contains("told anew as tag:other"), "{alarms:?}");
    }
}
