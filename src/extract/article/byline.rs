//! Who wrote it.

use super::facts::{Facts, letters};
use super::{noise, short_line};
use crate::extract::dom::{self, Descend, Node, Page, Step};
use crate::extract::structured_data::{self, Object};
use crate::text;

const AUTHOR_METAS: &[&str] = &[
    "author",
    "article:author",
    "og:article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dc:creator",
    "dcterms.creator",
    "byl",
    "cxenseparse:author",
    "citation_author",
    "article:author_name",
    "authors",
    "creator",
];
const MOST_AUTHORS: usize = 12;
const LONGEST_NAME: usize = 60;

/// What each witness says of the authors, in rank order, for people.
pub(super) fn witnesses(page: &Page, facts: &Facts, heading: Option<&Node<'_>>) -> [(&'static str, Vec<String>); 4] {
    let article = facts.article.as_ref();
    [
        ("JSON-LD, people", article.map(people).unwrap_or_default()),
        ("meta tags", of_metas(facts)),
        ("the byline", visible(page, heading)),
        ("JSON-LD, organizations", article.map(companies).unwrap_or_default()),
    ]
}

/// Names of people, in the order of the page.
pub(super) fn authors(page: &Page, facts: &Facts, heading: Option<&Node<'_>>) -> Vec<String> {
    let site = facts.metas.first(&["og:site_name"]).map(letters).unwrap_or_default();
    let article = facts.article.as_ref();
    let others = |names: Vec<String>| names.into_iter().filter(|name| letters(name) != site).collect();
    let mut names = distinct(others(article.map(people).unwrap_or_default()));
    if names.is_empty() {
        names = distinct(others(of_metas(facts)));
    }
    if names.is_empty() {
        names = distinct(others(visible(page, heading)));
    }
    if names.is_empty() {
        // better the desk than nobody
        names = distinct(article.map(companies).unwrap_or_default());
    }
    names
}

fn distinct(stated: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in stated.iter().flat_map(|stated| split(stated)) {
        let known = names.iter().any(|other| letters(other) == letters(&name));
        if !known && names.len() < MOST_AUTHORS {
            names.push(name);
        }
    }
    names
}

fn is_company(object: &Object) -> bool {
    structured_data::is_a(object, &["Organization", "NewsMediaOrganization", "Corporation"])
}

fn companies(object: &Object) -> Vec<String> {
    let authors = structured_data::objects(object, "author").filter(|author| is_company(author));
    authors.flat_map(|author| structured_data::texts(author, "name")).collect()
}

/// People before organizations: a paper that names itself as the author says little.
fn people(object: &Object) -> Vec<String> {
    for property in ["author", "creator"] {
        let people: Vec<String> = structured_data::objects(object, property)
            .filter(|author| !is_company(author))
            .flat_map(|author| structured_data::texts(author, "name"))
            .collect();
        if !people.is_empty() {
            return people;
        }
        let plain: Vec<String> = structured_data::each(object, property)
            .iter()
            .filter_map(|value| value.as_str())
            .map(dom::fragment_line)
            .collect();
        if !plain.is_empty() {
            return plain;
        }
    }
    Vec::new()
}

fn of_metas(facts: &Facts) -> Vec<String> {
    let found = AUTHOR_METAS.iter().map(|key| facts.metas.all(key).map(str::to_owned).collect::<Vec<_>>());
    found.into_iter().find(|names| names.iter().any(|name| is_name(name))).unwrap_or_default()
}

