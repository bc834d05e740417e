//! The readers' door: finished documents from the shelf, and the operators' pages.
//!
//! Comes in: connections. Goes out: answers. A feed is one look-up and never touches the database; of the rest, only
//! `/readyz`, `/status` and `/status.json` ask the store, a few at a time; hubs' pushes end as marks in memory. It does not know how a document was made.

mod answer;
mod connection;
mod control;
mod direct;
mod feeds;
mod health;
mod ledger;
mod listener;
mod negotiation;
mod pages;
mod pulse;
mod websub;

#[cfg(test)]
mod tests;

pub use control::{Call, Door, ItemName, Order, OrderReply, ask};
pub use health::{Known, LastError, RepairReport, SourceEntry, SourceReport, StatusReport, WebSubReport, report};
pub use ledger::{OriginReport, TallyReport};
pub use listener::{Listener, run};
pub use pulse::Pulse;
pub use websub::{Callback, Callbacks, Heard, Intent};

use crate::observe::metrics::{MEDIA_TYPE, Metrics};
use crate::publish::{Ready, Shelf};
use crate::store::Store;
use answer::{Answering, Reply};
use arc_swap::{ArcSwap, Guard};
use chrono::{DateTime, Utc};
use health::Reporter;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper::{Method, Request};
use std::convert::Infallible;
use std::sync::Arc;

/// What the server answers from. Cheap to clone.
pub struct App<S> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    shelf: Arc<Shelf>,
    metrics: Arc<Metrics>,
    pulse: Arc<Pulse>,
    reporter: Reporter<S>,
    sources: ArcSwap<Vec<SourceEntry>>,
    callbacks: Arc<Callbacks>,
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
    Alive,
    Readiness,
    StatusPage,
    StatusJson,
    Metrics,
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
        let (sources, reporter) = (ArcSwap::from_pointee(sources), Reporter::new(store, clock()));
        Self { inner: Arc::new(Inner { shelf, metrics, pulse, reporter, sources, callbacks, clock }) }
    }

    /// Takes the sources of a reloaded configuration.
    pub fn replace_sources(&self, sources: Vec<SourceEntry>) {
        self.inner.sources.store(Arc::new(sources));
    }

    /// The route table, but for the callbacks of subscriptions (`websub.rs`), which take POST. Paths are compared as they came, undecoded, so no spelling leads anywhere but these.
    fn place(&self, path: &str) -> Place {
        match path {
            "/healthz" => Place::Alive,
            "/readyz" => Place::Readiness,
            "/status" => Place::StatusPage,
            "/status.json" => Place::StatusJson,
            "/metrics" => Place::Metrics,
            "/" => self.document(INDEX),
            _ => path.strip_prefix('/').map_or(Place::Nowhere, |path| self.document(path)),
        }
    }

    fn document(&self, path: &str) -> Place {
        self.inner.shelf.look_up(path).map_or(Place::Nowhere, Place::Document)
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
            Place::Metrics => Answering::now(answer::text(MEDIA_TYPE, self.inner.metrics.encode())),
            Place::Alive | Place::Document(_) | Place::Nowhere => Answering::now(answer::plain("alive\n")),
        }
    }

    fn report(&self, show: fn(&StatusReport) -> Reply) -> Answering {
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
            return answer::unavailable("not ready: the scheduler makes no progress");
        }
        self.inner.reporter.probe().await.map_or_else(answer::unavailable, |()| answer::plain("ready\n"))
    }
}

impl<S: Store> Service<Request<Incoming>> for App<S> {
    type Response = Reply;
    type Error = Infallible;
    type Future = answer::Counted;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let answering = match websub::token(request.uri().path()) {
            Some(_) => websub::answer(&self.inner.callbacks, &self.inner.metrics, request),
            None => self.answer(&request),
        };
        answering.counted(self.inner.metrics.clone())
    }
}
