//! The everyday commands through the real binary: polls out of turn, what programs read, progress, and errors that say what
//! to do next.

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::{Daemon, Desk, Paper, article, paper_with, path_of, section, text, title};
use serde_json::Value;
use std::fs;
use std::process::Output;

fn desk(paper: &Paper) -> Desk {
    Desk::new(paper, &[("Xã hội", "/xa-hoi.html")])
}

fn json(output: &Output) -> Value {
    let value = serde_json::from_slice(&output.stdout);
    assert!(value.is_ok(), "{value:?}: {}{}", text(&output.stdout), text(&output.stderr));
    value.expect("JSON")
}

fn asked(paper: &Paper, path: &str) -> usize {
    paper.asked().iter().filter(|asked| *asked == path).count()
}

/// Makes the last poll an hour old; the next one by itself is as far away as before.
fn an_hour_later(desk: &Desk) {
    let db = rusqlite::Connection::open(desk.folder.path().join("state/bantin.db")).expect("the database");
    let (source, state): (String, String) =
        db.query_row("select source, state from poll", [], |row| Ok((row.get(0)?, row.get(1)?))).expect("one source");
    let mut state: Value = serde_json::from_str(&state).expect("JSON");
    for key in ["last_poll", "scheduled_at"] {
        let at: chrono::DateTime<chrono::Utc> = state[key].as_str().expect(key).parse().expect("a moment");
        state[key] = Value::from((at - chrono::TimeDelta::hours(1)).to_rfc3339());
    }
    db.execute(
        "update poll set state = ?1, claimed_at = null, claimed_until = null where source = ?2",
        [state.to_string(), source],
    )
    .expect("a write");
}

fn items(desk: &Desk) -> u64 {
    json(&desk.bantin(&["status", "--json"]))["sources"][0]["items"].as_u64().expect("a count")
}

#[test]
fn a_poll_out_of_turn_is_made_once_and_then_waits() {
    for runs in [false, true] {
        let paper = paper_with(5);
        let desk = desk(&paper);
        assert!(desk.bantin(&["once"]).status.success());
        let daemon = runs.then(|| {
            an_hour_later(&desk);
            paper.put("/xa-hoi.html", section(7));
            (6..=7).for_each(|n| paper.put(&path_of(n), article(n)));
            Daemon::start(&desk)
        });
        let lists = asked(&paper, "/xa-hoi.html");
        if daemon.is_some() {
            let polled = desk.bantin(&["poll", "bao/xa-hoi", "--json"]);
            let told = json(&polled);
            assert_eq!(polled.status.code(), Some(0), "{told:#}");
            assert_eq!((&told["outcome"], &told["new"], &told["dry_run"]), (&"read".into(), &2.into(), &false.into()));
            assert_eq!(asked(&paper, "/xa-hoi.html"), lists + 1);
        }
        let lists = asked(&paper, "/xa-hoi.html");
        for arguments in [&["poll", "bao/xa-hoi"][..], &["poll", "bao/xa-hoi", "--dry-run", "--json"]] {
            let early = desk.bantin(arguments);
            assert_eq!(early.status.code(), Some(75), "{}", text(&early.stdout));
            assert!(text(&early.stderr).contains("bantin: not before "), "{}", text(&early.stderr));
            if arguments.contains(&"--json") {
                let error = &json(&early)["error"];
                assert_eq!(error["exit_code"], 75);
                assert!(error["until"].as_str().is_some_and(|until| until.ends_with('Z')), "{error:#}");
            }
        }
        assert_eq!(asked(&paper, "/xa-hoi.html"), lists, "nobody was asked");
        assert!(daemon.is_none_or(|daemon| daemon.terminate() == Some(0)));
    }
}

#[test]
fn a_first_poll_needs_no_daemon() {
    let paper = paper_with(5);
    let desk = desk(&paper);
    let polled = desk.bantin(&["poll", "bao/xa-hoi"]);
    assert_eq!(polled.status.code(), Some(0), "{}", text(&polled.stderr));
    assert!(text(&polled.stdout).starts_with("bao/xa-hoi: 5 entries, 5 new, "), "{}", text(&polled.stdout));
    assert!(text(&polled.stdout).contains("next poll "));
    let near = desk.bantin(&["poll", "bao/xa-hio"]);
    assert_eq!(near.status.code(), Some(64));
    assert!(text(&near.stderr).contains("did you mean bao/xa-hoi?"), "{}", text(&near.stderr));
    assert!(text(&near.stderr).contains("`bantin status`"), "{}", text(&near.stderr));
}

