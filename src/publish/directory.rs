//! The documents as files, for any web server: never torn, never outside the folder.
//!
//! Comes in: publications. Goes out: files of the same paths, mode 0644. A file is written under a temporary name, synced and
//! renamed; the folders are synced once a round. It does not know what is in a document.

use super::{Put, Target, TargetError};
use crate::model::{Format, Publication};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Readable by a web server, whatever the umask.
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;

/// Temporary names are `.xa-hoi.rss.bantin-tmp`: one process writes, so they need no number.
const TEMPORARY: &str = ".bantin-tmp";

/// `publish-dir`.
#[derive(Debug, Clone)]
pub struct Directory {
    root: Arc<Path>,
    folders: Arc<Mutex<Folders>>,
}

#[derive(Debug, Default)]
struct Folders {
    /// Changed since the last sync.
    dirty: HashSet<PathBuf>,
    /// A sync of them failed, so what stands in them is not believed: their files are written anew.
    doubted: HashSet<PathBuf>,
}

impl Directory {
    /// Makes the folder where it is missing, and removes the temporary files that a kill left. Blocks on the file system.
    ///
    /// # Errors
    /// [`TargetError::File`] where the folder cannot be made or read.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, TargetError> {
        let root = root.into();
        make_root(&root)?;
        sweep(&root)?;
        Ok(Self { root: root.into(), folders: Arc::default() })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, TargetError> + Send + 'static,
    ) -> Result<T, TargetError> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || work(&this)).await.unwrap_or(Err(TargetError::CutOff))
    }

    fn write(&self, publication: &Publication) -> Result<Put, TargetError> {
        let (folder, name) = self.place(&publication.path)?;
        self.make_folder(&folder)?;
        let path = folder.join(&name);
        if !self.with(|folders| folders.doubted.contains(&folder)) && holds(&path, &publication.body) {
            return Ok(Put::Unchanged);
        }
        let temporary = folder.join(format!(".{name}{TEMPORARY}"));
        let written = write_whole(&temporary, &publication.body)
            .and_then(|()| fs::rename(&temporary, &path).map_err(|why| file_error("put in place", &path, why)));
        if written.is_err() {
            let _ = fs::remove_file(&temporary); // The first error is the one that tells.
        }
        written?;
        self.with(|folders| folders.dirty.insert(folder));
        Ok(Put::Written)
    }

    fn delete(&self, path: &str) -> Result<(), TargetError> {
        let (folder, name) = self.place(path)?;
        if *folder != *self.root && is_symlink(&folder) {
            return Ok(()); // Not ours: what it leads to is left alone.
        }
        match fs::remove_file(folder.join(&name)) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
            other => other.map_err(|why| file_error("remove", &folder.join(&name), why))?,
        }
        let emptied = *folder != *self.root && fs::remove_dir(&folder).is_ok();
        let changed = if emptied { self.root.to_path_buf() } else { folder };
        self.with(|folders| folders.dirty.insert(changed));
        Ok(())
    }

    fn sync_folders(&self) -> Result<(), TargetError> {
        let dirty = self.with(|folders| std::mem::take(&mut folders.dirty));
        let mut first = Ok(());
        for folder in dirty {
            match File::open(&folder).and_then(|opened| opened.sync_all()) {
                Ok(()) => drop(self.with(|folders| folders.doubted.remove(&folder))),
                Err(error) if error.kind() == ErrorKind::NotFound => {} // Emptied and removed since.
                Err(why) => {
                    first = first.and(Err(file_error("sync the folder", &folder, why)));
                    self.with(|folders| folders.doubted.insert(folder));
                }
            }
        }
        first
    }

    /// The folder and the file's name of a document; refuses every path that is not `name.ext` or `slug/name.ext`, where
    /// the ending may be `fragment.html`.
    fn place(&self, path: &str) -> Result<(PathBuf, String), TargetError> {
        let (folder, name) = path.split_once('/').map_or((None, path), |(folder, name)| (Some(folder), name));
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let good = folder.is_none_or(plain)
            && path.len() <= 200
            && name
                .split_once('.')
                .is_some_and(|(stem, ending)| plain(stem) && (plain(ending) || ending == Format::Fragment.extension()));
        if !good {
            return Err(TargetError::Path { path: path.to_owned() });
        }
        Ok((folder.map_or_else(|| self.root.to_path_buf(), |folder| self.root.join(folder)), name.to_owned()))
    }

    /// Makes the paper's folder; a symlink in its place is replaced, never followed.
    fn make_folder(&self, folder: &Path) -> Result<(), TargetError> {
        if *folder == *self.root {
            return if folder.is_dir() { Ok(()) } else { make_root(folder) };
        }
        if is_symlink(folder) {
            fs::remove_file(folder).map_err(|why| file_error("replace the symlink", folder, why))?;
        }
        if folder.is_dir() {
            return Ok(());
        }
        make_root(&self.root)?;
        fs::create_dir(folder)
            .and_then(|()| fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE)))
            .map_err(|why| file_error("make the folder", folder, why))?;
        self.with(|folders| folders.dirty.insert(self.root.to_path_buf()));
        Ok(())
    }

    fn with<T>(&self, change: impl FnOnce(&mut Folders) -> T) -> T {
        change(&mut self.folders.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Target for Directory {
    fn name(&self) -> &'static str {
        "publish-dir"
    }

    async fn put(&self, publication: &Publication) -> Result<Put, TargetError> {
        let publication = publication.clone();
        self.blocking(move |this| this.write(&publication)).await
    }

    async fn remove(&self, path: &str) -> Result<(), TargetError> {
        let path = path.to_owned();
        self.blocking(move |this| this.delete(&path)).await
    }

    async fn sync(&self) -> Result<(), TargetError> {
        self.blocking(Self::sync_folders).await
    }
}

fn make_root(root: &Path) -> Result<(), TargetError> {
    let missing: Vec<&Path> =
        root.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists()).collect();
    let made = fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(root).and_then(|()| {
        missing.iter().try_for_each(|folder| fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE)))
    });
    made.map_err(|why| file_error("make the folder", root, why))
}

