//! What simple markup says, without a parser: its text, and the picture that it shows first.
//!
//! Comes in: markup. Goes out: what `dom` would find in it, or nothing where it has to look.

use super::dom::{self, Picture};
use crate::text::{self, Piece, simple_markup};
use std::borrow::Cow;
use url::Url;

/// The text as one clean line.
pub(super) fn line(markup: &str) -> Option<String> {
    let mut out = String::with_capacity(markup.len());
    for piece in simple_markup(markup)? {
        match piece {
            Piece::Text(text) => out.push_str(&text),
            Piece::Open { name, .. } | Piece::Close(name) if !dom::is_inline(name) => out.push(' '),
            Piece::Open { .. } | Piece::Close(_) => {}
        }
    }
    Some(text::clean_line(&out))
}

/// The first picture, if there is one; `None` where a lazy one or a background may be it.
pub(super) fn first_picture(markup: &str, base: &Url) -> Option<Option<Picture>> {
    let mut found = None;
    for piece in simple_markup(markup)? {
        let Piece::Open { name, attributes } = piece else { continue };
        let is_lazy = |name: &str| name.starts_with("data-") || matches!(name, "srcset" | "style");
        if attributes.iter().any(|(name, _)| is_lazy(name)) {
            return None;
        }
        if name == "img" && found.is_none() {
            found = picture(&attributes, base);
        }
    }
    Some(found)
}

fn picture(attributes: &[(&str, Cow<'_, str>)], base: &Url) -> Option<Picture> {
    let value = |name: &str| attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.trim());
    dom::plain_picture(value("src")?, value("width"), value("height"), base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn simple_markup_says_what_the_parser_finds(parts in prop::collection::vec(part(), 0..12)) {
            let (markup, base) = (parts.concat(), Url::parse("https://bao.example/tin/").expect("an address"));
            if let Some(line) = line(&markup) {
                assert_eq!(line, dom::parsed_line(&markup), "{markup}");
            }
            if let Some(found) = first_picture(&markup, &base) {
                let page = dom::parse(&markup).expect("modest");
                let parsed = dom::first_picture(&page.root(), &base);
                assert_eq!(found.map(|p| (p.url, p.size)), parsed.map(|p| (p.url, p.size)), "{markup}");
            }
        }
    }

    fn part() -> impl Strategy<Value = String> {
        const INSIDE: &[&str] = &[
            "chữ",
            " a &amp; b\n",
            "&nbsp;",
            "&lt;p&gt;",
            "<br>",
            "<br/>",
            "<img src=\"a.jpg\">",
            "<img alt='x' src='/b.png' width=\"640px\" height='480'>",
            "<img src=\"1x1.gif\">",
            "<img src='' alt=\"y\">",
            "<img src=\"p.gif\" width=\"1\" height=\"1\">",
            "<img src=\"data:image/gif;base64,R0\">",
        ];
        const TAGS: &[&str] = &["p", "b", "span", "div", "ul", "li", "h2", "a href=\"/x\"", "blockquote", "figure"];
        let leaf = prop::sample::select(INSIDE).prop_map(str::to_owned);
        leaf.prop_recursive(4, 24, 4, |inner| {
            (prop::sample::select(TAGS), prop::collection::vec(inner, 0..4)).prop_map(|(tag, inside)| {
                let name = tag.split(' ').next().unwrap_or_default();
                format!("<{tag}>{}</{name}>", inside.concat())
            })
        })
    }
}
