//! The next poll of a source: pure. Outcome, hints and Retry-After only ever lengthen the operator's interval.
//!
//! RULES.md P4 to P7. All waits count from the end of a poll; `now` is an argument.

use super::{Rhythm, habit, push};
use crate::model::{Hints, Outcome, PollState, SourceId, SourceState};
use chrono::{DateTime, Datelike, Duration as Span, Timelike, Utc};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// The longest that an origin can make us wait (P5).
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 86_400);
/// The longest backoff after errors (P6).
const LONGEST_BACKOFF: Duration = Duration::from_secs(12 * 3_600);
/// A second 410 counts when it comes so long after the first.
const GONE_AGAIN_AFTER: Duration = Duration::from_secs(20 * 3_600);
/// Jitter after a success: a thirty-second part of the interval, at most a minute.
const JITTER_PART: u32 = 32;
const MOST_JITTER: Duration = Duration::from_secs(60);
/// After a wait that many sources have in common: so much later at the most.
const MOST_SPREAD: Duration = Duration::from_secs(6 * 3_600);
/// Sources that were never polled start within so much of one another.
const FIRST_SPREAD: Duration = Duration::from_millis(500);

/// The operator's bounds on all sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// No source is polled more often.
    pub min_interval: Duration,
    /// The most that hints can lengthen an interval.
    pub max_interval: Duration,
}

/// Decides when a source is polled next.
#[derive(Debug, Clone, Copy)]
pub struct Cadence {
    bounds: Bounds,
}

impl Cadence {
    /// A cadence within bounds.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds }
    }

    /// The source's own interval from `now` on.
    #[must_use]
    pub fn interval(&self, rhythm: &Rhythm, now: DateTime<Utc>) -> Duration {
        rhythm.wait(now).max(self.bounds.min_interval)
    }

    /// The state after a poll that ended at `now`: failures counted, next poll set.
    #[must_use]
    pub fn next(
        &self,
        source: &SourceId,
        rhythm: &Rhythm,
        mut state: PollState,
        outcome: &Outcome,
        now: DateTime<Utc>,
    ) -> PollState {
        let base = self.interval(rhythm, now);
        let chance = share(source, state.polls);
        let wait = match outcome {
            Outcome::Success { fresh_for, hints } => {
                state.failures = 0;
                state.gone_since = None;
                let usual = self.usual(rhythm, &state, base, now);
                let wait = self.lengthened(usual, *fresh_for, hints, chance, now);
                // sources that start together fall apart after their first poll; a cron expression means its moments
                let is_first = state.polls <= 1 && rhythm.interval().is_some();
                wait + if is_first { base.min(MOST_SPREAD).mul_f64(chance) } else { jitter(base, chance) }
            }
            // all sources of a host wait for the same moment: they fall apart again over their own intervals
            Outcome::Wait { for_ } if *for_ > base => {
                (*for_).min(LONGEST_WAIT).max(base) + base.min(MOST_SPREAD).mul_f64(chance)
            }
            Outcome::Wait { .. } => base + jitter(base, chance),
            Outcome::Forbidden => base + jitter(base, chance),
            Outcome::Gone => {
                let since = *state.gone_since.get_or_insert(now);
                if (now - since).to_std().unwrap_or_default() >= GONE_AGAIN_AFTER { 7 * DAY } else { DAY }
            }
            Outcome::Failure { retry_after } => {
                let wait = backoff(base, state.failures, chance).max(retry_after.unwrap_or_default().min(LONGEST_WAIT));
                state.failures = state.failures.saturating_add(1);
                wait
            }
        };
        state.scheduled_at = Some(now);
        state.next_poll_at = Some(now + span(wait));
        state
    }

    /// When a source is due, from what was kept of it. A wait that no rule could have set counts anew (P7).
    #[must_use]
    pub fn due(&self, source: &SourceId, rhythm: &Rhythm, state: &PollState, now: DateTime<Utc>) -> DateTime<Utc> {
        let Some(next) = state.next_poll_at else {
            return now + span(FIRST_SPREAD.mul_f64(share(source, 0)));
        };
        let base = self.interval(rhythm, now);
        let longest = (LONGEST_WAIT + LONGEST_BACKOFF).max(base + MOST_SPREAD);
        let clock_was_ahead = state.scheduled_at.is_some_and(|at| at > now + span(Duration::from_secs(60)));
        if next > now + span(longest) || (clock_was_ahead && next > now + span(base)) {
            return now + span(base);
        }
        next
    }

    /// When an operator may have a source polled out of turn: the operator's own interval and what an answer said of its
    /// freshness may be cut short, down to `min-interval`. A wait that an answer asked for is waited out; what failed without
    /// an answer asked for none.
    #[must_use]
    pub fn on_demand(&self, state: &PollState, now: DateTime<Utc>) -> DateTime<Utc> {
        let Some(next) = state.next_poll_at else { return now };
        let no_answer = state.failure.as_ref().is_none_or(|failure| failure.http_status.is_none());
        let is_free = match state.state {
            SourceState::New | SourceState::Ok | SourceState::Empty | SourceState::Held | SourceState::Drift => true,
            SourceState::Failing => no_answer,
            SourceState::Waiting | SourceState::Blocked | SourceState::Gone => false,
        };
        if !is_free {
            return next.max(now);
        }
        // a claim without a poll is a request that a kill cut short; a clock that was wrong counts from now
        let last = state.last_poll.max(state.scheduled_at).map_or(now, |last| last.min(now));
        (last + span(self.bounds.min_interval)).max(now).min(next.max(now))
    }

    /// When something of this source that failed `failures` times before is tried again.
    #[must_use]
    pub fn retry(&self, source: &SourceId, rhythm: &Rhythm, failures: u32, now: DateTime<Utc>) -> DateTime<Utc> {
        now + span(backoff(self.interval(rhythm, now), failures, share(source, u64::from(failures))))
    }

    pub(super) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The interval, or longer where the source's habit lets expect nothing, or its hub tells what comes.
    fn usual(&self, rhythm: &Rhythm, state: &PollState, base: Duration, now: DateTime<Utc>) -> Duration {
        let usual = match rhythm {
            Rhythm::Adaptive { quiet, timezone, .. } => habit::wait(&state.habit, base, *quiet, now, *timezone),
            Rhythm::Every(_) => base,
            // the operator named the moments
            Rhythm::Cron(_) => return base,
        };
        push::wait(&state.push, usual, base, self.bounds.max_interval, now)
    }

    fn lengthened(
        &self,
        base: Duration,
        fresh_for: Option<Duration>,
        hints: &Hints,
        chance: f64,
        now: DateTime<Utc>,
    ) -> Duration {
        let asked = fresh_for.unwrap_or_default().max(hints.interval.unwrap_or_default());
        let wait = base.max(asked.min(self.bounds.max_interval));
        let due = now + span(wait);
        let free = out_of_skipped(due, hints);
        // not all at the first moment of a free hour, but within it
        let at = if free > due { free + span(base.min(HOUR).mul_f64(chance)) } else { due };
        (at - now).to_std().unwrap_or(wait).min(wait.max(self.bounds.max_interval))
    }
}

