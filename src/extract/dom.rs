//! Pages as trees: the only file that names the HTML parser.
//!
//! Comes in: text. Goes out: a tree, but only behind the gate of `text::check_markup`, and what every reader of pages asks
//! of it: text, attributes, addresses, pictures. No function here recurses: a page's depth never reaches our stack.
//! It does not know what a page is about.

use super::ExtractError;
use super::{doubled::undoubled, simple};
use crate::text;
use dom_query::NodeData;
use std::cell::Ref;
use url::Url;

/// A parsed page.
pub(super) use dom_query::Document as Page;
/// A compiled CSS selector.
pub(super) use dom_query::Matcher;
/// What tells one node of a page from another.
pub(super) use dom_query::NodeId;
/// A node of a page.
pub(super) use dom_query::NodeRef as Node;

/// The name of an element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Tag(dom_query::LocalName);

impl Tag {
    /// As text; empty: no element.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Tag {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl PartialEq<&str> for Tag {
    fn eq(&self, other: &&str) -> bool {
        self.0 == **other
    }
}

/// An element as the parser keeps it: name and attributes without a copy.
#[derive(Debug)]
pub(super) struct Element<'a>(Ref<'a, dom_query::Element>);

impl<'a> Element<'a> {
    /// The element that a node is.
    pub(super) fn of(node: &Node<'a>) -> Option<Self> {
        node.element_ref().map(Self)
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.0.name.local
    }

    /// Its name, to keep.
    pub(super) fn tag(&self) -> Tag {
        Tag(self.0.name.local.clone())
    }

    /// An attribute, trimmed; an empty one is none.
    pub(super) fn attr(&self, name: &str) -> Option<&str> {
        let attribute = self.0.attrs.iter().find(|attribute| attribute.name.local == *name)?;
        let value = attribute.value.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Its attributes as they stand there, by name.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.attrs.iter().map(|attribute| (&*attribute.name.local, &*attribute.value))
    }
}

/// Appends a text's characters; whether it is one.
fn append_text(node: &Node<'_>, out: &mut String) -> bool {
    node.query_or(false, |node| {
        let NodeData::Text { contents } = &node.data else { return false };
        out.push_str(contents);
        true
    })
}

/// The characters of a text, copied once; none: it is no text.
pub(super) fn own_text(node: &Node<'_>) -> Option<String> {
    node.query_or(None, |node| match &node.data {
        NodeData::Text { contents } => Some(contents.to_string()),
        _ => None,
    })
}

/// Parses a page that the gate lets pass.
///
/// # Errors
/// [`ExtractError::Gate`].
pub(super) fn parse(markup: &str) -> Result<Page, ExtractError> {
    text::check_markup(markup)?;
    Ok(Page::from(markup))
}

/// Whether a text is a CSS selector that we can apply; for the configuration.
#[must_use]
pub fn is_selector(text: &str) -> bool {
    Matcher::new(text).is_ok()
}

/// The text of a markup fragment, as one clean line; a fragment that the gate refuses loses its tags only.
pub(super) fn fragment_line(markup: &str) -> String {
    if !markup.contains(['<', '&']) {
        return text::clean_line(markup);
    }
    simple::line(markup).unwrap_or_else(|| parsed_line(markup))
}

/// As [`fragment_line`], by the parser.
pub(super) fn parsed_line(markup: &str) -> String {
    match text::check_markup(markup) {
        Ok(()) => line(&Page::fragment(markup).root()),
        Err(_) => text::clean_line(&text::strip_tags(markup)),
    }
}

/// The text below a node as one clean line: blocks and `<br>` are set apart, scripts and styles left out.
pub(super) fn line(node: &Node<'_>) -> String {
    let mut out = String::new();
    walk(node, |node, _| {
        let Some(element) = Element::of(node) else {
            return if append_text(node, &mut out) { Descend::No } else { Descend::Yes };
        };
        let name = element.name();
        if is_silent(name) {
            return Descend::No;
        }
        if !is_inline(name) {
            out.push(' ');
        }
        Descend::Yes
    });
    text::clean_line(&out)
}

/// Where a walk stands at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Before its children.
    Enter,
    /// After them; not told of nodes that were not descended into.
    Leave,
}

