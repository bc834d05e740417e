//! The daemon as a pair of processes, through the real binary: what one polls and publishes, the other serves, which writes
//! nothing and reaches nobody.

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::{Daemon, Desk, Paper, article, paper_with, path_of, section, text, title};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use url::Url;

const PATIENCE: Duration = Duration::from_secs(10);
const FEED: &str = "/bao/xa-hoi.rss";

/// A desk that polls as often as it may.
fn desk_of(paper: &Paper) -> Desk {
    let desk = Desk::new(paper, &[("Xã hội", "/xa-hoi.html")]);
    edit(&desk, |text| {
        text.replace("[fetch]\n", "[fetch]\nmin-interval = \"1s\"\n").replace("\nurl =", "\nevery = \"1s\"\nurl =")
    });
    desk
}

fn edit(desk: &Desk, with: impl Fn(String) -> String) {
    let file = desk.folder.path().join("bantin.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    fs::write(file, with(text)).expect("a configuration");
}

fn poll(desk: &Desk) -> Daemon {
    Daemon::of(desk.command(&["run", "--only", "poll"]))
}

fn serve(desk: &Desk) -> Daemon {
    Daemon::of(desk.command(&["run", "--only", "serve", "--listen", "127.0.0.1:0"]))
}

/// Asks for a path until the answer is as it should be.
fn until(daemon: &Daemon, path: &str, is_good: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = daemon.get(path);
        if is_good(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{path} stays as it is: {answer}");
    }
}

/// One article more on the paper's page.
fn print(paper: &Paper, articles: usize) {
    paper.put(&path_of(articles), article(articles));
    paper.put("/xa-hoi.html", section(articles));
}

/// Answers to a request for a path in each encoding, without what a moment or a connection says.
fn answers(daemon: &Daemon, path: &str) -> Vec<(Vec<String>, Vec<u8>)> {
    let answer = |coding: &str| {
        let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n");
        let answer = daemon.ask(&ask);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
        let head = text(&answer[..end]);
        let lines = head.lines().filter(|line| !line.starts_with("date:"));
        (lines.map(str::to_owned).collect(), answer[end + 4..].to_vec())
    };
    ["identity", "gzip", "br"].map(answer).to_vec()
}

#[test]
fn a_pair_serves_the_very_answers_of_one_daemon_and_news_as_they_come() {
    let paper = paper_with(4);
    let desk = desk_of(&paper);
    let (polling, serving) = (poll(&desk), serve(&desk));
    until(&serving, FEED, |feed| feed.contains(&title(4)));
    assert!(serving.get("/readyz").starts_with("HTTP/1.1 200 "));
    print(&paper, 5);
    until(&serving, FEED, |feed| feed.contains(&title(5)));
    until(&serving, "/status.json", |status| status.contains("\"awaiting\": 0"));
    // a round's documents come one after the other
    for path in ["/", "/bao/xa-hoi.atom", "/bao/xa-hoi.json", "/bao/xa-hoi.html"] {
        until(&serving, path, |document| document.contains(&title(5)));
    }
    assert!(serving.get("/metrics/poller").contains("bantin_polls_total"));
    assert_eq!(polling.terminate(), Some(0));
    assert!(!desk.folder.path().join("state/serve.sock").exists(), "the socket goes with its process");

    let paths = ["/", "/feeds.opml", FEED, "/bao/xa-hoi.atom", "/bao/xa-hoi.json", "/bao/xa-hoi.html", "/bao.html"];
    let others = ["/bao/changes", "/search?q=hoi", "/search.rss?q=hoi", "/healthz", "/hub/", "/favicon.ico", "/nope"];
    let of_pair: Vec<_> = paths.iter().chain(&others).map(|path| answers(&serving, path)).collect();
    assert_eq!(serving.terminate(), Some(0));
    let one = Daemon::start(&desk);
    for (path, of_pair) in paths.iter().chain(&others).zip(of_pair) {
        let deadline = Instant::now() + PATIENCE;
        // those of the last run are packed with the first round
        while answers(&one, path) != of_pair {
            let (one, pair) = (&answers(&one, path)[1].0, &of_pair[1].0);
            assert!(Instant::now() < deadline, "{path}: {one:?} {pair:?}");
        }
        let is_document = of_pair[0].0[0].starts_with("HTTP/1.1 200 ") && paths.contains(path);
        assert!(!is_document || of_pair[2].0.iter().any(|line| line == "content-encoding: br"), "{path}");
    }
}

#[test]
fn the_serving_half_outlives_the_other_and_says_so() {
    let paper = paper_with(3);
    let desk = desk_of(&paper);
    let (mut polling, serving) = (poll(&desk), serve(&desk));
    let before = until(&serving, FEED, |feed| feed.contains(&title(3)));
    polling.child.kill().expect("a kill");
    polling.child.wait().expect("its end");
    let unready = serving.get("/readyz");
    assert!(unready.starts_with("HTTP/1.1 503 ") && unready.contains("the poller does not run"), "{unready}");
    let hub = text(&serving.ask("POST /hub HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\na"));
    assert!(hub.starts_with("HTTP/1.1 503 ") && hub.contains("retry-after: 30\r\n"), "{hub}");
    let body = |answer: &str| answer.split_once("\r\n\r\n").expect("an answer").1.to_owned();
    assert_eq!(body(&serving.get(FEED)), body(&before));
    for path in ["/search?q=hoi", "/status.json", "/bao/changes", "/metrics", "/healthz"] {
        assert!(serving.get(path).starts_with("HTTP/1.1 200 "), "{path}");
    }

    print(&paper, 4);
    let _polling = poll(&desk);
    until(&serving, FEED, |feed| feed.contains(&title(4)));
    assert!(serving.get("/readyz").starts_with("HTTP/1.1 200 "));
}

/// A subscriber on loopback: confirms what it is asked, and tells the bodies that are delivered.
fn subscriber() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/callback", listener.local_addr().expect("an address"));
    let (tell, delivered) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {
                let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
                length = line.strip_prefix("content-length:").map_or(length, |n| n.trim().parse().expect("a length"));
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let target = Url::parse("http://x").and_then(|x| x.join(head.split(' ').nth(1).unwrap_or_default()));
            let asked: HashMap<_, _> = target.expect("a target").query_pairs().into_owned().collect();
            let challenge = asked.get("hub.challenge").cloned().unwrap_or_default();
            let length = challenge.len();
            let _ =
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{challenge}");
            if head.starts_with("POST") {
                let _ = tell.send(text(&body));
            }
        }
    });
    (address, delivered)
}

