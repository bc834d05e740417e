//! Work on one source out of turn. It needs the source's state, which the poller holds while the daemon runs.

use super::plan::{Plan, Planned};
use super::poller::claim;
use crate::ingest::PollReport;
use crate::model::{PollState, SourceId};
use crate::store::{Commit, Store, StoreError};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    /// What is held of it goes on.
    Release,
    /// It is polled now.
    Poll,
    /// It is asked now, and what comes is looked at and not kept.
    TryPoll,
}

/// What was done.
#[derive(Debug)]
pub(super) enum Done {
    /// The held items.
    Released(Commit),
    /// The poll, or the trial.
    Polled(Box<PollReport>),
    /// Nothing: it may not be asked before.
    NotBefore(DateTime<Utc>),
}

/// An errand on its way to the poller.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) source: SourceId,
    pub(super) errand: Errand,
    pub(super) tell: oneshot::Sender<Result<Done, StoreError>>,
}

/// Releases what is held of a source; gives back its new state.
pub(super) async fn release(
    plan: &Plan,
    planned: &Planned,
    state: PollState,
    now: DateTime<Utc>,
) -> Result<(PollState, Commit), StoreError> {
    plan.ingest().release(&planned.source, state, now).await
}

/// Runs an errand where no poller does: the state comes from the store and goes back there.
pub(super) async fn run_alone(
    store: &Arc<impl Store>,
    plan: &Plan,
    planned: &Planned,
    errand: Errand,
    now: DateTime<Utc>,
) -> Result<Done, StoreError> {
    let Planned { source, rhythm } = planned;
    let state = *store.poll_states().await?.remove(&source.id).unwrap_or_default();
    if errand == Errand::Release {
        let (_, commit) = release(plan, planned, state, now).await?;
        return Ok(Done::Released(commit));
    }
    let may_ask = plan.ingest().may_ask(source, &state, now);
    if may_ask > now {
        return Ok(Done::NotBefore(may_ask));
    }
    store.claim(vec![claim(plan, planned, now)], now).await?;
    let report = match errand {
        Errand::TryPoll => plan.ingest().try_poll(source, rhythm, state, now).await?,
        _ => plan.ingest().poll(source, rhythm, state, now).await?,
    };
    plan.ingest().keep_origins().await?;
    Ok(Done::Polled(Box::new(report)))
}
