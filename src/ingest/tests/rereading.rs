//! Kept documents: what is kept of polls, and what another configuration makes of it without a new document.

use super::lab::{EVERY, Lab, feed, ok, path_of, status, title_of};
use super::*;
use crate::ingest::Depth;
use crate::model::{Category, CategorySlug, Source};
use crate::store::Body;

const PAGE: &str = "/xa-hoi.html";

fn html(etag: u32, body: impl AsRef<[u8]>) -> Vec<u8> {
    ok(&format!("content-type: text/html\r\netag: \"{etag}\"\r\n"), body)
}

fn with(source: &Arc<Source>, change: impl FnOnce(&mut Source)) -> Arc<Source> {
    let mut changed = Source::clone(source);
    change(&mut changed);
    Arc::new(changed)
}

fn selecting(source: &Arc<Source>, item: &str) -> Arc<Source> {
    let selectors = Selectors { item: Some(item.to_owned()), ..Selectors::default() };
    with(source, |source| source.recipe = Recipe::Listing(selectors))
}

async fn kept(lab: &Lab, source: &Source) -> Vec<Body> {
    lab.store().bodies(&source.id).await.expect("kept documents")
}

/// The entity tags that were sent along, request by request.
fn tags(lab: &Lab, path: &str) -> Vec<Option<String>> {
    let sent = lab.sent(path, "if-none-match").into_iter();
    sent.map(|tag| tag.map(|tag| String::from_utf8_lossy(&tag).into_owned())).collect()
}

/// A list of one article where menus stand: found by selectors alone.
fn hidden(number: usize) -> Vec<u8> {
    let link = format!("<nav><div class='x'><a href='{}'>{}</a></div></nav>", path_of(number), title_of(number));
    page("Xã hội", &format!("{link}<p>Mời bạn đọc theo dõi.</p>"))
}

#[tokio::test]
async fn changed_category_reaches_the_kept_list_without_a_new_document() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (PAGE, 0) => html(1, section(12, story)),
        (PAGE, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(PAGE);
    assert_eq!(lab.poll(&source).await.commit.new, 12);
    lab.restart().await;
    let unchanged = lab.next_poll(&source).await;
    assert!(unchanged.reread.is_none() && unchanged.commit.changed == 0);
    let before = lab.items().await;
    let category = Category { slug: CategorySlug::new("xa-hoi").expect("a slug"), title: "Xã hội".into() };
    let renamed = with(&source, |source| source.category = Some(category.clone()));
    let report = lab.next_poll(&renamed).await;
    assert_eq!((report.answer, report.commit.new, report.commit.changed), (Polled::NotModified, 0, 12));
    let after = lab.items().await;
    assert!(after.iter().all(|item| item.categories == [category.clone()] && item.updated.is_none()));
    let frozen = |items: &[crate::model::Item]| -> Vec<_> {
        items.iter().map(|item| (item.guid.clone(), item.published, item.first_seen)).collect()
    };
    assert_eq!(frozen(&after), frozen(&before));
    assert!(lab.next_poll(&renamed).await.reread.is_none(), "once is enough");
    assert_eq!(tags(&lab, PAGE), [None, Some("\"1\"".into()), Some("\"1\"".into()), Some("\"1\"".into())]);
}

#[tokio::test]
async fn new_selectors_read_the_page_that_drifted_and_the_origin_need_not_send_it_again() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (PAGE, 0) => html(1, section(12, story)),
        (PAGE, 1) => html(2, hidden(40)),
        (PAGE, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(PAGE);
    lab.poll(&source).await;
    let drifted = lab.next_poll(&source).await;
    assert_eq!(drifted.state.state, SourceState::Drift, "{:?}", drifted.state.failure);
    let seen_at = lab.now;
    lab.restart().await;
    let report = lab.next_poll(&selecting(&source, "div.x")).await;
    assert_eq!((&report.answer, report.state.state), (&Polled::NotModified, SourceState::Ok), "{:?}", report.state);
    assert_eq!(tags(&lab, PAGE), [None, Some("\"1\"".into()), Some("\"2\"".into())]);
    let found = lab.items().await.into_iter().find(|item| item.title == title_of(40)).expect("published");
    assert!((found.first_seen - seen_at).num_seconds().abs() < 5, "{} {seen_at}", found.first_seen);
    assert_eq!(kept(&lab, &source).await.iter().map(|body| body.was_read).collect::<Vec<_>>(), [true, true]);
}

