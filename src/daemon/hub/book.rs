//! Who subscribed, who asks to, and what is due to whom.
//!
//! Comes in: requests, what callbacks answered, what is published, the time. Goes out: callbacks to ask, deliveries that are
//! due, rows to write. Pure. A row remembers the entity tag that was acknowledged last, so there is no queue of events: the
//! newest document wins, and a crash loses nothing. It does not know how callbacks are called.

use super::allowance::Allowance;
use crate::model::{Delivery, Secret, Subscriber};
use crate::serve::Intent;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;
use url::Url;

/// Subscriptions, in all and of one callback host.
const MOST: usize = 20_000;
const MOST_OF_A_HOST: u32 = 2_000;
/// Callbacks that wait to be asked.
const MOST_WAITING: usize = 1_000;
/// What a lease may be (WebSub §5.1), and what it is where nothing is asked for.
const LEAST_LEASE: u64 = 5 * 60;
const USUAL_LEASE: u64 = 10 * 86_400;
const MOST_LEASE: u64 = 30 * 86_400;
/// The wait after a first failure; it doubles with each.
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(2);
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(6);
/// The longest wait that a callback can ask for.
const LONGEST_WISH: TimeDelta = TimeDelta::hours(24);
/// After so many failures in a row, about two days, the subscription ends.
const MOST_FAILURES: u32 = 20;

/// A topic and a callback: what tells subscriptions apart (WebSub §5.1).
pub(super) type Key = (Url, Url);

/// A request to subscribe or to unsubscribe that is well formed.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) intent: Intent,
    pub(super) key: Key,
    pub(super) lease_seconds: Option<u64>,
    pub(super) secret: Option<Secret>,
}

/// What a callback is asked: whether the request was meant.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) intent: Intent,
    pub(super) key: Key,
    pub(super) lease_seconds: u64,
    secret: Option<Secret>,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receipt {
    /// Any 2xx.
    Acknowledged,
    /// 410: the subscription is over (WebSub §7).
    Gone,
    /// Anything else.
    Failed { retry_after: Option<Duration> },
}

/// What became of a subscription, for log and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is new.
    Begun,
    /// Its lease begins anew.
    Renewed,
    /// It ended as its subscriber wished.
    Ended,
    /// Its callback did not confirm the request.
    Unconfirmed,
    /// It goes on.
    Stands,
    /// Too many deliveries failed.
    GivenUp,
}

/// All subscriptions. `published` always gives the entity tag of a topic's document, or that there is none.
#[derive(Debug, Default)]
pub(super) struct Book {
    rows: BTreeMap<Key, Subscriber>,
    of_hosts: HashMap<String, u32>,
    waiting: VecDeque<Question>,
    /// Hosts that are asked, and hosts to which something is delivered: one call of a kind at a time.
    asked: HashSet<String>,
    busy: HashSet<String>,
    allowance: Allowance,
    changed: BTreeSet<Key>,
    gone: BTreeSet<Key>,
}

/// The host of a callback, with its port.
pub(super) fn host(callback: &Url) -> String {
    format!("{}:{}", callback.host_str().unwrap_or_default(), callback.port_or_known_default().unwrap_or_default())
}

