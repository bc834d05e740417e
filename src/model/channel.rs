//! What is published: channels, and the documents made of them.

use super::{ArchivePage, CategorySlug, ChannelName, PaperId, WordPattern};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::sync::Arc;
use url::Url;

/// Which channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChannelId {
    /// Every item of a paper.
    Paper(PaperId),
    /// A category of a paper.
    Category(PaperId, CategorySlug),
    /// What the configuration chooses: `[[channel]]`.
    Chosen(ChannelName),
}

impl ChannelId {
    /// A category of a paper; `None`: every item of the paper.
    #[must_use]
    pub fn of(paper: PaperId, category: Option<CategorySlug>) -> Self {
        match category {
            Some(slug) => Self::Category(paper, slug),
            None => Self::Paper(paper),
        }
    }

    /// The paper whose channel it is, where it is one paper's.
    #[must_use]
    pub fn paper(&self) -> Option<&PaperId> {
        match self {
            Self::Paper(paper) | Self::Category(paper, _) => Some(paper),
            Self::Chosen(_) => None,
        }
    }

    /// The category, where it is one.
    #[must_use]
    pub fn category(&self) -> Option<&CategorySlug> {
        match self {
            Self::Category(_, slug) => Some(slug),
            Self::Paper(_) | Self::Chosen(_) => None,
        }
    }

    /// The path without its ending and leading slash: `bao-son-la/xa-hoi`, `bao-son-la/all`, `channel/thoi-tiet`.
    #[must_use]
    pub fn stem(&self) -> String {
        match self {
            Self::Paper(paper) => format!("{paper}/all"),
            Self::Category(paper, slug) => format!("{paper}/{slug}"),
            Self::Chosen(name) => format!("channel/{name}"),
        }
    }
}

/// A paper whose items a channel has.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelPaper {
    /// Which.
    pub id: PaperId,
    /// Its title.
    pub title: String,
    /// Its home page.
    pub home: Url,
    /// BCP 47.
    pub language: String,
    /// Whether it agrees to having its articles' text published.
    pub full_content: bool,
}

/// A feed that we publish.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Which one.
    pub id: ChannelId,
    /// The channel's title: `Xã hội - Báo Sơn La`.
    pub title: String,
    /// The category's own title, where it is one category.
    pub category_title: Option<String>,
    /// The paper's title; where there are several papers, theirs.
    pub paper_title: String,
    /// The papers whose items it has, at least one.
    pub papers: Vec<ChannelPaper>,
    /// The page that the channel mirrors: the section's page, or the paper's home.
    pub link: Url,
    /// The public base of all our addresses, ending in `/`.
    pub base_url: Url,
    /// The WebSub hub that tells of its changes.
    pub hub: Option<Url>,
    /// One sentence.
    pub description: String,
    /// BCP 47.
    pub language: String,
    /// Who holds the rights, as the paper states it.
    pub copyright: Option<String>,
    /// The paper's timezone: of the dates in feeds and pages.
    pub timezone: Tz,
    /// Whether `content` is published (of the papers that agree) or the summary alone.
    pub full_content: bool,
    /// Which items.
    pub selection: Selection,
    /// RSS 2.0 `<ttl>` in minutes.
    pub ttl_minutes: u32,
    /// The date of a channel without items: when the store was made.
    pub epoch: DateTime<Utc>,
    /// Of a search: the query of its addresses, encoded (`q=m%C6%B0a&paper=bao`). `None`: its documents stand under its id.
    pub query: Option<String>,
    /// Of an archive page: which. `None`: the current feed.
    pub page: Option<ArchivePage>,
    /// The archive page that has what came before (RFC 5005 §4).
    pub prev_archive: Option<ArchivePage>,
}

impl Channel {
    /// What is known of a paper whose items it has.
    #[must_use]
    pub fn paper(&self, id: &PaperId) -> Option<&ChannelPaper> {
        self.papers.iter().find(|paper| paper.id == *id)
    }

