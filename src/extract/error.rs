//! Why a document could not be read.

use crate::text::GateError;

/// Why a document could not be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// No bytes.
    #[error("the document is empty")]
    Empty,
    /// A picture, an archive, noise.
    #[error("the document is neither a feed nor a page but {found}")]
    NotText {
        /// What its first bytes look like.
        found: &'static str,
    },
    /// A feed was asked for.
    #[error("the document is not a feed: {why}")]
    NotAFeed {
        /// What stands there instead.
        why: String,
    },
    /// The XML or JSON cannot be repaired.
    #[error("the feed cannot be read: {why}")]
    Malformed {
        /// The parser's words and place.
        why: String,
    },
    /// The gate refused the markup.
    #[error("the page is not safe to parse: {0}")]
    Gate(#[from] GateError),
    /// A selector of the configuration is no CSS selector.
    #[error("`{selector}` is no CSS selector")]
    BadSelector {
        /// The selector.
        selector: String,
    },
    /// Nothing that an article page has.
    #[error("the page has no article")]
    NoArticle,
    /// A sitemap was asked for, or a packed file was none.
    #[error("the document is not a sitemap")]
    NotASitemap,
    /// A gzip file.
    #[error("the gzip file cannot be unpacked: {why}")]
    Packed {
        /// The library's words, or the limit.
        why: String,
    },
    /// Not read yet.
    #[error("{what} cannot be read yet")]
    Unsupported {
        /// What it is.
        what: &'static str,
    },
}
