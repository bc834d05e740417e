//! The due queue: which source is due next, in memory, over the monotonic clock. The store keeps `next_poll_at` for restarts.

use crate::model::SourceId;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use tokio::time::Instant;

/// Sources by the moment at which they are due. A source stands in it at most once.
#[derive(Debug, Default)]
pub struct DueQueue {
    heap: BinaryHeap<Reverse<(Instant, SourceId)>>,
    /// What holds now; entries of the heap that disagree are stale.
    due: HashMap<SourceId, Instant>,
}

impl DueQueue {
    /// Sets when a source is due, in place of what was set before.
    pub fn set(&mut self, source: SourceId, at: Instant) {
        self.due.insert(source.clone(), at);
        self.heap.push(Reverse((at, source)));
    }

    /// Takes a source out.
    pub fn remove(&mut self, source: &SourceId) {
        self.due.remove(source);
    }

    /// How many sources wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether no source waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// When the next source is due.
    pub fn next_at(&mut self) -> Option<Instant> {
        while let Some(Reverse((at, source))) = self.heap.peek() {
            if self.due.get(source) == Some(at) {
                return Some(*at);
            }
            self.heap.pop();
        }
        None
    }

    /// Takes the sources that are due at `now`, the earliest first.
    pub fn take_due(&mut self, now: Instant) -> Vec<SourceId> {
        let mut taken = Vec::new();
        while self.next_at().is_some_and(|at| at <= now) {
            if let Some(Reverse((_, source))) = self.heap.pop() {
                self.due.remove(&source);
                taken.push(source);
            }
        }
        taken
    }

    /// Waits until a source is due and takes all that are; pending while the queue is empty. Cancel-safe.
    pub async fn wait(&mut self) -> Vec<SourceId> {
        loop {
            match self.next_at() {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
            let taken = self.take_due(Instant::now());
            if !taken.is_empty() {
                return taken;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PaperId;
    use std::time::Duration;

    fn source(name: &str) -> SourceId {
        SourceId::new(&PaperId::new("bao").expect("an id"), name).expect("an id")
    }

    #[tokio::test(start_paused = true)]
    async fn sources_come_when_they_are_due() {
        let start = Instant::now();
        let mut queue = DueQueue::default();
        queue.set(source("late"), start + Duration::from_secs(20));
        queue.set(source("soon"), start + Duration::from_secs(10));
        assert_eq!(queue.wait().await, [source("soon")]);
        assert_eq!(start.elapsed().as_secs(), 10);
        assert_eq!(queue.wait().await, [source("late")]);
        assert!(queue.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_word_on_a_source_holds() {
        let start = Instant::now();
        let mut queue = DueQueue::default();
        queue.set(source("a"), start + Duration::from_secs(1));
        queue.set(source("a"), start + Duration::from_secs(5));
        queue.set(source("b"), start + Duration::from_secs(2));
        queue.remove(&source("b"));
        assert_eq!(queue.wait().await, [source("a")]);
        assert_eq!(start.elapsed().as_secs(), 5);
        assert_eq!(queue.next_at(), None);
    }
}
