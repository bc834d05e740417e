//! When: due polls and cron ticks become jobs. The only room that names tokio-cron-scheduler.
//!
//! Comes in: when each source is due (from the store's `next_poll_at`). Goes out: [`Job`]s. It does not know what a job does.
//! Polls come from a due queue of our own, since a burst of cron ticks loses some; cron closures only hand a job over.

mod cadence;
mod cron;
pub mod habit;
mod lanes;
pub mod lease;
pub mod push;
mod queue;
pub mod silence;

pub use cadence::{Bounds, Cadence};
pub use cron::{InvalidCron, Rhythm};
pub use lanes::Lanes;
pub use queue::DueQueue;

use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job as Tick, JobScheduler};

/// A house job; polls have the due queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Remove what is beyond the retention.
    Prune,
    /// Query statistics and the write-ahead log.
    Optimize,
    /// Make a backup if one is due.
    Backup,
}

/// Why the house clock could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the house jobs cannot be scheduled: {0}")]
pub struct ScheduleError(#[from] tokio_cron_scheduler::JobSchedulerError);

/// The house jobs with their times (UTC; six fields, seconds first): at odd minutes, away from everybody's full hour.
const HOUSE: &[(&str, Job)] =
    &[("0 17 20 * * *", Job::Prune), ("0 47 20 * * *", Job::Optimize), ("0 23 * * * *", Job::Backup)];
const WAITING_TICKS: usize = 16;

/// The clock of the house jobs.
pub struct HouseClock {
    cron: JobScheduler,
    ticks: mpsc::Receiver<Job>,
}

impl HouseClock {
    /// Starts the clock.
    ///
    /// # Errors
    /// [`ScheduleError`] where the library refuses.
    pub async fn start() -> Result<Self, ScheduleError> {
        let cron = JobScheduler::new().await?;
        let (hand_over, ticks) = mpsc::channel(WAITING_TICKS);
        for (times, job) in HOUSE {
            let hand_over = hand_over.clone();
            // A full channel means that the last tick is not done yet: then this one is not needed.
            cron.add(Tick::new(*times, move |_, _| drop(hand_over.try_send(job.clone())))?).await?;
        }
        cron.start().await?;
        Ok(Self { cron, ticks })
    }

    /// The next house job; pending while there is none. Cancel-safe.
    pub async fn next(&mut self) -> Job {
        match self.ticks.recv().await {
            Some(job) => job,
            None => std::future::pending().await,
        }
    }

    /// Stops the clock.
    pub async fn shutdown(&mut self) {
        // It stops ticking either way; there is nothing left to hand over.
        let _ = self.cron.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn house_clock_starts_and_stops() {
        let mut clock = HouseClock::start().await.expect("a clock");
        assert!(clock.ticks.try_recv().is_err(), "no tick at the start");
        clock.shutdown().await;
    }
}
