//! The table `revision`: how items read before substantive edits.

use super::row::{self, Moment};
use crate::model::{Item, ItemId, SafeHtml};
use crate::store::{MOST_VERSIONS, PastVersion};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

const KEEP: &str = "insert into revision (item_id, number, replaced_at, title, summary, content) \
    values (?1, (select coalesce(max(number), 0) + 1 from revision where item_id = ?1), ?2, ?3, ?4, ?5)";

const FORGET: &str = "delete from revision where item_id = ?1 \
    and number <= (select max(number) from revision where item_id = ?1) - ?2";

const OF_ITEM: &str = "select replaced_at, title, summary, content from revision where item_id = ?1 order by number";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[KEEP, FORGET, OF_ITEM];

/// Keeps a version that is replaced now; the oldest beyond the bound go.
pub(super) fn keep(db: &Connection, item: &Item, now: DateTime<Utc>) -> row::Result<()> {
    let content = item.content.as_ref().map(SafeHtml::as_str);
    db.prepare_cached(KEEP)?.execute(params![item.id.0, Moment(now), item.title, item.summary, content])?;
    db.prepare_cached(FORGET)?.execute(params![item.id.0, MOST_VERSIONS])?;
    Ok(())
}

/// An item's versions, the oldest first.
pub(super) fn of_item(db: &Connection, item: ItemId) -> row::Result<Vec<PastVersion>> {
    let mut statement = db.prepare_cached(OF_ITEM)?;
    let mut rows = statement.query([item.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(PastVersion {
            replaced_at: row.get::<_, Moment>(0)?.0,
            title: row.get(1)?,
            summary: row.get(2)?,
            content: row.get(3)?,
        });
    }
    Ok(found)
}
