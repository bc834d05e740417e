//! What was told of each trouble, what is yet to be told by which way, and when a way that failed is tried again.
//!
//! Comes in: the ways of the configuration, the troubles of the moment, how tellings ended, the time. Goes out: alerts to tell,
//! rows to write. Pure. It does not know how an alert is told, nor what a trouble means.

use super::troubles::Trouble;
use crate::model::{Alert, AlertKind, AlertMark, AlertWay, Owed};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What comes back so soon after it was over is the same trouble, and is told over only when it stays away for longer.
const RELAPSE: TimeDelta = TimeDelta::hours(1);
const FIRST_PATIENCE: TimeDelta = TimeDelta::minutes(10);
const LONGEST_PATIENCE: TimeDelta = TimeDelta::hours(6);
/// The wait after a way failed first; it doubles with each.
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(5);
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(1);
/// What no way could tell for so long is nobody's news.
const STALE: TimeDelta = TimeDelta::days(2);
/// How long an alert that is over is shown, and how many of them.
const SHOWN: TimeDelta = TimeDelta::days(30);
const MOST_SHOWN: usize = 200;
/// Told at once, as one.
const MOST_AT_ONCE: usize = 50;

/// What is to be told one way, at once.
#[derive(Debug, Clone)]
pub(super) struct Telling {
    pub(super) way: AlertWay,
    /// The oldest first.
    pub(super) alerts: Vec<Alert>,
}

/// How a way does.
#[derive(Debug)]
struct Line {
    way: AlertWay,
    is_busy: bool,
    failures: i32,
    retry_at: Option<DateTime<Utc>>,
}

/// All that was told.
#[derive(Debug, Default)]
pub(super) struct Book {
    marks: BTreeMap<String, AlertMark>,
    lines: Vec<Line>,
    changed: BTreeSet<String>,
    gone: BTreeSet<String>,
}

impl Book {
    /// Goes on from what was kept.
    pub(super) fn kept(marks: Vec<AlertMark>) -> Self {
        Self { marks: marks.into_iter().map(|mark| (mark.key.clone(), mark)).collect(), ..Self::default() }
    }

    /// Takes the ways of a configuration; what is owed to a way that left is owed no more.
    pub(super) fn configure(&mut self, ways: &[AlertWay]) {
        let mut before = std::mem::take(&mut self.lines);
        for way in ways {
            let known = before.iter().position(|line| line.way.key == way.key).map(|at| before.swap_remove(at));
            let line = known.unwrap_or(Line { way: way.clone(), is_busy: false, failures: 0, retry_at: None });
            self.lines.push(Line { way: way.clone(), ..line });
        }
        let keys: HashSet<&str> = ways.iter().map(|way| way.key.as_str()).collect();
        for mark in self.marks.values_mut().filter(|mark| mark.owed.iter().any(|owed| !keys.contains(&*owed.way))) {
            mark.owed.retain(|owed| keys.contains(&*owed.way));
            self.changed.insert(mark.key.clone());
        }
    }

    /// Compares what is wrong now with what was told. `is_known` says of which kinds the lack of a trouble means its end.
    /// Returns what began and what is over.
    pub(super) fn see(
        &mut self,
        troubles: Vec<Trouble>,
        is_known: impl Fn(AlertKind) -> bool,
        now: DateTime<Utc>,
    ) -> Vec<Alert> {
        let mut news = Vec::new();
        let keys: HashSet<String> = troubles.iter().map(|trouble| trouble.key.clone()).collect();
        for trouble in troubles {
            news.extend(self.begin(trouble, now));
        }
        for mark in self.marks.values_mut() {
            if mark.alert.until.is_some() || keys.contains(&mark.key) || !is_known(mark.alert.kind) {
                continue;
            }
            let since = *mark.gone_since.get_or_insert(now);
            if now - since >= patience(mark.returns) {
                (mark.alert.until, mark.gone_since) = (Some(since.trunc_subsecs(0).max(mark.alert.since)), None);
                news.push(mark.alert.clone());
                self.changed.insert(mark.key.clone());
            }
        }
        self.owe(&news);
        self.forget(now);
        news
    }

    fn begin(&mut self, trouble: Trouble, now: DateTime<Utc>) -> Option<Alert> {
        let before = self.marks.get_mut(&trouble.key);
        let (returns, owed) = match before {
            Some(mark) if mark.alert.until.is_none() => {
                mark.gone_since = None;
                return None;
            }
            Some(mark) => {
                let is_relapse = mark.alert.until.is_some_and(|until| now - until < RELAPSE);
                (if is_relapse { mark.returns + 1 } else { 0 }, std::mem::take(&mut mark.owed))
            }
            None => (0, Vec::new()),
        };
        let Trouble { key, kind, source, stage, what, url, expected, remedy } = trouble;
        let since = now.trunc_subsecs(0);
        let id = format!("{key}/{}", now.format("%Y%m%dT%H%M%S%.3fZ"));
        let alert = Alert { id, kind, source, since, until: None, stage, what, url, expected, remedy };
        self.gone.remove(&key);
        self.changed.insert(key.clone());
        self.marks.insert(key.clone(), AlertMark { key, alert: alert.clone(), returns, gone_since: None, owed });
        Some(alert)
    }

