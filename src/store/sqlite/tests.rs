mod doctor;
mod mending;

use super::*;
use crate::model::Watcher;
use crate::store::contract::{all, batch, contract_tests, draft, now, source};
use rusqlite::Connection;
use std::sync::Arc;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn opened(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(folder.path(), now()).expect("a store")
}

fn fresh() -> (SqliteStore, TempDir) {
    let folder = folder();
    (opened(&folder), folder)
}

fn list(names: std::ops::Range<u32>) -> Batch {
    batch(names.map(|n| draft(&format!("a-{n}"), &format!("Tin {n}"))).collect())
}

async fn count(store: &SqliteStore) -> usize {
    store.items(&Selection { limit: 10_000, ..all() }).await.expect("items").len()
}

/// What a kill leaves behind: the files as they are, without the lock.
fn killed(folder: &TempDir) -> TempDir {
    let copy = self::folder();
    for name in ["bantin.db", "bantin.db-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).expect("a file of the live store");
    }
    copy
}

mod history;
mod plans;

mod contract {
    use super::*;
    contract_tests!(fresh());
}

#[tokio::test]
async fn second_opener_is_told_who_holds_the_lock() {
    let (store, folder) = fresh();
    let error = SqliteStore::open(folder.path(), now()).expect_err("locked");
    let own = std::process::id().to_string();
    assert!(matches!(&error, StoreError::Locked { holder, .. } if *holder == own), "{error}");
    store.close();
    opened(&folder);
}

#[tokio::test]
async fn a_lock_of_another_program_is_told_and_passes() {
    let (store, folder) = fresh();
    let other = Connection::open(folder.path().join("bantin.db")).expect("the database");
    other.execute_batch("begin immediate").expect("a lock");
    let refused = store.commit(list(0..5)).await.expect_err("it is locked");
    assert!(matches!(refused, StoreError::Busy { .. }), "{refused}");
    other.execute_batch("rollback").expect("the lock goes");
    assert_eq!(store.commit(list(0..5)).await.expect("a commit").new, 5);
}

#[tokio::test]
async fn committed_items_survive_a_kill() {
    let (store, folder) = fresh();
    store.commit(list(0..30)).await.expect("a commit");
    let before = store.items(&all()).await.expect("items");
    let copy = killed(&folder);
    let again = SqliteStore::open(copy.path(), now() + chrono::Duration::days(1)).expect("a store");
    assert_eq!(again.items(&all()).await.expect("items"), before);
    assert_eq!(again.epoch(), store.epoch());
    assert_eq!(again.commit(list(0..30)).await.expect("a commit").same, 30);
}

#[tokio::test]
async fn many_commits_at_once_all_arrive() {
    let (store, folder) = fresh();
    let store = Arc::new(store);
    let tasks = (0..600u32).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.commit(list(n * 3..n * 3 + 3)).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert_eq!(task.await.expect("a task").expect("a commit").new, 3);
    }
    assert_eq!(count(&store).await, 1800);
    assert_eq!(store.revision().await.expect("a revision"), Revision(600));
    store.close();
    assert!(matches!(store.commit(list(0..1)).await, Err(StoreError::Closed)));
    assert_eq!(
        std::fs::metadata(folder.path().join("bantin.db-wal")).map_or(0, |m| m.len()),
        0,
        "the log was folded in"
    );
}

#[tokio::test]
async fn failing_unit_costs_the_others_nothing() {
    let (store, _folder) = fresh();
    let good = (0..20).map(|n| store.commit(list(n..n + 1)));
    let bad = store.write("failing", |db| {
        db.execute("insert into meta (key, value) values ('x', '1')", [])?;
        db.execute("insert into no_such_table values (1)", [])?;
        Ok(())
    });
    let broken = store.write("breaking", |db| {
        assert!(db.is_autocommit(), "a defect of the test: a unit always runs in a transaction");
        Ok(())
    });
    let (first, second): (Vec<_>, Vec<_>) =
        (good.take(10).collect(), (10..20).map(|n| store.commit(list(n..n + 1))).collect());
    let (one, failed, crashed, two) = tokio::join!(join_all(first), bad, broken, join_all(second));
    assert!(one.iter().chain(&two).all(Result::is_ok));
    assert!(matches!(failed, Err(StoreError::Database { doing: "failing", .. })));
    assert!(matches!(crashed, Err(StoreError::Database { doing: "breaking", .. })));
    assert_eq!(count(&store).await, 20);
    let left = store.read("looking", |db| {
        Ok(db.query_row("select count(*) from meta where key = 'x'", [], |r| r.get::<_, i64>(0))?)
    });
    assert_eq!(left.await.expect("a count"), 0i64);
    store.ping().await.expect("the writer lives");
}

async fn join_all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut answers = Vec::new();
    for future in futures {
        answers.push(future.await);
    }
    answers
}

