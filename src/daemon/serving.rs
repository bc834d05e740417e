//! The serving half of a pair: what the polling half publishes, served by a process that has no network of its own and writes
//! nothing.
//!
//! Comes in: the documents that the polling half keeps in the store, and the word that it took a new configuration. Goes out:
//! the same answers as of the whole daemon, from the same [`App`](crate::serve::App). What ends in the store, such as a
//! subscription, goes to the polling half.

use super::listening::listen;
use super::orders::Asked;
use super::reloading::reload_on;
use super::{Reload, drained, house, plan, serve_apart, stopped, tell};
use crate::config::Config;
use crate::observe::metrics::Metrics;
use crate::publish::{Shelf, Target as _, configured_channels};
use crate::serve::{App, Call, Door, Half, Order, OrderReply, Partner, Pulse};
use crate::store::sqlite::{Held, Progress, SqliteStore};
use crate::store::{Store as _, StoreError};
use crate::systemd;
use anyhow::anyhow;
use chrono::Utc;
use serde_json::json;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, error, info, warn};

/// How often the store is asked whether something is new: one read of two short rows.
const LOOK: Duration = Duration::from_millis(250);
/// Documents that are read at once.
const A_TURN: usize = 64;
/// Orders that wait.
const WAITING: usize = 8;

/// Serves until `shutdown`. `config` is checked and its warnings are told.
pub(super) async fn run(
    mut config: Config,
    reload: Reload,
    hangups: mpsc::Receiver<()>,
    ready: impl FnOnce(&str),
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let store = Arc::new(SqliteStore::open_read_only(&config.state_dir)?);
    let (listener, address) = listen(&config.listen).await?;
    let base = config.pair_base();
    config.base_url_or(&base);
    let (shelf, pulse) = (Arc::new(Shelf::default()), Arc::new(Pulse::new()));
    let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION")));
    let (sources, callbacks) = (plan::entries(&config), Arc::default());
    let app =
        App::new(Arc::clone(&shelf), Arc::clone(&store), metrics, Arc::clone(&pulse), Utc::now, sources, callbacks);
    app.hand_to(Partner::of(&config.state_dir));
    let put_to_work = async |config: Config| {
        let over = plan::over(&config, &store).await?;
        shelf.tell(plan::told_by(&config));
        tell(&app, &config, configured_channels(&config.publishing(), store.epoch()), &over);
        Ok(config.sections().count())
    };
    let sources = put_to_work(config.clone()).await?;
    let mut follower = Follower::new(Arc::clone(&store), Arc::clone(&shelf));
    follower.begin().await?;

    let (stop, stopping) = watch::channel(false);
    let serving = serve_apart(listener, app.clone(), stopping.clone())?;
    let (reloads, asked) = mpsc::channel(WAITING);
    let following = tokio::spawn(follower.run(Arc::clone(&pulse), reloads.clone(), stopping.clone()));
    let ordering = tokio::spawn(take_orders(config.state_dir.clone(), reloads, stopping.clone()));
    let probed = Arc::clone(&store);
    let answers = move || {
        let store = Arc::clone(&probed);
        async move { store.progress().await.is_ok() }
    };
    let watching = tokio::spawn(house::watchdog(Arc::clone(&pulse), answers, stopping));
    pulse.ready();
    info!(documents = shelf.len(), address = %address, "ready");
    ready(&address);
    let status = || format!("serving {address}, {} documents of the polling half", shelf.len());
    systemd::ready(&status());

    let reloading = reload_on((hangups, asked), reload, (&config, &base), put_to_work, status);
    let is_replaced = tokio::select! {
        () = shutdown => false,
        () = reloading => false,
        () = until_replaced(&store) => true,
    };
    systemd::stopping();
    pulse.stopping();
    info!(sources, "stopping: answers under way are finished");
    let _ = stop.send(true);
    drained([serving, following, ordering, watching]).await;
    match is_replaced {
        true => {
            Err(anyhow!("another database was put in the place of the one that was read: start again to read that"))
        }
        false => Ok(()),
    }
}

/// Ends when the polling half put another database in place of the damaged one, or an operator a backup.
async fn until_replaced(store: &SqliteStore) {
    let mut look = interval(LOOK);
    while !store.is_replaced() {
        look.tick().await;
    }
}

