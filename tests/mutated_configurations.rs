//! A thousand configurations with something wrong with them: each is taken whole, or refused with a place, a cause and a
//! remedy; and a daemon that is told to take each of them has all of it afterwards, or what it had before.

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;
mod mutations;

use bantin::config::{self, Config, ConfigError};
use bantin::daemon::entries;
use bantin::fetch::FetchError;
use bantin::publish::configured_channels;
use bantin::serve::{Half, Order, OrderReply, ask};
use common::{Daemon, Desk, paper_with};
use mutations::{Dice, mutated};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const CONFIGURATIONS: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// Papers, a channel and a webhook over two files; the included one is mutated as well, now and then.
const INCLUDING: &str = r#"contact = "https://feeds.example.vn/"
base-url = "https://feeds.example.vn/"
include = ["papers/*.toml"]

[fetch]
per-host-delay = "3s"
allow-networks = ["10.0.0.0/8", "fd00::/8"]

[history]
keep = "365d"
bodies = "64MiB"

[[paper]]
id = "bao-mot"
title = "Báo Một"
home = "https://bao-mot.example/"

[[paper.section]]
title = "Xã hội"
url = "https://bao-mot.example/xa-hoi.html"
every = "20m"
selectors = { item = "article.story", link = "a", title = "h2" }

[[paper.section]]
title = "Kinh tế"
was = ["thi-truong"]
url = "https://bao-mot.example/kinh-te.html"
cron = "0 */15 5-22 * * *"

[[channel]]
id = "ca-tinh"
title = "Cả tỉnh"
of = ["bao-mot", "bao-hai/the-thao"]

[[webhook]]
url = "https://hook.example/in"
secret = { file = "secret" }
"#;

const INCLUDED: &str = r#"[[paper]]
id = "bao-hai"
title = "Báo Hai"
home = "https://bao-hai.example/"
timezone = "Asia/Ho_Chi_Minh"

[[paper.section]]
title = "Thể thao"
url = "https://bao-hai.example/the-thao.rss"
"#;

/// The configurations that are mutated: whoever writes one begins with one of these.
fn originals() -> Vec<String> {
    let shipped = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
        fs::read_to_string(path).expect("a configuration")
    };
    vec![shipped("reference.toml"), shipped("baosonla.toml"), INCLUDING.to_owned()]
}

/// A folder where configurations are written, the included one and a secret beside it.
struct Folder(PathBuf);

impl Folder {
    fn file(&self) -> PathBuf {
        self.0.join("bantin.toml")
    }

    /// Writes the configuration of a number; says whether the one beside it was as it should be.
    fn write(&self, originals: &[String], number: usize, dice: &mut Dice) {
        fs::create_dir_all(self.0.join("papers")).expect("a folder");
        fs::write(self.0.join("secret"), "whsec_YSBrZXkgb2YgdGhpcnR5LXR3byBieXRlcywgbm8gbGU=").expect("a secret");
        let original = &originals[number % originals.len()];
        let beside = if number % 9 == 2 { mutated(INCLUDED, dice) } else { INCLUDED.as_bytes().to_vec() };
        fs::write(self.0.join("papers/hai.toml"), beside).expect("a configuration");
        fs::write(self.file(), mutated(original, dice)).expect("a configuration");
    }
}

fn assert_helps(error: &ConfigError, number: usize) {
    let shown = error.to_string();
    assert!(error.count() > 0 && shown.ends_with("in the configuration"), "{number}: {shown}");
    for problem in error.problems() {
        let context = format!("{number}: {problem:?}\n{shown}");
        let place = (problem.file.as_deref(), problem.line, problem.column);
        let (Some(file), Some(line), Some(column)) = place else {
            assert!(place == (None, None, None), "{context}");
            assert!(problem.problem.contains(".toml"), "at least the file is named: {context}");
            continue;
        };
        assert!(shown.contains(&format!("{file}:{line}:{column}")), "{context}");
        assert!(!problem.problem.is_empty() && !problem.help.is_empty(), "cause and remedy: {context}");
        assert!(!problem.problem.contains(char::is_control) && !problem.help.contains(char::is_control), "{context}");
    }
}

