//! Pushes and polls: when a push lets a source be polled early, and how rarely a source is polled whose pushes prove true.
//!
//! Comes in: a source's state, and what a poll brought. Goes out: the record of its pushes, and waits. Pure. A push is the
//! origin's own word that something changed, so it may come before the interval and before the freshness that an earlier
//! answer stated; no wait that somebody asked for is shortened. It does not know who pushes, or what.

use super::{Cadence, Rhythm};
use crate::model::{PollState, PushRecord, SourceState};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// No push makes us poll a source more often; a shorter `min-interval` is the operator's own word.
const FLOOR: Duration = Duration::from_secs(60);
/// A source whose pushes prove true is polled so much more rarely, for safety.
const SAFETY: u32 = 4;
/// A hub reads the topic itself before it pushes: a poll may be quicker by so much.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// The record after a poll that brought `new` articles.
#[must_use]
pub fn observed(record: PushRecord, new: usize, now: DateTime<Utc>) -> PushRecord {
    let leased = record.lease_until.is_some_and(|until| until > now);
    let after = PushRecord { announced: false, watched: leased, ..record };
    match (leased, record.announced, new) {
        (false, _, _) => PushRecord { agreed: 0, idle: 0, ..after },
        (true, true, 0) => late(after, now),
        (true, true, _) => PushRecord { agreed: after.agreed.saturating_add(1), idle: 0, ..after },
        // what came before anybody watched is not the hub's fault
        (true, false, 1..) if record.watched => PushRecord {
            agreed: 0,
            missed: after.missed.saturating_add(1),
            last_miss: Some((now, record.agreed)),
            ..after
        },
        (true, false, _) => after,
    }
}

/// A push that announces nothing: idle, or one that a poll was quicker than; then the poll missed nothing.
fn late(record: PushRecord, now: DateTime<Utc>) -> PushRecord {
    match record.last_miss {
        Some((at, agreed)) if now - at <= LATE && at <= now => {
            PushRecord { agreed: agreed + 1, missed: record.missed.saturating_sub(1), last_miss: None, ..record }
        }
        _ => PushRecord { idle: record.idle.saturating_add(1), ..record },
    }
}

/// How long to wait for the safety poll: `usual`, or four times `base` where pushes prove true, at most `most`, and not
/// beyond the lease.
pub(super) fn wait(
    record: &PushRecord,
    usual: Duration,
    base: Duration,
    most: Duration,
    now: DateTime<Utc>,
) -> Duration {
    let lease = record.lease_until.and_then(|until| (until - now).to_std().ok());
    match lease {
        Some(left) if record.agreed > 0 => usual.max((base * SAFETY).min(most).min(left)),
        _ => usual,
    }
}

