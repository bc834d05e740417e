//! Operators are told of trouble, through the real binary: each kind once when it begins and once when it is over, by every way.

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::{Daemon, Desk, Paper, article, paper_with, path_of, section, text, title};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const SECTION: &str = "/xa-hoi.html";

/// A desk that polls as often as it may and is told by a program that writes down what it reads.
fn desk_of(paper: &Paper, sections: &[(&str, &str)], alerts: &str) -> Desk {
    let desk = Desk::new(paper, sections);
    edit(&desk, |text| {
        let text =
            text.replace("[fetch]\n", "[fetch]\nmin-interval = \"1s\"\n").replace("\nurl =", "\nevery = \"1s\"\nurl =");
        format!("{text}[[alert]]\ncommand = [\"/bin/sh\", \"-c\", \"cat >> told.json\"]\n{alerts}")
    });
    desk
}

fn edit(desk: &Desk, with: impl Fn(String) -> String) {
    let file = desk.folder.path().join("bantin.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    fs::write(file, with(text)).expect("a configuration");
}

/// What the program was told, one alert after the other.
fn told(desk: &Desk) -> Vec<Value> {
    let lines = fs::read_to_string(desk.folder.path().join("told.json")).unwrap_or_default();
    let message = |line: &str| serde_json::from_str::<Value>(line).ok();
    let alerts = |message: Value| message["data"]["alerts"].as_array().cloned().unwrap_or_default();
    lines.lines().filter_map(message).flat_map(alerts).collect()
}

/// Kind and source of what was told, `-` before what is over.
fn words(desk: &Desk) -> Vec<String> {
    let word = |alert: &Value| {
        let over = if alert["until"].is_null() { "" } else { "-" };
        let source = alert["source"].as_str().map_or_else(String::new, |source| format!(" {source}"));
        format!("{over}{}{source}", alert["kind"].as_str().expect("a kind"))
    };
    told(desk).iter().map(word).collect()
}

fn until<T: std::fmt::Debug>(look: impl Fn() -> T, is_good: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = look();
        if is_good(&found) {
            return found;
        }
        assert!(Instant::now() < deadline, "it stays as it is: {found:#?}");
        std::thread::yield_now();
    }
}

fn until_told(desk: &Desk, want: &[&str]) {
    until(|| words(desk), |words| words.len() >= want.len());
    assert_eq!(words(desk), want);
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("an answer").1
}

fn status(daemon: &Daemon) -> Value {
    serde_json::from_str(body(&daemon.get("/status.json"))).expect("JSON")
}

fn polls(daemon: &Daemon) -> u64 {
    status(daemon)["sources"][0]["polls"].as_u64().expect("a number")
}

