//! What is held, for how long, and who hears of it.

use super::lab::{Lab, feed, ok, path_of, status};
use super::*;
use crate::model::HoldReason;

/// A feed whose addresses are as ever, with a title made of each number.
fn titled(numbers: impl IntoIterator<Item = usize>, title: impl Fn(usize) -> String) -> String {
    let item = |n| format!("<item><title>{}</title><link>{}</link></item>", title(n), path_of(n));
    let items: String = numbers.into_iter().map(item).collect();
    format!("<rss version='2.0'><channel><title>Xã hội</title>{items}</channel></rss>")
}

fn labels() -> String {
    titled(20..=27, |n| format!("Mục {n}"))
}

#[tokio::test]
async fn labels_are_held_until_the_next_poll_shows_them_again() {
    let mut lab = Lab::new(|path, asked| match (path, asked) {
        ("/robots.txt", _) => status(404, ""),
        (_, 0) => ok("", feed(1..=12, "")),
        _ => ok("", labels()),
    })
    .await;
    let source = lab.source("/xahoi.rss");
    lab.poll(&source).await;
    let report = lab.next_poll(&source).await;
    assert_eq!((report.state.held, report.commit.held), (Some(HoldReason::TitlesUnlike), 8));
    let failure = report.state.failure.expect("a failure");
    assert!(failure.what.contains("titles far shorter or longer"), "{}", failure.what);
    assert_eq!(lab.items().await.len(), 12, "nothing of it is published");
    let report = lab.next_poll(&source).await;
    assert_eq!((report.state.state, report.commit.published, report.left_held), (SourceState::Ok, 8, 0));
}

#[tokio::test]
async fn items_that_a_well_page_shows_no_more_stay_held_and_are_told() {
    let mut lab = Lab::new(|path, asked| match (path, asked) {
        ("/robots.txt", _) => status(404, ""),
        (_, 0) => ok("", feed(1..=12, "")),
        (_, 1) => ok("", labels()),
        _ => ok("", feed(2..=13, "")),
    })
    .await;
    let source = lab.source("/xahoi.rss");
    lab.poll(&source).await;
    assert_eq!(lab.next_poll(&source).await.commit.held, 8);
    let held_at = lab.now;
    let report = lab.next_poll(&source).await;
    assert_eq!((report.state.state, report.commit.published, report.left_held), (SourceState::Ok, 1, 8));
    assert_eq!(lab.next_poll(&source).await.left_held, 0, "it is logged once");
    let counts = lab.store().source_counts().await.expect("counts")[&source.id];
    assert_eq!((counts.held, lab.items().await.len()), (8, 13));
    let since = counts.held_since.expect("a time");
    assert!((held_at - since).num_seconds() < 60, "{since}");
    let (_, commit) = lab.ingest().release(&source, lab.state(&source).await, lab.now).await.expect("a store");
    assert_eq!(commit.published, 8);
}

#[tokio::test]
async fn first_poll_of_a_source_is_no_flood() {
    let lab = Lab::new(|path, _| if path == "/robots.txt" { status(404, "") } else { ok("", feed(1..=60, "")) }).await;
    let source = lab.source("/xahoi.rss");
    let report = lab.poll(&source).await;
    assert_eq!((report.state.state, report.state.held, report.state.failure), (SourceState::Ok, None, None));
    assert_eq!((report.commit.new, report.commit.published, lab.items().await.len()), (60, 60, 60));
    let push = &report.state.push;
    assert_eq!((push.agreed, push.missed), (0, 0), "it says nothing of what hubs announce");
    assert!(report.state.habit.days < 0.001, "nor of when the source publishes: {:?}", report.state.habit);
}

#[tokio::test]
async fn a_later_hold_lets_nothing_of_an_earlier_one_go() {
    let mut lab = Lab::new(|path, asked| match (path, asked) {
        ("/robots.txt", _) => status(404, ""),
        (_, 0) => ok("", feed(1..=12, "")),
        (_, 1) => ok("", labels()),
        (_, 2) => ok("", feed(1..=12, "")),
        (_, 3) => ok("etag: \"3\"\r\n", feed(40..=51, "")),
        _ => status(304, ""),
    })
    .await;
    let source = lab.source("/xahoi.rss");
    lab.poll(&source).await;
    let mut polled = Vec::new();
    for _ in 0..4 {
        let report = lab.next_poll(&source).await;
        polled.push((report.state.held, report.commit.held, report.commit.published));
    }
    let (labels, flood) = (Some(HoldReason::TitlesUnlike), Some(HoldReason::NearlyAllNew));
    assert_eq!(polled, [(labels, 8, 0), (None, 0, 0), (flood, 12, 0), (None, 0, 12)]);
    assert_eq!(lab.store().source_counts().await.expect("counts")[&source.id].held, 8);
    assert!(lab.items().await.iter().all(|item| !item.title.starts_with("Mục")));
}
