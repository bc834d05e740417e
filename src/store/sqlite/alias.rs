//! The table `alias`: guids of items that proved to be another one. Each row is a repair.

use super::row::{self, Moment, unsigned};
use crate::model::{ItemId, PaperId};
use crate::store::Repairs;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use std::collections::HashMap;

const ADD: &str = "insert or ignore into alias (guid, item_id, since) values (?1, ?2, ?3)";

const MOVE: &str = "update alias set item_id = ?2 where item_id = ?1";

const COUNTS: &str = "select item.paper, count(*), max(alias.since) from alias join item on item.id = alias.item_id \
    group by item.paper";

/// From now on `guid`, and what were its aliases, mean another item.
pub(super) fn add(db: &Connection, guid: &str, from: ItemId, to: ItemId, now: DateTime<Utc>) -> row::Result<()> {
    db.prepare_cached(MOVE)?.execute([from.0, to.0])?;
    db.prepare_cached(ADD)?.execute(params![guid, to.0, Moment(now)])?;
    Ok(())
}

/// How many each paper has.
pub(super) fn counts(db: &Connection) -> row::Result<HashMap<PaperId, Repairs>> {
    let mut statement = db.prepare_cached(COUNTS)?;
    let mut rows = statement.query([])?;
    let mut counts = HashMap::new();
    while let Some(row) = rows.next()? {
        let repairs = Repairs { count: unsigned(row.get(1)?), last: row.get::<_, Moment>(2)?.0 };
        counts.insert(row::id::<PaperId>("item", row.get(0)?)?, repairs);
    }
    Ok(counts)
}
