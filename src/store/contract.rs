//! What holds for every store: one conformance suite, run over each by `contract_tests!`.

pub(super) mod archive;
pub(super) mod bodies;
pub(super) mod choice;
pub(super) mod counts;
mod history;
pub(super) mod renamed;
mod search;
pub(super) mod stream;
pub(super) mod subscribers;
pub(super) mod webhooks;

pub(super) use history::*;
pub(super) use search::*;

use super::*;
use crate::model::{
    CategorySlug, DateOrigin, Enclosure, Format, Image, ItemKey, Permalink, Precision, Progress, PubDate, Refusal,
    SafeHtml, Standing, SubscriptionState, Terms,
};
use chrono::Duration as Span;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment of the test")
}

pub(super) fn now() -> DateTime<Utc> {
    at("2026-02-14T10:00:00Z")
}

pub(super) fn paper() -> PaperId {
    PaperId::new("bao").expect("a slug")
}

pub(super) fn source(section: &str) -> SourceId {
    SourceId::new(&paper(), section).expect("a slug")
}

fn category(slug: &str, title: &str) -> Category {
    Category { slug: CategorySlug::new(slug).expect("a slug"), title: title.into() }
}

pub(super) fn all() -> Selection {
    Selection::of(paper(), None, 100)
}

fn of(slug: &str) -> Selection {
    Selection::of(paper(), CategorySlug::new(slug).ok(), 100)
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL of the test")
}

/// An undated entry of `bao/xa-hoi` at `https://bao.vn/PATH`, keyed by that address.
pub(super) fn draft(path: &str, title: &str) -> Draft {
    let link = url(&format!("https://bao.vn/{path}"));
    Draft {
        source: source("xa-hoi"),
        paper: paper(),
        keys: vec![ItemKey::Permalink(format!("bao.vn/{path}"))],
        permalink: Permalink::new(link).expect("a web address"),
        title: title.into(),
        summary: Some(format!("Tóm tắt của bài {title}.")),
        content: None,
        categories: vec![category("xa-hoi", "Xã hội")],
        authors: Vec::new(),
        language: None,
        image: None,
        enclosures: Vec::new(),
        published: None,
        updated: None,
        place: 0,
        fingerprint: 7,
    }
}

fn from(section: &str, mut draft: Draft) -> Draft {
    draft.source = source(section);
    draft
}

fn keyed(mut draft: Draft, key: ItemKey) -> Draft {
    draft.keys.insert(0, key);
    draft
}

fn origin_id(id: &str) -> ItemKey {
    ItemKey::OriginId(source("xa-hoi"), id.into())
}

fn site_id(id: &str) -> ItemKey {
    ItemKey::SiteId(format!("bao.vn|{id}"))
}

fn dated(mut draft: Draft, at: DateTime<Utc>, origin: DateOrigin) -> Draft {
    draft.published = Some(PubDate { at, precision: Precision::Second, origin });
    let words = crate::text::fold(&draft.title);
    draft.keys.push(ItemKey::TitleDay(format!("{words}|{}", at.date_naive())));
    draft
}

pub(super) fn batch(drafts: Vec<Draft>) -> Batch {
    let mut drafts = drafts;
    for (place, draft) in drafts.iter_mut().enumerate() {
        draft.place = place;
    }
    Batch {
        source: drafts.first().map_or_else(|| source("xa-hoi"), |d| d.source.clone()),
        paper: paper(),
        authority: "Bao.vn:8080".into(),
        now: now(),
        poll: None,
        memory: None,
        drafts: Arc::new(drafts),
        coverage: Coverage::Whole,
        arrival: Arrival::Ready,
        release: Vec::new(),
        article: None,
        origins: Vec::new(),
        body: None,
        anew: None,
    }
}

fn later(hours: i64, batch: Batch) -> Batch {
    Batch { now: now() + Span::hours(hours), ..batch }
}

fn arriving(arrival: Arrival, batch: Batch) -> Batch {
    Batch { arrival, ..batch }
}

async fn put<S: Store>(store: &S, batch: Batch) -> Commit {
    store.commit(batch).await.expect("a commit")
}

async fn items<S: Store>(store: &S) -> Vec<Item> {
    store.items(&all()).await.expect("items")
}

