//! How the sources do: the report of `/status`, `/status.json` and `bantin status`.
//!
//! Comes in: the configured sources and what the store knows of them. Goes out: a [`StatusReport`]. It does not know how it is
//! shown.

use super::ledger::{self, OriginReport};
use crate::model::{
    Alert, AlertMark, DayTally, FailureKind, ListReading, Origin, PaperId, PollState, PushRecord, Refusal, Revision,
    SourceId, StoreSize, SubscriberCounts, Subscription, WebhookMark,
};
use crate::store::{KeptBodies, Repairs, SourceCounts, Store, StoreError};
use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use serde::Serialize;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use url::Url;

/// A source as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEntry {
    /// `paper/section`.
    pub id: SourceId,
    /// Where it is read.
    pub url: Url,
    /// The section's title, where it has one.
    pub title: Option<String>,
}

/// The whole report. Its JSON is public surface: fields are added, never renamed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusReport {
    /// Of bantin.
    pub version: &'static str,
    /// When the daemon started; `None`: none was asked.
    pub started_at: Option<DateTime<Utc>>,
    /// The store's revision: grows with every change that readers can see.
    pub revision: u64,
    /// How much the store holds.
    pub store: StoreSize,
    /// One a configured source, in the order of the configuration.
    pub sources: Vec<SourceReport>,
    /// One a paper of which items proved to be another one, in the order of their ids.
    pub repairs: Vec<RepairReport>,
    /// Finished documents that are not valid and stay back, by path; the last good ones stay published.
    pub refused: Vec<Refusal>,
    /// The politeness ledger: one an origin that was asked, the most asked first.
    pub origins: Vec<OriginReport>,
    /// Who subscribed to our feeds.
    pub hub: SubscriberCounts,
    /// Where changes are delivered.
    pub webhooks: Vec<WebhookReport>,
    /// What operators are told of: what goes on, and what is over for less than 30 days; the newest first, those that go on before the others.
    pub alerts: Vec<Alert>,
}

/// How a webhook stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookReport {
    /// The host of its address; the rest may be a secret.
    pub host: String,
    /// `ok`, `failing`, or `off`: its receiver answered 410.
    pub state: &'static str,
    /// When its receiver acknowledged something last.
    pub last_delivered: Option<DateTime<Utc>>,
    /// The last failure, in words, until the next delivery.
    pub problem: Option<String>,
}

/// Items of a paper that proved to be another one, and are its aliases now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// The paper.
    pub paper: String,
    /// How many, in all.
    pub items: u64,
    /// The last time.
    pub last: Option<DateTime<Utc>>,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceReport {
    /// `paper/section`.
    pub id: String,
    /// As configured, without credentials.
    pub url: String,
    /// The section's title.
    pub title: Option<String>,
    /// The address asked instead, after a permanent redirect.
    pub adopted_url: Option<String>,
    /// `new`, `ok`, `empty`, `held`, `drift`, `blocked`, `failing`, `waiting` or `gone`.
    pub state: &'static str,
    /// A feed that the section page names; polled only where it is configured.
    pub named_feed: Option<String>,
    /// A sitemap that the section page names.
    pub named_sitemap: Option<String>,
    /// A WebSub hub that its document names.
    pub named_hub: Option<String>,
    /// How the subscription at its hub stands; `None`: there is none.
    pub websub: Option<WebSubReport>,
    /// How its list was found at the last poll that brought a section page.
    pub reading: Option<ListReading>,
    /// When its list was last learned anew after a redesign.
    pub relearned_at: Option<DateTime<Utc>>,
    /// What an operator should know though the source is well.
    pub notice: Option<String>,
    /// Why its newest items are held, in words.
    pub held_because: Option<&'static str>,
    /// However it ended.
    pub last_poll: Option<DateTime<Utc>>,
    /// The last that could be read.
    pub last_success: Option<DateTime<Utc>>,
    /// The last that changed something.
    pub last_change: Option<DateTime<Utc>>,
    /// Not before.
    pub next_poll: Option<DateTime<Utc>>,
    /// Published items that came from it.
    pub items: u64,
    /// Items that are held, those that later polls did not show again included.
    pub held: u64,
    /// When the oldest of those was first seen.
    pub held_since: Option<DateTime<Utc>>,
    /// Items that wait for their article page.
    pub awaiting: u64,
    /// Documents that are kept to be read anew.
    pub kept_documents: u64,
    /// Their size, packed.
    pub kept_bytes: u64,
    /// Polls, in all.
    pub polls: u64,
    /// Polls answered 304, in all.
    pub not_modified: u64,
    /// The last days (UTC), at most 14, the oldest first.
    pub days: Vec<PollDay>,
    /// Failures since the last success.
    pub failures: u32,
    /// The last failure, until the next success.
    pub error: Option<LastError>,
}

