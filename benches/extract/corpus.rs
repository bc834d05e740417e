//! Real pages, read in place where `BANTIN_CORPUS` names a folder with them, in its `listings` where it has that (`.html` and
//! `.html.gz`); never part of this project.

use flate2::read::GzDecoder;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The sizes of pages that the ratio is promised for.
const SIZES: std::ops::RangeInclusive<usize> = 100_000..=320_000;

/// Pages in order of name, each with its name and text.
pub(crate) fn pages() -> Vec<(String, String)> {
    let Some(folder) = std::env::var_os("BANTIN_CORPUS") else { return Vec::new() };
    let mut files = Vec::new();
    let listings = Path::new(&folder).join("listings");
    collect(if listings.is_dir() { &listings } else { Path::new(&folder) }, &mut files);
    files.sort();
    let pages = files.iter().filter_map(|file| Some((file.file_name()?.to_string_lossy().into_owned(), text(file)?)));
    pages.filter(|(_, text)| SIZES.contains(&text.len())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = path.to_string_lossy();
        if path.is_dir() {
            collect(&path, files);
        } else if name.ends_with(".html") || name.ends_with(".html.gz") {
            files.push(path);
        }
    }
}

/// A page that is no UTF-8 is left out: the parser alone would read another text.
fn text(file: &Path) -> Option<String> {
    let bytes = std::fs::read(file).ok()?;
    if file.extension().is_none_or(|extension| extension != "gz") {
        return String::from_utf8(bytes).ok();
    }
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).ok()?;
    Some(text)
}
