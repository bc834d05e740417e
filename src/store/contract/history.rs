//! What became of items: versions, the change stream, absences, what the operator takes back, retention.

use super::*;
use crate::store::{ASKED_A_DAY, AbsenceAnswer, ChangeKind, MOST_ASKED, MOST_VERSIONS};

fn list(numbers: &[u32]) -> Batch {
    batch(numbers.iter().map(|n| draft(&format!("a-{n}"), &format!("Tin số {n}"))).collect())
}

async fn told<S: Store>(store: &S) -> Vec<(ChangeKind, String)> {
    let changes = store.changes(&paper(), 0, 1_000).await.expect("changes");
    assert!(changes.windows(2).all(|pair| pair[0].cursor < pair[1].cursor), "{changes:?}");
    changes.into_iter().map(|change| (change.kind, change.guid)).collect()
}

async fn kinds<S: Store>(store: &S) -> Vec<ChangeKind> {
    told(store).await.into_iter().map(|(kind, _)| kind).collect()
}

async fn absent<S: Store>(store: &S, hours: i64) -> Vec<String> {
    let found = store.absent_items(now() + Span::hours(hours), 100).await.expect("absent items");
    found.into_iter().map(|absent| absent.url.path().to_owned()).collect()
}

async fn answer<S: Store>(store: &S, item: ItemId, answer: AbsenceAnswer, hours: i64) -> Commit {
    store.settle_absence(item, answer, Vec::new(), now() + Span::hours(hours)).await.expect("a commit")
}

fn address(path: &str) -> ItemReference {
    ItemReference::Address(ItemKey::Permalink(format!("bao.vn/{path}")))
}

pub(in crate::store) async fn substantive_edit_keeps_the_version_before<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Mưa lớn ở Sốp Cộp")])).await;
    let item = items(store).await[0].clone();
    put(store, later(1, batch(vec![draft("a-1", "Mưa lớn ở Sốp Cop")]))).await;
    assert_eq!(store.revisions(item.id).await.expect("versions"), [], "a mark is no other word");
    let mut edited = draft("a-1", "Mưa lớn làm sập cầu ở Sốp Cộp");
    edited.content = Some(SafeHtml::vouch("<p>toàn văn</p>".into()));
    put(store, later(2, batch(vec![edited.clone()]))).await;
    edited.content = Some(SafeHtml::vouch("<p>toàn văn đã sửa nhiều</p>".into()));
    put(store, later(3, batch(vec![edited]))).await;
    let versions = store.revisions(item.id).await.expect("versions");
    let shown: Vec<_> = versions.iter().map(|v| (v.title.as_str(), v.content.as_deref(), v.replaced_at)).collect();
    assert_eq!(
        shown,
        [
            ("Mưa lớn ở Sốp Cop", None, now() + Span::hours(2)),
            ("Mưa lớn làm sập cầu ở Sốp Cộp", Some("<p>toàn văn</p>"), now() + Span::hours(3)),
        ]
    );
    assert_eq!(versions[0].summary, item.summary.map(|_| "Tóm tắt của bài Mưa lớn ở Sốp Cop.".to_owned()));
}

pub(in crate::store) async fn versions_of_an_item_are_bounded<S: Store>(store: &S) {
    for turn in 0..i64::from(MOST_VERSIONS) + 5 {
        put(store, later(turn, batch(vec![draft("a-1", &format!("Bản tin lần thứ {turn}"))]))).await;
    }
    let versions = store.revisions(items(store).await[0].id).await.expect("versions");
    assert_eq!(versions.len(), MOST_VERSIONS as usize);
    assert_eq!(versions.first().map(|v| v.title.as_str()), Some("Bản tin lần thứ 4"));
}

