//! The table `publication`: the finished documents of the last reconcile.

use super::row::{self, Moment};
use crate::model::Publication;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Documents by path, each with its entity tag and date.
pub type Held = BTreeMap<String, (String, DateTime<Utc>)>;

/// Distinct media types are few; a database that claims more is not believed.
const MOST_MEDIA_TYPES: usize = 64;
const UNKNOWN: &str = "application/octet-stream";

const PUT: &str = "insert into publication (path, media_type, etag, last_modified, body) values (?1, ?2, ?3, ?4, ?5) \
    on conflict (path) do update set media_type = excluded.media_type, etag = excluded.etag, \
    last_modified = excluded.last_modified, body = excluded.body";

const DROP: &str = "delete from publication where path = ?1";

const MARKS: &str = "select path, etag, last_modified from publication order by path";

const ONE: &str = "select path, media_type, etag, last_modified, body from publication where path = ?1";

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
        found.push(publication(row)?);
    }
    Ok(found)
}

/// At most `limit` documents whose entity tag or date is not the one of `held`, and the paths of `held` that are no more.
pub(super) fn beside(db: &Connection, held: &Held, limit: usize) -> row::Result<(Vec<Publication>, Vec<String>)> {
    let mut marks = db.prepare_cached(MARKS)?;
    let mark = |row: &Row<'_>| Ok((row.get(0)?, (row.get(1)?, row.get::<_, Moment>(2)?.0)));
    let there = marks.query_map([], mark)?.collect::<rusqlite::Result<Held>>()?;
    let gone = held.keys().filter(|path| !there.contains_key(*path)).cloned().collect();
    let mut one = db.prepare_cached(ONE)?;
    let changed = there.iter().filter(|(path, mark)| held.get(*path) != Some(mark)).take(limit);
    let changed = changed.map(|(path, _)| one.query_row([path], publication)).collect::<rusqlite::Result<_>>()?;
    Ok((changed, gone))
}

fn publication(row: &Row<'_>) -> rusqlite::Result<Publication> {
    Ok(Publication {
        path: row.get(0)?,
        media_type: media_type(row.get_ref(1)?.as_str()?),
        etag: row.get(2)?,
        last_modified: row.get::<_, Moment>(3)?.0,
        body: Arc::from(row.get_ref(4)?.as_blob()?),
    })
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
