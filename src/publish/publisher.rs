//! One round of publishing: what should there be, what does each target hold, bring it up.
//!
//! Comes in: the store and the settings. Goes out: documents to the targets, and a report. It does not know when a round is
//! due, nor who waits for it.

use super::archives::{Archived, Archives, Keeper};
use super::channels::{Planned, Settings, plan};
use super::{AnyTarget, PublishError, Put, Shelf, Target, TargetError, ToldBy};
use crate::model::{Category, Channel, ChannelId, Format, Item, ItemId, Publication, Refusal, Revision, Tombstone};
use crate::render::{Listed, index, lint, opml, render_all};
use crate::store::Store;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

/// What writes a channel's documents; another one in tests.
pub(super) type Renderer = fn(&Channel, &[Item], &[Tombstone]) -> [Publication; Format::ALL.len()];

/// How many of a paper's newest items are kept for the index.
const HEADLINES: usize = 10;

/// Items that left a channel are told in its feed until so many left after them.
const MOST_TOMBSTONES: u32 = 50;

/// Brings every target up to the store. Rounds never overlap: a second waits for the first.
#[derive(Debug)]
pub struct Publisher<S> {
    store: Arc<S>,
    /// `None`: nobody reads from this process, so nothing is packed for readers.
    shelf: Option<Arc<Shelf>>,
    settings: Settings,
    renderer: Renderer,
    stopping: AtomicBool,
    round: Mutex<Round>,
}

/// What one round did.
#[derive(Debug, Default)]
pub struct Reconciled {
    /// Channels that there are.
    pub channels: usize,
    /// Channels whose documents were rendered.
    pub rendered: usize,
    /// Documents written, over all targets.
    pub written: u64,
    /// Documents removed, over all targets.
    pub removed: u64,
    /// Archive pages that were written.
    pub archived: usize,
    /// More archive pages wait to be written: another round is due at once.
    pub unfinished: bool,
    /// Documents that this round held back, each told once as long as the same is wrong with it.
    pub refused: Vec<Refusal>,
    /// Documents that are held back now, those of earlier rounds included.
    pub held_back: Vec<Refusal>,
    /// What failed: the next round tries it again.
    pub problems: Vec<PublishError>,
}

/// What is known from the rounds before.
#[derive(Debug)]
struct Round {
    targets: Vec<Held>,
    rendered: HashMap<ChannelId, Rendered>,
    /// The list of channels and the newest change that the overview shows.
    overview: Option<(Vec<Channel>, DateTime<Utc>)>,
    /// Every document that should be published, by path.
    documents: BTreeMap<String, Publication>,
    /// What was held back, by path.
    refused: BTreeMap<String, Refusal>,
    /// What the store knows of that.
    refused_kept: Vec<Refusal>,
    /// What the store keeps for the next start.
    kept: HashMap<String, Mark>,
    /// What the kept documents were made from, as far as is known.
    basis: Option<String>,
    /// The channels that there were, and what stands for them in the basis.
    shape: Option<(Vec<Channel>, String)>,
    /// Whether the documents of channels that were before those are forgotten.
    is_tidy: bool,
    /// Whether the kept documents were taken up.
    remembers: bool,
    archives: Archives,
}

/// A target and what it holds, as far as is known.
#[derive(Debug)]
struct Held {
    target: AnyTarget,
    /// `None`: it may hold something, but not surely this.
    marks: HashMap<String, Option<Mark>>,
}

/// What tells two documents of one path apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    etag: String,
    last_modified: DateTime<Utc>,
}

impl Mark {
    fn of(publication: &Publication) -> Self {
        Self { etag: publication.etag.clone(), last_modified: publication.last_modified }
    }

    fn is_of(&self, publication: &Publication) -> bool {
        self.etag == publication.etag && self.last_modified == publication.last_modified
    }
}

/// What a channel's documents were rendered from.
#[derive(Debug)]
struct Rendered {
    channel: Channel,
    revision: Revision,
    changed_at: DateTime<Utc>,
    /// Of the channel of all items alone: for the index.
    newest: Vec<Item>,
    shown: Shown,
}

/// What of the store a channel's documents show: other items of its places may change without it.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    items: Vec<(ItemId, Revision, Vec<Category>)>,
    gone: Vec<Tombstone>,
}

impl Shown {
    fn of(items: &[Item], gone: &[Tombstone]) -> Self {
        let item = |item: &Item| (item.id, item.revision, item.categories.clone());
        Self { items: items.iter().map(item).collect(), gone: gone.to_vec() }
    }
}