#[tokio::test]
async fn source_that_never_could_be_read_publishes_what_its_first_selectors_find() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (PAGE, 0) => html(1, hidden(7)),
        (PAGE, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(PAGE);
    assert_eq!(lab.poll(&source).await.state.state, SourceState::Drift);
    assert_eq!(lab.state(&source).await.validators, crate::model::Validators::default());
    let report = lab.next_poll(&selecting(&source, "div.x")).await;
    assert_eq!((report.state.state, report.commit.new, report.commit.published), (SourceState::Ok, 1, 1));
    assert_eq!(tags(&lab, PAGE), [None, Some("\"1\"".into())]);
}

#[tokio::test]
async fn selectors_that_break_the_list_are_told_while_the_origin_says_304() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (PAGE, 0) => html(1, hidden(7)),
        (PAGE, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let source = selecting(&lab.source(PAGE), "div.x");
    assert_eq!(lab.poll(&source).await.commit.published, 1);
    for _ in 0..2 {
        let report = lab.next_poll(&selecting(&source, "div.y")).await;
        let failure = report.state.failure.expect("a failure");
        assert_eq!((report.answer, report.state.state), (Polled::Failed, SourceState::Drift), "{}", failure.what);
    }
    let healed = lab.next_poll(&source).await;
    assert_eq!((healed.state.state, healed.state.failure), (SourceState::Ok, None));
    assert_eq!(lab.items().await.len(), 1);
}

