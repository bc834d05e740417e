//! A damaged database: kept aside under a dated name, the newest good backup in its place, and what the damaged one still
//! tells of newer items taken over. Also what an operator restores.
//!
//! The new file is complete under a name of its own before the old one moves, so that a start after a crash at any moment
//! finishes what was begun.

use super::connection::Database;
use super::{backup, row, salvage, schema, search};
use crate::model::Watcher;
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A whole database that waits to take the place of the old one.
const NEXT: &str = "bantin.db.next";
/// Its form while it is being copied.
const PART: &str = "bantin.db.part";
/// The next start looks at every page.
const SUSPECT: &str = "bantin.suspect";

/// Notes that a page could not be read. Where that cannot be noted, the next start finds it again.
pub(super) fn suspect(database: &Database) {
    let _ = File::create(database.folder.join(SUSPECT));
}

/// Whether the whole database must be looked at.
pub(super) fn is_suspect(database: &Database) -> bool {
    database.folder.join(SUSPECT).exists()
}

/// Looks at every page of a database that is suspect. A search index that is damaged is made anew: nothing stands in it
/// alone.
pub(super) fn look(connection: &Connection, database: &Database) -> Result<(), StoreError> {
    let damage = match soundness(connection, database) {
        Err(damage) if search_anew(connection).is_ok() => soundness(connection, database).map_err(|_| damage),
        sound => sound,
    };
    if damage.is_ok() {
        let _ = fs::remove_file(database.folder.join(SUSPECT));
    }
    damage
}

fn search_anew(connection: &Connection) -> row::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    search::make_anew(&transaction)?;
    Ok(transaction.commit()?)
}

fn soundness(connection: &Connection, database: &Database) -> Result<(), StoreError> {
    let verdict: rusqlite::Result<String> = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0));
    match verdict {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(verdict) => Err(StoreError::Damaged { path: database.file.clone(), why: verdict }),
        Err(error) => Err(database.error("looking at every page", row::Error::from(error))),
    }
}

/// Puts a damaged database aside and the newest good backup in its place; an empty one where there is none. Says so in a
/// sentence.
pub(super) fn mend(database: &Database, backups: &Path, now: DateTime<Utc>, why: &str) -> Result<Mended, StoreError> {
    let good = backup::kept(backups).into_iter().rev().find(|file| verify(file).is_ok());
    if let Some(good) = &good {
        prepare(database, good, now).map_err(|error| unusable(database, &error))?;
    }
    let aside = replace(database, now, "damaged").map_err(|error| unusable(database, &error))?;
    let _ = fs::remove_file(database.folder.join(SUSPECT));
    Ok(Mended { why: why.to_owned(), aside, backup: good })
}

/// What became of a damaged database.
pub(super) struct Mended {
    why: String,
    aside: Option<PathBuf>,
    backup: Option<PathBuf>,
}

impl Mended {
    /// Takes over what the damaged database still tells; gives back the whole in a sentence.
    pub(super) fn finish(&self, connection: &mut Connection) -> String {
        let saved = self.aside.as_deref().map_or(0, |aside| salvage::take_over(connection, aside));
        let aside = self.aside.as_deref().map_or_else(String::new, |path| format!(" and kept as {}", path.display()));
        let restored = match &self.backup {
            Some(backup) => format!("the backup {} was restored", backup.display()),
            None => "there is no good backup, so an empty one was made".to_owned(),
        };
        format!("the database was damaged ({}){aside}; {restored}, and {saved} newer items were taken over", self.why)
    }
}

/// Puts a backup in the place of the database, which is kept aside; gives back where.
pub(super) fn restore(
    database: &Database,
    file: &Path,
    now: DateTime<Utc>,
    watcher: &Watcher,
) -> Result<Option<PathBuf>, StoreError> {
    watcher.step("looking at every page of the backup", 0, 0);
    verify(file)?;
    watcher.step("putting it in place", 0, 0);
    prepare(database, file, now).map_err(|error| unusable(database, &error))?;
    let aside = replace(database, now, "replaced").map_err(|error| unusable(database, &error))?;
    let _ = fs::remove_file(database.folder.join(SUSPECT));
    Ok(aside)
}

/// Finishes what a process that was killed had begun.
pub(super) fn finish_pending(database: &Database, now: DateTime<Utc>) -> Result<(), StoreError> {
    if database.folder.join(NEXT).exists() {
        replace(database, now, "replaced").map_err(|error| unusable(database, &error))?;
    }
    Ok(())
}

/// Opens a backup and looks at every page: it must be sound, ours, and of no newer schema.
pub(super) fn verify(file: &Path) -> Result<(), StoreError> {
    let refused = |why: &str| StoreError::Backup { path: file.to_owned(), why: why.to_owned() };
    let look = || -> rusqlite::Result<(String, i32, u32)> {
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let application = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let verdict = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
        Ok((verdict, application, version))
    };
    if !file.is_file() {
        return Err(refused("there is no such file"));
    }
    match look() {
        Err(error) => Err(refused(&format!("it cannot be read as a database: {error}"))),
        Ok((verdict, ..)) if verdict != "ok" => Err(refused(&format!("it is damaged: {verdict}"))),
        Ok((_, application, version)) if application != schema::APPLICATION || version == 0 => {
            Err(refused("it is no database of bantin"))
        }
        Ok((_, _, found)) if found > schema::known() => {
            Err(StoreError::NewerSchema { path: file.to_owned(), found, known: schema::known() })
        }
        Ok(_) => Ok(()),
    }
}

/// A whole copy beside the database, on the disk. Who follows its changes must begin anew.
fn prepare(database: &Database, file: &Path, now: DateTime<Utc>) -> io::Result<()> {
    let part = database.folder.join(PART);
    fs::copy(file, &part)?;
    let connection = Connection::open(&part).map_err(io::Error::other)?;
    schema::begin_stream(&connection, now).map_err(io::Error::other)?;
    connection.close().map_err(|(_, error)| io::Error::other(error))?;
    File::open(&part)?.sync_all()?;
    fs::rename(&part, database.folder.join(NEXT))?;
    sync(&database.folder)
}

/// Moves the old files aside, their log with them, and the prepared one in their place.
fn replace(database: &Database, now: DateTime<Utc>, word: &str) -> io::Result<Option<PathBuf>> {
    let aside = free_name(database, now, word);
    let beside = |path: &Path, ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    // the log first: without its database it says nothing, and the other way round something would be missing unseen
    let mut moved = false;
    for ending in ["-wal", ""] {
        match fs::rename(beside(&database.file, ending), beside(&aside, ending)) {
            Ok(()) => moved |= ending.is_empty(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let _ = fs::remove_file(beside(&database.file, "-shm"));
    match fs::rename(database.folder.join(NEXT), &database.file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    sync(&database.folder)?;
    Ok(moved.then_some(aside))
}

fn free_name(database: &Database, now: DateTime<Utc>, word: &str) -> PathBuf {
    let name = |turn: u32| {
        let stamp = now.format("%Y%m%dT%H%M%SZ");
        let again = if turn == 0 { String::new() } else { format!(".{turn}") };
        database.folder.join(format!("bantin.db.{word}-{stamp}{again}"))
    };
    (0..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn unusable(database: &Database, error: &io::Error) -> StoreError {
    database.unusable(&format!("{error}; the backup cannot be put in the place of bantin.db"))
}
