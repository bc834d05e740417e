//! What operators do, through the real binary: orders to a running daemon, examinations, restores, and a database that was
//! damaged under way.

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::{Daemon, Desk, Paper, article, paper_with, path_of, section, text, title};
use std::fs;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A desk after a round over five articles.
fn after_a_round() -> (Paper, Desk) {
    let paper = paper_with(5);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
    let round = desk.bantin(&["once"]);
    assert!(round.status.success(), "{}", text(&round.stderr));
    (paper, desk)
}

/// The guids of a feed, in its order.
fn guids(rss: &str) -> Vec<String> {
    let guid =
        |part: &str| part.split('>').nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default().to_owned();
    rss.split("<guid").skip(1).map(guid).collect()
}

/// Stories under addresses unlike any before.
fn moved(paper: &Paper) {
    let mut page = section(9);
    for number in 1..=9 {
        let (address, now) = (format!("/t/{number}"), format!("Tin vắn số {number} trong ngày của tỉnh"));
        page = page.replace(&path_of(number), &address).replace(&title(number), &now);
        paper.put(&address, article(number).replace(&title(number), &now));
    }
    paper.put("/xa-hoi.html", page);
}

/// Lets sources be polled at once again.
fn impatient(desk: &Desk) {
    let file = desk.folder.path().join("bantin.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    let text =
        text.replace("[fetch]\n", "[fetch]\nmin-interval = \"1s\"\n").replace("\nurl =", "\nevery = \"1s\"\nurl =");
    fs::write(file, text).expect("a configuration");
}

/// Rounds until the source stands as it should.
fn rounds_until(desk: &Desk, state: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let _ = desk.bantin(&["once"]);
        let status = text(&desk.bantin(&["status", "--json"]).stdout);
        if status.contains(&format!("\"state\": \"{state}\"")) {
            return;
        }
        assert!(Instant::now() < deadline, "{status}");
    }
}

#[test]
fn held_items_are_released_with_and_without_a_daemon() {
    for runs in [false, true] {
        let paper = paper_with(5);
        let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
        impatient(&desk);
        assert!(desk.bantin(&["once"]).status.success());
        moved(&paper);
        rounds_until(&desk, "held");
        assert_eq!(guids(&desk.published("bao/xa-hoi.rss")).len(), 5);

        let daemon = runs.then(|| Daemon::start(&desk));
        let unknown = desk.bantin(&["release", "bao/khong-co"]);
        assert_eq!(unknown.status.code(), Some(64));
        assert!(text(&unknown.stderr).contains("there are bao/xa-hoi"), "{}", text(&unknown.stderr));
        let released = desk.bantin(&["release", "bao/xa-hoi"]);
        assert!(released.status.success(), "{}", text(&released.stderr));
        assert!(text(&released.stdout).contains("9 held items go on"), "{}", text(&released.stdout));
        match &daemon {
            Some(daemon) => {
                let deadline = Instant::now() + PATIENCE;
                while guids(&daemon.get("/bao/xa-hoi.rss")).len() < 14 {
                    assert!(Instant::now() < deadline, "{}", daemon.get("/bao/xa-hoi.rss"));
                }
            }
            None => {
                rounds_until(&desk, "ok");
                assert_eq!(guids(&desk.published("bao/xa-hoi.rss")).len(), 14);
            }
        }
        assert!(!runs || daemon.and_then(Daemon::terminate) == Some(0));
    }
}

#[test]
fn a_live_database_is_found_sound_and_a_forged_guid_is_not() {
    let (_paper, desk) = after_a_round();
    let daemon = Daemon::start(&desk);
    let sound = desk.bantin(&["doctor"]);
    assert_eq!(sound.status.code(), Some(0), "{}", text(&sound.stdout));
    assert!(text(&sound.stdout).contains("5 items;"), "{}", text(&sound.stdout));
    assert!(text(&sound.stdout).lines().all(|line| line.chars().count() <= 80));
    assert_eq!(daemon.terminate(), Some(0));
    // the automatic backup of that run is what guids are compared with
    let db = rusqlite::Connection::open(desk.folder.path().join("state/bantin.db")).expect("the database");
    db.execute("update item set guid = guid || '0' where id = 1", []).expect("a forgery");
    drop(db);
    let wrong = desk.bantin(&["doctor", "--json"]);
    assert_eq!(wrong.status.code(), Some(70));
    let found: serde_json::Value = serde_json::from_slice(&wrong.stdout).expect("JSON");
    assert_eq!((&found["sound"], &found["compared_with_backup"]), (&false.into(), &5.into()), "{found:#}");
}

