use crate::model::{Channel, Format, Item};
use crate::render::fixture::{channel, item, nasty_items, rich_item};
use crate::render::render;
use serde_json::{Value, json};

fn read(channel: &Channel, items: &[Item]) -> Value {
    serde_json::from_slice(&render(channel, items, Format::Json).body).expect("JSON")
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(holds_null),
        Value::Object(map) => map.values().any(holds_null),
        _ => false,
    }
}

#[test]
fn feed_states_where_it_is_and_what_it_mirrors() {
    let mut feed = read(&channel(), &[]);
    assert_eq!(feed["items"].take(), json!([]));
    assert_eq!(
        feed,
        json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Xã hội - Báo Sơn La",
            "home_page_url": "https://baosonla.vn/xa-hoi.html",
            "feed_url": "https://feeds.example.vn/bao-son-la/xa-hoi.json",
            "user_comment": "The same for people: https://feeds.example.vn/bao-son-la/xa-hoi.html",
            "description": "Bài mới của chuyên mục Xã hội, Báo Sơn La.",
            "authors": [{"name": "Báo Sơn La", "url": "https://baosonla.vn/xa-hoi.html"}],
            "language": "vi",
            "items": null,
        })
    );
}

#[test]
fn item_states_what_is_known() {
    let feed = read(&Channel { full_content: true, ..channel() }, &[rich_item(1)]);
    assert_eq!(
        feed["items"][0],
        json!({
            "id": "tag:baosonla.vn,2026:bao-son-la/1",
            "url": "https://baosonla.vn/xa-hoi/bai-1.html",
            "title": "Con đường mới về bản",
            "content_html": "<figure><img src=\"https://media.baosonla.vn/a.jpg?w=8&amp;h=6\" alt=\"\" width=\"800\" height=\"600\"></figure>\n<p>Đường mới <b>thông xe</b> &amp; an toàn.</p>\n<p>Hết ]]&gt; rồi.</p>",
            "summary": "Tóm tắt của bài số 1.",
            "image": "https://media.baosonla.vn/a.jpg?w=8&h=6",
            "date_published": "2026-02-14T08:29:00+07:00",
            "date_modified": "2026-02-14T08:35:00+07:00",
            "authors": [{"name": "Lò Thị Mai"}, {"name": "Hà \"Bắc\" <Nam>"}],
            "tags": ["Xã hội", "Bạn đọc & bạn viết"],
            "language": "en",
            "attachments": [
                {"url": "https://media.baosonla.vn/mot.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 1234},
                {"url": "https://media.baosonla.vn/hai.mp3", "mime_type": "audio/mpeg"},
            ],
        })
    );
}

#[test]
fn missing_facts_leave_no_keys_and_never_null() {
    let mut bare = item(1, "Một");
    bare.summary = None;
    bare.categories.clear();
    let feed = read(&channel(), &[bare]);
    assert_eq!(
        feed["items"][0],
        json!({
            "id": "tag:baosonla.vn,2026:bao-son-la/1",
            "url": "https://baosonla.vn/xa-hoi/bai-1.html",
            "title": "Một",
            "content_text": "Một",
            "date_published": "2026-02-14T08:29:00+07:00",
        })
    );
    assert!(!holds_null(&feed));
}

#[test]
fn every_item_has_a_content() {
    let with_summary = read(&channel(), &[item(1, "Một")]);
    assert_eq!(with_summary["items"][0]["content_text"], "Tóm tắt của bài số 1.");
    for item in read(&channel(), &nasty_items())["items"].as_array().expect("a list") {
        assert!(item["content_text"].is_string() ^ item["content_html"].is_string(), "{item}");
    }
}

#[test]
fn hub_is_named_where_there_is_one() {
    let hub = Some(url::Url::parse("https://feeds.example.vn/hub").expect("a URL"));
    let feed = read(&Channel { hub, ..channel() }, &[rich_item(1)]);
    assert_eq!(feed["hubs"], json!([{ "type": "WebSub", "url": "https://feeds.example.vn/hub" }]));
    assert!(read(&channel(), &[]).get("hubs").is_none(), "none is named where there is none");
}
