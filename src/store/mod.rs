//! Seen before? The watershed: inbound ends in one transaction here, outbound starts from its revision.
//!
//! Comes in: a [`Batch`]. Goes out: items, states and revisions. It does not know where a draft came from or how an item
//! is shown.

mod batch;
mod body;
mod choice;
#[cfg(test)]
mod contract;
mod dedup;
mod error;
mod history;
mod search;
pub mod sqlite;
mod statement;

pub use batch::{
    Anew, Arrival, ArticleOutcome, ArticleRead, Batch, Commit, Coverage, Keep, Trial, TriedFate, TriedItem,
};
pub use body::{Body, BodyFacts, DamagedBody, body_digest};
#[cfg(test)]
pub(crate) use choice::Chooser;
pub use choice::MOST_LOOKED_AT;
pub use error::StoreError;
pub use history::{
    ASKED_A_DAY, ASKED_APART, AbsenceAnswer, AbsentItem, Change, ChangeKind, ChangePage, MOST_ASKED, MOST_VERSIONS,
    PastVersion, Pruned, TakenBack,
};
pub use search::{Fragment, Hit, SearchRequest};

use crate::model::{
    AlertMark, ArchiveMembers, ArchivePage, Category, ChannelId, Draft, FinishedPage, Item, ItemId, ItemKey, Memory,
    Month, Origin, PackedPublication, PaperId, Place, PollState, Publication, Refusal, RenamedCategory, Revision,
    Secret, Selection, SourceId, StoreSize, Subscriber, SubscriberCounts, Subscription, Tombstone, Unarchived,
    WebhookMark,
};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Categories of a paper that come from labels alone; further labels are left out.
pub const MOST_LABELS: u32 = 200;

/// Reads of an article page that may fail; then the item stays as the listing showed it.
pub const MOST_ATTEMPTS: u32 = 8;

/// Texts of items in one page of the change stream, in bytes; then the page ends.
pub const MOST_PAGE_BYTES: usize = 1024 * 1024;

/// Kept documents of a source, the newest that could be read among them.
pub const MOST_BODIES: u32 = 3;

/// How much is kept of a source's documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeptBodies {
    /// How many.
    pub documents: u64,
    /// Their size, packed.
    pub bytes: u64,
}

/// What names an item from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemReference {
    /// Its guid, or that of an alias.
    Guid(String),
    /// Its address, folded.
    Address(ItemKey),
}

/// What the store knows of a draft before it is committed; for the guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognition {
    /// The item that it is.
    Known {
        /// Which.
        item: ItemId,
        /// Whether that item is held.
        held: bool,
    },
    /// Never seen, but a recent item of the paper with another address and id has the same folded title.
    OldTitle,
    /// Erased for good: it never comes back.
    Erased,
    /// Never seen.
    New,
}

/// A held item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldItem {
    /// Which.
    pub item: ItemId,
    /// Where it leads.
    pub url: Url,
    /// When the source showed it first.
    pub since: DateTime<Utc>,
}

/// An article page that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingArticle {
    /// The item.
    pub item: ItemId,
    /// The source that showed it first.
    pub source: SourceId,
    /// The article's address.
    pub url: Url,
    /// When the item was first seen.
    pub first_seen: DateTime<Utc>,
    /// Failed reads so far.
    pub attempts: u32,
}

/// A channel that the store has items for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelHead {
    /// Which.
    pub id: ChannelId,
    /// The category with its title; `None`: all of the paper.
    pub category: Option<Category>,
    /// The revision of its last change.
    pub revision: Revision,
    /// A category that had sections of its own, and has none any more.
    pub is_over: bool,
}

/// How many items came from a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// Ready.
    pub ready: u64,
    /// Waiting for their article page.
    pub awaiting: u64,
    /// Held.
    pub held: u64,
    /// When the oldest of those was first seen.
    pub held_since: Option<DateTime<Utc>>,
}

/// Items of a paper that proved to be another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repairs {
    /// How many, of those whose item still stands.
    pub count: u64,
    /// The last time.
    pub last: DateTime<Utc>,
}

