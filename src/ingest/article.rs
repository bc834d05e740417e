//! The second turn of the wheel: the page of one article that waits for it.

use super::{Clock, Ingest, authority};
use crate::extract::extract;
use crate::fetch::{Answer, Deltas, FetchError, Request};
use crate::model::{Document, Draft, Memory, Recipe, Source};
use crate::normalize::{Context, normalize};
use crate::schedule::Rhythm;
use crate::store::{Arrival, ArticleOutcome, ArticleRead, Batch, Commit, Coverage, PendingArticle, Store, StoreError};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// What the reading of an article page came to.
#[derive(Debug, Clone)]
pub struct ArticleReport {
    /// What the commit did.
    pub commit: Commit,
    /// In a word and a sentence.
    pub result: ArticleResult,
}

/// How the reading of an article page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArticleResult {
    /// Read.
    Read,
    /// It may not be fetched; the item is published from its listing.
    Forbidden(String),
    /// It failed, and is tried again.
    Failed(String),
    /// It had not its turn.
    Postponed,
}

impl<S: Store> Ingest<S> {
    /// Reads one article page and commits what it says.
    ///
    /// # Errors
    /// [`StoreError`] alone.
    pub async fn read_article(
        &self,
        source: &Arc<Source>,
        rhythm: &Rhythm,
        pending: &PendingArticle,
        now: DateTime<Utc>,
    ) -> Result<ArticleReport, StoreError> {
        let clock = Clock::start(now);
        let request = Request {
            url: pending.url.clone(),
            validators: None,
            deltas: Deltas::Refused,
            robots: source.robots,
            headers: source.headers_for(&pending.url),
            retry_base: self.cadence.interval(rhythm, now),
            now,
        };
        let fetched = self.fetcher.fetch(request).await;
        let retry_at = self.cadence.retry(&source.id, rhythm, pending.attempts, clock.now());
        let failed = |why: String| {
            let outcome = ArticleOutcome::Failed { retry_at, grace: source.article_grace };
            (outcome, ArticleResult::Failed(why))
        };
        let (outcome, result) = match fetched.map(|f| f.answer) {
            Err(error) => after_error(&error, retry_at, source),
            Ok(Answer::NotModified { .. }) => failed("answered 304 to an unconditional request".to_owned()),
            Ok(Answer::Document(document)) => {
                let (source, first_seen, now) = (Arc::clone(source), pending.first_seen, clock.now());
                let read = self.workbench.run(move || draft(&document, &source, first_seen, now)).await;
                match read {
                    Ok(Ok(draft)) => (ArticleOutcome::Read(Box::new(draft)), ArticleResult::Read),
                    Ok(Err(why)) => failed(why),
                    Err(broken) => failed(broken.to_string()),
                }
            }
        };
        let batch = Batch {
            source: source.id.clone(),
            paper: source.paper.clone(),
            authority: authority(source),
            now: clock.now(),
            poll: None,
            memory: None,
            drafts: Arc::default(),
            coverage: Coverage::Part,
            arrival: Arrival::Ready,
            release: Vec::new(),
            article: Some(ArticleRead { item: pending.item, outcome }),
            origins: self.fetcher.take_due_origins(),
            body: None,
            anew: None,
        };
        Ok(ArticleReport { commit: self.store.commit(batch).await?, result })
    }
}

fn after_error(error: &FetchError, retry_at: DateTime<Utc>, source: &Source) -> (ArticleOutcome, ArticleResult) {
    let failed = |retry_at| {
        (ArticleOutcome::Failed { retry_at, grace: source.article_grace }, ArticleResult::Failed(error.to_string()))
    };
    match error {
        FetchError::RobotsForbid { .. } | FetchError::AddressRefused { .. } => {
            (ArticleOutcome::Never, ArticleResult::Forbidden(error.to_string()))
        }
        FetchError::CoolDown { until, .. } | FetchError::Budget { until, .. } => {
            (ArticleOutcome::Postponed { until: *until }, ArticleResult::Postponed)
        }
        FetchError::RobotsUnreachable { until, .. } => failed((*until).max(retry_at)),
        FetchError::Status { retry_after: Some(wait), .. } => failed(retry_at.max(retry_at + *wait)),
        _ => failed(retry_at),
    }
}

/// What the page says, in our own terms.
fn draft(
    document: &Document,
    source: &Source,
    first_sight: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Draft, String> {
    let extraction = extract(document, &Recipe::Article, &Memory::default()).map_err(|error| error.to_string())?;
    let kind = extraction.kind;
    let entry = extraction.entries.into_iter().next().ok_or("the page has no article")?;
    let context = Context { source, base: &document.url, kind, now, first_sight, place: 0, site_id: None };
    normalize(entry, &context).map_err(|rejection| rejection.to_string())
}
