//! Webhooks and alerts go on from where they stood.

use super::*;
use crate::model::{Alert, AlertKind, AlertMark, Owed, WebhookMark, WebhookPlace, WebhookState};

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

pub(in crate::store) async fn alerts_come_back_until_they_are_gone<S: Store>(store: &S) {
    let alert = Alert {
        id: "drift/bao/xa-hoi/1".to_owned(),
        kind: AlertKind::Drift,
        source: "bao/xa-hoi".to_owned().try_into().ok(),
        since: now(),
        until: None,
        stage: Some("extract".to_owned()),
        what: "Tiếng Việt".to_owned(),
        url: None,
        expected: None,
        remedy: "nothing".to_owned(),
    };
    let mark = |key: &str| AlertMark {
        key: key.to_owned(),
        owed: vec![Owed { way: "w".to_owned(), alert: alert.clone() }],
        alert: alert.clone(),
        returns: 2,
        gone_since: Some(now()),
    };
    assert_eq!(store.alerts().await.expect("alerts"), []);
    store.put_alerts(vec![mark("b"), mark("a")], Vec::new()).await.expect("a write");
    assert_eq!(store.alerts().await.expect("alerts"), [mark("a"), mark("b")]);
    store.put_alerts(Vec::new(), vec!["a".to_owned()]).await.expect("a write");
    assert_eq!(store.alerts().await.expect("alerts"), [mark("b")]);
    assert_eq!(store.webhooks().await.expect("webhooks"), [], "kept apart");
}
