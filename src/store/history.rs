//! What became of items over time: their versions, the change stream, absences, and the bounds of the history.

use crate::model::{Item, ItemId, PaperId, Revision, SourceId};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::time::Duration;
use url::Url;

/// Versions kept of an item; then the oldest go.
pub const MOST_VERSIONS: u32 = 20;

/// Asking for the page of an absent item without a clear answer ends after so many times: the item stays.
pub const MOST_ASKED: u32 = 6;

/// Pages of absent items that one host is asked for in a day.
pub const ASKED_A_DAY: u32 = 20;

/// Between the two answers that prove an article gone.
pub const ASKED_APART: Duration = Duration::from_secs(24 * 3600);

/// How an item read before a substantive edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastVersion {
    /// When it was replaced.
    pub replaced_at: DateTime<Utc>,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: Option<String>,
    /// Sanitized markup.
    pub content: Option<String>,
}

/// One entry of the change stream. A paper's entries have rising cursors, and each is told exactly once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its place in the stream.
    pub cursor: u64,
    /// Whose.
    pub paper: PaperId,
    /// The item's number; it may be gone.
    #[serde(skip)]
    pub item: ItemId,
    /// The item.
    pub guid: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// The store's revision with which it happened.
    pub revision: Revision,
    /// When.
    pub at: DateTime<Utc>,
}

/// What happened to an item that readers see. Retention is no change: it says nothing of the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It was published.
    Create,
    /// Readers see it otherwise than before.
    Update,
    /// It left the feeds and stays in the history; or proved to be another item, whose alias it is now.
    Withdraw,
    /// It was erased for good.
    Erase,
    /// It was withdrawn, and is back.
    Return,
}

/// A stretch of a paper's change stream, all of it of one revision.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangePage {
    /// The entries in order, each with the item as readers see it now; `None`: they see none.
    pub entries: Vec<(Change, Option<Item>)>,
    /// Whether more entries follow.
    pub more: bool,
    /// Behind this cursor nothing is missing; what stood before it is no longer kept.
    pub oldest: u64,
    /// The newest cursor of all papers.
    pub newest: u64,
}

/// An item that its list has lost, and whose page may be asked for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsentItem {
    /// Which.
    pub item: ItemId,
    /// Whose list lost it.
    pub source: SourceId,
    /// Its page.
    pub url: Url,
    /// Answers without a clear word so far.
    pub attempts: u32,
}

/// What the page of an absent item answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsenceAnswer {
    /// 404 or 410.
    Gone,
    /// It is there; or it leads elsewhere, which says nothing against it.
    Stands,
    /// No clear word: asked again then, and [`MOST_ASKED`] times in all.
    Unclear {
        /// When.
        retry_at: DateTime<Utc>,
    },
    /// It had not its turn, or may not be asked: no attempt.
    Postponed {
        /// Until when.
        until: DateTime<Utc>,
    },
}

/// What a run of the retention did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Items removed.
    pub removed: u64,
    /// Items beyond the retention that stay for now, since together they are more than a fifth of all.
    pub withheld: u64,
    /// Since when more than a fifth is beyond the retention; a day later it may go.
    pub withheld_since: Option<DateTime<Utc>>,
    /// Whether more than a fifth went, since it stayed true for a day.
    pub was_large: bool,
    /// How far the database is above its bound, where what may be removed does not bring it below.
    pub too_large_by_bytes: u64,
}

/// An item that was withdrawn or erased by the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// Its guid.
    pub guid: String,
    /// Its paper.
    pub paper: PaperId,
}
