//! The whole room against real origins on loopback.

mod ledger;
mod post;

use super::*;
use crate::model::FailureKind;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::net::TcpListener as StdListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

mod attacks;
mod call;
mod connections;
mod patience;
mod proxy;
mod secrets;
mod tls;

const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

/// What an origin answers: the path and how often it was asked before make the bytes; none closes the connection.
type Script = Box<dyn Fn(&str, usize) -> Option<Vec<u8>> + Send + Sync>;

/// Each request so far: its path and its head.
type Seen = Mutex<Vec<(String, Vec<u8>)>>;

/// A scripted origin; it lives as long as the test's runtime.
struct Site {
    base: Url,
    seen: Arc<Seen>,
    most_at_once: Arc<AtomicUsize>,
}

impl Site {
    async fn new(script: impl Fn(&str, usize) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self::at("127.1.0.1:0", script).await
    }

    async fn at(address: &str, script: impl Fn(&str, usize) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let base = Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL");
        let (seen, most_at_once) = (Arc::default(), Arc::default());
        let site = Self { base, seen: Arc::clone(&seen), most_at_once: Arc::clone(&most_at_once) };
        let (script, at_once): (Arc<Script>, Arc<AtomicUsize>) = (Arc::new(Box::new(script)), Arc::default());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                let (most, at_once) = (Arc::clone(&most_at_once), Arc::clone(&at_once));
                tokio::spawn(async move { serve(stream, &seen, &script, &most, &at_once).await });
            }
        });
        site
    }

    fn url(&self, path: &str) -> Url {
        self.base.join(path).expect("a path")
    }

    /// The paths asked so far, in order.
    fn paths(&self) -> Vec<String> {
        self.seen.lock().expect("not poisoned").iter().map(|(path, _)| path.clone()).collect()
    }

    /// A header of the n-th request, byte for byte.
    fn header(&self, n: usize, name: &str) -> Option<Vec<u8>> {
        let seen = self.seen.lock().expect("not poisoned");
        let lines = seen[n].1.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
        let prefix = format!("{name}: ");
        lines.filter_map(|line| line.strip_prefix(prefix.as_bytes())).map(<[u8]>::to_vec).next()
    }
}

async fn serve(stream: TcpStream, seen: &Seen, script: &Script, most: &AtomicUsize, at_once: &AtomicUsize) {
    let mut stream = BufReader::new(stream);
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned();
        let before = {
            let mut seen = seen.lock().expect("not poisoned");
            seen.push((path.clone(), std::mem::take(&mut head)));
            seen.iter().filter(|(other, _)| *other == path).count() - 1
        };
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        at_once.fetch_sub(1, Ordering::SeqCst);
        let Some(answer) = script(&path, before) else { return };
        if stream.write_all(&answer).await.is_err() || answer.ends_with(b"cut") {
            return;
        }
    }
}

fn ok(headers: &str, body: &[u8]) -> Option<Vec<u8>> {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n", body.len());
    Some([head.as_bytes(), body].concat())
}

fn status(code: u16, headers: &str) -> Option<Vec<u8>> {
    Some(format!("HTTP/1.1 {code} X\r\n{headers}content-length: 0\r\n\r\n").into_bytes())
}

fn not_found() -> Option<Vec<u8>> {
    Some(NOT_FOUND.to_vec())
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_000_000, 0).expect("a date")
}

