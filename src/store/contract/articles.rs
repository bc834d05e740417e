//! Items that wait: for their article page, or for an operator.

use super::*;

async fn one_awaited<S: Store>(store: &S) -> PendingArticle {
    let commit = put(store, arriving(Arrival::AwaitArticle, batch(vec![draft("a-1", "Một tin")]))).await;
    assert_eq!(commit, Commit { new: 1, ..Commit::default() });
    assert_eq!((items(store).await.len(), head(store, all()).await), (0, Revision(0)));
    assert_eq!(store.next_article_at().await.expect("a time"), Some(now()));
    store.pending_articles(now(), 10).await.expect("pages").remove(0)
}

pub(in crate::store) async fn awaited_item_is_published_with_its_article<S: Store>(store: &S) {
    let pending = one_awaited(store).await;
    assert_eq!((pending.url.as_str(), pending.attempts), ("https://bao.vn/a-1", 0));
    let mut page = dated(draft("a-1", "Một tin | Báo"), now() - Span::days(3), DateOrigin::Metadata);
    page.authors = vec!["Lò Minh".into()];
    page.content = Some(SafeHtml::vouch("<p>x</p>".into()));
    page.keys.push(ItemKey::Permalink("bao.vn/canonical".into()));
    let commit = put(store, later(1, read(pending.item, ArticleOutcome::Read(Box::new(page))))).await;
    assert_eq!((commit.published, commit.changed, commit.revision), (1, 1, Revision(1)));
    let item = items(store).await.remove(0);
    assert_eq!((item.title.as_str(), item.published.at), ("Một tin", now() - Span::days(3)));
    assert_eq!((item.authors.len(), item.content.is_some(), item.updated), (1, true, None));
    assert_eq!(store.next_article_at().await.expect("a time"), None);
    assert_eq!(put(store, batch(vec![draft("canonical", "Một tin")])).await.new, 0);
}

pub(in crate::store) async fn forbidden_article_is_published_at_once<S: Store>(store: &S) {
    let pending = one_awaited(store).await;
    assert_eq!(put(store, read(pending.item, ArticleOutcome::Never)).await.published, 1);
    assert_eq!(store.pending_articles(now() + Span::days(9), 10).await.expect("pages"), []);
}

pub(in crate::store) async fn better_witness_dates_an_item_until_it_is_ready<S: Store>(store: &S) {
    let (text, day, exact) = (at("2026-02-13T08:30:00Z"), at("2026-02-13T05:00:00Z"), at("2026-02-13T08:31:07Z"));
    let stated = |section: &str, at, precision, origin| {
        let mut shown = from(section, draft("a-1", "Một tin trong tỉnh"));
        shown.published = Some(PubDate { at, precision, origin });
        arriving(Arrival::AwaitArticle, batch(vec![shown]))
    };
    put(store, stated("xa-hoi", text, Precision::Minute, DateOrigin::Text)).await;
    put(store, stated("sitemap", day, Precision::Day, DateOrigin::Metadata)).await;
    let item = store.pending_articles(now(), 1).await.expect("pages").remove(0).item;
    put(store, stated("news", exact, Precision::Second, DateOrigin::Metadata)).await;
    assert_eq!(put(store, read(item, ArticleOutcome::Never)).await.published, 1);
    let published = items(store).await.remove(0).published;
    assert_eq!((published.at, published.origin), (exact, DateOrigin::Metadata));
    assert_eq!(put(store, stated("rss", day, Precision::Second, DateOrigin::Feed)).await.changed, 0);
    assert_eq!(items(store).await.remove(0).published, published, "frozen, whoever knows better");

    let shown = |path: &str, origin, precision, at| {
        let mut shown =
            from(if origin == DateOrigin::Text { "xa-hoi" } else { "sitemap" }, draft(path, "Một tin khác nữa"));
        shown.published = Some(PubDate { at, precision, origin });
        arriving(Arrival::AwaitArticle, batch(vec![shown]))
    };
    put(store, shown("b-2", DateOrigin::Text, Precision::Minute, text)).await;
    put(store, shown("b-2", DateOrigin::Metadata, Precision::Day, day)).await;
    let item = store.pending_articles(now(), 1).await.expect("pages").remove(0).item;
    put(store, read(item, ArticleOutcome::Never)).await;
    let of_text =
        items(store).await.into_iter().find(|item| item.permalink.as_str().ends_with("b-2")).expect("it is there");
    assert_eq!(of_text.published.at, text, "a day alone betters no moment of that day");
}