impl<S: Store> Publisher<S> {
    /// Publishes to the shelf, where there is one, and to the other targets after it.
    #[must_use]
    pub fn new(store: Arc<S>, shelf: Option<Arc<Shelf>>, others: Vec<AnyTarget>, settings: Settings) -> Self {
        let targets = shelf.clone().map(AnyTarget::Shelf).into_iter().chain(others);
        let round = Round {
            targets: targets.map(|target| Held { target, marks: HashMap::new() }).collect(),
            rendered: HashMap::new(),
            overview: None,
            documents: BTreeMap::new(),
            refused: BTreeMap::new(),
            refused_kept: Vec::new(),
            kept: HashMap::new(),
            basis: None,
            shape: None,
            is_tidy: false,
            remembers: false,
            archives: Archives::default(),
        };
        Self {
            store,
            shelf,
            settings,
            renderer: render_all,
            stopping: AtomicBool::new(false),
            round: Mutex::new(round),
        }
    }

    /// The same with another renderer.
    #[cfg(test)]
    pub(super) fn with_renderer(mut self, renderer: Renderer) -> Self {
        self.renderer = renderer;
        self
    }

    /// Ends the round under way after the document in hand, and every later one before its first: what is left undone is done
    /// after the next start.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the rounds end early.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Fills the shelf with the documents of the last run, before the first round. Gives back how many there are.
    ///
    /// # Errors
    /// [`PublishError::Store`] where the store does not give them; then the shelf stays empty until the first round.
    pub async fn restore(&self) -> Result<usize, PublishError> {
        let mut round = self.round.lock().await;
        self.remember(&mut round).await?;
        let kept: Vec<Publication> = round.documents.values().cloned().collect();
        let Some(shelf) = self.shelf.clone() else { return Ok(0) };
        shelf.tell(self.told_by());
        let count = kept.len();
        Ok(spawn_blocking(move || count - shelf.restore(&kept)).await.unwrap_or(0))
    }

    fn told_by(&self) -> Option<ToldBy> {
        let hub = self.settings.hub.clone()?;
        Some(ToldBy { hub, base_url: self.settings.base_url.clone() })
    }

    /// Takes up what the run or the publisher before left off with: what was published, under which date, and that every
    /// target may hold it.
    async fn remember(&self, round: &mut Round) -> Result<(), PublishError> {
        if round.remembers {
            return Ok(());
        }
        let kept = self.store.publications().await;
        let (kept, basis) = kept.map_err(|why| PublishError::Store { doing: "reading the kept documents", why })?;
        round.basis = basis;
        let refused = self.store.refusals().await;
        round.refused_kept = refused.map_err(|why| PublishError::Store { doing: "reading what is held back", why })?;
        round.refused = round.refused_kept.iter().map(|refusal| (refusal.path.clone(), refusal.clone())).collect();
        for publication in kept {
            let path = publication.path.clone();
            for held in &mut round.targets {
                held.marks.insert(path.clone(), None);
            }
            round.kept.insert(path.clone(), Mark::of(&publication));
            round.documents.insert(path, publication);
        }
        round.remembers = true;
        Ok(())
    }

    /// Brings every target up to the store: renders the channels that changed, puts what a target does not hold, removes
    /// what should not be there, and keeps the documents for the next start. Idempotent; a failing channel or target never
    /// stops the others. `now` says which months are over, for the archives, and nothing else.
    ///
    /// # Errors
    /// [`PublishError::Store`] where the store does not say which channels there are, or what it kept; nothing was
    /// changed then.
    pub async fn reconcile(&self, now: DateTime<Utc>) -> Result<Reconciled, PublishError> {
        let mut round = self.round.lock().await;
        self.remember(&mut round).await?;
        if let Some(shelf) = &self.shelf {
            shelf.tell(self.told_by());
        }
        let settings = &self.settings;
        let heads = self.store.channels().await;
        let heads = heads.map_err(|why| PublishError::Store { doing: "reading the list of channels", why })?;
        let mut planned = plan(settings, &heads, self.store.epoch());
        let mut report = Reconciled { channels: planned.len(), ..Reconciled::default() };
        self.archive(&mut round, &mut planned, now, &mut report).await;
        let basis = round.basis_of(settings, &planned);
        // made from the same by a run before: nothing would come out otherwise
        if round.basis.as_ref() != Some(&basis) {
            for planned in &planned {
                if self.is_stopping() {
                    return Ok(report);
                }
                match self.render_channel(&mut round, planned, &mut report.refused).await {
                    Ok(rendered) => report.rendered += usize::from(rendered),
                    Err(problem) => report.problems.push(problem),
                }
            }
            if let Err(problem) = render_overview(&mut round, settings, &planned, &mut report.refused).await {
                report.problems.push(problem);
            }
            round.forget_vanished(&planned);
        }
        // what was held back is rendered again after a restart, maybe by a version that does it right
        let is_whole = report.problems.is_empty() && round.refused.is_empty();
        report.held_back = round.refused.values().cloned().collect();
        let Round { targets, documents, .. } = &mut *round;
        for held in targets {
            held.bring_up(documents, &self.stopping, &mut report).await;
        }
        if self.is_stopping() {
            return Ok(report);
        }
        if let Err(problem) = self.keep_refusals(&mut round).await {
            report.problems.push(problem);
        }
        if let Err(problem) = self.keep(&mut round, if is_whole { basis } else { String::new() }).await {
            report.problems.push(problem);
        }
        Ok(report)
    }

