//! A paper whose articles are counted, receivers that are told what to answer, and the real binary between them: what the
//! tests of webhooks share.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// No step of a test takes longer, however slow the machine.
const PATIENCE: Duration = Duration::from_secs(120);
pub(crate) const KEY: &[u8; 32] = b"a key of thirty-two bytes, no le";

/// What came to a receiver.
pub(crate) struct Post {
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) at: SystemTime,
}

impl Post {
    pub(crate) fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.and_then(|line| line.split_once(": ")).map(|(_, value)| value.trim()).expect(name)
    }

    pub(crate) fn id(&self) -> String {
        self.header("webhook-id").to_owned()
    }

    pub(crate) fn titles(&self) -> Vec<String> {
        let page: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
        let changes = page["changes"].as_array().expect("changes");
        assert!(changes.iter().all(|change| change["kind"] == "create"), "{page}");
        changes.iter().map(|change| change["item"]["title"].as_str().expect("a title").to_owned()).collect()
    }

    pub(crate) fn assert_signed(&self, key: &[u8; 32]) {
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
    let at = SystemTime::now();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Post { head, body: String::from_utf8(body).ok()?, at })
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

pub(crate) fn title(number: usize) -> String {
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

/// A receiver: it answers what it is told to, then 204.
pub(crate) struct Hook {
    address: String,
    told: Receiver<Post>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Hook {
    pub(crate) fn new(answers: &[u16]) -> Self {
        let answers = Arc::new(Mutex::new(VecDeque::from(answers.to_vec())));
        let ((tell, told), planned) = (channel(), Arc::clone(&answers));
        let address = serve(move |post| {
            let status = planned.lock().expect("lock").pop_front().unwrap_or(204);
            let _ = tell.send(post);
            format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        });
        Self { address, told, answers }
    }

    pub(crate) fn answers(&self, statuses: &[u16]) {
        *self.answers.lock().expect("lock") = VecDeque::from(statuses.to_vec());
    }

    /// What comes next.
    pub(crate) fn next(&self, desk: &Desk) -> Post {
        let post = self.told.recv_timeout(PATIENCE);
        assert!(post.is_ok(), "nothing came: {}", desk.log());
        post.expect("it came")
    }

    /// Pages until so many entries came.
    pub(crate) fn next_entries(&self, desk: &Desk, count: usize) -> Vec<Post> {
        let (mut posts, mut entries) = (Vec::new(), 0);
        while entries < count {
            let post = self.next(desk);
            entries += post.titles().len();
            posts.push(post);
        }
        posts
    }

    /// What came meanwhile.
    pub(crate) fn rest(&self) -> Vec<Post> {
        self.told.try_iter().collect()
    }
}

/// A folder with a configuration, the paper that it names, and the commands.
pub(crate) struct Desk {
    folder: TempDir,
    articles: Arc<AtomicUsize>,
    home: String,
}

impl Desk {
    pub(crate) fn new(articles: usize) -> Self {
        let articles = Arc::new(AtomicUsize::new(articles));
        let home = paper(Arc::clone(&articles));
        Self { folder: tempfile::tempdir().expect("a folder"), articles, home }
    }

    /// From now on there are so many articles.
    pub(crate) fn print(&self, articles: usize) {
        self.articles.store(articles, Ordering::SeqCst);
    }

    /// Writes the configuration with these webhooks.
    pub(crate) fn configure(&self, hooks: &[(&Hook, &[u8; 32])]) {
        let home = &self.home;
        let mut text = format!(
            "state-dir = \"state\"\nlisten = \"127.0.0.1:0\"\ncontact = \"a@f.vn\"\n[fetch]\nwebsub = false\n\
             allow-networks = [\"127.0.0.0/8\"]\nper-host-delay = \"0s\"\nmin-interval = \"1s\"\n\
             [[paper]]\nid = \"bao\"\ntitle = \"Báo\"\nhome = \"{home}/\"\nread-articles = false\n\
             [[paper.section]]\ntitle = \"Tin\"\nurl = \"{home}/tin.rss\"\nevery = \"1s\"\n"
        );
        for (number, (hook, key)) in hooks.iter().enumerate() {
            let file = self.path(&format!("secret-{number}"));
            fs::write(&file, format!("whsec_{}\n", BASE64_STANDARD.encode(key))).expect("a secret");
            let (address, file) = (&hook.address, file.display());
            text += &format!("[[webhook]]\nurl = \"{address}/hook?token=geheim\"\nsecret = {{ file = \"{file}\" }}\n");
        }
        fs::write(self.path("bantin.toml"), text).expect("a configuration");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path("state/bantin.db")).expect("the database")
    }

    /// How long after its commit a page came; the store dates a commit before its transaction, and before the poll's own work.
    pub(crate) fn latency(&self, post: &Post) -> Duration {
        let newest = self.database().query_row("select max(at) from change", [], |row| row.get::<_, i64>(0));
        let micros = u64::try_from(newest.expect("a change")).expect("after 1970");
        post.at.duration_since(UNIX_EPOCH + Duration::from_micros(micros)).unwrap_or_default()
    }

    pub(crate) fn bantin(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.args(arguments).args(["--config", "bantin.toml"]).current_dir(self.folder.path());
        String::from_utf8(command.output().expect("it runs").stdout).expect("UTF-8")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until the log, or `status`, says so.
    pub(crate) fn until(&self, is_so: impl Fn(&str, &str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (log, status) = (self.log(), self.bantin(&["status"]));
            if is_so(&log, &status) {
                return;
            }
            assert!(Instant::now() < deadline, "{status}{log}");
        }
    }

    /// Waits until no page is under way: what came to a receiver is noted as taken in.
    pub(crate) fn until_acknowledged(&self) {
        let under_way = "select count(*) from meta where key like 'webhook/%' and value glob '*\"until\":[0-9]*'";
        self.until(|_, _| self.database().query_row(under_way, [], |row| row.get::<_, i64>(0)) == Ok(0));
    }

    /// Waits until the first poll was taken in.
    pub(crate) fn until_polled(&self) {
        self.until(|_, status| status.contains(" ok  "));
    }
}

pub(crate) struct Daemon(Child);

impl Daemon {
    pub(crate) fn run(desk: &Desk) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.args(["run", "--config", "bantin.toml"]).current_dir(desk.folder.path()).env_remove("BANTIN_CONFIG");
        let log = fs::File::options().create(true).append(true).open(desk.path("log")).expect("a log");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("the ready line");
        assert!(line.starts_with("listening on "), "{line}");
        Self(child)
    }

    fn signal(&self, name: &str) {
        Command::new("kill").args([name, &self.0.id().to_string()]).status().expect("kill");
    }

    /// Has the configuration read anew, and waits until it is.
    pub(crate) fn reload(&self, desk: &Desk) {
        let reloads = |log: &str| log.matches("configuration reloaded").count();
        let before = reloads(&desk.log());
        self.signal("-HUP");
        desk.until(|log, _| reloads(log) > before);
    }

    pub(crate) fn terminate(mut self) {
        self.signal("-TERM");
        assert_eq!(self.0.wait().expect("its end").code(), Some(0));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
