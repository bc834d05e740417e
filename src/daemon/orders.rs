//! Operators' orders, carried out: by the running daemon, or where none runs by a command that takes the lock itself.

use super::errand::{self, Done, Errand, Request};
use super::plan::{Plan, Shared};
use super::{replay, stopped, told};
use crate::config::{Config, nearest_source};
use crate::ingest::Depth;
use crate::model::{ItemKey, SourceId, Watcher};
use crate::normalize;
use crate::serve::{Call, Door, Half, Order, OrderReply};
use crate::store::{ItemReference, Store};
use crate::text::log_safe;
use anyhow::{Context as _, anyhow};
use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tracing::{info, warn};
use url::Url;

/// Orders and errands that wait.
const WAITING: usize = 8;

/// Where orders are carried out.
pub(super) struct Desk {
    pub(super) shared: Shared,
    pub(super) plan: Arc<ArcSwap<Plan>>,
    pub(super) states: States,
    /// Where the configuration is taken anew; `None`: nothing runs that had one.
    pub(super) reloads: Option<mpsc::Sender<Asked>>,
}

/// Who asked for a reload, and waits for how many sources there are then, or why all stays as it was.
pub(super) type Asked = oneshot::Sender<Result<usize, String>>;

/// Who holds the sources' states.
pub(super) enum States {
    /// The poller of this process.
    Poller(mpsc::Sender<Request>),
    /// The store alone: nothing is polled.
    Store,
}

/// Why an order was not carried out.
enum Refusal {
    Unknown(String),
    NotBefore(DateTime<Utc>),
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The line to the poller.
pub(super) fn line() -> (mpsc::Sender<Request>, mpsc::Receiver<Request>) {
    mpsc::channel(WAITING)
}

/// Takes orders at the door of the state folder, one after the other, until `stopping`. Without a door all else goes on.
pub(super) async fn run(desk: Desk, folder: &Path, stopping: watch::Receiver<bool>) {
    let door = match Door::open(folder, Half::Polling) {
        Ok(door) => door,
        Err(error) => {
            warn!("no orders can be taken ({error}): commands such as `release` work only while the daemon is stopped");
            return;
        }
    };
    let (calls, mut called) = mpsc::channel::<Call>(WAITING);
    let serving = door.serve(calls, stopped(stopping));
    let desk = Arc::new(desk);
    let working = async {
        let mut polls = JoinSet::new();
        loop {
            let (order, watcher, tell) = tokio::select! {
                call = called.recv() => match call {
                    Some(call) => call,
                    None => break,
                },
                Some(_) = polls.join_next() => continue,
            };
            let desk = Arc::clone(&desk);
            let is_poll = matches!(order, Order::Poll { .. });
            let work = async move {
                // an operator that went away needs no reply
                let _ = tell.send(desk.reply(order, &watcher).await);
            };
            // a poll waits for its host's turn, and other orders not for the poll
            if is_poll {
                polls.spawn(work);
            } else {
                work.await;
            }
        }
    };
    tokio::join!(serving, working);
}

/// Carries an order out where no daemon runs: takes the lock, does it, publishes.
///
/// # Errors
/// A [`StoreError`] where the state folder cannot be used, or what keeps the feeds from being written.
pub async fn obey(mut config: Config, order: Order, watcher: Watcher) -> anyhow::Result<OrderReply> {
    config.base_url_or(&config.pair_base());
    let shared = Shared::open(&config, None)?;
    let store = Arc::clone(&shared.store);
    let plan = Arc::new(ArcSwap::from_pointee(Plan::build(&shared, &config, None).await?));
    let desk = Desk { shared, plan: Arc::clone(&plan), states: States::Store, reloads: None };
    let reply = desk.reply(order, &watcher).await;
    let published = plan.load().publisher().reconcile(Utc::now()).await?;
    for problem in &published.problems {
        warn!("publishing is not complete, the next start goes on: {problem}");
    }
    drop((desk, plan));
    store.close();
    Ok(reply)
}

impl Desk {
    async fn reply(&self, order: Order, watcher: &Watcher) -> OrderReply {
        info!(order = order.in_log(), "an operator's order");
        match self.carry_out(order, watcher).await {
            Ok(reply) => reply,
            Err(Refusal::Unknown(why)) => OrderReply::Unknown { why },
            Err(Refusal::NotBefore(until)) => OrderReply::NotBefore { until, why: told::NOT_YET.to_owned() },
            Err(Refusal::Failed(error)) => OrderReply::Failed { why: format!("{error:#}") },
        }
    }

