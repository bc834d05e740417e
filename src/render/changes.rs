//! A page of the change stream as JSON, from which another site mirrors a paper.
//!
//! Comes in: a paper's channel of all items, and entries with the items as they are now. Goes out: the document. An item says
//! what it says in the JSON Feed. It does not know how entries are found, nor what a cursor means.

use super::article::Article;
use super::json_feed::{Item as Shown, item as shown};
use super::{date, publication};
use crate::model::{Channel, Item, Publication};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// One entry.
#[derive(Debug)]
pub struct ChangeEntry {
    /// Its place in the stream.
    pub cursor: String,
    /// `create`, `update`, `withdraw`, `erase` or `return`.
    pub kind: &'static str,
    /// The item's guid.
    pub guid: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The item as readers see it now; `None`: they see none.
    pub item: Option<Item>,
}

#[derive(Serialize)]
struct Page<'a> {
    paper: &'a str,
    changes: Vec<Entry<'a>>,
    next: &'a str,
    next_url: String,
    more: bool,
}

#[derive(Serialize)]
struct Entry<'a> {
    cursor: &'a str,
    kind: &'static str,
    id: &'a str,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Shown<'a>>,
}

/// The page; `next` is the cursor behind which the following one begins, `more` whether it has entries already.
#[must_use]
pub fn changes(channel: &Channel, entries: &[ChangeEntry], next: &str, more: bool) -> Publication {
    let articles: Vec<_> =
        entries.iter().map(|entry| entry.item.as_ref().map(|item| Article::of(item, channel))).collect();
    let told = entries.iter().zip(&articles).map(|(entry, article)| Entry {
        cursor: &entry.cursor,
        kind: entry.kind,
        id: &entry.guid,
        at: date::rfc3339(date::local(entry.at, channel.timezone)),
        item: article.as_ref().map(shown),
    });
    let paper = channel.id.paper().map_or("", |paper| paper.as_str());
    let path = format!("{paper}/changes");
    let page = Page {
        paper,
        changes: told.collect(),
        next,
        next_url: format!("{}{path}?cursor={next}", channel.base_url),
        more,
    };
    let changed_at = entries.last().map_or(channel.epoch, |entry| entry.at);
    let body = serde_json::to_vec(&page).expect("strings and numbers can always be written");
    publication(path, "application/json", body, changed_at)
}
