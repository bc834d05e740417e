//! The line between the poller and the subscriber: pushes and leases one way, the hubs that documents name the other way.

use crate::model::{PollState, SourceId};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};
use tokio::sync::mpsc;
use url::Url;

/// Words that may wait, each way. What does not fit is said again: by the subscriber's next turn, by the source's next poll.
const WAITING: usize = 256;

/// What the subscriber says to the poller.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Word {
    /// A hub says that something changed.
    Pushed(SourceId),
    /// A lease runs until then, or no more.
    Leased(SourceId, Option<DateTime<Utc>>),
}

/// What the poller says to the subscriber.
#[derive(Debug, Clone)]
pub(super) enum News {
    /// The hub and the topic that a source's document names.
    Named(SourceId, Option<(Url, Url)>),
    /// A poll found what the source's hub did not announce.
    Missed(SourceId),
    /// There is a new plan.
    Replanned,
}

/// The poller's end.
pub(in super::super) struct PollerEnd {
    words: mpsc::Receiver<Word>,
    news: mpsc::Sender<News>,
    leases: HashMap<SourceId, Option<DateTime<Utc>>>,
    announced: HashSet<SourceId>,
    /// Sources of which the subscriber was told something, or should have been.
    told: HashSet<SourceId>,
}

/// The subscriber's end.
pub(in super::super) struct SubscriberEnd {
    pub(super) words: mpsc::Sender<Word>,
    pub(super) news: mpsc::Receiver<News>,
}

/// Both ends of a new line.
pub(in super::super) fn line() -> (PollerEnd, SubscriberEnd) {
    let (say, words) = mpsc::channel(WAITING);
    let (tell, news) = mpsc::channel(WAITING);
    let poller =
        PollerEnd { words, news: tell, leases: HashMap::new(), announced: HashSet::new(), told: HashSet::new() };
    (poller, SubscriberEnd { words: say, news })
}

impl PollerEnd {
    /// The next word; pending where none will come. Cancel-safe.
    pub(in super::super) async fn word(&mut self) -> Word {
        match self.words.recv().await {
            Some(word) => word,
            None => std::future::pending().await,
        }
    }

    /// Keeps a word; gives back the source that was pushed.
    pub(in super::super) fn keep(&mut self, word: Word) -> Option<SourceId> {
        match word {
            Word::Pushed(source) => {
                self.announced.insert(source.clone());
                Some(source)
            }
            Word::Leased(source, until) => {
                self.leases.insert(source, until);
                None
            }
        }
    }

    /// Whether a push waits for a poll of its source.
    pub(in super::super) fn is_announced(&self, source: &SourceId) -> bool {
        self.announced.contains(source)
    }

    /// Marks a state with what came since, just before its source is polled.
    pub(in super::super) fn mark(&mut self, source: &SourceId, state: &mut PollState) {
        state.push.announced |= self.announced.remove(source);
        if let Some(until) = self.leases.get(source) {
            state.push.lease_until = *until;
        }
    }

    /// Hands on what a source's document names, where it names a hub or did so before.
    pub(in super::super) fn tell(&mut self, source: &SourceId, state: &PollState) {
        let hub = state.hints.hub.clone().zip(state.hints.topic.clone());
        let names_one = hub.is_some();
        if !names_one && !self.told.contains(source) {
            return;
        }
        // A full line means that the subscriber is busy: the next poll says it again.
        let is_told = self.news.try_send(News::Named(source.clone(), hub)).is_ok();
        if names_one || !is_told {
            self.told.insert(source.clone());
        } else {
            self.told.remove(source);
        }
    }

    /// Says that a poll found what the source's hub did not announce.
    pub(in super::super) fn missed(&self, source: &SourceId) {
        let _ = self.news.try_send(News::Missed(source.clone()));
    }

    /// Says that there is a new plan; one that does not hear it sees it a little later.
    pub(in super::super) fn replanned(&self) {
        let _ = self.news.try_send(News::Replanned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Hints, PaperId};

    fn source(name: &str) -> SourceId {
        SourceId::new(&PaperId::new("bao").expect("a slug"), name).expect("a slug")
    }

    fn naming(hub: Option<&str>) -> PollState {
        let url = |text: &str| Url::parse(text).expect("a URL");
        let hints = Hints { hub: hub.map(url), topic: hub.map(|_| url("https://bao.example/")), ..Hints::default() };
        PollState { hints, ..PollState::default() }
    }

    #[test]
    fn state_is_marked_with_pushes_and_leases_just_before_its_poll() {
        let (mut poller, _subscriber) = line();
        let (tin, now) = (source("tin"), DateTime::UNIX_EPOCH);
        assert_eq!(poller.keep(Word::Leased(tin.clone(), Some(now))), None);
        assert_eq!(poller.keep(Word::Pushed(tin.clone())), Some(tin.clone()));
        assert!(poller.is_announced(&tin) && !poller.is_announced(&source("xa-hoi")));
        let mut state = PollState::default();
        poller.mark(&tin, &mut state);
        assert_eq!((state.push.announced, state.push.lease_until), (true, Some(now)));
        assert!(!poller.is_announced(&tin), "one push is one poll");
        poller.keep(Word::Leased(tin.clone(), None));
        poller.mark(&tin, &mut state);
        assert_eq!((state.push.announced, state.push.lease_until), (true, None), "until a poll was read");
    }

    #[test]
    fn hub_that_is_gone_is_told_even_where_the_line_was_full() {
        let (mut poller, mut subscriber) = line();
        let tin = source("tin");
        poller.tell(&tin, &naming(None));
        assert!(subscriber.news.try_recv().is_err(), "most sources have no hub, and say nothing");
        for _ in 0..=WAITING {
            poller.tell(&tin, &naming(Some("https://hub.example/")));
        }
        poller.tell(&tin, &naming(None));
        while subscriber.news.try_recv().is_ok() {}
        poller.tell(&tin, &naming(None));
        assert!(matches!(subscriber.news.try_recv(), Ok(News::Named(of, None)) if of == tin));
        poller.tell(&tin, &naming(None));
        assert!(subscriber.news.try_recv().is_err());
    }
}
