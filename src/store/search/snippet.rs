//! The piece of a text that shows best why it was found, with the found words marked; the text as the paper wrote it.

use super::Fragment;
use super::query::Query;
use super::words::{Word, words};

/// Words shown.
const WIDE: usize = 30;
/// Of these, before the first hit.
const BEFORE: usize = 6;

/// The best piece of the first text that has one; else the start of the first.
pub(in crate::store) fn snippet(query: &Query, texts: &[&str]) -> Vec<Fragment> {
    let mut best: Option<(usize, Vec<Fragment>)> = None;
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        let (terms, piece) = of_text(query, text);
        if best.as_ref().is_none_or(|(most, _)| terms > *most) {
            best = Some((terms, piece));
        }
    }
    best.map_or_else(Vec::new, |(_, piece)| piece)
}

/// How many terms the best piece of a text shows, and the piece.
fn of_text(query: &Query, text: &str) -> (usize, Vec<Fragment>) {
    let words: Vec<Word<'_>> = words(text).collect();
    let mut hits: Vec<(usize, usize, usize)> = Vec::new(); // first word, words, term
    for start in 0..words.len() {
        for (term, wanted) in query.terms.iter().enumerate() {
            if let Some(found) = wanted.at(&words[start..]) {
                hits.push((start, found.words, term));
            }
        }
    }
    let shown_from = |first: usize| first.saturating_sub(BEFORE);
    let terms_from = |from: usize| {
        let shown = hits.iter().filter(|(start, length, _)| *start >= from && start + length <= from + WIDE);
        let mut terms: Vec<usize> = shown.map(|(_, _, term)| *term).collect();
        terms.sort_unstable();
        terms.dedup();
        terms.len()
    };
    // the earliest of the best; texts with very many hits are judged by their first
    let starts = hits.iter().take(200).map(|(start, ..)| shown_from(*start));
    let mut best = (0, 0);
    for from in starts {
        let terms = terms_from(from);
        if terms > best.0 {
            best = (terms, from);
        }
    }
    let (terms, from) = best;
    (terms, piece(text, &words, from, &hits))
}

fn piece(text: &str, words: &[Word<'_>], from: usize, hits: &[(usize, usize, usize)]) -> Vec<Fragment> {
    let to = (from + WIDE).min(words.len());
    if from >= to {
        return Vec::new();
    }
    let start = if from == 0 { 0 } else { words[from].start };
    let end = if to == words.len() { text.len() } else { words[to - 1].end() };
    let mut fragments = Vec::new();
    let mut add = |piece: &str, found: bool| {
        if !piece.is_empty() {
            // a snippet is one line
            let text = piece.split_inclusive(char::is_whitespace).map(one_space).collect();
            fragments.push(Fragment { text, found });
        }
    };
    if from > 0 {
        add("… ", false);
    }
    let mut done = start;
    for (first, length, _) in hits.iter().filter(|(first, length, _)| *first >= from && first + length <= to) {
        let (begin, stop) = (words[*first].start, words[first + length - 1].end());
        if begin < done {
            continue; // within what is marked already
        }
        add(&text[done..begin], false);
        add(&text[begin..stop], true);
        done = stop;
    }
    add(&text[done..end.max(done).min(text.len())], false);
    if to < words.len() {
        add(" …", false);
    }
    fragments
}

fn one_space(word: &str) -> String {
    word.replace(char::is_whitespace, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &str, texts: &[&str]) -> String {
        let mark = |f: Fragment| if f.found { format!("[{}]", f.text) } else { f.text };
        snippet(&Query::read(query), texts).into_iter().map(mark).collect()
    }

    #[test]
    fn found_words_are_marked_as_the_paper_wrote_them() {
        assert_eq!(shown("hoi nong", &["Hội Nông dân tỉnh họp."]), "[Hội] [Nông] dân tỉnh họp.");
        assert_eq!(shown("\"cau nam la\"", &["Đường qua cầu Nậm La <b>"]), "Đường qua [cầu Nậm La] <b>");
    }

    #[test]
    fn the_piece_stands_around_what_was_found() {
        let text = format!("{} lũ quét qua bản {}", "mưa ".repeat(100), "nắng ".repeat(100));
        let shown = shown("lũ quét", &["Không có gì ở đây", &text]);
        assert!(shown.starts_with("… mưa") && shown.contains("[lũ] [quét]") && shown.ends_with(" …"), "{shown}");
        assert!(shown.split_whitespace().count() < 40, "{shown}");
    }

    #[test]
    fn text_without_hits_is_shown_from_its_start() {
        assert_eq!(shown("xe", &["", "Tin vắn"]), "Tin vắn");
        assert_eq!(shown("xe", &[]), "");
    }
}
