//! The tables `tombstone` and `tombstone_key`, and what is erased: everywhere, for good.
//!
//! What is left of an item is its guid and digests of what it was recognized by, so that no list brings it back. The bytes
//! that it stood in are cleared: what is deleted here is overwritten (`secure_delete`), and [`super::scrub`] clears pages that
//! held it earlier.

use super::row::{self, Moment};
use super::session::Session;
use super::{archive, body, item, key, schema, scrub, sighting, source};
use crate::model::{Draft, Item, ItemId, Memory, PaperId};
use crate::store::dedup::{Unique, key_text};
use crate::store::{ItemReference, TakenBack};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

const DIGEST: usize = 16;

const ADD: &str = "insert or ignore into tombstone (guid, paper, erased_at) values (?1, ?2, ?3)";

const ADD_ALIASES: &str = "insert or ignore into tombstone (guid, paper, erased_at) \
    select guid, ?2, ?3 from alias where item_id = ?1";

const ADD_KEY: &str = "insert or ignore into tombstone_key (digest, guid) values (?1, ?2)";

const ANY: &str = "select exists (select 1 from tombstone_key)";

const IS_ERASED: &str = "select exists (select 1 from tombstone_key where digest = ?1)";

const BY_GUID: &str = "select id from item where guid = ?1 union all select item_id from alias where guid = ?1 limit 1";

const PAPERS: &str = "select id from paper union select distinct paper from category";

const BY_KEY: &str = "select item_id from item_key where paper = ?1 and key = ?2";

const TAKE_BACK: &str = "insert or replace into taken_back (item_id, at) values (?1, ?2)";

const IS_TAKEN_BACK: &str = "select exists (select 1 from taken_back where item_id = ?1)";

const REMOVE: &str = "delete from item where id = ?1";

/// Samples of the planner's statistics quote keys, and so addresses.
const SAMPLES: &str = "select exists (select 1 from sqlite_schema where name = 'sqlite_stat4')";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[IS_ERASED, BY_GUID, BY_KEY, IS_TAKEN_BACK];

/// The item that a guid or an address names.
pub(super) fn named(db: &Connection, reference: &ItemReference) -> row::Result<Option<Item>> {
    let id: Option<i64> = match reference {
        ItemReference::Guid(guid) => db.prepare_cached(BY_GUID)?.query_row([guid], |row| row.get(0)).optional()?,
        ItemReference::Address(address) => {
            let key = key_text(address);
            let mut papers = db.prepare_cached(PAPERS)?;
            let papers: Vec<String> = papers.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            let mut by_key = db.prepare_cached(BY_KEY)?;
            let mut found = None;
            for paper in papers {
                found = found.or(by_key.query_row([&paper, &key], |row| row.get(0)).optional()?);
            }
            found
        }
    };
    Ok(id.map(|id| item::load(db, ItemId(id))).transpose()?.flatten())
}

/// Takes an item out of the feeds for good; it stays in the history.
pub(super) fn withdraw(
    db: &Connection,
    reference: &ItemReference,
    now: DateTime<Utc>,
) -> row::Result<Option<TakenBack>> {
    let Some(item) = named(db, reference)? else { return Ok(None) };
    let taken = TakenBack { guid: item.guid.clone(), paper: item.paper.clone() };
    db.prepare_cached(TAKE_BACK)?.execute(params![item.id.0, Moment(now)])?;
    let mut session = Session::begin(db, now);
    session.withdraw(item)?;
    session.end()?;
    Ok(Some(taken))
}

/// Erases an item: nothing is left of it but its tombstone.
pub(super) fn erase(db: &Connection, reference: &ItemReference, now: DateTime<Utc>) -> row::Result<Option<TakenBack>> {
    let Some(item) = named(db, reference)? else { return Ok(None) };
    let mut session = Session::begin(db, now);
    erase_item(&mut session, db, &item, now)?;
    session.end()?;
    Ok(Some(TakenBack { guid: item.guid, paper: item.paper }))
}

