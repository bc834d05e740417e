//! A document of the shelf as an answer: conditional requests and encodings (RFC 9110 §13, §12.5.3).
//!
//! Comes in: a ready document and the request's header fields. Goes out: a 200 or a 304, or a 226 by `delta.rs`. It does not know what the document says.

use super::answer::{METHODS, Reply, options as bare_options, reply};
use super::delta;
use super::negotiation::{Asked, Fields, asked, coding};
use crate::publish::{Coding, Ready};
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderValue};

/// What a reader gets of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// All of it.
    Full(Coding),
    /// The word that its copy is still good.
    NotModified(Coding),
}

/// What a request gets: the conditions and the codings decide.
pub(super) fn share(ready: &Ready, request: &(impl Fields + ?Sized)) -> Share {
    let chosen = coding(request, |coding| ready.representation(coding).is_some());
    match asked(request) {
        Asked::Unconditionally => Share::Full(chosen),
        Asked::UnlessAny => Share::NotModified(chosen),
        Asked::UnlessTagged(tags) => {
            // The encoding that this reader would get, first; but a copy of any other is as fresh.
            let known = std::iter::once(chosen).chain(Coding::ALL).find(|coding| tags.names(ready.tag(*coding)));
            known.map_or(Share::Full(chosen), Share::NotModified)
        }
        Asked::UnlessSince(moment) if ready.last_modified().timestamp() <= moment.timestamp() => {
            Share::NotModified(chosen)
        }
        Asked::UnlessSince(_) => Share::Full(chosen),
    }
}

/// The answer to GET; to HEAD as well, where hyper leaves the body out.
pub(super) fn answer(ready: &Ready, request: &HeaderMap) -> Reply {
    match share(ready, request) {
        Share::Full(coding) if delta::is_asked(ready, request) => {
            delta::answer(ready, coding, request).unwrap_or_else(|| delta::instead(full(ready, coding)))
        }
        Share::Full(coding) => full(ready, coding),
        Share::NotModified(coding) => reply(StatusCode::NOT_MODIFIED, ready.not_modified(coding), Bytes::new()),
    }
}

/// The answer to OPTIONS: what scripts of other sites may do with a feed (Fetch §3.3.2).
pub(super) fn options(ready: &Ready) -> Reply {
    let is_open = ready.not_modified(Coding::Identity).contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    if is_open { open_options() } else { bare_options() }
}

/// The answer to OPTIONS of what is open to everybody's scripts.
pub(super) fn open_options() -> Reply {
    let mut reply = bare_options();
    let headers = reply.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    reply
}

fn full(ready: &Ready, coding: Coding) -> Reply {
    match ready.representation(coding) {
        Some(found) => reply(StatusCode::OK, found.headers.clone(), found.body.clone()),
        None => super::answer::not_found(),
    }
}
