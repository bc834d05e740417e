//! Markup that needs no tree: what feeds send most, read in one go as every HTML parser reads it.
//!
//! Comes in: markup. Goes out: its texts and tags in order, or nothing where a parser has to look. Only what leaves a parser
//! no choice is taken: few elements, written out and closed in order, quoted values, plain references. A property test
//! compares with the parsers.

use std::borrow::Cow;

/// Longer markup is an article's, and no simple one.
const MOST_BYTES: usize = 256 << 10;
const MOST_DEPTH: usize = 24;
const MOST_ATTRIBUTES: usize = 24;

/// A part of simple markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text, with its references decoded.
    Text(Cow<'a, str>),
    /// A start tag; a void element has no other.
    Open {
        /// The element, in lower case.
        name: &'a str,
        /// Its attributes as they stand there, each name once, values decoded.
        attributes: Vec<(&'a str, Cow<'a, str>)>,
    },
    /// An end tag.
    Close(&'a str),
}

/// What an element does to those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// `<br>`, `<img>`: may stand anywhere.
    Void,
    /// Formatting that a parser would carry over if it were left open.
    Formatting,
    /// `<span>` and its kin.
    Inline,
    /// Closes an open paragraph.
    Block,
    Paragraph,
    Heading,
    List,
    ListItem,
}

fn class(name: &str) -> Option<Class> {
    Some(match name {
        "br" | "img" => Class::Void,
        "a" | "b" | "em" | "i" | "small" | "s" | "strong" | "u" => Class::Formatting,
        "span" | "sub" | "sup" => Class::Inline,
        "blockquote" | "div" | "figcaption" | "figure" => Class::Block,
        "p" => Class::Paragraph,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Class::Heading,
        "ol" | "ul" => Class::List,
        "li" => Class::ListItem,
        _ => return None,
    })
}

/// The parts of simple markup; `None` where it is not simple.
#[must_use]
pub fn simple_markup(markup: &str) -> Option<Vec<Piece<'_>>> {
    if markup.len() > MOST_BYTES {
        return None;
    }
    let (mut pieces, mut open, mut rest) = (Vec::new(), Vec::new(), markup);
    loop {
        let end = rest.find('<').unwrap_or(rest.len());
        if end > 0 {
            pieces.push(Piece::Text(decoded(&rest[..end], false)?));
        }
        let Some(tag) = rest.get(end + 1..) else { break };
        rest = if let Some(tag) = tag.strip_prefix('/') {
            let (name, after) = tag.split_once('>')?;
            if open.pop() != Some(name) {
                return None;
            }
            pieces.push(Piece::Close(name));
            after
        } else {
            start_tag(tag, &mut open, &mut pieces)?
        };
    }
    open.is_empty().then_some(pieces)
}

/// Reads a start tag behind its `<`; gives what follows it.
fn start_tag<'a>(tag: &'a str, open: &mut Vec<&'a str>, pieces: &mut Vec<Piece<'a>>) -> Option<&'a str> {
    let name_bytes = tag.bytes().position(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit()))?;
    let (name, mut rest) = tag.split_at(name_bytes);
    let class = class(name)?;
    if open.len() >= MOST_DEPTH || !fits(name, class, open) {
        return None;
    }
    let mut attributes: Vec<(&str, Cow<'_, str>)> = Vec::new();
    loop {
        let spaced = rest.trim_start_matches([' ', '\n', '\t']);
        if let Some(after) = spaced.strip_prefix('>') {
            rest = after;
            break;
        }
        if let Some(after) = spaced.strip_prefix("/>").filter(|_| class == Class::Void) {
            rest = after;
            break;
        }
        if spaced.len() == rest.len() || attributes.len() == MOST_ATTRIBUTES {
            return None;
        }
        let (key, value, after) = attribute(spaced)?;
        if attributes.iter().any(|(known, _)| *known == key) {
            return None;
        }
        attributes.push((key, value));
        rest = after;
    }
    pieces.push(Piece::Open { name, attributes });
    if class != Class::Void {
        open.push(name);
    }
    Some(rest)
}

