//! What is erased, rebuilt, removed and given back, down to the bytes of the file.

use super::*;

/// Whether the database's files hold a text anywhere.
fn files_hold(folder: &TempDir, text: &str) -> bool {
    ["bantin.db", "bantin.db-wal"].iter().any(|name| {
        let bytes = std::fs::read(folder.path().join(name)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn nothing_of_an_erased_item_is_left_in_any_page() {
    let (store, folder) = fresh();
    let secret = |title: &str| {
        let mut draft = draft("bi-mat-zqxwv", title);
        draft.summary = Some("Nguyenvan zqxwvsummary bị nêu tên".into());
        let long = "zqxwvcontent đoạn văn rất dài ".repeat(400);
        draft.content = Some(crate::model::SafeHtml::vouch(format!("<p>{long}</p>")));
        draft
    };
    store.commit(list(0..50)).await.expect("a commit");
    store.commit(batch(vec![secret("Bài zqxwvtitle thứ nhất")])).await.expect("a commit");
    let hour = chrono::Duration::hours(1);
    let edited =
        Batch { now: now() + hour, ..batch(vec![secret("Bài zqxwvother đã được sửa lại nhiều")]) };
    store.commit(edited).await.expect("a commit");
    let document = |body: &str| crate::model::Publication {
        path: "bao/all.rss".into(),
        media_type: "application/rss+xml",
        etag: body.len().to_string(),
        last_modified: now(),
        body: Arc::from(body.as_bytes()),
    };
    let with = document(&"zqxwvdocument ".repeat(2_000));
    store.keep_publications(vec![with], Vec::new(), "1".into()).await.expect("a write");
    store.commit(list(50..100)).await.expect("a commit");
    store.optimize().await.expect("house work");
    assert!(
        files_hold(&folder, "zqxwvtitle") && files_hold(&folder, "zqxwvdocument"),
        "the test looks at the right place"
    );
    let key = crate::model::ItemKey::Permalink("bao.vn/bi-mat-zqxwv".into());
    store.erase(&ItemReference::Address(key), now()).await.expect("a store").expect("an item");
    store.keep_publications(vec![document("without it")], Vec::new(), "2".into()).await.expect("a write");
    assert!(store.scrub().await.expect("a store"), "nobody reads");
    assert!(!files_hold(&folder, "zqxwv"), "text, folded words, addresses");

    // its list shows it still
    let known = vec![("https://bao.vn/bi-mat-zqxwv".to_owned(), "Bài zqxwvtitle thứ nhất".to_owned())];
    let memory = Memory { known, ..Memory::default() };
    let shown = Batch { memory: Some(memory), ..batch(vec![secret("Bài zqxwvtitle thứ nhất")]) };
    let body = crate::store::contract::bodies::page(shown.source.section(), 0, "zqxwv");
    let body = Some(crate::store::Keep { body, most_bytes: 1 << 20 });
    store.commit(Batch { body, ..shown.clone() }).await.expect("a commit");
    assert!(store.bodies(&shown.source).await.expect("documents").is_empty());
    assert!(!files_hold(&folder, "zqxwv"), "nothing comes back by the list");
    assert!(store.write("checking", search::is_sound).await.expect("a check"));
    assert_eq!(count(&store).await, 100);
}

#[tokio::test]
async fn a_damaged_search_index_alone_is_made_anew() {
    let (store, folder) = fresh();
    store.commit(list(0..30)).await.expect("a commit");
    let spoil = "update search_data set block = x'00ff00ff00ff' where id > 10";
    store.write("spoiling", move |db| Ok(db.execute(spoil, []).map(|_| ())?)).await.expect("a write");
    let request = SearchRequest { text: "tin 7".into(), paper: None, limit: 100 };
    let failed = store.search(&request).await.expect_err("the index is spoilt");
    assert!(matches!(failed, StoreError::Damaged { .. }) && store.is_suspect(), "{failed}");
    store.close();
    let (store, told) = SqliteStore::open_or_mend(folder.path(), folder.path(), now()).expect("a store");
    assert!(told.is_empty() && !store.is_suspect(), "nothing else was damaged: {told:?}");
    assert!(store.write("checking", search::is_sound).await.expect("a check"));
    assert_eq!(store.search(&request).await.expect("hits")[0].title, "Tin 7");
    assert_eq!(count(&store).await, 30);
}

#[tokio::test]
async fn what_the_retention_takes_leaves_nothing_behind() {
    let (store, _folder) = fresh();
    store.commit(list(0..10)).await.expect("a commit");
    let edited = draft("a-0", "Tin số không nay đã khác hẳn");
    let hour = chrono::Duration::hours(1);
    store.commit(Batch { now: now() + hour, ..batch(vec![edited]) }).await.expect("a commit");
    let policy = Retention { keep: std::time::Duration::from_secs(86_400), keep_least: 0, max_bytes: None };
    for day in [30, 32] {
        store.prune(&policy, now() + chrono::Duration::days(day)).await.expect("a run");
    }
    let left = store.read("looking", |db| {
        let tables =
            ["item", "item_key", "sighting", "item_category", "revision", "absence", "search_docsize", "change"];
        let count =
            |table: &&str| db.query_row(&format!("select count(*) from {table}"), [], |row| row.get::<_, i64>(0));
        Ok(tables.iter().map(count).collect::<Result<Vec<_>, _>>()?)
    });
    assert_eq!(left.await.expect("counts"), vec![0i64; 8]);
    assert!(store.write("checking", search::is_sound).await.expect("a check"));
}

#[tokio::test]
async fn free_pages_go_back_in_steps() {
    let (store, folder) = fresh();
    let long = |n: u32| {
        let mut draft = draft(&format!("a-{n}"), &format!("Tin {n}"));
        draft.content = Some(crate::model::SafeHtml::vouch("nội dung ".repeat(3_000)));
        draft
    };
    store.commit(batch((0..500).map(long).collect())).await.expect("a commit");
    store.optimize().await.expect("house work");
    let before = store.size().await.expect("a size");
    let length = || std::fs::metadata(folder.path().join("bantin.db")).expect("the file").len();
    assert_eq!((before.database_bytes, before.items), (length(), 500));
    let policy = Retention { keep: std::time::Duration::from_secs(86_400), keep_least: 0, max_bytes: None };
    for day in [30, 32] {
        store.prune(&policy, now() + chrono::Duration::days(day)).await.expect("a run");
    }
    store.optimize().await.expect("house work");
    let after = store.size().await.expect("a size");
    assert!(after.database_bytes < before.database_bytes / 10, "{before:?} {after:?}");
    assert_eq!((after.database_bytes, after.free_bytes, after.wal_bytes), (length(), 0, 0));
}

#[tokio::test]
async fn restoring_an_older_backup_brings_back_nothing_that_was_erased() {
    let (store, state) = fresh();
    store.commit(list(0..10)).await.expect("a commit");
    let place = folder();
    let file = place.path().join("copy.db");
    store.backup_to(&file, &Watcher::default()).await.expect("a backup");
    let key = crate::model::ItemKey::Permalink("bao.vn/a-3".into());
    store.erase(&ItemReference::Address(key), now()).await.expect("a store").expect("an item");
    store.commit(list(10..12)).await.expect("a commit");
    store.close();
    SqliteStore::restore(state.path(), &file, now(), &Watcher::default())
        .expect("a restored store")
        .expect("the old one is kept");
    let store = opened(&state);
    assert_eq!(count(&store).await, 9);
    assert_eq!(store.commit(list(0..10)).await.expect("a commit").new, 0);
    assert!(store.scrub().await.expect("a store"), "nobody reads");
    assert!(!files_hold(&state, "bao.vn/a-3"));
    assert_eq!(store.copies(place.path()).len(), 1, "what was kept aside");
}