/// Whether a walk goes below a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Descend {
    /// Its children are visited, then it is left.
    Yes,
    /// The walk goes on behind it.
    No,
}

/// Visits a node and all below it in document order.
pub(super) fn walk<'a>(root: &Node<'a>, mut visit: impl FnMut(&Node<'a>, Step) -> Descend) {
    let mut pending = vec![(*root, Step::Enter)];
    while let Some((node, step)) = pending.pop() {
        let descend = visit(&node, step);
        if step == Step::Enter && descend == Descend::Yes {
            pending.push((node, Step::Leave));
            pending.extend(node.children_it(true).map(|child| (child, Step::Enter)));
        }
    }
}

/// Elements whose text nobody reads.
pub(super) fn is_silent(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "noscript"
            | "template"
            | "head"
            | "svg"
            | "math"
            | "iframe"
            | "object"
            | "select"
            | "textarea"
    )
}

/// Elements that do not break a line.
pub(super) fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "" | "a"
            | "abbr"
            | "acronym"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "cite"
            | "code"
            | "data"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "q"
            | "ruby"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
            | "wbr"
    )
}

/// An attribute, trimmed; an empty one is none.
pub(super) fn attr(node: &Node<'_>, name: &str) -> Option<String> {
    Element::of(node)?.attr(name).map(str::to_owned)
}

/// The nearest of a node and its ancestors that is one of these elements.
pub(super) fn closest<'a>(node: &Node<'a>, names: &[&str]) -> Option<Node<'a>> {
    let mut at = Some(*node);
    while let Some(node) = at {
        if names.iter().any(|name| node.has_name(name)) {
            return Some(node);
        }
        at = node.parent();
    }
    None
}

/// The elements below a node that a selector matches, in document order.
pub(super) fn select<'a>(node: &Node<'a>, matcher: &Matcher) -> Vec<Node<'a>> {
    dom_query::Selection::from(*node).select_matcher(matcher).nodes().to_vec()
}

/// The elements of a page with this name, in document order.
pub(super) fn elements<'a>(page: &'a Page, name: &str) -> Vec<Node<'a>> {
    let name = dom_query::LocalName::from(name);
    let is_named = |node: &Node<'_>| node.element_ref().is_some_and(|element| element.name.local == name);
    page.root().descendants_it().filter(is_named).collect()
}

/// The base of relative addresses: the first `<base href>`, else the page's own address.
pub(super) fn base_url(page: &Page, page_url: &Url) -> Url {
    elements(page, "base")
        .iter()
        .find_map(|base| resolve(page_url, &attr(base, "href")?))
        .unwrap_or_else(|| page_url.clone())
}

