//! Webhooks through the real binary: signed, in order, again after a failure, and no repeats after a restart.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// No step of a test takes longer, however slow the machine.
const PATIENCE: Duration = Duration::from_secs(120);
const KEY: &[u8; 32] = b"a key of thirty-two bytes, no le";

struct Post {
    head: String,
    body: String,
}

impl Post {
    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.and_then(|line| line.split_once(": ")).map(|(_, value)| value.trim()).expect(name)
    }

    fn titles(&self) -> Vec<String> {
        let page: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
        let changes = page["changes"].as_array().expect("changes");
        assert!(changes.iter().all(|change| change["kind"] == "create"), "{page}");
        changes.iter().map(|change| change["item"]["title"].as_str().expect("a title").to_owned()).collect()
    }

    fn assert_signed(&self) {
        self.assert_signed_with(KEY);
    }

    fn assert_signed_with(&self, key: &[u8]) {
        let signed = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let (version, signature) = self.header("webhook-signature").split_once(',').expect("a signature");
        let signature = BASE64_STANDARD.decode(signature).expect("base64");
        assert_eq!(version, "v1");
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes(), &signature).expect("a good signature");
    }
}

fn request(stream: &TcpStream) -> Option<Post> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let start = head.len();
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
        if let Some(stated) = head[start..].to_ascii_lowercase().strip_prefix("content-length:") {
            length = stated.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Post { head, body: String::from_utf8(body).ok()? })
}

/// Answers each request on a port of its own; gives back its address.
fn serve(answer: impl Fn(Post) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if let Some(request) = request(&stream) {
                let _ = stream.write_all(answer(request).as_bytes());
            }
        }
    });
    address
}

fn title(number: usize) -> String {
    format!("Bản làng số {number} vui ngày hội xuống đồng đầu năm mới")
}

/// A feed with as many articles as the counter says.
fn paper(articles: Arc<AtomicUsize>) -> String {
    serve(move |request| {
        if !request.head.starts_with("GET /tin.rss ") {
            return "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_owned();
        }
        let item = |n| format!("<item><title>{}</title><link>/tin/bai-{n}.html</link></item>", title(n));
        let items: String = (1..=articles.load(Ordering::SeqCst)).rev().map(item).collect();
        let feed = format!("<rss version=\"2.0\"><channel><title>Tin</title>{items}</channel></rss>");
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{feed}",
            feed.len()
        )
    })
}

/// A receiver that fails so many times as the counter says, then takes what comes.
fn receiver(failure: &'static str, failures: Arc<AtomicUsize>) -> (String, Receiver<Post>) {
    let (tell, told) = channel();
    let address = serve(move |post| {
        let fails = failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        let _ = tell.send(post);
        let status = if fails { failure } else { "204 No Content" };
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    });
    (address, told)
}

struct Daemon(Child);

impl Daemon {
    fn run(folder: &std::path::Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.args(["run", "--config", "bantin.toml"]).current_dir(folder).env_remove("BANTIN_CONFIG");
        let log = fs::File::options().create(true).append(true).open(folder.join("log")).expect("a log");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("the ready line");
        assert!(line.starts_with("listening on "), "{line}");
        Self(child)
    }

    fn reload(&self) {
        Command::new("kill").args(["-HUP", &self.0.id().to_string()]).status().expect("kill");
    }

