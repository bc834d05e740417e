//! The outgoing proxy: which addresses go through it, and how its own name is found.
//!
//! Comes in: the operator's word. Goes out: a proxy for the client, and a resolver that knows this one name. The proxy may
//! stand anywhere, also where the address guard lets no request go: the operator named it. It does not judge origins.

use super::address_guard::Network;
use super::lookup::Lookup;
use crate::model::Secret;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::IpAddr;
use std::str::FromStr;
use url::{Host, Url};

/// Where requests go instead of to the origins themselves.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// `http://proxy.example:3128`, `https://…` or `socks5h://…`, without credentials.
    pub url: Url,
    /// `user:password`.
    pub login: Option<Secret>,
    /// What is asked directly.
    pub except: Vec<Exception>,
}

/// What is asked directly although there is a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exception {
    /// A host and all hosts below it, in lower case, without dots at its ends.
    Host(String),
    /// Addresses; names are not looked up for it.
    Network(Network),
}

/// A text that names neither a host nor a network.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("neither a host, such as intranet.vn, nor a network, such as 10.0.0.0/8")]
pub struct InvalidException;

impl FromStr for Exception {
    type Err = InvalidException;

    fn from_str(text: &str) -> Result<Self, InvalidException> {
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        let name = text.trim_start_matches("*.").trim_matches('.');
        match Host::parse(name) {
            Ok(Host::Domain(name)) if !name.contains('*') => Ok(Self::Host(name)),
            Ok(Host::Ipv4(ip)) => format!("{ip}/32").parse().map(Self::Network).map_err(|_| InvalidException),
            _ => Err(InvalidException),
        }
    }
}

impl Exception {
    fn holds_for(&self, url: &Url) -> bool {
        match (self, url.host()) {
            (Self::Host(name), Some(Host::Domain(host))) => {
                let host = host.trim_end_matches('.');
                host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Self::Network(network), Some(Host::Ipv4(ip))) => network.contains(IpAddr::V4(ip)),
            (Self::Network(network), Some(Host::Ipv6(ip))) => network.contains(IpAddr::V6(ip)),
            _ => false,
        }
    }
}

impl Proxy {
    /// Whether an address is asked through it.
    pub(super) fn is_for(&self, url: &Url) -> bool {
        !self.except.iter().any(|exception| exception.holds_for(url))
    }

    /// Whether TLS is spoken with the proxy itself.
    pub(super) fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The proxy as the client takes it: for every address, since the client is asked for no other.
    pub(super) fn of_client(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        let proxy = reqwest::Proxy::all(self.url.clone())?;
        Ok(match self.login.as_ref().map(|login| login.reveal().split_once(':').unwrap_or((login.reveal(), ""))) {
            Some((user, password)) => proxy.basic_auth(user, password),
            None => proxy,
        })
    }
}

/// Finds the proxy's own address, and no other: origins' names are the proxy's business.
#[derive(Debug, Clone)]
pub(super) struct ProxyResolver {
    pub(super) host: String,
    pub(super) lookup: Lookup,
}

impl Resolve for ProxyResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { host, lookup } = self.clone();
        Box::pin(async move {
            if !name.as_str().eq_ignore_ascii_case(&host) {
                return Err(format!("{} is not the proxy's name", crate::text::log_safe(name.as_str())).into());
            }
            Ok(Box::new(lookup.addresses(name.as_str()).await?.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_hosts_with_all_below_them_and_literal_networks() {
        let proxy = |except: &[&str]| Proxy {
            url: Url::parse("http://proxy.example:3128").expect("a URL"),
            login: None,
            except: except.iter().map(|text| text.parse().expect("an exception")).collect(),
        };
        let goes_through = |except: &[&str], url: &str| proxy(except).is_for(&Url::parse(url).expect("an address"));
        for direct in ["http://bao.vn/", "https://BAO.vn./x", "http://tin.bao.vn:8080/"] {
            assert!(!goes_through(&["bao.vn"], direct), "{direct}");
            assert!(!goes_through(&[".bao.vn"], direct) && !goes_through(&["*.Bao.VN"], direct), "{direct}");
        }
        for through in ["http://xbao.vn/", "http://bao.vn.example/", "http://10.0.0.1/"] {
            assert!(goes_through(&["bao.vn", "11.0.0.0/8", "fd00::/8"], through), "{through}");
        }
        assert!(
            !goes_through(&["10.0.0.0/8"], "http://10.1.2.3/") && !goes_through(&["fd00::/8"], "http://[fd00::1]/")
        );
        assert!(!goes_through(&["10.1.2.3"], "http://10.1.2.3/") && goes_through(&["10.1.2.3"], "http://10.1.2.4/"));
        for bad in ["", "a b", "http://a.vn", "a.vn:80", "*", "10.0.0.0/99"] {
            assert_eq!(bad.parse::<Exception>(), Err(InvalidException), "{bad}");
        }
    }
}