/// What a source's polls of a day came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PollDay {
    /// The day.
    pub day: NaiveDate,
    /// Polls, however they ended.
    pub polls: u16,
    /// Of these, polls answered 304.
    pub not_modified: u16,
    /// Of these, polls that brought nothing that could be read.
    pub failed: u16,
    /// Articles never seen before; those of a first poll do not count.
    pub items: u16,
}

impl PollDay {
    fn of(day: NaiveDate, DayTally { polls, not_modified, failed, items }: DayTally) -> Self {
        Self { day, polls, not_modified, failed, items }
    }
}

/// A subscription at a hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebSubReport {
    /// The hub.
    pub hub: String,
    /// What is subscribed to.
    pub topic: String,
    /// `wanted`, `asked`, `active`, `denied`, `leaving` or `left`.
    pub state: &'static str,
    /// The end of the lease.
    pub lease_until: Option<DateTime<Utc>>,
    /// When the hub is asked again.
    pub next_try: DateTime<Utc>,
    /// The last failure or denial, in words, until the hub verifies.
    pub problem: Option<String>,
    /// The last push with a good signature.
    pub last_push: Option<DateTime<Utc>>,
    /// Such pushes, in all.
    pub pushes: u64,
    /// Pushes without a good signature, in all.
    pub ignored: u64,
    /// Polls whose new articles no push announced, in all.
    pub missed: u64,
    /// Whether pushes prove true, so that the source is polled more rarely.
    pub proven: bool,
}

/// The last failure of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastError {
    /// `fetch`, `extract`, `normalize`, `store` or `guard`.
    pub stage: &'static str,
    /// Cause and remedy.
    pub what: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Where there was one.
    pub http_status: Option<u16>,
    /// What kept a document from coming: `dns`, `connect`, `tls`, `proxy`, `timeout`, `broken`, `http`, `redirect`,
    /// `robots`, `wait`, `refused`, `wall`, `body` or `setup`.
    pub kind: Option<&'static str>,
    /// What each witness found, where a document came and was not what it should be.
    pub witness: Option<String>,
    /// What the document's first bytes are.
    pub first_bytes: Option<String>,
}

/// What the store knows, for a report.
#[derive(Debug, Default)]
pub struct Known {
    /// How polling each source stands.
    pub states: HashMap<SourceId, Box<PollState>>,
    /// How many items came from each.
    pub counts: HashMap<SourceId, SourceCounts>,
    /// What was repaired of each paper.
    pub repairs: HashMap<PaperId, Repairs>,
    /// What is kept of each one's documents.
    pub bodies: HashMap<SourceId, KeptBodies>,
    /// What was asked of whom.
    pub origins: Vec<Origin>,
    /// What hubs were asked for.
    pub subscriptions: Vec<Subscription>,
    /// What the linter holds back.
    pub refusals: Vec<Refusal>,
    /// How the webhooks stand.
    pub webhooks: Vec<WebhookMark>,
    /// What operators were told.
    pub alerts: Vec<AlertMark>,
    /// How many subscribed to our feeds.
    pub subscribers: SubscriberCounts,
    /// The newest revision.
    pub revision: Revision,
    /// How much there is.
    pub size: StoreSize,
}

impl Known {
    /// Asks a store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn of(store: &impl Store) -> Result<Self, StoreError> {
        Ok(Self {
            states: store.poll_states().await?,
            counts: store.source_counts().await?,
            repairs: store.repairs().await?,
            bodies: store.body_counts().await?,
            origins: store.origins().await?,
            subscriptions: store.subscriptions().await?,
            refusals: store.refusals().await?,
            webhooks: store.webhooks().await?,
            alerts: store.alerts().await?,
            subscribers: store.subscriber_counts().await?,
            revision: store.revision().await?,
            size: store.size().await?,
        })
    }
}

