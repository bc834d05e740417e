//! The state of polling a source.

use super::{
    Arrivals, Days, FailureKind, Hints, HoldReason, ListReading, ListedSitemap, PushRecord, Revision, Validators,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// What is remembered of a source between two polls; outlives restarts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PollState {
    /// What to ask with.
    pub validators: Validators,
    /// The address that gave the validators (after redirects).
    pub validated_url: Option<Url>,
    /// No poll before this moment; `None`: never polled.
    pub next_poll_at: Option<DateTime<Utc>>,
    /// When `next_poll_at` was set, so that a wait set by a wrong clock can be told.
    pub scheduled_at: Option<DateTime<Utc>>,
    /// Failures since the last success.
    pub failures: u32,
    /// The last poll, however it ended.
    pub last_poll: Option<DateTime<Utc>>,
    /// The last poll that could be read.
    pub last_success: Option<DateTime<Utc>>,
    /// The last poll that changed something.
    pub last_change: Option<DateTime<Utc>>,
    /// How the source does.
    pub state: SourceState,
    /// The last failure, until the next success.
    #[serde(skip_serializing_if = "is_default")]
    pub failure: Option<Box<Failure>>,
    /// The document's own hints, for the 304s that do not repeat them.
    #[serde(skip_serializing_if = "is_default")]
    pub hints: Hints,
    /// What its polls usually bring.
    pub profile: Profile,
    /// When it publishes.
    #[serde(skip_serializing_if = "is_default")]
    pub habit: Habit,
    /// When its news came, by which a silence is measured.
    #[serde(skip_serializing_if = "is_default")]
    pub arrivals: Arrivals,
    /// What its hub's pushes are worth.
    #[serde(skip_serializing_if = "is_default")]
    pub push: PushRecord,
    /// A permanent redirect that was seen but not yet adopted.
    #[serde(skip_serializing_if = "is_default")]
    pub redirect: Option<Box<RedirectMemory>>,
    /// The adopted address, asked in place of the configured one.
    #[serde(skip_serializing_if = "is_default")]
    pub adopted_url: Option<Url>,
    /// First 410 in a row.
    #[serde(skip_serializing_if = "is_default")]
    pub gone_since: Option<DateTime<Utc>>,
    /// How its list was found at the last poll that brought a section page.
    #[serde(skip_serializing_if = "is_default")]
    pub reading: Option<Box<ListReading>>,
    /// When its list was last learned anew and proven.
    #[serde(skip_serializing_if = "is_default")]
    pub relearned_at: Option<DateTime<Utc>>,
    /// Whether its last document was a feed, of which a delta can be asked for (RFC 3229).
    pub is_feed: bool,
    /// Of a sitemap index: the sitemaps that are followed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sitemaps: Vec<ListedSitemap>,
    /// Which document was kept last, and whether it could be read; `None`: it was not kept.
    #[serde(skip_serializing_if = "is_default")]
    pub kept: Option<u64>,
    /// How it was read: another configuration or version reads it anew.
    #[serde(skip_serializing_if = "is_default")]
    pub read_as: Option<u64>,
    /// Why its newest items are held.
    #[serde(skip_serializing_if = "is_default")]
    pub held: Option<HoldReason>,
    /// Since when: what was held before, and not shown since, is no part of it.
    #[serde(skip_serializing_if = "is_default")]
    pub held_since: Option<DateTime<Utc>>,
    /// When its first poll was taken in, which filled the history: what it brought was no news.
    #[serde(skip_serializing_if = "is_default")]
    pub began: Option<DateTime<Utc>>,
    /// Polls made, in all.
    pub polls: u64,
    /// Polls answered 304, in all.
    pub not_modified: u64,
    /// How the last days went.
    #[serde(skip_serializing_if = "is_default")]
    pub days: Days,
    /// The revision of its last change.
    pub revision: Revision,
}

/// What most sources never have need not be written at each poll.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How a source does; the words of `/status.json`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceState {
    /// Never polled.
    #[default]
    New,
    /// Well.
    Ok,
    /// The list is there and empty.
    Empty,
    /// Its newest items are held.
    Held,
    /// The list is not there.
    Drift,
    /// robots.txt, a bot wall or the address guard forbid it.
    Blocked,
    /// It cannot be fetched or read.
    Failing,
    /// The origin asked to wait.
    Waiting,
    /// 410 Gone.
    Gone,
}

