//! The tables `shown`, `absence` and `absence_day`: articles that their list has lost while older neighbors stand.
//!
//! An article that new ones pushed off the end of its list is not absent: what stood right behind it must stand still. Where
//! many are lost at once the list was made otherwise, and nothing is said of its articles.

use super::item::READY;
use super::row::{self, Moment};
use crate::model::{ItemId, SourceId};
use crate::store::{ASKED_A_DAY, ASKED_APART, AbsenceAnswer, AbsentItem, MOST_ASKED, StoreError};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{HashMap, HashSet};
use url::Url;

/// Longer lists (sitemaps) are not compared.
const LONGEST: usize = 1_000;
/// So many that stood right behind an article are looked at,
const NEIGHBORS: usize = 3;
/// and so many of them must stand still; one that is pinned there would prove nothing.
const STANDING: usize = 2;
/// One is enough where nothing new came, which could have pushed anything off.
const STANDING_WITHOUT_NEWS: usize = 1;
/// A loss of more than one entry in so many is a list made otherwise.
const PART: usize = 5;

const SHOWN: &str = "select items from shown where source = ?1";

const PUT_SHOWN: &str =
    "insert into shown (source, items) values (?1, ?2) on conflict (source) do update set items = excluded.items";

const SHOWN_ELSEWHERE: &str = "select shown.items from sighting join shown on shown.source = sighting.source \
    where sighting.item_id = ?1 and sighting.source <> ?2";

const DATE: &str = "select published from item where id = ?1 and standing = 2";

const NOTE: &str = "insert or ignore into absence (item_id, source, since, next_at) values (?1, ?2, ?3, ?3)";

const ANY: &str = "select exists (select 1 from absence)";

const DROP: &str = "delete from absence where item_id = ?1";

const DUE: &str = "select item_id, absence.source, permalink, attempts, standing from absence \
    join item on item.id = item_id where next_at <= ?1 order by next_at, item_id limit ?2";

const FIND: &str = "select gone, attempts, next_at, permalink from absence join item on item.id = item_id \
    where item_id = ?1";

const PUT: &str = "update absence set gone = ?2, attempts = ?3, next_at = ?4 where item_id = ?1";

const ASKED: &str = "select asked from absence_day where host = ?1 and day = ?2";

const COUNT: &str = "insert into absence_day (host, day, asked) values (?1, ?2, 1) on conflict (host) do update \
    set asked = case when day = excluded.day then asked + 1 else 1 end, day = excluded.day";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[SHOWN, SHOWN_ELSEWHERE, DATE, DROP, DUE, FIND];

/// Notes what a list shows now, read whole, in its order; gives back how many of its items are absent since.
pub(super) fn note(db: &Connection, source: &SourceId, shown: &[ItemId], now: DateTime<Utc>) -> row::Result<u32> {
    if shown.len() > LONGEST {
        db.prepare_cached(PUT_SHOWN)?.execute(params![source.as_str(), Vec::new()])?;
        return Ok(0);
    }
    let kept: Option<Vec<u8>> = db.prepare_cached(SHOWN)?.query_row([source.as_str()], |row| row.get(0)).optional()?;
    let before = numbers(&kept.unwrap_or_default());
    if before == shown {
        return Ok(0);
    }
    let bytes: Vec<u8> = shown.iter().flat_map(|id| id.0.to_le_bytes()).collect();
    db.prepare_cached(PUT_SHOWN)?.execute(params![source.as_str(), bytes])?;
    let mut noted = 0;
    for lost in lost(&before, shown) {
        if is_absent(db, source, &lost, now)? {
            noted +=
                u32::from(db.prepare_cached(NOTE)?.execute(params![lost.item.0, source.as_str(), Moment(now)])? > 0);
        }
    }
    Ok(noted)
}

/// An item that a list showed before, and the neighbors behind it that it shows still.
#[derive(Debug, PartialEq, Eq)]
struct Lost {
    item: ItemId,
    neighbors: Vec<ItemId>,
    needed: usize,
}

/// What a list has lost from among what it shows still. Pure.
fn lost(before: &[ItemId], shown: &[ItemId]) -> Vec<Lost> {
    // a list that was cut or made anew says nothing of what it leaves out
    if shown.is_empty() || shown.len() * 2 < before.len() {
        return Vec::new();
    }
    let (known, stands): (HashSet<_>, HashSet<_>) = (before.iter().collect(), shown.iter().collect());
    let has_news = shown.iter().any(|id| !known.contains(id));
    let needed = if has_news { STANDING } else { STANDING_WITHOUT_NEWS };
    let mut lost = Vec::new();
    for (at, item) in before.iter().enumerate().filter(|(_, id)| !stands.contains(id)) {
        let behind = before[at + 1..].iter().take(NEIGHBORS);
        let neighbors: Vec<ItemId> = behind.filter(|id| stands.contains(id)).copied().collect();
        if neighbors.len() >= needed {
            lost.push(Lost { item: *item, neighbors, needed });
        }
    }
    if lost.len() > (before.len() / PART).max(1) { Vec::new() } else { lost }
}

