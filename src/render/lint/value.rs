//! The forms of single values: dates, addresses, languages, media types, markup.
//!
//! Comes in: text. Goes out: whether it has the form. It does not know where the text stands.

use super::Findings;
use chrono::{DateTime, Datelike};
use memchr::memchr;
use url::Url;

/// Bytes that are looked at together.
const STRETCH: usize = 256;

/// The first character that no document of ours may hold: what XML 1.0 §2.2 forbids, the controls that it allows and nobody
/// needs, and what is no character.
pub(super) fn not_of_xml(text: &str) -> Option<char> {
    // all those are of ASCII, or begin with one of few bytes: most stretches have none
    let may_begin_one = |byte: &u8| matches!(byte, 0..=b'\t' | 0x0b..b' ' | 0x7f | 0xc2 | 0xef..);
    let has_none = |stretch: &[u8]| !stretch.iter().fold(false, |any, byte| any | may_begin_one(byte));
    let suspect = text.as_bytes().chunks(STRETCH).enumerate().filter(|(_, stretch)| !has_none(stretch));
    suspect
        .flat_map(|(n, stretch)| (n * STRETCH..).zip(stretch))
        .filter(|(_, byte)| may_begin_one(byte))
        .find_map(|(at, _)| text[at..].chars().next().filter(|c| !is_xml_character(*c)))
}

fn is_xml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r')
        || (c >= ' ' && !('\u{7f}'..='\u{9f}').contains(&c) && u32::from(c) & 0xfffe != 0xfffe)
}

/// RFC 822 with a year of four digits, a day of the week that is right, and a zone (RSS 2.0).
pub(super) fn is_rfc822(text: &str) -> bool {
    let year = text.split(' ').nth(3).is_some_and(|year| year.len() == 4);
    let at = DateTime::parse_from_rfc2822(text);
    year && text.split(' ').count() == 6 && at.is_ok_and(|at| text.starts_with(&at.weekday().to_string()))
}

/// RFC 3339 as RFC 4287 §3.3 narrows it: an upper-case `T` and `Z`.
pub(super) fn is_rfc3339(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && !text.contains('z') && DateTime::parse_from_rfc3339(text).is_ok()
}

/// RFC 3986: no character that it forbids, each `%` before two digits, and a scheme.
pub(super) fn is_uri(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let escapes = || text.split('%').skip(1).map(|after| after.as_bytes().get(..2));
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && text.bytes().all(|byte| OF_URIS[usize::from(byte)])
        && escapes().all(|two| two.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)))
}

/// What RFC 3986 §2 allows, the percent sign included.
const OF_URIS: [bool; 256] = {
    let mut allowed = [false; 256];
    let marks = b"-._~:/?#[]@!$&'()*+,;=%";
    let mut at = 0;
    while at < marks.len() {
        allowed[marks[at] as usize] = true;
        at += 1;
    }
    let mut byte = 0_u8;
    while byte.is_ascii() {
        allowed[byte as usize] |= byte.is_ascii_alphanumeric();
        byte += 1;
    }
    allowed
};

/// An absolute http(s) address with a host.
pub(super) fn is_web_address(text: &str) -> bool {
    is_uri(text)
        && (has_plain_host(text)
            || Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()))
}

/// Whether an address is http(s) and its host is small letters, digits and single hyphens in parts that end in a letter: then
/// nothing is left that could be wrong with it (WHATWG URL §3.5).
fn has_plain_host(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let mut before = b'.';
    for byte in rest.bytes() {
        match byte {
            b'a'..=b'z' => {}
            b'0'..=b'9' if before != b'.' => {}
            b'-' | b'.' if before.is_ascii_alphanumeric() => {}
            b'/' | b'?' | b'#' => break,
            _ => return false,
        }
        before = byte;
    }
    before.is_ascii_alphabetic()
}

