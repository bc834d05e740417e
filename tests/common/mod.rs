//! A paper on loopback, and the real binary in a folder of its own: what the tests of whole runs share.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

/// A paper on loopback: fixed pages, and a record of what was asked for.
pub(crate) struct Paper {
    pub(crate) home: String,
    pages: Arc<Mutex<HashMap<String, String>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Paper {
    pub(crate) fn print() -> Self {
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

    pub(crate) fn put(&self, path: &str, page: String) {
        self.pages.lock().expect("lock").insert(path.to_owned(), page);
    }

    pub(crate) fn remove(&self, path: &str) {
        self.pages.lock().expect("lock").remove(path);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
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

pub(crate) fn title(number: usize) -> String {
    format!("Bản làng số {number} vui ngày hội xuống đồng đầu năm mới")
}

pub(crate) fn path_of(number: usize) -> String {
    format!("/xa-hoi/ban-lang-so-{number}-vui-ngay-hoi-xuong-dong-Ab{number}dEf9hK.html")
}

pub(crate) fn section(articles: usize) -> String {
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

pub(crate) fn article(number: usize) -> String {
    format!(
        "<!doctype html><html lang=\"vi\"><title>{0}</title><script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\
         \"headline\":\"{0}\",\"datePublished\":\"2026-02-1{number}T08:30:00+07:00\",\"author\":{{\"@type\":\"Person\",\"name\":\"Lò Minh\"}}}}\
         </script><h1>{0}</h1><p>{1}</p></html>",
        title(number),
        "Người dân các bản cùng nhau xuống đồng, mở đầu một năm làm ăn mới. ".repeat(8)
    )
}

/// A folder with a configuration, and the binary to try it with.
pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new(paper: &Paper, sections: &[(&str, &str)]) -> Self {
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

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.args(arguments).args(["--config", "bantin.toml"]).current_dir(self.folder.path());
        command.env_remove("BANTIN_CONFIG").stdin(Stdio::null());
        command
    }

    pub(crate) fn bantin(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    pub(crate) fn published(&self, path: &str) -> String {
        fs::read_to_string(self.file(path)).expect("a published file")
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("public").join(path)
    }
}

/// A running daemon, killed at the latest with the test.
pub(crate) struct Daemon {
    pub(crate) child: Child,
    address: String,
}

impl Daemon {
    pub(crate) fn start(desk: &Desk) -> Self {
        Self::of(desk.command(&["run", "--listen", "127.0.0.1:0"]))
    }

    /// Waits until it is ready.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("the ready line");
        let address = line.trim().strip_prefix("listening on ").expect("the ready line").trim_end_matches('/');
        Self { address: address.trim_start_matches("http://").to_owned(), child }
    }

    /// Where it serves.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> String {
        text(&self.ask(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")))
    }

    /// The bytes of the answer, head and all.
    pub(crate) fn ask(&self, request: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        answer
    }

    pub(crate) fn terminate(mut self) -> Option<i32> {
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

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn paper_with(articles: usize) -> Paper {
    let paper = Paper::print();
    paper.put("/xa-hoi.html", section(articles));
    (1..=articles).for_each(|n| paper.put(&path_of(n), article(n)));
    paper
}