impl SourceState {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::New,
        Self::Ok,
        Self::Empty,
        Self::Held,
        Self::Drift,
        Self::Blocked,
        Self::Failing,
        Self::Waiting,
        Self::Gone,
    ];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ok => "ok",
            Self::Empty => "empty",
            Self::Held => "held",
            Self::Drift => "drift",
            Self::Blocked => "blocked",
            Self::Failing => "failing",
            Self::Waiting => "waiting",
            Self::Gone => "gone",
        }
    }
}

/// What went wrong, for people: the stage, and a sentence with cause and remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where.
    pub stage: FailureStage,
    /// What, in words.
    pub what: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The HTTP status, where there was one.
    pub http_status: Option<u16>,
    /// What kind of trouble kept the document from coming; `None`: one came.
    #[serde(default)]
    pub kind: Option<FailureKind>,
    /// The witnesses that failed, each with what it found, where a document came and was not what it should be.
    #[serde(default)]
    pub witness: Option<String>,
    /// What the document's first bytes are: `HTML`, `a PNG picture`.
    #[serde(default)]
    pub first_bytes: Option<String>,
}

impl Failure {
    /// A failure that no document explains.
    #[must_use]
    pub fn new(stage: FailureStage, what: String, at: DateTime<Utc>, http_status: Option<u16>) -> Self {
        Self { stage, what, at, http_status, kind: None, witness: None, first_bytes: None }
    }

    /// The same, with the kind of trouble that kept a document from coming.
    #[must_use]
    pub fn of_kind(self, kind: FailureKind) -> Self {
        Self { kind: Some(kind), ..self }
    }
}

/// The stage that a poll failed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureStage {
    /// No document came.
    Fetch,
    /// It could not be read.
    Extract,
    /// Nothing of it could be kept.
    Normalize,
    /// It could not be stored.
    Store,
    /// The guard doubts it.
    Guard,
}

impl FailureStage {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Extract => "extract",
            Self::Normalize => "normalize",
            Self::Store => "store",
            Self::Guard => "guard",
        }
    }
}

/// What a source's polls usually bring; the guard compares with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Entries of a usual poll (moving average).
    pub usual_count: f32,
    /// Polls that were taken in.
    pub accepted: u32,
    /// Characters of a usual title (moving average of each poll's median); 0: not known.
    pub usual_title: f32,
    /// Days since a usual entry was published (moving average of each poll's median); 0: not known.
    pub usual_age: f32,
    /// The most entries of one poll that stated one and the same moment.
    pub most_of_one_moment: u32,
    /// Hosts that its items led to.
    pub hosts: Vec<String>,
    /// Shapes of its items' paths, such as `/a/a-x.html`.
    pub shapes: Vec<String>,
}

/// When a source publishes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Habit {
    /// New articles an hour, for each hour of the paper's day, older days fading.
    pub hourly: [f32; 24],
    /// Days of polls that it was learned from.
    pub days: f32,
}

/// A permanent redirect that was seen but not yet adopted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectMemory {
    /// Where it led.
    pub to: Url,
    /// First time.
    pub since: DateTime<Utc>,
    /// How often in a row.
    pub sightings: u32,
}

/// One redirect of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
    /// Where it led.
    pub to: Url,
}

/// What a poll came to, for the cadence.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one a poll, and most are the large one")]
pub enum Outcome {
    /// A document was taken in, or nothing had changed.
    Success {
        /// How long the origin says that it stays fresh.
        fresh_for: Option<Duration>,
        /// The document's hints (of an earlier document for a 304).
        hints: Hints,
    },
    /// The origin asked to wait (429, 503 with Retry-After).
    Wait {
        /// How long.
        for_: Duration,
    },
    /// robots.txt forbids the address.
    Forbidden,
    /// 410 Gone.
    Gone,
    /// Anything else that went wrong.
    Failure {
        /// `Retry-After` where one was stated.
        retry_after: Option<Duration>,
    },
}
