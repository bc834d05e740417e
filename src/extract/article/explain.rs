//! An article page's part of an explanation: what each witness says, in rank order. It decides nothing: which of them was
//! believed shows in the entry itself.

use super::facts::Facts;
use super::{byline, picture, published, short_line};
use crate::extract::dom::{Node, Page};
use crate::extract::explain::{Explanation, Testimony};
use crate::text;

/// Longest value that is told.
const MOST_CHARS: usize = 200;
/// Statements of one page.
const MOST: usize = 200;

/// Notes what the page's witnesses say.
pub(super) fn testimony(to: &mut Explanation, page: &Page, facts: &Facts, heading: Option<&Node<'_>>) {
    let meta = |key: &'static str| facts.metas.first(&[key]).map(str::to_owned);
    for (witness, value) in [
        ("the heading", heading.and_then(|node| short_line(node, 400))),
        ("meta og:title", meta("og:title")),
        ("JSON-LD headline", facts.article_line("headline")),
        ("meta twitter:title", meta("twitter:title")),
        ("<title>", facts.head_title.clone()),
    ] {
        add(to, "title", witness, value.as_deref());
    }
    for (witness, value) in published::witnesses(page, facts, heading) {
        add(to, "date", &witness, Some(&value));
    }
    add(to, "updated", "JSON-LD dateModified", facts.article_line("dateModified").as_deref());
    for (witness, names) in byline::witnesses(page, facts, heading) {
        add(to, "authors", witness, Some(&names.join(", ")));
    }
    for (witness, url) in picture::witnesses(facts) {
        add(to, "picture", witness, Some(url.as_str()));
    }
    for (witness, value) in [
        ("meta og:description", meta("og:description")),
        ("JSON-LD description", facts.article_line("description")),
        ("meta description", meta("description")),
    ] {
        add(to, "summary", witness, value.as_deref());
    }
    for (witness, value) in [
        ("meta article:section", meta("article:section")),
        ("JSON-LD articleSection", facts.article_line("articleSection")),
    ] {
        add(to, "section", witness, value.as_deref());
    }
    add(to, "canonical", "rel=canonical", facts.canonical.as_ref().map(url::Url::as_str));
}

/// Notes how long the text is that one witness gives.
pub(super) fn text(to: &mut Explanation, witness: &'static str, markup: Option<&str>) {
    let value = match markup.map(|markup| text::plain_text(markup).chars().count()) {
        Some(length) => format!("{length} characters"),
        None => "nothing".to_owned(),
    };
    add(to, "text", witness, Some(&value));
}

fn add(to: &mut Explanation, field: &'static str, witness: &str, value: Option<&str>) {
    let value =
        value.map(|value| text::truncate(&text::clean_line(value), MOST_CHARS)).filter(|value| !value.is_empty());
    if let Some(value) = value.filter(|_| to.testimony.len() < MOST) {
        to.testimony.push(Testimony { field, witness: witness.to_owned(), value });
    }
}
