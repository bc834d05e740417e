//! One poll after its answer has come: what it means for the source's state, the guard's word, and the commit.
//!
//! Comes in: an error, "not modified", or a document. Goes out: one transaction in the store and the poll's report. It makes
//! no request, but for the sitemaps that an index lists.

use super::digest::{Digest, Trouble, digest};
use super::guard::{self, Extent, Sighting};
use super::keep::{self, Kept};
use super::{Clock, Effect, Ingest, PollReport, Polled, Tried, authority, hub, outcome, sitemaps};
use crate::fetch::FetchError;
use crate::model::{
    DayTally, Document, Failure, FailureStage, Hints, HoldReason, ItemId, Memory, Outcome, PollState, Repair, Source,
    SourceState,
};
use crate::schedule::{Rhythm, habit, push};
use crate::store::{Arrival, Batch, Body, Commit, Coverage, HeldItem, Recognition, Store, StoreError};
use std::collections::HashSet;
use std::sync::Arc;

/// The guard's word on a document, and what it rests on.
pub(super) struct Judgment {
    /// One a draft; none at a source's first poll.
    pub(super) known: Vec<Recognition>,
    pub(super) doubt: Option<HoldReason>,
    /// Held items that may go on.
    pub(super) release: Vec<ItemId>,
    pub(super) still_held: bool,
    /// Held items that the document does not show.
    pub(super) unshown: usize,
}

/// One poll under way, after its answer has come.
pub(super) struct Turn<'a, S> {
    pub(super) ingest: &'a Ingest<S>,
    pub(super) source: &'a Arc<Source>,
    pub(super) rhythm: &'a Rhythm,
    pub(super) clock: Clock,
}

/// What becomes of the held items at a poll.
#[derive(Default)]
struct Releases {
    /// Shown again, and fitting the source's history.
    release: Vec<ItemId>,
    /// Others are shown again, and do not fit.
    still_held: bool,
    /// Not shown again.
    unshown: usize,
}