/// The byline near the heading, or at the foot of the text.
fn visible(page: &Page, heading: Option<&Node<'_>>) -> Vec<String> {
    let mut found: Vec<(u8, String)> = Vec::new();
    let mut heading_seen = heading.is_none();
    dom::walk(&page.root(), |node, step| {
        if step == Step::Leave || !node.is_element() {
            return Descend::Yes;
        }
        heading_seen |= heading.is_some_and(|heading| heading.id == node.id);
        let name = node.node_name().unwrap_or_default();
        if dom::is_silent(&name) || noise::is_frame(node) || noise::is_about_others(node) {
            return Descend::No;
        }
        let Some(rank) = author_rank(node).filter(|_| found.len() < 50) else { return Descend::Yes };
        let text = if &*name == "meta" {
            dom::attr(node, "content").unwrap_or_default()
        } else {
            short_line(node, 2 * LONGEST_NAME).unwrap_or_default()
        };
        let close = u8::from(!heading_seen);
        if !text.is_empty() && text.chars().count() <= 2 * LONGEST_NAME {
            found.push((rank + close, text));
            return Descend::No;
        }
        Descend::Yes
    });
    let Some(best) = found.iter().map(|(rank, _)| *rank).min() else { return Vec::new() };
    let of_best = found.into_iter().filter(|(rank, _)| *rank == best).map(|(_, text)| text);
    if best <= 1 { of_best.collect() } else { of_best.take(1).collect() }
}

fn author_rank(node: &Node<'_>) -> Option<u8> {
    let has = |name: &str, word: &str| {
        dom::attr(node, name).is_some_and(|value| value.split_whitespace().any(|w| w.eq_ignore_ascii_case(word)))
    };
    if has("itemprop", "author") || has("rel", "author") {
        return Some(0);
    }
    let words = noise::words(node);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if says(&["avatar", "bio", "comment", "image", "img"]) {
        return None;
    }
    let named = says(&["author", "byline", "authors", "tacgia", "autor", "autoren", "auteur", "redacteur", "autore"]);
    (named && !node.has_name("button")).then_some(2)
}

/// The names in one statement: "By A and B", "A, B".
fn split(stated: &str) -> Vec<String> {
    const PREFIXES: &[&str] = &[
        "by ",
        "von ",
        "par ",
        "por ",
        "di ",
        "door ",
        "af ",
        "av ",
        "text: ",
        "autor: ",
        "author: ",
        "posted by ",
        "written by ",
        "tác giả: ",
        "theo ",
        "oleh ",
        "published by ",
    ];
    let mut stated = text::clean_line(stated);
    for prefix in PREFIXES {
        if let Some(head) = stated.get(..prefix.len()).filter(|head| head.to_lowercase() == **prefix) {
            stated = stated[head.len()..].to_owned();
        }
    }
    let mut parts = vec![stated];
    let conjunctions = if is_vietnamese(&parts[0]) { &[] } else { EUROPEAN_CONJUNCTIONS };
    for mark in [", ", " & ", "; ", ";", " | ", "،", "、", " và "].iter().chain(conjunctions) {
        parts = parts.iter().flat_map(|part| part.split(*mark)).map(|part| part.trim().to_owned()).collect();
    }
    parts.retain(|part| is_name(part));
    parts
}

const EUROPEAN_CONJUNCTIONS: &[&str] = &[" and ", " und ", " et ", " y ", " og ", " och "];

/// Whether a text has letters that Vietnamese alone writes: there `y` is a word ("Trạm thú y"), and no conjunction.
fn is_vietnamese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{1ea0}'..='\u{1ef9}' | 'ă' | 'Ă' | 'đ' | 'Đ' | 'ơ' | 'Ơ' | 'ư' | 'Ư'))
}

fn is_name(text: &str) -> bool {
    let length = text.chars().count();
    let words = text.split_whitespace().count();
    (2..=LONGEST_NAME).contains(&length)
        && words <= 6
        && text.chars().any(char::is_alphabetic)
        && !text.contains(['@', '/', '{', '<', ':', '|'])
        && !text.contains("http")
        && !text.contains("www.")
        && !text.chars().any(|c| c.is_ascii_digit())
        && !matches!(
            text.to_lowercase().as_str(),
            "admin" | "author" | "editor" | "administrator" | "null" | "undefined" | "unknown" | "none"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conjunctions_part_names_but_not_vietnamese_words() {
        assert_eq!(split("Por Ana López y Juan Ruiz"), ["Ana López", "Juan Ruiz"]);
        assert_eq!(split("Trạm thú y Suối Trong"), ["Trạm thú y Suối Trong"]);
        assert_eq!(split("Lò Minh và Vì Xuân Hà"), ["Lò Minh", "Vì Xuân Hà"]);
    }
}
