//! Numbers for Prometheus (OpenMetrics text 1.0): plain methods that count, one that writes all of it out.
//!
//! Comes in: facts that the daemon reports, one call each. Goes out: the text of `/metrics`. It does not know who counts, or
//! why. Every label has a fixed, small set of values, so that no foreign input can make the text grow.

mod hub;
mod webhook;
mod websub;

pub use hub::HubResult;
pub use webhook::WebhookResult;
pub use websub::PushResult;

use crate::model::{FailureKind, ListFinding, ListReading, Repair, SourceState, StoreSize, Tally};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::collections::HashMap;
use std::time::Duration;

/// The media type of [`Metrics::encode`]'s text.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The statuses that `serve` answers with; any other counts as `other`.
const STATUSES: [u16; 17] = [200, 304, 202, 204, 226, 301, 400, 404, 405, 408, 410, 413, 414, 429, 431, 500, 503];

/// Upper bounds in seconds: from a 304 of a near host to the whole timeout of a slow one.
const POLL_SECONDS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The kinds of requests to origins.
const REQUESTS: [&str; 3] = ["conditional", "unconditional", "robots"];

/// The endings of published documents; any other counts as `other`.
const DOCUMENTS: [&str; 6] = ["rss", "atom", "json", "html", "opml", "other"];

type Label = [(&'static str, &'static str); 1];

/// How a poll ended; the label `outcome` of `bantin_polls_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollOutcome {
    /// It brought something that readers see.
    Changed,
    /// It was read and brought nothing new.
    Same,
    /// 304.
    NotModified,
    /// The guard held it back.
    Held,
    /// The origin asked to wait.
    Wait,
    /// robots.txt, a bot wall or the address guard forbid it.
    Blocked,
    /// 410.
    Gone,
    /// Anything else.
    Failed,
    /// A fault of ours ended it.
    Panicked,
}

impl PollOutcome {
    const ALL: [Self; 9] = [
        Self::Changed,
        Self::Same,
        Self::NotModified,
        Self::Held,
        Self::Wait,
        Self::Blocked,
        Self::Gone,
        Self::Failed,
        Self::Panicked,
    ];

    /// The label's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Same => "same",
            Self::NotModified => "not-modified",
            Self::Held => "held",
            Self::Wait => "wait",
            Self::Blocked => "blocked",
            Self::Gone => "gone",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
        }
    }
}

/// How the reading of an article page ended; the label `outcome` of `bantin_articles_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArticleOutcome {
    /// Its facts were taken in.
    Read,
    /// It may not be fetched, or is gone: published without it.
    Never,
    /// It is tried again.
    Failed,
}

impl ArticleOutcome {
    const ALL: [Self; 3] = [Self::Read, Self::Never, Self::Failed];

    /// The label's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Never => "never",
            Self::Failed => "failed",
        }
    }
}

/// All numbers of the process. Counting is wait-free; share it behind an `Arc`.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    polls: Family<Label, Counter>,
    poll_duration: Histogram,
    fetch_failures: Family<Label, Counter>,
    requests: Family<Label, Counter>,
    not_modified: Counter,
    received: Counter,
    articles: Family<Label, Counter>,
    items_new: Counter,
    items_changed: Counter,
    repairs: Counter,
    lists: Family<Label, Counter>,
    list_repairs: Family<Label, Counter>,
    selectors_broken: Counter,
    source_state: Family<Label, Gauge>,
    revision: Gauge,
    store: StoreGauges,
    kept_bytes: Gauge,
    publications_written: Counter,
    publish_failures: Counter,
    publications_refused: Family<Label, Gauge>,
    /// A few, the usual ones first: looking through them takes less than hashing.
    http_requests: Vec<(u16, Counter)>,
    http_other: Counter,
    http_connections: Gauge,
    http_refused: Counter,
    websub: websub::Numbers,
    hub: hub::Numbers,
    webhook: webhook::Numbers,
}

