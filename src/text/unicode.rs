//! Normal form, spaces and control characters.

use icu_normalizer::ComposingNormalizerBorrowed;
use std::borrow::Cow;

/// One line of clean text: NFC, no control characters or ANSI escapes, runs of white space folded to one space.
#[must_use]
pub fn clean_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in printable(text) {
        if c.is_whitespace() || c == '\u{200b}' {
            space = !out.is_empty();
        } else {
            if space {
                out.push(' ');
                space = false;
            }
            out.push(c);
        }
    }
    nfc(&out).into_owned()
}

/// Clean text that keeps its line breaks: as [`clean_line`], line by line, at most one empty line in a row.
#[must_use]
pub fn clean_block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty_lines = 0;
    for line in text.split(['\n', '\r', '\u{2028}', '\u{2029}']) {
        let line = clean_line(line);
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty_lines > 0 { "\n\n" } else { "\n" });
        }
        empty_lines = 0;
        out.push_str(&line);
    }
    out
}

/// One line that cannot disturb a terminal or a log: control characters are escaped, and it is cut at 500 characters.
#[must_use]
pub fn log_safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(600));
    for (count, c) in text.chars().enumerate() {
        if count == 500 {
            out.push('…');
            break;
        }
        if c.is_control() || is_bidi_control(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The text in NFC, and nothing else changed.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The characters that may stand in XML 1.0 (§2.2) and on a page; a whole ANSI escape sequence goes with its first byte.
fn printable(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut chars = text.chars().peekable();
    std::iter::from_fn(move || {
        loop {
            let c = chars.next()?;
            if c == '\u{1b}' && chars.peek() == Some(&'[') {
                chars.next();
                while chars.next_if(|c| c.is_ascii_digit() || matches!(c, ';' | '?')).is_some() {}
                chars.next_if(char::is_ascii_alphabetic);
                continue;
            }
            if matches!(c, '\t' | '\n' | '\r') || !(c.is_control() || is_forbidden(c)) {
                return Some(c);
            }
        }
    })
}

fn is_forbidden(c: char) -> bool {
    let code = u32::from(c);
    c == '\u{feff}' || code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_composed_and_without_loose_space() {
        assert_eq!(clean_line("  Xa\u{303} \n\t hô\u{323}i  "), "Xã hội");
        assert_eq!(clean_line("a\u{200b}b\u{a0}c"), "a b c");
    }

    #[test]
    fn controls_and_escapes_go() {
        assert_eq!(clean_line("Ký tự \u{b}\u{0}\u{1b}[31m điều\u{fffe} khiển"), "Ký tự điều khiển");
    }

    #[test]
    fn block_keeps_paragraphs() {
        assert_eq!(clean_block(" a  b \n\n\n\nc\nd\n"), "a b\n\nc\nd");
    }

    #[test]
    fn log_line_is_one_line() {
        assert_eq!(log_safe("a\nb\u{1b}[0m"), "a\\nb\\u{1b}[0m");
        assert_eq!(log_safe(&"x".repeat(1000)).chars().count(), 501);
    }
}
