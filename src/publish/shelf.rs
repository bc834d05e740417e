//! The documents in memory: what `serve` answers from, with one look-up and no lock.
//!
//! Comes in: publications. Goes out: [`Ready`] documents by path. It does not know requests, nor where publications come from.

use super::ready::{Packing, Ready, ToldBy};
use super::{Put, Target, TargetError};
use crate::model::Publication;
use arc_swap::{ArcSwap, ArcSwapOption, Guard};
use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;

/// Its keys are ours alone, so that nobody can make them collide.
type Slots = HashMap<Arc<str>, Arc<ArcSwap<Ready>>, foldhash::fast::RandomState>;

/// Finished documents by path. A changed document replaces the old one at once and whole; readers are never held up.
#[derive(Debug, Default)]
pub struct Shelf {
    slots: ArcSwap<Slots>,
    /// What the answers' `Link` fields name.
    told_by: ArcSwapOption<ToldBy>,
    /// What entries are numbered with; as long as the shelf is there.
    keyed: RandomState,
    packing: Packing,
}

impl Shelf {
    /// An empty shelf.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty shelf that no reader is served from: its documents are as they are, in no other encoding and without deltas.
    #[must_use]
    pub fn unpacked() -> Self {
        Self { packing: Packing::Spared, ..Self::default() }
    }

    /// Sets the hub that the documents put from now on name.
    pub fn tell(&self, told_by: Option<ToldBy>) {
        self.told_by.store(told_by.map(Arc::new));
    }

    /// The document of a path without its leading slash.
    #[must_use]
    pub fn look_up(&self, path: &str) -> Option<Guard<Arc<Ready>>> {
        self.slots.load().get(path).map(|slot| slot.load())
    }

    /// The paths of all documents, in no order.
    #[must_use]
    pub fn paths(&self) -> Vec<Arc<str>> {
        self.slots.load().keys().cloned().collect()
    }

    /// How many documents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.load().len()
    }

    /// Whether nothing was published yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the documents of the last run all at once, not packed yet, so that they are served from the first second.
    /// Gives back how many were not fit to be served.
    pub(super) fn restore(&self, publications: &[Publication]) -> usize {
        let told_by = self.told_by.load_full();
        let fit: Vec<_> = publications
            .iter()
            .filter_map(|publication| {
                let ready = Ready::new(publication, Packing::Spared, told_by.as_deref()).ok()?;
                Some((publication, ready.remembering(publication, &self.keyed, None)))
            })
            .map(|(publication, ready)| (Arc::from(publication.path.as_str()), Arc::new(ArcSwap::from_pointee(ready))))
            .collect();
        let unfit = publications.len() - fit.len();
        self.change(|slots| slots.extend(fit.iter().cloned()));
        unfit
    }

    fn place(&self, path: &str, ready: Ready) {
        let ready = Arc::new(ready);
        if let Some(slot) = self.slots.load().get(path) {
            slot.store(ready);
            return;
        }
        let slot = Arc::new(ArcSwap::new(ready));
        self.change(|slots| {
            slots.insert(Arc::from(path), slot.clone());
        });
    }

    fn change(&self, with: impl Fn(&mut Slots)) {
        self.slots.rcu(|slots| {
            let mut slots = Slots::clone(slots);
            with(&mut slots);
            slots
        });
    }
}

impl Target for Arc<Shelf> {
    fn name(&self) -> &'static str {
        "server"
    }

    async fn put(&self, publication: &Publication) -> Result<Put, TargetError> {
        if self.look_up(&publication.path).is_some_and(|ready| ready.is(publication, self.packing)) {
            return Ok(Put::Unchanged);
        }
        let (shelf, publication) = (self.clone(), publication.clone());
        let work = move || {
            let told_by = shelf.told_by.load_full();
            let mut ready = Ready::new(&publication, shelf.packing, told_by.as_deref())?;
            if shelf.packing == Packing::Made {
                let before = shelf.look_up(&publication.path);
                ready = ready.remembering(&publication, &shelf.keyed, before.as_ref().map(|before| &***before));
            }
            shelf.place(&publication.path, ready);
            Ok(Put::Written)
        };
        tokio::task::spawn_blocking(work).await.unwrap_or(Err(TargetError::CutOff))
    }

    async fn remove(&self, path: &str) -> Result<(), TargetError> {
        self.change(|slots| {
            slots.remove(path);
        });
        Ok(())
    }

    async fn sync(&self) -> Result<(), TargetError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::Coding;
    use chrono::DateTime;

    fn publication(path: &str, body: &str) -> Publication {
        Publication {
            path: path.to_owned(),
            media_type: "application/rss+xml",
            body: body.as_bytes().into(),
            etag: format!("\"{}\"", body.len()),
            last_modified: DateTime::from_timestamp(1_771_032_600, 0).expect("a moment"),
        }
    }

    #[tokio::test]
    async fn document_is_there_until_it_is_removed() {
        let shelf = Arc::new(Shelf::new());
        assert_eq!(shelf.put(&publication("bao/all.rss", "one")).await.expect("put"), Put::Written);
        assert_eq!(shelf.put(&publication("bao/all.rss", "one")).await.expect("put"), Put::Unchanged);
        assert_eq!(shelf.put(&publication("bao/all.rss", "three")).await.expect("put"), Put::Written);
        let there = shelf.look_up("bao/all.rss").expect("there");
        assert_eq!(&there.representation(Coding::Identity).expect("bytes").body[..], b"three");
        shelf.remove("bao/all.rss").await.expect("removed");
        assert!(shelf.look_up("bao/all.rss").is_none() && shelf.is_empty());
    }

    #[tokio::test]
    async fn restored_documents_are_packed_when_they_are_put_again() {
        let shelf = Arc::new(Shelf::new());
        let long = publication("bao/all.rss", &"tin ".repeat(200));
        let mut unfit = publication("bao/xa-hoi.rss", "x");
        unfit.etag.clear();
        assert_eq!(shelf.restore(&[long.clone(), unfit]), 1);
        let packed =
            |shelf: &Shelf| shelf.look_up("bao/all.rss").expect("there").representation(Coding::Gzip).is_some();
        assert!(!packed(&shelf));
        assert_eq!(shelf.put(&long).await.expect("put"), Put::Written);
        assert!(packed(&shelf));
    }
}
