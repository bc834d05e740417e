//! What one commit does to the whole: its revision, the heads of the channels, guids, and the joining of twins.

use super::change::Told;
use super::row;
use super::{alias, archive, article, category, item, key, schema, search, sighting};
use crate::model::{Item, ItemId, PaperId, Revision, Standing};
use crate::store::dedup::Unique;
use crate::store::{ChangeKind, Commit};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};

/// A commit joins no more items: a rule gone wrong must not eat a paper.
const MOST_REPAIRS: usize = 5;
/// 88 bits, plenty within a paper.
const GUID_DIGITS: usize = 22;
/// The year since which guids are minted (RFC 4151 §2.1); part of every guid, for ever.
const GUID_YEAR: &str = "2026";

const REMOVE: &str = "delete from item where id = ?1";

/// One commit.
pub(super) struct Session<'a> {
    db: &'a Connection,
    now: DateTime<Utc>,
    revision: Option<Revision>,
    categories: BTreeSet<i64>,
    papers: BTreeSet<PaperId>,
    joined: HashMap<ItemId, ItemId>,
    told: Told,
    pub(super) commit: Commit,
}

impl<'a> Session<'a> {
    pub(super) fn begin(db: &'a Connection, now: DateTime<Utc>) -> Self {
        Self {
            db,
            now,
            revision: None,
            categories: BTreeSet::new(),
            papers: BTreeSet::new(),
            joined: HashMap::new(),
            told: Told::default(),
            commit: Commit::default(),
        }
    }

    /// Writes the revision and the heads of the channels that changed.
    pub(super) fn end(mut self) -> row::Result<Commit> {
        self.commit.revision = match self.revision {
            None => schema::revision(self.db)?,
            Some(revision) => {
                for category in &self.categories {
                    category::touch(self.db, *category, revision)?;
                }
                for paper in &self.papers {
                    category::touch_paper(self.db, paper, revision)?;
                }
                schema::put_revision(self.db, revision)?;
                self.told.write(self.db, revision, self.now)?;
                revision
            }
        };
        Ok(self.commit)
    }

    /// Marks an item as changed in this commit.
    pub(super) fn stamp(&mut self, item: &mut Item) -> row::Result<()> {
        item.revision = self.revision()?;
        item.changed_at = self.now;
        Ok(())
    }

    /// All channels of an item change with this commit.
    pub(super) fn touch(&mut self, item: &Item) -> row::Result<()> {
        self.revision()?;
        self.categories.extend(category::numbers_of_item(self.db, item.id)?);
        self.papers.insert(item.paper.clone());
        Ok(())
    }

    /// Writes an item that has become Ready: for the first time, or again.
    pub(super) fn publish(&mut self, item: &mut Item) -> row::Result<()> {
        let is_back = item.revision != Revision(0);
        self.stamp(item)?;
        item::update(self.db, item, None)?;
        self.commit.changed += 1;
        self.commit.published += 1;
        self.commit.returned += u32::from(is_back);
        self.appear(item, if is_back { ChangeKind::Return } else { ChangeKind::Create })
    }

    /// Readers see an item that was not there.
    pub(super) fn appear(&mut self, item: &Item, kind: ChangeKind) -> row::Result<()> {
        search::add(self.db, item)?;
        self.told.tell(item, kind);
        self.touch(item)
    }

    /// Readers see an item otherwise than before.
    pub(super) fn alter(&mut self, before: &Item, item: &Item) -> row::Result<()> {
        search::renew(self.db, before, item)?;
        self.told.tell(item, ChangeKind::Update);
        self.touch(item)
    }

    /// Takes an item out of the feeds; one that readers never saw changes nothing for them.
    pub(super) fn withdraw(&mut self, mut item: Item) -> row::Result<()> {
        let was_ready = item.standing == Standing::Ready;
        if item.standing == Standing::Withdrawn {
            return Ok(());
        }
        item.standing = Standing::Withdrawn;
        if was_ready {
            self.stamp(&mut item)?;
            self.commit.changed += 1;
            self.commit.withdrawn += 1;
            self.told.tell(&item, ChangeKind::Withdraw);
            self.touch(&item)?;
        }
        item::update(self.db, &item, None)?;
        article::done(self.db, item.id)
    }

