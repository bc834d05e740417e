//! The schema and its numbered migrations, and the facts about the store as a whole.

use super::connection::Database;
use super::row::{self, Error, Moment};
use super::search;
use crate::model::{Refusal, Revision};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use std::ops::Range;

const PUBLISHED: &str = "published-times";
const CONFIGURED: &str = "configured-times";

/// Never edited once landed; the place in the list is the number.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_poll.sql"),
    include_str!("migrations/0003_subscription.sql"),
    include_str!("migrations/0004_history.sql"),
    include_str!("migrations/0005_body.sql"),
    include_str!("migrations/0006_sight.sql"),
    include_str!("migrations/0007_gone.sql"),
    include_str!("migrations/0008_subscriber.sql"),
    include_str!("migrations/0009_archive.sql"),
];

/// Items of databases before this schema have yet to enter the index.
const SEARCHED_SINCE: u32 = 4;

/// "bant" in the file's header.
pub(super) const APPLICATION: i32 = 0x6261_6e74;

const SELECT_META: &str = "select value from meta where key = ?1";
const PUT_META: &str =
    "insert into meta (key, value) values (?1, ?2) on conflict (key) do update set value = excluded.value";

/// The schema that this version knows.
pub(super) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// All migrations, for a test that looks at the whole schema.
#[cfg(test)]
pub(super) fn migrations() -> &'static [&'static str] {
    MIGRATIONS
}

/// Brings a database up to this version's schema; a new one gets its epoch.
pub(super) fn bring_up(connection: &mut Connection, database: &Database, now: DateTime<Utc>) -> Result<(), StoreError> {
    let found = version(connection, database)?;
    if found == known() {
        return Ok(());
    }
    migrate(connection, found..known(), now).map_err(|error| database.error("bringing the database up to date", error))
}

/// Refuses a database that is not of this version's schema.
pub(super) fn check(connection: &Connection, database: &Database) -> Result<(), StoreError> {
    let (found, known) = (version(connection, database)?, known());
    match found {
        0 => Err(database.unusable("there is no database in it yet; `bantin run` or `bantin once` makes it")),
        found if found < known => Err(StoreError::OlderSchema { path: database.file.clone(), found, known }),
        _ => Ok(()),
    }
}

/// When the store was made, and when its change stream began to count.
pub(super) fn epochs(connection: &Connection, database: &Database) -> Result<Epochs, StoreError> {
    let moment = |key: &str| -> row::Result<Option<DateTime<Utc>>> {
        let text: Option<String> = connection.query_row(SELECT_META, [key], |row| row.get(0)).optional()?;
        let read = |text: String| text.parse::<i64>().ok().and_then(DateTime::from_timestamp_micros);
        text.map(|text| read(text).ok_or_else(|| row::corrupt("meta", &"an epoch is no moment"))).transpose()
    };
    let read = || -> row::Result<Epochs> {
        let store = moment("epoch")?.ok_or_else(|| row::corrupt("meta", &"there is no epoch"))?;
        Ok(Epochs { store, stream: moment("stream")?.unwrap_or(store) })
    };
    read().map_err(|error| database.error("reading the store's epoch", error))
}

/// Where a store's reckonings begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epochs {
    pub(super) store: DateTime<Utc>,
    pub(super) stream: DateTime<Utc>,
}

/// The change stream of a backup that takes the place of a later database: its numbers come again, for other changes.
pub(super) fn begin_stream(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute(PUT_META, ["stream", &Moment(now).0.timestamp_micros().to_string()]).map(drop)
}

/// The newest revision.
pub(super) fn revision(db: &Connection) -> row::Result<Revision> {
    let text: Option<String> = db.prepare_cached(SELECT_META)?.query_row(["revision"], |row| row.get(0)).optional()?;
    Ok(Revision(text.and_then(|text| text.parse().ok()).unwrap_or(0)))
}

pub(super) fn put_revision(db: &Connection, revision: Revision) -> row::Result<()> {
    db.prepare_cached(PUT_META)?.execute(["revision", &revision.0.to_string()])?;
    Ok(())
}

/// The bytes of all kept bodies.
pub(super) fn body_bytes(db: &Connection) -> row::Result<u64> {
    count(db, "bodies")
}

pub(super) fn put_body_bytes(db: &Connection, bytes: u64) -> row::Result<()> {
    db.prepare_cached(PUT_META)?.execute(["bodies", &bytes.to_string()])?;
    Ok(())
}

/// What the kept documents were made from.
pub(super) fn basis(db: &Connection) -> row::Result<Option<String>> {
    Ok(db.prepare_cached(SELECT_META)?.query_row(["published"], |row| row.get(0)).optional()?)
}

pub(super) fn put_basis(db: &Connection, basis: &str) -> row::Result<()> {
    db.prepare_cached(PUT_META)?.execute(["published", basis])?;
    Ok(())
}

