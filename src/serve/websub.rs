//! The callback of our subscriptions at WebSub hubs (W3C Recommendation, 23 January 2018): verification of intent, denial,
//! and content distribution.
//!
//! Comes in: requests of whoever knows a callback's path. Goes out: answers, and marks in a [`Callback`] for the one who
//! subscribed; marks are levels, not events, so that a flood fills nothing and crowds out no other hub. What is pushed is
//! signed and hashed as it flows by, and never kept: a push is a hint to poll, and whoever polls reads the origin itself.
//! It does not know who subscribes, or what follows.

use super::answer::{self, Answering, Reply};
use crate::model::Secret;
use crate::observe::metrics::{Metrics, PushResult};
use arc_swap::ArcSwap;
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes};
use hyper::{HeaderMap, Method, Request, StatusCode};
use ring::hmac;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use subtle::ConstantTimeEq;
use tokio::sync::Notify;
use url::{Url, form_urlencoded};

/// What callbacks' paths begin with; a token follows.
const PREFIX: &str = "/websub/";
const SIGNATURE: &str = "x-hub-signature";
/// Hubs send some dozen characters.
const MOST_CHALLENGE_CHARS: usize = 1024;
const MOST_REASON_CHARS: usize = 200;
/// Parameters of a query that are looked at.
const MOST_PARAMETERS: usize = 32;

/// What a hub asks us to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// `hub.mode=subscribe`.
    Subscribe,
    /// `hub.mode=unsubscribe`.
    Unsubscribe,
}

/// One subscription's callback: what it confirms, and what came.
#[derive(Debug)]
pub struct Callback {
    topic: Url,
    secret: Secret,
    inbox: Mutex<Inbox>,
}

#[derive(Debug, Default)]
struct Inbox {
    awaited: Option<Intent>,
    is_over: bool,
    heard: Heard,
}

/// What came to a callback since the last look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// The hub verified what was awaited, with this lease in seconds where it stated one.
    pub verified: Option<(Intent, Option<u64>)>,
    /// The hub denied the subscription, with its words.
    pub denied: Option<String>,
    /// Pushes with a good signature.
    pub pushes: u64,
    /// Pushes without one, or too long.
    pub ignored: u64,
}

impl Callback {
    /// A callback of a topic whose pushes are signed with `secret`; it confirms nothing yet.
    #[must_use]
    pub fn new(topic: Url, secret: Secret) -> Self {
        Self { topic, secret, inbox: Mutex::default() }
    }

    /// Sets what is confirmed from now on, and whether pushes are told that the subscription is over.
    pub fn set(&self, awaited: Option<Intent>, is_over: bool) {
        let mut inbox = self.inbox();
        (inbox.awaited, inbox.is_over) = (awaited, is_over);
    }

