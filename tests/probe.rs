//! `bantin probe` through the real binary, against a paper on loopback that has everything a site can have.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

/// A paper on loopback: fixed pages, and a record of what was asked for.
struct Paper {
    home: String,
    asked: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
}

impl Paper {
    fn print(pages: &[(&str, String)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let home = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let folder = tempfile::tempdir().expect("a folder");
        let configuration = "contact = \"https://feeds.example.vn/\"\n[fetch]\nallow-networks = [\"127.0.0.0/8\"]\n\
             per-host-delay = \"0s\"\n[[paper]]\nid = \"x\"\ntitle = \"X\"\nhome = \"https://x.example/\"\n\
             [[paper.section]]\nurl = \"https://x.example/a\"\n";
        fs::write(folder.path().join("open.toml"), configuration).expect("a configuration");
        let paper = Self { home: home.clone(), asked: Arc::clone(&asked), folder };
        let pages: HashMap<String, String> =
            pages.iter().map(|(path, page)| ((*path).to_owned(), page.replace("{home}", &home))).collect();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &pages, &asked);
            }
        });
        paper
    }

    fn probe(&self, arguments: &[&str]) -> Output {
        self.bantin(&[&["probe", "--config", "open.toml"], arguments].concat())
    }

    fn bantin(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("BANTIN_CONFIG").stdin(Stdio::null());
        command.output().expect("it runs")
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("lock").clone()
    }
}

fn answer(mut stream: TcpStream, pages: &HashMap<String, String>, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().expect("lock").push(path.clone());
    let (status, body) = match pages.get(&path) {
        Some(page) => ("200 OK", page.as_str()),
        None => ("404 Not Found", ""),
    };
    let kind = if path.ends_with(".rss") { "application/rss+xml" } else { "text/html; charset=utf-8" };
    let head = format!("Content-Type: {kind}\r\nConnection: close");
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
}

fn title(section: &str, number: usize) -> String {
    format!("Bản làng {section} số {number} vui ngày hội xuống đồng")
}

fn path_of(section: &str, number: usize) -> String {
    format!("/{section}/ban-lang-so-{number}-vui-ngay-hoi-xuong-dong-Ab{number}dEf9hK.html")
}

const MENU: &str = "<header><nav><a href='/'>Trang chủ</a><a href='/xa-hoi.html'>Xã hội</a>\
     <a href='/kinh-te.html'>Kinh \u{1b}[31mtế</a><a href='/noi-bo/ban-tin.html'>Bản tin nội bộ</a>\
     <a href='/du-lich.html'>Du lịch</a><a href='/hoi-vien.html'>Hội viên</a><a href='/the-thao.html'>Thể thao</a>\
     <a href='/dang-nhap.html'>Đăng nhập</a><a href='/lien-he.html'>Liên hệ</a></nav></header>";

fn page(head: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"vi\"><head>{head}</head><body>{MENU}{body}<footer><a href='/rss.html'>RSS</a></footer></body></html>"
    )
}

fn section(slug: &str, name: &str, articles: usize) -> String {
    let mut stories = String::new();
    for n in (1..=articles).rev() {
        let (path, title) = (path_of(slug, n), title(name, n));
        let _ = write!(
            stories,
            "<article><h2><a href=\"{path}\">{title}</a></h2><p>Tóm tắt bài số {n} về ngày hội của bản.</p></article>"
        );
    }
    page(&format!("<title>{name} | Báo Mẫu</title>"), &format!("<h1>{name}</h1><main>{stories}</main>"))
}

fn feed(slug: &str, name: &str, articles: usize) -> String {
    let mut items = String::new();
    for n in (1..=articles).rev() {
        let (path, title) = (path_of(slug, n), title(name, n));
        let _ = write!(
            items,
            "<item><title>{title}</title><link>{{home}}{path}</link><description>Tóm tắt.</description>\
             <pubDate>{}</pubDate></item>",
            dated(articles - n)
        );
    }
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{name} - Báo Mẫu</title>{items}</channel></rss>"
    )
}

/// So many hours ago: a feed without anything new is not believed.
fn dated(hours: usize) -> String {
    let now = chrono::Utc::now().with_timezone(&chrono_tz::Asia::Ho_Chi_Minh);
    (now - chrono::TimeDelta::hours(i64::try_from(hours).expect("few") + 1)).to_rfc2822()
}

