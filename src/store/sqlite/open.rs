//! Opening the state folder: for writing, with what mends it, or for reading beside the process that writes.
//!
//! Comes in: a folder. Goes out: a [`SqliteStore`] whose database is whole and of this version's schema.

use super::connection::{self, Database};
use super::folder::{self, Lock};
use super::readers::Readers;
use super::writer::Writer;
use super::{SqliteStore, backup, mend, schema};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use std::path::Path;

impl SqliteStore {
    /// Opens the state folder for writing, makes what is missing, and takes the lock. `now` becomes the store's epoch
    /// where it is new.
    ///
    /// # Errors
    /// [`StoreError::Folder`] where the folder cannot be made or written, [`StoreError::Locked`] where another process
    /// holds it, [`StoreError::Damaged`], [`StoreError::NewerSchema`], [`StoreError::OldSqlite`], [`StoreError::Database`].
    pub fn open(folder: &Path, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let (database, lock) = locked(folder)?;
        let connection = connected(&database, now)?;
        Self::with(connection, database, lock)
    }

    /// As [`SqliteStore::open`]; a damaged database is kept aside and the newest good backup put in its place, and before
    /// a database of an older version is changed, it is copied to the backups. Both are told in sentences.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_or_mend(folder: &Path, backups: &Path, now: DateTime<Utc>) -> Result<(Self, Vec<String>), StoreError> {
        let (database, lock) = locked(folder)?;
        let mut told = Vec::new();
        told.extend(backup::before_change(&database, backups));
        let connection = match connected(&database, now) {
            Err(StoreError::Damaged { why, .. }) => {
                let mended = mend::mend(&database, backups, now, &why)?;
                let mut connection = connected(&database, now)?;
                told.push(mended.finish(&mut connection));
                connection
            }
            connected => connected?,
        };
        Ok((Self::with(connection, database, lock)?, told))
    }

    /// Opens the state folder for reading, also beside the process that writes it; takes no lock and changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Folder`] where there is no database yet or it cannot be read, [`StoreError::NewerSchema`],
    /// [`StoreError::OlderSchema`], [`StoreError::OldSqlite`], [`StoreError::Database`].
    pub fn open_read_only(folder: &Path) -> Result<Self, StoreError> {
        connection::check_version()?;
        let database = Database::in_folder(folder);
        database.must_exist()?;
        let identity = database.identity();
        let (connection, good_for) = database.open_reader()?;
        schema::check(&connection, &database)?;
        let epochs = schema::epochs(&connection, &database)?;
        let readers = Readers::with(database.clone(), (connection, good_for));
        Ok(Self { database, epochs, readers, identity, writer: None })
    }

    /// Whether another database stands in the place of the one that was opened: a restore, or a damaged one was mended. Who
    /// only reads would go on reading the old one.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        self.database.identity().is_some_and(|now| self.identity != Some(now))
    }

    fn with(connection: rusqlite::Connection, database: Database, lock: Lock) -> Result<Self, StoreError> {
        let epochs = schema::epochs(&connection, &database)?;
        let writer = Writer::start(connection, database.clone(), lock)?;
        let (readers, identity) = (Readers::new(database.clone()), database.identity());
        Ok(Self { database, epochs, readers, identity, writer: Some(writer) })
    }
}

pub(super) fn locked(folder: &Path) -> Result<(Database, Lock), StoreError> {
    connection::check_version()?;
    folder::create(folder)?;
    let lock = Lock::take(folder)?;
    Ok((Database::in_folder(folder), lock))
}

/// The writer's connection to a database that is whole and of this version's schema.
pub(super) fn connected(database: &Database, now: DateTime<Utc>) -> Result<rusqlite::Connection, StoreError> {
    mend::finish_pending(database, now)?;
    let mut connection = database.open_for_writing()?;
    if mend::is_suspect(database) {
        mend::look(&connection, database)?;
    }
    schema::bring_up(&mut connection, database, now)?;
    Ok(connection)
}
