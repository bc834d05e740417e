//! Plans and replays over a state folder that a round over a real origin has filled.

use super::*;
use crate::config::{self, Environment};
use crate::daemon::{once, orders};
use crate::model::{PaperId, Selection, Source};
use crate::serve::{Order, OrderReply};
use std::path::Path;
use std::sync::Mutex;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A paper with one section, and the paths that it was asked for.
struct Paper {
    home: String,
    asked: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

const SELECTORS: &str = "selectors = { item = \"article.tin\", title = \"h3\", summary = \"p\" }";
const GARBLED: &str = "selectors = { item = \"article.tin\", title = \"p\", summary = \"h3\" }";
const WIDER: &str = "selectors = { item = \".tin\", title = \"h3\", summary = \"p\" }";

/// Ten articles in the list, and two where only selectors look.
fn page() -> String {
    let story = |n: usize, tag: &str| {
        format!(
            "<{tag} class='tin'><h3><a href='/xa-hoi/ban-lang-so-{n}-vui-ngay-hoi-Ab{n}dEf9hK.html'>Bản làng số {n} vui \
             ngày hội</a></h3><p>Người dân bản {n} mở đầu một năm làm ăn mới.</p></{tag}>"
        )
    };
    let list: String = (0..10).map(|n| story(n, "article")).collect();
    let hidden: String = (20..22).map(|n| story(n, "div")).collect();
    format!("<!doctype html><title>Xã hội</title><h1>Xã hội</h1><main>{list}</main><nav>{hidden}</nav>")
}

impl Paper {
    /// Answers robots.txt with 404 and everything else with `page`.
    async fn print(page: String) -> Self {
        let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
        let home = format!("http://{}", listener.local_addr().expect("bound"));
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while let Ok(byte) = stream.read_u8().await {
                    head.push(byte);
                    if !head.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned();
                    head.clear();
                    let (status, body) = if path == "/xa-hoi.html" { (200, page.as_str()) } else { (404, "") };
                    let start =
                        format!("HTTP/1.1 {status} X\r\ncontent-type: text/html\r\ncontent-length: {}", body.len());
                    seen.lock().expect("not poisoned").push(path);
                    if stream.write_all(format!("{start}\r\n\r\n{body}").as_bytes()).await.is_err() {
                        break;
                    }
                }
            }
        });
        Self { home, asked, folder: tempfile::tempdir().expect("a folder") }
    }

    fn config(&self, paper: &str, section: &str) -> Config {
        let (home, folder) = (&self.home, self.folder.path().display());
        let text = format!(
            "state-dir = \"{folder}\"\ncontact = \"a@bao.vn\"\n[fetch]\nallow-networks = [\"127.0.0.0/8\"]\nper-host-delay = \"0s\"\n\
             [[paper]]\nid = \"bao\"\ntitle = \"Báo\"\nhome = \"{home}/\"\n{paper}\n\
             [[paper.section]]\nid = \"xa-hoi\"\nurl = \"{home}/xa-hoi.html\"\n{section}\n"
        );
        config::load_text("bantin.toml", &text, &Environment::default()).expect("a configuration")
    }

    /// One round with these selectors, without article pages.
    async fn round(&self, section: &str) {
        once(self.config("read-articles = false", section), |_| ()).await.expect("a round");
    }

    fn requests(&self) -> usize {
        self.asked.lock().expect("not poisoned").len()
    }
}

async fn titles(folder: &Path) -> Vec<String> {
    let store = SqliteStore::open_read_only(folder).expect("a store");
    let paper = PaperId::new("bao").expect("a slug");
    let items = store.items(&Selection::of(paper, None, 100)).await.expect("items");
    items.into_iter().map(|item| item.title).collect()
}

async fn plan(config: Config) -> Rehearsal {
    rehearse(config, None, Depth::Newest, &Watcher::default()).await.expect("a rehearsal")
}

/// Each feed that would change: its path, and how many items would be added, gone and otherwise.
fn changes(rehearsal: &Rehearsal) -> Vec<(&str, FeedFate, usize, usize, usize)> {
    let touched = rehearsal.feeds.iter().filter(|feed| feed.fate != FeedFate::Same);
    touched.map(|f| (f.feed.as_str(), f.fate, f.added.len(), f.removed.len(), f.changed.len())).collect()
}

