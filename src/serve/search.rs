//! Searches, as a page and as feeds: `/search?q=`, `/search.rss?q=` and the others.
//!
//! Comes in: a request's query. Goes out: answers as those of published documents, with validators and encodings. A flood of
//! different searches costs two readers of the store and the bytes of a bounded cache, no more: who comes when too many wait
//! is asked to come again. It does not know how anything is found.

use super::answer::{self, Reply};
use super::feeds;
use super::searched::{Question, Shelf};
use crate::model::{Channel, ChannelId, Format, Item, Publication, Revision, Selection};
use crate::publish::{PaperSettings, Ready, Settings, titles};
use crate::render::{Finding, Findings, lint, render, search_page, search_texts};
use crate::store::{Hit, SearchRequest, Store, StoreError};
use crate::text::log_safe;
use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use hyper::HeaderMap;
use hyper::header;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::time::{Instant, timeout};
use tracing::warn;

/// Searches that run at once: the store has more readers than these.
const AT_ONCE: usize = 2;
/// Searches that wait for their turn; who comes behind them is asked to come again.
const MOST_WAITING: usize = 32;
/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// The store's revision is asked so often: a flood of requests is one question to the store.
const FRESH: Duration = Duration::from_millis(200);
/// Hits on a page.
const MOST_HITS: u32 = 30;
/// Items in a feed.
const MOST_ITEMS: u32 = 50;

const BUSY: &str = "503 Service Unavailable: too many searches at once; try again in a few seconds\n";
const NO_ANSWER: &str = "503 Service Unavailable: the search takes too long; try again in a few seconds\n";
const NOT_VALID: &str = "503 Service Unavailable: what was found makes no valid document; the log says why\n";
const STARTING: &str = "503 Service Unavailable: not ready yet; try again in a few seconds\n";

