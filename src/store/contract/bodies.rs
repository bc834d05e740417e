//! Kept documents, and what reading them anew does to items.

use super::*;

pub(in crate::store) fn page(section: &str, hour: i64, text: &str) -> Body {
    let address = url(&format!("https://bao.vn/{section}.html"));
    let document = crate::model::Document::local(address.clone(), None, text.into(), now() + Span::hours(hour));
    Body::pack(&document, &address, true)
}

/// A text that hardly shrinks, about so many bytes long when packed.
fn noise(seed: u32, bytes: u32) -> String {
    let words = (0..bytes / 4).map(|n| (n ^ seed).wrapping_mul(0x9e37_79b9).rotate_left(n % 32));
    words.map(|word| format!("{word:08x}")).collect()
}

async fn keep<S: Store>(store: &S, section: &str, body: Body, most_bytes: u64) {
    put(store, Batch { source: source(section), body: Some(Keep { body, most_bytes }), ..batch(Vec::new()) }).await;
}

async fn kept<S: Store>(store: &S, section: &str) -> Vec<Body> {
    store.bodies(&source(section)).await.expect("kept documents")
}

async fn hours<S: Store>(store: &S, section: &str) -> Vec<i64> {
    kept(store, section).await.iter().map(|body| (body.fetched_at - now()).num_hours()).collect()
}

pub(in crate::store) async fn kept_documents_come_back_oldest_first<S: Store>(store: &S) {
    let (one, other) = (page("xa-hoi", 0, "một"), page("xa-hoi", 1, "hai"));
    keep(store, "xa-hoi", one.clone(), 1 << 20).await;
    keep(store, "xa-hoi", other.clone(), 1 << 20).await;
    keep(store, "kinh-te", page("kinh-te", 1, "hai"), 1 << 20).await;
    assert_eq!(kept(store, "xa-hoi").await, [one.clone(), other.clone()]);
    assert_eq!(kept(store, "khac").await, []);
    let counts = store.body_counts().await.expect("counts");
    let bytes = (one.packed.len() + other.packed.len()) as u64;
    assert_eq!((counts.len(), counts[&source("xa-hoi")]), (2, KeptBodies { documents: 2, bytes }));
}

pub(in crate::store) async fn unchanged_document_is_not_kept_twice<S: Store>(store: &S) {
    let unread = Body { was_read: false, ..page("xa-hoi", 0, "một") };
    keep(store, "xa-hoi", unread.clone(), 1 << 20).await;
    let read = page("xa-hoi", 5, "một");
    keep(store, "xa-hoi", read.clone(), 1 << 20).await;
    assert_eq!(kept(store, "xa-hoi").await, [read], "but that it came again, and can be read, is noted");
    let bytes = unread.packed.len() as u64;
    let counts = store.body_counts().await.expect("counts");
    assert_eq!(counts[&source("xa-hoi")], KeptBodies { documents: 1, bytes });
}

pub(in crate::store) async fn newest_readable_document_stays_among_the_last<S: Store>(store: &S) {
    keep(store, "xa-hoi", page("xa-hoi", 0, "cũ"), 1 << 20).await;
    keep(store, "xa-hoi", page("xa-hoi", 1, "đọc được"), 1 << 20).await;
    for hour in 2..6 {
        let unread = Body { was_read: false, ..page("xa-hoi", hour, &format!("trang lạ {hour}")) };
        keep(store, "xa-hoi", unread, 1 << 20).await;
    }
    assert_eq!(hours(store, "xa-hoi").await, [1, 4, 5]);
    let mut delta = page("xa-hoi", 6, "khác biệt");
    delta.facts.is_delta = true;
    keep(store, "xa-hoi", delta, 1 << 20).await;
    assert_eq!(hours(store, "xa-hoi").await, [1, 5, 6], "changes alone are no whole document");
    keep(store, "xa-hoi", page("xa-hoi", 7, "lại đọc được"), 1 << 20).await;
    assert_eq!(hours(store, "xa-hoi").await, [5, 6, 7]);
}

pub(in crate::store) async fn kept_documents_are_bounded_over_all_sources<S: Store>(store: &S) {
    let most = 40_000;
    for (hour, section) in [(0, "a"), (1, "a"), (2, "b"), (3, "b"), (4, "c"), (5, "c")] {
        keep(store, section, page(section, hour, &noise(hour as u32, 8_000)), most).await;
    }
    let total = |counts: HashMap<SourceId, KeptBodies>| counts.values().map(|kept| kept.bytes).sum::<u64>();
    assert!(total(store.body_counts().await.expect("counts")) <= most);
    let newest = [hours(store, "a").await, hours(store, "b").await, hours(store, "c").await];
    assert_eq!(newest.map(|hours| hours.last().copied()), [Some(1), Some(3), Some(5)], "older versions go first");
    keep(store, "d", page("d", 9, &noise(9, 100_000)), most).await;
    assert_eq!(hours(store, "d").await, [0; 0], "one that is larger than all may be is not kept");
    assert!(store.bound_bodies(15_000).await.expect("a count") > 0);
    let left = store.body_counts().await.expect("counts");
    assert!(left.contains_key(&source("c")) && total(left) <= 15_000, "the oldest go first");
    store.bound_bodies(0).await.expect("a count");
    assert_eq!(store.body_counts().await.expect("counts"), HashMap::new());
}

