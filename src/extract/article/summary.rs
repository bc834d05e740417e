//! The teaser.

use super::facts::Facts;
use super::lead;
use crate::extract::dom::{self, NodeId, Page};

/// A shorter text is no teaser.
const SHORTEST: usize = 20;
const LONGEST: usize = 2000;

/// The paper's own summary: `og:description`, the visible sapo, JSON-LD, meta description (which may be written for search
/// engines); without the agency's sign before it.
pub(super) fn summary(page: &Page, facts: &Facts, heading: Option<NodeId>) -> Option<String> {
    let stated = facts.metas.first(&["og:description"]).map(str::to_owned);
    let found = stated
        .filter(|text| is_teaser(text))
        .or_else(|| lead::lead(page, heading, &[]))
        .or_else(|| facts.article_line("description"))
        .or_else(|| facts.metas.first(&["description", "twitter:description", "dc.description"]).map(str::to_owned))?;
    let found = without_agency(&dom::fragment_line(&found)).to_owned();
    (!found.is_empty()).then_some(found)
}

fn is_teaser(text: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&text.chars().count())
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
