use crate::model::{Channel, Format, Item};
use crate::render::fixture::{all, at, channel, item, nasty_items, page, rich_item, url};
use crate::render::{lint, render};
use regex::Regex;

fn text_of(channel: &Channel, items: &[Item]) -> String {
    String::from_utf8(render(channel, items, Format::Rss).body.to_vec()).expect("UTF-8")
}

fn read(channel: &Channel, items: &[Item]) -> rss::Channel {
    rss::Channel::read_from(text_of(channel, items).as_bytes()).expect("RSS")
}

fn full() -> Channel {
    Channel { full_content: true, ..channel() }
}

#[test]
fn channel_states_what_the_profile_asks_for() {
    let feed = read(&channel(), &[rich_item(1)]);
    assert_eq!(feed.title, "Xã hội - Báo Sơn La");
    assert_eq!(feed.link, "https://baosonla.vn/xa-hoi.html");
    assert_eq!(feed.language.as_deref(), Some("vi"));
    assert_eq!(feed.ttl.as_deref(), Some("15"));
    assert_eq!(feed.docs.as_deref(), Some("https://www.rssboard.org/rss-specification"));
    assert!(feed.generator.expect("stated").starts_with("bantin "));
    assert_eq!(feed.last_build_date.as_deref(), Some("Sat, 14 Feb 2026 08:36:00 +0700"), "the newest change");
    assert_eq!(feed.pub_date, feed.last_build_date);
    let links = feed.atom_ext.expect("links").links;
    let facts = |rel: &str| {
        let mut of = links.iter().filter(|link| link.rel == rel);
        let link = of.next().expect("there");
        assert!(of.next().is_none());
        (link.href.as_str(), link.mime_type.as_deref())
    };
    assert_eq!(facts("self"), ("https://feeds.example.vn/bao-son-la/xa-hoi.rss", Some("application/rss+xml")));
    assert_eq!(facts("alternate"), ("https://feeds.example.vn/bao-son-la/xa-hoi.html", Some("text/html")));
}

#[test]
fn feed_without_items_is_dated_by_the_store() {
    assert_eq!(read(&channel(), &[]).last_build_date.as_deref(), Some("Fri, 13 Feb 2026 22:30:00 +0700"));
}

#[test]
fn item_states_what_is_known() {
    let feed = read(&full(), &[rich_item(1)]);
    let item = &feed.items[0];
    let guid = item.guid().expect("a guid");
    assert_eq!((guid.value(), guid.is_permalink()), ("tag:baosonla.vn,2026:bao-son-la/1", false));
    assert_eq!(item.link(), Some("https://baosonla.vn/xa-hoi/bai-1.html"));
    assert_eq!(item.pub_date(), Some("Sat, 14 Feb 2026 08:29:00 +0700"));
    let categories: Vec<_> = item.categories().iter().map(rss::Category::name).collect();
    assert_eq!(categories, ["Xã hội", "Bạn đọc & bạn viết"]);
    assert_eq!(item.dublin_core_ext().expect("dc").creators(), ["Lò Thị Mai", "Hà \"Bắc\" <Nam>"]);
    assert_eq!(item.author(), None, "RSS 2.0 <author> is a mail address");
    let enclosure = item.enclosure().expect("one");
    assert_eq!((enclosure.length(), enclosure.mime_type()), ("1234", "audio/mpeg"));
    let media = &item.extensions()["media"];
    for name in ["content", "thumbnail"] {
        let attrs = media[name][0].attrs();
        assert_eq!(attrs["url"], "https://media.baosonla.vn/a.jpg?w=8&h=6");
        assert_eq!((attrs["width"].as_str(), attrs["height"].as_str()), ("800", "600"));
    }
    assert_eq!(media["content"][0].attrs()["medium"], "image");
}

#[test]
fn source_is_the_feed_of_the_whole_paper() {
    for feed in [read(&channel(), &[item(1, "Một")]), read(&all(), &[item(1, "Một")])] {
        let source = feed.items[0].source().expect("stated");
        assert_eq!(source.url(), "https://feeds.example.vn/bao-son-la/all.rss");
        assert_eq!(source.title(), Some("Báo Sơn La"));
    }
}

#[test]
fn unknown_length_of_the_one_enclosure_is_zero() {
    let mut silent = rich_item(1);
    silent.enclosures.remove(0);
    let text = text_of(&channel(), &[rich_item(2), silent]);
    assert_eq!(text.matches("<enclosure ").count(), 2);
    assert!(text.contains("length=\"0\""));
}

#[test]
fn missing_facts_leave_no_elements() {
    let mut bare = item(1, "Một");
    bare.summary = None;
    bare.categories.clear();
    let text = text_of(&full(), &[bare]);
    let item = &text[text.find("<item>").expect("an item")..];
    for name in ["description", "category", "enclosure", "content:encoded", "dc:creator", "media:", "author"] {
        assert!(!item.contains(&format!("<{name}")), "{name} in {item}");
    }
}

#[test]
fn titles_are_plain_text_with_hexadecimal_references() {
    let text = text_of(&channel(), &nasty_items());
    let title = Regex::new("(?s)<item>.*?<title>(.*?)</title>").expect("a pattern");
    let titles: Vec<&str> = title.captures_iter(&text).map(|c| c.get(1).expect("a group").as_str()).collect();
    assert_eq!(titles.len(), nasty_items().len());
    let other = Regex::new("(?i)&(?:lt|amp|#38|#60);|<").expect("a pattern");
    assert!(titles.iter().all(|t| !other.is_match(t)), "{titles:?}");
    assert!(titles[0].starts_with("Giá A &#x26; B &#x3C; C, "), "{}", titles[0]);
    assert!(titles[0].ends_with(" &#x26;amp; hết"), "{}", titles[0]);
    assert_eq!(titles[2], "Kết ]]&gt;&#x3C;/title&gt;&#x3C;item&gt; thúc CDATA");
}

