//! The composition root: builds everything, spawns the tasks, says READY, awaits the end, drains.
//!
//! Comes in: a configuration, a way to load it anew, and a word that it is time to stop. It alone turns the stages' reports
//! into logs and metrics, and it alone knows what time it is.

mod alerts;
mod errand;
mod house;
mod hub;
mod once;
mod orders;
mod plan;
mod poller;
pub mod probe;
mod publishing;
mod random;
mod rehearsal;
mod replay;
mod sweeper;
mod told;
mod webhooks;
mod websub;

pub use once::{OnceEvent, OnceSummary, once};
pub use orders::obey;
pub use plan::entries;
pub use rehearsal::{FactChange, FeedFate, FeedOutlook, ItemChange, ItemLine, Rehearsal, SourceOutlook, rehearse};
pub use told::poll as told;

use crate::config::{Config, ConfigError, Listen};
use crate::publish::Shelf;
use crate::serve::{self, App, Callbacks, HubDoor, Listener};
use crate::store::sqlite::SqliteStore;
use crate::systemd::{self, Inherited};
use anyhow::Context as _;
use chrono::Utc;
use orders::{Asked, Desk, States};
use plan::{Plan, Shared};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

/// The longest wait for the first feeds before readers are let in.
const FIRST_ROUND: Duration = Duration::from_secs(10);

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {why}")]
pub struct ListenError {
    /// The address.
    pub address: String,
    /// The system's words and a remedy.
    pub why: String,
}

/// Loads the configuration anew, for a reload.
pub type Reload = Box<dyn Fn() -> Result<Config, ConfigError> + Send>;

/// Runs the daemon until `shutdown`: polls, stores, publishes, serves. `ready` is told the address once feeds are served;
/// each message on `hangups` reloads the configuration.
///
/// # Errors
/// A [`StoreError`](crate::store::StoreError) where the state folder cannot be used, a [`ListenError`] where the address
/// cannot, and what else keeps it from starting.
pub async fn run(
    mut config: Config,
    reload: Reload,
    hangups: mpsc::Receiver<()>,
    ready: impl FnOnce(&str),
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    for warning in &config.warnings {
        warn!("{warning}");
    }
    let shelf = Arc::new(Shelf::default());
    let shared = Shared::open(&config, Some(Arc::clone(&shelf)))?;
    let store = Arc::clone(&shared.store);
    let (listener, address) = listen(&config.listen).await?;
    config.base_url_or(&address);
    let plan = Plan::build(&shared, &config, None).await?;
    if let Err(error) = plan.publisher().restore().await {
        warn!("the feeds of the last run cannot be served yet: {error}");
    }
    let callbacks = Arc::new(Callbacks::default());
    let app = App::new(
        Arc::clone(&shelf),
        Arc::clone(&store),
        Arc::clone(&shared.metrics),
        Arc::clone(&shared.pulse),
        Utc::now,
        plan::entries(&config),
        Arc::clone(&callbacks),
    );
    let (door, requests) = HubDoor::new();
    app.open_hub(door);
    tell(&app, &config, &plan);
    let (stop, stopping) = watch::channel(false);
    let serving = serve_apart(listener, app.clone(), stopping.clone())?;
    let plan = Arc::new(arc_swap::ArcSwap::from_pointee(plan));
    let publishing = tokio::spawn(publishing::run(shared.clone(), Arc::clone(&plan), stopping.clone()));
    let (replan, replans) = mpsc::channel(1);
    let (hubs, subscriber) = websub::line();
    let (errands, orders) = orders::line();
    let told = poller::Told { replans, hubs, errands: orders };
    let polling = tokio::spawn(poller::run(shared.clone(), Arc::clone(&plan), told, stopping.clone()).await?);
    let subscribing = websub::run(shared.clone(), Arc::clone(&plan), callbacks, subscriber, stopping.clone()).await?;
    let subscribing = tokio::spawn(subscribing);
    let hub = hub::run(shared.clone(), Arc::clone(&shelf), Arc::clone(&plan), requests, stopping.clone()).await?;
    let hub = tokio::spawn(hub);
    let delivering = webhooks::run(shared.clone(), Arc::clone(&plan), stopping.clone()).await?;
    let delivering = tokio::spawn(delivering);
    let alerting = tokio::spawn(alerts::run(shared.clone(), Arc::clone(&plan), stopping.clone()).await?);
    let sweeping = tokio::spawn(sweeper::run(shared.clone(), Arc::clone(&plan), stopping.clone()));
    let housekeeping = tokio::spawn(house::run(shared.clone(), config.clone(), stopping.clone()));
    let watching = tokio::spawn(house::watchdog(shared.clone(), stopping.clone()));
    let (reloads, asked) = mpsc::channel(1);
    let states = States::Poller(errands);
    let desk = Desk { shared: shared.clone(), plan: Arc::clone(&plan), states, reloads: Some(reloads) };
    let (folder, until) = (config.state_dir.clone(), stopping.clone());
    let ordering = tokio::spawn(async move { orders::run(desk, &folder, until).await });
    until_served(&shared, &shelf).await;
    shared.pulse.ready();
    info!(sources = plan.load().len(), address = %address, "ready");
    ready(&address);
    systemd::ready(&format!("{} sources, serving {address}", plan.load().len()));

    let reloading = reload_on(
        (hangups, asked),
        reload,
        &config,
        &address,
        Reloading { shared: &shared, plan: &plan, app: &app, replan },
    );
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
    let others = [alerting, sweeping, ordering, housekeeping, watching];
    for task in [serving, publishing, polling, subscribing, hub, delivering].into_iter().chain(others) {
        if let Err(failure) = task.await {
            error!("a task of the daemon failed: {failure}");
        }
    }
    store.close();
    if damaged { Err(store.damaged().into()) } else { Ok(()) }
}

