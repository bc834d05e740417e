//! The door from outside: requests as bytes over loopback sockets, and readers without haste over streams in memory.

mod beside;
mod deltas;
mod pages;
mod search;
mod websub;

use super::*;
use crate::model::{PaperId, Publication, SourceId};
use crate::publish::stub::{StubStore, at};
use crate::publish::{AnyTarget, Target};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

const FEED: &str = "/bao/all.rss";
const MODIFIED: &str = "Sat, 14 Feb 2026 01:30:00 GMT";

struct Server {
    address: SocketAddr,
    app: App<StubStore>,
    store: Arc<StubStore>,
    pulse: Arc<Pulse>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

fn document(path: &str, media_type: &'static str, size: usize) -> Publication {
    let body: String = "<p>Tin mới của tỉnh.</p>\n".chars().cycle().take(size).collect();
    Publication {
        path: path.to_owned(),
        media_type,
        body: body.into_bytes().into(),
        etag: "\"abc\"".to_owned(),
        last_modified: at(0),
    }
}

async fn app(size: usize) -> (App<StubStore>, Arc<StubStore>, Arc<Pulse>) {
    let shelf = Arc::new(Shelf::new());
    let target = AnyTarget::Shelf(shelf.clone());
    for (path, media_type) in [
        ("index.html", "text/html; charset=utf-8"),
        ("feeds.opml", "text/x-opml"),
        ("bao/all.rss", "application/rss+xml"),
        ("bao/all.html", "text/html; charset=utf-8"),
    ] {
        target.put(&document(path, media_type, size)).await.expect("put");
    }
    let (store, pulse) = (Arc::new(StubStore::default()), Arc::new(Pulse::new()));
    let metrics = Arc::new(Metrics::new("0.0.0"));
    let paper = PaperId::new("bao").expect("a slug");
    let sources = vec![SourceEntry {
        id: SourceId::new(&paper, "xa-hoi").expect("a slug"),
        url: Url::parse("https://bao.example/xa-hoi.html").expect("a URL"),
        title: Some("Xã hội <b>".to_owned()),
    }];
    let callbacks = Arc::new(Callbacks::default());
    (App::new(shelf, store.clone(), metrics, pulse.clone(), || at(0), sources, callbacks), store, pulse)
}

impl Server {
    async fn start(size: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (app, store, pulse) = app(size).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async { drop(stopped.await) };
        let (listener, served) = (Listener::Tcp(listener.into_std().expect("a socket")), app.clone());
        let task = tokio::spawn(async { run(listener, served, shutdown).await.expect("a socket") });
        Self { address, app, store, pulse, stop: Some(stop), task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// One request with these header lines, on a connection of its own.
    async fn ask(&self, method: &str, target: &str, headers: &[&str]) -> Heard {
        let mut stream = self.connect().await;
        let mut request = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        for line in headers.iter().chain(&["Host: feeds.example.vn"]) {
            request += &format!("{line}\r\n");
        }
        stream.write_all(format!("{request}\r\n").as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("in time").expect("read");
        Heard::of(&answer)
    }

    async fn get(&self, target: &str, headers: &[&str]) -> Heard {
        self.ask("GET", target, headers).await
    }

    fn stop(&mut self) {
        self.stop.take().expect("running").send(()).expect("running");
    }
}

struct Heard {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Heard {
    fn of(answer: &[u8]) -> Self {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole header");
        let head = String::from_utf8(answer[..end].to_vec()).expect("text").to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Self { status, head, body: answer[end + 4..].to_vec() }
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
}

#[tokio::test]
async fn conditions_are_those_of_rfc_9110() {
    let server = Server::start(4000).await;
    let since = format!("If-Modified-Since: {MODIFIED}");
    let table: [(&[&str], u16); 12] = [
        (&[], 200),
        (&["If-None-Match: \"abc\""], 304),
        (&["If-None-Match: \"x\", \"abc\""], 304),
        (&["If-None-Match: *"], 304),
        (&["If-None-Match: W/\"abc\""], 304),
        (&["If-None-Match: \"x\""], 200),
        (&[&since], 304),
        (&["If-Modified-Since: Sat, 14 Feb 2026 01:29:59 GMT"], 200),
        (&["If-None-Match: \"x\"", &since], 200),
        (&["If-Modified-Since: nonsense"], 200),
        (&["If-None-Match: \"abc-gz\""], 304),
        (&["If-None-Match: \"x\"", "If-None-Match: \"abc\""], 304),
    ];
    for (headers, status) in table {
        for path in [FEED, "/bao/all.html", "/feeds.opml", "/"] {
            let heard = server.get(path, headers).await;
            assert_eq!(heard.status, status, "{path} {headers:?}");
            assert_eq!(heard.field("last-modified"), Some(MODIFIED.to_ascii_lowercase().as_str()));
            let vary = if path == FEED { "accept-encoding, a-im" } else { "accept-encoding" };
            assert_eq!(heard.field("vary"), Some(vary));
            assert!(heard.field("cache-control").is_some_and(|field| field.starts_with("public, max-age=60")));
            assert_eq!(heard.body.is_empty(), status == 304, "{path} {headers:?}");
            let tag = if headers == ["If-None-Match: \"abc-gz\""] { "\"abc-gz\"" } else { "\"abc\"" };
            assert_eq!(heard.field("etag"), Some(tag), "{path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = Server::start(4000).await;
    for path in [FEED, "/", "/status.json", "/healthz", "/nowhere"] {
        let (get, head) = (server.get(path, &[]).await, server.ask("HEAD", path, &[]).await);
        assert!(head.body.is_empty() && head.status == get.status, "{path}");
        for name in ["content-type", "content-length", "etag", "last-modified", "vary"] {
            assert_eq!(get.field(name), head.field(name), "{path} {name}");
        }
        assert_eq!(get.field("content-length"), Some(get.body.len().to_string().as_str()), "{path}");
    }
}

#[tokio::test]
async fn encodings_have_their_own_tags() {
    let server = Server::start(4000).await;
    let plain = server.get(FEED, &[]).await;
    let gzip = server.get(FEED, &["Accept-Encoding: gzip"]).await;
    let brotli = server.get(FEED, &["Accept-Encoding: gzip, br"]).await;
    let facts = [&plain, &gzip, &brotli].map(|heard| (heard.field("content-encoding"), heard.field("etag")));
    let expected = [(None, Some("\"abc\"")), (Some("gzip"), Some("\"abc-gz\"")), (Some("br"), Some("\"abc-br\""))];
    assert_eq!(facts, expected);
    assert!(gzip.body.len() < plain.body.len() && brotli.body.len() < plain.body.len());
    let again = server.get(FEED, &["Accept-Encoding: gzip", "If-None-Match: \"abc-gz\""]).await;
    assert_eq!((again.status, again.field("etag")), (304, Some("\"abc-gz\"")));
}

#[tokio::test]
async fn other_methods_are_refused_with_what_is_allowed() {
    let server = Server::start(400).await;
    for (method, path, status) in
        [("POST", FEED, 405), ("DELETE", "/", 405), ("BREW", FEED, 405), ("POST", "/status", 405), ("PUT", "/x", 404)]
    {
        let heard = server.ask(method, path, &["Content-Length: 0"]).await;
        assert_eq!(heard.status, status, "{method} {path}");
        assert_eq!(heard.field("allow").is_some(), status == 405, "{method} {path}");
        assert_eq!(heard.field("x-content-type-options"), Some("nosniff"));
    }
    let asked = server.ask("OPTIONS", FEED, &["Origin: https://a.example", "Access-Control-Request-Method: GET"]).await;
    assert_eq!((asked.status, asked.field("access-control-allow-origin")), (204, Some("*")));
    assert_eq!(server.ask("OPTIONS", "/bao/all.html", &[]).await.field("access-control-allow-origin"), None);
}

#[tokio::test]
async fn strange_paths_lead_nowhere_and_are_not_repeated() {
    let server = Server::start(400).await;
    let long = format!("/{}", "a".repeat(8000));
    for path in [
        "/khong-co<script>alert(1)</script>",
        "/bao/..%2f..%2fbantin.toml",
        "/bao/%2e%2e/bao/all.rss",
        "/../bao/all.rss",
        "/bao/all.rss/",
        "/bao//all.rss",
        "//bao/all.rss",
        "/bao/all.rss%00.html",
        "/bao/%61ll.rss",
        "/%00",
        "/%ff%fe",
        "/bao/.rss",
        "/BAO/all.rss",
        "/status/",
        "*",
        &long,
    ] {
        let heard = server.get(path, &[]).await;
        assert!(matches!(heard.status, 400 | 404), "{path} {}", heard.status);
        assert!(!heard.text().contains("script") && !heard.head.contains("script"), "{path}");
    }
    assert_eq!(server.get("/bao/all.rss?q=%3Cscript%3E", &[]).await.status, 200);
}

#[tokio::test]
async fn host_never_shapes_an_answer() {
    let server = Server::start(400).await;
    let plain = server.get("/", &[]).await;
    for header in ["Host: evil.example", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"] {
        let heard = server.get("/", &[header]).await;
        assert!(heard.body == plain.body && !heard.head.contains("evil"), "{header}");
    }
}

#[tokio::test]
async fn pages_and_errors_are_closed_to_scripts_and_frames() {
    let server = Server::start(400).await;
    for path in ["/", "/bao/all.html", "/status", "/nowhere"] {
        let heard = server.get(path, &[]).await;
        let policy = heard.field("content-security-policy").unwrap_or_default();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path} {policy}"
        );
        assert!(heard.field("referrer-policy").is_some() && heard.field("x-frame-options").is_some(), "{path}");
    }
}

#[tokio::test]
async fn operators_are_told() {
    let server = Server::start(400).await;
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
    assert_eq!(server.get("/readyz", &[]).await.status, 503);
    server.pulse.ready();
    assert_eq!(server.get("/readyz", &[]).await.status, 200);
    let json = server.get("/status.json", &[]).await;
    let told: serde_json::Value = serde_json::from_slice(&json.body).expect("JSON");
    assert_eq!((&told["sources"][0]["id"], &told["sources"][0]["state"]), (&"bao/xa-hoi".into(), &"new".into()));
    let page = server.get("/status", &[]).await;
    assert!(page.text().contains("Xã hội &#60;b&#62;: new"), "{}", page.text());
    let metrics = server.get("/metrics", &[]).await;
    assert!(metrics.text().contains("bantin_http_requests_total{code=\"503\"} 1"), "{}", metrics.text());
}

#[tokio::test]
async fn broken_store_is_told_and_feeds_are_served_all_the_same() {
    let server = Server::start(400).await;
    server.pulse.ready();
    *server.store.broken.lock().expect("lock") = true;
    for path in ["/readyz", "/status", "/status.json"] {
        assert_eq!(server.get(path, &[]).await.status, 503, "{path}");
    }
    for path in [FEED, "/", "/healthz", "/metrics"] {
        assert_eq!(server.get(path, &[]).await.status, 200, "{path}");
    }
    server.app.replace_sources(Vec::new());
}

#[tokio::test]
async fn large_headers_are_refused() {
    let server = Server::start(400).await;
    let heard = server.get("/", &[&format!("X-Long: {}", "a".repeat(100_000))]).await;
    assert_eq!(heard.status, 431);
}

/// Reads answers from a stream until it ends; says how many were whole, and fails where one was torn.
async fn whole_answers(stream: &mut TcpStream, mut data: Vec<u8>) -> usize {
    timeout(Duration::from_secs(10), stream.read_to_end(&mut data)).await.expect("in time").expect("no reset");
    let (mut rest, mut count) = (&data[..], 0);
    while !rest.is_empty() {
        let heard = Heard::of(rest);
        let length: usize = heard.field("content-length").and_then(|n| n.parse().ok()).expect("a length");
        assert!(heard.body.len() >= length, "an answer was torn: {} of {length}", heard.body.len());
        rest = &rest[rest.len() - heard.body.len() + length..];
        count += 1;
    }
    count
}

#[tokio::test]
async fn answers_under_way_are_finished_when_the_server_stops() {
    let mut server = Server::start(6 << 20).await;
    let request = format!("GET {FEED} HTTP/1.1\r\nHost: x\r\n\r\n").repeat(8);
    let mut readers = Vec::new();
    for _ in 0..3 {
        let mut stream = server.connect().await;
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut first = vec![0; 1000];
        stream.read_exact(&mut first).await.expect("an answer under way");
        readers.push((stream, first));
    }
    server.stop();
    for (mut stream, first) in readers {
        // More requests than will be answered: they must not turn the end into a reset.
        let _ = stream.write_all(request.as_bytes()).await;
        let count = whole_answers(&mut stream, first).await;
        assert!((1..=8).contains(&count), "{count}");
    }
    timeout(Duration::from_secs(5), server.task).await.expect("in time").expect("no panic");
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_stop() {
    let mut server = Server::start(400).await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
    let mut first = vec![0; 12];
    idle.read_exact(&mut first).await.expect("an answer");
    server.stop();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.expect("closed in peace");
    drop(idle);
    timeout(Duration::from_secs(5), server.task).await.expect("in time").expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn first_request_of_a_connection_is_answered_after_the_order_to_stop() {
    let (mut ours, stop, task) = in_memory(400).await;
    tokio::task::yield_now().await;
    stop.send_replace(true);
    tokio::task::yield_now().await;
    ours.write_all(format!("GET {FEED} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    ours.read_to_end(&mut answer).await.expect("closed in peace");
    assert_eq!(Heard::of(&answer).status, 200);
    drop(ours);
    task.await.expect("no panic");

    // one for hyper, which is there when the order comes
    for _ in 0..16 {
        let (mut ours, stop, task) = in_memory(400).await;
        let request = format!("GET {FEED} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        ours.write_all(request.as_bytes()).await.expect("sent");
        stop.send_replace(true);
        let mut answer = Vec::new();
        ours.read_to_end(&mut answer).await.expect("closed in peace");
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{:?}", String::from_utf8_lossy(&answer));
        drop(ours);
        task.await.expect("no panic");
    }

    let (mut silent, stop, task) = in_memory(400).await;
    let start = Instant::now();
    stop.send_replace(true);
    let mut answer = Vec::new();
    silent.read_to_end(&mut answer).await.expect("closed in peace");
    assert!(answer.is_empty() && start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    drop(silent);
    task.await.expect("no panic");
}

/// A connection over memory under a paused clock: our end, the order to stop, and the server's task.
async fn in_memory(size: usize) -> (tokio::io::DuplexStream, watch::Sender<bool>, JoinHandle<()>) {
    let (ours, theirs) = tokio::io::duplex(2048);
    let (stop, stopping) = watch::channel(false);
    let (app, _, _) = app(size).await;
    (ours, stop, tokio::spawn(connection::serve(theirs, None, app, stopping)))
}

#[tokio::test(start_paused = true)]
async fn header_that_does_not_end_is_given_up() {
    let (mut ours, _stop, task) = in_memory(400).await;
    let start = Instant::now();
    let trickle = async {
        loop {
            if ours.write_all(b"a").await.is_err() {
                return;
            }
            sleep(Duration::from_secs(3)).await;
        }
    };
    trickle.await;
    task.await.expect("no panic");
    assert!((10..15).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn idle_connection_is_closed() {
    let (mut ours, _stop, task) = in_memory(400).await;
    ours.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
    let start = Instant::now();
    let mut answer = Vec::new();
    ours.read_to_end(&mut answer).await.expect("closed");
    assert_eq!((Heard::of(&answer).status, start.elapsed().as_secs()), (200, 10));
    task.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn slow_reader_gets_all_of_it() {
    let (mut ours, _stop, _task) = in_memory(100_000).await;
    ours.write_all(format!("GET {FEED} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.expect("sent");
    let (mut data, mut piece) = (Vec::new(), [0; 1024]);
    loop {
        match ours.read(&mut piece).await.expect("no error") {
            0 => break,
            n => data.extend_from_slice(&piece[..n]),
        }
        sleep(Duration::from_secs(9)).await;
    }
    let heard = Heard::of(&data);
    assert_eq!(heard.field("content-length"), Some(heard.body.len().to_string().as_str()));
}

#[tokio::test(start_paused = true)]
async fn reader_that_takes_nothing_is_given_up() {
    let (mut ours, _stop, task) = in_memory(100_000).await;
    ours.write_all(format!("GET {FEED} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.expect("sent");
    let start = Instant::now();
    task.await.expect("no panic");
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn plain_requests_and_others_share_a_connection() {
    let server = Server::start(4000).await;
    let mut stream = server.connect().await;
    let feed = format!("GET {FEED} HTTP/1.1\r\nHost: x\r\n");
    // the third is none of a document, the fourth comes in two pieces, and hyper has the connection from there on
    let asked = format!(
        "{feed}\r\n{feed}If-None-Match: \"abc\"\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\nHEAD {FEED}?x=1 HT"
    );
    stream.write_all(asked.as_bytes()).await.expect("sent");
    stream.write_all(b"TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("sent");
    let mut answers = Vec::new();
    timeout(Duration::from_secs(5), stream.read_to_end(&mut answers)).await.expect("in time").expect("read");
    let text = String::from_utf8_lossy(&answers).to_lowercase();
    let statuses: Vec<&str> = text.split("http/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "304", "200", "200"]);
    assert!(text.matches("\r\ndate: ").count() == 4 && text.ends_with("\r\n\r\n"));
}

#[tokio::test]
async fn both_ways_to_answer_say_the_same() {
    let server = Server::start(4000).await;
    for headers in [&[][..], &["Accept-Encoding: br, gzip"], &["If-None-Match: \"abc-gz\""], &["If-None-Match: *"]] {
        for method in ["GET", "HEAD"] {
            // `Connection: close` is hyper's
            let by_hyper = server.ask(method, FEED, headers).await;
            let mut stream = server.connect().await;
            let lines = headers.iter().map(|line| format!("{line}\r\n")).collect::<String>();
            let asked = format!("{method} {FEED} HTTP/1.1\r\nHost: x\r\n{lines}\r\nnonsense\r\n\r\n");
            stream.write_all(asked.as_bytes()).await.expect("sent");
            let mut answers = Vec::new();
            timeout(Duration::from_secs(5), stream.read_to_end(&mut answers)).await.expect("in time").expect("read");
            let direct = Heard::of(&answers);
            let fields = |heard: &Heard| {
                let mut lines: Vec<String> = heard.head.lines().map(str::to_owned).collect();
                lines.retain(|line| !line.starts_with("date: ") && !line.starts_with("connection: "));
                lines.sort();
                lines
            };
            assert_eq!(fields(&direct), fields(&by_hyper), "{method} {headers:?}");
            assert!(direct.body.starts_with(&by_hyper.body), "{method} {headers:?}");
        }
    }
}

#[tokio::test]
async fn client_that_hammers_is_told_to_wait() {
    let server = Server::start(4000).await;
    server.app.replace_readers(ReaderSettings { requests_per_minute: Some(3), ..ReaderSettings::default() });
    let from = |address: &str| format!("X-Forwarded-For: 9.9.9.9, {address}");
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(server.get(FEED, &[&from("203.0.113.7")]).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let refused = server.get("/bao/all.json", &[&from("203.0.113.7")]).await;
    assert!(
        refused.field("retry-after").is_some_and(|wait| wait.parse().is_ok_and(|wait: u64| (1..=20).contains(&wait)))
    );
    assert_eq!(server.get(FEED, &[&from("203.0.113.8")]).await.status, 200);
}

#[tokio::test]
async fn readers_are_counted_without_their_addresses() {
    let server = Server::start(4000).await;
    for _ in 0..2 {
        server.get(FEED, &["User-Agent: Feedly/1.0 (16 subscribers)", "X-Forwarded-For: 203.0.113.77"]).await;
    }
    server.get(FEED, &["User-Agent: newsboat/2", "If-None-Match: \"abc\""]).await;
    server.get("/nothing.rss", &[]).await;
    let told = server.get("/readers.json", &[]).await;
    assert!(!told.text().contains("203.0.113"));
    let told: serde_json::Value = serde_json::from_slice(&told.body).expect("JSON");
    let documents = told["documents"].as_array().expect("a list");
    assert_eq!((documents.len(), &documents[0]["path"]), (1, &"bao/all.rss".into()));
    let today = &documents[0]["today"];
    assert_eq!((&today["requests"], &today["bytes"]), (&3.into(), &(2 * told_size()).into()));
    assert!(today["clients"].as_u64().is_some_and(|clients| (1..=2).contains(&clients)));
    assert_eq!((&today["families"]["Feedly"], &today["subscribers"]["Feedly"]), (&2.into(), &16.into()));
    assert_eq!(today["not_modified_share"], 0.333);
}

/// The bytes of the document without an encoding.
fn told_size() -> usize {
    document("x", "text/html", 4000).body.len()
}
