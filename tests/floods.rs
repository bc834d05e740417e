//! Bombs and floods against the real fetcher: each is caught at its limit, the host's turn is free again, and the memory of
//! this process stays bounded. One test, since the memory is the whole process's.

use bantin::fetch::{Answer, Deltas, FetchError, Fetcher, Network, Request, Settings};
use bantin::model::{FailureKind, RobotsPolicy};
use chrono::DateTime;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// What one hostile answer may cost.
const MOST_GROWTH_KIB: u64 = 16 << 10;
const BOMB_BYTES: usize = 64 << 20;

/// What an origin sends at a path: a beginning, and a piece that it repeats until nobody takes it any more.
struct Flood {
    path: &'static str,
    first: Vec<u8>,
    again: Vec<u8>,
    caught_as: FailureKind,
}

fn flood(path: &'static str, first: impl Into<Vec<u8>>, again: impl Into<Vec<u8>>, caught_as: FailureKind) -> Flood {
    Flood { path, first: first.into(), again: again.into(), caught_as }
}

fn ok(headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n{headers}\r\n").into_bytes()
}

fn packed(coding: &str, body: Vec<u8>) -> Vec<u8> {
    [ok(&format!("content-encoding: {coding}\r\ncontent-length: {}\r\n", body.len())), body].concat()
}

/// Zeros through an encoder, piece by piece.
fn zeros(mut encoder: impl Write) {
    let piece = [0; 64 << 10];
    (0..BOMB_BYTES / piece.len()).for_each(|_| encoder.write_all(&piece).expect("memory"));
}

fn brotli_bomb() -> Vec<u8> {
    let mut bomb = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut bomb, 64 << 10, 1, 22);
    zeros(&mut encoder);
    drop(encoder);
    bomb
}

fn gzip_bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    zeros(&mut encoder);
    encoder.finish().expect("memory")
}

fn floods() -> Vec<Flood> {
    let (mut zlib, mut bare) =
        (ZlibEncoder::new(Vec::new(), Compression::fast()), DeflateEncoder::new(Vec::new(), Compression::fast()));
    zeros(&mut zlib);
    zeros(&mut bare);
    let gzip = gzip_bomb();
    let mut twice = GzEncoder::new(Vec::new(), Compression::fast());
    twice.write_all(&gzip).expect("memory");
    let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
    let long_line = vec![b'y'; 64 << 10];
    use FailureKind::{Body, Broken, Redirect};
    vec![
        flood("/gzip", packed("gzip", gzip.clone()), "", Body),
        flood("/deflate-zlib", packed("deflate", zlib.finish().expect("memory")), "", Body),
        flood("/deflate-bare", packed("deflate", bare.finish().expect("memory")), "", Body),
        flood("/brotli", packed("br", brotli_bomb()), "", Body),
        flood("/gzip-twice", packed("gzip, gzip", twice.finish().expect("memory")), "", Body),
        flood("/gzip-endless", ok("content-encoding: gzip\r\n"), gzip, Body),
        flood("/endless", ok(""), vec![b'x'; 64 << 10], Body),
        flood("/chunked", ok("transfer-encoding: chunked\r\n"), chunk, Body),
        flood("/chunk-size", ok("transfer-encoding: chunked\r\n"), "1", Broken),
        flood(
            "/chunk-extension",
            [ok("transfer-encoding: chunked\r\n"), b"1;".to_vec()].concat(),
            long_line.clone(),
            Broken,
        ),
        flood(
            "/trailers",
            [ok("transfer-encoding: chunked\r\n"), b"0\r\n".to_vec()].concat(),
            "x: y\r\n".repeat(999),
            Broken,
        ),
        flood("/length-of-a-terabyte", ok("content-length: 1099511627776\r\n"), vec![b'x'; 64 << 10], Body),
        flood(
            "/length-too-long",
            [ok("content-length: 99\r\nconnection: close\r\n"), b"x".to_vec()].concat(),
            "",
            Broken,
        ),
        flood("/length-negative", ok("content-length: -1\r\n"), "x", Broken),
        flood("/length-two", ok("content-length: 1\r\ncontent-length: 2\r\n"), "x", Broken),
        flood("/length-overflow", ok("content-length: 18446744073709551616\r\n"), "x", Broken),
        flood("/headers", "HTTP/1.1 200 OK\r\n", "x-a: y\r\n".repeat(999), Broken),
        flood("/header-line", "HTTP/1.1 200 OK\r\nx: ", long_line.clone(), Broken),
        flood("/status-line", "HTTP/1.1 200 ", long_line, Broken),
        flood("/no-http", "", vec![0; 64 << 10], Broken),
        flood(
            "/loop",
            "HTTP/1.1 302 Found\r\nlocation: /loop\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            "",
            Redirect,
        ),
        flood(
            "/redirect-body",
            "HTTP/1.1 302 Found\r\nlocation: /redirect-body\r\n\r\n",
            vec![b'x'; 64 << 10],
            Redirect,
        ),
        flood("/error-body", "HTTP/1.1 500 Oh\r\n\r\n", vec![b'x'; 64 << 10], FailureKind::Http),
    ]
}

