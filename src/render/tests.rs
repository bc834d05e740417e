//! What holds for every format.

mod several;

use super::fixture::{all, at, channel, item, nasty_items, rich_item};
use super::*;
use crate::text::clean_line;
use serde_json::Value;

fn guids_titles_links(channel: &Channel, items: &[Item]) -> [Vec<[String; 3]>; 3] {
    let body = |format| render(channel, items, format).body;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let rss = ::rss::Channel::read_from(&*body(Format::Rss)).expect("RSS").items;
    let atom = atom_syndication::Feed::read_from(&*body(Format::Atom)).expect("Atom").entries;
    let json: Value = serde_json::from_slice(&body(Format::Json)).expect("JSON");
    let known = |fact: Option<&str>| fact.expect("stated").to_owned();
    [
        rss.iter().map(|i| [known(i.guid().map(::rss::Guid::value)), known(i.title()), known(i.link())]).collect(),
        atom.iter().map(|e| [e.id.clone(), e.title.value.clone(), e.links[0].href.clone()]).collect(),
        json["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|i| [text(&i["id"]), text(&i["title"]), text(&i["url"])])
            .collect(),
    ]
}

#[test]
fn formats_have_the_same_items_in_the_same_order() {
    let items: Vec<Item> = (0..5).map(|n| item(n, &format!("Bài số {n}"))).chain([rich_item(9)]).collect();
    let [rss, atom, json] = guids_titles_links(&channel(), &items);
    assert_eq!(rss.len(), items.len());
    assert_eq!((&rss, &rss), (&atom, &json));
}

#[test]
fn nasty_titles_arrive_decoded_once_in_every_format() {
    let items = nasty_items();
    let want: Vec<String> = items.iter().map(|i| clean_line(&i.title)).collect();
    for found in guids_titles_links(&channel(), &items) {
        assert_eq!(found.iter().map(|f| f[1].clone()).collect::<Vec<_>>(), want);
    }
}

#[test]
fn same_items_same_bytes_and_validators() {
    let items = [rich_item(1), item(2, "Hai")];
    for format in Format::ALL {
        let (once, again) = (render(&channel(), &items, format), render(&channel(), &items, format));
        assert_eq!(once, again);
        assert_eq!(once.path, format!("bao-son-la/xa-hoi.{}", format.extension()));
        assert_eq!(once.media_type, format.media_type());
        assert_eq!(once.last_modified, at(6), "the newest change");
        let etag = once.etag.strip_prefix('"').and_then(|e| e.strip_suffix('"')).expect("quoted and strong");
        assert!(etag.len() == 32 && etag.bytes().all(|b| b.is_ascii_hexdigit()), "{etag}");
        assert_ne!(once.etag, render(&channel(), &items[..1], format).etag);
    }
}

#[test]
fn last_modified_has_whole_seconds_and_starts_at_the_epoch() {
    let mut changed = item(1, "Một");
    changed.changed_at = at(3) + chrono::TimeDelta::milliseconds(999);
    for format in Format::ALL {
        assert_eq!(render(&channel(), &[], format).last_modified, at(-600));
        assert_eq!(render(&channel(), std::slice::from_ref(&changed), format).last_modified, at(3));
    }
}

#[test]
fn no_format_lets_a_control_character_out() {
    let mut items = nasty_items();
    let hostile = "a\u{0}\u{b}\u{1b}[31m\u{7f}\u{85}\u{fffe}\u{ffff}b";
    for item in &mut items {
        item.authors = vec![hostile.to_owned()];
        item.summary = Some(hostile.to_owned());
        item.content = Some(crate::model::SafeHtml::vouch(format!("<p>{hostile}\r</p>")));
        item.categories[0].title = hostile.to_owned();
    }
    let hostile_channel = Channel {
        title: hostile.to_owned(),
        description: hostile.to_owned(),
        paper_title: hostile.to_owned(),
        category_title: Some(hostile.to_owned()),
        full_content: true,
        ..channel()
    };
    for format in Format::ALL {
        let publication = render(&hostile_channel, &items, format);
        let text = std::str::from_utf8(&publication.body).expect("UTF-8");
        let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || u32::from(*c) & 0xfffe == 0xfffe);
        assert_eq!(bad, None, "{format:?}");
        if format == Format::Json {
            assert!(!text.contains("\\u00") && !text.contains("\\r") && !text.contains("\\f"));
        }
    }
}

