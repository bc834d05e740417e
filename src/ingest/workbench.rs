//! Where documents are taken apart: a few blocking threads, so that parsing never stands in the way of waiting.

use std::sync::Arc;
use tokio::sync::Semaphore;

/// Bounds how many documents are worked on at once.
#[derive(Debug, Clone)]
pub(super) struct Workbench {
    places: Arc<Semaphore>,
}

/// The work itself failed: a fault of ours, kept to this one document.
#[derive(Debug, thiserror::Error)]
#[error("reading the document failed within bantin itself; please report it with the document")]
pub struct Broken;

impl Workbench {
    pub(super) fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)) }
    }

    /// Runs CPU work on a blocking thread. A panic in it ends this work alone.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Broken> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Broken)?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(|_| Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_its_own_work_alone() {
        let bench = Workbench::new(1);
        assert!(bench.run(|| panic!("on purpose")).await.is_err());
        assert_eq!(bench.run(|| 7).await.ok(), Some(7));
    }
}
