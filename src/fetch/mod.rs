//! Bytes, politely: the only room that makes requests and the only one that names reqwest.
//!
//! Comes in: a [`Request`]. Goes out: a [`Document`] or the word that nothing changed, and what was learned of the origin.
//! It does not know what a document says.

pub mod address_guard;
mod error;

pub use address_guard::Network;
pub use error::FetchError;

use crate::model::{Document, Freshness, Hop, Origin, RobotsPolicy, Secret, Validators};
use chrono::{DateTime, Utc};
use std::time::Duration;
use url::Url;

/// How requests are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `bantin/0.1.0 (+https://feeds.example.vn/)`.
    pub user_agent: String,
    /// Networks that the address guard opens, on any port.
    pub allow_networks: Vec<Network>,
    /// The least time between the starts of two requests to one host.
    pub per_host_delay: Duration,
    /// The longest body after decompression.
    pub max_body_bytes: u64,
    /// A whole request.
    pub timeout: Duration,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Without a byte.
    pub stall_timeout: Duration,
    /// Requests at the same time, over all hosts.
    pub most_in_flight: usize,
}

/// One document to fetch.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where.
    pub url: Url,
    /// The validators, and the address that gave them: they are sent to that address alone.
    pub validators: Option<(Url, Validators)>,
    /// Whether robots.txt is obeyed.
    pub robots: RobotsPolicy,
    /// Extra headers, for the origin of `url` alone.
    pub headers: Vec<(String, Secret)>,
    /// The wall clock.
    pub now: DateTime<Utc>,
}

/// What a request came to.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The answer.
    pub answer: Answer,
    /// The redirects on the way, in order.
    pub hops: Vec<Hop>,
    /// How long it took, waiting at the gate not counted.
    pub took: Duration,
}

/// A document, or nothing new.
#[derive(Debug, Clone)]
pub enum Answer {
    /// 200.
    Document(Box<Document>),
    /// 304.
    NotModified {
        /// The address that said so.
        url: Url,
        /// The validators as they are now (RFC 9111 §4.3.4).
        validators: Validators,
        /// How long it stays fresh.
        freshness: Freshness,
    },
}

/// Makes requests. One for the process; cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Fetcher {
    settings: Settings,
}

impl Fetcher {
    /// Builds the client; `origins` is what was kept of earlier runs.
    ///
    /// # Errors
    /// [`FetchError::Client`] where TLS cannot be set up.
    pub fn new(settings: Settings, origins: Vec<Origin>) -> Result<Self, FetchError> {
        let _ = origins;
        Ok(Self { settings })
    }

    /// Fetches one document: robots.txt first, then the host's gate, then at most five redirects, each hop checked.
    ///
    /// # Errors
    /// [`FetchError`], which knows whether it is transient and how long the origin asked to wait.
    pub async fn fetch(&self, request: Request) -> Result<Fetched, FetchError> {
        let _ = (&self.settings, request);
        Err(FetchError::Client { why: "not built".into() })
    }

    /// The origins that changed since the last call, for the store.
    #[must_use]
    pub fn take_changed_origins(&self) -> Vec<Origin> {
        Vec::new()
    }
}
