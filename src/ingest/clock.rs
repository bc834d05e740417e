//! The time within one poll, which nobody but the daemon may ask for: told once, then counted.

use chrono::{DateTime, Utc};
use std::time::Duration;
use tokio::time::Instant;

/// A clock that started at a wall time and runs on the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    wall: DateTime<Utc>,
    started: Instant,
}

impl Clock {
    pub(super) fn start(wall: DateTime<Utc>) -> Self {
        Self { wall, started: Instant::now() }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.wall + self.started.elapsed()
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
