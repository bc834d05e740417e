//! The teaser.

use super::facts::Facts;
use super::noise;
use crate::extract::dom::{self, Page};

/// A shorter text is no teaser.
const SHORTEST: usize = 20;
const LONGEST: usize = 2000;

/// The paper's own summary: `og:description`, the visible sapo, JSON-LD, meta description (which may be written for search
/// engines); without the agency's sign before it.
pub(super) fn summary(page: &Page, facts: &Facts) -> Option<String> {
    let stated = facts.metas.first(&["og:description"]).map(str::to_owned);
    let found = stated
        .filter(|text| is_teaser(text))
        .or_else(|| visible(page))
        .or_else(|| facts.article_line("description"))
        .or_else(|| facts.metas.first(&["description", "twitter:description", "dc.description"]).map(str::to_owned))?;
    let found = without_agency(&dom::fragment_line(&found)).to_owned();
    (!found.is_empty()).then_some(found)
}

fn is_teaser(text: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&text.chars().count())
}

fn visible(page: &Page) -> Option<String> {
    const NAMES: &[&str] =
        &["sapo", "standfirst", "chapeau", "chapo", "vorspann", "lead", "lede", "dek", "entradilla", "ingress"];
    let is_lead = |node: &dom::Node<'_>| noise::words(node).iter().any(|word| NAMES.contains(&word.as_str()));
    let root = page.root();
    let mut elements = root.descendants_it().filter(|node| node.is_element() && !node.has_name("body"));
    let found = elements.find(|node| is_lead(node) && node.descendants_it().take(80).count() < 80)?;
    Some(dom::line(&found)).filter(|text| is_teaser(text))
}

/// `TPO - `, `(NLĐO) - `: the sign of the desk, no part of the teaser.
pub(super) fn without_agency(text: &str) -> &str {
    const LONGEST_SIGN: usize = 12;
    let Some(at) = text.find([' ', '-', '–']).filter(|at| *at > 0) else { return text };
    let (sign, rest) = text.split_at(at);
    let bare = sign.trim_start_matches('(').trim_end_matches(')');
    let letters = bare.chars().filter(|c| c.is_alphabetic()).count();
    let is_sign =
        bare.chars().count() <= LONGEST_SIGN && letters >= 2 && bare.chars().all(|c| c.is_uppercase() || c == '.');
    let behind = rest.trim_start();
    let body = behind.strip_prefix(['-', '–', '—']).filter(|body| body.starts_with(' '));
    match body {
        Some(body) if is_sign => body.trim_start(),
        _ => text,
    }
}
