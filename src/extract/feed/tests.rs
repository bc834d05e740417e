use super::*;
use chrono::{TimeZone, Utc};
use std::time::Duration;
use url::Url;

fn document(body: &str) -> Document {
    let url = Url::parse("https://bao.example/rss/xa-hoi.rss").expect("an address");
    let now = Utc.with_ymd_and_hms(2026, 2, 15, 0, 0, 0).single().expect("a time");
    Document::local(url, None, body.as_bytes().to_vec(), now)
}

fn read(body: &str) -> Extraction {
    extract(&document(body)).expect("a feed")
}

fn rss(item: &str) -> Entry {
    let feed = read(&format!("<rss version=\"2.0\"><channel><title>Báo</title><item>{item}</item></channel></rss>"));
    feed.entries.into_iter().next().expect("an entry")
}

fn what(extraction: &Extraction) -> Vec<&str> {
    extraction.flaws.iter().map(|flaw| flaw.what.as_str()).collect()
}

fn shown(date: Option<crate::model::StatedDate>) -> String {
    date.map_or(String::new(), |date| format!("{}{}", date.local, date.offset.map_or(String::new(), |o| o.to_string())))
}

#[test]
fn rss_item_gives_every_fact() {
    let entry =
        rss("<title><![CDATA[Mưa lớn ở <b>Sơn La</b> &amp; Lai Châu]]></title><link>/xa-hoi/mua-lon-a1.html</link>
         <guid isPermaLink='false'>a1</guid><pubDate>Sat, 14 Feb 2026 17:09 PM +0700</pubDate>
         <description><![CDATA[<a href='/x'><img src='/anh.jpg'></a></br>Nước lên nhanh.]]></description>
         <category>Xã hội</category><category>Thời tiết</category><author>a@bao.example (Lò Văn Én)</author>
         <enclosure url='/anh.jpg' type='image/jpeg' length='1234'/>");
    assert_eq!(entry.title.as_deref(), Some("Mưa lớn ở Sơn La & Lai Châu"));
    assert_eq!(entry.link.as_ref().map(Url::as_str), Some("https://bao.example/xa-hoi/mua-lon-a1.html"));
    assert_eq!(entry.id.as_deref(), Some("a1"));
    assert_eq!(shown(entry.published), "2026-02-14 17:09:00+07:00");
    assert_eq!(entry.summary.as_deref(), Some("Nước lên nhanh."));
    assert!(entry.content.is_some_and(|content| content.contains("<img")));
    assert_eq!(entry.categories, ["Xã hội", "Thời tiết"]);
    assert_eq!(entry.authors, ["Lò Văn Én"]);
    assert_eq!(entry.image.as_ref().map(Url::as_str), Some("https://bao.example/anh.jpg"));
    assert_eq!(entry.enclosures[0].length_bytes, Some(1234));
}

#[test]
fn atom_entry_gives_every_fact() {
    let feed = read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='vi' xml:base='https://bao.example/'><title>Báo</title>
         <author><name>Tòa soạn</name></author>
         <entry xml:base='xa-hoi/'><id>tag:bao.example,2026:1</id><title type='html'>a &amp;lt; b</title>
         <link rel='self' href='1.atom'/><link href='1.html'/><link rel='enclosure' href='1.mp3' type='audio/mpeg'/>
         <published>2026-02-14T08:30:00+07:00</published><updated>2026-02-14T09:00:00Z</updated>
         <category term='xa-hoi' label='Xã hội'/><summary>Tóm tắt &lt;ngắn&gt;</summary>
         <content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Lời <b>đầu</b><br/></div></content></entry></feed>",
    );
    let entry = &feed.entries[0];
    assert_eq!((feed.method, feed.language.as_deref(), feed.well_formed), (ExtractMethod::Atom, Some("vi"), true));
    assert_eq!(entry.title.as_deref(), Some("a < b"));
    assert_eq!(entry.link.as_ref().map(Url::as_str), Some("https://bao.example/xa-hoi/1.html"));
    assert_eq!(entry.enclosures[0].url.as_str(), "https://bao.example/xa-hoi/1.mp3");
    assert_eq!(shown(entry.published), "2026-02-14 08:30:00+07:00");
    assert_eq!(shown(entry.updated), "2026-02-14 09:00:00+00:00");
    assert_eq!(entry.categories, ["Xã hội"]);
    assert_eq!(entry.authors, ["Tòa soạn"]);
    assert_eq!(entry.summary.as_deref(), Some("Tóm tắt <ngắn>"));
    assert_eq!(entry.content.as_deref(), Some("<div>Lời <b>đầu</b><br></div>"));
    assert_eq!(entry.content_base.as_ref().map(Url::as_str), Some("https://bao.example/xa-hoi/"));
}

