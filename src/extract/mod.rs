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
mod explain;
mod feed;
mod listing;
mod parsed;
mod simple;
mod site;
mod sitemap;
mod sniff;
mod structured_data;

use crate::model::{Document, Extraction, Memory, Recipe};
use explain::Trace;

pub use dom::is_selector;
pub use error::ExtractError;
pub use explain::{Explanation, Fill, LinkGroup, Testimony, explain};
use parsed::Parsed;
pub use site::{NamedLink, Site, site};
pub use sitemap::{Sitemap, sitemap};
pub use sniff::first_bytes;

/// Reads a document as the recipe says; with [`Recipe::Auto`] the document itself says what it is.
///
/// # Errors
/// [`ExtractError`] where nothing can be read; a page without a list is no error but `ListFinding::Missing`.
pub fn extract(document: &Document, recipe: &Recipe, memory: &Memory) -> Result<Extraction, ExtractError> {
    read(document, recipe, memory, &Trace::default())
}

fn read(document: &Document, recipe: &Recipe, memory: &Memory, trace: &Trace) -> Result<Extraction, ExtractError> {
    let is_packed = matches!(recipe, Recipe::Auto | Recipe::Sitemap) && sitemap::is_packed(document);
    if let Some(found) = sniff::binary(&document.body).filter(|_| !is_packed) {
        return Err(ExtractError::NotText { found });
    }
    if is_packed {
        let unpacked = sitemap::unpacked(document)?;
        trace.say(|| "unpacked: the document is a gzip file".to_owned());
        return sitemap::explained(&unpacked, trace);
    }
    match recipe {
        Recipe::Feed => feed::explained(document, trace),
        Recipe::Listing(selectors) => listing::explained(document, selectors, memory, trace),
        Recipe::Article => article::explained(document, trace),
        Recipe::Sitemap => sitemap::explained(document, trace),
        Recipe::Auto if feed::is_feed(document) => {
            trace.say(|| "read as a feed: its first element is a feed's".to_owned());
            feed::explained(document, trace)
        }
        Recipe::Auto if sitemap::is_sitemap(document) => sitemap::explained(document, trace),
        Recipe::Auto => page(document, memory, trace),
    }
}

/// Reads a page as what it says itself to be.
fn page(document: &Document, memory: &Memory, trace: &Trace) -> Result<Extraction, ExtractError> {
    let parsed = Parsed::of(document)?;
    if article::declares_itself(&parsed.page) {
        trace.say(|| "read as an article: its JSON-LD or meta tags say that it is one".to_owned());
        article::read(document, parsed, trace)
    } else {
        trace.say(|| "read as a list: it is no feed and does not say that it is an article".to_owned());
        listing::unaided(document, parsed, memory, trace)
    }
}

/// The shape that an address shares with the others of its kind: `/xa-hoi/{slug}-{id}.html`.
#[must_use]
pub fn address_shape(url: &url::Url) -> String {
    listing::url_shape(url)
}
