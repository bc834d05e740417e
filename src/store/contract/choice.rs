//! What a channel chooses: items of several places, by words, the newest of a series.

use super::*;
use crate::model::{Only, Place, WordPattern};

fn place(paper: &PaperId, category: Option<&str>) -> Place {
    Place { paper: paper.clone(), category: category.map(|slug| CategorySlug::new(slug).expect("a slug")) }
}

/// All of the paper that is asked for.
fn only(only: Only) -> Selection {
    Selection { only, ..all() }
}

fn patterns(texts: &[&str]) -> Vec<WordPattern> {
    texts.iter().map(|text| WordPattern::new(*text).expect("a pattern")).collect()
}

/// A dated article of `bao`, so many hours ago.
fn article(hours: i64, title: &str, categories: &[&str]) -> Draft {
    let draft = draft(&format!("bai-{hours}"), title);
    let categories = categories.iter().map(|slug| category(slug, slug)).collect();
    dated(Draft { summary: None, categories, ..draft }, now() - Span::hours(hours), DateOrigin::Feed)
}

async fn chosen<S: Store>(store: &S, selection: &Selection) -> Vec<String> {
    store.items(selection).await.expect("items").into_iter().map(|item| item.title).collect()
}

fn khac() -> PaperId {
    PaperId::new("khac").expect("a slug")
}

/// An article of another paper.
fn elsewhere(hours: i64, title: &str) -> Batch {
    let source = SourceId::new(&khac(), "tin").expect("a slug");
    let moved = Draft { source: source.clone(), paper: khac(), ..article(hours, title, &["tin"]) };
    Batch { source, paper: khac(), ..batch(vec![moved]) }
}

pub(in crate::store) async fn several_places_are_one_list_newest_first<S: Store>(store: &S) {
    let drafts = vec![
        article(1, "Tin kinh tế mới nhất", &["kinh-te"]),
        article(3, "Tin của hai mục liền", &["xa-hoi", "kinh-te"]),
        article(5, "Tin xã hội cũ nhất", &["xa-hoi"]),
        article(2, "Tin thể thao không ai chọn", &["the-thao"]),
    ];
    put(store, batch(drafts)).await;
    put(store, elsewhere(4, "Tin của báo khác")).await;
    let places = vec![place(&paper(), Some("xa-hoi")), place(&khac(), None), place(&paper(), Some("kinh-te"))];
    let selection = Selection { places, ..all() };
    let expected = ["Tin kinh tế mới nhất", "Tin của hai mục liền", "Tin của báo khác", "Tin xã hội cũ nhất"];
    assert_eq!(chosen(store, &selection).await, expected);
    let found = store.items(&selection).await.expect("items");
    assert_eq!((found[1].categories.len(), &found[2].paper), (2, &khac()));
    let heads = [paper(), khac()].map(|paper| Selection::of(paper, None, 1));
    assert!(head(store, selection.clone()).await >= head(store, heads[1].clone()).await);
    assert_eq!(chosen(store, &Selection { places: Vec::new(), ..all() }).await, [] as [&str; 0]);
}

pub(in crate::store) async fn words_choose_over_folded_text<S: Store>(store: &S) {
    let mut summed = article(2, "Họp cuối năm", &["xa-hoi"]);
    summed.summary = Some("Hội  Nông-dân tỉnh tổng kết.".into());
    put(
        store,
        batch(vec![
            article(1, "Đại hội Nông dân huyện Mường La", &["xa-hoi"]),
            summed,
            article(3, "Hội nông danh dự", &["xa-hoi"]),
            article(4, "Giá xăng giảm", &["kinh-te"]),
        ]),
    )
    .await;
    let words = |texts: &[&str]| only(Only { words: patterns(texts), ..Only::default() });
    let farmers = ["Đại hội Nông dân huyện Mường La", "Họp cuối năm"];
    assert_eq!(chosen(store, &words(&["hoi nong dan"])).await, farmers);
    assert_eq!(chosen(store, &words(&["khong co", "gia (vang|xang)"])).await, ["Giá xăng giảm"]);
    assert_eq!(chosen(store, &words(&["khong co"])).await, [] as [&str; 0]);
}

