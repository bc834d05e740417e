//! What is polled: a section page or a feed of a paper, and how to read it.

use super::{Category, PaperId, SourceId};
use chrono_tz::Tz;
use std::fmt;
use std::time::Duration;
use url::Url;

/// One section of one paper: something we poll.
#[derive(Debug, Clone)]
pub struct Source {
    /// `paper/section`.
    pub id: SourceId,
    /// The paper that the source belongs to.
    pub paper: PaperId,
    /// Where it is read.
    pub url: Url,
    /// How it is read.
    pub recipe: Recipe,
    /// The category of all its items; `None`: the items' own labels decide.
    pub category: Option<Category>,
    /// Whether each new article's own page is read once.
    pub read_articles: bool,
    /// An item is published without its article so long after the first read that failed.
    pub article_grace: Duration,
    /// Whether the origin's robots.txt is obeyed.
    pub robots: RobotsPolicy,
    /// Extra request headers, sent to this source's origin alone.
    pub headers: Vec<(String, Secret)>,
    /// The paper's home page; its registrable domain bounds where items may lead.
    pub home: Url,
    /// The paper's timezone: of dates without an offset.
    pub timezone: Tz,
    /// The paper's language (BCP 47).
    pub language: String,
}

impl Source {
    /// The extra headers for an address of this source: none where it lies on another origin, be it that of an article or
    /// of an adopted redirect.
    #[must_use]
    pub fn headers_for(&self, url: &Url) -> Vec<(String, Secret)> {
        if url.origin() == self.url.origin() { self.headers.clone() } else { Vec::new() }
    }
}

/// How a document is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Recipe {
    /// The document itself says what it is: a feed or a section page.
    #[default]
    Auto,
    /// A feed and nothing else.
    Feed,
    /// A section page; hand-written selectors win until they break.
    Listing(Selectors),
    /// An article's own page.
    Article,
    /// A sitemap.
    Sitemap,
}

/// Hand-written CSS selectors of a section page; all but `item` are relative to the item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selectors {
    /// One element a story. `None`: the list is found without selectors.
    pub item: Option<String>,
    /// The story's link (default: the first link with text).
    pub link: Option<String>,
    /// The headline (default: the link's text).
    pub title: Option<String>,
    /// The teaser.
    pub summary: Option<String>,
    /// The category label.
    pub category: Option<String>,
    /// The date.
    pub time: Option<String>,
    /// The picture.
    pub image: Option<String>,
}

/// Whether robots.txt (RFC 9309) is obeyed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RobotsPolicy {
    /// As everybody should.
    #[default]
    Obey,
    /// The operator states that this is their own site.
    OwnSite,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
