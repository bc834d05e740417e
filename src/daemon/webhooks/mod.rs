//! The webhooks: receivers are told of changes as soon as they are published, in order, over restarts and outages.
//!
//! Comes in: the word that a round of publishing is over, and the change streams of the store. Goes out: signed pages of
//! changes, rows in the store, lines in the log. Nothing waits for it. It is a mirror turned around: what a receiver gets is
//! what `/{paper}/changes` would say behind the place that it acknowledged last.

mod book;
mod calls;

use super::plan::{Plan, Shared};
use super::stopped;
use crate::model::{PaperId, Publication, Webhook};
use crate::observe::metrics::WebhookResult;
use crate::store::{Store, StoreError};
use arc_swap::ArcSwap;
pub(super) use book::Receipt;
use book::{Book, Look, Reach};
use calls::Found;
pub(super) use calls::post;
use chrono::{DateTime, Utc};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

/// The longest rest between two turns; what was passed over is written no more often.
const REST: Duration = Duration::from_secs(60);
/// A stop waits so long for deliveries under way.
const FAREWELL: Duration = Duration::from_secs(2);
const BREATH: Duration = Duration::from_millis(20);

/// Something that is over.
enum Done {
    Looked { look: Look, found: Result<Found, StoreError> },
    Delivered { webhook: Webhook, reach: Reach, receipt: Receipt },
}

struct Desk {
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    /// The plan whose webhooks the book has.
    taken: Option<Arc<Plan>>,
    book: Book,
    calls: JoinSet<Done>,
    written_at: Instant,
}

/// Loads how webhooks stand; the future that comes back serves them until `stopping`.
pub(super) async fn run(
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    stopping: watch::Receiver<bool>,
) -> Result<impl Future<Output = ()> + use<>, StoreError> {
    let mut published = shared.published.subscribe();
    let (book, calls) = (Book::default(), JoinSet::new());
    let mut desk = Desk { shared, plan, taken: None, book, calls, written_at: Instant::now() };
    desk.take_plan().await?;
    Ok(async move {
        let stop = stopped(stopping);
        tokio::pin!(stop);
        loop {
            desk.turn(Utc::now()).await;
            let rest = desk.rest(Utc::now());
            tokio::select! {
                () = &mut stop => break,
                Some(done) = desk.calls.join_next() => desk.finish(done, Utc::now()).await,
                Ok(()) = published.changed() => desk.book.news(),
                () = tokio::time::sleep(rest) => {}
            }
        }
        // what a receiver is just taking in need not come again
        let _ = tokio::time::timeout(FAREWELL, desk.part()).await;
        desk.calls.shutdown().await;
        desk.book.settle();
        desk.write().await;
    })
}

impl Desk {
    /// Takes the webhooks of a new plan.
    async fn take_plan(&mut self) -> Result<(), StoreError> {
        let plan = self.plan.load_full();
        if self.taken.as_ref().is_some_and(|taken| Arc::ptr_eq(taken, &plan)) {
            return Ok(());
        }
        let store = &self.shared.store;
        let kept = store.webhooks().await?;
        let newest = match plan.webhooks().iter().find_map(|webhook| webhook.papers.first()) {
            Some(paper) => store.change_page(paper, Some(i64::MAX.unsigned_abs()), 1).await?.newest,
            None => 0,
        };
        self.book.configure(plan.webhooks(), kept, newest);
        self.taken = Some(plan);
        self.shared.signs.webhooks(self.book.marks());
        Ok(())
    }

    /// Everything that is to be done now.
    async fn turn(&mut self, now: DateTime<Utc>) {
        if let Err(failure) = self.take_plan().await {
            error!("the webhooks of the configuration are not served yet, which is tried again: {failure}");
        }
        if self.written_at.elapsed() >= REST {
            self.book.settle();
        }
        self.write().await;
        let Some(plan) = self.taken.clone() else { return };
        for look in self.book.due(now) {
            let Some(paper) = plan.paper(&look.paper).cloned() else { continue };
            let store = Arc::clone(&self.shared.store);
            self.calls.spawn(async move {
                let found = calls::look(&*store, &paper, &look).await;
                Done::Looked { look, found }
            });
        }
    }

