//! The pages of what was published before, and which items wait for one.

use super::*;

const DAYS: [&str; 10] = [
    "2025-12-30",
    "2025-12-31",
    "2026-01-02",
    "2026-02-01",
    "2026-02-02",
    "2026-02-03",
    "2026-02-04",
    "2026-02-05",
    "2026-02-10",
    "2026-02-13",
];

/// Items of these days, numbered from 0.
async fn of_days<S: Store>(store: &S) {
    let dated = |(n, day): (usize, &&str)| {
        let at = at(&format!("{day}T05:00:00Z"));
        dated(draft(&format!("a-{n}"), &format!("Tin số {n}")), at, DateOrigin::Feed)
    };
    put(store, batch(DAYS.iter().enumerate().map(dated).collect())).await;
}

async fn waiting<S: Store>(store: &S, slug: Option<&str>, limit: u32) -> Unarchived {
    let category = slug.map(|slug| CategorySlug::new(slug).expect("a slug"));
    store.unarchived(&Place { paper: paper(), category }, limit).await.expect("what waits")
}

async fn waiting_titles<S: Store>(store: &S, slug: Option<&str>) -> Vec<String> {
    let ids = waiting(store, slug, 3).await.items.into_iter().map(|(_, id)| id).collect();
    store.items_by_id(ids).await.expect("items").into_iter().map(|item| item.title).collect()
}

fn page(slug: Option<&str>, month: &str, part: u32) -> ArchivePage {
    let category = slug.map(|slug| CategorySlug::new(slug).expect("a slug"));
    ArchivePage { channel: ChannelId::of(paper(), category), month: month.parse().expect("a month"), part }
}

fn finished(page: &ArchivePage, items: &[ItemId], text: &str) -> FinishedPage {
    let document = PackedPublication {
        path: page.path(Format::Rss),
        gzip: text.as_bytes().into(),
        etag: format!("\"{text}\""),
        last_modified: now(),
    };
    let base_url = url("https://feeds.example.vn/");
    FinishedPage { page: page.clone(), base_url, items: items.to_vec(), documents: vec![document] }
}

/// Puts the oldest items that wait onto a page.
async fn freeze<S: Store>(store: &S, page: &ArchivePage, count: usize) -> Vec<ItemId> {
    let waiting = waiting(store, page.channel.category().map(CategorySlug::as_str), 3).await;
    let items: Vec<ItemId> = waiting.items.iter().take(count).map(|(_, id)| *id).collect();
    assert!(store.put_archive(finished(page, &items, "trang")).await.expect("a store"));
    items
}

async fn guid<S: Store>(store: &S, number: usize) -> ItemReference {
    let found = items(store).await.into_iter().find(|item| item.permalink.as_str().ends_with(&format!("a-{number}")));
    ItemReference::Guid(found.expect("an item").guid)
}

async fn bytes<S: Store>(store: &S, page: &ArchivePage) -> Option<Vec<u8>> {
    store.archived(&page.path(Format::Rss)).await.expect("a store").map(|kept| kept.gzip.to_vec())
}

pub(in crate::store) async fn items_wait_oldest_first_until_a_page_has_them<S: Store>(store: &S) {
    assert_eq!(waiting(store, None, 3).await, Unarchived::default());
    of_days(store).await;
    let found = waiting(store, None, 4).await;
    let days: Vec<_> = found.items.iter().map(|(at, _)| at.date_naive().to_string()).collect();
    assert_eq!(days, DAYS);
    assert_eq!((found.quarter, found.last), (Some(found.items[9]), Some(found.items[6])));
    assert_eq!(waiting(store, None, 11).await.last, None, "the feed has room");
    let (first, second) = (page(None, "2025-12", 1), page(None, "2026-01", 1));
    freeze(store, &first, 2).await;
    freeze(store, &second, 1).await;
    assert_eq!(waiting_titles(store, None).await[..2], ["Tin số 3", "Tin số 4"]);
    assert_eq!(waiting_titles(store, Some("xa-hoi")).await.len(), DAYS.len(), "each channel has pages of its own");
    freeze(store, &page(Some("xa-hoi"), "2025-12", 1), 2).await;
    let heads: BTreeSet<_> =
        store.archive_heads().await.expect("pages").iter().map(|page| page.path(Format::Rss)).collect();
    assert_eq!(
        heads.into_iter().collect::<Vec<_>>(),
        ["bao/all/archive/2026-01.rss", "bao/xa-hoi/archive/2025-12.rss"]
    );
    assert_eq!(store.archive_parts(&first.channel, first.month).await.expect("parts"), 1);
    assert_eq!(store.archive_parts(&first.channel, "2025-11".parse().expect("a month")).await.expect("parts"), 0);
    let members = store.archive_members(&second).await.expect("members");
    assert_eq!((members.prev, members.items.len()), (Some(first.clone()), 1));
    assert_eq!(bytes(store, &first).await.as_deref(), Some("trang".as_bytes()));
    assert_eq!(bytes(store, &page(None, "2025-11", 1)).await, None);
}

pub(in crate::store) async fn page_takes_only_what_waits<S: Store>(store: &S) {
    of_days(store).await;
    let items = freeze(store, &page(None, "2025-12", 1), 2).await;
    let other = page(None, "2025-12", 2);
    assert!(!store.put_archive(finished(&other, &items, "hai")).await.expect("a store"), "they have a page");
    let rest: Vec<ItemId> = waiting(store, None, 3).await.items.into_iter().map(|(_, id)| id).collect();
    store.withdraw(&guid(store, 2).await, now()).await.expect("a store");
    assert!(!store.put_archive(finished(&other, &rest, "hai")).await.expect("a store"), "readers do not see one");
    assert_eq!((bytes(store, &other).await, waiting(store, None, 3).await.items.len()), (None, 7), "nothing was done");
    assert_eq!(store.archive_heads().await.expect("pages").len(), 1);
}

