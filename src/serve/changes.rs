//! `/{paper}/changes?cursor=`: the change stream, from which another site mirrors a paper.
//!
//! Comes in: a request. Goes out: a page of JSON, a 304, or why a cursor cannot be gone on from. It asks the store, a few
//! requests at a time. It does not know how changes come about.

use super::answer::{self, Reply};
use super::negotiation::{Asked, asked};
use crate::model::{Channel, ChannelId, Item, PaperId, Publication};
use crate::publish::policy;
use crate::render::{ChangeEntry, changes};
use crate::store::{Change, ChangeKind, ChangePage, Store};
use arc_swap::ArcSwap;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{StatusCode, Uri};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use url::form_urlencoded;

/// Entries in a page.
const PAGE: u32 = 100;

/// Requests that ask the store at the same time: each holds one page of items.
const AT_ONCE: usize = 2;

/// A request waits no longer for its turn and the store together.
const WAIT: Duration = Duration::from_secs(3);

/// A page shows items as they are now, so even a full one changes when one of them does: an erased article leaves it.
const FULL_PAGE: HeaderValue = HeaderValue::from_static("public, max-age=60");
const LAST_PAGE: HeaderValue = HeaderValue::from_static("no-cache");

/// The papers that can be mirrored, and the store that knows what changed.
pub(super) struct Mirrors<S> {
    store: Arc<S>,
    papers: ArcSwap<Vec<Channel>>,
    turns: Semaphore,
}

impl<S: Store> Mirrors<S> {
    pub(super) fn new(store: Arc<S>) -> Self {
        Self { store, papers: ArcSwap::default(), turns: Semaphore::new(AT_ONCE) }
    }

    /// Takes the channels of a configuration: each paper's channel of all items stands for the paper.
    pub(super) fn replace(&self, mut channels: Vec<Channel>) {
        channels.retain(|channel| matches!(channel.id, ChannelId::Paper(_)));
        self.papers.store(Arc::new(channels));
    }

    /// The paper whose changes stand at a path without its leading slash.
    pub(super) fn paper(&self, path: &str) -> Option<Box<Channel>> {
        let id = path.strip_suffix("/changes")?;
        self.papers
            .load()
            .iter()
            .find(|channel| channel.id.paper().is_some_and(|paper| paper.as_str() == id))
            .cloned()
            .map(Box::new)
    }

    /// The answer to GET and HEAD.
    pub(super) async fn answer(&self, paper: Channel, uri: &Uri, headers: &HeaderMap) -> Reply {
        let stated = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .find_map(|(key, value)| (key == "cursor").then_some(value));
        let epoch = self.store.stream_epoch().timestamp_micros();
        let after = match stated.as_deref().map(Cursor::parse) {
            None => None,
            Some(None) => return refusal(StatusCode::BAD_REQUEST, &paper, "this is no cursor"),
            Some(Some(cursor)) if cursor.epoch != epoch => return lost(&paper),
            Some(Some(cursor)) => Some(cursor.number),
        };
        let Some(id) = paper.id.paper() else { return answer::not_found() };
        let page = timeout(WAIT, async {
            let _turn = self.turns.acquire().await.ok()?;
            self.store.change_page(id, after, PAGE).await.ok()
        });
        let Ok(Some(page)) = page.await else { return answer::unavailable("the store does not answer\n") };
        if after.is_some_and(|after| after < page.oldest || after > page.newest) {
            return lost(&paper);
        }
        let more = page.more;
        match spawn_blocking(move || changes_document(&paper, page, epoch)).await {
            Ok(document) => conditional(&document, more, headers),
            Err(_) => answer::unavailable("the changes cannot be rendered\n"),
        }
    }
}

/// A place in the stream of one store: a store that was made anew counts anew.
struct Cursor {
    epoch: i64,
    number: u64,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let (epoch, number) = text.split_once('-')?;
        let plain = number.bytes().all(|b| b.is_ascii_digit()) && epoch.bytes().all(|b| b.is_ascii_hexdigit());
        let number = number.parse().ok().filter(|number| plain && *number <= i64::MAX.unsigned_abs())?;
        Some(Self { epoch: i64::from_str_radix(epoch, 16).ok()?, number })
    }

    fn text(epoch: i64, number: u64) -> String {
        format!("{epoch:x}-{number}")
    }
}

/// A page of a paper's changes as JSON.
fn changes_document(paper: &Channel, page: ChangePage, epoch: i64) -> Publication {
    let next = next_number(&page);
    chosen_changes(paper, page.entries, (next, page.more), epoch)
}

/// Where the page behind this one begins.
#[must_use]
pub fn next_number(page: &ChangePage) -> u64 {
    // behind an empty page nothing of this paper follows: a reader of a quiet paper keeps up with the others' trimming
    page.entries.last().map_or(page.newest, |(change, _)| change.cursor)
}

/// A place in the stream, as readers state it.
#[must_use]
pub fn cursor_text(epoch: i64, number: u64) -> String {
    Cursor::text(epoch, number)
}

/// What is chosen of a page as JSON, in the form of `/{paper}/changes`; the page goes on behind `next`, at once where there is
/// `more`.
#[must_use]
pub fn chosen_changes(
    paper: &Channel,
    entries: Vec<(Change, Option<Item>)>,
    (next, more): (u64, bool),
    epoch: i64,
) -> Publication {
    let entry = |(change, item): (Change, Option<Item>)| ChangeEntry {
        cursor: Cursor::text(epoch, change.cursor),
        kind: word(change.kind),
        guid: change.guid,
        at: change.at,
        item,
    };
    let entries: Vec<ChangeEntry> = entries.into_iter().map(entry).collect();
    changes(paper, &entries, &Cursor::text(epoch, next), more)
}

/// The word for a kind of change.
#[must_use]
pub fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "create",
        ChangeKind::Update => "update",
        ChangeKind::Withdraw => "withdraw",
        ChangeKind::Erase => "erase",
        ChangeKind::Return => "return",
    }
}

fn conditional(document: &Publication, more: bool, request: &HeaderMap) -> Reply {
    let mut headers = open_headers(if more { FULL_PAGE } else { LAST_PAGE });
    let Ok(tag) = HeaderValue::try_from(&document.etag) else { return answer::unavailable("no ETag can be made\n") };
    let known = match asked(request) {
        Asked::UnlessAny => true,
        Asked::UnlessTagged(tags) => tags.names(&tag),
        Asked::Unconditionally | Asked::UnlessSince(_) => false,
    };
    headers.insert(header::ETAG, tag);
    if known {
        return answer::reply(StatusCode::NOT_MODIFIED, headers, Bytes::new());
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer::reply(StatusCode::OK, headers, Bytes::from_owner(document.body.clone()))
}

fn open_headers(caching: HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(header::CACHE_CONTROL, caching);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy::NOTHING));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
    headers
}

/// The cursor is of another store, or older than what is kept: a mirror that went on would miss something.
fn lost(paper: &Channel) -> Reply {
    refusal(StatusCode::GONE, paper, "changes behind this cursor are no longer known: start anew without a cursor")
}

#[derive(Serialize)]
struct Refusal<'a> {
    error: &'a str,
    start_url: String,
}

fn refusal(status: StatusCode, paper: &Channel, error: &str) -> Reply {
    let refusal = Refusal {
        error,
        start_url: format!("{}{}/changes", paper.base_url, paper.id.paper().map_or("", PaperId::as_str)),
    };
    let body = serde_json::to_vec(&refusal).unwrap_or_default();
    let mut headers = open_headers(HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer::reply(status, headers, body.into())
}

#[cfg(test)]
mod tests;