#[test]
fn a_damaged_database_is_kept_aside_and_readers_see_no_difference() {
    let (_paper, desk) = after_a_round();
    // the first backup is made at the start of a daemon
    assert_eq!(Daemon::start(&desk).terminate(), Some(0));
    let (before, state) = (desk.published("bao/xa-hoi.rss"), desk.folder.path().join("state"));
    fs::write(state.join("bantin.db"), [0x42; 20_000]).expect("a write");
    let shown = desk.bantin(&["status"]);
    assert_eq!(shown.status.code(), Some(70));
    assert!(text(&shown.stderr).contains("is damaged"), "{}", text(&shown.stderr));
    let daemon = Daemon::start(&desk);
    assert_eq!(guids(&daemon.get("/bao/xa-hoi.rss")), guids(&before));
    assert_eq!(daemon.terminate(), Some(0));
    assert_eq!(desk.published("bao/xa-hoi.rss"), before);
    let names: Vec<String> = fs::read_dir(&state)
        .expect("the folder")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.iter().any(|name| name.starts_with("bantin.db.damaged-")), "{names:?}");
}

#[test]
fn a_restore_brings_the_backup_back_and_keeps_what_it_replaces() {
    let (paper, desk) = after_a_round();
    let state = desk.folder.path().join("state");
    assert!(desk.bantin(&["backup", "copy.db"]).status.success());
    let before = guids(&desk.published("bao/xa-hoi.rss"));
    let daemon = Daemon::start(&desk);
    let refused = desk.bantin(&["restore", "copy.db"]);
    assert_eq!(refused.status.code(), Some(73));
    assert!(text(&refused.stderr).contains("in use by another bantin"), "{}", text(&refused.stderr));
    assert_eq!(daemon.terminate(), Some(0));

    fs::remove_dir_all(&state).expect("removed");
    assert_eq!(desk.bantin(&["restore"]).status.code(), Some(64), "there is no automatic backup");
    let restored = desk.bantin(&["restore", "copy.db"]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    paper.put("/xa-hoi.html", section(6));
    assert!(desk.bantin(&["once"]).status.success());
    assert_eq!(guids(&desk.published("bao/xa-hoi.rss")), before);

    let again = desk.bantin(&["restore", "copy.db"]);
    assert!(text(&again.stdout).contains("is kept as state/bantin.db.replaced-"), "{}", text(&again.stdout));
}

#[test]
fn plan_and_replay_work_beside_a_running_daemon_and_ask_the_paper_for_nothing() {
    let (paper, desk) = after_a_round();
    let daemon = Daemon::start(&desk);
    let asked = paper.asked().len();
    let replayed = desk.bantin(&["replay", "bao/xa-hoi", "--all"]);
    assert_eq!(text(&replayed.stdout), "0 sources changed, 1 as they were, 0 without a kept document\n");
    assert_eq!(desk.bantin(&["replay", "bao/khong-co"]).status.code(), Some(64));

    let file = desk.folder.path().join("bantin.toml");
    let written = fs::read_to_string(&file).expect("a configuration");
    let renamed = written.replace("title = \"Xã hội\"", "id = \"xa-hoi\"\ntitle = \"Đời sống\"");
    fs::write(&file, renamed).expect("a configuration");
    let plan = desk.bantin(&["plan"]);
    let shown = text(&plan.stdout);
    assert_eq!(plan.status.code(), Some(0), "{shown}{}", text(&plan.stderr));
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("bao/doi-song") && line.ends_with("new feed")), "{shown}");
    assert_eq!(desk.bantin(&["plan", "--source", "bao/khong-co"]).status.code(), Some(64));
    assert_eq!(paper.asked().len(), asked, "{:?}", paper.asked());
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn plan_that_would_change_a_published_date_says_so_with_its_exit_code() {
    let (_paper, desk) = after_a_round();
    let db = rusqlite::Connection::open(desk.folder.path().join("state/bantin.db")).expect("the database");
    db.execute("update item set published = published - 3600000000 where id = 1", []).expect("a forgery");
    drop(db);
    let file = desk.folder.path().join("bantin.toml");
    let written = fs::read_to_string(&file).expect("a configuration");
    fs::write(&file, written.replace("Báo Mẫu", "Báo Mới")).expect("a configuration");
    let plan = desk.bantin(&["plan", "--json"]);
    assert_eq!(plan.status.code(), Some(70), "{}", text(&plan.stderr));
    let found: serde_json::Value = serde_json::from_slice(&plan.stdout).expect("JSON");
    assert_eq!(found["alarms"].as_array().map(Vec::len), Some(1), "{found:#}");
    assert!(text(&desk.bantin(&["plan"]).stdout).starts_with("ALARM"));
}

