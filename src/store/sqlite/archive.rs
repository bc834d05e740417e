//! The tables `archive` and `archive_document`: the pages of what was published before, and which items stand on them.

use super::prune::{NTH_OF_CATEGORY, NTH_OF_PAPER};
use super::row::{self, Moment};
use super::{category, item};
use crate::model::{
    ArchiveMembers, ArchivePage, CategorySlug, ChannelId, FinishedPage, Item, ItemId, Month, PackedPublication,
    PaperId, Place, Standing, Unarchived,
};
use chrono::{DateTime, Utc};
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use std::collections::HashSet;
use std::sync::Arc;

/// The last part of the stem of a paper's channel of everything.
const ALL: &str = "all";

/// Items without a page that are looked at in one go.
const MOST: u32 = 1_000;

/// The index is named, since without statistics SQLite would walk along all dates.
const OF_PAPER: &str = "select published, id from item indexed by item_unarchived where paper = ?1 and standing = 2 and archive is null \
    order by published, id limit ?2";

const OF_CATEGORY: &str = "select published, item_id from item_category indexed by item_category_unarchived where category_id = ?1 and standing = 2 \
    and archive is null order by published, item_id limit ?2";

const FIND: &str = "select id from archive where channel = ?1 and month = ?2 and part = ?3";

const ADD: &str = "insert into archive (channel, month, part, base) values (?1, ?2, ?3, ?4)";

const PUT_DOCUMENT: &str = "insert or replace into archive_document (path, archive_id, etag, last_modified, gzip) \
    values (?1, ?2, ?3, ?4, ?5)";

const WAITS_OF_PAPER: &str =
    "select exists (select 1 from item where id = ?2 and paper = ?1 and standing = 2 and archive is null)";

const WAITS_OF_CATEGORY: &str = "select exists (select 1 from item_category where item_id = ?2 and category_id = ?1 \
    and standing = 2 and archive is null)";

const JOIN_OF_PAPER: &str = "update item set archive = ?3 where id = ?2 and paper = ?1";

const JOIN_OF_CATEGORY: &str = "update item_category set archive = ?3 where item_id = ?2 and category_id = ?1";

const MEMBERS: &str = "select id from item where archive = ?1 and standing = 2 \
    union all select item_id from item_category where archive = ?1 and standing = 2";

/// What readers no longer see leaves a page that is made anew: should it come back, it waits for another.
const LEAVE: &[&str] = &[
    "update item set archive = null where archive = ?1 and standing <> 2",
    "update item_category set archive = null where archive = ?1 and standing <> 2",
];

const MENDED: &str = "update archive set broken = 0, base = ?2 where id = ?1";

const BROKEN: &str = "select id, channel, month, part from archive where broken = 1 order by id";

const BEFORE: &str =
    "select id, channel, month, part from archive where channel = ?1 and id < ?2 order by id desc limit 1";

const NEWEST: &str = "select max(id), channel, month, part from archive group by channel";

const PARTS: &str = "select max(part) from archive where channel = ?1 and month = ?2";

const DOCUMENT: &str = "select path, gzip, etag, last_modified from archive_document where path = ?1";

const BREAK: &str = "update archive set broken = 1 where id in (select archive from item where id = ?1 \
    union all select archive from item_category where item_id = ?1)";

const CLEAR: &str = "update archive_document set gzip = x'' where archive_id in (select archive from item where id = ?1 \
    union all select archive from item_category where item_id = ?1)";

const MOVED: &str = "update archive set broken = 1 where base <> ?1";

const FIRSTS: &str = "select min(id) from archive group by channel";

const HAS_MEMBERS: &str = "select exists (select 1 from item where archive = ?1) \
    or exists (select 1 from item_category where archive = ?1)";

const DROP: &str = "delete from archive where id = ?1";

const DROP_CHANNEL: &str = "delete from archive where channel = ?1";

/// Pages with items that are about to be erased, those of the guids of all tombstones.
const WITH_ERASED: &[&str] = &[
    "update main.archive_document set gzip = x'' where archive_id in (select archive from main.item \
        where guid in (select guid from main.tombstone) union all select c.archive from main.item_category c \
        join main.item i on i.id = c.item_id where i.guid in (select guid from main.tombstone))",
    "update main.archive set broken = 1 where id in (select archive_id from main.archive_document where length(gzip) = 0)",
];

/// Pages that another database made.
const UNKNOWN: &[&str] = &[
    "update item set archive = null where archive is not null and archive not in (select id from archive)",
    "update item_category set archive = null where archive is not null and archive not in (select id from archive)",
];

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[
    OF_PAPER,
    OF_CATEGORY,
    FIND,
    WAITS_OF_PAPER,
    WAITS_OF_CATEGORY,
    JOIN_OF_PAPER,
    JOIN_OF_CATEGORY,
    MEMBERS,
    BROKEN,
    BEFORE,
    PARTS,
    DOCUMENT,
    BREAK,
    CLEAR,
    HAS_MEMBERS,
];

