//! Webhooks go on from where they stood.

use super::*;
use crate::model::{WebhookMark, WebhookPlace, WebhookState};

pub(in crate::store) async fn webhooks_come_back_until_they_are_gone<S: Store>(store: &S) {
    let place = WebhookPlace { after: 7, until: Some(9) };
    let mark = |key: &str| WebhookMark {
        key: key.to_owned(),
        host: "a.vn".to_owned(),
        state: WebhookState::Ok,
        places: [(paper(), place)].into(),
        delivered_at: Some(now()),
        problem: None,
    };
    assert_eq!(store.webhooks().await.expect("webhooks"), []);
    store.put_webhooks(vec![mark("b"), mark("a")], Vec::new()).await.expect("a write");
    assert_eq!(store.webhooks().await.expect("webhooks"), [mark("a"), mark("b")]);
    let failing = WebhookMark { state: WebhookState::Failing, problem: Some("500".to_owned()), ..mark("b") };
    store.put_webhooks(vec![failing.clone()], vec!["a".to_owned()]).await.expect("a write");
    assert_eq!(store.webhooks().await.expect("webhooks"), [failing]);
}
