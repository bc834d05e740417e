//! What is new in a feed since the version that a reader has: 226 IM Used (RFC 3229, with the instance manipulation `feed`).
//!
//! Comes in: a ready document and the header fields of a request whose entity tag is of before. Goes out: the delta, or the
//! word that there is none. It does not know where entries begin: `publish` does.
//!
//! What a 226 says holds beside one version alone, so nobody may keep it who does not know that: `no-store` for all, `im` for
//! caches that know RFC 3229 (§10.8.2). Full documents vary by `A-IM` all the same (RFC 9110 §12.5.5): a cache that takes its
//! copy for any reader's answer would ask on behalf of a reader with its own entity tag, and pass on a delta of another
//! version than the reader's.

use super::answer::{Reply, reply};
use super::negotiation::{A_IM, Asked, asked, coding, takes_delta};
use crate::publish::{Coding, Ready};
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

const IM: HeaderName = HeaderName::from_static("im");
/// Which version the reader must have (RFC 3229 §10.5.2).
const DELTA_BASE: HeaderName = HeaderName::from_static("delta-base");

/// All that the answer depends on.
const VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding, A-IM, If-None-Match");
const UNKEPT: HeaderValue = HeaderValue::from_static("no-store, im");
/// The reader's own cache asks with the tag that the reader has; a shared one with its own.
const KEPT_BY_THE_READER: HeaderValue = HeaderValue::from_static("private, max-age=60");
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, IM, Delta-Base");

/// Whether a request for all of a document would do with what is new in it. One for a range means bytes of the whole.
pub(super) fn is_asked(ready: &Ready, request: &HeaderMap) -> bool {
    request.contains_key(&A_IM) && ready.has_deltas() && !request.contains_key(header::RANGE) && takes_delta(request)
}

/// What is new since the version that the reader has; `None`: that is not known any more, or not worth it.
pub(super) fn answer(ready: &Ready, full: Coding, request: &HeaderMap) -> Option<Reply> {
    let Asked::UnlessTagged(tags) = asked(request) else { return None };
    let packing = coding(request, |coding| coding == Coding::Gzip);
    let (delta, base) = ready.delta(tags.iter(), full, packing)?;
    let mut headers = ready.representation(Coding::Identity)?.headers.clone();
    headers.insert(IM, HeaderValue::from_static("feed"));
    headers.insert(DELTA_BASE, HeaderValue::from_bytes(base).ok()?);
    headers.insert(header::ETAG, ready.tag(delta.coding).clone());
    headers.insert(header::CACHE_CONTROL, UNKEPT);
    headers.insert(header::VARY, VARY);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    if delta.coding == Coding::Gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Some(reply(StatusCode::IM_USED, headers, delta.body))
}

/// All of the document, for a reader who would have taken less.
pub(super) fn instead(mut full: Reply) -> Reply {
    full.headers_mut().insert(header::CACHE_CONTROL, KEPT_BY_THE_READER);
    full.headers_mut().insert(header::VARY, VARY);
    full
}