async fn titles<S: Store>(store: &S) -> Vec<String> {
    items(store).await.into_iter().map(|item| item.title).collect()
}

async fn head<S: Store>(store: &S, selection: Selection) -> Revision {
    store.head(&selection).await.expect("a head")
}

pub(super) async fn new_items_are_published_with_all_their_facts<S: Store>(store: &S) {
    let mut full = dated(draft("a-1", "Một tin"), now() - Span::hours(2), DateOrigin::Feed);
    full.content = Some(SafeHtml::vouch("<p>nội dung</p>".into()));
    full.authors = vec!["Lò Minh".into()];
    full.language = Some("en".into());
    full.image = Some(Image { url: url("https://bao.vn/a.jpg"), width: Some(3), height: None });
    full.enclosures =
        vec![Enclosure { url: url("https://bao.vn/a.mp3"), media_type: "audio/mpeg".into(), length_bytes: 9 }];
    full.categories.push(category("phap-luat", "Pháp luật"));
    full.updated = Some(now() - Span::hours(1));
    let commit = put(store, batch(vec![full.clone()])).await;
    let first = Revision(1);
    assert_eq!(commit, Commit { revision: first, new: 1, changed: 1, published: 1, ..Commit::default() });
    let [item] = items(store).await.try_into().expect("one item");
    assert!(item.guid.starts_with("tag:bao.vn,2026:bao/"), "{}", item.guid);
    let expected = Item {
        id: item.id,
        paper: paper(),
        guid: item.guid.clone(),
        first_seen: now(),
        revision: first,
        changed_at: now(),
        standing: Standing::Ready,
        permalink: full.permalink,
        title: full.title,
        summary: full.summary,
        content: full.content,
        categories: full.categories,
        authors: full.authors,
        language: full.language,
        image: full.image,
        enclosures: full.enclosures,
        published: full.published.expect("a date"),
        updated: full.updated,
    };
    assert_eq!(item, expected);
}

pub(super) async fn same_batch_twice_changes_nothing<S: Store>(store: &S) {
    let drafts = || vec![draft("a-1", "Một tin"), dated(draft("b-2", "Hai tin"), now(), DateOrigin::Feed)];
    put(store, batch(drafts())).await;
    let before = items(store).await;
    let again = put(store, later(1, batch(drafts()))).await;
    assert_eq!(again, Commit { revision: Revision(1), same: 2, ..Commit::default() });
    assert_eq!(items(store).await, before);
    assert_eq!(store.revision().await.expect("a revision"), Revision(1));
}

pub(super) async fn undated_items_keep_page_order<S: Store>(store: &S) {
    put(store, batch((0..5).map(|n| draft(&format!("a-{n}"), &format!("Tin {n}"))).collect())).await;
    assert_eq!(titles(store).await, ["Tin 0", "Tin 1", "Tin 2", "Tin 3", "Tin 4"]);
    let found = items(store).await;
    assert_eq!(found[2].published.at, now() - Span::seconds(2));
    assert_eq!(found[2].published.origin, DateOrigin::FirstSeen);
    put(store, later(1, batch(vec![draft("b-1", "Tin mới"), draft("a-3", "Tin 3")]))).await;
    assert_eq!(titles(store).await, ["Tin mới", "Tin 0", "Tin 1", "Tin 2", "Tin 3", "Tin 4"]);
}

pub(super) async fn equal_dates_keep_document_order<S: Store>(store: &S) {
    let drafts = (0..4).map(|n| dated(draft(&format!("a-{n}"), &format!("Tin {n}")), now(), DateOrigin::Feed));
    put(store, batch(drafts.collect())).await;
    assert_eq!(titles(store).await, ["Tin 0", "Tin 1", "Tin 2", "Tin 3"]);
}

pub(super) async fn one_article_in_three_sections_is_one_item<S: Store>(store: &S) {
    for (section, slug) in [("xa-hoi", "xa-hoi"), ("phap-luat", "phap-luat"), ("phong-su", "phong-su")] {
        let mut shown = from(section, draft("a-1", "Một tin"));
        shown.categories = vec![category(slug, section)];
        put(store, batch(vec![shown])).await;
    }
    let [item] = items(store).await.try_into().expect("one item");
    let slugs: Vec<_> = item.categories.iter().map(|c| c.slug.as_str()).collect();
    assert_eq!(slugs, ["xa-hoi", "phap-luat", "phong-su"]);
    for slug in slugs {
        assert_eq!(store.items(&of(slug)).await.expect("items")[0].guid, item.guid);
    }
    assert_eq!(head(store, of("xa-hoi")).await, Revision(3), "its item changed, too");
    assert_eq!(store.channels().await.expect("channels").len(), 4);
}

