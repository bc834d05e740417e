//! How far each webhook has come, what is due, and when a failure comes again.
//!
//! Comes in: the configuration, what was found in the change streams, how deliveries ended, the time. Goes out: streams to look
//! at, rows to write. Pure. It does not know what a page says, nor how it is delivered.

use crate::model::{PaperId, Webhook, WebhookMark, WebhookPlace, WebhookState};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The wait after a first failure; it doubles with each.
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(5);
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(1);
/// The longest wait that a receiver can ask for.
const LONGEST_WISH: TimeDelta = TimeDelta::hours(24);

/// A paper's stream, to be looked at for a webhook.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) webhook: Webhook,
    pub(super) paper: PaperId,
    pub(super) place: WebhookPlace,
}

/// How far a page reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    /// The key of the webhook.
    pub(super) key: String,
    pub(super) paper: PaperId,
    /// The last entry of the page.
    pub(super) next: u64,
    /// Whether more entries follow it already.
    pub(super) more: bool,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::daemon) enum Receipt {
    /// Any 2xx.
    Acknowledged,
    /// 410: the receiver wants nothing any more.
    Gone,
    /// Anything else, in words that may be shown.
    Failed { problem: String, retry_after: Option<Duration> },
}

#[derive(Debug)]
struct Line {
    webhook: Webhook,
    mark: WebhookMark,
    /// Papers whose streams may have gone on.
    fresh: BTreeSet<PaperId>,
    /// One page at a time.
    is_busy: bool,
    failures: u32,
    retry_at: Option<DateTime<Utc>>,
}

/// All webhooks.
#[derive(Debug, Default)]
pub(super) struct Book {
    lines: BTreeMap<String, Line>,
    changed: BTreeSet<String>,
    gone: BTreeSet<String>,
}

impl Book {
    /// Takes a configuration; `kept` is how webhooks stood before. What is new begins behind the `newest` entry.
    pub(super) fn configure(&mut self, webhooks: &[Webhook], kept: Vec<WebhookMark>, newest: u64) {
        let mut kept: BTreeMap<String, WebhookMark> = kept.into_iter().map(|mark| (mark.key.clone(), mark)).collect();
        let mut before = std::mem::take(&mut self.lines);
        for webhook in webhooks {
            let (line, stored) = (before.remove(&webhook.key), kept.remove(&webhook.key));
            // a page under way ends into its line; one that has left comes to nothing
            let is_busy = line.as_ref().is_some_and(|line| line.is_busy);
            let mut mark = line.map(|line| line.mark).or(stored).unwrap_or_else(|| begun(webhook));
            mark.state = if mark.problem.is_some() && mark.state != WebhookState::Off {
                WebhookState::Failing
            } else {
                mark.problem = None;
                WebhookState::Ok
            };
            mark.places.retain(|paper, _| webhook.papers.contains(paper));
            for paper in &webhook.papers {
                mark.places.entry(paper.clone()).or_insert(WebhookPlace { after: newest, until: None });
            }
            let fresh = webhook.papers.iter().cloned().collect();
            self.changed.insert(webhook.key.clone());
            self.gone.remove(&webhook.key);
            let line = Line { webhook: webhook.clone(), mark, fresh, is_busy, failures: 0, retry_at: None };
            self.lines.insert(webhook.key.clone(), line);
        }
        self.gone.extend(before.into_keys().chain(kept.into_keys()));
    }

    /// Something may have been published: all streams are looked at.
    pub(super) fn news(&mut self) {
        for line in self.lines.values_mut() {
            line.fresh.extend(line.webhook.papers.iter().cloned());
        }
    }

    /// The streams to look at now, one a webhook.
    pub(super) fn due(&mut self, now: DateTime<Utc>) -> Vec<Look> {
        let mut due = Vec::new();
        for line in self.lines.values_mut() {
            let is_open = line.mark.state != WebhookState::Off && line.retry_at.is_none_or(|at| at <= now);
            if !is_open || line.is_busy {
                continue;
            }
            // what is under way comes first: its receiver may have it already
            let under_way =
                line.fresh.iter().find(|paper| line.mark.places.get(paper).is_some_and(|p| p.until.is_some()));
            let Some(paper) = under_way.or(line.fresh.first()).cloned() else { continue };
            line.fresh.remove(&paper);
            let Some(place) = line.mark.places.get(&paper).copied() else { continue };
            (line.is_busy, line.retry_at) = (true, None);
            due.push(Look { webhook: line.webhook.clone(), paper, place });
        }
        due
    }

