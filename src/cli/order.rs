//! Orders: given to the daemon that runs on the state folder, or carried out here where none does.

use super::exit::{self, Shape};
use super::progress::Progress;
use super::{Global, run::runtime_of_one};
use crate::config::Config;
use crate::daemon;
use crate::model::SourceId;
use crate::serve::{self, Half, Order, OrderReply};
use std::path::Path;
use std::process::ExitCode;

/// Gives an order and prints what was done.
pub(super) fn give(global: &Global, order: &Order, shape: Shape) -> ExitCode {
    let said = global.load().and_then(|config| asked(config, order, shape)).and_then(|reply| match reply {
        OrderReply::Done { lines, facts } => Ok(match shape {
            Shape::Text => lines.join("\n") + "\n",
            Shape::Json => format!("{facts:#}\n"),
        }),
        other => Err(refused(other)),
    });
    exit::end(said, shape)
}

/// What is replied to an order.
pub(super) fn asked(config: Config, order: &Order, shape: Shape) -> Result<OrderReply, exit::Failure> {
    let progress = Progress::new(shape);
    progress.show("waiting for the daemon", 0, 0);
    runtime_of_one()?.block_on(async {
        let asked = reply_of(&config.state_dir, order, &progress).await;
        match asked.map_err(|error| unheard(&config.state_dir, &error))? {
            Some(reply) => Ok(reply),
            None if *order == Order::Reload => Err(exit::Failure::new(
                exit::UNAVAILABLE,
                not_running(&config.state_dir),
            )
            .help(
                "start it: `systemctl start bantin`, or `bantin run`; `bantin check` looks at the configuration alone",
            )),
            None => daemon::obey(config, order.clone(), progress.watcher()).await.map_err(exit::Failure::from),
        }
    })
}

/// A source as an argument names it.
pub(super) fn source(name: String) -> Result<SourceId, exit::Failure> {
    let error = |error| exit::Failure::usage(format!("SOURCE: {error}")).help("`bantin status` lists the sources");
    SourceId::try_from(name).map_err(error)
}

/// A reply that is not what was wanted.
pub(super) fn refused(reply: OrderReply) -> exit::Failure {
    match reply {
        OrderReply::Unknown { why } => exit::Failure::usage(why),
        OrderReply::Failed { why } => exit::Failure::new(exit::CANNOT_CREATE, why),
        OrderReply::NotBefore { until, why } => {
            exit::Failure::new(exit::NOT_NOW, format!("not before {}: {why}", exit::moment(until)))
                .until(until)
                .help("nothing was asked; `bantin status` shows when it is polled by itself")
        }
        OrderReply::Done { .. } | OrderReply::Polled(_) | OrderReply::Progress { .. } => {
            exit::Failure::new(exit::SOFTWARE, "the daemon replied to another order; is it of another version?")
                .help("restart it, so that both are of one version: `systemctl restart bantin`")
        }
    }
}

/// Gives an order to the daemon; a reload to both halves of a pair, where they are two processes.
async fn reply_of(folder: &Path, order: &Order, progress: &Progress) -> std::io::Result<Option<OrderReply>> {
    let ask = async |half| serve::ask(folder, half, order, |what, done, of| progress.show(what, done, of)).await;
    let first = ask(Half::Polling).await?;
    if *order != Order::Reload || !matches!(first, None | Some(OrderReply::Done { .. })) {
        return Ok(first);
    }
    Ok(match (first, ask(Half::Serving).await?) {
        (Some(OrderReply::Done { lines, facts }), Some(OrderReply::Done { lines: serving, .. })) => {
            Some(OrderReply::Done { lines: [lines, serving].concat(), facts })
        }
        (first, second) => second.or(first),
    })
}

fn not_running(folder: &Path) -> String {
    format!("no daemon runs on {}, so there is nothing to reload", folder.display())
}

fn unheard(folder: &Path, error: &std::io::Error) -> exit::Failure {
    let folder = folder.display();
    let failure = exit::Failure::new(exit::CANNOT_CREATE, format!("the daemon of {folder} cannot be asked: {error}"));
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => failure.help("run this as the user that runs bantin, or as root"),
        _ => failure.help("see whether it still runs: `bantin status`, `systemctl status bantin`"),
    }
}
