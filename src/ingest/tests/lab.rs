//! A scripted newspaper on loopback, and a poller that lives for days and is stopped and started on the way. Both clocks
//! are the test's: nothing sleeps.

use super::{settings, source};
use crate::fetch::{Fetcher, Settings};
use crate::ingest::{ArticleReport, Ingest, PollReport};
use crate::model::{Item, PaperId, PollState, Recipe, Selection, Source, SourceId};
use crate::schedule::{Bounds, Cadence, Rhythm};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the origin answers: from the path and how often it was asked before.
type Script = dyn Fn(&str, usize) -> Vec<u8> + Send + Sync;

/// Each request so far: its path and its head.
type Seen = Mutex<Vec<(String, Vec<u8>)>>;

pub(super) const EVERY: Duration = Duration::from_secs(900);

/// The origin, the state folder and the time.
pub(super) struct Lab {
    pub(super) home: Url,
    pub(super) now: DateTime<Utc>,
    pub(super) settings: Settings,
    seen: Arc<Seen>,
    folder: TempDir,
    running: Option<Running>,
}

struct Running {
    store: Arc<SqliteStore>,
    ingest: Ingest<SqliteStore>,
}

impl Lab {
    pub(super) async fn new(script: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
        let home = Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL");
        let seen: Arc<Seen> = Arc::default();
        tokio::spawn(accept(listener, Arc::clone(&seen), Arc::new(script)));
        let now = DateTime::from_timestamp(1_771_056_000, 0).expect("2026-02-14 08:00");
        let folder = tempfile::tempdir().expect("a folder");
        let mut lab = Self { home, now, settings: settings(), seen, folder, running: None };
        lab.start().await;
        lab
    }

    async fn start(&mut self) {
        let store = Arc::new(SqliteStore::open(self.folder.path(), self.now).expect("a store"));
        let origins = store.origins().await.expect("origins");
        let fetcher = Arc::new(Fetcher::new(self.settings.clone(), origins).expect("a fetcher"));
        let ingest = Ingest::new(Arc::clone(&store), fetcher, cadence()).keeping(64 << 20);
        self.running = Some(Running { store, ingest });
    }

    /// As if the process had been stopped and started: nothing is known but what the store keeps.
    pub(super) async fn restart(&mut self) {
        if let Some(running) = self.running.take() {
            running.store.close();
        }
        self.start().await;
    }

    /// A source at a path of the origin, named by it, that reads no articles.
    pub(super) fn source(&self, path: &str) -> Arc<Source> {
        let mut made = source(self.home.clone(), Recipe::Auto);
        let name: String = path.chars().filter(char::is_ascii_lowercase).collect();
        made.id = SourceId::new(&made.paper, &name).expect("a slug");
        made.url = self.home.join(path).expect("a path");
        Arc::new(made)
    }

    pub(super) fn store(&self) -> &SqliteStore {
        &self.running.as_ref().expect("started").store
    }

    pub(super) fn ingest(&self) -> Ingest<SqliteStore> {
        self.running.as_ref().expect("started").ingest.clone()
    }

    /// What the store keeps of a source.
    pub(super) async fn state(&self, source: &Source) -> PollState {
        let mut states = self.store().poll_states().await.expect("states");
        *states.remove(&source.id).unwrap_or_default()
    }

    /// Polls now, due or not.
    pub(super) async fn poll(&self, source: &Arc<Source>) -> PollReport {
        let state = self.state(source).await;
        self.ingest().poll(source, &Rhythm::Every(EVERY), state, self.now).await.expect("a store")
    }

    /// Polls as soon as the source is due.
    pub(super) async fn next_poll(&mut self, source: &Arc<Source>) -> PollReport {
        let state = self.state(source).await;
        let due = cadence().due(&source.id, &Rhythm::Every(EVERY), &state, self.now);
        self.wait(due - self.now).await;
        self.poll(source).await
    }