pub(in crate::store) async fn documents_that_name_an_article_are_forgotten<S: Store>(store: &S) {
    let article = url("https://bao.vn/xa-hoi/mot-bai-bao-51YnYvXDR.html");
    keep(store, "xa-hoi", page("xa-hoi", 0, "<a href='/xa-hoi/mot-bai-bao-51YnYvXDR.html'>"), 1 << 20).await;
    keep(store, "xa-hoi", page("xa-hoi", 1, "<a href='/xa-hoi/bai-khac-9aBcDeFgH.html'>"), 1 << 20).await;
    keep(store, "kinh-te", page("kinh-te", 2, "mot-bai-bao-51YnYvXDR.html"), 1 << 20).await;
    let other = PaperId::new("bao-khac").expect("a slug");
    assert_eq!(store.forget_bodies(&other, vec![article.clone()]).await.expect("a count"), 0);
    assert_eq!(store.forget_bodies(&paper(), vec![article]).await.expect("a count"), 2);
    assert_eq!((hours(store, "xa-hoi").await, hours(store, "kinh-te").await), (vec![1], vec![]));
}

fn anew(hours: i64, drafts: Vec<Draft>) -> Batch {
    Batch { anew: Some(Anew { seen_at: now(), newest_at: now() }), ..later(hours, batch(drafts)) }
}

pub(in crate::store) async fn what_is_read_anew_corrects_facts_and_is_no_edit<S: Store>(store: &S) {
    let garbled = Draft {
        title: "Khánh thành cầu Nậm La (Quảng cáo)".into(),
        summary: Some("Chia sẻ bài viết này".into()),
        authors: vec!["Đăng nhập".into()],
        ..draft("a-1", "")
    };
    put(store, batch(vec![garbled])).await;
    let [before] = items(store).await.try_into().expect("an item");
    let right = Draft { authors: vec!["Lò Minh".into()], ..draft("a-1", "Khánh thành cầu Nậm La") };
    let commit = put(store, anew(9, vec![right.clone()])).await;
    assert_eq!((commit.new, commit.changed), (0, 1), "readers see it");
    let [after] = items(store).await.try_into().expect("an item");
    assert_eq!((after.title.as_str(), &after.summary), ("Khánh thành cầu Nậm La", &right.summary));
    assert_eq!((after.authors, after.guid), (vec!["Lò Minh".to_owned()], before.guid));
    assert_eq!((after.published, after.updated), (before.published, None), "the paper edited nothing");
    assert_eq!(put(store, anew(10, vec![right])).await.changed, 0, "once more changes nothing");
    let edited = draft("a-1", "Khánh thành cầu Nậm La, thông xe từ hôm nay");
    put(store, later(11, batch(vec![edited]))).await;
    assert_eq!(items(store).await[0].updated, Some(now() + Span::hours(11)), "a later edit is one");
}

pub(in crate::store) async fn what_is_read_anew_corrects_only_what_its_source_had_said<S: Store>(store: &S) {
    put(store, batch(vec![from("trang-chu", draft("a-1", "Tiêu đề của trang chủ"))])).await;
    put(store, batch(vec![draft("a-1", "Tiêu đề đọc sai")])).await;
    assert_eq!(titles(store).await, ["Tiêu đề của trang chủ"]);
    put(store, anew(1, vec![draft("a-1", "Tiêu đề đọc đúng")])).await;
    assert_eq!(titles(store).await, ["Tiêu đề của trang chủ"], "another source's words stay");
    put(store, anew(2, vec![from("trang-chu", draft("a-1", "Tiêu đề đọc đúng hơn"))])).await;
    assert_eq!(titles(store).await, ["Tiêu đề đọc đúng hơn"]);
}

pub(in crate::store) async fn what_was_overlooked_is_dated_by_when_it_was_seen<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    let commit = put(store, anew(5, vec![draft("a-1", "Một tin"), draft("b-2", "Tin bị bỏ sót")])).await;
    assert_eq!((commit.new, commit.published, commit.same), (1, 1, 1));
    let found = items(store).await.into_iter().find(|item| item.title == "Tin bị bỏ sót").expect("published");
    assert_eq!((found.first_seen, found.changed_at), (now() - Span::seconds(1), now() + Span::hours(5)));
}

pub(in crate::store) async fn newer_document_has_the_word<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    keep(store, "xa-hoi", page("xa-hoi", 0, "cũ"), 1 << 20).await;
    keep(store, "kinh-te", page("kinh-te", 9, "mới"), 1 << 20).await;
    assert_eq!(put(store, anew(1, vec![draft("a-1", "Một tin đọc khác")])).await.changed, 1);
    keep(store, "xa-hoi", page("xa-hoi", 1, "mới"), 1 << 20).await;
    let late =
        Batch { poll: Some(PollState::default()), ..anew(2, vec![draft("a-1", "Một tin"), draft("b-2", "Cũ")]) };
    assert_eq!(put(store, late).await, Commit { revision: Revision(2), ..Commit::default() });
    assert_eq!(titles(store).await, ["Một tin đọc khác"]);
    assert_eq!(store.poll_states().await.expect("states"), HashMap::new());
}

pub(in crate::store) async fn what_is_read_anew_brings_nothing_back_that_was_withdrawn<S: Store>(store: &S) {
    let untitled = draft("a-1", "");
    put(store, arriving(Arrival::AwaitArticle, batch(vec![untitled]))).await;
    let [page] = store.pending_articles(now(), 9).await.expect("pages").try_into().expect("one");
    put(store, read(page.item, ArticleOutcome::Never)).await;
    put(store, anew(1, vec![draft("a-1", "Một tin")])).await;
    assert_eq!(titles(store).await, [""; 0]);
    put(store, later(2, batch(vec![draft("a-1", "Một tin")]))).await;
    assert_eq!(titles(store).await, ["Một tin"], "a poll that shows it does");
}