#[test]
fn each_is_taken_or_refused_with_place_cause_and_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = Folder(folder.path().to_owned());
    let (originals, mut dice) = (originals(), Dice::new(1));
    let (mut taken, mut refused) = (0, 0);
    for number in 0..CONFIGURATIONS {
        folder.write(&originals, number, &mut dice);
        match config::load(Some(&folder.file())) {
            Ok(config) => {
                assert!(config.sections().count() > 0 || !config.papers.is_empty(), "{number}");
                assert!(
                    config.warnings.iter().all(|warning| !warning.what.is_empty()),
                    "{number}: {:?}",
                    config.warnings
                );
                taken += 1;
            }
            Err(error) => {
                assert_helps(&error, number);
                refused += 1;
            }
        }
    }
    assert!(taken > CONFIGURATIONS / 10 && refused > CONFIGURATIONS / 3, "{taken} taken, {refused} refused");
}

/// What a reader and a program see of a daemon's configuration.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    sources: Vec<[String; 3]>,
    feeds: String,
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or(answer, |(_, body)| body)
}

fn seen(daemon: &Daemon) -> Seen {
    let status = daemon.get("/status.json");
    let status: Value = serde_json::from_str(body(&status)).expect("JSON");
    let text = |source: &Value, key: &str| source[key].as_str().unwrap_or_default().to_owned();
    let source = |source: &Value| ["id", "url", "title"].map(|key| text(source, key));
    Seen {
        sources: status["sources"].as_array().expect("sources").iter().map(source).collect(),
        feeds: body(&daemon.get("/feeds.opml")).to_owned(),
    }
}

fn sources_of(config: &Config) -> Vec<[String; 3]> {
    let source = |entry: bantin::serve::SourceEntry| {
        [entry.id.to_string(), FetchError::shown(&entry.url), entry.title.unwrap_or_default()]
    };
    entries(config).into_iter().map(source).collect()
}

/// The feeds that a configuration names, with all that the list says of them.
fn feeds_of(config: &Config) -> BTreeSet<String> {
    let channels = configured_channels(&config.publishing(), chrono::DateTime::UNIX_EPOCH);
    let opml = bantin::render::opml(&channels, "", chrono::DateTime::UNIX_EPOCH);
    outlines(&String::from_utf8_lossy(&opml.body))
}

fn outlines(opml: &str) -> BTreeSet<String> {
    opml.lines().map(str::trim).filter(|line| line.contains("xmlUrl=")).map(str::to_owned).collect()
}

fn reload(desk: &Desk) -> OrderReply {
    let state = desk.folder.path().join("state");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(ask(&state, Half::Polling, &Order::Reload, |_, _, _| ())).expect("an answer").expect("a daemon")
}