    async fn carry_out(&self, order: Order, watcher: &Watcher) -> Result<OrderReply, Refusal> {
        match order {
            Order::Release { source } => self.release(&source).await,
            Order::Withdraw { item } => self.withdraw(&item.0).await,
            Order::Erase { item } => self.erase(&item.0).await,
            Order::Replay { source, all } => {
                self.replay(source.as_ref(), if all { Depth::All } else { Depth::Newest }, watcher).await
            }
            Order::Poll { source, dry_run } => self.poll(&source, dry_run).await,
            Order::Reload => self.reload().await,
        }
    }

    async fn reload(&self) -> Result<OrderReply, Refusal> {
        let gone = || anyhow!("no daemon runs here that could take a configuration anew");
        let (tell, told) = oneshot::channel();
        self.reloads.as_ref().ok_or_else(gone)?.send(tell).await.map_err(|_| gone())?;
        let sources = told.await.map_err(|_| gone())?.map_err(|why| anyhow!("the old configuration goes on: {why}"))?;
        Ok(done(vec![format!("reloaded: {sources} sources")], json!({ "sources": sources })))
    }

    async fn release(&self, source: &SourceId) -> Result<OrderReply, Refusal> {
        let held = self.shared.store.held(source).await?.len();
        let Done::Released(commit) = self.errand(source, Errand::Release).await? else { return Err(astray()) };
        let line = match (held, commit.published) {
            (0, _) => format!("{source}: nothing was held"),
            (_, published) if published as usize == held => format!("{source}: {published} held items are published"),
            (_, published) => format!(
                "{source}: {held} held items go on: {published} are published, the others when their article pages were read"
            ),
        };
        let facts = json!({ "source": source, "held": held, "published": commit.published });
        Ok(done(vec![line], facts))
    }

    async fn poll(&self, source: &SourceId, dry_run: bool) -> Result<OrderReply, Refusal> {
        let errand = if dry_run { Errand::TryPoll } else { Errand::Poll };
        match self.errand(source, errand).await? {
            Done::Polled(report) => Ok(OrderReply::Polled(Box::new(told::poll(source, &report)))),
            Done::NotBefore(at) => Err(Refusal::NotBefore(at)),
            Done::Released(_) => Err(astray()),
        }
    }

    async fn withdraw(&self, name: &str) -> Result<OrderReply, Refusal> {
        let taken = self.shared.store.withdraw(&reference(name), Utc::now()).await?.ok_or_else(no_item)?;
        self.shared.changed.notify_one();
        info!(guid = %log_safe(&taken.guid), "withdrawn by the operator");
        let line = format!("withdrawn from the feeds of {}, stays in the history: {}", taken.paper, taken.guid);
        Ok(done(vec![line], json!({ "paper": taken.paper, "guid": taken.guid, "erased": false, "copies": [] })))
    }

