//! What a failed fetch means for the cadence, and the word for it in `/status.json`.

use crate::fetch::FetchError;
use crate::model::{Outcome, SourceState};
use chrono::{DateTime, Utc};
use std::time::Duration;

pub(super) fn of_fetch_error(error: &FetchError, now: DateTime<Utc>) -> (Outcome, SourceState) {
    let until = |at: &DateTime<Utc>| Outcome::Wait { for_: (*at - now).to_std().unwrap_or(Duration::ZERO) };
    match error {
        FetchError::RobotsForbid { .. } | FetchError::AddressRefused { .. } | FetchError::Wall { .. } => {
            (Outcome::Forbidden, SourceState::Blocked)
        }
        FetchError::RobotsUnreachable { until: at, .. } => (until(at), SourceState::Failing),
        FetchError::CoolDown { until: at, .. } | FetchError::Budget { until: at, .. } => {
            (until(at), SourceState::Waiting)
        }
        FetchError::Status { status: 410, .. } => (Outcome::Gone, SourceState::Gone),
        FetchError::Status { status: 429 | 503, retry_after: Some(wait), .. } => {
            (Outcome::Wait { for_: *wait }, SourceState::Waiting)
        }
        FetchError::Status { retry_after, .. } => {
            (Outcome::Failure { retry_after: *retry_after }, SourceState::Failing)
        }
        _ => (Outcome::Failure { retry_after: None }, SourceState::Failing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_mean_what_the_standards_say() {
        let now = DateTime::UNIX_EPOCH;
        let status = |status, secs: Option<u64>| {
            let retry_after = secs.map(Duration::from_secs);
            of_fetch_error(&FetchError::Status { url: String::new(), status, retry_after }, now)
        };
        assert_eq!(status(410, None), (Outcome::Gone, SourceState::Gone));
        assert_eq!(status(429, Some(6)), (Outcome::Wait { for_: Duration::from_secs(6) }, SourceState::Waiting));
        assert_eq!(status(503, None), (Outcome::Failure { retry_after: None }, SourceState::Failing));
        assert_eq!(status(500, None).1, SourceState::Failing);
    }
}