fn settings() -> Settings {
    Settings {
        allow_networks: vec!["127.1.0.0/16".parse().expect("a network")],
        per_host_delay: Duration::ZERO,
        max_body_bytes: 4 << 20,
        timeout: Duration::from_secs(20),
        stall_timeout: Duration::from_secs(10),
        most_in_flight: 8,
        ..Settings::new("bantin/0.1.0 (+https://feeds.example.vn/)".to_owned())
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(settings(), Vec::new()).expect("a client")
}

fn request(url: Url) -> Request {
    Request {
        url,
        validators: None,
        deltas: Deltas::Refused,
        robots: RobotsPolicy::Obey,
        headers: Vec::new(),
        retry_base: Duration::from_secs(60),
        now: now(),
    }
}

async fn document(fetcher: &Fetcher, url: Url) -> Result<Document, FetchError> {
    match fetcher.fetch(request(url)).await?.answer {
        Answer::Document(document) => Ok(*document),
        Answer::NotModified { .. } => Err(FetchError::Client { why: "not modified".to_owned() }),
    }
}

#[tokio::test]
async fn validators_go_back_byte_for_byte_and_a_304_renews_what_it_states() {
    let site = Site::new(|path, before| match (path, before) {
        ("/feed", 0) => {
            let head = b"HTTP/1.1 200 OK\r\nETag: W/\"caf\xe9, x\"\r\nLast-Modified: sat, 01 jan 2000 0:00:00 gmt\r\n";
            Some([&head[..], b"cache-control: max-age=60\r\nage: 20\r\ncontent-length: 1\r\n\r\nx"].concat())
        }
        ("/feed", _) => {
            Some(b"HTTP/1.1 304 Not Modified\r\nETag: unquoted\r\ncache-control: max-age=5\r\n\r\n".to_vec())
        }
        _ => not_found(),
    })
    .await;
    let fetcher = fetcher();
    let first = document(&fetcher, site.url("/feed#part")).await.expect("a document");
    assert_eq!(first.freshness.lifetime, Some(Duration::from_secs(40)));
    assert_eq!(first.url, site.url("/feed"));
    let again = Request { validators: Some((first.url, first.validators)), ..request(site.url("/feed")) };
    let Answer::NotModified { validators, freshness, .. } = fetcher.fetch(again).await.expect("an answer").answer
    else {
        unreachable!("the origin answers 304")
    };
    assert_eq!(site.header(2, "if-none-match").as_deref(), Some(&b"W/\"caf\xe9, x\""[..]));
    assert_eq!(site.header(2, "if-modified-since").as_deref(), Some(&b"sat, 01 jan 2000 0:00:00 gmt"[..]));
    assert_eq!(validators.etag.as_deref(), Some(&b"unquoted"[..]));
    assert_eq!(validators.last_modified.as_deref(), Some(&b"sat, 01 jan 2000 0:00:00 gmt"[..]));
    assert_eq!(freshness.lifetime, Some(Duration::from_secs(5)));
    assert_eq!(site.paths(), ["/robots.txt", "/feed", "/feed"]);
}

#[tokio::test]
async fn validators_and_own_headers_reach_only_whom_they_belong_to() {
    let other = Site::new(|_, _| ok("", b"x")).await;
    let target = other.url("/new").to_string();
    let site = Site::new(move |path, _| match path {
        "/old" => status(302, &format!("location: {target}\r\n")),
        _ => not_found(),
    })
    .await;
    let validators = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None };
    let headers = vec![("authorization".to_owned(), Secret::new("Basic eDp5"))];
    let asked = Request { validators: Some((other.url("/new"), validators)), headers, ..request(site.url("/old")) };
    let fetched = fetcher().fetch(asked).await.expect("an answer");
    assert_eq!(fetched.hops, [Hop { status: 302, to: other.url("/new") }]);
    assert_eq!(site.paths(), ["/robots.txt", "/old"]);
    assert_eq!(other.paths(), ["/robots.txt", "/new"]);
    assert_eq!(site.header(0, "authorization"), None);
    assert_eq!(site.header(1, "authorization").as_deref(), Some(&b"Basic eDp5"[..]));
    assert_eq!(site.header(1, "if-none-match"), None);
    assert_eq!(other.header(1, "authorization"), None);
    assert_eq!(other.header(1, "if-none-match").as_deref(), Some(&b"\"1\""[..]));
}

#[tokio::test]
async fn request_says_who_asks_and_nothing_else() {
    let site = Site::new(|_, _| ok("set-cookie: visitor=1\r\n", b"")).await;
    let fetcher = fetcher();
    for _ in 0..2 {
        document(&fetcher, site.url("/x")).await.expect("a document");
    }
    let head = String::from_utf8(site.seen.lock().expect("not poisoned")[2].1.clone()).expect("text");
    let mut names: Vec<&str> = head.lines().skip(1).filter_map(|line| line.split_once(": ")).map(|(n, _)| n).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
    assert_eq!(site.header(2, "user-agent").as_deref(), Some(settings().user_agent.as_bytes()));
}

