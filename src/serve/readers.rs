//! Who asks, without tracking: what is counted of readers, and whether one of them asks too much.
//!
//! Comes in: the peer of a connection and the header fields of its requests. Goes out: counts a document and day, and a wait
//! for who hammers. No address is kept: a client is a number under a salt that goes with the day.

mod distinct;
mod fair_use;
mod family;
mod insight;

pub use insight::{DayReport, DocumentReaders, ReadersReport};

use super::negotiation::Fields;
use crate::fetch::Network;
use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use fair_use::FairUse;
use family::Agent;
use hyper::header::{self, HeaderName};
use insight::Insight;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What the operator says of readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderSettings {
    /// Connections at the same time, where the system lets us open so many files; a change needs a restart.
    pub max_connections: u32,
    /// Requests of one client a minute; more are answered 429. `None`: no bound.
    pub requests_per_minute: Option<u32>,
    /// Whose word on the client's address is believed; a unix socket's peer always is.
    pub trusted_proxies: Vec<Network>,
}

impl Default for ReaderSettings {
    fn default() -> Self {
        let loopback = ["127.0.0.0/8", "::1/128"].into_iter().filter_map(|network| network.parse().ok());
        Self { max_connections: 16_384, requests_per_minute: None, trusted_proxies: loopback.collect() }
    }
}

/// All readers.
#[derive(Debug)]
pub(super) struct Readers {
    settings: ArcSwap<ReaderSettings>,
    fair_use: FairUse,
    insight: Insight,
    salt: RandomState,
}

/// What an answer was, for the counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered<'a> {
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) bytes: usize,
}

impl Readers {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            settings: ArcSwap::default(),
            fair_use: FairUse::new(),
            insight: Insight::new(now),
            salt: RandomState::new(),
        }
    }

    pub(super) fn replace(&self, settings: ReaderSettings) {
        self.settings.store(settings.into());
    }

    pub(super) fn most_connections(&self) -> usize {
        self.settings.load().max_connections as usize
    }

    /// The seconds to wait, where this client asks more than its share.
    pub(super) fn wait(&self, visitor: &Visitor, request: &(impl Fields + ?Sized)) -> Option<u64> {
        let settings = self.settings.load();
        let a_minute = settings.requests_per_minute?;
        let client = visitor.client(&settings, request);
        self.fair_use.take(self.salt.hash_one(client), a_minute)
    }

    /// Counts an answer.
    pub(super) fn count(
        &self,
        visitor: &mut Visitor,
        request: &(impl Fields + ?Sized),
        answered: Answered<'_>,
        now: DateTime<Utc>,
    ) {
        let client = visitor.client(&self.settings.load(), request);
        visitor.agent.renew(request.all(&header::USER_AGENT).next().unwrap_or_default());
        self.insight.count(&visitor.agent, client, answered, now);
    }

    pub(super) fn report(&self, now: DateTime<Utc>) -> ReadersReport {
        self.insight.report(now)
    }
}

/// Who sits at a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Visitor {
    /// The peer's address; `None`: a unix socket.
    peer: Option<IpAddr>,
    agent: Agent,
}

impl Visitor {
    pub(super) fn new(peer: Option<IpAddr>) -> Self {
        Self { peer, agent: Agent::default() }
    }

    /// The client's address: the peer's, or what a trusted proxy says, which appends to what it was told. Of IPv6 the network
    /// of a household (/64).
    fn client(&self, settings: &ReaderSettings, request: &(impl Fields + ?Sized)) -> Option<IpAddr> {
        let is_trusted = self.peer.is_none_or(|peer| settings.trusted_proxies.iter().any(|net| net.contains(peer)));
        let told = || {
            let last = request.all(&FORWARDED_FOR).last()?;
            std::str::from_utf8(last).ok()?.rsplit(',').next()?.trim().parse().ok()
        };
        let address: IpAddr = if is_trusted { told().or(self.peer) } else { self.peer }?;
        Some(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::HeaderMap;
    use hyper::header::HeaderValue;

    fn client(peer: Option<&str>, forwarded: &[&'static str]) -> Option<String> {
        let trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
        let settings = ReaderSettings { trusted_proxies, ..ReaderSettings::default() };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        let visitor = Visitor::new(peer.map(|peer| peer.parse().expect("an address")));
        visitor.client(&settings, &headers).map(|address| address.to_string())
    }

    #[test]
    fn client_is_the_peer_or_what_a_trusted_proxy_says_last() {
        for (peer, forwarded, expected) in [
            (Some("203.0.113.7"), &["198.51.100.1"][..], Some("203.0.113.7")),
            (Some("127.0.0.1"), &["198.51.100.1"], Some("198.51.100.1")),
            (Some("127.0.0.1"), &["6.6.6.6, 198.51.100.1"], Some("198.51.100.1")),
            (Some("127.0.0.1"), &["6.6.6.6", "198.51.100.1"], Some("198.51.100.1")),
            (Some("127.0.0.1"), &["nonsense"], Some("127.0.0.1")),
            (Some("::ffff:203.0.113.7"), &[], Some("203.0.113.7")),
            (Some("2001:db8:1:2:3:4:5:6"), &[], Some("2001:db8:1:2::")),
            (None, &["198.51.100.1"], Some("198.51.100.1")),
            (None, &[], None),
        ] {
            assert_eq!(client(peer, forwarded).as_deref(), expected, "{peer:?} {forwarded:?}");
        }
    }
}
