//! Section pages: tries the readers in order and says which won.

use super::ExtractError;
use crate::model::{Document, Extraction, Memory, Selectors};

/// Reads a section page.
///
/// # Errors
/// [`ExtractError`] where it is no page at all; a page without a list is a finding, no error.
pub(super) fn extract(document: &Document, selectors: &Selectors, memory: &Memory) -> Result<Extraction, ExtractError> {
    let _ = (document, selectors, memory);
    Err(ExtractError::Unsupported { what: "a section page" })
}
