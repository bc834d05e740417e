//! Whether the daemon makes progress, as `/readyz` tells it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// A scheduler that has not ticked for so long makes no progress.
const TICK_LIMIT: Duration = Duration::from_secs(90);

/// Facts that the daemon sets and `serve` reads; shared behind an `Arc`. Time is the monotonic clock.
#[derive(Debug)]
pub struct Pulse {
    since: Instant,
    ready: AtomicBool,
    tick_ms: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

impl Pulse {
    /// Not ready yet, and just ticked.
    #[must_use]
    pub fn new() -> Self {
        Self { since: Instant::now(), ready: AtomicBool::new(false), tick_ms: AtomicU64::new(0) }
    }

    /// Everything is up: `/readyz` may say so.
    pub fn ready(&self) {
        self.ready.store(true, Ordering::Relaxed);
    }

    /// The daemon is stopping: `/readyz` says no, so that a proxy sends readers elsewhere.
    pub fn stopping(&self) {
        self.ready.store(false, Ordering::Relaxed);
    }

    /// The scheduler made a turn. It must do so at least once a minute, with or without work.
    pub fn tick(&self) {
        let ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.tick_ms.store(ms, Ordering::Relaxed);
    }

    /// Whether everything is up.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Whether the scheduler made a turn within the last 90 seconds.
    #[must_use]
    pub fn is_polling(&self) -> bool {
        let last = Duration::from_millis(self.tick_ms.load(Ordering::Relaxed));
        self.since.elapsed().saturating_sub(last) <= TICK_LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn scheduler_that_stands_still_is_told() {
        let pulse = Pulse::new();
        assert!(!pulse.is_ready() && pulse.is_polling());
        pulse.ready();
        tokio::time::advance(TICK_LIMIT + Duration::from_secs(1)).await;
        assert!(pulse.is_ready() && !pulse.is_polling());
        pulse.tick();
        assert!(pulse.is_polling());
        pulse.stopping();
        assert!(!pulse.is_ready());
    }
}
