//! The politeness ledger and the day's budget, against a real origin.

use super::*;
use crate::model::Tally;

fn page() -> Option<Vec<u8>> {
    ok("etag: \"1\"\r\n", b"0123456789")
}

/// robots.txt is not there, every page has ten bytes, and a known validator is answered 304.
async fn site() -> Site {
    Site::new(|path, before| match (path, before) {
        ("/robots.txt", _) => not_found(),
        ("/again", 1..) => status(304, ""),
        _ => page(),
    })
    .await
}

#[tokio::test]
async fn each_request_stands_in_its_origins_ledger() {
    let site = site().await;
    let fetcher = fetcher();
    let first = document(&fetcher, site.url("/again")).await.expect("a document");
    let again = Request { validators: Some((first.url, first.validators)), ..request(site.url("/again")) };
    fetcher.fetch(again).await.expect("an answer");
    let kept = fetcher.take_changed_origins();
    let ledger = &kept[0].ledger;
    let bytes = ledger.total.bytes;
    assert_eq!(ledger.total, Tally { requests: 3, conditional: 1, robots: 1, not_modified: 1, bytes });
    // three heads of some thirty bytes each, and one body
    assert!((60..200).contains(&bytes), "{bytes}");
    assert_eq!((ledger.day, ledger.today), (Some(now().date_naive()), ledger.total));
    assert_eq!(fetcher.take_tally(), ledger.total);
}

#[tokio::test]
async fn nothing_leaves_when_the_days_budget_is_spent_not_even_after_a_restart() {
    let site = site().await;
    let budget = Budget { requests_per_day: Some(3), bytes_per_day: None };
    let first = Fetcher::new(Settings { budget, ..settings() }, Vec::new()).expect("a client");
    for path in ["/a", "/b"] {
        document(&first, site.url(path)).await.expect("a document");
    }
    let kept = first.take_changed_origins();
    let again = Fetcher::new(Settings { budget, ..settings() }, kept).expect("a client");
    let tomorrow = (now().date_naive() + chrono::TimeDelta::days(1)).and_time(chrono::NaiveTime::MIN).and_utc();
    for fetcher in [&first, &again] {
        let error = document(fetcher, site.url("/c")).await.expect_err("spent");
        assert!(matches!(error, FetchError::Budget { .. }), "{error}");
        assert_eq!((error.until(), error.kind()), (Some(tomorrow), FailureKind::Wait));
    }
    assert_eq!(site.paths(), ["/robots.txt", "/a", "/b"]);
    let next_day = Request { now: tomorrow, ..request(site.url("/c")) };
    again.fetch(next_day).await.expect("a new day");
}

#[tokio::test]
async fn bytes_count_against_the_budget_though_their_body_was_refused() {
    let site = Site::new(|path, _| if path == "/robots.txt" { not_found() } else { ok("", &[b'x'; 5_000]) }).await;
    let budget = Budget { requests_per_day: None, bytes_per_day: Some(4_000) };
    let fetcher = Fetcher::new(Settings { budget, max_body_bytes: 1_000, ..settings() }, Vec::new()).expect("a client");
    let error = document(&fetcher, site.url("/a")).await.expect_err("too long");
    assert!(matches!(error, FetchError::BodyTooLarge { .. }), "{error}");
    let error = document(&fetcher, site.url("/b")).await.expect_err("spent");
    assert!(matches!(error, FetchError::Budget { .. }), "{error}");
    assert_eq!(site.paths(), ["/robots.txt", "/a"]);
}

#[tokio::test]
async fn what_is_known_of_origins_outlives_other_settings() {
    let site = Site::new(|path, _| match path {
        "/robots.txt" => not_found(),
        _ => status(429, "retry-after: 3600\r\n"),
    })
    .await;
    let before = fetcher();
    document(&before, site.url("/x")).await.expect_err("429");
    let after = before.with_settings(settings()).expect("a client");
    let error = document(&after, site.url("/y")).await.expect_err("silence");
    assert!(matches!(error, FetchError::CoolDown { .. }), "{error}");
    assert_eq!(site.paths(), ["/robots.txt", "/x"]);
}
