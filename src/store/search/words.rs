//! Text as words, folded: the one way in which items are indexed, queries are read and hits are marked.

use crate::text::fold;
use std::borrow::Cow;

/// An article's text counts so far: what stands behind is found by nothing.
const MOST_BYTES: usize = 64 * 1024;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// Where it starts in the text, in bytes.
    pub(super) start: usize,
    /// As it stands there.
    pub(super) written: &'a str,
    /// Lower case without marks.
    pub(super) folded: Cow<'a, str>,
}

impl Word<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.written.len()
    }
}

/// The folded words of a text, one space between two.
pub(in crate::store) fn index_text(text: &str) -> String {
    let folded = fold(cut(text));
    let mut out = String::with_capacity(folded.len());
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The words of a text, each with its place.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let text = cut(text);
    let mut rest = 0;
    std::iter::from_fn(move || {
        loop {
            let start = rest + text[rest..].find(is_of_word)?;
            let end = text[start..].find(|c| !is_of_word(c)).map_or(text.len(), |length| start + length);
            rest = end;
            let written = &text[start..end];
            let folded = folded(written);
            if !folded.is_empty() {
                return Some(Word { start, written, folded });
            }
        }
    })
}

fn folded(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Cow::Borrowed(word);
    }
    let mut folded = fold(word);
    folded.retain(char::is_alphanumeric);
    Cow::Owned(folded)
}

/// Marks of decomposed letters belong to their word. The Latin letters of Unicode's first blocks are told without its tables.
fn is_of_word(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphanumeric(),
        '×' | '÷' => false,
        '\u{c0}'..='\u{24f}' | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}' => true,
        _ => c.is_alphanumeric(),
    }
}

fn cut(text: &str) -> &str {
    start_of(text, MOST_BYTES)
}

/// As much of a text's start as fits into so many bytes.
pub(super) fn start_of(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_and_words_agree() {
        for text in
            ["Hội Nông dân, tỉnh Điện Biên (2026)!", "ho\u{302}\u{323}i", "", "  «…» ", "a-b_c", "COVID‑19: ΣΑΣ 日本"]
        {
            let joined = words(text).map(|word| word.folded.into_owned()).collect::<Vec<_>>().join(" ");
            assert_eq!(joined, index_text(text), "{text}");
        }
    }

    #[test]
    fn letters_are_those_of_unicode() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_of_word(c), c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c), "{c:?}");
        }
    }

    #[test]
    fn words_know_their_places() {
        let text = "«Đất» và nước";
        let found: Vec<_> = words(text).map(|word| (&text[word.start..word.end()], word.folded)).collect();
        assert_eq!(found, [("Đất", "dat".into()), ("và", "va".into()), ("nước", "nuoc".into())]);
    }
}
