//! What stands between polls: heads, categories, states, claims, documents, subscriptions; and what retention takes.

use super::*;

pub(in crate::store) async fn heads_move_only_where_something_changed<S: Store>(store: &S) {
    let mut law = draft("b-2", "Hai tin");
    law.categories = vec![category("phap-luat", "Pháp luật")];
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    put(store, batch(vec![law])).await;
    assert_eq!(head(store, of("xa-hoi")).await, Revision(1));
    assert_eq!(head(store, of("phap-luat")).await, Revision(2));
    assert_eq!(head(store, all()).await, Revision(2));
    assert_eq!(head(store, of("the-thao")).await, Revision(0));
    let channels = store.channels().await.expect("channels");
    let stems: Vec<_> = channels.iter().map(|c| (c.id.stem(), c.revision.0)).collect();
    assert_eq!(stems, [("bao/all".to_owned(), 2), ("bao/phap-luat".to_owned(), 2), ("bao/xa-hoi".to_owned(), 1)]);
    assert_eq!(channels[2].category.as_ref().map(|c| c.title.as_str()), Some("Xã hội"));
}

pub(in crate::store) async fn labels_are_bounded_and_configured_categories_are_not<S: Store>(store: &S) {
    let labelled = |n: u32| {
        let mut shown = draft(&format!("a-{n}"), &format!("Tin {n}"));
        shown.categories = vec![category(&format!("nhan-{n}"), &format!("Nhãn {n}"))];
        shown
    };
    put(store, batch((0..MOST_LABELS + 5).map(labelled).collect())).await;
    assert_eq!(store.channels().await.expect("channels").len() as u32, MOST_LABELS + 1);
    let configured = (paper(), category("nhan-9000", "Mục 9000"));
    store.put_categories(vec![(configured.0.clone(), Some(configured.1.clone()))]).await.expect("categories");
    put(store, batch(vec![labelled(9000)])).await;
    assert_eq!(store.items(&of("nhan-9000")).await.expect("items")[0].categories, [configured.1]);
}

pub(in crate::store) async fn configured_title_of_a_category_wins<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    store.put_categories(vec![(paper(), Some(category("xa-hoi", "XÃ HỘI")))]).await.expect("categories");
    assert_eq!(head(store, of("xa-hoi")).await, Revision(2));
    assert_eq!(items(store).await[0].categories[0].title, "XÃ HỘI");
    store.put_categories(vec![(paper(), Some(category("xa-hoi", "XÃ HỘI")))]).await.expect("categories");
    assert_eq!(store.revision().await.expect("a revision"), Revision(2));
}

pub(in crate::store) async fn category_is_over_when_its_sections_left_and_labels_cannot_name_it<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    let over = async || {
        let heads = store.channels().await.expect("channels");
        heads.into_iter().filter(|head| head.is_over).map(|head| head.id.stem()).collect::<Vec<_>>()
    };
    let noted = async |sections: &[Option<Category>]| {
        let sections = sections.iter().map(|category| (paper(), category.clone())).collect();
        store.put_categories(sections).await.expect("categories");
    };
    let (society, sport) = (Some(category("xa-hoi", "Xã hội")), Some(category("the-thao", "Thể thao")));
    noted(std::slice::from_ref(&sport)).await;
    assert_eq!(over().await, [""; 0], "known from labels alone");
    noted(&[society.clone(), sport.clone()]).await;
    assert_eq!(over().await, [""; 0]);
    noted(std::slice::from_ref(&sport)).await;
    assert_eq!(over().await, ["bao/xa-hoi"]);
    noted(&[sport.clone(), None]).await;
    assert_eq!(over().await, [""; 0], "labels may name it");
    noted(&[society, sport.clone()]).await;
    noted(&[sport]).await;
    assert_eq!(over().await, ["bao/xa-hoi"]);
}

pub(in crate::store) async fn states_memory_and_origins_come_back<S: Store>(store: &S) {
    let id = source("xa-hoi");
    let poll = PollState { polls: 3, next_poll_at: Some(now()), ..PollState::default() };
    let memory = Memory { url_shapes: vec!["/a/x".into()], ..Memory::default() };
    let origin = Origin { last_request: Some(now()), ..Origin::new("https://bao.vn".into()) };
    let full = Batch {
        poll: Some(poll.clone()),
        memory: Some(memory.clone()),
        origins: vec![origin.clone()],
        ..batch(Vec::new())
    };
    put(store, full).await;
    put(store, batch(Vec::new())).await;
    assert_eq!(store.poll_states().await.expect("states"), HashMap::from([(id.clone(), Box::new(poll.clone()))]));
    assert_eq!(store.memory(&id).await.expect("a memory"), memory);
    assert_eq!(store.memory(&source("khac")).await.expect("a memory"), Memory::default());
    let later = PollState { polls: 4, ..poll };
    let moved = Origin { last_request: None, ..origin };
    store.put_poll_states(vec![(id.clone(), later.clone())], vec![moved.clone()]).await.expect("a write");
    assert_eq!(*store.poll_states().await.expect("states")[&id], later);
    assert_eq!(store.origins().await.expect("origins"), [moved]);
}

