//! Differences between versions of a feed (RFC 3229), for readers that ask for the kind "feed".
//!
//! Comes in: a ready feed and a request's header fields. Goes out: a 226, where it is less than the whole feed. Caches that do
//! not know 226 never keep one (§10.8.3); a 200 or 304 is right for everybody, so these say nothing new.

use super::answer::{Reply, reply};
use super::negotiation::{Asked, asked, coding, takes_feed};
use crate::publish::{Coding, Ready};
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

const IM: HeaderName = HeaderName::from_static("im");
const DELTA_BASE: HeaderName = HeaderName::from_static("delta-base");

/// The answer where the reader takes differences, has a version that is known, and the difference is less than all.
pub(super) fn answer(ready: &Ready, request: &HeaderMap) -> Option<Reply> {
    if !takes_feed(request) {
        return None;
    }
    let Asked::UnlessTagged(tags) = asked(request) else { return None };
    let delta = ready.delta(|tag| tags.names(tag))?;
    let whole = ready.representation(coding(request, |coding| ready.representation(coding).is_some()))?;
    if delta.body.len() >= whole.body.len() {
        return None;
    }
    let mut headers = ready.not_modified(Coding::Identity);
    let content_type = whole.headers.get(header::CONTENT_TYPE)?.clone();
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, im"));
    headers.insert(header::VARY, HeaderValue::from_static("A-IM, If-None-Match, Accept-Encoding"));
    headers.insert(IM, HeaderValue::from_static("feed"));
    headers.insert(DELTA_BASE, delta.base);
    Some(reply(StatusCode::IM_USED, headers, delta.body))
}