    fn rest(&self, now: DateTime<Utc>) -> Duration {
        self.book.next_at().map_or(REST, |at| (at - now).to_std().unwrap_or_default()).clamp(BREATH, REST)
    }

    /// Notes how the deliveries under way end.
    async fn part(&mut self) {
        while let Some(done) = self.calls.join_next().await {
            if let Ok(Done::Delivered { webhook, reach, receipt }) = done {
                self.delivered(&webhook, &reach, &receipt, Utc::now());
            }
        }
    }

    async fn finish(&mut self, done: Result<Done, JoinError>, now: DateTime<Utc>) {
        match done {
            Ok(Done::Looked { look, found: Ok(found) }) => self.found(look, found, now).await,
            Ok(Done::Looked { look, found: Err(failure) }) => {
                error!("the changes for a webhook cannot be read, which is tried again: {failure}");
                self.again(&look.webhook.key, &look.paper, look.place.after, now);
            }
            Ok(Done::Delivered { webhook, reach, receipt }) => self.delivered(&webhook, &reach, &receipt, now),
            Err(failure) => {
                error!("a call to a webhook failed within bantin itself: {failure}");
                self.book.forget_calls();
            }
        }
    }

    /// A page that is wanted leaves as soon as it is noted where it ends.
    async fn found(&mut self, look: Look, found: Found, now: DateTime<Utc>) {
        let Found { reach, page, is_pruned } = found;
        let Look { webhook, paper, place } = look;
        let host = webhook.host();
        if is_pruned {
            warn!(host, paper = %paper, "changes that a webhook had yet to tell are no longer kept; it goes on at the oldest");
        }
        let Some(page) = page else { return self.book.skipped(&reach) };
        self.book.leaves(&reach);
        if !self.write().await {
            return self.again(&reach.key, &paper, place.after, now);
        }
        self.spawn(webhook, reach, page, now);
    }

    fn spawn(&mut self, webhook: Webhook, reach: Reach, page: Publication, now: DateTime<Utc>) {
        let fetcher = Arc::clone(self.plan.load().fetcher());
        let epoch = self.shared.store.stream_epoch().timestamp_micros();
        self.calls.spawn(async move {
            let receipt = calls::deliver(&fetcher, &webhook, &reach, (page, epoch), now).await;
            Done::Delivered { webhook, reach, receipt }
        });
    }

    /// The store failed: the same place comes again later.
    fn again(&mut self, key: &str, paper: &PaperId, after: u64, now: DateTime<Utc>) {
        let reach = Reach { key: key.to_owned(), paper: paper.clone(), next: after, more: false };
        let problem = "the store does not answer".to_owned();
        self.book.delivered(&reach, &Receipt::Failed { problem, retry_after: None }, now);
    }

    fn delivered(&mut self, webhook: &Webhook, reach: &Reach, receipt: &Receipt, now: DateTime<Utc>) {
        self.book.delivered(reach, receipt, now);
        let (host, paper) = (webhook.host(), reach.paper.as_str());
        self.shared.metrics.webhook(match receipt {
            Receipt::Acknowledged => WebhookResult::Delivered,
            Receipt::Failed { .. } => WebhookResult::Failed,
            Receipt::Gone => WebhookResult::Gone,
        });
        match receipt {
            Receipt::Acknowledged => debug!(host, paper, "a webhook was told of changes"),
            Receipt::Failed { problem, .. } => {
                let problem = crate::text::log_safe(problem);
                info!(host, paper, "a webhook was not told of changes, which is tried again: {problem}");
            }
            Receipt::Gone => warn!(host, "a webhook answered 410 and is off until the configuration is loaded anew"),
        }
    }

    /// Writes what has changed; says whether it stands.
    async fn write(&mut self) -> bool {
        let Some((changed, gone)) = self.book.take_changed() else { return true };
        self.shared.signs.webhooks(changed.clone());
        self.written_at = Instant::now();
        let written = self.shared.store.put_webhooks(changed, gone.clone()).await;
        if let Err(failure) = &written {
            error!("how far webhooks have come was not kept, which is tried again: {failure}");
            self.book.not_written(gone);
        }
        written.is_ok()
    }
}
