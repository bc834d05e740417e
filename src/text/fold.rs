//! Folding for comparison and addresses: lower case, no diacritics, `đ` as `d`.

use icu_normalizer::DecomposingNormalizerBorrowed;
use std::sync::LazyLock;

/// Lower case without diacritics: `Điện Biên` and `dien bien` fold alike.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    fold_by_letter(text).unwrap_or_else(|| fold_whole(text))
}

/// Any script: what a character folds to may depend on its neighbors.
fn fold_whole(text: &str) -> String {
    let lower = text.to_lowercase();
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(&lower);
    decomposed.chars().filter(|c| !is_mark(*c)).map(plain_letter).collect()
}

/// Text in which each character folds by itself, as [`fold_whole`] says once: Latin letters, Vietnamese above all, Cyrillic,
/// and those of East Asia. `None` where one does not.
fn fold_by_letter(text: &str) -> Option<String> {
    static LOW: LazyLock<Vec<Option<Folded>>> = LazyLock::new(|| Folded::table(0, LOW_END));
    static KANA: LazyLock<Vec<Option<Folded>>> = LazyLock::new(|| Folded::table(KANA_START, KANA_END));
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let code = u32::from(c);
        match code {
            0..LOW_END => (*LOW.get(code as usize)?)?.append(&mut out),
            KANA_START..KANA_END => (*KANA.get((code - KANA_START) as usize)?)?.append(&mut out),
            // ideographs
            0x4e00..=0x9fff => out.push(c),
            HANGUL_START..=HANGUL_LAST => push_jamo(code - HANGUL_START, &mut out)?,
            _ => return None,
        }
    }
    Some(out)
}

/// Behind punctuation, arrows, operators and shapes.
const LOW_END: u32 = 0x2700;
const KANA_START: u32 = 0x3000;
const KANA_END: u32 = 0x3100;
const HANGUL_START: u32 = 0xac00;
const HANGUL_LAST: u32 = 0xd7a3;

/// The letters of a Hangul syllable (Unicode §3.12.2).
fn push_jamo(syllable: u32, out: &mut String) -> Option<()> {
    let (initial, medial, last) = (syllable / 588, syllable % 588 / 28, syllable % 28);
    out.push(char::from_u32(0x1100 + initial)?);
    out.push(char::from_u32(0x1161 + medial)?);
    if last > 0 {
        out.push(char::from_u32(0x11a7 + last)?);
    }
    Some(())
}

/// What one character folds to wherever it stands.
#[derive(Debug, Clone, Copy)]
enum Folded {
    Nothing,
    One(char),
    Two(char, char),
}

impl Folded {
    /// Of Latin with its extensions, the marks that go, Cyrillic without its marks, Vietnamese, symbols, kana.
    fn of(c: char) -> Option<Self> {
        let by_itself = matches!(
            c,
            '\0'..='\u{36f}'
                | '\u{400}'..='\u{482}'
                | '\u{48a}'..='\u{52f}'
                | '\u{1e00}'..='\u{1eff}'
                | '\u{2000}'..='\u{26ff}'
                | '\u{3000}'..='\u{3020}'
                | '\u{3041}'..='\u{30ff}'
        );
        let folded = by_itself.then(|| fold_whole(c.encode_utf8(&mut [0; 4])))?;
        let mut chars = folded.chars();
        match (chars.next(), chars.next(), chars.next()) {
            (None, ..) => Some(Self::Nothing),
            (Some(one), None, _) => Some(Self::One(one)),
            (Some(first), Some(second), None) => Some(Self::Two(first, second)),
            _ => None,
        }
    }

    fn table(start: u32, end: u32) -> Vec<Option<Self>> {
        (start..end).map(|code| char::from_u32(code).and_then(Self::of)).collect()
    }

    fn append(self, out: &mut String) {
        match self {
            Self::Nothing => {}
            Self::One(c) => out.push(c),
            Self::Two(first, second) => out.extend([first, second]),
        }
    }
}

/// A slug of `[a-z0-9-]{1,64}`, cut between words; `None` where nothing is left of the text.
#[must_use]
pub fn slug(text: &str) -> Option<String> {
    const LONGEST: usize = 64;
    let folded = fold(text);
    let mut out = String::new();
    for word in folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        let needed = word.len() + usize::from(!out.is_empty());
        if out.len() + needed > LONGEST {
            if out.is_empty() {
                out.push_str(&word[..LONGEST]);
            }
            break;
        }
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(word);
    }
    (!out.is_empty()).then_some(out)
}

fn plain_letter(c: char) -> char {
    match c {
        'đ' | 'ð' => 'd',
        'ø' => 'o',
        'ł' => 'l',
        'ı' => 'i',
        _ => c,
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_folds_in_both_normal_forms() {
        assert_eq!(fold("Hội Nông dân Điện Biên"), "hoi nong dan dien bien");
        assert_eq!(fold("Hô\u{323}i"), "hoi");
    }

    #[test]
    fn letters_fold_by_themselves_as_in_any_text() {
        let codes = (0..LOW_END).chain(KANA_START..KANA_END);
        let mut every: Vec<char> = codes.filter_map(char::from_u32).filter(|c| Folded::of(*c).is_some()).collect();
        assert!(every.len() > 1_500, "{}", every.len());
        every.extend(['日', '가', '각', '힣']);
        // each beside every other: before it, and behind it
        for (at, c) in every.iter().enumerate() {
            let text: String = every[at..].iter().chain(&every[..at]).flat_map(|other| [*c, *other]).collect();
            assert_eq!(fold_by_letter(&text).as_deref(), Some(fold_whole(&text).as_str()), "{c:?}");
        }
        let syllables: String = ('\u{ac00}'..='\u{d7a3}').collect();
        assert_eq!(fold_by_letter(&syllables), Some(fold_whole(&syllables)));
        let ideographs: String = ('\u{4e00}'..='\u{9fff}').collect();
        assert_eq!(fold_by_letter(&ideographs), Some(fold_whole(&ideographs)));
        assert_eq!(fold_by_letter("ΣΑΣ"), None);
        assert_eq!(fold("ΣΑΣ Sơn La"), "σας son la");
    }

    #[test]
    fn slug_of_a_category() {
        assert_eq!(slug("Xã hội").as_deref(), Some("xa-hoi"));
        assert_eq!(slug("Thời sự - Chính trị").as_deref(), Some("thoi-su-chinh-tri"));
        assert_eq!(slug("«…»"), None);
        assert_eq!(slug(&"a".repeat(100)).map(|s| s.len()), Some(64));
        assert_eq!(slug(&"ab ".repeat(100)).map(|s| s.len()), Some(62));
    }
}