/// What a process that only reads compares to see at a glance whether something is new. Both count up, and mean nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Finished documents were kept or dropped.
    pub published: u64,
    /// A configuration was taken.
    pub configured: u64,
}

pub(super) fn progress(db: &Connection) -> row::Result<Progress> {
    Ok(Progress { published: count(db, PUBLISHED)?, configured: count(db, CONFIGURED)? })
}

pub(super) fn note_published(db: &Connection) -> row::Result<()> {
    db.prepare_cached(PUT_META)?.execute([PUBLISHED, &(count(db, PUBLISHED)? + 1).to_string()])?;
    Ok(())
}

pub(super) fn note_configured(db: &Connection) -> row::Result<()> {
    db.prepare_cached(PUT_META)?.execute([CONFIGURED, &(count(db, CONFIGURED)? + 1).to_string()])?;
    Ok(())
}

fn count(db: &Connection, key: &str) -> row::Result<u64> {
    let text: Option<String> = db.prepare_cached(SELECT_META)?.query_row([key], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Which documents are held back; what cannot be read is none, since the next round finds out anew.
pub(super) fn refusals(db: &Connection) -> row::Result<Vec<Refusal>> {
    let text: Option<String> = db.prepare_cached(SELECT_META)?.query_row(["refused"], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

pub(super) fn put_refusals(db: &Connection, refused: &[Refusal]) -> row::Result<()> {
    let text = serde_json::to_string(refused).map_err(|error| row::corrupt("meta", &error))?;
    db.prepare_cached(PUT_META)?.execute(["refused", &text])?;
    Ok(())
}

/// Since when more than a fifth of all items is beyond the retention.
pub(super) fn large_sweep(db: &Connection) -> row::Result<Option<DateTime<Utc>>> {
    let text: Option<String> =
        db.prepare_cached(SELECT_META)?.query_row(["large-sweep"], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| text.parse().ok()).and_then(DateTime::from_timestamp_micros))
}

pub(super) fn put_large_sweep(db: &Connection, since: Option<DateTime<Utc>>) -> row::Result<()> {
    let text = since.map_or_else(String::new, |since| since.timestamp_micros().to_string());
    db.prepare_cached(PUT_META)?.execute(["large-sweep", &text])?;
    Ok(())
}

/// Whether pages are still to be cleared of what was erased.
pub(super) fn scrub(db: &Connection) -> row::Result<bool> {
    let text: Option<String> = db.prepare_cached(SELECT_META)?.query_row(["scrub"], |row| row.get(0)).optional()?;
    Ok(text.as_deref() == Some("wanted"))
}

pub(super) fn put_scrub(db: &Connection, is_wanted: bool) -> row::Result<()> {
    db.prepare_cached(PUT_META)?.execute(["scrub", if is_wanted { "wanted" } else { "done" }])?;
    Ok(())
}

/// Whether the database is of an older version of bantin, and of which schema.
pub(super) fn older(connection: &Connection, database: &Database) -> Result<Option<u32>, StoreError> {
    Ok(Some(version(connection, database)?).filter(|found| *found > 0 && *found < known()))
}

/// The database's schema; another program's database and a newer one are refused.
fn version(connection: &Connection, database: &Database) -> Result<u32, StoreError> {
    let read = || -> rusqlite::Result<(u32, i32, i64)> {
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let application = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables = connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
        Ok((version, application, tables))
    };
    let (found, application, tables) =
        read().map_err(|error| database.error("reading the database's schema", error.into()))?;
    let is_empty = found == 0 && tables == 0;
    if application != APPLICATION && !is_empty {
        return Err(database.unusable("bantin.db in it is another program's database"));
    }
    if found > known() {
        return Err(StoreError::NewerSchema { path: database.file.clone(), found, known: known() });
    }
    Ok(found)
}

/// A new database of an older version.
#[cfg(test)]
pub(super) fn migrate_to(connection: &mut Connection, version: u32, now: DateTime<Utc>) {
    migrate(connection, 0..version, now).expect("a migration");
}

/// Takes the steps whose places are `steps`.
fn migrate(connection: &mut Connection, steps: Range<u32>, now: DateTime<Utc>) -> Result<(), Error> {
    let found = steps.start;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    for (number, migration) in (1u32..).zip(MIGRATIONS).filter(|(number, _)| steps.contains(&(number - 1))) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    if (1..SEARCHED_SINCE).contains(&found) {
        search::fill(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    if found == 0 {
        transaction.execute(PUT_META, ["epoch", &Moment(now).0.timestamp_micros().to_string()])?;
    }
    transaction.commit()?;
    if (1..SEARCHED_SINCE).contains(&found) {
        // once: a file that was made without it cannot give pages back; where there is no room for that it stays so
        let _ = connection.execute_batch("pragma auto_vacuum = incremental; vacuum;");
    }
    Ok(())
}
