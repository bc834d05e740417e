//! The table `article_read`: article pages that are still to be read.

use super::row::{self, Moment};
use crate::model::{ItemId, SourceId};
use crate::store::{MOST_ATTEMPTS, PendingArticle, StoreError};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

const WANT: &str = "insert or ignore into article_read (item_id, source, attempts, next_at) values (?1, ?2, 0, ?3)";

const DUE: &str = "select item_id, source, permalink, first_seen, attempts from article_read \
    join item on item.id = item_id where next_at <= ?1 and standing in (0, 2) \
    order by standing, published desc, item_id desc limit ?2";

const NEXT: &str = "select min(next_at) from article_read";

const POSTPONE: &str = "update article_read set next_at = ?2 where item_id = ?1";

const FIND: &str = "select attempts, next_at, failing_since from article_read where item_id = ?1";

const FAIL: &str = "update article_read set attempts = ?2, next_at = ?3, failing_since = ?4, grace_ends_at = ?5 \
    where item_id = ?1";

const DONE: &str = "delete from article_read where item_id = ?1";

const OVERDUE: &str = "select item_id from article_read join item on item.id = item_id \
    where grace_ends_at <= ?1 and standing = 0 and title <> '' order by published, item_id";

const IS_WANTED: &str = "select exists (select 1 from article_read where item_id = ?1)";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[POSTPONE, FIND, FAIL, DONE, IS_WANTED];

/// Puts an item's page on the list.
pub(super) fn want(db: &Connection, item: ItemId, source: &SourceId, now: DateTime<Utc>) -> row::Result<()> {
    db.prepare_cached(WANT)?.execute(params![item.0, source.as_str(), Moment(now)])?;
    Ok(())
}

/// Pages that are due: of items that wait for them first, the newest items first.
pub(super) fn due(db: &Connection, now: DateTime<Utc>, limit: u32) -> row::Result<Vec<PendingArticle>> {
    let mut statement = db.prepare_cached(DUE)?;
    let mut rows = statement.query(params![Moment(now), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let url = Url::parse(&row.get::<_, String>(2)?)
            .map_err(|error| StoreError::Corrupt { table: "item", why: error.to_string() })?;
        found.push(PendingArticle {
            item: ItemId(row.get(0)?),
            source: row::id("article_read", row.get(1)?)?,
            url,
            first_seen: row.get::<_, Moment>(3)?.0,
            attempts: row.get(4)?,
        });
    }
    Ok(found)
}

pub(super) fn next_at(db: &Connection) -> row::Result<Option<DateTime<Utc>>> {
    let next: Option<Moment> = db.prepare_cached(NEXT)?.query_row([], |row| row.get(0))?;
    Ok(next.map(|at| at.0))
}

pub(super) fn postpone(db: &Connection, item: ItemId, until: DateTime<Utc>) -> row::Result<()> {
    db.prepare_cached(POSTPONE)?.execute(params![item.0, Moment(until)])?;
    Ok(())
}

/// Counts a failed read; says whether the item need wait no more: its grace is over, or the page is given up.
pub(super) fn fail(
    db: &Connection,
    item: ItemId,
    retry_at: DateTime<Utc>,
    grace: std::time::Duration,
    now: DateTime<Utc>,
) -> row::Result<bool> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Moment>(1)?, row.get::<_, Option<Moment>>(2)?));
    let found: Option<(u32, Moment, Option<Moment>)> = db.prepare_cached(FIND)?.query_row([item.0], read).optional()?;
    let Some((attempts, next_at, failing_since)) = found else { return Ok(false) };
    let since = failing_since.map_or(now, |at| at.0);
    let grace_ends_at = chrono::Duration::from_std(grace).ok().and_then(|grace| since.checked_add_signed(grace));
    let grace_ends_at = grace_ends_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let is_told_again = failing_since.is_some() && row::kept(retry_at) == next_at.0;
    if is_told_again {
        return Ok(grace_ends_at <= now);
    }
    if attempts + 1 >= MOST_ATTEMPTS {
        done(db, item)?;
        return Ok(true);
    }
    let row = params![item.0, attempts + 1, Moment(retry_at), Moment(since), Moment(grace_ends_at)];
    db.prepare_cached(FAIL)?.execute(row)?;
    Ok(grace_ends_at <= now)
}

/// Whether an item's page is still to be read.
pub(super) fn is_wanted(db: &Connection, item: ItemId) -> row::Result<bool> {
    Ok(db.prepare_cached(IS_WANTED)?.query_row([item.0], |row| row.get(0))?)
}

/// Takes an item's page off the list.
pub(super) fn done(db: &Connection, item: ItemId) -> row::Result<()> {
    db.prepare_cached(DONE)?.execute([item.0])?;
    Ok(())
}

/// Items that wait for their page although their grace is over, the oldest first.
pub(super) fn overdue(db: &Connection, now: DateTime<Utc>) -> row::Result<Vec<ItemId>> {
    let mut statement = db.prepare_cached(OVERDUE)?;
    let ids = statement.query_map([Moment(now)], |row| row.get(0).map(ItemId))?.collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}
