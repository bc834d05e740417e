//! Small answers, and the header fields that every answer carries. Nothing of the request is ever repeated.

use crate::observe::metrics::Metrics;
use crate::publish::policy;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The one type of answer: finished bytes.
pub(super) type Reply = Response<Full<Bytes>>;

/// What every address takes.
pub(super) const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

const PLAIN: &str = "text/plain; charset=utf-8";

/// An answer that is there, or one that is still made. Feeds are there: nothing is allocated for waiting.
pub(super) enum Answering {
    Now(Option<Reply>),
    Later(Pin<Box<dyn Future<Output = Reply> + Send>>),
}

impl Answering {
    pub(super) fn now(reply: Reply) -> Self {
        Self::Now(Some(reply))
    }

    pub(super) fn later(reply: impl Future<Output = Reply> + Send + 'static) -> Self {
        Self::Later(Box::pin(reply))
    }

    pub(super) fn counted(self, metrics: Arc<Metrics>) -> Counted {
        Counted { answering: self, metrics }
    }
}

/// An answer that is counted when it is there.
pub(super) struct Counted {
    answering: Answering,
    metrics: Arc<Metrics>,
}

impl Future for Counted {
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = match &mut self.answering {
            // A future that is polled after its end may wait for ever.
            Answering::Now(reply) => reply.take().map_or(Poll::Pending, Poll::Ready),
            Answering::Later(reply) => reply.as_mut().poll(cx),
        };
        reply.map(|reply| {
            self.metrics.http_request(reply.status().as_u16());
            Ok(reply)
        })
    }
}

/// An answer of finished parts.
pub(super) fn reply(status: StatusCode, headers: HeaderMap, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    reply
}

/// The fields of everything that is no document: closed to scripts, frames and caches.
fn closed(media_type: &'static str, policy: HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers
}

fn short(status: StatusCode, text: &'static str) -> Reply {
    reply(status, closed(PLAIN, HeaderValue::from_static(policy::NOTHING)), Bytes::from_static(text.as_bytes()))
}

/// A word of our own making, as text.
pub(super) fn told(status: StatusCode, text: String) -> Reply {
    reply(status, closed(PLAIN, HeaderValue::from_static(policy::NOTHING)), text.into())
}

pub(super) fn plain(text: &'static str) -> Reply {
    short(StatusCode::OK, text)
}

pub(super) fn text(media_type: &'static str, text: String) -> Reply {
    document(media_type, text.into_bytes())
}

pub(super) fn document(media_type: &'static str, body: Vec<u8>) -> Reply {
    reply(StatusCode::OK, closed(media_type, HeaderValue::from_static(policy::NOTHING)), body.into())
}

pub(super) fn page(text: String) -> Reply {
    let policy = HeaderValue::try_from(policy::page_policy()).unwrap_or(HeaderValue::from_static(policy::NOTHING));
    reply(StatusCode::OK, closed("text/html; charset=utf-8", policy), text.into())
}

/// A page that says what was wrong with the request.
pub(super) fn bad_page(text: String) -> Reply {
    let mut reply = page(text);
    *reply.status_mut() = StatusCode::BAD_REQUEST;
    reply
}

pub(super) fn bad_request(why: &'static str) -> Reply {
    short(StatusCode::BAD_REQUEST, why)
}

pub(super) fn json(of: &impl serde::Serialize) -> Reply {
    serde_json::to_string_pretty(of).map_or_else(
        |_| short(StatusCode::INTERNAL_SERVER_ERROR, "the report cannot be written as JSON\n"),
        |written| text("application/json", written + "\n"),
    )
}

/// What browsers ask for beside every page, and show in its tab.
pub(super) fn icon() -> Reply {
    const ICON: &[u8] = include_bytes!("../../templates/icon.png");
    let mut headers = closed("image/png", HeaderValue::from_static(policy::NOTHING));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=604800"));
    reply(StatusCode::OK, headers, Bytes::from_static(ICON))
}

pub(super) fn not_found() -> Reply {
    short(StatusCode::NOT_FOUND, "404 Not Found: there is no such document. All feeds: / and /feeds.opml\n")
}

/// The first round of publishing is still under way.
pub(super) fn nothing_yet() -> Reply {
    unavailable("503 Service Unavailable: nothing is published yet; try again in a few seconds")
}

pub(super) fn unavailable(why: &'static str) -> Reply {
    let mut reply = short(StatusCode::SERVICE_UNAVAILABLE, why);
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    reply
}

/// What only the poller of a pair can take, while it is away; a restart takes seconds.
pub(super) fn partner_away() -> Reply {
    let mut reply = unavailable("503 Service Unavailable: this is not taken right now; try again later\n");
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    reply
}

/// A client that asks more than its share (RFC 6585 §4).
pub(super) fn too_many(wait: u64) -> Reply {
    let mut reply = short(StatusCode::TOO_MANY_REQUESTS, "429 Too Many Requests: feeds change every few minutes\n");
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    reply
}

pub(super) fn options() -> Reply {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(header::ALLOW, METHODS);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply(StatusCode::NO_CONTENT, headers, Bytes::new())
}

pub(super) fn method_not_allowed() -> Reply {
    let mut reply = short(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed: only GET, HEAD and OPTIONS\n");
    reply.headers_mut().insert(header::ALLOW, METHODS);
    reply
}

/// What the hub takes.
const HUB_METHODS: HeaderValue = HeaderValue::from_static("POST");

pub(super) fn hub_accepted() -> Reply {
    short(StatusCode::ACCEPTED, "202 Accepted: the callback is asked whether this was meant\n")
}

pub(super) fn hub_refused(why: &'static str) -> Reply {
    short(StatusCode::BAD_REQUEST, why)
}

pub(super) fn hub_busy() -> Reply {
    let mut reply = short(StatusCode::TOO_MANY_REQUESTS, "429 Too Many Requests: try again later\n");
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    reply
}

pub(super) fn hub_method_not_allowed() -> Reply {
    let mut reply = short(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed: a WebSub hub takes POST alone\n");
    reply.headers_mut().insert(header::ALLOW, HUB_METHODS);
    reply
}

/// What a callback of a subscription takes.
const CALLBACK_METHODS: HeaderValue = HeaderValue::from_static("GET, POST");

/// The challenge of a hub, repeated (WebSub §5.3): foreign text, so plain text and nothing else.
pub(super) fn challenge(text: String) -> Reply {
    self::text(PLAIN, text)
}

pub(super) fn no_callback() -> Reply {
    short(StatusCode::NOT_FOUND, "404 Not Found: nothing is subscribed here\n")
}

/// A push was taken, or not: hubs get few words.
pub(super) fn pushed(status: StatusCode) -> Reply {
    short(status, "")
}

pub(super) fn callback_gone() -> Reply {
    short(StatusCode::GONE, "410 Gone: this subscription is over\n")
}

pub(super) fn callback_method_not_allowed() -> Reply {
    let mut reply = short(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed: only GET and POST\n");
    reply.headers_mut().insert(header::ALLOW, CALLBACK_METHODS);
    reply
}
