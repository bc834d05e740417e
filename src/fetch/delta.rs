//! Deltas of feeds: RFC 3229 with the instance manipulation `feed` (only the entries that are new or changed).
//!
//! Comes in: the headers of a conditional request, then those of its answer. Goes out: `A-IM`, and whether the answer is
//! such a delta, with the validators that hold after it. It does not know what a feed is: the one who asks does.

use super::{Asked, conditional};
use crate::model::Validators;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH};

const A_IM: HeaderName = HeaderName::from_static("a-im");
const IM: HeaderName = HeaderName::from_static("im");
const DELTA_BASE: HeaderName = HeaderName::from_static("delta-base");
const FEED: &str = "feed";

/// Whether an answer may hold only what changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Deltas {
    /// The whole document is wanted.
    #[default]
    Refused,
    /// A feed, of which the new entries do.
    Welcome,
}

/// Adds `A-IM: feed` to a request that has an entity tag: a difference needs a base (RFC 3229 §10.5.3).
pub(super) fn ask(headers: &mut HeaderMap, deltas: Deltas) {
    if deltas == Deltas::Welcome && headers.contains_key(IF_NONE_MATCH) {
        headers.insert(A_IM, HeaderValue::from_static(FEED));
    }
}

/// Whether a request asks for a delta.
pub(super) fn is_asked(headers: &HeaderMap) -> bool {
    headers.contains_key(A_IM)
}

/// The validators after a delta; `None`: the answer is none. A 226 must say which kind it is, and some origins say it with
/// a 200. One of another version than ours would lose what lies between (a cache may have asked with its own tag). What
/// the answer does not state stays: the next difference has the same base then.
pub(super) fn of_answer(status: u16, headers: &HeaderMap, asked: &Asked<'_>) -> Option<Validators> {
    let before = asked.validators.filter(|_| asked.for_delta && matches!(status, 200 | 226))?;
    let lines = headers.get_all(IM).iter().filter_map(|line| line.to_str().ok());
    // one manipulation, and not of a kind that would have to be undone (`gzip`, `vcdiff`)
    let mut manipulations =
        lines.flat_map(|line| line.split(',')).map(|word| word.split(';').next().unwrap_or(word).trim());
    let is_feed =
        manipulations.next().is_some_and(|first| first.eq_ignore_ascii_case(FEED)) && manipulations.next().is_none();
    let opaque = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
    let base = headers.get(DELTA_BASE).map(|base| opaque(base.as_bytes()));
    let is_ours = status == 200 || base.is_none() || base == before.etag.as_deref().map(opaque);
    (is_feed && is_ours).then(|| conditional::after_not_modified(before, headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn only_a_request_with_an_entity_tag_asks() {
        for (before, deltas, asks) in [
            (headers(&[("if-none-match", "\"1\"")]), Deltas::Welcome, true),
            (headers(&[("if-none-match", "\"1\"")]), Deltas::Refused, false),
            (headers(&[("if-modified-since", "Sat")]), Deltas::Welcome, false),
            (HeaderMap::new(), Deltas::Welcome, false),
        ] {
            let mut sent = before;
            ask(&mut sent, deltas);
            assert_eq!(is_asked(&sent), asks, "{sent:?}");
        }
    }

    #[test]
    fn an_answer_is_a_delta_only_where_it_was_asked_for_and_says_so() {
        let before = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: Some(b"Sat".to_vec()) };
        let asked = Asked { validators: Some(&before), for_delta: true };
        let not_asked = Asked { validators: Some(&before), for_delta: false };
        let im = |value| headers(&[("im", value), ("etag", "\"2\"")]);
        let based = |base| headers(&[("im", "feed"), ("etag", "\"2\""), ("delta-base", base)]);
        for (status, headers, asked, is_delta) in [
            (226, im("feed"), &asked, true),
            (226, im("Feed"), &asked, true),
            (200, im("feed"), &asked, true),
            (226, im("feed, gzip"), &asked, false),
            (226, im("vcdiff"), &asked, false),
            (226, based("\"1\""), &asked, true),
            (226, based("W/\"1\""), &asked, true),
            (226, based("\"0\""), &asked, false),
            (226, HeaderMap::new(), &asked, false),
            (200, HeaderMap::new(), &asked, false),
            (200, im("feed"), &not_asked, false),
            (226, im("feed"), &not_asked, false),
            (304, im("feed"), &asked, false),
        ] {
            let after = of_answer(status, &headers, asked);
            assert_eq!(after.is_some(), is_delta, "{status} {headers:?}");
            if let Some(after) = after {
                assert_eq!(
                    (after.etag.as_deref(), after.last_modified),
                    (Some(&b"\"2\""[..]), before.last_modified.clone())
                );
            }
        }
        assert_eq!(of_answer(226, &headers(&[("im", "feed")]), &asked), Some(before.clone()));
    }
}
