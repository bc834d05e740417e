//! Why the store failed.

use std::path::PathBuf;

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The state folder cannot be made or written.
    #[error("the state folder {path} cannot be used: {why}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's words and a remedy.
        why: String,
    },
    /// Another process holds the lock.
    #[error(
        "the state folder {path} is in use by another bantin (process {holder}); stop it first, or give this one another state-dir"
    )]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Its process id, as it wrote it.
        holder: String,
    },
    /// The database is of a newer bantin.
    #[error("the database {path} has schema {found}, this bantin knows up to {known}; install the newer bantin again")]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The database is of an older bantin, and this one may not change it.
    #[error("the database {path} has the older schema {found} (now {known}); `bantin run` brings it up")]
    OlderSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// SQLite is older than the floor.
    #[error("SQLite {found} is older than {floor}, which loses committed rows")]
    OldSqlite {
        /// At run time.
        found: String,
        /// The floor.
        floor: &'static str,
    },
    /// The database itself.
    #[error("{doing}: {source}")]
    Database {
        /// What was under way.
        doing: &'static str,
        /// The library's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database is damaged.
    #[error(
        "the database {path} is damaged ({why}); the next start of `bantin run` or `bantin once` keeps it aside and restores the newest good backup"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The library's words.
        why: String,
    },
    /// A row that we cannot read.
    #[error("a row of {table} cannot be read: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// How.
        why: String,
    },
    /// The disk is full.
    #[error("the disk with {path} is full; nothing was lost, and polls go on when there is room")]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// Another program holds a lock on the database itself.
    #[error(
        "another program has locked the database {path} ({doing}); `fuser {path}` names it; nothing was lost, and polls go on when it lets go"
    )]
    Busy {
        /// The database.
        path: PathBuf,
        /// What was under way.
        doing: &'static str,
    },
    /// It was opened for reading only.
    #[error("the store was opened for reading only")]
    ReadOnly,
    /// A backup cannot be written there.
    #[error("no backup at {path}: {why}")]
    Backup {
        /// The file.
        path: PathBuf,
        /// Why, and a remedy.
        why: String,
    },
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
}
