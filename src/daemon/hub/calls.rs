//! The calls of the hub: asking a callback whether a request was meant, delivering, saying goodbye.
//!
//! Comes in: what [`Book`](super::book::Book) decided. Goes out: what callbacks answered. It decides nothing.

use super::super::random;
use super::book::{Question, Receipt};
use crate::fetch::{Call, Called, FetchError, Fetcher, Parcel};
use crate::model::Secret;
use crate::publish::{Coding, Ready};
use crate::serve::Intent;
use chrono::{DateTime, Utc};
use hyper::header::CONTENT_TYPE;
use ring::hmac;
use subtle::ConstantTimeEq;
use url::Url;

/// Asks a callback whether a request was meant: it has to repeat a number that nobody can guess (WebSub §5.3).
pub(super) async fn confirm(fetcher: &Fetcher, question: &Question, now: DateTime<Utc>) -> bool {
    let Some(challenge) = random::token() else { return false };
    let (mode, lease) = match question.intent {
        Intent::Subscribe => ("subscribe", Some(question.lease_seconds.to_string())),
        Intent::Unsubscribe => ("unsubscribe", None),
    };
    let mut fields = vec![("hub.mode", mode), ("hub.topic", question.key.0.as_str()), ("hub.challenge", &challenge)];
    fields.extend(lease.as_deref().map(|seconds| ("hub.lease_seconds", seconds)));
    match ask(fetcher, &question.key.1, &fields, now).await {
        Ok(Called { status: 200..=299, body, .. }) => body.ct_eq(challenge.as_bytes()).into(),
        Ok(_) | Err(_) => false,
    }
}

/// Tells a callback that its subscription is over before its lease is (WebSub §5.2).
pub(super) async fn deny(fetcher: &Fetcher, topic: &Url, callback: &Url, now: DateTime<Utc>) {
    let fields = [
        ("hub.mode", "denied"),
        ("hub.topic", topic.as_str()),
        ("hub.reason", "this feed is no longer published here"),
    ];
    // whoever does not hear it finds out when the lease ends
    let _ = ask(fetcher, callback, &fields, now).await;
}

/// A GET of a callback with more parameters: what its own query holds stays as it is.
async fn ask(
    fetcher: &Fetcher,
    callback: &Url,
    fields: &[(&str, &str)],
    now: DateTime<Utc>,
) -> Result<Called, FetchError> {
    let mut url = callback.clone();
    url.query_pairs_mut().extend_pairs(fields);
    fetcher.call(Call { url, parcel: None, now }).await
}

/// Delivers a document (WebSub §7), signed where the subscriber gave a secret.
pub(super) async fn deliver(
    fetcher: &Fetcher,
    ready: &Ready,
    (topic, callback): (&Url, &Url),
    (hub, secret): (&Url, Option<&Secret>),
    now: DateTime<Utc>,
) -> Receipt {
    let failed = Receipt::Failed { retry_after: None };
    let Some(document) = ready.representation(Coding::Identity) else { return failed };
    let media_type = document.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut headers = vec![
        ("content-type", media_type.to_owned()),
        ("link", format!("<{hub}>; rel=\"hub\", <{topic}>; rel=\"self\"")),
    ];
    headers.extend(secret.map(|secret| ("x-hub-signature", signature(secret, &document.body))));
    let parcel = Parcel { headers, body: document.body.clone() };
    match fetcher.call(Call { url: callback.clone(), parcel: Some(parcel), now }).await {
        Ok(Called { status: 200..=299, .. }) => Receipt::Acknowledged,
        Ok(Called { status: 410, .. }) => Receipt::Gone,
        Ok(Called { retry_after, .. }) => Receipt::Failed { retry_after },
        Err(_) => failed,
    }
}

/// `sha256=…` over the body (WebSub §7.1).
fn signature(secret: &Secret, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
    let hex: String = hmac::sign(&key, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_is_that_of_the_standard() {
        // RFC 4231 §4.3
        let made = signature(&Secret::new("Jefe"), b"what do ya want for nothing?");
        assert_eq!(made, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
