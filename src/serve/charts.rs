//! Small charts of a source's last days, drawn as SVG on the server: no script, no style of their own, words for who cannot
//! see them.
//!
//! Comes in: days with their tallies. Goes out: paths and words. It does not know the page.

use super::health::PollDay;
use crate::model::MOST_DAYS;
use std::fmt::Write;

/// Of the drawing, in its own units; the style sheet decides how large it is shown.
const HEIGHT: f64 = 30.0;
const STEP: f64 = 8.0;
const BAR: f64 = 6.0;
/// The least that is still seen.
const LEAST: f64 = 1.5;

/// One chart: a bar a day.
#[derive(Debug, PartialEq)]
pub(super) struct Chart {
    /// What it shows.
    pub(super) name: &'static str,
    /// The sum, or the share of all days.
    pub(super) total: String,
    /// Each day in words.
    pub(super) words: String,
    /// The bars, as a path.
    pub(super) bars: String,
    /// Whether the bars tell of trouble.
    pub(super) is_trouble: bool,
}

/// The charts of a source; none where there are no days.
pub(super) fn charts(days: &[PollDay]) -> Vec<Chart> {
    if days.is_empty() {
        return Vec::new();
    }
    let count = |name, of: fn(&PollDay) -> u16| {
        let values: Vec<f64> = days.iter().map(|day| f64::from(of(day))).collect();
        let sum: u32 = days.iter().map(|day| u32::from(of(day))).sum();
        let told = days.iter().map(|day| of(day).to_string());
        let top = values.iter().copied().fold(1.0, f64::max);
        chart(name, sum.to_string(), days, &values, top, told)
    };
    let mut errors = count("errors", |day| day.failed);
    errors.is_trouble = true;
    vec![count("new items", |day| day.items), count("polls", |day| day.polls), errors, unchanged(days)]
}

/// The share of polls that were answered 304.
fn unchanged(days: &[PollDay]) -> Chart {
    let percent = |part: u32, of: u32| (of > 0).then(|| f64::from(part) / f64::from(of) * 100.0);
    let of_day = |day: &PollDay| percent(u32::from(day.not_modified), u32::from(day.polls));
    let sum = |of: fn(&PollDay) -> u16| days.iter().map(|day| u32::from(of(day))).sum::<u32>();
    let word = |share: Option<f64>| share.map_or_else(|| "no polls".to_owned(), |share| format!("{share:.0} %"));
    let values: Vec<f64> = days.iter().map(|day| of_day(day).unwrap_or(0.0)).collect();
    let total = word(percent(sum(|day| day.not_modified), sum(|day| day.polls)));
    chart("unchanged (304)", total, days, &values, 100.0, days.iter().map(|day| word(of_day(day))))
}

fn chart(
    name: &'static str,
    total: String,
    days: &[PollDay],
    values: &[f64],
    top: f64,
    told: impl Iterator<Item = String>,
) -> Chart {
    let first = days.first().map(|day| day.day.to_string()).unwrap_or_default();
    let last = days.last().map(|day| day.day.to_string()).unwrap_or_default();
    let words = format!("by day from {first} to {last}: {}", told.collect::<Vec<_>>().join(", "));
    Chart { name, total, words, bars: bars(values, top), is_trouble: false }
}

/// Bars from the right, where the newest day stands.
fn bars(values: &[f64], top: f64) -> String {
    let mut path = String::new();
    for (ago, value) in values.iter().rev().take(MOST_DAYS).enumerate().filter(|(_, value)| **value > 0.0) {
        #[expect(clippy::cast_precision_loss, reason = "fourteen days")]
        let left = (MOST_DAYS - 1 - ago) as f64 * STEP;
        let tall = (value / top * HEIGHT).clamp(LEAST, HEIGHT);
        // writing into memory cannot fail
        let _ = write!(path, "M{left} {HEIGHT}v-{tall:.1}h{BAR}v{tall:.1}z");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn day(number: u32, polls: u16, not_modified: u16, failed: u16, items: u16) -> PollDay {
        let day = NaiveDate::from_ymd_opt(2026, 2, number).expect("a day");
        PollDay { day, polls, not_modified, failed, items }
    }

    #[test]
    fn bars_are_as_tall_as_their_day_and_the_newest_stands_right() {
        let drawn = charts(&[day(13, 10, 5, 0, 4), day(14, 0, 0, 0, 1)]);
        let items = &drawn[0];
        assert_eq!((items.name, items.total.as_str()), ("new items", "5"));
        assert_eq!(items.bars, "M104 30v-7.5h6v7.5zM96 30v-30.0h6v30.0z");
        assert_eq!(items.words, "by day from 2026-02-13 to 2026-02-14: 4, 1");
        let share = &drawn[3];
        assert_eq!((share.total.as_str(), share.bars.as_str()), ("50 %", "M96 30v-15.0h6v15.0z"));
        assert_eq!(share.words, "by day from 2026-02-13 to 2026-02-14: 50 %, no polls");
        assert_eq!((drawn[2].bars.as_str(), drawn[2].is_trouble), ("", true));
    }

    #[test]
    fn source_without_days_has_no_charts() {
        assert_eq!(charts(&[]), []);
        assert_eq!(charts(&[day(1, 0, 0, 0, 0)])[3].total, "no polls");
    }
}
