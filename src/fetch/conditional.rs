//! Conditional requests (RFC 9110 §13): what is asked with, and what is kept of an answer.
//!
//! Comes in: validators and headers. Goes out: headers and validators, byte for byte; nothing is parsed, reformatted or
//! invented. It does not know which address they belong to.

use crate::model::Validators;
use reqwest::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};

/// Adds `If-None-Match` and `If-Modified-Since`; bytes that cannot stand in a header are left out.
/// Gives back whether anything was added.
pub(super) fn ask(headers: &mut HeaderMap, validators: &Validators) -> bool {
    let mut added = false;
    for (name, bytes) in [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)] {
        if let Some(value) = bytes.as_deref().and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
            headers.insert(name, value);
            added = true;
        }
    }
    added
}

/// The validators of a 200: both are replaced, one that is absent is dropped.
pub(super) fn of_document(headers: &HeaderMap) -> Validators {
    Validators { etag: stated(headers, &ETAG), last_modified: stated(headers, &LAST_MODIFIED) }
}

/// The validators after a 304 (RFC 9111 §4.3.4): one that is there replaces, one that is absent stays.
pub(super) fn after_not_modified(before: &Validators, headers: &HeaderMap) -> Validators {
    let stated = of_document(headers);
    Validators {
        etag: stated.etag.or_else(|| before.etag.clone()),
        last_modified: stated.last_modified.or_else(|| before.last_modified.clone()),
    }
}

fn stated(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    headers.get(name).map(|value| value.as_bytes().to_vec()).filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validators(etag: Option<&[u8]>, last_modified: Option<&[u8]>) -> Validators {
        Validators { etag: etag.map(<[u8]>::to_vec), last_modified: last_modified.map(<[u8]>::to_vec) }
    }

    fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_bytes(v).expect("a value"))).collect()
    }

    #[test]
    fn bytes_go_back_as_they_came() {
        for etag in [&b"\"abc\""[..], b"W/\"a\"", b"unquoted", b"\"a\\\"b\"", b"\"caf\xc3\xa9\xff\"", b"w/\"x, y\""] {
            let kept = of_document(&headers(&[("etag", etag)]));
            let mut sent = HeaderMap::new();
            assert!(ask(&mut sent, &kept));
            assert_eq!(sent[IF_NONE_MATCH].as_bytes(), etag);
            assert!(!sent.contains_key(IF_MODIFIED_SINCE));
        }
    }

    #[test]
    fn bytes_that_no_header_can_carry_are_left_out() {
        let mut sent = HeaderMap::new();
        assert!(!ask(&mut sent, &validators(Some(b"\"a\r\nX: y\""), Some(b"\0"))));
        assert!(sent.is_empty());
    }

    #[test]
    fn document_replaces_both_and_not_modified_only_what_it_states() {
        let before = validators(Some(b"\"1\""), Some(b"Sat"));
        let answer = headers(&[("etag", b"\"2\"")]);
        assert_eq!(of_document(&answer), validators(Some(b"\"2\""), None));
        assert_eq!(after_not_modified(&before, &answer), validators(Some(b"\"2\""), Some(b"Sat")));
        assert_eq!(after_not_modified(&before, &HeaderMap::new()), before);
    }
}
