//! The subscribing task: where sources name a WebSub hub, it is asked to push, and pushes become polls.
//!
//! Comes in: the hubs that documents name, the plan, and what came to the callbacks. Goes out: requests to hubs, words to
//! the poller, rows in the store, lines in the log. Whatever a hub does, polling goes on: a push is a hint to poll and
//! nothing else, since then a document always comes from its origin, through the one way that all documents come.

mod line;
mod register;

pub(super) use line::{PollerEnd, SubscriberEnd, Word, line};

use super::plan::{Plan, Shared};
use super::{random, stopped};
use crate::fetch::{Fetcher, Form, PostError};
use crate::model::{SourceId, SubscriptionState, Terms};
use crate::schedule::lease;
use crate::serve::{Callback, Callbacks, Heard, Intent};
use crate::store::{Store, StoreError};
use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use line::News;
use register::{Ask, Event, Refusal, Register, Told, Wanted};
use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{debug, error, info, warn};
use url::Url;

/// The longest rest between two turns.
const REST: Duration = Duration::from_secs(30);
/// Counts of pushes are written no more often.
const COUNT_REST: Duration = Duration::from_secs(2);
/// The shortest: a flood of pushes makes no more turns than this.
const BREATH: Duration = Duration::from_millis(50);
/// Requests to hubs at the same time.
const MOST_AT_ONCE: usize = 4;
/// Requests that wait or are on their way. A claim gives a hub an hour to verify, so none may wait long.
const MOST_WAITING: usize = 64;
/// The base of the backoff where a hub's host throttles us without saying how long.
const THROTTLED: Duration = Duration::from_secs(15 * 60);

/// A hub's answer to a request.
type Answered = (String, Result<(), Refusal>);

struct Subscriber {
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    callbacks: Arc<Callbacks>,
    words: mpsc::Sender<Word>,
    register: Register,
    /// The hub and the topic that each source's document names.
    named: HashMap<SourceId, (Url, Url)>,
    /// Whether a document or the plan changed what is wanted.
    stale: bool,
    /// When a change that has to rest may come.
    rest_ends: Option<DateTime<Utc>>,
    /// The plan that was last looked at.
    seen: Option<Arc<Plan>>,
    open: HashMap<String, Arc<Callback>>,
    leases: HashMap<SourceId, DateTime<Utc>>,
    /// Sources whose pushes the poller has yet to be told.
    pushed: BTreeSet<SourceId>,
    written_at: Instant,
    asking: JoinSet<Answered>,
    turns: Arc<Semaphore>,
}

/// Loads what is known; the future that comes back subscribes until `stopping`.
pub(super) async fn run(
    shared: Shared,
    plan: Arc<ArcSwap<Plan>>,
    callbacks: Arc<Callbacks>,
    end: SubscriberEnd,
    stopping: watch::Receiver<bool>,
) -> Result<impl Future<Output = ()> + use<>, StoreError> {
    let register = Register::new(shared.store.subscriptions().await?);
    let states = shared.store.poll_states().await?;
    let named = states
        .iter()
        .filter_map(|(source, state)| Some((source.clone(), state.hints.hub.clone().zip(state.hints.topic.clone())?)));
    let mut subscriber = Subscriber {
        named: named.collect(),
        // what the poller believes: one that is over is told
        leases: states.iter().filter_map(|(id, state)| Some((id.clone(), state.push.lease_until?))).collect(),
        shared,
        plan,
        callbacks,
        words: end.words,
        register,
        stale: true,
        rest_ends: None,
        seen: None,
        open: HashMap::new(),
        pushed: BTreeSet::new(),
        written_at: Instant::now(),
        asking: JoinSet::new(),
        turns: Arc::new(Semaphore::new(MOST_AT_ONCE)),
    };
    let mut news = end.news;
    Ok(async move {
        let stop = stopped(stopping);
        tokio::pin!(stop);
        loop {
            subscriber.turn(Utc::now()).await;
            let rest = subscriber.rest(Utc::now());
            tokio::select! {
                () = &mut stop => break,
                () = subscriber.callbacks.heard() => tokio::time::sleep(BREATH).await,
                Some(news) = news.recv() => subscriber.note(news, Utc::now()),
                Some(done) = subscriber.asking.join_next() => subscriber.finish(done, Utc::now()),
                () = tokio::time::sleep(rest) => {}
            }
        }
        subscriber.asking.shutdown().await;
        subscriber.write().await;
    })
}

