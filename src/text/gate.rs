//! The gate on bytes, depth and attributes that every markup passes before a tree is built of it.
//!
//! An HTML parser is O(n × depth) without a cap (servo/html5ever#788): 100,000 nested elements take it 24 seconds.
//! One linear scan estimates the depth from above; elements whose end tag may be left out, and `<a>`, which closes itself,
//! do not count.

const MOST_BYTES: usize = 4 << 20;
const MOST_DEPTH: usize = 256;
const MOST_ATTRIBUTES: usize = 256;
/// Of all tags together: unclosed formatting elements are rebuilt in every block that follows.
const MOST_TAGS: usize = 400_000;

/// Why markup is not parsed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum GateError {
    /// Too long.
    #[error("{bytes} bytes of markup, more than {MOST_BYTES}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Nested too deep.
    #[error("elements nested more than {MOST_DEPTH} deep")]
    TooDeep,
    /// Too many attributes on one element.
    #[error("more than {MOST_ATTRIBUTES} attributes on one element")]
    TooManyAttributes,
    /// Too many tags.
    #[error("more than {MOST_TAGS} tags")]
    TooManyTags,
}

/// Says whether markup may be parsed: at most 4 MiB, 256 levels, 256 attributes a tag. Linear in its length.
///
/// # Errors
/// The first limit that it breaks.
pub fn check_markup(markup: &str) -> Result<(), GateError> {
    if markup.len() > MOST_BYTES {
        return Err(GateError::TooLong { bytes: markup.len() });
    }
    let (mut depth, mut tags, mut scan) = (0usize, 0usize, Scanner::new(markup));
    while let Some(tag) = scan.next_tag() {
        tags += 1;
        if tags > MOST_TAGS {
            return Err(GateError::TooManyTags);
        }
        if tag.attributes > MOST_ATTRIBUTES {
            return Err(GateError::TooManyAttributes);
        }
        if !nests(tag.name) || tag.self_closing {
            continue;
        }
        if tag.closes {
            depth = depth.saturating_sub(1);
        } else {
            depth += 1;
            if depth > MOST_DEPTH {
                return Err(GateError::TooDeep);
            }
        }
    }
    Ok(())
}

/// What is left of markup that the gate refuses: its text between the tags, undecoded. Linear in its length.
#[must_use]
pub fn strip_tags(markup: &str) -> String {
    let mut out = String::new();
    let mut scan = Scanner::new(markup);
    let mut from = 0;
    loop {
        let tag = scan.next_tag();
        let text = &markup[from..tag.as_ref().map_or(markup.len(), |t| t.start)];
        out.push_str(text);
        out.push(' ');
        if tag.is_none() {
            return out;
        }
        from = scan.at.min(markup.len());
    }
}

fn nests(name: &str) -> bool {
    // the longest of those that do not has eight letters
    let mut lower = [0; 8];
    let Some(lower) = lower.get_mut(..name.len()) else { return true };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    !matches!(
        &*lower,
        b"a" | b"area"
            | b"base"
            | b"br"
            | b"col"
            | b"colgroup"
            | b"dd"
            | b"dt"
            | b"embed"
            | b"hr"
            | b"img"
            | b"input"
            | b"li"
            | b"link"
            | b"meta"
            | b"optgroup"
            | b"option"
            | b"p"
            | b"param"
            | b"path"
            | b"rp"
            | b"rt"
            | b"source"
            | b"tbody"
            | b"td"
            | b"tfoot"
            | b"th"
            | b"thead"
            | b"tr"
            | b"track"
            | b"wbr"
    )
}

