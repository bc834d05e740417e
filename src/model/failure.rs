//! What kind of trouble kept a document from coming: one word each, for programs and dashboards.

use serde::{Deserialize, Serialize};

/// Where on the way to a document a fetch failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The name has no address.
    Dns,
    /// No connection stood: refused, unreachable, or nobody answered.
    Connect,
    /// The connection stood, TLS did not: an expired certificate, another name, an unknown issuer.
    Tls,
    /// The outgoing proxy failed, not the origin.
    Proxy,
    /// A deadline passed.
    Timeout,
    /// The connection broke amid the answer, or what came is no HTTP.
    Broken,
    /// The origin answered with a status that brings no document.
    Http,
    /// Redirects that lead nowhere.
    Redirect,
    /// robots.txt forbids the address, or its server has trouble.
    Robots,
    /// The origin asked to wait.
    Wait,
    /// The address guard refused the address.
    Refused,
    /// A bot wall.
    Wall,
    /// A body that is too long, a bomb, or broken in its coding.
    Body,
    /// This machine or the configuration: no request could leave.
    Setup,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Proxy,
        Self::Timeout,
        Self::Broken,
        Self::Http,
        Self::Redirect,
        Self::Robots,
        Self::Wait,
        Self::Refused,
        Self::Wall,
        Self::Body,
        Self::Setup,
    ];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
            Self::Http => "http",
            Self::Redirect => "redirect",
            Self::Robots => "robots",
            Self::Wait => "wait",
            Self::Refused => "refused",
            Self::Wall => "wall",
            Self::Body => "body",
            Self::Setup => "setup",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_kept_by_their_words() {
        for kind in FailureKind::ALL {
            let kept = serde_json::to_string(&kind).expect("JSON");
            assert_eq!(kept, format!("\"{}\"", kind.as_str()));
        }
    }
}