    /// Nothing up to there is wanted.
    pub(super) fn skipped(&mut self, reach: &Reach) {
        let Some(line) = self.lines.get_mut(&reach.key) else { return };
        line.is_busy = false;
        line.pass(reach);
    }

    /// A page is about to leave: from now on it ends where it ends.
    pub(super) fn leaves(&mut self, reach: &Reach) {
        let Some(line) = self.lines.get_mut(&reach.key) else { return };
        if let Some(place) = line.mark.places.get_mut(&reach.paper) {
            place.until = Some(reach.next);
        }
        self.changed.insert(reach.key.clone());
    }

    /// A page was delivered, or not.
    pub(super) fn delivered(&mut self, reach: &Reach, receipt: &Receipt, now: DateTime<Utc>) {
        let Some(line) = self.lines.get_mut(&reach.key) else { return };
        line.is_busy = false;
        match receipt {
            Receipt::Acknowledged => {
                line.pass(reach);
                (line.failures, line.retry_at) = (0, None);
                let mark = &mut line.mark;
                (mark.state, mark.delivered_at, mark.problem) = (WebhookState::Ok, Some(now), None);
            }
            Receipt::Gone => {
                line.fresh.insert(reach.paper.clone());
                line.mark.state = WebhookState::Off;
                line.mark.problem =
                    Some("its receiver answered 410; reload the configuration to begin again".to_owned());
            }
            Receipt::Failed { problem, retry_after } => {
                line.fresh.insert(reach.paper.clone());
                let wait = FIRST_RETRY * 2_i32.pow(line.failures.min(12));
                let wished = retry_after.and_then(|wish| TimeDelta::from_std(wish).ok()).unwrap_or_default();
                line.failures += 1;
                line.retry_at = Some(now + wait.min(LONGEST_RETRY).max(wished.min(LONGEST_WISH)));
                (line.mark.state, line.mark.problem) = (WebhookState::Failing, Some(problem.clone()));
            }
        }
        self.changed.insert(reach.key.clone());
    }

    /// Calls broke off without a word: their pages come again.
    pub(super) fn forget_calls(&mut self) {
        for line in self.lines.values_mut() {
            line.is_busy = false;
        }
        self.news();
    }

    /// When a failed delivery comes again.
    pub(super) fn next_at(&self) -> Option<DateTime<Utc>> {
        let waiting = self.lines.values().filter(|line| line.mark.state != WebhookState::Off && !line.is_busy);
        waiting.filter_map(|line| line.retry_at).min()
    }

    /// How all stand, and the keys of those that are no more, where something is to be written.
    pub(super) fn take_changed(&mut self) -> Option<(Vec<WebhookMark>, Vec<String>)> {
        if self.changed.is_empty() && self.gone.is_empty() {
            return None;
        }
        self.changed.clear();
        // what was passed over is written along
        Some((self.marks(), std::mem::take(&mut self.gone).into_iter().collect()))
    }

    /// How all stand.
    pub(super) fn marks(&self) -> Vec<WebhookMark> {
        self.lines.values().map(|line| line.mark.clone()).collect()
    }

    /// It could not be written: it comes again.
    pub(super) fn not_written(&mut self, gone: Vec<String>) {
        self.changed.extend(self.lines.keys().cloned());
        self.gone.extend(gone.into_iter().filter(|key| !self.lines.contains_key(key)));
    }

    /// What was passed over is to be written, too.
    pub(super) fn settle(&mut self) {
        self.changed.extend(self.lines.keys().cloned());
    }
}

impl Line {
    /// Goes on behind a page.
    fn pass(&mut self, reach: &Reach) {
        if let Some(place) = self.mark.places.get_mut(&reach.paper) {
            *place = WebhookPlace { after: reach.next, until: None };
        }
        if reach.more {
            self.fresh.insert(reach.paper.clone());
        }
    }
}

fn begun(webhook: &Webhook) -> WebhookMark {
    WebhookMark {
        key: webhook.key.clone(),
        host: webhook.host().to_owned(),
        state: WebhookState::Ok,
        places: BTreeMap::new(),
        delivered_at: None,
        problem: None,
    }
}

#[cfg(test)]
mod tests;
