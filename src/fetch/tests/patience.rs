//! Origins that take their time: each is left at its deadline, and its host's turn is free again. No test waits for it.

use super::connections::fetcher_with;
use super::*;
use crate::fetch::lookup::table::Table;
use std::sync::mpsc;

/// A clock that moves by `tokio::time::advance` alone. A paused clock would jump to the next deadline whenever all tasks
/// wait for the network; a blocking task under way keeps it from that.
struct StillClock {
    _release: mpsc::Sender<()>,
}

impl StillClock {
    fn new() -> Self {
        let (release, held) = mpsc::channel();
        tokio::task::spawn_blocking(move || {
            // ends with the error that the other side is gone
            let _ = held.recv();
        });
        Self { _release: release }
    }
}

/// What an origin sends: at first, and then again and again, the clock moved on by a tick each time.
#[derive(Clone, Copy)]
struct Manner {
    first: &'static [u8],
    then: &'static [u8],
    tick: Duration,
}

/// An origin that answers `/ok` at once and everything else in its own manner.
async fn slow_origin(manner: Manner) -> Url {
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let base = Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.unwrap_or_default();
            if head[..length].starts_with(b"GET /ok ") {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx").await;
                continue;
            }
            let mut sent = stream.write_all(manner.first).await;
            // until the client is gone: then there is an end to read, or nowhere to write to
            while sent.is_ok() && stream.try_read(&mut head).is_err() {
                for _ in 0..64 {
                    tokio::task::yield_now().await;
                }
                tokio::time::advance(manner.tick).await;
                sent = stream.write_all(manner.then).await;
            }
        }
    });
    base
}

/// How long an origin of a manner is waited for, and what is said then.
async fn given_up(manner: Manner, settings: Settings) -> (Duration, FetchError) {
    let base = slow_origin(manner).await;
    let fetcher = Fetcher::new(settings, Vec::new()).expect("a client");
    let own = |path| Request { robots: RobotsPolicy::OwnSite, ..request(base.join(path).expect("a path")) };
    let began = Instant::now();
    let error = fetcher.fetch(own("/slow")).await.expect_err("no document");
    let waited = began.elapsed();
    fetcher.fetch(own("/ok")).await.expect("the host's turn is free again");
    (waited, error)
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn dripping_body_ends_with_the_whole_request() {
    let _still = StillClock::new();
    let first = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
    for (first, then) in
        [(&first[..], &b"x"[..]), (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n")]
    {
        let (waited, error) = given_up(Manner { first, then, tick: SECOND }, settings()).await;
        assert!(matches!(error, FetchError::Timeout { limit, .. } if limit == 20 * SECOND), "{error}");
        assert!((20 * SECOND..=22 * SECOND).contains(&waited), "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn body_that_stops_is_left_before_the_whole_request_is_over() {
    let _still = StillClock::new();
    let first = b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n<html>";
    let (waited, error) = given_up(Manner { first, then: b"", tick: SECOND }, settings()).await;
    assert!(matches!(error, FetchError::Timeout { limit, .. } if limit == 10 * SECOND), "{error}");
    assert!((10 * SECOND..=14 * SECOND).contains(&waited), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn head_that_drips_or_never_comes_is_left() {
    let _still = StillClock::new();
    let hint = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    for (first, then) in
        [(&b""[..], &b""[..]), (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"), (b"HTTP/1.1 200 OK\r\nx: ", b"y"), (b"", hint)]
    {
        let (waited, error) = given_up(Manner { first, then, tick: SECOND }, settings()).await;
        assert!(matches!(error, FetchError::Timeout { .. }) && error.kind() == FailureKind::Timeout, "{error}");
        assert!((20 * SECOND..=22 * SECOND).contains(&waited), "{waited:?}");
    }
}

/// Works while the clock moves on, a second whenever everybody had a turn.
async fn while_time_passes<T>(work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        for _ in 0..256 {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::task::yield_now() => {}
            }
        }
        tokio::time::advance(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn resolver_that_does_not_answer_is_told_from_a_host_that_does_not() {
    let _still = StillClock::new();
    let fetcher = fetcher_with(&Table::new(&[("bao.test", &[])]), &["127.1.0.0/16"]);
    let own = Request { robots: RobotsPolicy::OwnSite, ..request(Url::parse("http://bao.test/").expect("a URL")) };
    let error = while_time_passes(fetcher.fetch(own)).await.expect_err("no address");
    assert_eq!(error.kind(), FailureKind::Dns, "{error}");
    assert!(error.to_string().contains("cannot be resolved (no answer within 8s)"), "{error}");
}
