//! The database file: opening it, and the store's words for SQLite's errors.

use super::mend;
use super::row::Error;
use crate::store::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Earlier ones can lose committed rows when the write-ahead log is reset.
const FLOOR: (&str, i32) = ("3.51.3", 3_051_003);
/// How long another program's lock is waited for.
const BUSY: Duration = if cfg!(test) { Duration::from_millis(20) } else { Duration::from_secs(10) };
const STATEMENTS: usize = 128;

/// Refuses an SQLite below the floor, whatever it was built with.
pub(super) fn check_version() -> Result<(), StoreError> {
    if rusqlite::version_number() >= FLOOR.1 {
        return Ok(());
    }
    Err(StoreError::OldSqlite { found: rusqlite::version().to_owned(), floor: FLOOR.0 })
}

/// How long a connection for reading is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// As long as the process lives.
    Many,
    /// For what is read now: it takes the file for one that never changes, and a writer may come.
    Once,
}

/// Where the database is.
#[derive(Debug, Clone)]
pub(super) struct Database {
    pub(super) folder: PathBuf,
    pub(super) file: PathBuf,
}

impl Database {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), file: folder.join("bantin.db") }
    }

    /// The file's device and inode.
    pub(super) fn identity(&self) -> Option<(u64, u64)> {
        std::fs::metadata(&self.file).ok().map(|found| (found.dev(), found.ino()))
    }

    pub(super) fn must_exist(&self) -> Result<(), StoreError> {
        match std::fs::metadata(&self.file) {
            Ok(found) if found.is_file() => Ok(()),
            Ok(_) => Err(self.unusable("bantin.db in it is no file")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(self.unusable("there is no database in it yet; `bantin run` or `bantin once` makes it"))
            }
            Err(error) => Err(self.unusable(&error.to_string())),
        }
    }

    /// Opens the file for the one writer; makes it where it is not there.
    pub(super) fn open_for_writing(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(&self.file, flags)?;
            connection.busy_timeout(BUSY)?;
            prepare_once(&connection)?;
            // of a new file alone: pages that are free can be given back in small steps
            connection.pragma_update(None, "auto_vacuum", "incremental")?;
            // a backup or a copy may have left another mode
            connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
            connection.pragma_update(None, "synchronous", "full")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            // what is deleted is overwritten within the pages that are written anyway
            connection.pragma_update_and_check(None, "secure_delete", "fast", |_| Ok(()))?;
            connection.pragma_update(None, "temp_store", "memory")?;
            connection.pragma_update(None, "trusted_schema", false)?;
            connection.pragma_update(None, "cache_size", -8_192)?; // KiB
            // 16 MiB of log before its pages go into the database: pages that many polls change go there once
            connection.pragma_update_and_check(None, "wal_autocheckpoint", 4_096, |_| Ok(()))?;
            Ok(connection)
        };
        open().map_err(|error| self.error("opening the database", error.into()))
    }

    /// Opens the file for reading. A database that nobody writes, in a folder that we may not write, is read as it lies.
    pub(super) fn open_for_reading(&self) -> Result<Connection, StoreError> {
        self.open_reader().map(|(connection, _)| connection)
    }

    /// As [`Database::open_for_reading`], and how long the connection is good for.
    pub(super) fn open_reader(&self) -> Result<(Connection, Use), StoreError> {
        self.open_to_read(OpenFlags::empty())
    }

    /// As [`Database::open_for_reading`], and other databases may be attached by their URI.
    pub(super) fn open_for_examining(&self) -> Result<Connection, StoreError> {
        self.open_to_read(OpenFlags::SQLITE_OPEN_URI).map(|(connection, _)| connection)
    }

    fn open_to_read(&self, more: OpenFlags) -> Result<(Connection, Use), StoreError> {
        let open = |path: &Path, more: OpenFlags| -> rusqlite::Result<Connection> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(BUSY)?;
            prepare_once(&connection)?;
            connection.pragma_update(None, "query_only", true)?;
            connection.pragma_update(None, "trusted_schema", false)?;
            connection.pragma_update(None, "temp_store", "memory")?;
            connection.query_row("select count(*) from sqlite_schema", [], |row| row.get::<_, i64>(0))?;
            Ok(connection)
        };
        let live = open(&self.file, more).map(|connection| (connection, Use::Many));
        let result = live.or_else(|error| match self.at_rest() {
            Some(uri) if is_unopenable(&error) => {
                open(Path::new(&uri), OpenFlags::SQLITE_OPEN_URI).map(|connection| (connection, Use::Once))
            }
            _ => Err(error),
        });
        result.map_err(|error| self.error("opening the database for reading", error.into()))
    }

    /// The file as one that never changes, where no write-ahead log is beside it.
    fn at_rest(&self) -> Option<String> {
        let log = self.folder.join("bantin.db-wal");
        let is_empty = std::fs::metadata(log).map_or(true, |found| found.len() == 0);
        let path = self.file.to_str()?;
        is_empty.then(|| at_rest(path))
    }

    /// The store's error for what happened while `doing` something.
    pub(super) fn error(&self, doing: &'static str, error: Error) -> StoreError {
        let error = match error {
            Error::Store(error) => return error,
            Error::Sqlite(error) => error,
        };
        if is_full(&error) {
            return StoreError::DiskFull { path: self.file.clone() };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => self.unusable(&format!(
                "{error}; give the user that runs bantin the right to write the folder and its files"
            )),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                StoreError::Busy { path: self.file.clone(), doing }
            }
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                mend::suspect(self);
                StoreError::Damaged { path: self.file.clone(), why: error.to_string() }
            }
            _ => StoreError::Database { doing, source: error.into() },
        }
    }

    pub(super) fn unusable(&self, why: &str) -> StoreError {
        StoreError::Folder { path: self.folder.clone(), why: why.to_owned() }
    }
}

/// A file that nobody writes, as SQLite names it ("URI Filenames").
pub(super) fn at_rest(path: &str) -> String {
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?immutable=1")
}

/// Statements are planned once and kept. Without the stability guarantee, SQLite built with STAT4 plans a statement anew
/// whenever a value is bound that could sway it: four fifths of a look-up's time.
pub(super) fn prepare_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

/// No room for the file, its log, or the log's index.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    let full = [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_SHMSIZE];
    error.sqlite_error().is_some_and(|error| full.contains(&error.extended_code))
}

fn is_unopenable(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}
