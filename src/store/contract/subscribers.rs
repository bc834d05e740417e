//! Subscribers of our feeds come back as they were put.

use super::*;
use crate::model::{Delivery, Subscriber, SubscriberCounts};

fn subscriber(callback: &str, secret: Option<&str>) -> Subscriber {
    Subscriber {
        topic: url("https://feeds.vn/bao/all.rss"),
        callback: url(callback),
        secret: secret.map(Secret::new),
        delivery: Delivery {
            since: now(),
            lease_until: now() + Span::days(10),
            acknowledged: Some("\"abc\"".into()),
            failures: 0,
            retry_at: None,
        },
    }
}

pub(in crate::store) async fn subscribers_come_back_until_they_are_gone<S: Store>(store: &S) {
    let (one, other) = (subscriber("https://a.vn/?q=1", Some("a secret")), subscriber("https://b.vn/", None));
    store.put_subscribers(vec![other.clone(), one.clone()], Vec::new()).await.expect("a write");
    assert_eq!(store.subscribers().await.expect("subscribers"), [one.clone(), other.clone()]);
    let mut renewed = other;
    renewed.secret = Some(Secret::new("another"));
    renewed.delivery.failures = 3;
    renewed.delivery.retry_at = Some(now() + Span::minutes(1));
    let gone = vec![(one.topic.clone(), one.callback.clone())];
    store.put_subscribers(vec![renewed.clone()], gone).await.expect("a write");
    assert_eq!(store.subscribers().await.expect("subscribers"), [renewed]);
}

pub(in crate::store) async fn subscribers_are_counted_with_those_that_fail<S: Store>(store: &S) {
    assert_eq!(store.subscriber_counts().await.expect("counts"), SubscriberCounts::default());
    let mut failing = subscriber("https://b.vn/", None);
    failing.delivery.failures = 1;
    store.put_subscribers(vec![subscriber("https://a.vn/", None), failing], Vec::new()).await.expect("a write");
    let expected = SubscriberCounts { subscriptions: 2, failing: 1 };
    assert_eq!(store.subscriber_counts().await.expect("counts"), expected);
}
