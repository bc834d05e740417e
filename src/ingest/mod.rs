//! One poll: fetch → extract → normalize → commit; and one article page, which takes the same way.
//!
//! Comes in: a source and its state. Goes out: one transaction in the store, and a report of facts for the daemon to count.
//! It does not know when to poll, who reads what it stores, or how to log.

mod article;
mod clock;
mod digest;
mod guard;
mod hub;
mod index;
mod outcome;
mod release;
mod sitemaps;
#[cfg(test)]
mod tests;
mod turn;
mod workbench;

pub use article::{ArticleReport, ArticleResult};

use crate::fetch::{Answer, Deltas, Fetched, Fetcher, Request, observe_redirect};
use crate::model::{ListReading, PollState, Source, Tally};
use crate::schedule::{Cadence, Rhythm};
use crate::store::{Commit, Store, StoreError};
use chrono::{DateTime, Utc};
use clock::Clock;
use std::sync::Arc;
use turn::Turn;
use workbench::Workbench;

/// Documents taken apart at the same time.
const PLACES: usize = 2;

/// Polls sources. One for the process; cheap to clone.
#[derive(Debug)]
pub struct Ingest<S> {
    store: Arc<S>,
    fetcher: Arc<Fetcher>,
    cadence: Cadence,
    workbench: Workbench,
}

impl<S> Clone for Ingest<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            fetcher: Arc::clone(&self.fetcher),
            cadence: self.cadence,
            workbench: self.workbench.clone(),
        }
    }
}

/// What a poll came to: facts, for the daemon's log and metrics.
#[derive(Debug, Clone)]
pub struct PollReport {
    /// The source's state after the poll, next poll included.
    pub state: PollState,
    /// What the commit did.
    pub commit: Commit,
    /// What came.
    pub answer: Polled,
    /// Flaws of the document, in words.
    pub flaws: Vec<String>,
    /// Items that stay held though the page is well again: it did not show them, so only an operator lets them go on.
    pub left_held: usize,
    /// From the request to the commit, waiting for the host's turn included.
    pub took: std::time::Duration,
}

impl PollReport {
    /// How the section page of this poll was read; `None`: none came.
    #[must_use]
    pub fn reading(&self) -> Option<&ListReading> {
        let was_read = matches!(self.answer, Polled::Read { .. });
        let was_judged = self.state.failure.as_ref().is_some_and(|failure| failure.witness.is_some());
        self.state.reading.as_deref().filter(|_| was_read || was_judged)
    }
}

/// What came of a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    /// A document that could be read.
    Read {
        /// Its entries.
        entries: usize,
        /// Its length in bytes.
        bytes: usize,
        /// How it was read.
        method: &'static str,
    },
    /// Nothing had changed.
    NotModified,
    /// Nothing, or nothing that could be taken in; `state.failure` says why.
    Failed,
}

impl<S: Store> Ingest<S> {
    /// Builds the poller out of its parts.
    #[must_use]
    pub fn new(store: Arc<S>, fetcher: Arc<Fetcher>, cadence: Cadence) -> Self {
        Self { store, fetcher, cadence, workbench: Workbench::new(PLACES) }
    }

    /// What was asked of origins since the last call.
    #[must_use]
    pub fn take_tally(&self) -> Tally {
        self.fetcher.take_tally()
    }

    /// Writes what is not written yet of origins; polls write it as they go.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_origins(&self) -> Result<(), StoreError> {
        let origins = self.fetcher.take_changed_origins();
        if origins.is_empty() { Ok(()) } else { self.store.put_poll_states(Vec::new(), origins).await }
    }

    /// Polls one source: whatever comes of the fetch or the reading is in the report and in the source's new state.
    ///
    /// # Errors
    /// [`StoreError`] alone; then the source's old state holds, its validators with it.
    pub async fn poll(
        &self,
        source: &Arc<Source>,
        rhythm: &Rhythm,
        mut state: PollState,
        now: DateTime<Utc>,
    ) -> Result<PollReport, StoreError> {
        let clock = Clock::start(now);
        let fetched = self.fetcher.fetch(self.request(source, rhythm, &state, now)).await;
        state.polls += 1;
        state.last_poll = Some(clock.now());
        let turn = Turn { ingest: self, source, rhythm, clock };
        match fetched {
            Err(error) => turn.failed(state, &error).await,
            Ok(Fetched { answer, hops, .. }) => {
                let seen = state.redirect.take().map(|memory| *memory);
                let (memory, adopted) = observe_redirect(seen, &source.url, &hops, clock.now());
                state.redirect = memory.map(Box::new);
                if adopted.is_some() {
                    state.adopted_url = adopted;
                }
                match answer {
                    Answer::NotModified { url, validators, freshness } => {
                        state.validators = validators;
                        state.validated_url = Some(url);
                        turn.not_modified(state, freshness.lifetime).await
                    }
                    // boxed: most polls end with a 304, and each is moved as large as its largest way to an end
                    Answer::Document(document) => Box::pin(turn.document(state, *document)).await,
                }
            }
        }
    }

    fn request(&self, source: &Source, rhythm: &Rhythm, state: &PollState, now: DateTime<Utc>) -> Request {
        let url = state.adopted_url.clone().unwrap_or_else(|| source.url.clone());
        Request {
            validators: state.validated_url.clone().map(|url| (url, state.validators.clone())),
            deltas: deltas(state),
            robots: source.robots,
            headers: source.headers_for(&url),
            url,
            retry_base: self.cadence.interval(rhythm, now),
            now,
        }
    }
}

/// A feed may answer with what changed; not one whose last answer was of another kind than asked for.
fn deltas(state: &PollState) -> Deltas {
    const IM_USED: u16 = 226;
    let misled = state.failure.as_ref().is_some_and(|failure| failure.http_status == Some(IM_USED));
    if state.is_feed && !misled { Deltas::Welcome } else { Deltas::Refused }
}

/// The tag authority of guids: the host of the paper's home (RFC 4151 §2.1).
fn authority(source: &Source) -> String {
    source.home.host_str().unwrap_or("localhost").trim_matches(['[', ']']).replace(':', "-")
}
