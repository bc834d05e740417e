//! The readers' door: finished documents from the shelf, and the operators' pages.
//!
//! Comes in: connections. Goes out: answers. A feed is one look-up and never touches the database; of the rest, only
//! `/readyz`, `/status`, `/status.json`, searches, changes and archives ask the store, a few at a time; hubs' pushes end as marks in memory. It does not know how a document was made.

mod answer;
mod archives;
mod changes;
mod charts;
mod connection;
mod control;
mod delta;
mod direct;
mod feeds;
mod health;
mod hub;
mod ledger;
mod listener;
mod moved;
mod negotiation;
mod order;
mod over;
mod pages;
mod partner;
mod pulse;
mod readers;
mod search;
mod searched;
mod websub;

#[cfg(test)]
mod tests;

pub use changes::{chosen_changes, cursor_text, next_number, word as change_word};
pub use control::{Call, Door, Half, ask};
pub use health::{
    Known, LastError, PollDay, RepairReport, SourceEntry, SourceReport, StatusReport, WebSubReport, WebhookReport,
    report,
};
pub use hub::{HubDoor, HubRequest, Verdict};
pub use ledger::{OriginReport, TallyReport};
pub use listener::{Listener, run};
pub use order::{ErrorTold, ItemName, ItemTold, Order, OrderReply, PollTold};
pub use partner::{Partner, partner_socket};
pub use pulse::Pulse;
pub use readers::{DayReport, DocumentReaders, ReaderSettings, ReadersReport};
pub use websub::{Callback, Callbacks, Heard, Intent};

use crate::model::{Channel, ChannelId, Format, RenamedCategory};
use crate::observe::metrics::{MEDIA_TYPE, Metrics};
use crate::publish::{Ready, Settings, Shelf};
use crate::render::alerts;
use crate::store::Store;
use answer::{Answering, Reply};
use arc_swap::{ArcSwap, ArcSwapOption, Guard};
use archives::Archives;
use changes::Mirrors;
use chrono::{DateTime, Utc};
use health::Reporter;
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper::{Method, Request, Uri};
use moved::Moved;
use over::Over;
use readers::{Answered, Readers, Visitor};
use search::Searching;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use url::Url;

/// What the server answers from. Cheap to clone.
pub struct App<S> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    shelf: Arc<Shelf>,
    metrics: Arc<Metrics>,
    pulse: Arc<Pulse>,
    reporter: Reporter<S>,
    searching: Arc<Searching<S>>,
    sources: ArcSwap<Vec<SourceEntry>>,
    callbacks: Arc<Callbacks>,
    hub: OnceLock<HubDoor>,
    partner: OnceLock<Arc<Partner>>,
    readers: Readers,
    mirrors: Mirrors<S>,
    archives: Arc<Archives<S>>,
    moved: ArcSwap<Moved>,
    over: ArcSwap<Over>,
    base_url: ArcSwapOption<Url>,
    clock: Clock,
}

/// Tells what time it is.
pub type Clock = fn() -> DateTime<Utc>;

/// The document at `/`.
const INDEX: &str = "index.html";

impl<S> Clone for App<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<S> std::fmt::Debug for App<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("documents", &self.inner.shelf.len()).finish_non_exhaustive()
    }
}

/// What an address leads to.
enum Place {
    Document(Guard<Arc<Ready>>),
    Changes(Box<Channel>),
    Archive(Format),
    Moved(String),
    Over(String),
    Alive,
    Readiness,
    StatusPage,
    StatusJson,
    Alerts,
    Search(Format),
    Icon,
    Metrics,
    Readers,
    Nowhere,
}

impl<S: Store> App<S> {
    /// The server of a process that starts now.
    #[must_use]
    pub fn new(
        shelf: Arc<Shelf>,
        store: Arc<S>,
        metrics: Arc<Metrics>,
        pulse: Arc<Pulse>,
        clock: Clock,
        sources: Vec<SourceEntry>,
        callbacks: Arc<Callbacks>,
    ) -> Self {
        let searching = Arc::new(Searching::new(Arc::clone(&store)));
        let mirrors = Mirrors::new(Arc::clone(&store));
        let archives = Arc::new(Archives::new(Arc::clone(&store)));
        let (reporter, readers) = (Reporter::new(store, clock()), Readers::new(clock()));
        let (sources, moved, over) = (ArcSwap::from_pointee(sources), ArcSwap::default(), ArcSwap::default());
        Self {
            inner: Arc::new(Inner {
                shelf,
                metrics,
                pulse,
                reporter,
                searching,
                sources,
                callbacks,
                hub: OnceLock::new(),
                partner: OnceLock::new(),
                readers,
                mirrors,
                archives,
                moved,
                over,
                base_url: ArcSwapOption::empty(),
                clock,
            }),
        }
    }

    /// Takes the papers to search in, at the start and of a reloaded configuration; until then nothing is found.
    pub fn search_in(&self, settings: Settings) {
        self.inner.searching.replace(settings);
    }

