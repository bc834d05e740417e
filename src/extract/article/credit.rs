//! The names of photographers and agencies, which are no part of what a caption says.

use super::phrases::{AGENCIES, CREDITS};
use super::{noise, short_line};
use crate::extract::dom::{self, Node, Page};
use crate::text;

/// A longer line is more than a credit.
const LONGEST: usize = 100;

/// Whether a block of so many characters is a credit: "Photo: …" on a line of its own, or what a class calls one.
pub(super) fn is_credit(node: &Node<'_>, length: usize) -> bool {
    if !(1..=LONGEST).contains(&length) {
        return false;
    }
    let folded = text::fold(&dom::line(node));
    let bare = folded.trim_start_matches(['(', '[', ' ', '|']);
    let named = noise::words(node).iter().any(|word| matches!(word.as_str(), "credit" | "credits" | "copyright"));
    named || CREDITS.split('|').any(|start| bare.starts_with(start)) || is_signed(&dom::line(node))
}

/// "Marc Piasecki/Getty Images": a name, and behind the stroke an agency.
fn is_signed(line: &str) -> bool {
    const MOST_WORDS_OF_NAME: usize = 5;
    let parts = line.rsplit_once('/');
    parts.is_some_and(|(name, agency)| {
        (1..=MOST_WORDS_OF_NAME).contains(&name.split_whitespace().count()) && names_agency(agency, MOST_WORDS_ALONE)
    })
}

/// A line that is no more than an agency's name has so many words at most.
const MOST_WORDS_ALONE: usize = 3;
/// A credit in a caption has so many words at most.
const MOST_WORDS: usize = 8;

/// Removes from captions the elements that name an agency, and such a name in brackets at the end; and captions that are
/// no more than that.
pub(super) fn drop_of_captions(page: &Page) {
    for caption in dom::elements(page, "figcaption") {
        let whole = dom::line(&caption);
        let parts: Vec<Node<'_>> = caption.descendants_it().filter(Node::is_element).collect();
        let is_credit = |line: &String| *line != whole && names_agency(line, MOST_WORDS);
        for part in parts.iter().rev().filter(|part| short_line(part, LONGEST).is_some_and(|line| is_credit(&line))) {
            part.remove_from_parent();
        }
        if names_agency(&whole, MOST_WORDS_ALONE) {
            caption.remove_from_parent();
        } else if caption.children_it(false).all(|child| child.is_text())
            && let Some(said) = without_credit(&dom::line(&caption))
        {
            caption.set_text(said);
        }
    }
}

/// What a caption says before the agency at its end: "… (Reuters)", "… /AP", "… /".
fn without_credit(line: &str) -> Option<&str> {
    const LONGEST_SIGN: usize = 5;
    let (said, tail) = line.trim_end_matches('.').rsplit_once(['(', '/', '|'])?;
    let is_enclosed = line[said.len()..].starts_with('(');
    let name = tail.trim_end_matches(')').trim();
    let is_sign = !is_enclosed && name.len() <= LONGEST_SIGN && name.bytes().all(|b| b.is_ascii_uppercase());
    let is_credit = is_sign || is_enclosed == tail.ends_with(')') && names_agency(name, MOST_WORDS);
    is_credit.then(|| said.trim_end())
}

/// So many words at most, with an agency's name among them, and no sentence.
fn names_agency(line: &str, most_words: usize) -> bool {
    if line.is_empty() || line.chars().count() > LONGEST || line.ends_with(['.', '!', '?']) {
        return false;
    }
    let folded = text::fold(line);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.len() <= most_words && words.iter().any(|word| AGENCIES.split(' ').any(|agency| agency == *word))
}