#[test]
fn a_source_that_fails_is_told_within_two_polls_once_and_cleared() {
    let paper = paper_with(5);
    let desk = desk_of(&paper, &[("Xã hội", SECTION)], "");
    let daemon = Daemon::start(&desk);
    until(|| daemon.get("/bao/xa-hoi.rss"), |feed| feed.contains(&title(5)));
    paper.remove(SECTION);
    let failed = until(|| status(&daemon), |status| status["sources"][0]["failures"].as_u64() >= Some(1));
    until_told(&desk, &["failing bao/xa-hoi"]);
    let first = failed["sources"][0]["polls"].as_u64().expect("a number");
    assert!(polls(&daemon) <= first + 1, "told behind the second poll that failed");
    let alert = &told(&desk)[0];
    assert_eq!((&alert["stage"], &alert["until"]), (&"fetch".into(), &Value::Null), "{alert:#}");
    assert!(alert["what"].as_str().is_some_and(|what| what.contains("404")), "{alert:#}");
    assert_eq!(alert["remedy"], "see what comes now: bantin poll bao/xa-hoi --dry-run");
    assert!(alert["url"].as_str().is_some_and(|url| url.ends_with(SECTION)) && alert["expected"].is_string());

    // operators see it wherever they look
    let shown = until(|| status(&daemon), |status| status["alerts"][0].is_object());
    assert_eq!(
        (&shown["alerts"][0]["id"], &shown["alerts"][0]["kind"]),
        (&alert["id"], &"failing".into()),
        "{shown:#}"
    );
    assert!(daemon.get("/metrics").contains("bantin_alerts{kind=\"failing\"} 1\n"));
    assert!(daemon.get("/status").contains("What to do: see what comes now"));
    let begun = daemon.get("/alerts.atom");
    assert!(begun.contains("application/atom+xml") && begun.contains("failing bao/xa-hoi: "), "{begun}");
    let printed = text(&desk.bantin(&["status"]).stdout);
    assert!(printed.contains("alert since") && printed.contains("to do: see what comes now"), "{printed}");
    assert!(printed.lines().all(|line| line.chars().count() <= 80), "{printed}");

    // a restart tells nothing twice, and what ended meanwhile
    assert_eq!(daemon.terminate(), Some(0));
    let daemon = Daemon::start(&desk);
    until(|| status(&daemon), |status| status["sources"][0]["failures"].as_u64() >= Some(3));
    assert_eq!(words(&desk), ["failing bao/xa-hoi"]);
    assert_eq!(daemon.terminate(), Some(0));
    paper.put(SECTION, section(5));
    let daemon = Daemon::start(&desk);
    until_told(&desk, &["failing bao/xa-hoi", "-failing bao/xa-hoi"]);
    assert_eq!(told(&desk)[1]["id"], told(&desk)[0]["id"], "the same alert");
    until(|| daemon.get("/metrics"), |metrics| metrics.contains("bantin_alerts{kind=\"failing\"} 0\n"));
    let over = until(|| daemon.get("/alerts.atom"), |feed| feed.contains("over: failing bao/xa-hoi: "));
    assert!(over.matches("<entry>").count() == 1, "{over}");
}

#[test]
fn drift_and_held_items_are_told_and_cleared() {
    let paper = paper_with(5);
    let desk = desk_of(&paper, &[("Xã hội", SECTION)], "");
    let daemon = Daemon::start(&desk);
    until(|| daemon.get("/bao/xa-hoi.rss"), |feed| feed.contains(&title(5)));
    let nothing =
        "<!doctype html><title>Xã hội</title><h1>Xã hội</h1><p>Trang đang được nâng cấp, mời bạn quay lại.</p>";
    paper.put(SECTION, nothing.to_owned());
    until_told(&desk, &["drift bao/xa-hoi"]);
    let remedy = told(&desk)[0]["remedy"].to_string();
    assert!(remedy.contains("bantin probe http"), "{remedy}");
    paper.put(SECTION, section(5));
    until_told(&desk, &["drift bao/xa-hoi", "-drift bao/xa-hoi"]);

    let mut page = section(9);
    for number in 1..=9 {
        let (address, now) = (format!("/t/{number}"), format!("Tin vắn số {number} trong ngày của tỉnh"));
        page = page.replace(&path_of(number), &address).replace(&title(number), &now);
        paper.put(&address, article(number).replace(&title(number), &now));
    }
    paper.put(SECTION, page);
    until_told(&desk, &["drift bao/xa-hoi", "-drift bao/xa-hoi", "held bao/xa-hoi"]);
    assert!(told(&desk)[2]["remedy"].to_string().contains("bantin release bao/xa-hoi"));
    assert!(desk.bantin(&["release", "bao/xa-hoi"]).status.success());
    until_told(&desk, &["drift bao/xa-hoi", "-drift bao/xa-hoi", "held bao/xa-hoi", "-held bao/xa-hoi"]);
    drop(daemon);
}

