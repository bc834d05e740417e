//! Retention: old items go, oldest first, but never the newest of a category, and never many on the word of one run.

use super::row::{self, Moment, unsigned};
use super::scrub;
use super::{category, schema};
use crate::model::{ItemId, PaperId, Revision};
use crate::store::Retention;
use chrono::{DateTime, Duration, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeSet, HashMap};

/// Items removed in one transaction, so that polls never wait long.
pub(super) const A_TURN: usize = 500;
/// One run removes no more than one item in so many, unless that stays true for [`A_DAY`].
const PART: u64 = 5;
const A_DAY: Duration = Duration::days(1);
/// What a source showed so lately would come back as a new item.
const SHOWN: Duration = Duration::days(7);

const COUNT: &str = "select count(*) from item";

const PAPERS: &str = "select id from paper union select distinct paper from category";

/// A walk along the index by date, a paper and a standing at a time.
const OLD: &str = "select id, published from item where paper = ?1 and standing = ?2 and published < ?3 \
    order by published, id";

const MAY_GO: &str = "select standing from item where id = ?1 and first_seen < ?2 \
    and not exists (select 1 from sighting where item_id = ?1 and last_seen >= ?3)";

pub(super) const NTH_OF_CATEGORY: &str = "select published, item_id from item_category where category_id = ?1 and standing = 2 \
    order by published desc, item_id desc limit 1 offset ?2";

pub(super) const NTH_OF_PAPER: &str = "select published, id from item where paper = ?1 and standing = 2 \
    order by published desc, id desc limit 1 offset ?2";

const REMOVE: &str = "delete from item where id = ?1";

const PAPER_OF: &str = "select paper from item where id = ?1";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[OLD, MAY_GO, NTH_OF_CATEGORY, NTH_OF_PAPER, REMOVE, PAPER_OF];

/// What a run may do.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// Items that go now, the oldest first.
    pub(super) going: Vec<ItemId>,
    /// Items that stay for now.
    pub(super) withheld: u64,
    /// Since when more than a fifth is to go; to be noted.
    pub(super) since: Option<DateTime<Utc>>,
    /// More than a fifth goes, since it stayed true for a day.
    pub(super) is_large: bool,
    /// What is above `max-size` though everything goes that may.
    pub(super) too_large_by_bytes: u64,
}

/// Decides what goes.
pub(super) fn sweep(db: &Connection, policy: &Retention, now: DateTime<Utc>) -> row::Result<Sweep> {
    let keep = Duration::from_std(policy.keep).ok();
    let limit_date = keep.and_then(|keep| now.checked_sub_signed(keep));
    let mut beyond = limit_date.map_or_else(|| Ok(Vec::new()), |limit| old(db, policy, limit, now, usize::MAX))?;
    let all = unsigned(db.query_row(COUNT, [], |row| row.get(0))?);
    let mut too_large_by_bytes = 0;
    if let Some(most) = policy.max_bytes {
        let used = scrub::used_bytes(db)?;
        let an_item = (used / all.max(1)).max(1);
        let excess = used.saturating_sub(most).div_ceil(an_item);
        let needed = usize::try_from(excess).unwrap_or(usize::MAX);
        if needed > beyond.len() {
            beyond = old(db, policy, now, now, needed)?;
            too_large_by_bytes = excess.saturating_sub(count(&beyond)) * an_item;
        }
    }
    let (wanted, fifth) = (count(&beyond), all / PART);
    let mut sweep = Sweep { too_large_by_bytes, ..Sweep::default() };
    let noted = schema::large_sweep(db)?;
    sweep.going = match noted {
        // more than a fifth was to go and some of it went: the rest waits for its day
        Some(since) if wanted > 0 && now - since < A_DAY => {
            (sweep.since, sweep.withheld) = (Some(since), wanted);
            Vec::new()
        }
        Some(_) if wanted > 0 => {
            sweep.is_large = true;
            beyond
        }
        None if wanted > fifth => {
            (sweep.since, sweep.withheld) = (Some(now), wanted - fifth);
            beyond.truncate(usize::try_from(fifth).unwrap_or(usize::MAX));
            beyond
        }
        _ => beyond,
    };
    Ok(sweep)
}

