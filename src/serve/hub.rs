//! The door of the hub in the box: requests to subscribe to our feeds (WebSub §5.1).
//!
//! Comes in: forms of whoever likes. Goes out: answers, and each well-formed request for the one who keeps the subscriptions,
//! whose verdict is the answer. Nothing of a request is ever repeated. It does not know who is subscribed.

use super::answer::{self, Answering, Reply};
use super::websub::Intent;
use crate::model::Secret;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes};
use hyper::{HeaderMap, Method, Request, header};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use url::form_urlencoded;

/// Where the hub is, below the public base.
const PATH: &str = "/hub";
const FORM: &str = "application/x-www-form-urlencoded";
/// A topic, a callback, a secret: three of them fit twice over.
const MOST_BYTES: usize = 16 << 10;
const MOST_FIELDS: usize = 32;
const MOST_ADDRESS_BYTES: usize = 2048;
/// "This parameter MUST be less than 200 bytes in length" (WebSub §5.1).
const SECRET_BELOW_BYTES: usize = 200;
/// How long a request and its verdict may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests that wait for a verdict.
const WAITING: usize = 256;

/// A request to subscribe or to unsubscribe, as it was stated.
#[derive(Debug)]
pub struct HubRequest {
    /// What is asked for.
    pub intent: Intent,
    /// `hub.topic`.
    pub topic: String,
    /// `hub.callback`.
    pub callback: String,
    /// `hub.lease_seconds`.
    pub lease_seconds: Option<u64>,
    /// `hub.secret`.
    pub secret: Option<Secret>,
    /// Where the verdict goes.
    pub verdict: oneshot::Sender<Verdict>,
}

/// What is said to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its callback will be asked whether it was meant.
    Accepted,
    /// There is no hub here.
    Closed,
    /// It can never be done, for this reason.
    Refused(&'static str),
    /// Not now: there are too many.
    Busy,
}

/// The readers' side of the door.
#[derive(Debug, Clone)]
pub struct HubDoor {
    requests: mpsc::Sender<HubRequest>,
}

impl HubDoor {
    /// A door, and where its requests come out.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<HubRequest>) {
        let (requests, come_out) = mpsc::channel(WAITING);
        (Self { requests }, come_out)
    }
}

/// Whether a path is the hub's.
pub(super) fn is_at(path: &str) -> bool {
    path == PATH
}

/// Answers a request to the hub.
pub(super) fn answer<B>(door: Option<HubDoor>, request: Request<B>) -> Answering
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Some(door) = door else { return Answering::now(answer::not_found()) };
    if request.method() != Method::POST {
        return Answering::now(answer::hub_method_not_allowed());
    }
    Answering::later(async move {
        let verdict = tokio::time::timeout(PATIENCE, verdict(&door, request)).await;
        reply(verdict.unwrap_or(Verdict::Busy))
    })
}

fn reply(verdict: Verdict) -> Reply {
    match verdict {
        Verdict::Accepted => answer::hub_accepted(),
        Verdict::Closed => answer::not_found(),
        Verdict::Refused(why) => answer::hub_refused(why),
        Verdict::Busy => answer::hub_busy(),
    }
}

async fn verdict<B>(door: &HubDoor, request: Request<B>) -> Verdict
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    if !is_form(&head.headers) {
        return Verdict::Refused("the body must be application/x-www-form-urlencoded\n");
    }
    let Ok(body) = Limited::new(body, MOST_BYTES).collect().await else {
        return Verdict::Refused("the form is too long or broke off\n");
    };
    let (answer, verdict) = oneshot::channel();
    match read(&body.to_bytes(), answer) {
        Err(why) => Verdict::Refused(why),
        Ok(request) => match door.requests.try_send(request) {
            Err(_) => Verdict::Busy,
            Ok(()) => verdict.await.unwrap_or(Verdict::Busy),
        },
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    stated.split(';').next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM))
}

