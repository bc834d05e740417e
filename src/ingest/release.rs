//! What an operator lets go on: the held items of a source, and the looks of their addresses for the polls to come.

use super::{Ingest, authority, guard};
use crate::model::{PollState, Source, SourceState};
use crate::store::{Arrival, Batch, Commit, Coverage, Store, StoreError};
use chrono::{DateTime, Utc};
use std::sync::Arc;

impl<S: Store> Ingest<S> {
    /// Releases everything that is held of a source. The guard learns from it: such addresses are held no more. Gives back
    /// the source's new state.
    ///
    /// # Errors
    /// [`StoreError`]; then the old state holds.
    pub async fn release(
        &self,
        source: &Arc<Source>,
        mut state: PollState,
        now: DateTime<Utc>,
    ) -> Result<(PollState, Commit), StoreError> {
        let held = self.store.held(&source.id).await?;
        if !held.is_empty() {
            let urls = held.iter().map(|item| &item.url);
            let profile = std::mem::take(&mut state.profile);
            state.profile = guard::allowed(profile, urls);
        }
        if state.state == SourceState::Held {
            state.state = SourceState::Ok;
            state.failure = None;
        }
        (state.held, state.held_since) = (None, None);
        let batch = Batch {
            source: source.id.clone(),
            paper: source.paper.clone(),
            authority: authority(source),
            now,
            poll: Some(state.clone()),
            memory: None,
            drafts: Arc::default(),
            coverage: Coverage::Part,
            arrival: if source.read_articles { Arrival::AwaitArticle } else { Arrival::Ready },
            release: held.into_iter().map(|item| item.item).collect(),
            article: None,
            origins: Vec::new(),
            body: None,
            anew: None,
        };
        let commit = self.store.commit(batch).await?;
        Ok((state, commit))
    }
}
