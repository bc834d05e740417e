//! What a reader typed, as terms. Nothing in it is syntax but the double quote: whatever else stands there is words or noise.

use super::words::{Word, start_of, words};
use crate::text::nfc;

/// What is typed beyond is not read.
const MOST_BYTES: usize = 1_000;
const MOST_TERMS: usize = 12;
const MOST_WORDS_A_TERM: usize = 16;
const LONGEST_WORD: usize = 64;
/// A shorter beginning stands for too many words.
const LEAST_BEGUN: usize = 2;

/// What is looked for: all terms must be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct Query {
    pub(in crate::store) terms: Vec<Term>,
}

/// A word, or words in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Term {
    pub(super) words: Vec<Wanted>,
    /// The last word may go on.
    pub(super) is_begun: bool,
}

/// A word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) folded: String,
    /// Lower case with its marks, where it was typed with marks: then hits that have them rank above.
    pub(super) marked: Option<String>,
}

impl Query {
    /// Reads what was typed.
    pub(in crate::store) fn read(text: &str) -> Self {
        let text = nfc(start_of(text, MOST_BYTES));
        let mut terms = Vec::new();
        let parts: Vec<&str> = text.split(['"', '“', '”']).collect();
        for (at, part) in parts.iter().enumerate() {
            let is_phrase = at % 2 == 1;
            let mut found: Vec<Wanted> = words(part).map(|word| Wanted::of(&word)).collect();
            if is_phrase {
                found.truncate(MOST_WORDS_A_TERM);
                terms.push(Term { words: found, is_begun: false });
            } else {
                terms.extend(found.into_iter().map(|word| Term { words: vec![word], is_begun: false }));
            }
        }
        terms.retain(|term| !term.words.is_empty());
        terms.dedup();
        // an open quote and a word that nothing follows are still being typed
        let ends_open = text.chars().last().is_some_and(|c| c.is_alphanumeric() || c == '*');
        let is_cut = terms.len() > MOST_TERMS;
        terms.truncate(MOST_TERMS);
        if ends_open && !is_cut {
            begin_last(&mut terms);
        }
        Self { terms }
    }

    /// The same, with every word whole.
    pub(in crate::store) fn of_whole_words(&self) -> Self {
        let whole = |term: &Term| Term { is_begun: false, ..term.clone() };
        Self { terms: self.terms.iter().map(whole).collect() }
    }

    pub(in crate::store) fn is_begun(&self) -> bool {
        self.terms.iter().any(|term| term.is_begun)
    }

    pub(in crate::store) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

/// The last word may go on; the first letter of one says nothing yet, where others were typed.
fn begin_last(terms: &mut Vec<Term>) {
    let is_more = terms.len() > 1;
    let Some(last) = terms.last_mut() else { return };
    let word = last.words.last().map_or("", |word| word.folded.as_str());
    last.is_begun = word.chars().count() >= LEAST_BEGUN;
    if is_more && last.words.len() == 1 && !last.is_begun && word.chars().all(char::is_alphabetic) {
        terms.pop();
    }
}

impl Term {
    /// The words in a row, one space between two: letters and digits alone.
    pub(in crate::store) fn folded(&self) -> String {
        self.words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Whether the last word may go on.
    pub(in crate::store) fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// The last word.
    pub(in crate::store) fn last(&self) -> &str {
        self.words.last().map_or("", |word| word.folded.as_str())
    }

    /// All words but the last, each followed by a space.
    pub(in crate::store) fn start(&self) -> String {
        self.words[..self.words.len().saturating_sub(1)].iter().map(|word| format!("{} ", word.folded)).collect()
    }

    /// How well the words of a text that begin here are this term; `None`: they are not.
    pub(super) fn at(&self, text: &[Word<'_>]) -> Option<Match> {
        if text.len() < self.words.len() {
            return None;
        }
        let (mut is_whole, mut has_marks) = (true, true);
        let last = self.words.len() - 1;
        for (at, (wanted, word)) in self.words.iter().zip(text).enumerate() {
            let is_equal = word.folded == wanted.folded;
            let goes_on = at == last && self.is_begun && word.folded.starts_with(&wanted.folded);
            if !is_equal && !goes_on {
                return None;
            }
            is_whole &= is_equal;
            if let Some(marked) = &wanted.marked {
                let lower = word.written.to_lowercase();
                let written = nfc(&lower);
                has_marks &= if is_equal { written == *marked } else { written.starts_with(marked.as_str()) };
            }
        }
        Some(Match { words: self.words.len(), is_whole, has_marks })
    }

    pub(super) fn is_marked(&self) -> bool {
        self.words.iter().any(|word| word.marked.is_some())
    }
}

/// A place where a term is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    /// Words of the text.
    pub(super) words: usize,
    /// No word goes on behind what was typed.
    pub(super) is_whole: bool,
    /// The marks that were typed stand there.
    pub(super) has_marks: bool,
}

impl Wanted {
    fn of(word: &Word<'_>) -> Self {
        let cut = |text: &str| text.chars().take(LONGEST_WORD).collect::<String>();
        let (folded, lower) = (cut(&word.folded), cut(&nfc(&word.written.to_lowercase())));
        let marked = (lower != folded).then_some(lower);
        Self { folded, marked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let shown = |term: &Term| format!("{}{}", term.folded(), if term.is_begun { "*" } else { "" });
        Query::read(text).terms.iter().map(shown).collect()
    }

    #[test]
    fn words_phrases_and_beginnings_are_told_apart() {
        assert_eq!(terms("hoi nong dan"), ["hoi", "nong", "dan*"]);
        assert_eq!(terms("hoi nong dan "), ["hoi", "nong", "dan"]);
        assert_eq!(terms("\"Cầu Nậm La\""), ["cau nam la"]);
        assert_eq!(terms("mưa \"cầu nậm"), ["mua", "cau nam*"]);
        assert_eq!(
            (terms("h"), terms("hội n"), terms("kỳ 1")),
            (vec!["h".into()], vec!["hoi".into()], vec!["ky".into(), "1".into()])
        );
    }

    #[test]
    fn hostile_syntax_is_words_or_noise() {
        let typed = "title:x NEAR(a b, 3) -y ^z * {c} (OR) 'q' col:\u{0} \\ ; drop table item";
        assert!(terms(typed).iter().all(|term| term.chars().all(|c| c.is_alphanumeric() || " *".contains(c))));
        assert!(Query::read("\"\"\" * \u{0} «»").is_empty());
        let long = "từ khác nhau ".repeat(1_000);
        assert_eq!(Query::read(&long).terms.len(), MOST_TERMS);
        assert!(Query::read(&"a".repeat(10_000)).terms[0].folded().len() <= LONGEST_WORD);
    }

    #[test]
    fn marks_count_where_they_were_typed() {
        let query = Query::read("Đất ");
        let at = |text: &str| query.terms[0].at(&words(text).collect::<Vec<_>>()).map(|found| found.has_marks);
        assert_eq!((at("đất"), at("ĐẤT"), at("đạt"), at("da")), (Some(true), Some(true), Some(false), None));
        let plain = Query::read("dat ");
        let found = plain.terms[0].at(&words("đạt").collect::<Vec<_>>());
        assert_eq!(found.map(|found| found.has_marks), Some(true), "nothing was asked of the marks");
    }
}
