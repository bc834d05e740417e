//! The teaser.

use super::facts::Facts;
use super::lead;
use crate::extract::dom::{self, NodeId, Page};
use crate::text;

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
    let found = text::without_agency(&dom::fragment_line(&found)).to_owned();
    (!found.is_empty()).then_some(found)
}

fn is_teaser(text: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&text.chars().count())
}