impl Book {
    pub(super) fn new(rows: Vec<Subscriber>) -> Self {
        let mut book = Self::default();
        for row in rows {
            book.insert(row);
        }
        book
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn secret(&self, key: &Key) -> Option<&Secret> {
        self.rows.get(key)?.secret.as_ref()
    }

    /// Takes a request; `false`: there are too many, and it may come again later. The last word about a subscription counts.
    pub(super) fn request(&mut self, request: Request, now: DateTime<Utc>) -> bool {
        let Request { intent, key, lease_seconds, secret } = request;
        let host = host(&key.1);
        let is_new = !self.rows.contains_key(&key);
        let of_host = self.of_hosts.get(&host).copied().unwrap_or(0);
        if intent == Intent::Subscribe && is_new && (self.rows.len() >= MOST || of_host >= MOST_OF_A_HOST) {
            return false;
        }
        let lease_seconds = lease_seconds.filter(|s| *s > 0).unwrap_or(USUAL_LEASE).clamp(LEAST_LEASE, MOST_LEASE);
        let before = self.waiting.iter().position(|question| question.key == key);
        if before.is_none() && self.waiting.len() >= MOST_WAITING || !self.allowance.take(&host, now) {
            return false;
        }
        let question = Question { intent, key, lease_seconds, secret };
        match before {
            Some(at) => self.waiting[at] = question,
            None => self.waiting.push_back(question),
        }
        true
    }

    /// At most so many questions whose hosts are not being asked.
    pub(super) fn questions(&mut self, room: usize) -> Vec<Question> {
        let (mut due, mut rest) = (Vec::new(), VecDeque::new());
        for question in self.waiting.drain(..) {
            if due.len() < room && self.asked.insert(host(&question.key.1)) {
                due.push(question);
            } else {
                rest.push_back(question);
            }
        }
        self.waiting = rest;
        due
    }

    /// A callback was asked. A new subscription has what is published now; a renewed one goes on from where it was.
    pub(super) fn answered(
        &mut self,
        question: Question,
        is_confirmed: bool,
        published: Option<String>,
        now: DateTime<Utc>,
    ) -> Fate {
        let Question { intent, key, lease_seconds, secret } = question;
        let host = host(&key.1);
        self.asked.remove(&host);
        match (is_confirmed, intent) {
            (false, _) => {
                self.allowance.fine(&host);
                Fate::Unconfirmed
            }
            (true, Intent::Unsubscribe) => {
                self.remove(&key);
                Fate::Ended
            }
            (true, Intent::Subscribe) => {
                let seconds = i64::try_from(lease_seconds).unwrap_or(i64::MAX);
                let lease_until = now + TimeDelta::try_seconds(seconds).unwrap_or_default();
                let before = self.rows.get(&key).map(|row| row.delivery.clone());
                let fate = if before.is_some() { Fate::Renewed } else { Fate::Begun };
                let new = Delivery { since: now, lease_until, acknowledged: published, failures: 0, retry_at: None };
                let delivery = Delivery { lease_until, failures: 0, retry_at: None, ..before.unwrap_or(new) };
                self.changed.insert(key.clone());
                self.gone.remove(&key);
                let (topic, callback) = key;
                self.insert(Subscriber { topic, callback, secret, delivery });
                fate
            }
        }
    }

    /// At most so many deliveries that are due, one a host.
    pub(super) fn due(
        &mut self,
        published: impl Fn(&Url) -> Option<String>,
        room: usize,
        now: DateTime<Utc>,
    ) -> Vec<Key> {
        let mut due = Vec::new();
        let mut newest: Option<(&Url, Option<String>)> = None;
        for (key, row) in &self.rows {
            if due.len() >= room {
                break;
            }
            if newest.as_ref().is_none_or(|(topic, _)| **topic != key.0) {
                newest = Some((&key.0, published(&key.0)));
            }
            let Some((_, Some(tag))) = &newest else { continue };
            let Delivery { acknowledged, retry_at, lease_until, .. } = &row.delivery;
            let is_due =
                acknowledged.as_ref() != Some(tag) && retry_at.is_none_or(|at| at <= now) && *lease_until > now;
            if is_due && self.busy.insert(host(&key.1)) {
                due.push(key.clone());
            }
        }
        due
    }

    /// A document was delivered, or not.
    pub(super) fn delivered(&mut self, key: &Key, tag: String, receipt: Receipt, now: DateTime<Utc>) -> Fate {
        self.busy.remove(&host(&key.1));
        let Some(row) = self.rows.get_mut(key) else { return Fate::Ended };
        let delivery = &mut row.delivery;
        match receipt {
            Receipt::Acknowledged => {
                (delivery.acknowledged, delivery.failures, delivery.retry_at) = (Some(tag), 0, None);
            }
            Receipt::Gone => {
                self.remove(key);
                return Fate::Ended;
            }
            Receipt::Failed { retry_after } => {
                let wait = FIRST_RETRY * 2_i32.pow(delivery.failures.min(16));
                let wished = retry_after.and_then(|wish| TimeDelta::from_std(wish).ok()).unwrap_or_default();
                delivery.failures += 1;
                delivery.retry_at = Some(now + wait.min(LONGEST_RETRY).max(wished.min(LONGEST_WISH)));
                if delivery.failures >= MOST_FAILURES {
                    self.remove(key);
                    return Fate::GivenUp;
                }
            }
        }
        self.changed.insert(key.clone());
        Fate::Stands
    }

    /// Drops the subscriptions whose lease is over; gives back how many.
    pub(super) fn expire(&mut self, now: DateTime<Utc>) -> usize {
        let over = self.rows.iter().filter(|(_, row)| row.delivery.lease_until <= now);
        let over: Vec<Key> = over.map(|(key, _)| key.clone()).collect();
        over.iter().for_each(|key| self.remove(key));
        over.len()
    }

    /// Drops the subscriptions to what is published no more; their callbacks are to be told (WebSub §5.2).
    pub(super) fn lose(&mut self, published: impl Fn(&Url) -> Option<String>) -> Vec<Key> {
        let lost: Vec<Key> = self.rows.keys().filter(|(topic, _)| published(topic).is_none()).cloned().collect();
        lost.iter().for_each(|key| self.remove(key));
        lost
    }

    /// Calls broke off without a word: their hosts are free again.
    pub(super) fn forget_calls(&mut self) {
        self.asked.clear();
        self.busy.clear();
    }

    /// When a failed delivery comes again or a lease ends.
    pub(super) fn next_at(&self) -> Option<DateTime<Utc>> {
        let moments = |row: &Subscriber| row.delivery.retry_at.unwrap_or(row.delivery.lease_until);
        self.rows.values().map(moments).min()
    }

    /// Whether something is to be written. What was acknowledged may wait a little, since a delivery that comes twice does
    /// no harm.
    pub(super) fn has_changed(&self) -> bool {
        !self.changed.is_empty() || !self.gone.is_empty()
    }

    /// What is to be written.
    pub(super) fn take_changed(&mut self) -> (Vec<Subscriber>, Vec<Key>) {
        let changed = std::mem::take(&mut self.changed);
        let rows = changed.iter().filter_map(|key| self.rows.get(key).cloned()).collect();
        (rows, std::mem::take(&mut self.gone).into_iter().collect())
    }

    /// It could not be written: it comes again.
    pub(super) fn not_written(&mut self, changed: &[Subscriber], gone: Vec<Key>) {
        self.changed.extend(changed.iter().map(|row| (row.topic.clone(), row.callback.clone())));
        self.gone.extend(gone.into_iter().filter(|key| !self.rows.contains_key(key)));
    }

    fn insert(&mut self, row: Subscriber) {
        let (key, host) = ((row.topic.clone(), row.callback.clone()), host(&row.callback));
        if self.rows.insert(key, row).is_none() {
            *self.of_hosts.entry(host).or_default() += 1;
        }
    }

    fn remove(&mut self, key: &Key) {
        if self.rows.remove(key).is_none() {
            return;
        }
        self.changed.remove(key);
        self.gone.insert(key.clone());
        let host = host(&key.1);
        if let Some(count) = self.of_hosts.get_mut(&host) {
            *count -= 1;
            if *count == 0 {
                self.of_hosts.remove(&host);
            }
        }
    }
}

#[cfg(test)]
mod tests;
