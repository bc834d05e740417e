//! The store in SQLite: one writer thread, some readers, numbered migrations. The only room that names rusqlite.
//!
//! Comes in: what [`Store`] states. Goes out: rows of `bantin.db` in the state folder, which one process at a time may write.
//! Waiting units of work share a transaction, so that a thousand polls cost few flushes to the disk.

mod absence;
mod alias;
mod archive;
mod article;
mod backup;
mod body;
mod category;
mod change;
mod choice;
mod commit;
mod connection;
mod copies;
mod doctor;
mod erase;
mod folder;
mod item;
mod key;
mod mark;
mod mend;
mod open;
mod prune;
mod publication;
mod readers;
mod recent;
mod recognize;
mod renamed;
mod revision;
mod row;
mod salvage;
mod schema;
mod scrub;
mod search;
mod session;
mod sighting;
mod source;
mod stream;
mod subscriber;
mod subscription;
mod trial;
mod writer;

pub use self::doctor::{Check, Examination};
pub use self::publication::Held;
pub use self::schema::Progress;

use self::connection::Database;
use self::readers::Readers;
use self::writer::Writer;
use super::{
    AbsenceAnswer, AbsentItem, Batch, Body, Change, ChangePage, ChannelHead, Commit, HeldItem, Hit, ItemReference,
    KeptBodies, PastVersion, PendingArticle, Pruned, Recognition, Repairs, Retention, SearchRequest, SourceCounts,
    Store, StoreError, TakenBack, Trial,
};
use crate::model::{
    AlertMark, ArchiveMembers, ArchivePage, Category, ChannelId, Draft, FinishedPage, Item, ItemId, Memory, Month,
    Origin, PackedPublication, PaperId, Place, PollState, Publication, Refusal, RenamedCategory, Revision, Secret,
    Selection, SourceId, StoreSize, Subscriber, SubscriberCounts, Subscription, Tombstone, Unarchived, WebhookMark,
};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::Arc;
use url::Url;

/// The store in SQLite. Dropping it ends the writer after the unit in hand.
#[derive(Debug)]
pub struct SqliteStore {
    database: Database,
    epochs: schema::Epochs,
    readers: Readers,
    /// The file that was opened.
    identity: Option<(u64, u64)>,
    /// `None`: opened for reading only.
    writer: Option<Writer>,
}

impl SqliteStore {
    /// What tells at a glance whether documents or the configuration are new.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn progress(&self) -> Result<Progress, StoreError> {
        self.read("looking for news", schema::progress).await
    }

    /// Tells those who only read that a configuration was taken.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], [`StoreError::Database`].
    pub async fn note_configured(&self) -> Result<(), StoreError> {
        self.write("noting that a configuration was taken", schema::note_configured).await
    }

    /// At most `limit` of the kept documents that are not those of `held`, and the paths of `held` that are no more.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn publications_beside(
        &self,
        held: &Held,
        limit: usize,
    ) -> Result<(Vec<Publication>, Vec<String>), StoreError> {
        let held = held.clone();
        self.read("reading new documents", move |db| publication::beside(db, &held, limit)).await
    }

    /// Waits until the writer answers, behind all that waits: a sign of life for the watchdog.
    ///
    /// # Errors
    /// [`StoreError::Closed`] where it has ended, [`StoreError::ReadOnly`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.write("asking the writer", |_| Ok(())).await
    }

    /// The sources whose address the store knows under another id that is configured no more, each with that other id.
    /// Changes nothing; [`Store::put_sources`] says the same once.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn renamed(&self, sources: Vec<(SourceId, Url)>) -> Result<Vec<(SourceId, SourceId)>, StoreError> {
        self.read("looking up addresses", move |db| source::renamed(db, &sources)).await
    }

    /// Ends the writer: waits for the units in hand, folds the write-ahead log into the database, and gives the lock back.
    /// Later writes fail with [`StoreError::Closed`]. Blocks for as long as that takes.
    pub fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.stop();
        }
    }

    async fn write<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&rusqlite::Connection) -> Result<T, row::Error> + Send + 'static,
    {
        self.writer.as_ref().ok_or(StoreError::ReadOnly)?.run(doing, work).await
    }

    async fn read<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&rusqlite::Connection) -> Result<T, row::Error> + Send + 'static,
    {
        self.readers.run(doing, work).await
    }
}

impl Store for SqliteStore {
    fn epoch(&self) -> DateTime<Utc> {
        self.epochs.store
    }

    fn stream_epoch(&self) -> DateTime<Utc> {
        self.epochs.stream
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        self.read("reading the revision", schema::revision).await
    }