/// Whose items stand on a channel's pages: the first parameter of what is asked of them.
enum Holder {
    Paper(String),
    Category(i64),
}

impl Holder {
    fn of(db: &Connection, paper: &PaperId, category: Option<&CategorySlug>) -> row::Result<Option<Self>> {
        let Some(slug) = category else { return Ok(Some(Self::Paper(paper.to_string()))) };
        let find = params![paper.as_str(), slug.as_str()];
        Ok(db.prepare_cached(category::FIND)?.query_row(find, |row| row.get(0)).optional()?.map(Self::Category))
    }

    fn of_channel(db: &Connection, channel: &ChannelId) -> row::Result<Option<Self>> {
        channel.paper().map_or(Ok(None), |paper| Self::of(db, paper, channel.category()))
    }

    fn either(&self, of_paper: &'static str, of_category: &'static str) -> &'static str {
        match self {
            Self::Paper(_) => of_paper,
            Self::Category(_) => of_category,
        }
    }
}

impl ToSql for Holder {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Paper(paper) => paper.to_sql(),
            Self::Category(id) => id.to_sql(),
        }
    }
}

/// What of a place stands on no page, where its feed shows `limit` items.
pub(super) fn unarchived(db: &Connection, place: &Place, limit: u32) -> row::Result<Unarchived> {
    let Some(holder) = Holder::of(db, &place.paper, place.category.as_ref())? else { return Ok(Unarchived::default()) };
    let mut statement = db.prepare_cached(holder.either(OF_PAPER, OF_CATEGORY))?;
    let items = statement.query_map(params![holder, MOST], stands)?.collect::<rusqlite::Result<_>>()?;
    let mut nth = db.prepare_cached(holder.either(NTH_OF_PAPER, NTH_OF_CATEGORY))?;
    let mut nth = |place: u32| nth.query_row(params![holder, place.saturating_sub(1)], stands).optional();
    Ok(Unarchived { items, quarter: nth(limit / 4)?, last: nth(limit)? })
}

fn stands(row: &Row<'_>) -> rusqlite::Result<(DateTime<Utc>, ItemId)> {
    Ok((row.get::<_, Moment>(0)?.0, ItemId(row.get(1)?)))
}

/// The Ready ones of these items.
pub(super) fn items(db: &Connection, ids: &[ItemId]) -> row::Result<Vec<Item>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(mut item) = item::load(db, *id)?.filter(|item| item.standing == Standing::Ready) {
            item.categories = category::of_item(db, *id)?;
            found.push(item);
        }
    }
    Ok(found)
}

/// Writes a page, a new one or a broken one anew. Says no, and changes nothing, where it does not show what belongs there.
pub(super) fn put(db: &Connection, finished: &FinishedPage) -> row::Result<bool> {
    let FinishedPage { page, base_url, items, documents } = finished;
    let (channel, month, base) = (page.channel.stem(), page.month.to_string(), base_url.as_str());
    let id = match find(db, page)? {
        Some(id) if shows_all(db, id, items)? => {
            db.prepare_cached(MENDED)?.execute(params![id, base])?;
            id
        }
        Some(_) => return Ok(false),
        None => {
            let Some(holder) = Holder::of_channel(db, &page.channel)? else { return Ok(false) };
            let mut waits = db.prepare_cached(holder.either(WAITS_OF_PAPER, WAITS_OF_CATEGORY))?;
            for item in items {
                if !waits.query_row(params![holder, item.0], |row| row.get::<_, bool>(0))? {
                    return Ok(false);
                }
            }
            db.prepare_cached(ADD)?.execute(params![channel, month, page.part, base])?;
            let id = db.last_insert_rowid();
            let mut join = db.prepare_cached(holder.either(JOIN_OF_PAPER, JOIN_OF_CATEGORY))?;
            for item in items {
                join.execute(params![holder, item.0, id])?;
            }
            id
        }
    };
    for document in documents {
        let (path, etag, at) = (&document.path, &document.etag, Moment(document.last_modified));
        db.prepare_cached(PUT_DOCUMENT)?.execute(params![path, id, etag, at, &*document.gzip])?;
    }
    Ok(true)
}

/// Whether these are all that readers see of a page; what they do not see leaves it.
fn shows_all(db: &Connection, page: i64, items: &[ItemId]) -> row::Result<bool> {
    for leave in LEAVE {
        db.prepare_cached(leave)?.execute([page])?;
    }
    let shown: HashSet<ItemId> = items.iter().copied().collect();
    Ok(shown == members(db, page)?.into_iter().collect())
}

fn members(db: &Connection, page: i64) -> row::Result<Vec<ItemId>> {
    let mut statement = db.prepare_cached(MEMBERS)?;
    Ok(statement.query_map([page], |row| row.get(0).map(ItemId))?.collect::<rusqlite::Result<_>>()?)
}

