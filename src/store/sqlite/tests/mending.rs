//! Damage of every kind, and restores: guids stay, what was put aside stays, nothing half done is ever opened.

use super::*;
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A state folder with a backup of its first 30 items and, later, 10 more and a title that was edited.
struct Scene {
    folder: TempDir,
    backups: PathBuf,
    items: Vec<Item>,
}

impl Scene {
    async fn new() -> Self {
        let folder = folder();
        let backups = folder.path().join("backups");
        fs::create_dir(&backups).expect("a folder");
        let store = opened(&folder);
        store.commit(list(0..30)).await.expect("a commit");
        store.backup_to(&backups.join("bantin-20260213T000000Z.db"), &Watcher::default()).await.expect("a backup");
        store.commit(list(0..40)).await.expect("a commit");
        let items = store.items(&all()).await.expect("items");
        store.close();
        Self { folder, backups, items }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("bantin.db")
    }

    /// Overwrites the file from `offset` on.
    fn damage(&self, offset: u64, bytes: &[u8]) {
        let mut file = OpenOptions::new().write(true).open(self.file()).expect("the database");
        file.seek(SeekFrom::Start(offset)).expect("a seek");
        file.write_all(bytes).expect("a write");
    }

    /// Spoils the root page of one index: the rest can still be read.
    fn damage_an_index(&self) {
        const PAGE: usize = 4_096;
        let query = "select rootpage from sqlite_schema where name = 'item_by_title'";
        let root: u64 = {
            let db = Connection::open(self.file()).expect("the database");
            db.query_row(query, [], |row| row.get::<_, u32>(0)).expect("a page").into()
        };
        self.damage((root - 1) * PAGE as u64, &[0xee; PAGE]);
    }

    fn mended(&self) -> (SqliteStore, Vec<String>) {
        SqliteStore::open_or_mend(self.folder.path(), &self.backups, now()).expect("a store")
    }

    fn kept_aside(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder").flatten();
        let is_aside = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.contains("damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm")
        };
        entries.map(|entry| entry.path()).filter(is_aside).collect()
    }
}

fn guids(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.guid.as_str()).collect()
}

#[tokio::test]
async fn a_file_that_is_no_database_gives_way_to_the_backup() {
    let scene = Scene::new().await;
    fs::write(scene.file(), b"not a database, by far: only some text of a careless program").expect("a write");
    let strict = SqliteStore::open(scene.folder.path(), now()).expect_err("damaged");
    assert!(matches!(strict, StoreError::Damaged { .. }), "{strict}");
    let (store, told) = scene.mended();
    assert!(told[0].contains("bantin-20260213T000000Z.db was restored, and 0 newer items"), "{told:?}");
    assert_eq!((count(&store).await, store.stream_epoch()), (30, now()));
    let [aside] = scene.kept_aside().try_into().expect("one file aside");
    assert!(fs::read(aside).expect("a file").starts_with(b"not a database"));
    // what is polled again is what it was
    store.commit(list(0..40)).await.expect("a commit");
    assert_eq!(guids(&store.items(&all()).await.expect("items")), guids(&scene.items));
}

#[tokio::test]
async fn newer_items_of_a_damaged_database_are_taken_over_whole() {
    let scene = Scene::new().await;
    scene.damage_an_index();
    let strict = SqliteStore::open(scene.folder.path(), now()).expect("the damage is not seen at once");
    let failed = strict.commit(list(40..41)).await.expect_err("the page is needed");
    assert!(matches!(failed, StoreError::Damaged { .. }), "{failed}");
    assert!(strict.is_suspect());
    strict.close();

    let (store, told) = scene.mended();
    assert!(told[0].contains("10 newer items were taken over"), "{told:?}");
    assert!(!store.is_suspect());
    let items = store.items(&all()).await.expect("items");
    let (dates, before): (Vec<_>, Vec<_>) =
        (items.iter().map(|i| i.published).collect(), scene.items.iter().map(|i| i.published).collect());
    assert_eq!((guids(&items), dates), (guids(&scene.items), before), "none is re-dated, none has another guid");
    let same = store.commit(list(0..40)).await.expect("a commit");
    assert_eq!((same.new, same.published), (0, 0), "each is recognized");
    assert!(same.revision >= scene.items.iter().map(|item| item.revision).max().expect("items"));
}

#[tokio::test]
async fn a_suspicion_that_proves_wrong_changes_nothing() {
    let scene = Scene::new().await;
    fs::write(scene.folder.path().join("bantin.suspect"), b"").expect("a write");
    let (store, told) = scene.mended();
    assert!(told.is_empty() && !store.is_suspect(), "{told:?}");
    assert_eq!(store.items(&all()).await.expect("items"), scene.items);
}

