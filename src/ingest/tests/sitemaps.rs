//! Sitemaps and their indexes as sources, and as witnesses for dates.

use super::lab::{Lab, ok, path_of, status, title_of};
use super::*;
use crate::model::{DateOrigin, Standing};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const DAY: &str = "2026-02-14";

fn urlset(entries: impl IntoIterator<Item = String>) -> String {
    let entries: String = entries.into_iter().collect();
    format!(
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' \
         xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{entries}</urlset>"
    )
}

/// An article with title and date.
fn news(number: usize, published: &str) -> String {
    format!(
        "<url><loc>{}</loc><news:news><news:publication_date>{published}</news:publication_date><news:title>{}</news:title>\
         </news:news></url>",
        path_of(number),
        title_of(number)
    )
}

/// A page with an edit and nothing else.
fn page_of(number: usize) -> String {
    format!("<url><loc>{}</loc><lastmod>{DAY}T07:00:00Z</lastmod></url>", path_of(number))
}

/// An index of sitemaps with their edits.
fn index(sitemaps: &[(&str, &str)]) -> String {
    let of = |(path, edited): &(&str, &str)| format!("<sitemap><loc>{path}</loc><lastmod>{edited}</lastmod></sitemap>");
    let all: String = sitemaps.iter().map(of).collect();
    format!("<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{all}</sitemapindex>")
}

fn article(number: usize) -> String {
    let title = title_of(number);
    let text = "Người dân các bản cùng nhau xuống đồng, mở đầu một năm làm ăn mới. ".repeat(8);
    format!(
        "<html lang='vi'><title>{title}</title><script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\
         \"headline\":\"{title}\",\"datePublished\":\"2026-02-14T06:00:00+00:00\"}}</script><h1>{title}</h1><p>{text}</p></html>"
    )
}

fn reading(source: &Arc<Source>) -> Arc<Source> {
    Arc::new(Source { read_articles: true, ..(**source).clone() })
}

#[tokio::test]
async fn a_news_sitemap_is_a_source_and_its_newest_article_is_first() {
    let body = urlset((0..5).map(|n| news(n, &format!("{DAY}T0{n}:10:00+00:00"))));
    let lab = Lab::new(move |path, _| if path == "/news.xml" { ok("", &body) } else { status(404, "") }).await;
    let report = lab.poll(&lab.source("/news.xml")).await;
    assert_eq!(report.answer, Polled::Read { entries: 5, bytes: report_bytes(&report), method: "sitemap" });
    assert_eq!((report.state.state, report.commit.new, report.flaws.len()), (SourceState::Ok, 5, 0));
    let items = lab.items().await;
    let shown: Vec<_> = items.iter().map(|item| (item.title.clone(), item.published.at.to_rfc3339())).collect();
    let expected: Vec<_> = (0..5).rev().map(|n| (title_of(n), format!("{DAY}T0{n}:10:00+00:00"))).collect();
    assert_eq!(shown, expected);
    assert!(items.iter().all(|item| item.published.origin == DateOrigin::Metadata));
}

fn report_bytes(report: &PollReport) -> usize {
    match report.answer {
        Polled::Read { bytes, .. } => bytes,
        _ => 0,
    }
}

#[tokio::test]
async fn a_sitemap_dates_what_a_section_page_shows_until_it_is_published() {
    let body = urlset([news(12, &format!("{DAY}T05:30:00+00:00"))]);
    let mut lab = Lab::new(move |path, _| match path {
        "/news.xml" => ok("", &body),
        "/xa-hoi.html" => ok("content-type: text/html\r\n", section(12, story)),
        _ => status(404, ""),
    })
    .await;
    let page = reading(&lab.source("/xa-hoi.html"));
    let sitemap = reading(&lab.source("/news.xml"));
    assert_eq!(lab.poll(&page).await.commit.new, 12);
    let report = lab.poll(&sitemap).await;
    assert_eq!((report.commit.new, report.commit.same), (0, 1), "the same article, by its address");
    lab.read_articles(&page).await;
    let later = lab.now + chrono::Duration::hours(2);
    lab.store().release_overdue(later).await.expect("a store");
    let items = lab.items().await;
    let dated: Vec<_> = items.iter().filter(|item| item.published.origin == DateOrigin::Metadata).collect();
    assert_eq!((items.len(), dated.len(), dated[0].title.clone()), (12, 1, title_of(12)));
    assert_eq!(dated[0].published.at.to_rfc3339(), format!("{DAY}T05:30:00+00:00"));
}

