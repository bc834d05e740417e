//! The floors of ARCHITECTURE.md, held: who may know whom, and which crate has which one room.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room's floor. A room may name lower floors alone, never its own.
const FLOORS: &[(&str, u8)] = &[
    ("model", 0),
    ("text", 0),
    ("schedule", 1),
    ("fetch", 1),
    ("extract", 1),
    ("normalize", 1),
    ("store", 1),
    ("render", 1),
    ("observe", 1),
    ("ingest", 2),
    ("publish", 2),
    ("serve", 3),
    ("config", 4),
    ("systemd", 4),
    ("daemon", 5),
    ("cli", 6),
];

/// What one place alone may name: a crate, the clock, or the word that vouches for markup.
const ONE_ROOM: &[(&str, &[&str])] = &[
    ("tokio_cron_scheduler", &["schedule/mod.rs"]),
    ("croner", &["schedule/cron.rs"]),
    ("reqwest", &["fetch/"]),
    ("rusqlite", &["store/sqlite/"]),
    ("feed_rs", &["extract/feed"]),
    ("dom_query", &["extract/dom.rs"]),
    ("dom_smoothie", &["extract/article"]),
    ("ammonia", &["normalize/sanitize"]),
    ("rss::", &["render/rss.rs"]),
    ("mail_builder", &["daemon/alerts/ways.rs"]),
    ("atom_syndication", &["render/atom.rs", "render/alerts.rs", "render/rss.rs"]),
    ("toml::", &["config/"]),
    ("sd_notify", &["systemd.rs"]),
    ("prometheus_client", &["observe/metrics"]),
    ("ring::hmac", &["serve/websub.rs", "daemon/hub/calls.rs", "daemon/webhooks/calls.rs"]),
    ("ring::rand", &["daemon/random.rs"]),
    ("subtle", &["serve/websub.rs", "daemon/hub/calls.rs"]),
    ("anyhow", &["daemon/", "cli/", "main.rs"]),
    ("Utc::now", &["daemon/", "cli/"]),
    ("SystemTime::now", &["daemon/", "cli/"]),
    ("SafeHtml::vouch", &["normalize/sanitize", "store/sqlite/"]),
    // one type makes requests: `fetch::Fetcher`; whatever else could connect or look a name up
    ("ClientBuilder", &["fetch/client.rs"]),
    ("lookup_host", &["fetch/lookup.rs"]),
    ("to_socket_addrs", &[]),
    ("ToSocketAddrs", &[]),
    ("TcpStream::connect", &[]),
    ("TcpSocket", &[]),
    ("UdpSocket", &[]),
    // whether another process serves at the socket's path; the operators' door, asked by commands; a pair's other half
    ("UnixStream::connect", &["daemon/listening.rs", "serve/control.rs", "serve/partner.rs"]),
    ("UnixDatagram", &[]),
    ("socket2", &[]),
    ("hyper::client", &["serve/partner.rs"]),
    ("hyper_util::client", &[]),
    ("hickory", &[]),
    ("tokio_rustls", &[]),
    // accepted connections, which nobody opened from here
    ("TcpStream", &["serve/listener.rs"]),
    ("net::unix", &["serve/listener.rs", "daemon/listening.rs"]),
    ("process::Command", &["daemon/alerts/ways.rs"]),
    ("tokio::process", &["daemon/alerts/ways.rs"]),
];

/// Crates that could ask an origin beside `fetch`; the manifest may not name them.
const NO_CLIENTS: &[&str] =
    &["ureq", "curl", "isahc", "surf", "attohttpc", "hyper-tls", "native-tls", "hickory-resolver"];

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

