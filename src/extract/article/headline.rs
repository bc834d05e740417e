//! The title, and the heading that shows it.

use super::facts::{Facts, alike, letters};
use super::short_line;
use crate::extract::dom::{self, Descend, Node, Page, Step};
use crate::text;

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

/// Finds the title: the heading that the page's own statements agree with, else what they say, without the site's name.
pub(super) fn headline<'a>(page: &'a Page, facts: &Facts) -> Headline<'a> {
    let stated = Stated::of(facts);
    let sites = site_names(facts);
    let headings = headings(page, &sites);
    let agreed = agreed(&headings, &stated.titles);
    let heading = agreed.or_else(|| only_h1(&headings).filter(|heading| !sites.contains(&letters(&heading.text))));
    let title = match (agreed, heading) {
        (Some(heading), _) => Some(stated.as_written(&heading.text)),
        // the title of the window is written for search engines
        (None, Some(heading)) if stated.only_window => Some(heading.text.clone()),
        _ => stated.most_agreed(),
    };
    Headline {
        title: title.map(|title| whole_title(title, &stated.titles)),
        heading: heading.map(|heading| heading.node),
    }
}

/// What the page says that its title is, in machine-readable words, without the site's name; the most trustworthy first.
struct Stated {
    titles: Vec<String>,
    /// Of these, for links: `og:title` and its like.
    shared: Option<String>,
    /// Of these, of the article's object.
    described: Option<String>,
    /// Of these, of the browser's window.
    window: Option<String>,
    /// Whether there is none but the window's.
    only_window: bool,
}

impl Stated {
    fn of(facts: &Facts) -> Self {
        let sites = site_names(facts);
        let clean = |title: String| {
            Some(without_site(&title.replace(SOFT_HYPHEN, ""), &sites)).filter(|title| !title.is_empty())
        };
        let meta = |keys| facts.metas.first(keys).map(str::to_owned).and_then(clean);
        let shared = meta(&["og:title"]);
        let described = facts.article_line("headline").and_then(clean);
        let other = meta(&["twitter:title", "dc.title", "parsely-title", "sailthru.title"]);
        let only_window = shared.is_none() && described.is_none() && other.is_none();
        let window = facts.head_title.clone().and_then(clean);
        let titles = [shared.clone(), described.clone(), other, window.clone()].into_iter().flatten().collect();
        Self { titles, shared, described, window, only_window }
    }

    /// The wording that most kinds of statements share (cards for links, the article's object, the window), the first
    /// where none does. Two cards are one voice.
    fn most_agreed(&self) -> Option<String> {
        let same = |one: &Option<String>, title: &str| one.as_deref().map(letters) == Some(letters(title));
        match (&self.shared, &self.described) {
            (Some(shared), Some(described)) if !same(&self.described, shared) && same(&self.window, described) => {
                Some(described.clone())
            }
            _ => self.titles.first().cloned(),
        }
    }

    /// A shown title in the wording of the statements: without the kicker before it ("Weather: Storm ahead") and the
    /// subtitle behind it, where a statement knows the rest; with the kicker where two statements have it.
    fn as_written(&self, shown: &str) -> String {
        const SHORTEST: usize = 10;
        let whole = letters(shown);
        // a template may set other quotation marks than all else does
        if let [one, others @ ..] = self.titles.as_slice()
            && others.len() >= 2
            && others.iter().all(|other| other == one)
            && letters(one) == whole
        {
            return one.clone();
        }
        let twice =
            self.shared.as_ref().filter(|shared| self.described.as_ref().map(|d| letters(d)) == Some(letters(shared)));
        if let Some(title) =
            twice.filter(|title| letters(title).len() > whole.len() && letters(title).ends_with(&whole))
        {
            return title.clone();
        }
        let is_cut = |title: &str| title.ends_with(['…', '.']);
        if let Some(title) =
            twice.filter(|title| whole.len() > letters(title).len() && whole.starts_with(&letters(title)))
            && !is_cut(title)
        {
            return title.clone();
        }
        let is_rest = |title: &&String| {
            let rest = letters(title);
            rest.chars().count() >= SHORTEST && rest.len() < whole.len() && whole.ends_with(&rest)
        };
        self.titles.iter().find(is_rest).cloned().unwrap_or_else(|| shown.to_owned())
    }
}

/// A heading may show the title cut short, or as one part of it.
fn whole_title(shown: String, stated: &[String]) -> String {
    let cut = shown.trim_end_matches(['.', '…']);
    let is_cut = cut.len() < shown.len() && (shown.ends_with('…') || shown.ends_with("..."));
    let whole = stated.iter().find(|title| is_cut && title.len() > shown.len() && title.starts_with(cut));
    whole.cloned().unwrap_or(shown)
}

