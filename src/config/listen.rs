//! Where readers are served: a TCP address or a unix socket.

use super::value::{Refusal, refuse};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;

/// Where readers are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// `HOST:PORT`; port 0 takes a free one.
    Tcp(String),
    /// A unix socket, written `unix:PATH`.
    Unix(PathBuf),
}

/// A text that names no place to listen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {cause}: {remedy}")]
pub struct InvalidListen {
    text: String,
    cause: String,
    remedy: String,
}

impl FromStr for Listen {
    type Err = InvalidListen;

    fn from_str(text: &str) -> Result<Self, InvalidListen> {
        parse(text).map_err(|refusal| InvalidListen {
            text: crate::text::log_safe(text),
            cause: refusal.cause,
            remedy: refusal.remedy,
        })
    }
}

impl Listen {
    /// Whether the address is one that readers can ask: not `0.0.0.0`, `[::]` or a unix socket. Where it is not,
    /// `base-url` must say what self links point to.
    #[must_use]
    pub fn is_an_address(&self) -> bool {
        match self {
            Self::Unix(_) => false,
            Self::Tcp(address) => {
                let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
                !host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified())
            }
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => f.write_str(address),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Reads `HOST:PORT` or `unix:PATH`.
pub(super) fn parse(text: &str) -> Result<Listen, Refusal> {
    const REMEDY: &str =
        "write HOST:PORT, such as \"127.0.0.1:8080\" or \"[::1]:8080\", or \"unix:/run/bantin/http.sock\"";
    if let Some(path) = text.strip_prefix("unix:") {
        return if path.is_empty() || path.contains('\0') {
            refuse("names no socket", REMEDY)
        } else {
            Ok(Listen::Unix(PathBuf::from(path)))
        };
    }
    let Some((host, port)) = text.rsplit_once(':') else { return refuse("has no port", REMEDY) };
    if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) || port.parse::<u16>().is_err() {
        return refuse("has no port from 0 to 65535", REMEDY);
    }
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match literal {
        Some(literal) => literal.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')),
    };
    if is_host { Ok(Listen::Tcp(text.to_owned())) } else { refuse("names no host", REMEDY) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_sockets_are_told_apart() {
        assert_eq!(parse("127.0.0.1:0"), Ok(Listen::Tcp("127.0.0.1:0".into())));
        assert_eq!(parse("unix:/run/x.sock"), Ok(Listen::Unix("/run/x.sock".into())));
        assert!(parse("[::1]:80").is_ok() && parse("localhost:80").is_ok());
        for bad in ["", "8080", ":8080", "::1:80", "a:99999", "a:+1", "a b:1", "unix:", "http://a:80", "[::1]"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn unspecified_addresses_are_none_to_link_to() {
        for (text, is) in
            [("0.0.0.0:80", false), ("[::]:80", false), ("unix:a", false), ("[::1]:80", true), ("a.vn:1", true)]
        {
            assert_eq!(parse(text).map(|listen| listen.is_an_address()), Ok(is), "{text}");
        }
    }
}