/// `min(12 h, base·2^n)` ± 20 %, but never before the interval is over.
fn backoff(base: Duration, failures: u32, chance: f64) -> Duration {
    let doubled = base.saturating_mul(1u32 << failures.min(20)).min(LONGEST_BACKOFF);
    doubled.mul_f64(0.8 + 0.4 * chance).max(base)
}

fn jitter(base: Duration, chance: f64) -> Duration {
    (base / JITTER_PART).min(MOST_JITTER).mul_f64(chance)
}

/// The first moment from `at` on that lies in no skipped hour or day (GMT). A list that skips all of them is ignored.
fn out_of_skipped(at: DateTime<Utc>, hints: &Hints) -> DateTime<Utc> {
    let skips_hour = |hour: u32| hints.skip_hours.iter().any(|h| u32::from(*h) == hour);
    let skips_day = |day: u32| hints.skip_days.iter().any(|d| u32::from(*d) == day);
    let all_hours = (0..24).all(skips_hour);
    let all_days = (0..7).all(skips_day);
    let skipped = |at: DateTime<Utc>| {
        (!all_hours && skips_hour(at.hour())) || (!all_days && skips_day(at.weekday().num_days_from_monday()))
    };
    let mut free = at;
    for _ in 0..24 * 8 {
        if !skipped(free) {
            return free;
        }
        let into_hour = i64::from(free.minute() * 60 + free.second());
        free += Span::seconds(3_600 - into_hour);
    }
    at
}

/// A share of 1 that is the same for the same source and count: deterministic spread, no random numbers.
fn share(source: &SourceId, count: u64) -> f64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in source.as_str().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    // ids are alike but for a letter or a number: every bit has to count for every other (the finalizer of MurmurHash3)
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    f64::from((hash >> 32) as u32) / 4_294_967_296.0
}