/// Brings the shelf up to what the polling half keeps in the store.
struct Follower {
    store: Arc<SqliteStore>,
    shelf: Arc<Shelf>,
    held: Held,
    seen: Progress,
}

impl Follower {
    fn new(store: Arc<SqliteStore>, shelf: Arc<Shelf>) -> Self {
        Self { store, shelf, held: Held::new(), seen: Progress::default() }
    }

    /// Takes all that there is, before readers are let in.
    async fn begin(&mut self) -> Result<(), StoreError> {
        self.seen = self.store.progress().await?;
        self.catch_up().await
    }

    async fn run(mut self, pulse: Arc<Pulse>, reloads: mpsc::Sender<Asked>, stopping: watch::Receiver<bool>) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = stopped(stopping);
        tokio::pin!(stop);
        let mut is_told = false;
        loop {
            tokio::select! {
                () = &mut stop => return,
                _ = look.tick() => {}
            }
            match self.look(&reloads).await {
                Ok(()) => {
                    pulse.tick();
                    is_told = false;
                }
                Err(failure) if !is_told => {
                    error!("the database cannot be followed, what was published is served on: {failure}");
                    is_told = true;
                }
                Err(_) => {}
            }
        }
    }

    /// The configuration first: what is published after it may name another hub.
    async fn look(&mut self, reloads: &mpsc::Sender<Asked>) -> Result<(), StoreError> {
        let now = self.store.progress().await?;
        if now.configured != self.seen.configured {
            self.seen.configured = now.configured;
            let (tell, told) = oneshot::channel();
            if reloads.send(tell).await.is_ok() {
                // how it went is logged where it is done; the process may be stopping
                let _ = told.await;
            }
        }
        if now.published != self.seen.published {
            self.catch_up().await?;
            self.seen.published = now.published;
        }
        Ok(())
    }

    async fn catch_up(&mut self) -> Result<(), StoreError> {
        loop {
            let (changed, gone) = self.store.publications_beside(&self.held, A_TURN).await?;
            for path in gone {
                // a shelf parts with whatever it has
                let _ = self.shelf.remove(&path).await;
                self.held.remove(&path);
            }
            if changed.is_empty() {
                return Ok(());
            }
            debug!(documents = changed.len(), "published by the polling half");
            for publication in changed {
                if let Err(failure) = self.shelf.put(&publication).await {
                    error!(path = publication.path, "a document cannot be served: {failure}");
                }
                self.held.insert(publication.path, (publication.etag, publication.last_modified));
            }
        }
    }
}

/// Takes the one order that concerns this half: `bantin reload`, as its own unit gives it.
async fn take_orders(folder: PathBuf, reloads: mpsc::Sender<Asked>, stopping: watch::Receiver<bool>) {
    let door = match Door::open(&folder, Half::Serving) {
        Ok(door) => door,
        Err(error) => return warn!("no orders can be taken ({error}): SIGHUP reloads the configuration"),
    };
    let (calls, mut called) = mpsc::channel::<Call>(WAITING);
    let working = async {
        while let Some((order, _, tell)) = called.recv().await {
            // an operator that went away needs no reply
            let _ = tell.send(carry_out(&order, &reloads).await);
        }
    };
    tokio::join!(door.serve(calls, stopped(stopping)), working);
}

async fn carry_out(order: &Order, reloads: &mpsc::Sender<Asked>) -> OrderReply {
    if *order != Order::Reload {
        return OrderReply::Unknown { why: "this process only serves; its polling half takes orders".to_owned() };
    }
    let (tell, told) = oneshot::channel();
    let is_asked = reloads.send(tell).await.is_ok();
    match told.await {
        Ok(Ok(sources)) if is_asked => {
            let lines = vec![format!("reloaded: {sources} sources, serving")];
            OrderReply::Done { lines, facts: json!({ "sources": sources }) }
        }
        Ok(Err(why)) => OrderReply::Failed { why: format!("the old configuration goes on: {why}") },
        _ => OrderReply::Failed { why: "the daemon is stopping".to_owned() },
    }
}
