//! The items of a channel, wherever they stand.
//!
//! One place is one walk of an index. Several are walked side by side, the newest of all first, and what does not pass is left
//! out; a walk ends where the channel is full, or after [`MOST_LOOKED_AT`] items.

use super::row::{self, Moment};
use super::{category, item};
use crate::model::{Item, ItemId, PaperId, Place, Selection};
use crate::store::choice::{Chooser, MOST_LOOKED_AT};
use rusqlite::{CachedStatement, Connection, Rows, params};
use std::collections::HashSet;

const OF_PAPER: &str = "select id, published, title, summary from item where paper = ?1 and standing = 2 \
    order by published desc, id desc";

const OF_CATEGORY: &str = "select item.id, item_category.published, title, summary \
    from item_category join item on item.id = item_category.item_id \
    where category_id = (select id from category where paper = ?1 and slug = ?2) and item_category.standing = 2 \
    order by item_category.published desc, item_category.item_id desc";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[OF_PAPER, OF_CATEGORY];

/// Ready items of a channel, newest first.
pub(super) fn items(db: &Connection, selection: &Selection) -> row::Result<Vec<Item>> {
    if let Some(place) = selection.one_place() {
        return item::of_place(db, place, selection.limit);
    }
    let mut found = Vec::new();
    for id in chosen(db, selection)? {
        if let Some(mut item) = item::load(db, id)? {
            item.categories = category::of_item(db, id)?;
            found.push(item);
        }
    }
    Ok(found)
}

fn chosen(db: &Connection, selection: &Selection) -> row::Result<Vec<ItemId>> {
    let places = &selection.places;
    let mut statements = places.iter().map(|place| walk(db, place)).collect::<row::Result<Vec<_>>>()?;
    let mut walks = Vec::with_capacity(places.len());
    for (statement, place) in statements.iter_mut().zip(places) {
        let rows = match &place.category {
            Some(slug) => statement.query(params![place.paper.as_str(), slug.as_str()])?,
            None => statement.query(params![place.paper.as_str()])?,
        };
        let mut walk = Walk { paper: &place.paper, rows, at: None };
        walk.step()?;
        walks.push(walk);
    }
    let (mut chooser, mut seen, mut found) = (Chooser::new(&selection.only), HashSet::new(), Vec::new());
    while seen.len() < MOST_LOOKED_AT && found.len() < selection.limit as usize {
        let Some(walk) = walks.iter_mut().filter(|walk| walk.at.is_some()).max_by_key(|walk| walk.moment()) else {
            break;
        };
        let Some(stands) = walk.at.take() else { break };
        // in two categories at once
        if seen.insert(stands.id) && chooser.takes(walk.paper, &stands.title, stands.summary.as_deref()) {
            found.push(stands.id);
        }
        walk.step()?;
    }
    Ok(found)
}

fn walk<'db>(db: &'db Connection, place: &Place) -> row::Result<CachedStatement<'db>> {
    Ok(db.prepare_cached(if place.category.is_some() { OF_CATEGORY } else { OF_PAPER })?)
}

/// The items of one place, and at which it stands.
struct Walk<'a> {
    paper: &'a PaperId,
    rows: Rows<'a>,
    at: Option<Stands>,
}

struct Stands {
    id: ItemId,
    published: Moment,
    title: String,
    summary: Option<String>,
}

impl Walk<'_> {
    fn step(&mut self) -> row::Result<()> {
        self.at = match self.rows.next()? {
            Some(row) => Some(Stands {
                id: ItemId(row.get(0)?),
                published: row.get(1)?,
                title: row.get(2)?,
                summary: row.get(3)?,
            }),
            None => None,
        };
        Ok(())
    }

    /// The order of items: by date, then by number.
    fn moment(&self) -> Option<(Moment, ItemId)> {
        self.at.as_ref().map(|stands| (stands.published, stands.id))
    }
}