#[test]
fn huge_texts_and_many_items_are_written() {
    let mut long = rich_item(0);
    long.title = "dài & <rộng> ".repeat(20_000);
    long.summary = Some("]]> ".repeat(50_000));
    let items: Vec<Item> = std::iter::once(long).chain((1..2_000).map(|n| item(n, "Bài"))).collect();
    for format in Format::ALL {
        let least = if format == Format::Fragment { 1_000 } else { 200_000 };
        assert!(render(&all(), &items, format).body.len() > least, "{format:?}");
    }
    let [rss, atom, json] = guids_titles_links(&all(), &items);
    assert_eq!((rss.len(), &rss, &rss), (2_000, &atom, &json));
}

#[test]
fn a_channel_without_texts_still_has_a_title_and_a_description() {
    let bare = Channel { title: " ".to_owned(), description: String::new(), paper_title: String::new(), ..channel() };
    let rss = ::rss::Channel::read_from(&*render(&bare, &[], Format::Rss).body).expect("RSS");
    assert_eq!((rss.title.as_str(), rss.description.as_str()), ("bao-son-la/xa-hoi", "bao-son-la/xa-hoi"));
}

#[test]
fn lead_picture_is_an_enclosure_where_its_type_is_known() {
    let with = |address: &str| {
        let image = crate::model::Image { url: crate::render::fixture::url(address), width: None, height: None };
        let item = Item { image: Some(image), ..item(1, "Một") };
        let rss = ::rss::Channel::read_from(&*render(&channel(), &[item], Format::Rss).body).expect("RSS");
        rss.items[0].enclosure().map(|file| (file.mime_type().to_owned(), file.length().to_owned()))
    };
    assert_eq!(with("https://a.vn/a.JPG?w=1"), Some(("image/jpeg".to_owned(), "0".to_owned())));
    assert_eq!(with("https://a.vn/anh"), None, "nothing is invented");
}

#[test]
fn lead_picture_stands_once_in_the_text() {
    let shown = |markup: &str| {
        let content = Some(crate::model::SafeHtml::vouch(markup.to_owned()));
        let full = Channel { full_content: true, ..channel() };
        let item = Item { content, ..rich_item(1) };
        let json: Value = serde_json::from_slice(&render(&full, &[item], Format::Json).body).expect("JSON");
        json["items"][0]["content_html"].as_str().expect("markup").matches("<img").count()
    };
    assert_eq!(shown("<p>x</p>"), 1);
    assert_eq!(shown("<img src=\"https://media.baosonla.vn/small/a.jpg\">"), 1, "the same in another size");
    assert_eq!(shown("<img src=\"https://media.baosonla.vn/b.jpg\">"), 2);
}

#[test]
fn bulletins_and_copyright_are_stated() {
    let channel = Channel { copyright: Some("© Báo \u{0}Sơn La".to_owned()), ..channel() };
    let items = [item(1, "Dự báo thời tiết ngày 14/2/2026")];
    let text = |format| String::from_utf8(render(&channel, &items, format).body.to_vec()).expect("UTF-8");
    let (rss, atom) = (text(Format::Rss), text(Format::Atom));
    assert!(rss.contains("<category domain=\"https://feeds.example.vn/#kind\">bulletin</category>"), "{rss}");
    assert!(rss.contains("<copyright>© Báo Sơn La</copyright>"), "{rss}");
    assert!(atom.contains("term=\"bulletin\" scheme=\"https://feeds.example.vn/#kind\""), "{atom}");
    assert!(atom.contains("<rights>© Báo Sơn La</rights>"), "{atom}");
    assert!(text(Format::Json).contains("\"_bantin\":{\"kind\":\"bulletin\"}"));
}
