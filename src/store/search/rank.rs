//! How well an item answers a query: first whether it has the marks that were typed, then BM25 over its weighted parts
//! (Robertson and Zaragoza 2009, with fields), and of equals the newer.

use super::query::Query;
use super::words::{Word, words};

/// What a hit in the title, the summary and the text is worth.
const WEIGHTS: [f64; 3] = [8.0, 2.0, 1.0];
/// Words of a usual title, summary and text: longer ones say less with each word.
const USUAL: [f64; 3] = [12.0, 35.0, 400.0];
/// How soon further hits say nothing more.
const SATURATION: f64 = 1.2;
/// How much the length counts.
const LENGTH: f64 = 0.5;
/// A word that merely begins so, or has other marks than typed.
const HALF: f64 = 0.5;

/// An item's place among the hits; the greatest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub(in crate::store) struct Rank {
    /// Terms typed with marks that it has with them.
    marked: usize,
    score: f64,
}

/// Ranks an item by its title, summary and text; `None` where a term is not found in it.
/// `rarity` says of each term how telling it is.
pub(in crate::store) fn rank(query: &Query, parts: [&str; 3], rarity: &[f64]) -> Option<Rank> {
    let parts = parts.map(|text| words(text).collect::<Vec<Word<'_>>>());
    let mut total = Rank { marked: 0, score: 0.0 };
    for (term, rarity) in query.terms.iter().zip(rarity) {
        let (mut frequency, mut has_marks, mut is_found) = (0.0, false, false);
        for ((text, weight), usual) in parts.iter().zip(WEIGHTS).zip(USUAL) {
            let mut hits = 0.0;
            for start in 0..text.len() {
                if let Some(found) = term.at(&text[start..]) {
                    is_found = true;
                    has_marks |= found.has_marks;
                    hits += if found.is_whole && found.has_marks { 1.0 } else { HALF };
                }
            }
            #[allow(clippy::cast_precision_loss, reason = "a text has thousands of words at the most")]
            let length = text.len() as f64;
            frequency += weight * hits / (1.0 - LENGTH + LENGTH * length / usual);
        }
        if !is_found {
            return None;
        }
        total.marked += usize::from(has_marks && term.is_marked());
        total.score += rarity * frequency * (SATURATION + 1.0) / (frequency + SATURATION);
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(query: &str, parts: [&str; 3]) -> Option<Rank> {
        let query = Query::read(query);
        rank(&query, parts, &vec![1.0; query.terms.len()])
    }

    #[test]
    fn title_beats_summary_beats_text() {
        let text = "Một bài dài về chuyện khác";
        let [title, summary, content] = [["Lũ quét", text, text], [text, "Lũ quét", text], [text, text, "Lũ quét"]]
            .map(|parts| score("lũ quét ", parts));
        assert!(title > summary && summary > content && content.is_some());
        assert_eq!(score("lũ quét ", [text, text, text]), None);
    }

    #[test]
    fn marks_as_typed_beat_any_number_of_folded_hits() {
        let exact = score("đất ", ["Tin", "giá đất", ""]);
        let folded = score("đất ", ["Đạt đạt đạt", "đạt", "đạt đạt"]);
        assert!(exact > folded && folded.is_some());
    }

    #[test]
    fn whole_words_beat_those_that_begin_so() {
        assert!(score("nong", ["Nông sản", "", ""]) > score("nong", ["Nongs sản", "", ""]));
    }
}
