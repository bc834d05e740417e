//! When news of a source came: what a silence is measured by.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// When polls found something new, in the paper's own days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Arrivals {
    /// The newest day that is known of, counted from year 1 in the paper's zone.
    pub day: i32,
    /// How each day was, the newest first.
    pub days: Vec<NewsDay>,
    /// The last news.
    pub last: Option<DateTime<Utc>>,
    /// Silences between two pieces of news, in all.
    pub gaps: u32,
    /// The longest of them in minutes; fades while many others come.
    pub longest: u32,
    /// The last of them in minutes, the newest first.
    pub recent: Vec<u32>,
}

/// A day of a source, as its polls saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "i16", into = "i16")]
pub enum NewsDay {
    /// Nobody looked for hours, so that it says nothing.
    Unknown,
    /// Nothing new came.
    Quiet,
    /// The first news was found at this minute of the day.
    From(u16),
}

impl From<i16> for NewsDay {
    fn from(kept: i16) -> Self {
        match u16::try_from(kept) {
            Ok(minute) => Self::From(minute),
            Err(_) if kept == -1 => Self::Quiet,
            Err(_) => Self::Unknown,
        }
    }
}

impl From<NewsDay> for i16 {
    fn from(day: NewsDay) -> Self {
        match day {
            NewsDay::Unknown => -2,
            NewsDay::Quiet => -1,
            NewsDay::From(minute) => Self::try_from(minute).unwrap_or(Self::MAX),
        }
    }
}
