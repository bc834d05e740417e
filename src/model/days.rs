//! How a source did on each of the last days (UTC), for its charts.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Days that are remembered, today among them.
pub const MOST_DAYS: usize = 14;

/// The last days of a source's polls: at most [`MOST_DAYS`], the newest first, without gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Days {
    /// The newest day, counted from 1970.
    newest: i32,
    tallies: Vec<DayTally>,
}

/// What the polls of a day came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u16; 4]", into = "[u16; 4]")]
pub struct DayTally {
    /// Polls, however they ended.
    pub polls: u16,
    /// Of these, polls answered 304.
    pub not_modified: u16,
    /// Of these, polls that brought nothing that could be read.
    pub failed: u16,
    /// Articles never seen before.
    pub items: u16,
}

impl Days {
    /// Adds to the day of `now`. A day that a wrong clock made up ahead of it is forgotten with all before.
    pub fn count(&mut self, now: DateTime<Utc>, more: DayTally) {
        let today = i32::try_from(now.timestamp().div_euclid(86_400)).unwrap_or_default();
        if self.tallies.is_empty() || self.newest > today + 1 {
            (self.newest, self.tallies) = (today, Vec::with_capacity(1));
        }
        let passed = usize::try_from(today - self.newest).unwrap_or(0);
        self.newest = self.newest.max(today);
        self.tallies.splice(0..0, std::iter::repeat_n(DayTally::default(), passed.min(MOST_DAYS)));
        self.tallies.truncate(MOST_DAYS);
        match self.tallies.first_mut() {
            Some(tally) => tally.add(more),
            None => self.tallies.push(more),
        }
    }

    /// Each day with its tally, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (NaiveDate, DayTally)> {
        let day = |ago: usize| {
            let number = i64::from(self.newest) - i64::try_from(ago).unwrap_or_default();
            NaiveDate::default() + TimeDelta::try_days(number).unwrap_or_default()
        };
        self.tallies.iter().enumerate().rev().map(move |(ago, tally)| (day(ago), *tally))
    }
}

impl DayTally {
    fn add(&mut self, more: Self) {
        self.polls = self.polls.saturating_add(more.polls);
        self.not_modified = self.not_modified.saturating_add(more.not_modified);
        self.failed = self.failed.saturating_add(more.failed);
        self.items = self.items.saturating_add(more.items);
    }
}

impl From<[u16; 4]> for DayTally {
    fn from([polls, not_modified, failed, items]: [u16; 4]) -> Self {
        Self { polls, not_modified, failed, items }
    }
}

impl From<DayTally> for [u16; 4] {
    fn from(tally: DayTally) -> Self {
        [tally.polls, tally.not_modified, tally.failed, tally.items]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(86_400 * day + 3_600, 0).expect("a moment")
    }

    fn poll() -> DayTally {
        DayTally { polls: 1, ..DayTally::default() }
    }

    fn polls(days: &Days) -> Vec<u16> {
        days.iter().map(|(_, tally)| tally.polls).collect()
    }

    #[test]
    fn polls_of_a_day_are_added_and_days_without_polls_are_there() {
        let mut days = Days::default();
        for day in [20_000, 20_000, 20_002] {
            days.count(on(day), poll());
        }
        assert_eq!(polls(&days), [2, 0, 1]);
        let dates: Vec<String> = days.iter().map(|(day, _)| day.to_string()).collect();
        assert_eq!(dates, ["2024-10-04", "2024-10-05", "2024-10-06"]);
    }

    #[test]
    fn no_more_than_two_weeks_are_kept() {
        let mut days = Days::default();
        for day in 20_000..20_100 {
            days.count(on(day), poll());
        }
        assert_eq!(polls(&days), [1; MOST_DAYS]);
        days.count(on(30_000), poll());
        assert_eq!((polls(&days).len(), polls(&days).iter().sum::<u16>()), (MOST_DAYS, 1));
        let json = serde_json::to_string(&days).expect("JSON");
        assert!(json.len() < 200, "written with every poll: {json}");
        assert_eq!(serde_json::from_str::<Days>(&json).expect("days"), days);
    }

    #[test]
    fn a_clock_that_jumps_back_keeps_counting() {
        let mut days = Days::default();
        days.count(on(20_001), poll());
        days.count(on(20_000), poll());
        assert_eq!(polls(&days), [2], "around midnight");
        days.count(on(19_000), poll());
        assert_eq!(polls(&days), [1]);
        for _ in 0..70_000 {
            days.count(on(19_000), poll());
        }
        assert_eq!(polls(&days), [u16::MAX]);
    }
}
