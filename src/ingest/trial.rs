//! A poll tried out: the request is made as ever, what came is read and judged as ever, and nothing of it is kept.
//!
//! What stays is that the origin was asked: its page of the ledger, and how long it is left alone now. So a trial can be no
//! way around a wait.

use super::{Effect, Ingest, PollReport};
use crate::model::{PollState, Source, SourceState};
use crate::schedule::Rhythm;
use crate::store::{Store, StoreError, TriedItem};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// What a poll that was only tried would have come to, beside its report.
#[derive(Debug, Clone, Default)]
pub struct Tried {
    /// The state that the source would have.
    pub state: PollState,
    /// The items that would be new or otherwise.
    pub items: Vec<TriedItem>,
}

impl<S: Store> Ingest<S> {
    /// When a source may be asked out of turn, and when it is so at the earliest: its own waits, then what its host asked for.
    #[must_use]
    pub fn may_ask(&self, source: &Source, state: &PollState, now: DateTime<Utc>) -> DateTime<Utc> {
        let url = state.adopted_url.as_ref().unwrap_or(&source.url);
        let silent_until = self.fetcher.silent_until(url, now).unwrap_or(now);
        self.cadence.on_demand(state, now).max(silent_until)
    }

    /// Polls a source and keeps nothing but that it was asked. The report's state is the one that holds now.
    ///
    /// # Errors
    /// [`StoreError`] alone; then the source's old state holds.
    pub async fn try_poll(
        &self,
        source: &Arc<Source>,
        rhythm: &Rhythm,
        state: PollState,
        now: DateTime<Utc>,
    ) -> Result<PollReport, StoreError> {
        let trying = Self { effect: Effect::Tried, ..self.clone() };
        let mut report = trying.poll(source, rhythm, state.clone(), now).await?;
        let state = asked(state, &report.state);
        self.store.put_poll_states(vec![(source.id.clone(), state.clone())], Vec::new()).await?;
        let would = std::mem::replace(&mut report.state, state);
        report.trial.get_or_insert_default().state = would;
        Ok(report)
    }
}

/// The state before a poll, with the waits of the state after it.
fn asked(before: PollState, after: &PollState) -> PollState {
    let is_told_to_wait = matches!(after.state, SourceState::Waiting | SourceState::Blocked | SourceState::Gone);
    PollState {
        next_poll_at: after.next_poll_at,
        scheduled_at: after.scheduled_at,
        last_poll: after.last_poll,
        failures: after.failures,
        gone_since: after.gone_since,
        // what the origin said of being asked is no content: the wait stands there with its reason
        state: if is_told_to_wait { after.state } else { before.state },
        failure: if is_told_to_wait { after.failure.clone() } else { before.failure.clone() },
        ..before
    }
}
