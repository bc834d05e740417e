//! When a source publishes, learned hour by hour; and how long a quiet source may be left alone. Pure.
//!
//! Comes in: what each poll brought. Goes out: the wait until half an article is to be expected, within the operator's bounds.

use crate::model::Habit;
use chrono::{DateTime, Timelike, Utc};
use chrono_tz::Tz;
use std::time::Duration;

/// Before so many days of polls nothing is known.
const LEAST_DAYS: f32 = 3.0;
/// How much of an hour's rate the newest day makes up.
const FOLLOW: f32 = 0.2;
/// So many articles are worth a poll.
const WORTH_A_POLL: f32 = 0.5;
/// The steps in which the hours ahead are looked at.
const STEP_MINUTES: u32 = 5;
/// A longer silence says nothing of its hours: the poller may have stood still.
const LONGEST_GAP_MINUTES: i64 = 24 * 60;

/// The habit after a poll that found `new` articles since the last one that could be read.
#[must_use]
pub fn observed(mut habit: Habit, new: usize, since: Option<DateTime<Utc>>, now: DateTime<Utc>, zone: Tz) -> Habit {
    let Some(since) = since.filter(|since| *since < now && (now - *since).num_minutes() <= LONGEST_GAP_MINUTES) else {
        return habit;
    };
    #[expect(clippy::cast_precision_loss, reason = "minutes of a day, and articles of a poll")]
    let (minutes, new) = ((now - since).num_seconds() as f32 / 60.0, new as f32);
    let rate = new * 60.0 / minutes.max(1.0);
    let mut at = since;
    while at < now {
        let local = at.with_timezone(&zone);
        let left = 3_600 - i64::from(local.minute() * 60 + local.second().min(59));
        let until = (at + chrono::Duration::seconds(left.max(1))).min(now);
        #[expect(clippy::cast_precision_loss, reason = "at most 3,600")]
        let part = (until - at).num_seconds() as f32 / 3_600.0;
        let known = &mut habit.hourly[local.hour() as usize % 24];
        *known += FOLLOW * part * (rate - *known);
        at = until;
    }
    habit.days += minutes / (24.0 * 60.0);
    habit
}

/// How long after `now` a poll is worth its while: at least `every`, at most `quiet`.
#[must_use]
pub fn wait(habit: &Habit, every: Duration, quiet: Duration, now: DateTime<Utc>, zone: Tz) -> Duration {
    if habit.days < LEAST_DAYS || quiet <= every {
        return every;
    }
    let step = Duration::from_secs(u64::from(STEP_MINUTES) * 60);
    let (mut waited, mut expected) = (Duration::ZERO, 0.0);
    while waited < quiet && expected < WORTH_A_POLL {
        let hour = (now + waited).with_timezone(&zone).hour() as usize % 24;
        #[expect(clippy::cast_precision_loss, reason = "a few minutes")]
        let share = STEP_MINUTES as f32 / 60.0;
        expected += habit.hourly[hour] * share;
        waited += step;
    }
    waited.clamp(every, quiet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use chrono_tz::Asia::Ho_Chi_Minh;

    const EVERY: Duration = Duration::from_secs(15 * 60);
    const QUIET: Duration = Duration::from_secs(3 * 3_600);

    fn at(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
        Ho_Chi_Minh.with_ymd_and_hms(2026, 2, day, hour, minute, 0).single().expect("a time").with_timezone(&Utc)
    }

    /// A week of polls of a section that publishes four articles between 05:00 and 06:00.
    fn morning_paper() -> Habit {
        let mut habit = Habit::default();
        for day in 1..=7 {
            for quarter in 0..96 {
                let now = at(day, quarter / 4, quarter % 4 * 15);
                let new = usize::from((21..=24).contains(&quarter)); // seen at 05:15, …, 06:00
                habit = observed(habit, new, Some(now - chrono::Duration::minutes(15)), now, Ho_Chi_Minh);
            }
        }
        habit
    }

    fn minutes(habit: &Habit, now: DateTime<Utc>) -> u64 {
        wait(habit, EVERY, QUIET, now, Ho_Chi_Minh).as_secs() / 60
    }

    #[test]
    fn a_section_is_looked_at_when_it_publishes_and_rarely_at_night() {
        let habit = morning_paper();
        assert_eq!(minutes(&habit, at(8, 5, 5)), 15);
        assert_eq!(minutes(&habit, at(8, 23, 0)), 180);
        assert!((60..=90).contains(&minutes(&habit, at(8, 4, 0))), "{}", minutes(&habit, at(8, 4, 0)));
    }

    #[test]
    fn nothing_is_known_of_the_first_days() {
        assert_eq!(minutes(&Habit::default(), at(1, 23, 0)), 15);
        let mut habit = morning_paper();
        habit.days = 2.5;
        assert_eq!(minutes(&habit, at(8, 23, 0)), 15);
    }

    #[test]
    fn a_new_habit_takes_the_place_of_the_old_one() {
        let mut habit = morning_paper();
        for day in 8..=21 {
            for quarter in 0..96 {
                let now = at(day, quarter / 4, quarter % 4 * 15);
                let new = usize::from((81..=84).contains(&quarter));
                habit = observed(habit, new, Some(now - chrono::Duration::minutes(15)), now, Ho_Chi_Minh);
            }
        }
        assert_eq!(minutes(&habit, at(22, 20, 5)), 15);
        assert!(minutes(&habit, at(22, 5, 5)) > 60);
    }

    #[test]
    fn a_long_silence_of_the_poller_teaches_nothing() {
        let habit = observed(Habit::default(), 40, Some(at(1, 5, 0)), at(4, 5, 0), Ho_Chi_Minh);
        assert_eq!(habit, Habit::default());
    }
}