/// No request leaves the machine: every origin is a port where nobody listens.
fn harmless(text: &str) -> String {
    let address = regex::Regex::new(r#"https?://[a-z0-9.-]+"#).expect("a pattern");
    // a bound on readers would turn these tests away as well
    let unbounded = text.replace("\nrequests-per-minute", "\n# requests-per-minute");
    address.replace_all(&unbounded, "http://127.0.0.1:1").into_owned()
}

/// Whether a daemon may write where this configuration says.
fn stays_within(config: &Config) -> bool {
    let is_within = |path: &Path| path.is_relative() && !path.components().any(|part| part.as_os_str() == "..");
    config.publish_dir.as_deref().is_none_or(is_within) && is_within(&config.backup.dir)
}

#[test]
fn a_running_daemon_takes_all_of_each_or_nothing() {
    let paper = paper_with(3);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
    let daemon = Daemon::start(&desk);
    let folder = Folder(desk.folder.path().to_owned());
    let (originals, mut dice) = (originals().iter().map(|text| harmless(text)).collect::<Vec<_>>(), Dice::new(2));
    let started = config::load(Some(&folder.file())).expect("a good configuration");
    let mut ever = feeds_of(&started);
    let (mut before, mut taken, mut refused, mut left_out) = (seen(&daemon), 0, 0, 0);
    for number in 0..CONFIGURATIONS {
        folder.write(&originals, number, &mut dice);
        let loaded = config::load(Some(&folder.file()));
        if loaded.as_ref().is_ok_and(|config| !stays_within(config)) {
            left_out += 1;
            continue;
        }
        match (loaded, reload(&desk)) {
            (Ok(mut config), OrderReply::Done { facts, .. }) => {
                config.base_url_or(&daemon.url());
                assert_eq!(facts["sources"], config.sections().count(), "{number}");
                let named = feeds_of(&config);
                ever.extend(named.iter().cloned());
                let deadline = Instant::now() + PATIENCE;
                before = loop {
                    let now = seen(&daemon);
                    assert_eq!(now.sources, sources_of(&config), "{number}: the sources are there with the reply");
                    let feeds = outlines(&now.feeds);
                    if named.is_subset(&feeds) && has_base(&feeds, &config) {
                        assert!(feeds.is_subset(&ever), "{number}: {:?}", feeds.difference(&ever));
                        break now;
                    }
                    assert!(Instant::now() < deadline, "{number}: {named:?}\n{feeds:?}");
                };
                taken += 1;
            }
            (Err(_), OrderReply::Failed { why }) => {
                assert!(why.contains("the old configuration goes on"), "{number}: {why}");
                assert_eq!(seen(&daemon), before, "{number}: {why}");
                refused += 1;
            }
            // what only the system can refuse: a folder that cannot be made, a proxy that cannot be used
            (Ok(_), OrderReply::Failed { why }) => {
                assert!(why.contains("it cannot be put to work"), "{number}: {why}");
                assert_eq!(seen(&daemon), before, "{number}: {why}");
                refused += 1;
            }
            (Err(error), reply) => unreachable!("{number}: taken though it is bad: {reply:?}\n{error}"),
            (Ok(_), reply) => unreachable!("{number}: {reply:?}"),
        }
    }
    println!("{taken} taken, {refused} refused, {left_out} left out");
    assert!(taken > CONFIGURATIONS / 10 && refused > CONFIGURATIONS / 3, "{taken} taken, {refused} refused");
    assert_eq!(daemon.terminate(), Some(0));
}

/// Whether every feed is under the configuration's own base.
fn has_base(feeds: &BTreeSet<String>, config: &Config) -> bool {
    config.base_url.as_ref().is_none_or(|base| feeds.iter().all(|feed| feed.contains(&format!("xmlUrl=\"{base}"))))
}

#[test]
fn a_refused_reload_leaves_the_store_as_it_was() {
    let paper = paper_with(3);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
    assert!(desk.bantin(&["once"]).status.success());
    let daemon = Daemon::start(&desk);
    let feed = daemon.get("/bao/xa-hoi.rss");
    assert_eq!(body(&feed).matches("<item>").count(), 3, "{feed}");
    let file = desk.folder.path().join("bantin.toml");
    let good = fs::read_to_string(&file).expect("a configuration");
    let renamed = good.replace("title = \"Xã hội\"", "id = \"xa-hoi\"\ntitle = \"Đời sống\"\nwas = [\"xa-hoi\"]");
    assert_ne!(renamed, good);
    // a file stands where the folder should be
    fs::write(&file, renamed.replace("publish-dir = \"public\"", "publish-dir = \"bantin.toml\"")).expect("a write");
    let refused = reload(&desk);
    assert!(matches!(&refused, OrderReply::Failed { why } if why.contains("publish-dir")), "{refused:?}");
    // the items still stand in their category when all is published anew
    fs::write(&file, good.replace("Báo Mẫu", "Báo Khác")).expect("a write");
    assert!(matches!(reload(&desk), OrderReply::Done { .. }));
    let deadline = Instant::now() + PATIENCE;
    let feed = loop {
        let feed = daemon.get("/bao/xa-hoi.rss");
        if feed.contains("Báo Khác") {
            break feed;
        }
        assert!(Instant::now() < deadline, "{feed}");
    };
    assert_eq!(body(&feed).matches("<item>").count(), 3, "{feed}");
    assert_eq!(daemon.terminate(), Some(0));
}