    /// Whether its items come from more than one paper, so that each has to say from which.
    #[must_use]
    pub fn is_of_several(&self) -> bool {
        self.papers.len() > 1
    }

    /// The exact public address of one of its documents.
    #[must_use]
    pub fn url(&self, format: Format) -> String {
        format!("{}{}", self.base_url, self.path(format))
    }

    /// The public address of the archive page that has what came before, in this format.
    #[must_use]
    pub fn prev_archive_url(&self, format: Format) -> Option<String> {
        self.prev_archive.as_ref().map(|page| format!("{}{}", self.base_url, page.path(format)))
    }

    /// The public address of the current feed, where this is a page of its archives.
    #[must_use]
    pub fn current_url(&self, format: Format) -> Option<String> {
        self.page.as_ref().map(|_| format!("{}{}", self.base_url, self.feed_path(format)))
    }

    /// The document's path below the base, without a leading slash: `bao-son-la/xa-hoi.rss`.
    #[must_use]
    pub fn path(&self, format: Format) -> String {
        match &self.page {
            Some(page) if ArchivePage::FORMATS.contains(&format) => page.path(format),
            _ => self.feed_path(format),
        }
    }

    fn feed_path(&self, format: Format) -> String {
        match (&self.query, format) {
            (Some(query), Format::Html | Format::Fragment) => format!("search?{query}"),
            (Some(query), _) => format!("search.{}?{query}", format.extension()),
            (None, _) => format!("{}.{}", self.id.stem(), format.extension()),
        }
    }
}

/// Which items a channel has: Ready ones, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Where they stand, at least one place: items of any of them, each once.
    pub places: Vec<Place>,
    /// Which of those.
    pub only: Only,
    /// At most so many.
    pub limit: u32,
}

/// Where items stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Of this paper.
    pub paper: PaperId,
    /// In this category; `None`: all.
    pub category: Option<CategorySlug>,
}

/// What is asked of the items of a channel beside where they stand. By default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only {
    /// One of these is in the title or in the summary; empty: nothing is asked.
    pub words: Vec<WordPattern>,
    /// Bulletins of a day and parts of a series alone.
    pub series: bool,
    /// Of each series the newest alone: today's bulletin takes the place of yesterday's.
    pub newest: bool,
}

impl Selection {
    /// A paper's items, of one category or all.
    #[must_use]
    pub fn of(paper: PaperId, category: Option<CategorySlug>, limit: u32) -> Self {
        Self { places: vec![Place { paper, category }], only: Only::default(), limit }
    }

    /// The one place whose items it has, all of them, where it is so simple.
    #[must_use]
    pub fn one_place(&self) -> Option<&Place> {
        match self.places.as_slice() {
            [place] if self.only == Only::default() => Some(place),
            _ => None,
        }
    }
}

/// A category that had another slug before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedCategory {
    /// The paper.
    pub paper: PaperId,
    /// What it was called; no category of the paper is called so now.
    pub from: CategorySlug,
    /// What it is called.
    pub to: CategorySlug,
}

/// The documents of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
    /// The page for people.
    Html,
    /// A piece of a page, for other sites to put into theirs.
    Fragment,
}

impl Format {
    /// All of them, in the order in which a reader should prefer them.
    pub const ALL: [Self; 5] = [Self::Rss, Self::Atom, Self::Json, Self::Html, Self::Fragment];

    /// The ending of the path.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::Json => "json",
            Self::Html => "html",
            Self::Fragment => "fragment.html",
        }
    }

    /// The media type for `Content-Type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
            Self::Html | Self::Fragment => "text/html; charset=utf-8",
        }
    }
}

/// One finished document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Below the base, without a leading slash: `bao-son-la/xa-hoi.rss`, `feeds.opml`, `index.html`.
    pub path: String,
    /// For `Content-Type`.
    pub media_type: &'static str,
    /// The bytes.
    pub body: Arc<[u8]>,
    /// Strong, quoted, over the bytes (RFC 9110 §8.8.3).
    pub etag: String,
    /// Of the newest change; never *now*.
    pub last_modified: DateTime<Utc>,
}