/// The newest page of each channel.
pub(super) fn newest(db: &Connection) -> row::Result<Vec<ArchivePage>> {
    pages(db, NEWEST)
}

/// How many pages a month of a channel has.
pub(super) fn parts(db: &Connection, channel: &ChannelId, month: Month) -> row::Result<u32> {
    let row = params![channel.stem(), month.to_string()];
    Ok(db.prepare_cached(PARTS)?.query_row(row, |row| row.get::<_, Option<u32>>(0))?.unwrap_or(0))
}

/// Pages that are to be made anew.
pub(super) fn broken(db: &Connection) -> row::Result<Vec<ArchivePage>> {
    pages(db, BROKEN)
}

fn pages(db: &Connection, query: &str) -> row::Result<Vec<ArchivePage>> {
    let mut statement = db.prepare_cached(query)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(page(row)?);
    }
    Ok(found)
}

/// What a page has; nothing where there is no such page.
pub(super) fn members_of(db: &Connection, of: &ArchivePage) -> row::Result<ArchiveMembers> {
    let Some(id) = find(db, of)? else { return Ok(ArchiveMembers::default()) };
    let mut before = db.prepare_cached(BEFORE)?;
    let mut before = before.query(params![of.channel.stem(), id])?;
    Ok(ArchiveMembers { prev: before.next()?.map(page).transpose()?, items: members(db, id)? })
}

fn find(db: &Connection, page: &ArchivePage) -> row::Result<Option<i64>> {
    let row = params![page.channel.stem(), page.month.to_string(), page.part];
    Ok(db.prepare_cached(FIND)?.query_row(row, |row| row.get(0)).optional()?)
}

fn page(row: &Row<'_>) -> row::Result<ArchivePage> {
    let (channel, month): (String, String) = (row.get(1)?, row.get(2)?);
    let (paper, slug) = channel.split_once('/').ok_or_else(|| row::corrupt("archive", &"a channel without a paper"))?;
    // no category has this slug
    let slug = (slug != ALL).then(|| row::id("archive", slug.to_owned())).transpose()?;
    Ok(ArchivePage {
        channel: ChannelId::of(row::id("archive", paper.to_owned())?, slug),
        month: month.parse().map_err(|why: &str| row::corrupt("archive", &why))?,
        part: row.get(3)?,
    })
}

/// A document of a page.
pub(super) fn document(db: &Connection, path: &str) -> row::Result<Option<PackedPublication>> {
    let read = |row: &Row<'_>| {
        Ok(PackedPublication {
            path: row.get(0)?,
            gzip: Arc::from(row.get_ref(1)?.as_blob()?),
            etag: row.get(2)?,
            last_modified: row.get::<_, Moment>(3)?.0,
        })
    };
    Ok(db.prepare_cached(DOCUMENT)?.query_row([path], read).optional()?)
}

/// The pages whose links have another public address are to be made anew.
pub(super) fn break_moved(db: &Connection, base: &str) -> row::Result<()> {
    db.prepare_cached(MOVED)?.execute([base])?;
    Ok(())
}

/// An item is about to become part of another one: its pages are to be made anew.
pub(super) fn break_of(db: &Connection, item: ItemId) -> row::Result<()> {
    db.prepare_cached(BREAK)?.execute([item.0])?;
    Ok(())
}

/// An item is about to be erased: nothing of its pages stays.
pub(super) fn clear_of(db: &Connection, item: ItemId) -> row::Result<()> {
    db.prepare_cached(CLEAR)?.execute([item.0])?;
    break_of(db, item)
}

/// Drops the pages of a channel that is no more.
pub(super) fn drop_channel(db: &Connection, channel: &ChannelId) -> row::Result<()> {
    db.prepare_cached(DROP_CHANNEL)?.execute([channel.stem()])?;
    Ok(())
}

/// Retention: pages of which nothing is kept go from the far end of each channel, and none from the middle, since each
/// leads to the one before it. Says whether some went.
pub(super) fn trim(db: &Connection) -> row::Result<bool> {
    let mut firsts = db.prepare_cached(FIRSTS)?;
    let firsts: Vec<i64> = firsts.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut went = false;
    for id in firsts {
        if !db.prepare_cached(HAS_MEMBERS)?.query_row([id], |row| row.get::<_, bool>(0))? {
            db.prepare_cached(DROP)?.execute([id])?;
            went = true;
        }
    }
    Ok(went)
}

/// The same for all that have a tombstone.
pub(super) fn clear_of_erased(db: &Connection) -> row::Result<()> {
    for clear in WITH_ERASED {
        db.execute(clear, [])?;
    }
    Ok(())
}

/// Items that were taken over from another database stand on none of its pages.
pub(super) fn forget_unknown(db: &Connection) -> row::Result<()> {
    for forget in UNKNOWN {
        db.execute(forget, [])?;
    }
    Ok(())
}
