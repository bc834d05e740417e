//! An article that was renamed: a new address, no id that speaks for it, and yet the text of one that was seen within a day.
//!
//! The weakest evidence of all, and so the narrowest: the simhash only finds whom to compare, words decide. What differs may
//! be how a thing is said, never what tells bulletins, series and places apart. A text that several items have is a form
//! that is filled in, and recognizes none of them.
//!
//! The distance was chosen on 229 articles of 72 events (26,106 pairs of two articles) and 4,122 edits of their titles and
//! teasers, made up from seeds (`curve_of_the_near_duplicates` prints it anew):
//!
//! | bits apart, at most | edits found | wrong pairs | found where words agree | wrong where words agree |
//! | --- | --- | --- | --- | --- |
//! | 4 | 23.9 % | 0 | 23.3 % | 0 |
//! | 8 | 65.4 % | 0 | 62.6 % | 0 |
//! | 12 | 91.1 % | 2 | 87.3 % | 0 |
//! | **16** | 98.8 % | 9 | **94.3 %** | **0** |
//! | 20 | 99.9 % | 77 | 95.1 % | 0 |
//! | 24 | 100.0 % | 856 | 95.2 % | 0 |
//! | 32 | 100.0 % | 14,656 | 95.2 % | 0 |
//!
//! With seven tenths of the words in common in place of three quarters, a pair at 20 bits was wrong: one agency's report in
//! the words of two papers.

use super::alike::{is_misspelling, numbers, words};
use super::{Candidate, SAME_DATE, Unique, dates_differ, tells_apart};
use crate::model::{Draft, ItemId, Standing};
use crate::text::fold;
use chrono::Duration;
use std::collections::{HashMap, HashSet};

/// An item first seen before that is no candidate.
pub(in crate::store) const RECENT: Duration = SAME_DATE;
/// Of 64 bits; see the curve.
pub(in crate::store) const NEAR_FINGERPRINTS: u32 = 16;
/// Shorter texts say too little.
const TELLING_WORDS: usize = 12;
/// Of all words of two teasers, in hundredths.
const LEAST_COMMON_PERCENT: usize = 75;
/// One of these in one title alone makes it another one, as a number does: hours, days, parts, sides, outcomes.
const TELLING: &str = "afternoon am ba bảy bắc bốn chiều chín chưa chẵn cuối đầu đêm đông đợt evening final first friday giảm hai \
    hiệp hòa hôm không kỳ last lẻ lượt mai monday morning mười một nam nay next night nhất nữ part phần pm qua \
    quý sáng sau sáu saturday số sunday tám tăng tập tây thắng tháng thứ thua thursday tiếp tối trưa trước trung \
    tư tuần tuesday vòng wednesday";