/// Erases an item within a commit.
pub(super) fn erase_item(
    session: &mut Session<'_>,
    db: &Connection,
    item: &Item,
    now: DateTime<Utc>,
) -> row::Result<()> {
    scrub::overwrite(db, "on")?;
    session.tell_of_erasure(item)?;
    everywhere(db, item, now)?;
    schema::put_scrub(db, true)
}

/// Every place that holds something of an item. Tables that refer to `item` lose their rows with it: keys, sightings,
/// categories, aliases, revisions, absences; the index does by a trigger, kept documents with the next round of publishing.
fn everywhere(db: &Connection, item: &Item, now: DateTime<Utc>) -> row::Result<()> {
    let row = params![item.guid, item.paper.as_str(), Moment(now)];
    db.prepare_cached(ADD)?.execute(row)?;
    db.prepare_cached(ADD_ALIASES)?.execute(params![item.id.0, item.paper.as_str(), Moment(now)])?;
    for key in key::of_item(db, item.id)?.iter().filter(|key| counts(key)) {
        db.prepare_cached(ADD_KEY)?.execute(params![digest(&item.paper, key), item.guid])?;
    }
    for shown in sighting::of_item(db, item.id)? {
        let mut memory = source::memory(db, &shown.by)?;
        let before = memory.known.len();
        memory.known.retain(|(address, title)| address != item.permalink.as_str() && *title != item.title);
        if memory.known.len() < before {
            source::put_memory(db, &shown.by, &memory)?;
        }
    }
    // a document that names it is read anew from its origin, where it is needed
    body::forget_containing(db, &item.paper, std::slice::from_ref(item.permalink.url()))?;
    archive::clear_of(db, item.id)?;
    db.prepare_cached(REMOVE)?.execute([item.id.0])?;
    if db.query_row(SAMPLES, [], |row| row.get(0))? {
        db.execute("delete from sqlite_stat4", [])?;
    }
    Ok(())
}

/// Whether what has these keys was erased.
pub(super) fn is_erased(db: &Connection, paper: &PaperId, keys: &[String]) -> row::Result<bool> {
    if !db.prepare_cached(ANY)?.query_row([], |row| row.get::<_, bool>(0))? {
        return Ok(false);
    }
    let mut find = db.prepare_cached(IS_ERASED)?;
    for key in keys.iter().filter(|key| counts(key)) {
        if find.query_row([digest(paper, key)], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a source's memory is without articles that were erased.
pub(super) fn without<'a>(memory: &'a Memory, erased: &[Unique<'_>]) -> Cow<'a, Memory> {
    if erased.is_empty() {
        return Cow::Borrowed(memory);
    }
    let mut memory = memory.clone();
    let is = |draft: &Draft, address: &str, title: &str| draft.permalink.as_str() == address || draft.title == title;
    memory.known.retain(|(address, title)| !erased.iter().any(|unique| is(&unique.draft, address, title)));
    Cow::Owned(memory)
}

/// Whether the operator took an item back: no list brings it back.
pub(super) fn is_taken_back(db: &Connection, item: ItemId) -> row::Result<bool> {
    Ok(db.prepare_cached(IS_TAKEN_BACK)?.query_row([item.0], |row| row.get(0))?)
}

/// A title on a day may be another article's.
fn counts(key: &str) -> bool {
    !key.starts_with("t:")
}

fn digest(paper: &PaperId, key: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(paper.as_str());
    hash.update(b"\n");
    hash.update(key);
    hash.finalize()[..DIGEST].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_tell_papers_and_keys_apart_and_hide_both() {
        let paper = |id: &str| PaperId::new(id).expect("a slug");
        let one = digest(&paper("bao"), "p:bao.vn/tin");
        assert_ne!(one, digest(&paper("bao-khac"), "p:bao.vn/tin"));
        assert_ne!(one, digest(&paper("bao"), "p:bao.vn/tin-2"));
        assert_eq!(one.len(), DIGEST);
    }
}
