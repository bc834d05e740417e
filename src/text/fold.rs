//! Folding for comparison and addresses: lower case, no diacritics, `đ` as `d`.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Lower case without diacritics: `Điện Biên` and `dien bien` fold alike.
#[must_use]
pub fn fold(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.is_ascii() {
        return lower;
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(&lower);
    decomposed.chars().filter(|c| !is_mark(*c)).map(plain_letter).collect()
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
    fn slug_of_a_category() {
        assert_eq!(slug("Xã hội").as_deref(), Some("xa-hoi"));
        assert_eq!(slug("Thời sự - Chính trị").as_deref(), Some("thoi-su-chinh-tri"));
        assert_eq!(slug("«…»"), None);
        assert_eq!(slug(&"a".repeat(100)).map(|s| s.len()), Some(64));
        assert_eq!(slug(&"ab ".repeat(100)).map(|s| s.len()), Some(62));
    }
}