#[test]
fn reload_takes_all_of_a_new_configuration_or_nothing_and_says_which() {
    let (_paper, desk) = after_a_round();
    let (file, unheard) = (desk.folder.path().join("bantin.toml"), desk.bantin(&["reload"]));
    assert_eq!(unheard.status.code(), Some(69));
    assert!(text(&unheard.stderr).contains("no daemon runs on"), "{}", text(&unheard.stderr));

    let daemon = Daemon::start(&desk);
    assert!(daemon.get("/bao/xa-hoi.rss").starts_with("HTTP/1.1 200 "), "ready means served");
    let before = fs::read_to_string(&file).expect("a configuration");
    let more = before.clone() + "[[paper.section]]\ntitle = \"Kinh tế\"\nurl = \"https://bao.example/kinh-te.html\"\n";
    fs::write(&file, &more).expect("a configuration");
    let done = desk.bantin(&["reload"]);
    assert_eq!((done.status.code(), text(&done.stdout).as_str()), (Some(0), "reloaded: 2 sources\n"));
    assert!(daemon.get("/status.json").contains("bao/kinh-te"));

    fs::write(&file, more.replace("per-host-delay", "per-hsot-delay")).expect("a configuration");
    let refused = desk.bantin(&["reload"]);
    assert_eq!(refused.status.code(), Some(78));
    assert!(text(&refused.stderr).contains("per-hsot-delay"), "{}", text(&refused.stderr));
    assert!(daemon.get("/status.json").contains("bao/kinh-te"), "the old one goes on");
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn feed_whose_section_left_is_gone_and_its_articles_stay_in_all() {
    let paper = paper_with(5);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html"), ("Kinh tế", "/kinh-te.html")]);
    let round = desk.bantin(&["once"]);
    assert!(round.status.success(), "{}", text(&round.stderr));
    let daemon = Daemon::start(&desk);
    let all = guids(&daemon.get("/bao/all.rss"));
    assert_eq!((all.len(), guids(&daemon.get("/bao/xa-hoi.rss"))), (5, all.clone()));

    let file = desk.folder.path().join("bantin.toml");
    let with = fs::read_to_string(&file).expect("a configuration");
    let (start, end) =
        (with.find("[[paper.section]]").expect("a section"), with.rfind("[[paper.section]]").expect("another"));
    fs::write(&file, with[..start].to_owned() + &with[end..]).expect("a configuration");
    assert!(desk.bantin(&["reload"]).status.success());
    let gone = until(&daemon, "/bao/xa-hoi.rss", "HTTP/1.1 410 ");
    assert!(gone.contains("its articles stay in https://feeds.example.vn/bao/all.rss"), "{gone}");
    assert!(daemon.get("/bao/xa-hoi.html").starts_with("HTTP/1.1 410 "));
    let deadline = Instant::now() + PATIENCE;
    while desk.file("bao/xa-hoi.rss").exists() || daemon.get("/feeds.opml").contains("bao/xa-hoi.rss") {
        assert!(Instant::now() < deadline, "it stays");
    }
    assert_eq!(guids(&daemon.get("/bao/all.rss")), all);
    assert!(daemon.get("/bao/kinh-te.rss").starts_with("HTTP/1.1 200 "));
    assert!(daemon.get("/bao/nothing.rss").starts_with("HTTP/1.1 404 "));

    fs::write(&file, with).expect("a configuration");
    assert!(desk.bantin(&["reload"]).status.success());
    assert_eq!(guids(&until(&daemon, "/bao/xa-hoi.rss", "HTTP/1.1 200 ")), all, "as it was");
    assert_eq!(daemon.terminate(), Some(0));
}

/// The first answer that begins so.
fn until(daemon: &Daemon, path: &str, start: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = daemon.get(path);
        if answer.starts_with(start) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{answer}");
    }
}

#[test]
fn new_daemon_is_ready_when_its_feeds_are_there() {
    let paper = paper_with(3);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
    let daemon = Daemon::start(&desk);
    assert!(daemon.get("/bao/xa-hoi.rss").starts_with("HTTP/1.1 200 "), "an empty feed is one");
    assert!(daemon.get("/readyz").starts_with("HTTP/1.1 200 "));
    assert_eq!(daemon.terminate(), Some(0));
}