pub(in crate::store) async fn claim_holds_until_the_polls_own_state_follows<S: Store>(store: &S) {
    let (known, new) = (source("xa-hoi"), source("moi"));
    let state = |at: DateTime<Utc>| PollState {
        scheduled_at: Some(at),
        next_poll_at: Some(at + Span::hours(1)),
        polls: 3,
        ..PollState::default()
    };
    store.put_poll_states(vec![(known.clone(), state(now()))], Vec::new()).await.expect("a write");
    let (at, until) = (now() + Span::hours(1), now() + Span::hours(2));
    store.claim(vec![(known.clone(), until), (new.clone(), until)], at).await.expect("a claim");
    let states = store.poll_states().await.expect("states");
    assert_eq!(*states[&known], PollState { scheduled_at: Some(at), next_poll_at: Some(until), ..state(now()) });
    assert_eq!((states[&new].next_poll_at, states[&new].polls), (Some(until), 0));
    let polled = state(at + Span::seconds(3));
    store.put_poll_states(vec![(known.clone(), polled.clone())], Vec::new()).await.expect("a write");
    assert_eq!(*store.poll_states().await.expect("states")[&known], polled);
}

pub(in crate::store) async fn renamed_source_is_told_once<S: Store>(store: &S) {
    let (old, new, page) = (source("cu"), source("moi"), url("https://bao.vn/x.html"));
    let put = |id: &SourceId| store.put_sources(vec![(id.clone(), page.clone())]);
    assert_eq!(put(&old).await.expect("sources"), []);
    assert_eq!(put(&old).await.expect("sources"), []);
    assert_eq!(put(&new).await.expect("sources"), [(new.clone(), old)]);
    assert_eq!(put(&new).await.expect("sources"), []);
}

pub(in crate::store) async fn publications_come_back_until_they_are_gone<S: Store>(store: &S) {
    let made = |path: &str, body: &[u8]| Publication {
        path: path.into(),
        media_type: Format::Rss.media_type(),
        body: Arc::from(body),
        etag: "\"x\"".into(),
        last_modified: now(),
    };
    let keep = |changed, gone| store.keep_publications(changed, gone, "made so".to_owned());
    assert_eq!(store.publications().await.expect("documents"), (Vec::new(), None));
    keep(vec![made("a.rss", b"1"), made("b.rss", b"2")], Vec::new()).await.expect("kept");
    keep(vec![made("a.rss", b"3")], vec!["b.rss".into(), "c.rss".into()]).await.expect("kept");
    let kept = store.publications().await.expect("documents");
    assert_eq!(kept, (vec![made("a.rss", b"3")], Some("made so".to_owned())));
}

pub(in crate::store) async fn retention_keeps_the_newest_and_takes_a_fifth_at_most<S: Store>(store: &S) {
    let old =
        |n: i64| dated(draft(&format!("a-{n}"), &format!("Tin {n}")), now() - Span::days(400 + n), DateOrigin::Feed);
    let first = Batch { now: now() - Span::days(399), ..batch((0..20).map(old).collect()) };
    put(store, first).await;
    let policy = |keep_least| Retention { keep: Duration::from_secs(86_400 * 30), keep_least, max_bytes: None };
    assert_eq!(store.prune(&policy(1000), now()).await.expect("a count").removed, 0);
    assert_eq!(store.prune(&policy(18), now()).await.expect("a count").removed, 2);
    assert_eq!(head(store, of("xa-hoi")).await, Revision(2), "an item left the channel");
    assert_eq!(store.prune(&policy(5), now()).await.expect("a count").removed, 3, "a fifth of 18");
    assert_eq!(titles(store).await.last().map(String::as_str), Some("Tin 14"));
    let forever = Retention { keep: Duration::MAX, keep_least: 0, max_bytes: None };
    assert_eq!(store.prune(&forever, now()).await.expect("a count").removed, 0);
}

pub(in crate::store) async fn what_a_source_still_shows_is_not_pruned<S: Store>(store: &S) {
    let shown = || batch((0..10).map(|n| draft(&format!("a-{n}"), &format!("Tin {n}"))).collect());
    put(store, shown()).await;
    put(store, Batch { now: now() + Span::days(100), ..shown() }).await;
    let policy = Retention { keep: Duration::from_secs(86_400), keep_least: 0, max_bytes: None };
    assert_eq!(store.prune(&policy, now() + Span::days(101)).await.expect("a count").removed, 0);
    assert_eq!(store.prune(&policy, now() + Span::days(120)).await.expect("a count").removed, 2);
}

pub(in crate::store) async fn subscriptions_come_back_until_they_are_gone<S: Store>(store: &S) {
    let subscription = |token: &str| Subscription {
        token: Secret::new(token),
        secret: Secret::new("a secret"),
        source: source("xa-hoi"),
        terms: Terms {
            hub: url("https://hub.vn/"),
            topic: url("https://bao.vn/tin.rss"),
            base: url("https://feeds.vn/"),
        },
        progress: Progress {
            state: SubscriptionState::Wanted,
            pending: true,
            since: now(),
            next_at: now() + Span::hours(1),
            asked_at: Some(now()),
            lease_until: None,
            failures: 2,
            problem: Some("no answer".into()),
            last_push: None,
            pushes: 0,
            ignored: 7,
        },
    };
    let (one, other) = (subscription("a"), subscription("b"));
    store.put_subscriptions(vec![other.clone(), one.clone()], Vec::new()).await.expect("a write");
    assert_eq!(store.subscriptions().await.expect("subscriptions"), [one, other.clone()]);
    let mut renewed = other;
    renewed.progress.state = SubscriptionState::Active;
    renewed.progress.lease_until = Some(now() + Span::days(10));
    store.put_subscriptions(vec![renewed.clone()], vec![Secret::new("a")]).await.expect("a write");
    assert_eq!(store.subscriptions().await.expect("subscriptions"), [renewed]);
}
