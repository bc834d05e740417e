//! Pages as trees: the only file that names the HTML parser.
//!
//! Comes in: text. Goes out: a tree, but only behind the gate of `text::check_markup`.

use super::ExtractError;
use crate::text;

/// A parsed page.
pub(super) use dom_query::Document as Page;
/// A compiled CSS selector.
pub(super) use dom_query::Matcher;
/// A node of a page.
pub(super) use dom_query::NodeRef as Node;

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
    match text::check_markup(markup) {
        Ok(()) => {
            let page = Page::fragment(markup);
            let mut out = String::new();
            push_text(&page.root(), &mut out);
            text::clean_line(&out)
        }
        Err(_) => text::clean_line(&text::strip_tags(markup)),
    }
}

/// The text below a node as one clean line: blocks and `<br>` are set apart, scripts and styles left out.
pub(super) fn line(node: &Node<'_>) -> String {
    let mut out = String::new();
    push_text(node, &mut out);
    text::clean_line(&out)
}

fn push_text(node: &Node<'_>, out: &mut String) {
    if node.is_text() {
        out.push_str(&node.text());
        return;
    }
    let name = node.node_name();
    let name = name.as_deref().unwrap_or_default();
    if matches!(name, "script" | "style" | "noscript" | "template") {
        return;
    }
    let inline = matches!(
        name,
        "" | "a"
            | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "cite"
            | "code"
            | "em"
            | "font"
            | "i"
            | "ins"
            | "kbd"
            | "mark"
            | "q"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "u"
            | "var"
            | "wbr"
    );
    if !inline {
        out.push(' ');
    }
    for child in node.children_it(false) {
        push_text(&child, out);
    }
    if !inline {
        out.push(' ');
    }
}
