//! The change stream as other sites read it, and what left a channel.

use super::*;
use crate::store::MOST_PAGE_BYTES;

fn list(numbers: std::ops::Range<u32>) -> Batch {
    batch(numbers.map(|n| draft(&format!("a-{n}"), &format!("Tin số {n}"))).collect())
}

async fn gone<S: Store>(store: &S, selection: Selection) -> Vec<String> {
    let found = store.gone(&selection, 50).await.expect("what left");
    found.into_iter().map(|tombstone| tombstone.guid).collect()
}

async fn guid_of<S: Store>(store: &S, path: &str) -> String {
    let found = items(store).await.into_iter().find(|item| item.permalink.as_str().ends_with(path));
    found.expect("an item").guid
}

pub(in crate::store) async fn pages_follow_one_another_with_the_items_as_they_are<S: Store>(store: &S) {
    put(store, list(0..5)).await;
    put(store, later(1, batch(vec![draft("a-1", "Tin số 1 nay đã khác hẳn")]))).await;
    let withdrawn = guid_of(store, "a-2").await;
    store.withdraw(&ItemReference::Guid(withdrawn.clone()), now()).await.expect("a store").expect("an item");
    let first = store.change_page(&paper(), None, 4).await.expect("a page");
    assert_eq!((first.entries.len(), first.more, first.oldest, first.newest), (4, true, 0, 7));
    let shown: Vec<_> = first.entries.iter().map(|(change, item)| (change.guid == withdrawn, item.is_some())).collect();
    assert_eq!(shown.iter().filter(|(gone, shown)| gone == shown).count(), 0, "what readers do not see is not shown");
    let edited = first.entries.iter().filter_map(|(_, item)| item.as_ref()).find(|item| item.title.contains("khác"));
    assert_eq!(edited.map(|item| item.categories.len()), Some(1));
    let after = first.entries.last().map(|(change, _)| change.cursor);
    let last = store.change_page(&paper(), after, 4).await.expect("a page");
    assert_eq!((last.entries.len(), last.more), (3, false));
    let other = PaperId::new("khac").expect("a slug");
    let none = store.change_page(&other, None, 4).await.expect("a page");
    assert_eq!((none.entries.len(), none.more, none.newest), (0, false, 7));
}

pub(in crate::store) async fn page_of_long_items_ends_early<S: Store>(store: &S) {
    let long = |n: u32| Draft {
        content: Some(SafeHtml::vouch(format!("<p>{}</p>", "x".repeat(MOST_PAGE_BYTES / 2)))),
        ..draft(&format!("a-{n}"), &format!("Tin dài số {n}"))
    };
    put(store, batch((0..5).map(long).collect())).await;
    let page = store.change_page(&paper(), None, 100).await.expect("a page");
    assert_eq!((page.entries.len(), page.more), (2, true));
}

pub(in crate::store) async fn channel_tells_what_left_it_until_it_is_back<S: Store>(store: &S) {
    put(store, list(0..4)).await;
    let elsewhere = Draft {
        categories: vec![category("kinh-te", "Kinh tế")],
        ..from("kinh-te", draft("b-1", "Tin khác mục"))
    };
    put(store, batch(vec![elsewhere])).await;
    assert_eq!(gone(store, all()).await, [] as [&str; 0]);
    let (one, erased, other) = (guid_of(store, "a-1").await, guid_of(store, "a-2").await, guid_of(store, "b-1").await);
    for (hours, guid) in [(1, &one), (2, &other)] {
        let named = ItemReference::Guid(guid.clone());
        store.withdraw(&named, now() + Span::hours(hours)).await.expect("a store").expect("an item");
    }
    assert_eq!(gone(store, all()).await, [other.clone(), one.clone()]);
    assert_eq!(gone(store, of("xa-hoi")).await, [one.as_str()]);
    assert_eq!(gone(store, of("kinh-te")).await, [other.as_str()]);
    let named = ItemReference::Guid(erased.clone());
    store.erase(&named, now() + Span::hours(3)).await.expect("a store").expect("an item");
    let told = store.gone(&of("kinh-te"), 1).await.expect("what left");
    assert_eq!(told, [Tombstone { guid: erased.clone(), at: now() + Span::hours(3) }], "nobody knows where it stood");
    // what was withdrawn and is erased later is told once
    store.erase(&ItemReference::Guid(one.clone()), now() + Span::hours(4)).await.expect("a store").expect("an item");
    assert_eq!(gone(store, of("xa-hoi")).await, [one, erased]);
}

pub(in crate::store) async fn item_that_came_back_has_not_left<S: Store>(store: &S) {
    put(store, list(0..6)).await;
    let lost = items(store).await.into_iter().find(|item| item.permalink.as_str().ends_with("a-2")).expect("an item");
    for hours in [1, 26] {
        put(
            store,
            later(hours, batch([0, 1, 3, 4, 5].map(|n| draft(&format!("a-{n}"), &format!("Tin số {n}"))).into())),
        )
        .await;
        let answer = crate::store::AbsenceAnswer::Gone;
        store.settle_absence(lost.id, answer, Vec::new(), now() + Span::hours(hours)).await.expect("a commit");
    }
    assert_eq!(gone(store, of("xa-hoi")).await, [lost.guid.as_str()]);
    assert_eq!(put(store, later(30, list(0..6))).await.returned, 1);
    assert_eq!(gone(store, of("xa-hoi")).await, [] as [&str; 0]);
}

pub(in crate::store) async fn items_of_a_renamed_category_stand_in_the_new_one<S: Store>(store: &S) {
    put(store, list(0..3)).await;
    let guids = |items: Vec<Item>| items.into_iter().map(|item| item.guid).collect::<Vec<_>>();
    let before = guids(store.items(&of("xa-hoi")).await.expect("items"));
    let (from, to) = (category("xa-hoi", "Xã hội"), to_category());
    let renamed = vec![RenamedCategory { paper: paper(), from: from.slug, to: to.slug }];
    for _ in 0..2 {
        store.put_categories(vec![(paper(), Some(to_category()))]).await.expect("categories");
        store.put_renamed_categories(renamed.clone()).await.expect("categories");
    }
    let found = store.items(&of("van-hoa-xa-hoi")).await.expect("items");
    assert!(found.iter().all(|item| item.categories == [to_category()]), "{found:?}");
    assert_eq!((guids(found), guids(store.items(&of("xa-hoi")).await.expect("items"))), (before, vec![]));
    assert!(head(store, of("van-hoa-xa-hoi")).await > Revision(1) && head(store, all()).await > Revision(1));
    // what is still labeled so stands in the new one as well
    put(store, later(1, list(7..8))).await;
    assert_eq!(store.items(&of("van-hoa-xa-hoi")).await.expect("items").len(), 4);
    let heads = store.channels().await.expect("channels");
    assert!(
        !heads.iter().any(|head| head.category.as_ref().is_some_and(|category| category.slug.as_str() == "xa-hoi"))
    );
    // and leaves it when it is no longer called a renamed one
    store.put_renamed_categories(Vec::new()).await.expect("categories");
    put(store, later(2, list(8..9))).await;
    assert_eq!(store.items(&of("xa-hoi")).await.expect("items").len(), 1);
}

fn to_category() -> Category {
    category("van-hoa-xa-hoi", "Văn hóa - Xã hội")
}
