//! Rebuilding after a bug: the kept documents of sources are read anew by this version, and what it had got wrong is corrected.
//!
//! Comes in: sources. Goes out: lines for people, and the same for programs. The sources' states stay the poller's: where a poll keeps a newer document
//! meanwhile, that one has the word.

use super::plan::{Plan, Planned, Shared};
use crate::ingest::{Depth, Reread};
use crate::model::{SourceId, Watcher};
use crate::store::{Store, StoreError};
use crate::text::log_safe;
use chrono::Utc;
use serde_json::{Value, json};

/// Reads the kept documents of these sources anew; one line for each that is not as it was.
pub(super) async fn replay(
    shared: &Shared,
    plan: &Plan,
    mut planned: Vec<&Planned>,
    depth: Depth,
    watcher: &Watcher,
) -> Result<(Vec<String>, Value), StoreError> {
    planned.sort_by(|a, b| a.source.id.cmp(&b.source.id));
    let mut states = shared.store.poll_states().await?;
    let (mut lines, mut facts, mut same, mut nothing) = (Vec::new(), Vec::new(), 0, 0);
    let of = planned.len();
    for (number, Planned { source, rhythm }) in planned.into_iter().enumerate() {
        watcher.step("sources read anew", number, of);
        let state = *states.remove(&source.id).unwrap_or_default();
        let reread = plan.ingest().rebuild(source, rhythm, state, depth, Utc::now()).await?;
        match said(&source.id, &reread) {
            Some(line) => {
                facts.push(stated(&source.id, &reread));
                lines.push(line);
            }
            None if reread.documents.is_empty() => nothing += 1,
            None => same += 1,
        }
        if reread.commit.changed > 0 {
            shared.changed.notify_one();
        }
        if reread.commit.new > 0 {
            shared.articles.notify_one();
        }
    }
    let facts = json!({ "changed": lines.len(), "same": same, "without_document": nothing, "sources": facts });
    lines.push(format!("{} sources changed, {same} as they were, {nothing} without a kept document", lines.len()));
    Ok((lines, facts))
}

fn stated(source: &SourceId, reread: &Reread) -> Value {
    let commit = &reread.commit;
    let unread = reread.documents.iter().filter(|document| document.was_read);
    json!({
        "source": source,
        "corrected": commit.changed.saturating_sub(commit.published),
        "published": commit.published,
        "awaiting": commit.new.saturating_sub(commit.published),
        "joined": commit.repairs.len(),
        "left_out": reread.left_out,
        "unreadable": unread.filter_map(|document| document.result.as_ref().err()).collect::<Vec<_>>(),
    })
}

fn said(source: &SourceId, reread: &Reread) -> Option<String> {
    let mut parts = Vec::new();
    let commit = &reread.commit;
    let corrected = commit.changed.saturating_sub(commit.published);
    let facts = [
        (corrected, "items corrected"),
        (commit.published, "published that were overlooked"),
        (commit.new.saturating_sub(commit.published), "found that wait for their article pages"),
        (u32::try_from(commit.repairs.len()).unwrap_or(u32::MAX), "kept twice and joined"),
    ];
    parts.extend(facts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    if let Some(doubt) = reread.doubt.filter(|_| reread.left_out > 0) {
        parts.push(format!("{} left to the next poll, since {}", reread.left_out, doubt.as_str()));
    }
    let unread = reread.documents.iter().filter(|document| document.was_read);
    for why in unread.filter_map(|document| document.result.as_ref().err()) {
        parts.push(format!("a document that could be read cannot be read now: {}", log_safe(why)));
    }
    (!parts.is_empty()).then(|| format!("{source}: {}", parts.join(", ")))
}
