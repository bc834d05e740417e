//! What published markup may hold: text structure, tables, links and media. No style, no foreign elements, no forms, no
//! identifiers (they would clash with those of the page that shows the item).

use crate::text::Piece;
use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use url::Url;

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// Elements whose text is nothing for people.
const SILENT: &[&str] =
    &["script", "style", "iframe", "frameset", "noembed", "noframes", "template", "title", "select"];

const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href", "hreflang", "type"]),
    ("audio", &["src", "controls"]),
    ("blockquote", &["cite"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("del", &["datetime"]),
    // the lazy ones are resolved into `src` and go
    ("img", &["src", "alt", "width", "height", "srcset", "data-src", "data-original", "data-lazy-src", "data-srcset"]),
    ("ins", &["datetime"]),
    ("li", &["value"]),
    ("ol", &["start", "reversed", "type"]),
    ("source", &["src", "type", "srcset"]),
    ("td", &["colspan", "rowspan", "headers"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("time", &["datetime"]),
    ("video", &["src", "poster", "controls", "width", "height"]),
];

const GENERIC: &[&str] = &["title", "lang", "dir"];

const SCHEMES: &[&str] = &["http", "https", "mailto"];

/// What is sent with every link.
const LINK_REL: &str = "noopener nofollow";

thread_local! {
    /// The last sanitizer of this thread, with its base: a document's items share theirs, and to fill its tables takes longer
    /// than to clean a teaser.
    static LAST: RefCell<Option<(Option<Url>, Builder<'static>)>> = const { RefCell::new(None) };
}

/// Cleans markup by the allow-list; relative addresses resolve against `base`.
pub(super) fn clean(markup: &str, base: Option<&Url>) -> String {
    LAST.with_borrow_mut(|last| {
        let kept = last.take().filter(|(of, _)| of.as_ref() == base);
        let (_, builder) = last.insert(kept.unwrap_or_else(|| (base.cloned(), builder(base))));
        builder.clean(markup).to_string()
    })
}

/// Simple markup, cleaned as [`clean`] would; `None` where it drops an attribute for its value, since that may change the
/// order of the others.
pub(super) fn clean_simple(pieces: &[Piece<'_>], base: Option<&Url>) -> Option<String> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => push_escaped(&mut out, text, false),
            Piece::Close(name) => out.extend(["</", name, ">"]),
            Piece::Open { name, attributes } => {
                out.extend(["<", name]);
                for (key, value) in attributes {
                    if !is_allowed(name, key) {
                        continue;
                    }
                    if let Some(value) = address(key, value, base)? {
                        out.extend([" ", key, "=\""]);
                        push_escaped(&mut out, &filter(name, key, &value)?, true);
                        out.push('"');
                    }
                }
                if *name == "a" {
                    out.extend([" rel=\"", LINK_REL, "\""]);
                }
                out.push('>');
            }
        }
    }
    Some(out)
}

fn is_allowed(tag: &str, name: &str) -> bool {
    GENERIC.contains(&name) || ATTRIBUTES.iter().any(|(of, names)| *of == tag && names.contains(&name))
}

/// A value as the allow-list of schemes leaves it: `Some(None)` where the attribute goes; `None` where the sanitizer has to look.
fn address<'a>(name: &str, value: &'a str, base: Option<&Url>) -> Option<Option<Cow<'a, str>>> {
    if !matches!(name, "href" | "src") {
        return Some(Some(Cow::Borrowed(value)));
    }
    match Url::parse(value) {
        Ok(url) => Some(SCHEMES.contains(&url.scheme()).then_some(Cow::Borrowed(value))),
        Err(url::ParseError::RelativeUrlWithoutBase) => base?.join(value).ok().map(|url| Some(Cow::Owned(url.into()))),
        Err(_) => Some(None),
    }
}

/// As HTML is serialized (HTML §13.3).
fn push_escaped(out: &mut String, text: &str, in_value: bool) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '\u{a0}', '"', '<', '>']) {
        out.push_str(&rest[..at]);
        let c = rest[at..].chars().next().unwrap_or_default();
        out.push_str(match c {
            '&' => "&amp;",
            '\u{a0}' => "&nbsp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ if in_value => "&quot;",
            _ => "\"",
        });
        rest = &rest[at + c.len_utf8()..];
    }
    out.push_str(rest);
}

/// The sanitizer with the allow-list; relative addresses resolve against `base`.
fn builder(base: Option<&Url>) -> Builder<'static> {
    let relative = base.map_or(UrlRelative::Deny, |base| UrlRelative::RewriteWithBase(base.clone()));
    let attributes = ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect::<HashSet<_>>()));
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(SILENT.iter().copied().collect())
        .tag_attributes(attributes.collect::<HashMap<_, _>>())
        .generic_attributes(GENERIC.iter().copied().collect())
        .url_schemes(SCHEMES.iter().copied().collect())
        .url_relative(relative)
        .link_rel(Some(LINK_REL))
        .attribute_filter(filter);
    builder
}

/// What the name of an attribute does not decide: media come from the web only, and sizes are numbers.
fn filter<'value>(tag: &str, name: &str, value: &'value str) -> Option<Cow<'value, str>> {
    let is_mail = value.trim_start().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    match name {
        "cite" => is_web(value).then_some(value.into()),
        "src" | "poster" if is_mail => None,
        "width" | "height" | "colspan" | "rowspan" | "span" | "start" => {
            let number = value.trim().trim_end_matches("px");
            (!number.is_empty() && number.len() <= 5 && number.bytes().all(|b| b.is_ascii_digit()))
                .then(|| number.to_owned().into())
        }
        "dir" => matches!(value, "ltr" | "rtl" | "auto").then_some(value.into()),
        "controls" | "reversed" => Some("".into()),
        "href" if tag == "a" => Some(value.trim().to_owned().into()),
        _ => Some(value.into()),
    }
}

fn is_web(value: &str) -> bool {
    Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
