//! Addresses as RFC 3986 writes them.
//!
//! Comes in: parsed URLs. Goes out: text. The WHATWG form that URLs are parsed into leaves characters as they are that
//! RFC 3986 forbids and validators refuse (`|`, `^`, `{`); readers get them percent-encoded, the same in every format.

use crate::model::{Channel, ChannelPaper};
use std::fmt::Write;
use url::{Position, Url};

/// The address as text.
pub(super) fn address(url: &Url) -> String {
    let (origin, rest) = (&url[..Position::BeforePath], &url[Position::BeforePath..]);
    let mut out = String::with_capacity(origin.len() + rest.len());
    out.push_str(origin);
    for (at, byte) in rest.bytes().enumerate() {
        if is_uri_character(byte) && (byte != b'%' || is_escape(&rest.as_bytes()[at..])) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The taxonomy of a paper's categories (RFC 4287 §4.2.2.2, RSS 2.0 `domain`): with a category's slug and an ending after
/// it, it is the address of that category's own feed.
pub(super) fn categories(channel: &Channel, paper: Option<&ChannelPaper>) -> Option<String> {
    Some(format!("{}{}/", channel.base_url, paper?.id))
}

/// The taxonomy of what kind of article it is: `bulletin`, `series`.
pub(super) fn kinds(channel: &Channel) -> String {
    format!("{}#kind", channel.base_url)
}

/// Only these schemes are ever published.
pub(super) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// A percent sign stands before two digits alone (RFC 3986 §2.1).
fn is_escape(bytes: &[u8]) -> bool {
    bytes.get(1..3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// Unreserved, reserved but for brackets (which only an IPv6 host has), and the percent sign: RFC 3986 §2, §3.3.
fn is_uri_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_has_no_character_that_rfc_3986_forbids() {
        let written = |text: &str| address(&Url::parse(text).expect("a URL"));
        assert_eq!(written("https://a.vn/b?c=|^`{}[]\\d#e"), "https://a.vn/b?c=%7C%5E%60%7B%7D%5B%5D%5Cd#e");
        assert_eq!(written("https://a.vn/xã hội.html?q=%20"), "https://a.vn/x%C3%A3%20h%E1%BB%99i.html?q=%20");
        assert_eq!(written("https://a.vn/%zz%2fb%"), "https://a.vn/%25zz%2fb%25");
        assert_eq!(written("http://[::1]:8080/a[1]"), "http://[::1]:8080/a%5B1%5D");
        assert_eq!(written("https://a.vn/b-51YnYvXDR.html?x=1&y=2"), "https://a.vn/b-51YnYvXDR.html?x=1&y=2");
    }
}