pub(in crate::store) async fn nothing_is_published_without_a_title<S: Store>(store: &S) {
    let untitled = |path| {
        let mut shown = from("sitemap", draft(path, ""));
        shown.summary = None;
        arriving(Arrival::AwaitArticle, batch(vec![shown]))
    };
    assert_eq!((put(store, untitled("a-1")).await.new, put(store, untitled("b-2")).await.new), (1, 1));
    let known = store.recognize(&paper(), untitled("c-3").drafts, now()).await.expect("an answer");
    assert_eq!(known, [Recognition::New], "no title is no old title");
    let pending = store.pending_articles(now(), 10).await.expect("pages");
    let item_of = |path: &str| pending.iter().find(|page| page.url.path() == path).expect("it waits").item;
    let (first, second) = (item_of("/a-1"), item_of("/b-2"));
    let failed = ArticleOutcome::Failed { retry_at: now() + Span::minutes(15), grace: Duration::ZERO };
    assert_eq!(put(store, read(first, failed)).await.published, 0);
    assert_eq!(store.release_overdue(now() + Span::days(1)).await.expect("a commit").published, 0);
    assert_eq!(put(store, read(second, ArticleOutcome::Never)).await.published, 0);
    assert!(items(store).await.is_empty());
    let page = dated(draft("a-1", "Một tin"), now() - Span::days(1), DateOrigin::Metadata);
    assert_eq!(put(store, read(first, ArticleOutcome::Read(Box::new(page)))).await.published, 1);
    assert_eq!(put(store, untitled("b-2")).await.published, 0);
    assert_eq!(put(store, batch(vec![draft("b-2", "Tin thứ hai")])).await.published, 1);
    assert_eq!(put(store, later(1, untitled("b-2"))).await.changed, 0);
    let titles: BTreeSet<String> = items(store).await.into_iter().map(|item| item.title).collect();
    assert_eq!(titles, BTreeSet::from(["Một tin".to_owned(), "Tin thứ hai".to_owned()]));
}

pub(in crate::store) async fn grace_publishes_and_a_late_read_fills_but_never_dates<S: Store>(store: &S) {
    let pending = one_awaited(store).await;
    let failed = ArticleOutcome::Failed { retry_at: now() + Span::minutes(15), grace: Duration::from_secs(3600) };
    for _ in 0..2 {
        assert_eq!(put(store, read(pending.item, failed.clone())).await.published, 0);
    }
    assert_eq!(store.pending_articles(now(), 10).await.expect("pages"), []);
    let again = store.pending_articles(now() + Span::minutes(15), 10).await.expect("pages").remove(0);
    assert_eq!(again.attempts, 1, "the same failure told twice is one");
    let overdue = |minutes| store.release_overdue(now() + Span::minutes(minutes));
    assert_eq!(overdue(59).await.expect("a commit").published, 0);
    assert_eq!(overdue(60).await.expect("a commit").published, 1);
    let before = items(store).await.remove(0);
    let mut page = dated(draft("a-1", "Một tin"), now() - Span::days(3), DateOrigin::Metadata);
    page.content = Some(SafeHtml::vouch("<p>x</p>".into()));
    assert_eq!(store.pending_articles(now() + Span::hours(2), 10).await.expect("pages").len(), 1);
    assert_eq!(put(store, later(2, read(pending.item, ArticleOutcome::Read(Box::new(page))))).await.changed, 1);
    let after = items(store).await.remove(0);
    assert_eq!((after.published, after.updated), (before.published, None));
    assert!(after.content.is_some() && after.revision > before.revision);
}

