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
mod site;
mod sniff;
mod structured_data;

use crate::model::{Document, Extraction, Memory, Recipe};
pub use dom::is_selector;
pub use error::ExtractError;
pub use site::{NamedLink, Site, Sitemap, site, sitemap};
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
        Recipe::Auto if article::declares_itself(document) => article::extract(document),
        Recipe::Auto => listing::extract(document, &crate::model::Selectors::default(), memory),
    }
}

/// The shape that an address shares with the others of its kind: `/xa-hoi/{slug}-{id}.html`.
#[must_use]
pub fn address_shape(url: &url::Url) -> String {
    listing::url_shape(url)
}
