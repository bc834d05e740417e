//! Hubs through the real binary: a push becomes an article on the shelf, and hubs that lie change nothing.

use ring::hmac;
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use url::{Url, form_urlencoded};

/// No step of a test takes longer, however slow the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request that the paper or its hub got.
#[derive(Debug)]
struct Request {
    path: String,
    head: String,
    body: String,
}

impl Request {
    fn form(&self) -> HashMap<String, String> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

/// A paper on loopback with a feed `/NAME.rss` for each name, and a hub `/hub/NAME` for each feed.
struct Paper {
    home: String,
    articles: Arc<Mutex<HashMap<String, usize>>>,
    asked: Receiver<Request>,
}

impl Paper {
    /// `hub` says what the hub of a name answers: status line and headers.
    fn print(hub: fn(&str) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let home = format!("http://{}", listener.local_addr().expect("an address"));
        let articles: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let (tell, asked) = channel();
        let (kept, base) = (Arc::clone(&articles), home.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &base, &kept, hub, &tell);
            }
        });
        Self { home, articles, asked }
    }

    fn publish(&self, name: &str, articles: usize) {
        self.articles.lock().expect("lock").insert(name.to_owned(), articles);
    }

    /// The next request for a path; others are passed over.
    fn next(&self, path: &str) -> Request {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let request =
                self.asked.recv_timeout(left).map_err(|_| format!("nobody asks for {path}")).expect("a request");
            if request.path == path {
                return request;
            }
        }
    }
}

fn answer(
    mut stream: TcpStream,
    home: &str,
    articles: &Mutex<HashMap<String, usize>>,
    hub: fn(&str) -> String,
    tell: &Sender<Request>,
) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let start = head.len();
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
        if let Some(stated) = head[start..].to_ascii_lowercase().strip_prefix("content-length:") {
            length = stated.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let reply = match (path.strip_prefix("/hub/"), path.trim_start_matches('/').strip_suffix(".rss")) {
        (Some(name), _) => format!("{}Content-Length: 0\r\n\r\n", hub(name)),
        (None, Some(name)) => {
            let count = articles.lock().expect("lock").get(name).copied().unwrap_or(0);
            let etag = format!("\"{count}\"");
            if head.contains(&etag) {
                "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned()
            } else {
                let feed = feed(home, name, count);
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: {etag}\r\nConnection: close\r\n\
                     Cache-Control: max-age=1800\r\nLink: <{home}/hub/{name}>; rel=\"hub\", </{name}.rss>; rel=self\r\n\
                     Content-Length: {}\r\n\r\n{feed}",
                    feed.len()
                )
            }
        }
        _ => "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_owned(),
    };
    let _ = stream.write_all(reply.as_bytes());
    let _ = tell.send(Request { path, head, body: String::from_utf8_lossy(&body).into_owned() });
}

fn title(number: usize) -> String {
    format!("Bản làng số {number} vui ngày hội xuống đồng đầu năm mới")
}

fn feed(home: &str, name: &str, articles: usize) -> String {
    let item = |n| format!("<item><title>{}</title><link>{home}/{name}/bai-{n}.html</link></item>", title(n));
    let items: String = (1..=articles).rev().map(item).collect();
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Tin</title>{items}</channel></rss>")
}

/// A folder with a configuration, and an address to serve at.
struct Desk {
    folder: tempfile::TempDir,
    address: String,
}

impl Desk {
    fn new(paper: &Paper, names: &[&str]) -> Self {
        let listener = TcpListener::bind("127.77.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let desk = Self { folder: tempfile::tempdir().expect("a folder"), address };
        desk.configure(paper, names, "");
        desk
    }

    fn configure(&self, paper: &Paper, names: &[&str], fetch: &str) {
        let mut text = format!(
            "state-dir = \"state\"\npublish-dir = \"public\"\nlisten = \"{0}\"\nbase-url = \"http://{0}/\"\ncontact = \"a@f.vn\"\n[fetch]\n\
             allow-networks = [\"127.0.0.0/8\"]\nper-host-delay = \"0s\"\nmin-interval = \"1s\"\n{fetch}\n\
             [[paper]]\nid = \"bao\"\ntitle = \"Báo\"\nhome = \"{1}/\"\nread-articles = false\n",
            self.address, paper.home
        );
        for name in names {
            text += &format!(
                "[[paper.section]]\ntitle = \"{name}\"\nurl = \"{}/{name}.rss\"\nevery = \"1h\"\n",
                paper.home
            );
        }
        fs::write(self.folder.path().join("bantin.toml"), text).expect("a configuration");
    }

    fn run(&self) -> Daemon<'_> {
        self.run_as(&[], &format!("http://{}/", self.address))
    }

    /// The polling and the serving half.
    fn run_pair(&self) -> [Daemon<'_>; 2] {
        let polling = self.run_as(&["--only", "poll"], "unix:state/serve.sock");
        [polling, self.run_as(&["--only", "serve"], &format!("http://{}/", self.address))]
    }

