//! Why no document came.

use chrono::{DateTime, Utc};
use std::time::Duration;
use url::Url;

/// Why no document came. Messages name the cause; addresses are shown without credentials.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The client could not be built.
    #[error("the HTTP client cannot be set up: {why}")]
    Client {
        /// The library's words.
        why: String,
    },
    /// The address guard refused an address.
    #[error("{url} leads to {why}, which is not open to requests (fetch.allow-networks opens it)")]
    AddressRefused {
        /// The address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// robots.txt forbids the address.
    #[error("robots.txt of {origin} forbids {path}")]
    RobotsForbid {
        /// The origin.
        origin: String,
        /// The path.
        path: String,
    },
    /// robots.txt answers 5xx or not at all: nothing is allowed until it is back (RFC 9309 §2.3.1.4).
    #[error("robots.txt of {origin} cannot be had: {why}; asked again at {until}")]
    RobotsUnreachable {
        /// The origin.
        origin: String,
        /// Why.
        why: String,
        /// When it is asked again.
        until: DateTime<Utc>,
    },
    /// The host asked to wait, and the wait is not over.
    #[error("{origin} asked to wait until {until}")]
    CoolDown {
        /// The origin.
        origin: String,
        /// The end of the wait.
        until: DateTime<Utc>,
    },
    /// Another status than 200 or 304.
    #[error("{url} answered {status}")]
    Status {
        /// The address that answered.
        url: String,
        /// The status.
        status: u16,
        /// `Retry-After`, bounded.
        retry_after: Option<Duration>,
    },
    /// A challenge, captcha or login page of a bot wall.
    #[error("{url} is behind a bot wall ({mark})")]
    Wall {
        /// The address.
        url: String,
        /// What gave it away.
        mark: String,
    },
    /// Redirects that lead nowhere.
    #[error("{url} redirects {why}")]
    Redirect {
        /// The first address.
        url: String,
        /// How.
        why: String,
    },
    /// The host's name has no address, the connection failed, or broke.
    #[error("{url} cannot be reached: {why}")]
    Connection {
        /// The address.
        url: String,
        /// The library's words, its sources included.
        why: String,
    },
    /// A deadline passed.
    #[error("{url} gave no whole answer within {limit:?}")]
    Timeout {
        /// The address.
        url: String,
        /// The deadline.
        limit: Duration,
    },
    /// The body is longer than the limit.
    #[error("{url} sent more than {limit_bytes} bytes")]
    BodyTooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// The body unpacks to more than 200 times its size.
    #[error("{url} sent a body that unpacks to more than {ratio} times its size")]
    Bomb {
        /// The address.
        url: String,
        /// The limit.
        ratio: u32,
    },
    /// The body ended before its announced length, or its coding is broken.
    #[error("{url} sent a broken body: {why}")]
    BrokenBody {
        /// The address.
        url: String,
        /// How.
        why: String,
    },
}

impl FetchError {
    /// The HTTP status, where there was one.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Redacts an address for messages: no credentials, no query values.
    #[must_use]
    pub fn shown(url: &Url) -> String {
        let mut url = url.clone();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        crate::text::log_safe(url.as_str())
    }
}