impl Cadence {
    /// When a push lets a source be polled; `None`: not before its next poll. The floor doubles with each push in a row
    /// that announced nothing, up to the interval, so that a hub that lies makes nobody hammer the origin.
    #[must_use]
    pub fn after_push(&self, rhythm: &Rhythm, state: &PollState, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_well = matches!(state.state, SourceState::Ok | SourceState::Empty) && state.failures == 0;
        let (last, next) = (state.last_poll?, state.next_poll_at?);
        let floor = FLOOR.min(self.bounds().min_interval).saturating_mul(1 << state.push.idle.min(20));
        let floor = floor.min(self.interval(rhythm, now));
        let at = now.max(last.checked_add_signed(chrono::Duration::from_std(floor).ok()?)?);
        (is_well && at < next).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Bounds;

    const MINUTE: Duration = Duration::from_secs(60);
    const EVERY: Duration = Duration::from_secs(15 * 60);

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_771_032_600, 0).expect("a moment") + TimeDelta::minutes(minutes)
    }

    fn leased() -> PushRecord {
        PushRecord { lease_until: Some(at(10_000)), watched: true, ..PushRecord::default() }
    }

    /// Whether it was announced, and how many articles it brought.
    type Poll = (bool, usize);

    fn after(polls: &[Poll]) -> PushRecord {
        let step =
            |record, (announced, new): &Poll| observed(PushRecord { announced: *announced, ..record }, *new, at(0));
        polls.iter().fold(leased(), step)
    }

    fn safety_minutes(record: &PushRecord) -> u64 {
        wait(record, EVERY, EVERY, 24 * 60 * MINUTE, at(0)).as_secs() / 60
    }

    #[test]
    fn pushes_that_prove_true_make_polls_rare_and_one_that_was_missed_makes_them_usual() {
        let cases: &[(&[Poll], u64, u64)] = &[
            (&[], 15, 0),
            (&[(false, 0), (false, 0)], 15, 0),
            (&[(true, 0)], 15, 0),
            (&[(true, 2)], 60, 0),
            (&[(true, 2), (false, 0), (true, 0)], 60, 0),
            (&[(true, 2), (false, 1)], 15, 1),
            (&[(true, 2), (false, 1), (true, 1)], 60, 1),
        ];
        for (polls, minutes, missed) in cases {
            let record = after(polls);
            assert_eq!((safety_minutes(&record), record.missed), (*minutes, *missed), "{polls:?}");
        }
    }

    #[test]
    fn push_that_comes_a_little_later_than_the_poll_announced_it() {
        let missed = observed(after(&[(true, 1)]), 1, at(0));
        assert_eq!((safety_minutes(&missed), missed.missed), (15, 1));
        let pushed = |minutes| observed(PushRecord { announced: true, ..missed.clone() }, 0, at(minutes));
        let soon = pushed(2);
        assert_eq!((safety_minutes(&soon), soon.missed, soon.idle), (60, 0, 0));
        let late = pushed(11);
        assert_eq!((safety_minutes(&late), late.missed, late.idle), (15, 1, 1));
    }

    #[test]
    fn what_came_before_anybody_watched_is_not_missed() {
        let before = PushRecord { watched: false, ..leased() };
        let record = observed(before, 12, at(0));
        assert_eq!((record.missed, record.watched), (0, true));
        assert_eq!(observed(record, 1, at(0)).missed, 1);
    }

    #[test]
    fn safety_wait_ends_with_max_interval_and_with_the_lease() {
        let record = after(&[(true, 1)]);
        assert_eq!(wait(&record, EVERY, EVERY, 40 * MINUTE, at(0)), 40 * MINUTE);
        assert_eq!(wait(&record, EVERY, EVERY, 40 * MINUTE, at(9_980)), 20 * MINUTE);
        assert_eq!(wait(&record, EVERY, EVERY, 40 * MINUTE, at(9_999)), EVERY);
        assert_eq!(wait(&record, EVERY, EVERY, 40 * MINUTE, at(10_001)), EVERY);
        let over = observed(record, 1, at(10_001));
        assert_eq!((over.agreed, over.watched, over.missed), (0, false, 0), "a lease that is over proves nothing");
    }

    /// Minutes from the last poll to the one that a push lets happen, `after` minutes after it.
    fn pushed(state: PollState, after: i64) -> Option<i64> {
        let bounds = Bounds { min_interval: 10 * MINUTE, max_interval: 24 * 60 * MINUTE };
        let at = Cadence::new(bounds).after_push(&Rhythm::Every(EVERY), &state, at(after))?;
        Some((at - self::at(0)).num_minutes())
    }

    fn polled() -> PollState {
        PollState {
            state: SourceState::Ok,
            last_poll: Some(at(0)),
            next_poll_at: Some(at(60)),
            push: leased(),
            ..PollState::default()
        }
    }

    #[test]
    fn push_comes_before_the_interval_and_at_most_once_a_minute() {
        assert_eq!(pushed(polled(), 7), Some(7));
        assert_eq!(pushed(polled(), 0), Some(1));
        assert_eq!(pushed(polled(), 60), None, "the poll is due anyway");
        assert_eq!(pushed(PollState { next_poll_at: None, ..polled() }, 7), None, "never polled");
    }

    #[test]
    fn pushes_that_announce_nothing_are_heeded_ever_more_rarely() {
        let idle = |idle| pushed(PollState { push: PushRecord { idle, ..leased() }, ..polled() }, 0);
        assert_eq!([0, 1, 2, 3, 4, 99].map(idle), [1, 2, 4, 8, 15, 15].map(Some));
    }

    #[test]
    fn no_wait_that_was_asked_for_is_shortened() {
        for state in
            [SourceState::Waiting, SourceState::Blocked, SourceState::Failing, SourceState::Gone, SourceState::Held]
        {
            assert_eq!(pushed(PollState { state, ..polled() }, 7), None, "{state:?}");
        }
        assert_eq!(pushed(PollState { failures: 1, ..polled() }, 7), None);
    }
}