    /// Opens the hub's door; without, there is no hub. Once is enough: a second door is not opened.
    pub fn open_hub(&self, door: HubDoor) {
        let _ = self.inner.hub.set(door);
    }

    /// This process only serves: what ends in the store goes to the poller. Once is enough.
    pub fn hand_to(&self, partner: Partner) {
        let _ = self.inner.partner.set(Arc::new(partner));
    }

    /// Takes what a configuration says of readers, the first or a reloaded one.
    pub fn replace_readers(&self, settings: ReaderSettings) {
        self.inner.readers.replace(settings);
    }

    fn visited_by(self, visitor: Visitor) -> Visited<S> {
        Visited { app: self, visitor: Mutex::new(visitor) }
    }

    /// Takes the channels and renamed categories of a configuration, the first or a reloaded one, and what ended with it.
    pub fn replace_channels(&self, channels: Vec<Channel>, renamed: Vec<RenamedCategory>, over: &[ChannelId]) {
        if let Some(first) = channels.first() {
            self.inner.base_url.store(Some(Arc::new(first.base_url.clone())));
            self.inner.over.store(Arc::new(Over::new(&first.base_url, over)));
            self.inner.moved.store(Arc::new(Moved::new(&first.base_url, renamed)));
        }
        self.inner.mirrors.replace(channels);
    }

    /// Takes the sources of a reloaded configuration.
    pub fn replace_sources(&self, sources: Vec<SourceEntry>) {
        self.inner.sources.store(Arc::new(sources));
    }

    /// The route table, but for the callbacks of subscriptions (`websub.rs`) and the hub (`hub.rs`), which take POST. Paths are compared as they came, undecoded, so no spelling leads anywhere but these.
    fn place(&self, path: &str) -> Place {
        match path {
            "/healthz" => Place::Alive,
            "/readyz" => Place::Readiness,
            "/status" => Place::StatusPage,
            "/status.json" => Place::StatusJson,
            "/alerts.atom" => Place::Alerts,
            "/search" => Place::Search(Format::Html),
            "/search.rss" => Place::Search(Format::Rss),
            "/search.atom" => Place::Search(Format::Atom),
            "/search.json" => Place::Search(Format::Json),
            "/favicon.ico" => Place::Icon,
            "/metrics" => Place::Metrics,
            "/readers.json" => Place::Readers,
            "/" => self.document(INDEX),
            _ => path.strip_prefix('/').map_or(Place::Nowhere, |path| self.document(path)),
        }
    }

    fn document(&self, path: &str) -> Place {
        self.inner.shelf.look_up(path).map_or_else(|| self.beside_the_shelf(path), Place::Document)
    }

    /// What the store is asked for, and what stands elsewhere now.
    fn beside_the_shelf(&self, path: &str) -> Place {
        if let Some(paper) = self.inner.mirrors.paper(path) {
            return Place::Changes(paper);
        }
        if let Some(location) = self.inner.moved.load().location(path) {
            return Place::Moved(location);
        }
        if let Some(note) = self.inner.over.load().note(path) {
            return Place::Over(note);
        }
        archives::format(path).map_or(Place::Nowhere, Place::Archive)
    }

    /// Answers at once from memory where that is possible, else later.
    fn answer<B>(&self, request: &Request<B>) -> Answering {
        let place = self.place(request.uri().path());
        match (&place, request.method()) {
            (Place::Nowhere, _) if self.inner.shelf.is_empty() => Answering::now(answer::nothing_yet()),
            (Place::Nowhere, _) => Answering::now(answer::not_found()),
            (Place::Document(ready), &Method::GET | &Method::HEAD) => {
                Answering::now(feeds::answer(ready, request.headers()))
            }
            (Place::Document(ready), &Method::OPTIONS) => Answering::now(feeds::options(ready)),
            (Place::Search(format), &Method::GET | &Method::HEAD) => {
                let query = request.uri().query().map(str::to_owned);
                let (searching, asked) = (Arc::clone(&self.inner.searching), request.headers().clone());
                Answering::later(searching.answer(*format, query, asked))
            }
            (Place::Archive(format), &Method::GET | &Method::HEAD) => {
                let path = request.uri().path().trim_start_matches('/').to_owned();
                let (archives, asked) = (Arc::clone(&self.inner.archives), request.headers().clone());
                Answering::later(archives.answer(path, *format, asked))
            }
            (Place::Archive(_) | Place::Search(Format::Rss | Format::Atom | Format::Json), &Method::OPTIONS) => {
                Answering::now(feeds::open_options())
            }
            (Place::Moved(location), &Method::GET | &Method::HEAD) => Answering::now(moved::answer(location)),
            (Place::Over(note), &Method::GET | &Method::HEAD) => Answering::now(over::answer(note.clone())),
            (Place::Changes(paper), &Method::GET | &Method::HEAD) => self.changes(paper, request),
            (_, &Method::GET | &Method::HEAD) => self.operators(&place),
            (_, &Method::OPTIONS) => Answering::now(answer::options()),
            _ => Answering::now(answer::method_not_allowed()),
        }
    }

