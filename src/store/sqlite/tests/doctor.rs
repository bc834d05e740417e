//! A sound database is called sound, and each thing that can be wrong is found and named.

use super::*;

/// What is wrong after some statements, and against a backup made before them.
async fn wrong_after(statements: &str) -> Vec<(&'static str, u64)> {
    let folder = folder();
    let backups = folder.path().join("backups");
    std::fs::create_dir(&backups).expect("a folder");
    let store = opened(&folder);
    store.commit(list(0..30)).await.expect("a commit");
    store.backup_to(&backups.join("bantin-20260213T000000Z.db"), &Watcher::default()).await.expect("a backup");
    store.commit(list(10..40)).await.expect("a commit");
    store.close();
    let db = Connection::open(folder.path().join("bantin.db")).expect("the database");
    db.pragma_update(None, "foreign_keys", false).expect("a pragma");
    db.execute_batch(statements).expect("statements");
    drop(db);
    let store = SqliteStore::open_read_only(folder.path()).expect("a store");
    let found = store.examine(&backups, now(), &Watcher::default()).await.expect("an examination");
    assert_eq!(found.compared, Some(30));
    found.checks.into_iter().filter(|check| check.wrong > 0).map(|check| (check.holds, check.wrong)).collect()
}

#[tokio::test]
async fn a_live_database_is_sound() {
    assert_eq!(wrong_after("").await, []);
}

#[tokio::test]
async fn each_fault_is_named() {
    let faults = [
        ("update item set guid = 'http://bao.example/1' where id = 35", "every guid is a tag URI of its item's paper"),
        ("insert into alias select guid, 2, 0 from item where id = 1", "no guid is both an item's and an alias"),
        (
            "insert into tombstone select guid, paper, 0 from item where id = 1",
            "nothing that was erased is an item again",
        ),
        (
            "insert into alias values ('tag:bao.example,2026:khac/1', 1, 0)",
            "every alias leads to an item of its own paper",
        ),
        ("delete from item_key where item_id = 35", "every item can be recognized by some key"),
        (
            "update item_key set paper = 'khac' where item_id = 35 and key like 'p:%'",
            "every key leads to an item of its own paper",
        ),
        (
            "update item_category set published = 1 where item_id = 35",
            "every item's categories show it where and when it stands",
        ),
        ("update item set title = ' ' where id = 35", "every published item has a title"),
        (
            "update item set standing = 0 where id = 35; update item_category set standing = 0 where item_id = 35",
            "no item waits for an article page that nobody will read",
        ),
        ("update item set first_seen = 9000000000000000 where id = 35", "no date is impossible"),
        ("update item set archive = 7 where id = 35", "every item stands on archive pages that there are"),
        ("update item set updated = published - 1 where id = 35", "no item was edited before it was published"),
        (
            "update item set permalink = (select permalink from item where id = 34) where id = 35",
            "no two published items have one address",
        ),
        ("insert into item_category values (9999, 1, 0, 2, 0, null)", "every row's references are there"),
        (
            "delete from item_key where item_id = 15; delete from item where id = 15; delete from item_category where item_id = 15; delete from sighting where item_id = 15",
            "every guid of the newest backup is still an item or an alias",
        ),
        ("update item set guid = guid || '0' where id = 15", "no article of the newest backup has another guid now"),
        (
            "update item set published = published + 1 where id = 15; update item_category set published = published + 1 where item_id = 15",
            "no published item of the newest backup was re-dated",
        ),
    ];
    for (fault, named) in faults {
        let wrong = wrong_after(fault).await;
        assert!(wrong.contains(&(named, 1)), "{fault}: {wrong:?}");
    }
}

#[tokio::test]
async fn an_index_that_lost_a_row_is_found() {
    let wrong = wrong_after(
        "pragma writable_schema = on; update sqlite_schema set sql = 'create index item_by_title on item (title_hash)' where name = 'item_by_title'",
    )
    .await;
    assert_eq!(wrong.first().map(|(holds, _)| *holds), Some("every page of the database is sound"), "{wrong:?}");
}
