//! Reports in the words of a reply.

use crate::ingest::{PollReport, Polled};
use crate::model::SourceId;
use crate::serve::{ErrorTold, ItemTold, PollTold};
use crate::store::TriedFate;
use crate::text::log_safe;

pub(super) const NOT_YET: &str = "it was asked within `min-interval`, or the origin asked to wait";

/// A poll, or what one would have come to.
#[must_use]
pub fn poll(source: &SourceId, report: &PollReport) -> PollTold {
    let after = report.trial.as_ref().map_or(&report.state, |tried| &tried.state);
    let (outcome, entries) = match report.answer {
        Polled::Read { entries, .. } => ("read", Some(entries)),
        Polled::NotModified | Polled::Reread => ("not-modified", None),
        Polled::Failed => ("failed", None),
    };
    let items = report.trial.iter().flat_map(|tried| &tried.items);
    PollTold {
        source: source.clone(),
        dry_run: report.trial.is_some(),
        outcome: outcome.to_owned(),
        state: after.state.as_str().to_owned(),
        entries,
        new: report.commit.new,
        held: report.commit.held,
        changed: report.commit.changed,
        items: items
            .map(|item| ItemTold {
                fate: fate(item.fate).to_owned(),
                title: log_safe(&item.title),
                url: log_safe(&item.url),
            })
            .collect(),
        error: after.failure.as_ref().map(|failure| ErrorTold {
            stage: failure.stage.as_str().to_owned(),
            kind: failure.kind.map(|kind| kind.as_str().to_owned()),
            what: log_safe(&failure.what),
        }),
        flaws: report.flaws.iter().map(|flaw| log_safe(flaw)).collect(),
        next_poll: report.state.next_poll_at,
    }
}

fn fate(fate: TriedFate) -> &'static str {
    match fate {
        TriedFate::New => "new",
        TriedFate::Held => "held",
        TriedFate::Changed => "changed",
        TriedFate::Published => "published",
        TriedFate::Withdrawn => "withdrawn",
    }
}
