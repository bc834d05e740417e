//! The host's gate: one request at a time to a host, first come, first served, and a least time between their starts.
//!
//! Comes in: hosts and delays. Goes out: a [`Turn`], which holds the host until it is dropped. Time is monotonic. It does
//! not know what is asked, nor of other hosts' business: a slow host blocks no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// A host that nobody asked for so long is forgotten, where no delay is longer.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);
/// Hosts beyond which the forgotten ones are looked for.
const SWEEP_BEYOND: usize = 256;

/// Keeps requests to one host apart, and bounds those over all hosts.
#[derive(Debug)]
pub(super) struct HostGate {
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    in_flight: Semaphore,
    /// Delays are never longer than this.
    longest_delay: Duration,
}

#[derive(Debug)]
struct Host {
    /// One permit; waiters are served in order.
    turn: Arc<Semaphore>,
    last_start: Mutex<Option<Instant>>,
}

/// A host's turn: nobody else asks the host while it lives.
#[derive(Debug)]
pub(super) struct Turn {
    host: Arc<Host>,
    _permit: OwnedSemaphorePermit,
}

/// Leave to be under way, one of a bounded number over all hosts.
#[derive(Debug)]
pub(super) struct Start<'gate> {
    _permit: SemaphorePermit<'gate>,
}

impl HostGate {
    pub(super) fn new(most_in_flight: usize, longest_delay: Duration) -> Self {
        let in_flight = Semaphore::new(most_in_flight.clamp(1, Semaphore::MAX_PERMITS));
        Self { hosts: Mutex::default(), in_flight, longest_delay }
    }

    /// Waits for the host's turn.
    pub(super) async fn enter(&self, name: &str) -> Turn {
        let host = self.host(name);
        let permit = Arc::clone(&host.turn).acquire_owned().await.expect("the semaphore is never closed");
        Turn { host, _permit: permit }
    }

    /// Waits until `delay` has passed since the host's last start, then for a free place, and notes the start.
    /// `since_last` is the age of the last start before this process, where this one knows of none.
    pub(super) async fn start(&self, turn: &Turn, delay: Duration, since_last: Option<Duration>) -> Start<'_> {
        let delay = delay.min(self.longest_delay);
        let last = *turn.host.last_start.lock().unwrap_or_else(PoisonError::into_inner);
        match (last, since_last) {
            (Some(last), _) => tokio::time::sleep_until(last + delay).await,
            (None, Some(age)) => tokio::time::sleep(delay.saturating_sub(age)).await,
            (None, None) => {}
        }
        let permit = self.in_flight.acquire().await.expect("the semaphore is never closed");
        *turn.host.last_start.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Start { _permit: permit }
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(name) {
            return Arc::clone(host);
        }
        if hosts.len() >= SWEEP_BEYOND && hosts.len().is_power_of_two() {
            let span = self.longest_delay.max(FORGOTTEN_AFTER);
            hosts.retain(|_, host| Arc::strong_count(host) > 1 || host.started_within(span));
        }
        let host = Arc::new(Host { turn: Arc::new(Semaphore::new(1)), last_start: Mutex::default() });
        hosts.insert(name.to_owned(), Arc::clone(&host));
        host
    }
}

impl Host {
    fn started_within(&self, span: Duration) -> bool {
        let last = *self.last_start.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_secs(2);

    fn gate(most_in_flight: usize) -> Arc<HostGate> {
        Arc::new(HostGate::new(most_in_flight, Duration::from_secs(60)))
    }

    /// Asks `host` for `length`; gives back its number and when it started.
    async fn request(gate: Arc<HostGate>, host: &str, number: u32, length: Duration, zero: Instant) -> (u32, u64) {
        let turn = gate.enter(host).await;
        let start = gate.start(&turn, DELAY, None).await;
        let at = zero.elapsed().as_secs();
        tokio::time::sleep(length).await;
        drop(start);
        (number, at)
    }

    #[tokio::test(start_paused = true)]
    async fn requests_to_one_host_are_served_in_order_and_apart() {
        let (gate, zero) = (gate(10), Instant::now());
        let ask = |n, length| request(Arc::clone(&gate), "a", n, Duration::from_secs(length), zero);
        let starts = tokio::join!(ask(1, 0), ask(2, 5), ask(3, 1), ask(4, 0));
        assert_eq!(starts, ((1, 0), (2, 2), (3, 7), (4, 9)));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_host_holds_no_place_of_another() {
        let (gate, zero) = (gate(1), Instant::now());
        let ask = |host, n| request(Arc::clone(&gate), host, n, Duration::from_secs(1), zero);
        let starts = tokio::join!(ask("a", 1), ask("a", 2), ask("b", 3), ask("c", 4));
        assert_eq!(starts, ((1, 0), (2, 3), (3, 1), (4, 2)));
    }

    #[tokio::test(start_paused = true)]
    async fn dropped_turn_frees_the_host() {
        let (gate, zero) = (gate(1), Instant::now());
        let endless = request(Arc::clone(&gate), "a", 1, Duration::from_secs(1000), zero);
        assert!(tokio::time::timeout(Duration::from_secs(1), endless).await.is_err());
        assert_eq!(request(Arc::clone(&gate), "a", 2, DELAY, zero).await, (2, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn start_before_a_restart_counts() {
        let (gate, zero) = (gate(1), Instant::now());
        let turn = gate.enter("a").await;
        drop(gate.start(&turn, DELAY, Some(Duration::from_millis(500))).await);
        assert_eq!(zero.elapsed(), Duration::from_millis(1500));
        drop(gate.start(&turn, Duration::from_secs(9999), None).await);
        assert_eq!(zero.elapsed(), Duration::from_millis(61_500), "the longest delay bounds it");
    }

    #[tokio::test(start_paused = true)]
    async fn forgotten_hosts_leave_no_trace() {
        let gate = gate(1);
        for n in 0..10_000 {
            drop(gate.enter(&n.to_string()).await);
        }
        assert!(gate.hosts.lock().expect("not poisoned").len() <= 2 * SWEEP_BEYOND);
    }
}