    /// Writes the archive pages that are due, before the feeds that link to them. They are read from the store, so where
    /// nobody reads from this process there are none.
    async fn archive(&self, round: &mut Round, planned: &mut [Planned], now: DateTime<Utc>, report: &mut Reconciled) {
        if self.shelf.is_none() {
            return;
        }
        let (settings, stopping) = (&self.settings, &self.stopping);
        let keeper = Keeper { store: &*self.store, settings, stopping, now, done: Archived::default() };
        let done = keeper.bring_up(&mut round.archives, planned).await;
        round.refused.retain(|path, _| !done.valid.contains(path));
        report.refused.extend(done.refused.into_iter().filter_map(|judged| round.take(judged, true)));
        report.problems.extend(done.problems);
        (report.archived, report.unfinished) = (done.pages, done.more);
    }

    /// Renders the documents of a channel, unless it shows what it showed the last time. Says whether it did.
    async fn render_channel(
        &self,
        round: &mut Round,
        planned: &Planned,
        refused: &mut Vec<Refusal>,
    ) -> Result<bool, PublishError> {
        let (channel, revision) = (&planned.channel, planned.revision);
        let before = round.rendered.get(&channel.id);
        if before.is_some_and(|before| before.revision == revision && before.channel == *channel) {
            return Ok(false);
        }
        let same_items = before.is_none_or(|before| before.revision == revision);
        let failed = |why| PublishError::Items { channel: channel.id.stem(), why };
        let items = self.store.items(&channel.selection).await.map_err(failed)?;
        let gone = self.store.gone(&channel.selection, MOST_TOMBSTONES).await.map_err(failed)?;
        let shown = Shown::of(&items, &gone);
        if let Some(before) = round.rendered.get_mut(&channel.id)
            && before.channel == *channel
            && before.shown == shown
        {
            before.revision = revision;
            return Ok(false);
        }
        let work = {
            let (channel, renderer) = (channel.clone(), self.renderer);
            move || {
                let judged = renderer(&channel, &items, &gone).map(Judged::of);
                (judged, newest(&channel, items))
            }
        };
        let failed = |_| PublishError::Render { what: channel.id.stem() };
        let (documents, newest) = spawn_blocking(work).await.map_err(failed)?;
        let changed_at = documents.iter().map(|judged| judged.publication.last_modified).max();
        let changed_at = changed_at.unwrap_or(channel.epoch);
        for judged in documents {
            refused.extend(round.take(judged, same_items));
        }
        let rendered = Rendered { channel: channel.clone(), revision, changed_at, newest, shown };
        round.rendered.insert(channel.id.clone(), rendered);
        Ok(true)
    }

    /// Tells the store what is held back, where that changed, so that `bantin status` can say so.
    async fn keep_refusals(&self, round: &mut Round) -> Result<(), PublishError> {
        let now: Vec<Refusal> = round.refused.values().cloned().collect();
        if round.refused_kept != now {
            self.store.keep_refusals(now.clone()).await.map_err(|why| PublishError::Keep { why })?;
            round.refused_kept = now;
        }
        Ok(())
    }

