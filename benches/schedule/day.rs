//! Two simulated days of many sources: the due queue and the cadence alone, with a clock that is told.
//!
//! Comes in: how many sources. Goes out: what happened, held against the rules as this file states them by itself. The first
//! day begins cold: everything is new at one moment. On the second some origins fail for hours, a few for all of it.

use bantin::model::{Hints, Outcome, PaperId, PollState, SourceId};
use bantin::schedule::{Bounds, Cadence, DueQueue, Rhythm};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// Sections of one origin.
const OF_AN_ORIGIN: usize = 50;
const BEGIN: i64 = 1_771_027_200; // 2026-02-14 00:00 UTC
const FIRST_DAY: TimeDelta = TimeDelta::hours(24);
const OUTAGES_END: TimeDelta = TimeDelta::hours(48);
/// The longest backoff, a fifth longer, and an interval.
const LONGEST_RECOVERY: TimeDelta = TimeDelta::hours(18);

/// What two days came to.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Polls of the second day, and of all of them.
    pub(crate) polls: u64,
    pub(crate) polls_in_all: u64,
    /// Polls that came before a rule allowed it.
    pub(crate) too_early: u64,
    /// Healthy sources that were polled on the second day less often than nine in ten of their intervals.
    pub(crate) too_rare: usize,
    /// Polls of the second day's busiest minute, and of a mean one.
    pub(crate) busiest_minute: u32,
    pub(crate) mean_minute: f64,
    /// Polls that failed or were sent away.
    pub(crate) failed: u64,
    /// Sources that had not come back so long after the outages.
    pub(crate) lost: usize,
    /// The longest time from the end of an outage to the next good poll.
    pub(crate) slowest_recovery: TimeDelta,
}

struct Simulated {
    id: SourceId,
    every: Duration,
    hints: Hints,
    fresh_for: Option<Duration>,
    origin: usize,
    state: PollState,
    /// No poll before this moment, by the rules.
    allowed_at: DateTime<Utc>,
    polls: u32,
    back_at: Option<DateTime<Utc>>,
}

/// How an origin fails.
#[derive(Clone, Copy)]
struct Outage {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    kind: usize,
}

/// Lets two days and the recovery pass.
pub(crate) fn simulate(count: usize) -> Report {
    let begin = DateTime::from_timestamp(BEGIN, 0).expect("a moment");
    let zero = Instant::now();
    let instant = |at: DateTime<Utc>| zero + (at - begin).to_std().unwrap_or_default();
    let cadence = Cadence::new(Bounds { min_interval: 10 * MINUTE, max_interval: 24 * HOUR });
    let mut sources: Vec<Simulated> = (0..count).map(|number| source(number, begin)).collect();
    let outages: Vec<Option<Outage>> = (0..=count / OF_AN_ORIGIN).map(|origin| outage(origin, begin)).collect();
    let places: HashMap<SourceId, usize> = sources.iter().enumerate().map(|(n, s)| (s.id.clone(), n)).collect();
    let mut queue = DueQueue::default();
    for source in &sources {
        queue.set(
            source.id.clone(),
            instant(cadence.due(&source.id, &Rhythm::Every(source.every), &source.state, begin)),
        );
    }
    let (mut report, mut minutes) = (Report::default(), vec![0_u32; 24 * 60]);
    let end = begin + OUTAGES_END + LONGEST_RECOVERY;
    while let Some(due) = queue.next_at() {
        let now = begin + TimeDelta::from_std(due - zero).expect("days");
        if now >= end {
            break;
        }
        for id in queue.take_due(due) {
            let source = &mut sources[places[&id]];
            let outage = outages[source.origin].filter(|outage| outage.from <= now && now < outage.until);
            report.polls_in_all += 1;
            report.too_early += u64::from(now < source.allowed_at);
            report.failed += u64::from(outage.is_some());
            if now >= begin + FIRST_DAY && now < begin + OUTAGES_END {
                let minute = (now - begin - FIRST_DAY).num_minutes();
                minutes[usize::try_from(minute).expect("of a day")] += 1;
                source.polls += 1;
            }
            let outcome = source.outcome(outage, now);
            source.allowed_at = source.allowed(&outcome, now);
            if outage.is_none() && outages[source.origin].is_some_and(|outage| outage.until <= now) {
                source.back_at.get_or_insert(now);
            }
            let mut state = std::mem::take(&mut source.state);
            state.polls += 1;
            source.state = cadence.next(&source.id, &Rhythm::Every(source.every), state, &outcome, now);
            queue.set(id, instant(source.state.next_poll_at.expect("it is set")));
        }
    }
    report.polls = minutes.iter().map(|polls| u64::from(*polls)).sum();
    report.busiest_minute = minutes.iter().copied().max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "millions")]
    let mean = report.polls as f64 / minutes.len() as f64;
    report.mean_minute = mean;
    for source in &sources {
        report.judge(source, outages[source.origin]);
    }
    report
}

