//! The text of markup that a serializer wrote: sanitized markup, not pages.

use super::clean_block;

const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];

/// The text of serialized markup (every `<` opens a tag, text is escaped): blocks on lines of their own, entities decoded.
#[must_use]
pub fn plain_text(markup: &str) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(open) = rest.find('<') {
        decode_into(&mut out, &rest[..open]);
        let Some(close) = tag_end(&rest[open..]) else { return clean_block(&out) };
        let tag = &rest[open + 1..open + close];
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if BLOCKS.contains(&name) {
            out.push_str(if matches!(name, "br" | "td" | "th") { "\n" } else { "\n\n" });
        }
        rest = &rest[open + close + 1..];
    }
    decode_into(&mut out, rest);
    clean_block(&out)
}

/// Where a tag ends: the first `>` outside a quoted value.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes().position(|b| match (quote, b) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(b);
            false
        }
        (Some(q), _) if q == b => {
            quote = None;
            false
        }
        _ => false,
    })
}

/// Appends text with the references decoded that serializers write; a line break in the source is a space.
fn decode_into(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        push_spaced(out, &rest[..at]);
        rest = &rest[at..];
        let reference = rest.find(';').filter(|end| *end <= 12).map(|end| &rest[1..end]);
        match reference.and_then(character) {
            Some(c) => {
                out.push(c);
                rest = &rest[reference.map_or(1, str::len) + 2..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    push_spaced(out, rest);
}

fn push_spaced(out: &mut String, text: &str) {
    out.extend(text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
}

fn character(reference: &str) -> Option<char> {
    Some(match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let code = reference.strip_prefix('#')?;
            let number = match code.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => code.parse().ok()?,
            };
            char::from_u32(number)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_break_lines_and_entities_are_decoded_once() {
        assert_eq!(plain_text("<p>a &amp;amp; b</p><p>c<br>d <b>e</b>f</p>"), "a &amp; b\n\nc\nd ef");
        assert_eq!(plain_text("<a title=\"x > y\">z</a>\nw"), "z w");
    }

    #[test]
    fn cut_markup_ends_quietly() {
        assert_eq!(plain_text("a <b"), "a");
    }
}
