//! How webhooks stand, one fact in `meta` each: they are few, and what is read of one is always all of it.

use super::row;
use crate::model::WebhookMark;
use rusqlite::Connection;

const ALL: &str = "select value from meta where key >= 'webhook/' and key < 'webhook0' order by key";

const PUT: &str = "insert into meta (key, value) values ('webhook/' || ?1, ?2) \
    on conflict (key) do update set value = excluded.value";

const DROP: &str = "delete from meta where key = 'webhook/' || ?1";

/// All but those that cannot be read, of another version perhaps: they begin anew.
pub(super) fn all(db: &Connection) -> row::Result<Vec<WebhookMark>> {
    let mut statement = db.prepare_cached(ALL)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(serde_json::from_str::<WebhookMark>(&row.get::<_, String>(0)?).ok());
    }
    Ok(found)
}

pub(super) fn put(db: &Connection, changed: &[WebhookMark], gone: &[String]) -> row::Result<()> {
    for key in gone {
        db.prepare_cached(DROP)?.execute([key])?;
    }
    for mark in changed {
        let text = serde_json::to_string(mark).map_err(|error| row::corrupt("meta", &error))?;
        db.prepare_cached(PUT)?.execute([&mark.key, &text])?;
    }
    Ok(())
}
