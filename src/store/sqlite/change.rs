//! The table `change`: what readers were told, in order.

use super::row::{self, Moment, signed, unsigned};
use crate::model::{Item, ItemId, PaperId, Revision};
use crate::store::{Change, ChangeKind};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// Entries that leave the stream in one transaction.
pub(super) const A_TURN: u32 = 5_000;

const ADD: &str = "insert into change (paper, item_id, guid, kind, revision, at) values (?1, ?2, ?3, ?4, ?5, ?6)";

const AFTER: &str = "select cursor, item_id, guid, kind, revision, at from change where paper = ?1 and cursor > ?2 \
    order by cursor limit ?3";

const OLDEST: &str = "select cursor, at from change order by cursor limit ?1";

const TRIM: &str = "delete from change where cursor <= ?1";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[AFTER, TRIM];

/// What one commit tells, until it is written at its end.
#[derive(Debug, Default)]
pub(super) struct Told {
    entries: Vec<Option<Entry>>,
    of_item: HashMap<ItemId, usize>,
}

#[derive(Debug)]
struct Entry {
    paper: PaperId,
    item: ItemId,
    guid: String,
    kind: ChangeKind,
}

impl Told {
    /// Notes what happened to an item. One commit tells of an item once: who hears that it is there reads it as it is.
    pub(super) fn tell(&mut self, item: &Item, kind: ChangeKind) {
        let before = self.of_item.get(&item.id).copied();
        let known = before.and_then(|at| Some((at, self.entries[at].as_ref()?.kind)));
        match (known, kind) {
            (Some(_), ChangeKind::Update) => {}
            // it came and went unseen
            (Some((at, ChangeKind::Create)), ChangeKind::Withdraw) => self.entries[at] = None,
            (Some((at, ChangeKind::Update)), _) => {
                self.entries[at] = None;
                self.add(item, kind);
            }
            _ => self.add(item, kind),
        }
    }

    fn add(&mut self, item: &Item, kind: ChangeKind) {
        self.of_item.insert(item.id, self.entries.len());
        self.entries.push(Some(Entry { paper: item.paper.clone(), item: item.id, guid: item.guid.clone(), kind }));
    }

    /// Writes it.
    pub(super) fn write(self, db: &Connection, revision: Revision, now: DateTime<Utc>) -> row::Result<()> {
        let mut add = db.prepare_cached(ADD)?;
        for entry in self.entries.into_iter().flatten() {
            let (kind, revision) = (row::word(&entry.kind)?, signed(revision.0));
            add.execute(params![entry.paper.as_str(), entry.item.0, entry.guid, kind, revision, Moment(now)])?;
        }
        Ok(())
    }
}

/// A paper's entries behind a cursor, in order.
pub(super) fn after(db: &Connection, paper: &PaperId, cursor: u64, limit: u32) -> row::Result<Vec<Change>> {
    let mut statement = db.prepare_cached(AFTER)?;
    let mut rows = statement.query(params![paper.as_str(), signed(cursor), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Change {
            cursor: unsigned(row.get(0)?),
            paper: paper.clone(),
            item: ItemId(row.get(1)?),
            guid: row.get(2)?,
            kind: row::from_word("change", &row.get::<_, String>(3)?)?,
            revision: Revision(unsigned(row.get(4)?)),
            at: row.get::<_, Moment>(5)?.0,
        });
    }
    Ok(found)
}

/// Drops the oldest entries from before `limit_date`, some at a time; says whether there may be more.
pub(super) fn trim(db: &Connection, limit_date: DateTime<Utc>) -> row::Result<bool> {
    let mut statement = db.prepare_cached(OLDEST)?;
    let mut rows = statement.query([A_TURN])?;
    let (mut last, mut count) = (None, 0);
    while let Some(row) = rows.next()? {
        if row.get::<_, Moment>(1)?.0 >= limit_date {
            break;
        }
        last = Some(row.get::<_, i64>(0)?);
        count += 1;
    }
    drop(rows);
    if let Some(last) = last {
        db.prepare_cached(TRIM)?.execute([last])?;
    }
    Ok(count == A_TURN)
}