#[tokio::test]
async fn a_date_that_readers_saw_is_frozen_whatever_a_sitemap_says() {
    let body = urlset([news(12, &format!("{DAY}T05:30:00+00:00"))]);
    let lab = Lab::new(move |path, _| match path {
        "/news.xml" => ok("", &body),
        "/xa-hoi.html" => ok("content-type: text/html\r\n", section(12, story)),
        _ => status(404, ""),
    })
    .await;
    lab.poll(&lab.source("/xa-hoi.html")).await;
    let before = lab.items().await;
    let report = lab.poll(&lab.source("/news.xml")).await;
    assert_eq!((report.commit.new, report.commit.changed), (0, 0));
    assert_eq!(lab.items().await, before);
}

#[tokio::test]
async fn what_has_no_title_waits_for_its_page_and_is_never_published_without() {
    let body = urlset([page_of(1), page_of(2)]);
    let (one, two) = (path_of(1), path_of(2));
    let first = one.clone();
    let mut lab = Lab::new(move |path, _| match path {
        "/sitemap.xml" => ok("etag: \"1\"\r\n", &body),
        path if path == first => ok("content-type: text/html\r\n", article(1)),
        _ => status(404, ""),
    })
    .await;
    let source = reading(&lab.source("/sitemap.xml"));
    let report = lab.poll(&source).await;
    assert_eq!((report.commit.new, report.commit.published, report.state.state), (2, 0, SourceState::Ok));
    assert!(lab.items().await.is_empty());
    lab.read_articles(&source).await;
    let titles = |items: Vec<crate::model::Item>| items.into_iter().map(|item| item.title).collect::<Vec<_>>();
    assert_eq!(titles(lab.items().await), [title_of(1)]);
    for _ in 0..10 {
        lab.wait(chrono::Duration::hours(13)).await;
        lab.store().release_overdue(lab.now).await.expect("a store");
        lab.read_articles(&source).await;
    }
    assert_eq!(titles(lab.items().await), [title_of(1)], "grace is over, the page is given up, and still");
    assert_eq!((lab.asked(&one), lab.asked(&two)), (1, 8), "each page once, a failing one a few times");
    assert!(lab.store().pending_articles(lab.now, 10).await.expect("pages").is_empty());
}

#[tokio::test]
async fn a_title_from_elsewhere_publishes_what_had_none() {
    let (plain, news) = (urlset([page_of(1)]), urlset([news(1, &format!("{DAY}T05:30:00+00:00"))]));
    let mut lab = Lab::new(move |path, _| match path {
        "/sitemap.xml" => ok("", &plain),
        "/news.xml" => ok("", &news),
        "/robots.txt" => ok("", "user-agent: *\ndisallow: /xa-hoi/"),
        _ => status(404, ""),
    })
    .await;
    let (plain, news) = (reading(&lab.source("/sitemap.xml")), lab.source("/news.xml"));
    lab.poll(&plain).await;
    lab.read_articles(&plain).await;
    assert!(lab.items().await.is_empty(), "the page is forbidden, so nobody knows a title");
    let report = lab.poll(&news).await;
    assert_eq!((report.commit.new, report.commit.published), (0, 1));
    let items = lab.items().await;
    assert_eq!((items[0].title.clone(), items[0].standing.clone()), (title_of(1), Standing::Ready));
}

#[tokio::test]
async fn a_sitemap_without_titles_says_what_is_missing_where_no_article_is_read() {
    let body = urlset([page_of(1), page_of(2)]);
    let lab = Lab::new(move |path, _| if path == "/sitemap.xml" { ok("", &body) } else { status(404, "") }).await;
    let report = lab.poll(&lab.source("/sitemap.xml")).await;
    let failure = report.state.failure.expect("a failure");
    assert_eq!((report.state.state, report.commit.new), (SourceState::Drift, 0));
    assert!(failure.what.contains("read-articles = true"), "{}", failure.what);
}