#[test]
fn a_server_that_is_down_is_one_outage() {
    let paper = paper_with(5);
    paper.put("/kinh-te.html", section(5));
    paper.put("/thoi-su.html", section(5));
    let sections = [("Xã hội", SECTION), ("Kinh tế", "/kinh-te.html"), ("Thời sự", "/thoi-su.html")];
    let desk = desk_of(&paper, &sections, "");
    let daemon = Daemon::start(&desk);
    let well = |status: &Value| (0..3).all(|n| status["sources"][n]["state"] == "ok");
    until(|| status(&daemon), well);
    sections.iter().for_each(|(_, path)| paper.remove(path));
    until_told(&desk, &["outage"]);
    let alert = &told(&desk)[0];
    assert!(alert["what"].as_str().is_some_and(|what| what.contains("nothing of bao can be fetched")), "{alert:#}");
    until(|| status(&daemon), |status| (0..3).all(|n| status["sources"][n]["failures"].as_u64() >= Some(2)));
    sections.iter().for_each(|(_, path)| paper.put(path, section(6)));
    until(|| status(&daemon), well);
    until_told(&desk, &["outage", "-outage"]);
}

/// The record of a bulletin that came each morning for four weeks, and last came yesterday.
fn has_a_habit(desk: &Desk) {
    let db = rusqlite::Connection::open(desk.folder.path().join("state/bantin.db")).expect("the database");
    let now = chrono::Utc::now();
    let day = chrono::Datelike::num_days_from_ce(&now.with_timezone(&chrono_tz::Asia::Ho_Chi_Minh));
    let days: Vec<i16> = std::iter::once(-1).chain([300; 27]).collect();
    let last = now - chrono::TimeDelta::days(3);
    let record = serde_json::json!({
        "day": day, "days": days, "last": last, "gaps": 27, "longest": 1500, "recent": vec![1440; 8],
    });
    let sql = "update poll set state = json_set(state, '$.arrivals', json(?1))";
    assert_eq!(db.execute(sql, [record.to_string()]).expect("a record"), 1);
}

#[test]
fn a_silence_against_the_habit_is_told_and_news_ends_it() {
    let paper = paper_with(5);
    let desk = desk_of(&paper, &[("Xã hội", SECTION)], "");
    assert!(desk.bantin(&["once"]).status.success());
    has_a_habit(&desk);
    let _daemon = Daemon::start(&desk);
    until_told(&desk, &["silent bao/xa-hoi"]);
    let what = told(&desk)[0]["what"].to_string();
    assert!(what.contains("nothing new since") && what.contains("+07:00"), "{what}");
    paper.put(&path_of(6), article(6));
    paper.put(SECTION, section(6));
    until_told(&desk, &["silent bao/xa-hoi", "-silent bao/xa-hoi"]);
}

#[test]
fn what_cannot_be_stored_is_told_and_cleared() {
    let paper = paper_with(5);
    let desk = desk_of(&paper, &[("Xã hội", SECTION)], "");
    let daemon = Daemon::start(&desk);
    until(|| daemon.get("/bao/xa-hoi.rss"), |feed| feed.contains(&title(5)));
    let (folder, aside) = (desk.folder.path().join("public"), desk.folder.path().join("aside"));
    fs::rename(&folder, &aside).expect("a move");
    fs::write(&folder, "a file in the place of the folder").expect("a file");
    paper.put(&path_of(6), article(6));
    paper.put(SECTION, section(6));
    until_told(&desk, &["storage"]);
    until(|| daemon.get("/bao/xa-hoi.rss"), |feed| feed.contains(&title(6)));
    fs::remove_file(&folder).expect("away");
    fs::rename(&aside, &folder).expect("back");
    until_told(&desk, &["storage", "-storage"]);
}

#[test]
fn a_document_that_is_held_back_is_told_and_cleared() {
    let paper = paper_with(5);
    let desk = desk_of(&paper, &[("Xã hội", SECTION)], "kinds = [\"publication\", \"storage\"]\n");
    assert!(desk.bantin(&["once"]).status.success());
    let db = rusqlite::Connection::open(desk.folder.path().join("state/bantin.db")).expect("the database");
    let forge = |guid: &str| {
        db.execute("update item set guid = ?1 where id = 3", [guid]).expect("a forgery");
    };
    let good: String = db.query_row("select guid from item where id = 3", [], |row| row.get(0)).expect("a guid");
    forge("");
    let _daemon = Daemon::start(&desk);
    paper.put(&path_of(6), article(6));
    paper.put(SECTION, section(6));
    let begun = until(|| words(&desk), |words| !words.is_empty());
    assert!(begun.iter().all(|word| word == "publication"), "{begun:?}");
    forge(&good);
    paper.put(&path_of(7), article(7));
    paper.put(SECTION, section(7));
    let over = until(|| words(&desk), |words| words.len() == 2 * begun.len());
    assert!(over[begun.len()..].iter().all(|word| word == "-publication"), "{over:?}");
}

