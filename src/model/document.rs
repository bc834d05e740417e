//! What came over the wire: bytes, and what the origin said of them.

use super::Links;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// One fetched document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its address after redirects: the base of relative addresses.
    pub url: Url,
    /// The `Content-Type` as stated, parameters included (RFC 9110 §8.3).
    pub media_type: Option<String>,
    /// The body after content decoding.
    pub body: Vec<u8>,
    /// What to ask with next time.
    pub validators: Validators,
    /// How long the origin wants it to be kept.
    pub freshness: Freshness,
    /// What its `Link` header fields name.
    pub links: Links,
    /// When it was fetched; "2 hours ago" counts from here.
    pub fetched_at: DateTime<Utc>,
    /// Whether it holds only what changed since the validators that were sent (RFC 3229 `feed`): what is missing in it is
    /// not gone.
    pub is_delta: bool,
}

impl Document {
    /// A document that did not come over HTTP: a file, or standard input.
    #[must_use]
    pub fn local(url: Url, media_type: Option<String>, body: Vec<u8>, now: DateTime<Utc>) -> Self {
        Self {
            url,
            media_type,
            body,
            validators: Validators::default(),
            freshness: Freshness::default(),
            links: Links::default(),
            fetched_at: now,
            is_delta: false,
        }
    }
}

/// The origin's validators: opaque, echoed byte for byte (RFC 9110 §8.8). Bytes, since an origin may send anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, quotes and `W/` included.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified` as it came.
    pub last_modified: Option<Vec<u8>>,
}

impl Validators {
    /// Whether there is nothing to ask with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// The freshness that an answer states (RFC 9111 §4.2): how long no new poll can bring anything new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// `max-age` or `Expires`, less `Age`.
    pub lifetime: Option<Duration>,
}