pub(super) async fn sources_that_word_a_title_differently_do_not_flap<S: Store>(store: &S) {
    let page = || batch(vec![draft("a-1", "Một tin")]);
    let feed = || batch(vec![from("tin-rss", draft("a-1", "Một tin (bản đầy đủ)"))]);
    put(store, page()).await;
    put(store, feed()).await;
    for _ in 0..2 {
        assert_eq!((put(store, page()).await.changed, put(store, feed()).await.changed), (0, 0));
    }
    assert_eq!(titles(store).await, ["Một tin"]);
    put(store, batch(vec![from("tin-rss", draft("a-1", "Một tin (đính chính)"))])).await;
    assert_eq!(titles(store).await, ["Một tin (đính chính)"], "a change of its own words is an edit");
}

pub(super) async fn edit_keeps_guid_and_date_and_moves_updated<S: Store>(store: &S) {
    put(store, batch(vec![dated(draft("a-1", "Khánh thành cầu"), now() - Span::hours(5), DateOrigin::Feed)])).await;
    let before = items(store).await.remove(0);
    let edited = dated(draft("a-1", "Khánh thành cầu (bổ sung)"), now(), DateOrigin::Feed);
    assert_eq!(put(store, later(1, batch(vec![edited]))).await.changed, 1);
    let after = items(store).await.remove(0);
    assert_eq!((after.guid.as_str(), after.published), (before.guid.as_str(), before.published));
    assert_eq!((after.updated, after.title.as_str()), (Some(now() + Span::hours(1)), "Khánh thành cầu (bổ sung)"));
    let cosmetic = dated(draft("a-1", "Khánh thành  Cầu (bổ sung)"), now(), DateOrigin::Feed);
    put(store, later(2, batch(vec![cosmetic]))).await;
    let last = items(store).await.remove(0);
    assert_eq!((last.updated, last.title.as_str()), (after.updated, "Khánh thành  Cầu (bổ sung)"));
}

pub(super) async fn what_is_no_longer_stated_stays<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    let bare = Draft { summary: None, categories: Vec::new(), ..draft("a-1", "Một tin") };
    assert_eq!(put(store, batch(vec![bare])).await.changed, 0);
    let item = items(store).await.remove(0);
    assert!(item.summary.is_some() && item.categories.len() == 1);
}

pub(super) async fn site_id_recognizes_a_renamed_article<S: Store>(store: &S) {
    put(store, batch(vec![keyed(draft("xa-hoi/a-X1", "Một tin"), site_id("X1"))])).await;
    let renamed = keyed(draft("phap-luat/b-X1", "Khác hẳn mọi lời"), site_id("X1"));
    assert_eq!(put(store, batch(vec![renamed])).await.new, 0);
    let item = items(store).await.remove(0);
    assert_eq!(item.permalink.as_str(), "https://bao.vn/phap-luat/b-X1");
}

pub(super) async fn new_origin_ids_bring_no_new_item<S: Store>(store: &S) {
    for turn in 0..40 {
        let churned = keyed(draft("a-1", "Một tin"), origin_id(&format!("urn:{turn}")));
        put(store, later(turn, batch(vec![churned]))).await;
    }
    assert_eq!(items(store).await.len(), 1);
}

pub(super) async fn origin_id_recognizes_a_new_address<S: Store>(store: &S) {
    let old = keyed(keyed(draft("a-X1", "Một tin rất mới"), site_id("X1")), origin_id("urn:1"));
    let new = keyed(keyed(draft("b-X2", "Một tin rất mới"), site_id("X2")), origin_id("urn:1"));
    put(store, batch(vec![old])).await;
    assert_eq!(put(store, batch(vec![new])).await.new, 0);
    assert_eq!(items(store).await.len(), 1);
}

