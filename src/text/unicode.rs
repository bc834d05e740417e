//! Normal form, spaces and control characters.

use icu_normalizer::ComposingNormalizerBorrowed;
use std::borrow::Cow;

/// One line of clean text: NFC, no control characters or ANSI escapes, runs of white space folded to one space.
#[must_use]
pub fn clean_line(text: &str) -> String {
    let text = text.trim();
    if plain_bytes(text.as_bytes(), true) == text.len() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let (mut space, mut composed, mut from) = (false, true, 0);
    let push = |out: &mut String, run: &str, space: &mut bool| {
        if !run.is_empty() {
            if *space {
                out.push(' ');
                *space = false;
            }
            out.push_str(run);
        }
    };
    while let Some((at, c)) = text[from..].char_indices().find(|(_, c)| !is_plain(*c)) {
        push(&mut out, &text[from..from + at], &mut space);
        let rest = &text[from + at..];
        from += at + c.len_utf8();
        if is_space(c) {
            space = !out.is_empty();
        } else if c == '\u{1b}' {
            from += escape_bytes(&rest[1..]);
        } else if is_printable(c) {
            composed = false;
            push(&mut out, &rest[..c.len_utf8()], &mut space);
        }
    }
    push(&mut out, &text[from..], &mut space);
    if composed { out } else { nfc(&out).into_owned() }
}

/// How many bytes at the beginning are plain characters, as [`is_plain`] says of the most usual of them; between two of them
/// a single space may stand where `spaces` says so.
fn plain_bytes(bytes: &[u8], spaces: bool) -> usize {
    let mut at = 0;
    loop {
        let next = match bytes.get(at..).unwrap_or_default() {
            [b'!'..=b'~', ..] => 1,
            // Latin letters with marks: U+00C0 to U+02FF
            [0xc3..=0xcb, _, ..] => 2,
            // U+1EA0 to U+1EF9: those of Vietnamese
            [0xe1, 0xba, 0xa0..=0xbf, ..] | [0xe1, 0xbb, 0x80..=0xb9, ..] => 3,
            // dashes, quotation marks, the ellipsis: U+2010 to U+2027
            [0xe2, 0x80, 0x90..=0xa7, ..] => 3,
            [b' ', b'!'..=b'~' | 0xc3..=0xcb, ..] if spaces && at > 0 => 1,
            [b' ', 0xe1, 0xba..=0xbb, ..] if spaces && at > 0 => 1,
            [b' ', 0xe2, 0x80, 0x90..=0xa7, ..] if spaces && at > 0 => 1,
            _ => return at,
        };
        at += next;
    }
}

/// Printable, no space, and left alone by normal form C whatever of these stands beside it: Latin and Cyrillic letters, those
/// of Vietnamese, punctuation, whole syllables and ideographs.
fn is_plain(c: char) -> bool {
    matches!(
        c,
        '!'..='~'
            | '\u{a1}'..='\u{2ff}'
            | '\u{400}'..='\u{482}'
            | '\u{48a}'..='\u{4ff}'
            | '\u{1ea0}'..='\u{1ef9}'
            | '\u{2010}'..='\u{2027}'
            | '\u{2190}'..='\u{2328}'
            | '\u{232b}'..='\u{26ff}'
            | '\u{3001}'..='\u{3020}'
            | '\u{3041}'..='\u{3096}'
            | '\u{30a1}'..='\u{30fe}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
    )
}

/// White space that is no stray control character.
fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{200b}') || c.is_whitespace() && !c.is_control()
}

/// The length of an ANSI escape sequence behind its first byte.
fn escape_bytes(rest: &str) -> usize {
    let Some(parameters) = rest.strip_prefix('[') else { return 0 };
    let end = parameters.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ';' | '?'));
    let letter = end.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    rest.len() - end.len() + usize::from(letter)
}

/// Clean text that keeps its line breaks: as [`clean_line`], line by line, at most one empty line in a row.
#[must_use]
pub fn clean_block(text: &str) -> String {
    let line = text.trim();
    if plain_bytes(line.as_bytes(), true) == line.len() {
        return line.to_owned();
    }
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

/// Whether a character may stand in XML 1.0 (§2.2) and on a page.
fn is_printable(c: char) -> bool {
    !(c.is_control() || is_forbidden(c))
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
    fn composed_characters_stay_beside_each_other() {
        let every = ('\0'..='\u{30ff}').chain(['一', '日', '가', '각', '힣']).filter(|c| is_plain(*c));
        let every: Vec<char> = every.collect();
        assert!(!every.iter().any(|c| c.is_whitespace() || !is_printable(*c)));
        for (at, c) in every.iter().enumerate() {
            let text: String = every[at..].iter().chain(&every[..at]).flat_map(|other| [*c, *other]).collect();
            assert_eq!(ComposingNormalizerBorrowed::new_nfc().normalize(&text), text, "{c:?}");
        }
    }

    #[test]
    fn bytes_are_plain_where_their_characters_are() {
        for c in ('\0'..='\u{ffff}').filter(|c| plain_bytes(c.encode_utf8(&mut [0; 4]).as_bytes(), false) > 0) {
            assert!(is_plain(c) && plain_bytes(c.to_string().as_bytes(), false) == c.len_utf8(), "{c:?}");
        }
        for (text, plain) in
            [("Xã hội", 9), ("a  b", 1), (" a", 0), ("a ", 1), ("a \u{301}", 1), ("ở\u{301}", 3), ("a “b” – c…", 18)]
        {
            assert_eq!(plain_bytes(text.as_bytes(), true), plain, "{text:?}");
        }
    }

    #[test]
    fn controls_and_escapes_go() {
        assert_eq!(clean_line("a\u{b}b\u{c}c\u{85}d\u{1b}e\u{1b}[f\u{1b}[1;?2g\u{1b}["), "abcde");
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
