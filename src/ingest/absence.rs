//! Articles that their list has lost: the page of each is asked for, and what it answers is noted.
//!
//! Comes in: an absent item that is due. Goes out: one transaction in the store. 404 and 410 alone speak against an article.
//! A redirect does not, wherever it leads: an article that moved is redirected, and many systems send readers of whatever they
//! do not find to the front page, during a repair as well.

use super::{Clock, Ingest};
use crate::fetch::{Deltas, FetchError, Request};
use crate::model::Source;
use crate::schedule::Rhythm;
use crate::store::{AbsenceAnswer, AbsentItem, Commit, Store, StoreError};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// What asking for an absent item's page came to.
#[derive(Debug, Clone)]
pub struct AbsenceReport {
    /// What the commit did.
    pub commit: Commit,
    /// What the page answered.
    pub answer: AbsenceAnswer,
}

impl<S: Store> Ingest<S> {
    /// Asks for the page of an absent item. Nothing of a page that comes is read.
    ///
    /// # Errors
    /// [`StoreError`] alone.
    pub async fn ask_for_absent(
        &self,
        source: &Arc<Source>,
        rhythm: &Rhythm,
        absent: &AbsentItem,
        now: DateTime<Utc>,
    ) -> Result<AbsenceReport, StoreError> {
        let clock = Clock::start(now);
        let request = Request {
            url: absent.url.clone(),
            validators: None,
            deltas: Deltas::Refused,
            robots: source.robots,
            headers: source.headers_for(&absent.url),
            retry_base: self.cadence.interval(rhythm, now),
            now,
        };
        let fetched = self.fetcher.fetch(request).await;
        let now = clock.now();
        let retry_at = self.cadence.retry(&source.id, rhythm, absent.attempts, now);
        let answer = fetched.map_or_else(|error| answer(&error, retry_at), |_| AbsenceAnswer::Stands);
        let origins = self.fetcher.take_due_origins();
        let commit = self.store.settle_absence(absent.item, answer, origins, now).await?;
        Ok(AbsenceReport { commit, answer })
    }
}

fn answer(error: &FetchError, retry_at: DateTime<Utc>) -> AbsenceAnswer {
    match error {
        FetchError::Status { status: 404 | 410, .. } => AbsenceAnswer::Gone,
        // nothing can be learned of it, and nothing speaks against it
        FetchError::RobotsForbid { .. } | FetchError::AddressRefused { .. } => AbsenceAnswer::Stands,
        FetchError::CoolDown { until, .. } | FetchError::Budget { until, .. } => {
            AbsenceAnswer::Postponed { until: *until }
        }
        FetchError::RobotsUnreachable { until, .. } => AbsenceAnswer::Unclear { retry_at: retry_at.max(*until) },
        FetchError::Status { retry_after: Some(wait), .. } => {
            AbsenceAnswer::Unclear { retry_at: retry_at.max(retry_at + *wait) }
        }
        _ => AbsenceAnswer::Unclear { retry_at },
    }
}
