//! Atom 1.0 (RFC 4287).
//!
//! Comes in: the root element. Goes out: findings. It does not know how the document was written.

use super::super::atom::looks_like_markup;
use super::xml::{Element, Parent};
use super::{Findings, check_archive, value};
use std::collections::HashSet;

const ATOM: &str = "http://www.w3.org/2005/Atom";
const ONCE: [&str; 9] =
    ["id", "title", "updated", "published", "summary", "subtitle", "content", "generator", "rights"];

pub(super) fn check(root: Element<'_>, path: &str, found: &mut Findings) {
    if !root.is(ATOM, "feed") {
        let rule = if root.name() == "feed" { "InvalidNamespace" } else { "UndefinedElement" };
        found.add(rule, "the document", &format!("{} {}", root.name(), root.space()));
        return;
    }
    let root = Parent::of(root);
    common(&root, "the feed", found);
    let own = root.all(ATOM, "link").find(|link| link.attribute("rel") == Some("self"));
    match own.and_then(|link| link.attribute("href")) {
        None => found.add("MissingSelf", "the feed", ""),
        Some(href) => {
            found.check(href.ends_with(&format!("/{path}")), "SelfDoesntMatchLocation", "the feed", href);
        }
    }
    check_archive(&root, found);
    let has_author = root.first(ATOM, "author").is_some();
    let mut seen = HashSet::new();
    for (number, entry) in root.all(ATOM, "entry").enumerate() {
        let place = format!("entry {}", number + 1);
        let entry = &Parent::of(entry);
        common(entry, &place, found);
        let author = has_author || entry.first(ATOM, "author").is_some();
        found.check(author, "MissingElement", &place, "author");
        let is_whole = alternates(entry).next().is_some() || entry.first(ATOM, "content").is_some();
        found.check(is_whole, "MissingAlternate", &place, "neither content nor an alternate link");
        for source in entry.all(ATOM, "source") {
            common(&Parent::of(source), &format!("the source of {place}"), found);
        }
        if let Some(id) = entry.first(ATOM, "id") {
            found.check(seen.insert(id.text()), "DuplicateEntries", &place, &id.text());
        }
    }
}

fn alternates<'a>(of: &Parent<'a>) -> impl Iterator<Item = Element<'a>> {
    of.all(ATOM, "link").filter(|link| matches!(link.attribute("rel"), None | Some("alternate")))
}

fn common(of: &Parent<'_>, place: &str, found: &mut Findings) {
    for name in ["id", "title", "updated"] {
        found.check(of.first(ATOM, name).is_some(), "MissingElement", place, name);
    }
    for name in ONCE {
        found.check(of.all(ATOM, name).count() <= 1, "DuplicateElement", place, name);
    }
    for name in ["updated", "published"] {
        for date in of.all(ATOM, name) {
            found.check(value::is_rfc3339(&date.text()), "InvalidRFC3339Date", place, &date.text());
        }
    }
    if let Some(id) = of.first(ATOM, "id") {
        found.check(value::is_uri(&id.text()), "InvalidFullLink", place, &id.text());
    }
    for text in of.children().filter(|e| e.space() == ATOM && is_text(e.name())) {
        check_text(text, place, found);
    }
    for person in of.all(ATOM, "author") {
        let name = person.first(ATOM, "name");
        found.check(name.is_some(), "MissingElement", place, "name of <author>");
        found.check(name.is_none_or(|name| !name.text().trim().is_empty()), "NotBlank", place, "name of <author>");
    }
    for category in of.all(ATOM, "category") {
        let has_term = category.attribute("term").is_some_and(|term| !term.is_empty());
        found.check(has_term, "MissingAttribute", place, "term of <category>");
        let scheme = category.attribute("scheme");
        found.check(scheme.is_none_or(value::is_uri), "InvalidURIAttribute", place, scheme.unwrap_or_default());
    }
    links(of, place, found);
}

fn is_text(name: &str) -> bool {
    matches!(name, "title" | "subtitle" | "summary" | "rights" | "content")
}

fn check_text(text: Element<'_>, place: &str, found: &mut Findings) {
    let kind = text.attribute("type").unwrap_or("text");
    let is_known =
        matches!(kind, "text" | "html" | "xhtml") || (text.name() == "content" && value::is_media_type(kind));
    found.check(is_known, "InvalidTextType", place, kind);
    let is_empty = text.text().trim().is_empty() && text.children().next().is_none() && text.attribute("src").is_none();
    found.check(!is_empty, "NotBlank", place, text.name());
    let language = text.language();
    let is_language = language.is_none_or(|tag| tag.is_empty() || value::is_language(tag));
    found.check(is_language, "InvalidLanguage", place, language.unwrap_or_default());
    match kind {
        "html" => value::check_markup(&text.text(), place, found),
        // a title that speaks of markup has no other way to say it to readers that take titles as they are
        "text" if text.name() == "summary" => {
            found.check(!looks_like_markup(&text.text()), "ContainsUndeclaredHTML", place, &text.text());
        }
        _ => {}
    }
}

fn links(of: &Parent<'_>, place: &str, found: &mut Findings) {
    let mut alternate = HashSet::new();
    for link in of.all(ATOM, "link") {
        match link.attribute("href") {
            None => found.add("MissingHref", place, "<link>"),
            Some(href) => found.check(value::is_web_address(href), "InvalidURIAttribute", place, href),
        }
        let kind = link.attribute("type");
        found.check(kind.is_none_or(value::is_media_type), "InvalidMIMEAttribute", place, kind.unwrap_or_default());
        let length = link.attribute("length");
        found.check(length.is_none_or(value::is_count), "InvalidIntegerAttribute", place, length.unwrap_or_default());
    }
    for link in alternates(of) {
        let is_new = alternate.insert((link.attribute("type"), link.attribute("hreflang")));
        found.check(is_new, "DuplicateAtomLink", place, link.attribute("href").unwrap_or_default());
    }
}
