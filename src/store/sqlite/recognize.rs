//! What the store would make of drafts, before anything is committed.

use super::row::{self, Moment};
use super::{erase, item, key};
use crate::model::{Draft, PaperId, Standing};
use crate::store::Recognition;
use crate::store::dedup::{Unique, Verdict, judge};
use crate::store::statement::Statement;
use chrono::{DateTime, Duration, Utc};
use rusqlite::{Connection, params};
use std::collections::HashSet;

/// An old title counts for so long.
const RECENT: Duration = Duration::days(30);

/// A title that more than one item has is a standing head, and says nothing.
const WITH_TITLE: &str = "select count(*), max(first_seen) from item where paper = ?1 and title_hash = ?2";

const IS_HELD: &str = "select standing = 1 from item where id = ?1";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[WITH_TITLE, IS_HELD];

/// Judges each draft by itself.
pub(super) fn recognize(
    db: &Connection,
    paper: &PaperId,
    drafts: &[Draft],
    now: DateTime<Utc>,
) -> row::Result<Vec<Recognition>> {
    drafts.iter().map(|draft| recognize_one(db, paper, &Unique::of(draft), now)).collect()
}

fn recognize_one(db: &Connection, paper: &PaperId, draft: &Unique<'_>, now: DateTime<Utc>) -> row::Result<Recognition> {
    let statement = Statement::of(&draft.draft, &draft.keys);
    if let Some(said) = key::at_address(db, paper, &draft.draft.source, draft.address())?
        && said.statement == Some(statement)
    {
        let held = db.prepare_cached(IS_HELD)?.query_row([said.item.0], |row| row.get(0))?;
        return Ok(Recognition::Known { item: said.item, held });
    }
    let candidates = key::candidates(db, paper, draft)?;
    match judge(draft, &statement, &candidates, &HashSet::new(), now) {
        Verdict::Same(item) | Verdict::Merge { item, .. } => {
            let held = candidates.iter().any(|c| c.item == item && matches!(c.standing, Standing::Held { .. }));
            Ok(Recognition::Known { item, held })
        }
        Verdict::New if erase::is_erased(db, paper, &draft.keys)? => Ok(Recognition::Erased),
        Verdict::New if has_old_title(db, paper, &draft.draft.title, now)? => Ok(Recognition::OldTitle),
        Verdict::New => Ok(Recognition::New),
    }
}

fn has_old_title(db: &Connection, paper: &PaperId, title: &str, now: DateTime<Utc>) -> row::Result<bool> {
    if title.is_empty() {
        return Ok(false);
    }
    let mut statement = db.prepare_cached(WITH_TITLE)?;
    let (count, newest): (i64, Option<Moment>) =
        statement.query_row(params![paper.as_str(), item::title_hash(title)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(count == 1 && newest.is_some_and(|at| at.0 >= now - RECENT))
}