pub(super) async fn numbered_ids_that_shift_take_no_other_item<S: Store>(store: &S) {
    let list = |names: &[&str]| -> Batch {
        let drafts = names.iter().enumerate();
        batch(drafts.map(|(n, name)| keyed(draft(name, &format!("Bài {name}")), origin_id(&n.to_string()))).collect())
    };
    put(store, list(&["cam", "quyt", "mit"])).await;
    put(store, later(1, list(&["dua", "cam", "quyt", "mit"]))).await;
    let found = items(store).await;
    let pairs: BTreeSet<_> = found.iter().map(|i| (i.title.as_str(), i.permalink.url().path())).collect();
    assert_eq!(
        pairs,
        BTreeSet::from([("Bài cam", "/cam"), ("Bài dua", "/dua"), ("Bài mit", "/mit"), ("Bài quyt", "/quyt")])
    );
}

pub(super) async fn entries_that_share_an_address_stay_apart_by_id<S: Store>(store: &S) {
    let list = |names: &[&str]| -> Batch {
        batch(names.iter().map(|name| keyed(draft("thong-bao", &format!("Bài {name}")), origin_id(name))).collect())
    };
    assert_eq!(put(store, list(&["cam", "quyt", "mit"])).await.new, 3);
    assert_eq!(put(store, list(&["dua", "cam", "quyt", "mit"])).await.new, 1);
    let guids: BTreeSet<_> = items(store).await.into_iter().map(|item| item.guid).collect();
    assert_eq!(guids.len(), 4);
}

pub(super) async fn twins_in_a_document_are_one_item<S: Store>(store: &S) {
    let bare = Draft { summary: None, ..draft("a-1", "Một tin") };
    let commit = put(store, batch(vec![bare, draft("b-2", "Hai tin"), draft("a-1", "Một tin")])).await;
    assert_eq!(commit.new, 2);
    let item = items(store).await.remove(0);
    assert_eq!(item.summary.as_deref(), Some("Tóm tắt của bài Một tin."));
}

pub(super) async fn standing_title_on_other_days_is_another_article<S: Store>(store: &S) {
    for day in 0..6 {
        let title = "Tin vắn trong tỉnh";
        let shown = dated(draft(&format!("tin-{day}"), title), now() - Span::days(day), DateOrigin::Feed);
        put(store, batch(vec![shown])).await;
    }
    let same_day = |path: &str, id: &str| {
        let shown = dated(draft(path, "Tin vắn trong tỉnh hôm nay"), now(), DateOrigin::Feed);
        batch(vec![keyed(shown, site_id(id))])
    };
    put(store, same_day("x-Y1", "Y1")).await;
    put(store, same_day("x-Y2", "Y2")).await;
    assert_eq!(items(store).await.len(), 8);
}

pub(super) async fn bulletins_and_parts_never_merge<S: Store>(store: &S) {
    let titles = [
        "Dự báo thời tiết toàn tỉnh ngày 14/2",
        "Dự báo thời tiết toàn tỉnh ngày 15/2",
        "Xuân sớm (Kỳ 1)",
        "Xuân sớm (Kỳ 2)",
    ];
    let drafts = titles.iter().enumerate().map(|(n, title)| {
        let mut shown = dated(draft(&format!("bai-{n}"), title), now(), DateOrigin::Feed);
        shown.summary = Some("Trời rét, có mây, không mưa.".into());
        shown
    });
    for one in drafts {
        put(store, batch(vec![one])).await;
    }
    assert_eq!(items(store).await.len(), 4);
}

pub(super) async fn title_and_day_recognize_another_form_of_the_address<S: Store>(store: &S) {
    let title = "Khánh thành cầu Nậm La sau hai năm thi công";
    put(store, batch(vec![dated(draft("a", title), now(), DateOrigin::Feed)])).await;
    let mobile = from("tin-rss", dated(draft("m/a", title), now(), DateOrigin::Feed));
    assert_eq!(put(store, batch(vec![mobile])).await.new, 0);
    let beside =
        vec![dated(draft("a", title), now(), DateOrigin::Feed), dated(draft("c", title), now(), DateOrigin::Feed)];
    assert_eq!(put(store, batch(beside)).await.new, 1, "one document shows both: they are two");
}