#[tokio::test]
async fn unasked_304_is_an_error() {
    let site = Site::new(|path, _| if path == "/x" { status(304, "etag: \"1\"\r\n") } else { not_found() }).await;
    let error = document(&fetcher(), site.url("/x")).await.expect_err("no document");
    assert_eq!(error.http_status(), Some(304));
}

#[tokio::test]
async fn redirects_end_after_five_hops() {
    let site = Site::new(|path, before| match path {
        "/robots.txt" => not_found(),
        _ => status(301, &format!("location: /{before}\r\n")),
    })
    .await;
    let error = document(&fetcher(), site.url("/x")).await.expect_err("no document");
    assert!(matches!(error, FetchError::Redirect { .. }), "{error}");
    assert_eq!(site.paths().len(), 1 + 6);
}

#[tokio::test]
async fn robots_txt_is_read_first_and_obeyed_behind_redirects() {
    let site = Site::new(|path, _| match path {
        "/robots.txt" => ok("", b"User-agent: *\nDisallow: /\n\nUser-agent: BANTIN\nDisallow: /closed\n"),
        "/open" => status(302, "location: /closed/too\r\n"),
        _ => ok("", b"x"),
    })
    .await;
    let fetcher = fetcher();
    for path in ["/closed", "/open"] {
        let error = document(&fetcher, site.url(path)).await.expect_err("no document");
        assert!(matches!(error, FetchError::RobotsForbid { .. }) && error.is_forbidden(), "{error}");
    }
    assert_eq!(site.paths(), ["/robots.txt", "/open"]);
    let own = Request { robots: RobotsPolicy::OwnSite, ..request(site.url("/closed")) };
    fetcher.fetch(own).await.expect("the operator's own site");
}

#[tokio::test]
async fn robots_txt_counts_a_day_over_restarts() {
    let site =
        Site::new(|path, _| if path == "/robots.txt" { ok("", b"user-agent: *\ndisallow: /a") } else { ok("", b"") })
            .await;
    let first = fetcher();
    document(&first, site.url("/x")).await.expect("a document");
    let kept = first.take_changed_origins();
    let again = Fetcher::new(settings(), kept).expect("a client");
    let at = |hours| Request { now: now() + chrono::TimeDelta::hours(hours), ..request(site.url("/x")) };
    again.fetch(at(22)).await.expect("an answer");
    assert!(document(&again, site.url("/a")).await.is_err());
    assert_eq!(site.paths(), ["/robots.txt", "/x", "/x"]);
    again.fetch(at(25)).await.expect("an answer");
    assert_eq!(site.paths()[3..], ["/robots.txt", "/x"]);
}

