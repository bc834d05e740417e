//! What a document says: bytes in, entries out; pure, knows no database and no network.
//!
//! Comes in: a [`Document`], the source's [`Recipe`] and its [`Memory`]. Goes out: an [`Extraction`] with every fact as
//! stated, and what to remember. It does not know what is new, what is safe to publish, or which timezone a paper is in.

mod article;
mod charset;
pub mod date;
mod dom;
mod doubled;
mod error;
mod feed;
mod listing;
mod parsed;
mod sniff;
mod structured_data;

use crate::model::{Document, Extraction, Memory, Recipe};
pub use dom::is_selector;
pub use error::ExtractError;
use parsed::Parsed;
pub use sniff::first_bytes;

/// Reads a document as the recipe says; with [`Recipe::Auto`] the document itself says what it is.
///
/// # Errors
/// [`ExtractError`] where nothing can be read; a page without a list is no error but `ListFinding::Missing`.
pub fn extract(document: &Document, recipe: &Recipe, memory: &Memory) -> Result<Extraction, ExtractError> {
    if let Some(found) = sniff::binary(&document.body) {
        return Err(ExtractError::NotText { found });
    }
    match recipe {
        Recipe::Feed => feed::extract(document),
        Recipe::Listing(selectors) => listing::extract(document, selectors, memory),
        Recipe::Article => article::extract(document),
        Recipe::Sitemap => Err(ExtractError::Unsupported { what: "a sitemap" }),
        Recipe::Auto if feed::is_feed(document) => feed::extract(document),
        Recipe::Auto => page(document, memory),
    }
}

/// Reads a page as what it says itself to be.
fn page(document: &Document, memory: &Memory) -> Result<Extraction, ExtractError> {
    let parsed = Parsed::of(document)?;
    if article::declares_itself(&parsed.page) {
        article::read(document, parsed)
    } else {
        listing::unaided(document, parsed, memory)
    }
}
