//! The table `search`: the words of Ready items, folded. It is kept in the transactions that change the items.
//!
//! Ranking reads the texts of the newest hits (of those in titles, and of all), so that a word that stands everywhere costs
//! no more than a rare one.

use super::row::{self, Moment};
use super::{category, item};
use crate::model::{Item, ItemId, PaperId, SafeHtml, Standing};
use crate::store::StoreError;
use crate::store::search::{Hit, Query, Rank, SearchRequest, Term, index_text, rank, snippet};
use crate::text::plain_text;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

/// The newest items with all words in their title, and the newest with all words anywhere, that are ranked.
const RANKED: u32 = 150;
/// Where so many of the recent items, or as many as are asked for, have everything, older ones are not looked at: words that
/// stand everywhere and are rare together would have every item looked at.
const ENOUGH: usize = 60;
/// So many of the newest are recent.
const RECENT: i64 = 1 << 18;
/// Of what stands in very many items, titles of so many of the newest are looked at.
const LATEST: i64 = 20_000;
/// Hits of one answer.
const MOST_HITS: u32 = 200;
/// How rare a word is, is told from so many of the newest items.
const SAMPLE: i64 = 4_096;
/// Beginnings up to this length have an index of their own (`prefix` of the table); longer ones are looked up word by word.
const INDEXED_BEGINNING: usize = 3;
/// Words that one beginning may go on to.
const MOST_WORDS: usize = 64;

const EVERYWHERE: &str = "title summary content";

const ADD: &str = "insert into search (rowid, title, summary, content, paper) values (?1, ?2, ?3, ?4, ?5)";

const REMOVE: &str = "delete from search where rowid = ?1";

const FIND: &str = "select rowid from search where search match ?1 and rowid > ?3 order by rowid desc limit ?2";

const COUNT: &str = "select count(*) from search where search match ?1 and rowid > ?2";

/// The first word from there on; one row is one place where it stands.
const WORD: &str = "select term from search_word where term >= ?1 limit 1";

const NEWEST: &str = "select coalesce(max(id), 0) from item";

const TEXT: &str = "select paper, guid, permalink, title, published, summary, content from item \
    where id = ?1 and standing = 2";

const READY: &str = "select id, paper, title, summary, content from item where standing = 2 order by id";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[TEXT];

/// Adds an item that readers see now, and was not in the index.
pub(super) fn add(db: &Connection, item: &Item) -> row::Result<()> {
    put(db, item.id, &item.paper, &item.title, item.summary.as_deref(), item.content.as_ref().map(SafeHtml::as_str))
}

/// Brings the index up to an item that was changed.
pub(super) fn renew(db: &Connection, before: &Item, item: &Item) -> row::Result<()> {
    let is_same = before.title == item.title && before.summary == item.summary && before.content == item.content;
    if is_same && before.standing == item.standing {
        return Ok(());
    }
    db.prepare_cached(REMOVE)?.execute([item.id.0])?;
    if item.standing == Standing::Ready { add(db, item) } else { Ok(()) }
}

fn put(
    db: &Connection,
    id: ItemId,
    paper: &PaperId,
    title: &str,
    summary: Option<&str>,
    content: Option<&str>,
) -> row::Result<()> {
    let content = content.map(|content| index_text(&plain_text(content)));
    let row = params![id.0, index_text(title), summary.map(index_text), content, paper.as_str()];
    db.prepare_cached(ADD)?.execute(row)?;
    Ok(())
}

/// What is found, the best first.
pub(super) fn find(db: &Connection, request: &SearchRequest) -> row::Result<Vec<Hit>> {
    let query = Query::read(&request.text);
    let limit = request.limit.min(MOST_HITS) as usize;
    if query.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let paper = request.paper.as_ref();
    let whole = query.of_whole_words();
    let mut ids = candidates(db, &whole, paper, limit)?;
    if query.is_begun() && ids.len() < limit {
        ids.extend(candidates(db, &query, paper, limit)?);
    }
    ids.sort_unstable();
    ids.dedup();
    let rarity = rarity(db, &whole)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(Found::load(db, &query, &rarity, id)?);
    }
    found.sort_by(|a, b| {
        b.rank.partial_cmp(&a.rank).unwrap_or(std::cmp::Ordering::Equal).then(b.published.cmp(&a.published))
    });
    found.truncate(limit);
    found.into_iter().map(|found| found.hit(db, &query)).collect()
}

