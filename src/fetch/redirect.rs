//! Redirects (RFC 9110 §15.4): where an answer leads, and when a permanent one is adopted.
//!
//! Comes in: answers' statuses and headers, and what was seen at earlier polls. Goes out: the next address, or the
//! address to ask from now on. It makes no request and does not know who remembers.

use super::FetchError;
use crate::model::{Hop, RedirectMemory};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, LOCATION};
use url::{Host, Url};

/// Most redirects that are followed (RULES P8).
pub(super) const MOST_HOPS: usize = 5;
/// Polls in a row that must agree before a permanent redirect is adopted.
const SIGHTINGS: u32 = 3;
/// The least time between the first and the last of them.
const LEAST_SPAN: TimeDelta = TimeDelta::hours(24);

/// Whether a status redirects. 300 and 304 to 306 do not.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Where an answer leads: absolute, without fragment, never from https to http.
pub(super) fn target(from: &Url, headers: &HeaderMap) -> Result<Url, FetchError> {
    let lost = |why: &str| FetchError::Redirect { url: FetchError::shown(from), why: why.to_owned() };
    let location = headers.get(LOCATION).ok_or_else(|| lost("without saying where"))?;
    // many origins write raw UTF-8 there; the URL parser encodes it
    let location = String::from_utf8_lossy(location.as_bytes());
    let mut to = from.join(location.trim()).map_err(|_| lost("to what is no address"))?;
    to.set_fragment(None);
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(lost("from https to http"));
    }
    Ok(to)
}

/// What a poll's redirects mean for the next poll: what to remember, and the address to adopt in place of `configured`.
///
/// A permanent redirect (301, 308) is adopted after three polls in a row, over a day or more, that end at the same address
/// within the registrable domain of `configured`. A chain with a temporary hop never is, and breaks the row.
#[must_use]
pub fn observe(
    memory: Option<RedirectMemory>,
    configured: &Url,
    hops: &[Hop],
    now: DateTime<Utc>,
) -> (Option<RedirectMemory>, Option<Url>) {
    let permanent = hops.iter().all(|hop| matches!(hop.status, 301 | 308) && same_site(configured, &hop.to));
    let Some(last) = hops.last().filter(|last| permanent && last.to != *configured) else {
        return (None, None);
    };
    let known = memory.filter(|memory| memory.to == last.to && memory.since <= now);
    let seen = known.map_or(RedirectMemory { to: last.to.clone(), since: now, sightings: 1 }, |memory| {
        RedirectMemory { sightings: memory.sightings.saturating_add(1), ..memory }
    });
    if seen.sightings >= SIGHTINGS && now - seen.since >= LEAST_SPAN {
        return (None, Some(seen.to));
    }
    (Some(seen), None)
}

/// Whether two addresses lie under one registrable domain; those that have none must have the same host.
#[must_use]
pub fn same_site(a: &Url, b: &Url) -> bool {
    fn domain(url: &Url) -> Option<&str> {
        match url.host()? {
            Host::Domain(name) => psl::domain_str(name.trim_end_matches('.')),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }
    match (domain(a), domain(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.host() == b.host(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn hops(chain: &[(u16, &str)]) -> Vec<Hop> {
        chain.iter().map(|(status, to)| Hop { status: *status, to: url(to) }).collect()
    }

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_771_000_000 + hours * 3600, 0).expect("a date")
    }

    /// Polls at these hours, each with its chain: the hour at which an address was adopted.
    fn adopted(configured: &str, polls: &[(i64, &[(u16, &str)])]) -> Option<i64> {
        let mut memory = None;
        for (hour, chain) in polls {
            let (kept, adopt) = observe(memory, &url(configured), &hops(chain), at(*hour));
            if adopt.is_some() {
                return Some(*hour);
            }
            memory = kept;
        }
        None
    }

    #[test]
    fn permanent_redirect_is_adopted_at_the_third_poll_over_a_day() {
        const OLD: &str = "http://baosonla.vn/old.rss";
        let moved: &[(u16, &str)] = &[(301, "https://www.baosonla.vn/x"), (308, "https://baosonla.vn/new.rss")];
        assert_eq!(adopted(OLD, &[(0, moved), (13, moved), (26, moved)]), Some(26));
        assert_eq!(adopted(OLD, &[(0, moved), (1, moved), (2, moved), (23, moved), (24, moved)]), Some(24));
        assert_eq!(adopted(OLD, &[(0, moved), (30, moved)]), None);
    }

    #[test]
    fn broken_row_counts_anew() {
        const OLD: &str = "http://baosonla.vn/old.rss";
        let a: &[(u16, &str)] = &[(301, "https://baosonla.vn/a")];
        let b: &[(u16, &str)] = &[(301, "https://baosonla.vn/b")];
        let mixed: &[(u16, &str)] = &[(301, "https://baosonla.vn/a"), (302, "https://baosonla.vn/a")];
        assert_eq!(adopted(OLD, &[(0, a), (13, b), (26, a), (39, a)]), None);
        assert_eq!(adopted(OLD, &[(0, a), (13, &[]), (26, a), (39, a)]), None);
        assert_eq!(adopted(OLD, &[(0, a), (13, a), (26, mixed), (39, a)]), None);
        assert_eq!(adopted(OLD, &[(0, mixed), (13, mixed), (26, mixed), (39, mixed)]), None);
    }

    #[test]
    fn clock_that_went_back_counts_anew() {
        let a: &[(u16, &str)] = &[(301, "https://baosonla.vn/a")];
        assert_eq!(adopted("http://baosonla.vn/", &[(90, a), (0, a), (13, a), (26, a)]), Some(26));
    }

    #[test]
    fn other_sites_are_followed_but_never_adopted() {
        for (from, to) in [
            ("http://baosonla.vn/", "https://ads.example.com/"),
            ("http://bao.com.vn/", "https://other.com.vn/"),
            ("http://10.0.0.1/", "http://10.0.0.2/"),
            ("http://localhost/", "http://localhost2/"),
        ] {
            let chain: &[(u16, &str)] = &[(301, to)];
            assert_eq!(adopted(from, &[(0, chain), (13, chain), (26, chain)]), None, "{from}");
        }
        let same_host: &[(u16, &str)] = &[(301, "http://127.1.0.1:8080/new")];
        assert_eq!(adopted("http://127.1.0.1:8080/old", &[(0, same_host), (13, same_host), (26, same_host)]), Some(26));
    }

    #[test]
    fn location_is_resolved_and_checked() {
        let from = url("https://example.org/a/b?c#d");
        let leads = |location: &'static [u8]| {
            let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_bytes(location).expect("a value"))]);
            target(&from, &headers).map(String::from).map_err(|error| error.to_string())
        };
        assert_eq!(leads(b"/x#y"), Ok("https://example.org/x".into()));
        assert_eq!(leads(b"../z"), Ok("https://example.org/z".into()));
        assert_eq!(leads("/thời-sự".as_bytes()), Ok("https://example.org/th%E1%BB%9Di-s%E1%BB%B1".into()));
        assert!(leads(b"http://example.org/").is_err_and(|why| why.ends_with("from https to http")));
        assert!(leads(b"http://[").is_err());
        assert!(target(&from, &HeaderMap::new()).is_err());
    }
}
