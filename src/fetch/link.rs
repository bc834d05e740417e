//! `Link` header fields (RFC 8288): the hub that an answer names, and its own address (WebSub §4).
//!
//! Comes in: headers, and the address that they came from. Goes out: the first absolute address of each relation. Values
//! are read leniently, as RFC 8288 appendix B.2 does; what cannot be read is passed over. It does not know who subscribes.

use crate::model::Links;
use reqwest::header::{HeaderMap, LINK};
use url::Url;

/// Links that are looked at in all the fields of an answer.
const MOST_LINKS: usize = 64;

/// What the `Link` fields name. Relative targets count from `base`, the address that answered.
pub(super) fn links(headers: &HeaderMap, base: &Url) -> Links {
    let mut found = Links::default();
    let values: Vec<_> = headers.get_all(LINK).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    for link in values.iter().flat_map(|value| Values { rest: value }).take(MOST_LINKS) {
        // another context: it says something of another resource (RFC 8288 §3.2)
        if link.anchor.as_ref().is_some_and(|anchor| base.join(anchor).as_ref() != Ok(base)) {
            continue;
        }
        let url = || target(base, link.target);
        for relation in link.relations.split_ascii_whitespace() {
            if relation.eq_ignore_ascii_case("hub") {
                found.hub = found.hub.take().or_else(url);
            } else if relation.eq_ignore_ascii_case("self") {
                found.topic = found.topic.take().or_else(url);
            }
        }
    }
    found
}

fn target(base: &Url, reference: &str) -> Option<Url> {
    let mut url = base.join(reference.trim()).ok()?;
    url.set_fragment(None);
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// One link of a field.
struct Link<'a> {
    target: &'a str,
    relations: String,
    anchor: Option<String>,
}

/// The links of one field's value, in order.
struct Values<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Values<'a> {
    type Item = Link<'a>;

    fn next(&mut self) -> Option<Link<'a>> {
        let (_, rest) = self.rest.split_once('<')?;
        let (target, mut rest) = rest.split_once('>')?;
        let (mut relations, mut anchor) = (None, None);
        // parameters until the next link's comma
        loop {
            rest = rest.trim_start();
            let Some(after) = rest.strip_prefix(';') else { break };
            let (name, value, after) = parameter(after);
            match name.to_ascii_lowercase().as_str() {
                // only the first one counts (RFC 8288 §3.3)
                "rel" => relations = relations.or(Some(value)),
                "anchor" => anchor = anchor.or(Some(value)),
                _ => {}
            }
            rest = after;
        }
        // whatever stands before the comma is no link
        self.rest = rest.split_once(',').map_or("", |(_, rest)| rest);
        Some(Link { target, relations: relations.unwrap_or_default(), anchor })
    }
}

/// A parameter's name and value, and what follows: `; rel="hub self"`, `; rel=hub`, `; crossorigin`.
fn parameter(text: &str) -> (&str, String, &str) {
    let text = text.trim_start();
    let end = text.find(['=', ';', ',']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(value) = rest.strip_prefix('=') else { return (name.trim_end(), String::new(), rest) };
    let value = value.trim_start();
    if let Some(quoted) = value.strip_prefix('"') {
        let (value, rest) = unquoted(quoted);
        return (name.trim_end(), value, rest);
    }
    let end = value.find([';', ',']).unwrap_or(value.len());
    (name.trim_end(), value[..end].trim_end().to_owned(), &value[end..])
}

/// A quoted string without its quotes and escapes, and what follows it.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    type Named = (Option<String>, Option<String>);

    /// The hub and the topic that these fields name, at `https://bao.example/rss/tin.rss`.
    fn named(fields: &[&str]) -> Named {
        let base = Url::parse("https://bao.example/rss/tin.rss").expect("a URL");
        let headers =
            fields.iter().map(|field| (LINK, HeaderValue::from_bytes(field.as_bytes()).expect("a value"))).collect();
        let links = links(&headers, &base);
        (links.hub.map(String::from), links.topic.map(String::from))
    }

    fn both(hub: &str, topic: &str) -> Named {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        (text(hub), text(topic))
    }

    #[test]
    fn hub_and_self_are_found_however_they_are_written() {
        const HUB: &str = "https://hub.example/";
        const TOPIC: &str = "https://bao.example/rss/tin.rss";
        let cases: &[(&[&str], Named)] = &[
            (
                &["<https://hub.example/>; rel=\"hub\"", "<https://bao.example/rss/tin.rss>; rel=\"self\""],
                both(HUB, TOPIC),
            ),
            (&["<https://hub.example/>; rel=hub, <tin.rss>; rel=self"], both(HUB, TOPIC)),
            (&["<https://hub.example/>;rel=HUB,</rss/tin.rss>;REL=\"canonical Self\""], both(HUB, TOPIC)),
            (&["<a>; title=\"one, <b>; rel=hub\"; rel=next, <https://hub.example/> ; rel = \"x hub\""], both(HUB, "")),
            (
                &[
                    "<a>; title=\"a \\\"quoted\\\" ; rel=hub, <c>\"; rel=up , <https://hub.example/>;crossorigin;rel=hub",
                ],
                both(HUB, ""),
            ),
            (&["<https://hub.example/a,b;c>; rel=hub"], both("https://hub.example/a,b;c", "")),
            (&["<https://hub.example/>; rel=hub", "<https://second.example/>; rel=hub"], both(HUB, "")),
            (&["<https://hub.example/>; rel=next; rel=hub"], both("", "")),
            (&["<https://hub.example/>; rel=hub; anchor=\"/other.rss\""], both("", "")),
            (&["<https://hub.example/>; rel=hub; anchor=\"\""], both(HUB, "")),
            (&["<javascript:alert(1)>; rel=hub, <mailto:a@b.vn>; rel=self"], both("", "")),
            (&["<#top>; rel=self"], both("", TOPIC)),
            (&["no link at all", "<unclosed; rel=hub", "", "<x>; rel=\"hub"], both("https://bao.example/rss/x", "")),
        ];
        for (fields, expected) in cases {
            assert_eq!(named(fields), *expected, "{fields:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_and_endless_lists_end_well() {
        let headers: HeaderMap =
            [(LINK, HeaderValue::from_bytes(b"\xff<\xfe>;\xfd=\"\\").expect("a value"))].into_iter().collect();
        let base = Url::parse("https://bao.example/").expect("a URL");
        assert_eq!(links(&headers, &base), Links::default());
        let many = "<a>; rel=next, ".repeat(MOST_LINKS) + "<https://hub.example/>; rel=hub";
        assert_eq!(named(&[&many]), both("", ""));
    }

    proptest::proptest! {
        #[test]
        fn any_field_ends_well(text in "[<>;,=\"\\\\ a-zơ:/]{0,120}") {
            let (hub, topic) = named(&[&text, "<https://hub.example/>; rel=\"hub self\""]);
            proptest::prop_assert!(hub.is_some() && topic.is_some(), "a field spoils no other");
        }
    }
}