#[tokio::test]
async fn full_disk_is_an_error_that_passes() {
    let (store, _folder) = fresh();
    store.commit(list(0..5)).await.expect("a commit");
    let limit = |pages: i64| {
        store
            .write("limiting", move |db| Ok(db.query_row(&format!("pragma max_page_count = {pages}"), [], |_| Ok(()))?))
    };
    limit(1).await.expect("as small as it is");
    let answers = [store.commit(list(100..400)).await, store.commit(list(400..800)).await];
    for answer in answers {
        assert!(matches!(answer, Err(StoreError::DiskFull { .. })), "{answer:?}");
    }
    assert_eq!(count(&store).await, 5);
    limit(1 << 30).await.expect("room");
    assert_eq!(store.commit(list(100..400)).await.expect("a commit").new, 300);
    assert_eq!(store.revision().await.expect("a revision"), Revision(2));
}

#[tokio::test]
async fn database_of_another_version_or_program_is_refused() {
    let (store, folder) = fresh();
    store.close();
    let file = folder.path().join("bantin.db");
    let set = |pragma: &str| Connection::open(&file).and_then(|c| c.execute_batch(pragma)).expect("a pragma");
    let both = || (SqliteStore::open(folder.path(), now()), SqliteStore::open_read_only(folder.path()));
    set("pragma user_version = 9999");
    assert!(matches!(both(), (Err(StoreError::NewerSchema { found: 9999, .. }), Err(StoreError::NewerSchema { .. }))));
    set("pragma user_version = 1; pragma application_id = 7");
    assert!(matches!(both(), (Err(StoreError::Folder { .. }), Err(StoreError::Folder { .. }))));
    std::fs::write(&file, "no database at all, but a text that someone left here").expect("a file");
    assert!(matches!(both(), (Err(StoreError::Damaged { .. }), Err(StoreError::Damaged { .. }))));
}

#[tokio::test]
async fn database_of_the_first_schema_is_brought_up_with_all_its_items() {
    let (store, folder) = fresh();
    store.commit(list(0..5)).await.expect("a commit");
    store.close();
    let first = "drop table archive_document; drop table archive; drop index item_unarchived; drop index item_by_archive; \
        drop index item_category_unarchived; drop index item_category_by_archive; alter table item drop column archive; \
        alter table item_category drop column archive; drop table subscriber; drop index item_by_sight; drop table category_was; drop table body_bytes; drop table body; drop trigger item_goes; drop trigger item_leaves_readers; drop table search_word; drop table search; drop table tombstone_key; \
        drop table tombstone; drop table taken_back; drop table absence; drop table absence_day; drop table shown; \
        drop table change; drop table revision; drop table subscription; alter table source add column state text; drop table poll; \
        insert into source (id, state) values ('bao/xa-hoi', '{\"polls\":7}'); pragma user_version = 1";
    Connection::open(folder.path().join("bantin.db")).and_then(|c| c.execute_batch(first)).expect("the first schema");
    let old = SqliteStore::open_read_only(folder.path());
    assert!(matches!(old, Err(StoreError::OlderSchema { found: 1, .. })));
    let store = opened(&folder);
    assert_eq!((count(&store).await, store.subscriptions().await.expect("subscriptions").len()), (5, 0));
    assert_eq!(store.poll_states().await.expect("states")[&source("xa-hoi")].polls, 7);
    let paper = crate::store::contract::paper();
    assert_eq!(store.changes(&paper, 0, 100).await.expect("changes").len(), 5);
    let request = SearchRequest { text: "tin".into(), paper: None, limit: 100 };
    assert_eq!(store.search(&request).await.expect("hits").len(), 5);
    assert!(store.write("checking", search::is_sound).await.expect("a check"));
}

#[tokio::test]
async fn copy_of_a_live_older_database_is_brought_up_and_the_original_stays() {
    let (store, folder) = fresh();
    store.commit(list(0..5)).await.expect("a commit");
    let older = "drop table archive_document; drop table archive; drop index item_unarchived; drop index item_by_archive; \
        drop index item_category_unarchived; drop index item_category_by_archive; alter table item drop column archive; \
        alter table item_category drop column archive; drop table subscriber; drop index if exists item_by_sight; drop table category_was; drop table body_bytes; drop table body; drop trigger item_goes; \
        drop trigger item_leaves_readers; drop table search_word; drop table search; drop table tombstone_key; \
        drop table tombstone; drop table taken_back; drop table absence; drop table absence_day; drop table shown; \
        drop table change; drop table revision; pragma user_version = 3";
    Connection::open(folder.path().join("bantin.db")).and_then(|c| c.execute_batch(older)).expect("the older schema");
    let copy = self::folder();
    SqliteStore::copy_to(folder.path(), copy.path(), &Watcher::default()).await.expect("a copy beside the writer");
    assert_eq!(count(&opened(&copy)).await, 5);
    assert!(matches!(SqliteStore::open_read_only(folder.path()), Err(StoreError::OlderSchema { found: 3, .. })));
    let nothing = SqliteStore::copy_to(&folder.path().join("none"), copy.path(), &Watcher::default()).await;
    assert!(matches!(nothing, Err(StoreError::Folder { .. })));
}

