//! How often strangers may have a callback asked: so rarely that nobody can aim us at a third party.
//!
//! Comes in: a callback's host and the time. Goes out: leave or none. Pure. It does not know what is asked.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// One question in so long, over all hosts…
const ALL: TimeDelta = TimeDelta::milliseconds(50);
/// …and so many at once: an aggregator renews all its subscriptions together.
const ALL_AT_ONCE: i32 = 600;
/// The same for one host.
const HOST: TimeDelta = TimeDelta::seconds(10);
const HOST_AT_ONCE: i32 = 300;
/// A callback that confirms nothing counts as so many more.
const PENALTY: i32 = 9;
/// Hosts that are remembered; beyond these, hosts that are not known have to wait.
const MOST_HOSTS: usize = 4096;

/// What was asked, as the moment at which each debt is paid.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    all: Option<DateTime<Utc>>,
    hosts: HashMap<String, DateTime<Utc>>,
}

impl Allowance {
    /// Takes leave to ask a callback of a host.
    pub(super) fn take(&mut self, host: &str, now: DateTime<Utc>) -> bool {
        let owed = |paid_at: Option<DateTime<Utc>>, least: TimeDelta, at_once: i32| {
            // a debt further ahead than any rule could set it: the clock was wrong
            let bound = now + least * (at_once + PENALTY + 1);
            let paid_at = paid_at.filter(|at| *at <= bound).unwrap_or(now).max(now);
            (paid_at - now <= least * (at_once - 1)).then(|| paid_at + least)
        };
        if self.hosts.len() >= MOST_HOSTS {
            self.hosts.retain(|_, paid_at| *paid_at > now);
        }
        if self.hosts.len() >= MOST_HOSTS && !self.hosts.contains_key(host) {
            return false;
        }
        let of_host = owed(self.hosts.get(host).copied(), HOST, HOST_AT_ONCE);
        let (Some(of_host), Some(of_all)) = (of_host, owed(self.all, ALL, ALL_AT_ONCE)) else { return false };
        self.hosts.insert(host.to_owned(), of_host);
        self.all = Some(of_all);
        true
    }

    /// A callback of a host confirmed nothing.
    pub(super) fn fine(&mut self, host: &str) {
        if let Some(paid_at) = self.hosts.get_mut(host) {
            *paid_at += HOST * PENALTY;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn taken(allowance: &mut Allowance, host: &str, now: DateTime<Utc>) -> usize {
        (0..2000).take_while(|_| allowance.take(host, now)).count()
    }

    #[test]
    fn host_is_asked_in_bursts_and_then_rarely() {
        let mut allowance = Allowance::default();
        assert_eq!(taken(&mut allowance, "a.vn", NOW), 300);
        assert_eq!(taken(&mut allowance, "a.vn", NOW + TimeDelta::seconds(60)), 6);
        assert!(allowance.take("b.vn", NOW), "one host takes nothing from another");
    }

    #[test]
    fn many_hosts_together_are_bounded_too() {
        let mut allowance = Allowance::default();
        let hosts = |range: std::ops::Range<u32>| range.map(|n| format!("h{n}.vn"));
        assert_eq!(hosts(0..2000).filter(|host| allowance.take(host, NOW)).count(), 600);
        let later = NOW + TimeDelta::seconds(1);
        assert_eq!(hosts(2000..4000).filter(|host| allowance.take(host, later)).count(), 20);
    }

    #[test]
    fn callbacks_that_confirm_nothing_cost_more() {
        let mut allowance = Allowance::default();
        let mut asked = 0;
        while allowance.take("a.vn", NOW) {
            allowance.fine("a.vn");
            asked += 1;
        }
        assert_eq!(asked, 30);
    }

    #[test]
    fn clock_that_was_wrong_locks_nobody_out() {
        let mut allowance = Allowance::default();
        assert!(allowance.take("a.vn", NOW + TimeDelta::days(9000)));
        assert!(allowance.take("a.vn", NOW));
    }
}
