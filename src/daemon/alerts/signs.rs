//! What the daemon's tasks say of how things go, each where it happens. Nobody waits for anybody: a word is kept and told on.
//!
//! Comes in: words of the poller, the publisher and the webhooks. Goes out: [`Facts`]. It does not know what is an alert.

use crate::model::{Failure, HoldReason, PollState, Refusal, Source, SourceId, SourceState, WebhookMark};
use crate::schedule::silence;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Work that stores something. Each says how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::daemon) enum Storing {
    /// Which polls are about to leave.
    Claims,
    /// What polls brought.
    Polls,
    /// The finished feeds.
    Feeds,
}

/// How a source does.
#[derive(Debug, Clone)]
pub(super) struct SourceFacts {
    pub(super) url: String,
    pub(super) zone: Tz,
    pub(super) state: SourceState,
    /// Polls in a row that failed, those too that count for no backoff.
    pub(super) failures: u32,
    pub(super) failure: Option<Failure>,
    pub(super) held: Option<HoldReason>,
    pub(super) last_success: Option<DateTime<Utc>>,
    /// Its last news, and from when on their lack is a fault.
    pub(super) last_news: Option<DateTime<Utc>>,
    pub(super) overdue: Option<DateTime<Utc>>,
}

/// How things go.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// All sources of the configuration; `None`: nobody said.
    pub(super) sources: Option<HashMap<SourceId, SourceFacts>>,
    /// The last word of each kind of work; `Some`: what went wrong.
    pub(super) stored: BTreeMap<Storing, Option<String>>,
    /// What the linter holds back; `None`: nobody looked.
    pub(super) refused: Option<Vec<Refusal>>,
    pub(super) webhooks: Option<Vec<WebhookMark>>,
    /// Since when polls are due or under way and none has ended; `None`: there is nothing to do.
    pub(super) stuck_since: Option<DateTime<Utc>>,
}

/// The words, for all tasks.
#[derive(Debug, Default)]
pub(in crate::daemon) struct Signs {
    facts: Mutex<Facts>,
    pub(super) news: Notify,
}

impl SourceFacts {
    fn of(source: &Source, state: &PollState, before: u32) -> Self {
        let mut url = source.url.clone();
        // both fail only for addresses that cannot have credentials
        let _ = url.set_password(None);
        let _ = url.set_username("");
        Self {
            url: url.into(),
            zone: source.timezone,
            state: state.state,
            failures: if state.state == SourceState::Failing { state.failures.max(before + 1) } else { 0 },
            failure: state.failure.as_deref().cloned(),
            held: state.held,
            last_success: state.last_success,
            last_news: state.arrivals.last,
            overdue: silence::overdue(&state.arrivals, source.timezone),
        }
    }
}

impl Signs {
    /// These are all sources of the configuration.
    pub(in crate::daemon) fn watch<'a>(&self, sources: impl Iterator<Item = (&'a Source, &'a PollState)>) {
        let facts = sources.map(|(source, state)| (source.id.clone(), SourceFacts::of(source, state, 0)));
        self.facts().sources = Some(facts.collect());
        self.news.notify_one();
    }

    /// A poll has ended.
    pub(in crate::daemon) fn polled(&self, source: &Source, state: &PollState) {
        if let Some(facts) = self.facts().sources.as_mut().and_then(|sources| sources.get_mut(&source.id)) {
            *facts = SourceFacts::of(source, state, facts.failures);
        }
        self.news.notify_one();
    }

    /// Whether polls are due or under way; `has_ended`: one ended since the last word.
    pub(in crate::daemon) fn beat(&self, is_busy: bool, has_ended: bool, now: DateTime<Utc>) {
        let mut facts = self.facts();
        facts.stuck_since = match facts.stuck_since.filter(|_| !has_ended) {
            since @ Some(_) if is_busy => since,
            _ => is_busy.then_some(now),
        };
    }

    /// Something was stored, or not.
    pub(in crate::daemon) fn stored(&self, what: Storing, result: Result<(), String>) {
        let problem = result.err();
        let is_known = |before: &Option<String>| before.is_some() == problem.is_some();
        let mut facts = self.facts();
        if !facts.stored.get(&what).is_some_and(is_known) {
            facts.stored.insert(what, problem);
            self.news.notify_one();
        }
    }

    /// These documents are held back now.
    pub(in crate::daemon) fn refused(&self, held_back: &[Refusal]) {
        self.facts().refused = Some(held_back.to_vec());
        self.news.notify_one();
    }

    /// So the webhooks stand.
    pub(in crate::daemon) fn webhooks(&self, marks: Vec<WebhookMark>) {
        self.facts().webhooks = Some(marks);
        self.news.notify_one();
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        // facts are replaced whole, so a panic leaves none half done
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