#[tokio::test]
async fn an_index_is_followed_with_validators_of_each_sitemap_over_restarts() {
    let edits = |second: &'static str| {
        index(&[
            ("/a.xml", "2026-02-14"),
            ("/b.xml", second),
            ("/c.xml", "2026-02-13"),
            ("/d.xml", "2026-02-13"),
            ("/2019.xml", "2019-12-31"),
        ])
    };
    let mut lab = Lab::new(move |path, before| match (path, before) {
        ("/sitemap.xml", 0) => ok("etag: \"i1\"\r\n", edits("2026-02-14")),
        ("/sitemap.xml", 3) => ok("etag: \"i2\"\r\n", edits("2026-02-14T09:00:00Z")),
        ("/sitemap.xml", _) => status(304, ""),
        ("/a.xml", 0) => ok("etag: \"a\"\r\n", urlset((0..5).map(|n| news(n, DAY)))),
        ("/b.xml", 0) => ok("etag: \"b\"\r\n", urlset((5..9).map(|n| news(n, DAY)))),
        ("/b.xml", 1) => ok("etag: \"b2\"\r\n", urlset((5..10).map(|n| news(n, DAY)))),
        ("/c.xml" | "/d.xml", 0) => ok("etag: \"c\"\r\n", urlset([])),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source("/sitemap.xml");
    let first = lab.poll(&source).await;
    assert_eq!((first.commit.new, first.state.state), (9, SourceState::Ok));
    assert_eq!(lab.paths(), ["/sitemap.xml", "/a.xml", "/b.xml", "/c.xml"], "three a poll");
    lab.next_poll(&source).await;
    lab.restart().await;
    let quiet = lab.next_poll(&source).await;
    assert_eq!((quiet.answer, quiet.state.not_modified), (Polled::NotModified, 1));
    let edited = lab.next_poll(&source).await;
    assert_eq!((edited.commit.new, edited.state.held), (1, None));
    lab.next_poll(&source).await;
    let after_the_first = ["/sitemap.xml", "/d.xml", "/sitemap.xml", "/sitemap.xml", "/b.xml", "/sitemap.xml"];
    assert_eq!(lab.paths()[4..], after_the_first, "only what was edited, and never the archive");
    assert_eq!(lab.sent("/b.xml", "if-none-match"), [None, Some(b"\"b\"".to_vec())]);
    let unconditional = |path| lab.sent(path, "if-none-match").iter().filter(|sent| sent.is_none()).count();
    for path in ["/sitemap.xml", "/a.xml", "/b.xml", "/c.xml", "/d.xml"] {
        assert_eq!(unconditional(path), 1, "one unconditional request in the life of {path}");
    }
}

#[tokio::test]
async fn a_sitemap_for_a_new_day_is_no_strange_poll() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        ("/sitemap.xml", 0) => ok("", index(&[("/2026-02-13.xml", "2026-02-13T20:00:00Z")])),
        ("/sitemap.xml", _) => ok("", index(&[("/2026-02-13.xml", "2026-02-13T20:00:00Z"), ("/2026-02-14.xml", DAY)])),
        ("/2026-02-13.xml", _) => ok("", urlset((0..20).map(|n| news(n, "2026-02-13T08:00:00Z")))),
        ("/2026-02-14.xml", _) => ok("", urlset((20..40).map(|n| news(n, DAY)))),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source("/sitemap.xml");
    assert_eq!(lab.poll(&source).await.commit.new, 20);
    let report = lab.next_poll(&source).await;
    assert_eq!((report.commit.new, report.commit.held, report.state.held), (20, 0, None));
}