#[test]
fn a_dry_run_shows_what_would_be_and_keeps_that_it_asked_alone() {
    for runs in [false, true] {
        let paper = paper_with(5);
        let desk = desk(&paper);
        assert!(desk.bantin(&["once"]).status.success());
        an_hour_later(&desk);
        let edited = section(7).replace(&title(3), "Bản làng số 3 lùi ngày hội xuống đồng sang tháng sau");
        paper.put("/xa-hoi.html", edited);
        let feed = desk.published("bao/xa-hoi.rss");
        let daemon = runs.then(|| Daemon::start(&desk));
        let (lists, before) = (asked(&paper, "/xa-hoi.html"), json(&desk.bantin(&["status", "--json"])));
        let tried = desk.bantin(&["poll", "bao/xa-hoi", "--dry-run", "--json"]);
        let told = json(&tried);
        assert_eq!(tried.status.code(), Some(0), "{told:#}");
        assert_eq!((&told["new"], &told["changed"], &told["entries"]), (&2.into(), &1.into(), &7.into()), "{told:#}");
        let fate = |of: &str| told["items"].as_array().expect("items").iter().filter(|item| item["fate"] == of).count();
        assert_eq!((fate("new"), fate("changed"), fate("held")), (2, 1, 0), "{told:#}");
        assert_eq!(asked(&paper, "/xa-hoi.html"), lists + 1, "it is a request");

        let again = desk.bantin(&["poll", "bao/xa-hoi"]);
        assert_eq!(again.status.code(), Some(75), "and counts as one: {}", text(&again.stdout));
        let after = json(&desk.bantin(&["status", "--json"]));
        let of = |status: &Value, key: &str| status["sources"][0][key].clone();
        for kept in ["items", "state", "last_success", "last_change", "kept_documents"] {
            assert_eq!(of(&before, kept), of(&after, kept), "{kept}");
        }
        assert_ne!(of(&before, "last_poll"), of(&after, "last_poll"));
        assert!(of(&after, "next_poll").as_str() > of(&after, "last_poll").as_str());
        assert_eq!((before["revision"].clone(), items(&desk)), (after["revision"].clone(), 5));
        assert!(daemon.is_none_or(|daemon| daemon.terminate() == Some(0)));
        // the next round of publishing may name an archive at the feed's head
        let items_of = |feed: &str| feed.split_once("<item>").map(|(_, items)| items.to_owned());
        assert_eq!(items_of(&desk.published("bao/xa-hoi.rss")), items_of(&feed));

        // what it saw is still news to the poll that comes
        an_hour_later(&desk);
        let polled = json(&desk.bantin(&["poll", "bao/xa-hoi", "--json"]));
        assert_eq!((&polled["new"], &polled["changed"], &polled["outcome"]), (&2.into(), &1.into(), &"read".into()));
    }
}