/// Whole items that have every word whole, the newest first, of those seen last.
pub(super) fn items(db: &Connection, request: &SearchRequest) -> row::Result<Vec<Item>> {
    // nothing is still being typed: a feed means the same at every poll
    let query = Query::read(&format!("{} ", request.text)).of_whole_words();
    let limit = request.limit.min(MOST_HITS);
    if query.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let expression = expression(db, &query, EVERYWHERE, request.paper.as_ref())?;
    let mut find = db.prepare_cached(FIND)?;
    let ids = find.query_map(params![expression, limit, 0], |row| row.get(0))?;
    let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(mut item) = item::load(db, ItemId(id))? else { continue };
        if item.standing == Standing::Ready {
            item.categories = category::of_item(db, item.id)?;
            found.push(item);
        }
    }
    found.sort_by_key(|item| std::cmp::Reverse((item.published.at, item.id)));
    Ok(found)
}

/// The newest items that have everything, and where those are many, also the newest of the latest ones that have it all in
/// their title.
fn candidates(db: &Connection, query: &Query, paper: Option<&PaperId>, limit: usize) -> row::Result<Vec<i64>> {
    let mut find = db.prepare_cached(FIND)?;
    let mut matching = |columns: &str, behind: i64| -> row::Result<Vec<i64>> {
        let expression = expression(db, query, columns, paper)?;
        let found = find.query_map(params![expression, RANKED, behind], |row| row.get(0))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    };
    let newest: i64 = db.prepare_cached(NEWEST)?.query_row([], |row| row.get(0))?;
    let mut ids = matching(EVERYWHERE, newest - RECENT)?;
    if ids.len() < ENOUGH.max(limit) && newest > RECENT {
        ids = matching(EVERYWHERE, 0)?;
    }
    if ids.len() == RANKED as usize {
        ids.extend(matching("title", newest - LATEST)?);
    }
    Ok(ids)
}

/// A query in the words of FTS5. Terms are letters, digits and spaces, each within quotes: nothing in them is syntax.
fn expression(db: &Connection, query: &Query, columns: &str, paper: Option<&PaperId>) -> row::Result<String> {
    let mut terms = Vec::with_capacity(query.terms.len());
    for term in &query.terms {
        terms.push(match (term.is_begun(), term.last().chars().count() <= INDEXED_BEGINNING) {
            (false, _) => format!("\"{}\"", term.folded()),
            (true, true) => format!("\"{}\" *", term.folded()),
            (true, false) => begun(db, term)?,
        });
    }
    let all = format!("{{{columns}}} : ({})", terms.join(" AND "));
    Ok(match paper {
        Some(paper) => format!("paper : \"{paper}\" AND ({all})"),
        None => all,
    })
}

/// A term whose last word goes on: one of the words that begin so. FTS5 would gather all places of all of them first.
fn begun(db: &Connection, term: &Term) -> row::Result<String> {
    let (start, beginning) = (term.start(), term.last());
    let mut find = db.prepare_cached(WORD)?;
    let mut words = Vec::new();
    let mut from = beginning.to_owned();
    while words.len() < MOST_WORDS {
        let word: Option<String> = find.query_row([&from], |row| row.get(0)).optional()?;
        let Some(word) = word.filter(|word| word.starts_with(beginning)) else { break };
        from = format!("{word}\u{1}");
        // a paper's id is no word of its items
        if word.chars().all(char::is_alphanumeric) {
            words.push(format!("\"{start}{word}\""));
        }
    }
    Ok(if words.is_empty() { format!("\"{}\"", term.folded()) } else { format!("({})", words.join(" OR ")) })
}

