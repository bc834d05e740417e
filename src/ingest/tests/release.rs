//! What an operator releases is published, and what looks like it is held no more.

use super::lab::{Lab, feed, ok, status};
use super::*;

/// A feed of articles whose addresses look like none before.
fn moved(numbers: impl IntoIterator<Item = usize>) -> String {
    let item = |n| {
        format!("<item><title>Tin vắn số {n} trong ngày của tỉnh</title><link>/t{n}</link><guid>moi-{n}</guid></item>")
    };
    let items: String = numbers.into_iter().map(item).collect();
    format!("<rss version='2.0'><channel><title>Xã hội</title>{items}</channel></rss>")
}

#[tokio::test]
async fn released_items_are_published_and_their_like_is_held_no_more() {
    let mut lab = Lab::new(|path, asked| match (path, asked) {
        ("/robots.txt", _) => status(404, ""),
        (_, 0) => ok("", feed(1..=12, "")),
        (_, 1 | 2) => ok("", moved(1..=12)),
        _ => ok("", moved(2..=13)),
    })
    .await;
    let source = lab.source("/xahoi.rss");
    lab.poll(&source).await;
    assert_eq!(lab.next_poll(&source).await.state.state, SourceState::Held);
    // a page that shows the same again does not fit the history by itself
    assert_eq!(lab.next_poll(&source).await.state.state, SourceState::Held);
    assert_eq!(lab.items().await.len(), 12);

    let (state, commit) = lab.ingest().release(&source, lab.state(&source).await, lab.now).await.expect("a store");
    assert_eq!((state.state, state.held, commit.published), (SourceState::Ok, None, 12));
    assert_eq!(lab.items().await.len(), 24);
    lab.restart().await;
    assert_eq!(lab.state(&source).await, state, "the state is kept with the items");

    let report = lab.next_poll(&source).await;
    assert_eq!((report.state.state, report.commit.published), (SourceState::Ok, 1));
}

#[tokio::test]
async fn releasing_nothing_changes_nothing() {
    let lab = Lab::new(|path, _| if path == "/robots.txt" { status(404, "") } else { ok("", feed(1..=12, "")) }).await;
    let source = lab.source("/xahoi.rss");
    lab.poll(&source).await;
    let before = lab.state(&source).await;
    let (state, commit) = lab.ingest().release(&source, before.clone(), lab.now).await.expect("a store");
    assert_eq!((state.state, state.next_poll_at), (before.state, before.next_poll_at));
    assert_eq!((commit.published, commit.changed), (0, 0));
}
