//! Which entries are one item, and what an item keeps when it is seen again.

use super::*;

pub(in crate::store) async fn new_items_are_published_with_all_their_facts<S: Store>(store: &S) {
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

pub(in crate::store) async fn same_batch_twice_changes_nothing<S: Store>(store: &S) {
    let drafts = || vec![draft("a-1", "Một tin"), dated(draft("b-2", "Hai tin"), now(), DateOrigin::Feed)];
    put(store, batch(drafts())).await;
    let before = items(store).await;
    let again = put(store, later(1, batch(drafts()))).await;
    assert_eq!(again, Commit { revision: Revision(1), same: 2, ..Commit::default() });
    assert_eq!(items(store).await, before);
    assert_eq!(store.revision().await.expect("a revision"), Revision(1));
}

pub(in crate::store) async fn undated_items_keep_page_order<S: Store>(store: &S) {
    put(store, batch((0..5).map(|n| draft(&format!("a-{n}"), &format!("Tin {n}"))).collect())).await;
    assert_eq!(titles(store).await, ["Tin 0", "Tin 1", "Tin 2", "Tin 3", "Tin 4"]);
    let found = items(store).await;
    assert_eq!(found[2].published.at, now() - Span::seconds(2));
    assert_eq!(found[2].published.origin, DateOrigin::FirstSeen);
    put(store, later(1, batch(vec![draft("b-1", "Tin mới"), draft("a-3", "Tin 3")]))).await;
    assert_eq!(titles(store).await, ["Tin mới", "Tin 0", "Tin 1", "Tin 2", "Tin 3", "Tin 4"]);
}

pub(in crate::store) async fn equal_dates_keep_document_order<S: Store>(store: &S) {
    let drafts = (0..4).map(|n| dated(draft(&format!("a-{n}"), &format!("Tin {n}")), now(), DateOrigin::Feed));
    put(store, batch(drafts.collect())).await;
    assert_eq!(titles(store).await, ["Tin 0", "Tin 1", "Tin 2", "Tin 3"]);
}

pub(in crate::store) async fn one_article_in_three_sections_is_one_item<S: Store>(store: &S) {
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

pub(in crate::store) async fn sources_that_word_a_title_differently_do_not_flap<S: Store>(store: &S) {
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

pub(in crate::store) async fn edit_keeps_guid_and_date_and_moves_updated<S: Store>(store: &S) {
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

pub(in crate::store) async fn what_is_no_longer_stated_stays<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    let bare = Draft { summary: None, categories: Vec::new(), ..draft("a-1", "Một tin") };
    assert_eq!(put(store, batch(vec![bare])).await.changed, 0);
    let item = items(store).await.remove(0);
    assert!(item.summary.is_some() && item.categories.len() == 1);
}

pub(in crate::store) async fn site_id_recognizes_a_renamed_article<S: Store>(store: &S) {
    put(store, batch(vec![keyed(draft("xa-hoi/a-X1", "Một tin"), site_id("X1"))])).await;
    let renamed = keyed(draft("phap-luat/b-X1", "Khác hẳn mọi lời"), site_id("X1"));
    assert_eq!(put(store, batch(vec![renamed])).await.new, 0);
    let item = items(store).await.remove(0);
    assert_eq!(item.permalink.as_str(), "https://bao.vn/phap-luat/b-X1");
}

pub(in crate::store) async fn new_origin_ids_bring_no_new_item<S: Store>(store: &S) {
    for turn in 0..40 {
        let churned = keyed(draft("a-1", "Một tin"), origin_id(&format!("urn:{turn}")));
        put(store, later(turn, batch(vec![churned]))).await;
    }
    assert_eq!(items(store).await.len(), 1);
}

pub(in crate::store) async fn origin_id_recognizes_a_new_address<S: Store>(store: &S) {
    let old = keyed(keyed(draft("a-X1", "Một tin rất mới"), site_id("X1")), origin_id("urn:1"));
    let new = keyed(keyed(draft("b-X2", "Một tin rất mới"), site_id("X2")), origin_id("urn:1"));
    put(store, batch(vec![old])).await;
    assert_eq!(put(store, batch(vec![new])).await.new, 0);
    assert_eq!(items(store).await.len(), 1);
}

pub(in crate::store) async fn numbered_ids_that_shift_take_no_other_item<S: Store>(store: &S) {
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

pub(in crate::store) async fn entries_that_share_an_address_stay_apart_by_id<S: Store>(store: &S) {
    let list = |names: &[&str]| -> Batch {
        batch(names.iter().map(|name| keyed(draft("thong-bao", &format!("Bài {name}")), origin_id(name))).collect())
    };
    assert_eq!(put(store, list(&["cam", "quyt", "mit"])).await.new, 3);
    assert_eq!(put(store, list(&["dua", "cam", "quyt", "mit"])).await.new, 1);
    let guids: BTreeSet<_> = items(store).await.into_iter().map(|item| item.guid).collect();
    assert_eq!(guids.len(), 4);
}

pub(in crate::store) async fn twins_in_a_document_are_one_item<S: Store>(store: &S) {
    let bare = Draft { summary: None, ..draft("a-1", "Một tin") };
    let commit = put(store, batch(vec![bare, draft("b-2", "Hai tin"), draft("a-1", "Một tin")])).await;
    assert_eq!(commit.new, 2);
    let item = items(store).await.remove(0);
    assert_eq!(item.summary.as_deref(), Some("Tóm tắt của bài Một tin."));
}

pub(in crate::store) async fn standing_title_on_other_days_is_another_article<S: Store>(store: &S) {
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

pub(in crate::store) async fn bulletins_and_parts_never_merge<S: Store>(store: &S) {
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

pub(in crate::store) async fn title_and_day_recognize_another_form_of_the_address<S: Store>(store: &S) {
    let title = "Khánh thành cầu Nậm La sau hai năm thi công";
    put(store, batch(vec![dated(draft("a", title), now(), DateOrigin::Feed)])).await;
    let mobile = from("tin-rss", dated(draft("m/a", title), now(), DateOrigin::Feed));
    assert_eq!(put(store, batch(vec![mobile])).await.new, 0);
    let beside =
        vec![dated(draft("a", title), now(), DateOrigin::Feed), dated(draft("c", title), now(), DateOrigin::Feed)];
    assert_eq!(put(store, batch(beside)).await.new, 1, "one document shows both: they are two");
}

pub(in crate::store) async fn papers_do_not_take_each_others_items<S: Store>(store: &S) {
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

pub(in crate::store) async fn recognition_tells_old_titles_from_new_ones<S: Store>(store: &S) {
    put(store, batch(vec![draft("a-1", "Khánh thành cầu Nậm La")])).await;
    let asked = [draft("a-1", "Khác"), draft("x-9", "Khánh thành cầu Nậm La"), draft("y-9", "Chưa từng có")];
    let answers = store.recognize(&paper(), Arc::new(asked.to_vec()), now()).await.expect("answers");
    assert!(matches!(answers[..], [Recognition::Known { held: false, .. }, Recognition::OldTitle, Recognition::New]));
    let later =
        store.recognize(&paper(), Arc::new(asked[1..2].to_vec()), now() + Span::days(90)).await.expect("answers");
    assert_eq!(later, [Recognition::New]);
}

pub(in crate::store) async fn two_items_that_prove_one_are_joined_under_the_older_guid<S: Store>(store: &S) {
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

pub(in crate::store) async fn repairs_are_bounded_and_never_join_numbered_parts<S: Store>(store: &S) {
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

pub(in crate::store) async fn lost_database_mints_the_same_guids<S: Store>(store: &S, other: &S) {
    put(store, batch(vec![draft("a-1", "Một tin")])).await;
    put(other, later(100, batch(vec![draft("a-1", "Sửa tiêu đề")]))).await;
    assert_eq!(items(store).await[0].guid, items(other).await[0].guid);
}