impl Metrics {
    /// All numbers at 0, every label's value present; `version` goes into `bantin_build_info`.
    #[must_use]
    pub fn new(version: &str) -> Self {
        let mut registry = Registry::with_prefix("bantin");
        let r = &mut registry;
        build_info(r, version);
        let polls = counters(
            r,
            "polls",
            "Polls of sources, by how they ended",
            "outcome",
            PollOutcome::ALL.map(PollOutcome::as_str),
        );
        let poll_duration = poll_duration(r);
        let articles = articles(r);
        let (http_requests, http_other) = http_requests(r);
        let fetch_failures = counters(
            r,
            "fetch_failures",
            "Polls that brought no document, by what kept it from coming",
            "kind",
            FailureKind::ALL.map(FailureKind::as_str),
        );
        Self {
            fetch_failures,
            polls,
            poll_duration,
            articles,
            http_requests,
            http_other,
            requests: counters(
                r,
                "requests",
                "Requests to origins, redirects included, by what they carried or asked for",
                "kind",
                REQUESTS,
            ),
            not_modified: counter(r, "requests_not_modified", "Requests to origins that were answered 304"),
            received: counter(r, "received_bytes", "Bytes of origins' answers over the wire"),
            items_new: counter(r, "items_new", "Items never seen before"),
            items_changed: counter(
                r,
                "items_changed",
                "Items that readers see otherwise than before, new ones included",
            ),
            repairs: counter(r, "identity_repairs", "Items that proved to be one"),
            lists: counters(
                r,
                "section_pages",
                "Section pages that came, by what they showed",
                "finding",
                ListFinding::ALL.map(ListFinding::as_str),
            ),
            list_repairs: counters(
                r,
                "list_repairs",
                "Lists that were learned anew, by how far that is",
                "step",
                Repair::ALL.map(Repair::as_str),
            ),
            selectors_broken: counter(
                r,
                "selectors_broken",
                "Section pages that were read without the configured selectors, which no longer find the list",
            ),
            source_state: states(r),
            revision: gauge(r, "store_revision", "The store's revision: grows with every change that readers can see"),
            store: StoreGauges::new(r),
            kept_bytes: gauge(
                r,
                "kept_document_bytes",
                "Bytes of the sources' last documents, packed, in the database",
            ),
            publications_written: counter(r, "publications_written", "Documents written to a target"),
            publications_refused: documents(r),
            publish_failures: counter(r, "publish_failures", "Failures of a publishing round, one a target or channel"),
            http_connections: gauge(r, "http_connections", "Connections of readers that are open"),
            http_refused: counter(r, "http_connections_refused", "Connections of readers beyond the limit"),
            websub: websub::Numbers::new(r),
            hub: hub::Numbers::new(r),
            webhook: webhook::Numbers::new(r),
            registry,
        }
    }

    /// A poll has ended.
    pub fn poll(&self, outcome: PollOutcome, took: Duration) {
        self.polls.get_or_create(&[("outcome", outcome.as_str())]).inc();
        self.poll_duration.observe(took.as_secs_f64());
    }

    /// A poll ended by a fault of ours; nobody knows how long it took.
    pub fn poll_panicked(&self) {
        self.polls.get_or_create(&[("outcome", PollOutcome::Panicked.as_str())]).inc();
    }

    /// A poll brought no document.
    pub fn fetch_failure(&self, kind: FailureKind) {
        self.fetch_failures.get_or_create(&[("kind", kind.as_str())]).inc();
    }

    /// What was asked of origins meanwhile.
    pub fn asked(&self, tally: Tally) {
        let plain = tally.requests.saturating_sub(tally.conditional + tally.robots);
        for (kind, count) in REQUESTS.into_iter().zip([tally.conditional, plain, tally.robots]) {
            self.requests.get_or_create(&[("kind", kind)]).inc_by(count);
        }
        self.not_modified.inc_by(tally.not_modified);
        self.received.inc_by(tally.bytes);
    }

    /// An article page was read, or not.
    pub fn article(&self, outcome: ArticleOutcome) {
        self.articles.get_or_create(&[("outcome", outcome.as_str())]).inc();
    }

    /// What a commit did: items never seen before, items that readers see otherwise, identity repairs.
    pub fn commit(&self, new: u32, changed: u32, repairs: usize) {
        self.items_new.inc_by(new.into());
        self.items_changed.inc_by(changed.into());
        self.repairs.inc_by(repairs as u64);
    }

