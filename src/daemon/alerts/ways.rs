//! The ways to tell operators: a signed webhook, a program, a mail. Each gets the same message.
//!
//! Comes in: a [`Telling`]. Goes out: whether it arrived, in words that may be shown. It decides nothing.

use super::super::webhooks::{Receipt, post};
use super::book::Telling;
use crate::fetch::Fetcher;
use crate::model::{Alert, Way};
use crate::render::alerts::{paragraph, title};
use chrono::{DateTime, SecondsFormat, Utc};
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// The longest that a program may take.
const LONGEST_RUN: Duration = Duration::from_secs(30);
/// Letters of a mail's subject.
const LONGEST_SUBJECT: usize = 120;

/// Tells; `Err` says why it did not arrive.
pub(super) async fn tell(fetcher: &Fetcher, telling: &Telling, now: DateTime<Utc>) -> Result<(), String> {
    match &telling.way.way {
        Way::Webhook { url, secret } => {
            let receipt = post(fetcher, (url, secret), &id(telling), message(telling, now).into(), now).await;
            match receipt {
                Receipt::Acknowledged => Ok(()),
                Receipt::Gone => Err("its receiver answered 410".to_owned()),
                Receipt::Failed { problem, .. } => Err(problem),
            }
        }
        Way::Command(argv) => run(argv, &message(telling, now)).await,
        Way::Mail { sendmail, from, to } => run(sendmail, &mail(from, to, telling, now)?).await,
    }
}

/// The same for the same alerts, so that a message that comes again is known again.
fn id(telling: &Telling) -> String {
    let last = telling.alerts.last();
    let word = last.map_or("", |alert| if alert.until.is_some() { "over" } else { "begun" });
    format!("{}/{word}/{}", last.map_or("", |alert| alert.id.as_str()), telling.alerts.len())
}

/// `{type, timestamp, data}`, as Standard Webhooks has it.
fn message(telling: &Telling, now: DateTime<Utc>) -> Vec<u8> {
    let message = serde_json::json!({
        "type": "alerts",
        "timestamp": now.to_rfc3339_opts(SecondsFormat::Secs, true),
        "data": { "alerts": telling.alerts },
    });
    let mut bytes = message.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}

/// Runs a program with a text on its standard input. What it prints is nobody's; its exit status counts.
async fn run(argv: &[String], input: &[u8]) -> Result<(), String> {
    let Some((program, arguments)) = argv.split_first() else { return Err("no program is named".to_owned()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => format!(
            "{program} cannot be started: {error}; the unit lets no program start but bantin: an override with \
             `ExecPaths={program}` allows it (docs/alerts.md)"
        ),
        _ => format!("{program} cannot be started: {error}"),
    })?;
    let ending = async {
        if let Some(mut stdin) = child.stdin.take() {
            // a program that does not want to know all of it may succeed all the same
            let _ = stdin.write_all(input).await;
        }
        child.wait().await
    };
    match tokio::time::timeout(LONGEST_RUN, ending).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("{program} failed: {status}")),
        Ok(Err(error)) => Err(format!("{program} cannot be waited for: {error}")),
        Err(_) => Err(format!("{program} took longer than {} s and was ended", LONGEST_RUN.as_secs())),
    }
}

/// A mail as `sendmail -t` takes it, its lines ended by a line feed alone.
fn mail(from: &str, to: &[String], telling: &Telling, now: DateTime<Utc>) -> Result<Vec<u8>, String> {
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    let host = from.rsplit_once('@').map_or("localhost", |(_, host)| host);
    let written = MessageBuilder::new()
        .from(from)
        .to(to)
        .subject(subject(&telling.alerts))
        .date(now.timestamp())
        .message_id(format!("{}.{}@{host}", now.timestamp_micros(), telling.alerts.len()))
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .text_body(telling.alerts.iter().map(paragraph).collect::<Vec<_>>().join("\n"))
        .write_to_string();
    written
        .map(|text| text.replace("\r\n", "\n").into_bytes())
        .map_err(|error| format!("no mail could be written: {error}"))
}

fn subject(alerts: &[Alert]) -> String {
    let first = alerts.first().map(title).unwrap_or_default();
    let more = if alerts.len() > 1 { format!(" (and {} more)", alerts.len() - 1) } else { String::new() };
    let text = format!("bantin{more}: {first}");
    text.chars().take(LONGEST_SUBJECT).collect()
}

#[cfg(test)]
mod tests;