/// Answers searches. Shared behind an `Arc`.
pub(super) struct Searching<S> {
    store: Arc<S>,
    settings: ArcSwapOption<Settings>,
    shelf: Mutex<Shelf>,
    revision: AsyncMutex<Option<(Instant, Revision)>>,
    waiting: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl<S: Store> Searching<S> {
    pub(super) fn new(store: Arc<S>) -> Self {
        Self {
            store,
            settings: ArcSwapOption::empty(),
            shelf: Mutex::default(),
            revision: AsyncMutex::default(),
            waiting: Arc::new(Semaphore::new(AT_ONCE + MOST_WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Takes the papers of a configuration.
    pub(super) fn replace(&self, settings: Settings) {
        self.settings.store(Some(Arc::new(settings)));
    }

    /// The answer to a search; `query` as it stands in the address.
    pub(super) async fn answer(self: Arc<Self>, format: Format, query: Option<String>, mut asked: HeaderMap) -> Reply {
        let Some(settings) = self.settings.load_full().filter(|settings| !settings.papers.is_empty()) else {
            return answer::unavailable(STARTING);
        };
        let question = match Question::read(format, query.as_deref().unwrap_or_default()) {
            Ok(question) => question,
            Err(_) if format == Format::Html => return too_long(&settings),
            Err(why) => return answer::bad_request(why),
        };
        if question.paper.as_ref().is_some_and(|id| settings.papers.iter().all(|paper| paper.id != *id)) {
            return answer::not_found();
        }
        // what was found can shrink without a newer date: the tag alone tells
        asked.remove(header::IF_MODIFIED_SINCE);
        match timeout(PATIENCE, self.found(settings, question)).await {
            Ok(Ok(ready)) => feeds::answer(&ready, &asked),
            Ok(Err(why)) => answer::unavailable(why),
            Err(_) => answer::unavailable(NO_ANSWER),
        }
    }

    async fn found(self: Arc<Self>, settings: Arc<Settings>, question: Question) -> Result<Arc<Ready>, &'static str> {
        let revision = self.revision().await.map_err(|_| NO_ANSWER)?;
        if let Some(ready) = self.kept(&question, revision, &settings) {
            return Ok(ready);
        }
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| BUSY)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| NO_ANSWER)?;
        // on a task of its own: a reader that goes away frees no place while the store still works for it
        let work = tokio::spawn(async move {
            let _held = (place, turn);
            if let Some(ready) = self.kept(&question, revision, &settings) {
                return Ok(ready);
            }
            let found = self.look(&question).await.map_err(|_| NO_ANSWER)?;
            let (epoch, of, with) = (self.store.epoch(), question.clone(), Arc::clone(&settings));
            // the thread that serves does no work that takes long
            let drawn = tokio::task::spawn_blocking(move || valid(document(&with, &of, found, epoch))).await;
            let ready = Arc::new(drawn.ok().flatten().ok_or(NOT_VALID)?);
            self.lock().put(question, revision, settings, &ready);
            Ok(ready)
        });
        work.await.unwrap_or(Err(NO_ANSWER))
    }

    /// The store's revision, at most a fifth of a second old.
    async fn revision(&self) -> Result<Revision, StoreError> {
        let mut known = self.revision.lock().await;
        if let Some((_, revision)) = known.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(*revision);
        }
        let revision = self.store.revision().await?;
        *known = Some((Instant::now(), revision));
        Ok(revision)
    }

    fn kept(&self, question: &Question, revision: Revision, settings: &Arc<Settings>) -> Option<Arc<Ready>> {
        self.lock().get(question, revision, settings)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look(&self, question: &Question) -> Result<Found, StoreError> {
        let limit = if question.format == Format::Html { MOST_HITS } else { MOST_ITEMS };
        let request = SearchRequest { text: question.text.clone(), paper: question.paper.clone(), limit };
        Ok(match question.format {
            Format::Html if question.text.is_empty() => Found::Page(Findings::NothingTyped),
            Format::Html => {
                Found::Page(Findings::Found(self.store.search(&request).await?.into_iter().map(finding).collect()))
            }
            _ => Found::Feed(self.store.search_items(&request).await?),
        })
    }
}

/// What the store gave, for the one or the other.
enum Found {
    Page(Findings),
    Feed(Vec<Item>),
}

/// The document ready to be sent, if the linter finds nothing: what is not valid goes to nobody.
fn valid(publication: Publication) -> Option<Ready> {
    if let Some(finding) = lint::lint(&publication).first() {
        warn!(
            path = log_safe(&publication.path),
            rule = finding.rule,
            what = finding.what,
            "a search is not answered: its document is not valid"
        );
        return None;
    }
    Ready::of(&publication)
}

fn document(settings: &Settings, question: &Question, found: Found, epoch: DateTime<Utc>) -> Publication {
    let channel = channel(settings, question, epoch);
    match found {
        Found::Page(findings) => page(settings, question, &channel, &findings),
        Found::Feed(items) => render(&channel, &items, question.format),
    }
}

fn page(settings: &Settings, question: &Question, channel: &Channel, findings: &Findings) -> Publication {
    let is_chosen = |paper: &PaperSettings| question.paper.as_ref() == Some(&paper.id);
    let papers: Vec<_> = settings.papers.iter().map(|of| (&of.id, of.title.as_str(), is_chosen(of))).collect();
    search_page(channel, &question.text, &papers, findings, channel.epoch)
}

/// More was typed than is looked for; nothing of it is repeated.
fn too_long(settings: &Settings) -> Reply {
    let question = Question { format: Format::Html, text: String::new(), paper: None };
    let channel = channel(settings, &question, DateTime::UNIX_EPOCH);
    let page = page(settings, &question, &channel, &Findings::TooLong);
    answer::bad_page(String::from_utf8_lossy(&page.body).into_owned())
}

/// The feed that a search is: of one paper, or of all, in the first one's language and time.
fn channel(settings: &Settings, question: &Question, epoch: DateTime<Utc>) -> Channel {
    let asked = question.paper.as_ref().or(settings.papers.first().map(|first| &first.id));
    let paper = settings.papers.iter().find(|paper| Some(&paper.id) == asked);
    let paper = paper.expect("the paper was looked up, and there is a first one");
    let is_alone = question.paper.is_some() || settings.papers.len() == 1;
    let is_asked = |of: &&PaperSettings| question.paper.as_ref().is_none_or(|asked| of.id == *asked);
    let papers: Vec<&PaperSettings> = settings.papers.iter().filter(is_asked).collect();
    let (title, description) = search_texts(&paper.language, &question.text, is_alone.then_some(paper.title.as_str()));
    Channel {
        id: ChannelId::Paper(paper.id.clone()),
        title,
        category_title: None,
        paper_title: titles(&papers),
        papers: papers.iter().map(|paper| paper.of_channel()).collect(),
        link: paper.home.clone(),
        base_url: settings.base_url.clone(),
        description,
        language: paper.language.clone(),
        timezone: paper.timezone,
        full_content: settings.papers.iter().any(|paper| paper.full_content),
        hub: None,
        selection: Selection::of(paper.id.clone(), None, MOST_ITEMS),
        copyright: None,
        ttl_minutes: settings.ttl_minutes,
        epoch,
        query: Some(question.address()),
        page: None,
        prev_archive: None,
    }
}

fn finding(hit: Hit) -> Finding {
    Finding {
        paper: hit.paper,
        link: hit.url,
        title: hit.title,
        published: hit.published,
        categories: hit.categories,
        snippet: hit.snippet.into_iter().map(|part| (part.text, part.found)).collect(),
    }
}
