//! How often: an interval, or a cron expression in the paper's own zone.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};
use std::time::Duration;

/// The operator's word on how often a source is polled.
#[derive(Debug, Clone)]
pub enum Rhythm {
    /// `every = "15m"`.
    Every(Duration),
    /// `every = "15m"` and `quiet-every = "3h"`: as often where the source publishes, as rarely where it does not.
    Adaptive {
        /// When something is to be expected.
        every: Duration,
        /// When nothing is.
        quiet: Duration,
        /// The paper's: its day has its hours.
        timezone: Tz,
    },
    /// `cron = "0 */15 5-22 * * *"`, in the paper's timezone.
    Cron(Box<CronTimes>),
}

/// A cron expression and the zone that it is meant in.
#[derive(Debug, Clone)]
pub struct CronTimes {
    expression: Cron,
    timezone: Tz,
}

/// A cron expression that cannot be read, or that never comes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{why}")]
pub struct InvalidCron {
    /// The parser's words.
    why: String,
}

impl Rhythm {
    /// Reads a cron expression of six fields: second, minute, hour, day of month, month, day of week.
    ///
    /// # Errors
    /// [`InvalidCron`].
    pub fn cron(expression: &str, timezone: Tz) -> Result<Self, InvalidCron> {
        let parser = CronParser::builder().seconds(Seconds::Required).build();
        let expression = parser.parse(expression).map_err(|error| InvalidCron { why: error.to_string() })?;
        let times = CronTimes { expression, timezone };
        if times.after(DateTime::UNIX_EPOCH).is_none() {
            return Err(InvalidCron { why: "no moment ever fits this expression".to_owned() });
        }
        Ok(Self::Cron(Box::new(times)))
    }

    /// The interval, where there is one.
    #[must_use]
    pub fn interval(&self) -> Option<Duration> {
        match self {
            Self::Every(interval) | Self::Adaptive { every: interval, .. } => Some(*interval),
            Self::Cron(_) => None,
        }
    }

    /// The shortest wait after a poll that ended at `now`.
    #[must_use]
    pub fn wait(&self, now: DateTime<Utc>) -> Duration {
        match self {
            Self::Every(interval) | Self::Adaptive { every: interval, .. } => *interval,
            Self::Cron(times) => {
                times.after(now).and_then(|at| (at - now).to_std().ok()).unwrap_or(Duration::from_secs(86_400))
            }
        }
    }
}

impl CronTimes {
    fn after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = now.with_timezone(&self.timezone);
        self.expression.find_next_occurrence(&local, false).ok().map(|at| at.with_timezone(&Utc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn cron_is_read_in_the_papers_zone() {
        let rhythm = Rhythm::cron("0 */15 5-22 * * *", Tz::Asia__Ho_Chi_Minh).expect("six fields");
        assert_eq!(rhythm.wait(at("2026-02-14T01:01:00Z")), Duration::from_secs(14 * 60));
        // 22:59 in Sơn La: the next is 05:00 the day after
        assert_eq!(rhythm.wait(at("2026-02-14T15:59:00Z")), Duration::from_secs(6 * 3600 + 60));
    }

    #[test]
    fn cron_keeps_the_wall_clock_over_a_change_of_offset() {
        let rhythm = Rhythm::cron("0 0 8 * * *", Tz::Europe__Berlin).expect("six fields");
        assert_eq!(rhythm.wait(at("2026-03-28T07:00:00Z")), Duration::from_secs(23 * 3600));
    }

    #[test]
    fn bad_expressions_are_refused() {
        for text in ["", "*/15 * * * *", "0 61 * * * *", "0 0 0 31 2 *", "often"] {
            assert!(Rhythm::cron(text, Tz::UTC).is_err(), "{text}");
        }
    }
}