/// An absolute http(s) address, or none.
pub(super) fn resolve(base: &Url, address: &str) -> Option<Url> {
    let url = base.join(undoubled(address.trim())).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// The page's language as it states it: `<html lang>`, else `http-equiv=content-language`.
pub(super) fn language(page: &Page) -> Option<String> {
    let root = page.html_root();
    let stated = attr(&root, "lang").or_else(|| attr(&root, "xml:lang")).or_else(|| {
        let metas = elements(page, "meta");
        let of =
            metas.iter().find(|m| attr(m, "http-equiv").is_some_and(|v| v.eq_ignore_ascii_case("content-language")))?;
        attr(of, "content")
    })?;
    let tag = stated.split([',', ';']).next().unwrap_or_default().trim().replace('_', "-");
    let well_formed = tag.len() <= 35 && tag.split('-').all(|part| (1..=8).contains(&part.len()));
    (well_formed && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')).then_some(tag)
}

/// A picture's address and its size in pixels, where stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// Absolute address.
    pub(super) url: Url,
    /// Width and height.
    pub(super) size: Option<(u32, u32)>,
}

/// Attributes in which lazily loaded pages keep the real address.
const LAZY: &[&str] = &[
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-lazy",
    "data-original-src",
    "data-image",
    "data-img",
    "data-url",
    "data-bg",
    "data-background",
    "data-background-image",
];
const LAZY_BACKGROUNDS: &[&str] = &["data-bg", "data-background", "data-background-image"];
const LAZY_SETS: &[&str] = &["data-srcset", "data-lazy-srcset", "data-original-set"];

/// The picture that one element shows: `<img>`, `<source>`, `<video poster>`, or an element with a background.
pub(super) fn picture(node: &Node<'_>, base: &Url) -> Option<Picture> {
    Element::of(node)?.picture(base)
}

impl Element<'_> {
    /// As [`picture`].
    pub(super) fn picture(&self, base: &Url) -> Option<Picture> {
        let name = self.name();
        if !matches!(name, "img" | "amp-img" | "source" | "video" | "image") {
            return self.background(base).map(|url| Picture { url, size: None });
        }
        let (width, height) = (self.pixels("width"), self.pixels("height"));
        if width.is_some_and(|w| w <= 1) || height.is_some_and(|h| h <= 1) {
            return None;
        }
        let single = |names: &[&str]| names.iter().find_map(|name| real(base, self.attr(name)?));
        let set = |names: &[&str]| names.iter().find_map(|name| largest(base, self.attr(name)?));
        let url = match name {
            "video" => single(&["poster", "data-poster"]),
            "source" => set(LAZY_SETS).or_else(|| set(&["srcset"])),
            _ => single(LAZY).or_else(|| single(&["src"])).or_else(|| set(LAZY_SETS)).or_else(|| set(&["srcset"])),
        }?;
        Some(Picture { url, size: width.zip(height) })
    }

    /// Whether [`Element::picture`] may find something: one look at its name and attributes.
    pub(super) fn may_show_picture(&self) -> bool {
        matches!(self.name(), "img" | "amp-img" | "source" | "video" | "image")
            || self.attributes().any(|(name, value)| {
                LAZY_BACKGROUNDS.contains(&name) || name == "style" && value.contains("background")
            })
    }

    fn pixels(&self, name: &str) -> Option<u32> {
        self.attr(name)?.trim_end_matches("px").parse().ok()
    }

    fn background(&self, base: &Url) -> Option<Url> {
        if let Some(address) = LAZY_BACKGROUNDS.iter().find_map(|name| self.attr(name)) {
            return real(base, address.trim_start_matches("url(").trim_end_matches(')').trim_matches(['"', '\'']));
        }
        let style = self.attr("style")?;
        let from = style.find("background").map(|at| &style[at..])?;
        let inside = from.split_once("url(")?.1.split(')').next()?;
        real(base, inside.trim().trim_matches(['"', '\'']))
    }
}

/// The picture of an `<img>` that says no more than this; values are trimmed.
pub(super) fn plain_picture(src: &str, width: Option<&str>, height: Option<&str>, base: &Url) -> Option<Picture> {
    let pixels = |stated: Option<&str>| stated.and_then(|size| size.trim_end_matches("px").parse::<u32>().ok());
    let (width, height) = (pixels(width), pixels(height));
    if src.is_empty() || width.is_some_and(|w| w <= 1) || height.is_some_and(|h| h <= 1) {
        return None;
    }
    Some(Picture { url: real(base, src)?, size: width.zip(height) })
}

/// The first picture at or below a node. Placeholders never count; what a `<noscript>` holds counts where nothing else does.
pub(super) fn first_picture(node: &Node<'_>, base: &Url) -> Option<Picture> {
    let (mut found, mut fallback) = (None, None);
    walk(node, |node, step| {
        if step == Step::Leave || found.is_some() {
            return Descend::No;
        }
        let Some(element) = Element::of(node) else { return Descend::Yes };
        let name = element.name();
        if name == "noscript" {
            let mut inside = node.descendants_it();
            fallback =
                fallback.take().or_else(|| inside.find_map(|n| n.has_name("img").then(|| picture(&n, base)).flatten()));
            return Descend::No;
        }
        let inside_picture = name == "source" && node.parent().is_some_and(|p| p.has_name("picture"));
        match element.picture(base) {
            // a <source> is one of several forms of the <img> that follows
            Some(source) if inside_picture => fallback = fallback.take().or(Some(source)),
            Some(_) if name == "source" => {}
            picture => found = picture,
        }
        Descend::Yes
    });
    found.or(fallback)
}