struct Heading<'a> {
    node: Node<'a>,
    text: String,
    is_first_rank: bool,
    /// Whether the page marks it as the article's headline (schema.org).
    is_marked: bool,
}

fn headings<'a>(page: &'a Page, sites: &[String]) -> Vec<Heading<'a>> {
    const MOST: usize = 60;
    let is_heading = |node: &Node<'_>| node.has_name("h1") || node.has_name("h2");
    let root = page.root();
    let nodes = root.descendants_it().filter(is_heading).take(MOST);
    let mut found: Vec<Heading<'_>> = nodes
        .filter_map(|node| {
            short_line(&node, LONGEST)?;
            let text = without_site_name(&shown(&node).replace(SOFT_HYPHEN, ""), sites);
            let marks = dom::attr(&node, "itemprop").unwrap_or_default();
            let is_marked = marks.split_whitespace().any(|mark| mark == "headline");
            Some(Heading { is_first_rank: node.has_name("h1"), node, text, is_marked })
        })
        .filter(|heading| !heading.text.is_empty())
        .collect();
    found.sort_by_key(|heading| !heading.is_first_rank);
    found
}

/// A heading's text but for the date in it.
fn shown(heading: &Node<'_>) -> String {
    let mut times = Vec::new();
    dom::walk(heading, |node, step| {
        if node.has_name("time") && step == Step::Enter {
            times.push(dom::line(node));
            return Descend::No;
        }
        Descend::Yes
    });
    let line = dom::line(heading);
    let rest =
        times.iter().filter(|time| !time.is_empty()).fold(line, |line, time| line.replacen(time.as_str(), " ", 1));
    text::clean_line(&rest)
}

/// The heading that shows a stated title: a first-rank one before others, one with these very words before one that has
/// more or fewer, and of these the longest, since the site's name is part of many titles.
fn agreed<'a, 'b>(headings: &'b [Heading<'a>], titles: &[String]) -> Option<&'b Heading<'a>> {
    let worth = |heading: &Heading<'_>| {
        let same = heading.is_marked || titles.iter().any(|title| letters(title) == letters(&heading.text));
        let like = || titles.iter().any(|title| alike(&heading.text, title));
        let length = if same { 0 } else { heading.text.chars().count() };
        (same || like()).then_some((heading.is_first_rank, same, length))
    };
    let rated = headings.iter().rev().filter_map(|heading| Some((worth(heading)?, heading)));
    rated.max_by_key(|(worth, _)| *worth).map(|(_, heading)| heading)
}

fn only_h1<'a, 'b>(headings: &'b [Heading<'a>]) -> Option<&'b Heading<'a>> {
    let mut first_rank = headings.iter().filter(|heading| heading.is_first_rank);
    let first = first_rank.next()?;
    first_rank.next().is_none().then_some(first)
}

/// The site's names in letters alone: as it states them, and its host.
fn site_names(facts: &Facts) -> Vec<String> {
    let stated =
        ["og:site_name", "application-name", "al:android:app_name"].iter().filter_map(|key| facts.metas.first(&[key]));
    let host = facts.page_url.host_str().unwrap_or_default().trim_start_matches("www.");
    let label = host.split('.').next().unwrap_or_default();
    stated.chain([host, label]).map(letters).filter(|name| name.chars().count() >= 2).collect()
}

/// A title without `| Site` behind it or `Site:` before it.
fn without_site(title: &str, sites: &[String]) -> String {
    without_suffix(&without_site_name(title, sites))
}

fn without_site_name(title: &str, sites: &[String]) -> String {
    let mut title = title.trim();
    for mark in MARKS {
        if let Some((head, tail)) = title.rsplit_once(mark)
            && sites.contains(&letters(tail))
        {
            title = head;
        }
        if let Some((head, tail)) = title.split_once(mark)
            && sites.contains(&letters(head))
        {
            title = tail;
        }
    }
    title.trim().to_owned()
}

const MARKS: &[&str] = &[" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " • ", " · ", " / ", ": ", "：", " › "];

/// `Title | Site`: what stands behind a bar is no part of a title.
fn without_suffix(title: &str) -> String {
    let parts: Vec<&str> = title.split(" | ").collect();
    match parts.as_slice() {
        [first, .., _] if first.chars().count() >= 15 => (*first).to_owned(),
        _ => title.to_owned(),
    }
}
