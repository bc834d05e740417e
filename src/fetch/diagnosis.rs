//! From the client's chain of errors to a [`Fault`]: which of them is the cause.
//!
//! Comes in: an error of reqwest. Goes out: what broke. Types are looked for first, words only where a library keeps its
//! types to itself; `tests/tls.rs` and its neighbors hold both against real sockets.

use super::fault::{Fault, ProxyFault, TlsFault};
use chrono::{DateTime, Utc};
use rustls::CertificateError;
use rustls::pki_types::UnixTime;
use std::error::Error;
use std::io;
use std::time::Duration;

/// Names of a strange certificate that are told.
const MOST_NAMES: usize = 3;
/// How hyper-util's tunnel errors begin; their type has no public name.
const TUNNEL: &str = "tunnel error: ";
const TUNNEL_LOGIN: &str = "proxy authorization required";
/// What hyper-util and reqwest say of errors before TLS begins.
const BEFORE_TLS: [&str; 2] = ["tcp connect error", "error connecting to socks proxy"];

/// What the diagnosis needs to know of the request.
pub(super) struct Way<'a> {
    /// Whether the origin is asked over TLS.
    pub(super) is_secure: bool,
    /// The proxy that was asked, shown without credentials.
    pub(super) proxy: Option<&'a str>,
    /// How long a connection may take.
    pub(super) connect_timeout: Duration,
    /// The limits on an answer's head: bytes and lines.
    pub(super) head_limits: (usize, usize),
}

impl Way<'_> {
    /// What an error of the client means.
    pub(super) fn fault(&self, error: &reqwest::Error) -> Fault {
        let in_tunnel = chain(error).any(|cause| cause.to_string().starts_with(TUNNEL));
        let fault = self.direct_fault(error);
        match self.proxy {
            Some(proxy) if in_tunnel || self.is_of_proxy(error, &fault) => {
                let fault = match (tunnel_words(error), fault) {
                    (Some(TUNNEL_LOGIN), _) => ProxyFault::Login,
                    (Some("unsuccessful"), _) => ProxyFault::Tunnel,
                    (None, Fault::ConnectTimeout { limit }) if self.is_secure => ProxyFault::Timeout { limit },
                    (_, fault) => ProxyFault::Itself(Box::new(fault)),
                };
                Fault::Proxy { proxy: proxy.to_owned(), fault }
            }
            _ => fault,
        }
    }

    /// Whether a connection that failed without a tunnel was the one to the proxy: all that fails before the origin's TLS.
    fn is_of_proxy(&self, error: &reqwest::Error, fault: &Fault) -> bool {
        error.is_connect() && (!self.is_secure || !matches!(fault, Fault::Tls(_)))
    }

    fn direct_fault(&self, error: &reqwest::Error) -> Fault {
        if let Some(tls) = find::<rustls::Error>(error) {
            return Fault::Tls(tls_fault(tls));
        }
        if error.is_dns() {
            return Fault::Name { why: last_words(error) };
        }
        if error.is_connect() {
            return self.connect_fault(error);
        }
        match find::<hyper::Error>(error) {
            Some(hyper) if hyper.is_parse_too_large() => {
                let (limit_bytes, limit_lines) = self.head_limits;
                Fault::Headers { limit_bytes, limit_lines }
            }
            Some(hyper) if hyper.is_parse() => Fault::NotHttp { why: last_words(error) },
            _ => Fault::Broken { why: last_words(error) },
        }
    }

    fn connect_fault(&self, error: &reqwest::Error) -> Fault {
        let why = last_words(error);
        let system = chain(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(io::Error::kind);
        let before_tls = chain(error).any(|cause| BEFORE_TLS.contains(&cause.to_string().as_str()));
        match system {
            Some(io::ErrorKind::ConnectionRefused) => Fault::Refused,
            Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => Fault::Unreachable,
            _ if error.is_timeout() => Fault::ConnectTimeout { limit: self.connect_timeout },
            Some(_) if self.is_secure && !before_tls => TlsFault::Handshake { why }.into(),
            _ => Fault::Connect { why },
        }
    }
}

fn tls_fault(error: &rustls::Error) -> TlsFault {
    use CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            C::Expired => TlsFault::Expired { at: None },
            C::ExpiredContext { not_after, .. } => TlsFault::Expired { at: moment(*not_after) },
            C::NotValidYet => TlsFault::NotYetValid { at: None },
            C::NotValidYetContext { not_before, .. } => TlsFault::NotYetValid { at: moment(*not_before) },
            C::NotValidForName => TlsFault::WrongName { names: String::new() },
            C::NotValidForNameContext { presented, .. } => TlsFault::WrongName { names: shown_names(presented) },
            C::UnknownIssuer => TlsFault::UnknownIssuer,
            C::Revoked => TlsFault::Revoked,
            other => TlsFault::Certificate { why: crate::text::log_safe(&other.to_string()) },
        },
        rustls::Error::InvalidMessage(_) => TlsFault::NotTls,
        other => TlsFault::Handshake { why: crate::text::log_safe(&other.to_string()) },
    }
}

fn moment(at: UnixTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(i64::try_from(at.as_secs()).ok()?, 0)
}

/// The first names of a certificate: whoever made it wrote them.
fn shown_names(presented: &[String]) -> String {
    // webpki writes DnsName("example.org")
    let bare = |name: &String| name.split('"').nth(1).unwrap_or(name).chars().take(80).collect::<String>();
    let mut names: Vec<String> = presented.iter().take(MOST_NAMES).map(bare).collect();
    if presented.len() > MOST_NAMES {
        names.push("…".to_owned());
    }
    crate::text::log_safe(&names.join(", "))
}

fn tunnel_words(error: &reqwest::Error) -> Option<&'static str> {
    let words = chain(error).find_map(|cause| Some(cause.to_string().strip_prefix(TUNNEL)?.to_owned()))?;
    [TUNNEL_LOGIN, "unsuccessful"].into_iter().find(|known| *known == words)
}

/// The first error of a type among the causes.
pub(super) fn find<T: Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    chain(error).find_map(|cause| cause.downcast_ref::<T>())
}

/// The innermost cause in its own words: the outer ones say where it happened, which the fault says itself.
pub(super) fn last_words(error: &reqwest::Error) -> String {
    let words = chain(error).last().map_or_else(|| "the request failed".to_owned(), ToString::to_string);
    crate::text::log_safe(&words)
}

/// The causes of an error, from the outermost on. An error of the system hides what it was made of from `source`.
pub(super) fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        match error.downcast_ref::<io::Error>() {
            Some(system) => system.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    }
    std::iter::successors(error.source(), |error| inner(*error))
}
