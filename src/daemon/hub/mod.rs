//! The hub in the box: who subscribed to our feeds is told of each change (WebSub as a hub), or another hub is.
//!
//! Comes in: requests from the hub's door, and the word that a round of publishing is over. Goes out: calls to callbacks,
//! rows in the store, lines in the log. Nothing waits for it: publishing goes on whatever subscribers do. It is no part of
//! `daemon/websub/`, which subscribes to the hubs of others.

mod allowance;
mod book;
mod calls;
mod ping;

use super::plan::{Plan, Shared};
use super::stopped;
use crate::config::Hub;
use crate::fetch::{Fetcher, Form, MOST_CALLS};
use crate::model::Secret;
use crate::observe::metrics::HubResult;
use crate::publish::{Coding, Ready, Shelf, ToldBy, is_topic};
use crate::serve::{HubRequest, Verdict};
use crate::store::{Store, StoreError};
use arc_swap::{ArcSwap, Guard};
use book::{Book, Fate, Key, Question, Receipt, Request};
use chrono::{DateTime, Utc};
use ping::Pinger;
use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};
use url::Url;

/// The longest rest between two turns.
const REST: Duration = Duration::from_secs(60);
/// What was acknowledged is written no more often.
const WRITE_REST: Duration = Duration::from_millis(500);
const BREATH: Duration = Duration::from_millis(20);
/// The base of the backoff where another hub's host throttles us without saying how long.
const THROTTLED: Duration = Duration::from_secs(60);

/// A call that is over.
enum Done {
    Asked(Question, bool),
    Delivered { key: Key, tag: String, receipt: Receipt },
    Pinged { topics: Vec<(String, String)>, problem: Option<String> },
    ToldGoodbye,
}

struct Desk {
    shared: Shared,
    shelf: Arc<Shelf>,
    plan: Arc<ArcSwap<Plan>>,
    book: Book,
    pinger: Pinger,
    /// Callbacks that are to be told that their subscription is over.
    goodbyes: VecDeque<Key>,
    calls: JoinSet<Done>,
    /// A subscription began or ended: that is written before anything else.
    is_urgent: bool,
    written_at: Instant,
}

/// Loads who subscribed; the future that comes back keeps the hub until `stopping`.
pub(super) async fn run(
    shared: Shared,
    shelf: Arc<Shelf>,
    plan: Arc<ArcSwap<Plan>>,
    mut requests: mpsc::Receiver<HubRequest>,
    stopping: watch::Receiver<bool>,
) -> Result<impl Future<Output = ()> + use<>, StoreError> {
    let book = Book::new(shared.store.subscribers().await?);
    let mut published = shared.published.subscribe();
    let mut desk = Desk {
        shared,
        shelf,
        plan,
        book,
        pinger: Pinger::default(),
        goodbyes: VecDeque::new(),
        calls: JoinSet::new(),
        is_urgent: false,
        written_at: Instant::now(),
    };
    Ok(async move {
        let stop = stopped(stopping);
        tokio::pin!(stop);
        loop {
            desk.turn(Utc::now()).await;
            let rest = desk.rest(Utc::now());
            tokio::select! {
                () = &mut stop => break,
                Some(request) = requests.recv() => desk.take(request, Utc::now()),
                Some(done) = desk.calls.join_next() => desk.finish(done, Utc::now()),
                Ok(()) = published.changed() => {
                    let is_whole = *published.borrow_and_update();
                    if is_whole {
                        desk.part_with_the_lost();
                    }
                }
                () = tokio::time::sleep(rest) => {}
            }
            // what is over as well, before anything new is decided
            while let Some(done) = desk.calls.try_join_next() {
                desk.finish(done, Utc::now());
            }
        }
        desk.calls.shutdown().await;
        desk.write().await;
    })
}

impl Desk {
    /// Everything that is to be done now.
    async fn turn(&mut self, now: DateTime<Utc>) {
        let ended = self.book.expire(now);
        if ended > 0 {
            info!(subscriptions = ended, "leases of subscribers are over");
            self.is_urgent = true;
        }
        if self.is_urgent || self.written_at.elapsed() >= WRITE_REST {
            self.write().await;
        }
        let plan = self.plan.load_full();
        match plan.hub() {
            (Hub::Own, Some(told_by)) => {
                self.ask(&plan, now);
                self.deliver(&plan, told_by, now);
            }
            (Hub::Other(hub), Some(told_by)) => self.ping(&plan, hub, told_by, now),
            _ => {}
        }
        while self.calls.len() < MOST_CALLS
            && let Some((topic, callback)) = self.goodbyes.pop_front()
        {
            let fetcher = Arc::clone(plan.fetcher());
            self.calls.spawn(async move {
                calls::deny(&fetcher, &topic, &callback, now).await;
                Done::ToldGoodbye
            });
        }
        self.shared.metrics.hub_subscribers(self.book.len());
    }

