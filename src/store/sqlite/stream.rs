//! The change stream as other sites read it: pages with the items as they are now, and what left a channel last.

use super::row::{self, Moment, unsigned};
use super::{category, change, item};
use crate::model::{Item, ItemId, Only, PaperId, SafeHtml, Selection, Standing, Tombstone};
use crate::store::choice::fits;
use crate::store::{ChangePage, MOST_PAGE_BYTES};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;

/// Entries looked at for the tombstones of a channel: what left a paper before these is not told any more.
const LOOKED_AT: u32 = 200;

const OLDEST: &str = "select min(cursor) from change";

const NEWEST: &str = "select seq from sqlite_sequence where name = 'change'";

/// The terms repeat those of the index word for word: else it is not used.
const GONE: &str = "select guid, at, kind = 'erase', (select standing from item where item.id = change.item_id), \
    coalesce((select item_id from alias where alias.guid = change.guid), item_id) from change \
    where paper = ?1 and kind in ('withdraw', 'erase') order by cursor desc limit ?2";

const STANDS_IN: &str = "select exists (select 1 from item_category where item_id = ?1 \
    and category_id = (select id from category where paper = ?2 and slug = ?3))";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[GONE, STANDS_IN];

/// A page of a paper's entries behind a cursor.
pub(super) fn page(db: &Connection, paper: &PaperId, after: Option<u64>, limit: u32) -> row::Result<ChangePage> {
    let newest: Option<i64> = db.prepare_cached(NEWEST)?.query_row([], |row| row.get(0)).optional()?;
    let newest = unsigned(newest.unwrap_or(0));
    let first: Option<i64> = db.prepare_cached(OLDEST)?.query_row([], |row| row.get(0))?;
    let oldest = first.map_or(newest, |first| unsigned(first).saturating_sub(1));
    let told = change::after(db, paper, after.unwrap_or(oldest), limit.saturating_add(1))?;
    let (count, limit) = (told.len(), limit as usize);
    let (mut entries, mut bytes) = (Vec::with_capacity(count.min(limit)), 0);
    for change in told.into_iter().take(limit) {
        if bytes > MOST_PAGE_BYTES {
            break;
        }
        let mut shown = item::load(db, change.item)?.filter(|item| item.standing == Standing::Ready);
        if let Some(item) = &mut shown {
            item.categories = category::of_item(db, item.id)?;
            bytes += text_bytes(item);
        }
        entries.push((change, shown));
    }
    Ok(ChangePage { more: entries.len() < count, entries, oldest, newest })
}

fn text_bytes(item: &Item) -> usize {
    item.content.as_ref().map(SafeHtml::as_str).map_or(0, str::len) + item.summary.as_deref().map_or(0, str::len)
}

/// What left a channel last and is not back.
pub(super) fn gone(db: &Connection, selection: &Selection, limit: u32) -> row::Result<Vec<Tombstone>> {
    let (mut found, mut papers) = (Vec::new(), HashSet::new());
    for place in selection.places.iter().filter(|place| papers.insert(&place.paper)) {
        gone_of_paper(db, selection, &place.paper, limit as usize, &mut found)?;
    }
    if papers.len() > 1 {
        found.sort_by_key(|tombstone| std::cmp::Reverse(tombstone.at));
        found.truncate(limit as usize);
    }
    Ok(found)
}

/// Adds what left a channel of one of its papers, at most `limit`.
fn gone_of_paper(
    db: &Connection,
    selection: &Selection,
    paper: &PaperId,
    limit: usize,
    found: &mut Vec<Tombstone>,
) -> row::Result<()> {
    let mut statement = db.prepare_cached(GONE)?;
    let mut rows = statement.query(params![paper.as_str(), LOOKED_AT])?;
    let (mut seen, full) = (HashSet::new(), found.len() + limit);
    while let Some(row) = rows.next()? {
        let guid: String = row.get(0)?;
        let (is_erased, standing): (bool, Option<i64>) = (row.get(2)?, row.get(3)?);
        if !seen.insert(guid.clone()) || standing == Some(item::READY) {
            continue;
        }
        if is_erased || stood_there(db, selection, paper, ItemId(row.get(4)?))? {
            found.push(Tombstone { guid, at: row.get::<_, Moment>(1)?.0 });
        }
        if found.len() >= full {
            break;
        }
    }
    Ok(())
}

/// Whether an item stood in one of a channel's places of its paper, and was what the channel asks for. What took its place in a
/// series is not looked at: who never saw the item has nothing to forget.
fn stood_there(db: &Connection, selection: &Selection, paper: &PaperId, id: ItemId) -> row::Result<bool> {
    let mut is_there = false;
    for place in selection.places.iter().filter(|place| place.paper == *paper) {
        is_there |= match &place.category {
            None => true,
            Some(slug) => {
                let row = params![id.0, paper.as_str(), slug.as_str()];
                db.prepare_cached(STANDS_IN)?.query_row(row, |row| row.get(0))?
            }
        };
    }
    if !is_there || selection.only == Only::default() {
        return Ok(is_there);
    }
    let item = item::load(db, id)?;
    Ok(item.is_none_or(|item| fits(&selection.only, &item.title, item.summary.as_deref())))
}
