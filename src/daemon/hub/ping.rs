//! Telling another hub which feeds changed, where the feeds name one (`hub.mode=publish`).
//!
//! Comes in: the feeds with their entity tags, what the hub answered, the time. Goes out: whom to tell of. Pure. After a
//! start the hub is told of all feeds once: what it missed while we were away is not known.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// Topics in one form.
const MOST_TOPICS: usize = 50;
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(10);
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(1);

/// What the other hub was told.
#[derive(Debug, Default)]
pub(super) struct Pinger {
    told: HashMap<String, String>,
    is_telling: bool,
    failures: u32,
    retry_at: Option<DateTime<Utc>>,
}

impl Pinger {
    /// The topics that the hub is to be told of now, with their entity tags; nothing while it is being told.
    pub(super) fn due(&mut self, published: Vec<(String, String)>, now: DateTime<Utc>) -> Vec<(String, String)> {
        if self.is_telling || self.retry_at.is_some_and(|at| at > now) {
            return Vec::new();
        }
        let is_news = |(topic, tag): &(String, String)| self.told.get(topic) != Some(tag);
        let mut due: Vec<_> = published.into_iter().filter(is_news).collect();
        due.sort_unstable();
        due.truncate(MOST_TOPICS);
        self.is_telling = !due.is_empty();
        due
    }

    /// The hub was told of them, or could not be.
    pub(super) fn told(&mut self, topics: Vec<(String, String)>, went_well: bool, now: DateTime<Utc>) {
        self.is_telling = false;
        if went_well {
            self.told.extend(topics);
            (self.failures, self.retry_at) = (0, None);
        } else {
            let wait = FIRST_RETRY * 2_i32.pow(self.failures.min(10));
            self.failures += 1;
            self.retry_at = Some(now + wait.min(LONGEST_RETRY));
        }
    }

    /// When a failed word comes again.
    pub(super) fn next_at(&self) -> Option<DateTime<Utc>> {
        self.retry_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feeds(tag: &str, count: usize) -> Vec<(String, String)> {
        (0..count).map(|n| (format!("https://f.vn/bao/{n:03}.rss"), tag.to_owned())).collect()
    }

    #[test]
    fn hub_is_told_of_each_change_once() {
        let (mut pinger, now) = (Pinger::default(), DateTime::UNIX_EPOCH);
        let due = pinger.due(feeds("1", 2), now);
        assert_eq!(due, feeds("1", 2));
        assert!(pinger.due(feeds("2", 2), now).is_empty(), "one form at a time");
        pinger.told(due, true, now);
        assert!(pinger.due(feeds("1", 2), now).is_empty());
        assert_eq!(pinger.due(feeds("2", 1), now), feeds("2", 1));
    }

    #[test]
    fn long_lists_go_in_parts() {
        let (mut pinger, now) = (Pinger::default(), DateTime::UNIX_EPOCH);
        for expected in [50, 50, 20, 0] {
            let due = pinger.due(feeds("1", 120), now);
            assert_eq!(due.len(), expected);
            pinger.told(due, true, now);
        }
    }

    #[test]
    fn hub_that_fails_is_told_again_ever_later() {
        let (mut pinger, mut now) = (Pinger::default(), DateTime::UNIX_EPOCH);
        let mut waits = Vec::new();
        for _ in 0..12 {
            let due = pinger.due(feeds("1", 1), now);
            pinger.told(due, false, now);
            let next = pinger.next_at().expect("a next time");
            assert!(pinger.due(feeds("2", 1), next - TimeDelta::seconds(1)).is_empty());
            waits.push((next - now).num_seconds());
            now = next;
        }
        assert_eq!((&waits[..3], waits[11]), (&[10, 20, 40][..], 3600));
    }
}
