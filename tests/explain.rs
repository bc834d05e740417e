//! `bantin extract --explain` through the real binary: why a document is read as it is.

use std::fs;
use std::process::Command;

fn explained(markup: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("document");
    fs::write(&file, markup).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
    command.args(["extract", "--explain", "--url", "https://bao.example/xa-hoi.html"]).args(arguments).arg(&file);
    let output = command.env_remove("BANTIN_CONFIG").output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8(output.stdout).expect("UTF-8");
    let widest = report.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80) && !report.contains('\u{1b}'), "{report}");
    // a line may break anywhere between words
    report.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn story(number: usize) -> String {
    format!(
        "<article class='story'><h2><a href='/xa-hoi/ban-lang-so-{number}-vui-ngay-hoi-Ab{number}dEf9hK.html'>Bản làng số {number} \u{1b}[31mvui ngày hội xuống đồng</a></h2>\
         <p>Tóm tắt bài số {number} về ngày hội của bản làng.</p></article>"
    )
}

fn list() -> String {
    let stories: String = (1..=8).map(story).collect();
    format!(
        "<!doctype html><html lang='vi'><title>Xã hội | Báo Mẫu</title><script type='application/ld+json'>{{\"@type\":\"ItemList\",\
         \"itemListElement\":[{{\"@type\":\"NewsArticle\",\"url\":\"/xa-hoi/ban-lang-so-2-vui-ngay-hoi-Ab2dEf9hK.html\",\"headline\":\"x\",\"datePublished\":\"2026-02-14T08:30:00+07:00\"}}]}}</script>\
         <nav class='menu'><a href='/kinh-te.html'>Tin kinh tế trong tỉnh</a><a href='/van-hoa.html'>Văn hóa các dân tộc</a></nav>\
         <h1>Xã hội</h1><main>{stories}</main></html>"
    )
}

#[test]
fn a_list_tells_who_gave_each_fact_and_why_other_links_lost() {
    let report = explained(&list(), &[]);
    for words in [
        "read as a list, by blocks",
        "found: 8 stories",
        "date 1 by JSON-LD",
        "summary 8 by its block",
        "JSON-LD: date; its block: title, summary; dated 2026-02-14 08:30 +07:00 from metadata",
        "+ 8 of 8 addresses are stories",
        "it weighs enough",
        "in a heading +1.5",
        "- none of 2 addresses",
        "in a menu -5.0",
        "Tin kinh tế trong tỉnh",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
}

#[test]
fn a_page_without_a_list_tells_what_it_is_and_why() {
    let login = "<html><title>Đăng nhập</title><h1>Đăng nhập</h1><form><input name=u><input type=password name=p></form></html>";
    assert!(explained(login, &[]).contains("login: its title or heading is that of a login page"));
    let empty = "<html><title>Du lịch | Báo Mẫu</title><h1>Du lịch</h1><ul class='list'></ul></html>";
    assert!(explained(empty, &[]).contains("empty: no story"));
}

#[test]
fn an_article_tells_every_witness_in_rank_order() {
    let text = "Người dân các bản cùng nhau xuống đồng, mở đầu một năm làm ăn mới. ".repeat(8);
    let markup = format!(
        "<html lang='vi'><title>Ngày hội xuống đồng | Báo Mẫu</title><meta property='article:published_time' content='2026-02-14T09:00:00+07:00'>\
         <script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"Ngày hội xuống đồng\",\"datePublished\":\"2026-02-14T08:30:00+07:00\",\
         \"author\":{{\"@type\":\"Person\",\"name\":\"Lò Minh\"}}}}</script><h1>Ngày hội xuống đồng</h1><p>{text}</p></html>"
    );
    let report = explained(&markup, &["--as", "article"]);
    for words in [
        "date 2026-02-14 08:30 +07:00 (from metadata) 1. JSON-LD datePublished: 2026-02-14T08:30:00+07:00 \
         2. meta article:published_time: 2026-02-14T09:00:00+07:00",
        "authors Lò Minh 1. JSON-LD, people: Lò Minh",
        "readability, pruned page:",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
}

#[test]
fn a_feed_tells_what_was_repaired_and_what_the_second_reader_filled_in() {
    let feed = "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>Xã hội</title><item><title>A & B</title>\
         <link>https://bao.example/a.html</link><media:content url='https://bao.example/a.jpg' type='image/jpeg'/></item></channel></rss>";
    let report = explained(feed, &[]);
    assert!(report.contains("read as a feed, by rss") && report.contains("title 1 by our own reading"), "{report}");
    assert!(report.contains("Flaws:") && report.contains("no id"), "{report}");
}

#[test]
fn json_stays_what_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("page");
    fs::write(&file, list()).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_bantin")).arg("extract").arg(&file).output().expect("it runs");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["entries"].as_array().map(Vec::len), Some(8));
    assert!(output.stdout.ends_with(b"}\n") && !output.stdout.ends_with(b"\n\n"));
}
