//! Archives through the real binary (RFC 5005): who follows the links of a feed finds every article, each page once and for
//! good.

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::{Daemon, Desk, Paper};
use std::collections::BTreeSet;
use std::fs;

const ITEMS: usize = 40;

/// A feed of articles, `ITEMS` and some more, nine days apart.
fn feed(paper: &Paper, numbers: std::ops::Range<usize>) -> String {
    let item = |n: usize| {
        let day = chrono::NaiveDate::from_ymd_opt(2025, 9, 1).expect("a day") + chrono::Days::new(n as u64 * 9 / 4);
        format!(
            "<item><title>Bản tin số {n} của huyện vùng cao</title><link>{}/tin-so-{n}-aB{n}xYz.html</link>\
             <guid isPermaLink=\"false\">tin-{n}</guid><description>Đoạn {n}.</description>\
             <pubDate>{} 08:00:00 +0700</pubDate></item>",
            paper.home,
            day.format("%a, %d %b %Y")
        )
    };
    let items: String = numbers.rev().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Báo</title><link>{0}</link>{items}</channel></rss>", paper.home)
}

fn guids(document: &str) -> Vec<String> {
    let guid = |item: &str| {
        item.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(t, _)| t.to_owned())
    };
    document.split("<item>").skip(1).map(|item| guid(item).expect("a title")).collect()
}

fn prev(document: &str) -> Option<String> {
    let link = document.split('<').find(|tag| tag.contains("rel=\"prev-archive\""))?;
    let href = link.split_once("href=\"")?.1.split_once('"')?.0;
    Some(href.strip_prefix("https://feeds.example.vn").expect("our own address").to_owned())
}

/// Waits for the first round of publishing with so many items in the feed, and the archives behind it.
fn published(daemon: &Daemon, path: &str, newest: &str) -> String {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        let feed = daemon.get(path);
        if feed.contains(newest) && prev(&feed).is_some() {
            return feed;
        }
        assert!(std::time::Instant::now() < deadline, "{newest} was not published: {feed}");
        std::thread::yield_now();
    }
}

#[test]
fn links_of_a_feed_lead_through_all_its_articles() {
    let paper = Paper::print();
    paper.put("/tin.rss", feed(&paper, 0..ITEMS));
    let desk = Desk::new(&paper, &[]);
    let file = desk.folder.path().join("bantin.toml");
    let configured = fs::read_to_string(&file).expect("a configuration")
        + &format!(
            "item-limit = 10\nread-articles = false\n[[paper.section]]\ntitle = \"Xã hội\"\nurl = \"{}/tin.rss\"\n",
            paper.home
        );
    fs::write(&file, configured).expect("a configuration");
    let daemon = Daemon::start(&desk);
    let mut pages = Vec::new();
    let mut document = published(&daemon, "/bao/xa-hoi.rss", "Bản tin số 39 ");
    let mut found: BTreeSet<String> = guids(&document).into_iter().collect();
    assert_eq!(found.len(), 10);
    while let Some(path) = prev(&document) {
        document = daemon.get(&path);
        assert!(document.starts_with("HTTP/1.1 200 OK"), "{path}: {document}");
        assert!(document.contains("cache-control: public, max-age=31536000, immutable"), "{document}");
        assert!(document.contains("<fh:archive") && document.contains("rel=\"current\""), "{document}");
        found.extend(guids(&document));
        pages.push(path);
    }
    assert_eq!(found.len(), ITEMS, "{pages:?}");
    assert!(
        pages.len() >= 3 && pages.last().is_some_and(|path| path == "/bao/xa-hoi/archive/2025-09.rss"),
        "{pages:?}"
    );
    let months: Vec<&str> = pages.iter().filter_map(|path| path.split('/').next_back()).collect();
    assert!(months.is_sorted_by(|a, b| a > b), "the newest first: {months:?}");
    assert_eq!(daemon.terminate(), Some(0));
}