#[tokio::test]
async fn bad_backups_are_passed_over() {
    let scene = Scene::new().await;
    fs::write(scene.backups.join("bantin-20260214T000000Z.db"), b"SQLite format 3\0 and then nothing")
        .expect("a write");
    fs::write(scene.backups.join("bantin-20260215T000000Z.db"), b"").expect("a write");
    fs::write(scene.file(), [0x55; 8192]).expect("a write");
    let (store, told) = scene.mended();
    assert!(told[0].contains("bantin-20260213T000000Z.db was restored"), "{told:?}");
    assert_eq!(count(&store).await, 30);
}

#[tokio::test]
async fn without_any_backup_an_empty_database_is_made_and_the_old_one_kept() {
    let scene = Scene::new().await;
    fs::write(scene.file(), [0x55; 8192]).expect("a write");
    fs::remove_dir_all(&scene.backups).expect("a folder");
    let (store, told) = scene.mended();
    assert!(told[0].contains("there is no good backup"), "{told:?}");
    assert_eq!((count(&store).await, scene.kept_aside().len()), (0, 1));
    store.commit(list(0..40)).await.expect("a commit");
    assert_eq!(
        guids(&store.items(&all()).await.expect("items")),
        guids(&scene.items),
        "a lost database mints the same"
    );
}

#[tokio::test]
async fn a_restore_that_was_killed_is_finished_by_the_next_start() {
    let scene = Scene::new().await;
    let backup = scene.backups.join("bantin-20260213T000000Z.db");
    // all steps but the last ones were done
    fs::copy(&backup, scene.folder.path().join("bantin.db.next")).expect("a copy");
    fs::copy(&backup, scene.folder.path().join("bantin.db.part")).expect("a copy");
    let (store, _) = scene.mended();
    assert_eq!(count(&store).await, 30);
    assert!(!scene.folder.path().join("bantin.db.next").exists());
}

#[tokio::test]
async fn restore_takes_sound_backups_alone() {
    let scene = Scene::new().await;
    let (folder, good) = (scene.folder.path(), scene.backups.join("bantin-20260213T000000Z.db"));
    let refused = |file: &Path| {
        SqliteStore::restore(folder, file, now(), &Watcher::default()).expect_err("no backup").to_string()
    };
    let other = folder.join("other.db");
    fs::write(&other, b"").expect("a write");
    assert!(refused(&other).contains("no database of bantin"), "{}", refused(&other));
    fs::write(&other, [0x55; 8192]).expect("a write");
    assert!(refused(&other).contains("cannot be read as a database"), "{}", refused(&other));
    assert!(refused(&folder.join("none.db")).contains("there is no such file"));
    fs::copy(&good, &other).expect("a copy");
    Connection::open(&other).expect("a database").pragma_update(None, "user_version", 9_999).expect("a write");
    assert!(refused(&other).contains("install the newer bantin"), "{}", refused(&other));
    assert_eq!(count(&opened(&scene.folder)).await, 40, "nothing was changed");

    let running = opened(&scene.folder);
    assert_eq!(running.stream_epoch(), running.epoch());
    let epoch = running.epoch();
    let locked = SqliteStore::restore(folder, &good, now(), &Watcher::default()).expect_err("in use");
    assert!(matches!(locked, StoreError::Locked { .. }), "{locked}");
    running.close();
    let later = now() + chrono::Duration::hours(1);
    let aside = SqliteStore::restore(folder, &good, later, &Watcher::default())
        .expect("a restore")
        .expect("the old one is kept");
    let restored = opened(&scene.folder);
    assert_eq!((count(&restored).await, restored.epoch()), (30, epoch));
    assert_eq!(restored.stream_epoch(), later, "its changes count again");
    restored.close();
    mend::verify(&aside).expect("what was replaced is whole");
}

#[tokio::test]
async fn a_database_of_an_older_version_is_copied_before_it_is_changed() {
    let folder = folder();
    let backups = folder.path().join("backups");
    {
        let mut db = Connection::open(folder.path().join("bantin.db")).expect("a database");
        schema::migrate_to(&mut db, 2, now());
    }
    let (store, told) = SqliteStore::open_or_mend(folder.path(), &backups, now()).expect("a store");
    assert!(told[0].contains("bantin-schema-2.db"), "{told:?}");
    store.close();
    mend::verify(&backups.join("bantin-schema-2.db")).expect("a sound copy");
    let (_store, told) = SqliteStore::open_or_mend(folder.path(), &backups, now()).expect("a store");
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn what_the_backup_had_still_to_clear_is_cleared_after_a_restore() {
    let scene = Scene::new().await;
    let backup = Connection::open(scene.backups.join("bantin-20260213T000000Z.db")).expect("the backup");
    schema::put_scrub(&backup, true).expect("a mark");
    backup.close().expect("closed");
    scene.damage_an_index();
    fs::write(scene.folder.path().join("bantin.suspect"), b"").expect("a write");
    let (store, told) = scene.mended();
    assert!(told[0].contains("10 newer items were taken over"), "{told:?}");
    assert!(store.read("looking", schema::scrub).await.expect("a mark"));
}