/// Serves the floods, and a page at `/ok`; each answer ends its connection.
fn origin(floods: Arc<Vec<Flood>>) -> Url {
    let listener = TcpListener::bind("127.1.0.1:0").expect("a port");
    let base = Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let floods = Arc::clone(&floods);
            std::thread::spawn(move || answer(stream, &floods));
        }
    });
    base
}

fn answer(mut stream: TcpStream, floods: &[Flood]) {
    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    if path == "/length-too-short" {
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlure",
        );
        return;
    }
    let Some(flood) = floods.iter().find(|flood| flood.path == path) else {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx");
        return;
    };
    let mut sent = stream.write_all(&flood.first);
    while sent.is_ok() && !flood.again.is_empty() {
        sent = stream.write_all(&flood.again);
    }
}

/// A number of `/proc/self/status`, in KiB.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("a number");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

/// The peak is forgotten: from now on `VmHWM` is that of what follows (proc(5), clear_refs).
fn forget_peak() -> u64 {
    fs::write("/proc/self/clear_refs", "5").expect("Linux 4.0 or later");
    memory("VmHWM")
}

async fn fetch(fetcher: &Fetcher, url: Url) -> Result<Answer, FetchError> {
    let request = Request {
        url,
        validators: None,
        deltas: Deltas::Refused,
        robots: RobotsPolicy::OwnSite,
        headers: Vec::new(),
        retry_base: Duration::from_secs(60),
        now: DateTime::from_timestamp(1_771_000_000, 0).expect("a date"),
    };
    fetcher.fetch(request).await.map(|fetched| fetched.answer)
}

#[tokio::test]
async fn every_flood_is_caught_at_its_limit_and_frees_its_host_in_bounded_memory() {
    let floods = Arc::new(floods());
    let base = origin(Arc::clone(&floods));
    let loopback: Network = "127.1.0.0/16".parse().expect("a network");
    let settings = Settings {
        allow_networks: vec![loopback],
        per_host_delay: Duration::ZERO,
        ..Settings::new("bantin/0.1.0".to_owned())
    };
    let fetcher = Fetcher::new(settings, Vec::new()).expect("a client");
    let at = |path: &str| base.join(path).expect("a path");
    fetch(&fetcher, at("/ok")).await.expect("a document");
    for flood in floods.iter() {
        let before = forget_peak();
        let error = fetch(&fetcher, at(flood.path)).await.expect_err(flood.path);
        let grown = memory("VmHWM").saturating_sub(before);
        assert_eq!(error.kind(), flood.caught_as, "{}: {error}", flood.path);
        assert!(grown <= MOST_GROWTH_KIB, "{}: {grown} KiB", flood.path);
        let next = fetch(&fetcher, at("/ok")).await;
        assert!(matches!(next, Ok(Answer::Document(_))), "after {}: {next:?}", flood.path);
    }
    for path in ["/length-too-short", "/ok"] {
        match fetch(&fetcher, at(path)).await {
            Ok(Answer::Document(document)) => {
                assert_eq!(document.body, b"x", "what stands behind a body answers nothing")
            }
            other => unreachable!("{path}: {other:?}"),
        }
    }
}