/// Whether the neighbors are older, and no other list shows the item.
fn is_absent(db: &Connection, source: &SourceId, lost: &Lost, now: DateTime<Utc>) -> row::Result<bool> {
    let date = |id: ItemId| -> row::Result<Option<DateTime<Utc>>> {
        Ok(db.prepare_cached(DATE)?.query_row([id.0], |row| row.get::<_, Moment>(0)).optional()?.map(|at| at.0))
    };
    let Some(published) = date(lost.item)?.filter(|at| *at <= now) else { return Ok(false) };
    let mut older = 0;
    for neighbor in &lost.neighbors {
        older += usize::from(date(*neighbor)?.is_some_and(|at| at <= published));
    }
    if older < lost.needed {
        return Ok(false);
    }
    let mut statement = db.prepare_cached(SHOWN_ELSEWHERE)?;
    let mut rows = statement.query(params![lost.item.0, source.as_str()])?;
    while let Some(row) = rows.next()? {
        if numbers(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?).contains(&lost.item) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is shown is not absent.
pub(super) fn drop_shown(db: &Connection, shown: &[ItemId]) -> row::Result<()> {
    if db.prepare_cached(ANY)?.query_row([], |row| row.get(0))? {
        let mut drop = db.prepare_cached(DROP)?;
        for id in shown {
            drop.execute([id.0])?;
        }
    }
    Ok(())
}

/// Absent items whose page may be asked for now: no more of one host than it is asked for in a day.
pub(super) fn due(db: &Connection, now: DateTime<Utc>, limit: u32) -> row::Result<Vec<AbsentItem>> {
    let mut statement = db.prepare_cached(DUE)?;
    let mut rows = statement.query(params![Moment(now), limit])?;
    let mut left: HashMap<String, u32> = HashMap::new();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let url = url(&row.get::<_, String>(2)?)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if !left.contains_key(&host) {
            let asked = db.prepare_cached(ASKED)?.query_row(params![host, day(now)], |row| row.get(0)).optional()?;
            left.insert(host.clone(), ASKED_A_DAY.saturating_sub(asked.unwrap_or(0)));
        }
        let left = left.entry(host).or_default();
        if *left > 0 && row.get::<_, i64>(4)? == READY {
            *left -= 1;
            found.push(AbsentItem {
                item: ItemId(row.get(0)?),
                source: row::id("absence", row.get(1)?)?,
                url,
                attempts: row.get(3)?,
            });
        }
    }
    Ok(found)
}

/// Takes in what an absent item's page answered; says whether the item is proven gone.
pub(super) fn settle(db: &Connection, item: ItemId, answer: AbsenceAnswer, now: DateTime<Utc>) -> row::Result<bool> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?, row.get::<_, Moment>(2)?.0, row.get::<_, String>(3)?))
    };
    let found = db.prepare_cached(FIND)?.query_row([item.0], read).optional()?;
    // told again, or shown again meanwhile
    let Some((gone, attempts, _, permalink)) = found.filter(|(_, _, next_at, _)| *next_at <= now) else {
        return Ok(false);
    };
    let put = |gone: u32, attempts: u32, next_at: DateTime<Utc>| -> row::Result<()> {
        db.prepare_cached(PUT)?.execute(params![item.0, gone, attempts, Moment(next_at)])?;
        Ok(())
    };
    if !matches!(answer, AbsenceAnswer::Postponed { .. }) {
        let host = url(&permalink)?.host_str().unwrap_or_default().to_owned();
        db.prepare_cached(COUNT)?.execute(params![host, day(now)])?;
    }
    match answer {
        AbsenceAnswer::Gone if gone == 0 => put(1, 0, now + ASKED_APART)?,
        AbsenceAnswer::Unclear { retry_at } if attempts + 1 < MOST_ASKED => put(gone, attempts + 1, retry_at.max(now))?,
        AbsenceAnswer::Postponed { until } => put(gone, attempts, until.max(now))?,
        AbsenceAnswer::Gone | AbsenceAnswer::Stands | AbsenceAnswer::Unclear { .. } => {
            db.prepare_cached(DROP)?.execute([item.0])?;
        }
    }
    Ok(answer == AbsenceAnswer::Gone && gone > 0)
}

fn numbers(bytes: &[u8]) -> Vec<ItemId> {
    bytes.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok().map(i64::from_le_bytes)).map(ItemId).collect()
}

fn day(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(86_400)
}

fn url(text: &str) -> row::Result<Url> {
    Ok(Url::parse(text).map_err(|error| StoreError::Corrupt { table: "item", why: error.to_string() })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost_of(before: &[i64], shown: &[i64]) -> Vec<i64> {
        let ids = |list: &[i64]| list.iter().copied().map(ItemId).collect::<Vec<_>>();
        lost(&ids(before), &ids(shown)).into_iter().map(|lost| lost.item.0).collect()
    }

    #[test]
    fn what_new_entries_pushed_off_the_end_is_not_lost() {
        assert_eq!(lost_of(&[9, 8, 7, 6, 5, 4], &[12, 11, 10, 9, 8, 7]), [] as [i64; 0]);
        // an entry that is pinned to the end
        assert_eq!(lost_of(&[9, 8, 7, 6, 5, 1], &[11, 10, 9, 8, 7, 1]), [] as [i64; 0]);
    }

    #[test]
    fn what_is_gone_from_among_its_neighbors_is_lost() {
        assert_eq!(lost_of(&[9, 8, 7, 6, 5, 4], &[9, 8, 6, 5, 4]), [7]);
        assert_eq!(lost_of(&[9, 8, 7, 6, 5, 4], &[10, 9, 8, 6, 5, 4]), [7]);
        assert_eq!(lost_of(&[9, 8, 7], &[9, 7]), [8], "nothing came, so nothing was pushed off");
        assert_eq!(lost_of(&[9, 8, 7], &[9, 8]), [] as [i64; 0], "the last has no older neighbor");
    }

    #[test]
    fn many_at_once_are_a_list_made_otherwise() {
        assert_eq!(lost_of(&[9, 8, 7, 6, 5, 4, 3, 2, 1, 0], &[9, 7, 5, 3, 2, 1, 0]), [] as [i64; 0]);
        assert_eq!(lost_of(&[9, 8, 7, 6, 5, 4], &[5, 4]), [] as [i64; 0]);
        assert_eq!(lost_of(&[9, 8, 7, 6, 5, 4], &[]), [] as [i64; 0]);
    }
}