/// The form of a language tag (RFC 5646 §2.1).
pub(super) fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let is_word =
        |part: &str, least: usize| (least..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    parts.next().is_some_and(|first| is_word(first, 2) && first.bytes().all(|b| b.is_ascii_alphabetic()))
        && parts.all(|part| is_word(part, 1))
}

/// `type/subtype`, with or without parameters.
pub(super) fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~%".contains(&b))
    };
    essence.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// Digits alone.
pub(super) fn is_count(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

/// What markup that readers show must not hold: programs, frames, styles, addresses that lead nowhere without a base.
pub(super) fn check_markup(markup: &str, place: &str, found: &mut Findings) {
    let mut rest = markup;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        let from = &rest[at + 1..];
        let end = tag_end(from);
        let tag = &from[..end];
        rest = &from[end..];
        let (name, others) = tag.split_at(tag.bytes().take_while(u8::is_ascii_alphanumeric).count());
        found.check(!is_one_of(name, &PROGRAMS_AND_FRAMES), "SecurityRisk", place, name);
        for (key, value) in attributes(others) {
            let is_handler = key.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("on"));
            found.check(!is_handler, "SecurityRiskAttr", place, key);
            found.check(!key.eq_ignore_ascii_case("style"), "DangerousStyleAttr", place, value);
            if is_one_of(key, &["href", "src"]) {
                let scheme = value.split_once(':').map(|(scheme, _)| scheme);
                found.check(scheme.is_some(), "ContainsRelRef", place, value);
                let is_known = scheme.is_none_or(|scheme| is_one_of(scheme, &["http", "https", "mailto", "tel"]));
                found.check(is_known, "SecurityRiskAttr", place, value);
            }
        }
    }
}

const PROGRAMS_AND_FRAMES: [&str; 11] =
    ["script", "iframe", "object", "embed", "meta", "link", "base", "style", "form", "frame", "applet"];

/// Whatever their case.
fn is_one_of(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// Where a tag ends: at the first `>` outside of quotes.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '>' => return at,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => {}
        }
    }
    tag.len()
}

/// Names and values of a tag's quoted attributes.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = tag;
    std::iter::from_fn(move || {
        let (before, after) = rest.split_once('=')?;
        let key = before.trim().rsplit([' ', '\n', '\t', '/']).next().unwrap_or_default();
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, left) = match quote {
            Some(quote) => after[1..].split_once(quote)?,
            None => after.split_once([' ', '\n', '\t']).unwrap_or((after, "")),
        };
        rest = left;
        Some((key, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_uris_of_the_web_with_a_host() {
        for good in [
            "https://bao.example/",
            "http://a.b-c.vn?x=%2f",
            "https://24h.com.vn/a[1]#b",
            "http://[::1]:80/",
            "https://a.vn",
            "http://user@a.vn:8080/",
            "HTTPS://A.VN/",
            "https://xn--bo-jja.vn/",
        ] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https:///",
            "/a.html",
            "ftp://a.vn/",
            "https://a.vn/%zz",
            "https://a.vn/%2",
            "https://a.vn/a b",
            "https://a.vn/báo",
            "https://a.vn:99999/",
            "https://1.2.3.999/",
            "https://xn--a/",
            "mailto:a@b.vn",
            "1http://a.vn/",
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_plain_host_leaves_nothing_to_the_parser() {
        let pieces = ["a", "7", "-", ".", "xn--", "0x", "example", ":", "@", "/", "%", "[", "?", "#"];
        let mut plain = 0;
        for n in 0..pieces.len().pow(4) {
            let host: String = (0..4).map(|at| pieces[n / pieces.len().pow(at) % pieces.len()]).collect();
            let address = format!("https://{host}");
            if has_plain_host(&address) {
                plain += 1;
                let is_whole = Url::parse(&address).is_ok_and(|url| url.scheme() == "https" && url.has_host());
                assert!(is_whole, "{address}");
            }
        }
        assert!(plain > 100, "{plain}");
    }
}
