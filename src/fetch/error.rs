//! Why no document came, and what that means for the next try.
//!
//! Comes in: the causes that the other files of this room meet. Goes out: one sentence each, with the place, the cause and,
//! where there is one, the remedy. It does not know who asked.

use super::fault::Fault;
use crate::model::FailureKind;
use chrono::{DateTime, Utc};
use std::time::Duration;
use url::Url;

/// How messages write a moment.
const MOMENT: &str = "%Y-%m-%dT%H:%M:%SZ";

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
    #[error("robots.txt of {origin} cannot be had: {why}; asked again at {}", until.format(MOMENT))]
    RobotsUnreachable {
        /// The origin.
        origin: String,
        /// Why.
        why: String,
        /// What kind of trouble that is.
        kind: FailureKind,
        /// When it is asked again.
        until: DateTime<Utc>,
    },
    /// The host asked to wait, and the wait is not over.
    #[error("{origin} asked to wait until {}", until.format(MOMENT))]
    CoolDown {
        /// The origin.
        origin: String,
        /// The end of the wait.
        until: DateTime<Utc>,
    },
    /// The day's budget for the origin is spent.
    #[error("{origin} has had its {what} of today (fetch.{key}); asked again at {}", until.format(MOMENT))]
    Budget {
        /// The origin.
        origin: String,
        /// `500 requests` or `20 MiB`.
        what: String,
        /// The key that bounds it.
        key: &'static str,
        /// The next day, in UTC.
        until: DateTime<Utc>,
    },
    /// Another status than 200 or 304.
    #[error("{url} answered {status}{}", remedy(*status))]
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
    /// The host's name has no address, the connection or TLS failed, or broke amid the answer.
    #[error("{url} gave no document: {fault}")]
    Connection {
        /// The address.
        url: String,
        /// What broke.
        fault: Fault,
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
    /// The body's coding is broken.
    #[error("{url} sent a broken body: {why}")]
    BrokenBody {
        /// The address.
        url: String,
        /// How.
        why: String,
    },
}

/// What the operator can do about a status.
fn remedy(status: u16) -> &'static str {
    match status {
        226 => "; the difference that it sent is of a kind that was not asked for",
        401 => "; it asks for a login: the section's or the paper's `login` can carry one",
        403 => "; the origin refuses us: ask the paper, with the contact of the configuration at hand",
        404 => "; nothing is there: look whether the section has moved, and set its `url`",
        410 => "; it is gone for good: remove the section, or set its new `url`",
        429 => "; it wants fewer requests: a longer `every` or `per-host-delay` helps",
        500..=599 => "; the origin has a fault of its own, it is asked again ever more rarely",
        _ => "",
    }
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

    /// The word for it, for programs.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Client { .. } => FailureKind::Setup,
            Self::AddressRefused { .. } => FailureKind::Refused,
            Self::RobotsForbid { .. } => FailureKind::Robots,
            Self::RobotsUnreachable { kind, .. } => *kind,
            Self::CoolDown { .. } | Self::Budget { .. } => FailureKind::Wait,
            Self::Status { .. } => FailureKind::Http,
            Self::Wall { .. } => FailureKind::Wall,
            Self::Redirect { .. } => FailureKind::Redirect,
            Self::Connection { fault, .. } => fault.kind(),
            Self::Timeout { .. } => FailureKind::Timeout,
            Self::BodyTooLarge { .. } | Self::Bomb { .. } | Self::BrokenBody { .. } => FailureKind::Body,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::RobotsUnreachable { .. }
            | Self::CoolDown { .. }
            | Self::Budget { .. }
            | Self::Connection { .. }
            | Self::Timeout { .. }
            | Self::BrokenBody { .. } => true,
            Self::Client { .. }
            | Self::AddressRefused { .. }
            | Self::RobotsForbid { .. }
            | Self::Wall { .. }
            | Self::Redirect { .. }
            | Self::BodyTooLarge { .. }
            | Self::Bomb { .. } => false,
        }
    }

    /// Whether the address may not be asked at all: robots.txt or the address guard says so.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::RobotsForbid { .. } | Self::AddressRefused { .. })
    }

    /// How long the origin asked to wait, bounded at seven days; `None` where it did not say.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// When a request can leave again, where none left now: a cool-down, or a robots.txt that is asked again.
    #[must_use]
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::CoolDown { until, .. } | Self::Budget { until, .. } | Self::RobotsUnreachable { until, .. } => {
                Some(*until)
            }
            _ => None,
        }
    }

    /// An address for messages: one line, without credentials.
    #[must_use]
    pub fn shown(url: &Url) -> String {
        let mut url = url.clone();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        crate::text::log_safe(url.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_shown_without_credentials() {
        let url = Url::parse("https://user:secret@example.org/a?b=c").expect("a URL");
        assert_eq!(FetchError::shown(&url), "https://example.org/a?b=c");
    }

    #[test]
    fn server_errors_pass_and_refusals_stay() {
        let status = |status| FetchError::Status { url: String::new(), status, retry_after: None };
        assert!(status(503).is_transient() && status(429).is_transient() && !status(404).is_transient());
        let refused = FetchError::AddressRefused { url: String::new(), why: String::new() };
        assert!(!refused.is_transient() && refused.is_forbidden());
    }
}
