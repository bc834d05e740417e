//! What a probe found, for people and for programs.

use super::proposal::Proposal;
use crate::extract::{NamedLink, Sitemap};
use crate::fetch::RobotsWord;
use crate::model::{ExtractMethod, Kind, ListFinding};
use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;

/// All that a probe found.
#[derive(Debug, Clone, Serialize)]
pub struct ProbeReport {
    /// The page that was given, and what it is itself.
    pub page: Found,
    /// The sitemaps that robots.txt and the page name.
    pub sitemaps: Vec<FoundSitemap>,
    /// The feeds that the site names.
    pub feeds: Vec<Found>,
    /// The sections of the menu.
    pub sections: Vec<Found>,
    /// Pages called "RSS".
    pub feed_pages: Vec<NamedLink>,
    /// One article of a list.
    pub article: Option<FoundArticle>,
    /// What could be configured.
    pub paper: Proposal,
}

/// One address, who named it, and what it came to.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// What the one who named it calls it.
    pub title: Option<String>,
    /// Where it stands.
    pub url: Url,
    /// Who named it.
    pub named_by: NamedBy,
    /// What robots.txt says of it.
    pub robots: RobotsWord,
    /// What it came to.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Who named an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedBy {
    /// The one who probes.
    Operator,
    /// The page's head.
    Head,
    /// A link of the page.
    Page,
    /// A page called "RSS".
    RssPage,
    /// The page's menu.
    Menu,
    /// robots.txt.
    Robots,
    /// A sitemap index.
    SitemapIndex,
}

/// What became of an address.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// It was fetched and read.
    Read {
        /// What it says.
        reading: Box<Reading>,
    },
    /// robots.txt or the address guard forbid it.
    Forbidden {
        /// Cause and remedy.
        why: String,
    },
    /// It could not be fetched or read.
    Failed {
        /// Cause and remedy.
        why: String,
    },
    /// It was not looked at.
    Unread,
}

/// What a feed or a section page says.
#[derive(Debug, Clone, Serialize)]
pub struct Reading {
    /// After redirects.
    pub url: Url,
    /// What it is.
    pub kind: Kind,
    /// The witness.
    pub method: ExtractMethod,
    /// What stands where its list should be.
    pub finding: ListFinding,
    /// Its own title.
    pub title: Option<String>,
    /// Its language, as stated.
    pub language: Option<String>,
    /// Entries that would become items.
    pub items: usize,
    /// Entries that lead off the paper's site.
    pub off_site: usize,
    /// Items with a date.
    pub dated: usize,
    /// Items with a summary or a text.
    pub summarized: usize,
    /// Items with a picture.
    pub pictured: usize,
    /// Items with a category of their own.
    pub labeled: usize,
    /// Items whose addresses have the most usual shape.
    pub same_shape: usize,
    /// Stories that the page states as data: JSON-LD, microdata, the state of its scripts.
    pub stated: usize,
    /// Of a feed: whether nothing had to be repaired.
    pub well_formed: bool,
    /// What is wrong with the document as a whole.
    pub flaws: Vec<String>,
    /// The line of robots.txt that forbids the page of its first article.
    pub articles_forbidden: Option<String>,
    /// The newest date.
    pub newest: Option<DateTime<Utc>>,
    /// How sure the reading is.
    pub confidence: Confidence,
    /// The first titles.
    pub titles: Vec<String>,
    /// What the page calls its paper, and whether it states that as such.
    #[serde(skip)]
    pub(super) paper: Option<(String, bool)>,
    /// The items, to compare lists by.
    #[serde(skip)]
    pub(super) list: Vec<Listed>,
    /// Offsets from UTC that its dates state, in minutes.
    #[serde(skip)]
    pub(super) offsets: Vec<i32>,
}

/// One item of a list.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// Its address without scheme, `www.` and tracking.
    pub(super) key: String,
    /// Its title, folded.
    pub(super) title: String,
    /// Its address.
    pub(super) url: Url,
}

/// How sure a reading is, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confidence {
    /// The level.
    pub level: Level,
    /// What speaks for and against it.
    pub reasons: Vec<String>,
}

/// How sure a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nothing to poll.
    None,
    /// It may be something else.
    Low,
    /// Likely right.
    Medium,
    /// Several witnesses or signs agree.
    High,
}

impl Level {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A sitemap.
#[derive(Debug, Clone, Serialize)]
pub struct FoundSitemap {
    /// Where it stands.
    pub url: Url,
    /// Who named it.
    pub named_by: NamedBy,
    /// What it is; absent where it was not looked at, or is none.
    pub sitemap: Option<Sitemap>,
    /// Why it is not known.
    pub trouble: Option<String>,
}

/// One article page.
#[derive(Debug, Clone, Serialize)]
pub struct FoundArticle {
    /// Where it stands.
    pub url: Url,
    /// What robots.txt says of it.
    pub robots: RobotsWord,
    /// What it says.
    #[serde(flatten)]
    pub outcome: ArticleOutcome,
}

/// What an article page came to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum ArticleOutcome {
    /// It was read.
    Read {
        /// What it says.
        reading: Box<ArticleReading>,
    },
    /// It may not be asked.
    Forbidden {
        /// Cause and remedy.
        why: String,
    },
    /// It could not be fetched or read.
    Failed {
        /// Cause and remedy.
        why: String,
    },
}

/// What an article page says.
#[derive(Debug, Clone, Serialize)]
pub struct ArticleReading {
    /// Its headline.
    pub title: Option<String>,
    /// The moment or day, as stated.
    pub published: Option<String>,
    /// The witness of the date.
    pub published_from: Option<&'static str>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Its lead picture.
    pub image: Option<Url>,
    /// Characters of its text.
    pub text_chars: usize,
    /// The offset from UTC that its date states, in minutes.
    #[serde(skip)]
    pub(super) offset: Option<i32>,
}

impl Found {
    /// What was read there, if anything was.
    #[must_use]
    pub fn reading(&self) -> Option<&Reading> {
        match &self.outcome {
            Outcome::Read { reading } => Some(reading),
            _ => None,
        }
    }

    /// How sure it is; `None` where nothing was read.
    #[must_use]
    pub fn level(&self) -> Level {
        self.reading().map_or(Level::None, |reading| reading.confidence.level)
    }
}

impl Reading {
    /// How many of the other list's first items this one has too, by address or title, and of how many.
    pub(super) fn shared(&self, other: &Self, first: usize) -> (usize, usize) {
        let has = |item: &&Listed| self.list.iter().any(|own| own.key == item.key || own.title == item.title);
        let of = other.list.len().min(first);
        (other.list.iter().take(first).filter(has).count(), of)
    }
}