    /// An item is about to be erased.
    pub(super) fn tell_of_erasure(&mut self, item: &Item) -> row::Result<()> {
        self.told.tell(item, ChangeKind::Erase);
        self.touch(item)
    }

    /// A new item's guid (RFC 4151), from paper and first address alone: a database that was lost mints the same.
    pub(super) fn mint(&self, authority: &str, paper: &PaperId, article: &Unique<'_>) -> row::Result<String> {
        let authority = authority_name(authority);
        let address = article.address();
        let address = address.strip_prefix("p:").unwrap_or(address);
        let mut guid = String::new();
        for turn in 0u32.. {
            // an address that was another article's before counts on
            let basis = if turn == 0 { address.to_owned() } else { format!("{address}#{turn}") };
            let hash = Sha256::digest(basis.as_bytes());
            let hash: String = hash.iter().flat_map(|b| [b >> 4, b & 15]).take(GUID_DIGITS).map(hex).collect();
            guid = format!("tag:{authority},{GUID_YEAR}:{paper}/{hash}");
            if !item::is_minted(self.db, &guid)? {
                break;
            }
        }
        Ok(guid)
    }

    /// The item that an item has become part of in this commit; itself otherwise.
    pub(super) fn now_is(&self, id: ItemId) -> ItemId {
        let mut id = id;
        while let Some(next) = self.joined.get(&id) {
            id = *next;
        }
        id
    }

    /// Joins two stored items: the one that readers know stays, else the older one; the other becomes its alias. Gives
    /// back the one that stays; where this commit joined enough, nothing happens.
    pub(super) fn join(&mut self, a: ItemId, b: ItemId) -> row::Result<ItemId> {
        let (a, b) = (self.now_is(a), self.now_is(b));
        if a == b || self.commit.repairs.len() >= MOST_REPAIRS {
            return Ok(a);
        }
        let (Some(one), Some(other)) = (item::load(self.db, a)?, item::load(self.db, b)?) else { return Ok(a) };
        if one.paper != other.paper {
            return Ok(a);
        }
        let rank = |item: &Item| (item.standing != Standing::Ready, item.first_seen, item.id);
        let (stays, goes) = if rank(&one) <= rank(&other) { (one, other) } else { (other, one) };
        self.merge_rows(stays, &goes)
    }

    fn merge_rows(&mut self, mut stays: Item, goes: &Item) -> row::Result<ItemId> {
        let before = stays.clone();
        if goes.standing == Standing::Ready {
            self.told.tell(goes, ChangeKind::Withdraw);
            self.touch(goes)?;
        }
        key::hand_over(self.db, goes.id, stays.id)?;
        sighting::hand_over(self.db, goes.id, stays.id)?;
        for category in category::numbers_of_item(self.db, goes.id)? {
            category::add_item(self.db, stays.id, category)?;
        }
        alias::add(self.db, &goes.guid, goes.id, stays.id, self.now)?;
        archive::break_of(self.db, goes.id)?;
        self.db.prepare_cached(REMOVE)?.execute([goes.id.0])?;
        if stays.title.is_empty() {
            stays.title.clone_from(&goes.title);
        }
        stays.summary = stays.summary.or_else(|| goes.summary.clone());
        stays.content = stays.content.or_else(|| goes.content.clone());
        stays.image = stays.image.or_else(|| goes.image.clone());
        if stays.standing == Standing::Ready {
            self.stamp(&mut stays)?;
            self.alter(&before, &stays)?;
        }
        item::update(self.db, &stays, None)?;
        self.joined.insert(goes.id, stays.id);
        self.commit.repairs.push(format!(
            "one article was kept twice: {} ({}) is now an alias of {} ({})",
            goes.guid, goes.permalink, stays.guid, stays.permalink
        ));
        Ok(stays.id)
    }

    fn revision(&mut self) -> row::Result<Revision> {
        if let Some(revision) = self.revision {
            return Ok(revision);
        }
        let next = Revision(schema::revision(self.db)?.0 + 1);
        self.revision = Some(next);
        Ok(next)
    }
}

/// The host in lower case without a port (RFC 4151 §2.1 `DNSname`).
fn authority_name(authority: &str) -> String {
    let host = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let host = host.map_or(authority, |(host, _)| host);
    let plain =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c.to_ascii_lowercase() } else { '-' };
    host.trim_matches(['[', ']', '.']).chars().map(plain).collect()
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0')
}
