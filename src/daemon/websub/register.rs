//! What is wanted of hubs, and how that stands: decisions without requests.
//!
//! Comes in: what sources name, what is due, what hubs say. Goes out: what is to be asked, what is to be written, and what
//! is to be told. The time is an argument. It knows no network and no database.

use crate::model::{Progress, Secret, SourceId, Subscription, SubscriptionState, Terms};
use crate::schedule::lease;
use crate::serve::{Heard, Intent};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

/// How long a hub may take to verify what it accepted.
const VERIFY_WAIT: TimeDelta = TimeDelta::hours(1);
/// A hub that sleeps is woken no more often.
const WAKE_REST: TimeDelta = TimeDelta::days(1);
/// A denied subscription is asked for again after so long.
const DENIED_REST: TimeDelta = TimeDelta::days(3);
/// A document that names another hub each time changes nothing more often.
const CHANGE_REST: TimeDelta = TimeDelta::hours(1);
/// A hub that goes on pushing is told so long that it is over.
const REMEMBERED: TimeDelta = TimeDelta::days(7);
/// A wait that is longer was set by a wrong clock.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(32);
/// Times that a hub is told that we leave; then its lease runs out by itself.
const MOST_LEAVES: u32 = 3;
/// Subscriptions beyond which no source gets one.
const MOST: usize = 20_000;

/// What each configured source wants; `None`: its document names no hub.
pub(super) type Wanted = BTreeMap<SourceId, Option<Terms>>;

/// A request to a hub that is to leave now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    pub(super) intent: Intent,
    pub(super) subscription: Subscription,
}

/// Why a hub did not accept.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) what: String,
    /// How long it asked to wait.
    pub(super) wait: Option<Duration>,
}

/// What happened, for the log and for the poller.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) source: SourceId,
    pub(super) hub: String,
    pub(super) event: Event,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    /// The hub verified: the lease runs until then.
    Subscribed(DateTime<Utc>),
    /// And again.
    Renewed(DateTime<Utc>),
    /// The hub did not do as asked; asked again then.
    Failed { what: String, again: DateTime<Utc> },
    /// The hub denied it, with its words.
    Denied(String),
    /// The subscription is over.
    Left,
    /// A push with a good signature came.
    Pushed,
    /// The first push without one came.
    Ignored,
}

#[derive(Debug, Default)]
pub(super) struct Register {
    rows: BTreeMap<String, Subscription>,
    changed: BTreeSet<String>,
    gone: Vec<Secret>,
    /// More than counts has changed.
    urgent: bool,
}

impl Register {
    pub(super) fn new(kept: Vec<Subscription>) -> Self {
        let rows = kept.into_iter().map(|row| (row.token.reveal().to_owned(), row)).collect();
        Self { rows, ..Self::default() }
    }

