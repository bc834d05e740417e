//! What the daemon is to do: built whole from a configuration, and swapped whole at a reload.

use super::alerts::Signs;
use crate::config::{Config, Hub, Section};
use crate::fetch::{FetchError, Fetcher};
use crate::ingest::Ingest;
use crate::model::{AlertWay, Channel, ChannelId, PaperId, RobotsPolicy, Source, SourceId, Webhook};
use crate::observe::metrics::Metrics;
use crate::publish::{AnyTarget, Directory, Publisher, Shelf, ToldBy, configured_channels};
use crate::schedule::{Cadence, Rhythm};
use crate::serve::{Pulse, SourceEntry};
use crate::store::sqlite::SqliteStore;
use crate::store::{ChannelHead, Store, StoreError};
use anyhow::Context as _;
use chrono::Utc;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use tracing::{info, warn};
use url::Url;

/// What all tasks of the daemon share for its whole life.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) store: Arc<SqliteStore>,
    /// What readers are served from; `None`: nobody is.
    pub(super) shelf: Option<Arc<Shelf>>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) pulse: Arc<Pulse>,
    /// Something was committed that readers can see.
    pub(super) changed: Arc<Notify>,
    /// Article pages wait to be read.
    pub(super) articles: Arc<Notify>,
    /// A round of publishing is over; whether nothing failed in it.
    pub(super) published: Arc<watch::Sender<bool>>,
    /// How things go, as the tasks say it.
    pub(super) signs: Arc<Signs>,
}

impl Shared {
    /// Opens the store, which takes the lock; `shelf` is where readers are served from.
    pub(super) fn open(config: &Config, shelf: Option<Arc<Shelf>>) -> Result<Self, StoreError> {
        let (store, told) = SqliteStore::open_or_mend(&config.state_dir, &config.backup.dir, Utc::now())?;
        for sentence in told {
            warn!("{sentence}");
        }
        Ok(Self {
            store: Arc::new(store),
            shelf,
            metrics: Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"))),
            pulse: Arc::default(),
            changed: Arc::default(),
            articles: Arc::default(),
            published: Arc::default(),
            signs: Arc::default(),
        })
    }
}

/// A source with its rhythm.
#[derive(Clone)]
pub(super) struct Planned {
    pub(super) source: Arc<Source>,
    pub(super) rhythm: Rhythm,
}

/// What the daemon is to do.
pub(super) struct Plan {
    sources: HashMap<SourceId, Planned>,
    /// A source of each paper, for articles whose own source left the configuration.
    deputies: HashMap<PaperId, SourceId>,
    ingest: Ingest<SqliteStore>,
    publisher: Arc<Publisher<SqliteStore>>,
    cadence: Cadence,
    fetcher: Arc<Fetcher>,
    callback_base: Option<Url>,
    hub: Hub,
    /// What feeds name as their hub.
    told_by: Option<ToldBy>,
    webhooks: Vec<Webhook>,
    alerts: Vec<AlertWay>,
    /// The channels that the configuration names.
    pub(super) channels: Vec<Channel>,
    /// Those that had sections, and have none any more.
    pub(super) over: Vec<ChannelId>,
    /// Each paper's channel of all items.
    papers: HashMap<PaperId, Arc<Channel>>,
    most_body_bytes: u64,
    backups: PathBuf,
}

