//! The sweeping task: article pages that wait are read, the newest first, one at a time a host.

use super::plan::{Plan, Shared};
use super::stopped;
use crate::ingest::{AbsenceReport, ArticleReport, ArticleResult};
use crate::observe::metrics::{ArticleOutcome, Metrics};
use crate::store::{AbsenceAnswer, AbsentItem, Commit, PendingArticle, Store, StoreError};
use arc_swap::ArcSwap;
use chrono::Utc;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::{debug, error, info, warn};
use url::Url;

/// How many waiting articles are looked at together.
pub(super) const LOOK_AHEAD: u32 = 512;
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
                for (host, pages) in due {
                    if !busy.values().any(|other| *other == host) {
                        let task = hosts.spawn(read_host(shared.clone(), plan.load_full(), pages));
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
async fn due_by_host(shared: &Shared) -> Result<HashMap<String, Vec<Page>>, StoreError> {
    let now = Utc::now();
    let overdue = shared.store.release_overdue(now).await?;
    if overdue.published > 0 {
        warn!(published = overdue.published, "published without their article pages: the grace period is over");
        shared.changed.notify_one();
    }
    let mut by_host: HashMap<String, Vec<Page>> = HashMap::new();
    let articles = shared.store.pending_articles(now, LOOK_AHEAD).await?.into_iter().map(Page::Article);
    let absent = shared.store.absent_items(now, LOOK_AHEAD).await?.into_iter().map(Page::Absent);
    for page in articles.chain(absent) {
        let host = page.url().host_str().unwrap_or_default().to_owned();
        by_host.entry(host).or_default().push(page);
    }
    Ok(by_host)
}

/// A page that is due: what waits for it comes first.
enum Page {
    /// Of an item that waits for it.
    Article(PendingArticle),
    /// Of an item that its list has lost.
    Absent(AbsentItem),
}

impl Page {
    fn url(&self) -> &Url {
        match self {
            Self::Article(article) => &article.url,
            Self::Absent(absent) => &absent.url,
        }
    }
}

async fn read_host(shared: Shared, plan: Arc<Plan>, pages: Vec<Page>) {
    for page in pages.into_iter().take(IN_ONE_GO) {
        match page {
            Page::Article(article) => read(&shared, &plan, &article).await,
            Page::Absent(absent) => ask(&shared, &plan, &absent).await,
        }
    }
}

/// Asks for the page of an item that its list has lost, and tells what came of it.
pub(super) async fn ask(shared: &Shared, plan: &Plan, absent: &AbsentItem) {
    let Some(planned) = plan.source_or_deputy(&absent.source) else {
        return; // as with articles: it waits until the paper comes back
    };
    let asked = plan.ingest().ask_for_absent(&planned.source, &planned.rhythm, absent, Utc::now()).await;
    let (source, url) = (&absent.source, absent.url.as_str());
    match asked {
        Ok(AbsenceReport { commit, answer }) => {
            shared.metrics.commit(commit.new, commit.changed, commit.repairs.len());
            if commit.withdrawn > 0 {
                info!(
                    source.id = %source, item.id = absent.item.0, url,
                    "withdrawn: its list lost it while older ones stand, and its page is gone, asked twice a day apart"
                );
                shared.changed.notify_one();
            } else if answer == AbsenceAnswer::Gone {
                info!(source.id = %source, url, "its list lost it and its page is gone; asked again in a day");
            } else {
                debug!(source.id = %source, url, ?answer, "its list lost it; nothing speaks against it yet");
            }
        }
        Err(failure) => error!(source.id = %source, "what an absent item's page answered was not kept: {failure}"),
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
