//! Kept documents read anew: by a changed configuration or version before its poll, by a rehearsal on a copy, or to rebuild.
//!
//! Comes in: a source and what the store keeps of it. Goes out: what the guard lets pass, through the same commit as a poll,
//! marked as no news. Nobody is asked for anything.

use super::digest::{Digest, Trouble, digest};
use super::turn::{Judgment, Turn};
use super::{Clock, Ingest, PollReport, Polled, guard, hub, keep};
use crate::model::{HoldReason, ItemKey, ListReading, Memory, PollState, Source, SourceState};
use crate::schedule::Rhythm;
use crate::store::{Anew, Arrival, Batch, Body, Commit, Recognition, Store, StoreError};
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::sync::Arc;

/// Which kept documents are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The newest that stands for all of its source, and what came after it.
    Newest,
    /// All.
    All,
}

/// What reading kept documents anew came to.
#[derive(Debug, Clone, Default)]
pub struct Reread {
    /// Each, the newest first.
    pub documents: Vec<RereadDocument>,
    /// What the commits did.
    pub commit: Commit,
    /// Why the guard doubts what was found.
    pub doubt: Option<HoldReason>,
    /// Articles that were left out, since the guard doubts them and nothing is held by a rebuild.
    pub left_out: usize,
}

impl Reread {
    /// Why nothing that could be read before can be read now, if so.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        if self.documents.iter().any(|document| document.result.is_ok()) {
            return None;
        }
        let lost = self.documents.iter().find(|document| document.was_read)?;
        lost.result.as_ref().err().map(String::as_str)
    }
}

/// One kept document.
#[derive(Debug, Clone)]
pub struct RereadDocument {
    /// When it came.
    pub fetched_at: DateTime<Utc>,
    /// Whether it could be read before.
    pub was_read: bool,
    /// Its entries and how they were found, or why it cannot be read.
    pub result: Result<(usize, &'static str), String>,
}

/// What becomes of the source's own state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It goes on from here: what the guard doubts is held, and the next poll is conditional on what is read now.
    Renew,
    /// It stays: what is known is corrected; what the guard doubts is left to the next poll.
    Rebuild,
}

/// On the way through a source's kept documents.
struct Walk {
    purpose: Purpose,
    /// When the newest kept document came.
    newest_at: DateTime<Utc>,
    reread: Reread,
    /// Keys of the articles that a newer document shows: it says how they stand.
    told: HashSet<ItemKey>,
    /// Whether a document that had been read before was passed.
    passed_read: bool,
    /// Whether one that stands for all of its source could be read.
    read_whole: bool,
    /// Why the newest that had been read cannot be read now.
    drift: Option<Trouble>,
}

impl<S: Store> Ingest<S> {
    /// Reads anew what is kept of a source that [`is_read_otherwise`](super::is_read_otherwise), without waiting for its
    /// poll. Where that cannot be, the state stays, and the poll tells why.
    ///
    /// # Errors
    /// [`StoreError`] alone; then the source's old state holds.
    pub async fn renew(
        &self,
        source: &Arc<Source>,
        rhythm: &Rhythm,
        mut state: PollState,
        now: DateTime<Utc>,
    ) -> Result<PollReport, StoreError> {
        let turn = Turn { ingest: self, source, rhythm, clock: Clock::start(now) };
        let (reread, _) = turn.renew(&mut state).await?;
        Ok(turn.report(state, Commit::default(), Polled::Reread, Vec::new()).with(reread))
    }

    /// Reads a source's kept documents anew, as the next poll does after a change of how the source is read. The source's
    /// state goes on from there.
    ///
    /// # Errors
    /// [`StoreError`] alone.
    pub async fn reread(
        &self,
        source: &Arc<Source>,
        rhythm: &Rhythm,
        mut state: PollState,
        depth: Depth,
        now: DateTime<Utc>,
    ) -> Result<Reread, StoreError> {
        let turn = Turn { ingest: self, source, rhythm, clock: Clock::start(now) };
        let walk = turn.walk(&mut state, depth, Purpose::Renew).await?;
        Ok(walk.reread)
    }

