//! Text constructs: the titles, summaries and contents of every format, as plain text or as markup.
//!
//! Comes in: an element. Goes out: what it means, text or markup. Atom says which (RFC 4287 §3.1); RSS does not, and there
//! the text itself has to show it.

use super::base64;
use super::namespace::Namespace;
use super::tree::{Element, Node};
use crate::extract::dom;
use crate::text;
use url::Url;

/// What a text construct says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Construct {
    /// Text without any markup.
    Text(String),
    /// HTML.
    Markup(String),
    /// HTML by custom, as in RSS: in a body it is, in a title only where it shows.
    Guess(String),
}

impl Construct {
    /// What an element says; `None` where it says nothing.
    pub(super) fn of(element: &Element, otherwise: Otherwise) -> Option<Self> {
        let kind = element.attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
        let mode = element.attribute("mode").unwrap_or_default().trim().to_ascii_lowercase();
        let construct = if element.elements().next().is_some() {
            Self::Markup(inner_markup(element))
        } else if mode == "base64" || is_encoded(&kind) {
            from_base64(&element.text())?
        } else {
            match kind.as_str() {
                "html" | "text/html" | "application/xhtml+xml" => Self::Markup(element.text()),
                "text" | "text/plain" | "plain" | "xhtml" => literal(element.text()),
                _ if otherwise == Otherwise::Markup => Self::Guess(element.text()),
                _ => literal(element.text()),
            }
        };
        Some(construct).filter(|construct| !construct.is_empty())
    }

    /// A title: one line of plain text.
    pub(super) fn line(&self) -> Option<String> {
        let line = match self {
            Self::Guess(text) if !shows_markup(text) => text::clean_line(text),
            Self::Text(text) => text::clean_line(text),
            Self::Markup(markup) | Self::Guess(markup) => markup_line(markup),
        };
        Some(line).filter(|line| !line.is_empty())
    }

    /// A summary: the text of it, whatever it is.
    pub(super) fn summary(&self) -> Option<String> {
        let line = match self {
            Self::Text(text) => text::clean_line(text),
            Self::Markup(markup) | Self::Guess(markup) => markup_line(markup),
        };
        Some(line).filter(|line| !line.is_empty())
    }

    /// Markup that shows it.
    pub(super) fn into_markup(self) -> String {
        match self {
            Self::Text(text) => escaped(&text),
            Self::Markup(markup) | Self::Guess(markup) => markup,
        }
    }

    fn is_empty(&self) -> bool {
        let (Self::Text(text) | Self::Markup(text) | Self::Guess(text)) = self;
        text.trim().is_empty()
    }
}

/// How a construct without a type is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// As Atom has it.
    Text,
    /// As RSS has it.
    Markup,
}

/// The text of markup, as one line; text without tags and references needs no parser, and too many tags get none.
pub(super) fn markup_line(markup: &str) -> String {
    let opens =
        |at: usize| markup.as_bytes().get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || b"/!?".contains(b));
    if !markup.contains('&') && !markup.match_indices('<').any(|(at, _)| opens(at)) {
        text::clean_line(markup)
    } else if is_modest(markup) {
        dom::fragment_line(markup)
    } else {
        text::clean_line(&text::strip_tags(markup))
    }
}

/// Whether a parser will be done with markup soon: an article has hundreds of tags.
pub(super) fn is_modest(markup: &str) -> bool {
    const MOST_TAGS: usize = 20_000;
    markup.matches('<').count() <= MOST_TAGS
}

/// Text that is markup after all: origins mislabel it, and closing tags or entities give it away.
fn literal(text: String) -> Construct {
    if text.contains("</") && shows_markup(&text) || shows_entity(&text) && !text.contains('<') {
        Construct::Markup(text)
    } else {
        Construct::Text(text)
    }
}

/// Whether a text has tags of HTML or references in it, not only a `<` or `&` of its own.
pub(super) fn shows_markup(text: &str) -> bool {
    let tag = |at: usize| {
        let rest = text[at + 1..].trim_start_matches('/');
        let name_bytes = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest[..name_bytes].to_ascii_lowercase();
        rest[name_bytes..].starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
            && COMMON_TAGS.contains(&name.as_str())
    };
    shows_entity(text) || text.contains("<!--") || text.match_indices('<').any(|(at, _)| tag(at))
}

const COMMON_TAGS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
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
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "iframe",
    "img",
    "ins",
    "kbd",
    "li",
    "link",
    "main",
    "mark",
    "meta",
    "nav",
    "object",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "th",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// HTML's names have at most 31 letters.
const MOST_ENTITY_BYTES: usize = 33;

/// Whether a text has a character or entity reference in it.
fn shows_entity(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let name = &text.as_bytes()[at + 1..];
        let end = name.iter().take(MOST_ENTITY_BYTES).position(|b| *b == b';');
        end.is_some_and(|end| {
            let name = name[..end].strip_prefix(b"#").unwrap_or(&name[..end]);
            end > 1 && name.iter().all(u8::is_ascii_alphanumeric)
        })
    })
}

/// An Atom 1.0 media type that is neither text nor XML: its content is base64 (RFC 4287 §4.1.3.3).
fn is_encoded(kind: &str) -> bool {
    kind.contains('/') && !kind.starts_with("text/") && !kind.ends_with("+xml") && !kind.ends_with("/xml")
}

fn from_base64(text: &str) -> Option<Construct> {
    let Some(bytes) = base64::decode(text) else {
        // a media type that is wrong: what stands there is not encoded at all
        return Some(literal(text.to_owned()));
    };
    // a picture or a sound is no text
    let text = String::from_utf8(bytes).ok()?;
    Some(if shows_markup(&text) { Construct::Markup(text) } else { Construct::Text(text) })
}

/// The markup of an element's children, as HTML; addresses with a base of their own are made absolute.
fn inner_markup(element: &Element) -> String {
    let mut out = String::new();
    let children: Vec<&Node> = element.children.iter().filter(|node| !is_blank(node)).collect();
    push_nodes(&mut out, children.into_iter(), element.base.as_deref());
    out
}

fn is_blank(node: &Node) -> bool {
    matches!(node, Node::Text(text) if text.trim().is_empty())
}

fn push_nodes<'a>(out: &mut String, nodes: impl Iterator<Item = &'a Node>, base: Option<&Url>) {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(&escaped(text)),
            Node::Element(element) => push_element(out, element, base),
        }
    }
}

fn push_element(out: &mut String, element: &Element, base: Option<&Url>) {
    // formulas and drawings are not published; what they say is
    if element.namespace == Namespace::Other {
        if !matches!(element.name.as_str(), "script" | "style") {
            push_nodes(out, element.children.iter(), base);
        }
        return;
    }
    out.push('<');
    out.push_str(&element.name);
    for (name, value) in element.attributes().iter().filter(|(name, _)| !name.contains(':') && name != "xmlns") {
        let own_base = matches!(name.as_str(), "href" | "src" | "poster" | "cite") && element.base.as_deref() != base;
        let resolved = own_base.then(|| element.base.as_deref().and_then(|base| base.join(value).ok())).flatten();
        let value = resolved.as_ref().map_or(value.as_str(), Url::as_str);
        out.push_str(&format!(" {name}=\"{}\"", escaped(value)));
    }
    out.push('>');
    if !VOID.contains(&element.name.as_str()) {
        push_nodes(out, element.children.iter(), base);
        out.push_str(&format!("</{}>", element.name));
    }
}

const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Text with HTML's own characters escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