    fn run_as(&self, arguments: &[&str], address: &str) -> Daemon<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command
            .args(["run", "--config", "bantin.toml"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("BANTIN_CONFIG");
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("log"));
        let log = log.expect("a log");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("the ready line");
        assert_eq!(line, format!("listening on {address}\n"));
        Daemon { child, desk: self }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("the log")
    }

    fn send(&self, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
        (head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status"), body.to_owned())
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    /// Asks for a path until what comes is as it should be.
    fn until(&self, path: &str, is_good: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, body) = self.get(path);
            if is_good(&body) {
                return body;
            }
            assert!(Instant::now() < deadline, "{path} stays as it is: {body}\n{}", self.log());
        }
    }

    /// What the status says of the subscription of a section, once it is as it should be.
    fn websub(&self, name: &str, is_good: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        let of = |body: &str| -> serde_json::Value {
            let status: serde_json::Value = serde_json::from_str(body).expect("JSON");
            let sources = status["sources"].as_array().expect("sources").clone();
            let id = format!("bao/{name}");
            sources.into_iter().find(|source| source["id"] == id.as_str()).expect("the source")["websub"].clone()
        };
        of(&self.until("/status.json", |body| is_good(&of(body))))
    }
}

/// A running daemon, killed at the latest with the test.
struct Daemon<'a> {
    child: Child,
    desk: &'a Desk,
}

impl Daemon<'_> {
    fn signal(&self, name: &str) {
        Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill");
    }

    fn terminate(mut self) {
        self.signal("-TERM");
        assert_eq!(self.child.wait().expect("its end").code(), Some(0), "{}", self.desk.log());
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a hub was asked for.
struct Subscription {
    path: String,
    topic: String,
    secret: String,
}

impl Subscription {
    fn of(request: &Request) -> Self {
        let form = request.form();
        let callback = Url::parse(&form["hub.callback"]).expect("a callback");
        Self { path: callback.path().to_owned(), topic: form["hub.topic"].clone(), secret: form["hub.secret"].clone() }
    }

    fn verify(&self, desk: &Desk, mode: &str, topic: &str, rest: &str) -> (u16, String) {
        let topic: String = form_urlencoded::byte_serialize(topic.as_bytes()).collect();
        desk.get(&format!("{}?hub.mode={mode}&hub.topic={topic}&hub.challenge=ch4llenge{rest}", self.path))
    }

    fn push(&self, desk: &Desk, secret: &str, body: &str) -> u16 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        let hex: String = hmac::sign(&key, body.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
        let head =
            format!("POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Hub-Signature: sha1={hex}", self.path);
        desk.send(&format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())).0
    }
}

fn accepts(_: &str) -> String {
    "HTTP/1.1 202 Accepted\r\nConnection: close\r\n".to_owned()
}

#[test]
fn push_brings_the_article_and_the_lease_outlives_a_restart_until_it_is_switched_off() {
    let paper = Paper::print(accepts);
    paper.publish("tin", 3);
    let desk = Desk::new(&paper, &["tin"]);
    let daemon = desk.run();
    let request = paper.next("/hub/tin");
    let (form, hub) = (request.form(), Subscription::of(&request));
    assert_eq!(
        (form["hub.mode"].as_str(), form["hub.topic"].as_str()),
        ("subscribe", &*format!("{}/tin.rss", paper.home))
    );
    assert!(form["hub.callback"].starts_with(&format!("http://{}/websub/", desk.address)), "{form:?}");
    assert!(hub.secret.len() >= 32 && hub.secret.len() < 200 && hub.path.len() >= 32 + "/websub/".len());
    assert_eq!(hub.verify(&desk, "subscribe", &hub.topic, "&hub.lease_seconds=864000"), (200, "ch4llenge".to_owned()));
    desk.websub("tin", |websub| websub["state"] == "active");

    paper.publish("tin", 4);
    assert_eq!(hub.push(&desk, &hub.secret, "<rss>an invention of the hub</rss>"), 202);
    let poll = paper.next("/tin.rss");
    assert!(
        poll.head.to_ascii_lowercase().contains("if-none-match: \"3\"\r\n"),
        "a push is a conditional poll: {}",
        poll.head
    );
    let feed = desk.until("/bao/tin.rss", |feed| feed.contains(&title(4)));
    assert!(!feed.contains("invention"), "what is pushed is never read");
    let websub = desk.websub("tin", |websub| websub["pushes"] == 1 && websub["proven"] == true);
    assert!(websub["last_push"].is_string() && websub["lease_until"].is_string(), "{websub}");
    daemon.terminate();

    fs::remove_file(desk.folder.path().join("log")).expect("a log");
    let daemon = desk.run();
    desk.websub("tin", |websub| websub["state"] == "active");
    paper.publish("tin", 5);
    assert_eq!(hub.push(&desk, &hub.secret, ""), 202, "the callback is known again");
    desk.until("/bao/tin.rss", |feed| feed.contains(&title(5)));
    assert!(!desk.log().contains("subscribed at the hub"), "nobody had to ask again: {}", desk.log());

    desk.configure(&paper, &["tin"], "websub = false");
    daemon.signal("-HUP");
    let request = paper.next("/hub/tin");
    assert_eq!(request.form()["hub.mode"], "unsubscribe");
    assert_eq!(hub.verify(&desk, "unsubscribe", &hub.topic, ""), (200, "ch4llenge".to_owned()));
    desk.websub("tin", |websub| websub["state"] == "left");
    assert_eq!(hub.push(&desk, &hub.secret, ""), 410, "a hub that goes on is told");
    let told = [desk.log(), desk.get("/status.json").1, desk.get("/status").1, desk.get("/metrics").1].concat();
    assert!(!told.contains(&hub.secret) && !told.contains(&hub.path), "no secret is told");
    daemon.terminate();
}