pub(in crate::store) async fn change_stream_tells_each_change_once_and_in_order<S: Store>(store: &S) {
    use ChangeKind::{Create, Erase, Return, Update, Withdraw};
    put(store, list(&[1, 2])).await;
    put(store, later(1, list(&[1, 2]))).await;
    put(store, later(2, batch(vec![draft("a-1", "Tin số 1 nay đã khác hẳn")]))).await;
    let waiting = from("kinh-te", draft("b-1", "Tin chờ bài"));
    put(store, arriving(Arrival::AwaitArticle, batch(vec![waiting]))).await;
    assert_eq!(kinds(store).await, [Create, Create, Update], "what waits is not published yet");
    let guid = told(store).await[2].1.clone();
    store
        .withdraw(&ItemReference::Guid(guid.clone()), now() + Span::hours(3))
        .await
        .expect("a store")
        .expect("an item");
    store
        .withdraw(&ItemReference::Guid(guid.clone()), now() + Span::hours(3))
        .await
        .expect("a store")
        .expect("an item");
    store.erase(&ItemReference::Guid(guid.clone()), now() + Span::hours(4)).await.expect("a store").expect("an item");
    let all = told(store).await;
    assert_eq!(all.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [Create, Create, Update, Withdraw, Erase]);
    assert!(all[2..].iter().all(|(_, of)| *of == guid));
    // a reader goes on where it stopped
    let third = store.changes(&paper(), 0, 3).await.expect("changes")[2].clone();
    assert_eq!((third.revision, third.at), (Revision(2), now() + Span::hours(2)));
    let rest = store.changes(&paper(), third.cursor, 100).await.expect("changes");
    assert_eq!(rest.iter().map(|change| change.kind).collect::<Vec<_>>(), [Withdraw, Erase]);
    let other = PaperId::new("khac").expect("a slug");
    assert_eq!(store.changes(&other, 0, 100).await.expect("changes"), []);
    assert!(!kinds(store).await.contains(&Return));
}

pub(in crate::store) async fn item_that_proves_another_one_is_told_as_gone<S: Store>(store: &S) {
    let one = keyed(draft("a-1", "Một bài báo rất dài về lũ"), site_id("x1"));
    let other = keyed(from("kinh-te", draft("a-2", "Một bài báo rất dài về lũ")), site_id("x1"));
    put(store, batch(vec![draft("a-1", "Một bài báo rất dài về lũ")])).await;
    put(store, batch(vec![from("kinh-te", draft("a-2", "Một bài báo rất dài về lũ"))])).await;
    let young = told(store).await[1].1.clone();
    put(store, later(1, batch(vec![one]))).await;
    put(store, later(1, batch(vec![other]))).await;
    assert_eq!(items(store).await.len(), 1);
    let last = told(store).await;
    assert!(last.contains(&(ChangeKind::Withdraw, young)), "{last:?}");
}

pub(in crate::store) async fn item_gone_twice_a_day_apart_is_withdrawn_and_comes_back<S: Store>(store: &S) {
    put(store, list(&[9, 8, 7, 6, 5, 4])).await;
    let lost = items(store).await[2].clone();
    let commit = put(store, later(1, list(&[9, 8, 6, 5, 4]))).await;
    assert_eq!((commit.absent, absent(store, 1).await), (1, vec!["/a-7".to_owned()]));
    assert_eq!(answer(store, lost.id, AbsenceAnswer::Gone, 2).await.withdrawn, 0);
    assert_eq!(absent(store, 25).await, [] as [&str; 0], "not within a day");
    // an answer told again counts once
    assert_eq!(answer(store, lost.id, AbsenceAnswer::Gone, 3).await.withdrawn, 0);
    assert_eq!(absent(store, 26).await, ["/a-7"]);
    let before = head(store, of("xa-hoi")).await;
    assert_eq!(answer(store, lost.id, AbsenceAnswer::Gone, 26).await.withdrawn, 1);
    assert!(head(store, of("xa-hoi")).await > before, "its feed changes");
    assert_eq!((items(store).await.len(), absent(store, 1_000).await.len()), (5, 0));
    assert_eq!(kinds(store).await.last(), Some(&ChangeKind::Withdraw));
    // its list shows it again
    let commit = put(store, later(30, list(&[9, 8, 7, 6, 5, 4]))).await;
    assert_eq!((commit.returned, items(store).await.len()), (1, 6));
    let back = items(store).await.into_iter().find(|item| item.id == lost.id).expect("it is back");
    assert_eq!((back.guid, back.published), (lost.guid, lost.published));
    assert_eq!(kinds(store).await.last(), Some(&ChangeKind::Return));
}

