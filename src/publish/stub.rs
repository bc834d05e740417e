//! A store in memory for the tests of publishing and serving: channels and items as set, kept documents, failures on demand.

use crate::model::{
    ArchiveMembers, ArchivePage, Category, ChannelId, DateOrigin, Draft, FinishedPage, Item, ItemId, Memory, Month,
    Origin, PackedPublication, PaperId, Permalink, Place, PollState, Precision, PubDate, Publication, Refusal,
    RenamedCategory, Revision, Secret, Selection, SourceId, Standing, StoreSize, Subscriber, SubscriberCounts,
    Subscription, Tombstone, Unarchived,
};
use crate::store::{
    AbsenceAnswer, AbsentItem, Batch, Change, ChangeKind, ChangePage, ChannelHead, Chooser, Commit, Fragment, HeldItem,
    Hit, ItemReference, PastVersion, PendingArticle, Pruned, Recognition, Repairs, Retention, SearchRequest,
    SourceCounts, Store, StoreError, TakenBack, Trial,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::Mutex;
use url::Url;

/// So many seconds after 2026-02-14 08:30 in Sơn La.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_032_600, 0).expect("a moment") + TimeDelta::seconds(seconds)
}

#[derive(Debug, Default)]
pub(crate) struct StubStore {
    pub(crate) items: Mutex<Vec<Item>>,
    pub(crate) kept: Mutex<BTreeMap<String, Publication>>,
    pub(crate) refused: Mutex<Vec<Refusal>>,
    pub(crate) basis: Mutex<Option<String>>,
    pub(crate) broken: Mutex<bool>,
    pub(crate) states: Mutex<HashMap<SourceId, Box<PollState>>>,
    pub(crate) subscriptions: Mutex<Vec<Subscription>>,
    /// How often something was looked for.
    pub(crate) searches: Mutex<u64>,
    /// Searches wait here, where there is one.
    pub(crate) gate: Mutex<Option<Arc<tokio::sync::Semaphore>>>,
    pub(crate) gone: Mutex<Vec<Tombstone>>,
    pub(crate) archived: Mutex<BTreeMap<String, PackedPublication>>,
}

impl StubStore {
    /// Adds an item that changed `seconds` after the start.
    pub(crate) fn add(&self, paper: &str, categories: &[Category], seconds: i64) {
        let mut items = self.items.lock().expect("lock");
        let number = i64::try_from(items.len()).expect("few") + 1;
        items.push(item(paper, categories, number, seconds));
    }

    fn answer<T>(&self, value: T) -> Result<T, StoreError> {
        if *self.broken.lock().expect("lock") { Err(StoreError::Closed) } else { Ok(value) }
    }
}

fn item(paper: &str, categories: &[Category], number: i64, seconds: i64) -> Item {
    let url = Url::parse(&format!("https://bao.example/bai-{number}.html")).expect("a URL");
    Item {
        id: ItemId(number),
        paper: PaperId::new(paper).expect("a slug"),
        guid: format!("tag:bao.example,2026:{paper}/{number}"),
        first_seen: at(seconds),
        revision: Revision(number.unsigned_abs()),
        changed_at: at(seconds),
        standing: Standing::Ready,
        permalink: Permalink::new(url).expect("a web address"),
        title: format!("Bài số {number}"),
        summary: Some("Một đoạn tóm tắt.".to_owned()),
        content: None,
        categories: categories.to_vec(),
        authors: Vec::new(),
        language: None,
        image: None,
        enclosures: Vec::new(),
        published: PubDate { at: at(seconds), precision: Precision::Minute, origin: DateOrigin::Metadata },
        updated: None,
    }
}

impl Store for StubStore {
    fn epoch(&self) -> DateTime<Utc> {
        at(-600)
    }

    fn stream_epoch(&self) -> DateTime<Utc> {
        at(-600)
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        self.answer(Revision(self.items.lock().expect("lock").len() as u64))
    }

