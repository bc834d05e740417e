//! What a page without stories is: an empty list, a wall, or no list at all; and what the page calls itself.
//!
//! Comes in: the outline. Goes out: whether its list is empty and the section's title. It does not know the stories' facts.

use super::chunk::{self, Chunk};
use super::outline::{Outline, Part};
use super::vocabulary::Marks;
use crate::extract::dom::{self, Element, Page};
use crate::text;

/// A page with more text than this is no mere challenge.
const MOST_WALL_CHARS: usize = 1_500;
/// An empty list stands at most so many parts behind its heading.
const MOST_PARTS_TO_LIST: usize = 40;

/// What the line over a list never stands in; breadcrumbs that are no links may be all the heading there is.
const ELSEWHERE: Marks = Marks::BESIDE.and(Marks::FRAME.without(Marks::NAV));

/// Titles of pages that let nobody pass, folded.
const WALL_TITLES: &[&str] = &[
    "dang nhap",
    "login",
    "log in",
    "sign in",
    "anmelden",
    "iniciar sesion",
    "captcha",
    "just a moment",
    "attention required",
    "are you a robot",
    "are you human",
    "verify you are human",
    "verifying you are human",
    "checking your browser",
    "access denied",
    "security check",
    "xac minh",
    "one moment",
    "bot verification",
    "ddos-guard",
    "xac thuc",
];

/// What a list says that has nothing to show, folded.
const EMPTY_WORDS: &[&str] = &[
    "khong co bai viet",
    "chua co bai viet",
    "khong co tin",
    "chua co tin",
    "khong co bai nao",
    "chua co du lieu",
    "khong co du lieu",
    "no articles",
    "no posts",
    "no stories",
    "no results",
    "nothing found",
    "no news",
    "no entries",
    "keine artikel",
    "keine beitrage",
    "no hay articulos",
    "no hay noticias",
    "aucun article",
    "nessun articolo",
    "belum ada berita",
    "tidak ada berita",
    "nenhum artigo",
];

/// The page's own names: `<title>`, and its headings and lines that are no frame.
#[derive(Debug)]
pub(super) struct Names {
    /// `<title>`, whole.
    pub(super) title: String,
    /// Its part before the separator.
    pub(super) section: String,
}

impl Names {
    /// Reads `<title>`.
    pub(super) fn of(page: &Page) -> Self {
        let title = dom::elements(page, "title").first().map(|node| text::clean_line(&node.text())).unwrap_or_default();
        // a section's own name may have a dash: the site's name comes last; bars divide nothing but names
        let bar = [" | ", " :: ", " » ", " • ", " · "].iter().filter_map(|separator| title.find(separator)).min();
        let dash = || [" - ", " – ", " — "].iter().filter_map(|separator| title.rfind(separator)).max();
        let cut = bar.or_else(dash);
        let section = cut.map_or(title.as_str(), |at| &title[..at]).trim().to_owned();
        Self { title, section }
    }
}

/// The section's title: the heading of the page that is no story's, else the part of `<title>` before the site's name.
pub(super) fn section_title(outline: &Outline<'_>, names: &Names, stories: &[(usize, usize)]) -> Option<String> {
    let in_story = |place: usize| stories.iter().any(|(start, end)| (*start..*end).contains(&place));
    let mut headings = outline.parts.iter().enumerate().filter(|(place, part)| part.tag == "h1" && !in_story(*place));
    let heading = headings.find_map(|(place, part)| {
        let line = outline.line(place, part.end);
        (!line.is_empty() && line.chars().count() <= 80).then_some(line)
    });
    let named = || (!names.section.is_empty()).then(|| names.section.clone());
    match heading {
        // the site's own name stands in an h1 on many pages
        Some(line) if !names.section.is_empty() && names.title.ends_with(&line) && names.title != line => named(),
        Some(line) => Some(line),
        None => named(),
    }
}

/// Whether the page is a login form, a captcha or a challenge.
pub(super) fn is_wall(page: &Page, outline: &Outline<'_>, names: &Names) -> bool {
    let is_named = |line: &str| {
        let folded = text::fold(line);
        folded.chars().count() <= 80 && WALL_TITLES.iter().any(|title| folded.contains(title))
    };
    let headings = outline.parts.iter().enumerate().filter(|(_, part)| matches!(part.tag.as_str(), "h1" | "h2"));
    let heads = headings.take(4).any(|(place, part)| is_named(&outline.line(place, part.end)));
    if !is_named(&names.title) && !heads {
        return false;
    }
    let chars: usize = outline.parts.iter().map(|part| part.text.trim().len()).sum();
    has_password(outline) || has_challenge(page) || chars <= MOST_WALL_CHARS
}

/// Whether the page asks for a password.
pub(super) fn has_password(outline: &Outline<'_>) -> bool {
    let is_password = |part: &Part<'_>| part.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("password"));
    outline.parts.iter().any(|part| part.tag == "input" && is_password(part))
}

fn has_challenge(page: &Page) -> bool {
    const SIGNS: &[&str] = &["challenge-platform", "cf-chl", "recaptcha", "hcaptcha", "turnstile", "captcha"];
    let says = |(name, value): (&str, &str)| {
        matches!(name, "src" | "id" | "class" | "action") && SIGNS.iter().any(|sign| value.contains(sign))
    };
    let root = page.root();
    root.descendants_it().filter_map(|node| Element::of(&node)).any(|element| element.attributes().any(says))
}

/// Whether a page on which no story was found says or shows that its list is empty.
pub(super) fn is_empty_list(outline: &Outline<'_>, names: &Names) -> bool {
    let lines: Vec<Chunk> = chunk::chunks(outline, (0, outline.parts.len()), &[], None)
        .into_iter()
        .filter(|line| !line.marks.any(ELSEWHERE) && line.text.chars().count() <= 120)
        .collect();
    let says_empty = lines.iter().any(|line| {
        let folded = text::fold(&line.text);
        EMPTY_WORDS.iter().any(|words| folded.contains(words))
    });
    let section = text::fold(&names.section);
    let has_heading_and_list = lines
        .iter()
        .filter(|line| !section.is_empty() && text::fold(&line.text) == section && line.linked_percent(|_| true) < 50)
        .any(|line| list_follows(outline, line.end));
    says_empty || has_heading_and_list
}

/// Whether the next thing behind a heading is the box of a list with nothing in it.
fn list_follows(outline: &Outline<'_>, from: usize) -> bool {
    for part in outline.parts.iter().enumerate().skip(from).take(MOST_PARTS_TO_LIST) {
        let (place, part) = part;
        if part.is_text() {
            if part.text.trim().is_empty() {
                continue;
            }
            return false;
        }
        let is_container = matches!(part.tag.as_str(), "ul" | "ol" | "section" | "div" | "tbody" | "table" | "dl");
        let is_list =
            part.marks.any(Marks::LIST) || matches!(part.tag.as_str(), "ul" | "ol" | "section" | "tbody" | "dl");
        let is_empty =
            outline.parts[place + 1..part.end].iter().all(|inner| inner.is_text() && inner.text.trim().is_empty());
        let is_frame = part.marks.any(Marks::FRAME | Marks::BESIDE);
        if is_container && is_list && is_empty && !is_frame {
            return true;
        }
    }
    false
}