pub(in crate::store) async fn what_falls_off_the_end_or_stands_elsewhere_is_not_absent<S: Store>(store: &S) {
    let elsewhere = |numbers: &[u32]| {
        batch(numbers.iter().map(|n| from("moi", draft(&format!("a-{n}"), &format!("Tin số {n}")))).collect())
    };
    put(store, list(&[9, 8, 7, 6, 5, 4])).await;
    put(store, elsewhere(&[9, 8, 7, 6, 5, 4])).await;
    put(store, later(1, list(&[12, 11, 10, 9, 8, 7]))).await;
    assert_eq!(absent(store, 1).await, [] as [&str; 0], "new ones pushed them off");
    put(store, later(2, list(&[12, 11, 10, 8, 7]))).await;
    assert_eq!(absent(store, 2).await, [] as [&str; 0], "another list shows it still");
    put(store, later(3, elsewhere(&[9, 8, 7, 6, 5]))).await;
    put(store, later(4, list(&[7, 8]))).await;
    put(store, later(5, Batch { coverage: Coverage::Part, ..list(&[8]) })).await;
    assert_eq!(absent(store, 5).await, [] as [&str; 0], "a list that was cut, and a part of one, say nothing");
    let doubted = arriving(Arrival::Held(HoldReason::NearlyAllNew), elsewhere(&[9, 7, 6, 5]));
    put(store, later(6, doubted)).await;
    assert_eq!(absent(store, 6).await, [] as [&str; 0], "a poll that is doubted says nothing");
    put(store, later(7, elsewhere(&[9, 7, 6, 5]))).await;
    assert_eq!(absent(store, 7).await, [] as [&str; 0], "the section shows it");
}

pub(in crate::store) async fn absence_ends_when_the_item_is_shown_or_its_page_stands<S: Store>(store: &S) {
    let all = [9, 8, 7, 6, 5, 4];
    put(store, list(&all)).await;
    let lost = items(store).await[2].clone();
    put(store, later(1, list(&[9, 8, 6, 5, 4]))).await;
    answer(store, lost.id, AbsenceAnswer::Gone, 1).await;
    put(store, later(2, list(&all))).await;
    assert_eq!(absent(store, 100).await, [] as [&str; 0], "shown again");
    put(store, later(3, list(&[9, 8, 6, 5, 4]))).await;
    answer(store, lost.id, AbsenceAnswer::Stands, 4).await;
    assert_eq!(absent(store, 100).await, [] as [&str; 0], "its page is there");
    put(store, later(5, list(&all))).await;
    put(store, later(6, list(&[9, 8, 6, 5, 4]))).await;
    let mut at = 6;
    let until = now() + Span::hours(7);
    answer(store, lost.id, AbsenceAnswer::Postponed { until }, at).await;
    for _ in 0..MOST_ASKED {
        at += 1;
        assert_eq!(absent(store, at).await.len(), 1, "asked again at {at}");
        let retry_at = now() + Span::hours(at + 1);
        answer(store, lost.id, AbsenceAnswer::Unclear { retry_at }, at).await;
    }
    assert_eq!(absent(store, 1_000).await, [] as [&str; 0], "given up");
    assert_eq!(items(store).await.len(), 6, "and it stands");
}

pub(in crate::store) async fn host_is_asked_for_few_absent_pages_a_day<S: Store>(store: &S) {
    for section in 0..ASKED_A_DAY + 5 {
        let shown = |numbers: &[u32]| {
            let own = |n: &u32| {
                from(&format!("muc-{section}"), draft(&format!("m{section}-{n}"), &format!("Mục {section} tin {n}")))
            };
            batch(numbers.iter().map(own).collect())
        };
        put(store, shown(&[5, 4, 3, 2])).await;
        put(store, later(1, shown(&[5, 3, 2]))).await;
    }
    let due = store.absent_items(now() + Span::hours(2), 100).await.expect("absent items");
    assert_eq!(due.len(), ASKED_A_DAY as usize);
    for absent in due {
        answer(store, absent.item, AbsenceAnswer::Gone, 2).await;
    }
    assert_eq!(absent(store, 3).await, [] as [&str; 0], "enough for a day");
    assert_eq!(absent(store, 24).await.len(), 5);
}

