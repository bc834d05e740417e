//! The main job through the real binary: sections in, feeds out, and nothing lost in between.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

/// A paper on loopback: fixed pages, and a record of what was asked for.
struct Paper {
    home: String,
    pages: Arc<Mutex<HashMap<String, String>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Paper {
    fn print() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let home = format!("http://{}", listener.local_addr().expect("an address"));
        let (pages, asked) = (Arc::new(Mutex::new(HashMap::new())), Arc::new(Mutex::new(Vec::new())));
        let paper = Self { home, pages: Arc::clone(&pages), asked: Arc::clone(&asked) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &pages, &asked);
            }
        });
        paper
    }

    fn put(&self, path: &str, page: String) {
        self.pages.lock().expect("lock").insert(path.to_owned(), page);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("lock").clone()
    }
}

fn answer(mut stream: TcpStream, pages: &Mutex<HashMap<String, String>>, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().expect("lock").push(path.clone());
    let (status, body) = match pages.lock().expect("lock").get(&path) {
        Some(page) => ("200 OK", page.clone()),
        None => ("404 Not Found", String::new()),
    };
    let head = "Content-Type: text/html; charset=utf-8\r\nConnection: close\r\nETag: \"1\"";
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
}

fn title(number: usize) -> String {
    format!("Bản làng số {number} vui ngày hội xuống đồng đầu năm mới")
}

fn path_of(number: usize) -> String {
    format!("/xa-hoi/ban-lang-so-{number}-vui-ngay-hoi-xuong-dong-Ab{number}dEf9hK.html")
}

fn section(articles: usize) -> String {
    let story = |n: usize| {
        format!(
            "<article><h2><a href=\"{}\">{}</a></h2><p>Tóm tắt bài số {n} về ngày hội.</p></article>",
            path_of(n),
            title(n)
        )
    };
    let stories: String = (1..=articles).rev().map(story).collect();
    format!(
        "<!doctype html><html lang=\"vi\"><title>Xã hội</title><nav><a href=\"/lien-he.html\">Liên hệ</a></nav><h1>Xã hội</h1><main>{stories}</main></html>"
    )
}

fn article(number: usize) -> String {
    format!(
        "<!doctype html><html lang=\"vi\"><title>{0}</title><script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\
         \"headline\":\"{0}\",\"datePublished\":\"2026-02-1{number}T08:30:00+07:00\",\"author\":{{\"@type\":\"Person\",\"name\":\"Lò Minh\"}}}}\
         </script><h1>{0}</h1><p>{1}</p></html>",
        title(number),
        "Người dân các bản cùng nhau xuống đồng, mở đầu một năm làm ăn mới. ".repeat(8)
    )
}

/// A folder with a configuration, and the binary to try it with.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(paper: &Paper, sections: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut text = format!(
            "state-dir = \"state\"\npublish-dir = \"public\"\nbase-url = \"https://feeds.example.vn/\"\n\
             contact = \"https://feeds.example.vn/\"\n[fetch]\nallow-networks = [\"127.0.0.0/8\"]\nper-host-delay = \"0s\"\n\
             [[paper]]\nid = \"bao\"\ntitle = \"Báo Mẫu\"\nhome = \"{}/\"\n",
            paper.home
        );
        for (title, path) in sections {
            text += &format!("[[paper.section]]\ntitle = \"{title}\"\nurl = \"{}{path}\"\n", paper.home);
        }
        fs::write(folder.path().join("bantin.toml"), text).expect("a configuration");
        Self { folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.args(arguments).args(["--config", "bantin.toml"]).current_dir(self.folder.path());
        command.env_remove("BANTIN_CONFIG").stdin(Stdio::null());
        command
    }

    fn bantin(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    fn published(&self, path: &str) -> String {
        fs::read_to_string(self.file(path)).expect("a published file")
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("public").join(path)
    }
}

/// A running daemon, killed at the latest with the test.
struct Daemon {
    child: Child,
    address: String,
}

impl Daemon {
    fn start(desk: &Desk) -> Self {
        let mut child = desk
            .command(&["run", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("the ready line");
        let address = line.trim().strip_prefix("listening on http://").expect("the ready line").trim_end_matches('/');
        Self { address: address.to_owned(), child }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn terminate(mut self) -> Option<i32> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill");
        self.child.wait().expect("its end").code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn paper_with(articles: usize) -> Paper {
    let paper = Paper::print();
    paper.put("/xa-hoi.html", section(articles));
    (1..=articles).for_each(|n| paper.put(&path_of(n), article(n)));
    paper
}

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
