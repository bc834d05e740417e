//! A new configuration while we run: all of it or nothing.
//!
//! Comes in: hangups, operators who ask, and a way to load it. Goes out: the new one to whoever puts it to work, and what became
//! of it. It does not know what that changes.

use super::Reload;
use super::orders::Asked;
use crate::config::Config;
use crate::systemd;
use tokio::sync::mpsc;
use tracing::{error, info, warn};

/// Takes a new configuration at each hangup and whenever somebody asks. `put_to_work` says how many sources there are then;
/// `base` is the public base where none is configured. Never ends by itself.
pub(super) async fn reload_on(
    (mut hangups, mut asked): (mpsc::Receiver<()>, mpsc::Receiver<Asked>),
    reload: Reload,
    (running, base): (&Config, &str),
    put_to_work: impl AsyncFn(Config) -> anyhow::Result<usize>,
    status: impl Fn() -> String,
) {
    loop {
        let tell = tokio::select! {
            Some(()) = hangups.recv() => None,
            Some(tell) = asked.recv() => Some(tell),
            else => break,
        };
        systemd::reloading();
        let renewed = match loaded(&reload, running, base) {
            Ok(config) => put_to_work(config).await,
            Err(why) => Err(why),
        };
        match &renewed {
            Ok(sources) => info!(sources, "configuration reloaded"),
            Err(why) => error!("the configuration was not reloaded, the old one goes on: {why:#}"),
        }
        if let Some(tell) = tell {
            // an operator that went away needs no answer
            let _ = tell.send(renewed.map_err(|why| format!("{why:#}")));
        }
        systemd::ready(&status());
    }
    std::future::pending().await
}

fn loaded(reload: &Reload, running: &Config, base: &str) -> anyhow::Result<Config> {
    let mut config = reload()?;
    config.base_url_or(base);
    for warning in &config.warnings {
        warn!("{warning}");
    }
    if config.listen != running.listen || config.state_dir != running.state_dir {
        warn!("a changed `listen` or `state-dir` needs a restart; all else of the new configuration holds now");
    }
    Ok(config)
}