#[test]
fn a_dry_run_says_what_would_be_held() {
    let paper = paper_with(5);
    let desk = desk(&paper);
    assert!(desk.bantin(&["once"]).status.success());
    an_hour_later(&desk);
    let mut page = section(9);
    for number in 1..=9 {
        page = page.replace(&path_of(number), &format!("/t/{number}"));
        page = page.replace(&title(number), &format!("Tin vắn số {number} trong ngày của tỉnh"));
    }
    paper.put("/xa-hoi.html", page);
    let tried = desk.bantin(&["poll", "bao/xa-hoi", "--dry-run"]);
    let shown = text(&tried.stdout);
    assert!(shown.contains("9 would be new (9 held)"), "{shown}{}", text(&tried.stderr));
    assert!(shown.contains("  held      Tin vắn số 9"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let state = &json(&desk.bantin(&["status", "--json"]))["sources"][0]["state"];
    assert_eq!(state, "ok", "{shown}");
    let _ = fs::metadata(desk.file("bao/xa-hoi.rss")).expect("as it was");
}

/// Each command that prints for programs, its exit code, and a key of what it prints.
const FOR_PROGRAMS: &[(&[&str], i32, &str)] = &[
    (&["check"], 0, "papers"),
    (&["once"], 0, "sources"),
    (&["status"], 0, "sources"),
    (&["doctor"], 0, "checks"),
    (&["plan"], 0, "feeds"),
    (&["search", "bản", "làng"], 0, ""),
    (&["poll", "bao/xa-hoi"], 75, "error"),
    (&["release", "bao/xa-hoi"], 0, "published"),
    (&["replay"], 0, "same"),
    (&["withdraw", "tag:bao.example,2026:bao/none"], 64, "error"),
    (&["reload"], 69, "error"),
    (&["backup", "copy.db"], 0, "bytes"),
    (&["restore", "copy.db"], 0, "kept"),
    (&["restore"], 64, "error"),
    (&["opml", "import", "feeds.opml"], 0, "configuration"),
    (&["opml", "import", "none.opml"], 65, "error"),
    (&["probe", "http://127.0.0.1:1/"], 69, "error"),
];

#[test]
fn every_command_that_reports_prints_one_document_for_programs() {
    let paper = paper_with(5);
    let desk = desk(&paper);
    let opml = "<opml version='2.0'><body><outline text='A' xmlUrl='https://a.example/1.rss'/></body></opml>";
    fs::write(desk.folder.path().join("feeds.opml"), opml).expect("a list");
    for (command, code, key) in FOR_PROGRAMS {
        let output = desk.bantin(&[*command, &["--json"]].concat());
        let printed = json(&output);
        assert_eq!(output.status.code(), Some(*code), "{command:?}: {printed:#}{}", text(&output.stderr));
        assert!(
            key.is_empty() && printed.is_array() || !printed[key].is_null() || *key == "kept",
            "{command:?}: {printed:#}"
        );
        if *key == "error" {
            assert_eq!(printed["error"]["exit_code"], *code, "{printed:#}");
            assert!(printed["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{printed:#}");
            assert!(text(&output.stderr).contains("bantin: "), "people are told as well: {}", text(&output.stderr));
        } else {
            assert!(!text(&output.stderr).contains("bantin: "), "{command:?}: {}", text(&output.stderr));
        }
        let help =
            text(&desk.bantin(&[&command[..1 + usize::from(command[0] == "opml")], &["--help"]].concat()).stdout);
        assert!(help.contains("--json"), "{command:?}: {help}");
    }
}

#[test]
fn check_tells_programs_where_each_problem_is() {
    let paper = paper_with(1);
    let desk = desk(&paper);
    let file = desk.folder.path().join("bantin.toml");
    let good = fs::read_to_string(&file).expect("a configuration");
    let bad = good.replace("per-host-delay = \"0s\"", "per-hsot-delay = \"0s\"\ntimeout = 3") + "every = \"soon\"\n";
    fs::write(&file, bad).expect("a configuration");
    let output = desk.bantin(&["check", "--json"]);
    let found = json(&output);
    assert_eq!((output.status.code(), &found["good"]), (Some(78), &false.into()));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    let problems = found["problems"].as_array().expect("problems");
    let stated: Vec<_> = problems
        .iter()
        .map(|p| (p["file"].as_str(), p["line"].as_u64(), p["column"].as_u64(), p["key"].as_str().unwrap_or_default()))
        .collect();
    let at = |line, column, key| (Some("bantin.toml"), Some(line), Some(column), key);
    assert_eq!(
        stated,
        [at(7, 1, "fetch.per-hsot-delay"), at(8, 11, "fetch.timeout"), at(16, 9, "paper.section.every")],
        "{found:#}"
    );
    assert!(problems.iter().all(|p| !p["help"].as_str().unwrap_or_default().is_empty()), "{found:#}");
    let elsewhere = json(&desk.bantin(&["status", "--json"]));
    assert_eq!((&elsewhere["error"]["exit_code"], &elsewhere["error"]["problems"]), (&78.into(), &found["problems"]));
}

#[test]
fn errors_say_what_to_do_next() {
    let paper = paper_with(2);
    let desk = desk(&paper);
    let said = |arguments: &[&str]| {
        let output = desk.bantin(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        text(&output.stderr)
    };
    let missing = said(&["status"]);
    assert!(missing.contains("help: ") && missing.contains("`bantin once`"), "{missing}");
    let unheard = said(&["reload"]);
    assert!(unheard.contains("help: start it: `systemctl start bantin`, or `bantin run`"), "{unheard}");
    assert!(desk.bantin(&["once"]).status.success());
    for unknown in [&["release", "bao/xa-hio"][..], &["replay", "bao/xa-hio"], &["plan", "--source", "bao/xa-hio"]] {
        let said = said(unknown);
        assert!(said.contains("did you mean bao/xa-hoi?"), "{unknown:?}: {said}");
    }
    let daemon = Daemon::start(&desk);
    let locked = said(&["once"]);
    assert!(locked.contains(&format!("process {}", daemon.child.id())), "{locked}");
    assert!(locked.contains("help: `bantin status` shows what it does"), "{locked}");
    assert_eq!(daemon.terminate(), Some(0));
    fs::write(desk.folder.path().join("state/bantin.db"), [0x42; 20_000]).expect("a write");
    let damaged = said(&["status"]);
    assert!(damaged.contains("`bantin doctor`") && damaged.contains("`bantin restore`"), "{damaged}");
}
