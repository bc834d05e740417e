//! Full-text search, the part that every store shares: what a query means, how hits are ranked, what is shown of them.
//!
//! Comes in: what a reader typed, and the texts of items. Goes out: terms, scores, snippets. Pure; it knows no index.

mod query;
mod rank;
mod snippet;
mod words;

pub(in crate::store) use query::{Query, Term};
pub(in crate::store) use rank::{Rank, rank};
pub(in crate::store) use snippet::snippet;
pub(in crate::store) use words::index_text;

use crate::model::{Category, PaperId};
use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// As typed: words, `"phrases"`. All must be found; marks may be left out; the last word may be unfinished.
    pub text: String,
    /// In this paper alone.
    pub paper: Option<PaperId>,
    /// So many hits at most.
    pub limit: u32,
}

/// An item that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// Whose.
    pub paper: PaperId,
    /// Its guid.
    pub guid: String,
    /// Its address.
    pub url: Url,
    /// Plain text.
    pub title: String,
    /// When it was published.
    pub published: DateTime<Utc>,
    /// All its categories.
    pub categories: Vec<Category>,
    /// A piece of its text as the paper wrote it, cut where words are found.
    pub snippet: Vec<Fragment>,
}

/// A part of a snippet: plain text, to be escaped by who shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fragment {
    /// The text.
    pub text: String,
    /// Whether it is what was looked for.
    pub found: bool,
}