    /// All subscriptions, by token.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&String, &Subscription)> {
        self.rows.iter()
    }

    pub(super) fn knows(&self, token: &str) -> bool {
        self.rows.contains_key(token)
    }

    /// When something is due next.
    pub(super) fn next_at(&self) -> Option<DateTime<Utc>> {
        self.rows.values().map(|row| row.progress.next_at).min()
    }

    /// Whether what changed must be written now; counts can wait.
    pub(super) fn is_urgent(&self) -> bool {
        self.urgent
    }

    /// Whether anything is to be written.
    pub(super) fn has_changed(&self) -> bool {
        !self.changed.is_empty() || !self.gone.is_empty()
    }

    /// What has changed since the last call: rows to write, and tokens to drop.
    pub(super) fn take_changed(&mut self) -> (Vec<Subscription>, Vec<Secret>) {
        self.urgent = false;
        let changed = std::mem::take(&mut self.changed);
        let rows = changed.iter().filter_map(|token| self.rows.get(token).cloned()).collect();
        (rows, std::mem::take(&mut self.gone))
    }

    /// What was taken was not written after all.
    pub(super) fn not_written(&mut self, changed: &[Subscription], gone: Vec<Secret>) {
        self.changed.extend(changed.iter().map(|row| row.token.reveal().to_owned()));
        self.gone.extend(gone);
    }

    /// Brings the subscriptions up to what is wanted; `draw` makes tokens and secrets. Gives back when a change that has to
    /// rest may come.
    pub(super) fn reconcile(
        &mut self,
        wanted: &Wanted,
        mut draw: impl FnMut() -> Option<String>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let (mut over, mut resting) = (Vec::new(), Vec::new());
        // sources that have a subscription, or had one until just now
        let mut held: HashSet<SourceId> = HashSet::new();
        for (token, row) in &self.rows {
            let terms = wanted.get(&row.source);
            let is_wanted = terms.is_some_and(|terms| terms.as_ref() == Some(&row.terms));
            let at_once = terms.is_none_or(|terms| terms.as_ref().is_some_and(|terms| terms.base != row.terms.base));
            let rests = !rested(&row.progress, now);
            match (is_over(row), is_wanted) {
                (false, false) if at_once || !rests => over.push(token.clone()),
                (false, true) => drop(held.insert(row.source.clone())),
                (false, false) => resting.push(row),
                (true, _) if rests && terms.is_some_and(Option::is_some) => resting.push(row),
                (true, _) => {}
            }
        }
        held.extend(resting.iter().map(|row| row.source.clone()));
        let rest_ends = resting.iter().map(|row| row.progress.since + CHANGE_REST).min();
        over.iter().for_each(|token| self.leave(token, now));
        for (source, terms) in wanted.iter().filter_map(|(source, terms)| Some((source, terms.as_ref()?))) {
            if held.contains(source) || self.rows.len() >= MOST {
                continue;
            }
            let (Some(token), Some(secret)) = (draw(), draw()) else { break };
            let row = Subscription {
                token: Secret::new(token.clone()),
                secret: Secret::new(secret),
                source: source.clone(),
                terms: terms.clone(),
                progress: fresh(now),
            };
            self.rows.insert(token.clone(), row);
            self.note(token);
        }
        rest_ends
    }

    /// What hubs are to be asked now, at most so many; the others stay due. Each is claimed: were we killed, it would be asked again when the hub's time to verify
    /// is over.
    pub(super) fn due(&mut self, most: usize, now: DateTime<Utc>) -> (Vec<Ask>, Vec<Told>) {
        let is_due = |row: &Subscription| row.progress.next_at <= now || row.progress.next_at > now + LONGEST_WAIT;
        let due: Vec<String> =
            self.rows.iter().filter(|(_, row)| is_due(row)).map(|(token, _)| token.clone()).collect();
        let (mut asks, mut told) = (Vec::new(), Vec::new());
        for token in due {
            if asks.len() >= most {
                break;
            }
            let Some(row) = self.rows.get_mut(&token) else { continue };
            let progress = &mut row.progress;
            let lease_is_over = progress.lease_until.is_none_or(|until| until <= now);
            match progress.state {
                SubscriptionState::Left => {
                    self.drop_row(&token);
                    continue;
                }
                SubscriptionState::Leaving if lease_is_over || progress.failures >= MOST_LEAVES => {
                    leave_for_good(progress, now);
                    told.push(tell(row, Event::Left));
                    self.note(token);
                    continue;
                }
                SubscriptionState::Active if lease_is_over => progress.state = SubscriptionState::Wanted,
                _ => {}
            }
            if progress.pending {
                let what = "the hub accepted, but did not verify within an hour".to_owned();
                told.push(fail(row, Refusal { what, wait: None }, now));
            } else {
                progress.pending = true;
                (progress.asked_at, progress.next_at) = (Some(now), now + VERIFY_WAIT);
                let intent = if is_over(row) { Intent::Unsubscribe } else { Intent::Subscribe };
                asks.push(Ask { intent, subscription: row.clone() });
            }
            self.note(token);
        }
        (asks, told)
    }

    /// A hub answered a request. It may have verified already.
    pub(super) fn answered(&mut self, token: &str, answer: Result<(), Refusal>, now: DateTime<Utc>) -> Option<Told> {
        let row = self.rows.get_mut(token).filter(|row| row.progress.pending)?;
        let told = match answer {
            Ok(()) => {
                if matches!(row.progress.state, SubscriptionState::Wanted | SubscriptionState::Denied) {
                    row.progress.state = SubscriptionState::Asked;
                }
                None
            }
            Err(refusal) => Some(fail(row, refusal, now)),
        };
        self.note(token.to_owned());
        told
    }

    /// Something came to a callback.
    pub(super) fn heard(&mut self, token: &str, heard: Heard, now: DateTime<Utc>) -> Vec<Told> {
        let Some(row) = self.rows.get_mut(token) else { return Vec::new() };
        let mut events = Vec::new();
        if let Some((intent, lease)) = heard.verified.filter(|_| row.progress.pending) {
            events.extend(verified(row, intent, lease, now));
        }
        let may_deny = !is_over(row) && row.progress.state != SubscriptionState::Denied;
        if let Some(reason) = heard.denied.filter(|_| may_deny) {
            let reason = if reason.is_empty() { "without a reason".to_owned() } else { row.redacted(&reason) };
            let progress = &mut row.progress;
            (progress.state, progress.pending, progress.lease_until) = (SubscriptionState::Denied, false, None);
            progress.problem = Some(format!("the hub denies the subscription: {reason}"));
            progress.next_at = now + DENIED_REST;
            events.push(Event::Denied(reason));
        }
        self.urgent |= !events.is_empty();
        let progress = &mut row.progress;
        if heard.ignored > 0 {
            events.extend((progress.ignored == 0).then_some(Event::Ignored));
            progress.ignored = progress.ignored.saturating_add(heard.ignored);
        }
        if heard.pushes > 0 {
            progress.pushes = progress.pushes.saturating_add(heard.pushes);
            progress.last_push = Some(now);
            events.push(Event::Pushed);
        }
        let told = events.into_iter().map(|event| tell(row, event)).collect();
        self.changed.insert(token.to_owned());
        told
    }

    /// A poll found what the hub did not announce: it may have forgotten us, so the lease is renewed now.
    pub(super) fn missed(&mut self, source: &SourceId, now: DateTime<Utc>) {
        let is_asleep = |row: &Subscription| {
            let Progress { state, pending, asked_at, .. } = row.progress;
            state == SubscriptionState::Active && !pending && asked_at.is_none_or(|at| now - at >= WAKE_REST)
        };
        let rows = self.rows.iter_mut().filter(|(_, row)| row.source == *source && is_asleep(row));
        for (token, row) in rows {
            row.progress.next_at = row.progress.next_at.min(now);
            self.changed.insert(token.clone());
        }
    }

    /// A subscription is wanted no more: its hub is told, where it ever accepted.
    fn leave(&mut self, token: &str, now: DateTime<Utc>) {
        let Some(row) = self.rows.get_mut(token) else { return };
        let progress = &mut row.progress;
        if progress.lease_until.is_none() && !progress.pending {
            self.drop_row(token);
            return;
        }
        // a lease that may be confirmed any moment is left, too
        progress.lease_until.get_or_insert(now + REMEMBERED);
        (progress.state, progress.pending, progress.failures) = (SubscriptionState::Leaving, false, 0);
        (progress.problem, progress.next_at) = (None, now);
        self.note(token.to_owned());
    }

    fn drop_row(&mut self, token: &str) {
        if let Some(row) = self.rows.remove(token) {
            self.changed.remove(token);
            self.gone.push(row.token);
            self.urgent = true;
        }
    }

    fn note(&mut self, token: String) {
        self.changed.insert(token);
        self.urgent = true;
    }
}

