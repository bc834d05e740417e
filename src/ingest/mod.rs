//! One poll: fetch → extract → normalize → commit; and one article page, which takes the same way.
//!
//! Comes in: a source and its state. Goes out: one transaction in the store, and a report of facts for the daemon to count.
//! It does not know when to poll, who reads what it stores, or how to log.

mod absence;
mod article;
mod clock;
mod digest;
mod guard;
mod hub;
mod index;
mod keep;
mod outcome;
mod release;
mod reread;
mod sitemaps;
#[cfg(test)]
mod tests;
mod trial;
mod turn;
mod workbench;

pub use absence::AbsenceReport;
pub use article::{ArticleReport, ArticleResult};
pub use keep::is_read_otherwise;
pub use reread::{Depth, Reread, RereadDocument};
pub use trial::Tried;

use crate::fetch::{Answer, Deltas, Fetched, Fetcher, Request, observe_redirect};
use crate::model::{DayTally, ListReading, PollState, Source, Tally};
use crate::schedule::{Cadence, Rhythm};
use crate::store::{Body, Commit, Keep, Store, StoreError};
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
    /// The bound over all kept documents; 0: none are kept.
    most_kept_bytes: u64,
    effect: Effect,
}

/// What a poll leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// What it brought.
    Kept,
    /// That it was made.
    Tried,
}

impl<S> Clone for Ingest<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            fetcher: Arc::clone(&self.fetcher),
            cadence: self.cadence,
            workbench: self.workbench.clone(),
            most_kept_bytes: self.most_kept_bytes,
            effect: self.effect,
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
    /// What came of the kept documents, where another configuration or version read them anew before the request.
    pub reread: Option<Reread>,
    /// What a poll that was only tried would have come to.
    pub trial: Option<Box<Tried>>,
    /// From the request to the commit, waiting for the host's turn included.
    pub took: std::time::Duration,
}

impl PollReport {
    fn with(mut self, reread: Option<Reread>) -> Self {
        if let Some(reread) = &reread {
            self.commit.add(&reread.commit);
        }
        self.reread = reread;
        self
    }

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
    /// Nobody was asked: kept documents were read anew ([`Ingest::renew`]).
    Reread,
}

impl<S: Store> Ingest<S> {
    /// Builds the poller out of its parts.
    #[must_use]
    pub fn new(store: Arc<S>, fetcher: Arc<Fetcher>, cadence: Cadence) -> Self {
        Self { store, fetcher, cadence, workbench: Workbench::new(PLACES), most_kept_bytes: 0, effect: Effect::Kept }
    }

    /// The same, keeping the last documents of each source within a bound over all.
    #[must_use]
    pub fn keeping(self, most_kept_bytes: u64) -> Self {
        Self { most_kept_bytes, ..self }
    }

    fn keep(&self, body: Option<Body>) -> Option<Keep> {
        body.map(|body| Keep { body, most_bytes: self.most_kept_bytes })
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
        let turn = Turn { ingest: self, source, rhythm, clock };
        let (reread, drift) = if keep::is_read_otherwise(&state, source) && self.effect == Effect::Kept {
            Box::pin(turn.renew(&mut state)).await?
        } else {
            (None, None)
        };
        let fetched = self.fetcher.fetch(self.request(source, rhythm, &state, now)).await;
        state.polls += 1;
        state.days.count(clock.now(), DayTally { polls: 1, ..DayTally::default() });
        state.last_poll = Some(clock.now());
        let report = match fetched {
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
                        match drift {
                            // it stands as it was, and cannot be read as it is to be read now
                            Some(trouble) => turn.unreadable(state, trouble, Vec::new(), None).await,
                            None => turn.not_modified(state, freshness.lifetime).await,
                        }
                    }
                    // boxed: most polls end with a 304, and each is moved as large as its largest way to an end
                    Answer::Document(document) => Box::pin(turn.document(state, *document)).await,
                }
            }
        };
        report.map(|report| report.with(reread))
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