#[tokio::test]
async fn unreachable_robots_txt_pauses_its_origin_and_is_asked_again() {
    for trouble in [status(503, ""), None, Some(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\ncut".to_vec())] {
        let site = Site::new(move |path, before| match (path, before) {
            ("/robots.txt", 0..2) => trouble.clone(),
            ("/robots.txt", _) => not_found(),
            _ => ok("", b"x"),
        })
        .await;
        let fetcher = fetcher();
        let at = |seconds| Request { now: now() + chrono::TimeDelta::seconds(seconds), ..request(site.url("/x")) };
        for seconds in [0, 10, 80, 120] {
            let error = fetcher.fetch(at(seconds)).await.expect_err("paused");
            assert!(error.until().is_some_and(|until| until > at(seconds).now), "{error}");
        }
        assert_eq!(site.paths(), ["/robots.txt", "/robots.txt"], "asked at 0 s and after 48 to 72 s");
        fetcher.fetch(at(400)).await.expect("an answer");
        assert_eq!(site.paths()[2..], ["/robots.txt", "/x"]);
    }
}

#[tokio::test]
async fn robots_txt_behind_five_redirects_holds_for_the_origin_first_asked() {
    let site = Site::new(|path, _| match path {
        "/robots.txt" => status(301, "location: /r1\r\n"),
        "/r5" => ok("", b"user-agent: *\ndisallow: /x\n"),
        path if path.starts_with("/r") => {
            let next = path[2..].parse::<u32>().expect("a number") + 1;
            status(302, &format!("location: /r{next}\r\n"))
        }
        _ => ok("", b"x"),
    })
    .await;
    let fetcher = fetcher();
    assert!(document(&fetcher, site.url("/x")).await.is_err());
    document(&fetcher, site.url("/y")).await.expect("a document");
    assert_eq!(site.paths().len(), 7);
}

#[tokio::test]
async fn endless_robots_txt_is_cut() {
    let site = Site::new(|path, _| match path {
        "/robots.txt" => {
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nuser-agent: *\ndisallow: /x\n".to_vec();
            Some([head, vec![b'#'; 2 << 20]].concat())
        }
        _ => ok("", b"x"),
    })
    .await;
    let fetcher = fetcher();
    assert!(matches!(document(&fetcher, site.url("/x")).await, Err(FetchError::RobotsForbid { .. })));
    document(&fetcher, site.url("/y")).await.expect("a document");
}

#[tokio::test]
async fn one_request_at_a_time_reaches_a_host_and_one_look_at_robots_txt() {
    let site = Site::new(|path, _| if path == "/robots.txt" { not_found() } else { ok("", b"x") }).await;
    let fetcher = Arc::new(fetcher());
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..12 {
        let (fetcher, url) = (Arc::clone(&fetcher), site.url(&format!("/{n}")));
        tasks.spawn(async move { document(&fetcher, url).await.is_ok() });
    }
    assert!(tasks.join_all().await.into_iter().all(|went_well| went_well));
    assert_eq!(site.most_at_once.load(Ordering::SeqCst), 1);
    assert_eq!(site.paths().iter().filter(|path| *path == "/robots.txt").count(), 1);
    assert_eq!(site.paths().len(), 13);
}

#[tokio::test]
async fn throttled_host_is_left_alone_over_restarts() {
    let site = Site::new(|path, _| match path {
        "/robots.txt" => not_found(),
        _ => status(429, "retry-after: 3600\r\n"),
    })
    .await;
    let first = fetcher();
    let error = document(&first, site.url("/x")).await.expect_err("429");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    let again = Fetcher::new(settings(), first.take_changed_origins()).expect("a client");
    for fetcher in [&first, &again] {
        let error = document(fetcher, site.url("/y")).await.expect_err("silence");
        assert!(matches!(error, FetchError::CoolDown { .. }), "{error}");
    }
    assert_eq!(site.paths(), ["/robots.txt", "/x"]);
}

#[tokio::test]
async fn packed_body_is_unpacked_and_a_bomb_is_not() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    };
    let (small, bomb) = (gzip("Tin mới".as_bytes()), gzip(&vec![0; 16 << 20]));
    let site = Site::new(move |path, _| match path {
        "/small" => ok("content-encoding: GZip\r\n", &small),
        "/cut" => ok("content-encoding: gzip\r\n", &small[..small.len() - 4]),
        "/bomb" => ok("content-encoding: gzip\r\n", &bomb),
        "/zstd" => ok("content-encoding: zstd\r\n", b"x"),
        _ => not_found(),
    })
    .await;
    let fetcher = fetcher();
    let body = document(&fetcher, site.url("/small")).await.expect("a document").body;
    assert_eq!(body, "Tin mới".as_bytes());
    assert!(matches!(document(&fetcher, site.url("/cut")).await, Err(FetchError::BrokenBody { .. })));
    assert!(matches!(document(&fetcher, site.url("/zstd")).await, Err(FetchError::BrokenBody { .. })));
    assert!(matches!(document(&fetcher, site.url("/bomb")).await, Err(FetchError::Bomb { ratio: 200, .. })));
}