fn paper() -> Paper {
    let robots = "User-agent: *\nDisallow: /noi-bo/\nSitemap: {home}/sitemap-news.xml\n";
    let sitemap = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' \
         xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>x</loc><news:news></news:news></url></urlset>";
    let head = "<title>Báo Mẫu - Tin nhanh</title><meta property='og:site_name' content='Báo Mẫu'>\
         <link rel='alternate' type='application/rss+xml' title='Xã hội' href='/rss/xa-hoi.rss'>";
    let login = "<html><title>Đăng nhập</title><h1>Đăng nhập</h1><form><input name=u><input type=password name=p></form></html>";
    let article = format!(
        "<html lang=\"vi\"><title>{0}</title><script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"headline\":\"{0}\",\
         \"datePublished\":\"2026-02-14T08:30:00+07:00\",\"author\":{{\"@type\":\"Person\",\"name\":\"Lò Minh\"}}}}</script><h1>{0}</h1><p>{1}</p></html>",
        title("Xã hội", 12),
        "Người dân các bản cùng nhau xuống đồng, mở đầu một năm làm ăn mới. ".repeat(8)
    );
    Paper::print(&[
        ("/robots.txt", robots.to_owned()),
        ("/sitemap-news.xml", sitemap.to_owned()),
        ("/", page(head, "")),
        ("/rss.html", page("<title>RSS</title>", "<ul><li>Kinh tế <a href='/rss/kinh-te.rss'>RSS</a></li></ul>")),
        ("/rss/xa-hoi.rss", feed("xa-hoi", "Xã hội", 12)),
        ("/rss/kinh-te.rss", feed("kinh-te", "Kinh tế", 3)),
        ("/xa-hoi.html", section("xa-hoi", "Xã hội", 12)),
        ("/kinh-te.html", section("kinh-te", "Kinh tế", 12)),
        ("/du-lich.html", page("<title>Du lịch | Báo Mẫu</title>", "<h1>Du lịch</h1><ul class='list'></ul>")),
        ("/hoi-vien.html", login.to_owned()),
        ("/the-thao.html", section("the-thao", "Thể thao", 12)),
        (&path_of("xa-hoi", 12), article),
    ])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_the_site_names_is_found_judged_and_proposed() {
    let paper = paper();
    let output = paper.probe(&["--json", &paper.home]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["sitemaps"][0]["sitemap"]["kind"], "news");
    let outcomes = |list: &str| -> Vec<String> {
        let of = |found: &serde_json::Value| {
            let level =
                found["reading"]["confidence"]["level"].as_str().map(|level| format!(" {level}")).unwrap_or_default();
            let (title, outcome) =
                (found["title"].as_str().expect("a title"), found["outcome"].as_str().expect("a word"));
            format!("{title}: {outcome}{level}")
        };
        report[list].as_array().expect("a list").iter().map(of).collect()
    };
    assert_eq!(outcomes("feeds"), ["Xã hội: read high", "Kinh tế: read high"]);
    assert_eq!(
        outcomes("sections"),
        [
            "Xã hội: read high",
            "Kinh tế: read high",
            "Bản tin nội bộ: forbidden",
            "Du lịch: read none",
            "Hội viên: read none",
            "Thể thao: read high"
        ]
    );
    assert_eq!(report["sections"][2]["robots"]["line"], "Disallow: /noi-bo/");
    assert_eq!(
        (&report["sections"][3]["reading"]["finding"], &report["sections"][4]["reading"]["finding"]),
        (&"empty".into(), &"login".into())
    );
    assert_eq!(report["article"]["reading"]["published_from"], "metadata");
    assert_eq!(report["paper"]["timezone"]["is_guess"], false, "the dates say +07:00");
    let asked = paper.asked();
    let times = |path: &str| asked.iter().filter(|asked| *asked == path).count();
    assert_eq!((asked[0].as_str(), times("/robots.txt"), times("/xa-hoi.html")), ("/robots.txt", 1, 1));
    assert!(times("/noi-bo/ban-tin.html") == 0 && times("/dang-nhap.html") == 0, "{asked:?}");
    assert!(times("/feed") + times("/rss") + times("/sitemap.xml") == 0, "nothing is guessed: {asked:?}");
}

#[test]
fn the_printed_paper_passes_the_check_with_feeds_where_they_are_as_complete_as_the_page() {
    let paper = paper();
    let output = paper.probe(&["--toml", &paper.home]);
    let printed = text(&output.stdout);
    fs::write(paper.folder.path().join("new.toml"), &printed).expect("a file");
    let check = paper.bantin(&["check", "--config", "new.toml"]);
    assert!(check.status.success(), "{printed}\n{}", text(&check.stderr));
    let active: Vec<&str> = printed
        .lines()
        .filter(|line| line.starts_with("url = "))
        .filter_map(|line| line.rsplit(&paper.home).next())
        .collect();
    assert_eq!(active, ["/rss/xa-hoi.rss\"", "/rss/kinh-te.rss\"", "/kinh-te.html\"", "/the-thao.html\""], "{printed}");
    assert!(printed.starts_with("[[paper]]\nid = \"bao-mau\"\ntitle = \"Báo Mẫu\"\n"), "{printed}");
    assert!(printed.contains("title = \"Kinh tế\"\n"), "{printed}");
}

#[test]
fn the_report_fits_a_terminal_and_moves_no_cursor() {
    let paper = paper();
    let output = paper.probe(&[&paper.home]);
    let report = text(&output.stdout);
    assert!(!report.contains('\u{1b}') && !text(&output.stderr).contains('\u{1b}'), "{report}");
    let (people, _) = report.split_once("[[paper]]").expect("the report, then the paper");
    let widest = people.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{people}");
    for words in ["robots.txt forbids it (Disallow: /noi-bo/)", "the list is there and empty", "a news sitemap of 1"] {
        assert!(people.contains(words), "{words}: {people}");
    }
}

#[test]
fn sections_beyond_the_limit_are_named_and_not_asked() {
    let paper = paper();
    let output = paper.probe(&["--sections", "1", &paper.home]);
    let report = text(&output.stdout);
    assert!(report.contains("6 named, 1 looked at") && report.contains("# not looked at\n"), "{report}");
    assert!(!paper.asked().iter().any(|path| path == "/the-thao.html"), "{:?}", paper.asked());
}

#[test]
fn nothing_usable_nothing_reachable_and_a_bad_address_have_codes_of_their_own() {
    let bare = Paper::print(&[("/", "<html><title>Trống</title><p>Không có gì.</p></html>".to_owned())]);
    let output = bare.probe(&[&bare.home]);
    assert_eq!(output.status.code(), Some(65), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("# [[paper]]"), "{}", text(&output.stdout));
    let gone = bare.probe(&[&format!("{}/khong-co.html", bare.home)]);
    assert_eq!(gone.status.code(), Some(69), "{}", text(&gone.stderr));
    assert_eq!(bare.probe(&["bao.example"]).status.code(), Some(64));
}

#[test]
fn an_index_is_followed_and_a_packed_sitemap_is_read() {
    use std::io::Write as _;
    let robots = "User-agent: *\nSitemap: {home}/sitemap.xml\n";
    let index = "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>\
         <sitemap><loc>{home}/2019.xml</loc><lastmod>2019-12-31</lastmod></sitemap>\
         <sitemap><loc>{home}/news.xml</loc><lastmod>2026-02-14</lastmod></sitemap>\
         <sitemap><loc>https://khac.example/x.xml</loc><lastmod>2026-02-15</lastmod></sitemap></sitemapindex>";
    let news = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' \
         xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>x</loc><news:news></news:news></url></urlset>";
    let paper = Paper::print(&[
        ("/robots.txt", robots.to_owned()),
        ("/", page("<title>Báo Mẫu</title>", "")),
        ("/sitemap.xml", index.to_owned()),
        ("/news.xml", news.to_owned()),
        ("/2019.xml", "<urlset></urlset>".to_owned()),
    ]);
    let report: serde_json::Value =
        serde_json::from_slice(&paper.probe(&["--json", &paper.home]).stdout).expect("JSON");
    let found: Vec<String> = report["sitemaps"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|of| {
            let path = of["url"].as_str().expect("an address").rsplit('/').next().unwrap_or_default().to_owned();
            format!(
                "{path} {} {}",
                of["sitemap"]["kind"].as_str().unwrap_or("none"),
                of["named_by"].as_str().expect("a word")
            )
        })
        .collect();
    assert_eq!(found, ["sitemap.xml index robots", "news.xml news sitemap-index", "2019.xml pages sitemap-index"]);
    let people = text(&paper.probe(&[&paper.home]).stdout);
    assert!(people.contains("an index that lists 3") && people.contains("named by the index"), "{people}");
    let proposed = text(&paper.probe(&["--toml", &paper.home]).stdout);
    assert!(proposed.contains("# a news sitemap of 1 articles") && proposed.contains("/news.xml\""), "{proposed}");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(news.as_bytes()).expect("memory");
    let file = paper.folder.path().join("news.xml.gz");
    fs::write(&file, packed.finish().expect("memory")).expect("a file");
    let output = paper.bantin(&["extract", "--url", "https://bao.example/news.xml.gz", "news.xml.gz"]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((read["kind"].as_str(), read["method"].as_str()), (Some("listing"), Some("sitemap")));
}