    /// Lets time pass, by both clocks.
    pub(super) async fn wait(&mut self, span: TimeDelta) {
        self.now += span;
        tokio::time::pause();
        tokio::time::advance(span.to_std().unwrap_or_default()).await;
        tokio::time::resume();
    }

    /// How long after now a source is due.
    pub(super) async fn wait_of(&self, source: &Source) -> TimeDelta {
        self.state(source).await.next_poll_at.expect("it was polled") - self.now
    }

    /// Reads the article pages that are due a moment later.
    pub(super) async fn read_articles(&mut self, source: &Arc<Source>) -> Vec<ArticleReport> {
        self.wait(TimeDelta::seconds(1)).await;
        let mut reports = Vec::new();
        for pending in self.store().pending_articles(self.now, 100).await.expect("pages") {
            let read = self.ingest().read_article(source, &Rhythm::Every(EVERY), &pending, self.now).await;
            reports.push(read.expect("a store"));
        }
        reports
    }

    /// What readers see.
    pub(super) async fn items(&self) -> Vec<Item> {
        let paper = PaperId::new("bao").expect("a slug");
        self.store().items(&Selection::of(paper, None, 1000)).await.expect("items")
    }

    /// The paths asked so far, but for robots.txt.
    pub(super) fn paths(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("not poisoned");
        seen.iter().map(|(path, _)| path.clone()).filter(|path| path != "/robots.txt").collect()
    }

    /// How often a path was asked for.
    pub(super) fn asked(&self, path: &str) -> usize {
        self.seen.lock().expect("not poisoned").iter().filter(|(asked, _)| asked == path).count()
    }

    /// A header of each request for a path, byte for byte.
    pub(super) fn sent(&self, path: &str, name: &str) -> Vec<Option<Vec<u8>>> {
        let prefix = format!("{name}: ");
        let of = |head: &[u8]| {
            let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
            lines.find_map(|line| line.strip_prefix(prefix.as_bytes()).map(<[u8]>::to_vec))
        };
        let seen = self.seen.lock().expect("not poisoned");
        seen.iter().filter(|(asked, _)| asked == path).map(|(_, head)| of(head)).collect()
    }
}

/// Ten minutes at least, a day at most.
pub(super) fn cadence() -> Cadence {
    Cadence::new(Bounds { min_interval: Duration::from_secs(600), max_interval: Duration::from_secs(86_400) })
}

async fn accept(listener: TcpListener, seen: Arc<Seen>, script: Arc<Script>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, Arc::clone(&seen), Arc::clone(&script)));
    }
}

async fn answer(mut stream: TcpStream, seen: Arc<Seen>, script: Arc<Script>) {
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned();
        let before = {
            let mut seen = seen.lock().expect("not poisoned");
            seen.push((path.clone(), std::mem::take(&mut head)));
            seen.iter().filter(|(other, _)| *other == path).count() - 1
        };
        if stream.write_all(&script(&path, before)).await.is_err() {
            return;
        }
    }
}

pub(super) fn ok(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(super) fn status(code: u16, headers: &str) -> Vec<u8> {
    let length = if code == 304 { "" } else { "content-length: 0\r\n" };
    format!("HTTP/1.1 {code} X\r\n{headers}{length}\r\n").into_bytes()
}

pub(super) fn path_of(number: usize) -> String {
    format!("/xa-hoi/ban-lang-so-{number}-vui-ngay-hoi-xuong-dong-Ab{number}dEf9hK.html")
}

pub(super) fn title_of(number: usize) -> String {
    format!("Bản làng số {number} vui ngày hội xuống đồng")
}

/// A feed of articles by number; `extra` goes into its channel.
pub(super) fn feed(numbers: impl IntoIterator<Item = usize>, extra: &str) -> String {
    let items = numbers.into_iter().map(|n| {
        let (path, title) = (path_of(n), title_of(n));
        format!("<item><title>{title}</title><link>{path}</link><guid isPermaLink='false'>tin-{n}</guid></item>")
    });
    let items: String = items.collect();
    format!("<rss version='2.0'><channel><title>Xã hội</title>{extra}{items}</channel></rss>")
}
