//! One round: every source that may be polled now, the article pages that are due, then publishing.

use super::plan::{Plan, Planned, Shared};
use super::poller::{MOST_POLLS, claim, host_asked, tell};
use super::{house, sweeper};
use crate::config::Config;
use crate::ingest::{PollReport, Polled, is_read_otherwise};
use crate::model::{PollState, SourceId};
use crate::schedule::Lanes;
use crate::store::Store;
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::task::{JoinError, JoinSet};
use tracing::{error, warn};

/// What happens while a round goes on, for the command to show.
#[derive(Debug)]
pub enum OnceEvent<'a> {
    /// So many sources are polled now.
    Started {
        /// How many.
        polls: usize,
    },
    /// A source was polled.
    Polled {
        /// Which.
        source: &'a SourceId,
        /// What came of it.
        report: &'a PollReport,
    },
    /// A source may not be polled yet.
    LeftAlone {
        /// Which.
        source: &'a SourceId,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// So many article pages are read now.
    Articles {
        /// How many.
        pages: usize,
    },
    /// One article page is done.
    ArticleRead,
}

/// How a round ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OnceSummary {
    /// Sources polled.
    pub polled: usize,
    /// Of these, without a document that could be taken in.
    pub failed: usize,
    /// Sources left alone.
    pub left_alone: usize,
    /// Documents written to `publish-dir`.
    pub written: u64,
}

/// Runs one round.
///
/// # Errors
/// A [`StoreError`](crate::store::StoreError) where the state folder cannot be used, or nothing can be kept.
pub async fn once(mut config: Config, mut show: impl FnMut(OnceEvent<'_>)) -> anyhow::Result<OnceSummary> {
    for warning in &config.warnings {
        warn!("{warning}");
    }
    config.base_url_or(&format!("http://{}/", config.listen));
    let shared = Shared::open(&config, None)?;
    let store = Arc::clone(&shared.store);
    let plan = Arc::new(Plan::build(&shared, &config, None).await?);
    let mut summary = poll_due(&shared, &plan, &mut show).await?;
    read_due(&shared, &plan, &mut show).await?;
    plan.ingest().keep_origins().await?;
    ask_for_absent(&shared, &plan).await?;
    house::tell_pruned(&store.prune(&config.retention, Utc::now()).await?);
    let published = plan.publisher().reconcile(Utc::now()).await?;
    super::publishing::tell_refused(&shared.metrics, &published);
    for problem in &published.problems {
        error!("publishing is not complete, the next round goes on: {problem}");
    }
    summary.written = published.written;
    store.scrub().await?;
    drop(plan);
    store.close();
    Ok(summary)
}

async fn poll_due(
    shared: &Shared,
    plan: &Arc<Plan>,
    show: &mut impl FnMut(OnceEvent<'_>),
) -> anyhow::Result<OnceSummary> {
    let now = Utc::now();
    let mut states = shared.store.poll_states().await?;
    let mut summary = OnceSummary::default();
    let (mut polls, mut waiting) = (Vec::new(), Vec::new());
    for planned in plan.sources() {
        let mut state = states.remove(&planned.source.id).unwrap_or_default();
        // nobody listens to hubs between two rounds
        state.push.lease_until = None;
        let due = plan.cadence().due(&planned.source.id, &planned.rhythm, &state, now);
        if state.next_poll_at.is_none() || due <= now {
            polls.push((planned.clone(), state));
        } else {
            if is_read_otherwise(&state, &planned.source) {
                renew(plan, planned, *state, now).await;
            }
            waiting.push((planned.source.id.clone(), due));
        }
    }
    waiting.sort();
    for (source, until) in &waiting {
        show(OnceEvent::LeftAlone { source, until: *until });
    }
    summary.left_alone = waiting.len();
    let claims = polls.iter().map(|(planned, _)| claim(plan, planned, now)).collect();
    shared.store.claim(claims, now).await?;
    show(OnceEvent::Started { polls: polls.len() });
    let mut lanes = Lanes::new(MOST_POLLS);
    for (planned, state) in polls {
        let host = host_asked(&planned, &state).to_owned();
        lanes.push(&host, (planned, state));
    }
    let (mut running, mut tasks) = (JoinSet::new(), HashMap::new());
    loop {
        while let Some((host, (planned, state))) = lanes.start() {
            let (plan, now, source) = (Arc::clone(plan), Utc::now(), planned.source.id.clone());
            let poll = async move { plan.ingest().poll(&planned.source, &planned.rhythm, *state, now).await };
            tasks.insert(running.spawn(poll).id(), (host, source));
        }
        let Some(done) = running.join_next_with_id().await else { break };
        summary.polled += 1;
        let task = done.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
        let Some((host, source)) = tasks.remove(&task) else { continue };
        lanes.done(&host);
        match done.map(|(_, report)| report) {
            // one poll's fault is not another's
            Err(failure) => {
                summary.failed += 1;
                error!(source.id = %source, "a poll failed within bantin itself: {failure}");
            }
            Ok(Ok(report)) => {
                tell(&source, &report);
                summary.failed += usize::from(report.answer == Polled::Failed);
                show(OnceEvent::Polled { source: &source, report: &report });
            }
            Ok(Err(failure)) => {
                summary.failed += 1;
                error!(source.id = %source, "what came was not kept: {failure}");
            }
        }
    }
    Ok(summary)
}

/// Asks for the pages of items that their lists have lost.
async fn ask_for_absent(shared: &Shared, plan: &Plan) -> anyhow::Result<()> {
    for absent in shared.store.absent_items(Utc::now(), sweeper::LOOK_AHEAD).await? {
        sweeper::ask(shared, plan, &absent).await;
    }
    Ok(())
}

/// A source that may not be asked yet is read anew from what is kept of it.
async fn renew(plan: &Plan, planned: &Planned, state: PollState, now: DateTime<Utc>) {
    let source = &planned.source;
    match plan.ingest().renew(source, &planned.rhythm, state, now).await {
        Ok(report) => tell(&source.id, &report),
        Err(failure) => error!(source.id = %source.id, "the kept document was not read anew: {failure}"),
    }
}

/// Reads every article page that is due, each once.
async fn read_due(shared: &Shared, plan: &Arc<Plan>, show: &mut impl FnMut(OnceEvent<'_>)) -> anyhow::Result<()> {
    shared.store.release_overdue(Utc::now()).await?;
    let pages = shared.store.pending_articles(Utc::now(), u32::MAX >> 1).await?;
    show(OnceEvent::Articles { pages: pages.len() });
    let mut seen = HashSet::new();
    let mut lanes = Lanes::new(MOST_POLLS);
    for article in pages.into_iter().filter(|article| seen.insert(article.item)) {
        let host = article.url.host_str().unwrap_or_default().to_owned();
        lanes.push(&host, article);
    }
    let (mut reading, mut hosts) = (JoinSet::new(), HashMap::new());
    loop {
        while let Some((host, article)) = lanes.start() {
            let (shared, plan) = (shared.clone(), Arc::clone(plan));
            let task = reading.spawn(async move { sweeper::read(&shared, &plan, &article).await });
            hosts.insert(task.id(), host);
        }
        let Some(done) = reading.join_next_with_id().await else { break };
        let task = done.as_ref().map_or_else(JoinError::id, |(task, ())| *task);
        if let Some(host) = hosts.remove(&task) {
            lanes.done(&host);
        }
        if let Err(failure) = done {
            error!("reading an article failed within bantin itself: {failure}");
        }
        show(OnceEvent::ArticleRead);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
