//! What stands beside the shelf: changes, and feeds that moved.

use super::*;
use crate::model::{CategorySlug, RenamedCategory};
use crate::publish::{PaperSettings, Settings, configured_channels};

fn renamed() -> RenamedCategory {
    let slug = |text: &str| CategorySlug::new(text).expect("a slug");
    RenamedCategory { paper: PaperId::new("bao").expect("a slug"), from: slug("van-hoa"), to: slug("van-hoa-xa-hoi") }
}

async fn started() -> Server {
    let server = Server::start(4000).await;
    let paper = PaperSettings {
        id: PaperId::new("bao").expect("a slug"),
        title: "Báo".to_owned(),
        home: Url::parse("https://bao.example/").expect("a URL"),
        copyright: None,
        language: "vi".to_owned(),
        timezone: chrono_tz::Asia::Ho_Chi_Minh,
        item_limit: 50,
        full_content: false,
        sections: Vec::new(),
    };
    let base_url = Url::parse("https://feeds.example.vn/").expect("a URL");
    let settings = Settings { base_url, ttl_minutes: 15, hub: None, papers: vec![paper], channels: Vec::new() };
    server.app.replace_channels(configured_channels(&settings, at(0)), vec![renamed()]);
    server
}

#[tokio::test]
async fn changes_are_told_over_the_wire_and_to_scripts_of_other_sites() {
    let server = started().await;
    server.store.add("bao", &[], 0);
    let heard = server.get("/bao/changes", &[]).await;
    assert_eq!((heard.status, heard.field("content-type")), (200, Some("application/json")));
    assert_eq!(heard.field("access-control-allow-origin"), Some("*"));
    let page: serde_json::Value = serde_json::from_slice(&heard.body).expect("JSON");
    assert_eq!((&page["paper"], &page["changes"][0]["item"]["title"]), (&"bao".into(), &"Bài số 1".into()));
    let next = page["next_url"].as_str().and_then(|url| url.strip_prefix("https://feeds.example.vn")).expect("ours");
    let tag = format!("If-None-Match: {}", server.get(next, &[]).await.field("etag").expect("a tag"));
    assert_eq!(server.get(next, &[&tag]).await.status, 304);
    assert_eq!(server.ask("HEAD", "/bao/changes", &[]).await.body, b"");
    assert_eq!(server.ask("POST", "/bao/changes", &[]).await.status, 405);
    assert_eq!(server.get("/khac/changes", &[]).await.status, 404);
    *server.store.broken.lock().expect("lock") = true;
    assert_eq!(server.get("/bao/changes", &[]).await.status, 503);
}

#[tokio::test]
async fn feed_of_a_renamed_category_leads_to_its_new_address() {
    let server = started().await;
    let heard = server.get("/bao/van-hoa.atom", &[]).await;
    let location = "https://feeds.example.vn/bao/van-hoa-xa-hoi.atom";
    assert_eq!((heard.status, heard.field("location")), (301, Some(location)));
    assert_eq!(server.ask("HEAD", "/bao/van-hoa.json", &[]).await.status, 301);
    assert_eq!(server.ask("POST", "/bao/van-hoa.json", &[]).await.status, 405);
    assert_eq!(server.get("/bao/van-hoa.xml", &[]).await.status, 404);
}
