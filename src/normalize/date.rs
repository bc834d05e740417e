//! From a date as stated to a moment: the paper's timezone, days without a time, and dates that are none.

use crate::model::{Precision, PubDate, StatedDate};
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// No paper of the web is older: a date before is a machine's zero (1970, 1901).
const EARLIEST_YEAR: i32 = 1990;

/// What a date is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// The wall clock: nothing is later.
    pub(super) now: DateTime<Utc>,
    /// When the item was first seen.
    pub(super) first: DateTime<Utc>,
    /// The paper's timezone.
    pub(super) timezone: Tz,
}

/// When it was published; `None`: what stands there is no date.
pub(super) fn published(stated: StatedDate, sight: Sight) -> Option<PubDate> {
    let at = match stated.precision {
        Precision::Day => within_day(stated.local.date(), sight)?,
        Precision::Minute | Precision::Second => moment(stated, sight.timezone)?,
    };
    is_believable(at, sight.now).then_some(PubDate { at, precision: stated.precision, origin: stated.origin })
}

/// When it was last edited: after its publication and not later than now.
pub(super) fn updated(stated: StatedDate, published: Option<&PubDate>, sight: Sight) -> Option<DateTime<Utc>> {
    let at = self::published(stated, sight)?.at;
    let Some(published) = published else { return Some(at) };
    let same_day = || day(at, sight.timezone) == day(published.at, sight.timezone);
    let vague = stated.precision == Precision::Day && same_day();
    (at > published.at && !vague).then_some(at)
}

/// The day of a moment in a timezone.
pub(super) fn day(at: DateTime<Utc>, timezone: Tz) -> NaiveDate {
    at.with_timezone(&timezone).date_naive()
}

fn moment(stated: StatedDate, timezone: Tz) -> Option<DateTime<Utc>> {
    match stated.offset {
        Some(offset) => offset.from_local_datetime(&stated.local).single().map(|at| at.with_timezone(&Utc)),
        None => local(stated.local, timezone),
    }
}

/// The first moment with this local time; one that a clock change skips is an hour on.
fn local(time: chrono::NaiveDateTime, timezone: Tz) -> Option<DateTime<Utc>> {
    let at = timezone.from_local_datetime(&time).earliest();
    let at = at.or_else(|| timezone.from_local_datetime(&time.checked_add_signed(Duration::hours(1))?).earliest());
    at.map(|at| at.with_timezone(&Utc))
}

/// The first sight if it lies in the day, else the day's noon; a day to come is none.
fn within_day(stated: NaiveDate, sight: Sight) -> Option<DateTime<Utc>> {
    let today = day(sight.now, sight.timezone);
    if stated > today || stated < today.checked_sub_days(Days::new(366 * 100))? {
        return None;
    }
    if day(sight.first, sight.timezone) == stated {
        return Some(sight.first.min(sight.now));
    }
    let noon = local(stated.and_time(NaiveTime::from_hms_opt(12, 0, 0)?), sight.timezone)?;
    Some(noon.min(sight.now))
}

fn is_believable(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at <= now && at.year() >= EARLIEST_YEAR
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DateOrigin;
    use chrono::{FixedOffset, NaiveDateTime};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment of the test")
    }

    fn stated(local: &str, offset_hours: Option<i32>, precision: Precision) -> StatedDate {
        let local: NaiveDateTime = local.parse().expect("a local time of the test");
        let offset = offset_hours.and_then(|hours| FixedOffset::east_opt(hours * 3600));
        StatedDate { local, offset, precision, origin: DateOrigin::Text }
    }

    fn sight(now: &str, first: &str) -> Sight {
        Sight { now: at(now), first: at(first), timezone: chrono_tz::Asia::Ho_Chi_Minh }
    }

    fn today() -> Sight {
        sight("2026-02-14T10:00:00Z", "2026-02-14T09:00:00Z")
    }

    fn resolved(local: &str, offset: Option<i32>, precision: Precision) -> Option<DateTime<Utc>> {
        published(stated(local, offset, precision), today()).map(|date| date.at)
    }

    #[test]
    fn without_an_offset_it_is_the_papers_time() {
        assert_eq!(resolved("2026-02-14T08:30:00", None, Precision::Minute), Some(at("2026-02-14T01:30:00Z")));
        assert_eq!(resolved("2026-02-14T08:30:00", Some(0), Precision::Minute), Some(at("2026-02-14T08:30:00Z")));
    }

    #[test]
    fn future_and_zero_dates_are_none() {
        for local in ["2026-02-14T17:00:01", "9999-12-31T00:00:00", "1970-01-01T07:00:00", "1901-01-01T00:00:00"] {
            assert_eq!(resolved(local, None, Precision::Second), None, "{local}");
        }
        assert_eq!(resolved("2026-02-15T00:00:00", None, Precision::Day), None);
        assert_eq!(resolved("1970-01-01T00:00:00", None, Precision::Day), None);
    }

    #[test]
    fn day_is_first_sight_or_noon() {
        assert_eq!(resolved("2026-02-14T00:00:00", None, Precision::Day), Some(at("2026-02-14T09:00:00Z")));
        assert_eq!(resolved("2026-02-13T00:00:00", None, Precision::Day), Some(at("2026-02-13T05:00:00Z")));
        let late = sight("2026-02-14T18:00:00Z", "2026-02-14T16:59:00Z"); // after midnight in the paper's timezone
        let date = published(stated("2026-02-15T00:00:00", None, Precision::Day), late).expect("a day that has begun");
        assert_eq!(date.at, late.now, "its noon is still to come");
    }

    #[test]
    fn local_time_that_a_clock_change_skips_is_an_hour_on() {
        let berlin = Sight { timezone: chrono_tz::Europe::Berlin, ..today() };
        let skipped = stated("2025-03-30T02:30:00", None, Precision::Minute);
        assert_eq!(published(skipped, berlin).map(|d| d.at), Some(at("2025-03-30T01:30:00Z")));
        let twice = stated("2025-10-26T02:30:00", None, Precision::Minute);
        assert_eq!(published(twice, berlin).map(|d| d.at), Some(at("2025-10-26T00:30:00Z")));
    }

    #[test]
    fn edit_before_publication_is_none() {
        let first = published(stated("2026-02-14T08:00:00", None, Precision::Minute), today());
        let edit = |local| updated(stated(local, None, Precision::Minute), first.as_ref(), today());
        assert_eq!(edit("2026-02-14T07:00:00"), None);
        assert_eq!(edit("2026-02-14T08:00:00"), None);
        assert_eq!(edit("2026-02-14T23:00:00"), None);
        assert_eq!(edit("2026-02-14T09:00:00"), Some(at("2026-02-14T02:00:00Z")));
        assert_eq!(updated(stated("2026-02-14T00:00:00", None, Precision::Day), first.as_ref(), today()), None);
    }
}
