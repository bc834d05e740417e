//! An article's own page.

use super::ExtractError;
use crate::model::{Document, Extraction};

/// Whether a page says of itself, in machine-readable words, that it is one article.
pub(super) fn declares_itself(document: &Document) -> bool {
    let _ = document;
    false
}

/// Reads an article page: one entry.
///
/// # Errors
/// [`ExtractError`] where it has no article.
pub(super) fn extract(document: &Document) -> Result<Extraction, ExtractError> {
    let _ = document;
    Err(ExtractError::Unsupported { what: "an article page" })
}
