//! The table `body`: the last documents of each source, within a bound over all.

use super::row::{self, Moment, signed, unsigned};
use super::schema;
use crate::model::{PaperId, SourceId};
use crate::store::body::{Body, Needle};
use crate::store::{Keep, KeptBodies, MOST_BODIES};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashMap;
use url::Url;

const FIND: &str = "select id from body where source = ?1 and digest = ?2 and length = ?3";

const PUT: &str = "insert into body (source, fetched_at, base, whole, was_read, size, length, digest, facts) \
    values (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8)";

const PUT_BYTES: &str = "insert into body_bytes (id, packed) values (?1, ?2)";

const RENEW: &str =
    "update body set fetched_at = max(fetched_at, ?2), whole = ?3, was_read = ?4, facts = ?5 where id = ?1";

/// Marks the newest whole document, and no other.
const REBASE: &str = "with newest as (select id from body where source = ?1 and whole = 1 \
    order by fetched_at desc, id desc limit 1) update body set base = 1 - base where source = ?1 \
    and base <> (id in newest)";

/// Beside the base so many of the newest stay.
const TRIM: &str = "delete from body where source = ?1 and +base = 0 and id not in (select id from body \
    where source = ?1 and +base = 0 order by fetched_at desc, id desc limit ?2) returning size";

const DROP_OLDEST: &str = "delete from body where id = (select id from body indexed by body_by_age \
    order by base, fetched_at limit 1) returning size";

const OF_SOURCE: &str = "select fetched_at, was_read, length, digest, facts, packed from body join body_bytes using (id) \
    where source = ?1 order by fetched_at, id";

const NEWEST_AT: &str = "select max(fetched_at) from body where source = ?1";

const COUNTS: &str = "select source, count(*), sum(size) from body group by source";

const OF_PAPER: &str = "select id, fetched_at, was_read, length, digest, facts, packed from body join body_bytes using (id) \
    where source >= ?1 || '/' and source < ?1 || '0'";

const DROP: &str = "delete from body where id = ?1 returning size";

/// Keeps a document of a source; one that is kept already is not written twice. Then what is too much goes. Gives back the
/// bytes of all; `None`: it is too large.
pub(super) fn put(db: &Connection, source: &SourceId, keep: &Keep) -> row::Result<Option<u64>> {
    let Keep { body, most_bytes } = keep;
    let size = body.packed.len() as u64;
    if size > *most_bytes {
        return Ok(None);
    }
    let (digest, length) = (body.digest.cast_signed(), signed(body.length_bytes));
    let find = params![source.as_str(), digest, length];
    let known: Option<i64> = db.prepare_cached(FIND)?.query_row(find, |row| row.get(0)).optional()?;
    let (at, whole, was_read, facts) =
        (Moment(body.fetched_at), body.is_whole(), body.was_read, row::json(&body.facts)?);
    let mut total = schema::body_bytes(db)?;
    if let Some(id) = known {
        db.prepare_cached(RENEW)?.execute(params![id, at, whole, was_read, facts])?;
    } else {
        let row = params![source.as_str(), at, whole, was_read, signed(size), length, digest, facts];
        db.prepare_cached(PUT)?.execute(row)?;
        db.prepare_cached(PUT_BYTES)?.execute(params![db.last_insert_rowid(), body.packed])?;
        total += size;
    }
    db.prepare_cached(REBASE)?.execute([source.as_str()])?;
    let gone = sizes(db, TRIM, params![source.as_str(), i64::from(MOST_BODIES) - 1])?;
    let (total, _) = shrink(db, total.saturating_sub(gone.iter().sum()), *most_bytes)?;
    Ok(Some(total))
}

/// Drops the oldest until all fit into the bound; gives back how many went.
pub(super) fn bound(db: &Connection, most_bytes: u64) -> row::Result<u64> {
    shrink(db, schema::body_bytes(db)?, most_bytes).map(|(_, gone)| gone)
}

/// Gives back the bytes that are left, and how many documents went.
fn shrink(db: &Connection, mut total: u64, most_bytes: u64) -> row::Result<(u64, u64)> {
    let mut gone = 0;
    while total > most_bytes {
        let size = db.prepare_cached(DROP_OLDEST)?.query_row([], |row| row.get(0)).optional()?;
        let Some(size) = size else {
            total = 0;
            break;
        };
        total = total.saturating_sub(unsigned(size));
        gone += 1;
    }
    schema::put_body_bytes(db, total)?;
    Ok((total, gone))
}

