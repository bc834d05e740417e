//! Feeds of several papers: each item says from which it comes.

use crate::model::{Channel, Format, Item, SafeHtml};
use crate::render::fixture::{all, at, chosen, item, rich_item};
use crate::render::lint::lint;
use crate::render::{Listed, index, opml, render};
use serde_json::{Value, json};

/// One article of each of the two papers.
fn items() -> Vec<Item> {
    let mut other = rich_item(2);
    other.paper = chosen().papers[1].id.clone();
    vec![item(1, "Một"), other]
}

fn text(channel: &Channel, format: Format) -> String {
    let publication = render(channel, &items(), format);
    assert!(publication.path.starts_with("channel/thoi-tiet."), "{}", publication.path);
    assert!(lint(&publication).is_empty(), "{:?}", lint(&publication));
    String::from_utf8(publication.body.to_vec()).expect("UTF-8")
}

#[test]
fn rss_names_the_feed_of_each_items_paper() {
    let feed = rss::Channel::read_from(text(&chosen(), Format::Rss).as_bytes()).expect("RSS");
    let sources: Vec<_> = feed.items.iter().filter_map(|item| item.source()).map(|s| (s.url(), s.title())).collect();
    let expected = [
        ("https://feeds.example.vn/bao-son-la/all.rss", Some("Báo Sơn La")),
        ("https://feeds.example.vn/bao-khac/all.rss", Some("Báo \"Khác\" & <Mới>")),
    ];
    assert_eq!(sources, expected);
    assert_eq!(feed.title, "Thời tiết");
    let taxonomies = feed.items.iter().map(|item| item.categories()[0].domain());
    let expected = ["https://feeds.example.vn/bao-son-la/", "https://feeds.example.vn/bao-khac/"].map(Some);
    assert_eq!(taxonomies.collect::<Vec<_>>(), expected, "a paper's categories are its own");
}

#[test]
fn atom_entries_have_the_source_of_their_paper_and_the_feed_an_id_of_its_own() {
    let feed = atom_syndication::Feed::read_from(text(&chosen(), Format::Atom).as_bytes()).expect("Atom");
    let moved = Channel { base_url: "https://other.example/".parse().expect("a URL"), ..chosen() };
    let moved = atom_syndication::Feed::read_from(text(&moved, Format::Atom).as_bytes()).expect("Atom");
    assert_eq!((feed.id.as_str(), &moved.id), ("tag:baosonla.vn,2026:channel/thoi-tiet", &feed.id));
    let sources: Vec<_> = feed.entries.iter().filter_map(|entry| entry.source.as_ref()).collect();
    let facts: Vec<_> =
        sources.iter().map(|s| (s.id.as_str(), s.title.value.as_str(), s.authors[0].name.as_str())).collect();
    let khac = "Báo \"Khác\" & <Mới>";
    let expected = [
        ("tag:baosonla.vn,2026:bao-son-la/feed/all", "Báo Sơn La", "Báo Sơn La"),
        ("tag:khac.vn,2026:bao-khac/feed/all", khac, khac),
    ];
    assert_eq!(facts, expected);
    assert_eq!(sources[1].links[0].href, "https://feeds.example.vn/bao-khac/all.atom");
    let own = render(&all(), &items()[..1], Format::Atom);
    let own = atom_syndication::Feed::read_from(&own.body[..]).expect("Atom");
    assert_eq!((&own.id, &own.entries[0].id), (&sources[0].id, &feed.entries[0].id), "the paper's own feed and guid");
    assert!(own.entries[0].source.is_none());
}

#[test]
fn json_items_have_their_paper_behind_their_people() {
    let feed: Value = serde_json::from_str(&text(&chosen(), Format::Json)).expect("JSON");
    assert_eq!(feed["items"][0]["authors"], json!([{"name": "Báo Sơn La", "url": "https://baosonla.vn/"}]));
    let authors = feed["items"][1]["authors"].as_array().expect("authors");
    assert_eq!((authors.len(), &authors[2]), (3, &json!({"name": "Báo \"Khác\" & <Mới>", "url": "https://khac.vn/"})));
}

#[test]
fn page_names_the_paper_and_leads_to_its_categories() {
    let page = text(&chosen(), Format::Html);
    for part in [
        "<h1 dir=\"auto\">Thời tiết</h1>",
        "<bdi>Báo \"Khác\"".replace('"', "&#34;").as_str(),
        "<a href=\"../bao-khac/ban-doc.html\">",
        "<a href=\"../bao-son-la/xa-hoi.html\">",
        "href=\"https://feeds.example.vn/channel/thoi-tiet.rss\"",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("all.html"), "it is of no paper");
    assert!(text(&chosen(), Format::Fragment).contains("https://feeds.example.vn/channel/thoi-tiet.html"));
}

#[test]
fn text_goes_out_of_the_papers_that_agree() {
    let mut channel = Channel { full_content: true, ..chosen() };
    channel.papers[0].full_content = false;
    let markup =
        |item: Item| Item { content: Some(SafeHtml::vouch(format!("<p>Toàn văn {}</p>", item.id.0))), ..item };
    let mut items: Vec<Item> = items().into_iter().map(markup).collect();
    let mut stray = markup(item(3, "Ba"));
    stray.paper = crate::model::PaperId::new("da-bo").expect("an id");
    items.push(stray);
    for format in Format::ALL {
        let text = String::from_utf8(render(&channel, &items, format).body.to_vec()).expect("UTF-8");
        assert!(!text.contains("Toàn văn 1") && !text.contains("Toàn văn 3"), "{format:?}");
        assert_eq!(text.contains("Toàn văn 2"), !matches!(format, Format::Html | Format::Fragment), "{format:?}");
    }
}

#[test]
fn item_in_its_papers_language_says_so_in_a_feed_of_another() {
    let mut channel = chosen();
    channel.papers[1].language = "en".to_owned();
    let mut items = items();
    items[1].language = None;
    let feed: Value = serde_json::from_slice(&render(&channel, &items, Format::Json).body).expect("JSON");
    assert_eq!((feed["items"][0].get("language"), &feed["items"][1]["language"]), (None, &json!("en")));
}

#[test]
fn index_and_opml_list_what_is_chosen_under_a_heading_of_its_own() {
    let (all, chosen, newest) = (all(), chosen(), items());
    let feeds = [(&all, &newest[..]), (&chosen, &[])].map(|(channel, newest)| Listed { channel, newest });
    let page = String::from_utf8(index(&feeds, at(0)).body.to_vec()).expect("UTF-8");
    for part in [
        "<h1 dir=\"auto\">Bản tin · Báo Sơn La</h1>",
        "<section id=\"channel\" lang=\"vi\">",
        "<h2 dir=\"auto\">Kênh chọn lọc</h2>",
        "<a class=\"name\" href=\"channel/thoi-tiet.html\" dir=\"auto\">Thời tiết</a>",
        "<code>https://feeds.example.vn/channel/thoi-tiet.atom</code>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("value=\"channel\""), "nothing to search in");
    let list = String::from_utf8(opml(&[all, chosen], "Bản tin", at(0)).body.to_vec()).expect("UTF-8");
    assert!(list.contains("<outline text=\"Kênh chọn lọc\">"), "{list}");
    assert!(list.contains("xmlUrl=\"https://feeds.example.vn/channel/thoi-tiet.rss\""), "{list}");
}
