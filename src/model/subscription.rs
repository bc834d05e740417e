//! WebSub (W3C Recommendation, 23 January 2018) as a subscriber: what we asked a hub for, and what its pushes are worth.

use super::{Secret, SourceId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// The `Link` header fields of an answer that matter here (RFC 8288; WebSub §4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// `rel=hub`.
    pub hub: Option<Url>,
    /// `rel=self`.
    pub topic: Option<Url>,
}

/// One subscription of a source at a hub; outlives restarts.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// The unguessable last part of the callback's path.
    pub token: Secret,
    /// What the hub signs its pushes with.
    pub secret: Secret,
    /// The source that it is for.
    pub source: SourceId,
    /// What is subscribed to; never changes.
    pub terms: Terms,
    /// How it stands.
    pub progress: Progress,
}

impl Subscription {
    /// Where the hub reaches us: `{base}websub/{token}`.
    #[must_use]
    pub fn callback(&self) -> String {
        format!("{}websub/{}", self.terms.base, self.token.reveal())
    }

    /// A hub's words without what it was told in confidence and may repeat.
    #[must_use]
    pub fn redacted(&self, words: &str) -> String {
        words.replace(self.token.reveal(), "…").replace(self.secret.reveal(), "…")
    }
}

/// What is subscribed to. Other terms are another subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Where it is asked for.
    pub hub: Url,
    /// The address whose changes are pushed.
    pub topic: Url,
    /// The public base of the callback, ending in `/`.
    pub base: Url,
}

/// How a subscription stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The word for it.
    pub state: SubscriptionState,
    /// The hub was asked and has not verified yet.
    pub pending: bool,
    /// When it was wanted first.
    pub since: DateTime<Utc>,
    /// When something is to be done next.
    pub next_at: DateTime<Utc>,
    /// When the hub was last asked.
    pub asked_at: Option<DateTime<Utc>>,
    /// The end of the lease that the hub verified.
    pub lease_until: Option<DateTime<Utc>>,
    /// Failures since the last verification.
    pub failures: u32,
    /// The last failure or denial, in words, until the next verification.
    pub problem: Option<String>,
    /// The last push with a good signature.
    pub last_push: Option<DateTime<Utc>>,
    /// Pushes with a good signature, in all.
    pub pushes: u64,
    /// Pushes without one, in all.
    pub ignored: u64,
}

/// How a subscription stands; the words of `/status.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubscriptionState {
    /// The hub is to be asked.
    Wanted,
    /// The hub has accepted and has not verified yet.
    Asked,
    /// Verified, and the lease runs.
    Active,
    /// The hub has denied it; asked again after days.
    Denied,
    /// The hub is told that it is wanted no more.
    Leaving,
    /// Over; remembered so that a hub that goes on is told.
    Left,
}

impl SubscriptionState {
    /// All states.
    pub const ALL: [Self; 6] = [Self::Wanted, Self::Asked, Self::Active, Self::Denied, Self::Leaving, Self::Left];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Asked => "asked",
            Self::Active => "active",
            Self::Denied => "denied",
            Self::Leaving => "leaving",
            Self::Left => "left",
        }
    }

    /// Whether the subscription is wanted no more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Leaving | Self::Left)
    }
}

/// What the pushes of a source's hub are worth, as its polls show; part of its poll state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PushRecord {
    /// The end of the running lease; `None`: no hub is subscribed to.
    pub lease_until: Option<DateTime<Utc>>,
    /// A push came since the last poll that could be read.
    pub announced: bool,
    /// A poll was read since the lease began or the daemon started: what comes after it should be announced.
    pub watched: bool,
    /// Polls whose new items a push announced, since the last that no push announced.
    pub agreed: u32,
    /// Pushes in a row that announced nothing.
    pub idle: u32,
    /// Polls whose new items no push announced, in all.
    pub missed: u64,
    /// The last of them, and what was agreed before: a push may come a little later than the poll.
    pub last_miss: Option<(DateTime<Utc>, u32)>,
}
