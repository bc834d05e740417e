//! What published markup may hold: text structure, tables, links and media. No style, no foreign elements, no forms, no
//! identifiers (they would clash with those of the page that shows the item).

use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
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

/// The sanitizer with the allow-list; relative addresses resolve against `base`.
pub(super) fn builder(base: Option<&Url>) -> Builder<'static> {
    let relative = base.map_or(UrlRelative::Deny, |base| UrlRelative::RewriteWithBase(base.clone()));
    let attributes = ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect::<HashSet<_>>()));
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(SILENT.iter().copied().collect())
        .tag_attributes(attributes.collect::<HashMap<_, _>>())
        .generic_attributes(GENERIC.iter().copied().collect())
        .url_schemes(["http", "https", "mailto"].into_iter().collect())
        .url_relative(relative)
        .link_rel(Some("noopener nofollow"))
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