    /// A section page came: what it showed, and what had to be repaired to read it.
    pub fn list(&self, reading: &ListReading) {
        self.lists.get_or_create(&[("finding", reading.finding.as_str())]).inc();
        if let Some(repair) = reading.repair {
            self.list_repairs.get_or_create(&[("step", repair.as_str())]).inc();
        }
        self.selectors_broken.inc_by(u64::from(reading.selectors_broke()));
    }

    /// How the sources stand now.
    pub fn source_states(&self, states: impl IntoIterator<Item = SourceState>) {
        let mut counts: HashMap<SourceState, i64> = HashMap::new();
        for state in states {
            *counts.entry(state).or_default() += 1;
        }
        for state in SourceState::ALL {
            let count = counts.get(&state).copied().unwrap_or(0);
            self.source_state.get_or_create(&[("state", state.as_str())]).set(count);
        }
    }

    /// The store's revision.
    pub fn revision(&self, revision: u64) {
        self.revision.set(i64::try_from(revision).unwrap_or(i64::MAX));
    }

    /// How much the store holds.
    pub fn store_size(&self, size: &StoreSize) {
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.store.database, size.database_bytes);
        set(&self.store.wal, size.wal_bytes);
        set(&self.store.free, size.free_bytes);
        set(&self.store.items, size.items);
        set(&self.store.versions, size.versions);
    }

    /// The bytes of all kept documents.
    pub fn kept_bytes(&self, bytes: u64) {
        self.kept_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// A publishing round has ended: documents written, failures.
    pub fn published(&self, written: u64, failures: usize) {
        self.publications_written.inc_by(written);
        self.publish_failures.inc_by(failures as u64);
    }

    /// The paths of the documents that the linter holds back now.
    pub fn held_back<'a>(&self, paths: impl Iterator<Item = &'a str> + Clone) {
        let format = |path: &str| {
            let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
            DOCUMENTS.into_iter().find(|known| *known == ending).unwrap_or("other")
        };
        for known in DOCUMENTS {
            let count = paths.clone().filter(|path| format(path) == known).count();
            let gauge = self.publications_refused.get_or_create(&[("format", known)]);
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// A reader was answered.
    pub fn http_request(&self, status: u16) {
        let known = self.http_requests.iter().find(|(known, _)| *known == status);
        known.map_or(&self.http_other, |(_, counter)| counter).inc();
    }

    /// A reader's connection was opened.
    pub fn http_opened(&self) {
        self.http_connections.inc();
    }

    /// A reader's connection has ended.
    pub fn http_closed(&self) {
        self.http_connections.dec();
    }

    /// A reader's connection was refused: too many are open.
    pub fn http_refused(&self) {
        self.http_refused.inc();
    }

    /// The text of `/metrics`, of the media type [`MEDIA_TYPE`].
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(8 << 10);
        // Writing to a string fails only where a metric's own encoding does; what was written until then is still text.
        if encode(&mut text, &self.registry).is_err() {
            text.push_str("# EOF\n");
        }
        text
    }
}

/// How much the store holds.
#[derive(Debug)]
struct StoreGauges {
    database: Gauge,
    wal: Gauge,
    free: Gauge,
    items: Gauge,
    versions: Gauge,
}

impl StoreGauges {
    fn new(r: &mut Registry) -> Self {
        Self {
            database: gauge(r, "store_database_bytes", "The database file"),
            wal: gauge(r, "store_wal_bytes", "The database's write-ahead log"),
            free: gauge(r, "store_free_bytes", "Pages of the database file that hold nothing"),
            items: gauge(r, "store_items", "Items of the history, however they stand"),
            versions: gauge(r, "store_item_revisions", "Versions of items before substantive edits"),
        }
    }
}

