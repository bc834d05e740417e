//! The title, and the heading that shows it.

use super::facts::{Facts, alike, letters};
use super::short_line;
use crate::extract::dom::{Node, Page};

/// An article's title.
#[derive(Debug)]
pub(super) struct Headline<'a> {
    pub(super) title: Option<String>,
    /// The element that shows it; what stands near it speaks of the article.
    pub(super) heading: Option<Node<'a>>,
}

const SOFT_HYPHEN: char = '\u{ad}';
/// Longest heading that is a title.
const LONGEST: usize = 400;

/// Finds the title: the heading that the meta tags agree with, else what they say, without the site's name.
pub(super) fn headline<'a>(page: &'a Page, facts: &Facts) -> Headline<'a> {
    let site = facts.metas.first(&["og:site_name", "application-name", "al:android:app_name"]);
    let stated: Vec<String> = [
        facts.metas.first(&["og:title"]).map(str::to_owned),
        facts.article_line("headline"),
        facts.metas.first(&["twitter:title", "dc.title", "parsely-title", "sailthru.title"]).map(str::to_owned),
        facts.head_title.clone(),
    ]
    .into_iter()
    .flatten()
    .map(|title| without_site(&title.replace(SOFT_HYPHEN, ""), site))
    .filter(|title| !title.is_empty())
    .collect();
    let headings = headings(page);
    let agreed = stated.iter().find_map(|title| headings.iter().find(|(_, text)| alike(text, title)));
    let heading = agreed.or_else(|| only_h1(&headings));
    let title = match (agreed, heading) {
        (Some((_, text)), _) => Some(without_kicker(text, &stated)),
        (None, Some((_, text))) if stated.is_empty() => Some(text.clone()),
        _ => stated.first().cloned(),
    };
    Headline { title: title.map(|title| whole_title(title, &stated)), heading: heading.map(|(node, _)| *node) }
}

/// "Kicker: Title" or "Kicker Title" in the heading, where the page elsewhere says that "Title" is the title.
fn without_kicker(shown: &str, stated: &[String]) -> String {
    const SHORTEST: usize = 10;
    let whole = letters(shown);
    let is_rest = |title: &&String| {
        let rest = letters(title);
        rest.chars().count() >= SHORTEST && rest.len() < whole.len() && whole.ends_with(&rest)
    };
    stated.iter().find(is_rest).cloned().unwrap_or_else(|| shown.to_owned())
}

/// A heading may show the title cut short, or as one part of it.
fn whole_title(shown: String, stated: &[String]) -> String {
    let cut = shown.trim_end_matches(['.', '…']);
    let is_cut = cut.len() < shown.len() && (shown.ends_with('…') || shown.ends_with("..."));
    let whole = stated.iter().find(|title| is_cut && title.len() > shown.len() && title.starts_with(cut));
    whole.cloned().unwrap_or(shown)
}

fn headings(page: &Page) -> Vec<(Node<'_>, String)> {
    const MOST: usize = 60;
    let is_heading = |node: &Node<'_>| node.has_name("h1") || node.has_name("h2");
    let root = page.root();
    let nodes = root.descendants_it().filter(is_heading).take(MOST);
    let mut found: Vec<(Node<'_>, String)> = nodes
        .filter_map(|node| Some((node, short_line(&node, LONGEST)?.replace(SOFT_HYPHEN, ""))))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    found.sort_by_key(|(node, _)| node.has_name("h2"));
    found
}

fn only_h1<'a, 'b>(headings: &'b [(Node<'a>, String)]) -> Option<&'b (Node<'a>, String)> {
    let mut h1 = headings.iter().filter(|(node, _)| node.has_name("h1"));
    let first = h1.next()?;
    h1.next().is_none().then_some(first)
}

/// A title without `| Site` behind it or `Site:` before it.
fn without_site(title: &str, site: Option<&str>) -> String {
    let mut title = title.trim();
    let Some(site) = site.map(letters).filter(|site| !site.is_empty()) else { return without_suffix(title) };
    for mark in MARKS {
        if let Some((head, tail)) = title.rsplit_once(mark)
            && letters(tail) == site
        {
            title = head;
        }
        if let Some((head, tail)) = title.split_once(mark)
            && letters(head) == site
        {
            title = tail;
        }
    }
    without_suffix(title.trim())
}

const MARKS: &[&str] = &[" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " • ", " · ", " / ", ": "];

/// `Title | Site`: what stands behind a bar is no part of a title.
fn without_suffix(title: &str) -> String {
    let parts: Vec<&str> = title.split(" | ").collect();
    match parts.as_slice() {
        [first, .., _] if first.chars().count() >= 15 => (*first).to_owned(),
        _ => title.to_owned(),
    }
}
