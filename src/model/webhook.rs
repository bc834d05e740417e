//! A webhook: what is delivered where, and how far its receiver has come.

use super::{PaperId, Secret};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use url::Url;

/// Where a paper's changes are delivered, as the configuration says it.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Tells it apart in the store, and says nothing of its address, which may be a secret of its own.
    pub key: String,
    /// Where.
    pub url: Url,
    /// What deliveries are signed with: the bytes behind `whsec_`, as they are written there (base64).
    pub secret: Secret,
    /// Of which papers, in order.
    pub papers: Vec<PaperId>,
    /// Which kinds of change, as the change stream names them.
    pub kinds: Vec<&'static str>,
}

impl Webhook {
    /// The host alone: what of the address may be shown.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host();
        f.debug_struct("Webhook")
            .field("host", &host)
            .field("papers", &self.papers)
            .field("kinds", &self.kinds)
            .finish()
    }
}

/// How a webhook stands; outlives restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookMark {
    /// [`Webhook::key`].
    pub key: String,
    /// The host of its address.
    pub host: String,
    /// The word for it.
    pub state: WebhookState,
    /// How far each paper's stream was delivered.
    pub places: BTreeMap<PaperId, WebhookPlace>,
    /// When its receiver acknowledged something last.
    pub delivered_at: Option<DateTime<Utc>>,
    /// The last failure, in words, until the next delivery.
    pub problem: Option<String>,
}

/// A place in a paper's change stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookPlace {
    /// The last entry that was acknowledged, or not wanted.
    pub after: u64,
    /// The last entry of the page that is under way: when it comes again, it ends there again.
    pub until: Option<u64>,
}

/// How a webhook stands; the words of `/status.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookState {
    /// Its receiver has what it is to have, or gets it now.
    Ok,
    /// The last delivery failed and comes again.
    Failing,
    /// Its receiver answered 410: nothing is delivered until the configuration is loaded anew.
    Off,
}

impl WebhookState {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Off => "off",
        }
    }
}
