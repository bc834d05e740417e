//! The polling task: what is due is claimed in the store, polled, counted, and set for its next time.

mod errands;

use super::errand::Request;
use super::plan::{Plan, Planned, Shared};
use super::stopped;
use super::websub::{PollerEnd, Word};
use crate::ingest::{PollReport, Polled, is_read_otherwise};
use crate::model::{FailureKind, ListReading, PollState, SourceId, SourceState};
use crate::observe::metrics::{Metrics, PollOutcome};
use crate::schedule::{DueQueue, Lanes};
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
/// Polls under way at a time, from the request to the commit: what bounds the documents in memory.
pub(super) const MOST_POLLS: usize = 64;

/// A poll's source, and what came of it.
type Polling = (SourceId, Result<PollReport, StoreError>);

struct Poller {
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    queue: DueQueue,
    states: HashMap<SourceId, Box<PollState>>,
    /// Claimed, and waiting for their host's turn.
    lanes: Lanes<SourceId>,
    running: JoinSet<Polling>,
    /// Of those that wait: they ask nobody, their kept documents are read anew.
    renewals: HashSet<SourceId>,
    /// Of those that wait: what they bring is looked at and not kept.
    trials: HashSet<SourceId>,
    /// Which poll runs in which task, for those that panic.
    tasks: HashMap<Id, Running>,
    hubs: PollerEnd,
    /// Errands of sources whose poll is under way, or waits for its host.
    errands: Vec<Request>,
}

/// What the poller is told, and by whom.
pub(super) struct Told {
    /// There is a new plan.
    pub(super) replans: mpsc::Receiver<()>,
    /// What hubs say.
    pub(super) hubs: PollerEnd,
    /// What operators order.
    pub(super) errands: mpsc::Receiver<Request>,
}

/// A poll under way.
struct Running {
    source: SourceId,
    host: String,
}

/// Loads what is known of the sources; the future that comes back polls until `stopping`.
pub(super) async fn run(
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    told: Told,
    stopping: watch::Receiver<bool>,
) -> Result<impl Future<Output = ()> + use<>, StoreError> {
    let Told { mut replans, mut hubs, mut errands } = told;
    let mut states = shared.store.poll_states().await?;
    // what was pushed while nobody listened is nobody's fault
    states.values_mut().for_each(|state| state.push.watched = false);
    states.iter().for_each(|(source, state)| hubs.tell(source, state));
    let mut poller = Poller {
        shared,
        plan,
        queue: DueQueue::default(),
        states,
        lanes: Lanes::new(MOST_POLLS),
        running: JoinSet::new(),
        renewals: HashSet::new(),
        trials: HashSet::new(),
        tasks: HashMap::new(),
        hubs,
        errands: Vec::new(),
    };
    poller.replan(Utc::now());
    Ok(async move {
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let stop = stopped(stopping);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                due = poller.queue.wait() => { poller.start(due).await; }
                Some(done) = poller.running.join_next_with_id() => poller.finish(done).await,
                Some(()) = replans.recv() => poller.replan(Utc::now()),
                Some(request) = errands.recv() => poller.take_on(request).await,
                word = poller.hubs.word() => poller.heed(word, Utc::now()),
                _ = heartbeat.tick() => poller.beat(),
            }
        }
        // What is under way is given up: its wait was written before it left, and a commit in hand is the writer's own.
        poller.running.shutdown().await;
        if let Err(failure) = poller.plan.load().ingest().keep_origins().await {
            warn!("the last second of the politeness ledger was not kept: {failure}");
        }
    })
}

impl Poller {
    /// Takes the plan as it is now: new sources are due soon, those that left are dropped, no wait is shortened.
    fn replan(&mut self, now: DateTime<Utc>) {
        let plan = self.plan.load_full();
        let running = self.tasks.values().map(|running| &running.source);
        let claimed: HashSet<&SourceId> = running.chain(self.lanes.waiting()).collect();
        let mut queue = DueQueue::default();
        let mut renewals = Vec::new();
        for planned in plan.sources().filter(|p| !claimed.contains(&p.source.id)) {
            let state = self.states.entry(planned.source.id.clone()).or_default();
            let due = plan.cadence().due(&planned.source.id, &planned.rhythm, state, now);
            if is_read_otherwise(state, &planned.source) {
                renewals.push((host_asked(planned, state).to_owned(), planned.source.id.clone()));
            } else {
                queue.set(planned.source.id.clone(), instant(due, now));
            }
        }
        self.queue = queue;
        for (host, source) in renewals {
            self.renewals.insert(source.clone());
            self.lanes.push(&host, source);
        }
        self.fill();
        let announced: Vec<SourceId> = self.states.keys().filter(|id| self.hubs.is_announced(id)).cloned().collect();
        announced.iter().for_each(|source| self.hasten(source, now));
        self.hubs.replanned();
        self.count_states(&plan);
    }

