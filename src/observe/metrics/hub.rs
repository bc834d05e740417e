//! Numbers of the hub in the box.

use super::{Label, Metrics, counters};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What became of a request to the hub, or of a call to a callback; the label `result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubResult {
    /// A request was taken; its callback is asked.
    Accepted,
    /// A request was refused.
    Refused,
    /// A request has to come again later.
    Busy,
    /// A callback confirmed.
    Confirmed,
    /// A callback did not confirm.
    Unconfirmed,
    /// A document was acknowledged.
    Delivered,
    /// A document was not acknowledged and comes again.
    Failed,
    /// A callback is gone, or was given up.
    Ended,
    /// Another hub was told.
    Pinged,
    /// Another hub could not be told.
    PingFailed,
}

impl HubResult {
    const ALL: [Self; 10] = [
        Self::Accepted,
        Self::Refused,
        Self::Busy,
        Self::Confirmed,
        Self::Unconfirmed,
        Self::Delivered,
        Self::Failed,
        Self::Ended,
        Self::Pinged,
        Self::PingFailed,
    ];

    /// The label's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Confirmed => "confirmed",
            Self::Unconfirmed => "unconfirmed",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Ended => "ended",
            Self::Pinged => "pinged",
            Self::PingFailed => "ping-failed",
        }
    }
}

#[derive(Debug)]
pub(super) struct Numbers {
    events: Family<Label, Counter>,
    subscribers: Gauge,
}

impl Numbers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let help = "Requests to the hub of our feeds and calls to its subscribers, by what became of them";
        let events = counters(registry, "hub_events", help, "result", HubResult::ALL.map(HubResult::as_str));
        let subscribers = Gauge::default();
        registry.register("hub_subscribers", "Subscriptions to our feeds", subscribers.clone());
        Self { events, subscribers }
    }
}

impl Metrics {
    /// Something happened at the hub.
    pub fn hub(&self, result: HubResult) {
        self.hub.events.get_or_create(&[("result", result.as_str())]).inc();
    }

    /// So many subscribe to our feeds.
    pub fn hub_subscribers(&self, count: usize) {
        self.hub.subscribers.set(i64::try_from(count).unwrap_or(i64::MAX));
    }
}
