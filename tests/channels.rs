//! `[[channel]]` through the real binary: two papers in, one feed out.

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::{Daemon, Desk, Paper, article, paper_with, path_of, section, text, title};
use std::fs;

const CHANNELS: &str = r#"
[[channel]]
id = "vui"
title = "Ngày hội"
words = ["Ngày hội xuống đồng", "không có"]
item-limit = 4

[[channel]]
id = "moi"
title = "Mới nhất"
papers = ["khac"]
categories = ["xa-hoi"]
newest-only = true

[[channel]]
id = "khong"
title = "Không có gì"
words = ["xuong don"]
"#;

/// Two papers with three articles and four, and the channels.
fn desk(one: &Paper, other: &Paper) -> (Desk, String) {
    let desk = Desk::new(one, &[("Xã hội", "/xa-hoi.html")]);
    let file = desk.folder.path().join("bantin.toml");
    let papers = fs::read_to_string(&file).expect("a configuration")
        + &format!(
            "[[paper]]\nid = \"khac\"\ntitle = \"Báo Khác\"\nhome = \"{0}/\"\n\
             [[paper.section]]\ntitle = \"Xã hội\"\nurl = \"{0}/xa-hoi.html\"\n",
            other.home
        );
    fs::write(&file, format!("{papers}{CHANNELS}")).expect("a configuration");
    (desk, papers)
}

#[test]
fn channels_choose_from_all_papers_and_go_with_their_table() {
    let (one, other) = (paper_with(3), Paper::print());
    other.put("/xa-hoi.html", section(4));
    (1..=4).for_each(|number| other.put(&path_of(number), article(number)));
    let (desk, papers) = desk(&one, &other);
    let checked = desk.bantin(&["check"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let output = desk.bantin(&["once"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let feed: serde_json::Value = serde_json::from_str(&desk.published("channel/vui.json")).expect("JSON");
    let items = feed["items"].as_array().expect("items");
    let shown: Vec<_> = items.iter().map(|item| item["title"].as_str().expect("a title").to_owned()).collect();
    assert_eq!(shown, [title(4), title(3), title(3), title(2)], "newest first, of both papers");
    for item in items {
        let paper = if item["url"].as_str().is_some_and(|url| url.starts_with(&one.home)) {
            "Báo Mẫu"
        } else {
            "Báo Khác"
        };
        assert_eq!(item["authors"][1]["name"], paper);
        let own = desk.published(if paper == "Báo Mẫu" { "bao/all.json" } else { "khac/all.json" });
        assert!(own.contains(item["id"].as_str().expect("an id")), "the guid of the paper's own feed");
    }
    let newest = desk.published("channel/moi.rss");
    assert!(newest.matches("<item>").count() == 1 && newest.contains(&title(4)), "{newest}");
    assert_eq!(desk.published("khac/xa-hoi.rss").matches("<item>").count(), 4, "superseded there alone");
    assert_eq!(desk.published("channel/khong.rss").matches("<item>").count(), 0, "words stand for whole ones");
    let daemon = Daemon::start(&desk);
    for ending in ["rss", "atom", "json", "html", "fragment.html"] {
        let answer = daemon.get(&format!("/channel/vui.{ending}"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with(&desk.published(&format!("channel/vui.{ending}"))), "the same bytes as the file");
    }
    assert!(daemon.get("/channel/khac.rss").starts_with("HTTP/1.1 404"));
    assert_eq!(daemon.terminate(), Some(0));
    let exported = text(&desk.bantin(&["opml", "export"]).stdout);
    assert!(exported.contains("https://feeds.example.vn/channel/moi.rss"), "{exported}");
    fs::write(desk.folder.path().join("bantin.toml"), papers).expect("a configuration");
    assert!(desk.bantin(&["once"]).status.success());
    assert!(!desk.file("channel/vui.rss").exists() && desk.file("bao/all.rss").exists());
}
