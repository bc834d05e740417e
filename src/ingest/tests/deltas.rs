//! RFC 3229: what a feed answers with a difference.

use super::lab::{Lab, feed, ok, status};
use super::*;

const FEED: &str = "/rss/xa-hoi.rss";

/// An answer with a status and headers of its own.
fn answer(code: u16, headers: &str, body: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 {code} X\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body.as_bytes()].concat()
}

#[tokio::test]
async fn a_delta_is_asked_for_taken_in_and_teaches_nothing_of_the_usual() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (FEED, 0) => ok("etag: \"1\"\r\nlast-modified: Sat\r\n", feed(0..12, "")),
        (FEED, 1) => answer(226, "im: feed\r\netag: \"2\"\r\n", &feed(12..40, "")),
        (FEED, 2) => answer(226, "im: feed\r\netag: \"3\"\r\n", &feed([], "")),
        (FEED, _) => ok("etag: \"4\"\r\n", feed(28..41, "")),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(FEED);
    lab.poll(&source).await;
    let delta = lab.next_poll(&source).await;
    assert_eq!(
        (delta.commit.new, delta.commit.held, delta.state.state),
        (28, 0, SourceState::Ok),
        "new, and not strange"
    );
    assert_eq!(delta.state.profile.usual_count.to_bits(), 12.0_f32.to_bits());
    lab.restart().await;
    let empty = lab.next_poll(&source).await;
    assert_eq!(
        (empty.commit.new, empty.state.state, empty.state.failure),
        (0, SourceState::Ok, None),
        "not an empty list"
    );
    assert_eq!(lab.items().await.len(), 40, "what a delta leaves out is not gone");
    let whole = lab.next_poll(&source).await;
    assert_eq!((whole.commit.new, whole.state.held), (1, None));
    let asked = |name| lab.sent(FEED, name).into_iter().map(|v| v.map(|v| String::from_utf8_lossy(&v).into_owned()));
    assert_eq!(
        asked("a-im").collect::<Vec<_>>(),
        [None, Some("feed".into()), Some("feed".into()), Some("feed".into())]
    );
    let etags: Vec<_> = asked("if-none-match").flatten().collect();
    assert_eq!(etags, ["\"1\"", "\"2\"", "\"3\""]);
    let dates: Vec<_> = asked("if-modified-since").flatten().collect();
    assert_eq!(dates, ["Sat", "Sat", "Sat"], "what a delta does not state stays");
    assert_eq!(whole.state.validators.last_modified, None, "a whole document replaces both");
}

#[tokio::test]
async fn a_delta_of_another_kind_is_a_failure_and_the_next_request_is_plain() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (FEED, 0) => ok("etag: \"1\"\r\n", feed(0..12, "")),
        (FEED, 1) => answer(226, "im: vcdiff\r\netag: \"2\"\r\n", "noise"),
        (FEED, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(FEED);
    lab.poll(&source).await;
    let odd = lab.next_poll(&source).await;
    assert_eq!((odd.answer, odd.state.state), (Polled::Failed, SourceState::Failing));
    assert_eq!(odd.state.failure.and_then(|failure| failure.http_status), Some(226));
    assert_eq!(odd.state.validators.etag.as_deref(), Some(&b"\"1\""[..]), "old validators stay");
    let plain = lab.next_poll(&source).await;
    assert_eq!((plain.answer, plain.state.state), (Polled::NotModified, SourceState::Ok));
    assert_eq!(lab.sent(FEED, "a-im"), [None, Some(b"feed".to_vec()), None]);
    assert_eq!(lab.items().await.len(), 12);
}

#[tokio::test]
async fn a_200_that_names_the_manipulation_is_a_delta() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (FEED, 0) => ok("etag: \"1\"\r\nim: feed\r\n", feed(0..12, "")),
        (FEED, _) => ok("etag: \"2\"\r\nim: feed\r\n", feed(20..32, "")),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(FEED);
    let first = lab.poll(&source).await;
    assert_eq!(first.state.profile.usual_count.to_bits(), 12.0_f32.to_bits(), "nobody asked: it is the whole feed");
    let delta = lab.next_poll(&source).await;
    assert_eq!((delta.commit.new, delta.state.held), (12, None));
}

#[tokio::test]
async fn a_page_is_never_asked_for_a_delta() {
    let mut lab = Lab::new(|path, _| match path {
        "/xa-hoi.html" => ok("etag: \"1\"\r\ncontent-type: text/html\r\n", section(12, story)),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source("/xa-hoi.html");
    lab.poll(&source).await;
    lab.next_poll(&source).await;
    assert_eq!(lab.sent("/xa-hoi.html", "if-none-match"), [None, Some(b"\"1\"".to_vec())]);
    assert_eq!(lab.sent("/xa-hoi.html", "a-im"), [None, None]);
}
