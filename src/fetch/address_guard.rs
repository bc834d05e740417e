//! Which addresses may be asked: global unicast only, unless the configuration opens a network.
//!
//! Comes in: an address before each request, and each name that the client resolves. Goes out: leave to ask, or a
//! [`FetchError::AddressRefused`]. Literals are judged here, names by the resolver ([`GuardedResolver`]), whose answer is
//! the very one that is connected to: no second look-up can differ. Behind a proxy it is the proxy that looks names up:
//! then what this machine knows of them is judged, and the proxy's own rules bound the rest. It does not know what is
//! asked for.

use super::FetchError;
use super::lookup::Lookup;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// The ports that are open everywhere (RULES §5); others only in networks that the configuration opens.
const PORTS: [u16; 4] = [80, 443, 8080, 8443];
/// How long this machine may think about a name that the proxy will look up anyway: behind a proxy there often is no DNS.
const LOOK_BEFORE_PROXY: Duration = Duration::from_secs(2);

/// A network in CIDR form, such as `127.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no network.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a network in CIDR form, such as 127.0.0.0/8 or fd00::/8")]
pub struct InvalidNetwork;

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = text.split_once('/').ok_or(InvalidNetwork)?;
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidNetwork);
        }
        let prefix: u8 = prefix.parse().map_err(|_| InvalidNetwork)?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        if prefix > widest { Err(InvalidNetwork) } else { Ok(Self { address, prefix }) }
    }
}

impl Network {
    /// Whether an address lies in it. An IPv4-mapped IPv6 address is the IPv4 address that it maps.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let prefix = u32::from(self.prefix);
        match (self.address, unmapped(address)) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                // a shift by the whole width is none in Rust: prefix 0 holds every address
                let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
                u32::from(net) & mask == u32::from(ip) & mask
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => v6_in(ip, net, prefix),
            _ => false,
        }
    }
}

/// Judges addresses before a request leaves.
#[derive(Debug, Clone)]
pub(super) struct AddressGuard {
    allowed: Arc<[Network]>,
    lookup: Lookup,
}

/// Which of a name's addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reach {
    /// Global unicast, and the networks that the configuration opens.
    Public,
    /// The networks that the configuration opens, alone: for ports that are not open everywhere.
    OpenedOnly,
}

impl AddressGuard {
    pub(super) fn new(allowed: &[Network]) -> Self {
        Self { allowed: allowed.into(), lookup: Lookup::System }
    }

    /// The same guard with other answers to names.
    #[cfg(test)]
    pub(super) fn with_table(self, table: Arc<super::lookup::table::Table>) -> Self {
        Self { lookup: Lookup::Table(table), ..self }
    }

    /// Who is asked for the addresses of names.
    pub(super) fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    /// Checks an address that a proxy will look up: refused where this machine knows the name by a closed address. Where
    /// it knows nothing of it, only the ports that are open everywhere are left to the proxy.
    pub(super) async fn check_before_proxy(&self, url: &Url, reach: Reach) -> Result<(), FetchError> {
        let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
        let refused = |why: String| FetchError::AddressRefused { url: FetchError::shown(url), why };
        match tokio::time::timeout(LOOK_BEFORE_PROXY, self.lookup.addresses(name)).await {
            Ok(Ok(addresses)) => self.check_resolved(&addresses, reach).map_err(|error| refused(error.to_string())),
            _ if reach == Reach::OpenedOnly => {
                Err(refused(format!("port {}", url.port_or_known_default().unwrap_or_default())))
            }
            _ => Ok(()),
        }
    }

    /// Checks scheme, user part, port and literal host; says what a name may resolve to.
    pub(super) fn check(&self, url: &Url) -> Result<Reach, FetchError> {
        let refused = |why: String| FetchError::AddressRefused { url: FetchError::shown(url), why };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(format!("the scheme {}", crate::text::log_safe(url.scheme()))));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("an address with a user part".to_owned()));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let usual_port = PORTS.contains(&port);
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(_)) if usual_port => return Ok(Reach::Public),
            Some(Host::Domain(_)) if !self.allowed.is_empty() => return Ok(Reach::OpenedOnly),
            Some(Host::Domain(_)) => return Err(refused(format!("port {port}"))),
            None => return Err(refused("no host".to_owned())),
        };
        if self.opens(ip) {
            return Ok(Reach::Public);
        }
        match refusal(ip) {
            Some(why) => Err(refused(format!("{why} ({ip})"))),
            None if usual_port => Ok(Reach::Public),
            None => Err(refused(format!("port {port}"))),
        }
    }

    fn opens(&self, ip: IpAddr) -> bool {
        self.allowed.iter().any(|network| network.contains(ip))
    }

    /// Checks all addresses of a name: one that may not be asked spoils them all, since a name that mixes public and
    /// private addresses is an attempt at rebinding.
    fn check_resolved(&self, addresses: &[SocketAddr], reach: Reach) -> Result<(), RefusedAddress> {
        for ip in addresses.iter().map(SocketAddr::ip) {
            let why = match reach {
                _ if self.opens(ip) => continue,
                Reach::OpenedOnly => "a port that is closed for",
                Reach::Public => match refusal(ip) {
                    Some(why) => why,
                    None => continue,
                },
            };
            return Err(RefusedAddress { why, ip });
        }
        Ok(())
    }
}

