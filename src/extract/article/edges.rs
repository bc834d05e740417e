//! What stands before a text's first paragraph and behind its last: title, date, byline, reading time; invitations to
//! subscribe, rules for those who comment, who the author is.
//!
//! Comes in: a found text and what is known of its article. Goes out: the same without these. It does not know the page.

use super::facts::letters;
use super::phrases::{CHANNELS, COMMENT_RULES, INVITATIONS, PROMOTED, READING_TIME};
use super::short_line;
use super::tidy::{Known, is_block, leaf_blocks, remove};
use crate::extract::date;
use crate::extract::dom::{self, Node, NodeId, Page};
use crate::model::DateOrigin;
use crate::text;
use std::collections::HashSet;

/// Removes title, date, byline and labels above the second paragraph: the first may be the lead or a caption.
pub(super) fn drop_opening(page: &Page, known: &Known<'_>) {
    const SHORTEST_PARAGRAPH: usize = 120;
    drop_loose_times(page);
    let (mut gone, mut paragraphs) = (Vec::new(), 0);
    for (id, line) in leaf_blocks(page) {
        let node = Node::new(id, &page.tree);
        // below the first paragraph, dated lists and headings are the text's own
        let own = paragraphs > 0 && !node.has_name("p") && !node.has_name("div");
        if own || node.has_name("figcaption") {
            continue;
        }
        if line.chars().count() >= SHORTEST_PARAGRAPH {
            paragraphs += 1;
            if paragraphs == 2 {
                break;
            }
        } else if is_imprint(&line, known)
            || paragraphs == 0 && (is_title(&line, known) || is_shown_title(&node, &line))
        {
            gone.push(id);
        }
    }
    remove(page, gone);
}

/// Removes each `<time>` that stands between blocks, or alone in one.
fn drop_loose_times(page: &Page) {
    const LONGEST: usize = 80;
    let times = dom::elements(page, "time");
    let holders: HashSet<NodeId> = times.iter().filter_map(|time| Some(time.parent()?.id)).collect();
    let holds_blocks = |id: &NodeId| Node::new(*id, &page.tree).children_it(false).any(|child| is_block(&child));
    let of_blocks: HashSet<NodeId> = holders.into_iter().filter(holds_blocks).collect();
    let is_alone = |time: &Node<'_>, above: &Node<'_>| {
        above.has_name("p") && short_line(above, LONGEST).is_some_and(|line| line == dom::line(time))
    };
    let is_loose =
        |time: &&Node<'_>| time.parent().is_some_and(|above| of_blocks.contains(&above.id) || is_alone(time, &above));
    remove(page, times.iter().filter(is_loose).map(|time| time.id).collect());
}

/// The title once more, perhaps with another kicker: both end alike.
fn is_title(line: &str, known: &Known<'_>) -> bool {
    const SHORTEST: usize = 20;
    let (line, title) = (letters(line), letters(known.title.unwrap_or_default()));
    let alike = line.chars().rev().zip(title.chars().rev()).take_while(|(one, other)| one == other).count();
    alike >= SHORTEST && alike * 2 >= line.chars().count().max(title.chars().count())
}

/// The title in other words: a heading in the article's own `<header>` (HTML §4.3.8), but for a lead, which is a sentence.
fn is_shown_title(node: &Node<'_>, line: &str) -> bool {
    let heading = ["h1", "h2"].iter().any(|name| node.has_name(name));
    heading && !line.ends_with('.') && dom::closest(node, &["header"]).is_some()
}

/// "By Jane Doe - 11/18/19 11:04 PM", "Cập nhật: 08:30 14/02/2026", "2 min read".
fn is_imprint(line: &str, known: &Known<'_>) -> bool {
    const MOST_LETTERS: usize = 60;
    if line.is_empty() {
        return false;
    }
    let mut rest = text::fold(line);
    for author in known.authors {
        rest = rest.replace(&text::fold(author), " ");
    }
    let named = rest.len() < text::fold(line).len();
    let rest = rest.trim_matches(|c: char| !c.is_alphanumeric() && c != ')');
    let parsed = |text: &str| date::parse(text, DateOrigin::Text, known.now).is_some();
    // "Kolumne von Jane Doe"
    const LONGEST_ROLE: usize = 16;
    if named && rest.len() <= LONGEST_ROLE && !line.ends_with('.')
        || parsed(line)
        || named && parsed(rest)
        || date::is_stamp(rest)
        || is_reading_time(rest)
    {
        return true;
    }
    let is_sentence = line.ends_with(['.', '!', '?', '…', '"', '”', '»', '。']) && !line.ends_with("in.");
    if !is_sentence && date::find(line, DateOrigin::Text, known.now).is_some() {
        return letters(line).chars().count() <= MOST_LETTERS;
    }
    const BY: &[&str] = &["by ", "von ", "par ", "por ", "di ", "door ", "av ", "af ", "text: ", "tac gia: "];
    let folded = text::fold(line);
    let by = BY.iter().find_map(|by| folded.strip_prefix(by));
    by.is_some_and(|name| name.split_whitespace().count() <= 5 && !line.ends_with(['.', ':', '?', '!']))
}

/// "2 min read", "Lesezeit: 4 Minuten".
fn is_reading_time(folded: &str) -> bool {
    let mut words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let is_count = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let says = |word: &str| {
        READING_TIME.split(' ').any(|known| known == word.trim_start_matches(|c: char| c.is_ascii_digit()))
    };
    words.peek().is_some()
        && folded.contains(|c: char| c.is_ascii_digit())
        && words.all(|word| is_count(word) || says(word))
}

/// Removes what follows the last paragraph and is none: newsletters, apps, addresses to write to, rules for comments, who
/// the author is.
pub(super) fn drop_closing(page: &Page, known: &Known<'_>) {
    let mut gone: Vec<NodeId> = Vec::new();
    for (id, line) in leaf_blocks(page).into_iter().rev() {
        let node = Node::new(id, &page.tree);
        if line.is_empty() || node.has_name("figcaption") {
            continue;
        }
        let links = || node.descendants_it().any(|below| below.has_name("a"));
        if !is_invitation(&line, links) && !is_about_author(&line, known) {
            // what is nothing but such lines is the text itself
            remove(page, gone);
            return;
        }
        gone.push(id);
    }
}

fn is_invitation(line: &str, links: impl Fn() -> bool) -> bool {
    const LONGEST: usize = 450;
    const LONGEST_ADDRESS: usize = 200;
    let folded = text::fold(line);
    let length = line.chars().count();
    let says = |list: &str| list.split('|').any(|word| folded.contains(word));
    let is_address =
        |word: &str| word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    says(COMMENT_RULES)
        || length <= LONGEST && says(INVITATIONS) && (says(PROMOTED) || says(CHANNELS) && links())
        || length <= LONGEST_ADDRESS && folded.split_whitespace().any(is_address)
        || folded.starts_with("this is a breaking")
}

/// The author's name as a signature, or a line that begins with it and says who that is.
fn is_about_author(line: &str, known: &Known<'_>) -> bool {
    const LONGEST: usize = 300;
    const FURTHEST: usize = 30;
    let folded = text::fold(line);
    // a single word may be a place or a desk
    let people = known.authors.iter().filter(|author| author.contains(' '));
    let named = people.filter_map(|author| folded.find(&text::fold(author)));
    // in an interview the author speaks
    let speaks = folded.contains(": ");
    !speaks && line.chars().count() <= LONGEST && named.min().is_some_and(|at| at <= FURTHEST)
}