    /// Once a second: a sign of life, and what was asked of origins meanwhile.
    fn beat(&self) {
        self.shared.pulse.tick();
        self.shared.metrics.asked(self.plan.load().ingest().take_tally());
    }

    /// Keeps what a hub says; a push lets its source be polled as early as politeness allows.
    fn heed(&mut self, word: Word, now: DateTime<Utc>) {
        if let Some(source) = self.hubs.keep(word) {
            self.hasten(&source, now);
        }
    }

    fn hasten(&mut self, source: &SourceId, now: DateTime<Utc>) {
        let plan = self.plan.load();
        let (Some(planned), Some(state)) = (plan.source(source), self.states.get(source)) else { return };
        let mut claimed = self.tasks.values().map(|running| &running.source).chain(self.lanes.waiting());
        let at = plan.cadence().after_push(&planned.rhythm, state, now);
        if let Some(at) = at.filter(|_| claimed.all(|other| other != source)) {
            self.queue.set(source.clone(), instant(at, now));
        }
    }

    /// Claims the sources that are due: their wait is written before a request leaves. Says whether it could be.
    async fn start(&mut self, due: Vec<SourceId>) -> bool {
        let plan = self.plan.load_full();
        let now = Utc::now();
        let due: Vec<&Planned> = due.iter().filter_map(|id| plan.source(id)).collect();
        for planned in &due {
            let state = self.states.entry(planned.source.id.clone()).or_default();
            if !self.trials.contains(&planned.source.id) {
                self.hubs.mark(&planned.source.id, state);
            }
        }
        let claims: Vec<_> = due.iter().map(|planned| claim(&plan, planned, now)).collect();
        if let Err(failure) = self.shared.store.claim(claims.clone(), now).await {
            error!("no poll leaves, since the store cannot note it: {failure}");
            for planned in due {
                self.queue.set(planned.source.id.clone(), Instant::now() + STORE_PAUSE);
            }
            return false;
        }
        for (planned, (_, until)) in due.into_iter().zip(claims) {
            let state = self.states.entry(planned.source.id.clone()).or_default();
            (state.scheduled_at, state.next_poll_at) = (Some(now), Some(until));
            self.lanes.push(host_asked(planned, state), planned.source.id.clone());
        }
        self.fill();
        true
    }

    /// Starts the claimed polls whose hosts are free, as many as may run.
    fn fill(&mut self) {
        let plan = self.plan.load_full();
        while let Some((host, source)) = self.lanes.start() {
            // a reload may have taken it away
            let Some(planned) = plan.source(&source).cloned() else {
                self.renewals.remove(&source);
                self.trials.remove(&source);
                self.errands.retain(|request| request.source != source);
                self.lanes.done(&host);
                continue;
            };
            let state = *self.states.get(&source).cloned().unwrap_or_default();
            let (ingest, now) = (plan.ingest().clone(), Utc::now());
            let (is_renewal, is_trial) = (self.renewals.remove(&source), self.trials.remove(&source));
            let task = self.running.spawn(async move {
                let Planned { source, rhythm } = &planned;
                let report = if is_renewal {
                    ingest.renew(source, rhythm, state, now).await
                } else if is_trial {
                    ingest.try_poll(source, rhythm, state, now).await
                } else {
                    ingest.poll(source, rhythm, state, now).await
                };
                (source.id.clone(), report)
            });
            self.tasks.insert(task.id(), Running { source, host });
        }
    }

