//! The categories of a draft: the section's own, else the entry's labels.

use crate::model::{Category, CategorySlug, Source};
use crate::text::{clean_line, slug};

/// An entry with more labels has keywords, not categories.
const MOST: usize = 16;
const LONGEST: usize = 64;

/// The section's configured category, else the labels that name one.
pub(super) fn categories(source: &Source, labels: &[String]) -> Vec<Category> {
    if let Some(category) = &source.category {
        return vec![category.clone()];
    }
    let mut found: Vec<Category> = Vec::new();
    for category in labels.iter().filter_map(|label| category(label)) {
        if found.len() < MOST && found.iter().all(|known| known.slug != category.slug) {
            found.push(category);
        }
    }
    found
}

/// The category that a label of 1 to 64 characters names; `None` where nothing of it can stand in an address.
#[must_use]
pub fn category(label: &str) -> Option<Category> {
    let title = clean_line(label);
    let title = title.trim_matches(is_ornament);
    if !(1..=LONGEST).contains(&title.chars().count()) {
        return None;
    }
    let slug = CategorySlug::new(slug(title)?).ok()?;
    Some(Category { slug, title: title.to_owned() })
}

fn is_ornament(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '–'
                | '—'
                | '|'
                | '•'
                | '·'
                | ':'
                | ';'
                | ','
                | '.'
                | '/'
                | '\\'
                | '>'
                | '<'
                | '»'
                | '«'
                | '›'
                | '‹'
                | '#'
                | '['
                | ']'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(label: &str) -> Option<(String, String)> {
        category(label).map(|c| (c.slug.to_string(), c.title))
    }

    #[test]
    fn label_becomes_a_category() {
        assert_eq!(named(" Bản tin\u{a0}thời tiết - "), Some(("ban-tin-thoi-tiet".into(), "Bản tin thời tiết".into())));
        assert_eq!(named("» Xã hội |"), Some(("xa-hoi".into(), "Xã hội".into())));
        assert_eq!(named("C++"), Some(("c".into(), "C++".into())));
    }

    #[test]
    fn labels_that_name_nothing_go() {
        for label in ["", " - ", "All", "ALL", "…", &"a ".repeat(65)] {
            assert_eq!(named(label), None, "{label}");
        }
    }
}