impl Report {
    fn judge(&mut self, source: &Simulated, outage: Option<Outage>) {
        let Some(outage) = outage else {
            let asked = source.fresh_for.unwrap_or_default().max(source.hints.interval.unwrap_or_default());
            let wait = source.every.max(asked);
            let skipped = u32::try_from(source.hints.skip_hours.len()).expect("hours of a day");
            let expected = (24 - skipped) * 3_600 / u32::try_from(wait.as_secs()).expect("hours");
            self.too_rare += usize::from(source.polls * 10 < expected.saturating_sub(1) * 9);
            return;
        };
        match source.back_at {
            Some(back) => self.slowest_recovery = self.slowest_recovery.max(back - outage.until),
            None => self.lost += 1,
        }
    }
}

impl Simulated {
    fn outcome(&self, outage: Option<Outage>, now: DateTime<Utc>) -> Outcome {
        let Some(outage) = outage else {
            return Outcome::Success { fresh_for: self.fresh_for, hints: self.hints.clone() };
        };
        match outage.kind {
            // the host says until when, to all of its sources
            0 => Outcome::Wait { for_: (outage.until - now).to_std().unwrap_or_default() },
            1 => Outcome::Failure { retry_after: Some(HOUR) },
            _ => Outcome::Failure { retry_after: None },
        }
    }

    /// When the next poll may come, by RULES P4 to P6.
    fn allowed(&self, outcome: &Outcome, now: DateTime<Utc>) -> DateTime<Utc> {
        let wait = match outcome {
            Outcome::Success { fresh_for, hints } => {
                self.every.max(fresh_for.unwrap_or_default()).max(hints.interval.unwrap_or_default())
            }
            Outcome::Wait { for_ } => self.every.max(*for_),
            Outcome::Failure { retry_after } => self.every.max(retry_after.unwrap_or_default()),
            Outcome::Forbidden | Outcome::Gone => self.every,
        };
        let mut at = now + TimeDelta::from_std(wait).expect("hours");
        let skips = |at: DateTime<Utc>| self.hints.skip_hours.iter().any(|hour| u32::from(*hour) == at.hour());
        while matches!(outcome, Outcome::Success { .. }) && skips(at) {
            at += TimeDelta::seconds(3_600 - i64::from(at.minute() * 60 + at.second()));
            at = at.with_nanosecond(0).unwrap_or(at);
        }
        at
    }
}

/// A source: every tenth is polled each quarter of an hour, most each half or whole one; some have wishes of their own.
fn source(number: usize, begin: DateTime<Utc>) -> Simulated {
    let paper = PaperId::new(format!("bao-{}", number / OF_AN_ORIGIN)).expect("a slug");
    let every = match number % 10 {
        0 => 15 * MINUTE,
        1..=3 => 30 * MINUTE,
        4..=7 => HOUR,
        _ => 3 * HOUR,
    };
    let mut hints = Hints::default();
    if number.is_multiple_of(17) {
        hints.interval = Some(90 * MINUTE);
    }
    if number.is_multiple_of(23) {
        hints.skip_hours = vec![0, 1, 2, 3, 4, 5];
    }
    Simulated {
        id: SourceId::new(&paper, &format!("muc-{}", number % OF_AN_ORIGIN)).expect("a slug"),
        every,
        hints,
        fresh_for: number.is_multiple_of(13).then_some(40 * MINUTE),
        origin: number / OF_AN_ORIGIN,
        state: PollState::default(),
        allowed_at: begin,
        polls: 0,
        back_at: None,
    }
}

/// Every sixth origin fails on the second day, for one to six hours; every fiftieth for all of it.
fn outage(origin: usize, begin: DateTime<Utc>) -> Option<Outage> {
    let day = begin + FIRST_DAY;
    let hours = |count: usize| TimeDelta::hours(i64::try_from(count).expect("small"));
    if origin % 50 == 7 {
        return Some(Outage { from: day, until: day + TimeDelta::hours(24), kind: origin / 50 % 3 });
    }
    let from = day + hours(origin / 6 % 17);
    origin.is_multiple_of(6).then(|| Outage { from, until: from + hours(1 + origin / 6 % 6), kind: origin / 6 % 3 })
}
