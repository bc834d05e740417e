//! The table `item`.

use super::row::{self, Moment, signed, unsigned};
use super::{category, sighting};
use crate::model::{Draft, HoldReason, Item, ItemId, PaperId, Permalink, Place, PubDate, Revision, SafeHtml, Standing};
use crate::store::dedup::folded_title;
use crate::store::statement::digest;
use rusqlite::{Connection, Row, named_params};
use url::Url;

pub(super) const AWAITS: i64 = 0;
pub(super) const HELD: i64 = 1;
pub(super) const READY: i64 = 2;
pub(super) const WITHDRAWN: i64 = 3;

const INSERT: &str = "insert into item (paper, guid, first_seen, revision, changed_at, standing, hold_reason, published, \
    published_precision, published_origin, updated, permalink, title, title_hash, fingerprint, summary, content, authors, \
    language, image, enclosures) values (:paper, :guid, :first_seen, :revision, :changed_at, :standing, :hold_reason, \
    :published, :published_precision, :published_origin, :updated, :permalink, :title, :title_hash, :fingerprint, :summary, \
    :content, :authors, :language, :image, :enclosures)";

const UPDATE: &str = "update item set revision = :revision, changed_at = :changed_at, standing = :standing, \
    hold_reason = :hold_reason, published = :published, published_precision = :published_precision, \
    published_origin = :published_origin, updated = :updated, permalink = :permalink, title = :title, \
    title_hash = :title_hash, fingerprint = coalesce(:fingerprint, fingerprint), summary = :summary, content = :content, \
    authors = :authors, language = :language, image = :image, enclosures = :enclosures where id = :id";

const LOAD: &str = "select * from item where id = ?1";

const IS_MINTED: &str = "select exists (select 1 from item where guid = ?1) or exists (select 1 from alias where guid = ?1) \
    or exists (select 1 from tombstone where guid = ?1)";

const OF_PAPER: &str = "select * from item where paper = ?1 and standing = 2 order by published desc, id desc limit ?2";

const OF_CATEGORY: &str = "select item.* from item_category join item on item.id = item_category.item_id \
    where category_id = (select id from category where paper = ?1 and slug = ?2) and item_category.standing = 2 \
    order by item_category.published desc, item_category.item_id desc limit ?3";

/// Statements whose plans are tested: none walks a whole table.
#[cfg(test)]
pub(super) const PLANNED: &[&str] = &[LOAD, IS_MINTED, OF_PAPER, OF_CATEGORY];

/// Ready items of a place, newest first.
pub(super) fn of_place(db: &Connection, place: &Place, limit: u32) -> row::Result<Vec<Item>> {
    let (paper, limit) = (place.paper.as_str(), i64::from(limit));
    let mut items = match &place.category {
        Some(slug) => collect(db, OF_CATEGORY, rusqlite::params![paper, slug.as_str(), limit])?,
        None => collect(db, OF_PAPER, rusqlite::params![paper, limit])?,
    };
    for item in &mut items {
        item.categories = category::of_item(db, item.id)?;
    }
    Ok(items)
}

/// An item without its categories.
pub(super) fn load(db: &Connection, id: ItemId) -> row::Result<Option<Item>> {
    let mut statement = db.prepare_cached(LOAD)?;
    let mut rows = statement.query([id.0])?;
    rows.next()?.map(read).transpose()
}

/// Adds an item (its `id` is not looked at): its number.
pub(super) fn insert(db: &Connection, item: &Item, fingerprint: u64) -> row::Result<ItemId> {
    let facts = Facts::of(item, Some(fingerprint))?;
    db.prepare_cached(INSERT)?.execute(named_params! {
        ":paper": item.paper.as_str(), ":guid": item.guid, ":first_seen": Moment(item.first_seen),
        ":revision": facts.revision, ":changed_at": Moment(item.changed_at), ":standing": facts.standing,
        ":hold_reason": facts.hold_reason, ":published": Moment(item.published.at),
        ":published_precision": facts.precision, ":published_origin": facts.origin, ":updated": item.updated.map(Moment),
        ":permalink": item.permalink.as_str(), ":title": item.title, ":title_hash": facts.title_hash,
        ":fingerprint": facts.fingerprint, ":summary": item.summary, ":content": facts.content, ":authors": facts.authors,
        ":language": item.language, ":image": facts.image, ":enclosures": facts.enclosures,
    })?;
    Ok(ItemId(db.last_insert_rowid()))
}

/// Writes an item's facts; standing and date also where they are repeated. Without a fingerprint the kept one stays.
pub(super) fn update(db: &Connection, item: &Item, fingerprint: Option<u64>) -> row::Result<()> {
    let facts = Facts::of(item, fingerprint)?;
    db.prepare_cached(UPDATE)?.execute(named_params! {
        ":id": item.id.0, ":revision": facts.revision, ":changed_at": Moment(item.changed_at),
        ":standing": facts.standing, ":hold_reason": facts.hold_reason, ":published": Moment(item.published.at),
        ":published_precision": facts.precision, ":published_origin": facts.origin, ":updated": item.updated.map(Moment),
        ":permalink": item.permalink.as_str(), ":title": item.title, ":title_hash": facts.title_hash,
        ":fingerprint": facts.fingerprint, ":summary": item.summary, ":content": facts.content, ":authors": facts.authors,
        ":language": item.language, ":image": facts.image, ":enclosures": facts.enclosures,
    })?;
    category::repeat(db, item.id, facts.standing, item.published.at)?;
    sighting::repeat(db, item.id, facts.standing)
}

