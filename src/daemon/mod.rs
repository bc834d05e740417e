//! The composition root: builds everything, spawns the tasks, says READY, awaits the end, drains.
//!
//! Comes in: a configuration, a way to load it anew, and a word that it is time to stop. It alone turns the stages' reports
//! into logs and metrics, and it alone knows what time it is.

mod alerts;
mod errand;
mod house;
mod hub;
mod listening;
mod once;
mod orders;
mod plan;
mod poller;
pub mod probe;
mod publishing;
mod random;
mod rehearsal;
mod reloading;
mod replay;
mod serving;
mod sweeper;
mod told;
mod webhooks;
mod websub;

pub use listening::ListenError;
pub use once::{OnceEvent, OnceSummary, once};
pub use orders::obey;
pub use plan::entries;
pub use rehearsal::{FactChange, FeedFate, FeedOutlook, ItemChange, ItemLine, Rehearsal, SourceOutlook, rehearse};
pub use told::poll as told;

use crate::config::{Config, ConfigError};
use crate::model::{Channel, ChannelId};
use crate::publish::Shelf;
use crate::serve::{self, App, Callbacks, HubDoor, Listener};
use crate::store::sqlite::SqliteStore;
use crate::systemd;
use anyhow::Context as _;
use arc_swap::ArcSwap;
use chrono::Utc;
use listening::Entrance;
use orders::{Desk, States};
use plan::{Plan, Shared};
use reloading::reload_on;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

/// The longest wait for the first feeds before readers are let in.
const FIRST_ROUND: Duration = Duration::from_secs(10);

/// Loads the configuration anew, for a reload.
pub type Reload = Box<dyn Fn() -> Result<Config, ConfigError> + Send>;

/// What of the daemon's work a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The polling half of a pair: everything, but readers are served by another process.
    Poll,
    /// The serving half of a pair, which writes nothing.
    Serve,
}

/// The polling half of a pair has no `publish-dir`.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: `publish-dir` is missing, which `--only poll` needs: name a folder for the feeds as files")]
pub struct NowhereToPublish {
    origin: String,
}

impl Part {
    fn check(self, config: &Config) -> Result<(), NowhereToPublish> {
        match (self, &config.publish_dir) {
            (Self::Poll, None) => Err(NowhereToPublish { origin: config.origin.clone() }),
            _ => Ok(()),
        }
    }
}

/// Runs the daemon, or a half of it, until `shutdown`: polls, stores, publishes, serves. `ready` is told the address once feeds
/// are served; each message on `hangups` reloads the configuration.
///
/// # Errors
/// A [`StoreError`](crate::store::StoreError) where the state folder cannot be used, a [`ListenError`] where the address
/// cannot, [`NowhereToPublish`], and what else keeps it from starting.
pub async fn run(
    part: Part,
    mut config: Config,
    reload: Reload,
    hangups: mpsc::Receiver<()>,
    ready: impl FnOnce(&str),
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    for warning in &config.warnings {
        warn!("{warning}");
    }
    part.check(&config)?;
    let shelf = Arc::new(match part {
        Part::Serve => return serving::run(config, reload, hangups, ready, shutdown).await,
        Part::Poll => Shelf::unpacked(),
        Part::Whole => Shelf::default(),
    });
    let shared = Shared::open(&config, Some(Arc::clone(&shelf)))?;
    let store = Arc::clone(&shared.store);
    let Entrance { listener, address, base, pair_socket: _pair_socket } = Entrance::open(part, &config).await?;
    config.base_url_or(&base);
    let plan = Plan::build(&shared, &config, None).await?;
    store.note_configured().await?;
    if let Err(error) = plan.publisher().restore().await {
        warn!("the feeds of the last run cannot be served yet: {error}");
    }
    let callbacks = Arc::new(Callbacks::default());
    let (metrics, pulse) = (Arc::clone(&shared.metrics), Arc::clone(&shared.pulse));
    let sources = plan::entries(&config);
    let app =
        App::new(Arc::clone(&shelf), Arc::clone(&store), metrics, pulse, Utc::now, sources, Arc::clone(&callbacks));
    let (door, requests) = HubDoor::new();
    app.open_hub(door);
    tell(&app, &config, plan.channels.clone(), &plan.over);
    let (stop, stopping) = watch::channel(false);
    let mut tasks = vec![serve_apart(listener, app.clone(), stopping.clone())?];
    let plan = Arc::new(ArcSwap::from_pointee(plan));
    // looked at before the first round begins: half of a round is no round
    let (first_round, is_new) = (shared.published.subscribe(), part == Part::Poll || shelf.is_empty());
    tasks.push(tokio::spawn(publishing::run(shared.clone(), Arc::clone(&plan), stopping.clone())));
    let (replan, replans) = mpsc::channel(1);
    let (hubs, subscriber) = websub::line();
    let (errands, orders) = orders::line();
    let told = poller::Told { replans, hubs, errands: orders };
    tasks.push(tokio::spawn(poller::run(shared.clone(), Arc::clone(&plan), told, stopping.clone()).await?));
    let subscribing = websub::run(shared.clone(), Arc::clone(&plan), callbacks, subscriber, stopping.clone()).await?;
    tasks.push(tokio::spawn(subscribing));
    let hub = hub::run(shared.clone(), Arc::clone(&shelf), Arc::clone(&plan), requests, stopping.clone()).await?;
    tasks.push(tokio::spawn(hub));
    tasks.push(tokio::spawn(webhooks::run(shared.clone(), Arc::clone(&plan), stopping.clone()).await?));
    tasks.push(tokio::spawn(alerts::run(shared.clone(), Arc::clone(&plan), stopping.clone()).await?));
    tasks.push(tokio::spawn(sweeper::run(shared.clone(), Arc::clone(&plan), stopping.clone())));
    let (reloads, asked) = mpsc::channel(1);
    let states = States::Poller(errands);
    let desk = Desk { shared: shared.clone(), plan: Arc::clone(&plan), states, reloads: Some(reloads) };
    let (folder, until) = (config.state_dir.clone(), stopping.clone());
    tasks.push(tokio::spawn(async move { orders::run(desk, &folder, until).await }));
    tasks.push(tokio::spawn(house::run(shared.clone(), config.clone(), stopping.clone())));
    tasks.push(tokio::spawn(watchdog(&shared, stopping.clone())));
    until_published(is_new, first_round, &shelf).await;
    shared.pulse.ready();
    info!(sources = plan.load().len(), address = %address, "ready");
    ready(&address);
    let status = || format!("{} sources, serving {address}", plan.load().len());
    systemd::ready(&status());

    let renewed = async |config: Config| {
        part.check(&config)?;
        put_to_work(&config, &shared, &plan, &app, &replan).await
    };
    let reloading = reload_on((hangups, asked), reload, (&config, &base), renewed, status);
    let damaged = tokio::select! {
        () = shutdown => false,
        () = reloading => false,
        () = house::until_damaged(&shared) => true,
    };
    systemd::stopping();
    shared.pulse.stopping();
    info!("stopping: answers under way are finished, polls under way given up");
    let _ = stop.send(true);
    plan.load().publisher().stop();
    drained(tasks).await;
    store.close();
    if damaged { Err(store.damaged().into()) } else { Ok(()) }
}

