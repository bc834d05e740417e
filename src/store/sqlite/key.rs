//! The table `item_key`: what items are recognized by.

use super::row::{self, Moment};
use super::{item, sighting};
use crate::model::{ItemId, PaperId, PubDate, SourceId};
use crate::store::dedup::{Candidate, Unique};
use crate::store::statement::Statement;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

/// New ids at every poll must not fill the table.
const MOST: i64 = 16;

const FIND: &str = "select item_id from item_key where paper = ?1 and key = ?2";

const FIND_SAID: &str = "select item_key.item_id, sighting.statement, sighting.last_seen, sighting.standing \
    from item_key left join sighting on sighting.item_id = item_key.item_id and sighting.source = ?3 \
    where item_key.paper = ?1 and item_key.key = ?2";

const ADD: &str = "insert or ignore into item_key (paper, key, item_id, added) values (?1, ?2, ?3, ?4)";

const OF_ITEM: &str = "select key from item_key where item_id = ?1";

/// Ids and titles of old go first, then addresses of old; the site's own ids stay.
const FORGET: &str = "delete from item_key where item_id = ?1 and key in (select key from item_key \
    where item_id = ?1 and substr(key, 1, 1) <> 's' order by substr(key, 1, 1) = 'p', added, key \
    limit max(0, (select count(*) from item_key where item_id = ?1) - ?2))";

const MOVE: &str = "update item_key set item_id = ?2 where item_id = ?1";

const CANDIDATE: &str = "select standing, hold_reason, title, summary, fingerprint, published, published_precision, \
    published_origin, first_seen from item where id = ?1";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[FIND, FIND_SAID, OF_ITEM, FORGET, MOVE, CANDIDATE];

/// What the store knows at once of an article: which item has its address, and what the source last said of that.
pub(super) struct Said {
    pub(super) item: ItemId,
    pub(super) statement: Option<Statement>,
    pub(super) last_seen: Option<DateTime<Utc>>,
    pub(super) standing: Option<i64>,
}

/// The item at an article's address.
pub(super) fn at_address(db: &Connection, paper: &PaperId, source: &SourceId, key: &str) -> row::Result<Option<Said>> {
    let mut statement = db.prepare_cached(FIND_SAID)?;
    let said = statement.query_row(params![paper.as_str(), key, source.as_str()], |row| {
        let bytes: Option<&[u8]> = row.get_ref(1)?.as_blob_or_null()?;
        Ok(Said {
            item: ItemId(row.get(0)?),
            statement: bytes.and_then(Statement::from_bytes),
            last_seen: row.get::<_, Option<Moment>>(2)?.map(|at| at.0),
            standing: row.get(3)?,
        })
    });
    Ok(said.optional()?)
}

/// The stored items that share a key with a draft.
pub(super) fn candidates(db: &Connection, paper: &PaperId, draft: &Unique<'_>) -> row::Result<Vec<Candidate>> {
    let mut ids: Vec<i64> = Vec::new();
    let mut find = db.prepare_cached(FIND)?;
    for key in &draft.keys {
        let found: Option<i64> = find.query_row(params![paper.as_str(), key], |row| row.get(0)).optional()?;
        if let Some(id) = found.filter(|id| !ids.contains(id)) {
            ids.push(id);
        }
    }
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(candidate(db, ItemId(id), &draft.draft.source)?);
    }
    Ok(found)
}

/// Adds an item's keys; one that is another item's stays that one's.
pub(super) fn add(
    db: &Connection,
    paper: &PaperId,
    item: ItemId,
    keys: &[String],
    now: DateTime<Utc>,
) -> row::Result<()> {
    let mut add = db.prepare_cached(ADD)?;
    for key in keys {
        add.execute(params![paper.as_str(), key, item.0, Moment(now)])?;
    }
    Ok(())
}

/// Drops an item's oldest keys beyond what is kept.
pub(super) fn forget_old(db: &Connection, item: ItemId) -> row::Result<()> {
    db.prepare_cached(FORGET)?.execute(params![item.0, MOST])?;
    Ok(())
}

/// Gives all keys of one item to another.
pub(super) fn hand_over(db: &Connection, from: ItemId, to: ItemId) -> row::Result<()> {
    db.prepare_cached(MOVE)?.execute([from.0, to.0])?;
    Ok(())
}

/// An item as a candidate for what `source` shows.
pub(super) fn candidate(db: &Connection, id: ItemId, source: &SourceId) -> row::Result<Option<Candidate>> {
    let mut statement = db.prepare_cached(CANDIDATE)?;
    let mut rows = statement.query([id.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let word = |column: usize| row.get::<_, String>(column);
    Ok(Some(Candidate {
        item: id,
        standing: item::standing(row.get(0)?, row.get::<_, Option<String>>(1)?.as_deref())?,
        keys: of_item(db, id)?,
        title: row.get(2)?,
        summary: row.get(3)?,
        fingerprint: row.get::<_, i64>(4)?.cast_unsigned(),
        published: PubDate {
            at: row.get::<_, Moment>(5)?.0,
            precision: row::from_word("item", &word(6)?)?,
            origin: row::from_word("item", &word(7)?)?,
        },
        first_seen: row.get::<_, Moment>(8)?.0,
        sightings: sighting::of_item(db, id)?,
        statement: sighting::statement(db, id, source)?,
    }))
}

pub(super) fn of_item(db: &Connection, id: ItemId) -> row::Result<Vec<String>> {
    let mut statement = db.prepare_cached(OF_ITEM)?;
    let keys = statement.query_map([id.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(keys)
}
