//! Files: the one that is asked for, and those that it includes.
//!
//! Comes in: paths and patterns. Goes out: texts, or problems that say which file cannot be read and why.

use super::error::{Problem, Report};
use super::file::{self, PaperTable};
use super::place::{Place, Text};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A longer file is no configuration.
const MOST_BYTES: u64 = 16 << 20;

/// The text of a file; where it cannot be had, a problem, shown at the `include` that asked for it if one did.
pub(super) fn read_text(path: &Path, asked_by: Option<Place>, report: &Report) -> Option<String> {
    let name = path.display();
    let failed = |cause: String, help: &str| {
        let what = format!("{name} {cause}");
        report.problem(asked_by.map_or_else(|| Problem::anywhere(&what), |place| Problem::at(place, &what)).help(help));
    };
    match read_bytes(path) {
        Err(error) => {
            failed(format!("cannot be read: {}", cause(&error)), remedy(&error));
            None
        }
        Ok(bytes) if bytes.len() as u64 > MOST_BYTES => {
            failed(format!("has more than {} MiB", MOST_BYTES >> 20), "this is no configuration");
            None
        }
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| not_utf8(&name.to_string(), &error, report)).ok(),
    }
}

/// The papers of all files that the patterns of `include` name, relative to the file that includes them.
pub(super) fn read_all(patterns: &[Text], including: &Path, report: &Report) -> Vec<PaperTable> {
    let folder = including.parent().unwrap_or(Path::new(""));
    let mut seen: BTreeSet<PathBuf> = std::fs::canonicalize(including).into_iter().collect();
    let mut papers = Vec::new();
    for pattern in patterns {
        for path in matches(folder, pattern, report) {
            if !seen.insert(std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
                continue;
            }
            if let Some(text) = read_text(&path, Some(pattern.place), report) {
                papers.extend(file::read_included(&path.display().to_string(), &text, report));
            }
        }
    }
    papers
}

fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn cause(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "its permissions do not allow it".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

fn remedy(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "check the path, or write the file; config/minimal.toml is a start",
        std::io::ErrorKind::PermissionDenied => "let the user that bantin runs as read it and the folders above it",
        std::io::ErrorKind::IsADirectory => "name a file in it",
        _ => "see whether the disk and the file are well",
    }
}

/// Shows the first byte that is no UTF-8 in its line.
fn not_utf8(name: &str, error: &std::string::FromUtf8Error, report: &Report) {
    let at = error.utf8_error().valid_up_to();
    let file = report.add_file(name, &String::from_utf8_lossy(error.as_bytes()));
    let byte = error.as_bytes().get(at).copied().unwrap_or_default();
    report.problem(
        Problem::at(Place { file, start: at, end: at + char::REPLACEMENT_CHARACTER.len_utf8() }, "this is not UTF-8")
            .label(format!("the byte 0x{byte:02x} cannot stand here"))
            .help("save the file as UTF-8"),
    );
}

/// The files that a pattern names, in the order of their names; `*` may stand in the last part of the path.
fn matches(folder: &Path, pattern: &Text, report: &Report) -> Vec<PathBuf> {
    let path = folder.join(&pattern.value);
    let Some(last) = path.file_name().and_then(|name| name.to_str()).filter(|_| !pattern.value.ends_with('/')) else {
        report.problem(
            Problem::at(pattern.place, "`include` must name files")
                .help("write it like `include = [\"papers/*.toml\"]`"),
        );
        return Vec::new();
    };
    let parent = path.parent().unwrap_or(folder);
    if parent.to_string_lossy().contains('*') && pattern.value.contains('*') && !folder_has_star(folder, parent) {
        report.problem(
            Problem::at(pattern.place, "`*` may stand in the last part of a path alone")
                .help("list the folders one by one: `include = [\"a/*.toml\", \"b/*.toml\"]`"),
        );
        return Vec::new();
    }
    if !last.contains('*') {
        return vec![path];
    }
    let mut found = files_like(if parent.as_os_str().is_empty() { Path::new(".") } else { parent }, last);
    if found.is_empty() {
        report.warning(
            Problem::at(pattern.place, format!("`include` finds no file like {}", path.display()))
                .help("leave it out, or put the files there"),
        );
    }
    found.sort();
    found.into_iter().map(|name| parent.join(name)).collect()
}

/// Whether the star is one of the folder's own name, not of the pattern.
fn folder_has_star(folder: &Path, parent: &Path) -> bool {
    parent.strip_prefix(folder).is_ok_and(|rest| !rest.to_string_lossy().contains('*'))
}

fn files_like(folder: &Path, pattern: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && is_like(name, pattern))
        .filter(|name| folder.join(name).is_file())
        .collect()
}

/// Whether a name fits a pattern in which `*` stands for any characters.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn stars_stand_for_any_characters() {
        for (name, pattern) in
            [("a.toml", "*.toml"), ("a.toml", "a*l"), ("a.toml", "a.toml"), ("abcabc", "a*b*c"), ("a", "*")]
        {
            assert!(is_like(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [("a.toml~", "*.toml"), ("b", "a*"), ("ab", "abc"), ("ab", "ab*b"), ("abc", "ab")] {
            assert!(!is_like(name, pattern), "{name} {pattern}");
        }
    }
}