#[test]
fn a_subscription_through_the_serving_half_ends_in_deliveries() {
    let paper = paper_with(3);
    let desk = desk_of(&paper);
    let (_polling, serving) = (poll(&desk), serve(&desk));
    until(&serving, FEED, |feed| feed.contains(&title(3)));
    let (callback, delivered) = subscriber();
    let form = format!("hub.mode=subscribe&hub.topic=https://feeds.example.vn{FEED}&hub.callback={callback}");
    let head = "POST /hub HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded";
    let chunked = format!("{head}\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{form}\r\n0\r\n\r\n", form.len());
    let taken = text(&serving.ask(&chunked));
    assert!(taken.starts_with("HTTP/1.1 202 "), "{taken}");
    until(&serving, "/metrics/poller", |metrics| metrics.contains("\nbantin_hub_subscribers 1\n"));
    print(&paper, 4);
    while !delivered.recv_timeout(PATIENCE).expect("a delivery").contains(&title(4)) {}
}

#[test]
fn a_reload_reaches_both_halves_and_a_broken_file_neither() {
    let paper = paper_with(3);
    let desk = desk_of(&paper);
    let (polling, serving) = (poll(&desk), serve(&desk));
    until(&serving, FEED, |feed| feed.contains(&title(3)));
    edit(&desk, |text| text + "[[paper.section]]\ntitle = \"Kinh tế\"\nurl = \"https://bao.example/kinh-te.html\"\n");
    let done = desk.bantin(&["reload"]);
    assert_eq!(text(&done.stdout), "reloaded: 2 sources\nreloaded: 2 sources, serving\n", "{}", text(&done.stderr));
    assert!(serving.get("/status.json").contains("bao/kinh-te"));

    edit(&desk, |text| text.replace("publish-dir", "publsh-dir"));
    let hangup = Command::new("kill").args(["-HUP", &serving.child.id().to_string()]).status();
    assert!(hangup.expect("kill").success());
    assert_eq!(desk.bantin(&["reload"]).status.code(), Some(78));
    assert!(serving.get("/status.json").contains("bao/kinh-te"), "the old one goes on");

    // what the polling half alone was told, the other takes as well
    edit(&desk, |text| text.replace("publsh-dir", "publish-dir").replace("Kinh tế\"", "Thể thao\""));
    drop(polling);
    let _polling = poll(&desk);
    until(&serving, "/status.json", |status| status.contains("bao/the-thao"));
    until(&serving, "/bao/the-thao.rss", |feed| feed.starts_with("HTTP/1.1 200 "));
    until(&serving, "/bao/kinh-te.rss", |feed| feed.starts_with("HTTP/1.1 404 "));

    // a feed that has ended
    edit(&desk, |text| text.replace("title = \"Xã hội\"", "title = \"Đời sống\""));
    assert!(desk.bantin(&["reload"]).status.success());
    until(&serving, FEED, |feed| feed.starts_with("HTTP/1.1 410 "));
}

