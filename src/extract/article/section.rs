//! The section that the page says it stands in.

use super::facts::{Facts, letters};
use crate::extract::structured_data::{self, Object};
use crate::text;

const MOST_LABELS: usize = 8;
const LONGEST_LABEL: usize = 64;

/// Category labels: `article:section`, `articleSection`; else the breadcrumb's first step below the home page.
pub(super) fn labels(facts: &Facts, title: Option<&str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let described =
        facts.article.as_ref().map(|object| structured_data::texts(object, "articleSection")).unwrap_or_default();
    let metas = facts.metas.all("article:section").map(str::to_owned);
    for stated in metas.chain(described) {
        for label in stated.split([',', ';', '>', '|']).map(text::clean_line) {
            push(&mut found, label);
        }
    }
    if found.is_empty()
        && let Some(label) = breadcrumb(facts, title)
    {
        push(&mut found, label);
    }
    found
}

fn push(found: &mut Vec<String>, label: String) {
    let known = found.iter().any(|other| letters(other) == letters(&label));
    let length = label.chars().count();
    if !known && (1..=LONGEST_LABEL).contains(&length) && !label.contains("://") && found.len() < MOST_LABELS {
        found.push(label);
    }
}

fn breadcrumb(facts: &Facts, title: Option<&str>) -> Option<String> {
    let list = facts.others.iter().find(|object| structured_data::is_a(object, &["BreadcrumbList"]))?;
    let steps = structured_data::objects(list, "itemListElement");
    let names: Vec<String> = steps.filter_map(step_name).collect();
    let is_title = |name: &String| title.is_some_and(|title| super::facts::alike(name, title));
    // the first step is the home page
    names.get(1).filter(|name| !is_title(name)).cloned()
}

fn step_name(step: &Object) -> Option<String> {
    structured_data::text(step, "name").or_else(|| structured_data::text(step, "item"))
}
