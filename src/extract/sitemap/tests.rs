use super::*;
use crate::extract::{extract, site};
use crate::model::{Precision, Recipe};
use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;
use url::Url;

const CORE: &str = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"";
const NEWS: &str = "xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\"";
const IMAGE: &str = "xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\"";

fn now() -> DateTime<Utc> {
    "2026-02-14T10:00:00Z".parse().expect("a moment")
}

fn document(body: &[u8]) -> Document {
    let url = Url::parse("https://bao.example/sitemap.xml").expect("an address");
    Document::local(url, Some("application/xml".to_owned()), body.to_vec(), now())
}

fn read(text: &str) -> Extraction {
    extract(&document(text.as_bytes()), &Recipe::Auto, &Memory::default()).expect("a sitemap")
}

fn urlset(entries: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset {CORE} {NEWS} {IMAGE}>{entries}</urlset>")
}

fn article(number: usize) -> String {
    format!("https://bao.example/xa-hoi/mot-bai-viet-trong-ngay-{number:06}.html")
}

/// A page with an edit `age` before now.
fn edited(number: usize, age: TimeDelta) -> String {
    let at = (now() - age).format("%Y-%m-%dT%H:%M:%S+00:00");
    format!("<url><loc>{}</loc><lastmod>{at}</lastmod></url>", article(number))
}

fn words(extraction: &Extraction) -> String {
    let of_document = extraction.flaws.iter().filter(|flaw| flaw.entry.is_none());
    of_document.map(|flaw| flaw.what.as_str()).collect::<Vec<_>>().join("; ")
}

#[test]
fn news_are_read_with_titles_dates_and_pictures() {
    let read = read(&urlset(
        "<url><loc>https://bao.example/a-51YnYvXDR.html</loc><lastmod>2026-02-14T09:00:00+07:00</lastmod>
         <news:news><news:publication><news:name>Báo Mẫu</news:name><news:language>vi</news:language></news:publication>
         <news:publication_date>2026-02-14T08:30:00+07:00</news:publication_date>
         <news:title>Thời tiết 14/2: &quot;rét đậm&quot; &amp;amp; sương muối</news:title>
         <news:keywords>thời tiết, rét</news:keywords></news:news>
         <image:image><image:loc>https://bao.example/a.jpg</image:loc><image:title>Ảnh</image:title></image:image>
         <image:image><image:loc>https://bao.example/b.jpg</image:loc></image:image></url>",
    ));
    assert_eq!((read.kind, read.method.as_str()), (Kind::Listing, "sitemap"));
    assert_eq!((read.title.as_deref(), read.language.as_deref()), (Some("Báo Mẫu"), Some("vi")));
    let entry = &read.entries[0];
    assert_eq!(entry.link.as_ref().map(Url::as_str), Some("https://bao.example/a-51YnYvXDR.html"));
    assert_eq!(entry.title.as_deref(), Some("Thời tiết 14/2: \"rét đậm\" & sương muối"));
    let (published, updated) = (entry.published.expect("a date"), entry.updated.expect("an edit"));
    assert_eq!((published.local.to_string().as_str(), published.precision), ("2026-02-14 08:30:00", Precision::Second));
    assert_eq!((published.origin, updated.local.to_string().as_str()), (DateOrigin::Metadata, "2026-02-14 09:00:00"));
    assert_eq!(entry.image.as_ref().map(Url::as_str), Some("https://bao.example/a.jpg"));
    assert!(entry.categories.is_empty(), "keywords are no categories");
    assert!(read.well_formed && read.flaws.is_empty(), "{:?}", read.flaws);
}

#[test]
fn lastmod_is_an_edit_and_a_page_without_news_has_no_title() {
    let read = read(&urlset(&edited(1, TimeDelta::hours(2))));
    assert_eq!((read.entries[0].published, read.entries[0].title.as_deref()), (None, None));
    assert!(read.entries[0].updated.is_some());
    assert_eq!(read.flaws, [Flaw { stage: "extract", entry: Some(0), what: "no title".to_owned() }]);
}

#[test]
fn prefixes_and_namespaces_do_not_matter_but_another_vocabulary_does() {
    let body =
        |root: &str, attributes: &str| format!("<{root} {attributes}><url><loc>{}</loc></url></{root}>", article(1));
    for text in [
        body("urlset", ""),
        body("urlset", "xmlns='https://www.sitemaps.org/schemas/sitemap/0.9/'"),
        body("urlset", "xmlns='http://www.google.com/schemas/sitemap/0.84'"),
        "<s:urlset xmlns:s='http://www.sitemaps.org/schemas/sitemap/0.9'><s:url><s:loc>https://bao.example/a-123456</s:loc></s:url></s:urlset>"
            .to_owned(),
    ] {
        assert_eq!(read(&text).entries.len(), 1, "{text}");
    }
    let other = document(body("urlset", "xmlns='urn:another'").as_bytes());
    assert_eq!(sitemap(&other), None);
    assert!(matches!(extract(&other, &Recipe::Sitemap, &Memory::default()), Err(ExtractError::NotASitemap)));
    let n = "<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>/a-123456</loc><n:news><n:title>Một tin</n:title></n:news></url></urlset>";
    assert_eq!(read(n).entries[0].title.as_deref(), Some("Một tin"));
    assert_eq!(read(n).entries[0].link.as_ref().map(Url::path), Some("/a-123456"));
}