/// Waits until readers get feeds: those of the last run are there at once, those of a new store after the first round. Who
/// serves nobody itself waits for that in any case.
async fn until_published(is_new: bool, mut round: watch::Receiver<bool>, shelf: &Shelf) {
    let mut is_early = is_new;
    while is_early || shelf.is_empty() {
        if !matches!(tokio::time::timeout(FIRST_ROUND, round.changed()).await, Ok(Ok(()))) {
            return warn!("nothing is published yet: readers are told to come again");
        }
        is_early = false;
    }
}

/// Takes a configuration that was loaded anew; says how many sources there are now.
async fn put_to_work(
    config: &Config,
    shared: &Shared,
    plan: &ArcSwap<Plan>,
    app: &App<SqliteStore>,
    replan: &mpsc::Sender<()>,
) -> anyhow::Result<usize> {
    let renewed = Plan::build(shared, config, Some(&plan.load())).await.context("it cannot be put to work")?;
    let sources = renewed.len();
    tell(app, config, renewed.channels.clone(), &renewed.over);
    // a serving half takes it before what is published from it
    shared.store.note_configured().await?;
    plan.store(Arc::new(renewed));
    // A full channel means that the poller has yet to look at the plan: it will find this one.
    let _ = replan.try_send(());
    shared.changed.notify_one();
    Ok(sources)
}

/// The service manager's watchdog: the store's writer must answer as well.
fn watchdog(shared: &Shared, stopping: watch::Receiver<bool>) -> impl Future<Output = ()> + Send + use<> {
    let store = Arc::clone(&shared.store);
    let answers = move || {
        let store = Arc::clone(&store);
        async move { store.ping().await.is_ok() }
    };
    house::watchdog(Arc::clone(&shared.pulse), answers, stopping)
}

/// Tells the server what the configuration says of sources, searches, readers and channels.
fn tell(app: &App<SqliteStore>, config: &Config, channels: Vec<Channel>, over: &[ChannelId]) {
    app.replace_sources(plan::entries(config));
    app.search_in(config.publishing());
    app.replace_readers(config.readers.clone());
    app.replace_channels(channels, config.renamed(), over);
}

/// Serves on a thread and a runtime of its own: an answer goes out where its request was read, without waking another thread,
/// and polls that keep all cores busy hold up no reader.
fn serve_apart(
    listener: Listener,
    app: App<SqliteStore>,
    stopping: watch::Receiver<bool>,
) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let serving = async move {
        if let Err(error) = serve::run(listener, app, stopped(stopping)).await {
            error!("nothing is served: the listening socket cannot be used: {error}");
        }
    };
    Ok(tokio::task::spawn_blocking(move || runtime.block_on(serving)))
}

/// Waits for the tasks of a process that stops.
async fn drained(tasks: impl IntoIterator<Item = JoinHandle<()>>) {
    for task in tasks {
        if let Err(failure) = task.await {
            error!("a task of the daemon failed: {failure}");
        }
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // a closed channel means that the daemon is gone: stop as well
    let _ = stopping.wait_for(|stop| *stop).await;
}
