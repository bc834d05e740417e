//! Room in the file: what is free goes back to the system in small steps, and what was erased is cleared from every page.

use super::row::{self, unsigned};
use super::{schema, search};
use crate::model::StoreSize;
use rusqlite::Connection;
use std::path::Path;

/// Pages given back in one transaction: polls wait for no more.
const A_TURN: u64 = 1_024;
/// A smaller share of free pages is room to grow into.
const LEAST_PART: u64 = 10;
/// So do fewer of them.
const LEAST_PAGES: u64 = 2_048;

/// Whether so much is free that it is worth giving back.
pub(super) fn is_roomy(db: &Connection) -> row::Result<bool> {
    let (pages, free) = pages(db)?;
    Ok(free >= LEAST_PAGES && free * LEAST_PART >= pages)
}

/// Gives some free pages back; says whether more are left that can be.
pub(super) fn give_back(db: &Connection) -> row::Result<bool> {
    let (_, before) = pages(db)?;
    if before == 0 {
        return Ok(false);
    }
    db.execute_batch(&format!("pragma incremental_vacuum({A_TURN})"))?;
    let (_, left) = pages(db)?;
    Ok(left > 0 && left < before)
}

/// One step of clearing what erased items left in the index; says whether it was the last.
pub(super) fn clear_index(db: &Connection, is_first: bool) -> row::Result<bool> {
    overwrite(db, "on")?;
    search::merge(db, is_first)
}

/// Whether something was erased whose pages are not cleared yet.
pub(super) fn is_wanted(db: &Connection) -> row::Result<bool> {
    schema::scrub(db)
}

/// Everything is cleared.
pub(super) fn done(db: &Connection) -> row::Result<()> {
    schema::put_scrub(db, false)?;
    overwrite(db, "fast")
}

/// How what is deleted from now on is overwritten.
pub(super) fn overwrite(db: &Connection, how: &str) -> row::Result<()> {
    Ok(db.pragma_update_and_check(None, "secure_delete", how, |_| Ok(()))?)
}

/// Bytes of the database that hold something.
pub(super) fn used_bytes(db: &Connection) -> row::Result<u64> {
    let (pages, free) = pages(db)?;
    Ok(pages.saturating_sub(free) * page_size(db)?)
}

/// How much there is.
pub(super) fn size(db: &Connection, file: &Path) -> row::Result<StoreSize> {
    let count =
        |query: &str| -> row::Result<u64> { Ok(unsigned(db.prepare_cached(query)?.query_row([], |r| r.get(0))?)) };
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let (pages, free) = pages(db)?;
    Ok(StoreSize {
        database_bytes: pages * page_size(db)?,
        wal_bytes: std::fs::metadata(log).map_or(0, |found| found.len()),
        free_bytes: free * page_size(db)?,
        items: count("select count(*) from item")?,
        versions: count("select count(*) from revision")?,
    })
}

fn pages(db: &Connection) -> row::Result<(u64, u64)> {
    let number = |pragma: &str| -> row::Result<u64> {
        Ok(unsigned(db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))?))
    };
    Ok((number("page_count")?, number("freelist_count")?))
}

fn page_size(db: &Connection) -> row::Result<u64> {
    Ok(unsigned(db.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))?))
}
