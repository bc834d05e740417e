//! How far a long work has come, for whoever waits for it.

use std::fmt;
use std::sync::Arc;

/// One step of a long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What is counted: `pages copied`.
    pub what: &'static str,
    /// So many are done.
    pub done: u64,
    /// Of so many; 0: nobody knows.
    pub of: u64,
}

/// Whoever wants to know; by default nobody does. It is told from any thread, often, and must not block.
#[derive(Clone, Default)]
pub struct Watcher(Option<Arc<dyn Fn(Step) + Send + Sync>>);

impl Watcher {
    /// Tells each step.
    #[must_use]
    pub fn new(tell: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    /// Tells a step.
    pub fn step(&self, what: &'static str, done: usize, of: usize) {
        if let Some(tell) = &self.0 {
            tell(Step { what, done: done as u64, of: of as u64 });
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Watcher" } else { "nobody" })
    }
}
