//! What we keep and send out.

use super::{Category, Enclosure, Image, ItemId, PaperId, Permalink, PubDate, Revision, SafeHtml};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One article, for life.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The store's own number.
    pub id: ItemId,
    /// The paper that vouches for it.
    pub paper: PaperId,
    /// A `tag:` URI (RFC 4151), minted at the first commit; never changes.
    pub guid: String,
    /// When it was first seen.
    pub first_seen: DateTime<Utc>,
    /// The store's revision at its last change that readers can see.
    pub revision: Revision,
    /// When that change was.
    pub changed_at: DateTime<Utc>,
    /// Where it stands in its life.
    pub standing: Standing,
    /// The article's address.
    pub permalink: Permalink,
    /// Plain text; never empty once the item is [`Standing::Ready`].
    pub title: String,
    /// Plain text.
    pub summary: Option<String>,
    /// Sanitized markup.
    pub content: Option<SafeHtml>,
    /// All categories it was seen in, in the order of first sight.
    pub categories: Vec<Category>,
    /// Names of people.
    pub authors: Vec<String>,
    /// Language (BCP 47), where it is not the paper's.
    pub language: Option<String>,
    /// The lead picture.
    pub image: Option<Image>,
    /// Attached media.
    pub enclosures: Vec<Enclosure>,
    /// Frozen on entering [`Standing::Ready`].
    pub published: PubDate,
    /// Moves on a substantive edit alone.
    pub updated: Option<DateTime<Utc>>,
}

/// What is told of an item that left a channel (RFC 6721), and all that is left of an erased one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The item's guid.
    pub guid: String,
    /// When it left.
    pub at: DateTime<Utc>,
}

/// Where an item stands in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Standing {
    /// Its article page is to be read first.
    AwaitsArticle {
        /// The first failed read; `None`: it had not its turn yet.
        failing_since: Option<DateTime<Utc>>,
    },
    /// The guard doubts the poll that brought it.
    Held {
        /// Why.
        why: HoldReason,
    },
    /// Published.
    Ready,
    /// Taken back by the paper; in the history alone.
    Withdrawn,
}

/// Why a poll's new items are held back until the next poll agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldReason {
    /// Nearly everything is new at a source that has a history.
    NearlyAllNew,
    /// Old titles come with new addresses and ids.
    OldTitlesNewAddresses,
    /// Hosts or shapes of addresses that the source never had.
    Unlike,
    /// Titles of a length that the source's never have.
    TitlesUnlike,
    /// Dates years back, or one moment for all, where the source's are otherwise.
    DatesUnlike,
}

impl HoldReason {
    /// The reason in words, for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NearlyAllNew => "nearly everything on the page is new",
            Self::OldTitlesNewAddresses => "known titles came with new addresses and ids",
            Self::Unlike => "addresses unlike any that this source had before",
            Self::TitlesUnlike => "titles far shorter or longer than this source's usually are",
            Self::DatesUnlike => "dates years back, or one moment for all, unlike this source's usual dates",
        }
    }
}
