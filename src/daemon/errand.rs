//! Work on one source beside its polls. It needs the source's state, which the poller holds while the daemon runs.

use super::plan::{Plan, Planned};
use crate::model::{PollState, SourceId};
use crate::store::{Commit, StoreError};
use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    /// What is held of it goes on.
    Release,
}

/// What came of it.
pub(super) type Done = Result<Commit, StoreError>;

/// An errand on its way to the poller.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) source: SourceId,
    pub(super) errand: Errand,
    pub(super) tell: oneshot::Sender<Done>,
}

/// Runs an errand; gives back the source's new state.
pub(super) async fn run(
    plan: &Plan,
    planned: &Planned,
    errand: Errand,
    state: PollState,
    now: DateTime<Utc>,
) -> Result<(PollState, Commit), StoreError> {
    match errand {
        Errand::Release => plan.ingest().release(&planned.source, state, now).await,
    }
}
