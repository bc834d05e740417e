//! What is new in a feed, over the wire: RFC 3229 as readers ask for it, and as our own poller does.

use super::*;
use crate::fetch::{Fetcher, Settings as FetchSettings};
use crate::ingest::{Ingest, PollReport, Polled};
use crate::model::{Item, PollState, Recipe, RobotsPolicy, Selection, Source, Tombstone};
use crate::publish::configured_channels;
use crate::publish::tests::settings;
use crate::render::render_all;
use crate::schedule::{Bounds, Cadence, Rhythm};
use crate::store::sqlite::SqliteStore;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

const ATOM: &str = "/bao/all.atom";
const WISH: &str = "A-IM: feed";

/// A server and what it publishes.
struct Press {
    server: Server,
    items: Vec<Item>,
    gone: Vec<Tombstone>,
}

impl Press {
    async fn start(count: i64) -> Self {
        let press = Self { server: Server::start(400).await, items: Vec::new(), gone: Vec::new() };
        press.publish_more(count).await
    }

    /// Puts all documents, with so many items more.
    async fn publish_more(mut self, count: i64) -> Self {
        for _ in 0..count {
            self.server.store.add("bao", &[], i64::try_from(self.items.len()).expect("few"));
            let mut item = self.server.store.items.lock().expect("lock").last().expect("added").clone();
            // texts that no packing shortens, as those of real articles
            let digits = (0..8u8).map(|part| format!("{:x}", Sha256::digest(format!("{} {part}", item.title))));
            item.summary = Some(digits.collect::<Vec<_>>().join(" "));
            self.items.push(item);
        }
        let channel = configured_channels(&settings(&["bao"]), at(0)).remove(0);
        for publication in render_all(&channel, &self.items, &self.gone) {
            AnyTarget::Shelf(self.server.app.inner.shelf.clone()).put(&publication).await.expect("put");
        }
        self
    }

    async fn tag(&self, path: &str) -> String {
        self.server.get(path, &[]).await.field("etag").expect("a tag").to_owned()
    }

    async fn ask(&self, path: &str, headers: &[&str]) -> Heard {
        self.server.get(path, headers).await
    }
}

fn known(tag: &str) -> String {
    format!("If-None-Match: {tag}")
}

fn titles(heard: &Heard) -> Vec<String> {
    let found = feed_rs::parser::parse(&heard.body[..]).expect("a feed").entries;
    found.into_iter().map(|entry| entry.title.expect("a title").content).collect()
}

#[tokio::test]
async fn who_has_a_version_of_before_gets_what_is_new() {
    let press = Press::start(20).await;
    for path in [FEED, ATOM] {
        assert_eq!(press.ask(path, &[WISH]).await.status, 200, "a delta needs a base");
    }
    let before = [press.tag(FEED).await, press.tag(ATOM).await];
    let press = press.publish_more(2).await;
    for (path, before) in [FEED, ATOM].into_iter().zip(before) {
        let whole = press.ask(path, &[]).await;
        let delta = press.ask(path, &[WISH, &known(&before)]).await;
        assert_eq!((delta.status, delta.field("im"), delta.field("delta-base")), (226, Some("feed"), Some(&*before)));
        assert_eq!(titles(&delta), ["Bài số 22", "Bài số 21"]);
        for name in ["etag", "last-modified", "content-type", "access-control-allow-origin"] {
            assert_eq!(delta.field(name), whole.field(name), "{path} {name}");
        }
        assert_eq!(delta.field("cache-control"), Some("no-store, im"));
        assert_eq!(delta.field("vary"), Some("accept-encoding, a-im, if-none-match"));
        assert_eq!(delta.field("content-length"), Some(&*delta.body.len().to_string()));
        let head = press.server.ask("HEAD", path, &[WISH, &known(&before)]).await;
        assert_eq!((head.status, head.field("content-length")), (226, delta.field("content-length")));
        assert!(head.body.is_empty());
        let now = known(delta.field("etag").expect("a tag"));
        let same = press.ask(path, &[WISH, &now]).await;
        assert_eq!((same.status, same.field("im"), same.field("vary")), (304, None, Some("accept-encoding, a-im")));
        assert_eq!(press.ask(path, &[&known(&before)]).await.status, 200, "nobody gets less who did not ask");
    }
    let told = press.server.get("/readers.json", &[]).await;
    let told: serde_json::Value = serde_json::from_slice(&told.body).expect("JSON");
    assert_eq!(told["documents"][1]["today"]["deltas"], 2, "{told}");
    let metrics = press.server.get("/metrics", &[]).await;
    assert!(metrics.text().contains("bantin_http_requests_total{code=\"226\"} 4\n"), "{}", metrics.text());
}

#[tokio::test]
async fn all_of_it_goes_out_where_a_delta_would_not_do() {
    let press = Press::start(20).await;
    let before = known(&press.tag(FEED).await);
    let json = known(&press.tag("/bao/all.json").await);
    let press = press.publish_more(1).await;
    let table: [(&str, &[&str], &str); 7] = [
        (FEED, &["A-IM: feed;q=0", &before], "public, max-age=60"),
        (FEED, &["A-IM: vcdiff", &before], "public, max-age=60"),
        (FEED, &[WISH, &before, "Range: bytes=0-99"], "public, max-age=60"),
        ("/bao/all.json", &[WISH, &json], "public, max-age=60"),
        // a shared cache would ask with its own tag for a delta that its reader has no base of
        (FEED, &[WISH, "If-None-Match: \"older\""], "private, max-age=60"),
        (FEED, &[WISH, "If-None-Match: nonsense"], "private, max-age=60"),
        (FEED, &[WISH], "private, max-age=60"),
    ];
    for (path, headers, kept) in table {
        let heard = press.ask(path, headers).await;
        assert_eq!((heard.status, heard.field("im"), titles(&heard).len()), (200, None, 21), "{headers:?}");
        assert!(heard.field("cache-control").is_some_and(|field| field.starts_with(kept)), "{headers:?}");
    }
    assert_eq!(press.ask(FEED, &[WISH, "If-None-Match: *"]).await.status, 304);
}

