//! Searches from outside.

use super::*;
use crate::model::PaperId;
use crate::publish::{PaperSettings, Settings};

fn paper(id: &str, title: &str, full_content: bool) -> PaperSettings {
    PaperSettings {
        id: PaperId::new(id).expect("a slug"),
        title: title.to_owned(),
        home: Url::parse(&format!("https://{id}.example/")).expect("a URL"),
        copyright: None,
        language: "vi".to_owned(),
        timezone: chrono_tz::Asia::Ho_Chi_Minh,
        item_limit: 50,
        full_content,
        sections: Vec::new(),
    }
}

fn settings() -> Settings {
    Settings {
        base_url: Url::parse("https://feeds.example.vn/x/").expect("a URL"),
        ttl_minutes: 15,
        hub: None,
        papers: vec![paper("bao", "Báo", false), paper("bao-khac", "Báo Khác", true)],
        channels: Vec::new(),
    }
}

async fn server() -> Server {
    let server = Server::start(4000).await;
    for (paper, seconds) in [("bao", 10), ("bao-khac", 20), ("bao", 30)] {
        server.store.add(paper, &[], seconds);
    }
    for item in server.store.items.lock().expect("lock").iter_mut() {
        item.content = Some(crate::model::SafeHtml::vouch(format!("<p>Toàn văn của {}</p>", item.paper)));
    }
    server.app.search_in(settings());
    server
}

/// What was found is asked anew when the store has changed, and that is looked at five times a second.
async fn let_the_revision_age() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(300)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_search_is_a_page_and_three_feeds_with_validators() {
    let server = server().await;
    for (address, media_type) in [
        ("/search?q=B%C3%A0i", "text/html; charset=utf-8"),
        ("/search.rss?q=B%C3%A0i", "application/rss+xml"),
        ("/search.atom?q=B%C3%A0i", "application/atom+xml"),
        ("/search.json?q=B%C3%A0i", "application/feed+json"),
    ] {
        let heard = server.get(address, &[]).await;
        assert_eq!((heard.status, heard.field("content-type")), (200, Some(media_type)), "{address}");
        assert!(heard.text().contains("Bài số 1") && heard.text().contains("Bài số 2"), "{}", heard.text());
        let tag = heard.field("etag").expect("a tag").to_owned();
        let again = server.get(address, &[&format!("If-None-Match: {tag}")]).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{address}");
        let packed = server.get(address, &["Accept-Encoding: gzip"]).await;
        assert_eq!((packed.status, packed.field("content-encoding")), (200, Some("gzip")));
        assert_eq!(heard.field("access-control-allow-origin").is_some(), !address.starts_with("/search?"));
    }
    assert_eq!(*server.store.searches.lock().expect("lock"), 4, "what was found is kept");
}

#[tokio::test]
async fn feeds_of_a_search_name_their_own_address_and_language() {
    let server = server().await;
    let rss = server.get("/search.rss?paper=bao&x=y&q=B%C3%A0i+s%E1%BB%91", &[]).await;
    let own = "https://feeds.example.vn/x/search.rss?q=B%C3%A0i+s%E1%BB%91&";
    assert!(rss.text().contains(own) && rss.text().contains("paper=bao\""), "{}", rss.text());
    assert!(rss.text().contains("<title>Tìm “Bài số” - Báo</title>") && !rss.text().contains("Bài số 2"));
    let newest_first = ["Bài số 3", "Bài số 1"].map(|title| rss.text().find(title).expect("there"));
    assert!(newest_first.is_sorted());
    let json = server.get("/search.json?q=B%C3%A0i", &[]).await;
    assert!(json.text().contains("\"feed_url\":\"https://feeds.example.vn/x/search.json?q=B%C3%A0i\""));
    let atom = server.get("/search.atom?q=B%C3%A0i", &[]).await;
    assert!(atom.text().contains("<id>tag:bao.example,2026:bao/search?q=B%C3%A0i</id>"), "{}", atom.text());
}

#[tokio::test]
async fn text_of_an_article_goes_out_only_where_its_paper_agrees() {
    let server = server().await;
    let json = server.get("/search.json?q=B%C3%A0i", &[]).await;
    assert!(json.text().contains("Toàn văn của bao-khac") && !json.text().contains("Toàn văn của bao<"));
}