    async fn poll_states(&self) -> Result<HashMap<SourceId, Box<PollState>>, StoreError> {
        self.read("reading the sources' states", source::states).await
    }

    async fn claim(&self, claims: Vec<(SourceId, DateTime<Utc>)>, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.write("claiming sources", move |db| source::claim(db, &claims, now)).await
    }

    async fn put_poll_states(
        &self,
        states: Vec<(SourceId, PollState)>,
        origins: Vec<Origin>,
    ) -> Result<(), StoreError> {
        self.write("writing the sources' states", move |db| {
            source::put_states(db, &states)?;
            source::put_origins(db, &origins)
        })
        .await
    }

    async fn put_sources(&self, sources: Vec<(SourceId, Url)>) -> Result<Vec<(SourceId, SourceId)>, StoreError> {
        self.write("noting the sources", move |db| source::put_addresses(db, &sources)).await
    }

    async fn put_categories(&self, sections: Vec<(PaperId, Option<Category>)>) -> Result<(), StoreError> {
        self.write("noting the categories", move |db| category::put_configured(db, &sections)).await
    }

    async fn put_renamed_categories(&self, renamed: Vec<RenamedCategory>) -> Result<(), StoreError> {
        self.write("noting the renamed categories", move |db| renamed::put(db, &renamed)).await
    }

    async fn memory(&self, source: &SourceId) -> Result<Memory, StoreError> {
        let source = source.clone();
        self.read("reading a source's memory", move |db| source::memory(db, &source)).await
    }

    async fn origins(&self) -> Result<Vec<Origin>, StoreError> {
        self.read("reading the origins", source::origins).await
    }

    async fn bodies(&self, source: &SourceId) -> Result<Vec<Body>, StoreError> {
        let source = source.clone();
        self.read("reading kept documents", move |db| body::of_source(db, &source)).await
    }

    async fn body_counts(&self) -> Result<HashMap<SourceId, KeptBodies>, StoreError> {
        self.read("counting kept documents", body::counts).await
    }

    async fn bound_bodies(&self, most_bytes: u64) -> Result<u64, StoreError> {
        self.write("dropping kept documents", move |db| body::bound(db, most_bytes)).await
    }

    async fn forget_bodies(&self, paper: &PaperId, addresses: Vec<Url>) -> Result<u64, StoreError> {
        let paper = paper.clone();
        self.write("forgetting kept documents", move |db| body::forget_containing(db, &paper, &addresses)).await
    }

