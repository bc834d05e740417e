//! What goes into one transaction of the store, and what comes out of it.

use super::Body;
use crate::model::{Draft, HoldReason, ItemId, Memory, Origin, PaperId, PollState, Revision, SourceId};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;

/// What one poll, one article read or one push brought: committed in one transaction, or not at all.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The source that brought it.
    pub source: SourceId,
    /// The source's paper: no batch touches another paper's items.
    pub paper: PaperId,
    /// The tag authority for guids minted now: the host of the paper's `home` (RFC 4151 §2.1).
    pub authority: String,
    /// The wall clock.
    pub now: DateTime<Utc>,
    /// The source's state after the poll; `None`: it stays.
    pub poll: Option<PollState>,
    /// The source's memory after the poll; `None`: it stays.
    pub memory: Option<Memory>,
    /// The entries, in document order.
    pub drafts: Arc<Vec<Draft>>,
    /// Whether they are all that the source shows.
    pub coverage: Coverage,
    /// How items stand that were never seen before.
    pub arrival: Arrival,
    /// Held items that may go on.
    pub release: Vec<ItemId>,
    /// The article page that was read.
    pub article: Option<ArticleRead>,
    /// Origins that changed meanwhile.
    pub origins: Vec<Origin>,
    /// The document that came, where it is kept.
    pub body: Option<Keep>,
    /// `Some`: no news, but a kept document that was read anew.
    pub anew: Option<Anew>,
}

/// A document that is kept.
#[derive(Debug, Clone)]
pub struct Keep {
    /// The document.
    pub body: Body,
    /// The bound over all kept bodies, packed: the oldest go first.
    pub most_bytes: u64,
}

/// A kept document was read anew: by another configuration or version, not after a change of the paper's. What it says
/// otherwise corrects what the same source had said, as long as nobody said otherwise since; `updated` does not move, and
/// nothing that was withdrawn comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anew {
    /// When the document came: the first sight of what was overlooked in it.
    pub seen_at: DateTime<Utc>,
    /// The newest document of the source that was kept then: where a newer one was kept meanwhile, that one has the word, and
    /// nothing is committed.
    pub newest_at: DateTime<Utc>,
}

/// How much of a source's list a batch shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All of it, in its order: what it shows no more, though older neighbors stand, is absent.
    Whole,
    /// Some of it: what is left out is as it was.
    Part,
}

/// How items stand that were never seen before. An item that was held before stays held unless it is released; a released
/// item stands as `arrival` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Published at once.
    Ready,
    /// Their article page is read first.
    AwaitArticle,
    /// Held back.
    Held(HoldReason),
}

/// How the reading of one article page ended.
#[derive(Debug, Clone)]
pub struct ArticleRead {
    /// The item.
    pub item: ItemId,
    /// How.
    pub outcome: ArticleOutcome,
}

/// How the reading of one article page ended.
#[derive(Debug, Clone)]
pub enum ArticleOutcome {
    /// Its facts: they fill what is missing and better the date (unless frozen); the item is Ready.
    Read(Box<Draft>),
    /// robots.txt or the address guard forbids it, or it is gone for good: the item is Ready as it is, and never asked again.
    Never,
    /// It failed: `failing_since` is set at the first time; asked again at `retry_at`; the item is published without its
    /// article when `grace` is over since the first failure (see [`super::Store::release_overdue`]).
    Failed {
        /// When it is asked again.
        retry_at: DateTime<Utc>,
        /// The paper's `article-grace`.
        grace: Duration,
    },
    /// It had not its turn: asked again at `until`, and no failure.
    Postponed {
        /// When.
        until: DateTime<Utc>,
    },
}

/// What a commit did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// The revision after it; the one before where nothing changed that readers can see.
    pub revision: Revision,
    /// Items never seen before.
    pub new: u32,
    /// Items that readers see otherwise than before (new ones that are Ready included).
    pub changed: u32,
    /// Items that were recognized and stayed as they were.
    pub same: u32,
    /// New items that are held.
    pub held: u32,
    /// Items that became Ready.
    pub published: u32,
    /// Of these, items that had been withdrawn.
    pub returned: u32,
    /// Items that were withdrawn.
    pub withdrawn: u32,
    /// Items that their list has lost since the last commit: their pages are to be asked for.
    pub absent: u32,
    /// Identity repairs, one sentence each, for the log.
    pub repairs: Vec<String>,
    /// The bytes of all kept documents, where this commit kept one.
    pub kept_bytes: Option<u64>,
}

impl Commit {
    /// Adds what another commit did.
    pub fn add(&mut self, other: &Self) {
        self.revision = self.revision.max(other.revision);
        self.new += other.new;
        self.changed += other.changed;
        self.same += other.same;
        self.held += other.held;
        self.published += other.published;
        self.returned += other.returned;
        self.withdrawn += other.withdrawn;
        self.absent += other.absent;
        self.kept_bytes = self.kept_bytes.or(other.kept_bytes);
        self.repairs.extend(other.repairs.iter().cloned());
    }
}

/// What a batch would do, were it committed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// What its commit would say.
    pub commit: Commit,
    /// The items that would be new, the newest first, then those that readers would see otherwise.
    pub items: Vec<TriedItem>,
}

/// An item of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedItem {
    /// What would become of it.
    pub fate: TriedFate,
    /// Its title; empty where only its own page tells it.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// What would become of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriedFate {
    /// It was never seen.
    New,
    /// It was never seen, and would be held.
    Held,
    /// Readers would see it otherwise.
    Changed,
    /// It is known, and readers would see it now.
    Published,
    /// It would leave the feeds.
    Withdrawn,
}
