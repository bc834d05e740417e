//! Whole databases: backups made and put back, copies, and their examination.
//!
//! Comes in: a store, or its folder, and another file. Goes out: a copy, or what was found. It does not know the items.

use super::connection::{self, Database};
use super::doctor::{self, Examination};
use super::open::{connected, locked};
use super::{SqliteStore, backup, mend, readers, salvage};
use crate::model::Watcher;
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};

impl SqliteStore {
    /// Writes a consistent copy of the live database: into a temporary file first, which is checked, flushed and renamed.
    ///
    /// # Errors
    /// [`StoreError::Backup`] where the file cannot be written or is something else than a database,
    /// [`StoreError::DiskFull`], [`StoreError::Database`].
    pub async fn backup_to(&self, file: &Path, watcher: &Watcher) -> Result<(), StoreError> {
        let (database, file, watcher) = (self.database.clone(), file.to_owned(), watcher.clone());
        readers::blocking(move || backup::write(&database, &file, &watcher)).await
    }

    /// Copies the database of a state folder, whatever its schema, into another folder, which may be opened as one then.
    /// Works beside the process that writes it and changes nothing.
    ///
    /// # Errors
    /// As [`Self::backup_to`]; [`StoreError::Folder`] where there is no database.
    pub async fn copy_to(folder: &Path, into: &Path, watcher: &Watcher) -> Result<(), StoreError> {
        connection::check_version()?;
        let (database, file, watcher) = (Database::in_folder(folder), into.join("bantin.db"), watcher.clone());
        readers::blocking(move || backup::write(&database, &file, &watcher)).await
    }

    /// Puts a backup in the place of the database of a state folder that no process uses; gives back where the old one is
    /// kept.
    ///
    /// # Errors
    /// [`StoreError::Backup`] where the file is no sound backup, and as [`SqliteStore::open`]; then nothing is changed.
    pub fn restore(
        folder: &Path,
        file: &Path,
        now: DateTime<Utc>,
        watcher: &Watcher,
    ) -> Result<Option<PathBuf>, StoreError> {
        let (database, _lock) = locked(folder)?;
        let aside = mend::restore(&database, file, now, watcher)?;
        if let Some(aside) = &aside
            && let Ok(mut connection) = connected(&database, now)
        {
            salvage::erase_again(&mut connection, aside);
        }
        Ok(aside)
    }

    /// The automatic backups in a folder, the oldest first.
    #[must_use]
    pub fn backups_in(folder: &Path) -> Vec<PathBuf> {
        backup::kept(folder)
    }

    /// Older copies of this database that bantin made: its backups, and what was kept aside in the state folder.
    #[must_use]
    pub fn copies(&self, backups: &Path) -> Vec<PathBuf> {
        let beside = std::fs::read_dir(&self.database.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_copy = |path: &PathBuf| {
            let name = path.file_name().map(std::ffi::OsStr::to_string_lossy).unwrap_or_default();
            name.starts_with("bantin.db.")
        };
        let mut copies: Vec<PathBuf> = beside.filter(is_copy).collect();
        copies.sort();
        copies.extend(backup::kept(backups));
        copies
    }

    /// Examines the whole database, and its guids against the newest sound backup in `backups`; changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where so much is damaged that nothing can be looked at, [`StoreError::Database`].
    pub async fn examine(
        &self,
        backups: &Path,
        now: DateTime<Utc>,
        watcher: &Watcher,
    ) -> Result<Examination, StoreError> {
        let (database, backups, watcher) = (self.database.clone(), backups.to_owned(), watcher.clone());
        readers::blocking(move || {
            watcher.step("looking for a sound backup", 0, 0);
            let backup = backup::kept(&backups).into_iter().rev().find(|file| mend::verify(file).is_ok());
            let db = database.open_for_examining()?;
            doctor::examine(&db, backup.as_deref(), now, &watcher)
                .map_err(|error| database.error("examining the database", error))
        })
        .await
    }

    /// Whether a page of the database could not be read, by whomever: the next start mends it.
    #[must_use]
    pub fn is_suspect(&self) -> bool {
        mend::is_suspect(&self.database)
    }

    /// The error of a database that is suspect.
    #[must_use]
    pub fn damaged(&self) -> StoreError {
        StoreError::Damaged { path: self.database.file.clone(), why: "a page of it could not be read".to_owned() }
    }
}
