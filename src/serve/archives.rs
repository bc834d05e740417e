//! The pages of what was published before: `/{paper}/{category}/archive/2026-11.rss` (RFC 5005 §4).
//!
//! Comes in: paths. Goes out: answers as those of published documents, from the store, to be kept for a year. Few ask for
//! them, and each once, so nothing is kept in memory. It does not know which pages there are.

use super::answer::{self, Reply};
use super::feeds;
use crate::model::{ArchivePage, Format};
use crate::publish::Ready;
use crate::store::Store;
use hyper::HeaderMap;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Pages that are read at once; who comes when so many more wait is asked to come again.
const AT_ONCE: usize = 2;
const MOST_WAITING: usize = 32;

const BUSY: &str = "503 Service Unavailable: too many read the archives at once; try again in a few seconds\n";
const BROKEN: &str = "503 Service Unavailable: the archives cannot be read at the moment; try again in a few seconds\n";
const REMADE: &str = "503 Service Unavailable: this page is being made anew; try again in a few seconds\n";

/// The format of a path that may lead to a page, without its leading slash.
pub(super) fn format(path: &str) -> Option<Format> {
    let (_, page) = path.split_once("/archive/")?;
    let (_, ending) = page.rsplit_once('.')?;
    ArchivePage::FORMATS.into_iter().find(|format| format.extension() == ending)
}

/// Answers for pages. Shared behind an `Arc`.
pub(super) struct Archives<S> {
    store: Arc<S>,
    waiting: Semaphore,
    turns: Semaphore,
}

impl<S: Store> Archives<S> {
    pub(super) fn new(store: Arc<S>) -> Self {
        let (waiting, turns) = (Semaphore::new(AT_ONCE + MOST_WAITING), Semaphore::new(AT_ONCE));
        Self { store, waiting, turns }
    }

    /// The answer for a page.
    pub(super) async fn answer(self: Arc<Self>, path: String, format: Format, asked: HeaderMap) -> Reply {
        let Ok(_place) = self.waiting.try_acquire() else { return answer::unavailable(BUSY) };
        let Ok(_turn) = self.turns.acquire().await else { return answer::unavailable(BUSY) };
        let kept = match self.store.archived(&path).await {
            Ok(Some(kept)) if kept.gzip.is_empty() => return answer::unavailable(REMADE),
            Ok(Some(kept)) => kept,
            Ok(None) => return answer::not_found(),
            Err(_) => return answer::unavailable(BROKEN),
        };
        // the thread that serves does no work that takes long
        let unpacked = tokio::task::spawn_blocking(move || Ready::archived(&kept, format.media_type())).await;
        unpacked.ok().flatten().map_or_else(|| answer::unavailable(BROKEN), |ready| feeds::answer(&ready, &asked))
    }
}
