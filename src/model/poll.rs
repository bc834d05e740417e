//! The state of polling: of a source, and of the origin that it lives on.

use super::{FailureKind, Hints, HoldReason, ListReading, Revision, Validators};
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
    pub failure: Option<Failure>,
    /// The document's own hints, for the 304s that do not repeat them.
    pub hints: Hints,
    /// What its polls usually bring.
    pub profile: Profile,
    /// When it publishes.
    pub habit: Habit,
    /// A permanent redirect that was seen but not yet adopted.
    pub redirect: Option<RedirectMemory>,
    /// The adopted address, asked in place of the configured one.
    pub adopted_url: Option<Url>,
    /// First 410 in a row.
    pub gone_since: Option<DateTime<Utc>>,
    /// How its list was found at the last poll that brought a section page.
    pub reading: Option<ListReading>,
    /// When its list was last learned anew and proven.
    pub relearned_at: Option<DateTime<Utc>>,
    /// Why its newest items are held.
    pub held: Option<HoldReason>,
    /// Polls made, in all.
    pub polls: u64,
    /// Polls answered 304, in all.
    pub not_modified: u64,
    /// The revision of its last change.
    pub revision: Revision,
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

/// An origin (RFC 6454): what holds for all of its addresses; outlives restarts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// `https://baosonla.vn` or `http://127.1.0.1:8080`.
    pub key: String,
    /// What its robots.txt says.
    pub robots: Robots,
    /// No request before this moment.
    pub cool_down_until: Option<DateTime<Utc>>,
    /// The last request.
    pub last_request: Option<DateTime<Utc>>,
}

/// What is known of a robots.txt (RFC 9309).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Robots {
    /// How the last look ended.
    pub verdict: RobotsVerdict,
    /// The last look.
    pub checked_at: Option<DateTime<Utc>>,
    /// No new look before this moment.
    pub next_check_at: Option<DateTime<Utc>>,
    /// Failed looks in a row.
    pub failures: u32,
    /// The text, cut at the limit, where there is one.
    pub text: String,
}

/// How the last look at a robots.txt ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RobotsVerdict {
    /// Never asked.
    #[default]
    Unknown,
    /// Its rules hold.
    Fetched,
    /// 4xx: everything is allowed (RFC 9309 §2.3.1.3).
    Allowed,
    /// 5xx or no answer: nothing is allowed (RFC 9309 §2.3.1.4).
    Paused,
}
