//! The polling task: what is due is claimed in the store, polled, counted, and set for its next time.

use super::plan::{Plan, Planned, Shared};
use super::stopped;
use crate::ingest::{PollReport, Polled};
use crate::model::{FailureKind, ListReading, PollState, SourceId, SourceState};
use crate::observe::metrics::{Metrics, PollOutcome};
use crate::schedule::DueQueue;
use crate::store::{Store, StoreError};
use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

/// How long polls wait when the store cannot take their claims.
const STORE_PAUSE: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(1);

/// A poll's source, and what came of it.
type Polling = (SourceId, Result<PollReport, StoreError>);

struct Poller {
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    queue: DueQueue,
    states: HashMap<SourceId, PollState>,
    running: JoinSet<Polling>,
    /// Which poll runs in which task, for those that panic.
    tasks: HashMap<Id, SourceId>,
}

/// Loads what is known of the sources; the future that comes back polls until `stopping`.
pub(super) async fn run(
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    mut replans: mpsc::Receiver<()>,
    stopping: watch::Receiver<bool>,
) -> Result<impl Future<Output = ()> + use<>, StoreError> {
    let states = shared.store.poll_states().await?;
    let mut poller =
        Poller { shared, plan, queue: DueQueue::default(), states, running: JoinSet::new(), tasks: HashMap::new() };
    poller.replan(Utc::now());
    Ok(async move {
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let stop = stopped(stopping);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                due = poller.queue.wait() => poller.start(due).await,
                Some(done) = poller.running.join_next_with_id() => poller.finish(done),
                Some(()) = replans.recv() => poller.replan(Utc::now()),
                _ = heartbeat.tick() => poller.shared.pulse.tick(),
            }
        }
        // What is under way is given up: its wait was written before it left, and a commit in hand is the writer's own.
        poller.running.shutdown().await;
    })
}

impl Poller {
    /// Takes the plan as it is now: new sources are due soon, those that left are dropped, no wait is shortened.
    fn replan(&mut self, now: DateTime<Utc>) {
        let plan = self.plan.load_full();
        let running: HashSet<SourceId> = self.tasks.values().cloned().collect();
        let mut queue = DueQueue::default();
        for planned in plan.sources().filter(|p| !running.contains(&p.source.id)) {
            let state = self.states.entry(planned.source.id.clone()).or_default();
            let due = plan.cadence().due(&planned.source.id, &planned.rhythm, state, now);
            queue.set(planned.source.id.clone(), instant(due, now));
        }
        self.queue = queue;
        self.count_states(&plan);
    }

    /// Claims the sources that are due, then polls them: their wait is written before a request leaves.
    async fn start(&mut self, due: Vec<SourceId>) {
        let plan = self.plan.load_full();
        let now = Utc::now();
        let mut polls: Vec<(Planned, PollState)> = Vec::with_capacity(due.len());
        for id in due {
            if let Some(planned) = plan.source(&id) {
                polls.push((planned.clone(), self.states.get(&id).cloned().unwrap_or_default()));
            }
        }
        let claims = polls.iter().map(|(planned, state)| claim(&plan, planned, state, now)).collect();
        if let Err(failure) = self.shared.store.put_poll_states(claims, Vec::new()).await {
            error!("no poll leaves, since the store cannot note it: {failure}");
            for (planned, _) in polls {
                self.queue.set(planned.source.id.clone(), Instant::now() + STORE_PAUSE);
            }
            return;
        }
        for (planned, state) in polls {
            let (ingest, id) = (plan.ingest().clone(), planned.source.id.clone());
            let task = self.running.spawn(async move {
                let report = ingest.poll(&planned.source, &planned.rhythm, state, now).await;
                (planned.source.id.clone(), report)
            });
            self.tasks.insert(task.id(), id);
        }
    }

    fn finish(&mut self, done: Result<(Id, Polling), JoinError>) {
        let now = Utc::now();
        match done {
            Ok((task, (source, Ok(report)))) => {
                self.tasks.remove(&task);
                tell(&source, &report);
                count(&self.shared.metrics, &report);
                if report.commit.changed > 0 {
                    self.shared.changed.notify_one();
                }
                if report.commit.new > 0 || report.commit.published > 0 {
                    self.shared.articles.notify_one();
                }
                let next = report.state.next_poll_at.unwrap_or(now);
                self.states.insert(source.clone(), report.state);
                self.requeue(source, instant(next, now));
            }
            Ok((task, (source, Err(failure)))) => {
                self.tasks.remove(&task);
                error!(source.id = %source, "what came was not kept: {failure}");
                self.requeue_after_interval(source, now);
            }
            Err(failure) => {
                if let Some(source) = self.tasks.remove(&failure.id()) {
                    error!(source.id = %source, "a poll failed within bantin itself: {failure}");
                    self.requeue_after_interval(source, now);
                }
            }
        }
        if self.tasks.is_empty() {
            self.count_states(&self.plan.load());
        }
    }