impl Subscriber {
    /// Everything that is to be done now.
    async fn turn(&mut self, now: DateTime<Utc>) {
        let came = |(token, callback): (&String, &Arc<Callback>)| {
            let heard = callback.take();
            (heard != Heard::default()).then(|| (token.clone(), heard))
        };
        let heard: Vec<_> = self.open.iter().filter_map(came).collect();
        for (token, heard) in heard {
            for told in self.register.heard(&token, heard, now) {
                self.tell(told);
            }
        }
        let plan = self.plan.load_full();
        let is_new = !self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &plan));
        if self.stale || is_new || self.rest_ends.is_some_and(|at| at <= now) {
            self.rest_ends = self.register.reconcile(&self.wanted(&plan), random::token, now);
            (self.stale, self.seen) = (false, Some(Arc::clone(&plan)));
        }
        let (asks, told) = self.register.due(MOST_WAITING.saturating_sub(self.asking.len()), now);
        told.into_iter().for_each(|told| self.tell(told));
        let is_written = !self.register.is_urgent() || self.write().await;
        if self.written_at.elapsed() >= COUNT_REST {
            self.write().await;
        }
        // a hub may verify before it has answered
        self.open_callbacks(&plan, is_new);
        for ask in asks {
            if is_written {
                self.ask(&plan, ask);
            } else {
                let refusal = Refusal { what: "the store cannot note that it is asked".to_owned(), wait: None };
                let _ = self.register.answered(ask.subscription.token.reveal(), Err(refusal), now);
            }
        }
        self.speak();
        let states: Vec<_> = self.register.rows().map(|(_, row)| row.progress.state).collect();
        self.shared.metrics.subscriptions(&states);
    }

    fn rest(&self, now: DateTime<Utc>) -> Duration {
        if self.asking.len() >= MOST_WAITING {
            return COUNT_REST; // the next answer makes room
        }
        let next = self.register.next_at().and_then(|at| (at - now).to_std().ok()).unwrap_or(REST);
        let rest = if self.register.has_changed() { COUNT_REST } else { REST };
        next.clamp(BREATH, rest)
    }

    /// What the configured sources want of hubs.
    fn wanted(&self, plan: &Plan) -> Wanted {
        let Some(base) = plan.callback_base() else { return Wanted::new() };
        let terms = |source: &SourceId| {
            let (hub, topic) = self.named.get(source)?.clone();
            Some(Terms { hub, topic, base: base.clone() })
        };
        plan.sources().map(|planned| (planned.source.id.clone(), terms(&planned.source.id))).collect()
    }

    fn note(&mut self, news: News, now: DateTime<Utc>) {
        match news {
            News::Named(source, Some(hub)) => {
                self.stale |= self.named.insert(source, hub.clone()).is_none_or(|before| before != hub);
            }
            News::Named(source, None) => self.stale |= self.named.remove(&source).is_some(),
            News::Missed(source) => self.register.missed(&source, now),
            News::Replanned => self.stale = true,
        }
    }

    /// Writes what has changed; whether that went well.
    async fn write(&mut self) -> bool {
        let (changed, gone) = self.register.take_changed();
        if changed.is_empty() && gone.is_empty() {
            return true;
        }
        self.written_at = Instant::now();
        match self.shared.store.put_subscriptions(changed.clone(), gone.clone()).await {
            Ok(()) => true,
            Err(failure) => {
                error!("the subscriptions were not kept: {failure}");
                self.register.not_written(&changed, gone);
                false
            }
        }
    }

    /// Opens a callback for each subscription, and sets what it confirms.
    fn open_callbacks(&mut self, plan: &Plan, is_new: bool) {
        let before = self.open.len();
        let register = &self.register;
        self.open.retain(|token, _| register.knows(token));
        let mut changed = is_new || before != self.open.len();
        for (token, row) in register.rows() {
            let is_over = row.progress.state.is_over();
            let intent = if is_over { Intent::Unsubscribe } else { Intent::Subscribe };
            let callback = self.open.entry(token.clone()).or_insert_with(|| {
                changed = true;
                Arc::new(Callback::new(row.terms.topic.clone(), row.secret.clone()))
            });
            callback.set(row.progress.pending.then_some(intent), is_over);
        }
        if changed {
            self.callbacks.replace(self.open.clone(), plan.most_body_bytes());
        }
    }

    /// Sends a request to a hub.
    fn ask(&mut self, plan: &Plan, ask: Ask) {
        let (fetcher, turns) = (Arc::clone(plan.fetcher()), Arc::clone(&self.turns));
        debug!(source.id = %ask.subscription.source, hub = ask.subscription.terms.hub.host_str(), intent = ?ask.intent, "a hub is asked");
        self.asking.spawn(async move {
            let _turn = turns.acquire_owned().await;
            let answer = request(&fetcher, &ask, Utc::now()).await;
            (ask.subscription.token.reveal().to_owned(), answer)
        });
    }

    fn finish(&mut self, done: Result<Answered, tokio::task::JoinError>, now: DateTime<Utc>) {
        match done {
            Ok((token, answer)) => {
                // it may have been verified meanwhile
                if let Some(callback) = self.open.get(&token) {
                    let heard = callback.take();
                    self.register.heard(&token, heard, now).into_iter().for_each(|told| self.tell(told));
                }
                if let Some(told) = self.register.answered(&token, answer, now) {
                    self.tell(told);
                }
            }
            Err(failure) => error!("asking a hub failed within bantin itself: {failure}"),
        }
    }

    /// Tells the poller what it does not know yet; what does not fit waits for the next turn.
    fn speak(&mut self) {
        let running: HashMap<SourceId, DateTime<Utc>> = self
            .register
            .rows()
            .filter(|(_, row)| row.progress.state == SubscriptionState::Active)
            .filter_map(|(_, row)| Some((row.source.clone(), row.progress.lease_until?)))
            .collect();
        let ended = self.leases.keys().filter(|source| !running.contains_key(*source)).map(|source| (source, None));
        let begun = running.iter().filter(|(source, until)| self.leases.get(*source) != Some(*until));
        let news: Vec<(SourceId, Option<DateTime<Utc>>)> = ended
            .chain(begun.map(|(source, until)| (source, Some(*until))))
            .map(|(source, until)| (source.clone(), until))
            .collect();
        for (source, until) in news {
            if self.words.try_send(Word::Leased(source.clone(), until)).is_err() {
                return;
            }
            match until {
                Some(until) => drop(self.leases.insert(source, until)),
                None => drop(self.leases.remove(&source)),
            }
        }
        while let Some(source) = self.pushed.pop_first() {
            if self.words.try_send(Word::Pushed(source.clone())).is_err() {
                self.pushed.insert(source);
                return;
            }
        }
    }

    /// One line an event.
    fn tell(&mut self, told: Told) {
        let Told { source, hub, event } = told;
        match event {
            Event::Subscribed(until) => info!(source.id = %source, hub, until = %stamp(until), "subscribed at the hub"),
            Event::Renewed(until) => debug!(source.id = %source, hub, until = %stamp(until), "the lease is renewed"),
            Event::Failed { what, again } => {
                warn!(source.id = %source, hub, again = %stamp(again), "not subscribed at the hub, polled as usual: {what}");
            }
            Event::Denied(reason) => {
                warn!(source.id = %source, hub, "the hub denies the subscription, polled as usual: {reason}");
            }
            Event::Left => info!(source.id = %source, hub, "no longer subscribed at the hub"),
            Event::Ignored => {
                warn!(source.id = %source, hub, "a push without a good signature came to the callback and was ignored");
            }
            Event::Pushed => {
                debug!(source.id = %source, hub, "pushed");
                self.pushed.insert(source);
            }
        }
    }
}

/// The request itself (WebSub §5.1). The secret is sent over http, too, where a hub has no https: a listener on the way
/// could then forge a push, which is no more than a hint to poll.
async fn request(fetcher: &Fetcher, ask: &Ask, now: DateTime<Utc>) -> Result<(), Refusal> {
    let Ask { intent, subscription } = ask;
    let mode = match intent {
        Intent::Subscribe => "subscribe",
        Intent::Unsubscribe => "unsubscribe",
    };
    let mut fields = vec![
        ("hub.mode", mode.to_owned()),
        ("hub.topic", subscription.terms.topic.as_str().to_owned()),
        ("hub.callback", subscription.callback()),
    ];
    if *intent == Intent::Subscribe {
        fields.push(("hub.lease_seconds", lease::USUAL_LEASE.as_secs().to_string()));
        fields.push(("hub.secret", subscription.secret.reveal().to_owned()));
    }
    let form = Form { url: subscription.terms.hub.clone(), fields, retry_base: THROTTLED, now };
    fetcher.post(&form).await.map_err(|error: PostError| {
        let until = error.until().and_then(|until| (until - now).to_std().ok());
        Refusal { what: subscription.redacted(&error.to_string()), wait: error.retry_after().max(until) }
    })
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