    fn operators(&self, place: &Place) -> Answering {
        match place {
            Place::Readiness => {
                let app = self.clone();
                Answering::later(async move { app.readiness().await })
            }
            Place::StatusPage => self.report(pages::status),
            Place::StatusJson => self.report(answer::json),
            Place::Alerts => self.alerts(),
            Place::Icon => Answering::now(answer::icon()),
            Place::Readers => Answering::now(answer::json(&self.inner.readers.report((self.inner.clock)()))),
            Place::Metrics => Answering::now(answer::text(MEDIA_TYPE, self.inner.metrics.encode())),
            Place::Alive
            | Place::Search(_)
            | Place::Document(_)
            | Place::Changes(_)
            | Place::Archive(_)
            | Place::Moved(_)
            | Place::Over(_)
            | Place::Nowhere => Answering::now(answer::plain("alive\n")),
        }
    }

    fn changes<B>(&self, paper: &Channel, request: &Request<B>) -> Answering {
        let (app, paper) = (self.clone(), paper.clone());
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        Answering::later(async move { app.inner.mirrors.answer(paper, &uri, &headers).await })
    }

    fn alerts(&self) -> Answering {
        let base_url = self.inner.base_url.load_full();
        let now = (self.inner.clock)();
        self.report(move |report| match base_url {
            Some(base_url) => {
                let feed = alerts::feed(&report.alerts, &base_url, report.started_at.unwrap_or(now));
                answer::document("application/atom+xml; charset=utf-8", feed)
            }
            None => answer::nothing_yet(),
        })
    }

    fn report(&self, show: impl FnOnce(&StatusReport) -> Reply + Send + 'static) -> Answering {
        let app = self.clone();
        Answering::later(async move {
            let sources = app.inner.sources.load_full();
            app.inner.reporter.report(&sources).await.map_or_else(answer::unavailable, |report| show(&report))
        })
    }

    async fn readiness(&self) -> Reply {
        if !self.inner.pulse.is_ready() {
            return answer::unavailable("not ready: starting or stopping");
        }
        if !self.inner.pulse.is_polling() {
            return answer::unavailable(match self.inner.partner.get() {
                Some(_) => "not ready: the database cannot be followed, what is served may be old",
                None => "not ready: the scheduler makes no progress",
            });
        }
        let well = async {
            self.inner.reporter.probe().await?;
            match self.inner.partner.get() {
                Some(partner) => partner.readiness().await,
                None => Ok(()),
            }
        };
        well.await.map_or_else(answer::unavailable, |()| answer::plain("ready\n"))
    }

    /// Who answers what this process may not, and as what.
    fn partner_for<B>(&self, request: &Request<B>) -> Option<(Arc<Partner>, Uri)> {
        let partner = self.inner.partner.get()?;
        Some((Arc::clone(partner), partner::place_at_partner(request.method(), request.uri())?))
    }
}

/// The server as one connection sees it.
struct Visited<S> {
    app: App<S>,
    visitor: Mutex<Visitor>,
}

impl<S: Store> Visited<S> {
    /// Answers a client that does not ask more than its share, and counts what it gets of a document.
    fn answer<B>(&self, request: &Request<B>) -> Answering {
        let mut visitor = self.visitor.lock().unwrap_or_else(PoisonError::into_inner);
        let readers = &self.app.inner.readers;
        if let Some(wait) = readers.wait(&visitor, request.headers()) {
            return Answering::now(answer::too_many(wait));
        }
        let answering = self.app.answer(request);
        let path = match request.uri().path() {
            "/" => INDEX,
            path => path.trim_start_matches('/'),
        };
        if let (Answering::Now(Some(reply)), Some(_)) = (&answering, self.app.inner.shelf.look_up(path)) {
            let sent = if request.method() == Method::GET { reply.body().size_hint().lower() } else { 0 };
            let bytes = usize::try_from(sent).unwrap_or(usize::MAX);
            let answered = Answered { path, status: reply.status().as_u16(), bytes };
            readers.count(&mut visitor, request.headers(), answered, (self.app.inner.clock)());
        }
        answering
    }
}

impl<S: Store> Service<Request<Incoming>> for Visited<S> {
    type Response = Reply;
    type Error = Infallible;
    type Future = answer::Counted;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let inner = &self.app.inner;
        let path = request.uri().path();
        let answering = if let Some((partner, place)) = self.app.partner_for(&request) {
            Answering::later(async move { partner.forward(place, request).await })
        } else if websub::token(path).is_some() {
            websub::answer(&inner.callbacks, &inner.metrics, request)
        } else if hub::is_at(path) {
            hub::answer(inner.hub.get().cloned(), request)
        } else {
            self.answer(&request)
        };
        answering.counted(inner.metrics.clone())
    }
}
