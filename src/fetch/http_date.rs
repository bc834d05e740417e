//! Points in time as HTTP writes them (RFC 9110 §5.6.7), and waits made of them.
//!
//! Comes in: header values. Goes out: dates and durations. It does not know what they are the date of.

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use std::time::Duration;

/// The longest wait that an origin can ask for (RULES P5).
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 86_400);

/// Reads any of the three forms: IMF-fixdate, RFC 850, asctime. The day's name is not held against the date.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    const FORMS: [&str; 3] = ["%d %b %Y %H:%M:%S GMT", "%d-%b-%y %H:%M:%S GMT", "%b %e %H:%M:%S %Y"];
    let text = text.trim();
    let start = text.find([' ', ','])?;
    let (name, rest) = text.split_at(start);
    if !(3..=9).contains(&name.len()) || !name.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let rest = rest.trim_start_matches(',').trim_start();
    FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(rest, form).ok()).map(|at| at.and_utc())
}

/// A header that is a date.
pub(super) fn header(headers: &HeaderMap, name: &HeaderName) -> Option<DateTime<Utc>> {
    parse(headers.get(name)?.to_str().ok()?)
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date by the origin's own clock where it states that, else by ours.
/// Bounded at seven days; garbage is `None`.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // more digits than a number holds is a very long wait
        return Some(text.parse().map_or(LONGEST_WAIT, Duration::from_secs).min(LONGEST_WAIT));
    }
    let wait = parse(text)? - header(headers, &DATE).unwrap_or(now);
    Some(wait.to_std().unwrap_or_default().min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn now() -> DateTime<Utc> {
        parse("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date")
    }

    #[test]
    fn three_forms_are_one_date() {
        for text in ["Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Mon, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(parse(text), Some(now()), "{text}");
        }
    }

    #[test]
    fn garbage_is_no_date() {
        for text in
            ["", "0", "-1", "soon", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "é, x", ",", " "]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn wait_is_read_in_every_form_and_bounded() {
        let week = 7 * 86_400;
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999999999999999999", Some(week)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
            ("Sunday, 06-Nov-94 08:51:37 GMT", Some(120)),
            ("Sun Nov  6 08:51:37 1994", Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(week)),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            assert_eq!(retry_after(&headers, now()).map(|wait| wait.as_secs()), seconds, "{text}");
        }
    }

    #[test]
    fn date_counts_from_the_origins_own_clock() {
        let headers = HeaderMap::from_iter([
            (RETRY_AFTER, HeaderValue::from_static("Sun, 06 Nov 1994 10:00:10 GMT")),
            (DATE, HeaderValue::from_static("Sun, 06 Nov 1994 10:00:00 GMT")),
        ]);
        assert_eq!(retry_after(&headers, now()), Some(Duration::from_secs(10)));
    }
}
