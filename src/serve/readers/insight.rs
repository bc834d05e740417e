//! The counts: today's and yesterday's, a document each.
//!
//! Comes in: answers that went out. Goes out: a report. With the day its counts and its salt go; nothing is written down.

use super::Answered;
use super::distinct::Distinct;
use super::family::Agent;
use arc_swap::ArcSwap;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use foldhash::{fast, quality};
use serde::Serialize;

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

const SECONDS_A_DAY: i64 = 86_400;

/// What readers asked for, by `/readers.json`. Fields are added, never renamed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadersReport {
    /// One a document that was asked for, today or yesterday (UTC), by its path.
    pub documents: Vec<DocumentReaders>,
}

/// The readers of one document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentReaders {
    /// Below the base, without a leading slash.
    pub path: String,
    /// Since midnight (UTC).
    pub today: Option<DayReport>,
    /// The day before.
    pub yesterday: Option<DayReport>,
}

/// A day of one document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DayReport {
    /// All requests.
    pub requests: u64,
    /// Answered 304, of all: 1 is all.
    pub not_modified_share: f64,
    /// Answers with what was new alone (226).
    pub deltas: u64,
    /// Bytes of bodies.
    pub bytes: u64,
    /// Different clients, by address and name: an estimate, within some 3 %.
    pub clients: u64,
    /// Requests by reader family.
    pub families: BTreeMap<&'static str, u64>,
    /// What aggregators said last of their subscribers.
    pub subscribers: BTreeMap<&'static str, u64>,
}

#[derive(Debug)]
pub(super) struct Insight {
    today: ArcSwap<Day>,
    yesterday: ArcSwap<Day>,
    turn: Mutex<()>,
}

#[derive(Debug)]
struct Day {
    date: NaiveDate,
    /// The same in seconds since 1970, which are compared faster.
    seconds: Range<i64>,
    /// Unknown to anybody, and gone with the day: no client can be looked for in the counts.
    salt: quality::RandomState,
    documents: ArcSwap<HashMap<Arc<str>, Arc<Counts>, fast::RandomState>>,
}

#[derive(Debug)]
struct Counts {
    requests: AtomicU64,
    not_modified: AtomicU64,
    deltas: AtomicU64,
    bytes: AtomicU64,
    clients: Distinct,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    families: BTreeMap<&'static str, u64>,
    subscribers: BTreeMap<&'static str, u64>,
}

impl Insight {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        let date = now.date_naive();
        let before = date.pred_opt().unwrap_or(date);
        Self {
            today: ArcSwap::from_pointee(Day::new(date)),
            yesterday: ArcSwap::from_pointee(Day::new(before)),
            turn: Mutex::default(),
        }
    }

    pub(super) fn count(&self, agent: &Agent, client: Option<IpAddr>, answered: Answered<'_>, now: DateTime<Utc>) {
        let mut day = self.today.load();
        if !day.has(now) {
            self.turn_to(now.date_naive());
            day = self.today.load();
        }
        let hash = day.salt.hash_one((client, agent.value()));
        day.counts(answered.path).count(agent, hash, answered);
    }

    /// A new day, or one before after a clock was set back: what was today is yesterday.
    fn turn_to(&self, date: NaiveDate) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.today.load().date != date {
            self.yesterday.store(self.today.swap(Arc::new(Day::new(date))));
        }
    }

    pub(super) fn report(&self, now: DateTime<Utc>) -> ReadersReport {
        let (today, before) = (now.date_naive(), now.date_naive().pred_opt());
        let days = [self.today.load_full(), self.yesterday.load_full()];
        let of = |date: Option<NaiveDate>| days.iter().find(|day| Some(day.date) == date);
        let (today, yesterday) = (of(Some(today)), of(before));
        let mut documents: BTreeMap<String, DocumentReaders> = BTreeMap::new();
        for (day, is_today) in [(today, true), (yesterday, false)] {
            for (path, counts) in day.iter().flat_map(|day| day.documents.load().as_ref().clone()) {
                let document = documents.entry(path.to_string()).or_insert_with(|| DocumentReaders {
                    path: path.to_string(),
                    today: None,
                    yesterday: None,
                });
                let report = Some(counts.report());
                if is_today { document.today = report } else { document.yesterday = report }
            }
        }
        ReadersReport { documents: documents.into_values().collect() }
    }
}