#[test]
fn the_newest_are_read_wherever_they_stand() {
    let old = |n| edited(n, TimeDelta::days(30) + TimeDelta::minutes(i64::try_from(n).expect("small")));
    let fresh = |n| edited(n, TimeDelta::minutes(i64::try_from(n).expect("small")));
    let oldest_first: String = (10..900).rev().map(old).chain((0..5).rev().map(fresh)).collect();
    let newest_first: String = (0..5).map(fresh).chain((10..900).map(old)).collect();
    for text in [oldest_first, newest_first] {
        let read = read(&urlset(&text));
        assert_eq!(read.entries.len(), 20, "five of the last days, and the least");
        for n in 0..5 {
            assert!(read.entries.iter().any(|e| e.link.as_ref().is_some_and(|l| l.as_str() == article(n))), "{n}");
        }
        assert!(words(&read).starts_with("875 of 895 articles are left out"), "{}", words(&read));
    }
}

#[test]
fn fifty_thousand_addresses_are_some_hundreds_at_the_most() {
    let all: String = (0..50_100).map(|n| edited(n, TimeDelta::seconds(1))).collect();
    let read = read(&urlset(&all));
    assert_eq!(read.entries.len(), 100);
    assert!(
        words(&read).contains("more than 50,000 entries") && words(&read).contains("49900 of 50000"),
        "{}",
        words(&read)
    );
    let undated: String = (0..1000).map(|n| format!("<url><loc>{}</loc></url>", article(n))).collect();
    let read = self::read(&urlset(&undated));
    let links: Vec<&str> = read.entries.iter().filter_map(|entry| entry.link.as_ref()).map(Url::as_str).collect();
    assert_eq!(links.len(), 50);
    assert_eq!((links[0], links[49]), (article(0).as_str(), article(999).as_str()), "both ends");
}

#[test]
fn sections_and_services_among_untitled_pages_are_left_out() {
    let others = ["", "xa-hoi.html", "tag/lu-quet", "tac-gia/nguyen-van-a-123456", "lien-he"];
    let others: String =
        others.iter().map(|path| format!("<url><loc>https://bao.example/{path}</loc></url>")).collect();
    let found = read(&urlset(&format!("{others}{}", edited(1, TimeDelta::hours(1)))));
    assert_eq!(found.entries.len(), 1);
    assert!(words(&found).starts_with("5 of 6 addresses are no articles by their look"), "{}", words(&found));
    assert_eq!(read(&urlset(&others)).entries.len(), 5, "a site whose addresses tell nothing is read all the same");
}

#[test]
fn an_index_lists_sitemaps() {
    let text = format!(
        "<sitemapindex {CORE}><sitemap><loc>https://bao.example/2026-01.xml</loc><lastmod>2026-01-31</lastmod></sitemap>
         <sitemap><loc>https://bao.example/2026-02.xml.gz</loc></sitemap><sitemap><loc>mailto:x</loc></sitemap></sitemapindex>"
    );
    let read = read(&text);
    assert_eq!((read.method.as_str(), read.entries.len()), ("sitemap-index", 2));
    assert_eq!(read.entries[0].updated.map(|date| date.local.date().to_string()).as_deref(), Some("2026-01-31"));
    assert_eq!(words(&read), "1 of 3 entries have no web address");
    assert_eq!(sitemap(&document(text.as_bytes())), Some(Sitemap::Index { sitemaps: 3 }));
    assert!(site(&document(text.as_bytes())).is_ok(), "whoever takes it for a page is not disturbed");
}

#[test]
fn sitemaps_are_told_by_what_they_hold() {
    let of = |text: &str| sitemap(&document(text.as_bytes()));
    assert_eq!(of(&urlset("<url><loc>x</loc></url>")), Some(Sitemap::Pages { pages: 1 }));
    assert_eq!(of(&urlset("<url><loc>x</loc><news:news/></url>")), Some(Sitemap::News { pages: 1 }));
    assert_eq!(of("<html><body>404</body></html>"), None);
    assert_eq!(of("<rss version='2.0'><channel/></rss>"), None);
}

