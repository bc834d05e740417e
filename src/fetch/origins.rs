//! What is remembered of each origin and host: robots.txt, cool-downs, the last request.
//!
//! Comes in: what earlier runs kept, and what answers say. Goes out: leave to ask, or [`FetchError::CoolDown`]; the
//! origins that changed, for the store. It makes no request. Waits run on the monotonic clock once they are known here,
//! so that a clock that jumps shortens none.

use super::FetchError;
use super::backoff::backoff;
use super::robots::Rules;
use crate::model::{FailureKind, Origin, Robots, RobotsVerdict, Tally};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

/// No wait is longer (RULES P5); one that is was set by a wrong clock.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(7);
/// Origins that are remembered; redirects to ever new hosts push the oldest out.
const MOST_ORIGINS: usize = 4096;
/// What changed with every request alone, dates and sums, is written so often at the most.
const WRITTEN_EVERY: Duration = Duration::from_secs(1);
/// All their robots.txt together: a usual one has some kilobytes, a hostile one a megabyte.
const MOST_ROBOTS_BYTES: usize = 32 << 20;

/// The wall clock of one fetch: as it was told, moved on by the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    told: DateTime<Utc>,
    at: Instant,
}

impl Clock {
    pub(super) fn new(told: DateTime<Utc>) -> Self {
        Self { told, at: Instant::now() }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        later(self.told, self.at.elapsed())
    }
}