impl<S: Store> Turn<'_, S> {
    /// No document came.
    pub(super) async fn failed(&self, mut state: PollState, error: &FetchError) -> Result<PollReport, StoreError> {
        let now = self.clock.now();
        let (outcome, word) = outcome::of_fetch_error(error, now);
        if outcome == Outcome::Gone || matches!(error.http_status(), Some(404)) {
            // an adopted address that is gone: the configured one is asked again
            state.adopted_url = None;
        }
        state.state = word;
        let failure = Failure::new(FailureStage::Fetch, error.to_string(), now, error.http_status());
        state.failure = Some(Box::new(failure.of_kind(error.kind())));
        state.days.count(now, DayTally { failed: 1, ..DayTally::default() });
        self.without_items(state, &outcome, Polled::Failed, Vec::new()).await
    }

    /// A document came, and it is not what this source should be: nothing is taken in, the old validators stay.
    pub(super) async fn unreadable(
        &self,
        mut state: PollState,
        trouble: Trouble,
        flaws: Vec<String>,
        body: Option<Body>,
    ) -> Result<PollReport, StoreError> {
        let Trouble { word, stage, what, witness, first_bytes } = trouble;
        state.state = word;
        let first_bytes = Some(first_bytes.to_owned());
        let failure = Failure::new(stage, what, self.clock.now(), Some(200));
        state.failure = Some(Box::new(Failure { witness, first_bytes, ..failure }));
        state.days.count(self.clock.now(), DayTally { failed: 1, ..DayTally::default() });
        let outcome = Outcome::Success { fresh_for: None, hints: state.hints.clone() };
        let Some(keep) = self.ingest.keep(body) else {
            return self.without_items(state, &outcome, Polled::Failed, flaws).await;
        };
        let batch = Batch { body: Some(keep), ..self.batch(self.scheduled(state, &outcome)) };
        self.commit(batch, Polled::Failed, flaws).await
    }

    async fn without_items(
        &self,
        state: PollState,
        outcome: &Outcome,
        answer: Polled,
        flaws: Vec<String>,
    ) -> Result<PollReport, StoreError> {
        let state = self.scheduled(state, outcome);
        let origins = self.ingest.fetcher.take_due_origins();
        let states = match self.ingest.effect {
            Effect::Kept => vec![(self.source.id.clone(), state.clone())],
            Effect::Tried => Vec::new(),
        };
        self.ingest.store.put_poll_states(states, origins).await?;
        Ok(self.report(state, Commit::default(), answer, flaws))
    }

    /// 304; of a sitemap index, its sitemaps may have changed all the same.
    pub(super) async fn not_modified(
        &self,
        state: PollState,
        fresh_for: Option<std::time::Duration>,
    ) -> Result<PollReport, StoreError> {
        if state.sitemaps.is_empty() {
            self.unchanged(state, fresh_for, Vec::new()).await
        } else {
            Box::pin(self.follow(state, fresh_for, Vec::new())).await
        }
    }

    /// Nothing new: what is held agrees with itself, all else stays.
    pub(super) async fn unchanged(
        &self,
        mut state: PollState,
        fresh_for: Option<std::time::Duration>,
        flaws: Vec<String>,
    ) -> Result<PollReport, StoreError> {
        state.not_modified += 1;
        state.days.count(self.clock.now(), DayTally { not_modified: 1, ..DayTally::default() });
        self.learn_habit(&mut state, 0);
        state.push = push::observed(state.push, 0, self.clock.now());
        state.last_success = Some(self.clock.now());
        state.failure = None;
        let outcome = Outcome::Success { fresh_for, hints: state.hints.clone() };
        if state.held.is_none() {
            if state.state != SourceState::Empty {
                state.state = SourceState::Ok;
            }
            return self.without_items(state, &outcome, Polled::NotModified, flaws).await;
        }
        Box::pin(self.confirmed(state, &outcome, flaws)).await
    }

    /// The poll after one that was doubted shows the same: what fits the source's history goes on.
    async fn confirmed(
        &self,
        mut state: PollState,
        outcome: &Outcome,
        flaws: Vec<String>,
    ) -> Result<PollReport, StoreError> {
        let held = self.held(&state).await?;
        let release: Vec<_> = held.iter().filter(|h| guard::fits(&state.profile, &h.url)).map(|h| h.item).collect();
        if release.len() == held.len() {
            (state.held, state.held_since) = (None, None);
        }
        state.state = if state.held.is_some() { SourceState::Held } else { SourceState::Ok };
        let batch = Batch { release, ..self.batch(self.scheduled(state, outcome)) };
        self.commit(batch, Polled::NotModified, flaws).await
    }

    /// 200.
    pub(super) async fn document(&self, mut state: PollState, document: Document) -> Result<PollReport, StoreError> {
        let (validators, url) = (document.validators.clone(), document.url.clone());
        let (fresh_for, bytes) = (document.freshness.lifetime, document.body.len());
        let memory = match state.last_success {
            Some(_) => self.ingest.store.memory(&self.source.id).await?,
            None => Memory::default(),
        };
        let (source, now) = (Arc::clone(self.source), self.clock.now());
        let begins_as = crate::extract::first_bytes(&document.body);
        let links = document.links.clone();
        let (most_bytes, before) = (self.ingest.most_kept_bytes, state.kept);
        let take_apart = move || {
            let read = digest(&document, &source, &memory, now).map_err(|e| Trouble::unreadable(&e, begins_as));
            let kept = keep::packed(&document, &source, &read, most_bytes, before);
            (read, kept)
        };
        let mut digest = match self.ingest.workbench.run(take_apart).await {
            Err(broken) => {
                let trouble = Trouble::broken(broken.to_string(), begins_as);
                return self.unreadable(state, trouble, Vec::new(), None).await;
            }
            Ok((read, Kept { mark, body })) => {
                state.kept = mark;
                state.read_as = mark.map(|_| keep::reading(self.source));
                match read {
                    Err(trouble) => return self.unreadable(state, trouble, Vec::new(), body).await,
                    Ok(mut digest) => {
                        digest.body = body;
                        digest
                    }
                }
            }
        };
        hub::settle(&mut digest.hints, links, &self.source.url, &url);
        if let Some(reading) = digest.reading.clone() {
            state.reading = Some(Box::new(reading));
        }
        if let Some(trouble) = digest.trouble(begins_as) {
            return self.unreadable(state, trouble, digest.flaws, digest.body).await;
        }
        let is_feed = digest.is_feed;
        state.validators = validators;
        state.validated_url = Some(url);
        state.is_feed = is_feed;
        let before = std::mem::take(&mut state.sitemaps);
        if let Some(listed) = digest.listed.take() {
            state.sitemaps = sitemaps::remembered(before, listed, None);
            state.hints = digest.hints;
            return self.follow(state, fresh_for, digest.flaws).await;
        }
        // a difference need not repeat what holds for the whole
        if digest.extent == Extent::Changes && digest.hints == Hints::default() {
            digest.hints.clone_from(&state.hints);
        }
        self.take_in(state, digest, fresh_for, bytes).await
    }

    /// A readable document: the guard's word, then the commit.
    pub(super) async fn take_in(
        &self,
        mut state: PollState,
        digest: Digest,
        fresh_for: Option<std::time::Duration>,
        bytes: usize,
    ) -> Result<PollReport, StoreError> {
        let now = self.clock.now();
        let Judgment { known, doubt, release, still_held, unshown } = self.judge(&state, &digest).await?;
        let left_held = if doubt.is_none() && !still_held { unshown } else { 0 };
        state.held = doubt.or(if still_held { state.held } else { None });
        state.held_since = state.held.and(state.held_since.or(Some(now)));
        let new = known.iter().filter(|recognition| matches!(recognition, Recognition::New)).count();
        let items = u16::try_from(new).unwrap_or(u16::MAX);
        state.days.count(now, DayTally { items, ..DayTally::default() });
        let is_first = state.profile.accepted == 0 && state.held.is_none();
        if doubt.is_none() && state.profile.accepted > 0 {
            self.learn_habit(&mut state, new);
            state.push = push::observed(state.push, new, now);
        }
        state.last_success = Some(now);
        state.hints = digest.hints.clone();
        state.failure = doubt.map(|reason| {
            let what = format!("new items are held until the next poll agrees: {}", reason.as_str());
            Box::new(Failure::new(FailureStage::Guard, what, now, Some(200)))
        });
        if state.reading.as_ref().is_some_and(|reading| reading.repair == Some(Repair::Swapped)) && doubt.is_none() {
            state.relearned_at = Some(now);
        }
        state.state = match (state.held, digest.drafts.is_empty()) {
            (Some(_), _) => SourceState::Held,
            (None, true) if digest.extent == Extent::Whole => SourceState::Empty,
            (None, _) => SourceState::Ok,
        };
        if doubt.is_none() && !digest.drafts.is_empty() {
            let profile = std::mem::take(&mut state.profile);
            state.profile = guard::learned(profile, digest.entries, digest.drafts.iter(), digest.extent, now);
        }
        let is_whole = digest.extent == Extent::Whole && state.held.is_none();
        let outcome = Outcome::Success { fresh_for, hints: digest.hints };
        let mut batch = Batch {
            memory: (doubt.is_none() && digest.extent == Extent::Whole).then_some(digest.memory),
            drafts: digest.drafts,
            coverage: if is_whole { Coverage::Whole } else { Coverage::Part },
            arrival: doubt.map_or_else(|| self.arrival(), Arrival::Held),
            release,
            body: self.ingest.keep(digest.body),
            ..self.batch(self.scheduled(state, &outcome))
        };
        if let Some(poll) = batch.poll.as_mut().filter(|_| is_first) {
            poll.began = Some(batch.now);
        }
        let answer = Polled::Read { entries: digest.entries, bytes, method: digest.method };
        Ok(PollReport { left_held, ..self.commit(batch, answer, digest.flaws).await? })
    }

    /// What the store knows of a document's entries, and what the guard makes of that.
    pub(super) async fn judge(&self, state: &PollState, digest: &Digest) -> Result<Judgment, StoreError> {
        let now = self.clock.now();
        // a source's first poll fills the history, whatever the store knows
        let is_first = state.profile.accepted == 0 && state.held.is_none();
        let known = if is_first {
            Vec::new()
        } else {
            self.ingest.store.recognize(&self.source.paper, Arc::clone(&digest.drafts), now).await?
        };
        let sightings: Vec<Sighting<'_>> =
            digest.drafts.iter().zip(&known).map(|(draft, recognition)| Sighting { draft, recognition }).collect();
        let doubt = guard::verdict(&state.profile, &sightings, digest.extent, now);
        let Releases { release, still_held, unshown } = self.releases(state, &known, digest.extent).await?;
        Ok(Judgment { known, doubt, release, still_held, unshown })
    }

    /// What becomes of the held items. Changes alone repeat nothing: what they leave out is as it was.
    async fn releases(&self, state: &PollState, known: &[Recognition], extent: Extent) -> Result<Releases, StoreError> {
        if state.held.is_none() {
            return Ok(Releases::default());
        }
        let shown: HashSet<_> = known
            .iter()
            .filter_map(|r| match r {
                Recognition::Known { item, held: true } => Some(*item),
                _ => None,
            })
            .collect();
        let held = self.ingest.store.held(&self.source.id).await?;
        let is_of_hold = |h: &HeldItem| state.held_since.is_none_or(|since| h.since >= since);
        let (release, stay): (Vec<_>, Vec<_>) = held
            .iter()
            .filter(|h| shown.contains(&h.item) || extent == Extent::Changes && is_of_hold(h))
            .partition(|h| guard::fits(&state.profile, &h.url));
        let unshown = if extent == Extent::Whole {
            held.iter().filter(|h| is_of_hold(h) && !shown.contains(&h.item)).count()
        } else {
            0
        };
        let release = release.into_iter().map(|h| h.item).collect();
        Ok(Releases { release, still_held: !stay.is_empty(), unshown })
    }

    /// What is held since the source was doubted last. An earlier doubt's items wait for an operator, or for a page that
    /// shows them.
    async fn held(&self, state: &PollState) -> Result<Vec<HeldItem>, StoreError> {
        let mut held = self.ingest.store.held(&self.source.id).await?;
        held.retain(|item| state.held_since.is_none_or(|since| item.since >= since));
        Ok(held)
    }

    /// What the source has published since it could last be read.
    fn learn_habit(&self, state: &mut PollState, new: usize) {
        let (habit, zone) = (std::mem::take(&mut state.habit), self.source.timezone);
        state.habit = habit::observed(habit, new, state.last_success, self.clock.now(), zone);
    }

    pub(super) fn arrival(&self) -> Arrival {
        if self.source.read_articles { Arrival::AwaitArticle } else { Arrival::Ready }
    }

    fn scheduled(&self, state: PollState, outcome: &Outcome) -> PollState {
        self.ingest.cadence.next(&self.source.id, self.rhythm, state, outcome, self.clock.now())
    }

    pub(super) fn batch(&self, state: PollState) -> Batch {
        Batch {
            source: self.source.id.clone(),
            paper: self.source.paper.clone(),
            authority: authority(self.source),
            now: self.clock.now(),
            poll: Some(state),
            memory: None,
            drafts: Arc::default(),
            coverage: Coverage::Part,
            arrival: self.arrival(),
            release: Vec::new(),
            article: None,
            origins: self.ingest.fetcher.take_due_origins(),
            body: None,
            anew: None,
        }
    }

    pub(super) async fn commit(
        &self,
        mut batch: Batch,
        answer: Polled,
        flaws: Vec<String>,
    ) -> Result<PollReport, StoreError> {
        let now = batch.now;
        let mut state = batch.poll.clone().unwrap_or_default();
        if self.ingest.effect == Effect::Tried {
            // the request was made: that stands in the ledger
            self.ingest.store.put_poll_states(Vec::new(), std::mem::take(&mut batch.origins)).await?;
            let trial = self.ingest.store.try_out(batch).await?;
            let tried = Tried { items: trial.items, ..Tried::default() };
            return Ok(PollReport { trial: Some(Box::new(tried)), ..self.report(state, trial.commit, answer, flaws) });
        }
        let commit = self.ingest.store.commit(batch).await?;
        if commit.new + commit.changed > 0 {
            state.last_change = Some(now);
        }
        Ok(self.report(state, commit, answer, flaws))
    }

    pub(super) fn report(&self, state: PollState, commit: Commit, answer: Polled, flaws: Vec<String>) -> PollReport {
        PollReport { state, commit, answer, flaws, left_held: 0, reread: None, trial: None, took: self.clock.elapsed() }
    }
}
