//! Every way by which an address comes in, through the real binary: section, redirect, robots.txt, article, enclosure, hub,
//! picture, sitemap, menu and OPML. A canary listens on every address of this machine, and nobody comes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

const SPELLINGS: &str = include_str!("data/closed-addresses.txt");

struct Canary(TcpListener);

impl Canary {
    fn new() -> Self {
        let listener = TcpListener::bind("[::]:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().expect("bound").port()
    }

    fn assert_nobody_came(&self) {
        assert_eq!(self.0.accept().expect_err("nobody came").kind(), ErrorKind::WouldBlock);
    }

    /// The spellings of closed addresses with the canary's port, where they have none of their own. Names that only the
    /// internet knows are left to the tests of `fetch`, which answer them.
    fn spellings(&self) -> Vec<String> {
        let listed = SPELLINGS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        let listed = listed.filter(|spelling| !spelling.contains("example.org"));
        let with_port = |spelling: &str| match spelling.strip_suffix('/') {
            Some(host) if !host.rsplit(']').next().unwrap_or(host).trim_start_matches("http://").contains(':') => {
                format!("{host}:{}/", self.port())
            }
            _ => spelling.to_owned(),
        };
        listed.map(with_port).chain([format!("http://localhost:{}/", self.port())]).collect()
    }
}

/// An origin with fixed answers, whole with their heads; and a record of what was asked for.
struct Origin {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Origin {
    fn new(answers: impl FnOnce(&str) -> HashMap<String, String>) -> Self {
        let listener = TcpListener::bind("127.1.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let (answers, asked) = (answers(&base), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &answers, &seen);
            }
        });
        Self { base, asked }
    }

    fn was_asked(&self, path: &str) -> bool {
        self.asked.lock().expect("lock").iter().any(|asked| asked == path)
    }
}

fn answer(mut stream: TcpStream, answers: &HashMap<String, String>, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let missing = || "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_owned();
    let answer = answers.get(&path).cloned().unwrap_or_else(missing);
    asked.lock().expect("lock").push(path);
    let _ = stream.write_all(answer.as_bytes());
}

fn page(media_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn redirect(status: u16, to: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
}

/// The real binary in a folder of its own.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(papers: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!(
            "state-dir = \"state\"\npublish-dir = \"public\"\nbase-url = \"https://feeds.example.vn/\"\n\
             contact = \"https://feeds.example.vn/\"\n[fetch]\nallow-networks = [\"127.1.0.0/16\"]\nper-host-delay = \"0s\"\n{papers}"
        );
        fs::write(folder.path().join("bantin.toml"), text).expect("a configuration");
        Self { folder }
    }

    fn bantin(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.args(arguments).args(["--config", "bantin.toml"]).current_dir(self.folder.path());
        command.env_remove("BANTIN_CONFIG").stdin(Stdio::null()).output().expect("it runs")
    }

    /// Each source's state and the kind of its error, after one round.
    fn round(&self) -> Vec<(String, String, String)> {
        let once = self.bantin(&["once"]);
        let said = String::from_utf8_lossy(&once.stderr).into_owned();
        assert!(matches!(once.status.code(), Some(0 | 69)), "{:?}\n{said}", once.status);
        let status = self.bantin(&["status", "--json"]);
        let report: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let sources = report["sources"].as_array().expect("sources");
        sources.iter().map(|s| (text(&s["id"]), text(&s["state"]), text(&s["error"]["kind"]))).collect()
    }
}

fn paper(home: &str, sections: impl IntoIterator<Item = String>) -> String {
    let mut text = format!("[[paper]]\nid = \"bao\"\ntitle = \"Báo\"\nhome = \"{home}\"\narticle-grace = \"0s\"\n");
    for (n, url) in sections.into_iter().enumerate() {
        let _ = write!(text, "[[paper.section]]\nid = \"s{n}\"\nurl = \"{url}\"\n");
    }
    text
}