impl Day {
    fn has(&self, now: DateTime<Utc>) -> bool {
        self.seconds.contains(&now.timestamp())
    }

    fn new(date: NaiveDate) -> Self {
        let start = date.and_time(NaiveTime::MIN).and_utc().timestamp();
        Self {
            date,
            seconds: start..start + SECONDS_A_DAY,
            salt: quality::RandomState::default(),
            documents: ArcSwap::default(),
        }
    }

    /// The counts of a document; as many as there are documents.
    fn counts(&self, path: &str) -> Arc<Counts> {
        if let Some(counts) = self.documents.load().get(path) {
            return Arc::clone(counts);
        }
        let made = Arc::new(Counts::new());
        self.documents.rcu(|documents| {
            let mut documents = HashMap::clone(documents);
            documents.entry(Arc::from(path)).or_insert_with(|| Arc::clone(&made));
            documents
        });
        self.documents.load().get(path).map_or(made, Arc::clone)
    }
}

impl Counts {
    fn new() -> Self {
        Self {
            requests: AtomicU64::new(0),
            not_modified: AtomicU64::new(0),
            deltas: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            clients: Distinct::new(),
            said: Mutex::default(),
        }
    }

    fn count(&self, agent: &Agent, client: u64, answered: Answered<'_>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.not_modified.fetch_add(u64::from(answered.status == 304), Ordering::Relaxed);
        self.deltas.fetch_add(u64::from(answered.status == 226), Ordering::Relaxed);
        self.bytes.fetch_add(answered.bytes as u64, Ordering::Relaxed);
        self.clients.add(client);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        *said.families.entry(agent.family).or_default() += 1;
        if let Some(subscribers) = agent.subscribers {
            said.subscribers.insert(agent.family, subscribers);
        }
    }

    fn report(&self) -> DayReport {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = self.requests.load(Ordering::Relaxed);
        #[allow(clippy::cast_precision_loss, reason = "a share for people")]
        let share = self.not_modified.load(Ordering::Relaxed) as f64 / requests.max(1) as f64;
        DayReport {
            requests,
            not_modified_share: (share * 1_000.0).round() / 1_000.0,
            deltas: self.deltas.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            clients: self.clients.estimate(),
            families: said.families.clone(),
            subscribers: said.subscribers.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    const FULL: Answered<'_> = Answered { path: "bao/all.rss", status: 200, bytes: 1_000 };

    fn agent(value: &str) -> Agent {
        let mut agent = Agent::default();
        agent.renew(value.as_bytes());
        agent
    }

    #[test]
    fn counts_are_a_document_and_day_and_clients_are_told_apart() {
        let now = DateTime::from_timestamp(1_771_032_600, 0).expect("a moment");
        let insight = Insight::new(now);
        let feedly = agent("Feedly/1.0 (16 subscribers)");
        for n in 0..30u8 {
            insight.count(&agent("newsboat/2.32"), Some([192, 0, 2, n % 10].into()), FULL, now);
        }
        insight.count(&feedly, None, Answered { status: 304, bytes: 0, ..FULL }, now);
        insight.count(&feedly, None, Answered { status: 226, bytes: 50, ..FULL }, now);
        let told = insight.report(now);
        let today = told.documents[0].today.as_ref().expect("a day");
        assert_eq!((today.requests, today.bytes, today.not_modified_share), (32, 30_050, 0.031));
        assert_eq!(today.deltas, 1);
        // eleven; two of them may share a register
        assert!((9..=12).contains(&today.clients), "{}", today.clients);
        assert_eq!((today.families["Newsboat"], today.subscribers["Feedly"]), (30, 16));
        let next = now + TimeDelta::days(1);
        insight.count(&feedly, None, Answered { path: "bao/xa-hoi.rss", ..FULL }, next);
        let told = insight.report(next);
        assert_eq!(told.documents[0].yesterday.as_ref().map(|day| day.requests), Some(32));
        assert!(told.documents[0].today.is_none() && told.documents[1].today.is_some());
        assert!(insight.report(next + TimeDelta::days(5)).documents.is_empty());
    }
}