    async fn finish(&mut self, done: Result<(Id, Polling), JoinError>) {
        let now = Utc::now();
        let task = done.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
        let running = self.tasks.remove(&task);
        if let Some(running) = &running {
            self.lanes.done(&running.host);
        }
        match done {
            Ok((_, (source, Ok(report)))) => {
                self.answer(&source, &report);
                tell(&source, &report);
                count(&self.shared.metrics, &report);
                if report.trial.is_none() && report.commit.changed > 0 {
                    self.shared.changed.notify_one();
                }
                if report.trial.is_none() && (report.commit.new > 0 || report.commit.published > 0) {
                    self.shared.articles.notify_one();
                }
                let next = self.next(&source, &report, now);
                self.hubs.tell(&source, &report.state);
                let missed = report.state.push.missed;
                let before = self.states.insert(source.clone(), Box::new(report.state)).unwrap_or_default().push;
                if missed > before.missed {
                    self.hubs.missed(&source);
                }
                if before.agreed > 0 && missed > before.missed {
                    warn!(source.id = %source, "new articles came that the hub did not announce: polled at the usual rhythm again");
                }
                self.requeue(source.clone(), instant(next, now));
                if self.hubs.is_announced(&source) {
                    self.hasten(&source, now);
                }
            }
            Ok((_, (source, Err(failure)))) => {
                error!(source.id = %source, "what came was not kept: {failure}");
                self.drop_polls(&source);
                self.requeue_after_interval(source, now);
            }
            Err(failure) => {
                if let Some(Running { source, .. }) = &running {
                    let source = source.clone();
                    self.shared.metrics.poll_panicked();
                    error!(source.id = %source, "a poll failed within bantin itself: {failure}");
                    self.drop_polls(&source);
                    self.requeue_after_interval(source, now);
                }
            }
        }
        if let Some(Running { source, .. }) = running {
            for request in self.errands.extract_if(.., |request| request.source == source).collect::<Vec<_>>() {
                self.run_errand(request).await;
            }
        }
        self.fill();
        if self.tasks.is_empty() {
            self.count_states(&self.plan.load());
        }
    }

    fn next(&self, source: &SourceId, report: &PollReport, now: DateTime<Utc>) -> DateTime<Utc> {
        let plan = self.plan.load();
        match plan.source(source).filter(|_| report.answer == Polled::Reread) {
            Some(planned) => plan.cadence().due(source, &planned.rhythm, &report.state, now),
            None => report.state.next_poll_at.unwrap_or(now),
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

/// What is written before a request leaves: were we killed now, the source would wait its interval.
pub(super) fn claim(plan: &Plan, planned: &Planned, now: DateTime<Utc>) -> (SourceId, DateTime<Utc>) {
    (planned.source.id.clone(), now + plan.cadence().interval(&planned.rhythm, now))
}

/// The host that the next request of a source goes to.
pub(super) fn host_asked<'a>(planned: &'a Planned, state: &'a PollState) -> &'a str {
    state.adopted_url.as_ref().unwrap_or(&planned.source.url).host_str().unwrap_or_default()
}

fn instant(at: DateTime<Utc>, now: DateTime<Utc>) -> Instant {
    Instant::now() + (at - now).to_std().unwrap_or(Duration::ZERO)
}

fn count(metrics: &Metrics, report: &PollReport) {
    if report.trial.is_some() {
        return;
    }
    metrics.commit(report.commit.new, report.commit.changed, report.commit.repairs.len());
    metrics.revision(report.commit.revision.0);
    if let Some(bytes) = report.commit.kept_bytes {
        metrics.kept_bytes(bytes);
    }
    let outcome = match (&report.answer, report.state.state) {
        (Polled::Reread, _) => return,
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
    if let Some(reading) = report.reading() {
        metrics.list(reading);
    }
}

/// One line a poll that changed something or went wrong.
pub(super) fn tell(source: &SourceId, report: &PollReport) {
    let commit = &report.commit;
    let duration_ms = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX);
    if report.trial.is_some() {
        let next = stamp(report.state.next_poll_at);
        info!(source.id = %source, duration_ms, next, "asked for an operator's trial; nothing of it is kept");
        return;
    }
    if let Some(reread) = &report.reread {
        info!(
            source.id = %source, documents = reread.documents.len(), new = reread.commit.new, changed = reread.commit.changed,
            "the kept document was read anew, since the configuration or the version changed"
        );
        if let Some(why) = reread.problem() {
            warn!(source.id = %source, "the kept document cannot be read any more: {why}");
        }
    }
    for repair in &commit.repairs {
        info!(source.id = %source, "identity repaired: {repair}");
    }
    if commit.returned > 0 {
        info!(source.id = %source, returned = commit.returned, "withdrawn items are shown again, and are back");
    }
    if commit.absent > 0 {
        info!(source.id = %source, absent = commit.absent, "lost from the list while older ones stand; their pages are asked for");
    }
    if report.left_held > 0 {
        warn!(
            source.id = %source, held = report.left_held,
            "the page is as usual again and does not show what is held: it stays out of the feeds unless `bantin release {source}` says otherwise"
        );
    }
    for flaw in report.flaws.iter().take(5) {
        debug!(source.id = %source, "{flaw}");
    }
    if let (Polled::Read { .. }, Some(notice)) = (&report.answer, report.reading().and_then(ListReading::notice)) {
        warn!(source.id = %source, "{notice}");
    }
    match (&report.answer, &report.state.failure) {
        (Polled::Reread, _) => {}
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

#[cfg(test)]
mod tests;