#[tokio::test]
async fn items_of_a_search_over_all_papers_name_their_own() {
    let server = server().await;
    let rss = server.get("/search.rss?q=B%C3%A0i", &[]).await;
    let sources =
        ["bao", "bao-khac"].map(|paper| format!("<source url=\"https://feeds.example.vn/x/{paper}/all.rss\">"));
    assert_eq!(sources.map(|source| rss.text().matches(&source).count()), [2, 1], "{}", rss.text());
    let json = server.get("/search.json?q=B%C3%A0i", &[]).await;
    let feed: serde_json::Value = serde_json::from_slice(&json.body).expect("JSON");
    let names = feed["items"].as_array().expect("items").iter().map(|item| item["authors"][0]["name"].as_str());
    assert_eq!(names.collect::<Vec<_>>(), [Some("Báo"), Some("Báo Khác"), Some("Báo")]);
    assert_eq!(feed["authors"][0]["name"], "Báo, Báo Khác");
    let own = server.get("/search.json?q=B%C3%A0i&paper=bao", &[]).await;
    let own: serde_json::Value = serde_json::from_slice(&own.body).expect("JSON");
    assert_eq!((own["items"][0].get("authors"), &own["authors"][0]["name"]), (None, &"Báo".into()));
}

#[tokio::test]
async fn what_is_no_question_gets_its_reason_and_touches_no_store() {
    let server = server().await;
    let long = format!("/search?q={}", "a".repeat(201));
    let table = [
        ("/search", 200, "name=\"q\""),
        ("/search?q=", 200, "name=\"q\""),
        ("/search.rss", 400, "?q=words"),
        ("/search.rss?q=a&paper=khac", 404, ""),
        ("/search.rss?q=a&paper=%3Cb%3E", 400, "paper"),
        (long.as_str(), 400, "quá dài"),
        ("/search.fragment.html?q=a", 404, ""),
        ("/search/?q=a", 404, ""),
    ];
    for (address, status, part) in table {
        let heard = server.get(address, &[]).await;
        assert_eq!(heard.status, status, "{address}");
        assert!(heard.text().to_lowercase().contains(part), "{address}: {}", heard.text());
        assert!(heard.field("content-security-policy").is_some_and(|policy| !policy.contains("script")));
    }
    assert_eq!(*server.store.searches.lock().expect("lock"), 0);
    assert_eq!(server.ask("POST", "/search?q=a", &["Content-Length: 0"]).await.status, 405);
    assert_eq!(server.ask("OPTIONS", "/search.rss?q=a", &[]).await.field("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn what_was_typed_comes_back_as_text() {
    let server = server().await;
    let typed = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E";
    for ending in ["", ".rss", ".atom", ".json"] {
        let heard = server.get(&format!("/search{ending}?q={typed}"), &[]).await;
        assert_eq!(heard.status, 200);
        assert!(
            ending == ".json" || !heard.text().contains("<script") && !heard.text().contains("<img src"),
            "{ending}"
        );
    }
}

#[tokio::test]
async fn found_items_follow_the_store() {
    let server = server().await;
    let before = server.get("/search.rss?q=B%C3%A0i", &[]).await;
    server.store.add("bao", &[], 40);
    let_the_revision_age().await;
    let after = server
        .get("/search.rss?q=B%C3%A0i", &[&format!("If-None-Match: {}", before.field("etag").expect("a tag"))])
        .await;
    assert_eq!(after.status, 200);
    assert!(after.text().contains("Bài số 4"));
}

#[tokio::test]
async fn too_many_searches_at_once_are_asked_to_come_again() {
    let server = server().await;
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    *server.store.gate.lock().expect("lock") = Some(gate.clone());
    let asks = (0..60).map(|n| {
        let address = server.address;
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let request = format!("GET /search.rss?q=tu{n} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.expect("read");
            let heard = Heard::of(&answer);
            (heard.status, heard.field("retry-after").map(str::to_owned))
        })
    });
    let asks: Vec<_> = asks.collect();
    // those that are refused come back at once; then the others may go on
    let refused = || asks.iter().filter(|ask| ask.is_finished()).count();
    timeout(Duration::from_secs(2), async {
        while refused() < 26 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("refused in time");
    gate.add_permits(1_000);
    let mut answers = Vec::new();
    for ask in asks {
        answers.push(ask.await.expect("answered"));
    }
    let busy: Vec<_> = answers.iter().filter(|(status, _)| *status == 503).collect();
    assert_eq!((busy.len(), answers.len()), (26, 60), "2 at work, 32 wait");
    assert!(busy.iter().all(|(_, retry)| retry.as_deref() == Some("5")));
}

#[tokio::test]
async fn search_without_a_store_is_an_answer() {
    let server = server().await;
    *server.store.broken.lock().expect("lock") = true;
    assert_eq!(server.get("/search.rss?q=a", &[]).await.status, 503);
}