struct Reloading<'a> {
    shared: &'a Shared,
    plan: &'a arc_swap::ArcSwap<Plan>,
    app: &'a App<SqliteStore>,
    replan: mpsc::Sender<()>,
}

/// Waits until readers get feeds: those of the last run are there at once, those of a new store after the first round.
async fn until_served(shared: &Shared, shelf: &Shelf) {
    let mut published = shared.published.subscribe();
    while shelf.is_empty() {
        if !matches!(tokio::time::timeout(FIRST_ROUND, published.changed()).await, Ok(Ok(()))) {
            return warn!("nothing is published yet: readers are told to come again");
        }
    }
}

/// Takes a new configuration at each hangup and whenever an operator asks: all of it or nothing. Never ends by itself.
async fn reload_on(
    (mut hangups, mut asked): (mpsc::Receiver<()>, mpsc::Receiver<Asked>),
    reload: Reload,
    running: &Config,
    address: &str,
    with: Reloading<'_>,
) {
    loop {
        let tell = tokio::select! {
            Some(()) = hangups.recv() => None,
            Some(tell) = asked.recv() => Some(tell),
            else => break,
        };
        systemd::reloading();
        let renewed = renewed(&reload, running, address, &with).await;
        match &renewed {
            Ok(sources) => info!(sources, "configuration reloaded"),
            Err(why) => error!("the configuration was not reloaded, the old one goes on: {why:#}"),
        }
        if let Some(tell) = tell {
            // an operator that went away needs no answer
            let _ = tell.send(renewed.map_err(|why| format!("{why:#}")));
        }
        systemd::ready(&format!("{} sources, serving {address}", with.plan.load().len()));
    }
    std::future::pending().await
}

async fn renewed(reload: &Reload, running: &Config, address: &str, with: &Reloading<'_>) -> anyhow::Result<usize> {
    let mut config = reload()?;
    config.base_url_or(address);
    for warning in &config.warnings {
        warn!("{warning}");
    }
    if config.listen != running.listen || config.state_dir != running.state_dir {
        warn!("a changed `listen` or `state-dir` needs a restart; all else of the new configuration holds now");
    }
    let plan = Plan::build(with.shared, &config, Some(&with.plan.load())).await.context("it cannot be put to work")?;
    let sources = plan.len();
    tell(with.app, &config, &plan);
    with.plan.store(Arc::new(plan));
    // A full channel means that the poller has yet to look at the plan: it will find this one.
    let _ = with.replan.try_send(());
    with.shared.changed.notify_one();
    Ok(sources)
}

/// Tells the server what the configuration says of sources, searches, readers and channels.
fn tell(app: &App<SqliteStore>, config: &Config, plan: &Plan) {
    app.replace_sources(plan::entries(config));
    app.search_in(config.publishing());
    app.replace_readers(config.readers.clone());
    app.replace_channels(plan.channels.clone(), config.renamed(), &plan.over);
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

/// Binds the address, or takes the socket that systemd hands down. The second value is how readers reach it.
async fn listen(listen: &Listen) -> Result<(Listener, String), ListenError> {
    let failed = |error: std::io::Error| ListenError { address: listen.to_string(), why: remedy(&error) };
    if let Some(inherited) = systemd::inherited_listener().map_err(failed)? {
        return adopt(inherited).map_err(failed);
    }
    match listen {
        Listen::Tcp(address) => {
            let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
            let bound = listener.local_addr().map_err(failed)?;
            Ok((Listener::Tcp(listener.into_std().map_err(failed)?), format!("http://{bound}/")))
        }
        Listen::Unix(path) => {
            let listener = bind_unix(path).map_err(failed)?;
            Ok((Listener::Unix(listener.into_std().map_err(failed)?), format!("unix:{}", path.display())))
        }
    }
}

/// The socket that systemd handed down.
fn adopt(inherited: Inherited) -> std::io::Result<(Listener, String)> {
    let address = inherited.address()?;
    let listener = match inherited {
        Inherited::Tcp(listener) => Listener::Tcp(listener),
        Inherited::Unix(listener) => Listener::Unix(listener),
    };
    Ok((listener, address))
}

/// Binds a unix socket; one that a killed run left behind is removed first.
fn bind_unix(path: &std::path::Path) -> std::io::Result<tokio::net::UnixListener> {
    use std::os::unix::fs::FileTypeExt;
    let left_behind = std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_socket())
        && std::os::unix::net::UnixStream::connect(path).is_err();
    if left_behind {
        std::fs::remove_file(path)?;
    }
    tokio::net::UnixListener::bind(path)
}

fn remedy(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program has it; stop that one, or set another `listen` (port 0 takes a free one)".to_owned()
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("{error}; a port below 1024 needs the right to it, or use a socket unit")
        }
        _ => error.to_string(),
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // a closed channel means that the daemon is gone: stop as well
    let _ = stopping.wait_for(|stop| *stop).await;
}