#[tokio::test]
async fn strangers_in_a_kept_document_are_held_until_the_origin_agrees() {
    let two = |known: usize| {
        let list = String::from_utf8(section(known, story)).expect("text");
        let other: String =
            (100..130).map(|n| format!("<div class='x'><a href='{}'>{}</a></div>", path_of(n), title_of(n))).collect();
        list.replace("<main>", &format!("<footer>{other}</footer><main>"))
    };
    let mut lab = Lab::new(move |path, before| match (path, before) {
        (PAGE, 0) => html(1, two(12)),
        (PAGE, 1) => status(500, ""),
        (PAGE, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let source = selecting(&lab.source(PAGE), "article.tin");
    assert_eq!(lab.poll(&source).await.commit.published, 12);
    let other = selecting(&source, "footer div.x");
    let report = lab.next_poll(&other).await;
    assert_eq!((report.commit.held, report.commit.published), (30, 0), "{:?}", report.reread);
    assert_eq!(lab.items().await.len(), 12);
    lab.restart().await;
    let agreed = lab.next_poll(&other).await;
    assert_eq!((agreed.answer, agreed.commit.published), (Polled::NotModified, 30));
    assert!(agreed.reread.is_none(), "read once");
}

#[tokio::test]
async fn the_same_document_read_anew_is_no_second_look_at_what_is_held() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (PAGE, 0) => html(1, section(12, story)),
        (PAGE, 1) => html(2, section(90, story)),
        (PAGE, 2) => status(500, ""),
        (PAGE, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(PAGE);
    lab.poll(&source).await;
    assert_eq!(lab.next_poll(&source).await.commit.held, 12);
    let category = Category { slug: CategorySlug::new("xa-hoi").expect("a slug"), title: "Xã hội".into() };
    let renamed = with(&source, |source| source.category = Some(category));
    let report = lab.next_poll(&renamed).await;
    assert_eq!((report.commit.published, report.state.held.is_some()), (0, true), "{:?}", report.reread);
    assert_eq!(lab.items().await.len(), 12);
    let agreed = lab.next_poll(&renamed).await;
    assert_eq!((agreed.commit.published, agreed.state.state), (12, SourceState::Ok));
}

#[tokio::test]
async fn unchanged_and_index_documents_are_not_kept_again_and_nothing_where_nothing_is_to_be_kept() {
    const INDEX: &str = "/sitemap.xml";
    let mut lab = Lab::new(|path, before| match (path, before) {
        (PAGE, 0..=2) => html(1, section(12, story)),
        (PAGE, n) => html(1, section(12 + n, story)),
        (INDEX, _) => ok("", "<sitemapindex><sitemap><loc>/s.xml</loc></sitemap></sitemapindex>"),
        _ => status(404, ""),
    })
    .await;
    let (source, index) = (lab.source(PAGE), lab.source(INDEX));
    lab.poll(&source).await;
    let first = kept(&lab, &source).await;
    lab.next_poll(&source).await;
    assert_eq!(kept(&lab, &source).await, first, "not written again");
    for _ in 0..6 {
        lab.next_poll(&source).await;
    }
    assert_eq!(kept(&lab, &source).await.len(), 3);
    lab.poll(&index).await;
    assert_eq!(kept(&lab, &index).await, []);
    let (state, now) = (lab.state(&source).await, lab.now + chrono::Duration::hours(9));
    let none = lab.ingest().keeping(0);
    let report = none.poll(&source, &Rhythm::Every(EVERY), state, now).await.expect("a store");
    assert_eq!((report.state.kept, report.state.read_as), (None, None));
}

#[tokio::test]
async fn what_came_after_the_whole_document_is_read_anew_as_well() {
    const FEED: &str = "/rss/xa-hoi.rss";
    let delta = |numbers: std::ops::Range<usize>| {
        let body = feed(numbers, "");
        let head = format!("HTTP/1.1 226 X\r\nim: feed\r\netag: \"2\"\r\ncontent-length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body.as_bytes()].concat()
    };
    let mut lab = Lab::new(move |path, before| match (path, before) {
        (FEED, 0) => ok("etag: \"1\"\r\n", feed(0..12, "")),
        (FEED, 1) => delta(12..15),
        (FEED, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(FEED);
    lab.poll(&source).await;
    lab.next_poll(&source).await;
    let category = Category { slug: CategorySlug::new("xa-hoi").expect("a slug"), title: "Xã hội".into() };
    let report = lab.next_poll(&with(&source, |source| source.category = Some(category))).await;
    assert_eq!((report.reread.map(|reread| reread.documents.len()), report.commit.changed), (Some(2), 15));
}

#[tokio::test]
async fn address_that_changed_is_not_read_from_what_the_old_one_said() {
    const OTHER: &str = "/kinh-te.html";
    let mut lab = Lab::new(|path, before| match (path, before) {
        (PAGE, 0) => html(1, section(12, story)),
        (OTHER, _) => html(7, section(90, story)),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(PAGE);
    lab.poll(&source).await;
    let moved = with(&source, |source| source.url = lab.home.join(OTHER).expect("a path"));
    let report = lab.next_poll(&moved).await;
    assert!(report.reread.is_none(), "{:?}", report.reread);
    assert_eq!(report.state.read_as, Some(crate::ingest::keep::reading(&moved)));
}

#[tokio::test]
async fn rebuild_corrects_what_is_known_and_leaves_the_sources_state_alone() {
    let mut lab = Lab::new(|path, before| match path {
        PAGE => html(u32::try_from(before).unwrap_or(0), section(12 + before, story)),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(PAGE);
    for _ in 0..3 {
        lab.next_poll(&source).await;
    }
    let (before, items) = (lab.state(&source).await, lab.items().await);
    let rebuild = async |source: &Arc<Source>, depth| {
        let state = lab.state(source).await;
        lab.ingest().rebuild(source, &Rhythm::Every(EVERY), state, depth, lab.now).await.expect("a store")
    };
    let same = rebuild(&source, Depth::All).await;
    assert_eq!((same.documents.len(), same.commit.new, same.commit.changed), (3, 0, 0));
    assert_eq!(lab.items().await, items);
    let selectors =
        Selectors { title: Some("p".to_owned()), item: Some("article.tin".to_owned()), ..Selectors::default() };
    let otherwise = with(&source, |source| source.recipe = Recipe::Listing(selectors));
    let newest = rebuild(&otherwise, Depth::Newest).await;
    assert_eq!((newest.documents.len(), newest.commit.changed), (1, 12));
    let all = rebuild(&otherwise, Depth::All).await;
    assert_eq!(
        (all.documents.len(), all.commit.changed, all.commit.new),
        (3, 2, 0),
        "those that only older lists show"
    );
    let after = lab.items().await;
    assert!(after.iter().all(|item| item.title.starts_with("Người dân bản") && item.updated.is_none()), "{after:?}");
    assert_eq!(lab.state(&source).await, before);
}
