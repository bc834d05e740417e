//! Numbers of the WebSub subscriber.

use super::{Label, Metrics, counters};
use crate::model::SubscriptionState;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What became of a push; the label `result` of `bantin_websub_pushes_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushResult {
    /// Its signature is good.
    Accepted,
    /// Its signature is bad or missing, or it broke off.
    Ignored,
    /// It is longer than a document may be.
    TooLong,
    /// Its subscription is over.
    Over,
    /// Nothing is subscribed there.
    Unknown,
}

impl PushResult {
    const ALL: [Self; 5] = [Self::Accepted, Self::Ignored, Self::TooLong, Self::Over, Self::Unknown];

    /// The label's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Ignored => "ignored",
            Self::TooLong => "too-long",
            Self::Over => "over",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Debug)]
pub(super) struct Numbers {
    pushes: Family<Label, Counter>,
    subscriptions: Family<Label, Gauge>,
}

impl Numbers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let help = "Pushes of WebSub hubs, by what became of them";
        let pushes = counters(registry, "websub_pushes", help, "result", PushResult::ALL.map(PushResult::as_str));
        let subscriptions = Family::<Label, Gauge>::default();
        for state in SubscriptionState::ALL {
            drop(subscriptions.get_or_create(&[("state", state.as_str())]));
        }
        registry.register(
            "websub_subscriptions",
            "Subscriptions at WebSub hubs, by their state",
            subscriptions.clone(),
        );
        Self { pushes, subscriptions }
    }
}

impl Metrics {
    /// A hub pushed something.
    pub fn push(&self, result: PushResult) {
        self.websub.pushes.get_or_create(&[("result", result.as_str())]).inc();
    }

    /// How the subscriptions stand now.
    pub fn subscriptions(&self, states: &[SubscriptionState]) {
        for state in SubscriptionState::ALL {
            let count = states.iter().filter(|of| **of == state).count();
            let gauge = self.websub.subscriptions.get_or_create(&[("state", state.as_str())]);
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}
