//! What is found, and how it is shown.

use super::*;

async fn found<S: Store>(store: &S, text: &str) -> Vec<String> {
    found_in(store, text, None).await
}

async fn found_in<S: Store>(store: &S, text: &str, paper: Option<PaperId>) -> Vec<String> {
    let request = SearchRequest { text: text.into(), paper, limit: 20 };
    let hits = store.search(&request).await;
    hits.unwrap_or_else(|error| panic!("{text:?}: {error}")).into_iter().map(|hit| hit.title).collect()
}

async fn fill<S: Store>(store: &S) {
    let text = |path: &str, title: &str, summary: &str, content: &str| Draft {
        summary: Some(summary.into()),
        content: Some(SafeHtml::vouch(format!("<p>{content}</p>"))),
        ..draft(path, title)
    };
    put(
        store,
        batch(vec![
            text("1", "Hội Nông dân tỉnh họp", "Bàn về giống lúa mới.", "Toàn văn &amp; <b>đầy đủ</b>."),
            text("2", "Giá đất tăng", "Ở thành phố.", "Người bán chờ."),
            text("3", "Thành tích đạt được", "Học sinh giỏi.", "Các em đạt giải ở Điện Biên."),
            text("4", "Thông xe cầu Nậm La", "Sau hai năm xây dựng.", "Dân mừng."),
            text("5", "Nậm La mùa nước", "Có cầu mới", "qua suối La và Nậm Pàn."),
        ]),
    )
    .await;
}

pub(in crate::store) async fn search_finds_folded_words_phrases_and_beginnings<S: Store>(store: &S) {
    fill(store).await;
    assert_eq!(found(store, "hoi nong dan").await, ["Hội Nông dân tỉnh họp"]);
    assert_eq!(found(store, "HỘI NÔNG DÂN").await, ["Hội Nông dân tỉnh họp"]);
    assert_eq!(found(store, "dien bien").await, ["Thành tích đạt được"]);
    assert_eq!(found(store, "\"cầu nậm la\"").await, ["Thông xe cầu Nậm La"]);
    assert_eq!(found(store, "cau nam la").await.len(), 2);
    assert_eq!(found(store, "hoi nong d").await, ["Hội Nông dân tỉnh họp"]);
    assert_eq!(found(store, "giong lua mo").await, ["Hội Nông dân tỉnh họp"], "a word that is still being typed");
    assert_eq!(found(store, "\"hội nông dâ").await, ["Hội Nông dân tỉnh họp"]);
    assert_eq!(found(store, "thàn").await, ["Thành tích đạt được", "Giá đất tăng"], "the title before the summary");
    assert_eq!(found(store, "bao-").await, [] as [&str; 0]);
    assert_eq!(found(store, "đầy đủ").await, ["Hội Nông dân tỉnh họp"], "text of markup");
    assert_eq!(found(store, "hoi truong").await, [] as [&str; 0], "all words must stand there");
}

pub(in crate::store) async fn search_ranks_marks_as_typed_and_titles_first<S: Store>(store: &S) {
    fill(store).await;
    assert_eq!(found(store, "đất").await[0], "Giá đất tăng");
    assert_eq!(found(store, "đạt").await[0], "Thành tích đạt được");
    assert_eq!(found(store, "nậm la").await[0], "Nậm La mùa nước", "the shorter title says it more");
    assert_eq!(found(store, "cầu").await, ["Thông xe cầu Nậm La", "Nậm La mùa nước"]);
}

pub(in crate::store) async fn search_shows_the_text_as_the_paper_wrote_it<S: Store>(store: &S) {
    fill(store).await;
    let request = SearchRequest { text: "dien bien".into(), paper: None, limit: 5 };
    let hits = store.search(&request).await.expect("hits");
    let shown = |hit: &Hit| {
        let mark = |f: &Fragment| if f.found { format!("[{}]", f.text) } else { f.text.clone() };
        hit.snippet.iter().map(mark).collect::<String>()
    };
    assert_eq!(shown(&hits[0]), "Các em đạt giải ở [Điện] [Biên].");
    assert_eq!((hits[0].url.as_str(), hits[0].paper.as_str()), ("https://bao.vn/3", "bao"));
    let request = SearchRequest { text: "toan van".into(), ..request };
    assert_eq!(shown(&store.search(&request).await.expect("hits")[0]), "[Toàn] [văn] & đầy đủ.");
}

