//! Orders: given to the daemon that runs on the state folder, or carried out here where none does.

use super::{Global, exit, run::runtime_of_one};
use crate::daemon;
use crate::serve::{self, Half, Order, OrderReply};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// Gives an order and prints what was done.
pub(super) fn give(global: &Global, order: &Order) -> ExitCode {
    match given(global, order) {
        Ok(lines) => {
            // A reader that went away (`| head`) has seen enough.
            let _ = std::io::stdout().lock().write_all((lines.join("\n") + "\n").as_bytes());
            ExitCode::SUCCESS
        }
        Err(failure) => failure.end(),
    }
}

fn given(global: &Global, order: &Order) -> Result<Vec<String>, exit::Failure> {
    let config = global.load()?;
    let reply = runtime_of_one()?.block_on(async {
        match asked(&config.state_dir, order).await.map_err(|error| unheard(&config.state_dir, &error))? {
            Some(reply) => Ok(reply),
            None if *order == Order::Reload => {
                Err(exit::Failure::new(exit::UNAVAILABLE, not_running(&config.state_dir)))
            }
            None => daemon::obey(config, order.clone()).await.map_err(exit::Failure::from),
        }
    })?;
    match reply {
        OrderReply::Done { lines } => Ok(lines),
        OrderReply::Unknown { why } => Err(exit::Failure::usage(why)),
        OrderReply::Failed { why } => Err(exit::Failure::new(exit::CANNOT_CREATE, why)),
    }
}

/// Gives an order to the daemon; a reload to both halves of a pair, where they are two processes.
async fn asked(folder: &Path, order: &Order) -> std::io::Result<Option<OrderReply>> {
    let first = serve::ask(folder, Half::Polling, order).await?;
    if *order != Order::Reload || !matches!(first, None | Some(OrderReply::Done { .. })) {
        return Ok(first);
    }
    Ok(match (first, serve::ask(folder, Half::Serving, order).await?) {
        (Some(OrderReply::Done { lines: polling }), Some(OrderReply::Done { lines: serving })) => {
            Some(OrderReply::Done { lines: [polling, serving].concat() })
        }
        (first, second) => second.or(first),
    })
}

fn not_running(folder: &Path) -> String {
    format!("no daemon runs on {}, so there is nothing to reload: systemctl start bantin", folder.display())
}

fn unheard(folder: &Path, error: &std::io::Error) -> exit::Failure {
    let remedy = match error.kind() {
        std::io::ErrorKind::PermissionDenied => "; run this as the user that runs bantin, or as root",
        _ => "",
    };
    let folder = folder.display();
    exit::Failure::new(exit::CANNOT_CREATE, format!("the daemon of {folder} cannot be asked: {error}{remedy}"))
}
