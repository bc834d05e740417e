//! Where documents are taken apart: a few threads of our own, so that parsing never stands in the way of waiting.
//!
//! Comes in: CPU work. Goes out: what came of it. Never on the runtime's threads, never more at once than there are places,
//! with a stack of known size: parsers recurse, and markup from outside chooses how deep. It does not know what the work is.

use std::io;
use std::sync::Arc;
use std::thread::Builder;
use tokio::sync::{Semaphore, oneshot};

/// The name that the threads have, for who looks at the process.
const THREAD: &str = "bantin-reading";
/// Four times the usual stack: what the gate lets pass (256 levels) needs a part of it in every parser that we use.
const STACK_BYTES: usize = 8 << 20;

/// Bounds how many documents are worked on at once.
#[derive(Debug, Clone)]
pub(super) struct Workbench {
    places: Arc<Semaphore>,
}

/// The work came to nothing; whatever it was, it was this one document's.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// A fault of ours.
    #[error("reading the document failed within bantin itself; please report it with the document")]
    Panicked,
    /// A limit of the system.
    #[error("the document was not read: the system gives no thread for it")]
    NoThread(#[source] io::Error),
}

impl Workbench {
    pub(super) fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)) }
    }

    /// Runs CPU work on a thread of its own once there is a place. A panic in it ends this work alone; work whose poll is given up
    /// still holds its place until it ends.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Broken> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Broken::Panicked)?;
        let (tell, told) = oneshot::channel();
        let thread = Builder::new().name(THREAD.to_owned()).stack_size(STACK_BYTES).spawn(move || {
            // given back when the work is over, by a panic too
            let _place = place;
            let done = work();
            // nobody waits any more: then nobody misses it
            let _ = tell.send(done);
        });
        thread.map_err(Broken::NoThread)?;
        // a panic drops `tell`
        told.await.map_err(|_| Broken::Panicked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Barrier, mpsc};
    use tokio::task::JoinSet;

    #[tokio::test]
    async fn a_panic_ends_its_own_work_alone() {
        let bench = Workbench::new(1);
        assert!(matches!(bench.run(|| panic!("on purpose")).await, Err(Broken::Panicked)));
        assert_eq!(bench.run(|| 7).await.ok(), Some(7));
    }

    #[tokio::test]
    async fn work_runs_on_a_thread_of_its_own() {
        let bench = Workbench::new(1);
        let own = std::thread::current().id();
        let at = bench.run(|| (std::thread::current().id(), std::thread::current().name().map(str::to_owned)));
        let (id, name) = at.await.expect("it runs");
        assert_ne!(id, own);
        assert_eq!(name.as_deref(), Some(THREAD));
    }

    #[tokio::test]
    async fn stack_is_deep_enough_for_recursion_of_megabytes() {
        fn deep(levels: usize) -> usize {
            let mut frame = [levels; 256];
            std::hint::black_box(&mut frame);
            if levels == 0 { 0 } else { deep(levels - 1) + usize::from(frame[255] == levels) }
        }
        // 2,000 frames of more than two kilobytes each: more than a usual stack has
        assert_eq!(Workbench::new(1).run(|| deep(2_000)).await.ok(), Some(2_000));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_more_work_at_once_than_there_are_places() {
        const PLACES: usize = 2;
        let (bench, together) = (Workbench::new(PLACES), Arc::new(Barrier::new(PLACES)));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut running = JoinSet::new();
        for _ in 0..PLACES * 4 {
            let (bench, together) = (bench.clone(), Arc::clone(&together));
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            running.spawn(async move {
                let work = move || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    // each waits for another: it passes only if both places are used at once
                    together.wait();
                    now.fetch_sub(1, Ordering::SeqCst);
                };
                bench.run(work).await.is_ok()
            });
        }
        assert!(running.join_all().await.into_iter().all(|done| done));
        assert_eq!(most.load(Ordering::SeqCst), PLACES);
    }

    #[tokio::test]
    async fn the_runtime_goes_on_while_work_is_done() {
        let bench = Workbench::new(1);
        let (go, wait) = mpsc::channel::<()>();
        // on a runtime of one thread, who waits for the work would wait for ever if the work stood on that thread
        let work = bench.run(move || wait.recv().is_ok());
        let release = async move { go.send(()).is_ok() };
        let (done, released) = tokio::join!(work, release);
        assert_eq!((done.ok(), released), (Some(true), true));
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_keeps_its_place() {
        let bench = Workbench::new(1);
        let (go, wait) = mpsc::channel::<()>();
        let given_up = tokio::spawn({
            let bench = bench.clone();
            async move { bench.run(move || wait.recv().is_ok()).await.is_ok() }
        });
        while bench.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        given_up.abort();
        assert!(given_up.await.is_err());
        assert_eq!(bench.places.available_permits(), 0);
        go.send(()).expect("the work still waits");
        assert_eq!(bench.run(|| 7).await.ok(), Some(7));
    }
}
