//! Pages for people from outside.

use super::*;
use crate::model::{DayTally, PollState};

#[tokio::test]
async fn status_page_draws_the_last_days_of_a_source() {
    let server = Server::start(4000).await;
    let paper = PaperId::new("bao").expect("a slug");
    let mut state = Box::new(PollState::default());
    state.days.count(at(-86_400), DayTally { polls: 4, not_modified: 3, failed: 0, items: 2 });
    state.days.count(at(0), DayTally { polls: 4, not_modified: 1, failed: 2, items: 7 });
    let id = SourceId::new(&paper, "xa-hoi").expect("a slug");
    server.store.states.lock().expect("lock").insert(id, state);
    let page = server.get("/status", &[]).await;
    let text = page.text();
    assert_eq!(text.matches("<svg viewBox=\"0 0 112 31\" role=\"img\"").count(), 4, "{text}");
    for part in [
        "<title>new items</title><desc>by day from 2026-02-13 to 2026-02-14: 2, 7</desc>",
        "<b>8</b> polls",
        "<b>2</b> errors",
        "<b>50 %</b> unchanged (304)",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("<script") && !text.contains(" style="));
    let json = server.get("/status.json", &[]).await;
    let told: serde_json::Value = serde_json::from_slice(&json.body).expect("JSON");
    let today = &told["sources"][0]["days"][1];
    let expected = serde_json::json!({ "day": "2026-02-14", "polls": 4, "not_modified": 1, "failed": 2, "items": 7 });
    assert_eq!(*today, expected);
}

#[tokio::test]
async fn browsers_find_an_icon() {
    let server = Server::start(400).await;
    let icon = server.get("/favicon.ico", &[]).await;
    assert_eq!((icon.status, icon.field("content-type")), (200, Some("image/png")));
    assert!(
        icon.body.starts_with(b"\x89PNG") && icon.field("cache-control").is_some_and(|field| field.contains("max-age"))
    );
}