/// Removes temporary files that a kill left, here and in the papers' folders; everything else is left alone.
fn sweep(root: &Path) -> Result<(), TargetError> {
    let read = |folder: &Path| fs::read_dir(folder).map_err(|why| file_error("read the folder", folder, why));
    for entry in read(root)?.flatten() {
        remove_if_temporary(&entry)?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            // A foreign folder that we may not read holds nothing of ours.
            for inner in fs::read_dir(entry.path()).into_iter().flatten().flatten() {
                remove_if_temporary(&inner)?;
            }
        }
    }
    Ok(())
}

fn remove_if_temporary(entry: &fs::DirEntry) -> Result<(), TargetError> {
    let name = entry.file_name();
    let ours = name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(TEMPORARY));
    if !ours || entry.file_type().is_ok_and(|kind| kind.is_dir()) {
        return Ok(());
    }
    fs::remove_file(entry.path()).map_err(|why| file_error("remove", &entry.path(), why))
}

/// Writes and syncs a new file. An error of the sync is never retried on the same file and believed.
fn write_whole(path: &Path, body: &[u8]) -> Result<(), TargetError> {
    let write = |file: &mut File| -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(FILE_MODE))?;
        file.write_all(body)?;
        file.sync_all()
    };
    open_new(path).and_then(|mut file| write(&mut file)).map_err(|why| file_error("write", path, why))
}

/// Opens a file that was not there before: whatever stands in its place, a symlink too, is removed and not followed.
fn open_new(path: &Path) -> io::Result<File> {
    let open = || OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path);
    match open() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::remove_file(path).and_then(|()| open()),
        other => other,
    }
}

/// Whether the file already holds these bytes, readable by a web server.
fn holds(path: &Path, body: &[u8]) -> bool {
    let Ok(found) = fs::symlink_metadata(path) else { return false };
    found.is_file()
        && found.len() == body.len() as u64
        && found.permissions().mode() & 0o777 == FILE_MODE
        && fs::read(path).is_ok_and(|bytes| bytes == body)
}