    async fn recognize(
        &self,
        paper: &PaperId,
        drafts: Arc<Vec<Draft>>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Recognition>, StoreError> {
        let paper = paper.clone();
        self.read("recognizing entries", move |db| recognize::recognize(db, &paper, &drafts, now)).await
    }

    async fn held(&self, source: &SourceId) -> Result<Vec<HeldItem>, StoreError> {
        let source = source.clone();
        self.read("reading held items", move |db| sighting::held(db, &source)).await
    }

    async fn commit(&self, batch: Batch) -> Result<Commit, StoreError> {
        self.write("committing a poll", move |db| commit::commit(db, &batch)).await
    }

    async fn try_out(&self, batch: Batch) -> Result<Trial, StoreError> {
        self.write("trying a poll out", move |db| trial::try_out(db, &batch)).await
    }

    async fn pending_articles(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<PendingArticle>, StoreError> {
        self.read("reading the articles that are due", move |db| article::due(db, now, limit)).await
    }

    async fn next_article_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.read("reading when an article is due", article::next_at).await
    }

    async fn release_overdue(&self, now: DateTime<Utc>) -> Result<Commit, StoreError> {
        self.write("publishing items whose grace is over", move |db| commit::release_overdue(db, now)).await
    }

    async fn items(&self, selection: &Selection) -> Result<Vec<Item>, StoreError> {
        let selection = selection.clone();
        self.read("reading a channel's items", move |db| choice::items(db, &selection)).await
    }

    async fn head(&self, selection: &Selection) -> Result<Revision, StoreError> {
        let selection = selection.clone();
        self.read("reading a channel's head", move |db| category::head(db, &selection)).await
    }

    async fn channels(&self) -> Result<Vec<ChannelHead>, StoreError> {
        self.read("reading the channels", category::channels).await
    }

    async fn source_counts(&self) -> Result<HashMap<SourceId, SourceCounts>, StoreError> {
        self.read("counting items", sighting::counts).await
    }

    async fn repairs(&self) -> Result<HashMap<PaperId, Repairs>, StoreError> {
        self.read("counting repairs", alias::counts).await
    }

    async fn keep_publications(
        &self,
        changed: Vec<Publication>,
        gone: Vec<String>,
        basis: String,
    ) -> Result<(), StoreError> {
        let keep = move |db: &rusqlite::Connection| {
            publication::keep(db, &changed, &gone)?;
            schema::note_published(db)?;
            schema::put_basis(db, &basis)
        };
        self.write("keeping the finished documents", keep).await
    }

    async fn keep_refusals(&self, refused: Vec<Refusal>) -> Result<(), StoreError> {
        let keep = move |db: &rusqlite::Connection| schema::put_refusals(db, &refused);
        self.write("keeping what is held back", keep).await
    }

    async fn refusals(&self) -> Result<Vec<Refusal>, StoreError> {
        self.read("reading what is held back", schema::refusals).await
    }

    async fn webhooks(&self) -> Result<Vec<WebhookMark>, StoreError> {
        self.read("reading the webhooks", |db| mark::all(db, mark::WEBHOOK)).await
    }

    async fn put_webhooks(&self, changed: Vec<WebhookMark>, gone: Vec<String>) -> Result<(), StoreError> {
        let keyed = |mark: &WebhookMark| mark.key.clone();
        self.write("noting the webhooks", move |db| mark::put(db, mark::WEBHOOK, &changed, keyed, &gone)).await
    }

    async fn alerts(&self) -> Result<Vec<AlertMark>, StoreError> {
        self.read("reading the alerts", |db| mark::all(db, mark::ALERT)).await
    }

    async fn put_alerts(&self, changed: Vec<AlertMark>, gone: Vec<String>) -> Result<(), StoreError> {
        let keyed = |mark: &AlertMark| mark.key.clone();
        self.write("noting the alerts", move |db| mark::put(db, mark::ALERT, &changed, keyed, &gone)).await
    }

    async fn publications(&self) -> Result<(Vec<Publication>, Option<String>), StoreError> {
        self.read("reading the finished documents", |db| Ok((publication::all(db)?, schema::basis(db)?))).await
    }

    async fn unarchived(&self, place: &Place, limit: u32) -> Result<Unarchived, StoreError> {
        let place = place.clone();
        self.read("looking what no archive page has", move |db| archive::unarchived(db, &place, limit)).await
    }

    async fn items_by_id(&self, ids: Vec<ItemId>) -> Result<Vec<Item>, StoreError> {
        self.read("reading items", move |db| archive::items(db, &ids)).await
    }

    async fn archive_heads(&self) -> Result<Vec<ArchivePage>, StoreError> {
        self.read("reading the newest archive pages", archive::newest).await
    }

    async fn archive_parts(&self, channel: &ChannelId, month: Month) -> Result<u32, StoreError> {
        let channel = channel.clone();
        self.read("counting a month's archive pages", move |db| archive::parts(db, &channel, month)).await
    }

    async fn put_archive(&self, page: FinishedPage) -> Result<bool, StoreError> {
        self.write("writing an archive page", move |db| archive::put(db, &page)).await
    }

    async fn break_archives(&self, base_url: &Url) -> Result<(), StoreError> {
        let base = base_url.to_string();
        self.write("looking for archive pages with other addresses", move |db| archive::break_moved(db, &base)).await
    }

    async fn broken_archives(&self) -> Result<Vec<ArchivePage>, StoreError> {
        self.read("looking for archive pages that are to be made anew", archive::broken).await
    }

    async fn archive_members(&self, page: &ArchivePage) -> Result<ArchiveMembers, StoreError> {
        let page = page.clone();
        self.read("reading what an archive page shows", move |db| archive::members_of(db, &page)).await
    }

    async fn archived(&self, path: &str) -> Result<Option<PackedPublication>, StoreError> {
        let path = path.to_owned();
        self.read("reading an archive page", move |db| archive::document(db, &path)).await
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        self.read("reading the subscriptions", subscription::all).await
    }

    async fn put_subscriptions(&self, changed: Vec<Subscription>, gone: Vec<Secret>) -> Result<(), StoreError> {
        self.write("noting the subscriptions", move |db| subscription::put(db, &changed, &gone)).await
    }

    async fn subscribers(&self) -> Result<Vec<Subscriber>, StoreError> {
        self.read("reading the subscribers", subscriber::all).await
    }

    async fn put_subscribers(&self, changed: Vec<Subscriber>, gone: Vec<(Url, Url)>) -> Result<(), StoreError> {
        self.write("noting the subscribers", move |db| subscriber::put(db, &changed, &gone)).await
    }

    async fn subscriber_counts(&self) -> Result<SubscriberCounts, StoreError> {
        self.read("counting the subscribers", subscriber::counts).await
    }

    async fn prune(&self, policy: &Retention, now: DateTime<Utc>) -> Result<Pruned, StoreError> {
        let policy = policy.clone();
        let limit_date = chrono::Duration::from_std(policy.keep).ok().and_then(|keep| now.checked_sub_signed(keep));
        let sweep = self.read("looking for old items", move |db| prune::sweep(db, &policy, now)).await?;
        let since = sweep.since;
        self.write("noting what is to go", move |db| prune::note(db, since)).await?;
        let mut removed = 0;
        for turn in sweep.going.chunks(prune::A_TURN) {
            let turn = turn.to_vec();
            removed += self.write("removing old items", move |db| prune::remove(db, &turn, now)).await?;
        }
        if let Some(limit) = limit_date {
            while self.write("trimming the change stream", move |db| change::trim(db, limit)).await? {}
        }
        if removed > 0 {
            while self.write("dropping archive pages", archive::trim).await? {}
        }
        Ok(Pruned {
            removed,
            withheld: sweep.withheld,
            withheld_since: sweep.since,
            was_large: sweep.is_large,
            too_large_by_bytes: sweep.too_large_by_bytes,
        })
    }

    async fn revisions(&self, item: ItemId) -> Result<Vec<PastVersion>, StoreError> {
        self.read("reading an item's versions", move |db| revision::of_item(db, item)).await
    }

    async fn changes(&self, paper: &PaperId, after: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let paper = paper.clone();
        self.read("reading the change stream", move |db| change::after(db, &paper, after, limit)).await
    }

    async fn change_page(&self, paper: &PaperId, after: Option<u64>, limit: u32) -> Result<ChangePage, StoreError> {
        let paper = paper.clone();
        self.read("reading the change stream", move |db| stream::page(db, &paper, after, limit)).await
    }

    async fn gone(&self, selection: &Selection, limit: u32) -> Result<Vec<Tombstone>, StoreError> {
        let selection = selection.clone();
        self.read("reading what left a channel", move |db| stream::gone(db, &selection, limit)).await
    }

    async fn search(&self, request: &SearchRequest) -> Result<Vec<Hit>, StoreError> {
        let request = request.clone();
        self.read("searching", move |db| search::find(db, &request)).await
    }

    async fn search_items(&self, request: &SearchRequest) -> Result<Vec<Item>, StoreError> {
        let request = request.clone();
        self.read("searching for a feed", move |db| search::items(db, &request)).await
    }

    async fn absent_items(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<AbsentItem>, StoreError> {
        self.read("reading absent items", move |db| absence::due(db, now, limit)).await
    }

    async fn settle_absence(
        &self,
        item: ItemId,
        answer: AbsenceAnswer,
        origins: Vec<Origin>,
        now: DateTime<Utc>,
    ) -> Result<Commit, StoreError> {
        let settle = move |db: &rusqlite::Connection| {
            source::put_origins(db, &origins)?;
            commit::settle_absence(db, item, answer, now)
        };
        self.write("noting what an absent item's page answered", settle).await
    }

    async fn withdraw(&self, reference: &ItemReference, now: DateTime<Utc>) -> Result<Option<TakenBack>, StoreError> {
        let reference = reference.clone();
        self.write("withdrawing an item", move |db| erase::withdraw(db, &reference, row::kept(now))).await
    }

    async fn erase(&self, reference: &ItemReference, now: DateTime<Utc>) -> Result<Option<TakenBack>, StoreError> {
        let reference = reference.clone();
        self.write("erasing an item", move |db| erase::erase(db, &reference, row::kept(now))).await
    }

    async fn scrub(&self) -> Result<bool, StoreError> {
        if !self.read("looking whether something was erased", scrub::is_wanted).await? {
            return Ok(true);
        }
        let mut is_first = true;
        while !self.write("clearing the index", move |db| scrub::clear_index(db, is_first)).await? {
            is_first = false;
        }
        while self.write("giving pages back", scrub::give_back).await? {}
        self.write("noting that all is cleared", scrub::done).await?;
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        if writer.optimize().await? {
            return Ok(true);
        }
        self.write("noting that not all is cleared", |db| schema::put_scrub(db, true)).await?;
        Ok(false)
    }

    async fn size(&self) -> Result<StoreSize, StoreError> {
        let file = self.database.file.clone();
        self.read("looking how much there is", move |db| scrub::size(db, &file)).await
    }

    async fn optimize(&self) -> Result<(), StoreError> {
        if self.read("looking for room", scrub::is_roomy).await? {
            while self.write("giving pages back", scrub::give_back).await? {}
        }
        self.writer.as_ref().ok_or(StoreError::ReadOnly)?.optimize().await.map(drop)
    }
}

#[cfg(test)]
pub(crate) mod in_memory;
#[cfg(test)]
mod tests;