fn real(base: &Url, address: &str) -> Option<Url> {
    let url = resolve(base, address).filter(|_| !address.starts_with(['#', '{', '[']))?;
    (!is_placeholder(&url)).then_some(url)
}

/// Names of the pictures that stand where the real one is loaded later.
fn is_placeholder(url: &Url) -> bool {
    let file = url.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let stem = file.split('.').next().unwrap_or_default();
    matches!(
        stem,
        "" | "1x1"
            | "pixel"
            | "blank"
            | "spacer"
            | "trans"
            | "transparent"
            | "clear"
            | "empty"
            | "dot"
            | "grey"
            | "gray"
    ) || ["placeholder", "loading", "lazy", "preload"].iter().any(|word| stem.starts_with(word))
}

/// The largest candidate of a `srcset` (HTML §4.8.4.2.1).
fn largest(base: &Url, set: &str) -> Option<Url> {
    let mut best: Option<(f64, Url)> = None;
    for candidate in set.split(", ").flat_map(|part| part.split(",http").enumerate().map(relink)).take(64) {
        let mut parts = candidate.split_whitespace();
        let Some(url) = parts.next().and_then(|address| real(base, address.trim_end_matches(','))) else { continue };
        let size = parts.next().and_then(|d| d.trim_end_matches(['w', 'x', 'h', ',']).parse().ok()).unwrap_or(1.0);
        if best.as_ref().is_none_or(|(known, _)| size > *known) {
            best = Some((size, url));
        }
    }
    best.map(|(_, url)| url)
}

/// Gives back the `http` that splitting took from all but the first.
fn relink((place, part): (usize, &str)) -> String {
    if place == 0 { part.to_owned() } else { format!("http{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://bao.example/xa-hoi/").expect("valid")
    }

    fn shown(markup: &str) -> Option<String> {
        first_picture(&Page::from(markup).root(), &base()).map(|p| p.url.to_string())
    }

    #[test]
    fn text_keeps_blocks_apart_and_leaves_scripts_out() {
        let page = Page::from("<div>Một<p>hai <b>b</b>a<br>bốn</p><script>x()</script><noscript>y</noscript></div>");
        assert_eq!(line(&page.root()), "Một hai ba bốn");
        assert_eq!(fragment_line("Gạo &amp; ngô <b>mới</b>"), "Gạo & ngô mới");
    }

    #[test]
    fn lazy_pictures_are_found_behind_their_placeholder() {
        let expected = Some("https://bao.example/anh/1.jpg".to_owned());
        for markup in [
            "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-src='/anh/1.jpg'>",
            "<img src='/img/blank.gif' data-original='/anh/1.jpg'>",
            "<img src='/img/blank.gif' data-srcset='/anh/0.jpg 320w, /anh/1.jpg 640w'>",
            "<img src='data:,'><noscript><img src='/anh/1.jpg'></noscript>",
            "<picture><source srcset='/anh/1.jpg 2x'><img src='data:,'></picture>",
            "<picture><source srcset='/anh/2.webp'><img src='/anh/1.jpg'></picture>",
            "<img src='/a.png' width=1 height=1><img src='/anh/1.jpg'>",
            "<div style=\"background-image: url('/anh/1.jpg')\"></div>",
            "<video poster='/anh/1.jpg'><source src='/phim.mp4'></video>",
        ] {
            assert_eq!(shown(markup), expected, "{markup}");
        }
        assert_eq!(shown("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>"), None);
    }

    #[test]
    fn base_and_language_are_read() {
        let page = Page::from("<html lang='vi_VN'><head><base href='/tin/'></head><body></body></html>");
        let base = base_url(&page, &base());
        assert_eq!(base.as_str(), "https://bao.example/tin/");
        assert_eq!(language(&page).as_deref(), Some("vi-VN"));
        assert!(resolve(&base, "javascript:void(0)").is_none());
        assert_eq!(resolve(&base, " a.html ").map(String::from).as_deref(), Some("https://bao.example/tin/a.html"));
    }

    #[test]
    fn depth_does_not_reach_the_stack() {
        let mut page = String::new();
        for _ in 0..3_000 {
            page.push_str("<span>");
        }
        page.push('x');
        assert_eq!(line(&Page::fragment(page.as_str()).root()), "x");
    }
}