    /// Keeps the documents in the store, so that they are served from the first second after a restart.
    async fn keep(&self, round: &mut Round, basis: String) -> Result<(), PublishError> {
        let stale =
            |publication: &&Publication| round.kept.get(&publication.path).is_none_or(|mark| !mark.is_of(publication));
        let changed: Vec<Publication> = round.documents.values().filter(stale).cloned().collect();
        // What a target still holds of a vanished channel must be remembered until it is gone from there, too.
        let still_held = |path: &String| round.targets.iter().any(|held| held.marks.contains_key(path));
        let vanished = |path: &&String| !round.documents.contains_key(*path) && !still_held(path);
        let gone: Vec<String> = round.kept.keys().filter(vanished).cloned().collect();
        if changed.is_empty() && gone.is_empty() && round.basis.as_ref() == Some(&basis) {
            return Ok(());
        }
        let marks: Vec<_> =
            changed.iter().map(|publication| (publication.path.clone(), Mark::of(publication))).collect();
        let kept = self.store.keep_publications(changed, gone.clone(), basis.clone()).await;
        kept.map_err(|why| PublishError::Keep { why })?;
        round.basis = Some(basis);
        round.kept.extend(marks);
        round.kept.retain(|path, _| !gone.contains(path));
        Ok(())
    }
}

impl Round {
    /// Takes a rendered document. The same bytes keep their date; other bytes never get an earlier one, and a later one where
    /// other settings or withdrawn items, and no new ones, made the difference: else who asks by date alone would miss it.
    ///
    /// One that the linter refuses is not taken: the last good one stays. Says what is wrong where that was not told before.
    fn take(&mut self, judged: Judged, same_items: bool) -> Option<Refusal> {
        let Judged { mut publication, fault } = judged;
        if let Some((rule, what)) = fault {
            return self.refuse(&publication, rule, what);
        }
        self.refused.remove(&publication.path);
        if let Some(before) = self.documents.get(&publication.path) {
            if before.etag == publication.etag {
                publication.last_modified = before.last_modified;
            } else if publication.last_modified < before.last_modified
                || (same_items && publication.last_modified == before.last_modified)
            {
                publication.last_modified = before.last_modified + TimeDelta::seconds(1);
            }
        }
        self.documents.insert(publication.path.clone(), publication);
        None
    }

    fn refuse(&mut self, publication: &Publication, rule: &str, what: String) -> Option<Refusal> {
        let before = self.refused.get(&publication.path);
        let since = before.map_or(publication.last_modified, |before| before.since);
        let refusal = Refusal { path: publication.path.clone(), rule: rule.to_owned(), what, since };
        let is_told = before == Some(&refusal);
        self.refused.insert(publication.path.clone(), refusal.clone());
        (!is_told).then_some(refusal)
    }

    /// All that the documents of a round are made from: this version, the settings, the channels, and the revision of each.
    fn basis_of(&mut self, settings: &Settings, planned: &[Planned]) -> String {
        let is_same = |channels: &[Channel]| channels.iter().eq(planned.iter().map(|planned| &planned.channel));
        let shape = match self.shape.take().filter(|(channels, _)| is_same(channels)) {
            Some(shape) => shape,
            None => {
                let channels: Vec<Channel> = planned.iter().map(|planned| planned.channel.clone()).collect();
                let text = format!("{} {settings:?} {channels:?}", env!("CARGO_PKG_VERSION"));
                self.is_tidy = false;
                (channels, digest(&text))
            }
        };
        let revisions: Vec<Revision> = planned.iter().map(|planned| planned.revision).collect();
        digest(&format!("{} {revisions:?}", self.shape.insert(shape).1))
    }

    /// Forgets the documents of channels that are no more.
    fn forget_vanished(&mut self, planned: &[Planned]) {
        if std::mem::replace(&mut self.is_tidy, true) {
            return;
        }
        let there: HashSet<&ChannelId> = planned.iter().map(|planned| &planned.channel.id).collect();
        self.rendered.retain(|id, _| there.contains(id));
        let mut paths: HashSet<String> =
            planned.iter().flat_map(|planned| Format::ALL.map(|format| planned.channel.path(format))).collect();
        paths.extend(["feeds.opml".to_owned(), "index.html".to_owned()]);
        self.documents.retain(|path, _| paths.contains(path));
        let is_there = |path: &str| match path.split_once("/archive/") {
            Some((stem, _)) => there.iter().any(|id| id.stem() == stem),
            None => paths.contains(path),
        };
        self.refused.retain(|path, _| is_there(path));
    }
}

/// A document and what the linter thinks of it.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) publication: Publication,
    /// The rule it breaks, and where.
    pub(super) fault: Option<(&'static str, String)>,
}

impl Judged {
    pub(super) fn of(publication: Publication) -> Self {
        let fault = lint::lint(&publication).into_iter().next().map(|finding| (finding.rule, finding.what));
        Self { publication, fault }
    }
}

