//! Numbers of the webhooks.

use super::{Label, Metrics, counters};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// How a call to a webhook ended; the label `result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookResult {
    /// A page was acknowledged.
    Delivered,
    /// A page was not acknowledged and comes again.
    Failed,
    /// The receiver answered 410.
    Gone,
}

impl WebhookResult {
    const ALL: [Self; 3] = [Self::Delivered, Self::Failed, Self::Gone];

    /// The label's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Gone => "gone",
        }
    }
}

#[derive(Debug)]
pub(super) struct Numbers {
    calls: Family<Label, Counter>,
}

impl Numbers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let results = WebhookResult::ALL.map(WebhookResult::as_str);
        Self { calls: counters(registry, "webhook_calls", "Calls to webhooks, by how they ended", "result", results) }
    }
}

impl Metrics {
    /// A call to a webhook ended.
    pub fn webhook(&self, result: WebhookResult) {
        self.webhook.calls.get_or_create(&[("result", result.as_str())]).inc();
    }
}