/// Whether an element may stand here without closing or moving another one (HTML §13.2.6.4.7).
fn fits(name: &str, of: Class, open: &[&str]) -> bool {
    let is_open =
        |what: &dyn Fn(&str, Class) -> bool| open.iter().any(|name| class(name).is_some_and(|class| what(name, class)));
    let in_paragraph = || is_open(&|_, class| class == Class::Paragraph);
    match of {
        Class::Void | Class::Inline => true,
        Class::Formatting => !open.contains(&name),
        Class::Block | Class::Paragraph | Class::List => !in_paragraph(),
        Class::Heading => !in_paragraph() && !is_open(&|_, class| class == Class::Heading),
        Class::ListItem => open.last().is_some_and(|parent| matches!(*parent, "ol" | "ul")),
    }
}

/// An attribute with its value in quotes; what follows it.
fn attribute(text: &str) -> Option<(&str, Cow<'_, str>, &str)> {
    let name_bytes = text.bytes().position(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))?;
    let (name, rest) = text.split_at(name_bytes);
    let rest = rest.strip_prefix('=').filter(|_| !name.is_empty())?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, after) = rest[1..].split_once(quote)?;
    let is_plain = !value.bytes().any(|b| matches!(b, b'<' | b'>') || b.is_ascii_control());
    Some((name, decoded(value, true).filter(|_| is_plain)?, after))
}

/// Text with the usual references decoded; `None` where it has others, or characters that a parser changes.
fn decoded(text: &str, in_value: bool) -> Option<Cow<'_, str>> {
    if text.bytes().any(|b| b.is_ascii_control() && !matches!(b, b'\n' | b'\t')) {
        return None;
    }
    if !text.contains('&') {
        return Some(Cow::Borrowed(text));
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let reference = &rest[at + 1..];
        let known = [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("#39;", '\''), ("nbsp;", '\u{a0}')];
        if let Some((name, c)) = known.iter().find(|(name, _)| reference.starts_with(name)) {
            out.push(*c);
            rest = &reference[name.len()..];
        } else if reference.starts_with(' ') || (in_value && is_query_parameter(reference)) {
            out.push('&');
            rest = reference;
        } else {
            return None;
        }
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

/// `page=2` behind an `&` in a value: no reference, whatever its name (HTML §13.2.5.73).
fn is_query_parameter(text: &str) -> bool {
    let name = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    name > 0 && text.as_bytes().get(name) == Some(&b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_in_order() {
        let markup = "<p>a &amp; <a href=\"/x?a=1&b=2\">b</a></p><br/><img src='y' alt=\"\">c";
        let pieces = simple_markup(markup).expect("simple");
        let open = |name, attributes: &[(&'static str, &'static str)]| Piece::Open {
            name,
            attributes: attributes.iter().map(|(key, value)| (*key, Cow::Borrowed(*value))).collect(),
        };
        let expected = [
            open("p", &[]),
            Piece::Text("a & ".into()),
            open("a", &[("href", "/x?a=1&b=2")]),
            Piece::Text("b".into()),
            Piece::Close("a"),
            Piece::Close("p"),
            open("br", &[]),
            open("img", &[("src", "y"), ("alt", "")]),
            Piece::Text("c".into()),
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn whatever_a_parser_would_move_is_not_simple() {
        for markup in [
            "<p><div>x</div></p>",
            "<p>a<p>b</p></p>",
            "<a>x<a>y</a></a>",
            "<b><i>x</b></i>",
            "<li>x</li>",
            "<ul><li>x<li>y</li></li></ul>",
            "<h1><h2>x</h2></h1>",
            "<p>x",
            "x</p>",
            "<P>x</P>",
            "<table><tr><td>x</td></tr></table>",
            "<script>x</script>",
            "<img src=x>",
            "<img src='a' src='b'>",
            "<img src='a'alt='b'>",
            "<a href='x'/>y</a>",
            "a &copy; b",
            "a &ampx",
            "a&b",
            "a < b",
            "<!-- x -->",
            "a\0b",
            "a\rb",
            "<a title='x > y'>z</a>",
        ] {
            assert_eq!(simple_markup(markup), None, "{markup}");
        }
    }
}