pub(in crate::store) async fn erased_item_leaves_its_pages_at_once<S: Store>(store: &S) {
    of_days(store).await;
    let pages = [page(None, "2025-12", 1), page(Some("xa-hoi"), "2025-12", 1)];
    let items = freeze(store, &pages[0], 2).await;
    freeze(store, &pages[1], 2).await;
    let untouched = page(None, "2026-01", 1);
    freeze(store, &untouched, 1).await;
    assert_eq!(store.broken_archives().await.expect("pages"), []);
    store.erase(&guid(store, 0).await, now()).await.expect("a store").expect("an item");
    assert_eq!(store.broken_archives().await.expect("pages"), pages);
    assert_eq!([bytes(store, &pages[0]).await, bytes(store, &pages[1]).await], [Some(Vec::new()), Some(Vec::new())]);
    assert_eq!(bytes(store, &untouched).await.as_deref(), Some("trang".as_bytes()));
    let members = store.archive_members(&pages[0]).await.expect("members");
    assert_eq!((members.prev, &members.items[..]), (None, &items[1..]));
    assert!(!store.put_archive(finished(&pages[0], &items, "cũ")).await.expect("a store"), "one is no more");
    assert!(store.put_archive(finished(&pages[0], &items[1..], "mới")).await.expect("a store"));
    assert_eq!(store.broken_archives().await.expect("pages"), &pages[1..]);
    assert_eq!(bytes(store, &pages[0]).await.as_deref(), Some("mới".as_bytes()));
}

pub(in crate::store) async fn withdrawn_item_stays_on_its_page_until_that_is_made_anew<S: Store>(store: &S) {
    of_days(store).await;
    let of = page(None, "2025-12", 1);
    let items = freeze(store, &of, 2).await;
    store.withdraw(&guid(store, 0).await, now()).await.expect("a store").expect("an item");
    assert_eq!(store.broken_archives().await.expect("pages"), [], "a page never changes");
    store.break_archives(&url("https://feeds.example.vn/")).await.expect("a store");
    assert_eq!(store.broken_archives().await.expect("pages"), [], "its addresses are still ours");
    store.break_archives(&url("https://khac.example.vn/")).await.expect("a store");
    assert_eq!(store.broken_archives().await.expect("pages"), std::slice::from_ref(&of));
    assert_eq!(bytes(store, &of).await.as_deref(), Some("trang".as_bytes()), "it is served until then");
    assert!(store.put_archive(finished(&of, &items[1..], "mới")).await.expect("a store"));
    assert_eq!(store.archive_members(&of).await.expect("members").items, &items[1..]);
}

pub(in crate::store) async fn pages_go_from_the_far_end_when_nothing_of_them_is_kept<S: Store>(store: &S) {
    of_days(store).await;
    let pages = [page(None, "2025-12", 1), page(None, "2026-01", 1), page(None, "2026-02", 1)];
    for (page, count) in pages.iter().zip([2, 1, 1]) {
        freeze(store, page, count).await;
    }
    let nothing = Retention { keep: Duration::ZERO, keep_least: 0, max_bytes: None };
    // a fifth goes at once, the rest after a day
    for (hours, left) in [(400, 2), (430, 0)] {
        store.prune(&nothing, now() + Span::hours(hours)).await.expect("a store");
        let mut there = 0;
        for page in &pages {
            there += usize::from(bytes(store, page).await.is_some());
        }
        assert_eq!(there, left, "after {hours} hours");
    }
    assert_eq!(store.archive_heads().await.expect("pages"), []);
}

pub(in crate::store) async fn items_of_a_renamed_category_wait_for_pages_of_the_new_one<S: Store>(store: &S) {
    of_days(store).await;
    freeze(store, &page(Some("xa-hoi"), "2025-12", 1), 2).await;
    store.put_categories(vec![(paper(), Some(category("doi-song", "Đời sống")))]).await.expect("a store");
    let renamed = RenamedCategory {
        paper: paper(),
        from: CategorySlug::new("xa-hoi").expect("a slug"),
        to: CategorySlug::new("doi-song").expect("a slug"),
    };
    store.put_renamed_categories(vec![renamed]).await.expect("a store");
    assert_eq!(waiting(store, Some("doi-song"), 3).await.items.len(), DAYS.len());
    assert_eq!(store.archive_heads().await.expect("pages"), []);
    assert_eq!(bytes(store, &page(Some("xa-hoi"), "2025-12", 1)).await, None);
}

pub(in crate::store) async fn page_of_what_proved_another_item_is_made_anew<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Khánh thành cầu Nậm La")])).await;
    put(store, later(1, batch(vec![draft("b-2", "Khánh thành cầu Nậm La (video)")]))).await;
    let of = page(None, "2026-02", 1);
    let pair = freeze(store, &of, 2).await;
    let mut read_page = draft("b-2", "Khánh thành cầu Nậm La (video)");
    read_page.keys.push(ItemKey::Permalink("bao.vn/a-1".into()));
    let commit = put(store, later(2, read(pair[1], ArticleOutcome::Read(Box::new(read_page))))).await;
    assert_eq!(commit.repairs.len(), 1);
    assert_eq!(store.broken_archives().await.expect("pages"), std::slice::from_ref(&of));
    assert_eq!(store.archive_members(&of).await.expect("members").items, &pair[..1]);
}
