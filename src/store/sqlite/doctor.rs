//! What is wrong with a live database: pages, guids, keys, what is repeated beside the items, dates, and the guids of a
//! backup, which must all still be there. Reads alone.

use super::connection::at_rest;
use super::row::{self, Moment};
use super::schema;
use crate::model::Watcher;
use chrono::{DateTime, Duration, Utc};
use rusqlite::Connection;
use std::path::Path;

/// Examples that a finding names.
const EXAMPLES: usize = 5;
/// Newspapers were not on the Web before; nor does any date get ahead of us.
const FIRST_NEWS: &str = "1990-01-01T00:00:00Z";
/// Clocks differ.
const SLACK: Duration = Duration::hours(1);

/// What an examination came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    /// Items looked at, held and withdrawn ones among them.
    pub items: u64,
    /// Guids of the backup that were looked for; `None`: there was no backup to compare with.
    pub compared: Option<u64>,
    /// What was looked at, each with what is wrong.
    pub checks: Vec<Check>,
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What must hold, as a sentence.
    pub holds: &'static str,
    /// How often it does not.
    pub wrong: u64,
    /// Some places where it does not.
    pub examples: Vec<String>,
}

impl Examination {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|check| check.wrong == 0)
    }
}

/// What must hold, and a query for the places where it does not; `:now` and `:first` are moments.
const RULES: &[(&str, &str)] = &[
    (
        "every guid is a tag URI of its item's paper",
        "select guid from item where guid not like 'tag:%,____:' || paper || '/%' or length(guid) > 400",
    ),
    ("no guid is both an item's and an alias", "select guid from alias where guid in (select guid from item)"),
    ("nothing that was erased is an item again", "select guid from item where guid in (select guid from tombstone)"),
    (
        "every alias leads to an item of its own paper",
        "select a.guid from alias a left join item i on i.id = a.item_id where i.id is null or a.guid not like '%:' || i.paper || '/%'",
    ),
    (
        "every item can be recognized by some key",
        "select guid from item where not exists (select 1 from item_key k where k.item_id = item.id)",
    ),
    (
        "every key leads to an item of its own paper",
        "select k.key from item_key k left join item i on i.id = k.item_id where i.id is null or i.paper <> k.paper",
    ),
    (
        "every item's categories show it where and when it stands",
        "select i.guid from item_category c join item i on i.id = c.item_id where c.standing <> i.standing or c.published <> i.published",
    ),
    ("every published item has a title", "select guid from item where standing = 2 and trim(title) = ''"),
    (
        "no item waits for an article page that nobody will read",
        "select guid from item where standing = 0 and not exists (select 1 from article_read a where a.item_id = item.id)",
    ),
    (
        "no date is impossible",
        "select guid from item where published > :now or published < :first or first_seen > :now or changed_at > :now or updated > :now",
    ),
    (
        "no item was edited before it was published",
        "select guid from item where updated is not null and updated < published",
    ),
    (
        "every item stands on archive pages that there are",
        "select guid from item where archive is not null and archive not in (select id from archive) union all \
            select i.guid from item_category c join item i on i.id = c.item_id \
            where c.archive is not null and c.archive not in (select id from archive)",
    ),
    (
        "no two published items have one address",
        "select min(guid) || ' and ' || max(guid) from item where standing = 2 group by paper, permalink having count(*) > 1",
    ),
];

/// Guids of the backup that are nowhere any more, though the item is not old enough to have been removed.
const LOST: &str = "select b.guid from backup.item b where b.standing = 2 \
    and not exists (select 1 from main.item i where i.guid = b.guid) \
    and not exists (select 1 from main.alias a where a.guid = b.guid) \
    and not exists (select 1 from main.tombstone t where t.guid = b.guid) \
    and b.id >= (select coalesce(min(id), 0) from main.item)";

/// Articles of the backup that have another guid now.
const RENAMED: &str = "select b.guid || ' is now ' || i.guid from backup.item b \
    join backup.item_key bk on bk.item_id = b.id and bk.key like 'p:%' \
    join main.item_key k on k.paper = bk.paper and k.key = bk.key join main.item i on i.id = k.item_id \
    where b.standing = 2 and i.guid <> b.guid and not exists (select 1 from main.alias a where a.guid = b.guid) \
    and not exists (select 1 from main.item other where other.guid = b.guid)";

/// Published items of the backup whose date is another one.
const REDATED: &str = "select b.guid from backup.item b join main.item i on i.guid = b.guid \
    where b.standing = 2 and i.standing = 2 and i.published <> b.published";

/// Looks at everything; `backup` is compared where there is one.
pub(super) fn examine(
    db: &Connection,
    backup: Option<&Path>,
    now: DateTime<Utc>,
    watcher: &Watcher,
) -> row::Result<Examination> {
    let of = RULES.len() + 2 + usize::from(backup.is_some());
    watcher.step("checks", 0, of);
    let mut found = Examination {
        items: row::unsigned(db.query_row("select count(*) from item", [], |row| row.get(0))?),
        ..Examination::default()
    };
    found.checks.push(check(db, "every page of the database is sound", "pragma integrity_check(20)", now, |text| {
        text != "ok"
    })?);
    found.checks.push(check(
        db,
        "every row's references are there",
        "select \"table\" from pragma_foreign_key_check",
        now,
        |_| true,
    )?);
    for (number, (holds, query)) in RULES.iter().enumerate() {
        watcher.step("checks", number + 2, of);
        found.checks.push(check(db, holds, query, now, |_| true)?);
    }
    if let Some(path) = backup.and_then(Path::to_str) {
        watcher.step("checks", of - 1, of);
        db.execute("attach database ?1 as backup", [at_rest(path)])?;
        let compared = compare(db, now);
        db.execute("detach database backup", [])?;
        let (count, checks) = compared?;
        found.compared = Some(count);
        found.checks.extend(checks);
    }
    Ok(found)
}

fn compare(db: &Connection, now: DateTime<Utc>) -> row::Result<(u64, Vec<Check>)> {
    let version: u32 = db.query_row("pragma backup.user_version", [], |row| row.get(0))?;
    if version != schema::known() {
        return Ok((0, Vec::new()));
    }
    let count: i64 = db.query_row("select count(*) from backup.item where standing = 2", [], |row| row.get(0))?;
    let checks = vec![
        check(db, "every guid of the newest backup is still an item or an alias", LOST, now, |_| true)?,
        check(db, "no article of the newest backup has another guid now", RENAMED, now, |_| true)?,
        check(db, "no published item of the newest backup was re-dated", REDATED, now, |_| true)?,
    ];
    Ok((row::unsigned(count), checks))
}

fn check(
    db: &Connection,
    holds: &'static str,
    query: &str,
    now: DateTime<Utc>,
    is_wrong: impl Fn(&str) -> bool,
) -> row::Result<Check> {
    let mut statement = db.prepare(query)?;
    let first = FIRST_NEWS.parse().unwrap_or(DateTime::UNIX_EPOCH);
    for (name, moment) in [(":now", now + SLACK), (":first", first)] {
        if let Some(place) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(place, Moment(moment))?;
        }
    }
    let mut rows = statement.raw_query();
    let mut check = Check { holds, wrong: 0, examples: Vec::new() };
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        if is_wrong(&text) {
            check.wrong += 1;
            if check.examples.len() < EXAMPLES {
                check.examples.push(text);
            }
        }
    }
    Ok(check)
}