fn count(items: &[ItemId]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

/// Notes since when more than a fifth is to go.
pub(super) fn note(db: &Connection, since: Option<DateTime<Utc>>) -> row::Result<()> {
    if schema::large_sweep(db)? == since { Ok(()) } else { schema::put_large_sweep(db, since) }
}

/// Removes items; one that was shown again meanwhile stays. Gives back how many went.
pub(super) fn remove(db: &Connection, items: &[ItemId], now: DateTime<Utc>) -> row::Result<u64> {
    let (mut categories, mut papers, mut removed) = (BTreeSet::new(), BTreeSet::new(), 0);
    for item in items {
        let Some(standing) = may_go(db, *item, now, now)? else { continue };
        if standing == super::item::READY {
            categories.extend(category::numbers_of_item(db, *item)?);
            papers.insert(db.prepare_cached(PAPER_OF)?.query_row([item.0], |row| row.get::<_, String>(0))?);
        }
        db.prepare_cached(REMOVE)?.execute([item.0])?;
        removed += 1;
    }
    if !papers.is_empty() {
        let revision = Revision(schema::revision(db)?.0 + 1);
        for id in categories {
            category::touch(db, id, revision)?;
        }
        for paper in papers {
            category::touch_paper(db, &row::id("item", paper)?, revision)?;
        }
        schema::put_revision(db, revision)?;
    }
    Ok(removed)
}

/// How an item stands that may go: it is old enough, and no source showed it lately.
fn may_go(db: &Connection, item: ItemId, limit: DateTime<Utc>, now: DateTime<Utc>) -> row::Result<Option<i64>> {
    let row = params![item.0, Moment(limit), Moment(now - SHOWN)];
    Ok(db.prepare_cached(MAY_GO)?.query_row(row, |row| row.get(0)).optional()?)
}

/// A place in a channel: the date, then the number.
type Place = (i64, i64);

/// Items from before `limit` that may go, the oldest first, at most `most`.
fn old(
    db: &Connection,
    policy: &Retention,
    limit: DateTime<Utc>,
    now: DateTime<Utc>,
    most: usize,
) -> row::Result<Vec<ItemId>> {
    let mut least =
        Least { db, keep: i64::from(policy.keep_least), papers: HashMap::new(), categories: HashMap::new() };
    let mut papers = db.prepare_cached(PAPERS)?;
    let papers: Vec<String> = papers.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut statement = db.prepare_cached(OLD)?;
    let mut found: Vec<Place> = Vec::new();
    for paper in papers {
        let paper: PaperId = row::id("item", paper)?;
        for standing in [super::item::AWAITS, super::item::HELD, super::item::READY, super::item::WITHDRAWN] {
            let mut rows = statement.query(params![paper.as_str(), standing, Moment(limit)])?;
            let mut of_channel = 0;
            while of_channel < most
                && let Some(row) = rows.next()?
            {
                let (id, published) = (ItemId(row.get(0)?), row.get(1)?);
                let protected = standing == super::item::READY && least.protects(&paper, id, (published, id.0))?;
                if !protected && may_go(db, id, limit, now)?.is_some() {
                    found.push((published, id.0));
                    of_channel += 1;
                }
            }
        }
    }
    found.sort_unstable();
    found.truncate(most);
    Ok(found.into_iter().map(|(_, id)| ItemId(id)).collect())
}

/// The oldest places that stay, by channel; `None`: the channel has no more than stay.
struct Least<'a> {
    db: &'a Connection,
    keep: i64,
    papers: HashMap<PaperId, Option<Place>>,
    categories: HashMap<i64, Option<Place>>,
}

impl Least<'_> {
    fn protects(&mut self, paper: &PaperId, item: ItemId, place: Place) -> row::Result<bool> {
        if self.keep == 0 {
            return Ok(false);
        }
        if !self.papers.contains_key(paper) {
            let nth = self.nth(NTH_OF_PAPER, params![paper.as_str(), self.keep - 1])?;
            self.papers.insert(paper.clone(), nth);
        }
        let stays = |nth: Option<&Option<Place>>| nth.is_none_or(|nth| nth.is_none_or(|nth| place >= nth));
        if stays(self.papers.get(paper)) {
            return Ok(true);
        }
        for id in category::numbers_of_item(self.db, item)? {
            if let std::collections::hash_map::Entry::Vacant(entry) = self.categories.entry(id) {
                let keep = self.keep - 1;
                let row = self.db.prepare_cached(NTH_OF_CATEGORY)?.query_row([id, keep], place_of).optional()?;
                entry.insert(row);
            }
            if stays(self.categories.get(&id)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn nth(&self, query: &str, row: &[&dyn rusqlite::ToSql]) -> row::Result<Option<Place>> {
        Ok(self.db.prepare_cached(query)?.query_row(row, place_of).optional()?)
    }
}

fn place_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Place> {
    Ok((row.get(0)?, row.get(1)?))
}
