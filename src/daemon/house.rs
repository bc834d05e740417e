//! House jobs at their times, and the watchdog.

use super::plan::Shared;
use super::stopped;
use crate::config::Config;
use crate::model::Watcher;
use crate::schedule::{HouseClock, Job};
use crate::serve::Pulse;
use crate::store::sqlite::SqliteStore;
use crate::store::{Pruned, Store};
use crate::systemd;
use chrono::{DateTime, Utc};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tracing::{debug, error, info, warn};

/// How often the database is measured for `/metrics`.
const MEASURED_EVERY: Duration = Duration::from_secs(60);

/// How often it is asked whether the database is damaged.
const LOOK: Duration = Duration::from_secs(5);

/// Does the house jobs until `stopping`; the job in hand is finished.
pub(super) async fn run(shared: Shared, config: Config, stopping: watch::Receiver<bool>) {
    let mut clock = match HouseClock::start().await {
        Ok(clock) => clock,
        Err(failure) => {
            error!("{failure}; nothing is pruned or backed up until a restart");
            return;
        }
    };
    match shared.store.body_counts().await {
        Ok(counts) => shared.metrics.kept_bytes(counts.values().map(|kept| kept.bytes).sum()),
        Err(failure) => error!("the kept documents were not counted: {failure}"),
    }
    backup_if_due(&shared, &config, Utc::now()).await;
    let mut measure = tokio::time::interval(MEASURED_EVERY);
    measure.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let stop = stopped(stopping);
    tokio::pin!(stop);
    loop {
        let job = tokio::select! {
            () = &mut stop => break,
            _ = measure.tick() => {
                self::measure(&shared).await;
                continue;
            }
            job = clock.next() => job,
        };
        match job {
            Job::Prune => prune(&shared, &config).await,
            Job::Optimize => {
                if let Err(failure) = shared.store.optimize().await {
                    error!("the database was not optimized: {failure}");
                }
                if let Err(failure) = shared.store.scrub().await {
                    error!("what was erased is not cleared from all pages yet: {failure}");
                }
            }
            Job::Backup => backup_if_due(&shared, &config, Utc::now()).await,
        }
    }
    clock.shutdown().await;
}

async fn prune(shared: &Shared, config: &Config) {
    match shared.store.prune(&config.retention, Utc::now()).await {
        Ok(pruned) => {
            tell_pruned(&pruned);
            // what went leaves the feeds, and a month that is over goes to the archives
            shared.changed.notify_one();
        }
        Err(failure) => error!("nothing was pruned: {failure}"),
    }
}

/// Tells what a run of the retention did.
pub(super) fn tell_pruned(pruned: &Pruned) {
    let Pruned { removed, withheld, withheld_since, was_large, too_large_by_bytes } = *pruned;
    if was_large {
        warn!(removed, "more than a fifth of all items was beyond the retention for a day, and has gone");
    } else if removed > 0 {
        info!(removed, "items beyond the retention removed");
    }
    if let Some(since) = withheld_since.filter(|_| withheld > 0) {
        warn!(
            withheld, %since,
            "more than a fifth of all items is beyond the retention; what is left of them goes a day after it began: if \
             that is not meant, set `keep`, `keep-least` or `max-size` of [history] otherwise before"
        );
    }
    if too_large_by_bytes > 0 {
        warn!(
            too_large_by_bytes,
            "the database stays larger than `max-size` of [history]: the newest items of each category stay; lower \
             `keep-least`, or allow more"
        );
    }
}

async fn measure(shared: &Shared) {
    match shared.store.size().await {
        Ok(size) => shared.metrics.store_size(&size),
        Err(failure) => error!("the database cannot be measured: {failure}"),
    }
}

/// Makes a backup where the newest is older than `backup.every`; then the oldest beyond `backup.keep` go.
async fn backup_if_due(shared: &Shared, config: &Config, now: DateTime<Utc>) {
    let folder = &config.backup.dir;
    let kept = SqliteStore::backups_in(folder);
    let newest = kept.last().and_then(|file| std::fs::metadata(file).ok()?.modified().ok());
    let age = newest.map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
    if age.is_some_and(|age| age < config.backup.every) {
        return;
    }
    let file = folder.join(format!("bantin-{}.db", now.format("%Y%m%dT%H%M%SZ")));
    if let Err(failure) = std::fs::create_dir_all(folder) {
        error!("no backup: {} cannot be made: {failure}", folder.display());
        return;
    }
    match shared.store.backup_to(&file, &Watcher::default()).await {
        Ok(()) => {
            debug!("backup written to {}", file.display());
            let beyond = (kept.len() + 1).saturating_sub(config.backup.keep as usize);
            for old in kept.iter().take(beyond) {
                if let Err(failure) = std::fs::remove_file(old) {
                    error!("the old backup {} cannot be removed: {failure}", old.display());
                }
            }
        }
        Err(failure) => error!("no backup: {failure}"),
    }
}

/// Ends when a page of the database could not be read: the start mends it, where nothing is under way.
pub(super) async fn until_damaged(shared: &Shared) {
    let mut look = tokio::time::interval(LOOK);
    while !shared.store.is_suspect() {
        look.tick().await;
    }
}

/// Tells systemd that we live, but only while the pulse beats and what must answer does so in time.
pub(super) async fn watchdog<F>(pulse: Arc<Pulse>, answers: impl Fn() -> F, stopping: watch::Receiver<bool>)
where
    F: Future<Output = bool>,
{
    let Some(interval) = systemd::watchdog_interval() else { return };
    let mut tick = tokio::time::interval(interval);
    let stop = stopped(stopping);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = tick.tick() => {}
        }
        let answered = tokio::time::timeout(interval / 2, answers()).await;
        if pulse.is_polling() && answered == Ok(true) {
            systemd::alive();
        } else {
            error!("the watchdog is not told that we live: the scheduler or the store does not answer");
        }
    }
}