struct Tag<'a> {
    name: &'a str,
    start: usize,
    closes: bool,
    self_closing: bool,
    attributes: usize,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn next_tag(&mut self) -> Option<Tag<'a>> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at + self.text.get(self.at..)?.find('<')?;
            self.at = start + 1;
            if self.text[self.at..].starts_with("!--") {
                // the rest of an unclosed comment is comment; an empty one may be `<!-->`
                let inside = self.text.get(start + 4..).unwrap_or_default();
                self.at = inside.find("-->").map_or(bytes.len(), |end| start + 4 + end + 3);
                return Some(Tag { name: "", start, closes: false, self_closing: true, attributes: 0 });
            }
            let closes = bytes.get(self.at) == Some(&b'/');
            let name_start = self.at + usize::from(closes);
            if !bytes.get(name_start).is_some_and(u8::is_ascii_alphabetic) {
                continue;
            }
            let name_len = self.text[name_start..]
                .bytes()
                .position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'))
                .unwrap_or(bytes.len() - name_start);
            let name = &self.text[name_start..name_start + name_len];
            self.at = name_start + name_len;
            let (attributes, self_closing) = self.skip_attributes();
            if !closes {
                self.skip_raw_text(name);
            }
            return Some(Tag { name, start, closes, self_closing, attributes });
        }
    }

    /// Moves behind the tag's `>`: how many attributes there were (from above), and whether it ended in `/>`.
    fn skip_attributes(&mut self) -> (usize, bool) {
        let bytes = self.text.as_bytes();
        let (mut count, mut in_name, mut last) = (0, false, 0u8);
        while let Some(&b) = bytes.get(self.at) {
            self.at += 1;
            match b {
                b'>' => return (count, last == b'/'),
                b'=' => {
                    in_name = false;
                    self.skip_value();
                }
                b if b.is_ascii_whitespace() || b == b'/' => in_name = false,
                _ if !in_name => {
                    in_name = true;
                    count += 1;
                }
                _ => {}
            }
            if !b.is_ascii_whitespace() {
                last = b;
            }
        }
        (count, false)
    }

    fn skip_value(&mut self) {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        match bytes.get(self.at) {
            Some(quote @ (b'"' | b'\'')) => {
                let rest = &bytes[self.at + 1..];
                self.at += rest.iter().position(|b| b == quote).map_or(rest.len() + 1, |end| end + 2);
            }
            Some(_) => {
                let rest = &bytes[self.at..];
                self.at += rest.iter().position(|b| b.is_ascii_whitespace() || *b == b'>').unwrap_or(rest.len());
            }
            None => {}
        }
    }

    /// Scripts and styles hold no tags.
    fn skip_raw_text(&mut self, name: &str) {
        let is_raw = |raw: &&str| name.eq_ignore_ascii_case(raw);
        if !matches!(name.len(), 5 | 6 | 8) || !["script", "style", "textarea", "title"].iter().any(is_raw) {
            return;
        }
        let bytes = self.text.as_bytes();
        while let Some(found) = self.text.get(self.at..).and_then(|rest| rest.find("</")) {
            let at = self.at + found;
            let end = at + 2 + name.len();
            if bytes.get(at + 2..end).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes())) {
                self.at = at;
                return;
            }
            self.at = at + 2;
        }
        self.at = bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_markup_passes() {
        let list = "<ul><li>a<li><p>b<br><img src=x><a href='>'>c</a></ul>".repeat(1000);
        assert_eq!(check_markup(&list), Ok(()));
        assert_eq!(check_markup(&format!("<script>{}</script>", "'<div>';".repeat(1000))), Ok(()));
        assert_eq!(check_markup(&format!("<svg>{}</svg>", "<g/>".repeat(1000))), Ok(()));
    }

    #[test]
    fn nesting_is_refused() {
        assert_eq!(check_markup(&"<div>".repeat(100_000)), Err(GateError::TooDeep));
        assert_eq!(check_markup(&"<b><p>".repeat(2_000)), Err(GateError::TooDeep));
    }

    #[test]
    fn attributes_are_counted() {
        let tag = format!("<p {}>", "a=1 ".repeat(300));
        assert_eq!(check_markup(&tag), Err(GateError::TooManyAttributes));
        assert_eq!(check_markup(&format!("<p title='{}'>", "a=1 ".repeat(300))), Ok(()));
    }

    #[test]
    fn stripped_markup_keeps_its_text() {
        assert_eq!(strip_tags("a<b>b</b><!-- c -->d").split_whitespace().collect::<Vec<_>>(), ["a", "b", "d"]);
    }
}
