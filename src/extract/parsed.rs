//! A document as a page, parsed once for whoever asks what it is.
//!
//! Comes in: bytes with their label. Goes out: the tree, and how the bytes were read. It does not know what the page is about.

use super::{ExtractError, charset, dom};
use crate::model::Document;

/// A page and how its bytes were read.
pub(super) struct Parsed {
    /// The tree.
    pub(super) page: dom::Page,
    /// The encoding's IANA label in lower case.
    pub(super) encoding: String,
    /// Whether some bytes had no meaning in it, or its label was wrong.
    pub(super) lossy: bool,
}

impl Parsed {
    /// Parses a document.
    ///
    /// # Errors
    /// [`ExtractError::Empty`] and [`ExtractError::Gate`].
    pub(super) fn of(document: &Document) -> Result<Self, ExtractError> {
        if document.body.is_empty() {
            return Err(ExtractError::Empty);
        }
        let decoded = charset::decode_page(&document.body, document.media_type.as_deref());
        let page = dom::parse(&decoded.text)?;
        Ok(Self { page, encoding: decoded.encoding, lossy: decoded.lossy })
    }
}