    fn rest(&self, now: DateTime<Utc>) -> Duration {
        let next = self.book.next_at().into_iter().chain(self.pinger.next_at()).min();
        let next = next.map_or(REST, |at| (at - now).to_std().unwrap_or_default());
        let rest = if self.book.has_changed() { WRITE_REST } else { REST };
        // a full house waits for the next call to end, not for the clock
        if self.calls.len() >= MOST_CALLS { rest } else { next.clamp(BREATH, rest) }
    }

    /// Says at once what becomes of a request.
    fn take(&mut self, request: HubRequest, now: DateTime<Utc>) {
        let HubRequest { intent, topic, callback, lease_seconds, secret, verdict } = request;
        let plan = self.plan.load_full();
        let said = match plan.hub() {
            (Hub::Own, Some(told_by)) => match self.key(plan.fetcher(), told_by, &topic, &callback) {
                Err(why) => Verdict::Refused(why),
                Ok(key) => {
                    let is_taken = self.book.request(Request { intent, key, lease_seconds, secret }, now);
                    if is_taken { Verdict::Accepted } else { Verdict::Busy }
                }
            },
            _ => Verdict::Closed,
        };
        match said {
            Verdict::Accepted => self.shared.metrics.hub(HubResult::Accepted),
            Verdict::Refused(_) | Verdict::Closed => self.shared.metrics.hub(HubResult::Refused),
            Verdict::Busy => self.shared.metrics.hub(HubResult::Busy),
        }
        // whoever asked may be gone
        let _ = verdict.send(said);
    }

