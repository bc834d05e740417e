//! A batch tried out: committed by the same code, looked at, and taken back before anybody else can see it.

use super::{commit, row};
use crate::store::{Batch, ChangeKind, Trial, TriedFate, TriedItem};
use rusqlite::Connection;

const PLACES: &str = "select coalesce((select max(id) from item), 0), coalesce((select max(cursor) from change), 0)";

const NEW: &str = "select standing = 1, title, permalink from item where id > ?1 order by id desc";

const CHANGED: &str = "select c.kind, i.title, i.permalink from change c join item i on i.id = c.item_id \
    where c.cursor > ?2 and c.item_id <= ?1 order by c.cursor";

/// What a commit of the batch would do. A unit of the writer may be one of several in a transaction, so this one goes back
/// to its own beginning.
pub(super) fn try_out(db: &Connection, batch: &Batch) -> row::Result<Trial> {
    db.execute_batch("savepoint trial")?;
    let trial = tried(db, batch);
    db.execute_batch("rollback to trial; release trial")?;
    trial
}

fn tried(db: &Connection, batch: &Batch) -> row::Result<Trial> {
    let (item, cursor): (i64, i64) = db.query_row(PLACES, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let commit = commit::commit(db, batch)?;
    let mut items = Vec::new();
    let mut statement = db.prepare_cached(NEW)?;
    let mut rows = statement.query([item])?;
    while let Some(row) = rows.next()? {
        let fate = if row.get(0)? { TriedFate::Held } else { TriedFate::New };
        items.push(TriedItem { fate, title: row.get(1)?, url: row.get(2)? });
    }
    let mut statement = db.prepare_cached(CHANGED)?;
    let mut rows = statement.query([item, cursor])?;
    while let Some(row) = rows.next()? {
        let fate = match row::from_word("change", &row.get::<_, String>(0)?)? {
            ChangeKind::Update => TriedFate::Changed,
            ChangeKind::Create | ChangeKind::Return => TriedFate::Published,
            ChangeKind::Withdraw | ChangeKind::Erase => TriedFate::Withdrawn,
        };
        items.push(TriedItem { fate, title: row.get(1)?, url: row.get(2)? });
    }
    Ok(Trial { commit, items })
}
