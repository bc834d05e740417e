use crate::model::{Channel, Format, Item, Tombstone};
use crate::render::fixture::{all, at, channel, item, nasty_items, page, rich_item, url};
use crate::render::{lint, render, render_all};
use atom_syndication::Feed;

fn text_of(channel: &Channel, items: &[Item]) -> String {
    String::from_utf8(render(channel, items, Format::Atom).body.to_vec()).expect("UTF-8")
}

fn read(channel: &Channel, items: &[Item]) -> Feed {
    Feed::read_from(text_of(channel, items).as_bytes()).expect("Atom")
}

fn full() -> Channel {
    Channel { full_content: true, ..channel() }
}

#[test]
fn feed_has_what_rfc_4287_requires() {
    let feed = read(&channel(), &[rich_item(1)]);
    assert_eq!(feed.id, "tag:baosonla.vn,2026:bao-son-la/feed/xa-hoi");
    assert_eq!(feed.title.value, "Xã hội - Báo Sơn La");
    assert_eq!(feed.authors[0].name, "Báo Sơn La", "entries without an author have the feed's");
    assert_eq!(feed.lang.as_deref(), Some("vi"));
    let links: Vec<_> = feed.links.iter().map(|l| (l.rel.as_str(), l.href.as_str())).collect();
    assert_eq!(
        links,
        [
            ("self", "https://feeds.example.vn/bao-son-la/xa-hoi.atom"),
            ("alternate", "https://baosonla.vn/xa-hoi.html"),
            ("related", "https://feeds.example.vn/bao-son-la/xa-hoi.html"),
        ]
    );
}

#[test]
fn feed_id_does_not_hang_on_where_we_are_served() {
    let moved = Channel { base_url: url("https://other.example/x/"), ..all() };
    assert_eq!(read(&moved, &[]).id, read(&all(), &[]).id);
    assert_eq!(read(&all(), &[]).id, "tag:baosonla.vn,2026:bao-son-la/feed/all");
    let local = Channel { link: url("http://[::1]:8080/"), ..all() };
    assert_eq!(read(&local, &[]).id, "tag:---1-,2026:bao-son-la/feed/all");
}

#[test]
fn feed_is_updated_with_its_newest_entry() {
    let edited = Item { updated: Some(at(30)), ..item(5, "Sửa") };
    assert_eq!(read(&channel(), &[item(1, "Một"), edited]).updated.to_rfc3339(), "2026-02-14T09:00:00+07:00");
    assert_eq!(read(&channel(), &[]).updated.to_rfc3339(), "2026-02-13T22:30:00+07:00");
}

#[test]
fn entry_states_what_is_known() {
    let text = text_of(&full(), &[rich_item(1)]);
    let feed = Feed::read_from(text.as_bytes()).expect("Atom");
    let entry = &feed.entries[0];
    assert_eq!(entry.id, "tag:baosonla.vn,2026:bao-son-la/1");
    assert!(text.contains("<published>2026-02-14T08:29:00+07:00</published>"));
    assert!(text.contains("<updated>2026-02-14T08:35:00+07:00</updated>"));
    assert_eq!(entry.authors.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Lò Thị Mai", "Hà \"Bắc\" <Nam>"]);
    assert_eq!(
        (entry.categories[1].term.as_str(), entry.categories[1].label.as_deref()),
        ("ban-doc", Some("Bạn đọc & bạn viết"))
    );
    let content = entry.content.as_ref().expect("content");
    assert_eq!((content.content_type.as_deref(), content.lang.as_deref()), (Some("html"), Some("en")));
    assert!(content.value.as_deref().expect("markup").contains("</figure>\n<p>Đường mới <b>"));
    let enclosures: Vec<_> = entry.links.iter().filter(|l| l.rel == "enclosure").map(|l| l.length.as_deref()).collect();
    assert_eq!(enclosures, [Some("1234"), None, None]);
    assert_eq!(entry.links.iter().filter(|l| l.rel == "alternate").count(), 1);
    assert_eq!(entry.extensions["media"]["thumbnail"][0].attrs["width"], "800");
    assert!(text.contains("url=\"https://media.baosonla.vn/a.jpg?w=8&amp;h=6\""), "escaped once");
}

#[test]
fn never_edited_entry_is_updated_when_published() {
    let entry = &read(&channel(), &[item(0, "Một")]).entries[0];
    assert_eq!(Some(entry.updated), entry.published);
    assert!(entry.content.is_none());
    assert_eq!(entry.summary.as_ref().map(|s| s.value.as_str()), Some("Tóm tắt của bài số 0."));
}