#[test]
fn the_polling_half_says_what_it_needs_and_lets_no_second_one_in() {
    let paper = paper_with(3);
    let desk = desk_of(&paper);
    let alone = desk.bantin(&["run", "--only", "serve"]);
    assert_eq!(alone.status.code(), Some(73), "{}", text(&alone.stderr));
    let _polling = poll(&desk);
    assert_eq!(desk.bantin(&["run", "--only", "poll"]).status.code(), Some(73));
    edit(&desk, |text| text.replace("publish-dir = \"public\"\n", ""));
    let refused = desk.bantin(&["run", "--only", "poll"]);
    assert_eq!(refused.status.code(), Some(78));
    let said = text(&refused.stderr);
    assert!(said.contains("`publish-dir` is missing") && said.contains("bantin.toml"), "{said}");
}

/// Whether this user may have namespaces of its own.
fn may_unshare() -> bool {
    Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|done| done.status.success())
}

/// The serving half, to which the state folder is read-only.
fn serve_sealed(desk: &Desk) -> Daemon {
    let seal = "mount --bind state state && mount -o remount,ro,bind state && exec \"$0\" \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", seal, env!("CARGO_BIN_EXE_bantin")]);
    command.args(["run", "--only", "serve", "--listen", "127.0.0.1:0", "--config", "bantin.toml"]);
    command.current_dir(desk.folder.path()).env_remove("BANTIN_CONFIG");
    Daemon::of(command)
}

/// Files below the state folder that a process has open for writing.
fn open_for_writing(process: u32, state: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in fs::read_dir(format!("/proc/{process}/fd")).expect("its files").flatten() {
        let Ok(path) = fs::read_link(file.path()) else { continue };
        let info = fs::read_to_string(format!("/proc/{process}/fdinfo/{}", file.file_name().to_string_lossy()));
        let info = info.unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap_or("0").trim();
        if path.starts_with(state) && u32::from_str_radix(flags, 8).expect("flags") & 3 != 0 {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_state_folder_that_cannot_be_written_is_enough_to_serve_from() {
    if !may_unshare() {
        eprintln!("no namespaces here: not tried");
        return;
    }
    let paper = paper_with(3);
    let desk = desk_of(&paper);
    let state = desk.folder.path().join("state");
    // a database at rest, without a log beside it; the writer comes later
    assert!(desk.bantin(&["once"]).status.success());
    let serving = serve_sealed(&desk);
    assert!(serving.get(FEED).contains(&title(3)));
    assert!(serving.get("/search?q=hoi").starts_with("HTTP/1.1 200 "));
    let mut polling = poll(&desk);
    print(&paper, 4);
    until(&serving, FEED, |feed| feed.contains(&title(4)));
    assert!(serving.get("/readyz").starts_with("HTTP/1.1 200 "), "the socket is reached");
    let state = fs::canonicalize(state).expect("the folder");
    assert_eq!(open_for_writing(serving.child.id(), &state), Vec::<String>::new());
    assert!(!open_for_writing(polling.child.id(), &state).is_empty());

    // killed: the log stays as it was, and nobody leads its index
    polling.child.kill().expect("a kill");
    polling.child.wait().expect("its end");
    assert_eq!(serving.terminate(), Some(0));
    let serving = serve_sealed(&desk);
    assert!(serving.get(FEED).contains(&title(4)));
    assert!(serving.get("/search?q=hoi").contains(&title(4)));
    let _polling = poll(&desk);
    print(&paper, 5);
    until(&serving, FEED, |feed| feed.contains(&title(5)));
}

#[test]
fn a_database_put_in_the_place_of_the_old_one_is_served_after_a_start() {
    let paper = paper_with(3);
    let desk = desk_of(&paper);
    assert!(desk.bantin(&["once"]).status.success());
    assert!(desk.bantin(&["backup", "copy.db"]).status.success());
    let mut serving = serve(&desk);
    assert!(desk.bantin(&["restore", "copy.db"]).status.success());
    assert_eq!(serving.child.wait().expect("its end").code(), Some(70), "a service manager starts it again");
    assert!(serve(&desk).get(FEED).contains(&title(3)));
}