#[test]
fn other_plain_texts_have_hexadecimal_references_too() {
    let text = text_of(&Channel { title: "A & B".to_owned(), ..channel() }, &[rich_item(1)]);
    assert!(text.contains("<title>A &#x26; B</title>"));
    assert!(text.contains(">Bạn đọc &#x26; bạn viết</category>"));
    assert!(text.contains("url=\"https://media.baosonla.vn/a.jpg?w=8&#x26;h=6\""));
}

#[test]
fn description_comes_before_content() {
    let text = text_of(&full(), &[rich_item(1)]);
    let place = |mark: &str| text.rfind(mark).expect("there");
    assert!(place("<description>") < place("<content:encoded>"));
    assert!(place("<title>") < place("<description>"));
}

#[test]
fn description_is_markup_of_the_plain_summary() {
    let mut item = item(1, "Một");
    item.summary = Some("1 < 2 & <script>alert(1)</script> ]]>\nhết".to_owned());
    let feed = read(&channel(), &[item]);
    let want = "1 &lt; 2 &amp; &lt;script&gt;alert(1)&lt;/script&gt; ]]&gt;<br>\nhết";
    assert_eq!(feed.items[0].description(), Some(want));
}

#[test]
fn content_survives_what_looks_like_the_end_of_a_section() {
    let feed = read(&full(), &[rich_item(1), item(2, "Hai")]);
    assert_eq!(
        feed.items[0].content(),
        Some(
            "<figure><img src=\"https://media.baosonla.vn/a.jpg?w=8&amp;h=6\" alt=\"\" width=\"800\" height=\"600\"></figure>\n\
             <p>Đường mới <b>thông xe</b> &amp; an toàn.</p>\n<p>Hết ]]&gt; rồi.</p>"
        )
    );
    assert_eq!(feed.items.len(), 2);
}

#[test]
fn references_inside_a_section_stay_as_they_are() {
    let xml = "<a>&amp;</a><b><![CDATA[x &amp; &lt;item> <item>]]></b><c>&lt;</c>";
    let want = "<a>&#x26;</a><b><![CDATA[x &amp; &lt;item> <item>]]></b><c>&#x3C;</c>";
    assert_eq!(super::with_hexadecimal_references(xml.as_bytes()), want.as_bytes());
    assert_eq!(super::with_hexadecimal_references(b"<![CDATA[ & cut"), b"<![CDATA[ & cut");
}

#[test]
fn addresses_are_valid_uris() {
    let mut odd = item(1, "Một");
    odd.permalink = crate::model::Permalink::new(url("https://baosonla.vn/a|b.html?c={d}&e=f")).expect("web");
    assert_eq!(read(&channel(), &[odd]).items[0].link(), Some("https://baosonla.vn/a%7Cb.html?c=%7Bd%7D&e=f"));
}

#[test]
fn ordinary_feed_reads_like_this() {
    let items = [Item { changed_at: at(0), ..rich_item(1) }, item(2, "Giá xăng & điện < hôm qua")];
    let text = text_of(&full(), &items).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(text);
}

#[test]
fn hub_is_named_where_there_is_one() {
    let hub = Some(url("https://feeds.example.vn/hub"));
    let feed = read(&Channel { hub, ..channel() }, &[rich_item(1)]);
    let links = feed.atom_ext.expect("links").links;
    let hubs: Vec<&str> = links.iter().filter(|link| link.rel == "hub").map(|link| link.href.as_str()).collect();
    assert_eq!(hubs, ["https://feeds.example.vn/hub"]);
    assert!(!text_of(&channel(), &[rich_item(1)]).contains("\"hub\""), "none is named where there is none");
}

#[test]
fn page_of_the_archives_says_what_it_is_and_where_the_others_are() {
    let current = Channel { prev_archive: Some(page("2026-01", 2)), ..channel() };
    let links = |channel: &Channel| {
        let feed = read(channel, &[rich_item(1)]);
        let links = feed.atom_ext.expect("links").links;
        links.iter().map(|link| format!("{} {}", link.rel, link.href)).collect::<Vec<_>>()
    };
    let stem = format!("https://feeds.example.vn/{}", current.id.stem());
    assert_eq!(links(&current).last(), Some(&format!("prev-archive {stem}/archive/2026-01-2.rss")));
    assert!(!text_of(&current, &[rich_item(1)]).contains("fh:"), "a current feed is no archive");
    let old = Channel { page: Some(page("2026-01", 2)), prev_archive: Some(page("2026-01", 1)), ..channel() };
    let expected = [
        format!("self {stem}/archive/2026-01-2.rss"),
        format!("current {stem}.rss"),
        format!("prev-archive {stem}/archive/2026-01.rss"),
    ];
    let of_page = links(&old);
    assert!(expected.iter().all(|link| of_page.contains(link)), "{of_page:?}");
    assert!(text_of(&old, &[]).contains("<fh:archive"));
    for items in [vec![rich_item(1), rich_item(2)], Vec::new()] {
        let document = render(&old, &items, Format::Rss);
        assert_eq!(document.path, old.path(Format::Rss));
        assert_eq!(lint::lint(&document), []);
    }
}