impl Plan {
    /// Builds a plan; nothing of it is at work before it is whole. What is known of origins goes on from `before`.
    pub(super) async fn build(shared: &Shared, config: &Config, before: Option<&Self>) -> anyhow::Result<Self> {
        let store = &shared.store;
        let shelf = shared.shelf.clone();
        // whatever can refuse does so before anything is written: a refused plan leaves the store as it was
        let directories = directories(config)?;
        let fetcher = Arc::new(match before {
            Some(before) => before.fetcher.with_settings(config.fetch.clone())?,
            None => Fetcher::new(config.fetch.clone(), store.origins().await?)?,
        });
        if let Some(proxy) = &config.fetch.proxy {
            let proxy = FetchError::shown(&proxy.url);
            info!(proxy, "requests go through a proxy; it looks names up, so its own rules bound where they may lead");
        }
        let cadence = Cadence::new(config.cadence);
        let sections = || config.sections();
        let addresses = sections().map(|s| (s.source.id.clone(), s.source.url.clone())).collect();
        for (new, old) in store.put_sources(addresses).await? {
            warn!(source.id = %new, "the store knows this address as {old}; with `id = \"{}\"` it would keep its history", old.section());
        }
        for section in sections().filter(|section| section.source.robots == RobotsPolicy::OwnSite) {
            info!(source.id = %section.source.id, "robots.txt is not asked: the operator states that this is their own site");
        }
        let category = |s: &Section| (s.source.paper.clone(), s.source.category.clone());
        store.bound_bodies(config.kept_bytes).await?;
        store.put_categories(sections().map(category).collect()).await?;
        store.put_renamed_categories(config.renamed()).await?;
        let channels = configured_channels(&config.publishing(), store.epoch());
        let over = over(config, store).await?;
        let plan = |section: &Section| {
            let planned = Planned { source: Arc::clone(&section.source), rhythm: section.rhythm.clone() };
            (section.source.id.clone(), planned)
        };
        Ok(Self {
            sources: sections().map(plan).collect(),
            deputies: sections().map(|s| (s.source.paper.clone(), s.source.id.clone())).collect(),
            ingest: Ingest::new(Arc::clone(store), Arc::clone(&fetcher), cadence).keeping(config.kept_bytes),
            publisher: Arc::new(Publisher::new(Arc::clone(store), shelf, directories, config.publishing())),
            cadence,
            fetcher,
            callback_base: config.callback_base.clone(),
            hub: config.hub.clone(),
            told_by: told_by(config),
            webhooks: config.webhooks.clone(),
            alerts: config.alerts.clone(),
            papers: channels.iter().cloned().filter_map(of_paper).collect(),
            channels,
            over,
            most_body_bytes: config.fetch.max_body_bytes,
            backups: config.backup.dir.clone(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.sources.len()
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Planned> {
        self.sources.values()
    }

    pub(super) fn source(&self, id: &SourceId) -> Option<&Planned> {
        self.sources.get(id)
    }

    /// The source itself, or another of its paper where it left the configuration.
    pub(super) fn source_or_deputy(&self, id: &SourceId) -> Option<&Planned> {
        self.source(id).or_else(|| self.source(self.deputies.get(&id.paper())?))
    }

    pub(super) fn ingest(&self) -> &Ingest<SqliteStore> {
        &self.ingest
    }

    pub(super) fn publisher(&self) -> &Arc<Publisher<SqliteStore>> {
        &self.publisher
    }

    pub(super) fn cadence(&self) -> Cadence {
        self.cadence
    }

    pub(super) fn fetcher(&self) -> &Arc<Fetcher> {
        &self.fetcher
    }

    /// Where hubs reach us; `None`: nowhere, so nothing is subscribed to.
    pub(super) fn callback_base(&self) -> Option<&Url> {
        self.callback_base.as_ref()
    }

    /// Who tells subscribers of changes, and what the feeds say of it.
    pub(super) fn hub(&self) -> (&Hub, Option<&ToldBy>) {
        (&self.hub, self.told_by.as_ref())
    }

    /// Where changes are delivered.
    pub(super) fn webhooks(&self) -> &[Webhook] {
        &self.webhooks
    }

    /// How operators are told of trouble.
    pub(super) fn alerts(&self) -> &[AlertWay] {
        &self.alerts
    }

    /// A paper's channel of all items, as its change stream shows them.
    pub(super) fn paper(&self, id: &PaperId) -> Option<&Arc<Channel>> {
        self.papers.get(id)
    }

    /// The folder of the automatic backups.
    pub(super) fn backups(&self) -> &Path {
        &self.backups
    }

    pub(super) fn most_body_bytes(&self) -> u64 {
        self.most_body_bytes
    }
}

fn of_paper(channel: Channel) -> Option<(PaperId, Arc<Channel>)> {
    match &channel.id {
        ChannelId::Paper(paper) => Some((paper.clone(), Arc::new(channel))),
        _ => None,
    }
}

/// The channels that had sections, and have none any more.
pub(super) async fn over(config: &Config, store: &SqliteStore) -> Result<Vec<ChannelId>, StoreError> {
    let papers: HashSet<&PaperId> = config.papers.iter().map(|paper| &paper.id).collect();
    let is_over = |head: &ChannelHead| head.is_over || head.id.paper().is_some_and(|paper| !papers.contains(paper));
    Ok(store.channels().await?.into_iter().filter(is_over).map(|head| head.id).collect())
}

/// What feeds name as their hub.
pub(super) fn told_by(config: &Config) -> Option<ToldBy> {
    config.hub_url().zip(config.base_url.clone()).map(|(hub, base_url)| ToldBy { hub, base_url })
}

/// The sources as the status pages show them, in the order of the configuration.
#[must_use]
pub fn entries(config: &Config) -> Vec<SourceEntry> {
    let entry = |section: &Section| SourceEntry {
        id: section.source.id.clone(),
        url: section.source.url.clone(),
        title: section.source.category.as_ref().map(|category| category.title.clone()),
    };
    config.sections().map(entry).collect()
}

/// `publish-dir`, where there is one.
fn directories(config: &Config) -> anyhow::Result<Vec<AnyTarget>> {
    let Some(folder) = &config.publish_dir else { return Ok(Vec::new()) };
    let directory = Directory::open(folder).context("publish-dir cannot be used")?;
    Ok(vec![AnyTarget::Directory(directory)])
}