    /// The topic and the callback, where both will do.
    fn key(&self, fetcher: &Fetcher, told_by: &ToldBy, topic: &str, callback: &str) -> Result<Key, &'static str> {
        let topic = Url::parse(topic).map_err(|_| "hub.topic is no address\n")?;
        document(&self.shelf, told_by, &topic)
            .ok_or("hub.topic is no feed of this server; all feeds: /feeds.opml\n")?;
        let mut callback = Url::parse(callback).map_err(|_| "hub.callback is no address\n")?;
        callback.set_fragment(None);
        fetcher.check_callback(&callback).map_err(|_| "hub.callback is no address that may be called\n")?;
        Ok((topic, callback))
    }

    /// Asks callbacks whether requests were meant.
    fn ask(&mut self, plan: &Plan, now: DateTime<Utc>) {
        for question in self.book.questions(MOST_CALLS.saturating_sub(self.calls.len())) {
            let fetcher = Arc::clone(plan.fetcher());
            self.calls.spawn(async move {
                let is_confirmed = calls::confirm(&fetcher, &question, now).await;
                Done::Asked(question, is_confirmed)
            });
        }
    }

    /// Delivers what is due.
    fn deliver(&mut self, plan: &Plan, told_by: &ToldBy, now: DateTime<Utc>) {
        let shelf = Arc::clone(&self.shelf);
        let room = MOST_CALLS.saturating_sub(self.calls.len());
        for key in self.book.due(|topic| tag(&shelf, told_by, topic), room, now) {
            let secret: Option<Secret> = self.book.secret(&key).cloned();
            let (fetcher, shelf, told_by) = (Arc::clone(plan.fetcher()), Arc::clone(&shelf), told_by.clone());
            self.calls.spawn(async move {
                // one look, so that bytes and tag are of the same document
                let Some(ready) = document(&shelf, &told_by, &key.0) else {
                    return Done::Delivered { key, tag: String::new(), receipt: Receipt::Failed { retry_after: None } };
                };
                let (tag, hub) = (tag_of(&ready), (&told_by.hub, secret.as_ref()));
                let receipt = calls::deliver(&fetcher, &ready, (&key.0, &key.1), hub, now).await;
                Done::Delivered { key, tag, receipt }
            });
        }
    }

    /// Tells another hub which feeds changed.
    fn ping(&mut self, plan: &Plan, hub: &Url, told_by: &ToldBy, now: DateTime<Utc>) {
        let feeds = self.shelf.paths().into_iter().filter(|path| is_topic(path));
        let feeds = feeds.map(|path| told_by.topic(&path));
        let published = feeds.filter_map(|topic| {
            let tag = tag(&self.shelf, told_by, &Url::parse(&topic).ok()?)?;
            Some((topic, tag))
        });
        let topics = self.pinger.due(published.collect(), now);
        if topics.is_empty() {
            return;
        }
        let mut fields = vec![("hub.mode", "publish".to_owned())];
        fields.extend(topics.iter().map(|(topic, _)| ("hub.url", topic.clone())));
        let form = Form { url: hub.clone(), fields, retry_base: THROTTLED, now };
        let fetcher = Arc::clone(plan.fetcher());
        self.calls.spawn(async move {
            let problem = fetcher.post(&form).await.err().map(|error| error.to_string());
            Done::Pinged { topics, problem }
        });
    }

    fn finish(&mut self, done: Result<Done, JoinError>, now: DateTime<Utc>) {
        match done {
            Ok(Done::Asked(question, is_confirmed)) => self.asked(question, is_confirmed, now),
            Ok(Done::Delivered { key, tag, receipt }) => self.delivered(&key, tag, receipt, now),
            Ok(Done::Pinged { topics, problem }) => {
                let result = if problem.is_none() { HubResult::Pinged } else { HubResult::PingFailed };
                self.shared.metrics.hub(result);
                if let Some(problem) = &problem {
                    warn!("the hub could not be told of changed feeds, and is told again: {problem}");
                }
                self.pinger.told(topics, problem.is_none(), now);
            }
            Ok(Done::ToldGoodbye) => {}
            Err(failure) => {
                error!("a call to a subscriber failed within bantin itself: {failure}");
                self.book.forget_calls();
            }
        }
    }

    fn asked(&mut self, question: Question, is_confirmed: bool, now: DateTime<Utc>) {
        let plan = self.plan.load_full();
        let published = plan.hub().1.and_then(|told_by| tag(&self.shelf, told_by, &question.key.0));
        let (topic, host) = (question.key.0.path().to_owned(), book::host(&question.key.1));
        let fate = self.book.answered(question, is_confirmed, published, now);
        let result = if is_confirmed { HubResult::Confirmed } else { HubResult::Unconfirmed };
        self.shared.metrics.hub(result);
        self.is_urgent |= is_confirmed;
        match fate {
            Fate::Begun => info!(topic, host, "a subscriber is new"),
            Fate::Ended => info!(topic, host, "a subscriber left"),
            _ => debug!(topic, host, ?fate, "a callback was asked"),
        }
    }

    fn delivered(&mut self, key: &Key, tag: String, receipt: Receipt, now: DateTime<Utc>) {
        let (topic, host) = (key.0.path(), book::host(&key.1));
        let fate = self.book.delivered(key, tag, receipt, now);
        let result = match (fate, receipt) {
            (Fate::Ended | Fate::GivenUp, _) => HubResult::Ended,
            (_, Receipt::Acknowledged) => HubResult::Delivered,
            (_, Receipt::Gone | Receipt::Failed { .. }) => HubResult::Failed,
        };
        self.shared.metrics.hub(result);
        match fate {
            Fate::Ended => info!(topic, host, "a subscriber is gone"),
            Fate::GivenUp => warn!(topic, host, "a subscriber took no delivery for days and was given up"),
            _ => debug!(topic, host, ?receipt, "delivered to a subscriber"),
        }
        self.is_urgent |= result == HubResult::Ended;
    }

    /// Tells subscribers of feeds that are no more.
    fn part_with_the_lost(&mut self) {
        let (plan, shelf) = (self.plan.load_full(), Arc::clone(&self.shelf));
        let own = match plan.hub() {
            (Hub::Own, told_by) => told_by,
            _ => None,
        };
        let lost = self.book.lose(|topic| tag(&shelf, own?, topic));
        if !lost.is_empty() {
            info!(subscriptions = lost.len(), "subscribers are told that their feeds are no longer published here");
            self.is_urgent = true;
            self.goodbyes.extend(lost);
        }
    }

    /// Writes what has changed.
    async fn write(&mut self) {
        if !self.book.has_changed() {
            self.is_urgent = false;
            return;
        }
        self.written_at = Instant::now();
        let (changed, gone) = self.book.take_changed();
        match self.shared.store.put_subscribers(changed.clone(), gone.clone()).await {
            Ok(()) => self.is_urgent = false,
            Err(failure) => {
                error!("the subscribers were not kept, which is tried again: {failure}");
                self.book.not_written(&changed, gone);
                // no turn without end while the disk is full
                self.is_urgent = false;
            }
        }
    }
}

/// The feed that a topic is, where it is one of ours.
fn document(shelf: &Shelf, told_by: &ToldBy, topic: &Url) -> Option<Guard<Arc<Ready>>> {
    let path = topic.as_str().strip_prefix(told_by.base_url.as_str()).filter(|path| is_topic(path))?;
    shelf.look_up(path)
}

fn tag(shelf: &Shelf, told_by: &ToldBy, topic: &Url) -> Option<String> {
    document(shelf, told_by, topic).map(|ready| tag_of(&ready))
}

fn tag_of(ready: &Ready) -> String {
    String::from_utf8_lossy(ready.tag(Coding::Identity).as_bytes()).into_owned()
}