/// The kept documents of a source, the oldest first; what cannot be read, of another version perhaps, is left out.
pub(super) fn of_source(db: &Connection, source: &SourceId) -> row::Result<Vec<Body>> {
    let mut statement = db.prepare_cached(OF_SOURCE)?;
    let mut rows = statement.query([source.as_str()])?;
    let mut bodies = Vec::new();
    while let Some(row) = rows.next()? {
        bodies.extend(read(row, 0)?);
    }
    Ok(bodies)
}

/// When the newest kept document of a source came.
pub(super) fn newest_at(db: &Connection, source: &SourceId) -> row::Result<Option<DateTime<Utc>>> {
    let newest: Option<Moment> = db.prepare_cached(NEWEST_AT)?.query_row([source.as_str()], |row| row.get(0))?;
    Ok(newest.map(|at| at.0))
}

/// How much is kept of each source.
pub(super) fn counts(db: &Connection) -> row::Result<HashMap<SourceId, KeptBodies>> {
    let mut statement = db.prepare_cached(COUNTS)?;
    let mut rows = statement.query([])?;
    let mut counts = HashMap::new();
    while let Some(row) = rows.next()? {
        let kept = KeptBodies { documents: unsigned(row.get(1)?), bytes: unsigned(row.get(2)?) };
        counts.insert(row::id("body", row.get(0)?)?, kept);
    }
    Ok(counts)
}

/// Drops the kept documents of a paper in which one of these addresses stands; gives back how many.
pub(super) fn forget_containing(db: &Connection, paper: &PaperId, addresses: &[Url]) -> row::Result<u64> {
    let needles: Vec<Needle> = addresses.iter().map(Needle::of).collect();
    let mut found = Vec::new();
    let mut statement = db.prepare_cached(OF_PAPER)?;
    let mut rows = statement.query([paper.as_str()])?;
    while let Some(row) = rows.next()? {
        if read(row, 1)?.is_none_or(|body| body.names(&needles)) {
            found.push(row.get::<_, i64>(0)?);
        }
    }
    drop(rows);
    let mut total = schema::body_bytes(db)?;
    for id in &found {
        total = total.saturating_sub(sizes(db, DROP, params![id])?.iter().sum());
    }
    schema::put_body_bytes(db, total)?;
    Ok(found.len() as u64)
}

fn sizes(db: &Connection, delete: &str, parameters: impl rusqlite::Params) -> row::Result<Vec<u64>> {
    let mut statement = db.prepare_cached(delete)?;
    let sizes = statement.query_map(parameters, |row| row.get(0).map(unsigned))?;
    Ok(sizes.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &Row<'_>, from: usize) -> row::Result<Option<Body>> {
    let Ok(facts) = serde_json::from_str(&row.get::<_, String>(from + 4)?) else { return Ok(None) };
    Ok(Some(Body {
        fetched_at: row.get::<_, Moment>(from)?.0,
        was_read: row.get(from + 1)?,
        length_bytes: unsigned(row.get(from + 2)?),
        digest: row.get::<_, i64>(from + 3)?.cast_unsigned(),
        facts,
        packed: row.get(from + 5)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_walks_an_index() {
        let db = Connection::open_in_memory().expect("a database");
        for migration in schema::migrations() {
            db.execute_batch(migration).expect("a migration");
        }
        for (query, index) in [
            (FIND, "body_by_source"),
            (REBASE, "body_by_source"),
            (TRIM, "body_by_source"),
            (DROP_OLDEST, "body_by_age"),
            (OF_SOURCE, "body_by_source"),
            (NEWEST_AT, "COVERING INDEX body_by_source"),
            (COUNTS, "COVERING INDEX body_by_source"),
            (OF_PAPER, "body_by_source"),
        ] {
            let mut statement = db.prepare(&format!("explain query plan {query}")).expect("a statement");
            let empty = vec![rusqlite::types::Null; statement.parameter_count()];
            let rows = statement.query_map(rusqlite::params_from_iter(empty), |row| row.get::<_, String>(3));
            let plan: Vec<String> = rows.expect("a plan").map(|step| step.expect("a step")).collect();
            assert!(plan.iter().any(|step| step.contains(index)), "{query}: {plan:?}");
            let scans = |step: &String| step.starts_with("SCAN body") && !step.contains("INDEX");
            assert!(!plan.iter().any(scans), "{query}: {plan:?}");
        }
    }
}
