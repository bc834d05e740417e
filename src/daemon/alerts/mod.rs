//! Alerts: operators are told what is wrong before readers notice, once when it begins and once when it is over.
//!
//! Comes in: what the daemon's tasks say of how things go ([`Signs`]). Goes out: tellings by the ways of the configuration,
//! marks in the store (from which `/alerts.atom` and the status pages read), lines in the log. Nothing waits for it.

mod book;
mod signs;
mod troubles;
mod ways;

pub(super) use signs::{Signs, Storing};

use super::plan::{Plan, Shared};
use super::stopped;
use crate::model::{Alert, AlertMark};
use crate::store::{Store, StoreError};
use arc_swap::ArcSwap;
use book::{Book, Telling};
use chrono::{DateTime, Utc};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tracing::{error, info, warn};

/// How often it is looked what has become true by the passing of time alone.
const REST: Duration = Duration::from_secs(5);
/// Words that come together are looked at together: a look is over all sources.
const GATHER: Duration = Duration::from_millis(500);
/// A stop waits so long for tellings under way.
const FAREWELL: Duration = Duration::from_secs(2);
/// Marks that could not be written are tried again after this.
const STORE_PAUSE: Duration = Duration::from_secs(10);

/// Something that is over.
enum Done {
    Told { telling: Telling, result: Result<(), String> },
    Written { changed: Vec<AlertMark>, gone: Vec<String>, result: Result<(), StoreError> },
}

struct Desk {
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    /// The plan whose ways the book has.
    taken: Option<Arc<Plan>>,
    book: Book,
    /// Tellings, and at most one write: a store that does not answer may be what operators are told of, so nobody waits for it.
    calls: JoinSet<Done>,
    is_writing: bool,
    write_at: Instant,
}

/// Loads what was told; the future that comes back tells until `stopping`.
pub(super) async fn run(
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    stopping: watch::Receiver<bool>,
) -> Result<impl Future<Output = ()> + use<>, StoreError> {
    let book = Book::kept(shared.store.alerts().await?);
    let signs = Arc::clone(&shared.signs);
    let (calls, is_writing, write_at) = (JoinSet::new(), false, Instant::now());
    let mut desk = Desk { shared, plan, taken: None, book, calls, is_writing, write_at };
    Ok(async move {
        let stop = stopped(stopping);
        tokio::pin!(stop);
        loop {
            desk.turn(Utc::now());
            let rest = desk.rest(Utc::now());
            tokio::select! {
                () = &mut stop => break,
                Some(done) = desk.calls.join_next() => desk.finish(done, Utc::now()),
                () = signs.news.notified() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(rest) => {}
            }
        }
        let _ = tokio::time::timeout(FAREWELL, desk.part()).await;
        desk.calls.shutdown().await;
    })
}

impl Desk {
    /// Everything that is to be done now.
    fn turn(&mut self, now: DateTime<Utc>) {
        let plan = self.plan.load_full();
        if !self.taken.as_ref().is_some_and(|taken| Arc::ptr_eq(taken, &plan)) {
            self.book.configure(plan.alerts());
            self.taken = Some(Arc::clone(&plan));
        }
        let news = {
            let facts = self.shared.signs.facts();
            let troubles = troubles::all(&facts, &self.book, now);
            self.book.see(troubles, |kind| troubles::is_known(&facts, kind), now)
        };
        news.iter().for_each(log);
        self.shared.metrics.alerts(self.book.open());
        self.write();
        for telling in self.book.due(now) {
            let fetcher = Arc::clone(plan.fetcher());
            self.calls.spawn(async move {
                let result = ways::tell(&fetcher, &telling, now).await;
                Done::Told { telling, result }
            });
        }
    }

    fn rest(&self, now: DateTime<Utc>) -> Duration {
        self.book.next_at().map_or(REST, |at| (at - now).to_std().unwrap_or_default()).clamp(GATHER, REST)
    }

    fn finish(&mut self, done: Result<Done, JoinError>, now: DateTime<Utc>) {
        match done {
            Ok(Done::Told { telling, result }) => {
                if let Err(why) = &result {
                    let (way, why) = (telling.way.way.shown(), crate::text::log_safe(why));
                    warn!(alerts = telling.alerts.len(), "{way} was not told of alerts, which is tried again: {why}");
                }
                self.book.told(&telling, result.is_ok(), now);
            }
            Ok(Done::Written { changed, gone, result }) => {
                self.is_writing = false;
                if let Err(failure) = result {
                    error!("what operators were told was not kept, which is tried again: {failure}");
                    self.book.not_written(changed, gone);
                    self.write_at = Instant::now() + STORE_PAUSE;
                }
            }
            Err(failure) => {
                error!("telling an alert failed within bantin itself: {failure}");
                self.book.forget_tellings();
                self.is_writing = false;
            }
        }
    }

    /// Notes how what is under way ends, and writes what was told.
    async fn part(&mut self) {
        while let Some(done) = self.calls.join_next().await {
            self.finish(done, Utc::now());
            self.write();
        }
    }

    /// Begins to write what has changed.
    fn write(&mut self) {
        if self.is_writing || Instant::now() < self.write_at {
            return;
        }
        let Some((changed, gone)) = self.book.take_changed() else { return };
        self.is_writing = true;
        let store = Arc::clone(&self.shared.store);
        self.calls.spawn(async move {
            let result = store.put_alerts(changed.clone(), gone.clone()).await;
            Done::Written { changed, gone, result }
        });
    }
}

/// One line when it begins, one when it is over.
fn log(alert: &Alert) {
    let source = alert.source.as_ref().map(ToString::to_string);
    let (kind, what) = (alert.kind.as_str(), crate::text::log_safe(&alert.what));
    match alert.until {
        None => warn!(kind, source, remedy = %alert.remedy, "alert: {what}"),
        Some(_) => info!(kind, source, "alert is over: {what}"),
    }
}
