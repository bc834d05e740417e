//! The items of the last day, of which an article at a new address may be one.

use super::key;
use super::row::{self, Moment};
use crate::model::{ItemId, PaperId};
use crate::store::dedup::{RECENT, Unique, is_near, renamed};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use std::collections::HashSet;

/// No paper prints more in a day; a wrong clock or a lost history must not make a commit slow.
const MOST: u32 = 2_000;
/// So many near ones are a form that is filled in.
const MOST_NEAR: usize = 8;

const FINGERPRINTS: &str = "select id, fingerprint from item where paper = ?1 and first_seen >= ?2 \
    order by first_seen desc limit ?3";

/// Which stored item each unknown article of a document is, by place, where its text says so.
pub(super) fn renamed_items(
    db: &Connection,
    paper: &PaperId,
    unknown: &[(usize, &Unique<'_>)],
    claimed: &HashSet<ItemId>,
    now: DateTime<Utc>,
) -> row::Result<Vec<(usize, ItemId)>> {
    let telling: Vec<_> = unknown.iter().filter(|(_, article)| article.draft.summary.is_some()).collect();
    let Some((_, first)) = telling.first() else { return Ok(Vec::new()) };
    let mut statement = db.prepare_cached(FINGERPRINTS)?;
    let mut rows = statement.query(params![paper.as_str(), Moment(now - RECENT), MOST])?;
    let mut near = Vec::new();
    let mut counts = vec![0; telling.len()];
    while let Some(row) = rows.next()? {
        let fingerprint = row.get::<_, i64>(1)?.cast_unsigned();
        let mut is_asked = false;
        for ((_, article), count) in telling.iter().zip(&mut counts) {
            if is_near(article.draft.fingerprint, fingerprint) {
                *count += 1;
                is_asked |= *count <= MOST_NEAR;
            }
        }
        if is_asked {
            near.push(ItemId(row.get(0)?));
        }
    }
    let mut candidates = Vec::with_capacity(near.len());
    for id in near {
        candidates.extend(key::candidate(db, id, &first.draft.source)?);
    }
    Ok(renamed(unknown, &candidates, claimed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::in_memory::InMemory;

    #[test]
    fn fingerprints_of_a_day_are_read_from_their_index_alone() {
        let plan = InMemory::new().plan(FINGERPRINTS);
        assert!(plan.contains("USING COVERING INDEX item_by_sight (paper=? AND first_seen>?)"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