    /// Takes what came since the last look.
    #[must_use]
    pub fn take(&self) -> Heard {
        std::mem::take(&mut self.inbox().heard)
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All callbacks, by token. Nothing is known but what the one who subscribes puts here.
#[derive(Debug, Default)]
pub struct Callbacks {
    register: ArcSwap<Register>,
    heard: Notify,
}

#[derive(Debug, Default)]
struct Register {
    by_token: HashMap<String, Arc<Callback>>,
    most_bytes: u64,
}

impl Callbacks {
    /// Takes the callbacks as they are now, in place of all before; pushes have at most so many bytes.
    pub fn replace(&self, by_token: HashMap<String, Arc<Callback>>, most_bytes: u64) {
        self.register.store(Arc::new(Register { by_token, most_bytes }));
    }

    /// Waits until something came to one of them. Cancel-safe.
    pub async fn heard(&self) {
        self.heard.notified().await;
    }

    fn find(&self, token: &str) -> Option<(Arc<Callback>, u64)> {
        let register = self.register.load();
        register.by_token.get(token).map(|callback| (Arc::clone(callback), register.most_bytes))
    }
}

/// The token, where a path is a callback's.
pub(super) fn token(path: &str) -> Option<&str> {
    path.strip_prefix(PREFIX)
}

/// Answers a request to a callback's path.
pub(super) fn answer<B>(callbacks: &Arc<Callbacks>, metrics: &Arc<Metrics>, request: Request<B>) -> Answering
where
    B: Body<Data = Bytes> + Send + 'static,
{
    let found = token(request.uri().path()).and_then(|token| callbacks.find(token));
    let Some((callback, most_bytes)) = found else {
        if request.method() == Method::POST {
            metrics.push(PushResult::Unknown);
        }
        return Answering::now(answer::no_callback());
    };
    match *request.method() {
        Method::GET => {
            let reply = intent(&callback, request.uri().query().unwrap_or_default());
            callbacks.heard.notify_one();
            Answering::now(reply)
        }
        Method::POST => {
            let (callbacks, metrics) = (Arc::clone(callbacks), Arc::clone(metrics));
            Answering::later(async move {
                let (result, reply) = content(&callback, most_bytes, request).await;
                metrics.push(result);
                callbacks.heard.notify_one();
                reply
            })
        }
        _ => Answering::now(answer::callback_method_not_allowed()),
    }
}

/// Verification of intent (WebSub §5.3), or denial (§5.2). Repeats nothing but the challenge of what was awaited.
fn intent(callback: &Callback, query: &str) -> Reply {
    let mut parameters: HashMap<String, String> = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).take(MOST_PARAMETERS) {
        parameters.entry(name.into_owned()).or_insert_with(|| value.into_owned());
    }
    let stated = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    if Url::parse(stated("hub.topic")).ok().as_ref() != Some(&callback.topic) {
        return answer::no_callback();
    }
    let mut inbox = callback.inbox();
    let intent = match stated("hub.mode") {
        "subscribe" => Intent::Subscribe,
        "unsubscribe" => Intent::Unsubscribe,
        "denied" if !inbox.is_over => {
            let reason: String = stated("hub.reason").chars().take(MOST_REASON_CHARS).collect();
            inbox.heard.denied = Some(crate::text::log_safe(&reason));
            return answer::plain("");
        }
        _ => return answer::no_callback(),
    };
    let challenge = stated("hub.challenge");
    let is_plain = !challenge.is_empty()
        && challenge.chars().count() <= MOST_CHALLENGE_CHARS
        && !challenge.chars().any(char::is_control);
    if inbox.awaited != Some(intent) || !is_plain {
        return answer::no_callback();
    }
    // a lease that is no number is as good as none
    inbox.heard.verified = Some((intent, stated("hub.lease_seconds").parse().ok()));
    inbox.heard.denied = None;
    answer::challenge(challenge.to_owned())
}

/// Content distribution (WebSub §7): the signature is checked over the raw bytes before anything else is made of them. A
/// bad one gets the same answer as a good one (§8), so that nobody learns by trying.
async fn content<B>(callback: &Callback, most_bytes: u64, request: Request<B>) -> (PushResult, Reply)
where
    B: Body<Data = Bytes>,
{
    if callback.inbox().is_over {
        return (PushResult::Over, answer::callback_gone());
    }
    let (head, body) = request.into_parts();
    let mut signature = Signature::stated(&head.headers, &callback.secret);
    let mut body = pin!(body);
    let mut left = most_bytes;
    while let Some(frame) = body.as_mut().frame().await {
        let Ok(frame) = frame else { return (PushResult::Ignored, ignored(callback, StatusCode::BAD_REQUEST)) };
        let Some(bytes) = frame.data_ref() else { continue };
        let Some(rest) = left.checked_sub(bytes.len() as u64) else {
            return (PushResult::TooLong, ignored(callback, StatusCode::PAYLOAD_TOO_LARGE));
        };
        left = rest;
        if let Some(signature) = &mut signature {
            signature.made.update(bytes);
        }
    }
    if !signature.is_some_and(Signature::holds) {
        return (PushResult::Ignored, ignored(callback, StatusCode::ACCEPTED));
    }
    let pushes = &mut callback.inbox().heard.pushes;
    *pushes = pushes.saturating_add(1);
    (PushResult::Accepted, answer::pushed(StatusCode::ACCEPTED))
}

fn ignored(callback: &Callback, status: StatusCode) -> Reply {
    let ignored = &mut callback.inbox().heard.ignored;
    *ignored = ignored.saturating_add(1);
    answer::pushed(status)
}

/// `X-Hub-Signature: method=hex` (WebSub §7.1), and what it is compared with.
struct Signature {
    stated: Vec<u8>,
    made: hmac::Context,
}

impl Signature {
    /// The stated signature; none where there is none, or of no method that is known. SHA-1 is still what most hubs use;
    /// as an HMAC it holds.
    fn stated(headers: &HeaderMap, secret: &Secret) -> Option<Self> {
        let (method, hex) = headers.get(SIGNATURE)?.to_str().ok()?.trim().split_once('=')?;
        let algorithm = match method.trim().to_ascii_lowercase().as_str() {
            "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => hmac::HMAC_SHA256,
            "sha384" => hmac::HMAC_SHA384,
            "sha512" => hmac::HMAC_SHA512,
            _ => return None,
        };
        let key = hmac::Key::new(algorithm, secret.reveal().as_bytes());
        Some(Self { stated: bytes_of_hex(hex.trim())?, made: hmac::Context::with_key(&key) })
    }

    /// Whether it is the one that the secret makes; takes equally long whichever bytes differ.
    fn holds(self) -> bool {
        self.made.sign().as_ref().ct_eq(&self.stated).into()
    }
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    const MOST_DIGITS: usize = 128;
    if text.len() > MOST_DIGITS || !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