    /// Erases an item, publishes without it, then clears what it stood in.
    async fn erase(&self, name: &str) -> Result<OrderReply, Refusal> {
        let store = &self.shared.store;
        let taken = store.erase(&reference(name), Utc::now()).await?.ok_or_else(no_item)?;
        warn!(guid = %log_safe(&taken.guid), "erased by the operator; only its tombstone stays");
        let plan = self.plan.load_full();
        let published = plan.publisher().reconcile(Utc::now()).await?;
        let mut lines = vec![format!("erased for good, its tombstone stays: {}", taken.guid)];
        lines.extend(published.problems.iter().map(|problem| format!("the feeds still hold it: {problem}")));
        if !store.scrub().await? {
            lines.push(
                "the database's free pages are cleared at the next daily house work: somebody reads it now".into(),
            );
        }
        let copies = store.copies(plan.backups());
        if !copies.is_empty() {
            lines.push("copies made before still hold it; remove them if it must go from there, too:".into());
            lines.extend(copies.iter().map(|file| format!("  {}", file.display())));
        }
        lines.push("what `bantin backup FILE` wrote elsewhere, and what readers keep, is known to nobody here".into());
        let facts = json!({ "paper": taken.paper, "guid": taken.guid, "erased": true, "copies": copies });
        Ok(done(lines, facts))
    }

    async fn replay(&self, only: Option<&SourceId>, depth: Depth, watcher: &Watcher) -> Result<OrderReply, Refusal> {
        let plan = self.plan.load_full();
        let planned = match only {
            Some(source) => vec![plan.source(source).ok_or_else(|| unknown(&plan, source))?],
            None => plan.sources().collect(),
        };
        let (lines, facts) = replay::replay(&self.shared, &plan, planned, depth, watcher).await?;
        Ok(done(lines, facts))
    }

    /// Has something done with a source, by whoever holds its state.
    async fn errand(&self, source: &SourceId, errand: Errand) -> Result<Done, Refusal> {
        let plan = self.plan.load_full();
        let planned = plan.source(source).ok_or_else(|| unknown(&plan, source))?;
        let done = match &self.states {
            States::Poller(poller) => {
                let (tell, told) = oneshot::channel();
                let request = Request { source: source.clone(), errand, tell };
                poller.send(request).await.map_err(|_| anyhow!("the daemon is stopping"))?;
                told.await.context("the daemon is stopping, or the source has left the configuration")??
            }
            States::Store => errand::run_alone(&self.shared.store, &plan, planned, errand, Utc::now()).await?,
        };
        if let Done::Released(commit) = &done {
            if commit.changed > 0 {
                self.shared.changed.notify_one();
            }
            self.shared.articles.notify_one();
        }
        Ok(done)
    }
}

fn done(lines: Vec<String>, facts: serde_json::Value) -> OrderReply {
    OrderReply::Done { lines, facts }
}

/// An errand is answered as what it is.
fn astray() -> Refusal {
    Refusal::Failed(anyhow!("the errand came back as another one; please report it"))
}

/// A guid, or the address of an article.
fn reference(name: &str) -> ItemReference {
    match Url::parse(name) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            ItemReference::Address(ItemKey::Permalink(normalize::folded(&url)))
        }
        _ => ItemReference::Guid(name.to_owned()),
    }
}

fn no_item() -> Refusal {
    Refusal::Unknown("no item has this guid or address; `bantin search` finds both".to_owned())
}

/// Names the sources of its paper, or else the papers.
fn unknown(plan: &Plan, source: &SourceId) -> Refusal {
    const MOST: usize = 12;
    let mut ids: Vec<&str> = plan.sources().map(|planned| planned.source.id.as_str()).collect();
    let near = nearest_source(source, &ids);
    let near = near.map_or_else(String::new, |near| format!(" (did you mean {near}?)"));
    let prefix = format!("{}/", source.paper());
    if ids.iter().any(|id| id.starts_with(&prefix)) {
        ids.retain(|id| id.starts_with(&prefix));
    }
    ids.sort_unstable();
    let more = ids.len().saturating_sub(MOST);
    ids.truncate(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Refusal::Unknown(format!(
        "no source is called {source}{near}; there are {}{more}; `bantin status` lists them",
        ids.join(", ")
    ))
}
