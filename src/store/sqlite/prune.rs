//! Retention: old items go, oldest first, but never the newest of a category.

use super::row::{self, Moment, unsigned};
use super::{category, schema};
use crate::model::{ItemId, PaperId, Revision};
use crate::store::Retention;
use chrono::{DateTime, Duration, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeSet, HashMap};

/// Items removed in one transaction, so that polls never wait long.
pub(super) const A_TURN: u64 = 500;
/// No run removes more than one item in so many.
const PART: u64 = 5;
/// What a source showed so lately would come back as a new item.
const SHOWN: Duration = Duration::days(7);

const COUNT: &str = "select count(*) from item";

const OLD: &str = "select id, paper, standing, published from item where first_seen < ?1 and published < ?1 \
    and not exists (select 1 from sighting where item_id = item.id and last_seen >= ?2) order by published, id";

const NTH_OF_CATEGORY: &str = "select published, item_id from item_category where category_id = ?1 and standing = 2 \
    order by published desc, item_id desc limit 1 offset ?2";

const NTH_OF_PAPER: &str = "select published, id from item where paper = ?1 and standing = 2 \
    order by published desc, id desc limit 1 offset ?2";

const REMOVE: &str = "delete from item where id = ?1";

/// How many items a run may remove: no more than a fifth, no more than are old.
pub(super) fn most(db: &Connection, policy: &Retention, now: DateTime<Utc>) -> row::Result<u64> {
    let all: i64 = db.query_row(COUNT, [], |row| row.get(0))?;
    let most = unsigned(all) / PART;
    Ok(u64::try_from(old(db, policy, now, most)?.len()).unwrap_or(most))
}

/// Removes at most `limit` old items; gives back how many.
pub(super) fn remove(db: &Connection, policy: &Retention, now: DateTime<Utc>, limit: u64) -> row::Result<u64> {
    let old = old(db, policy, now, limit)?;
    let mut categories = BTreeSet::new();
    let mut papers = BTreeSet::new();
    for item in &old {
        if item.is_ready {
            categories.extend(category::numbers_of_item(db, item.id)?);
            papers.insert(item.paper.clone());
        }
        db.prepare_cached(REMOVE)?.execute([item.id.0])?;
    }
    if !papers.is_empty() {
        let revision = Revision(schema::revision(db)?.0 + 1);
        for id in categories {
            category::touch(db, id, revision)?;
        }
        for paper in papers {
            category::touch_paper(db, &paper, revision)?;
        }
        schema::put_revision(db, revision)?;
    }
    Ok(u64::try_from(old.len()).unwrap_or(0))
}

struct Old {
    id: ItemId,
    paper: PaperId,
    is_ready: bool,
}

/// A place in a channel: the date, then the number.
type Place = (i64, i64);

fn old(db: &Connection, policy: &Retention, now: DateTime<Utc>, limit: u64) -> row::Result<Vec<Old>> {
    let keep = Duration::from_std(policy.keep).ok();
    let Some(limit_date) = keep.and_then(|keep| now.checked_sub_signed(keep)) else { return Ok(Vec::new()) };
    let mut least =
        Least { db, keep: i64::from(policy.keep_least), papers: HashMap::new(), categories: HashMap::new() };
    let mut statement = db.prepare_cached(OLD)?;
    let mut rows = statement.query(params![Moment(limit_date), Moment(now - SHOWN)])?;
    let mut found = Vec::new();
    while unsigned(i64::try_from(found.len()).unwrap_or(i64::MAX)) < limit
        && let Some(row) = rows.next()?
    {
        let item = Old {
            id: ItemId(row.get(0)?),
            paper: row::id("item", row.get(1)?)?,
            is_ready: row.get::<_, i64>(2)? == super::item::READY,
        };
        let place: Place = (row.get(3)?, item.id.0);
        if !item.is_ready || !least.protects(&item, place)? {
            found.push(item);
        }
    }
    Ok(found)
}

/// The oldest places that stay, by channel; `None`: the channel has no more than stay.
struct Least<'a> {
    db: &'a Connection,
    keep: i64,
    papers: HashMap<PaperId, Option<Place>>,
    categories: HashMap<i64, Option<Place>>,
}

impl Least<'_> {
    fn protects(&mut self, item: &Old, place: Place) -> row::Result<bool> {
        if self.keep == 0 {
            return Ok(false);
        }
        if !self.papers.contains_key(&item.paper) {
            let nth = self.nth(NTH_OF_PAPER, params![item.paper.as_str(), self.keep - 1])?;
            self.papers.insert(item.paper.clone(), nth);
        }
        let stays = |nth: Option<&Option<Place>>| nth.is_none_or(|nth| nth.is_none_or(|nth| place >= nth));
        if stays(self.papers.get(&item.paper)) {
            return Ok(true);
        }
        for id in category::numbers_of_item(self.db, item.id)? {
            if let std::collections::hash_map::Entry::Vacant(entry) = self.categories.entry(id) {
                let keep = self.keep - 1;
                let row = self.db.prepare_cached(NTH_OF_CATEGORY)?.query_row([id, keep], place_of).optional()?;
                entry.insert(row);
            }
            if stays(self.categories.get(&id)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn nth(&self, query: &str, row: &[&dyn rusqlite::ToSql]) -> row::Result<Option<Place>> {
        Ok(self.db.prepare_cached(query)?.query_row(row, place_of).optional()?)
    }
}

fn place_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Place> {
    Ok((row.get(0)?, row.get(1)?))
}
