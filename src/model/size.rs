//! How much the store holds.

use serde::Serialize;

/// How much there is, for operators.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StoreSize {
    /// The database file.
    pub database_bytes: u64,
    /// Its write-ahead log.
    pub wal_bytes: u64,
    /// Of the database file, pages that hold nothing.
    pub free_bytes: u64,
    /// Items, however they stand.
    pub items: u64,
    /// Versions before substantive edits.
    pub versions: u64,
}

impl StoreSize {
    /// One line for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = format!("database {}, log {}", mebibytes(self.database_bytes), mebibytes(self.wal_bytes));
        words.push_str(&format!(": {} items, {} revisions", self.items, self.versions));
        words
    }
}

fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
