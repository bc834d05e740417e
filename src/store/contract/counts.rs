//! What any store tells operators of identity and of what is held.

use super::*;

pub(in crate::store) async fn held_items_are_counted_since_their_first_sight<S: Store>(store: &S) {
    let held = |hours, name: &str| {
        let doubted = arriving(Arrival::Held(HoldReason::Unlike), batch(vec![draft(name, "Hai tin")]));
        later(hours, doubted)
    };
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    put(store, held(1, "b-2")).await;
    put(store, held(2, "c-3")).await;
    let counts = store.source_counts().await.expect("counts")[&source("xa-hoi")];
    assert_eq!((counts.ready, counts.held, counts.held_since), (1, 2, Some(now() + Span::hours(1))));
    let first = store.held(&source("xa-hoi")).await.expect("held items")[0].item;
    put(store, Batch { release: vec![first], ..batch(Vec::new()) }).await;
    let counts = store.source_counts().await.expect("counts")[&source("xa-hoi")];
    assert_eq!((counts.held, counts.held_since), (1, Some(now() + Span::hours(2))));
}

pub(in crate::store) async fn repairs_are_counted_a_paper<S: Store>(store: &S) {
    let other = |n: usize| draft(&format!("x-{n}"), "Khánh thành cầu Nậm La");
    put(store, batch((0..3).map(other).collect())).await;
    assert_eq!(store.repairs().await.expect("repairs"), HashMap::new());
    for (hours, names) in [(1, 0..2), (2, 0..3)] {
        let mut one = other(0);
        one.keys = names.flat_map(|n| other(n).keys).collect();
        assert_eq!(put(store, later(hours, batch(vec![one]))).await.repairs.len(), 1);
    }
    let repairs = HashMap::from([(paper(), Repairs { count: 2, last: now() + Span::hours(2) })]);
    assert_eq!(store.repairs().await.expect("repairs"), repairs);
}

pub(in crate::store) async fn what_is_held_back_is_kept_until_it_is_replaced<S: Store>(store: &S) {
    assert_eq!(store.refusals().await.expect("none"), []);
    let refusal = |path: &str| Refusal {
        path: path.to_owned(),
        rule: "InvalidRFC2822Date".to_owned(),
        what: "item 1: \"hôm nay\"".to_owned(),
        since: now(),
    };
    let two = vec![refusal("bao/all.rss"), refusal("bao/xa-hoi.rss")];
    store.keep_refusals(two.clone()).await.expect("a write");
    assert_eq!(store.refusals().await.expect("two"), two);
    store.keep_refusals(Vec::new()).await.expect("a write");
    assert_eq!(store.refusals().await.expect("none"), []);
}