#[tokio::test]
async fn body_that_is_cut_or_too_long_or_has_no_end_is_given_up() {
    let site = Site::new(|path, _| match path {
        "/cut" => Some(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n<html>cut".to_vec()),
        "/chunked" => Some(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n<html>cut".to_vec()),
        "/long" => ok("", &vec![b'x'; (4 << 20) + 1]),
        "/flood" => Some(format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-a: y\r\n".repeat(1 << 20)).into_bytes()),
        "/big-head" => ok(&format!("x-a: {}\r\n", "y".repeat(70 << 10)), b"x"),
        "/reset" => None,
        "/wall" => status(403, "cf-mitigated: challenge\r\n"),
        "/empty" => status(204, ""),
        "/full" => ok("", &vec![b'x'; 4 << 20]),
        _ => not_found(),
    })
    .await;
    let fetcher = fetcher();
    let error = async |path| document(&fetcher, site.url(path)).await.expect_err("no document");
    assert!(matches!(error("/cut").await, FetchError::Connection { fault: Fault::Broken { .. }, .. }));
    assert!(matches!(error("/chunked").await, FetchError::Connection { fault: Fault::Broken { .. }, .. }));
    assert!(matches!(error("/long").await, FetchError::BodyTooLarge { limit_bytes: 4_194_304, .. }));
    assert!(matches!(error("/flood").await, FetchError::Connection { fault: Fault::Headers { .. }, .. }));
    assert!(matches!(error("/big-head").await, FetchError::Connection { fault: Fault::Headers { .. }, .. }));
    assert!(matches!(error("/reset").await, FetchError::Connection { fault: Fault::Broken { .. }, .. }));
    assert!(matches!(error("/wall").await, FetchError::Wall { .. }));
    assert_eq!(error("/empty").await.http_status(), Some(204));
    assert_eq!(document(&fetcher, site.url("/full")).await.map(|d| d.body.len()).ok(), Some(4 << 20));
}

#[tokio::test]
async fn name_that_leads_to_loopback_is_open_only_where_the_configuration_says_so() {
    let site = Site::new(|path, _| if path == "/x" { ok("", b"x") } else { not_found() }).await;
    // the listener is at 127.1.0.1 and `localhost` is 127.0.0.1: nobody answers, but the guard lets the request out
    let port = site.base.port().expect("a port");
    let url = Url::parse(&format!("http://localhost:{port}/x")).expect("a URL");
    let refused = document(&fetcher(), url.clone()).await.expect_err("closed");
    assert!(matches!(refused, FetchError::AddressRefused { .. }), "{refused}");
    let networks = ["127.0.0.0/8", "::1/128"].map(|n| n.parse().expect("a network"));
    let open =
        Fetcher::new(Settings { allow_networks: networks.to_vec(), ..settings() }, Vec::new()).expect("a client");
    let error = document(&open, url).await.expect_err("nobody listens");
    assert!(matches!(error, FetchError::RobotsUnreachable { .. }), "{error}");
}

#[tokio::test]
async fn https_where_nobody_speaks_it_is_an_error_in_words() {
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let url = Url::parse(&format!("https://{}/", listener.local_addr().expect("bound"))).expect("a URL");
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let own = Request { robots: RobotsPolicy::OwnSite, ..request(url) };
    let error = fetcher().fetch(own).await.expect_err("no TLS there");
    // `Client` on a machine without certificates
    assert!(matches!(error, FetchError::Connection { .. } | FetchError::Client { .. }), "{error}");
}

#[tokio::test]
async fn document_carries_what_its_link_fields_name() {
    let site = Site::new(|path, _| match path {
        "/old" => status(302, "location: /rss/tin.rss\r\nlink: <https://wrong.example/>; rel=hub\r\n"),
        "/rss/tin.rss" => ok("link: <https://hub.example/>; rel=hub\r\nlink: <tin.rss>; rel=self\r\n", b"<rss/>"),
        _ => not_found(),
    })
    .await;
    let fetched = fetcher().fetch(request(site.url("old"))).await.expect("a document");
    let Answer::Document(document) = fetched.answer else { panic!("a document") };
    assert_eq!(document.links.hub.map(String::from).as_deref(), Some("https://hub.example/"));
    assert_eq!(document.links.topic, Some(site.url("rss/tin.rss")), "resolved against the address that answered");
}