    /// Each way is to tell what is news to it.
    fn owe(&mut self, news: &[Alert]) {
        for alert in news {
            let Some(mark) = self.marks.values_mut().find(|mark| mark.alert.id == alert.id) else { continue };
            let wants = self.lines.iter().filter(|line| line.way.kinds.contains(&alert.kind));
            mark.owed.extend(wants.map(|line| Owed { way: line.way.key.clone(), alert: alert.clone() }));
        }
    }

    /// What is over for long, or beyond what is shown, goes; so does what could not be told for too long.
    fn forget(&mut self, now: DateTime<Utc>) {
        for mark in self.marks.values_mut() {
            let owed = mark.owed.len();
            mark.owed.retain(|owed| now - owed.alert.until.unwrap_or(owed.alert.since) < STALE);
            if mark.owed.len() < owed {
                self.changed.insert(mark.key.clone());
            }
        }
        let mut over: Vec<_> =
            self.marks.values().filter_map(|mark| Some((mark.alert.until?, mark.key.clone()))).collect();
        over.sort_unstable_by(|a, b| b.cmp(a));
        let goes = |(at, (until, key)): (usize, (DateTime<Utc>, String))| {
            (at >= MOST_SHOWN || now - until >= SHOWN).then_some(key)
        };
        for key in over.into_iter().enumerate().filter_map(goes) {
            self.marks.remove(&key);
            self.changed.remove(&key);
            self.gone.insert(key);
        }
    }

    /// What is to be told now, one telling a way.
    pub(super) fn due(&mut self, now: DateTime<Utc>) -> Vec<Telling> {
        let mut due = Vec::new();
        for line in self.lines.iter_mut().filter(|line| !line.is_busy && line.retry_at.is_none_or(|at| at <= now)) {
            let owed = self.marks.values().flat_map(|mark| &mark.owed).filter(|owed| owed.way == line.way.key);
            let mut alerts: Vec<Alert> = owed.map(|owed| owed.alert.clone()).collect();
            if alerts.is_empty() {
                continue;
            }
            alerts.sort_by_key(|alert| alert.until.unwrap_or(alert.since));
            alerts.truncate(MOST_AT_ONCE);
            line.is_busy = true;
            due.push(Telling { way: line.way.clone(), alerts });
        }
        due
    }

    /// A way has told, or not.
    pub(super) fn told(&mut self, telling: &Telling, has_worked: bool, now: DateTime<Utc>) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.way.key == telling.way.key) {
            line.is_busy = false;
            if has_worked {
                (line.failures, line.retry_at) = (0, None);
            } else {
                let wait = (FIRST_RETRY * 2_i32.pow(line.failures.clamp(0, 12).unsigned_abs())).min(LONGEST_RETRY);
                (line.failures, line.retry_at) = (line.failures.saturating_add(1), Some(now + wait));
            }
        }
        if !has_worked {
            return;
        }
        for mark in self.marks.values_mut() {
            let owed = mark.owed.len();
            mark.owed.retain(|owed| owed.way != telling.way.key || !telling.alerts.contains(&owed.alert));
            if mark.owed.len() < owed {
                self.changed.insert(mark.key.clone());
            }
        }
    }

    /// Tellings broke off without a word: they come again.
    pub(super) fn forget_tellings(&mut self) {
        self.lines.iter_mut().for_each(|line| line.is_busy = false);
    }

    /// When a failed way is tried again.
    pub(super) fn next_at(&self) -> Option<DateTime<Utc>> {
        let owes = |line: &&Line| self.marks.values().any(|mark| mark.owed.iter().any(|owed| owed.way == line.way.key));
        self.lines.iter().filter(|line| !line.is_busy).filter(owes).filter_map(|line| line.retry_at).min()
    }

    /// What goes on, a kind each.
    pub(super) fn open(&self) -> impl Iterator<Item = AlertKind> {
        self.marks.values().filter(|mark| mark.alert.until.is_none()).map(|mark| mark.alert.kind)
    }

    /// Whether a trouble was told and is not over.
    pub(super) fn is_open(&self, key: &str) -> bool {
        self.marks.get(key).is_some_and(|mark| mark.alert.until.is_none())
    }

    /// When a trouble was last over.
    pub(super) fn over_at(&self, key: &str) -> Option<DateTime<Utc>> {
        self.marks.get(key)?.alert.until
    }

    /// The marks to write, and the keys of those that are no more, where something is to be written.
    pub(super) fn take_changed(&mut self) -> Option<(Vec<AlertMark>, Vec<String>)> {
        if self.changed.is_empty() && self.gone.is_empty() {
            return None;
        }
        let changed = std::mem::take(&mut self.changed);
        let marks = changed.iter().filter_map(|key| self.marks.get(key).cloned()).collect();
        Some((marks, std::mem::take(&mut self.gone).into_iter().collect()))
    }

    /// It could not be written: it comes again.
    pub(super) fn not_written(&mut self, changed: Vec<AlertMark>, gone: Vec<String>) {
        let is_there = |key: &String| self.marks.contains_key(key);
        self.changed.extend(changed.into_iter().map(|mark| mark.key).filter(is_there));
        self.gone.extend(gone.into_iter().filter(|key| !self.marks.contains_key(key)));
    }
}

/// How long a trouble that came back so often stays away before that is told.
fn patience(returns: u32) -> TimeDelta {
    match returns {
        0 => TimeDelta::zero(),
        _ => (FIRST_PATIENCE * 2_i32.pow(returns.min(8) - 1)).min(LONGEST_PATIENCE),
    }
}

#[cfg(test)]
mod tests;