#[tokio::test]
async fn new_database_is_strict_sound_and_marked() {
    let (store, _folder) = fresh();
    let facts = store.read("looking", |db| {
        let loose =
            "select count(*) from pragma_table_list where type = 'table' and not strict and name not like 'sqlite%'";
        let number = |query: &str| db.query_row(query, [], |row| row.get::<_, i64>(0));
        let check: String = db.query_row("pragma integrity_check", [], |row| row.get(0))?;
        Ok((number(loose)?, number("pragma user_version")?, number("pragma application_id")?, check))
    });
    let known = i64::from(schema::known());
    assert_eq!(facts.await.expect("facts"), (0, known, 0x6261_6e74, "ok".to_owned()));
}

#[tokio::test]
async fn writer_flushes_every_commit_and_holds_foreign_keys() {
    let (store, _folder) = fresh();
    let facts = store.write("looking", |db| {
        let number = |query: &str| db.query_row(query, [], |row| row.get::<_, i64>(0));
        let mode: String = db.query_row("pragma journal_mode", [], |row| row.get(0))?;
        Ok((mode, number("pragma synchronous")?, number("pragma foreign_keys")?))
    });
    assert_eq!(facts.await.expect("facts"), ("wal".to_owned(), 2, 1));
}

#[tokio::test]
async fn folder_that_is_no_folder_is_refused() {
    let folder = folder();
    let file = folder.path().join("state");
    std::fs::write(&file, "a file stands here").expect("a file");
    assert!(matches!(SqliteStore::open(&file, now()), Err(StoreError::Folder { .. })));
    assert!(matches!(SqliteStore::open(&file.join("below"), now()), Err(StoreError::Folder { .. })));
}

#[tokio::test]
async fn reading_needs_a_database_and_no_lock() {
    let folder = folder();
    let error = SqliteStore::open_read_only(folder.path()).expect_err("nothing there");
    assert!(error.to_string().contains("no database"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).map(Iterator::count).ok(), Some(0), "nothing was made");
    let writer = opened(&folder);
    writer.commit(list(0..3)).await.expect("a commit");
    let reader = SqliteStore::open_read_only(folder.path()).expect("a store");
    assert_eq!(count(&reader).await, 3);
    writer.commit(list(3..5)).await.expect("a commit");
    assert_eq!((count(&reader).await, reader.epoch()), (5, writer.epoch()));
    assert!(matches!(reader.commit(list(0..1)).await, Err(StoreError::ReadOnly)));
    writer.close();
    assert_eq!(count(&reader).await, 5);
}

#[tokio::test]
async fn backup_of_a_live_store_is_a_store() {
    let (store, _folder) = fresh();
    store.commit(list(0..30)).await.expect("a commit");
    let place = folder();
    let file = place.path().join("bantin.db");
    store.backup_to(&file, &Watcher::default()).await.expect("a backup");
    store.commit(list(30..40)).await.expect("a commit");
    store.backup_to(&file, &Watcher::default()).await.expect("a backup over the last one");
    assert_eq!(std::fs::read_dir(place.path()).map(Iterator::count).ok(), Some(1), "nothing is left beside it");
    let restored = SqliteStore::open(place.path(), now()).expect("a store");
    assert_eq!((count(&restored).await, restored.epoch()), (40, store.epoch()));
}

#[tokio::test]
async fn backup_replaces_nothing_but_a_backup() {
    let (store, folder) = fresh();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database, but dear to someone").expect("a file");
    let missing = folder.path().join("no-such-folder").join("x.db");
    for place in [folder.path().to_owned(), text.clone(), folder.path().join("bantin.db"), missing, "/".into()] {
        let refused = store.backup_to(&place, &Watcher::default()).await;
        assert!(matches!(refused, Err(StoreError::Backup { .. })), "{place:?}: {refused:?}");
    }
    assert_eq!(std::fs::read_to_string(&text).expect("the file").len(), 35);
    store.commit(list(0..1)).await.expect("the store is well");
}

#[tokio::test]
async fn rows_of_hostile_content_are_errors_and_no_crashes() {
    let (store, _folder) = fresh();
    store.commit(list(0..2)).await.expect("a commit");
    for spoil in ["permalink = 'javascript:1'", "authors = '{'", "published_origin = 'x'", "standing = 9"] {
        let query = format!("update item set {spoil} where id = 1");
        store.write("spoiling", move |db| Ok(db.execute(&query, []).map(|_| ())?)).await.expect("a write");
        let shown = store.items(&all()).await;
        assert!(spoil.starts_with("standing") || matches!(shown, Err(StoreError::Corrupt { .. })), "{spoil}");
    }
    store
        .write("spoiling", |db| {
            db.execute("insert into source (id, memory) values ('bao/xa-hoi', '[')", [])?;
            Ok(db.execute("insert or replace into poll (source, state) values ('bao/xa-hoi', '{')", []).map(|_| ())?)
        })
        .await
        .expect("a write");
    assert_eq!(store.poll_states().await.expect("states").len(), 1);
}