    fn requeue_after_interval(&mut self, source: SourceId, now: DateTime<Utc>) {
        let plan = self.plan.load();
        let wait = plan.source(&source).map(|planned| plan.cadence().interval(&planned.rhythm, now));
        self.requeue(source, Instant::now() + wait.unwrap_or(STORE_PAUSE));
    }

    fn requeue(&mut self, source: SourceId, at: Instant) {
        if self.plan.load().source(&source).is_some() {
            self.queue.set(source, at);
        }
    }

    fn count_states(&self, plan: &Plan) {
        let states = plan.sources().map(|p| self.states.get(&p.source.id).map_or(SourceState::New, |s| s.state));
        self.shared.metrics.source_states(states);
    }
}

/// The state that is written before a request leaves: were we killed now, the source would wait its interval.
pub(super) fn claim(plan: &Plan, planned: &Planned, state: &PollState, now: DateTime<Utc>) -> (SourceId, PollState) {
    let mut claim = state.clone();
    claim.scheduled_at = Some(now);
    claim.next_poll_at = Some(now + plan.cadence().interval(&planned.rhythm, now));
    (planned.source.id.clone(), claim)
}

fn instant(at: DateTime<Utc>, now: DateTime<Utc>) -> Instant {
    Instant::now() + (at - now).to_std().unwrap_or(Duration::ZERO)
}

fn count(metrics: &Metrics, report: &PollReport) {
    let outcome = match (&report.answer, report.state.state) {
        (Polled::Failed, SourceState::Waiting) => PollOutcome::Wait,
        (Polled::Failed, SourceState::Blocked) => PollOutcome::Blocked,
        (Polled::Failed, SourceState::Gone) => PollOutcome::Gone,
        (Polled::Failed, _) => PollOutcome::Failed,
        (Polled::NotModified, _) => PollOutcome::NotModified,
        (Polled::Read { .. }, SourceState::Held) => PollOutcome::Held,
        (Polled::Read { .. }, _) if report.commit.changed > 0 => PollOutcome::Changed,
        (Polled::Read { .. }, _) => PollOutcome::Same,
    };
    metrics.poll(outcome, report.took);
    let failure = report.state.failure.as_ref().filter(|_| report.answer == Polled::Failed);
    if let Some(kind) = failure.and_then(|failure| failure.kind) {
        metrics.fetch_failure(kind);
    }
    metrics.commit(report.commit.new, report.commit.changed, report.commit.repairs.len());
    metrics.revision(report.commit.revision.0);
    if let Some(reading) = report.reading() {
        metrics.list(reading);
    }
}

/// One line a poll that changed something or went wrong.
pub(super) fn tell(source: &SourceId, report: &PollReport) {
    let commit = &report.commit;
    let duration_ms = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX);
    for repair in &commit.repairs {
        info!(source.id = %source, "identity repaired: {repair}");
    }
    for flaw in report.flaws.iter().take(5) {
        debug!(source.id = %source, "{flaw}");
    }
    if let (Polled::Read { .. }, Some(notice)) = (&report.answer, report.reading().and_then(ListReading::notice)) {
        warn!(source.id = %source, "{notice}");
    }
    match (&report.answer, &report.state.failure) {
        (_, Some(failure)) => warn!(
            source.id = %source, stage = failure.stage.as_str(), kind = failure.kind.map(FailureKind::as_str), http.status = failure.http_status,
            state = report.state.state.as_str(), next = %stamp(report.state.next_poll_at), duration_ms,
            witness = failure.witness, first_bytes = failure.first_bytes,
            "{}", failure.what
        ),
        (Polled::Read { entries, bytes, method }, None) if commit.new + commit.changed > 0 => info!(
            source.id = %source, entries, new = commit.new, published = commit.published, changed = commit.changed,
            method, size_bytes = bytes, duration_ms, "polled"
        ),
        (Polled::Read { entries, .. }, None) => {
            debug!(source.id = %source, entries, duration_ms, "polled, nothing new")
        }
        (Polled::NotModified, None) if commit.published > 0 => {
            info!(source.id = %source, published = commit.published, "held items are released: the next poll agreed");
        }
        (Polled::NotModified | Polled::Failed, None) => debug!(source.id = %source, duration_ms, "not modified"),
    }
}

fn stamp(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}