pub(in crate::store) async fn article_is_given_up_after_eight_failures<S: Store>(store: &S) {
    let pending = one_awaited(store).await;
    for attempt in 1..=8 {
        let retry_at = now() + Span::minutes(attempt);
        let failed = ArticleOutcome::Failed { retry_at, grace: Duration::from_secs(1 << 30) };
        assert_eq!(put(store, read(pending.item, failed)).await.published, u32::from(attempt == 8));
    }
    assert_eq!(store.next_article_at().await.expect("a time"), None);
}

pub(in crate::store) async fn postponed_article_is_no_failure<S: Store>(store: &S) {
    let pending = one_awaited(store).await;
    let until = now() + Span::minutes(5);
    put(store, read(pending.item, ArticleOutcome::Postponed { until })).await;
    assert_eq!(store.next_article_at().await.expect("a time"), Some(until));
    assert_eq!(store.pending_articles(until, 10).await.expect("pages"), [pending]);
}

pub(in crate::store) async fn newest_articles_are_due_first<S: Store>(store: &S) {
    let list = |names: &[&str]| batch(names.iter().map(|name| draft(name, &format!("Bài {name}"))).collect());
    put(store, arriving(Arrival::AwaitArticle, list(&["a", "b", "c"]))).await;
    put(store, later(1, arriving(Arrival::AwaitArticle, list(&["d", "a", "b", "c"])))).await;
    let due = store.pending_articles(now() + Span::hours(1), 3).await.expect("pages");
    assert_eq!(due.iter().map(|p| p.url.path()).collect::<Vec<_>>(), ["/d", "/a", "/b"]);
}

pub(in crate::store) async fn item_waits_no_more_where_no_page_is_read<S: Store>(store: &S) {
    one_awaited(store).await;
    assert_eq!(put(store, batch(vec![draft("a-1", "Một tin")])).await.published, 1);
    assert_eq!(store.next_article_at().await.expect("a time"), None);
}

pub(in crate::store) async fn held_items_wait_for_release<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    let doubted = || vec![draft("a-1", "Sai sự thật"), draft("b-2", "Hai tin"), draft("c-3", "Ba tin")];
    let commit = put(store, arriving(Arrival::Held(HoldReason::NearlyAllNew), batch(doubted()))).await;
    assert_eq!((commit.held, commit.changed, commit.revision), (2, 0, Revision(1)));
    assert_eq!(titles(store).await, ["Một tin"], "a doubted poll changes nothing that is published");
    let held = store.held(&source("xa-hoi")).await.expect("held items");
    assert_eq!(held.iter().map(|h| h.url.path()).collect::<BTreeSet<_>>(), BTreeSet::from(["/b-2", "/c-3"]));
    assert_eq!(put(store, batch(vec![draft("b-2", "Hai tin")])).await.published, 0);
    let recognized = store.recognize(&paper(), Arc::new(doubted()), now()).await.expect("answers");
    assert!(matches!(
        recognized[..],
        [Recognition::Known { held: false, .. }, Recognition::Known { held: true, .. }, _]
    ));
    let release = |h: &HeldItem| Batch { release: vec![h.item], ..batch(Vec::new()) };
    assert_eq!(put(store, release(&held[0])).await.published, 1);
    put(store, arriving(Arrival::AwaitArticle, release(&held[1]))).await;
    assert_eq!(store.held(&source("xa-hoi")).await.expect("held items"), []);
    assert_eq!(store.pending_articles(now(), 9).await.expect("pages").len(), 1);
    let counts = store.source_counts().await.expect("counts");
    assert_eq!(counts[&source("xa-hoi")], SourceCounts { ready: 2, awaiting: 1, held: 0, held_since: None });
}