fn bulletins() -> Batch {
    batch(vec![
        article(1, "Dự báo thời tiết tỉnh Sơn La ngày 15/2/2026", &["thoi-tiet"]),
        article(2, "Mưa lớn ở Mộc Châu", &["thoi-tiet"]),
        article(25, "Dự báo thời tiết tỉnh Sơn La ngày 14/2/2026", &["thoi-tiet"]),
        article(26, "Dự báo thời tiết huyện Mộc Châu ngày 14/2/2026", &["thoi-tiet"]),
        article(49, "Dự báo thời tiết tỉnh Sơn La ngày 13/2/2026", &["thoi-tiet"]),
    ])
}

fn weather() -> Selection {
    only(Only { newest: true, ..Only::default() })
}

pub(in crate::store) async fn newest_of_a_series_takes_the_place_of_the_older_ones<S: Store>(store: &S) {
    put(store, bulletins()).await;
    let expected = [
        "Dự báo thời tiết tỉnh Sơn La ngày 15/2/2026",
        "Mưa lớn ở Mộc Châu",
        "Dự báo thời tiết huyện Mộc Châu ngày 14/2/2026",
    ];
    assert_eq!(chosen(store, &weather()).await, expected);
    let series = only(Only { newest: true, series: true, ..Only::default() });
    assert_eq!(chosen(store, &series).await, [expected[0], expected[2]]);
    assert_eq!(items(store).await.len(), 5, "they leave no other feed");
}

pub(in crate::store) async fn older_of_a_series_is_back_when_the_newest_is_withdrawn<S: Store>(store: &S) {
    put(store, bulletins()).await;
    let newest = items(store).await.remove(0);
    let before = head(store, weather()).await;
    store.withdraw(&ItemReference::Guid(newest.guid), now()).await.expect("a store").expect("an item");
    assert!(head(store, weather()).await > before);
    let found = chosen(store, &weather()).await;
    assert_eq!((found.len(), found[1].as_str()), (3, "Dự báo thời tiết tỉnh Sơn La ngày 14/2/2026"));
}

pub(in crate::store) async fn channel_tells_of_what_it_had_and_left_and_of_nothing_else<S: Store>(store: &S) {
    put(store, bulletins()).await;
    put(store, elsewhere(3, "Mưa đá ở nơi khác")).await;
    let rain = Only { words: patterns(&["mua"]), ..Only::default() };
    let selection =
        Selection { places: vec![place(&paper(), Some("thoi-tiet")), place(&khac(), None)], only: rain, limit: 9 };
    for (hours, item) in (1..).zip(items(store).await) {
        let named = ItemReference::Guid(item.guid);
        store.withdraw(&named, now() + Span::hours(hours)).await.expect("a store").expect("an item");
    }
    let told = store.gone(&selection, 50).await.expect("what left");
    assert_eq!(told.len(), 1, "the bulletins never were in it");
    let theirs = store.items(&Selection::of(khac(), None, 9)).await.expect("items").remove(0);
    let last = now() + Span::hours(30);
    store.erase(&ItemReference::Guid(theirs.guid.clone()), last).await.expect("a store").expect("an item");
    let told = store.gone(&selection, 50).await.expect("what left");
    assert_eq!((told.len(), &told[0].guid, told[0].at), (2, &theirs.guid, last), "the last first, over all papers");
    assert_eq!(store.gone(&selection, 1).await.expect("what left").len(), 1);
}

pub(in crate::store) async fn chosen_items_are_as_many_as_asked_for<S: Store>(store: &S) {
    put(store, bulletins()).await;
    assert_eq!(chosen(store, &Selection { limit: 2, ..weather() }).await.len(), 2);
    assert_eq!(chosen(store, &Selection { limit: 0, ..weather() }).await.len(), 0);
}
