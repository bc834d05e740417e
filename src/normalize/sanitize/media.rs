//! Pictures, video and sound of cleaned markup: lazy ones get their address, tracking pixels and empty ones go.
//!
//! Comes in: markup as the sanitizer serializes it, where every `<` opens a tag and every `>` ends one. Goes out: the same,
//! with media that have an absolute http(s) address, and without the attributes that lazy loading needs.

use url::Url;

/// Where lazily loaded pages keep a picture's address, best first.
const LAZY: &[&str] = &["data-src", "data-original", "data-lazy-src"];
const SETS: &[&str] = &["data-srcset", "srcset"];
/// Gone after the rewriting.
const PASSING: &[&str] = &["data-src", "data-original", "data-lazy-src", "data-srcset", "srcset"];

/// Rewrites the media elements.
pub(super) fn rewrite(markup: &str, base: Option<&Url>) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    let mut last_image: Option<Url> = None;
    while let Some(open) = rest.find('<') {
        let close = rest[open..].find('>').map_or(rest.len(), |end| open + end + 1);
        let tag = &rest[open..close];
        out.push_str(&rest[..open]);
        match tag[1..].split([' ', '>']).next() {
            Some("img") => {
                let image = image(tag, base).filter(|(url, _)| last_image.as_ref() != Some(url));
                if let Some((url, tag)) = image {
                    out.push_str(&tag);
                    last_image = Some(url);
                }
            }
            Some("source") if !tag.contains(" src=\"") => {}
            Some("source") => out.push_str(&without(tag, &["srcset"])),
            _ => out.push_str(tag),
        }
        rest = &rest[close..];
    }
    out.push_str(rest);
    out
}

/// A picture with its real address; `None` for placeholders and tracking pixels. The same picture again, as `<noscript>`
/// repeats a lazy one, is left out by the caller.
fn image(tag: &str, base: Option<&Url>) -> Option<(Url, String)> {
    let attributes = attributes(tag);
    let value = |name: &str| attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
    let is_dot = |name: &str| value(name).is_some_and(|size| matches!(size, "0" | "1"));
    if is_dot("width") && is_dot("height") {
        return None;
    }
    let single = |name: &&str| resolve(base, value(name)?);
    let set = |name: &&str| largest(base, value(name)?);
    let url = LAZY
        .iter()
        .find_map(single)
        .or_else(|| SETS[..1].iter().find_map(set))
        .or_else(|| single(&"src").filter(|url| !is_placeholder(url)))
        .or_else(|| SETS[1..].iter().find_map(set))?;
    let mut out = format!("<img src=\"{}\"", escaped(url.as_str()));
    for (name, value) in &attributes {
        if *name != "src" && !PASSING.contains(name) {
            out.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
    }
    out.push('>');
    Some((url, out))
}

/// Names of the pictures that stand where the real one is loaded later.
fn is_placeholder(url: &Url) -> bool {
    let file = url.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    ["1x1.", "blank.", "spacer.", "transparent.", "placeholder."].iter().any(|start| file.starts_with(start))
}

fn resolve(base: Option<&Url>, address: &str) -> Option<Url> {
    let address = address.trim();
    if address.is_empty() {
        return None;
    }
    let url = base.map_or_else(|| Url::parse(address), |base| base.join(address)).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// The largest candidate of a `srcset` (HTML §4.8.4.2.1).
fn largest(base: Option<&Url>, set: &str) -> Option<Url> {
    let mut best: Option<(f64, Url)> = None;
    // an address may hold commas, but none that white space follows
    for candidate in set.split(", ").take(64) {
        let mut parts = candidate.split_whitespace();
        let Some(url) = parts.next().and_then(|address| resolve(base, address.trim_end_matches(','))) else { continue };
        let size = parts.next().and_then(|size| size.trim_end_matches(['w', 'x', ',']).parse().ok()).unwrap_or(1.0);
        if best.as_ref().is_none_or(|(known, _)| size > *known) {
            best = Some((size, url));
        }
    }
    best.map(|(_, url)| url)
}

/// The tag without some attributes.
fn without(tag: &str, names: &[&str]) -> String {
    let mut out: String = tag.split([' ', '>']).next().unwrap_or_default().to_owned();
    for (name, value) in attributes(tag).iter().filter(|(name, _)| !names.contains(name)) {
        out.push_str(&format!(" {name}=\"{}\"", escaped(value)));
    }
    out.push('>');
    out
}

/// The attributes of a serialized tag, unescaped.
fn attributes(tag: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut rest = tag.find(' ').map_or("", |at| &tag[at..]);
    while let Some((name, value)) = rest.split_once("=\"") {
        let Some((value, after)) = value.split_once('"') else { break };
        found.push((name.trim(), unescaped(value)));
        rest = after;
    }
    found
}

fn unescaped(value: &str) -> String {
    value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

/// As the sanitizer serializes values (HTML §13.3).
fn escaped(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('\u{a0}', "&nbsp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
