//! What a damaged database still tells: items that are newer than the backup, each taken whole or not at all.

use super::{archive, item, row, schema, search};
use crate::model::{ItemId, Revision, Standing};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// A day's news of a thousand papers is less.
const MOST: i64 = 1_000_000;

const ATTACH: &str = "attach database ?1 as damaged";
const DETACH: &str = "detach database damaged";
const HEADS: &[&str] = &[
    "insert or ignore into main.paper select * from damaged.paper",
    "insert or ignore into main.category select * from damaged.category",
    "insert or replace into main.origin select * from damaged.origin",
    "insert or ignore into main.change select * from damaged.change",
];
const TOMBSTONES: &[&str] = &[
    "insert or ignore into main.tombstone select * from damaged.tombstone",
    "insert or ignore into main.tombstone_key select * from damaged.tombstone_key",
];
const LAST: &str = "select seq from sqlite_sequence where name = 'item'";
const LAST_OF_DAMAGED: &str = "select seq from damaged.sqlite_sequence where name = 'item'";
const TAKE: &str = "insert into main.item select * from damaged.item where id = ?1";
const TAKE_KEYS: &str = "insert into main.item_key select * from damaged.item_key where item_id = ?1";
const TAKE_REST: &[&str] = &[
    "insert into main.alias select * from damaged.alias where item_id = ?1",
    "insert into main.item_category select * from damaged.item_category where item_id = ?1",
    "insert into main.sighting select * from damaged.sighting where item_id = ?1",
    "insert into main.article_read select * from damaged.article_read where item_id = ?1",
    "insert into main.revision select * from damaged.revision where item_id = ?1",
    "insert into main.taken_back select * from damaged.taken_back where item_id = ?1",
];
/// What was erased since the backup was made stays erased.
const ERASED: &str = "delete from main.item where guid in (select guid from main.tombstone)";
const TOUCH: &str = "update paper set revision = ?1; update category set revision = ?1 where revision > 0;";

/// Takes the items that the restored database does not know; gives back how many. Whatever cannot be read stays out.
pub(super) fn take_over(db: &mut Connection, damaged: &Path) -> u64 {
    let Some(path) = damaged.to_str() else { return 0 };
    // what is kept aside stays as it is
    let left_alone = db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    if left_alone.is_err() || db.execute(ATTACH, [path]).is_err() {
        return 0;
    }
    let taken = take_all(db).unwrap_or(0);
    let _ = db.execute(DETACH, []);
    let _ = db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
    taken
}

/// Erases anew, in a database that was restored, what had been erased in the one before.
pub(super) fn erase_again(db: &mut Connection, before: &Path) {
    let Some(path) = before.to_str() else { return };
    if db.execute(ATTACH, [path]).is_err() {
        return;
    }
    let again = || -> row::Result<()> {
        let transaction = db.unchecked_transaction()?;
        for take in TOMBSTONES {
            transaction.execute(take, [])?;
        }
        archive::clear_of_erased(&transaction)?;
        if transaction.execute(ERASED, [])? > 0 {
            schema::put_scrub(&transaction, true)?;
            touch(&transaction)?;
        }
        Ok(transaction.commit()?)
    };
    // a database of an older version knows of no erasure
    let _ = again();
    let _ = db.execute(DETACH, []);
}

fn touch(db: &Connection) -> row::Result<()> {
    let revision = Revision(schema::revision(db)?.0.max(last_revision(db)) + 1);
    db.execute_batch(&TOUCH.replace("?1", &row::signed(revision.0).to_string()))?;
    schema::put_revision(db, revision)
}

fn take_all(db: &mut Connection) -> row::Result<u64> {
    let version: u32 = db.query_row("pragma damaged.user_version", [], |row| row.get(0))?;
    if version != schema::known() {
        return Ok(0);
    }
    let mut transaction = db.transaction()?;
    for take in HEADS.iter().chain(TOMBSTONES) {
        // what cannot be read is learned again
        let _ = transaction.execute(take, []);
    }
    archive::clear_of_erased(&transaction)?;
    let erased = transaction.execute(ERASED, [])?;
    if erased > 0 {
        schema::put_scrub(&transaction, true)?;
    }
    let first = transaction.query_row(LAST, [], |row| row.get::<_, i64>(0)).optional()?.unwrap_or(0) + 1;
    let last = transaction.query_row(LAST_OF_DAMAGED, [], |row| row.get::<_, i64>(0))?.min(first + MOST);
    let mut taken = 0;
    for id in first..=last {
        let savepoint = transaction.savepoint()?;
        if matches!(take_one(&savepoint, id), Ok(true)) {
            savepoint.commit()?;
            taken += 1;
        }
    }
    archive::forget_unknown(&transaction)?;
    if taken > 0 || erased > 0 {
        touch(&transaction)?;
    }
    transaction.commit()?;
    Ok(taken)
}

/// Takes one item with all that belongs to it; `false`: there is none, or it could not be recognized again.
fn take_one(db: &Connection, id: i64) -> row::Result<bool> {
    if db.prepare_cached(TAKE)?.execute([id])? == 0 || db.prepare_cached(TAKE_KEYS)?.execute([id])? == 0 {
        return Ok(false);
    }
    for take in TAKE_REST {
        db.prepare_cached(take)?.execute(params![id])?;
    }
    let Some(item) = item::load(db, ItemId(id))? else { return Ok(false) };
    if item.standing == Standing::Ready {
        search::add(db, &item)?;
    }
    Ok(true)
}

fn last_revision(db: &Connection) -> u64 {
    let newest = db.query_row("select max(revision) from main.item", [], |row| row.get::<_, Option<i64>>(0));
    newest.ok().flatten().map_or(0, row::unsigned)
}