/// Puts the report together. Pure.
#[must_use]
pub fn report(sources: &[SourceEntry], known: &Known, started_at: Option<DateTime<Utc>>) -> StatusReport {
    let sources = sources
        .iter()
        .map(|source| {
            let unknown = PollState::default();
            let state = known.states.get(&source.id).map_or(&unknown, |state| &**state);
            let report = source_report(source, state, known.counts.get(&source.id).copied().unwrap_or_default());
            let kept = known.bodies.get(&source.id).copied().unwrap_or_default();
            SourceReport {
                websub: websub(&source.id, &state.push, &known.subscriptions),
                kept_documents: kept.documents,
                kept_bytes: kept.bytes,
                ..report
            }
        })
        .collect();
    let (origins, revision, repairs) = (ledger::origins(&known.origins), known.revision.0, repairs(&known.repairs));
    let (version, started_at) = (env!("CARGO_PKG_VERSION"), seconds(started_at));
    let (store, hub, refused) = (known.size, known.subscribers, known.refusals.clone());
    let webhook = |mark: &WebhookMark| WebhookReport {
        host: mark.host.clone(),
        state: mark.state.as_str(),
        last_delivered: seconds(mark.delivered_at),
        problem: mark.problem.clone(),
    };
    let webhooks = known.webhooks.iter().map(webhook).collect();
    let mut alerts: Vec<Alert> = known.alerts.iter().map(|mark| mark.alert.clone()).collect();
    alerts.sort_by(|a, b| (a.until.is_some(), b.since, &a.id).cmp(&(b.until.is_some(), a.since, &b.id)));
    StatusReport { version, started_at, revision, store, sources, repairs, refused, origins, hub, webhooks, alerts }
}

fn repairs(known: &HashMap<PaperId, Repairs>) -> Vec<RepairReport> {
    let told = |(paper, repairs): (&PaperId, &Repairs)| RepairReport {
        paper: paper.to_string(),
        items: repairs.count,
        last: seconds(Some(repairs.last)),
    };
    let mut reports: Vec<RepairReport> = known.iter().map(told).collect();
    reports.sort_by(|a, b| a.paper.cmp(&b.paper));
    reports
}

/// What an operator should know though the source is well: of its list, and of what nobody would hear of again.
fn notice(source: &SourceId, state: &PollState, counts: SourceCounts) -> Option<String> {
    let of_list = state.reading.as_deref().and_then(ListReading::notice);
    let of_held = counts.held_since.filter(|_| state.held.is_none()).map(|since| {
        format!(
            "items are held that the page no longer shows ({}, the oldest since {}): `bantin release {source}` publishes \
             them, else they stay out of the feeds",
            counts.held,
            since.format("%Y-%m-%d")
        )
    });
    match (of_list, of_held) {
        (Some(list), Some(held)) => Some(format!("{list}; {held}")),
        (list, held) => list.or(held),
    }
}

fn source_report(source: &SourceEntry, state: &PollState, counts: SourceCounts) -> SourceReport {
    SourceReport {
        id: source.id.to_string(),
        url: without_credentials(&source.url),
        title: source.title.clone(),
        adopted_url: state.adopted_url.as_ref().map(without_credentials),
        state: state.state.as_str(),
        named_feed: state.hints.feed.as_ref().map(without_credentials),
        named_sitemap: state.hints.sitemap.as_ref().map(without_credentials),
        named_hub: state.hints.hub.as_ref().map(without_credentials),
        websub: None,
        reading: state.reading.as_deref().cloned(),
        relearned_at: seconds(state.relearned_at),
        notice: notice(&source.id, state, counts),
        held_because: state.held.map(|why| why.as_str()),
        last_poll: seconds(state.last_poll),
        last_success: seconds(state.last_success),
        last_change: seconds(state.last_change),
        next_poll: seconds(state.next_poll_at),
        items: counts.ready,
        held: counts.held,
        held_since: seconds(counts.held_since),
        awaiting: counts.awaiting,
        kept_documents: 0,
        kept_bytes: 0,
        polls: state.polls,
        not_modified: state.not_modified,
        days: state.days.iter().map(|(day, tally)| PollDay::of(day, tally)).collect(),
        failures: state.failures,
        error: state.failure.as_ref().map(|failure| LastError {
            stage: failure.stage.as_str(),
            what: failure.what.clone(),
            at: failure.at.trunc_subsecs(0),
            http_status: failure.http_status,
            kind: failure.kind.map(FailureKind::as_str),
            witness: failure.witness.clone(),
            first_bytes: failure.first_bytes.clone(),
        }),
    }
}