    async fn claim(&self, _: Vec<(SourceId, DateTime<Utc>)>, _: DateTime<Utc>) -> Result<(), StoreError> {
        self.answer(())
    }

    async fn poll_states(&self) -> Result<HashMap<SourceId, Box<PollState>>, StoreError> {
        self.answer(self.states.lock().expect("lock").clone())
    }

    async fn put_poll_states(&self, _: Vec<(SourceId, PollState)>, _: Vec<Origin>) -> Result<(), StoreError> {
        self.answer(())
    }

    async fn put_sources(&self, _: Vec<(SourceId, Url)>) -> Result<Vec<(SourceId, SourceId)>, StoreError> {
        self.answer(Vec::new())
    }

    async fn put_categories(&self, _: Vec<(PaperId, Option<Category>)>) -> Result<(), StoreError> {
        self.answer(())
    }

    async fn put_renamed_categories(&self, _: Vec<RenamedCategory>) -> Result<(), StoreError> {
        self.answer(())
    }

    async fn memory(&self, _: &SourceId) -> Result<Memory, StoreError> {
        self.answer(Memory::default())
    }

    async fn origins(&self) -> Result<Vec<Origin>, StoreError> {
        self.answer(Vec::new())
    }

    async fn recognize(
        &self,
        _: &PaperId,
        _: Arc<Vec<Draft>>,
        _: DateTime<Utc>,
    ) -> Result<Vec<Recognition>, StoreError> {
        self.answer(Vec::new())
    }

    async fn held(&self, _: &SourceId) -> Result<Vec<HeldItem>, StoreError> {
        self.answer(Vec::new())
    }

    async fn commit(&self, _: Batch) -> Result<Commit, StoreError> {
        self.answer(Commit::default())
    }

    async fn try_out(&self, _: Batch) -> Result<Trial, StoreError> {
        self.answer(Trial::default())
    }

    async fn pending_articles(&self, _: DateTime<Utc>, _: u32) -> Result<Vec<PendingArticle>, StoreError> {
        self.answer(Vec::new())
    }

