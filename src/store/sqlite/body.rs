//! The table `body`: the last documents of each source, within a bound over all.

use super::row::{self, Moment, signed, unsigned};
use super::schema;
use crate::model::{PaperId, SourceId};
use crate::store::body::{Body, Needle};
use crate::store::{Keep, KeptBodies, MOST_BODIES};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashMap;
use url::Url;

const NEWEST: &str = "select id, digest, length from body where source = ?1 order by fetched_at desc, id desc limit 1";

const PUT: &str = "insert into body (source, fetched_at, base, was_read, size, length, digest, facts, packed) \
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const RENEW: &str = "update body set was_read = ?2, base = ?3, facts = ?4 where id = ?1";

const LOWER_BASE: &str = "update body set base = 0 where source = ?1 and +base = 1";

/// Beside the base so many of the newest stay.
const TRIM: &str = "delete from body where source = ?1 and +base = 0 and id not in (select id from body \
    where source = ?1 and +base = 0 order by fetched_at desc, id desc limit ?2) returning size";

const DROP_OLDEST: &str = "delete from body where id = (select id from body indexed by body_by_age \
    order by base, fetched_at limit 1) returning size";

const OF_SOURCE: &str = "select fetched_at, was_read, length, digest, facts, packed from body where source = ?1 \
    order by fetched_at, id";

const COUNTS: &str = "select source, count(*), sum(size) from body group by source";

const OF_PAPER: &str = "select id, fetched_at, was_read, length, digest, facts, packed from body \
    where source >= ?1 || '/' and source < ?1 || '0'";

const DROP: &str = "delete from body where id = ?1 returning size";

/// Keeps a source's newest document; one that is the newest already is not written twice. Then what is too much goes.
pub(super) fn put(db: &Connection, source: &SourceId, keep: &Keep) -> row::Result<()> {
    let Keep { body, most_bytes } = keep;
    let size = body.packed.len() as u64;
    if size > *most_bytes {
        return Ok(());
    }
    let (digest, length) = (body.digest.cast_signed(), signed(body.length_bytes));
    let newest = db.prepare_cached(NEWEST)?.query_row([source.as_str()], |row| {
        Ok((row.get::<_, i64>(0)?, (row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))
    });
    let facts = row::json(&body.facts)?;
    if body.is_base() {
        db.prepare_cached(LOWER_BASE)?.execute([source.as_str()])?;
    }
    if let Some((id, _)) = newest.optional()?.filter(|(_, newest)| *newest == (digest, length)) {
        db.prepare_cached(RENEW)?.execute(params![id, body.was_read, body.is_base(), facts])?;
        return Ok(());
    }
    let row = params![
        source.as_str(),
        Moment(body.fetched_at),
        body.is_base(),
        body.was_read,
        signed(size),
        length,
        digest,
        facts,
        body.packed
    ];
    db.prepare_cached(PUT)?.execute(row)?;
    let gone = sizes(db, TRIM, params![source.as_str(), i64::from(MOST_BODIES) - 1])?;
    let total = (schema::body_bytes(db)? + size).saturating_sub(gone.iter().sum());
    shrink(db, total, *most_bytes)?;
    Ok(())
}

/// Drops the oldest until all fit into the bound; gives back how many went.
pub(super) fn bound(db: &Connection, most_bytes: u64) -> row::Result<u64> {
    shrink(db, schema::body_bytes(db)?, most_bytes)
}

fn shrink(db: &Connection, mut total: u64, most_bytes: u64) -> row::Result<u64> {
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
    Ok(gone)
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
            (NEWEST, "body_by_source"),
            (LOWER_BASE, "body_by_source"),
            (TRIM, "body_by_source"),
            (DROP_OLDEST, "body_by_age"),
            (OF_SOURCE, "body_by_source"),
            (COUNTS, "COVERING INDEX body_by_source"),
            (OF_PAPER, "body_by_source"),
        ] {
            let mut statement = db.prepare(&format!("explain query plan {query}")).expect("a statement");
            let empty = vec![rusqlite::types::Null; statement.parameter_count()];
            let rows = statement.query_map(rusqlite::params_from_iter(empty), |row| row.get::<_, String>(3));
            let plan: Vec<String> = rows.expect("a plan").map(|step| step.expect("a step")).collect();
            assert!(plan.iter().any(|step| step.contains(index)), "{query}: {plan:?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN body") && !step.contains("INDEX")), "{plan:?}");
        }
    }
}
