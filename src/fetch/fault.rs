//! What can break between us and an origin, each with its cause and its remedy in words.
//!
//! Comes in: facts that `diagnosis.rs` finds in the client's errors. Goes out: sentences and a [`FailureKind`]. It does not
//! know the address; [`super::FetchError`] puts it in front.

use crate::model::FailureKind;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// What broke on the way to an origin, or on the way back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The host's name has no address.
    #[error(
        "its name cannot be resolved ({why}); look whether it is spelled right, and whether this machine's DNS works"
    )]
    Name {
        /// The resolver's words.
        why: String,
    },
    /// Nobody listens.
    #[error("the connection was refused: nothing listens there, or a firewall closes the port")]
    Refused,
    /// No way leads there.
    #[error(
        "no route leads to it: look at this machine's network, above all at IPv6 where the name has no other address"
    )]
    Unreachable,
    /// No connection stood in time.
    #[error("no connection stood within {limit:?}: the host is down, or a firewall swallows what is sent to it")]
    ConnectTimeout {
        /// The deadline.
        limit: Duration,
    },
    /// Another trouble with the connection.
    #[error("no connection stood ({why})")]
    Connect {
        /// The system's words.
        why: String,
    },
    /// TLS did not stand.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// The outgoing proxy.
    #[error("asked through the proxy {proxy}: {fault}")]
    Proxy {
        /// The proxy's address, without credentials.
        proxy: String,
        /// How.
        fault: ProxyFault,
    },
    /// The connection broke before the answer was whole.
    #[error("the connection broke before the whole answer had come ({why})")]
    Broken {
        /// The library's words.
        why: String,
    },
    /// What came is no HTTP.
    #[error("what it sent is not HTTP ({why}); look at scheme and port of the address")]
    NotHttp {
        /// The library's words.
        why: String,
    },
    /// The head of the answer is too long.
    #[error("its headers are more than {limit_bytes} bytes or {limit_lines} lines")]
    Headers {
        /// The limit on bytes.
        limit_bytes: usize,
        /// The limit on their number.
        limit_lines: usize,
    },
}

/// Why TLS did not stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFault {
    /// The certificate's time is over.
    #[error("its certificate expired{}; the site has to renew it (or this machine's clock is wrong)", on(*.at))]
    Expired {
        /// Its last moment.
        at: Option<DateTime<Utc>>,
    },
    /// The certificate's time has not begun.
    #[error("its certificate is not valid yet{}; look at this machine's clock, else tell the site", before(*.at))]
    NotYetValid {
        /// Its first moment.
        at: Option<DateTime<Utc>>,
    },
    /// The certificate is another host's.
    #[error("its certificate is not for this name{}; look at the address, else tell the site", only_for(.names))]
    WrongName {
        /// The names that it is for, escaped, the first of them.
        names: String,
    },
    /// Nobody whom we trust vouches for the certificate.
    #[error(
        "its certificate comes from an issuer that is not trusted here; where that is your own authority, name its file in \
         `fetch.ca-file`, else the site leaves out an intermediate certificate"
    )]
    UnknownIssuer,
    /// The certificate was revoked.
    #[error("its certificate was revoked; the site has to get another")]
    Revoked,
    /// The certificate is wrong in another way.
    #[error("its certificate cannot be trusted ({why}); tell the site")]
    Certificate {
        /// The library's words.
        why: String,
    },
    /// What answers there speaks no TLS.
    #[error("no TLS is spoken there; look whether the address should begin with http:")]
    NotTls,
    /// Both sides speak TLS and could not agree.
    #[error("TLS could not be agreed on ({why}); bantin speaks TLS 1.2 and 1.3")]
    Handshake {
        /// The library's words.
        why: String,
    },
}

/// What the outgoing proxy did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyFault {
    /// It wants a login, or another one.
    #[error("the proxy asks for a login; set `fetch.proxy-login`, or look whether the one that is set still holds")]
    Login,
    /// It answered and would not connect us.
    #[error("the proxy would not open a tunnel; look at its access rules and its own log")]
    Tunnel,
    /// It could not be reached, or broke.
    #[error("the proxy itself failed, not the origin: {0}")]
    Itself(Box<Fault>),
    /// Nobody can tell which of the two.
    #[error("no connection stood within {limit:?}: the proxy, or the origin behind it, does not answer")]
    Timeout {
        /// The deadline.
        limit: Duration,
    },
}

impl Fault {
    /// The word for it.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Name { .. } => FailureKind::Dns,
            Self::Refused | Self::Unreachable | Self::ConnectTimeout { .. } | Self::Connect { .. } => {
                FailureKind::Connect
            }
            Self::Tls(_) => FailureKind::Tls,
            Self::Proxy { .. } => FailureKind::Proxy,
            Self::Broken { .. } | Self::NotHttp { .. } | Self::Headers { .. } => FailureKind::Broken,
        }
    }
}

fn on(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(String::new, |at| format!(" on {}", at.format("%Y-%m-%d")))
}

fn before(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(String::new, |at| format!(" (from {} on)", at.format("%Y-%m-%d")))
}

fn only_for(names: &str) -> String {
    if names.is_empty() { String::new() } else { format!(" (it is for {names})") }
}