/// Which stored item each of a document's unknown articles is, by place, where it is one's text alone. `claimed` are the
/// items that the same document shows elsewhere.
pub(in crate::store) fn renamed(
    unknown: &[(usize, &Unique<'_>)],
    recent: &[Candidate],
    claimed: &HashSet<ItemId>,
) -> Vec<(usize, ItemId)> {
    let mut found: Vec<(usize, ItemId)> = Vec::new();
    let mut asked: HashMap<ItemId, usize> = HashMap::new();
    for (place, draft) in unknown {
        let mut same = recent.iter().filter(|known| is_renamed(draft, known));
        let (Some(first), None) = (same.next(), same.next()) else { continue };
        *asked.entry(first.item).or_default() += 1;
        if !claimed.contains(&first.item) {
            found.push((*place, first.item));
        }
    }
    found.retain(|(_, item)| asked.get(item) == Some(&1));
    found
}

/// Whether a fingerprint is near enough to compare the words.
pub(in crate::store) fn is_near(a: u64, b: u64) -> bool {
    (a ^ b).count_ones() <= NEAR_FINGERPRINTS
}

/// Whether an item may be compared at all.
fn is_renamed(draft: &Unique<'_>, known: &Candidate) -> bool {
    let origin = format!("o:{}:", draft.draft.source);
    is_near(draft.draft.fingerprint, known.fingerprint)
        && !matches!(known.standing, Standing::Held { .. })
        && !tells_apart(&draft.keys, &known.keys, "s:")
        && !tells_apart(&own_ids(&draft.keys, &origin), &own_ids(&known.keys, &origin), &origin)
        && !dates_differ(&draft.draft, known)
        && says_the_same(&draft.draft, &known.title, known.summary.as_deref())
}

/// The ids of a source that are more than the article's address said again.
fn own_ids(keys: &[String], origin: &str) -> Vec<String> {
    let is_address = |id: &str| keys.iter().any(|key| key.strip_prefix("p:") == Some(id));
    keys.iter().filter(|key| key.strip_prefix(origin).is_some_and(|id| !is_address(id))).cloned().collect()
}

/// Whether title and teaser say the same as another's, but for how they say it.
pub(in crate::store) fn says_the_same(draft: &Draft, title: &str, summary: Option<&str>) -> bool {
    let (Some(mine), Some(theirs)) = (draft.summary.as_deref(), summary) else { return false };
    let (mine, theirs) = (words(mine), words(theirs));
    mine.len().min(theirs.len()) >= TELLING_WORDS
        && are_within(&numbers(&mine), &numbers(&theirs))
        && share_words(&mine, &theirs)
        && is_reworded(&draft.title, title, &mine, &theirs)
}

/// Whether one list of numbers is in the other: an edit may add some, a form that is filled in exchanges them.
fn are_within(a: &[&String], b: &[&String]) -> bool {
    let (fewer, more) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut rest = more.to_vec();
    fewer.iter().all(|number| rest.iter().position(|other| other == number).map(|at| rest.swap_remove(at)).is_some())
}

fn share_words(a: &[String], b: &[String]) -> bool {
    let (a, b): (HashSet<&String>, HashSet<&String>) = (a.iter().collect(), b.iter().collect());
    let both = a.intersection(&b).count();
    both * 100 >= (a.len() + b.len() - both) * LEAST_COMMON_PERCENT
}

/// Whether one title may be the other one, said otherwise: the same numbers, no telling word in one alone, no name in one
/// alone that both texts do not have, and half of the words or more in common.
fn is_reworded(a: &str, b: &str, a_text: &[String], b_text: &[String]) -> bool {
    let (a, b) = (Title::of(a), Title::of(b));
    if numbers(&a.words) != numbers(&b.words) {
        return false;
    }
    let (mut gone, mut come) = (a.without(&b), b.without(&a));
    gone.retain(|word| match come.iter().position(|other| is_misspelling(word, other) && is_telling_length(word)) {
        Some(at) => {
            come.swap_remove(at);
            false
        }
        None => true,
    });
    let is_in_both = |word: &String| a_text.contains(word) && b_text.contains(word);
    let tells = |word: &String| {
        a.telling.contains(word)
            || b.telling.contains(word)
            || (a.is_name(word) || b.is_name(word)) && !is_in_both(word)
    };
    let fewer = a.words.len().min(b.words.len());
    fewer >= 3 && gone.len().max(come.len()) * 2 <= fewer && !gone.iter().chain(&come).any(tells)
}

/// One letter more or less makes another word of a short one, and another name.
fn is_telling_length(word: &str) -> bool {
    word.chars().count() >= 4
}

/// A title's words, folded, those of them that are names, and those that tell.
struct Title {
    words: Vec<String>,
    names: HashSet<String>,
    telling: HashSet<String>,
}

impl Title {
    fn of(title: &str) -> Self {
        let stated: Vec<&str> = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let names = stated.iter().skip(1).filter(|word| word.starts_with(char::is_uppercase));
        // without marks, which some papers leave out, a word may be any of those that fold to it
        let tells = |word: &&&str| match title.is_ascii() {
            true => TELLING.split(' ').any(|telling| fold(telling) == fold(word)),
            false => TELLING.split(' ').any(|telling| telling == word.to_lowercase()),
        };
        let telling = stated.iter().filter(tells).map(|word| fold(word)).collect();
        Self { names: names.map(|word| fold(word)).collect(), telling, words: words(title) }
    }

    fn is_name(&self, word: &str) -> bool {
        self.names.contains(word)
    }

    /// The words that the other title has not, each as often as it has it more.
    fn without(&self, other: &Self) -> Vec<String> {
        let mut rest: Vec<&String> = other.words.iter().collect();
        let is_missing = |word: &&String| match rest.iter().position(|other| other == word) {
            Some(at) => {
                rest.swap_remove(at);
                false
            }
            None => true,
        };
        self.words.iter().filter(is_missing).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::draft;

    const TITLE: &str = "Khánh thành cầu Nậm La sau hai năm thi công";
    const TEXT: &str = "Sáng nay, người dân hai bên bờ suối Nậm La vui mừng đi qua cây cầu mới dài bốn mươi mét.";

    fn same(title: &str, text: &str) -> bool {
        let draft = Draft { summary: Some(text.to_owned()), ..draft("a", title) };
        says_the_same(&draft, TITLE, Some(TEXT))
    }

    #[test]
    fn a_title_said_otherwise_is_the_same() {
        assert!(same(TITLE, TEXT));
        assert!(same("Khánh thành cầu Nậm La sau hai năm thi công (bổ sung)", TEXT));
        assert!(same("Khánh thành cầu sau hai năm thi công", TEXT), "the name is in both texts");
        assert!(same("Khánh thành cầu Nậm La sau hai năm xây dựng", TEXT));
        assert!(same("Khánh thanh cầu Nậm La sau hai năm thi côngg", TEXT));
    }

    #[test]
    fn what_tells_articles_apart_is_another_article() {
        for other in [
            "Khánh thành cầu Nậm Păm sau hai năm thi công",
            "Khánh thành cầu Nậm La sau ba năm thi công",
            "Khánh thành cầu Nậm La 2 sau hai năm thi công",
            "Khánh thành cầu Nậm La sau hai năm thi công (Kỳ cuối)",
            "Lễ hội ở Nậm La",
        ] {
            assert!(!same(other, TEXT), "{other}");
        }
        assert!(!same(TITLE, "Người dân hai bên bờ suối Nậm La vui mừng."));
        let filled_in =
            |degrees: u32| format!("Có mây, không mưa, gió nhẹ, đêm và sáng trời rét, thấp nhất {degrees} độ.");
        let draft = Draft { summary: Some(filled_in(12)), ..draft("a", TITLE) };
        assert!(!says_the_same(&draft, TITLE, Some(&filled_in(13))));
    }
}
