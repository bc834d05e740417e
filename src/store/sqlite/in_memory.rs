//! A database in memory and what the store does to it, one plain call each: for tests of thousands of cases.

use super::row::Result;
use super::{choice, commit, key, recognize, schema, sighting};
use crate::model::{Draft, Item, ItemId, PaperId, Selection, SourceId};
use crate::store::dedup::Unique;
use crate::store::{Batch, Commit, HeldItem, Recognition};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use rusqlite::types::Value;

/// What readers and identity rest upon; a second sight of the same changes none of it.
const KEPT: &[&str] = &[
    "select * from item order by id",
    "select * from item_key order by paper, key",
    "select * from alias order by guid",
    "select * from item_category order by item_id, category_id",
    "select item_id, source, statement, standing from sighting order by item_id, source",
    "select * from article_read order by item_id",
    "select * from category order by id",
    "select * from paper order by id",
    "select * from meta order by key",
];

/// A database in memory, brought up once.
pub(crate) struct InMemory(Connection);

impl InMemory {
    pub(crate) fn new() -> Self {
        let mut connection = Connection::open_in_memory().expect("memory");
        super::connection::prepare_once(&connection).expect("its settings");
        connection.pragma_update(None, "foreign_keys", true).expect("a pragma");
        let database = super::Database::in_folder(std::path::Path::new("memory"));
        schema::bring_up(&mut connection, &database, DateTime::UNIX_EPOCH).expect("the schema");
        Self(connection)
    }

    /// Runs one case and forgets what it wrote.
    pub(crate) fn case<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.execute_batch("savepoint a_case").expect("a savepoint");
        let result = work();
        self.0.execute_batch("rollback to a_case; release a_case").expect("the savepoint");
        result
    }

    pub(crate) fn commit(&self, batch: &Batch) -> Commit {
        told(commit::commit(&self.0, batch))
    }

    pub(crate) fn recognize(&self, paper: &PaperId, drafts: &[Draft], now: DateTime<Utc>) -> Vec<Recognition> {
        told(recognize::recognize(&self.0, paper, drafts, now))
    }

    pub(crate) fn held(&self, source: &SourceId) -> Vec<HeldItem> {
        told(sighting::held(&self.0, source))
    }

    pub(crate) fn items(&self, selection: &Selection) -> Vec<Item> {
        told(choice::items(&self.0, selection))
    }

    /// The item that a draft's address leads to.
    pub(crate) fn item_at(&self, draft: &Draft) -> Option<ItemId> {
        let address = Unique::of(draft);
        told(key::at_address(&self.0, &draft.paper, &draft.source, address.address())).map(|said| said.item)
    }

    /// Every row that identity and readers rest upon, as text.
    pub(crate) fn kept(&self) -> Vec<String> {
        let mut rows_of_all = Vec::new();
        for query in KEPT {
            let mut statement = self.0.prepare_cached(query).expect("a query");
            let columns = statement.column_count();
            let mut rows = statement.query([]).expect("rows");
            while let Some(row) = rows.next().expect("a row") {
                let values: Vec<Value> = (0..columns).map(|at| row.get(at).expect("a value")).collect();
                rows_of_all.push(format!("{query}: {values:?}"));
            }
        }
        rows_of_all
    }

    /// How SQLite means to answer a query.
    pub(crate) fn plan(&self, query: &str) -> String {
        let mut statement = self.0.prepare(&format!("explain query plan {query}")).expect("a query");
        let parameters = vec![Value::Null; statement.parameter_count()];
        let mut rows = statement.query(rusqlite::params_from_iter(parameters)).expect("a plan");
        let mut plan = String::new();
        while let Some(row) = rows.next().expect("a row") {
            plan += &format!("{}\n", row.get::<_, String>(3).expect("a detail"));
        }
        plan
    }
}

fn told<T>(result: Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("the database in memory: {error:?}"))
}

/// Whether the words of two drafts say that they are one article renamed, whatever their fingerprints.
pub(crate) fn says_the_same(a: &Draft, b: &Draft) -> bool {
    crate::store::dedup::says_the_same(a, &b.title, b.summary.as_deref())
}