/// The form's fields; of a name that stands twice the first counts.
fn read(form: &[u8], verdict: oneshot::Sender<Verdict>) -> Result<HubRequest, &'static str> {
    let mut fields: HashMap<String, String> = HashMap::new();
    for (name, value) in form_urlencoded::parse(form).take(MOST_FIELDS) {
        fields.entry(name.into_owned()).or_insert_with(|| value.into_owned());
    }
    let intent = match fields.get("hub.mode").map(String::as_str) {
        Some("subscribe") => Intent::Subscribe,
        Some("unsubscribe") => Intent::Unsubscribe,
        Some("publish") => return Err("this hub tells of its own feeds by itself\n"),
        _ => return Err("hub.mode must be subscribe or unsubscribe\n"),
    };
    let mut address = |name: &str, missing: &'static str| {
        let stated = fields.remove(name).filter(|text| !text.is_empty()).ok_or(missing)?;
        if stated.len() <= MOST_ADDRESS_BYTES { Ok(stated) } else { Err("an address is longer than 2048 bytes\n") }
    };
    let topic = address("hub.topic", "hub.topic is missing\n")?;
    let callback = address("hub.callback", "hub.callback is missing\n")?;
    let lease_seconds = match fields.get("hub.lease_seconds").filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| "hub.lease_seconds must be a whole number of seconds\n")?),
    };
    let secret = fields.remove("hub.secret").filter(|text| !text.is_empty());
    if secret.as_ref().is_some_and(|secret| secret.len() >= SECRET_BELOW_BYTES) {
        return Err("hub.secret must have less than 200 bytes\n");
    }
    Ok(HubRequest { intent, topic, callback, lease_seconds, secret: secret.map(Secret::new), verdict })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;

    const GOOD: &str = "hub.mode=subscribe&hub.topic=https%3A%2F%2Ff.vn%2Fa.rss&hub.callback=https%3A%2F%2Fa.vn%2F%3Fq";

    async fn asked(method: Method, media_type: &str, form: String, says: Option<Verdict>) -> (u16, Option<HubRequest>) {
        let (door, mut requests) = HubDoor::new();
        let request = Request::builder().method(method).uri(PATH).header("content-type", media_type);
        let request = request.body(Full::new(Bytes::from(form))).expect("a request");
        let judge = async {
            let mut request = requests.recv().await?;
            let (spare, _) = oneshot::channel();
            let verdict = std::mem::replace(&mut request.verdict, spare);
            if let Some(says) = says {
                let _ = verdict.send(says);
            }
            Some(request)
        };
        let (reply, request) = tokio::join!(
            async {
                let reply = match answer(Some(door), request) {
                    Answering::Now(reply) => reply.expect("an answer"),
                    Answering::Later(reply) => reply.await,
                };
                reply.status().as_u16()
            },
            judge
        );
        (reply, request)
    }

    #[tokio::test]
    async fn well_formed_request_gets_the_verdict_of_who_keeps_the_subscriptions() {
        let form = format!("{GOOD}&hub.lease_seconds=60&hub.secret=s3cret&other=1");
        for (says, status) in [
            (Some(Verdict::Accepted), 202),
            (Some(Verdict::Closed), 404),
            (Some(Verdict::Refused("no")), 400),
            (Some(Verdict::Busy), 429),
            (None, 429),
        ] {
            let (answered, request) =
                asked(Method::POST, "Application/x-www-form-urlencoded; charset=utf-8", form.clone(), says).await;
            let request = request.expect("a request");
            assert_eq!(answered, status);
            assert_eq!((request.intent, request.lease_seconds), (Intent::Subscribe, Some(60)));
            assert_eq!((request.topic.as_str(), request.callback.as_str()), ("https://f.vn/a.rss", "https://a.vn/?q"));
            assert_eq!(request.secret.as_ref().map(Secret::reveal), Some("s3cret"));
        }
    }

    #[tokio::test]
    async fn malformed_requests_are_refused_at_the_door() {
        let long = "x".repeat(2100);
        for (form, status) in [
            (String::new(), 400),
            (GOOD.replace("subscribe", "publish"), 400),
            (GOOD.replace("subscribe", "denied"), 400),
            (GOOD.replace("hub.topic", "topic"), 400),
            (GOOD.replace("hub.callback", "callback"), 400),
            (format!("{GOOD}{long}"), 400),
            (format!("{GOOD}&hub.lease_seconds=-1"), 400),
            (format!("{GOOD}&hub.secret={}", "s".repeat(200)), 400),
            (format!("{GOOD}&{}", "x=1&".repeat(10_000)), 400),
        ] {
            let (answered, request) = asked(Method::POST, FORM, form.clone(), Some(Verdict::Accepted)).await;
            assert_eq!((answered, request.is_none()), (status, true), "{form}");
        }
        assert_eq!(asked(Method::POST, "application/json", GOOD.to_owned(), None).await.0, 400);
        assert_eq!(asked(Method::GET, FORM, GOOD.to_owned(), None).await.0, 405);
    }
}
