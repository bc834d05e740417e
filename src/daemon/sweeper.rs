//! The sweeping task: article pages that wait are read, the newest first, one at a time a host.

use super::plan::{Plan, Shared};
use super::stopped;
use crate::ingest::{ArticleReport, ArticleResult};
use crate::observe::metrics::{ArticleOutcome, Metrics};
use crate::store::{Commit, PendingArticle, Store, StoreError};
use arc_swap::ArcSwap;
use chrono::Utc;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::{debug, error, info, warn};

/// How many waiting articles are looked at together.
const LOOK_AHEAD: u32 = 512;
/// How many of one host are read in one go; then the newest are looked for again.
const IN_ONE_GO: usize = 16;
/// The longest rest between two looks, so that grace periods end on time.
const REST: Duration = Duration::from_secs(5);

/// Reads waiting article pages until `stopping`.
pub(super) async fn run(shared: Shared, plan: Arc<ArcSwap<Plan>>, stopping: watch::Receiver<bool>) {
    let mut hosts: JoinSet<()> = JoinSet::new();
    let mut busy: HashMap<Id, String> = HashMap::new();
    let stop = stopped(stopping);
    tokio::pin!(stop);
    loop {
        match due_by_host(&shared).await {
            Ok(due) => {
                for (host, articles) in due {
                    if !busy.values().any(|other| *other == host) {
                        let task = hosts.spawn(read_host(shared.clone(), plan.load_full(), articles));
                        busy.insert(task.id(), host);
                    }
                }
            }
            Err(failure) => error!("waiting articles cannot be looked up: {failure}"),
        }
        tokio::select! {
            () = &mut stop => break,
            Some(done) = hosts.join_next_with_id() => {
                let task = done.as_ref().map_or_else(JoinError::id, |(task, ())| *task);
                let host = busy.remove(&task).unwrap_or_default();
                if let Err(failure) = done {
                    error!(host, "reading articles failed within bantin itself: {failure}");
                }
            }
            () = shared.articles.notified() => {}
            () = rest(&shared) => {}
        }
    }
    hosts.shutdown().await;
}

/// Until the next article page may be due.
async fn rest(shared: &Shared) {
    let next = shared.store.next_article_at().await.ok().flatten();
    let wait = next.and_then(|at| (at - Utc::now()).to_std().ok()).filter(|wait| !wait.is_zero());
    tokio::time::sleep(wait.unwrap_or(REST).min(REST)).await;
}

/// What is due, by host; on the way, items whose grace is over are published.
async fn due_by_host(shared: &Shared) -> Result<HashMap<String, Vec<PendingArticle>>, StoreError> {
    let now = Utc::now();
    let overdue = shared.store.release_overdue(now).await?;
    if overdue.published > 0 {
        warn!(published = overdue.published, "published without their article pages: the grace period is over");
        shared.changed.notify_one();
    }
    let mut by_host: HashMap<String, Vec<PendingArticle>> = HashMap::new();
    for article in shared.store.pending_articles(now, LOOK_AHEAD).await? {
        let host = article.url.host_str().unwrap_or_default().to_owned();
        by_host.entry(host).or_default().push(article);
    }
    Ok(by_host)
}

async fn read_host(shared: Shared, plan: Arc<Plan>, articles: Vec<PendingArticle>) {
    for article in articles.into_iter().take(IN_ONE_GO) {
        read(&shared, &plan, &article).await;
    }
}

/// Reads one article page and tells what came of it.
pub(super) async fn read(shared: &Shared, plan: &Plan, article: &PendingArticle) {
    let Some(planned) = plan.source_or_deputy(&article.source) else {
        return; // its paper left the configuration; it waits until the paper comes back
    };
    let report = plan.ingest().read_article(&planned.source, &planned.rhythm, article, Utc::now()).await;
    match report {
        Ok(ArticleReport { commit, result }) => {
            tell(article, &commit, &result);
            count(&shared.metrics, &commit, &result);
            if commit.changed > 0 {
                shared.changed.notify_one();
            }
        }
        Err(failure) => error!(source.id = %article.source, "what came was not kept: {failure}"),
    }
}

fn count(metrics: &Metrics, commit: &Commit, result: &ArticleResult) {
    match result {
        ArticleResult::Read => metrics.article(ArticleOutcome::Read),
        ArticleResult::Forbidden(_) => metrics.article(ArticleOutcome::Never),
        ArticleResult::Failed(_) => metrics.article(ArticleOutcome::Failed),
        ArticleResult::Postponed => {}
    }
    metrics.commit(commit.new, commit.changed, commit.repairs.len());
}

fn tell(article: &PendingArticle, commit: &Commit, result: &ArticleResult) {
    let (source, url) = (&article.source, article.url.as_str());
    match result {
        ArticleResult::Read => debug!(source.id = %source, item.id = article.item.0, url, "article read"),
        ArticleResult::Forbidden(why) => info!(source.id = %source, url, "published from its listing: {why}"),
        ArticleResult::Failed(why) => {
            warn!(source.id = %source, url, attempts = article.attempts + 1, "an article page was not read: {why}");
        }
        ArticleResult::Postponed => debug!(source.id = %source, url, "an article page waits for its host"),
    }
    for repair in &commit.repairs {
        info!(source.id = %source, "identity repaired: {repair}");
    }
}