/// How telling each term is (the inverse document frequency of BM25), by the newest items.
fn rarity(db: &Connection, query: &Query) -> row::Result<Vec<f64>> {
    if query.terms.len() == 1 {
        return Ok(vec![1.0]);
    }
    let newest: i64 = db.prepare_cached(NEWEST)?.query_row([], |row| row.get(0))?;
    let mut count = db.prepare_cached(COUNT)?;
    let mut rarity = Vec::new();
    for term in &query.terms {
        let alone = Query { terms: vec![term.clone()] };
        let row = params![expression(db, &alone, EVERYWHERE, None)?, newest - SAMPLE];
        let with: i64 = count.query_row(row, |row| row.get(0))?;
        #[allow(clippy::cast_precision_loss, reason = "a sample has thousands of items")]
        let (all, with) = (newest.min(SAMPLE) as f64, with as f64);
        rarity.push((1.0 + (all - with).max(0.0) / (with + 0.5)).ln().max(0.05));
    }
    Ok(rarity)
}

struct Found {
    id: ItemId,
    rank: Rank,
    paper: String,
    guid: String,
    url: String,
    title: String,
    published: DateTime<Utc>,
    summary: String,
    content: String,
}

impl Found {
    fn load(db: &Connection, query: &Query, rarity: &[f64], id: i64) -> row::Result<Option<Self>> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Self {
                id: ItemId(id),
                rank: Rank::default(),
                paper: row.get(0)?,
                guid: row.get(1)?,
                url: row.get(2)?,
                title: row.get(3)?,
                published: row.get::<_, Moment>(4)?.0,
                summary: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
                content: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
            })
        };
        let Some(mut found) = db.prepare_cached(TEXT)?.query_row([id], read).optional()? else { return Ok(None) };
        found.content = plain_text(&found.content);
        let Some(rank) = rank(query, [&found.title, &found.summary, &found.content], rarity) else { return Ok(None) };
        found.rank = rank;
        Ok(Some(found))
    }

    fn hit(self, db: &Connection, query: &Query) -> row::Result<Hit> {
        let url =
            Url::parse(&self.url).map_err(|error| StoreError::Corrupt { table: "item", why: error.to_string() })?;
        let snippet = snippet(query, &[&self.summary, &self.content, &self.title]);
        let categories = category::of_item(db, self.id)?;
        let Self { guid, title, published, .. } = self;
        Ok(Hit { paper: row::id("item", self.paper)?, guid, url, title, published, categories, snippet })
    }
}

/// Makes the index anew out of the items: whatever was damaged in it goes with it.
pub(super) fn make_anew(db: &Connection) -> row::Result<()> {
    let sql: String = db.query_row("select sql from sqlite_schema where name = 'search'", [], |row| row.get(0))?;
    db.execute_batch("drop table search")?;
    db.execute_batch(&sql)?;
    fill(db)
}

/// Adds all Ready items to an empty index.
pub(super) fn fill(db: &Connection) -> row::Result<()> {
    let mut statement = db.prepare(READY)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let paper: PaperId = row::id("item", row.get(1)?)?;
        let (title, summary, content): (String, Option<String>, Option<String>) =
            (row.get(2)?, row.get(3)?, row.get(4)?);
        put(db, ItemId(row.get(0)?), &paper, &title, summary.as_deref(), content.as_deref())?;
    }
    Ok(())
}

/// Whether the index is sound.
#[cfg(test)]
pub(super) fn is_sound(db: &Connection) -> row::Result<bool> {
    match db.execute_batch("insert into search (search) values ('integrity-check')") {
        Ok(()) => Ok(true),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// One step towards an index that holds nothing of what left it; says whether it was the last.
pub(super) fn merge(db: &Connection, is_first: bool) -> row::Result<bool> {
    const PAGES: i64 = 256;
    const MERGE: &str = "insert into search (search, rank) values ('merge', ?1)";
    let before = db.total_changes();
    db.prepare_cached(MERGE)?.execute([if is_first { -PAGES } else { PAGES }])?;
    Ok(db.total_changes() - before < 2)
}