fn is_symlink(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

fn file_error(doing: &'static str, path: &Path, why: io::Error) -> TargetError {
    TargetError::File { doing, path: path.to_path_buf(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use std::os::unix::fs::{MetadataExt, symlink};

    fn publication(path: &str, body: &str) -> Publication {
        Publication {
            path: path.to_owned(),
            media_type: "application/rss+xml",
            body: body.as_bytes().into(),
            etag: "\"x\"".to_owned(),
            last_modified: DateTime::from_timestamp(0, 0).expect("a moment"),
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .expect("folder")
            .map(|entry| entry.expect("entry").file_name().into_string().expect("text"))
            .collect();
        names.sort();
        names
    }

    fn opened() -> (tempfile::TempDir, Directory) {
        let home = tempfile::tempdir().expect("folder");
        let directory = Directory::open(home.path().join("a/public")).expect("opened");
        (home, directory)
    }

    #[tokio::test]
    async fn files_are_readable_by_a_web_server_and_equal_bytes_are_left_alone() {
        let (_home, directory) = opened();
        let feed = publication("bao/all.rss", "one");
        assert_eq!(directory.put(&feed).await.expect("put"), Put::Written);
        let path = directory.root.join("bao/all.rss");
        let first = fs::metadata(&path).expect("file");
        assert_eq!(
            (first.mode() & 0o777, fs::metadata(directory.root.join("bao")).expect("folder").mode() & 0o777),
            (0o644, 0o755)
        );
        assert_eq!(directory.put(&feed).await.expect("put"), Put::Unchanged);
        assert_eq!(fs::metadata(&path).expect("file").ino(), first.ino());
        assert_eq!(directory.put(&publication("bao/all.rss", "two")).await.expect("put"), Put::Written);
        assert_eq!(fs::read(&path).expect("file"), b"two");
        directory.sync().await.expect("synced");
        assert_eq!(names(&directory.root.join("bao")), ["all.rss"]);
    }

    #[tokio::test]
    async fn paths_that_leave_the_folder_are_refused() {
        let (_home, directory) = opened();
        for path in [
            "../a.rss",
            "/etc/a.rss",
            "bao/../a.rss",
            "a/b/c.rss",
            ".hidden",
            "bao/.rss",
            "bao/a",
            "",
            "bao/",
            "a.b.c",
            "a.fragment.html.x",
            "a.b.fragment.html",
            "A.rss",
        ] {
            let refused = directory.put(&publication(path, "x")).await;
            assert!(matches!(refused, Err(TargetError::Path { .. })), "{path}");
            assert!(directory.remove(path).await.is_err(), "{path}");
        }
        assert!(names(&directory.root).is_empty());
    }

    #[tokio::test]
    async fn symlinks_are_replaced_and_never_followed() {
        let (home, directory) = opened();
        let outside = home.path().join("outside");
        fs::create_dir(&outside).expect("folder");
        fs::write(outside.join("all.rss"), "theirs").expect("file");
        symlink(&outside, directory.root.join("bao")).expect("link");
        symlink(outside.join("all.rss"), directory.root.join("feeds.opml")).expect("link");
        symlink(outside.join("all.rss"), directory.root.join(".feeds.opml.bantin-tmp")).expect("link");
        directory.remove("bao/all.rss").await.expect("left alone");
        for path in ["bao/all.rss", "feeds.opml"] {
            directory.put(&publication(path, "ours")).await.expect("put");
            assert_eq!(fs::read(directory.root.join(path)).expect("file"), b"ours");
        }
        assert_eq!(fs::read(outside.join("all.rss")).expect("file"), b"theirs");
    }

    #[tokio::test]
    async fn removed_file_goes_with_its_empty_folder_and_others_stay() {
        let (_home, directory) = opened();
        for path in ["bao/all.rss", "khac/all.rss"] {
            directory.put(&publication(path, "x")).await.expect("put");
        }
        fs::write(directory.root.join("khac/robots.txt"), "theirs").expect("file");
        for path in ["bao/all.rss", "khac/all.rss", "mat/all.rss"] {
            directory.remove(path).await.expect("removed");
        }
        assert_eq!(
            (names(&directory.root), names(&directory.root.join("khac"))),
            (vec!["khac".to_owned()], vec!["robots.txt".to_owned()])
        );
        directory.sync().await.expect("synced");
    }

    #[test]
    fn temporary_files_of_a_kill_are_removed_at_the_start() {
        let home = tempfile::tempdir().expect("folder");
        fs::create_dir(home.path().join("bao")).expect("folder");
        for name in [".feeds.opml.bantin-tmp", "bao/.all.rss.bantin-tmp", "bao/.htaccess", "bao/all.rss"] {
            fs::write(home.path().join(name), "half").expect("file");
        }
        Directory::open(home.path()).expect("opened");
        assert_eq!(
            (names(home.path()), names(&home.path().join("bao"))),
            (vec!["bao".to_owned()], vec![".htaccess".to_owned(), "all.rss".to_owned()])
        );
    }

    #[tokio::test]
    async fn error_names_path_cause_and_remedy() {
        let (_home, directory) = opened();
        fs::create_dir_all(directory.root.join("bao/all.rss/x")).expect("folder");
        let error = directory.put(&publication("bao/all.rss", "x")).await.expect_err("a folder stands there");
        let text = error.to_string();
        assert!(text.contains("bao/all.rss") && text.contains("move it away"), "{text}");
        assert_eq!(names(&directory.root.join("bao")), ["all.rss"]);
    }

    #[test]
    fn folder_in_the_place_of_a_file_is_told_at_the_start() {
        let home = tempfile::tempdir().expect("folder");
        fs::write(home.path().join("public"), "a file").expect("file");
        let error = Directory::open(home.path().join("public")).expect_err("a file stands there");
        assert!(error.to_string().contains("public"), "{error}");
    }
}
