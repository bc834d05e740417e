//! How webhooks and alerts stand, one fact in `meta` each: they are few, and what is read of a kind is always all of it.

use super::row;
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What such facts are about, and how their keys begin.
pub(super) const WEBHOOK: &str = "webhook/";
pub(super) const ALERT: &str = "alert/";

const ALL: &str = "select value from meta where key > ?1 and key < ?1 || char(1114111) order by key";

const PUT: &str = "insert into meta (key, value) values (?1 || ?2, ?3) \
    on conflict (key) do update set value = excluded.value";

const DROP: &str = "delete from meta where key = ?1 || ?2";

/// All but those that cannot be read, of another version perhaps: they begin anew.
pub(super) fn all<T: DeserializeOwned>(db: &Connection, kind: &str) -> row::Result<Vec<T>> {
    let mut statement = db.prepare_cached(ALL)?;
    let mut rows = statement.query([kind])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(serde_json::from_str::<T>(&row.get::<_, String>(0)?).ok());
    }
    Ok(found)
}

pub(super) fn put<T: Serialize>(
    db: &Connection,
    kind: &str,
    changed: &[T],
    key: impl Fn(&T) -> String,
    gone: &[String],
) -> row::Result<()> {
    for key in gone {
        db.prepare_cached(DROP)?.execute([kind, key])?;
    }
    for mark in changed {
        let text = serde_json::to_string(mark).map_err(|error| row::corrupt("meta", &error))?;
        db.prepare_cached(PUT)?.execute([kind, &key(mark), &text])?;
    }
    Ok(())
}