fn span(wait: Duration) -> Span {
    Span::from_std(wait).unwrap_or(Span::days(3_650))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PaperId;

    const MINUTE: Duration = Duration::from_secs(60);

    fn cadence() -> Cadence {
        Cadence::new(Bounds { min_interval: 10 * MINUTE, max_interval: DAY })
    }

    fn source() -> SourceId {
        SourceId::new(&PaperId::new("bao").expect("an id"), "xa-hoi").expect("an id")
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn now() -> DateTime<Utc> {
        at("2026-02-14T08:30:00Z")
    }

    /// The wait in minutes after an outcome of a source that was polled before, jitter cut off.
    fn wait(every: Duration, state: PollState, outcome: &Outcome) -> i64 {
        let state = PollState { polls: 9, ..state };
        let next = cadence().next(&source(), &Rhythm::Every(every), state, outcome, now());
        (next.next_poll_at.expect("a time") - now()).num_minutes()
    }

    fn success(fresh_for: Option<Duration>, hints: Hints) -> Outcome {
        Outcome::Success { fresh_for, hints }
    }

    #[test]
    fn hints_only_lengthen_and_max_interval_bounds_them() {
        let ttl = |minutes: u32| Hints { interval: Some(minutes * MINUTE), ..Hints::default() };
        for (every, fresh_for, hints, minutes) in [
            (15, None, Hints::default(), 15),
            (5, None, Hints::default(), 10),
            (15, Some(60), Hints::default(), 60),
            (15, Some(3), Hints::default(), 15),
            (15, None, ttl(90), 90),
            (15, Some(7 * 24 * 60), Hints::default(), 24 * 60),
            (3 * 24 * 60, Some(5 * 24 * 60), Hints::default(), 3 * 24 * 60),
        ] {
            let outcome = success(fresh_for.map(|m: u32| m * MINUTE), hints);
            assert_eq!(wait(every * MINUTE, PollState::default(), &outcome), i64::from(minutes), "{outcome:?}");
        }
    }

    #[test]
    fn skipped_hours_and_days_are_waited_out() {
        let hours = Hints { skip_hours: vec![8, 9], ..Hints::default() };
        assert!((90..105).contains(&wait(15 * MINUTE, PollState::default(), &success(None, hours))));
        // Saturday 14 February: Sunday is skipped as well, but max-interval bounds the wait
        let days = Hints { skip_days: vec![5], ..Hints::default() };
        let sunday = 15 * 60 + 30;
        assert!((sunday..sunday + 15).contains(&wait(15 * MINUTE, PollState::default(), &success(None, days))));
        let always = Hints { skip_hours: (0..24).collect(), skip_days: (0..7).collect(), ..Hints::default() };
        assert_eq!(wait(15 * MINUTE, PollState::default(), &success(None, always)), 15);
    }

    #[test]
    fn sources_that_start_together_are_spread_over_their_interval_and_cron_keeps_its_moments() {
        let paper = PaperId::new("bao").expect("an id");
        let first = |name: &str, rhythm: &Rhythm| {
            let source = SourceId::new(&paper, name).expect("an id");
            let state = PollState { polls: 1, ..PollState::default() };
            let outcome = success(None, Hints::default());
            let next = cadence().next(&source, rhythm, state, &outcome, now()).next_poll_at.expect("a time");
            (next - now()).num_minutes()
        };
        let waits: Vec<i64> = (0..60).map(|n| first(&format!("muc-{n}"), &Rhythm::Every(15 * MINUTE))).collect();
        assert!(waits.iter().all(|wait| (15..30).contains(wait)), "{waits:?}");
        assert!((15..30).all(|minute| waits.iter().filter(|wait| **wait == minute).count() <= 12), "{waits:?}");
        let cron = Rhythm::cron("0 0 9 * * *", chrono_tz::UTC).expect("an expression");
        assert!((0..60).all(|n| first(&format!("muc-{n}"), &cron) == 30));
    }

    #[test]
    fn errors_back_off_from_the_interval_and_end_at_twelve_hours() {
        let failure = Outcome::Failure { retry_after: None };
        let mut waits = Vec::new();
        for failures in 0..12 {
            waits.push(wait(15 * MINUTE, PollState { failures, ..PollState::default() }, &failure));
        }
        assert!(waits[0] >= 15 && waits[0] <= 18, "{waits:?}");
        assert!(waits[3] >= 96 && waits[3] <= 144, "{waits:?}");
        assert!(waits.iter().all(|w| *w >= 15 && *w <= 864), "{waits:?}");
    }

    #[test]
    fn gone_is_probed_a_day_later_and_then_weekly() {
        assert_eq!(wait(15 * MINUTE, PollState::default(), &Outcome::Gone), 24 * 60);
        let again = PollState { gone_since: Some(now() - Span::days(1)), ..PollState::default() };
        assert_eq!(wait(15 * MINUTE, again, &Outcome::Gone), 7 * 24 * 60);
    }

    #[test]
    fn retry_after_is_bounded_by_a_week_and_never_shortens() {
        let ask = |secs| Outcome::Wait { for_: Duration::from_secs(secs) };
        assert_eq!(wait(15 * MINUTE, PollState::default(), &ask(6)), 15);
        assert!((120..135).contains(&wait(15 * MINUTE, PollState::default(), &ask(7_200))));
        assert!((7 * 24 * 60..7 * 24 * 60 + 15).contains(&wait(15 * MINUTE, PollState::default(), &ask(u64::MAX))));
    }

    #[test]
    fn sources_that_waited_for_one_moment_fall_apart_after_it_and_none_comes_before() {
        let paper = PaperId::new("bao").expect("an id");
        let (rhythm, until) = (Rhythm::Every(15 * MINUTE), now() + Span::hours(2));
        let mut per_minute = [0; 15];
        for number in 0..300 {
            let source = SourceId::new(&paper, &format!("muc-{number}")).expect("an id");
            // each was due at another time, and told of the same moment
            let asked = now() + Span::seconds(number % 60);
            let outcome = Outcome::Wait { for_: (until - asked).to_std().expect("ahead") };
            let next = |polls| {
                let state = PollState { polls, ..PollState::default() };
                cadence().next(&source, &rhythm, state, &outcome, asked).next_poll_at.expect("a time")
            };
            assert_eq!(next(7), next(7), "the same for the same poll");
            let late = next(7) - until;
            assert!(late >= Span::zero(), "never before");
            per_minute[usize::try_from(late.num_minutes()).expect("small").min(14)] += 1;
            let again = PollState { next_poll_at: Some(next(7)), scheduled_at: Some(asked), ..PollState::default() };
            assert_eq!(cadence().due(&source, &rhythm, &again, asked), next(7), "a rule could have set it");
        }
        assert!(per_minute.iter().all(|count| (8..=40).contains(count)), "{per_minute:?}");
    }

    #[test]
    fn an_operator_cuts_intervals_short_and_nothing_that_was_asked_for() {
        use crate::model::{Failure, FailureStage};
        let ago = |minutes| Some(now() - Span::minutes(minutes));
        let polled = |state, minutes| PollState {
            state,
            last_poll: ago(minutes),
            scheduled_at: ago(minutes),
            next_poll_at: Some(now() + Span::hours(3)),
            ..PollState::default()
        };
        let wait = |state: &PollState| (cadence().on_demand(state, now()) - now()).num_minutes();
        assert_eq!(wait(&PollState::default()), 0, "never polled");
        assert_eq!(wait(&polled(SourceState::Ok, 11)), 0, "min-interval is over");
        assert_eq!(wait(&polled(SourceState::Held, 4)), 6, "min-interval is not over");
        assert_eq!(wait(&PollState { scheduled_at: ago(1), ..polled(SourceState::Ok, 11) }), 9, "claimed, then killed");
        assert_eq!(
            wait(&PollState { scheduled_at: ago(-60), ..polled(SourceState::Ok, 11) }),
            10,
            "the clock was ahead"
        );
        for told in [SourceState::Waiting, SourceState::Blocked, SourceState::Gone] {
            assert_eq!(wait(&polled(told, 60)), 180, "{told:?}");
        }
        let failing = |status| PollState {
            failure: Some(Box::new(Failure::new(FailureStage::Fetch, "no".into(), now(), status))),
            ..polled(SourceState::Failing, 60)
        };
        assert_eq!((wait(&failing(Some(500))), wait(&failing(None))), (180, 0), "an answer may have said when");
    }

    #[test]
    fn waits_set_by_a_wrong_clock_count_anew() {
        let rhythm = Rhythm::Every(15 * MINUTE);
        let due = |next: DateTime<Utc>, scheduled: DateTime<Utc>| {
            let state = PollState { next_poll_at: Some(next), scheduled_at: Some(scheduled), ..PollState::default() };
            cadence().due(&source(), &rhythm, &state, now())
        };
        let soon = now() + Span::minutes(5);
        assert_eq!(due(soon, now() - Span::minutes(10)), soon);
        assert_eq!(due(now() + Span::days(30), now()), now() + Span::minutes(15));
        assert_eq!(due(now() + Span::days(2), now() + Span::days(1)), now() + Span::minutes(15));
    }

    #[test]
    fn new_sources_are_due_at_once_but_not_together() {
        let due = cadence().due(&source(), &Rhythm::Every(MINUTE), &PollState::default(), now());
        assert!(due >= now() && due <= now() + Span::seconds(30));
    }
}
