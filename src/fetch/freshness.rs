//! How long an answer stays fresh (RFC 9111 §4.2): a poll before that can bring nothing new.
//!
//! Comes in: the headers of a 200 or 304. Goes out: a [`Freshness`]. It does not know what bounds the lifetime.

use super::http_date;
use crate::model::Freshness;
use chrono::{DateTime, Utc};
use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap};
use std::time::Duration;

/// The greatest number of seconds that has to be told apart (RFC 9111 §1.2.2).
const MOST_SECONDS: u64 = 1 << 31;

/// `max-age`, else `Expires` less `Date`, less `Age`; none where the answer forbids keeping it, or states what is no time.
pub(super) fn freshness(headers: &HeaderMap, now: DateTime<Utc>) -> Freshness {
    let age = headers.get(AGE).and_then(|v| v.to_str().ok()).and_then(seconds).unwrap_or_default();
    let lifetime = stated(headers, now).map(|whole| whole.saturating_sub(age)).filter(|rest| !rest.is_zero());
    Freshness { lifetime }
}

fn stated(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let mut max_age = None;
    for line in headers.get_all(CACHE_CONTROL) {
        let Ok(line) = line.to_str() else { continue };
        for (name, value) in directives(line) {
            // `no-cache="Set-Cookie"` is about that header alone
            if name.eq_ignore_ascii_case("no-store") || (name.eq_ignore_ascii_case("no-cache") && value.is_none()) {
                return None;
            }
            if name.eq_ignore_ascii_case("max-age") && max_age.is_none() {
                // the first one counts (§4.2.1); one without a number makes the answer stale
                max_age = Some(value.and_then(seconds).unwrap_or_default());
            }
        }
    }
    if max_age.is_some() {
        return max_age;
    }
    let expires = http_date::header(headers, &EXPIRES)?;
    (expires - http_date::header(headers, &DATE).unwrap_or(now)).to_std().ok()
}

/// The directives of one `Cache-Control` line, with their values unquoted (RFC 9111 §5.2).
fn directives(line: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut quoted = false;
    line.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .map(|directive| match directive.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
        None => (directive.trim(), None),
    })
}

fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(text.parse().unwrap_or(MOST_SECONDS).min(MOST_SECONDS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    #[test]
    fn lifetime_is_what_the_headers_state() {
        let now = http_date::parse("Sat, 14 Feb 2026 08:00:00 GMT").expect("a date");
        let date = "date: Sat, 14 Feb 2026 07:00:00 GMT";
        let expires = "expires: Sat, 14 Feb 2026 07:10:00 GMT";
        let cases: &[(&[&str], Option<u64>)] = &[
            (&[], None),
            (&["cache-control: max-age=60"], Some(60)),
            (&["cache-control: public, Max-Age=60, stale-if-error=5"], Some(60)),
            (&["cache-control: max-age=\"60\""], Some(60)),
            (&["cache-control: max-age = 60"], Some(60)),
            (&["cache-control: max-age=60", "age: 20"], Some(40)),
            (&["cache-control: max-age=60", "age: 60"], None),
            (&["cache-control: max-age=60", "age: 90"], None),
            (&["cache-control: max-age=60", "age: x"], Some(60)),
            (&["cache-control: max-age=0"], None),
            (&["cache-control: max-age=60, max-age=5"], Some(60)),
            (&["cache-control: max-age=60", "cache-control: max-age=5"], Some(60)),
            (&["cache-control: private", "cache-control: max-age=5"], Some(5)),
            (&["cache-control: max-age=99999999999999999999"], Some(MOST_SECONDS)),
            (&["cache-control: max-age=-5", date, expires], None),
            (&["cache-control: max-age=soon", date, expires], None),
            (&["cache-control: max-age", date, expires], None),
            (&["cache-control: no-cache, max-age=60"], None),
            (&["cache-control: max-age=60, no-store"], None),
            (&["cache-control: no-cache=\"set-cookie, x\", max-age=60"], Some(60)),
            (&["cache-control: extension=\"a, max-age=9\", max-age=60"], Some(60)),
            (&["cache-control: s-maxage=60"], None),
            (&["cache-control: s-maxage=60, max-age=5"], Some(5)),
            (&["cache-control: max-age=5", "cache-control: no-cache"], None),
            (&["cache-control: max-age=60", "age: 20", "age: 50"], Some(40)),
            (&["cache-control: max-age=60", "date: Sat, 14 Feb 2026 09:00:00 GMT"], Some(60)),
            (&["date: Sat, 14 Feb 2026 09:00:00 GMT", "expires: Sat, 14 Feb 2026 09:10:00 GMT"], Some(600)),
            (&["date: Sat, 14 Feb 2026 09:00:00 GMT", "expires: Sat, 14 Feb 2026 08:30:00 GMT"], None),
            (&[date, expires, "expires: Sat, 14 Feb 2026 09:00:00 GMT"], Some(600)),
            (&[date, "last-modified: Sat, 14 Feb 2015 07:00:00 GMT"], None),
            (&["pragma: no-cache", "cache-control: max-age=60"], Some(60)),
            (&["cache-control: ,,=,\"", date, expires], Some(600)),
            (&[date, expires], Some(600)),
            (&[date, expires, "age: 60"], Some(540)),
            (&[expires], None),
            (&["expires: Sat, 14 Feb 2026 08:01:00 GMT"], Some(60)),
            (&[date, "expires: 0"], None),
            (&[date, "expires: -1"], None),
            (&["cache-control: max-age=60", date, expires], Some(60)),
        ];
        for (lines, seconds) in cases {
            let headers: HeaderMap = lines
                .iter()
                .filter_map(|line| line.split_once(": "))
                .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)))
                .fold(HeaderMap::new(), |mut map, (n, v)| {
                    map.append(n, v);
                    map
                });
            assert_eq!(freshness(&headers, now).lifetime.map(|l| l.as_secs()), *seconds, "{lines:?}");
        }
    }
}
