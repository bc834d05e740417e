//! What a document says: entries as the origin stated them, nothing interpreted.

use super::{ListReading, Memory};
use chrono::{FixedOffset, NaiveDateTime};
use serde::Serialize;
use std::time::Duration;
use url::Url;

/// What `extract` makes of one document.
#[derive(Debug, Clone)]
pub struct Extraction {
    /// What the document is.
    pub kind: Kind,
    /// How it was read.
    pub method: ExtractMethod,
    /// The document's own title: of the feed, the section or the article.
    pub title: Option<String>,
    /// The document's language (BCP 47), as stated.
    pub language: Option<String>,
    /// The character encoding that the bytes were read with, as its IANA label in lower case.
    pub encoding: String,
    /// Whether a feed was well-formed XML or JSON without repair. Pages are always well-formed.
    pub well_formed: bool,
    /// What a section page showed where its list should be; a feed is always [`ListFinding::Found`] or [`ListFinding::Empty`].
    pub finding: ListFinding,
    /// The entries in document order.
    pub entries: Vec<Entry>,
    /// How a section page's list was found, against what is usual; `None`: no section page.
    pub reading: Option<ListReading>,
    /// What the document says about polling it.
    pub hints: Hints,
    /// What was wrong with it, entry by entry.
    pub flaws: Vec<Flaw>,
    /// What to remember for the next document of this source.
    pub memory: Memory,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// RSS, Atom, RDF or JSON Feed.
    Feed,
    /// A page that lists articles.
    Listing,
    /// An article's own page.
    Article,
}

/// How a document was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtractMethod {
    /// RSS 0.9x or 2.0.
    Rss,
    /// Atom 0.3 or 1.0.
    Atom,
    /// RSS 0.90 or 1.0 (RDF).
    Rdf,
    /// JSON Feed 1.0 or 1.1.
    JsonFeed,
    /// Hand-written selectors.
    Selectors,
    /// JSON-LD or microdata of the page.
    Structured,
    /// The repeated block of articles, found without a recipe.
    Blocks,
    /// A learned template.
    Template,
    /// An article page.
    Article,
    /// A sitemap.
    Sitemap,
    /// A sitemap index: its entries are sitemaps, not articles.
    SitemapIndex,
}

impl ExtractMethod {
    /// The word that `extract` prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::Rdf => "rdf",
            Self::JsonFeed => "json-feed",
            Self::Selectors => "selectors",
            Self::Structured => "structured",
            Self::Blocks => "blocks",
            Self::Template => "template",
            Self::Article => "article",
            Self::Sitemap => "sitemap",
            Self::SitemapIndex => "sitemap-index",
        }
    }
}

/// What a section page showed where its list should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListFinding {
    /// The list, with articles.
    #[default]
    Found,
    /// The list is there and has no articles: well read.
    Empty,
    /// No list that could be found: a redesign, some other page.
    Missing,
    /// The site's frame and menus, and nothing of its own.
    FrameOnly,
    /// An error page, whatever its status was.
    ErrorPage,
    /// A login form.
    Login,
    /// A captcha or a bot wall's challenge.
    Captcha,
}

impl ListFinding {
    /// All findings.
    pub const ALL: [Self; 7] =
        [Self::Found, Self::Empty, Self::Missing, Self::FrameOnly, Self::ErrorPage, Self::Login, Self::Captcha];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Empty => "empty",
            Self::Missing => "missing",
            Self::FrameOnly => "frame-only",
            Self::ErrorPage => "error-page",
            Self::Login => "login",
            Self::Captcha => "captcha",
        }
    }
}

/// One entry: all facts as stated, absent where the document has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// The origin's own id: RSS `<guid>`, `atom:id`, `rdf:about`, JSON Feed `id`.
    pub id: Option<String>,
    /// Absolute address of the article.
    pub link: Option<Url>,
    /// Plain text.
    pub title: Option<String>,
    /// Plain text.
    pub summary: Option<String>,
    /// Markup as stated, not yet safe; relative addresses resolve against `content_base`.
    pub content: Option<String>,
    /// The base of relative addresses in `content` (`xml:base`, else the document's).
    pub content_base: Option<Url>,
    /// Category labels.
    pub categories: Vec<String>,
    /// Names of people.
    pub authors: Vec<String>,
    /// Language (BCP 47).
    pub language: Option<String>,
    /// First publication.
    pub published: Option<StatedDate>,
    /// Last edit.
    pub updated: Option<StatedDate>,
    /// The lead picture.
    pub image: Option<Url>,
    /// Width and height of the lead picture in pixels, where stated.
    pub image_size: Option<(u32, u32)>,
    /// Attached media.
    pub enclosures: Vec<StatedEnclosure>,
    /// `rel=canonical` of an article page.
    pub canonical: Option<Url>,
}

/// An attached file as stated (RSS 2.0 `<enclosure>`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedEnclosure {
    /// Absolute address.
    pub url: Url,
    /// Media type.
    pub media_type: Option<String>,
    /// Size in bytes.
    pub length_bytes: Option<u64>,
}

/// A date as stated. Without an offset it is in the paper's timezone, which `normalize` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedDate {
    /// The wall clock time that stands there (midnight where only a day is known).
    pub local: NaiveDateTime,
    /// The offset that stands there.
    pub offset: Option<FixedOffset>,
    /// How exactly it is known.
    pub precision: Precision,
    /// The witness.
    pub origin: super::DateOrigin,
}

/// How exactly a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// The day only.
    Day,
    /// The minute.
    Minute,
    /// The second.
    Second,
}

/// What a document says about polling it; hints only ever lengthen an interval.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Hints {
    /// RSS 2.0 `<ttl>` or `sy:updatePeriod` / `sy:updateFrequency`, the longer one.
    pub interval: Option<Duration>,
    /// RSS 2.0 `<skipHours>`: hours of the day in GMT, 0 to 23.
    pub skip_hours: Vec<u8>,
    /// RSS 2.0 `<skipDays>`: days in GMT, Monday = 0.
    pub skip_days: Vec<u8>,
    /// A WebSub hub that the document names.
    pub hub: Option<Url>,
    /// The document's own address as it states it beside the hub (`rel=self`).
    pub topic: Option<Url>,
    /// A feed that a page names in its head.
    pub feed: Option<Url>,
    /// A sitemap that a page names in its head.
    pub sitemap: Option<Url>,
}

/// Something wrong with a document or an entry that did not end the reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// `extract` or `normalize`.
    pub stage: &'static str,
    /// The entry's place, counted from 0; `None`: the document.
    pub entry: Option<usize>,
    /// What it is, in words.
    pub what: String,
}