#[test]
fn no_section_and_no_redirect_of_one_reaches_a_closed_address() {
    let canary = Canary::new();
    let spellings = canary.spellings();
    let statuses = [301, 302, 303, 307, 308];
    let origin = Origin::new(|_| {
        let answer = |(n, to): (usize, &String)| (format!("/{n}"), redirect(statuses[n % 5], to));
        spellings.iter().enumerate().map(answer).collect()
    });
    // what the configuration itself refuses is no section
    let direct =
        spellings.iter().filter(|url| url.starts_with("http") && !url.contains('@') && url::Url::parse(url).is_ok());
    let redirected = (0..spellings.len()).map(|n| format!("{}/{n}", origin.base));
    let sections: Vec<String> = direct.cloned().chain(redirected).collect();
    assert!(sections.len() >= 130, "{}", sections.len());
    let states = Desk::new(&paper(&format!("{}/", origin.base), sections.iter().cloned())).round();
    assert_eq!(states.len(), sections.len());
    for ((id, state, kind), url) in states.iter().zip(&sections) {
        // a redirect to what is no address is one that leads nowhere
        let kept_back = state == "blocked" && kind == "refused" || state == "failing" && kind == "redirect";
        assert!(kept_back, "{id} {url}: {state} {kind}");
    }
    assert!((0..spellings.len()).all(|n| origin.was_asked(&format!("/{n}"))));
    canary.assert_nobody_came();
}

#[test]
fn no_redirect_of_robots_txt_reaches_a_closed_address() {
    let canary = Canary::new();
    let origins: Vec<Origin> = canary
        .spellings()
        .iter()
        .map(|to| Origin::new(|_| HashMap::from([("/robots.txt".to_owned(), redirect(302, to))])))
        .collect();
    let sections = origins.iter().map(|origin| format!("{}/x", origin.base));
    let states = Desk::new(&paper("http://127.1.0.1/", sections)).round();
    assert_eq!(states.len(), origins.len());
    for (id, state, kind) in &states {
        assert!(state == "failing" && matches!(kind.as_str(), "refused" | "redirect"), "{id}: {state} {kind}");
    }
    assert!(origins.iter().all(|origin| origin.was_asked("/robots.txt") && !origin.was_asked("/x")));
    canary.assert_nobody_came();
}

#[test]
fn nothing_that_an_item_names_reaches_a_closed_address() {
    let canary = Canary::new();
    let home = format!("http://127.0.0.1:{}/", canary.port());
    let lure = |n: usize, url: &str| {
        format!(
            "<item><title>Bản làng số {n} vui ngày hội xuống đồng</title><link>{home}xa-hoi/tin-{n}.html</link>\
             <guid>{url}{n}</guid><comments>{url}</comments><source url=\"{url}\">x</source>\
             <enclosure url=\"{url}a.mp3\" length=\"1\" type=\"audio/mpeg\"/><media:thumbnail url=\"{url}a.jpg\"/>\
             <description>&lt;img src=\"{url}b.jpg\"&gt;&lt;iframe src=\"{url}\"&gt;&lt;/iframe&gt;</description></item>"
        )
    };
    let items: String = canary
        .spellings()
        .iter()
        .filter(|url| url.starts_with("http") && !url.contains(['&', '<']))
        .enumerate()
        .map(|(n, url)| lure(n, url))
        .collect();
    let feed = format!(
        "<?xml version=\"1.0\"?><?xml-stylesheet href=\"{home}x.xsl\"?><!DOCTYPE rss SYSTEM \"{home}rss.dtd\" [<!ENTITY x SYSTEM \"{home}x\">]>\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:media=\"http://search.yahoo.com/mrss/\"><channel>\
         <title>Báo &x;</title><link>{home}</link><atom:link rel=\"hub\" href=\"{home}hub\"/><atom:link rel=\"self\" href=\"{home}rss\"/>\
         <atom:link rel=\"next\" href=\"{home}2\"/><cloud domain=\"127.0.0.1\" port=\"{}\" path=\"/\" registerProcedure=\"x\" protocol=\"http-post\"/>\
         <image><url>{home}a.gif</url></image>{items}</channel></rss>",
        canary.port()
    );
    let origin = Origin::new(|_| HashMap::from([("/rss".to_owned(), page("application/rss+xml", &feed))]));
    let desk = Desk::new(&paper(&home, [format!("{}/rss", origin.base)]));
    let states = desk.round();
    assert_eq!(states[0].1, "ok", "{states:?}");
    let published = fs::read_to_string(desk.folder.path().join("public/bao/all.rss")).expect("a feed");
    assert!(published.matches("<item>").count() >= 50, "blocked articles are published from their listing at once");
    canary.assert_nobody_came();
}

