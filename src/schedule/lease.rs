//! Leases of subscriptions (WebSub §5.3): how long one is believed, when it is renewed, when a hub is asked again.
//!
//! Comes in: what a hub says, and a key that spreads. Goes out: moments. Pure; `now` is an argument.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// What we ask for, and believe where a hub states nothing that makes sense.
pub const USUAL_LEASE: Duration = Duration::from_secs(10 * DAY);
const SHORTEST_LEASE: Duration = Duration::from_secs(HOUR);
const LONGEST_LEASE: Duration = Duration::from_secs(30 * DAY);
/// The least time before its end at which a long lease is renewed.
const MARGIN: Duration = Duration::from_secs(3 * HOUR);
const FIRST_RETRY: Duration = Duration::from_secs(5 * 60);
const LONGEST_RETRY: Duration = Duration::from_secs(DAY);
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// The lease that a hub states in seconds, within an hour and thirty days; the usual one where it states none, or 0.
#[must_use]
pub fn lease(stated: Option<u64>) -> Duration {
    match stated {
        None | Some(0) => USUAL_LEASE,
        Some(seconds) => Duration::from_secs(seconds).clamp(SHORTEST_LEASE, LONGEST_LEASE),
    }
}

/// When a lease that begins at `now` is renewed: a tenth of it before its end, at least three hours or a third of it,
/// earlier by up to a quarter of that, by `key`.
#[must_use]
pub fn renew_at(key: &str, lease: Duration, now: DateTime<Utc>) -> DateTime<Utc> {
    let margin = (lease / 10).max(MARGIN.min(lease / 3));
    now + span(lease.saturating_sub(margin.mul_f64(1.0 + 0.25 * share(key, 0))))
}

/// When a hub that failed `failures` times before is asked again: `min(1 day, 5 min · 2^n)` ± 20 %, at least `asked`, which
/// the hub itself asked for.
#[must_use]
pub fn retry_at(key: &str, failures: u32, asked: Option<Duration>, now: DateTime<Utc>) -> DateTime<Utc> {
    let doubled = FIRST_RETRY.saturating_mul(1 << failures.min(20)).min(LONGEST_RETRY);
    now + span(doubled.mul_f64(0.8 + 0.4 * share(key, failures)).max(asked.unwrap_or_default()))
}

/// A share of 1 that is the same for the same key and count (FNV-1a).
fn share(key: &str, count: u32) -> f64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = key
        .bytes()
        .chain(count.to_le_bytes())
        .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    f64::from(((hash ^ (hash >> 32)) & 0xffff) as u16) / 65_536.0
}

fn span(wait: Duration) -> TimeDelta {
    TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(3_650))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_are_believed_within_bounds() {
        for (stated, hours) in [(None, 240), (Some(0), 240), (Some(1), 1), (Some(7_200), 2), (Some(u64::MAX), 720)] {
            assert_eq!(lease(stated).as_secs(), hours * HOUR, "{stated:?}");
        }
    }

    #[test]
    fn lease_is_renewed_well_before_its_end_and_not_all_together() {
        let now = DateTime::UNIX_EPOCH;
        for (lease_hours, earliest, latest) in [(1, 35, 40), (24, 20 * 60, 21 * 60), (240, 210 * 60, 216 * 60)] {
            let renewals: Vec<i64> = (0..50)
                .map(|n| {
                    (renew_at(&format!("bao/{n}"), Duration::from_secs(lease_hours * HOUR), now) - now).num_minutes()
                })
                .collect();
            assert!(renewals.iter().all(|at| (earliest..=latest).contains(at)), "{lease_hours} h: {renewals:?}");
            assert!(renewals.iter().any(|at| *at != renewals[0]), "{lease_hours} h: all at once");
        }
    }

    #[test]
    fn failing_hub_is_asked_ever_more_rarely() {
        let now = DateTime::UNIX_EPOCH;
        let minutes = |failures, asked| (retry_at("k", failures, asked, now) - now).num_minutes();
        assert!((4..=6).contains(&minutes(0, None)) && (16..=24).contains(&minutes(2, None)));
        assert!((19 * 60..=29 * 60).contains(&minutes(u32::MAX, None)));
        assert_eq!(minutes(0, Some(Duration::from_secs(2 * DAY))), 2 * 24 * 60);
    }
}
