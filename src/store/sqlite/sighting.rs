//! The table `sighting`: who showed an item, and what they last said of it.

use super::item;
use super::row::{self, Moment, unsigned};
use crate::model::{ItemId, SourceId};
use crate::store::dedup::Shown;
use crate::store::statement::Statement;
use crate::store::{HeldItem, SourceCounts, StoreError};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use url::Url;

const PUT: &str = "insert into sighting (item_id, source, statement, standing, place, first_seen, last_seen) \
    values (?1, ?2, ?3, (select standing from item where id = ?1), ?4, ?5, ?5) \
    on conflict (item_id, source) do update set statement = excluded.statement, place = excluded.place, \
    last_seen = excluded.last_seen";

/// What was said anew was seen when it was said: a later sight stays.
const CORRECT: &str = "insert into sighting (item_id, source, statement, standing, place, first_seen, last_seen) \
    values (?1, ?2, ?3, (select standing from item where id = ?1), ?4, ?5, ?5) \
    on conflict (item_id, source) do update set statement = excluded.statement, \
    last_seen = max(last_seen, excluded.last_seen)";

const SEEN: &str = "update sighting set last_seen = ?3, place = ?4 where item_id = ?1 and source = ?2";

const STATEMENT: &str = "select statement from sighting where item_id = ?1 and source = ?2";

const OF_ITEM: &str = "select source, first_seen, last_seen from sighting where item_id = ?1";

const REPEAT: &str = "update sighting set standing = ?2 where item_id = ?1 and standing <> ?2";

const MOVE: &str = "update or ignore sighting set item_id = ?2, standing = (select standing from item where id = ?2) \
    where item_id = ?1";

const HELD: &str = "select item.id, item.permalink, sighting.first_seen from sighting join item on item.id = sighting.item_id \
    where sighting.source = ?1 and sighting.standing = 1 order by item.id";

const COUNTS: &str = "select source, standing, count(*) from sighting group by source, standing";

const HELD_SINCE: &str = "select min(first_seen) from sighting where source = ?1 and standing = 1";
/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[SEEN, STATEMENT, OF_ITEM, REPEAT, HELD];

/// Notes what a source says of an item now.
pub(super) fn put(
    db: &Connection,
    item: ItemId,
    source: &SourceId,
    statement: Statement,
    place: usize,
    now: DateTime<Utc>,
) -> row::Result<()> {
    let place = i64::try_from(place).unwrap_or(i64::MAX);
    let row = params![item.0, source.as_str(), statement.to_bytes(), place, Moment(now)];
    db.prepare_cached(PUT)?.execute(row)?;
    Ok(())
}

/// Notes what a source said of an item when it was seen, as it is read now.
pub(super) fn correct(
    db: &Connection,
    item: ItemId,
    source: &SourceId,
    statement: Statement,
    place: usize,
    seen: DateTime<Utc>,
) -> row::Result<()> {
    let place = i64::try_from(place).unwrap_or(i64::MAX);
    let row = params![item.0, source.as_str(), statement.to_bytes(), place, Moment(seen)];
    db.prepare_cached(CORRECT)?.execute(row)?;
    Ok(())
}

/// Notes that a source shows an item still.
pub(super) fn seen(
    db: &Connection,
    item: ItemId,
    source: &SourceId,
    place: usize,
    now: DateTime<Utc>,
) -> row::Result<()> {
    let place = i64::try_from(place).unwrap_or(i64::MAX);
    db.prepare_cached(SEEN)?.execute(params![item.0, source.as_str(), Moment(now), place])?;
    Ok(())
}

/// What a source last said of an item.
pub(super) fn statement(db: &Connection, item: ItemId, source: &SourceId) -> row::Result<Option<Statement>> {
    let mut statement = db.prepare_cached(STATEMENT)?;
    let bytes: Option<Vec<u8>> = statement.query_row(params![item.0, source.as_str()], |row| row.get(0)).optional()?;
    Ok(bytes.as_deref().and_then(Statement::from_bytes))
}

/// Who showed an item, from when, until when.
pub(super) fn of_item(db: &Connection, id: ItemId) -> row::Result<Vec<Shown>> {
    let mut statement = db.prepare_cached(OF_ITEM)?;
    let mut rows = statement.query([id.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (first, last): (Moment, Moment) = (row.get(1)?, row.get(2)?);
        found.push(Shown { by: row::id("sighting", row.get(0)?)?, from: first.0, until: last.0 });
    }
    Ok(found)
}

/// Repeats an item's standing, by which items are counted.
pub(super) fn repeat(db: &Connection, item: ItemId, standing: i64) -> row::Result<()> {
    db.prepare_cached(REPEAT)?.execute([item.0, standing])?;
    Ok(())
}

/// Gives the sightings of one item to another; where a source showed both, the other's stays.
pub(super) fn hand_over(db: &Connection, from: ItemId, to: ItemId) -> row::Result<()> {
    db.prepare_cached(MOVE)?.execute([from.0, to.0])?;
    Ok(())
}

/// The held items that a source brought.
pub(super) fn held(db: &Connection, source: &SourceId) -> row::Result<Vec<HeldItem>> {
    let mut statement = db.prepare_cached(HELD)?;
    let mut rows = statement.query([source.as_str()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let url = Url::parse(&row.get::<_, String>(1)?)
            .map_err(|error| StoreError::Corrupt { table: "item", why: error.to_string() })?;
        found.push(HeldItem { item: ItemId(row.get(0)?), url, since: row.get::<_, Moment>(2)?.0 });
    }
    Ok(found)
}

/// How many items each source brought.
pub(super) fn counts(db: &Connection) -> row::Result<HashMap<SourceId, SourceCounts>> {
    let mut statement = db.prepare_cached(COUNTS)?;
    let mut rows = statement.query([])?;
    let mut counts: HashMap<SourceId, SourceCounts> = HashMap::new();
    while let Some(row) = rows.next()? {
        let of_source = counts.entry(row::id("sighting", row.get(0)?)?).or_default();
        let count = unsigned(row.get(2)?);
        match row.get(1)? {
            item::READY => of_source.ready = count,
            item::AWAITS => of_source.awaiting = count,
            item::HELD => of_source.held = count,
            _ => {}
        }
    }
    let mut since = db.prepare_cached(HELD_SINCE)?;
    for (source, counts) in counts.iter_mut().filter(|(_, counts)| counts.held > 0) {
        let oldest: Option<Moment> = since.query_row([source.as_str()], |row| row.get(0))?;
        counts.held_since = oldest.map(|at| at.0);
    }
    Ok(counts)
}