#[test]
fn a_packed_file_is_read_whatever_its_label_says() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(urlset(&edited(1, TimeDelta::hours(1))).as_bytes()).expect("memory");
    let body = encoder.finish().expect("memory");
    for label in ["application/gzip", "application/x-gzip", "application/octet-stream", "text/html"] {
        let packed = Document { media_type: Some(label.to_owned()), ..document(&body) };
        let read = extract(&packed, &Recipe::Auto, &Memory::default()).expect(label);
        assert_eq!((read.method.as_str(), read.entries.len()), ("sitemap", 1), "{label}");
        assert_eq!(sitemap(&packed), Some(Sitemap::Pages { pages: 1 }));
    }
    let cut = document(&body[..body.len() / 2]);
    assert!(matches!(extract(&cut, &Recipe::Auto, &Memory::default()), Err(ExtractError::Packed { .. })));
    let feed = extract(&document(&body), &Recipe::Feed, &Memory::default());
    assert!(matches!(feed, Err(ExtractError::NotText { .. })), "a feed is never a file");
}

#[test]
fn a_broken_sitemap_is_read_as_far_as_it_goes() {
    let whole: String = (0..3).map(|n| edited(n, TimeDelta::hours(1))).collect();
    let text = urlset(&whole);
    let cut = &text[..text.rfind("<lastmod>").expect("there is one")];
    let found = read(cut);
    assert_eq!((found.entries.len(), found.well_formed), (2, false));
    assert_eq!(words(&found), "the document is cut off");
    let unclosed = text.replacen("</url>", "", 1);
    assert_eq!(read(&unclosed).entries.len(), 3);
    assert_eq!(words(&read(&unclosed)), "an entry that does not end");
    let stray = text.replace("</loc>", "?a=1&b=2</loc>");
    assert_eq!(read(&stray).entries[0].link.as_ref().and_then(Url::query), Some("a=1&b=2"));
}

#[test]
fn a_hostile_document_costs_little_and_opens_nothing() {
    let entities = "<!DOCTYPE x [<!ENTITY a \"0123456789\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/hostname\">]>";
    let inside = format!(
        "{entities}{}",
        urlset(&format!(
            "<url><loc>{}</loc><news:news><news:title>T &b; &f;</news:title></news:news></url>",
            article(1)
        ))
    );
    assert_eq!(read(&inside).entries[0].title.as_deref(), Some("T &b; &f;"), "nothing is expanded");
    let mut deep = format!("<urlset {CORE}><url><loc>{}</loc>", article(1));
    let _ = write!(deep, "{}{}", "<x>".repeat(300_000), "</x>".repeat(300_000));
    assert_eq!(read(&format!("{deep}</url></urlset>")).entries.len(), 1);
    let wide = format!(
        "<urlset {}><url><loc>{}</loc></url></urlset>",
        (0..20_000).map(|n| format!("a{n}='' ")).collect::<String>(),
        article(1)
    );
    let of = |recipe| extract(&document(wide.as_bytes()), &recipe, &Memory::default()).map(|read| read.entries.len());
    assert_eq!(of(Recipe::Sitemap).ok(), Some(1));
    assert!(of(Recipe::Auto).is_err(), "no root is so long");
    let long = urlset(&format!("<url><loc>https://bao.example/{}</loc></url>", "a-".repeat(1 << 20)));
    assert_eq!(read(&long).entries.len(), 0, "no address is so long");
    let comments =
        format!("{}<!-- {} -->", urlset("").replace("</urlset>", ""), "<url><loc>x</loc></url>".repeat(1000));
    assert_eq!(read(&comments).entries.len(), 0);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn any_bytes_are_read_or_refused(
        body: Vec<u8>,
        parts in proptest::collection::vec(
            "<(/)?(url|loc|lastmod|news:news|news:title|image:loc|sitemap|x)( [a-z]=\"?)?>|2026-02-1[0-9]T0[0-9]:|&(#[0-9]{1,3}|amp|x);?|<!\\[CDATA\\[|\\]\\]>|<!--|https://a\\.b/[a-z]{1,9}",
            0..60,
        ),
    ) {
        let text = format!("<urlset {CORE} {NEWS}>{}", parts.concat());
        for body in [body, text.into_bytes()] {
            let of = document(&body);
            if let Ok(read) = extract(&of, &Recipe::Sitemap, &Memory::default()) {
                assert!(read.entries.iter().all(|entry| entry.link.is_some()));
                assert!(read.entries.iter().filter_map(|e| e.title.as_deref()).all(|t| !t.is_empty() && !t.contains('\n')));
                assert!(read.flaws.iter().all(|flaw| flaw.entry.is_none_or(|place| place < read.entries.len())));
            }
            let _ = sitemap(&of);
        }
    }
}
