//! The state folder: making it, and the lock that lets one process write.

use crate::store::StoreError;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes the folder where it is not there; only its owner and group may look into it.
pub(super) fn create(folder: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o750).create(folder);
    made.map_err(|error| unusable(folder, &error))?;
    Ok(())
}

/// The lock on the state folder; the system gives it back when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock and notes our process id in it.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let failed = |error: std::io::Error| unusable(folder, &error);
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o640).clone();
        let mut file = options.open(folder.join("bantin.lock")).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { path: folder.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // for people alone: a full disk must not keep the lock from being taken
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(20).read_to_string(&mut text);
    let id = text.trim();
    let is_id = read.is_ok() && !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    if is_id { id.to_owned() } else { "unknown".to_owned() }
}

fn unusable(folder: &Path, error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    let remedy = match error.kind() {
        ErrorKind::PermissionDenied => {
            "give the user that runs bantin the right to write there, or set another state-dir"
        }
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => "something else than a folder stands there",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only; set another state-dir",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full; make room",
        _ => "set another state-dir, or look into it",
    };
    StoreError::Folder { path: folder.to_owned(), why: format!("{error}; {remedy}") }
}