fn articles(registry: &mut Registry) -> Family<Label, Counter> {
    let outcomes = ArticleOutcome::ALL.map(ArticleOutcome::as_str);
    counters(registry, "articles", "Article pages read, by how it ended", "outcome", outcomes)
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

fn counters<const N: usize>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: [&'static str; N],
) -> Family<Label, Counter> {
    let family = Family::<Label, Counter>::default();
    for value in values {
        drop(family.get_or_create(&[(label, value)]));
    }
    registry.register(name, help, family.clone());
    family
}

fn poll_duration(registry: &mut Registry) -> Histogram {
    let histogram = Histogram::new(POLL_SECONDS);
    let help = "Time of a poll from its first request to its commit";
    registry.register_with_unit("poll_duration", help, Unit::Seconds, histogram.clone());
    histogram
}

fn documents(registry: &mut Registry) -> Family<Label, Gauge> {
    let family = Family::<Label, Gauge>::default();
    for format in DOCUMENTS {
        drop(family.get_or_create(&[("format", format)]));
    }
    let help = "Finished documents that are not valid and stay back; the last good ones stay published";
    registry.register("publications_refused", help, family.clone());
    family
}

fn states(registry: &mut Registry) -> Family<Label, Gauge> {
    let family = Family::<Label, Gauge>::default();
    for state in SourceState::ALL {
        drop(family.get_or_create(&[("state", state.as_str())]));
    }
    registry.register("source_state", "Sources, by their state", family.clone());
    family
}

/// One counter a status, found without a lock: this is counted for every reader's request.
fn http_requests(registry: &mut Registry) -> (Vec<(u16, Counter)>, Counter) {
    let family = Family::<Vec<(&'static str, String)>, Counter>::default();
    let of = |code: String| family.get_or_create_owned(&vec![("code", code)]);
    let known = STATUSES.into_iter().map(|status| (status, of(status.to_string()))).collect();
    let other = of("other".to_owned());
    registry.register("http_requests", "Requests of readers, by the status they were answered with", family);
    (known, other)
}

fn build_info(registry: &mut Registry, version: &str) {
    let family = Family::<Vec<(&'static str, String)>, Gauge>::default();
    family.get_or_create(&vec![("version", version.to_owned())]).set(1);
    registry.register("build", "Always 1; the version is in the label", family);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_there_from_the_start() {
        let text = Metrics::new("0.0.0").encode();
        for line in [
            "bantin_polls_total{outcome=\"changed\"} 0",
            "bantin_polls_total{outcome=\"panicked\"} 0",
            "bantin_articles_total{outcome=\"read\"} 0",
            "bantin_source_state{state=\"drift\"} 0",
            "bantin_section_pages_total{finding=\"error-page\"} 0",
            "bantin_list_repairs_total{step=\"swapped\"} 0",
            "bantin_http_requests_total{code=\"304\"} 0",
            "bantin_requests_total{kind=\"robots\"} 0",
            "bantin_fetch_failures_total{kind=\"tls\"} 0",
            "bantin_publications_written_total 0",
            "bantin_websub_pushes_total{result=\"ignored\"} 0",
            "bantin_hub_events_total{result=\"delivered\"} 0",
            "bantin_hub_subscribers 0",
            "bantin_webhook_calls_total{result=\"delivered\"} 0",
            "bantin_websub_subscriptions{state=\"active\"} 0",
            "bantin_build{version=\"0.0.0\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in {text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn facts_are_counted() {
        let metrics = Metrics::new("0.0.0");
        metrics.poll(PollOutcome::NotModified, Duration::from_millis(70));
        metrics.source_states([SourceState::Ok, SourceState::Ok, SourceState::Gone]);
        metrics.source_states([SourceState::Ok]);
        metrics.http_request(200);
        metrics.http_request(299);
        metrics.commit(2, 3, 1);
        metrics.fetch_failure(FailureKind::Dns);
        let text = metrics.encode();
        for line in [
            "bantin_polls_total{outcome=\"not-modified\"} 1",
            "bantin_poll_duration_seconds_bucket{le=\"0.1\"} 1",
            "bantin_poll_duration_seconds_count 1",
            "bantin_source_state{state=\"ok\"} 1",
            "bantin_source_state{state=\"gone\"} 0",
            "bantin_http_requests_total{code=\"200\"} 1",
            "bantin_http_requests_total{code=\"other\"} 1",
            "bantin_fetch_failures_total{kind=\"dns\"} 1",
            "bantin_items_new_total 2",
            "bantin_items_changed_total 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in {text}");
        }
    }

    #[test]
    fn statuses_do_not_make_the_text_grow() {
        let metrics = Metrics::new("0.0.0");
        let before = metrics.encode().lines().count();
        (0..1000).for_each(|status| metrics.http_request(status));
        assert_eq!(metrics.encode().lines().count(), before);
    }
}
