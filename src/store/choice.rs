//! Which items pass what a channel asks of them; the part that every store shares.
//!
//! Comes in: titles and summaries, the newest first. Goes out: yes or no. Pure; it knows no index.

use super::search::index_text;
use crate::model::{Only, PaperId};
use crate::text::{kind, series};
use std::collections::HashSet;

/// Items that are looked at for one channel, the newest: words that are rarer than its limit find no older ones.
pub const MOST_LOOKED_AT: usize = 3_000;

/// Chooses among the items of a channel.
#[derive(Debug)]
pub(crate) struct Chooser<'a> {
    only: &'a Only,
    seen: HashSet<(PaperId, String)>,
}

impl<'a> Chooser<'a> {
    pub(crate) fn new(only: &'a Only) -> Self {
        Self { only, seen: HashSet::new() }
    }

    /// Whether the channel has an item. Items come newest first: the first of a series is its newest.
    pub(crate) fn takes(&mut self, paper: &PaperId, title: &str, summary: Option<&str>) -> bool {
        if !fits(self.only, title, summary) {
            return false;
        }
        match series(title).filter(|_| self.only.newest) {
            Some(series) => self.seen.insert((paper.clone(), series)),
            None => true,
        }
    }
}

/// Whether an item is what a channel asks for, whatever others there are.
pub(crate) fn fits(only: &Only, title: &str, summary: Option<&str>) -> bool {
    (!only.series || kind(title).is_some()) && (only.words.is_empty() || has_words(only, title, summary))
}

fn has_words(only: &Only, title: &str, summary: Option<&str>) -> bool {
    let is_in = |text: &str| {
        let words = index_text(text);
        only.words.iter().any(|pattern| pattern.is_in(&words))
    };
    is_in(title) || summary.is_some_and(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WordPattern;

    fn paper() -> PaperId {
        PaperId::new("bao").expect("a slug")
    }

    #[test]
    fn words_are_found_without_their_marks_in_title_and_summary() {
        let words = ["hoi nong dan", "gia (vang|xang)"].map(|text| WordPattern::new(text).expect("a pattern"));
        let only = Only { words: words.to_vec(), ..Only::default() };
        for (title, summary, expected) in [
            ("Hội Nông dân tỉnh họp", None, true),
            ("HỘI NÔNG-DÂN: kỳ họp", None, true),
            ("Hô\u{323}i Nông dân", None, true),
            ("Tin vắn", Some("Giá xăng lại giảm"), true),
            ("Hội Nông", Some("dân bản"), false),
            ("Hội nông danh", None, false),
            ("", None, false),
        ] {
            assert_eq!(fits(&only, title, summary), expected, "{title}");
        }
    }

    #[test]
    fn newest_of_each_series_is_taken_and_what_is_of_none_always() {
        let only = Only { newest: true, ..Only::default() };
        let mut chooser = Chooser::new(&only);
        let (bao, khac) = (paper(), PaperId::new("khac").expect("a slug"));
        for (paper, title, expected) in [
            (&bao, "Thời tiết ngày 15/2", true),
            (&bao, "Họp báo", true),
            (&bao, "Thời tiết ngày 14/2", false),
            (&khac, "Thời tiết ngày 14/2", true),
            (&bao, "14/2", true),
            (&bao, "13/2", true),
        ] {
            assert_eq!(chooser.takes(paper, title, None), expected, "{title}");
        }
    }

    #[test]
    fn series_alone_are_bulletins_and_parts() {
        let only = Only { series: true, ..Only::default() };
        let taken = |title: &str| fits(&only, title, None);
        assert!(taken("Dự báo thời tiết ngày 14/2") && taken("Giữ rừng (Kỳ 2)") && !taken("Họp báo"));
    }
}
