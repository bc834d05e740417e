//! What stands beside the shelf: changes, and feeds that moved.

use super::*;
use crate::model::{CategorySlug, PackedPublication, RenamedCategory};
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
    server.app.replace_channels(configured_channels(&settings, at(0)), vec![renamed()], &[]);
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
    let page = server.get("/bao/van-hoa/archive/2026-01-2.rss", &[]).await;
    let location = "https://feeds.example.vn/bao/van-hoa-xa-hoi/archive/2026-01-2.rss";
    assert_eq!((page.status, page.field("location")), (301, Some(location)));
}

const PAGE: &str = "/bao/all/archive/2026-01.rss";

fn keep(server: &Server, body: &[u8]) {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    std::io::Write::write_all(&mut packer, body).expect("memory");
    let gzip = if body.is_empty() { Vec::new() } else { packer.finish().expect("memory") };
    let path = PAGE.trim_start_matches('/').to_owned();
    let kept =
        PackedPublication { path: path.clone(), gzip: gzip.into(), etag: "\"abc\"".to_owned(), last_modified: at(0) };
    server.store.archived.lock().expect("lock").insert(path, kept);
}

#[tokio::test]
async fn page_of_the_archives_may_be_kept_for_a_year() {
    let server = started().await;
    let body = "<rss>Tin đã qua.</rss>".repeat(60);
    keep(&server, body.as_bytes());
    let heard = server.get(PAGE, &[]).await;
    assert_eq!((heard.status, heard.text(), heard.field("etag")), (200, body.as_str(), Some("\"abc\"")));
    assert_eq!(heard.field("content-type"), Some("application/rss+xml"));
    assert_eq!(heard.field("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!((heard.field("vary"), heard.field("access-control-allow-origin")), (Some("accept-encoding"), Some("*")));
    let packed = server.get(PAGE, &["Accept-Encoding: br, gzip"]).await;
    assert_eq!((packed.field("content-encoding"), packed.field("etag")), (Some("gzip"), Some("\"abc-gz\"")));
    assert!(packed.body.len() < body.len() / 4);
    for condition in ["If-None-Match: \"abc-gz\"".to_owned(), format!("If-Modified-Since: {MODIFIED}")] {
        let again = server.get(PAGE, &[&condition]).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{condition}");
        assert_eq!(again.field("cache-control"), Some("public, max-age=31536000, immutable"));
    }
    let head = server.ask("HEAD", PAGE, &[]).await;
    assert_eq!((head.status, head.body.len(), head.field("content-length")), (200, 0, heard.field("content-length")));
    assert_eq!(server.ask("OPTIONS", PAGE, &[]).await.field("access-control-allow-origin"), Some("*"));
    assert_eq!(server.ask("POST", PAGE, &[]).await.status, 405);
}

#[tokio::test]
async fn page_that_is_not_there_or_not_whole_is_told_apart() {
    let server = started().await;
    let others = ["/bao/all/archive/2026-01.json", "/bao/all/archive/2026-01", "/bao/all/archive/", "/archive/x.rss"];
    for path in others.iter().chain(&[PAGE]) {
        assert_eq!(server.get(path, &[]).await.status, 404, "{path}");
    }
    keep(&server, b"");
    let heard = server.get(PAGE, &[]).await;
    assert_eq!((heard.status, heard.field("retry-after")), (503, Some("5")), "it is being made anew");
    keep(&server, b"<rss/>");
    *server.store.broken.lock().expect("lock") = true;
    assert_eq!(server.get(PAGE, &[]).await.status, 503);
}