    fn terminate(mut self) {
        Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().expect("kill");
        assert_eq!(self.0.wait().expect("its end").code(), Some(0));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A paper at this address, without webhooks.
fn configuration(home: &str) -> String {
    format!(
        "state-dir = \"state\"\nlisten = \"127.0.0.1:0\"\ncontact = \"a@f.vn\"\n[fetch]\nwebsub = false\n\
         allow-networks = [\"127.0.0.0/8\"]\nper-host-delay = \"0s\"\nmin-interval = \"1s\"\n\
         [[paper]]\nid = \"bao\"\ntitle = \"Báo\"\nhome = \"{home}/\"\nread-articles = false\n\
         [[paper.section]]\ntitle = \"Tin\"\nurl = \"{home}/tin.rss\"\nevery = \"1s\"\n"
    )
}

/// A webhook with the secret in a file.
fn webhook(folder: &std::path::Path, hook: &str, key: &[u8]) -> String {
    let file = folder.join("secret");
    fs::write(&file, format!("whsec_{}\n", BASE64_STANDARD.encode(key))).expect("a secret");
    format!("[[webhook]]\nurl = \"{hook}/hook?token=geheim\"\nsecret = {{ file = \"{}\" }}\n", file.display())
}

#[test]
fn new_items_are_delivered_in_order_again_after_a_failure_and_once_over_restarts() {
    let (articles, failures) = (Arc::new(AtomicUsize::new(3)), Arc::new(AtomicUsize::new(1)));
    let (home, (hook, told)) = (paper(Arc::clone(&articles)), receiver("500 Oh", Arc::clone(&failures)));
    let folder = tempfile::tempdir().expect("a folder");
    let secret = BASE64_STANDARD.encode(KEY);
    let hook = webhook(folder.path(), &hook, KEY);
    fs::write(folder.path().join("bantin.toml"), configuration(&home) + &hook).expect("a configuration");
    let next = || told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{}", log(folder.path())));

    let daemon = Daemon::run(folder.path());
    until(folder.path(), |status| status.contains(" ok  "));
    articles.store(5, Ordering::SeqCst);
    let first = next();
    first.assert_signed();
    assert!(first.titles().iter().all(|title| *title > self::title(3)), "a first poll is no push: {}", first.body);
    let again = next();
    again.assert_signed();
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"), "it comes again under its id");
    assert_eq!((again.titles(), again.header("content-type")), (first.titles(), "application/json"));
    let mut seen = again.titles();
    while seen.len() < 2 {
        seen.extend(next().titles());
    }
    daemon.terminate();

    let daemon = Daemon::run(folder.path());
    articles.store(7, Ordering::SeqCst);
    while seen.len() < 4 {
        let post = next();
        post.assert_signed();
        seen.extend(post.titles());
    }
    daemon.terminate();
    let mut sorted = seen.clone();
    sorted.sort();
    assert_eq!(sorted, [4, 5, 6, 7].map(title), "each once: {seen:?}");
    assert!(seen[..2].iter().all(|title| *title < self::title(6)), "in order: {seen:?}");
    let status = Command::new(env!("CARGO_BIN_EXE_bantin"));
    let told = [shown(status, folder.path()), log(folder.path())].concat();
    assert!(told.contains("webhook at 127.0.0.1: ok"), "{told}");
    assert!(!told.contains("geheim") && !told.contains(&secret), "no secret is told: {told}");
}

#[test]
fn receiver_that_is_gone_is_left_alone_until_a_reload_which_may_change_its_secret() {
    let (articles, failures) = (Arc::new(AtomicUsize::new(3)), Arc::new(AtomicUsize::new(1)));
    let (home, (hook, told)) = (paper(Arc::clone(&articles)), receiver("410 Gone", failures));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bantin.toml");
    fs::write(&file, configuration(&home) + &webhook(folder.path(), &hook, KEY)).expect("a configuration");
    let daemon = Daemon::run(folder.path());
    until(folder.path(), |status| status.contains(" ok  "));
    articles.store(4, Ordering::SeqCst);
    let refused = told.recv_timeout(PATIENCE).expect("a delivery");
    refused.assert_signed();
    until(folder.path(), |status| status.contains("410"));
    articles.store(5, Ordering::SeqCst);
    until(folder.path(), |status| status.contains("  5  "));

    let other: &[u8] = b"another key of as many bytes, ok";
    fs::write(&file, configuration(&home) + &webhook(folder.path(), &hook, other)).expect("a configuration");
    daemon.reload();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let post = told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{}", log(folder.path())));
        post.assert_signed_with(other);
        seen.extend(post.titles());
    }
    assert_eq!(seen, [4, 5].map(title), "nothing was lost, and nothing came while it was gone");

    fs::write(&file, configuration(&home)).expect("a configuration");
    daemon.reload();
    until(folder.path(), |status| !status.contains("webhook at"));
    articles.store(6, Ordering::SeqCst);
    until(folder.path(), |status| status.contains("  6  "));
    daemon.terminate();
    assert!(told.try_recv().is_err(), "no webhook, no delivery");
}

fn shown(mut status: Command, folder: &std::path::Path) -> String {
    let output = status.args(["status", "--config", "bantin.toml"]).current_dir(folder).output().expect("it runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn log(folder: &std::path::Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// Waits until `bantin status` says so.
fn until(folder: &std::path::Path, holds: impl Fn(&str) -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let status = shown(Command::new(env!("CARGO_BIN_EXE_bantin")), folder);
        if holds(&status) {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{status}{}", log(folder));
    }
}
