//! The main job through the real binary: sections in, feeds out, and nothing lost in between.

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::{Daemon, Desk, Paper, paper_with, text, title};
use std::fs;
use std::net::TcpListener;
use std::path::Path;

#[test]
fn a_section_becomes_feeds_dated_by_its_articles() {
    let paper = paper_with(6);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
    let output = desk.bantin(&["once"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rss = desk.published("bao/xa-hoi.rss");
    assert_eq!(rss.matches("<item>").count(), 6);
    assert!(rss.contains("<pubDate>Mon, 16 Feb 2026 08:30:00 +0700</pubDate>"), "{rss}");
    assert!(rss.find(&title(6)) < rss.find(&title(1)), "newest first");
    assert!(!rss.contains("Liên hệ"), "the menu is no article");
    for format in ["atom", "json", "html"] {
        assert!(desk.published(&format!("bao/all.{format}")).contains(&title(3)), "{format}");
    }
    assert_eq!(paper.asked().first().map(String::as_str), Some("/robots.txt"));
    assert_eq!(paper.asked().len(), 8, "robots.txt, the section, each article once: {:?}", paper.asked());
}

#[test]
fn a_second_round_leaves_the_paper_alone() {
    let paper = paper_with(5);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
    assert!(desk.bantin(&["once"]).status.success());
    let before = (paper.asked().len(), desk.published("bao/all.rss"));
    let output = desk.bantin(&["once"]);
    assert!(output.status.success() && text(&output.stdout).contains("left alone until"), "{}", text(&output.stdout));
    assert_eq!((paper.asked().len(), desk.published("bao/all.rss")), before);
}

#[test]
fn one_bad_section_never_disturbs_another_and_every_bad_one_is_told() {
    let paper = paper_with(5);
    let login = "<html><title>Đăng nhập</title><h1>Đăng nhập</h1><form><input name=u><input type=password name=p></form></html>";
    paper.put("/dang-nhap.html", login.to_owned());
    let sections = [("Không có", "/khong-co.html"), ("Đăng nhập", "/dang-nhap.html"), ("Xã hội", "/xa-hoi.html")];
    let desk = Desk::new(&paper, &sections);
    let output = desk.bantin(&["once"]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("answered 404") && said.contains("login form") && said.contains("5 new"), "{said}");
    assert_eq!(desk.published("bao/xa-hoi.rss").matches("<item>").count(), 5);
    let status: serde_json::Value = serde_json::from_slice(&desk.bantin(&["status", "--json"]).stdout).expect("JSON");
    let states: Vec<&str> =
        status["sources"].as_array().expect("sources").iter().filter_map(|source| source["state"].as_str()).collect();
    assert_eq!(states, ["failing", "blocked", "ok"]);
}

#[test]
fn a_round_in_which_every_poll_fails_says_so() {
    let desk = Desk::new(&Paper::print(), &[("Không có", "/khong-co.html")]);
    assert_eq!(desk.bantin(&["once"]).status.code(), Some(69));
}

#[test]
fn the_feeds_of_the_last_run_are_served_before_any_poll_and_sigterm_ends_well() {
    let paper = paper_with(5);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
    assert!(desk.bantin(&["once"]).status.success());
    let asked = paper.asked().len();
    let daemon = Daemon::start(&desk);
    let answer = daemon.get("/bao/xa-hoi.rss");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(&title(5)), "{answer}");
    assert!(answer.ends_with(&desk.published("bao/xa-hoi.rss")), "the same bytes as the file");
    assert!(daemon.get("/readyz").starts_with("HTTP/1.1 200"));
    assert_eq!(paper.asked().len(), asked, "nothing was due");
    let second = desk.bantin(&["run", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(73), "{}", text(&second.stderr));
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn a_backup_of_a_live_database_opens_as_a_state_folder() {
    let paper = paper_with(5);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
    assert!(desk.bantin(&["once"]).status.success());
    let daemon = Daemon::start(&desk);
    assert!(desk.bantin(&["backup", "copy.db"]).status.success());
    assert_eq!(daemon.terminate(), Some(0));
    let state = desk.folder.path().join("state");
    fs::remove_dir_all(&state).expect("removed");
    fs::create_dir(&state).expect("made");
    fs::rename(desk.folder.path().join("copy.db"), state.join("bantin.db")).expect("moved");
    let before = desk.published("bao/xa-hoi.rss");
    assert!(desk.bantin(&["once"]).status.success());
    assert_eq!(desk.published("bao/xa-hoi.rss"), before, "the same items with the same guids");
    assert!(Path::new(&state).join("bantin.db").exists());
}

#[test]
fn a_taken_address_is_named_with_its_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let desk = Desk::new(&Paper::print(), &[("Xã hội", "/xa-hoi.html")]);
    let output = desk.bantin(&["run", "--listen", &address]);
    assert_eq!(output.status.code(), Some(69));
    let said = text(&output.stderr);
    assert!(said.contains(&address) && said.contains("set another `listen`"), "{said}");
}