#[test]
fn the_serving_half_of_a_pair_hands_pushes_to_the_half_that_polls() {
    let paper = Paper::print(accepts);
    paper.publish("tin", 3);
    let desk = Desk::new(&paper, &["tin"]);
    let [polling, serving] = desk.run_pair();
    let hub = Subscription::of(&paper.next("/hub/tin"));
    assert_eq!(hub.verify(&desk, "subscribe", &hub.topic, "&hub.lease_seconds=864000"), (200, "ch4llenge".to_owned()));
    desk.websub("tin", |websub| websub["state"] == "active");
    paper.publish("tin", 4);
    assert_eq!(hub.push(&desk, &hub.secret, &"<rss/>".repeat(100_000)), 202);
    desk.until("/bao/tin.rss", |feed| feed.contains(&title(4)));
    assert_eq!(desk.get("/websub/nobody").0, 404, "the poller's word");
    polling.terminate();
    assert_eq!(hub.push(&desk, &hub.secret, ""), 503, "a hub tries again");
    serving.terminate();
}

#[test]
fn hubs_that_lie_change_nothing_and_are_told() {
    let paper = Paper::print(|name| match name {
        "astray" => "HTTP/1.1 307 X\r\nLocation: http://10.0.0.1/\r\nConnection: close\r\n".to_owned(),
        "broken" => "HTTP/1.1 500 X\r\nConnection: close\r\n".to_owned(),
        _ => accepts(name),
    });
    let names = ["astray", "broken", "denies", "liar"];
    names.iter().for_each(|name| paper.publish(name, 3));
    let desk = Desk::new(&paper, &names);
    let daemon = desk.run();
    let mut hubs = HashMap::new();
    while !["denies", "liar"].iter().all(|name| hubs.contains_key(*name)) {
        let request = paper.asked.recv_timeout(PATIENCE).expect("a request");
        if let Some(name) = request.path.strip_prefix("/hub/") {
            hubs.insert(name.to_owned(), Subscription::of(&request));
        }
    }
    let (denies, liar) = (&hubs["denies"], &hubs["liar"]);
    assert_eq!(denies.verify(&desk, "denied", &denies.topic, "&hub.reason=no+room%0a").0, 200);
    let denied = desk.websub("denies", |websub| websub["state"] == "denied");
    assert!(denied["problem"].as_str().is_some_and(|problem| problem.contains("no room")), "{denied}");
    let astray = desk.websub("astray", |websub| websub["problem"].is_string());
    assert!(astray["problem"].as_str().is_some_and(|problem| problem.contains("a private address")), "{astray}");
    let broken = desk.websub("broken", |websub| websub["problem"].is_string());
    assert!(broken["problem"].as_str().is_some_and(|problem| problem.contains("answered 500")), "{broken}");

    assert_eq!(liar.verify(&desk, "unsubscribe", &liar.topic, "").0, 404, "never asked");
    assert_eq!(liar.verify(&desk, "subscribe", &denies.topic, "").0, 404, "another topic");
    assert_eq!(desk.get(&format!("/websub/{}?hub.mode=subscribe", "0".repeat(64))).0, 404, "a guessed callback");
    assert_eq!(liar.verify(&desk, "subscribe", &liar.topic, "&hub.lease_seconds=99999999999").0, 200);
    let active = desk.websub("liar", |websub| websub["state"] == "active");
    let until: chrono::DateTime<chrono::Utc> =
        active["lease_until"].as_str().and_then(|at| at.parse().ok()).expect("a lease");
    assert!(until < chrono::Utc::now() + chrono::Duration::days(31), "{until}");

    paper.publish("liar", 4);
    for _ in 0..20 {
        assert_eq!(liar.push(&desk, "a guessed secret", "<rss/>"), 202, "the hub must not learn");
    }
    desk.websub("liar", |websub| websub["ignored"] == 20 && websub["pushes"] == 0);
    assert!(paper.asked.try_iter().all(|request| request.path != "/liar.rss"), "nobody polls for a bad signature");
    paper.publish("liar", 3);
    for _ in 0..200 {
        assert_eq!(liar.push(&desk, &liar.secret, "<rss/>"), 202);
    }
    paper.next("/liar.rss");
    let polls = paper.asked.try_iter().filter(|request| request.path == "/liar.rss").count();
    // each of them doubles the rest until the next
    assert!(polls <= 6, "two hundred pushes made {polls} more polls");
    assert!(!desk.get("/bao/liar.rss").1.contains(&title(4)));
    daemon.terminate();
    let log = desk.log();
    assert_eq!(log.matches("without a good signature").count(), 1, "{log}");
}