impl Held {
    async fn bring_up(
        &mut self,
        documents: &BTreeMap<String, Publication>,
        stopping: &AtomicBool,
        report: &mut Reconciled,
    ) {
        let mut failures = Failures::default();
        let put: Vec<&Publication> = documents
            .values()
            .filter(|publication| match self.marks.get(&publication.path) {
                Some(Some(mark)) => !mark.is_of(publication),
                Some(None) | None => true,
            })
            .collect();
        for (done, publication) in put.iter().enumerate() {
            if stopping.load(Ordering::Relaxed) {
                break;
            }
            // Until it is put for sure it may hold either.
            self.marks.insert(publication.path.clone(), None);
            match self.target.put(publication).await {
                Ok(how) => {
                    report.written += u64::from(how == Put::Written);
                    self.marks.insert(publication.path.clone(), Some(Mark::of(publication)));
                }
                Err(error) => {
                    let hopeless = error.is_of_the_target();
                    failures.add(&publication.path, error);
                    if hopeless {
                        failures.others += put.len() - done - 1;
                        break;
                    }
                }
            }
        }
        self.remove_vanished(documents, &mut failures, report).await;
        self.sync(&mut failures).await;
        report.problems.extend(failures.into_problem(self.target.name()));
    }

    async fn remove_vanished(
        &mut self,
        documents: &BTreeMap<String, Publication>,
        failures: &mut Failures,
        report: &mut Reconciled,
    ) {
        let vanished: Vec<String> = self.marks.keys().filter(|path| !documents.contains_key(*path)).cloned().collect();
        for path in vanished {
            match self.target.remove(&path).await {
                Ok(()) => {
                    report.removed += 1;
                    self.marks.remove(&path);
                }
                Err(error) => failures.add(&path, error),
            }
        }
    }

    /// Where the sync failed, nothing that was put is believed: the next round puts all of it again.
    async fn sync(&mut self, failures: &mut Failures) {
        if let Err(error) = self.target.sync().await {
            failures.add("the folder", error);
            self.marks.values_mut().for_each(|mark| *mark = None);
        }
    }
}

/// The failures of one target in one round: one problem, however many documents.
#[derive(Debug, Default)]
struct Failures {
    first: Option<(String, TargetError)>,
    others: usize,
}

impl Failures {
    fn add(&mut self, path: &str, error: TargetError) {
        if self.first.is_some() {
            self.others += 1;
        } else {
            self.first = Some((path.to_owned(), error));
        }
    }

    fn into_problem(self, target: &'static str) -> Option<PublishError> {
        let (path, why) = self.first?;
        Some(PublishError::Target { target, path, others: self.others, why })
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// Renders the list of all feeds and the index, unless neither the list nor the newest change differs from the last time.
async fn render_overview(
    round: &mut Round,
    settings: &Settings,
    planned: &[Planned],
    refused: &mut Vec<Refusal>,
) -> Result<(), PublishError> {
    let changes = planned.iter().filter_map(|planned| round.rendered.get(&planned.channel.id));
    let Some(newest_change) = changes.map(|rendered| rendered.changed_at).max() else { return Ok(()) };
    let channels: Vec<Channel> = planned.iter().map(|planned| planned.channel.clone()).collect();
    let shown = (channels, newest_change);
    if round.overview.as_ref() == Some(&shown) {
        return Ok(());
    }
    let newest: Vec<Vec<Item>> = shown
        .0
        .iter()
        .map(|channel| round.rendered.get(&channel.id).map(|rendered| rendered.newest.clone()).unwrap_or_default())
        .collect();
    let title = match settings.papers.as_slice() {
        [only] => only.title.clone(),
        _ => "bantin".to_owned(),
    };
    let work = move || {
        let (channels, changed_at) = &shown;
        let listed: Vec<Listed<'_>> =
            channels.iter().zip(&newest).map(|(channel, newest)| Listed { channel, newest }).collect();
        ([opml(channels, &title, *changed_at), index(&listed, *changed_at)].map(Judged::of), shown)
    };
    let failed = |_| PublishError::Render { what: "feeds.opml and index.html".to_owned() };
    let (documents, shown) = spawn_blocking(work).await.map_err(failed)?;
    let same_items = round.overview.as_ref().is_none_or(|(_, before)| *before == shown.1);
    for judged in documents {
        refused.extend(round.take(judged, same_items));
    }
    round.overview = Some(shown);
    Ok(())
}

/// The first items of a paper's channel of everything; nothing of the other channels.
fn newest(channel: &Channel, mut items: Vec<Item>) -> Vec<Item> {
    items.truncate(if matches!(channel.id, ChannelId::Paper(_)) { HEADLINES } else { 0 });
    items
}
