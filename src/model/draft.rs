//! What we mean by an entry: checked, safe and keyed, but not yet compared with what is known.

use super::id::is_slug;
use super::{PaperId, Precision, SourceId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

/// An entry in our own terms, ready for the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The source that showed it.
    pub source: SourceId,
    /// That source's paper.
    pub paper: PaperId,
    /// What the article is recognized by, strongest first.
    pub keys: Vec<ItemKey>,
    /// The article's address, without tracking.
    pub permalink: Permalink,
    /// Plain text, NFC, single spaces. Empty only where the article's own page must give it (`normalize::pending`).
    pub title: String,
    /// Plain text.
    pub summary: Option<String>,
    /// Sanitized markup.
    pub content: Option<SafeHtml>,
    /// The categories it stands in.
    pub categories: Vec<Category>,
    /// Names of people.
    pub authors: Vec<String>,
    /// Language (BCP 47), where it is not the paper's.
    pub language: Option<String>,
    /// The lead picture.
    pub image: Option<Image>,
    /// Attached media.
    pub enclosures: Vec<Enclosure>,
    /// When it was published, as far as this document knows; never later than now.
    pub published: Option<PubDate>,
    /// When it was last edited, as stated.
    pub updated: Option<DateTime<Utc>>,
    /// Its place in the document, from 0: an undated list gets its first sight less one second a place.
    pub place: usize,
    /// Stable 64-bit simhash of the folded text (title, summary, content).
    pub fingerprint: u64,
}

/// What an article is recognized by. Items that share a key are one, within the limits that `store::dedup` states.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ItemKey {
    /// The origin's own id within its source.
    OriginId(SourceId, String),
    /// The site's id in the URL, within a host.
    SiteId(String),
    /// The canonical permalink: scheme, `www.`, tracking, trailing slash and fragment folded.
    Permalink(String),
    /// Folded title within a day.
    TitleDay(String),
}

/// An absolute http(s) address without tracking parameters, as readers get it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Permalink(Url);

impl Permalink {
    /// Takes an absolute http(s) URL that `normalize::permalink` has cleaned.
    #[must_use]
    pub fn new(url: Url) -> Option<Self> {
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(Self(url))
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Permalink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// Markup that passed the allow-list. Made by `normalize::sanitize` alone; the store gives back what it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Vouches for markup. Only `normalize::sanitize` and the store's own rows may call this (held by `tests/layers.rs`).
    #[must_use]
    pub fn vouch(markup: String) -> Self {
        Self(markup)
    }

    /// The markup.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A paper's category: its slug in URLs and its title as the paper writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Category {
    /// `xa-hoi`.
    pub slug: CategorySlug,
    /// `Xã hội`.
    pub title: String,
}

/// A slug that cannot name a category.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a category's slug is 1 to 64 of the characters a-z, 0-9 and -, and not \"all\"")]
pub struct InvalidSlug;

/// `[a-z0-9-]{1,64}`, and not `all`, which is every item of the paper.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CategorySlug(String);

impl CategorySlug {
    /// Checks the form.
    ///
    /// # Errors
    /// [`InvalidSlug`] where the text has another form or is `all`.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidSlug> {
        let text = text.into();
        if is_slug(&text) && text != "all" { Ok(Self(text)) } else { Err(InvalidSlug) }
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CategorySlug {
    type Error = InvalidSlug;
    fn try_from(text: String) -> Result<Self, InvalidSlug> {
        Self::new(text)
    }
}

impl From<CategorySlug> for String {
    fn from(slug: CategorySlug) -> Self {
        slug.0
    }
}

impl fmt::Display for CategorySlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The lead picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Absolute http(s) address.
    pub url: Url,
    /// Width in pixels, where known.
    pub width: Option<u32>,
    /// Height in pixels, where known.
    pub height: Option<u32>,
}

/// An attached file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// Absolute http(s) address.
    pub url: Url,
    /// Media type, such as `audio/mpeg`.
    pub media_type: String,
    /// Size in bytes; 0 if unknown (RSS 2.0 profile).
    pub length_bytes: u64,
}

/// When an item was published, and how we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PubDate {
    /// The moment, never later than when it was learned.
    pub at: DateTime<Utc>,
    /// How exactly it is known.
    pub precision: Precision,
    /// The witness; a merge keeps the better one.
    pub origin: DateOrigin,
}

/// The witness of a date, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrigin {
    /// Nobody stated one: when we first saw the item.
    FirstSeen,
    /// The address of the article (`/2026/02/14/`).
    Url,
    /// Visible text.
    Text,
    /// JSON-LD, meta tags, `<time datetime>`.
    Metadata,
    /// A feed.
    Feed,
}

impl DateOrigin {
    /// The word that `extract` prints as `published_from`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstSeen => "first-seen",
            Self::Url => "url",
            Self::Text => "text",
            Self::Metadata => "metadata",
            Self::Feed => "feed",
        }
    }
}
