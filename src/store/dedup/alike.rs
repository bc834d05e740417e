//! Likeness of titles and texts. It only ever confirms what a key says, and numbers count in full: bulletins and the parts
//! of a series differ by nothing else.

use super::Candidate;
use crate::model::Draft;
use crate::text::fold;
use std::collections::{BTreeMap, HashSet};

/// Enough to tell two teasers apart.
const TEASER_WORDS: usize = 200;
/// Of an article's text: a later edit of so long a text is none that a reader looks for.
const MOST_WORDS: usize = 5_000;
/// Shorter titles say too little where there is no text to compare.
const TELLING_TITLE_WORDS: usize = 6;
const NEAR_FINGERPRINTS: u32 = 8;

/// A title's words, folded, for comparing.
pub(in crate::store) fn folded_title(title: &str) -> String {
    words(title).join(" ")
}

/// Whether one title may be the other one, edited: the same numbers, and most words in common.
pub(in crate::store) fn titles_alike(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (a, b) = (words(a), words(b));
    numbers(&a) == numbers(&b) && overlap(&a, &b)
}

pub(super) fn word_count(text: &str) -> usize {
    words(text).len()
}

/// Whether the texts say the same; where one has none, a telling title must do.
pub(super) fn same_text(draft: &Draft, known: &Candidate, title_words: usize) -> bool {
    match (draft.summary.as_deref(), known.summary.as_deref()) {
        (Some(a), Some(b)) => {
            (draft.fingerprint ^ known.fingerprint).count_ones() <= NEAR_FINGERPRINTS || overlap(&words(a), &words(b))
        }
        _ => title_words >= TELLING_TITLE_WORDS,
    }
}

/// Whether a reader would call the change a change of what is said: not spaces, case, marks, or one misspelt word.
pub(super) fn is_substantive(old: &str, new: &str) -> bool {
    let (old, new) = (counted(&words(old)), counted(&words(new)));
    let surplus = |a: &BTreeMap<String, i32>, b: &BTreeMap<String, i32>| -> Vec<String> {
        a.iter().filter(|(word, count)| b.get(*word).unwrap_or(&0) < count).map(|(word, _)| word.clone()).collect()
    };
    let (gone, come) = (surplus(&old, &new), surplus(&new, &old));
    match (gone.as_slice(), come.as_slice()) {
        ([], []) => false,
        ([gone], [come]) => !is_misspelling(gone, come),
        _ => true,
    }
}

pub(super) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let all = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    all.take(MOST_WORDS).map(str::to_owned).collect()
}

pub(super) fn numbers(words: &[String]) -> Vec<&String> {
    const ROMAN: &[&str] = &["i", "ii", "iii", "iv", "v", "vii", "viii", "ix", "x"];
    let is_number = |word: &String| word.bytes().any(|b| b.is_ascii_digit()) || ROMAN.contains(&word.as_str());
    let mut numbers: Vec<&String> = words.iter().filter(|word| is_number(word)).collect();
    numbers.sort_unstable();
    numbers
}

/// Three fifths of all words in common, or four fifths of the shorter text.
fn overlap(a: &[String], b: &[String]) -> bool {
    let set = |words: &[String]| -> HashSet<String> { words.iter().take(TEASER_WORDS).cloned().collect() };
    let (a, b) = (set(a), set(b));
    let (both, fewer) = (a.intersection(&b).count(), a.len().min(b.len()));
    let all = a.len() + b.len() - both;
    both > 0 && (both * 5 >= all * 3 || fewer >= 4 && both * 5 >= fewer * 4)
}

fn counted(words: &[String]) -> BTreeMap<String, i32> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word.clone()).or_default() += 1;
    }
    counts
}

/// One letter more, less or other in a word of letters.
pub(super) fn is_misspelling(a: &str, b: &str) -> bool {
    let has_digit = |word: &str| word.bytes().any(|b| b.is_ascii_digit());
    let (a_chars, b_chars): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let head = a_chars.iter().zip(&b_chars).take_while(|(a, b)| a == b).count();
    let tail = a_chars[head..].iter().rev().zip(b_chars[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let rest = a_chars.len().max(b_chars.len()) - head - tail;
    !has_digit(a) && !has_digit(b) && a_chars.len() >= 3 && rest <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edited_titles_are_alike() {
        assert!(titles_alike("Khánh thành cầu Nậm La", "Khánh thành cầu Nậm La (bổ sung)"));
        assert!(titles_alike("Khánh thành cầu Nậm La", "khanh thanh  cầu Nậm La!"));
        assert!(!titles_alike("Khánh thành cầu Nậm La", "Giá cà phê tăng mạnh"));
    }

    #[test]
    fn numbers_tell_titles_apart() {
        assert!(!titles_alike(
            "Dự báo thời tiết toàn tỉnh ngày 14/2/2026",
            "Dự báo thời tiết toàn tỉnh ngày 15/2/2026"
        ));
        assert!(!titles_alike("Vùng cao đổi thay (Kỳ 1)", "Vùng cao đổi thay (Kỳ cuối)"));
        assert!(!titles_alike("Vùng cao đổi thay: Phần II", "Vùng cao đổi thay: Phần III"));
    }

    #[test]
    fn spaces_marks_and_a_typo_are_no_edit() {
        assert!(!is_substantive("Khánh thành  cầu", "khánh thanh cầu."));
        assert!(!is_substantive("Mưa lớn gây ngập đườn Tô Hiệu", "Mưa lớn gây ngập đường Tô Hiệu"));
        assert!(is_substantive("Có 3 người bị thương", "Có 4 người bị thương"));
        assert!(is_substantive("Cầu đã thông xe", "Cầu chưa thông xe"));
        assert!(is_substantive("Cầu thông xe", "Cầu thông xe (bổ sung)"));
    }
}
