//! Dates as the formats write them, in whole seconds and with the paper's numeric offset.
//!
//! Comes in: moments. Goes out: moments and text. It does not know what time it is.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, Utc};
use chrono_tz::Tz;

/// 1970-01-01 and 9999-12-30: years of four digits in every zone, as RFC 822 and RFC 3339 want them.
const BOUNDS: (i64, i64) = (0, 253_402_127_999);

/// Behind the day of the week.
const DAY_STANDS_AT: usize = "Sat, ".len();

/// The moment without the fraction of its second, brought into the years that can be written.
pub(super) fn whole_seconds(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp().clamp(BOUNDS.0, BOUNDS.1), 0).unwrap_or(DateTime::UNIX_EPOCH)
}

/// The moment on the paper's clock.
pub(super) fn local(at: DateTime<Utc>, timezone: Tz) -> DateTime<FixedOffset> {
    whole_seconds(at).with_timezone(&timezone).fixed_offset()
}

/// RFC 822 §5 with a year of four digits (RSS 2.0): `Sat, 14 Feb 2026 08:30:00 +0700`. Validators doubt offsets that are no
/// half hours, such as Nepal's: there the same moment in universal time.
pub(super) fn rfc822(at: DateTime<FixedOffset>) -> String {
    let is_usual = at.offset().local_minus_utc() % 1800 == 0;
    let at = if is_usual { at } else { at.to_utc().fixed_offset() };
    let mut text = at.to_rfc2822();
    // that writes the first days of a month with one digit
    if at.day() < 10 {
        text.insert(DAY_STANDS_AT, '0');
    }
    text
}

/// RFC 3339: `2026-02-14T08:30:00+07:00`.
pub(super) fn rfc3339(at: DateTime<FixedOffset>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_carry_the_papers_offset() {
        let at = DateTime::parse_from_rfc3339("2026-02-14T01:30:00.987Z").expect("a date").to_utc();
        let there = local(at, chrono_tz::Asia::Ho_Chi_Minh);
        assert_eq!(rfc822(there), "Sat, 14 Feb 2026 08:30:00 +0700");
        assert_eq!(rfc3339(there), "2026-02-14T08:30:00+07:00");
        assert_eq!(rfc822(local(at, chrono_tz::Asia::Kathmandu)), "Sat, 14 Feb 2026 01:30:00 +0000");
        assert_eq!(rfc3339(local(at, chrono_tz::Asia::Kathmandu)), "2026-02-14T07:15:00+05:45");
        assert_eq!(rfc822(local(at, Tz::UTC)), "Sat, 14 Feb 2026 01:30:00 +0000");
    }

    #[test]
    fn dates_are_written_as_patterns_say() {
        let zones = [Tz::UTC, chrono_tz::Asia::Ho_Chi_Minh, chrono_tz::America::St_Johns, chrono_tz::Africa::Monrovia];
        for (n, zone) in zones.into_iter().cycle().enumerate().take(4_000) {
            let seconds = i64::try_from(n).expect("few") * 63_123_457;
            let there = local(DateTime::from_timestamp(seconds, 0).expect("a moment"), zone);
            assert_eq!(rfc3339(there), there.format("%Y-%m-%dT%H:%M:%S%:z").to_string());
            let usual =
                if there.offset().local_minus_utc() % 1800 == 0 { there } else { there.to_utc().fixed_offset() };
            assert_eq!(rfc822(there), usual.format("%a, %d %b %Y %H:%M:%S %z").to_string());
        }
    }

    #[test]
    fn no_moment_leaves_the_four_digit_years() {
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            for zone in [chrono_tz::Pacific::Kiritimati, chrono_tz::Pacific::Pago_Pago] {
                let there = local(at, zone);
                assert_eq!(rfc3339(there).len(), 25, "{}", rfc3339(there));
                assert_eq!(rfc822(there).len(), 31, "{}", rfc822(there));
            }
        }
    }
}