pub(super) async fn papers_do_not_take_each_others_items<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    let other = PaperId::new("hai").expect("a slug");
    let shown = Draft {
        paper: other.clone(),
        source: SourceId::new(&other, "xa-hoi").expect("a slug"),
        ..draft("a-1", "Khác hẳn")
    };
    let foreign = Batch { paper: other.clone(), source: shown.source.clone(), ..batch(vec![shown]) };
    assert_eq!(put(store, foreign.clone()).await.new, 1);
    assert_eq!(titles(store).await, ["Một tin"]);
    let mine = items(store).await.remove(0);
    let theirs = store.items(&Selection::of(other, None, 100)).await.expect("items").remove(0);
    assert_ne!(mine.guid, theirs.guid);
    let outcome = ArticleOutcome::Read(Box::new(draft("a-1", "x")));
    put(store, Batch { drafts: Arc::default(), article: Some(ArticleRead { item: mine.id, outcome }), ..foreign })
        .await;
    assert_eq!(items(store).await, [mine]);
}

fn read(item: ItemId, outcome: ArticleOutcome) -> Batch {
    Batch { article: Some(ArticleRead { item, outcome }), ..batch(Vec::new()) }
}

async fn one_awaited<S: Store>(store: &S) -> PendingArticle {
    let commit = put(store, arriving(Arrival::AwaitArticle, batch(vec![draft("a-1", "Một tin")]))).await;
    assert_eq!(commit, Commit { new: 1, ..Commit::default() });
    assert_eq!((items(store).await.len(), head(store, all()).await), (0, Revision(0)));
    assert_eq!(store.next_article_at().await.expect("a time"), Some(now()));
    store.pending_articles(now(), 10).await.expect("pages").remove(0)
}