    /// Reads a source's kept documents anew to correct what is stored; the source's state stays as it is.
    ///
    /// # Errors
    /// [`StoreError`] alone.
    pub async fn rebuild(
        &self,
        source: &Arc<Source>,
        rhythm: &Rhythm,
        mut state: PollState,
        depth: Depth,
        now: DateTime<Utc>,
    ) -> Result<Reread, StoreError> {
        let turn = Turn { ingest: self, source, rhythm, clock: Clock::start(now) };
        let walk = turn.walk(&mut state, depth, Purpose::Rebuild).await?;
        Ok(walk.reread)
    }
}

impl<S: Store> Turn<'_, S> {
    /// Reads anew what is kept of a source that is to be read otherwise now; and why that cannot be, if so.
    pub(super) async fn renew(&self, state: &mut PollState) -> Result<(Option<Reread>, Option<Trouble>), StoreError> {
        let walk = self.walk(state, Depth::Newest, Purpose::Renew).await?;
        if walk.drift.is_none() {
            state.read_as = Some(keep::reading(self.source));
        }
        let is_any = !walk.reread.documents.is_empty();
        Ok((is_any.then_some(walk.reread), walk.drift))
    }

    async fn walk(&self, state: &mut PollState, depth: Depth, purpose: Purpose) -> Result<Walk, StoreError> {
        let bodies = self.ingest.store.bodies(&self.source.id).await?;
        let memory = self.ingest.store.memory(&self.source.id).await?;
        let mut walk = Walk {
            purpose,
            newest_at: bodies.last().map_or(self.clock.now(), |body| body.fetched_at),
            reread: Reread::default(),
            told: HashSet::new(),
            passed_read: false,
            read_whole: false,
            drift: None,
        };
        // a source that has moved is not read by what it was
        for body in bodies.into_iter().rev().filter(|body| body.facts.source_url == self.source.url) {
            let (fetched_at, was_read, was_whole) = (body.fetched_at, body.was_read, body.is_whole());
            let read = self.taken_apart(&body, memory.clone()).await;
            let result = match &read {
                Ok(digest) => Ok((digest.entries, digest.method)),
                Err(trouble) => Err(trouble.what.clone()),
            };
            walk.reread.documents.push(RereadDocument { fetched_at, was_read, result });
            match read {
                Ok(digest) => {
                    let is_whole = !body.facts.is_delta;
                    self.take_anew(state, &mut walk, body, digest).await?;
                    walk.read_whole |= is_whole;
                }
                Err(trouble) if was_whole && !walk.read_whole => walk.drift = walk.drift.or(Some(trouble)),
                Err(_) => {}
            }
            walk.passed_read |= was_read;
            if depth == Depth::Newest && (walk.read_whole || was_whole) {
                break;
            }
        }
        Ok(walk)
    }

    /// As [`Turn::document`] does, at the time when it came: "two hours ago" counts from there.
    async fn taken_apart(&self, body: &Body, memory: Memory) -> Result<Digest, Trouble> {
        let (body, source) = (body.clone(), Arc::clone(self.source));
        let take_apart = move || {
            let damaged =
                |error: crate::store::DamagedBody| Trouble::broken(error.to_string(), "nothing that is known");
            let document = body.document().map_err(damaged)?;
            let begins_as = crate::extract::first_bytes(&document.body);
            let mut digest = digest(&document, &source, &memory, document.fetched_at)
                .map_err(|error| Trouble::unreadable(&error, begins_as))?;
            hub::settle(&mut digest.hints, document.links, &source.url, &document.url);
            match digest.trouble(begins_as) {
                Some(trouble) => Err(trouble),
                None => Ok(digest),
            }
        };
        let taken = self.ingest.workbench.run(take_apart).await;
        taken.unwrap_or_else(|broken| Err(Trouble::broken(broken.to_string(), "nothing that is known")))
    }

    async fn take_anew(
        &self,
        state: &mut PollState,
        walk: &mut Walk,
        body: Body,
        mut digest: Digest,
    ) -> Result<(), StoreError> {
        if digest.listed.is_some() {
            return Ok(());
        }
        let judged = self.judge(state, &digest).await?;
        digest.drafts = walk.untold(&digest, &judged);
        let now = self.clock.now();
        if walk.purpose == Purpose::Renew {
            self.go_on(state, walk, &body, &digest, &judged);
        }
        let doubt = judged.doubt.filter(|_| walk.purpose == Purpose::Renew);
        let is_read_first = !body.was_read && walk.purpose == Purpose::Renew;
        let read_now = is_read_first.then(|| Body { was_read: true, ..body.clone() });
        let batch = Batch {
            drafts: digest.drafts,
            arrival: doubt.map_or_else(|| self.arrival(), Arrival::Held),
            body: self.ingest.keep(read_now),
            anew: Some(Anew { seen_at: body.fetched_at, newest_at: walk.newest_at }),
            ..self.batch(state.clone())
        };
        let batch = Batch { poll: batch.poll.filter(|_| walk.purpose == Purpose::Renew), ..batch };
        let commit = self.ingest.store.commit(batch).await?;
        if commit.new + commit.changed > 0 {
            state.last_change = Some(now);
        }
        walk.reread.commit.add(&commit);
        walk.reread.doubt = walk.reread.doubt.or(judged.doubt);
        Ok(())
    }

    /// The source's state after a kept document was read as it is read now. Of one that could not be read before, it takes
    /// over the validators with the items: the origin need not send it again.
    fn go_on(&self, state: &mut PollState, walk: &Walk, body: &Body, digest: &Digest, judged: &Judgment) {
        let is_newest = !walk.read_whole && !body.facts.is_delta;
        // the same document is no second look: what is held waits for the origin's own word
        state.held = judged.doubt.or(state.held);
        let since = state.held_since.map_or(body.fetched_at, |since| since.min(body.fetched_at));
        state.held_since = state.held.map(|_| since);
        state.read_as = Some(keep::reading(self.source));
        if let Some(reading) = digest.reading.clone().filter(|_| is_newest) {
            // the same page proves no list that was learned from it
            let repair = state.reading.as_ref().and_then(|reading| reading.repair);
            state.reading = Some(Box::new(ListReading { repair, ..reading }));
        }
        if is_newest {
            state.hints = digest.hints.clone();
            state.failure = None;
            state.state = match state.held {
                Some(_) => SourceState::Held,
                None if digest.entries == 0 => SourceState::Empty,
                None => SourceState::Ok,
            };
        }
        if body.was_read {
            return;
        }
        if judged.doubt.is_none() && !digest.drafts.is_empty() {
            let profile = std::mem::take(&mut state.profile);
            let (drafts, at) = (digest.drafts.iter(), body.fetched_at);
            state.profile = guard::learned(profile, digest.entries, drafts, digest.extent, at);
        }
        if is_newest && !walk.passed_read {
            state.validators = body.facts.validators.clone();
            state.validated_url = Some(body.facts.url.clone());
            state.is_feed = digest.is_feed;
            state.last_success = Some(body.fetched_at);
            state.kept = Some(keep::mark(body.digest, self.source, true));
        }
    }
}

impl Walk {
    /// The articles that no newer document shows. A rebuild leaves out what the guard doubts and the store does not know.
    fn untold(&mut self, digest: &Digest, judged: &Judgment) -> Arc<Vec<crate::model::Draft>> {
        let is_left_out = |place: usize| {
            let is_known = matches!(judged.known.get(place), Some(Recognition::Known { .. }));
            self.purpose == Purpose::Rebuild && judged.doubt.is_some() && !is_known
        };
        let mut drafts = Vec::with_capacity(digest.drafts.len());
        for (place, draft) in digest.drafts.iter().enumerate() {
            if draft.keys.iter().any(|key| self.told.contains(key)) {
                continue;
            }
            if is_left_out(place) {
                self.reread.left_out += 1;
            } else {
                drafts.push(draft.clone());
            }
        }
        let telling = |key: &&ItemKey| !matches!(key, ItemKey::TitleDay(_));
        let keys = digest.drafts.iter().flat_map(|draft| draft.keys.iter().filter(telling).cloned());
        self.told.extend(keys);
        Arc::new(drafts)
    }
}