/// A name led to an address that may not be asked.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{why} ({ip})")]
pub(super) struct RefusedAddress {
    why: &'static str,
    ip: IpAddr,
}

/// Names that lead nowhere outside: special uses (RFC 6761, RFC 6762, RFC 8375), and what home routers give out.
const PRIVATE_NAMES: [&str; 9] =
    ["localhost", "local", "internal", "home.arpa", "lan", "home", "test", "example", "invalid"];

/// Whether others can reach an address of ours, as far as the address itself tells: a name that is not special, a global
/// address, or one of the networks that the operator opened, where origins are then at home as well.
#[must_use]
pub fn is_public(url: &Url, opened: &[Network]) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_public_address(ip.into(), opened),
        Some(Host::Ipv6(ip)) => is_public_address(ip.into(), opened),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let lies_in = |zone: &str| name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'));
            name.contains('.') && !PRIVATE_NAMES.iter().any(|zone| lies_in(zone))
        }
        None => false,
    }
}

/// Whether an address can be called at all, as far as it tells by itself: a name's addresses are judged when it is called.
///
/// # Errors
/// [`FetchError::AddressRefused`].
pub fn may_be_called(url: &Url, opened: &[Network]) -> Result<(), FetchError> {
    AddressGuard::new(opened).check(url).map(drop)
}

fn is_public_address(ip: IpAddr, opened: &[Network]) -> bool {
    opened.iter().any(|network| network.contains(ip)) || refusal(ip).is_none()
}

/// Resolves names for the client, and lets none through that leads to a refused address.
#[derive(Debug, Clone)]
pub(super) struct GuardedResolver {
    pub(super) guard: AddressGuard,
    pub(super) reach: Reach,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { guard, reach } = self.clone();
        Box::pin(async move {
            let addresses = guard.lookup.addresses(name.as_str()).await?;
            guard.check_resolved(&addresses, reach)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// What is wrong with an address; `None` where it is global unicast.
fn refusal(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(ip) => refusal_v4(ip),
        IpAddr::V6(ip) => refusal_v6(ip),
    }
}

/// The IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast and the old class E.
fn refusal_v4(ip: Ipv4Addr) -> Option<&'static str> {
    Some(match ip.octets() {
        [0, ..] => "this network",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "a private address",
        [100, 64..=127, ..] => "a carrier's shared address",
        [127, ..] => "a loopback address",
        [169, 254, ..] => "a link-local address",
        [192, 0, 0, _] => "a protocol assignment",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "a documentation address",
        [192, 31, 196, _] | [192, 52, 193, _] | [192, 175, 48, _] => "an anycast service address",
        [192, 88, 99, _] => "a 6to4 relay",
        [198, 18..=19, ..] => "a benchmark address",
        [224..=239, ..] => "a multicast address",
        [240..=255, ..] => "a reserved address",
        _ => return None,
    })
}

/// What 2000::/3 holds besides addresses of hosts: protocol assignments (with Teredo, ORCHID and benchmarks), documentation.
const SPECIAL: [(Ipv6Addr, u32, &str); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "a protocol assignment"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "a documentation address"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "a 6to4 address"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "a documentation address"),
];

/// Global unicast is 2000::/3 (RFC 4291 §2.4) less what is special in it. Addresses that carry an IPv4 address, mapped,
/// NAT64 (RFC 6052) or 6to4 (RFC 3056), are refused whatever they carry; where a network reaches IPv4 through NAT64 alone,
/// `allow-networks = ["64:ff9b::/96"]` opens it.
fn refusal_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let s = ip.segments();
    if s[0] & 0xe000 != 0x2000 {
        return Some(special_name(ip));
    }
    if s[4] & 0xfdff == 0 && s[5] == 0x5efe {
        return Some("an ISATAP address");
    }
    SPECIAL.iter().find(|(net, prefix, _)| v6_in(ip, *net, *prefix)).map(|(_, _, why)| *why)
}

fn special_name(ip: Ipv6Addr) -> &'static str {
    match ip.segments()[0] {
        _ if ip.is_loopback() => "a loopback address",
        _ if ip.is_unspecified() => "the unspecified address",
        0 if ip.to_ipv4_mapped().is_some() => "an IPv4-mapped address",
        0x64 => "a NAT64 address",
        0xfc00..=0xfdff => "a private address",
        0xfe80..=0xfebf => "a link-local address",
        0xfec0..=0xfeff => "a site-local address",
        0xff00..=0xffff => "a multicast address",
        _ => "a reserved address",
    }
}

