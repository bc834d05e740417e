//! The archives of a channel (RFC 5005 §4): pages of what was published before, which never change.

use super::{ChannelId, Format, ItemId};
use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use url::Url;

/// A month of a paper's calendar: `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u32,
}

impl Month {
    /// The month of a moment, as the paper's readers count.
    #[must_use]
    pub fn of(at: DateTime<Utc>, timezone: Tz) -> Self {
        let there = at.with_timezone(&timezone);
        Self { year: there.year(), month: there.month() }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (year, month) = text.split_once('-')?;
            let month = Self { year: year.parse().ok()?, month: month.parse().ok()? };
            (month.to_string() == text && (1..=12).contains(&month.month)).then_some(month)
        };
        read().ok_or("a month reads as 2026-11")
    }
}

/// A page of a channel's archives: what was published in one month, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArchivePage {
    /// Of which channel.
    pub channel: ChannelId,
    /// What was published in this month.
    pub month: Month,
    /// Which of the month's pages, counted from 1.
    pub part: u32,
}

impl ArchivePage {
    /// The formats in which pages stand, those that have a word for archives.
    pub const FORMATS: [Format; 2] = [Format::Rss, Format::Atom];

    /// The document's path below the base: `bao-son-la/xa-hoi/archive/2026-11.rss`, of a second part
    /// `bao-son-la/xa-hoi/archive/2026-11-2.rss`.
    #[must_use]
    pub fn path(&self, format: Format) -> String {
        let part = if self.part > 1 { format!("-{}", self.part) } else { String::new() };
        format!("{}/archive/{}{part}.{}", self.channel.stem(), self.month, format.extension())
    }
}

/// What of a place stands on no archive page yet, and where its feed ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unarchived {
    /// The items, the oldest first.
    pub items: Vec<(DateTime<Utc>, ItemId)>,
    /// The last item that is surely young enough to wait: the one at a quarter of the feed.
    pub quarter: Option<(DateTime<Utc>, ItemId)>,
    /// The last item that the feed shows, where it is full.
    pub last: Option<(DateTime<Utc>, ItemId)>,
}

/// What an archive page has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveMembers {
    /// The page before it, where there is one.
    pub prev: Option<ArchivePage>,
    /// Its items that readers still see.
    pub items: Vec<ItemId>,
}

/// A page as it is written: what it shows, and how.
#[derive(Debug, Clone)]
pub struct FinishedPage {
    /// Which.
    pub page: ArchivePage,
    /// The public address that its links begin with.
    pub base_url: Url,
    /// What it shows.
    pub items: Vec<ItemId>,
    /// Its documents.
    pub documents: Vec<PackedPublication>,
}

/// A document of an archive page, packed once and for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedPublication {
    /// Below the base, without a leading slash.
    pub path: String,
    /// The document in gzip (RFC 1952). Empty while it is made anew.
    pub gzip: Arc<[u8]>,
    /// Strong, quoted, over the unpacked bytes.
    pub etag: String,
    /// Of the newest change that it shows.
    pub last_modified: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CategorySlug, PaperId};

    #[test]
    fn month_is_the_papers_own() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        let of = |text| Month::of(at(text), chrono_tz::Asia::Ho_Chi_Minh).to_string();
        assert_eq!([of("2026-10-31T16:59:59Z"), of("2026-10-31T17:00:00Z")], ["2026-10", "2026-11"]);
    }

    #[test]
    fn month_reads_as_it_is_written_and_nothing_else_does() {
        assert_eq!("2026-02".parse::<Month>().map(|month| month.to_string()).as_deref(), Ok("2026-02"));
        for wrong in ["2026-2", "2026-13", "2026-00", "2026", "2026-02-2", " 2026-02", "+2026-02", ""] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn pages_stand_below_their_feed() {
        let (paper, slug) = (PaperId::new("bao").expect("a slug"), CategorySlug::new("xa-hoi").expect("a slug"));
        let month = "2026-11".parse().expect("a month");
        let page = |channel, part| ArchivePage { channel, month, part };
        let of = page(ChannelId::Paper(paper.clone()), 1);
        assert_eq!(of.path(Format::Rss), "bao/all/archive/2026-11.rss");
        let of = page(ChannelId::Category(paper, slug), 2);
        assert_eq!(of.path(Format::Atom), "bao/xa-hoi/archive/2026-11-2.atom");
    }
}