/// A receiver on loopback that answers each post with the next of these, then with 204.
fn receiver(answers: Vec<u16>) -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let (tell, posts) = channel();
    std::thread::spawn(move || {
        let mut answers = answers.into_iter();
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {
                let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
                length = line.strip_prefix("content-length:").map_or(length, |n| n.trim().parse().expect("a length"));
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let status = answers.next().unwrap_or(204);
            let _ = write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            let _ = tell.send((head, text(&body)));
        }
    });
    (address, posts)
}

#[test]
fn webhook_and_mail_say_the_same_and_a_receiver_that_fails_is_told_again() {
    let paper = paper_with(5);
    let (address, posts) = receiver(vec![500]);
    let desk = desk_of(
        &paper,
        &[("Xã hội", SECTION)],
        &format!(
            "[[alert]]\nurl = \"{address}\"\nsecret = {{ file = \"secret\" }}\n\
             [[alert]]\nmail = [\"a@b.vn\"]\nfrom = \"bantin@b.vn\"\nsendmail = [\"/bin/sh\", \"-c\", \"cat >> mail\"]\n"
        ),
    );
    fs::write(desk.folder.path().join("secret"), "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n").expect("a secret");
    let daemon = Daemon::start(&desk);
    until(|| daemon.get("/bao/xa-hoi.rss"), |feed| feed.contains(&title(5)));
    paper.put(SECTION, "<!doctype html><title>Xã hội</title><p>Trang đang được nâng cấp.</p>".to_owned());
    let (refused, again) =
        (posts.recv_timeout(PATIENCE).expect("a post"), posts.recv_timeout(PATIENCE).expect("a post"));
    let header = |head: &str, name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(name)).expect(name);
        line.split_once(": ").expect(name).1.to_owned()
    };
    assert_eq!(header(&refused.0, "webhook-id"), header(&again.0, "webhook-id"), "known again");
    assert!(header(&again.0, "webhook-signature").starts_with("v1,"));
    let of_hook: Value = serde_json::from_str(&again.1).expect("JSON");
    until_told(&desk, &["drift bao/xa-hoi"]);
    assert_eq!(of_hook["data"]["alerts"][0], told(&desk)[0]);
    let mail = until(
        || fs::read_to_string(desk.folder.path().join("mail")).unwrap_or_default(),
        |mail| mail.contains("to do: see what the page is read as"),
    );
    assert!(mail.contains("From: <bantin@b.vn>\n") && mail.contains("To: <a@b.vn>\n"), "{mail}");
    assert!(mail.contains("bantin:_drift_bao/xa-hoi") && mail.contains("\n  to do: "), "{mail}");
}

#[test]
fn a_webhook_of_changes_that_fails_is_told_and_cleared() {
    let paper = paper_with(5);
    let (address, posts) = receiver(vec![500]);
    let desk = desk_of(
        &paper,
        &[("Xã hội", SECTION)],
        &format!("[[webhook]]\nurl = \"{address}\"\nsecret = {{ file = \"secret\" }}\n"),
    );
    fs::write(desk.folder.path().join("secret"), "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n").expect("a secret");
    let daemon = Daemon::start(&desk);
    until(|| daemon.get("/bao/xa-hoi.rss"), |feed| feed.contains(&title(5)));
    paper.put(&path_of(6), article(6));
    paper.put(SECTION, section(6));
    posts.recv_timeout(PATIENCE).expect("a post");
    until_told(&desk, &["webhook", "-webhook"]);
    let alert = told(&desk)[0].to_string();
    assert!(alert.contains("127.0.0.1") && !alert.contains("/hook"), "the address may be a secret: {alert}");
}
