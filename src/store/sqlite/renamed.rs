//! The table `category_was`: categories that have another slug now.

use super::category::{FIND, touch, touch_paper};
use super::{archive, row, schema};
use crate::model::{CategorySlug, ChannelId, PaperId, RenamedCategory, Revision};
use rusqlite::{Connection, OptionalExtension, params};

const FORGET: &str = "delete from category_was";

const PUT: &str = "insert or replace into category_was (paper, slug, now) values (?1, ?2, ?3)";

const NOW: &str = "select category.id from category_was join category on category.paper = category_was.paper \
    and category.slug = category_was.now where category_was.paper = ?1 and category_was.slug = ?2";

const MOVE: &str = "insert or ignore into item_category (item_id, category_id, place, standing, published) \
    select item_id, ?2, place, standing, published from item_category where category_id = ?1";

const CLEAR: &str = "delete from item_category where category_id = ?1";

const REMOVE: &str = "delete from category where id = ?1";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[NOW, MOVE, CLEAR];

/// Notes all renamed categories, and moves the items that still stand in an old one.
pub(super) fn put(db: &Connection, renamed: &[RenamedCategory]) -> row::Result<()> {
    db.execute(FORGET, [])?;
    let revision = Revision(schema::revision(db)?.0 + 1);
    let mut moved = false;
    for RenamedCategory { paper, from, to } in renamed {
        db.prepare_cached(PUT)?.execute(params![paper.as_str(), from.as_str(), to.as_str()])?;
        let (Some(old), Some(new)) = (find(db, paper, from)?, find(db, paper, to)?) else { continue };
        db.prepare_cached(MOVE)?.execute([old, new])?;
        db.prepare_cached(CLEAR)?.execute([old])?;
        archive::drop_channel(db, &ChannelId::Category(paper.clone(), from.clone()))?;
        db.prepare_cached(REMOVE)?.execute([old])?;
        touch(db, new, revision)?;
        touch_paper(db, paper, revision)?;
        moved = true;
    }
    if moved { schema::put_revision(db, revision) } else { Ok(()) }
}

/// The number of the category that has another slug now.
pub(super) fn now(db: &Connection, paper: &PaperId, slug: &CategorySlug) -> row::Result<Option<i64>> {
    Ok(db.prepare_cached(NOW)?.query_row(params![paper.as_str(), slug.as_str()], |row| row.get(0)).optional()?)
}

fn find(db: &Connection, paper: &PaperId, slug: &CategorySlug) -> row::Result<Option<i64>> {
    Ok(db.prepare_cached(FIND)?.query_row(params![paper.as_str(), slug.as_str()], |row| row.get(0)).optional()?)
}