#[test]
fn titles_are_plain_and_no_text_holds_elements() {
    let text = text_of(&channel(), &nasty_items());
    assert!(!text.contains("<title type") && !text.contains("<script") && !text.contains("<b>"));
    assert_eq!(text.matches("<entry>").count(), nasty_items().len());
}

#[test]
fn ordinary_feed_reads_like_this() {
    let text = text_of(&full(), &[rich_item(1), item(2, "Giá xăng & điện < hôm qua")]);
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn what_left_the_channel_is_told_by_guid_and_time_alone() {
    let gone = |guid: &str, minutes| Tombstone { guid: guid.to_owned(), at: at(minutes) };
    let left = [gone("tag:baosonla.vn,2026:bao-son-la/9", 60), gone("tag:x,2026:a&b\"<c>\u{1}", 0)];
    let [_, told, ..] = render_all(&channel(), &[item(1, "Còn đây")], &left);
    let text = String::from_utf8(told.body.to_vec()).expect("UTF-8");
    assert!(text.contains(r#"xmlns:at="http://purl.org/atompub/tombstones/1.0""#), "{text}");
    let end: Vec<_> = text.lines().rev().take(3).collect();
    let expected = [
        "</feed>",
        r#"<at:deleted-entry ref="tag:x,2026:a&amp;b&quot;&lt;c>" when="2026-02-14T08:30:00+07:00"/>"#,
        r#"<at:deleted-entry ref="tag:baosonla.vn,2026:bao-son-la/9" when="2026-02-14T09:30:00+07:00"/>"#,
    ];
    assert_eq!(end, expected);
    let feed = Feed::read_from(text.as_bytes()).expect("Atom");
    assert_eq!((feed.entries.len(), feed.extensions["at"]["deleted-entry"].len()), (1, 2));
    assert!(!text_of(&channel(), &[item(1, "Còn đây")]).contains("tombstones"), "nothing left, nothing is told");
}

#[test]
fn hub_is_named_where_there_is_one() {
    let hub = Some(url("https://feeds.example.vn/hub"));
    let feed = read(&Channel { hub, ..channel() }, &[rich_item(1)]);
    let hubs: Vec<&str> = feed.links.iter().filter(|link| link.rel == "hub").map(|link| link.href.as_str()).collect();
    assert_eq!(hubs, ["https://feeds.example.vn/hub"]);
}

#[test]
fn page_of_the_archives_says_what_it_is_and_where_the_others_are() {
    let current = Channel { prev_archive: Some(page("2026-01", 2)), ..channel() };
    let links = |channel: &Channel| {
        let feed = read(channel, &[rich_item(1)]);
        let links = feed.links;
        links.iter().map(|link| format!("{} {}", link.rel, link.href)).collect::<Vec<_>>()
    };
    let stem = format!("https://feeds.example.vn/{}", current.id.stem());
    assert_eq!(links(&current).last(), Some(&format!("prev-archive {stem}/archive/2026-01-2.atom")));
    assert!(!text_of(&current, &[rich_item(1)]).contains("fh:"), "a current feed is no archive");
    let old = Channel { page: Some(page("2026-01", 2)), prev_archive: Some(page("2026-01", 1)), ..channel() };
    let expected = [
        format!("self {stem}/archive/2026-01-2.atom"),
        format!("current {stem}.atom"),
        format!("prev-archive {stem}/archive/2026-01.atom"),
    ];
    let of_page = links(&old);
    assert!(expected.iter().all(|link| of_page.contains(link)), "{of_page:?}");
    assert!(text_of(&old, &[]).contains("<fh:archive"));
    for items in [vec![rich_item(1), rich_item(2)], Vec::new()] {
        let document = render(&old, &items, Format::Atom);
        assert_eq!(document.path, old.path(Format::Atom));
        assert_eq!(lint::lint(&document), []);
    }
}

#[test]
fn summary_that_looks_like_markup_is_declared_and_says_the_same() {
    for (text, is_markup) in [
        ("Điều &1; của luật", true),
        ("a &amp; b", true),
        ("AT&T, Q&A, R&D & hết", false),
        ("thẻ </b> thừa", true),
        ("1 < 2 </ 3", false),
        ("&#60;", true),
        ("hết &", false),
    ] {
        assert_eq!(crate::render::atom::looks_like_markup(text), is_markup, "{text}");
    }
    let item = Item { summary: Some("Điều &1; <b>đậm</b>".to_owned()), ..item(1, "Luật &1;") };
    let text = text_of(&channel(), &[item]);
    let declared = r#"<summary type="html">Điều &amp;amp;1; &amp;lt;b&amp;gt;đậm&amp;lt;/b&amp;gt;</summary>"#;
    assert!(text.contains(declared) && text.contains("<title>Luật &amp;1;</title>"), "{text}");
}