#[test]
fn rdf_and_modules_are_read() {
    let feed = read(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'
         xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'
         xmlns:content='http://purl.org/rss/1.0/modules/content/'>
         <channel rdf:about='https://bao.example/'><title>Báo</title><dc:language>vi</dc:language>
         <sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel>
         <item rdf:about='https://bao.example/1'><title>Một</title><dc:creator>Lò Văn Én</dc:creator><dc:date>2026-02-14</dc:date>
         <dc:subject>Xã hội</dc:subject><description>ngắn</description><content:encoded>&lt;p>dài&lt;/p></content:encoded></item>
         </rdf:RDF>",
    );
    let entry = &feed.entries[0];
    assert_eq!((feed.method, feed.language.as_deref()), (ExtractMethod::Rdf, Some("vi")));
    assert_eq!(feed.hints.interval, Some(Duration::from_secs(6 * 3600)));
    assert_eq!((entry.id.as_deref(), entry.summary.as_deref()), (Some("https://bao.example/1"), Some("ngắn")));
    assert_eq!(entry.link.as_ref().map(Url::as_str), Some("https://bao.example/1"));
    assert_eq!(entry.content.as_deref(), Some("<p>dài</p>"));
    assert_eq!((entry.authors.len(), entry.categories.len()), (1, 1));
}

