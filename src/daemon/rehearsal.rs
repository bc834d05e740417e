//! What a configuration, or this version, would change: tried on a copy of the database, before anything does.
//!
//! Comes in: a configuration and the live database, which is only read. Goes out: what readers would see otherwise, feed by
//! feed, and how each source's kept documents would be read. No origin is asked; the copy is thrown away.

mod compare;

pub use compare::{FactChange, FeedFate, FeedOutlook, ItemChange, ItemLine};

use crate::config::{Config, Section};
use crate::fetch::Fetcher;
use crate::ingest::{Depth, Ingest, Reread};
use crate::model::{ItemId, Publication, SourceId, Watcher};
use crate::publish::Publisher;
use crate::schedule::Cadence;
use crate::store::sqlite::SqliteStore;
use crate::store::{Arrival, ArticleOutcome, ArticleRead, Batch, PendingArticle, Store, StoreError};
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use tracing::warn;

/// What would change.
#[derive(Debug, Clone, Serialize)]
pub struct Rehearsal {
    /// The version that was tried.
    pub version: &'static str,
    /// Every feed that is published now or would be, by path.
    pub feeds: Vec<FeedOutlook>,
    /// Every source of the configuration, and those that have left it.
    pub sources: Vec<SourceOutlook>,
    /// What must never happen: a published item with another guid or date.
    pub alarms: Vec<String>,
}

/// How a source would do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SourceOutlook {
    /// `paper/section`.
    pub id: String,
    /// Kept documents that were read.
    pub documents: usize,
    /// When the newest of them came.
    pub newest: Option<DateTime<Utc>>,
    /// Entries of the newest that can be read.
    pub entries: Option<usize>,
    /// Items never seen before.
    pub new: u32,
    /// Of these, those whose own article page would be read first.
    pub awaiting: usize,
    /// Why its new items would be held.
    pub held_because: Option<&'static str>,
    /// Why its newest document cannot be read.
    pub problem: Option<String>,
    /// Whether that is so already.
    pub was_unreadable: bool,
    /// Whether the configuration has it no more.
    pub left: bool,
}

/// Tries a configuration on a copy of its database. `only`: of this source alone.
///
/// # Errors
/// A [`StoreError`] where the database cannot be copied, or is of a newer bantin.
pub async fn rehearse(
    mut config: Config,
    only: Option<&SourceId>,
    depth: Depth,
    watcher: &Watcher,
) -> anyhow::Result<Rehearsal> {
    let now = Utc::now();
    let folder = tempfile::tempdir().context("no temporary folder for the copy of the database; set TMPDIR")?;
    SqliteStore::copy_to(&config.state_dir, folder.path(), watcher).await?;
    let store = Arc::new(SqliteStore::open(folder.path(), now)?);
    // where none is configured, the feeds keep the one that the daemon took
    let base = compare::base_of(&store.publications().await?.0);
    config.base_url_or(&base.unwrap_or_else(|| format!("http://{}/", config.listen)));
    let result = on_copy(&config, &store, only, depth, watcher).await;
    store.close();
    result
}

async fn on_copy(
    config: &Config,
    store: &Arc<SqliteStore>,
    only: Option<&SourceId>,
    depth: Depth,
    watcher: &Watcher,
) -> anyhow::Result<Rehearsal> {
    let now = Utc::now();
    let before = match store.publications().await?.0 {
        // nothing was ever published: then it is compared with what would be without reading anew
        kept if kept.is_empty() => published(config, store).await?,
        kept => kept,
    };
    let category = |s: &Section| (s.source.paper.clone(), s.source.category.clone());
    store.put_categories(config.sections().map(category).collect()).await?;
    store.put_renamed_categories(config.renamed()).await?;
    let fetcher = Arc::new(Fetcher::new(config.fetch.clone(), Vec::new())?);
    let ingest = Ingest::new(Arc::clone(store), fetcher, Cadence::new(config.cadence)).keeping(config.kept_bytes);
    let mut states = store.poll_states().await?;
    let mut sources = Vec::new();
    let of = config.sections().count();
    for (number, section) in config.sections().enumerate() {
        watcher.step("sources read anew", number, of);
        let id = &section.source.id;
        let state = states.remove(id).unwrap_or_default();
        if only.is_none_or(|only| only == id) {
            let waiting = awaited(store).await?;
            let reread = ingest.reread(&section.source, &section.rhythm, *state, depth, now).await?;
            let found = awaited(store).await?.into_iter().filter(|page| !waiting.contains(page)).collect();
            let awaiting = publish_unread(store, section, found, now).await?;
            sources.push(outlook(id, &reread, awaiting));
        }
    }
    let left = states.into_keys().filter(|_| only.is_none()).collect::<BTreeSet<_>>();
    sources.extend(left.iter().map(|id| SourceOutlook { id: id.to_string(), left: true, ..SourceOutlook::default() }));
    let after = published(config, store).await?;
    let (feeds, alarms) = compare::compare(&before, &after);
    Ok(Rehearsal { version: env!("CARGO_PKG_VERSION"), feeds, sources, alarms })
}

/// The documents that this configuration makes of what the store has.
async fn published(config: &Config, store: &Arc<SqliteStore>) -> anyhow::Result<Vec<Publication>> {
    let publisher = Publisher::new(Arc::clone(store), None, Vec::new(), config.publishing());
    let report = publisher.reconcile(Utc::now()).await?;
    for problem in &report.problems {
        warn!("not all feeds can be compared: {problem}");
    }
    Ok(store.publications().await?.0)
}

/// Items that wait for their article page.
async fn awaited(store: &SqliteStore) -> Result<HashSet<ItemId>, StoreError> {
    let pages: Vec<PendingArticle> = store.pending_articles(DateTime::<Utc>::MAX_UTC, u32::MAX >> 1).await?;
    Ok(pages.into_iter().map(|page| page.item).collect())
}

/// Shows what was found as if its article pages had been read, since none is read here. Gives back how many there are.
async fn publish_unread(
    store: &SqliteStore,
    section: &Section,
    found: Vec<ItemId>,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let count = found.len();
    for item in found {
        let batch = Batch {
            source: section.source.id.clone(),
            paper: section.source.paper.clone(),
            authority: String::new(),
            now,
            poll: None,
            memory: None,
            drafts: Arc::default(),
            coverage: crate::store::Coverage::Part,
            arrival: Arrival::Ready,
            release: Vec::new(),
            article: Some(ArticleRead { item, outcome: ArticleOutcome::Never }),
            origins: Vec::new(),
            body: None,
            anew: None,
        };
        store.commit(batch).await?;
    }
    Ok(count)
}

fn outlook(id: &SourceId, reread: &Reread, awaiting: usize) -> SourceOutlook {
    let newest = reread.documents.first();
    let read = reread.documents.iter().find_map(|document| document.result.as_ref().ok());
    // a document that could not be read before and cannot be read now matters where it is the newest
    let unread = reread.documents.iter().take_while(|document| document.result.is_err());
    let unread = unread.reduce(|newer, older| if older.was_read && !newer.was_read { older } else { newer });
    SourceOutlook {
        id: id.to_string(),
        documents: reread.documents.len(),
        newest: newest.map(|document| document.fetched_at),
        entries: read.map(|(entries, _)| *entries),
        new: reread.commit.new,
        awaiting,
        held_because: reread.doubt.filter(|_| reread.commit.held > 0).map(|doubt| doubt.as_str()),
        problem: unread.and_then(|document| document.result.clone().err()),
        was_unreadable: unread.is_some_and(|document| !document.was_read),
        left: false,
    }
}

#[cfg(test)]
mod tests;