/// How long items are kept.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Older ones go, oldest first.
    pub keep: Duration,
    /// But never these newest of a category.
    pub keep_least: u32,
    /// Older ones go, however young, where the database is larger than that.
    pub max_bytes: Option<u64>,
}

/// Where items are kept. One process writes; `sqlite` is the first implementation, `contract.rs` (tests) holds for every one.
pub trait Store: Send + Sync + 'static {
    /// When the store was made: the date of a channel without items.
    fn epoch(&self) -> DateTime<Utc>;

    /// When the change stream began to count: with the store, and anew with each backup that was restored, since numbers
    /// that were given after the backup are given again.
    fn stream_epoch(&self) -> DateTime<Utc>;

    /// The newest revision.
    fn revision(&self) -> impl Future<Output = Result<Revision, StoreError>> + Send;

    /// All sources' states, of sources that left the configuration, too; boxed, since a map of them holds many.
    fn poll_states(&self) -> impl Future<Output = Result<HashMap<SourceId, Box<PollState>>, StoreError>> + Send;

    /// Writes when each source may be polled next if the poll that is about to leave never ends. One transaction.
    fn claim(
        &self,
        claims: Vec<(SourceId, DateTime<Utc>)>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes states without items, after polls that brought nothing. One transaction.
    fn put_poll_states(
        &self,
        states: Vec<(SourceId, PollState)>,
        origins: Vec<Origin>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes the configured address of each source; gives back those that are new here, each with the
    /// id, configured no more, under which the store knew its address.
    fn put_sources(
        &self,
        sources: Vec<(SourceId, Url)>,
    ) -> impl Future<Output = Result<Vec<(SourceId, SourceId)>, StoreError>> + Send;

    /// Notes the category of each configured section, `None` where labels decide: they don't count among the labels, of
    /// which a paper has at most [`MOST_LABELS`]. One that was noted before and has no section any more is over
    /// ([`ChannelHead::is_over`]), unless its paper has sections where labels decide: they may name it.
    fn put_categories(
        &self,
        sections: Vec<(PaperId, Option<Category>)>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes the categories that had another slug before, all of them: items of the old ones stand in the new ones, those
    /// that are labeled so later as well.
    fn put_renamed_categories(
        &self,
        renamed: Vec<RenamedCategory>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What `extract` remembers of a source.
    fn memory(&self, source: &SourceId) -> impl Future<Output = Result<Memory, StoreError>> + Send;

    /// All origins.
    fn origins(&self) -> impl Future<Output = Result<Vec<Origin>, StoreError>> + Send;

    /// The kept documents of a source, the oldest first.
    fn bodies(&self, source: &SourceId) -> impl Future<Output = Result<Vec<Body>, StoreError>> + Send;

    /// How much is kept of each source's documents.
    fn body_counts(&self) -> impl Future<Output = Result<HashMap<SourceId, KeptBodies>, StoreError>> + Send;

    /// Drops kept documents until all fit into a bound: first those beyond each source's newest readable one, and of
    /// these the oldest. Gives back how many went.
    fn bound_bodies(&self, most_bytes: u64) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Drops the kept documents of a paper in which one of an article's addresses stands. Gives back how many.
    fn forget_bodies(
        &self,
        paper: &PaperId,
        addresses: Vec<Url>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// What the store would make of drafts, one answer a draft. Drafts that are one another's twins are each judged alone.
    fn recognize(
        &self,
        paper: &PaperId,
        drafts: Arc<Vec<Draft>>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<Recognition>, StoreError>> + Send;

    /// The held items that a source brought.
    fn held(&self, source: &SourceId) -> impl Future<Output = Result<Vec<HeldItem>, StoreError>> + Send;

    /// Items, poll state and revision in one transaction. Committing the same batch twice changes nothing the second time.
    fn commit(&self, batch: Batch) -> impl Future<Output = Result<Commit, StoreError>> + Send;

    /// What [`Store::commit`] would do with a batch; nothing is kept.
    fn try_out(&self, batch: Batch) -> impl Future<Output = Result<Trial, StoreError>> + Send;

    /// Article pages that are due, the newest items first.
    fn pending_articles(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<PendingArticle>, StoreError>> + Send;

    /// When the next article page is due, if any waits.
    fn next_article_at(&self) -> impl Future<Output = Result<Option<DateTime<Utc>>, StoreError>> + Send;

    /// Publishes the items whose grace is over, without their article.
    fn release_overdue(&self, now: DateTime<Utc>) -> impl Future<Output = Result<Commit, StoreError>> + Send;

    /// Ready items of a channel, newest first (by date, then by id), at most `selection.limit`. Where something is asked of
    /// them, or they stand in several places, the newest [`MOST_LOOKED_AT`] there are looked at.
    fn items(&self, selection: &Selection) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;

    /// The revision at which a channel last changed; 0 where it never had an item.
    fn head(&self, selection: &Selection) -> impl Future<Output = Result<Revision, StoreError>> + Send;

    /// Every channel that ever had a Ready item: one `all` a paper, and one a category.
    fn channels(&self) -> impl Future<Output = Result<Vec<ChannelHead>, StoreError>> + Send;

    /// How many items came from each source.
    fn source_counts(&self) -> impl Future<Output = Result<HashMap<SourceId, SourceCounts>, StoreError>> + Send;

    /// The identity repairs of each paper that had any.
    fn repairs(&self) -> impl Future<Output = Result<HashMap<PaperId, Repairs>, StoreError>> + Send;

    /// Keeps the finished documents of the last reconcile, so that they are served from the first second after a restart;
    /// drops those named in `gone`. `basis` says what all of them were made from. One transaction.
    fn keep_publications(
        &self,
        changed: Vec<Publication>,
        gone: Vec<String>,
        basis: String,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The kept documents, and their basis.
    fn publications(&self) -> impl Future<Output = Result<(Vec<Publication>, Option<String>), StoreError>> + Send;

    /// Keeps which documents are held back, in place of what was kept of that before.
    fn keep_refusals(&self, refused: Vec<Refusal>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The documents that are held back.
    fn refusals(&self) -> impl Future<Output = Result<Vec<Refusal>, StoreError>> + Send;

    /// What of a place stands on no archive page yet, where its feed shows `limit` items.
    fn unarchived(&self, place: &Place, limit: u32) -> impl Future<Output = Result<Unarchived, StoreError>> + Send;

    /// The Ready ones of these items.
    fn items_by_id(&self, ids: Vec<ItemId>) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;

    /// The newest archive page of each channel.
    fn archive_heads(&self) -> impl Future<Output = Result<Vec<ArchivePage>, StoreError>> + Send;

    /// The last part of a month of a channel's archives; 0 where it has none.
    fn archive_parts(&self, channel: &ChannelId, month: Month) -> impl Future<Output = Result<u32, StoreError>> + Send;

    /// Writes an archive page, a new one behind all others of its channel, or a broken one anew. One transaction. Says no, and
    /// changes nothing, where not all of its items are Ready and without a page, or are not all that is left of it.
    fn put_archive(&self, page: FinishedPage) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Pages whose links begin with another public address are to be made anew.
    fn break_archives(&self, base_url: &Url) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Pages that are to be made anew, since something of them was erased or joined, or for their addresses.
    fn broken_archives(&self) -> impl Future<Output = Result<Vec<ArchivePage>, StoreError>> + Send;

    /// What an archive page has.
    fn archive_members(&self, page: &ArchivePage) -> impl Future<Output = Result<ArchiveMembers, StoreError>> + Send;

    /// A document of an archive page; empty where it is being made anew.
    fn archived(&self, path: &str) -> impl Future<Output = Result<Option<PackedPublication>, StoreError>> + Send;

    /// How the webhooks stand, by key.
    fn webhooks(&self) -> impl Future<Output = Result<Vec<WebhookMark>, StoreError>> + Send;

    /// Writes how webhooks stand, and drops those whose keys are `gone`. One transaction.
    fn put_webhooks(
        &self,
        changed: Vec<WebhookMark>,
        gone: Vec<String>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What operators were told of trouble, by key.
    fn alerts(&self) -> impl Future<Output = Result<Vec<AlertMark>, StoreError>> + Send;

    /// Writes what operators were told, and drops those whose keys are `gone`. One transaction.
    fn put_alerts(
        &self,
        changed: Vec<AlertMark>,
        gone: Vec<String>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What hubs were asked for, by token.
    fn subscriptions(&self) -> impl Future<Output = Result<Vec<Subscription>, StoreError>> + Send;

    /// Writes subscriptions, and drops those whose tokens are `gone`. One transaction.
    fn put_subscriptions(
        &self,
        changed: Vec<Subscription>,
        gone: Vec<Secret>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Who subscribed to our feeds, by topic and callback.
    fn subscribers(&self) -> impl Future<Output = Result<Vec<Subscriber>, StoreError>> + Send;

    /// Writes subscribers, and drops those whose topic and callback are `gone`. One transaction.
    fn put_subscribers(
        &self,
        changed: Vec<Subscriber>,
        gone: Vec<(Url, Url)>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How many subscribed to our feeds.
    fn subscriber_counts(&self) -> impl Future<Output = Result<SubscriberCounts, StoreError>> + Send;

    /// Removes items beyond the retention, and entries of the change stream that are older than it keeps items. Where more
    /// than a fifth of all is to go, a fifth goes, and the rest when that stayed true for a day.
    fn prune(&self, policy: &Retention, now: DateTime<Utc>) -> impl Future<Output = Result<Pruned, StoreError>> + Send;

    /// How an item read before each substantive edit, the oldest first, at most [`MOST_VERSIONS`].
    fn revisions(&self, item: ItemId) -> impl Future<Output = Result<Vec<PastVersion>, StoreError>> + Send;

    /// A paper's entries of the change stream behind a cursor, in order.
    fn changes(
        &self,
        paper: &PaperId,
        after: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Change>, StoreError>> + Send;

    /// A page of a paper's change stream behind a cursor, from the oldest entry on where there is none: at most `limit`
    /// entries, and no more items than fit into [`MOST_PAGE_BYTES`], but one.
    fn change_page(
        &self,
        paper: &PaperId,
        after: Option<u64>,
        limit: u32,
    ) -> impl Future<Output = Result<ChangePage, StoreError>> + Send;

    /// The items that left a channel last and are not back, newest first, at most `limit`. Of an erased item nobody knows
    /// which channels it stood in, so it has left all of its paper.
    fn gone(
        &self,
        selection: &Selection,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Tombstone>, StoreError>> + Send;

    /// Ready items that have all that is looked for, the best first. Whatever was typed is no error.
    fn search(&self, request: &SearchRequest) -> impl Future<Output = Result<Vec<Hit>, StoreError>> + Send;

    /// Ready items that have all that is looked for, every word whole: those seen last, the newest first.
    fn search_items(&self, request: &SearchRequest) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;

    /// Absent items whose page may be asked for now, the longest absent first.
    fn absent_items(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<AbsentItem>, StoreError>> + Send;

    /// Takes in what the page of an absent item answered: gone twice, a day apart, withdraws it.
    fn settle_absence(
        &self,
        item: ItemId,
        answer: AbsenceAnswer,
        origins: Vec<Origin>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Commit, StoreError>> + Send;

    /// Takes an item out of the feeds by the operator's word: no list brings it back. `None`: there is no such item.
    fn withdraw(
        &self,
        reference: &ItemReference,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<TakenBack>, StoreError>> + Send;

    /// Erases an item for good; nothing stays but its guid and digests of its keys, by which no list brings it back.
    /// Afterwards, and after publishing, [`Store::scrub`] clears what it stood in.
    fn erase(
        &self,
        reference: &ItemReference,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<TakenBack>, StoreError>> + Send;

    /// Clears every page that held something of erased items, if there were any, in steps that polls do not wait for long.
    /// Says whether all is cleared: readers of an older state can delay it until the next call.
    fn scrub(&self) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// How much there is.
    fn size(&self) -> impl Future<Output = Result<StoreSize, StoreError>> + Send;

    /// House work: room in the file, query statistics, the write-ahead log.
    fn optimize(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}