#[tokio::test]
async fn tags_of_every_encoding_and_of_several_versions_are_known() {
    let press = Press::start(20).await;
    let oldest = press.tag(FEED).await;
    let press = press.publish_more(1).await;
    let packed = press.ask(FEED, &["Accept-Encoding: gzip"]).await.field("etag").expect("a tag").to_owned();
    assert!(packed.ends_with("-gz\""));
    let press = press.publish_more(1).await;
    let both = format!("If-None-Match: {oldest}, W/{packed}, \"other\"");
    let delta = press.ask(FEED, &["A-IM: gzip, feed;q=0.5", &both]).await;
    assert_eq!((delta.status, delta.field("delta-base"), titles(&delta).len()), (226, Some(&*packed), 1));
    assert_eq!(titles(&press.ask(FEED, &[WISH, &known(&oldest)]).await).len(), 2);
}

#[tokio::test]
async fn large_delta_is_packed_for_who_takes_gzip() {
    let press = Press::start(30).await;
    let before = known(&press.tag(FEED).await);
    let press = press.publish_more(8).await;
    let plain = press.ask(FEED, &[WISH, &before]).await;
    let packed = press.ask(FEED, &[WISH, &before, "Accept-Encoding: gzip, br"]).await;
    assert_eq!((packed.status, packed.field("content-encoding")), (226, Some("gzip")));
    assert!(packed.field("etag").is_some_and(|tag| tag.ends_with("-gz\"")));
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed.body[..]), &mut unpacked).expect("gzip");
    assert!(unpacked == plain.body && packed.body.len() < plain.body.len() / 2);
}

/// Our own poller, as another bantin that reads this one.
struct Mirror {
    ingest: Ingest<SqliteStore>,
    store: Arc<SqliteStore>,
    source: Arc<Source>,
    state: PollState,
    polls: i32,
    _folder: tempfile::TempDir,
}

impl Mirror {
    fn of(server: &Server, path: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(SqliteStore::open(folder.path(), at(0)).expect("a store"));
        let settings = FetchSettings {
            allow_networks: vec!["127.0.0.0/8".parse().expect("a network")],
            per_host_delay: Duration::ZERO,
            ..FetchSettings::new("bantin/0.1.0".to_owned())
        };
        let fetcher = Arc::new(Fetcher::new(settings, Vec::new()).expect("a fetcher"));
        let bounds = Bounds { min_interval: Duration::from_secs(60), max_interval: Duration::from_secs(3_600) };
        let paper = PaperId::new("bao").expect("a slug");
        let source = Arc::new(Source {
            id: SourceId::new(&paper, "all").expect("a slug"),
            paper,
            url: Url::parse(&format!("http://{}{path}", server.address)).expect("a URL"),
            recipe: Recipe::Auto,
            category: None,
            read_articles: false,
            article_grace: Duration::from_secs(3_600),
            robots: RobotsPolicy::Obey,
            headers: Vec::new(),
            home: Url::parse("https://bao.example/").expect("a URL"),
            timezone: chrono_tz::Asia::Ho_Chi_Minh,
            language: "vi".to_owned(),
        });
        let ingest = Ingest::new(Arc::clone(&store), fetcher, Cadence::new(bounds));
        Self { ingest, store, source, state: PollState::default(), polls: 0, _folder: folder }
    }

    async fn poll(&mut self) -> PollReport {
        self.polls += 1;
        let (every, now) = (Rhythm::Every(Duration::from_secs(900)), at(0) + TimeDelta::hours(1) * self.polls);
        let report = self.ingest.poll(&self.source, &every, self.state.clone(), now).await.expect("a store");
        self.state = report.state.clone();
        report
    }

    async fn titles(&self) -> Vec<String> {
        let paper = PaperId::new("bao").expect("a slug");
        let items = self.store.items(&Selection::of(paper, None, 100)).await.expect("items");
        let mut titles: Vec<String> = items.into_iter().map(|item| item.title).collect();
        titles.sort();
        titles
    }
}

#[tokio::test]
async fn our_own_poller_reads_what_we_serve_and_needs_no_more_than_the_deltas() {
    for path in [FEED, ATOM] {
        let mut press = Press::start(20).await;
        let mut mirror = Mirror::of(&press.server, path);
        assert_eq!(mirror.poll().await.commit.new, 20);
        press.items[4].title = "Bài số 5, sửa".to_owned();
        press = press.publish_more(3).await;
        let delta = mirror.poll().await;
        assert_eq!(
            (delta.commit.new, delta.commit.changed, delta.state.failure),
            (3, 3 + 1, None),
            "{path}: new or edited"
        );
        assert_eq!(mirror.poll().await.answer, Polled::NotModified);
        press = press.publish_more(1).await;
        assert_eq!(mirror.poll().await.commit.new, 1);
        let mut expected: Vec<String> = press.items.iter().map(|item| item.title.clone()).collect();
        expected.sort();
        assert_eq!(mirror.titles().await, expected, "{path}: nothing lost");
        let metrics = press.server.get("/metrics", &[]).await;
        let counted = ["{code=\"200\"} 1\n", "{code=\"226\"} 2\n", "{code=\"304\"} 1\n"];
        let text = metrics.text();
        assert!(counted.iter().all(|line| text.contains(&format!("bantin_http_requests_total{line}"))), "{text}");
    }
}
