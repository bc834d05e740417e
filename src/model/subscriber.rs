//! WebSub (W3C Recommendation, 23 January 2018) as a hub: who subscribed to our feeds, and what was delivered.

use super::Secret;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// One subscription to one of our feeds; outlives restarts.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscriber {
    /// The feed's public address, as it was subscribed to.
    pub topic: Url,
    /// Where its changes are sent.
    pub callback: Url,
    /// What deliveries are signed with.
    pub secret: Option<Secret>,
    /// How it stands.
    pub delivery: Delivery,
}

/// How a subscription stands. A level and no queue: what was acknowledged last is compared with what is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// When it was verified first.
    pub since: DateTime<Utc>,
    /// The end of its lease.
    pub lease_until: DateTime<Utc>,
    /// The entity tag of the document that it acknowledged last.
    pub acknowledged: Option<String>,
    /// Deliveries that failed since.
    pub failures: u32,
    /// Not before, after a failure.
    pub retry_at: Option<DateTime<Utc>>,
}

/// How many subscriptions there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SubscriberCounts {
    /// All of them.
    pub subscriptions: u64,
    /// Those whose last delivery failed.
    pub failing: u64,
}