/// `at` moved on, as far as dates go.
pub(super) fn later(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(by).ok().and_then(|by| at.checked_add_signed(by)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `https://baosonla.vn`, `http://127.1.0.1:8080`.
pub(super) fn origin_key(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The host's name alone: what one server's several origins share.
pub(super) fn host_name(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// All origins, by key, and their hosts.
#[derive(Debug, Default)]
pub(super) struct Origins {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    origins: HashMap<String, Entry>,
    hosts: HashMap<String, HostState>,
    changed: HashSet<String>,
    /// Whether what changed must outlive a crash: a wait, a robots.txt, the first request.
    urgent: bool,
    written_at: Option<Instant>,
    /// The sums since they were last taken.
    tally: Tally,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) origin: Origin,
    pub(super) last_start: Option<Instant>,
    rules: Arc<Rules>,
    /// One permit: who holds it asks for robots.txt, the others wait for what comes of it.
    asking: Arc<Semaphore>,
    pause: Option<Pause>,
}

/// Why nothing is asked of an origin: what this run met when it asked for robots.txt, in words and in a word.
pub(super) type Pause = (String, FailureKind);

#[derive(Debug, Default)]
struct HostState {
    cool_down: Option<CoolDown>,
    /// The last request of an earlier run.
    last_request: Option<DateTime<Utc>>,
    /// 429s in a row without a stated wait.
    throttled: u32,
    /// The last address that answered 503 with a wait, and the end of that.
    unavailable: Option<(Url, Instant)>,
}

#[derive(Debug, Clone, Copy)]
enum CoolDown {
    /// Of an earlier run.
    Stored(DateTime<Utc>),
    Running(Instant),
}

/// What is known of an origin's robots.txt.
#[derive(Debug, Clone)]
pub(super) struct KnownRobots {
    pub(super) verdict: RobotsVerdict,
    pub(super) next_check_at: Option<DateTime<Utc>>,
    pub(super) failures: u32,
    pub(super) rules: Arc<Rules>,
    pub(super) asking: Arc<Semaphore>,
    pub(super) pause: Option<Pause>,
}

impl Origins {
    pub(super) fn new(mut kept: Vec<Origin>) -> Self {
        let mut state = State::default();
        kept.sort_unstable_by_key(|origin| std::cmp::Reverse(origin.last_request));
        for origin in kept.into_iter().take(MOST_ORIGINS) {
            let Some(name) = Url::parse(&origin.key).ok().map(|url| host_name(&url)) else { continue };
            let host = state.hosts.entry(name).or_default();
            let stored = host.cool_down.and_then(CoolDown::stored).max(origin.cool_down_until);
            host.cool_down = stored.map(CoolDown::Stored);
            // the last one may have left after what was written last
            host.last_request = host.last_request.max(origin.last_request.map(|at| later(at, WRITTEN_EVERY)));
            state.origins.insert(origin.key.clone(), Entry::new(origin));
        }
        Self { state: Mutex::new(state) }
    }

    /// Whether the host has asked to wait, and the wait is not over.
    pub(super) fn check_cool_down(&self, url: &Url, now: DateTime<Utc>) -> Result<(), FetchError> {
        let mut state = self.lock();
        let Some(host) = state.hosts.get_mut(&host_name(url)) else { return Ok(()) };
        match host.cooling(now) {
            Some(left) => Err(FetchError::CoolDown { origin: origin_key(url), until: later(now, left) }),
            None => Ok(()),
        }
    }

    /// How long ago the last request to the host left, of an earlier run or before a reload; none where there was none. Of one
    /// in the future (a clock was wrong): just now.
    pub(super) fn since_last_run(&self, url: &Url, now: DateTime<Utc>) -> Option<Duration> {
        let state = self.lock();
        let of_host = state.hosts.get(&host_name(url)).and_then(|host| host.last_request);
        let last = of_host.max(state.origins.get(&origin_key(url)).and_then(|entry| entry.origin.last_request))?;
        Some((now - last).to_std().unwrap_or_default())
    }

    /// What is known of an address's origin, to look at.
    pub(super) fn with<T>(&self, url: &Url, look: impl FnOnce(&mut Entry) -> T) -> T {
        look(self.lock().entry(url))
    }

    /// Adds to an origin's ledger, and changes what else changes with it.
    pub(super) fn note(&self, url: &Url, tally: Tally, now: DateTime<Utc>, change: impl FnOnce(&mut Entry)) {
        let mut state = self.lock();
        state.tally += tally;
        let key = origin_key(url);
        let entry = state.entry(url);
        let is_first = entry.origin.last_request.is_none();
        entry.origin.ledger.total += tally;
        *entry.origin.ledger.on(now.date_naive()) += tally;
        change(entry);
        state.urgent |= is_first;
        if !state.changed.contains(&key) {
            state.changed.insert(key);
        }
    }

    /// The sums over all origins since the last call.
    pub(super) fn take_tally(&self) -> Tally {
        std::mem::take(&mut self.lock().tally)
    }

    /// Learns from an answer's status what holds for the whole host (RULES P5): 429 silences it; 503 with a stated wait
    /// does once two addresses agree. `base` is the backoff's where a 429 states no wait.
    pub(super) fn learn(
        &self,
        url: &Url,
        status: u16,
        retry_after: Option<Duration>,
        base: Duration,
        now: DateTime<Utc>,
    ) {
        let mut state = self.lock();
        let name = host_name(url);
        if !matches!(status, 429 | 503) && !state.hosts.contains_key(&name) {
            return;
        }
        let host = state.hosts.entry(name.clone()).or_default();
        let wait = match (status, retry_after) {
            (429, Some(wait)) => Some(wait),
            (429, None) => {
                host.throttled = host.throttled.saturating_add(1);
                Some(backoff(base, host.throttled - 1, &name))
            }
            (503, Some(wait)) => host.agree_on_unavailable(url, wait),
            (200..400, _) => {
                host.throttled = 0;
                host.unavailable = None;
                None
            }
            _ => None,
        };
        let Some(wait) = wait.filter(|wait| !wait.is_zero()) else { return };
        let until = Instant::now() + wait;
        let longer = host.cooling(now).is_none_or(|left| left < wait);
        if longer {
            host.cool_down = Some(CoolDown::Running(until));
            state.origin(url).cool_down_until = Some(later(now, wait));
        }
    }

    /// What is known of the robots.txt of an address's origin.
    pub(super) fn robots(&self, url: &Url) -> KnownRobots {
        let mut state = self.lock();
        let entry = state.entry(url);
        KnownRobots {
            verdict: entry.origin.robots.verdict,
            next_check_at: entry.origin.robots.next_check_at,
            failures: entry.origin.robots.failures,
            rules: Arc::clone(&entry.rules),
            asking: Arc::clone(&entry.asking),
            pause: entry.pause.clone(),
        }
    }

    /// Keeps what came of a look at robots.txt.
    pub(super) fn put_robots(&self, url: &Url, robots: Robots, rules: Rules) {
        let mut state = self.lock();
        if state.origins.values().map(|entry| entry.origin.robots.text.len()).sum::<usize>() > MOST_ROBOTS_BYTES {
            state.forget_oldest();
        }
        state.changed.insert(origin_key(url));
        state.urgent = true;
        let entry = state.entry(url);
        entry.origin.robots = robots;
        entry.rules = Arc::new(rules);
    }

    /// Notes why the origin's robots.txt cannot be had, for the requests that meet the pause.
    pub(super) fn note_pause(&self, url: &Url, pause: Pause) {
        self.lock().entry(url).pause = Some(pause);
    }

    /// The origins to be written now: none while only dates and sums changed, and that not long ago.
    pub(super) fn take_due(&self) -> Vec<Origin> {
        let state = self.lock();
        let waits = state.written_at.is_some_and(|at| at.elapsed() < WRITTEN_EVERY);
        if waits && !state.urgent {
            return Vec::new();
        }
        drop(state);
        self.take_changed()
    }

    /// The origins that changed since they were last taken.
    pub(super) fn take_changed(&self) -> Vec<Origin> {
        let mut state = self.lock();
        state.urgent = false;
        state.written_at = Some(Instant::now());
        let changed = std::mem::take(&mut state.changed);
        changed.iter().filter_map(|key| state.origins.get(key)).map(|entry| entry.origin.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn origin(&mut self, url: &Url) -> &mut Origin {
        self.changed.insert(origin_key(url));
        self.urgent = true;
        &mut self.entry(url).origin
    }

    fn entry(&mut self, url: &Url) -> &mut Entry {
        let key = origin_key(url);
        if self.origins.len() >= MOST_ORIGINS && !self.origins.contains_key(&key) {
            self.forget_oldest();
        }
        self.origins.entry(key.clone()).or_insert_with(|| Entry::new(Origin::new(key)))
    }

    /// Makes room: an eighth of the origins goes, those longest unasked. Cool-downs are the hosts', and stay.
    fn forget_oldest(&mut self) {
        let mut ages: Vec<_> = self.origins.values().map(|entry| entry.origin.last_request).collect();
        ages.sort_unstable();
        let oldest = ages.get(ages.len() / 8).copied().flatten();
        let changed = &self.changed;
        self.origins.retain(|key, entry| entry.origin.last_request > oldest || changed.contains(key));
        self.hosts.retain(|_, host| host.waits());
    }
}

impl Entry {
    fn new(origin: Origin) -> Self {
        let rules = Arc::new(Rules::of_text(&origin.robots.text));
        Self { origin, last_start: None, rules, asking: Arc::new(Semaphore::new(1)), pause: None }
    }
}

impl CoolDown {
    fn stored(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Stored(until) => Some(until),
            Self::Running(_) => None,
        }
    }
}

impl HostState {
    /// What is left of the cool-down.
    fn cooling(&mut self, now: DateTime<Utc>) -> Option<Duration> {
        if let Some(CoolDown::Stored(until)) = self.cool_down {
            let left = until - now;
            let believed = left <= LONGEST_WAIT;
            self.cool_down =
                left.to_std().ok().filter(|_| believed).map(|left| CoolDown::Running(Instant::now() + left));
        }
        let Some(CoolDown::Running(until)) = self.cool_down else { return None };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.cool_down = None;
            return None;
        }
        Some(left)
    }

    /// Whether any wait is not over, as far as is known without the wall clock.
    fn waits(&self) -> bool {
        let now = Instant::now();
        let cools = match self.cool_down {
            Some(CoolDown::Running(until)) => until > now,
            Some(CoolDown::Stored(_)) => true,
            None => false,
        };
        cools || self.unavailable.as_ref().is_some_and(|(_, until)| *until > now)
    }

    /// The host's wait, if another address asked for one that is not over.
    fn agree_on_unavailable(&mut self, url: &Url, wait: Duration) -> Option<Duration> {
        let now = Instant::now();
        let agreed = self.unavailable.as_ref().is_some_and(|(other, until)| other != url && *until > now);
        self.unavailable = Some((url.clone(), now + wait));
        agreed.then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_secs(60);

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_771_000_000 + seconds, 0).expect("a date")
    }

    fn wait_left(origins: &Origins, text: &str, now: DateTime<Utc>) -> Option<i64> {
        origins.check_cool_down(&url(text), now).err().and_then(|e| e.until()).map(|until| (until - now).num_seconds())
    }

    #[tokio::test(start_paused = true)]
    async fn throttled_host_is_silent_on_every_port_until_the_wait_is_over() {
        let origins = Origins::new(Vec::new());
        origins.learn(&url("http://a.vn/x"), 429, Some(Duration::from_secs(30)), BASE, at(0));
        assert_eq!(wait_left(&origins, "https://a.vn:8443/y", at(0)), Some(30));
        assert_eq!(wait_left(&origins, "http://b.vn/", at(0)), None);
        tokio::time::advance(Duration::from_secs(29)).await;
        assert_eq!(wait_left(&origins, "http://a.vn/", at(9999)), Some(1), "a clock that jumps ahead shortens nothing");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(wait_left(&origins, "http://a.vn/", at(30)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn cool_down_outlives_a_restart_and_a_clock_that_was_wrong_does_not() {
        let before = Origins::new(Vec::new());
        before.learn(&url("http://a.vn/x"), 429, Some(Duration::from_secs(600)), BASE, at(0));
        let kept = before.take_changed();
        assert!(before.take_changed().is_empty());
        assert_eq!(wait_left(&Origins::new(kept.clone()), "http://a.vn/y", at(60)), Some(540));
        assert_eq!(wait_left(&Origins::new(kept.clone()), "http://a.vn/y", at(700)), None);
        assert_eq!(wait_left(&Origins::new(kept), "http://a.vn/y", at(-8 * 86_400)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn unavailable_address_silences_its_host_once_another_agrees() {
        let origins = Origins::new(Vec::new());
        let wait = Some(Duration::from_secs(30));
        origins.learn(&url("http://a.vn/x"), 503, wait, BASE, at(0));
        origins.learn(&url("http://a.vn/x"), 503, wait, BASE, at(0));
        assert_eq!(wait_left(&origins, "http://a.vn/x", at(0)), None);
        origins.learn(&url("http://a.vn/well"), 200, None, BASE, at(0));
        origins.learn(&url("http://a.vn/y"), 503, wait, BASE, at(0));
        assert_eq!(wait_left(&origins, "http://a.vn/x", at(0)), None, "an answer in between: the host is well");
        origins.learn(&url("http://a.vn/x"), 503, wait, BASE, at(0));
        assert_eq!(wait_left(&origins, "http://a.vn/z", at(0)), Some(30));
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_without_a_stated_wait_backs_off() {
        let origins = Origins::new(Vec::new());
        origins.learn(&url("http://a.vn/x"), 429, None, BASE, at(0));
        let first = wait_left(&origins, "http://a.vn/x", at(0)).expect("a wait");
        assert!((47..=72).contains(&first), "{first}");
        tokio::time::advance(Duration::from_secs(80)).await;
        origins.learn(&url("http://a.vn/x"), 429, None, BASE, at(80));
        let second = wait_left(&origins, "http://a.vn/x", at(80)).expect("a wait");
        assert!((95..=144).contains(&second), "{second}");
    }

    #[tokio::test(start_paused = true)]
    async fn ever_new_origins_do_not_pile_up() {
        let origins = Origins::new(Vec::new());
        for n in 0..3 * MOST_ORIGINS {
            let _ = origins.robots(&url(&format!("http://h{n}.vn/")));
            let now = at(i64::try_from(n).expect("small"));
            origins.note_request(&url(&format!("http://h{n}.vn/")), Tally::default(), now);
            let _ = origins.take_changed();
        }
        assert!(origins.lock().origins.len() <= MOST_ORIGINS);
    }
}