fn v6_in(ip: Ipv6Addr, net: Ipv6Addr, prefix: u32) -> bool {
    let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
    u128::from(ip) & mask == u128::from(net) & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(networks: &[&str]) -> AddressGuard {
        AddressGuard::new(&networks.iter().map(|n| n.parse().expect("a network")).collect::<Vec<_>>())
    }

    /// Whether no request would leave: the address is none, the guard refuses it, or it needs the resolver's leave.
    fn is_refused(guard: &AddressGuard, text: &str) -> bool {
        Url::parse(text).map_or(true, |url| guard.check(&url).is_err())
    }

    #[test]
    fn every_spelling_of_a_closed_address_is_refused() {
        let closed = include_str!("../../tests/data/closed-addresses.txt");
        let guard = guard(&[]);
        let spellings: Vec<&str> =
            closed.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect();
        assert!(spellings.len() >= 60, "{}", spellings.len());
        let open: Vec<&&str> = spellings.iter().filter(|text| !is_refused(&guard, text)).collect();
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn global_unicast_is_open_on_the_usual_ports() {
        let guard = guard(&[]);
        for text in [
            "http://93.184.215.14/",
            "https://8.8.8.8:8443/",
            "http://100.128.0.1:8080/",
            "http://172.32.0.1/",
            "http://[2606:4700::1111]/",
            "https://baosonla.vn/",
        ] {
            assert!(!is_refused(&guard, text), "{text}");
        }
    }

    #[test]
    fn opened_network_is_open_on_any_port_and_nothing_beside_it() {
        let guard = guard(&["127.1.0.0/16", "fd00::/8"]);
        for text in
            ["http://127.1.0.5:34567/", "http://127.1.5/", "http://[::ffff:127.1.0.5]:99/", "http://[fd00::1]:1/"]
        {
            assert!(!is_refused(&guard, text), "{text}");
        }
        for text in ["http://127.0.0.1:34567/", "http://127.2.0.1/", "http://10.0.0.1/", "http://93.184.215.14:34567/"]
        {
            assert!(is_refused(&guard, text), "{text}");
        }
        let odd = Url::parse("http://example.org:34567/").expect("a URL");
        assert_eq!(guard.check(&odd).expect("left to the resolver"), Reach::OpenedOnly);
    }

    #[test]
    fn only_addresses_that_others_reach_are_public() {
        let opened: Vec<Network> = vec!["127.1.0.0/16".parse().expect("a network")];
        for (text, is) in [
            ("https://feeds.example.vn/", true),
            ("http://93.184.215.14:9000/bantin/", true),
            ("http://[2606:4700::1111]/", true),
            ("http://127.1.0.5:4711/", true),
            ("http://127.0.0.1:8080/", false),
            ("http://192.168.1.7/", false),
            ("http://0.0.0.0/", false),
            ("http://[::1]/", false),
            ("http://localhost:8080/", false),
            ("http://bantin/", false),
            ("http://bantin.local/", false),
            ("http://nas.home.arpa./", false),
            ("http://feeds.example/", false),
        ] {
            assert_eq!(is_public(&Url::parse(text).expect("a URL"), &opened), is, "{text}");
        }
    }

    #[test]
    fn name_is_refused_for_a_single_closed_address() {
        let guard = guard(&["127.1.0.0/16"]);
        let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|ip| SocketAddr::new(ip.parse().expect("an address"), 0)).collect()
        };
        let judged = |texts: &[&str], reach| guard.check_resolved(&addresses(texts), reach).is_ok();
        assert!(judged(&["93.184.215.14", "2606:4700::1111"], Reach::Public));
        assert!(judged(&["93.184.215.14", "127.1.0.1"], Reach::Public));
        assert!(!judged(&["93.184.215.14", "10.0.0.1"], Reach::Public));
        assert!(!judged(&["2606:4700::1111", "::1"], Reach::Public));
        assert!(judged(&["127.1.0.1"], Reach::OpenedOnly));
        assert!(!judged(&["127.1.0.1", "93.184.215.14"], Reach::OpenedOnly));
    }

    #[test]
    fn network_is_read_strictly_and_compared_by_its_prefix() {
        for text in ["127.0.0.0", "127.0.0.0/33", "127.0.0.0/", "127.0.0.0/+8", "::/129", "host/8", "/8"] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
        let contains =
            |net: &str, ip: &str| net.parse::<Network>().expect("a network").contains(ip.parse().expect("an address"));
        assert!(contains("0.0.0.0/0", "255.1.2.3"));
        assert!(contains("::/0", "2001:db8::1"));
        assert!(contains("10.1.2.3/32", "10.1.2.3") && !contains("10.1.2.3/32", "10.1.2.4"));
        assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(!contains("::/0", "10.1.2.3"));
    }
}