#[tokio::test]
async fn one_bad_sitemap_disturbs_no_other_and_is_asked_more_rarely() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(urlset([news(1, DAY)]).as_bytes()).expect("memory");
    let packed = packed.finish().expect("memory");
    let mut lab = Lab::new(move |path, _| match path {
        "/sitemap.xml" => ok(
            "",
            index(&[("/broken.xml", DAY), ("/gone.xml", DAY), ("/a.xml.gz", DAY), ("http://khac.example/b.xml", DAY)]),
        ),
        "/broken.xml" => ok(
            "content-type: text/html\r\netag: \"x\"\r\n",
            page("404 - Không tìm thấy trang", "<p>Mời bạn quay lại</p>"),
        ),
        "/a.xml.gz" => ok("content-type: application/octet-stream\r\netag: \"a\"\r\n", &packed),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source("/sitemap.xml");
    let report = lab.poll(&source).await;
    assert_eq!((report.commit.new, report.state.state, report.state.failure), (1, SourceState::Ok, None));
    let flaws = report.flaws.join("; ");
    for flaw in ["/broken.xml: ", "/gone.xml answered 404", "1 of 4 sitemaps lie off the paper's site"] {
        assert!(flaws.contains(flaw), "{flaw}: {flaws}");
    }
    let broken = report.state.sitemaps.iter().find(|sitemap| sitemap.url.path() == "/broken.xml").expect("remembered");
    assert_eq!((broken.validators.etag.clone(), broken.failures), (None, 1), "nothing of it was taken in");
    let started = lab.now;
    while lab.now - started < chrono::Duration::days(2) {
        lab.next_poll(&source).await;
    }
    assert_eq!(lab.asked("/a.xml.gz"), 1);
    assert!((6..=12).contains(&lab.asked("/broken.xml")), "the backoff of P6: {}", lab.asked("/broken.xml"));
    assert!(lab.asked("/sitemap.xml") > 150);
}

#[tokio::test]
async fn an_index_of_which_no_sitemap_can_be_had_is_a_failing_source() {
    let lab = Lab::new(|path, _| match path {
        "/sitemap.xml" | "/other.xml" => ok("", index(&[("/a.xml", DAY)])),
        _ => status(500, ""),
    })
    .await;
    let report = lab.poll(&lab.source("/sitemap.xml")).await;
    assert_eq!(report.state.state, SourceState::Failing, "its robots.txt fails");
    let lab = Lab::new(|path, _| match path {
        "/broken.xml" => ok("", index(&[("/a.xml", DAY), ("/b.xml", DAY)])),
        "/gone.xml" => ok("", index(&[("/c.xml", DAY)])),
        "/a.xml" | "/b.xml" => {
            ok("content-type: text/html\r\n", page("Đăng nhập", "<form><input type='password'></form>"))
        }
        _ => status(404, ""),
    })
    .await;
    let gone = lab.poll(&lab.source("/gone.xml")).await;
    assert_eq!((gone.state.state, gone.state.failure.and_then(|f| f.http_status)), (SourceState::Failing, Some(404)));
    let broken = lab.poll(&lab.source("/broken.xml")).await;
    assert_eq!((broken.state.state, broken.answer), (SourceState::Drift, Polled::Failed));
}

#[tokio::test]
async fn a_host_that_wants_silence_ends_the_poll_of_an_index() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        ("/sitemap.xml", _) => ok("etag: \"i\"\r\n", index(&[("/a.xml", DAY), ("/b.xml", DAY), ("/c.xml", DAY)])),
        ("/a.xml", 0) => status(429, "retry-after: 7200\r\n"),
        ("/a.xml" | "/b.xml" | "/c.xml", _) => ok("", urlset([news(1, DAY)])),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source("/sitemap.xml");
    let report = lab.poll(&source).await;
    assert_eq!((report.state.state, report.answer), (SourceState::Waiting, Polled::Failed));
    assert_eq!(lab.paths(), ["/sitemap.xml", "/a.xml"]);
    assert!(lab.wait_of(&source).await >= chrono::Duration::seconds(7_200));
    let report = lab.next_poll(&source).await;
    assert_eq!((report.state.state, report.commit.new), (SourceState::Ok, 1));
    assert_eq!(lab.sent("/sitemap.xml", "if-none-match"), [None, Some(b"\"i\"".to_vec())]);
}

#[tokio::test]
async fn an_index_within_an_index_is_followed_once() {
    let lab = Lab::new(|path, _| match path {
        "/sitemap.xml" => ok("", index(&[("/inner.xml", DAY)])),
        "/inner.xml" => ok("", index(&[("/a.xml", DAY), ("/innermost.xml", DAY)])),
        "/innermost.xml" => ok("", index(&[("/never.xml", DAY)])),
        "/a.xml" => ok("", urlset([news(1, DAY)])),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source("/sitemap.xml");
    let report = lab.poll(&source).await;
    assert_eq!(report.commit.new, 1);
    assert_eq!(lab.paths(), ["/sitemap.xml", "/inner.xml", "/a.xml", "/innermost.xml"]);
    lab.poll(&source).await;
    assert_eq!(lab.asked("/never.xml"), 0);
}