pub(in crate::store) async fn no_list_brings_back_what_the_operator_withdrew<S: Store>(store: &S) {
    put(store, list(&[3, 2, 1])).await;
    let taken = store.withdraw(&address("a-2"), now()).await.expect("a store").expect("an item");
    assert_eq!((taken.paper, titles(store).await), (paper(), vec!["Tin số 3".to_owned(), "Tin số 1".into()]));
    assert_eq!(put(store, later(1, list(&[3, 2, 1]))).await.returned, 0);
    put(store, later(2, batch(vec![from("moi", draft("a-2", "Tin số 2 đã sửa nhiều chỗ"))]))).await;
    assert_eq!(items(store).await.len(), 2);
    assert_eq!(store.withdraw(&address("a-77"), now()).await.expect("a store"), None);
    assert_eq!(store.erase(&ItemReference::Guid("tag:x".into()), now()).await.expect("a store"), None);
}

pub(in crate::store) async fn erased_item_never_comes_back<S: Store>(store: &S) {
    let identified = || keyed(keyed(draft("a-2", "Tin phải xóa"), site_id("Zx9")), origin_id("tin-2"));
    put(store, batch(vec![draft("a-3", "Tin khác"), identified(), draft("a-1", "Tin đầu")])).await;
    let memory = Memory { known: vec![("https://bao.vn/a-2".into(), "Tin phải xóa".into())], ..Memory::default() };
    put(store, Batch { memory: Some(memory), ..batch(vec![identified()]) }).await;
    let taken = store.erase(&address("a-2"), now()).await.expect("a store").expect("an item");
    assert!(store.scrub().await.expect("a store"), "nobody reads");
    assert_eq!(items(store).await.len(), 2);
    let request = SearchRequest { text: "xóa".into(), paper: None, limit: 10 };
    assert_eq!(store.search(&request).await.expect("hits"), []);
    assert_eq!(store.memory(&source("xa-hoi")).await.expect("a memory").known, []);
    // by its address, by the site's id under another one, by the origin's own id
    let moved = keyed(draft("a-2-sua", "Tin phải xóa"), site_id("Zx9"));
    let renamed = keyed(draft("a-2-moi", "Tin phải xóa nhưng tên khác"), origin_id("tin-2"));
    let again = batch(vec![from("moi", draft("a-2", "Tin phải xóa")), moved, renamed]);
    let drafts = Arc::clone(&again.drafts);
    let commit = put(store, later(1, again)).await;
    assert_eq!((commit.new, commit.same, items(store).await.len()), (0, 3, 2));
    let recognized = store.recognize(&paper(), drafts, now()).await.expect("recognitions");
    assert_eq!(recognized, [Recognition::Erased, Recognition::Erased, Recognition::Erased]);
    // its page says which one it is
    put(store, later(2, arriving(Arrival::AwaitArticle, batch(vec![draft("a-2-nua", "Tin phải xóa")])))).await;
    let pending = store.pending_articles(now() + Span::hours(3), 10).await.expect("pages");
    let page = keyed(draft("a-2-nua", "Tin phải xóa"), ItemKey::Permalink("bao.vn/a-2".into()));
    put(store, later(3, read(pending[0].item, ArticleOutcome::Read(Box::new(page))))).await;
    assert_eq!(items(store).await.len(), 2);
    let again = later(4, batch(vec![draft("a-2-nua", "Tin phải xóa")]));
    assert_eq!(put(store, again).await.new, 0);
    let changes = store.changes(&paper(), 0, 100).await.expect("changes");
    let last = changes.into_iter().find(|change| change.kind == ChangeKind::Erase).expect("a change");
    assert_eq!((last.kind, last.guid), (ChangeKind::Erase, taken.guid.clone()));
    assert_eq!(store.erase(&ItemReference::Guid(taken.guid), now()).await.expect("a store"), None);
    assert_eq!(store.revisions(last.item).await.expect("versions"), []);
}