/// The subscription that is wanted, else the last that was.
fn websub(source: &SourceId, push: &PushRecord, subscriptions: &[Subscription]) -> Option<WebSubReport> {
    let of_source = subscriptions.iter().filter(|subscription| subscription.source == *source);
    let Subscription { terms, progress, .. } =
        of_source.max_by_key(|of| (!of.progress.state.is_over(), of.progress.since))?;
    Some(WebSubReport {
        hub: without_credentials(&terms.hub),
        topic: without_credentials(&terms.topic),
        state: progress.state.as_str(),
        lease_until: seconds(progress.lease_until),
        next_try: progress.next_at.trunc_subsecs(0),
        problem: progress.problem.clone(),
        last_push: seconds(progress.last_push),
        pushes: progress.pushes,
        ignored: progress.ignored,
        missed: push.missed,
        proven: push.lease_until.is_some() && push.agreed > 0,
    })
}

pub(super) fn seconds(moment: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    moment.map(|moment| moment.trunc_subsecs(0))
}

/// A secret in a configured address is nobody's business.
fn without_credentials(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for addresses that cannot have credentials.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.into()
}

/// A store that takes longer is one that does not answer.
const STORE_WAIT: Duration = Duration::from_secs(3);

/// A report is good for so long: a flood of requests is one question to the store.
const FRESH: Duration = Duration::from_millis(200);

const NO_ANSWER: &str = "not ready: the store does not answer\n";

/// Asks the store for reports, one question at a time however many readers wait.
pub(super) struct Reporter<S> {
    store: Arc<S>,
    started_at: DateTime<Utc>,
    last: Mutex<Option<Kept>>,
    probed: Mutex<Option<Instant>>,
}

struct Kept {
    at: Instant,
    sources: Arc<Vec<SourceEntry>>,
    report: Arc<StatusReport>,
}

impl<S: Store> Reporter<S> {
    pub(super) fn new(store: Arc<S>, started_at: DateTime<Utc>) -> Self {
        Self { store, started_at, last: Mutex::new(None), probed: Mutex::new(None) }
    }

    /// The report, at most a fifth of a second old; else why there is none.
    pub(super) async fn report(&self, sources: &Arc<Vec<SourceEntry>>) -> Result<Arc<StatusReport>, &'static str> {
        within(async {
            let mut last = self.last.lock().await;
            if let Some(kept) = last.as_ref().filter(|k| k.at.elapsed() < FRESH && Arc::ptr_eq(&k.sources, sources)) {
                return Some(kept.report.clone());
            }
            let known = Known::of(&*self.store).await.ok()?;
            let report = Arc::new(report(sources, &known, Some(self.started_at)));
            *last = Some(Kept { at: Instant::now(), sources: sources.clone(), report: report.clone() });
            Some(report)
        })
        .await
    }

    /// Whether the store answers.
    pub(super) async fn probe(&self) -> Result<(), &'static str> {
        within(async {
            let mut probed = self.probed.lock().await;
            if probed.is_none_or(|at| at.elapsed() >= FRESH) {
                self.store.revision().await.ok()?;
                *probed = Some(Instant::now());
            }
            Some(())
        })
        .await
    }
}

