//! The calls of webhooks: what of a page is wanted, and its delivery, signed as Standard Webhooks has it.
//!
//! Comes in: what [`Book`](super::book::Book) decided. Goes out: what was found, what receivers answered. It decides nothing.

use super::book::{Look, Reach, Receipt};
use crate::fetch::{Call, Called, FetchError, Fetcher, Parcel};
use crate::model::{Channel, Item, PaperId, Publication, Secret, Webhook};
use crate::serve::{change_word, chosen_changes, cursor_text, next_number};
use crate::store::{Change, ChangeKind, Store, StoreError};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use chrono::{DateTime, Utc};
use hyper::body::Bytes;
use ring::hmac;
use url::Url;

/// Entries in a page.
const PAGE: u32 = 100;
/// In microseconds.
const SECOND: i64 = 1_000_000;
/// No list has more entries.
const LONGEST_LIST: i64 = 100_000;

/// What a look found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) reach: Reach,
    /// What is to be delivered; `None`: nothing of it is wanted.
    pub(super) page: Option<Publication>,
    /// Entries before it are no longer kept.
    pub(super) is_pruned: bool,
}

/// Reads the next page of a stream, and what of it is wanted.
pub(super) async fn look(store: &impl Store, paper: &Channel, look: &Look) -> Result<Found, StoreError> {
    let Look { webhook, paper: id, place } = look;
    let mut page = store.change_page(id, Some(place.after), PAGE).await?;
    let is_pruned = place.after < page.oldest;
    if let Some(until) = place.until {
        let before = page.entries.len();
        page.entries.retain(|(change, _)| change.cursor <= until);
        if page.entries.len() < before {
            (page.more, page.newest) = (true, until);
        }
    }
    let (next, more) = (next_number(&page), page.more);
    let reach = Reach { key: webhook.key.clone(), paper: id.clone(), next, more };
    let mut wanted = page.entries;
    wanted.retain(|(change, _)| webhook.kinds.contains(&change_word(change.kind)));
    if wanted.iter().any(|(change, _)| change.kind == ChangeKind::Create) {
        let began = beginnings(store, id).await?;
        wanted.retain(|entry| !is_history(entry, &began));
    }
    let epoch = store.stream_epoch().timestamp_micros();
    let page = (!wanted.is_empty()).then(|| chosen_changes(paper, wanted, (next, more), epoch));
    Ok(Found { reach, page, is_pruned })
}

/// The moments of the first polls of a paper's sources.
async fn beginnings(store: &impl Store, paper: &PaperId) -> Result<Vec<DateTime<Utc>>, StoreError> {
    let states = store.poll_states().await?;
    let of_paper = states.iter().filter(|(source, _)| source.paper() == *paper);
    Ok(of_paper.filter_map(|(_, state)| state.began).collect())
}

/// Whether an item is new because its source is: a first poll fills the history.
fn is_history((change, item): &(Change, Option<Item>), began: &[DateTime<Utc>]) -> bool {
    let Some(item) = item else { return false };
    change.kind == ChangeKind::Create && began.iter().any(|at| came_with(item.first_seen, *at))
}

/// Whether a first sight is that of a poll. An undated item's is so many whole seconds before it as stand before the item in
/// the list; the fractions of a second tell one poll from another.
fn came_with(first_seen: DateTime<Utc>, poll: DateTime<Utc>) -> bool {
    let before = poll.timestamp_micros() - first_seen.timestamp_micros();
    (0..=LONGEST_LIST * SECOND).contains(&before) && before % SECOND == 0
}

/// Delivers a page. Its id is that of its last entry, so that a page that comes again is known again.
pub(super) async fn deliver(
    fetcher: &Fetcher,
    webhook: &Webhook,
    reach: &Reach,
    (page, epoch): (Publication, i64),
    now: DateTime<Utc>,
) -> Receipt {
    let id = format!("{}-{}", reach.paper, cursor_text(epoch, reach.next));
    post(fetcher, (&webhook.url, &webhook.secret), &id, Bytes::from_owner(page.body), now).await
}

/// Posts JSON, signed.
pub(in crate::daemon) async fn post(
    fetcher: &Fetcher,
    (url, secret): (&Url, &Secret),
    id: &str,
    body: Bytes,
    now: DateTime<Utc>,
) -> Receipt {
    let timestamp = now.timestamp();
    let Some(signature) = signature(secret, id, timestamp, &body) else {
        return Receipt::Failed { problem: "its secret is no base64".to_owned(), retry_after: None };
    };
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signature),
    ];
    match fetcher.call(Call { url: url.clone(), parcel: Some(Parcel { headers, body }), now }).await {
        Ok(Called { status: 200..=299, .. }) => Receipt::Acknowledged,
        Ok(Called { status: 410, .. }) => Receipt::Gone,
        Ok(Called { status, retry_after, .. }) => {
            Receipt::Failed { problem: format!("its receiver answered {status}"), retry_after }
        }
        Err(error) => Receipt::Failed { problem: shown(&error, url), retry_after: None },
    }
}

/// What broke, without the address, which may be a secret.
fn shown(error: &FetchError, url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    error.to_string().replace(&FetchError::shown(url), host).replace(url.as_str(), host)
}

/// `v1,…` over id, timestamp and body (Standard Webhooks, "Signature scheme").
fn signature(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let key = BASE64_STANDARD_NO_PAD.decode(secret.reveal().trim_end_matches('=')).ok()?;
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
    context.update(format!("{id}.{timestamp}.").as_bytes());
    context.update(body);
    Some(format!("v1,{}", BASE64_STANDARD.encode(context.sign())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn items_of_a_first_poll_are_known_by_their_first_sight_dated_or_not() {
        let poll = DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::microseconds(123_457);
        let polled = |back| came_with(poll - back, poll);
        assert!(polled(TimeDelta::zero()) && polled(TimeDelta::seconds(40)));
        assert!(!polled(TimeDelta::seconds(-1)), "what came after it is news");
        assert!(!polled(TimeDelta::seconds(40) + TimeDelta::microseconds(1)), "another poll brought it");
    }

    #[test]
    fn signature_is_that_of_the_reference_implementation() {
        let secret = Secret::new("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let made = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(made.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }
}