    async fn next_article_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.answer(None)
    }

    async fn release_overdue(&self, _: DateTime<Utc>) -> Result<Commit, StoreError> {
        self.answer(Commit::default())
    }

    async fn items(&self, selection: &Selection) -> Result<Vec<Item>, StoreError> {
        let is_in = |item: &Item, place: &Place| {
            let category = place.category.as_ref();
            item.paper == place.paper && category.is_none_or(|slug| item.categories.iter().any(|c| c.slug == *slug))
        };
        let fits = |item: &&Item| selection.places.iter().any(|place| is_in(item, place));
        let mut items: Vec<Item> = self.items.lock().expect("lock").iter().filter(fits).cloned().collect();
        items.sort_by_key(|item| std::cmp::Reverse((item.published.at, item.id)));
        let mut chooser = Chooser::new(&selection.only);
        items.retain(|item| chooser.takes(&item.paper, &item.title, item.summary.as_deref()));
        items.truncate(selection.limit as usize);
        self.answer(items)
    }

    async fn head(&self, selection: &Selection) -> Result<Revision, StoreError> {
        let newest = self.items(selection).await?.iter().map(|item| item.revision).max();
        self.answer(newest.unwrap_or_default())
    }

    async fn channels(&self) -> Result<Vec<ChannelHead>, StoreError> {
        let mut heads: BTreeMap<ChannelId, ChannelHead> = BTreeMap::new();
        for item in self.items.lock().expect("lock").iter() {
            for category in std::iter::once(None).chain(item.categories.iter().cloned().map(Some)) {
                let slug = category.as_ref().map(|category| category.slug.clone());
                let id = ChannelId::of(item.paper.clone(), slug);
                heads.insert(id.clone(), ChannelHead { id, category, revision: item.revision, is_over: false });
            }
        }
        self.answer(heads.into_values().collect())
    }

    async fn source_counts(&self) -> Result<HashMap<SourceId, SourceCounts>, StoreError> {
        self.answer(HashMap::new())
    }

    async fn repairs(&self) -> Result<HashMap<PaperId, Repairs>, StoreError> {
        self.answer(HashMap::new())
    }

    async fn keep_publications(
        &self,
        changed: Vec<Publication>,
        gone: Vec<String>,
        basis: String,
    ) -> Result<(), StoreError> {
        self.answer(())?;
        *self.basis.lock().expect("lock") = Some(basis);
        let mut kept = self.kept.lock().expect("lock");
        kept.extend(changed.into_iter().map(|publication| (publication.path.clone(), publication)));
        kept.retain(|path, _| !gone.contains(path));
        Ok(())
    }

    async fn publications(&self) -> Result<(Vec<Publication>, Option<String>), StoreError> {
        let basis = self.basis.lock().expect("lock").clone();
        self.answer((self.kept.lock().expect("lock").values().cloned().collect(), basis))
    }

    async fn keep_refusals(&self, refused: Vec<Refusal>) -> Result<(), StoreError> {
        *self.refused.lock().expect("lock") = refused;
        self.answer(())
    }

    async fn refusals(&self) -> Result<Vec<Refusal>, StoreError> {
        self.answer(self.refused.lock().expect("lock").clone())
    }

    async fn unarchived(&self, _: &Place, _: u32) -> Result<Unarchived, StoreError> {
        self.answer(Unarchived::default())
    }

    async fn items_by_id(&self, _: Vec<ItemId>) -> Result<Vec<Item>, StoreError> {
        self.answer(Vec::new())
    }

    async fn archive_heads(&self) -> Result<Vec<ArchivePage>, StoreError> {
        self.answer(Vec::new())
    }

    async fn archive_parts(&self, _: &ChannelId, _: Month) -> Result<u32, StoreError> {
        self.answer(0)
    }

    async fn put_archive(&self, _: FinishedPage) -> Result<bool, StoreError> {
        self.answer(false)
    }

    async fn break_archives(&self, _: &Url) -> Result<(), StoreError> {
        self.answer(())
    }

    async fn broken_archives(&self) -> Result<Vec<ArchivePage>, StoreError> {
        self.answer(Vec::new())
    }

    async fn archive_members(&self, _: &ArchivePage) -> Result<ArchiveMembers, StoreError> {
        self.answer(ArchiveMembers::default())
    }

    async fn archived(&self, path: &str) -> Result<Option<PackedPublication>, StoreError> {
        self.answer(self.archived.lock().expect("lock").get(path).cloned())
    }

    async fn webhooks(&self) -> Result<Vec<crate::model::WebhookMark>, StoreError> {
        self.answer(Vec::new())
    }

    async fn put_webhooks(&self, _: Vec<crate::model::WebhookMark>, _: Vec<String>) -> Result<(), StoreError> {
        self.answer(())
    }

    async fn bodies(&self, _: &SourceId) -> Result<Vec<crate::store::Body>, StoreError> {
        Ok(Vec::new())
    }

    async fn body_counts(&self) -> Result<HashMap<SourceId, crate::store::KeptBodies>, StoreError> {
        Ok(HashMap::new())
    }

    async fn bound_bodies(&self, _: u64) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn forget_bodies(&self, _: &PaperId, _: Vec<Url>) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        self.answer(self.subscriptions.lock().expect("lock").clone())
    }

    async fn put_subscriptions(&self, _: Vec<Subscription>, _: Vec<Secret>) -> Result<(), StoreError> {
        self.answer(())
    }

    async fn subscribers(&self) -> Result<Vec<Subscriber>, StoreError> {
        self.answer(Vec::new())
    }

    async fn put_subscribers(&self, _: Vec<Subscriber>, _: Vec<(Url, Url)>) -> Result<(), StoreError> {
        self.answer(())
    }

    async fn subscriber_counts(&self) -> Result<SubscriberCounts, StoreError> {
        self.answer(SubscriberCounts::default())
    }

    async fn revisions(&self, _: ItemId) -> Result<Vec<PastVersion>, StoreError> {
        self.answer(Vec::new())
    }

    async fn changes(&self, _: &PaperId, _: u64, _: u32) -> Result<Vec<Change>, StoreError> {
        self.answer(Vec::new())
    }

    /// What has the text in its title.
    async fn search(&self, request: &SearchRequest) -> Result<Vec<Hit>, StoreError> {
        let found = self.search_items(request).await?;
        let hit = |item: Item| Hit {
            paper: item.paper,
            guid: item.guid,
            url: item.permalink.url().clone(),
            snippet: vec![Fragment { text: item.title.clone(), found: true }],
            title: item.title,
            published: item.published.at,
            categories: item.categories,
        };
        Ok(found.into_iter().map(hit).collect())
    }

    async fn search_items(&self, request: &SearchRequest) -> Result<Vec<Item>, StoreError> {
        *self.searches.lock().expect("lock") += 1;
        let gate = self.gate.lock().expect("lock").clone();
        if let Some(gate) = gate {
            drop(gate.acquire().await);
        }
        let fits = |item: &&Item| {
            item.title.contains(&request.text) && request.paper.as_ref().is_none_or(|paper| item.paper == *paper)
        };
        let mut found: Vec<Item> = self.items.lock().expect("lock").iter().filter(fits).cloned().collect();
        found.sort_by_key(|item| std::cmp::Reverse((item.published.at, item.id)));
        self.answer(found)
    }

    async fn change_page(&self, paper: &PaperId, after: Option<u64>, limit: u32) -> Result<ChangePage, StoreError> {
        let items = self.items.lock().expect("lock");
        let told = |item: &Item| Change {
            cursor: item.revision.0,
            paper: item.paper.clone(),
            item: item.id,
            guid: item.guid.clone(),
            kind: ChangeKind::Create,
            revision: item.revision,
            at: item.changed_at,
        };
        let of_paper = items.iter().filter(|item| item.paper == *paper && item.revision.0 > after.unwrap_or(0));
        let mut entries: Vec<_> = of_paper.map(|item| (told(item), Some(item.clone()))).collect();
        let more = entries.len() > limit as usize;
        entries.truncate(limit as usize);
        self.answer(ChangePage { entries, more, oldest: 0, newest: items.len() as u64 })
    }

    async fn gone(&self, _: &Selection, limit: u32) -> Result<Vec<Tombstone>, StoreError> {
        self.answer(self.gone.lock().expect("lock").iter().take(limit as usize).cloned().collect())
    }

    async fn absent_items(&self, _: DateTime<Utc>, _: u32) -> Result<Vec<AbsentItem>, StoreError> {
        self.answer(Vec::new())
    }

    async fn settle_absence(
        &self,
        _: ItemId,
        _: AbsenceAnswer,
        _: Vec<Origin>,
        _: DateTime<Utc>,
    ) -> Result<Commit, StoreError> {
        self.answer(Commit::default())
    }

    async fn withdraw(&self, _: &ItemReference, _: DateTime<Utc>) -> Result<Option<TakenBack>, StoreError> {
        self.answer(None)
    }

    async fn erase(&self, _: &ItemReference, _: DateTime<Utc>) -> Result<Option<TakenBack>, StoreError> {
        self.answer(None)
    }

    async fn scrub(&self) -> Result<bool, StoreError> {
        self.answer(true)
    }

    async fn size(&self) -> Result<StoreSize, StoreError> {
        self.answer(StoreSize::default())
    }

    async fn prune(&self, _: &Retention, _: DateTime<Utc>) -> Result<Pruned, StoreError> {
        self.answer(Pruned::default())
    }

    async fn optimize(&self) -> Result<(), StoreError> {
        self.answer(())
    }
}