async fn within<T>(answer: impl Future<Output = Option<T>>) -> Result<T, &'static str> {
    timeout(STORE_WAIT, answer).await.ok().flatten().ok_or(NO_ANSWER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, FailureStage, PaperId, SourceState};

    fn source(url: &str) -> SourceEntry {
        let paper = PaperId::new("bao").expect("a slug");
        let id = SourceId::new(&paper, "xa-hoi").expect("a slug");
        SourceEntry { id, url: Url::parse(url).expect("a URL"), title: Some("Xã hội".to_owned()) }
    }

    #[test]
    fn source_without_history_is_new() {
        let report = report(&[source("https://bao.example/xa-hoi.html")], &Known::default(), None);
        let json = serde_json::to_value(&report).expect("JSON");
        let told = &json["sources"][0];
        assert_eq!((&told["id"], &told["state"]), (&"bao/xa-hoi".into(), &"new".into()));
        assert_eq!(told["url"], "https://bao.example/xa-hoi.html");
        assert!(told["error"].is_null() && told["last_poll"].is_null());
    }

    #[test]
    fn repairs_are_told_a_paper() {
        let last = DateTime::from_timestamp(1_771_032_600, 0).expect("a moment");
        let paper = |id| PaperId::new(id).expect("a slug");
        let repairs =
            HashMap::from([(paper("hai"), Repairs { count: 1, last }), (paper("bao"), Repairs { count: 3, last })]);
        let told = report(&[], &Known { repairs, ..Known::default() }, None).repairs;
        let told: Vec<_> = told.iter().map(|of| (of.paper.as_str(), of.items, of.last)).collect();
        assert_eq!(told, [("bao", 3, Some(last)), ("hai", 1, Some(last))]);
    }

    #[test]
    fn items_held_by_the_last_poll_are_told_with_its_reason_alone() {
        let held = Some(crate::model::HoldReason::Unlike);
        let counts = SourceCounts { held: 2, held_since: Some(DateTime::UNIX_EPOCH), ..SourceCounts::default() };
        let source = source("https://bao.example/").id;
        assert_eq!(notice(&source, &PollState { held, ..PollState::default() }, counts), None);
        assert!(notice(&source, &PollState::default(), counts).is_some());
        assert_eq!(notice(&source, &PollState::default(), SourceCounts::default()), None);
    }

    #[test]
    fn kept_documents_are_counted_with_their_source() {
        let source = source("https://bao.example/xa-hoi.html");
        let kept = KeptBodies { documents: 3, bytes: 51_200 };
        let known = Known { bodies: HashMap::from([(source.id.clone(), kept)]), ..Known::default() };
        let json = serde_json::to_string(&report(&[source], &known, None)).expect("JSON");
        assert!(json.contains(r#""kept_documents":3,"kept_bytes":51200"#), "{json}");
    }

    #[test]
    fn failure_is_told_with_its_stage_and_credentials_are_not() {
        let source = source("https://user:secret@bao.example/");
        let at = DateTime::from_timestamp(1_771_032_600, 123_456_789).expect("a moment");
        let failure = Failure::new(FailureStage::Fetch, "404 Not Found".to_owned(), at, Some(404));
        let failure = failure.of_kind(FailureKind::Http);
        let state = PollState { state: SourceState::Failing, failure: Some(Box::new(failure)), ..PollState::default() };
        let counts = SourceCounts { ready: 7, awaiting: 2, held: 1, held_since: Some(at) };
        let (states, counts) =
            (HashMap::from([(source.id.clone(), Box::new(state))]), HashMap::from([(source.id.clone(), counts)]));
        let known = Known { states, counts, revision: Revision(3), ..Known::default() };
        let json = serde_json::to_string(&report(&[source], &known, Some(at))).expect("JSON");
        for fact in [
            r#""state":"failing""#,
            r#""items":7,"held":1,"held_since":"2026-02-14T01:30:00Z","awaiting":2"#,
            r#""notice":"items are held that the page no longer shows (1, the oldest since 2026-02-14): `bantin release bao/xa-hoi` publishes them"#,
            r#"{"stage":"fetch","what":"404 Not Found","at":"2026-02-14T01:30:00Z","http_status":404,"kind":"http","witness":null,"first_bytes":null}"#,
            r#""started_at":"2026-02-14T01:30:00Z""#,
        ] {
            assert!(json.contains(fact), "{fact} in {json}");
        }
        assert!(!json.contains("secret"), "{json}");
    }
}