#[test]
fn json_feed_is_read() {
    let feed = read(
        r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Báo", "language": "vi", "authors": [{"name": "Tòa soạn"}],
        "items": [{"id": 7, "url": "/1.html", "title": "Một", "content_text": "a < b\nc", "tags": ["Xã hội"],
        "date_published": "2026-02-14T08:30:00+07:00", "image": "/anh.jpg",
        "attachments": [{"url": "/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 12}]}, 3]}"#,
    );
    let entry = &feed.entries[0];
    assert_eq!((feed.method, feed.entries.len()), (ExtractMethod::JsonFeed, 2));
    assert_eq!((entry.id.as_deref(), entry.summary.as_deref()), (Some("7"), Some("a < b c")));
    assert_eq!(entry.content.as_deref(), Some("a &lt; b<br>c"));
    assert_eq!(entry.authors, ["Tòa soạn"]);
    assert_eq!(entry.enclosures[0].length_bytes, Some(12));
    assert!(matches!(extract(&document("{\"items\": [")), Err(ExtractError::Malformed { .. })));
}

#[test]
fn media_rss_comes_from_the_library() {
    let feed = read(
        "<rss version='0.92' xmlns:media='http://search.yahoo.com/mrss/'><channel><item><title>a</title>
         <media:group><media:content url='https://bao.example/nho.jpg' type='image/jpeg' width='100' height='50'/>
         <media:content url='https://bao.example/to.jpg' type='image/jpeg' width='1000' height='500'/></media:group>
         </item></channel></rss>",
    );
    assert_eq!(feed.entries[0].image.as_ref().map(Url::as_str), Some("https://bao.example/to.jpg"));
    assert_eq!(feed.entries[0].image_size, Some((1000, 500)));
    assert_eq!(feed.entries[0].id, None);
}

#[test]
fn titles_keep_what_is_no_markup() {
    for (stated, expected) in [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("1 &lt; 2", "1 < 2"),
        ("Vec&lt;T&gt; là gì", "Vec<T> là gì"),
        ("&lt;b&gt;Đậm&lt;/b&gt;", "Đậm"),
        ("Xa\u{303} hô\u{323}i", "Xã hội"),
    ] {
        assert_eq!(rss(&format!("<title>{stated}</title>")).title.as_deref(), Some(expected), "{stated}");
    }
}

#[test]
fn items_without_facts_keep_their_place() {
    let feed =
        read("<rss><channel><item/><item><title>b</title><link>https://bao.example/b</link></item></channel></rss>");
    assert_eq!(feed.entries.len(), 2);
    let of_first = feed.flaws.iter().filter(|flaw| flaw.entry == Some(0)).map(|flaw| flaw.what.as_str());
    assert_eq!(of_first.collect::<Vec<_>>(), ["no link", "no title", "no id"]);
    assert_eq!(feed.entries[1].title.as_deref(), Some("b"));
}

#[test]
fn broken_xml_is_repaired_and_told() {
    for (item, flaw) in [
        ("<title>a & b</title>", "a stray `&`"),
        ("<title>caf&eacute;</title>", "an HTML entity that is not declared"),
        ("<title>a\u{1}</title>", "a character that XML cannot hold"),
        ("<description><p>a<br></p></description>", "start and end tags that do not match"),
        ("<title a=1>x</title>", "an attribute without quotes"),
        ("<dc:creator>x</dc:creator>", "a namespace prefix that is not declared"),
        ("<title>a < b</title>", "a stray `<`"),
    ] {
        let feed = read(&format!(
            "<rss><channel><item>{item}<guid>1</guid></item><item><guid>2</guid></item></channel></rss>"
        ));
        assert_eq!(feed.entries.len(), 2, "{item}");
        assert_eq!(feed.entries[1].id.as_deref(), Some("2"), "{item}");
        assert!(!feed.well_formed && what(&feed).contains(&flaw), "{item}: {:?}", what(&feed));
    }
}

#[test]
fn truncated_feed_keeps_its_whole_items() {
    let whole =
        "<rss><channel><item><title>một</title></item><item><title>hai</title><link>https://bao.example/hai-hoi";
    let feed = read(whole);
    assert_eq!(feed.entries.len(), 1);
    assert!(what(&feed).contains(&"the document is cut off"));
}

#[test]
fn one_quote_too_many_costs_one_tag() {
    let feed = read(
        "<rss><channel><item><enclosure url=\"a.mp3\" type=\"x/><guid>1</guid></item><item><guid>2</guid></item></channel></rss>",
    );
    assert_eq!(feed.entries.len(), 2);
}

#[test]
fn limits_hold() {
    let many = format!("<rss><channel>{}</channel></rss>", "<item><guid>1</guid></item>".repeat(10_050));
    assert_eq!(read(&many).entries.len(), 10_000);
    let deep = format!(
        "<rss><channel><item>{}{}<guid>1</guid></item></channel></rss>",
        "<a>".repeat(5000),
        "</a>".repeat(5000)
    );
    assert_eq!(read(&deep).entries[0].id.as_deref(), Some("1"));
    let wide =
        format!("<rss><channel><item>{}<guid>1</guid></item></channel></rss>", "<category>c</category>".repeat(30_000));
    assert_eq!(read(&wide).entries[0].categories, ["c"]);
    let names: String = (0..5000).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
    assert_eq!(read(&format!("<rss{names}><channel><item/></channel></rss>")).entries.len(), 1);
}

#[test]
fn outside_is_never_read() {
    let feed = read(
        "<!DOCTYPE rss [<!ENTITY out SYSTEM 'file:///etc/hostname'>]><rss><channel><item><title>&out;</title></item></channel></rss>",
    );
    assert_eq!(feed.entries[0].title.as_deref(), Some("&out;"));
}

#[test]
fn documents_are_told_apart_by_their_content() {
    for (body, is) in [
        ("<?xml version='1.0'?><!-- x --><!DOCTYPE rss [<!ENTITY a 'b'>]>\n<rss version='2.0'/>", true),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", true),
        ("<rdf:RDF xmlns:rdf='x'/>", true),
        ("{\"version\": \"https://jsonfeed.org/version/1\", \"items\": []}", true),
        ("<br />\n<b>Warning</b>: x<br /><?xml version='1.0'?><rss version='2.0'></rss>", true),
        ("<!doctype html><html><body><rss ></rss></body></html>", false),
        ("<html><head><link rel=alternate type='application/rss+xml'></head></html>", false),
        ("{\"items\": []}", false),
        ("<?xml version='1.0'?><urlset/>", false),
        ("", false),
    ] {
        let document = document(body);
        assert_eq!(is_feed(&document), is, "{body}");
    }
    assert!(matches!(extract(&document("")), Err(ExtractError::Empty)));
    assert!(matches!(extract(&document("<html></html>")), Err(ExtractError::NotAFeed { .. })));
}

#[test]
fn hints_are_collected() {
    let feed = read(
        "<rss xmlns:atom='http://www.w3.org/2005/Atom'><channel><ttl>60</ttl><skipHours><hour>0</hour><hour>24</hour><hour>5</hour>
         </skipHours><skipDays><day>Sunday</day></skipDays><atom:link rel='hub' href='https://hub.example/'/>
         <atom:link rel='self' href='https://bao.example/tin.rss'/></channel></rss>",
    );
    assert_eq!(feed.hints.interval, Some(Duration::from_secs(3600)));
    assert_eq!((feed.hints.skip_hours, feed.hints.skip_days), (vec![0, 5], vec![6]));
    assert_eq!(feed.hints.hub.as_ref().map(Url::as_str), Some("https://hub.example/"));
    assert_eq!(feed.hints.topic.as_ref().map(Url::as_str), Some("https://bao.example/tin.rss"));
    assert_eq!(feed.finding, ListFinding::Empty);
}

#[test]
fn hub_and_topic_stand_in_every_format() {
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title>a</title><link rel='hub' href='//hub.example/'/><link rel='self' href='/a.atom'/></feed>";
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"a","feed_url":"/a.json","items":[],
        "hubs":[{"type":"rssCloud","url":"https://no.example/"},{"type":"WebSub","url":"https://hub.example/"}]}"#;
    for (text, path) in [(atom, "/a.atom"), (json, "/a.json")] {
        let feed = read(text);
        assert_eq!(feed.hints.hub.as_ref().and_then(Url::host_str), Some("hub.example"), "{text}");
        assert_eq!(feed.hints.topic.as_ref().map(Url::path), Some(path), "{text}");
    }
}