#[tokio::test]
async fn plan_shows_each_feed_that_would_change_and_changes_nothing() {
    let paper = Paper::print(page()).await;
    paper.round(SELECTORS).await;
    let (before, requests) = (titles(paper.folder.path()).await, paper.requests());
    // the daemon holds the lock meanwhile
    let running = SqliteStore::open(paper.folder.path(), Utc::now()).expect("a store");
    let same = plan(paper.config("read-articles = false", SELECTORS)).await;
    assert_eq!((changes(&same), same.sources[0].entries), (vec![], Some(10)));

    let wider = plan(paper.config("read-articles = false", &format!("title = \"Xã hội\"\n{WIDER}"))).await;
    assert_eq!(
        changes(&wider),
        [("bao/all", FeedFate::Changed, 2, 0, 10), ("bao/xa-hoi", FeedFate::Appears, 12, 0, 0)]
    );
    let facts: Vec<&str> = wider.feeds[0].changed[0].facts.iter().map(|change| change.fact.as_str()).collect();
    assert_eq!((facts, wider.sources[0].new, wider.alarms.len()), (vec!["tags"], 2, 0));

    let garbled = plan(paper.config("read-articles = false", GARBLED)).await;
    let changed = &garbled.feeds[0].changed[0];
    assert!(changed.facts.iter().any(|change| change.fact == "title"), "{changed:?}");
    assert!(!changed.facts.iter().any(|change| change.fact == "date_modified"), "the paper edited nothing");
    assert_eq!(garbled.alarms, [""; 0]);

    let renamed = plan(paper.config("read-articles = false\nitem-limit = 4\nlanguage = \"en\"", SELECTORS)).await;
    let facts: Vec<&str> = renamed.feeds[0].facts.iter().map(|change| change.fact.as_str()).collect();
    assert_eq!(
        (renamed.feeds[0].removed.len() + renamed.feeds[0].displaced, facts),
        (6, vec!["description", "language"])
    );

    drop(running);
    assert_eq!((titles(paper.folder.path()).await, paper.requests()), (before, requests), "nobody was asked");
}

#[tokio::test]
async fn plan_names_what_could_not_be_read_what_waits_and_what_is_not_kept() {
    let paper = Paper::print(page()).await;
    paper.round(SELECTORS).await;
    let mut elsewhere = paper.config("read-articles = false", SELECTORS);
    let section = &mut elsewhere.papers[0].sections[0];
    let home = "https://bao-khac.vn/".parse().expect("a URL");
    section.source = Arc::new(Source { home, ..Source::clone(&section.source) });
    let broken = plan(elsewhere).await;
    let source = &broken.sources[0];
    assert!(source.problem.is_some() && !source.was_unreadable && source.entries.is_none(), "{source:?}");
    assert_eq!(changes(&broken), [], "what is published stays");
    let more = format!("{WIDER}\n[[paper.section]]\nurl = \"{}/moi.html\"", paper.home);
    let waiting = plan(paper.config("read-articles = true", &more)).await;
    assert_eq!((waiting.sources[0].new, waiting.sources[0].awaiting), (2, 2));
    assert_eq!(waiting.feeds[0].added.len(), 2, "shown as if their pages had been read");
    assert_eq!((waiting.sources[1].id.as_str(), waiting.sources[1].documents), ("bao/moi", 0));
    let only = SourceId::try_from("bao/moi".to_owned()).expect("an id");
    let only =
        rehearse(paper.config("", &more), Some(&only), Depth::All, &Watcher::default()).await.expect("a rehearsal");
    assert_eq!(only.sources.len(), 1);
}

#[tokio::test]
async fn replay_corrects_what_was_read_wrong_without_asking_the_origin() {
    let paper = Paper::print(page()).await;
    paper.round(GARBLED).await;
    let wrong = titles(paper.folder.path()).await;
    assert!(wrong.iter().all(|title| title.starts_with("Người dân")), "{wrong:?}");
    let requests = paper.requests();
    let replay = |source: Option<&str>| Order::Replay {
        source: source.map(|id| SourceId::try_from(id.to_owned()).expect("an id")),
        all: false,
    };
    let config = || paper.config("read-articles = false", SELECTORS);
    let OrderReply::Done { lines, .. } =
        orders::obey(config(), replay(None), Watcher::default()).await.expect("a reply")
    else {
        panic!("not carried out");
    };
    assert_eq!(
        lines,
        ["bao/xa-hoi: 10 items corrected", "1 sources changed, 0 as they were, 0 without a kept document"]
    );
    let right = titles(paper.folder.path()).await;
    assert!(right.iter().all(|title| title.starts_with("Bản làng")), "{right:?}");
    let OrderReply::Done { lines, .. } =
        orders::obey(config(), replay(Some("bao/xa-hoi")), Watcher::default()).await.expect("a reply")
    else {
        panic!("not carried out");
    };
    assert_eq!(lines, ["0 sources changed, 1 as they were, 0 without a kept document"]);
    let unknown = orders::obey(config(), replay(Some("bao/khac")), Watcher::default()).await.expect("a reply");
    assert!(matches!(unknown, OrderReply::Unknown { .. }));
    let same = plan(config()).await;
    assert_eq!((changes(&same), paper.requests()), (vec![], requests), "published, and nobody was asked");
}

#[tokio::test]
async fn round_reads_anew_what_may_not_be_asked_for_yet() {
    let paper = Paper::print(page()).await;
    paper.round(GARBLED).await;
    let requests = paper.requests();
    paper.round(SELECTORS).await;
    let titles = titles(paper.folder.path()).await;
    assert!(titles.iter().all(|title| title.starts_with("Bản làng")), "{titles:?}");
    assert_eq!(paper.requests(), requests, "its time had not come");
}