/// Whether a guid is some item's, or was.
pub(super) fn is_minted(db: &Connection, guid: &str) -> row::Result<bool> {
    Ok(db.prepare_cached(IS_MINTED)?.query_row([guid], |row| row.get(0))?)
}

/// The number by which titles are found again, whatever their case, marks and punctuation.
pub(super) fn title_hash(title: &str) -> i64 {
    digest(&[folded_title(title).as_bytes()]).cast_signed()
}

pub(super) fn standing(code: i64, hold_reason: Option<&str>) -> row::Result<Standing> {
    Ok(match code {
        AWAITS => Standing::AwaitsArticle { failing_since: None },
        HELD => Standing::Held { why: row::from_word("item", hold_reason.unwrap_or_default())? },
        READY => Standing::Ready,
        WITHDRAWN => Standing::Withdrawn,
        other => return Err(row::corrupt("item", &format!("no standing has the number {other}"))),
    })
}

/// An item that a draft makes, standing as told; its categories are added apart.
pub(super) fn made_of(draft: &Draft, guid: String, standing: Standing, seen: chrono::DateTime<chrono::Utc>) -> Item {
    let first_seen =
        PubDate { at: seen, precision: crate::model::Precision::Second, origin: crate::model::DateOrigin::FirstSeen };
    let published = draft.published.unwrap_or(first_seen);
    Item {
        id: ItemId(0),
        paper: draft.paper.clone(),
        guid,
        first_seen: seen,
        revision: Revision(0),
        changed_at: seen,
        standing,
        permalink: draft.permalink.clone(),
        title: draft.title.clone(),
        summary: draft.summary.clone(),
        content: draft.content.clone(),
        categories: Vec::new(),
        authors: draft.authors.clone(),
        language: draft.language.clone(),
        image: draft.image.clone(),
        enclosures: draft.enclosures.clone(),
        published,
        updated: draft.updated.filter(|at| *at > published.at),
    }
}

/// Facts in the form of their columns.
struct Facts<'a> {
    revision: i64,
    standing: i64,
    hold_reason: Option<String>,
    precision: String,
    origin: String,
    title_hash: i64,
    fingerprint: Option<i64>,
    content: Option<&'a str>,
    authors: String,
    image: Option<String>,
    enclosures: String,
}

impl<'a> Facts<'a> {
    fn of(item: &'a Item, fingerprint: Option<u64>) -> row::Result<Self> {
        let (standing, hold_reason): (i64, Option<&HoldReason>) = match &item.standing {
            Standing::AwaitsArticle { .. } => (AWAITS, None),
            Standing::Held { why } => (HELD, Some(why)),
            Standing::Ready => (READY, None),
            Standing::Withdrawn => (WITHDRAWN, None),
        };
        Ok(Self {
            revision: signed(item.revision.0),
            standing,
            hold_reason: hold_reason.map(row::word).transpose()?,
            precision: row::word(&item.published.precision)?,
            origin: row::word(&item.published.origin)?,
            title_hash: title_hash(&item.title),
            fingerprint: fingerprint.map(u64::cast_signed),
            content: item.content.as_ref().map(SafeHtml::as_str),
            authors: row::json(&item.authors)?,
            image: item.image.as_ref().map(row::json).transpose()?,
            enclosures: row::json(&item.enclosures)?,
        })
    }
}

fn collect(db: &Connection, query: &str, parameters: impl rusqlite::Params) -> row::Result<Vec<Item>> {
    let mut statement = db.prepare_cached(query)?;
    let mut rows = statement.query(parameters)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(read(row)?);
    }
    Ok(items)
}

/// The columns in their order; looked for by name they would cost as much as the rest.
fn read(row: &Row<'_>) -> row::Result<Item> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let id = ItemId(row.get(0)?);
    let hold_reason: Option<String> = row.get(7)?;
    let updated: Option<Moment> = row.get(11)?;
    // 14 and 15 are what titles and texts are found again by
    let image: Option<String> = row.get(20)?;
    Ok(Item {
        id,
        paper: row::id::<PaperId>("item", row.get(1)?)?,
        guid: row.get(2)?,
        first_seen: row.get::<_, Moment>(3)?.0,
        revision: Revision(unsigned(row.get(4)?)),
        changed_at: row.get::<_, Moment>(5)?.0,
        standing: standing(row.get(6)?, hold_reason.as_deref())?,
        permalink: permalink(text(12)?)?,
        title: row::text(row, 13)?,
        summary: row::text(row, 16)?,
        content: row::text::<Option<String>>(row, 17)?.map(SafeHtml::vouch),
        categories: Vec::new(),
        authors: row::from_json("item", text(18)?)?,
        language: row.get(19)?,
        image: image.map(|image| row::from_json("item", &image)).transpose()?,
        enclosures: row::from_json("item", text(21)?)?,
        published: PubDate {
            at: row.get::<_, Moment>(8)?.0,
            precision: row::from_word("item", text(9)?)?,
            origin: row::from_word("item", text(10)?)?,
        },
        updated: updated.map(|at| at.0),
    })
}

fn permalink(text: &str) -> row::Result<Permalink> {
    let url = Url::parse(text).map_err(|error| row::corrupt("item", &error))?;
    Permalink::new(url).ok_or_else(|| row::corrupt("item", &"a permalink that is no web address"))
}