#[test]
fn nothing_that_a_site_names_to_a_probe_reaches_a_closed_address() {
    let canary = Canary::new();
    let spellings: Vec<String> = canary.spellings().into_iter().filter(|url| url.starts_with("http://")).collect();
    let origin = Origin::new(|base| {
        let mut head = String::from("<title>Báo</title>");
        let mut menu = String::new();
        for (n, url) in spellings.iter().enumerate() {
            let _ = write!(head, "<link rel=alternate type='application/rss+xml' title='Tin {n}' href='{url}rss'>");
            let _ = write!(head, "<link rel=sitemap href='{url}sitemap.xml'><link rel=hub href='{url}hub'>");
            let _ = write!(
                menu,
                "<li><a href='{url}muc-{n}.html'>Chuyên mục {n}</a></li><li><a href='{url}rss.html'>RSS</a></li>"
            );
            let _ = write!(menu, "<li><a href='{base}/muc-{n}.html'>Mục số {n}</a></li>");
        }
        let home = format!(
            "<!doctype html><html><head>{head}</head><body><nav><ul>{menu}</ul></nav><h1>Báo</h1></body></html>"
        );
        let robots: String = spellings.iter().map(|url| format!("Sitemap: {url}sitemap.xml\n")).collect();
        let mut answers = HashMap::from([
            ("/".to_owned(), page("text/html", &home)),
            ("/robots.txt".to_owned(), page("text/plain", &robots)),
        ]);
        answers.extend(spellings.iter().enumerate().map(|(n, url)| (format!("/muc-{n}.html"), redirect(302, url))));
        answers
    });
    let probe = Desk::new(&paper("http://127.1.0.1/", ["http://127.1.0.1/x".to_owned()])).bantin(&[
        "probe",
        "--json",
        "--sections",
        "100",
        &format!("{}/", origin.base),
    ]);
    let said = String::from_utf8_lossy(&probe.stdout).into_owned();
    assert!(
        said.contains("127.0.0.1"),
        "what the site names is told:\n{said}\n{}",
        String::from_utf8_lossy(&probe.stderr)
    );
    assert!(origin.was_asked("/") && origin.was_asked("/muc-0.html"));
    canary.assert_nobody_came();
}

#[test]
fn no_source_of_an_opml_list_reaches_a_closed_address() {
    let canary = Canary::new();
    let mut opml = String::from("<opml version='2.0'><body>");
    for (n, url) in canary.spellings().iter().enumerate() {
        let _ = write!(opml, "<outline text='Tin {n}' xmlUrl='{url}{n}.rss' htmlUrl='{url}'/>");
    }
    opml.push_str("</body></opml>");
    let desk = Desk::new("");
    fs::write(desk.folder.path().join("list.opml"), &opml).expect("written");
    let imported = desk.bantin(&["opml", "import", "list.opml"]);
    assert_eq!(imported.status.code(), Some(0), "{}", String::from_utf8_lossy(&imported.stderr));
    let desk = Desk::new(&String::from_utf8(imported.stdout).expect("UTF-8"));
    let states = desk.round();
    assert!(states.len() >= 60, "{}", states.len());
    for (id, state, kind) in &states {
        assert!(state == "blocked" && kind == "refused", "{id}: {state} {kind}");
    }
    canary.assert_nobody_came();
}