fn room_of(path: &Path) -> String {
    let first = path.components().next().expect("a file").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The code of a file without comments and without its tests, which may use what they like.
fn code_of(source: &str) -> String {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code
        .lines()
        .map(|line| line.find("//").map_or(line, |at| if line[..at].ends_with(':') { line } else { &line[..at] }));
    lines.collect::<Vec<_>>().join("\n")
}

/// The rooms that a file's code names: `crate::room…`, and those inside `crate::{…}`.
fn named_rooms(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        if let Some(group) = part.strip_prefix('{') {
            let mut depth = 1;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 1 && (c.is_alphanumeric() || c == '_') {
                    word.push(c);
                } else {
                    if depth <= 1 && matches!(c, ',' | ':' | '}' | ' ' | '\n') && floor(&word).is_some() {
                        rooms.insert(word.clone());
                    }
                    word.clear();
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            rooms.insert(part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    rooms
}

fn faults(path: &Path, source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (room, code) = (room_of(path), code_of(source));
    let shown = path.display();
    if !matches!(room.as_str(), "lib" | "main") {
        match floor(&room) {
            None => faults.push(format!("{shown}: the room `{room}` stands on no floor")),
            Some(own) => faults.extend(
                named_rooms(&code)
                    .into_iter()
                    .filter(|named| *named != room && floor(named).is_some_and(|other| other >= own))
                    .map(|named| format!("{shown}: `{room}` (floor {own}) may not name `{named}`")),
            ),
        }
    }
    let in_path = path.to_string_lossy();
    for (name, places) in ONE_ROOM {
        let names = code.match_indices(name).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || (*name == "rss::" && c == ':'))
        });
        if names && !places.iter().any(|place| in_path.starts_with(place)) {
            faults.push(format!("{shown}: `{name}` belongs to {places:?} alone"));
        }
    }
    faults
}

/// Files that stand behind `#[cfg(test)] mod …`.
fn is_test_code(path: &Path) -> bool {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let in_tests = path.parent().is_some_and(|folder| folder.ends_with("tests") || folder.ends_with("contract"));
    in_tests || ["tests", "contract", "fixture", "stub"].contains(&stem.as_str())
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !is_test_code(&path) {
            found.push(path);
        }
    }
}

#[test]
fn every_room_names_lower_floors_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50, "only {} files found", files.len());
    let mut all = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).expect("a source file");
        all.extend(faults(file.strip_prefix(&root).expect("below src"), &source));
    }
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn a_socket_that_is_opened_beside_the_fetcher_is_found() {
    for (path, source) in [
        ("publish/websub.rs", "use std::net::TcpStream; fn f() { TcpStream::connect(hub); }"),
        ("serve/websub.rs", "tokio::net::TcpStream::connect(hub).await"),
        ("serve/listener.rs", "TcpStream::connect(hub).await"),
        ("fetch/robots.rs", "TcpStream::connect(origin).await"),
        ("store/sqlite/backup.rs", "std::os::unix::net::UnixStream::connect(path)"),
    ] {
        assert!(!faults(Path::new(path), source).is_empty(), "{path}: {source}");
    }
}

#[test]
fn no_other_client_is_in_the_manifest() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("a manifest");
    let names: Vec<&str> = manifest.lines().filter_map(|line| Some(line.split_once(" = ")?.0.trim())).collect();
    assert!(names.contains(&"reqwest"));
    let found: Vec<_> = NO_CLIENTS.iter().filter(|client| names.contains(client)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_planted_import_is_found() {
    for (path, source) in [
        ("fetch/mod.rs", "use crate::extract::extract;"),
        ("model/item.rs", "use crate::text;"),
        ("extract/feed.rs", "use crate::{model::Entry, store::{Batch, Store}};"),
        ("publish/mod.rs", "use crate::ingest::Ingest;"),
        ("extract/article.rs", "fn f() { reqwest::get(\"x\"); }"),
        ("store/sqlite/item.rs", "let now = Utc::now();"),
        ("render/html.rs", "SafeHtml::vouch(markup)"),
        ("novel/mod.rs", "fn f() {}"),
        ("publish/websub.rs", "let stream = tokio::net::TcpSocket::new_v4()?;"),
        ("publish/websub.rs", "let socket = UdpSocket::bind(ANY)?;"),
        ("daemon/house.rs", "let found = tokio::net::lookup_host(name).await?;"),
        ("extract/image.rs", "use hyper_util::client::legacy::Client;"),
        ("fetch/sitemap.rs", "let client = ClientBuilder::new();"),
        ("ingest/hub.rs", "let addresses = name.to_socket_addrs()?;"),
        ("cli/probe/mod.rs", "std::process::Command::new(\"curl\")"),
    ] {
        assert_eq!(faults(Path::new(path), source).len(), 1, "{path}: {source}");
    }
}

#[test]
fn what_the_floors_allow_is_no_fault() {
    for (path, source) in [
        ("ingest/mod.rs", "use crate::{fetch::Fetcher, store::Store};"),
        ("fetch/mod.rs", "//! like crate::extract\nuse crate::model::Document;"),
        ("fetch/mod.rs", "fn f() {}\n#[cfg(test)]\nmod tests { use crate::extract::extract; }"),
        ("cli/run.rs", "let now = Utc::now();"),
        ("render/rss.rs", "use rss::Channel;"),
        ("render/mod.rs", "mod rss; use self::rss::write;"),
    ] {
        assert_eq!(faults(Path::new(path), source), Vec::<String>::new(), "{path}: {source}");
    }
}
