//! RSS, Atom, RDF, JSON Feed: the only file that names feed-rs.

use super::ExtractError;
use crate::model::{Document, Extraction};

/// Whether the document's first bytes are a feed's.
pub(super) fn is_feed(document: &Document) -> bool {
    let _ = document;
    false
}

/// Reads a feed.
///
/// # Errors
/// [`ExtractError`] where nothing can be saved of it.
pub(super) fn extract(document: &Document) -> Result<Extraction, ExtractError> {
    let _ = document;
    Err(ExtractError::Unsupported { what: "a feed" })
}