pub(super) async fn awaited_item_is_published_with_its_article<S: Store>(store: &S) {
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

pub(super) async fn forbidden_article_is_published_at_once<S: Store>(store: &S) {
    let pending = one_awaited(store).await;
    assert_eq!(put(store, read(pending.item, ArticleOutcome::Never)).await.published, 1);
    assert_eq!(store.pending_articles(now() + Span::days(9), 10).await.expect("pages"), []);
}

pub(super) async fn better_witness_dates_an_item_until_it_is_ready<S: Store>(store: &S) {
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

pub(super) async fn nothing_is_published_without_a_title<S: Store>(store: &S) {
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

pub(super) async fn grace_publishes_and_a_late_read_fills_but_never_dates<S: Store>(store: &S) {
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

pub(super) async fn article_is_given_up_after_eight_failures<S: Store>(store: &S) {
    let pending = one_awaited(store).await;
    for attempt in 1..=8 {
        let retry_at = now() + Span::minutes(attempt);
        let failed = ArticleOutcome::Failed { retry_at, grace: Duration::from_secs(1 << 30) };
        assert_eq!(put(store, read(pending.item, failed)).await.published, u32::from(attempt == 8));
    }
    assert_eq!(store.next_article_at().await.expect("a time"), None);
}

pub(super) async fn postponed_article_is_no_failure<S: Store>(store: &S) {
    let pending = one_awaited(store).await;
    let until = now() + Span::minutes(5);
    put(store, read(pending.item, ArticleOutcome::Postponed { until })).await;
    assert_eq!(store.next_article_at().await.expect("a time"), Some(until));
    assert_eq!(store.pending_articles(until, 10).await.expect("pages"), [pending]);
}

pub(super) async fn newest_articles_are_due_first<S: Store>(store: &S) {
    let list = |names: &[&str]| batch(names.iter().map(|name| draft(name, &format!("Bài {name}"))).collect());
    put(store, arriving(Arrival::AwaitArticle, list(&["a", "b", "c"]))).await;
    put(store, later(1, arriving(Arrival::AwaitArticle, list(&["d", "a", "b", "c"])))).await;
    let due = store.pending_articles(now() + Span::hours(1), 3).await.expect("pages");
    assert_eq!(due.iter().map(|p| p.url.path()).collect::<Vec<_>>(), ["/d", "/a", "/b"]);
}

pub(super) async fn item_waits_no_more_where_no_page_is_read<S: Store>(store: &S) {
    one_awaited(store).await;
    assert_eq!(put(store, batch(vec![draft("a-1", "Một tin")])).await.published, 1);
    assert_eq!(store.next_article_at().await.expect("a time"), None);
}

pub(super) async fn held_items_wait_for_release<S: Store>(store: &S) {
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

pub(super) async fn recognition_tells_old_titles_from_new_ones<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Khánh thành cầu Nậm La")])).await;
    let asked = [draft("a-1", "Khác"), draft("x-9", "Khánh thành cầu Nậm La"), draft("y-9", "Chưa từng có")];
    let answers = store.recognize(&paper(), Arc::new(asked.to_vec()), now()).await.expect("answers");
    assert!(matches!(answers[..], [Recognition::Known { held: false, .. }, Recognition::OldTitle, Recognition::New]));
    let later =
        store.recognize(&paper(), Arc::new(asked[1..2].to_vec()), now() + Span::days(90)).await.expect("answers");
    assert_eq!(later, [Recognition::New]);
}

pub(super) async fn two_items_that_prove_one_are_joined_under_the_older_guid<S: Store>(store: &S) {
    let mut elsewhere = draft("b-2", "Khánh thành cầu Nậm La (video)");
    elsewhere.categories = vec![category("video", "Video")];
    put(store, batch(vec![draft("a-1", "Khánh thành cầu Nậm La")])).await;
    put(store, later(1, batch(vec![elsewhere]))).await;
    let older = items(store).await.into_iter().find(|i| i.permalink.as_str().ends_with("a-1")).expect("the first");
    let mut page = draft("b-2", "Khánh thành cầu Nậm La (video)");
    page.keys.push(ItemKey::Permalink("bao.vn/a-1".into()));
    let younger = items(store).await.into_iter().find(|i| i.id != older.id).expect("the second");
    let commit = put(store, later(2, read(younger.id, ArticleOutcome::Read(Box::new(page))))).await;
    assert_eq!(commit.repairs.len(), 1);
    let [item] = items(store).await.try_into().expect("one item");
    assert_eq!((item.guid, item.id, item.categories.len()), (older.guid, older.id, 2));
    assert_eq!(head(store, of("video")).await, commit.revision);
    assert_eq!(put(store, later(3, batch(vec![draft("b-2", "Khánh thành cầu Nậm La (video)")]))).await.new, 0);
}

pub(super) async fn repairs_are_bounded_and_never_join_numbered_parts<S: Store>(store: &S) {
    let named = |n: u32| draft(&format!("ky-{n}"), &format!("Vùng cao Phiêng Cằm đổi thay (Kỳ {n})"));
    put(store, batch((1..=3).map(named).collect())).await;
    let mut page = named(1);
    page.keys.extend([ItemKey::Permalink("bao.vn/ky-2".into()), ItemKey::Permalink("bao.vn/ky-3".into())]);
    let first = items(store).await.remove(0).id;
    assert_eq!(put(store, read(first, ArticleOutcome::Read(Box::new(page)))).await.repairs.len(), 0);
    assert_eq!(items(store).await.len(), 3);
    let other = |n: usize| draft(&format!("x-{n}"), "Khánh thành cầu Nậm La");
    put(store, batch((0..9).map(other).collect())).await;
    let mut all_of_it = other(0);
    all_of_it.keys = (0..9).flat_map(|n| other(n).keys).collect();
    assert_eq!(put(store, batch(vec![all_of_it])).await.repairs.len(), 5);
}

pub(super) async fn lost_database_mints_the_same_guids<S: Store>(store: &S, other: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    put(other, later(100, batch(vec![draft("a-1", "Sửa tiêu đề")]))).await;
    assert_eq!(items(store).await[0].guid, items(other).await[0].guid);
}

pub(super) async fn heads_move_only_where_something_changed<S: Store>(store: &S) {
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

pub(super) async fn labels_are_bounded_and_configured_categories_are_not<S: Store>(store: &S) {
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

pub(super) async fn configured_title_of_a_category_wins<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    store.put_categories(vec![(paper(), Some(category("xa-hoi", "XÃ HỘI")))]).await.expect("categories");
    assert_eq!(head(store, of("xa-hoi")).await, Revision(2));
    assert_eq!(items(store).await[0].categories[0].title, "XÃ HỘI");
    store.put_categories(vec![(paper(), Some(category("xa-hoi", "XÃ HỘI")))]).await.expect("categories");
    assert_eq!(store.revision().await.expect("a revision"), Revision(2));
}

pub(super) async fn category_is_over_when_its_sections_left_and_labels_cannot_name_it<S: Store>(store: &S) {
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

pub(super) async fn states_memory_and_origins_come_back<S: Store>(store: &S) {
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

pub(super) async fn claim_holds_until_the_polls_own_state_follows<S: Store>(store: &S) {
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

pub(super) async fn renamed_source_is_told_once<S: Store>(store: &S) {
    let (old, new, page) = (source("cu"), source("moi"), url("https://bao.vn/x.html"));
    let put = |id: &SourceId| store.put_sources(vec![(id.clone(), page.clone())]);
    assert_eq!(put(&old).await.expect("sources"), []);
    assert_eq!(put(&old).await.expect("sources"), []);
    assert_eq!(put(&new).await.expect("sources"), [(new.clone(), old)]);
    assert_eq!(put(&new).await.expect("sources"), []);
}

pub(super) async fn publications_come_back_until_they_are_gone<S: Store>(store: &S) {
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

pub(super) async fn retention_keeps_the_newest_and_takes_a_fifth_at_most<S: Store>(store: &S) {
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

pub(super) async fn what_a_source_still_shows_is_not_pruned<S: Store>(store: &S) {
    let shown = || batch((0..10).map(|n| draft(&format!("a-{n}"), &format!("Tin {n}"))).collect());
    put(store, shown()).await;
    put(store, Batch { now: now() + Span::days(100), ..shown() }).await;
    let policy = Retention { keep: Duration::from_secs(86_400), keep_least: 0, max_bytes: None };
    assert_eq!(store.prune(&policy, now() + Span::days(101)).await.expect("a count").removed, 0);
    assert_eq!(store.prune(&policy, now() + Span::days(120)).await.expect("a count").removed, 2);
}

pub(super) async fn subscriptions_come_back_until_they_are_gone<S: Store>(store: &S) {
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

/// One test a fact, each over a store that `$open` makes: `(store, what keeps it alive)`.
macro_rules! contract_tests {
    ($open:expr) => {
        contract_tests! { $open =>
            new_items_are_published_with_all_their_facts same_batch_twice_changes_nothing undated_items_keep_page_order
            equal_dates_keep_document_order one_article_in_three_sections_is_one_item
            sources_that_word_a_title_differently_do_not_flap edit_keeps_guid_and_date_and_moves_updated
            what_is_no_longer_stated_stays site_id_recognizes_a_renamed_article new_origin_ids_bring_no_new_item
            origin_id_recognizes_a_new_address numbered_ids_that_shift_take_no_other_item
            entries_that_share_an_address_stay_apart_by_id twins_in_a_document_are_one_item
            standing_title_on_other_days_is_another_article bulletins_and_parts_never_merge
            title_and_day_recognize_another_form_of_the_address papers_do_not_take_each_others_items
            awaited_item_is_published_with_its_article forbidden_article_is_published_at_once
            grace_publishes_and_a_late_read_fills_but_never_dates article_is_given_up_after_eight_failures
            postponed_article_is_no_failure newest_articles_are_due_first item_waits_no_more_where_no_page_is_read
            held_items_wait_for_release recognition_tells_old_titles_from_new_ones
            two_items_that_prove_one_are_joined_under_the_older_guid
            repairs_are_bounded_and_never_join_numbered_parts heads_move_only_where_something_changed
            labels_are_bounded_and_configured_categories_are_not configured_title_of_a_category_wins
            category_is_over_when_its_sections_left_and_labels_cannot_name_it
            states_memory_and_origins_come_back claim_holds_until_the_polls_own_state_follows
            renamed_source_is_told_once
            publications_come_back_until_they_are_gone retention_keeps_the_newest_and_takes_a_fifth_at_most
            what_a_source_still_shows_is_not_pruned better_witness_dates_an_item_until_it_is_ready
            nothing_is_published_without_a_title
            subscriptions_come_back_until_they_are_gone
            substantive_edit_keeps_the_version_before
            versions_of_an_item_are_bounded
            change_stream_tells_each_change_once_and_in_order
            item_that_proves_another_one_is_told_as_gone
            item_gone_twice_a_day_apart_is_withdrawn_and_comes_back
            what_falls_off_the_end_or_stands_elsewhere_is_not_absent
            absence_ends_when_the_item_is_shown_or_its_page_stands
            host_is_asked_for_few_absent_pages_a_day
            no_list_brings_back_what_the_operator_withdrew
            erased_item_never_comes_back
            more_than_a_fifth_goes_only_after_a_day
            wish_to_remove_much_is_forgotten_when_it_is_withdrawn
            database_beyond_its_bound_loses_the_oldest
            search_finds_folded_words_phrases_and_beginnings
            search_ranks_marks_as_typed_and_titles_first
            search_shows_the_text_as_the_paper_wrote_it
            nothing_that_is_typed_is_an_error
            search_follows_what_readers_see
            search_of_one_paper_finds_its_own_alone
            searched_items_are_whole_and_the_newest_first
            items_that_left_the_feeds_are_not_found_as_items
        }

        use crate::store::contract::{self, archive, bodies, choice, counts, renamed, stream, subscribers, webhooks};
        contract_tests! { $open, stream =>
            pages_follow_one_another_with_the_items_as_they_are page_of_long_items_ends_early
            channel_tells_what_left_it_until_it_is_back item_that_came_back_has_not_left
            items_of_a_renamed_category_stand_in_the_new_one
        }
        contract_tests! { $open, archive =>
            items_wait_oldest_first_until_a_page_has_them page_takes_only_what_waits
            erased_item_leaves_its_pages_at_once withdrawn_item_stays_on_its_page_until_that_is_made_anew
            pages_go_from_the_far_end_when_nothing_of_them_is_kept
            items_of_a_renamed_category_wait_for_pages_of_the_new_one page_of_what_proved_another_item_is_made_anew
        }
        contract_tests! { $open, choice =>
            several_places_are_one_list_newest_first words_choose_over_folded_text
            newest_of_a_series_takes_the_place_of_the_older_ones older_of_a_series_is_back_when_the_newest_is_withdrawn
            channel_tells_of_what_it_had_and_left_and_of_nothing_else chosen_items_are_as_many_as_asked_for
        }
        contract_tests! { $open, renamed =>
            article_at_a_new_address_is_found_by_its_text
            text_recognizes_nothing_that_is_told_apart
            text_that_several_items_have_recognizes_none
            text_of_yesterday_recognizes_nothing
        }
        contract_tests! { $open, counts =>
            held_items_are_counted_since_their_first_sight repairs_are_counted_a_paper
            what_is_held_back_is_kept_until_it_is_replaced
        }
        contract_tests! { $open, subscribers =>
            subscribers_come_back_until_they_are_gone subscribers_are_counted_with_those_that_fail
        }
        contract_tests! { $open, webhooks => webhooks_come_back_until_they_are_gone }
        contract_tests! { $open, bodies =>
            kept_documents_come_back_oldest_first unchanged_document_is_not_kept_twice
            newest_readable_document_stays_among_the_last kept_documents_are_bounded_over_all_sources
            documents_that_name_an_article_are_forgotten what_is_read_anew_corrects_facts_and_is_no_edit
            what_is_read_anew_corrects_only_what_its_source_had_said what_was_overlooked_is_dated_by_when_it_was_seen
            newer_document_has_the_word what_is_read_anew_brings_nothing_back_that_was_withdrawn
        }

        #[tokio::test]
        async fn lost_database_mints_the_same_guids() {
            let ((one, _alive), (other, _alive_too)) = ($open, $open);
            crate::store::contract::lost_database_mints_the_same_guids(&one, &other).await;
        }
    };
    ($open:expr => $($fact:ident)*) => {
        contract_tests! { $open, contract => $($fact)* }
    };
    ($open:expr, $topic:ident => $($fact:ident)*) => {
        $(#[tokio::test]
        async fn $fact() {
            let (store, _alive) = $open;
            $topic::$fact(&store).await;
        })*
    };
    ($open:expr, $topic:ident => $($fact:ident)*) => {
        $(#[tokio::test]
        async fn $fact() {
            let (store, _alive) = $open;
            crate::store::contract::$topic::$fact(&store).await;
        })*
    };
}
pub(super) use contract_tests;
