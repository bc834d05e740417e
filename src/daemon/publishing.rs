//! The publishing task: whenever something changed, every target is brought up to the store's revision.

use super::alerts::Storing;
use super::plan::{Plan, Shared};
use super::stopped;
use crate::observe::metrics::Metrics;
use crate::publish::Reconciled;
use arc_swap::ArcSwap;
use chrono::Utc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tracing::{debug, error};

/// After a failure the next try comes so soon, then ever later.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// Changes that come together are published together.
const GATHER: Duration = Duration::from_millis(20);

/// Says what the linter held back, once a fault, and how much is held back now.
pub(super) fn tell_refused(metrics: &Metrics, done: &Reconciled) {
    metrics.held_back(done.held_back.iter().map(|refusal| refusal.path.as_str()));
    for refusal in &done.refused {
        error!(
            path = refusal.path,
            rule = refusal.rule,
            "a finished document is not valid and stays back, a fault of bantin itself; the last good one stays \
             published; please report it: {}",
            refusal.what
        );
    }
}

/// Reconciles until `stopping`; the unit in hand is finished.
pub(super) async fn run(shared: Shared, plan: Arc<ArcSwap<Plan>>, stopping: watch::Receiver<bool>) {
    let mut retry = FIRST_RETRY;
    let stop = stopped(stopping);
    tokio::pin!(stop);
    loop {
        let publisher = Arc::clone(plan.load().publisher());
        let (failed, unfinished) = match publisher.reconcile(Utc::now()).await {
            Ok(done) => {
                shared.metrics.published(done.written, done.problems.len());
                if done.written > 0 {
                    debug!(written = done.written, removed = done.removed, "published");
                }
                tell_refused(&shared.metrics, &done);
                for problem in &done.problems {
                    error!("publishing is not complete and is tried again: {problem}");
                }
                shared.signs.stored(Storing::Feeds, done.problems.first().map_or(Ok(()), |why| Err(why.to_string())));
                shared.signs.refused(&done.held_back);
                let failed = !done.problems.is_empty();
                // a round that was stopped half way says nothing of what is gone
                shared.published.send_replace(!failed && !publisher.is_stopping());
                (failed, done.unfinished && !publisher.is_stopping())
            }
            Err(failure) => {
                error!("nothing was published, the last good feeds stay: {failure}");
                shared.signs.stored(Storing::Feeds, Err(failure.to_string()));
                (true, false)
            }
        };
        retry = if failed { (retry * 2).min(LONGEST_RETRY) } else { FIRST_RETRY };
        tokio::select! {
            () = &mut stop => break,
            () = shared.changed.notified() => {}
            () = std::future::ready(()), if unfinished && !failed => {}
            () = tokio::time::sleep(retry), if failed => {}
        }
        tokio::time::sleep(GATHER).await;
    }
}