pub(in crate::store) async fn nothing_that_is_typed_is_an_error<S: Store>(store: &S) {
    fill(store).await;
    let long = "đất nước con người ".repeat(600);
    for typed in [
        "",
        "   ",
        "\"",
        "\"\"",
        "\"cầu",
        "'; drop table item; --",
        "title:đất",
        "{title} : đất",
        "NEAR(đất giá, 5)",
        "đất AND",
        "OR OR OR",
        "NOT đất",
        "* đất*",
        "^đất",
        "- + ( ) [ ] { } : ^ ~ \\",
        "\u{0}\u{1}\u{feff}",
        "đất\u{0}giá",
        "𝕳ộ𝖎 😀",
        "a\u{301}\u{301}\u{301}",
        &long,
        &"\"a\" ".repeat(2_000),
        &"x".repeat(10_000),
    ] {
        found(store, typed).await;
    }
    assert_eq!(found(store, "giá \"đất\" *").await, ["Giá đất tăng"]);
}

pub(in crate::store) async fn search_follows_what_readers_see<S: Store>(store: &S) {
    fill(store).await;
    let waiting = arriving(Arrival::AwaitArticle, batch(vec![from("moi", draft("9", "Tin còn chờ bài"))]));
    put(store, waiting).await;
    assert_eq!(found(store, "còn chờ").await, [] as [&str; 0], "not published yet");
    put(store, later(1, batch(vec![draft("2", "Giá vàng giảm")]))).await;
    assert_eq!((found(store, "giá đất").await.len(), found(store, "giá vàng").await.len()), (0, 1));
    let address = ItemReference::Address(ItemKey::Permalink("bao.vn/2".into()));
    store.withdraw(&address, now()).await.expect("a store").expect("an item");
    assert_eq!(found(store, "giá vàng").await, [] as [&str; 0], "withdrawn");
    let mut read = draft("9", "Tin còn chờ bài");
    read.source = source("moi");
    let pending = store.pending_articles(now() + Span::hours(1), 10).await.expect("pages");
    let outcome = ArticleOutcome::Read(Box::new(read));
    let article = Some(ArticleRead { item: pending[0].item, outcome });
    put(store, Batch { article, ..batch(Vec::new()) }).await;
    assert_eq!(found(store, "còn chờ").await, ["Tin còn chờ bài"]);
}

pub(in crate::store) async fn search_of_one_paper_finds_its_own_alone<S: Store>(store: &S) {
    fill(store).await;
    let other = PaperId::new("bao-khac").expect("a slug");
    let mut foreign = draft("1", "Hội Nông dân xã khác");
    foreign.paper = other.clone();
    foreign.source = SourceId::new(&other, "xa-hoi").expect("a slug");
    put(store, Batch { paper: other.clone(), ..batch(vec![foreign]) }).await;
    assert_eq!(found(store, "nông dân").await.len(), 2);
    assert_eq!(found_in(store, "nông dân", Some(other)).await, ["Hội Nông dân xã khác"]);
    assert_eq!(found_in(store, "nông dân", Some(paper())).await, ["Hội Nông dân tỉnh họp"]);
    assert_eq!(found(store, "bao khac").await, [] as [&str; 0], "a paper's id is no word of its items");
}

async fn items_with<S: Store>(store: &S, text: &str, paper: Option<PaperId>, limit: u32) -> Vec<Item> {
    let request = SearchRequest { text: text.into(), paper, limit };
    store.search_items(&request).await.unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

pub(in crate::store) async fn searched_items_are_whole_and_the_newest_first<S: Store>(store: &S) {
    fill(store).await;
    let titles = |items: &[Item]| items.iter().map(|item| item.title.clone()).collect::<Vec<_>>();
    let found = items_with(store, "cau nam la", None, 20).await;
    assert_eq!(found.len(), 2);
    assert!(found.is_sorted_by_key(|item| std::cmp::Reverse((item.published.at, item.id))), "{:?}", titles(&found));
    let all = store.items(&Selection::of(paper(), None, 20)).await.expect("items");
    for item in &found {
        assert!(all.contains(item), "the same item as its feeds have: {item:?}");
    }
    assert_eq!(items_with(store, "cau nam la", None, 1).await.len(), 1);
    assert_eq!(titles(&items_with(store, "giong lua mo", None, 20).await), [] as [&str; 0], "every word is whole");
    assert_eq!(titles(&items_with(store, "thông xe c", None, 20).await), [] as [&str; 0], "single letters count, too");
    assert_eq!(items_with(store, "\"nậm la\"", Some(PaperId::new("khac").expect("a slug")), 20).await.len(), 0);
    for typed in ["", " \" ", "* ^ NEAR(", "\u{0}"] {
        items_with(store, typed, None, 20).await;
    }
    assert_eq!(items_with(store, "nậm la", None, 0).await.len(), 0);
}

pub(in crate::store) async fn items_that_left_the_feeds_are_not_found_as_items<S: Store>(store: &S) {
    fill(store).await;
    let address = ItemReference::Address(ItemKey::Permalink("bao.vn/2".into()));
    store.withdraw(&address, now()).await.expect("a store").expect("an item");
    assert_eq!(items_with(store, "giá đất", None, 20).await.len(), 0);
}
