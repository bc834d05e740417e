//! A consistent copy of a live database.

use super::connection::{Database, is_full};
use super::{mend, schema};
use crate::model::Watcher;
use crate::store::StoreError;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const HEADER: &[u8] = b"SQLite format 3\0";
/// Pages copied at a time; the reader's snapshot is one, so that the writer restarts nothing.
const PAGES: std::ffi::c_int = 4096;

/// Copies the database into `file`: written aside, checked, flushed, renamed. A failed backup leaves `file` as it was.
pub(super) fn write(database: &Database, file: &Path, watcher: &Watcher) -> Result<(), StoreError> {
    database.must_exist()?;
    check_target(database, file)?;
    let aside = Aside::new(file).map_err(|error| refused(file, &error.to_string()))?;
    copy(database, &aside.path, watcher).map_err(|error| failed(file, error))?;
    aside.put_in_place(file).map_err(|error| refused(file, &error.to_string()))
}

/// Refuses what a backup must not replace: folders, devices, other files than databases, and the live database.
fn check_target(database: &Database, file: &Path) -> Result<(), StoreError> {
    let Ok(found) = fs::metadata(file) else { return Ok(()) };
    if found.is_dir() {
        return Err(refused(file, "it is a folder; name a file in it"));
    }
    if !found.is_file() {
        return Err(refused(file, "it is no regular file"));
    }
    let same = |path: &Path| fs::canonicalize(path).ok().is_some_and(|path| fs::canonicalize(file).ok() == Some(path));
    if ["bantin.db", "bantin.db-wal", "bantin.db-shm", "bantin.lock"]
        .iter()
        .any(|name| same(&database.folder.join(name)))
    {
        return Err(refused(file, "it belongs to the live database itself"));
    }
    let mut start = Vec::new();
    let read = File::open(file).and_then(|opened| opened.take(16).read_to_end(&mut start));
    match read {
        Ok(0) => Ok(()),
        Ok(_) if start == HEADER => Ok(()),
        Ok(_) => Err(refused(file, "a file that is no database stands there; move it away, or name another one")),
        Err(error) => Err(refused(file, &error.to_string())),
    }
}

/// The file beside the target; gone unless it was put in place.
struct Aside {
    path: PathBuf,
}

impl Aside {
    fn new(file: &Path) -> std::io::Result<Self> {
        let name = file.file_name().ok_or_else(|| std::io::Error::other("it names no file"))?;
        let path = file.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
        // of a process with our number that was killed
        let _ = fs::remove_file(&path);
        OpenOptions::new().write(true).create_new(true).mode(0o640).open(&path)?;
        Ok(Self { path })
    }

    fn put_in_place(self, file: &Path) -> std::io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, file)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        for ending in ["-journal", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(ending);
            let _ = fs::remove_file(path);
        }
    }
}

enum Failure {
    Store(StoreError),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn copy(database: &Database, aside: &Path, watcher: &Watcher) -> Result<(), Failure> {
    let source = database.open_for_reading().map_err(Failure::Store)?;
    let snapshot = source.unchecked_transaction()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(aside, flags)?;
    let backup = Backup::new(&snapshot, &mut target)?;
    while backup.step(PAGES)? != StepResult::Done {
        let (of, left) = (backup.progress().pagecount, backup.progress().remaining);
        watcher.step("pages copied", usize::try_from(of - left).unwrap_or(0), usize::try_from(of).unwrap_or(0));
    }
    drop(backup);
    watcher.step("looking at every page of the copy", 0, 0);
    drop(snapshot);
    // one file, without a log beside it
    target.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
    target.close().map_err(|(_, error)| error)?;
    mend::verify(aside).map_err(|error| {
        // the copy or the database: the next start looks
        mend::suspect(database);
        Failure::Store(error)
    })
}

/// Copies a database of an older version to the backups before it is changed, once, and says so or why not.
pub(super) fn before_change(database: &Database, folder: &Path) -> Option<String> {
    if !database.file.is_file() {
        return None;
    }
    let connection = database.open_for_reading().ok()?;
    let found = schema::older(&connection, database).ok()??;
    drop(connection);
    let file = folder.join(format!("bantin-schema-{found}.db"));
    if file.exists() {
        return None;
    }
    let made = fs::create_dir_all(folder).map_err(|error| refused(&file, &error.to_string()));
    Some(match made.and_then(|()| write(database, &file, &Watcher::default())) {
        Ok(()) => format!("the database is of an older version; a copy as it was is kept as {}", file.display()),
        Err(error) => format!("the database is of an older version and is brought up without a copy: {error}"),
    })
}

/// Our own backups in a folder, the oldest first.
pub(super) fn kept(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("bantin-") && name.ends_with("Z.db"))
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_ours).collect();
    files.sort();
    files
}

fn failed(file: &Path, failure: Failure) -> StoreError {
    match failure {
        Failure::Store(error) => error,
        Failure::Sqlite(error) if is_full(&error) => StoreError::DiskFull { path: file.to_owned() },
        Failure::Sqlite(error) => refused(file, &error.to_string()),
    }
}

fn refused(file: &Path, why: &str) -> StoreError {
    StoreError::Backup { path: file.to_owned(), why: why.to_owned() }
}