fn is_over(row: &Subscription) -> bool {
    row.progress.state.is_over()
}

fn rested(progress: &Progress, now: DateTime<Utc>) -> bool {
    now - progress.since >= CHANGE_REST || progress.since > now
}

fn fresh(now: DateTime<Utc>) -> Progress {
    Progress {
        state: SubscriptionState::Wanted,
        pending: false,
        since: now,
        next_at: now,
        asked_at: None,
        lease_until: None,
        failures: 0,
        problem: None,
        last_push: None,
        pushes: 0,
        ignored: 0,
    }
}

fn verified(row: &mut Subscription, intent: Intent, stated: Option<u64>, now: DateTime<Utc>) -> Option<Event> {
    let leaving = is_over(row);
    let key = row.source.as_str();
    let progress = &mut row.progress;
    match intent {
        Intent::Subscribe if !leaving => {
            let lease = lease::lease(stated);
            let until = now + lease;
            let again = progress.state == SubscriptionState::Active;
            progress.next_at = lease::renew_at(key, lease, now);
            (progress.state, progress.pending, progress.failures) = (SubscriptionState::Active, false, 0);
            (progress.lease_until, progress.problem) = (Some(until), None);
            Some(if again { Event::Renewed(until) } else { Event::Subscribed(until) })
        }
        Intent::Unsubscribe if leaving => {
            leave_for_good(progress, now);
            Some(Event::Left)
        }
        _ => None,
    }
}

fn leave_for_good(progress: &mut Progress, now: DateTime<Utc>) {
    (progress.state, progress.pending, progress.lease_until) = (SubscriptionState::Left, false, None);
    (progress.problem, progress.next_at) = (None, now + REMEMBERED);
}

/// The hub did not do as asked. What it verified before holds until its lease ends.
fn fail(row: &mut Subscription, refusal: Refusal, now: DateTime<Utc>) -> Told {
    let progress = &mut row.progress;
    if !matches!(progress.state, SubscriptionState::Active | SubscriptionState::Leaving) {
        progress.state = SubscriptionState::Wanted;
    }
    progress.pending = false;
    progress.next_at = lease::retry_at(row.source.as_str(), progress.failures, refusal.wait, now);
    progress.failures = progress.failures.saturating_add(1);
    progress.problem = Some(refusal.what.clone());
    let again = progress.next_at;
    tell(row, Event::Failed { what: refusal.what, again })
}

fn tell(row: &Subscription, event: Event) -> Told {
    let hub = row.terms.hub.host_str().unwrap_or_default().to_owned();
    Told { source: row.source.clone(), hub, event }
}

#[cfg(test)]
mod tests;
