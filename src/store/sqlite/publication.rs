//! The table `publication`: the finished documents of the last reconcile.

use super::row::{self, Moment};
use crate::model::Publication;
use rusqlite::{Connection, params};
use std::sync::{Arc, Mutex, PoisonError};

/// Distinct media types are few; a database that claims more is not believed.
const MOST_MEDIA_TYPES: usize = 64;
const UNKNOWN: &str = "application/octet-stream";

const PUT: &str = "insert into publication (path, media_type, etag, last_modified, body) values (?1, ?2, ?3, ?4, ?5) \
    on conflict (path) do update set media_type = excluded.media_type, etag = excluded.etag, \
    last_modified = excluded.last_modified, body = excluded.body";

const DROP: &str = "delete from publication where path = ?1";

const ALL: &str = "select path, media_type, etag, last_modified, body from publication order by path";

pub(super) fn keep(db: &Connection, changed: &[Publication], gone: &[String]) -> row::Result<()> {
    let mut put = db.prepare_cached(PUT)?;
    for p in changed {
        put.execute(params![p.path, p.media_type, p.etag, Moment(p.last_modified), &*p.body])?;
    }
    let mut drop = db.prepare_cached(DROP)?;
    for path in gone {
        drop.execute([path])?;
    }
    Ok(())
}

pub(super) fn all(db: &Connection) -> row::Result<Vec<Publication>> {
    let mut statement = db.prepare_cached(ALL)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Publication {
            path: row.get(0)?,
            media_type: media_type(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?),
            etag: row.get(2)?,
            last_modified: row.get::<_, Moment>(3)?.0,
            body: Arc::from(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?),
        });
    }
    Ok(found)
}

/// The media type as a text that lives as long as the process.
fn media_type(kept: &str) -> &'static str {
    static KNOWN: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.iter().find(|known| **known == kept) {
        return found;
    }
    if known.len() == MOST_MEDIA_TYPES {
        return UNKNOWN;
    }
    let added: &'static str = Box::leak(kept.into());
    known.push(added);
    added
}
