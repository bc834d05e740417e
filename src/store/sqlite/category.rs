//! The tables `category`, `item_category` and `paper`: where items stand, and the heads of the channels.

use super::row::{self, Moment, signed, unsigned};
use super::{renamed, schema};
use crate::model::{Category, CategorySlug, ChannelId, ItemId, PaperId, Revision, Selection};
use crate::store::{ChannelHead, MOST_LABELS};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

pub(super) const FIND: &str = "select id from category where paper = ?1 and slug = ?2";

const ADD_LABEL: &str = "insert into category (paper, slug, title) select ?1, ?2, ?3 \
    where (select count(*) from category where paper = ?1 and configured = 0) < ?4";

/// The column `configured`: 0 known from labels alone, 1 has sections, 2 had some.
const END: &str = "update category set configured = 2 where configured = 1";

const LEAVE_TO_LABELS: &str = "update category set configured = 0 where paper = ?1 and configured = 2";

const CONFIGURE: &str = "insert into category (paper, slug, title, configured) values (?1, ?2, ?3, 1) \
    on conflict (paper, slug) do update set title = excluded.title, configured = 1";

const RETITLED: &str =
    "select exists (select 1 from category where paper = ?1 and slug = ?2 and title <> ?3 and revision > 0)";

const ADD_ITEM: &str = "insert or ignore into item_category (item_id, category_id, place, standing, published) \
    select ?1, ?2, (select count(*) from item_category where item_id = ?1), standing, published from item where id = ?1";

const REPEAT: &str = "update item_category set standing = ?2, published = ?3 where item_id = ?1 \
    and (standing <> ?2 or published <> ?3)";

const OF_ITEM: &str = "select slug, title from item_category join category on category.id = category_id \
    where item_id = ?1 order by place, category_id";

const IDS_OF_ITEM: &str = "select category_id from item_category where item_id = ?1 order by place";

const TOUCH: &str = "update category set revision = ?2 where id = ?1";

const TOUCH_PAPER: &str =
    "insert into paper (id, revision) values (?1, ?2) on conflict (id) do update set revision = excluded.revision";

const HEAD: &str = "select revision from category where paper = ?1 and slug = ?2";

const HEAD_OF_PAPER: &str = "select revision from paper where id = ?1";

const CHANNELS: &str = "select paper, slug, title, revision, configured = 2 from category where revision > 0 \
    union all select id, null, null, revision, 0 from paper where revision > 0 order by 1, 2";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[FIND, REPEAT, OF_ITEM, IDS_OF_ITEM, HEAD];

/// Notes the configured categories; their titles win over what labels said.
pub(super) fn put_configured(db: &Connection, sections: &[(PaperId, Option<Category>)]) -> row::Result<()> {
    db.execute(END, [])?;
    for (paper, _) in sections.iter().filter(|(_, category)| category.is_none()) {
        db.prepare_cached(LEAVE_TO_LABELS)?.execute([paper.as_str()])?;
    }
    let mut retitled = Vec::new();
    for (paper, category) in sections.iter().filter_map(|(paper, category)| Some((paper, category.as_ref()?))) {
        let row = params![paper.as_str(), category.slug.as_str(), category.title];
        if db.prepare_cached(RETITLED)?.query_row(row, |row| row.get(0))? {
            retitled.push((paper, &category.slug));
        }
        db.prepare_cached(CONFIGURE)?.execute(row)?;
    }
    if retitled.is_empty() {
        return Ok(());
    }
    let revision = Revision(schema::revision(db)?.0 + 1);
    for (paper, slug) in retitled {
        let id: i64 = db.prepare_cached(FIND)?.query_row(params![paper.as_str(), slug.as_str()], |row| row.get(0))?;
        touch(db, id, revision)?;
        touch_paper(db, paper, revision)?;
    }
    schema::put_revision(db, revision)
}

/// The number of a category, which is made where it is not there; `None` where the paper has too many labels.
pub(super) fn number(db: &Connection, paper: &PaperId, category: &Category) -> row::Result<Option<i64>> {
    let known = db.prepare_cached(FIND)?.query_row(params![paper.as_str(), category.slug.as_str()], |row| row.get(0));
    if let Some(id) = known.optional()? {
        return Ok(Some(id));
    }
    if let Some(id) = renamed::now(db, paper, &category.slug)? {
        return Ok(Some(id));
    }
    let row = params![paper.as_str(), category.slug.as_str(), category.title, MOST_LABELS];
    let added = db.prepare_cached(ADD_LABEL)?.execute(row)?;
    Ok((added > 0).then(|| db.last_insert_rowid()))
}

/// Adds an item to a category; says whether it was new there.
pub(super) fn add_item(db: &Connection, item: ItemId, category: i64) -> row::Result<bool> {
    Ok(db.prepare_cached(ADD_ITEM)?.execute([item.0, category])? > 0)
}

/// Repeats an item's standing and date, by which a channel is read.
pub(super) fn repeat(db: &Connection, item: ItemId, standing: i64, published: DateTime<Utc>) -> row::Result<()> {
    db.prepare_cached(REPEAT)?.execute(params![item.0, standing, Moment(published)])?;
    Ok(())
}

pub(super) fn of_item(db: &Connection, item: ItemId) -> row::Result<Vec<Category>> {
    let mut statement = db.prepare_cached(OF_ITEM)?;
    let mut rows = statement.query([item.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Category { slug: row::id("category", row.get(0)?)?, title: row.get(1)? });
    }
    Ok(found)
}

pub(super) fn numbers_of_item(db: &Connection, item: ItemId) -> row::Result<Vec<i64>> {
    let mut statement = db.prepare_cached(IDS_OF_ITEM)?;
    let ids = statement.query_map([item.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// A category changed at a revision.
pub(super) fn touch(db: &Connection, category: i64, revision: Revision) -> row::Result<()> {
    db.prepare_cached(TOUCH)?.execute([category, signed(revision.0)])?;
    Ok(())
}

/// A paper's channel of all items changed at a revision.
pub(super) fn touch_paper(db: &Connection, paper: &PaperId, revision: Revision) -> row::Result<()> {
    db.prepare_cached(TOUCH_PAPER)?.execute(params![paper.as_str(), signed(revision.0)])?;
    Ok(())
}

/// When a channel last changed: with the last of its places.
pub(super) fn head(db: &Connection, selection: &Selection) -> row::Result<Revision> {
    let mut newest = 0;
    for place in &selection.places {
        let paper = place.paper.as_str();
        let revision: Option<i64> = match &place.category {
            Some(slug) => {
                db.prepare_cached(HEAD)?.query_row(params![paper, slug.as_str()], |row| row.get(0)).optional()?
            }
            None => db.prepare_cached(HEAD_OF_PAPER)?.query_row([paper], |row| row.get(0)).optional()?,
        };
        newest = newest.max(revision.map_or(0, unsigned));
    }
    Ok(Revision(newest))
}

/// Every channel that ever had a Ready item.
pub(super) fn channels(db: &Connection) -> row::Result<Vec<ChannelHead>> {
    let mut statement = db.prepare_cached(CHANNELS)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let slug: Option<CategorySlug> =
            row.get::<_, Option<String>>(1)?.map(|slug| row::id("category", slug)).transpose()?;
        let title: Option<String> = row.get(2)?;
        found.push(ChannelHead {
            id: ChannelId::of(row::id("category", row.get(0)?)?, slug.clone()),
            category: slug.zip(title).map(|(slug, title)| Category { slug, title }),
            revision: Revision(unsigned(row.get(3)?)),
            is_over: row.get(4)?,
        });
    }
    Ok(found)
}