pub(in crate::store) async fn more_than_a_fifth_goes_only_after_a_day<S: Store>(store: &S) {
    let old =
        |n: i64| dated(draft(&format!("a-{n}"), &format!("Tin {n}")), now() - Span::days(400 + n), DateOrigin::Feed);
    put(store, Batch { now: now() - Span::days(399), ..batch((0..20).map(old).collect()) }).await;
    let policy = Retention { keep: Duration::from_secs(86_400 * 30), keep_least: 5, max_bytes: None };
    let run = async |hours: i64| store.prune(&policy, now() + Span::hours(hours)).await.expect("a run");
    let first = run(0).await;
    assert_eq!((first.removed, first.withheld, first.withheld_since), (4, 11, Some(now())));
    let soon = run(23).await;
    assert_eq!((soon.removed, soon.withheld, soon.withheld_since), (0, 11, Some(now())));
    let after = run(24).await;
    assert_eq!((after.removed, after.withheld, after.was_large), (11, 0, true));
    assert_eq!((run(25).await, items(store).await.len()), (Pruned::default(), 5));
    let trimmed = store.prune(&policy, now() + Span::days(400)).await.expect("a run");
    assert_eq!((trimmed.removed, kinds(store).await), (0, vec![]), "the stream tells no more than is kept");
}

pub(in crate::store) async fn wish_to_remove_much_is_forgotten_when_it_is_withdrawn<S: Store>(store: &S) {
    let old =
        |n: i64| dated(draft(&format!("a-{n}"), &format!("Tin {n}")), now() - Span::days(400 + n), DateOrigin::Feed);
    put(store, Batch { now: now() - Span::days(399), ..batch((0..20).map(old).collect()) }).await;
    let policy = |days: u64| Retention { keep: Duration::from_secs(86_400 * days), keep_least: 0, max_bytes: None };
    assert_eq!(store.prune(&policy(30), now()).await.expect("a run").removed, 4);
    assert_eq!(store.prune(&policy(1_000), now() + Span::hours(1)).await.expect("a run"), Pruned::default());
    let again = store.prune(&policy(30), now() + Span::hours(25)).await.expect("a run");
    assert_eq!((again.removed, again.was_large), (3, false), "it begins anew");
}

pub(in crate::store) async fn database_beyond_its_bound_loses_the_oldest<S: Store>(store: &S) {
    let long = |n: i64| {
        let mut draft =
            dated(draft(&format!("a-{n}"), &format!("Tin {n}")), now() - Span::days(20 + n), DateOrigin::Feed);
        draft.content = Some(SafeHtml::vouch(format!("<p>{}</p>", "nội dung dài ".repeat(500))));
        draft
    };
    put(store, Batch { now: now() - Span::days(19), ..batch((0..200).map(long).collect()) }).await;
    let policy = |max_bytes, keep_least| Retention { keep: Duration::MAX, keep_least, max_bytes: Some(max_bytes) };
    assert_eq!(store.prune(&policy(1 << 30, 0), now()).await.expect("a run"), Pruned::default());
    let used = store.size().await.expect("a size");
    let bound = (used.database_bytes - used.free_bytes) * 9 / 10;
    let run = store.prune(&policy(bound, 0), now()).await.expect("a run");
    assert!((15..=40).contains(&run.removed), "{run:?}");
    assert!(!titles(store).await.contains(&"Tin 199".to_owned()), "the oldest went");
    let size = store.size().await.expect("a size");
    assert_eq!((size.items, size.versions), (200 - run.removed, 0));
    let kept = store.prune(&policy(1, 1_000), now()).await.expect("a run");
    assert!(kept.removed == 0 && kept.too_large_by_bytes > 0, "the newest of a category stay: {kept:?}");
}
