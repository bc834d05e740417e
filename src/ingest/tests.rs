//! Polls against a real origin on loopback, with the time as an argument: what each kind of page makes of its source.

mod absence;
mod corpus;
mod deltas;
mod held;
mod lab;
mod life;
mod pages;
mod politeness;
pub(super) mod press;
mod properties;
mod release;
mod rereading;
mod sitemaps;
mod year;

use super::*;
use crate::fetch::Settings;
use crate::model::{
    Failure, FailureKind, FailureStage, PaperId, Profile, PushRecord, Recipe, Repair, RobotsPolicy, Selectors,
    SourceId, SourceState,
};
use crate::schedule::Bounds;
use crate::store::sqlite::SqliteStore;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

type Story = fn(&str, &str, &str) -> String;

fn story(address: &str, title: &str, teaser: &str) -> String {
    format!("<article class='tin'><h3><a href='{address}'>{title}</a></h3><p>{teaser}</p></article>")
}

fn tile(address: &str, title: &str, teaser: &str) -> String {
    format!("<a class='o' href='{address}'><div>{title}</div><div>{teaser}</div></a>")
}

/// A section page that lists articles by number, the newest first.
fn section(newest: usize, story: Story) -> Vec<u8> {
    let stories: String = (newest.saturating_sub(11)..=newest)
        .rev()
        .map(|n| {
            let address = format!("/xa-hoi/ban-lang-so-{n}-vui-ngay-hoi-xuong-dong-Ab{n}dEf9hK.html");
            story(
                &address,
                &format!("Bản làng số {n} vui ngày hội xuống đồng"),
                &format!("Người dân bản {n} mở đầu một năm làm ăn mới."),
            )
        })
        .collect();
    page("Xã hội", &format!("<main>{stories}</main>"))
}

fn page(title: &str, main: &str) -> Vec<u8> {
    let menu = "<nav><a href='/xa-hoi.html'>Xã hội</a><a href='/lien-he.html'>Liên hệ tòa soạn</a></nav>";
    format!("<!doctype html><html lang='vi'><title>{title}</title>{menu}<h1>{title}</h1>{main}</html>").into_bytes()
}

/// The reports of one poll a page, an hour apart.
async fn polls(recipe: Recipe, pages: Vec<Vec<u8>>) -> Vec<PollReport> {
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let home = home(&listener);
    let count = pages.len();
    tokio::spawn(answer(listener, pages));
    polls_of(home, recipe, count, PollState::default()).await
}

fn home(listener: &TcpListener) -> Url {
    Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL")
}

/// The reports of so many polls, an hour apart.
async fn polls_of(home: Url, recipe: Recipe, count: usize, mut state: PollState) -> Vec<PollReport> {
    let source = Arc::new(source(home, recipe));
    let folder = tempfile::tempdir().expect("a folder");
    let mut now = DateTime::from_timestamp(1_771_000_000, 0).expect("a moment");
    let ingest = ingest(folder.path(), now);
    let mut reports = Vec::new();
    for _ in 0..count {
        let report = ingest.poll(&source, &Rhythm::Every(Duration::from_secs(900)), state, now).await.expect("a store");
        state = report.state.clone();
        reports.push(report);
        now += chrono::Duration::hours(1);
    }
    reports
}

fn ingest(folder: &std::path::Path, now: DateTime<Utc>) -> Ingest<SqliteStore> {
    let store = Arc::new(SqliteStore::open(folder, now).expect("a store"));
    let fetcher = Arc::new(Fetcher::new(settings(), Vec::new()).expect("a fetcher"));
    let bounds = Bounds { min_interval: Duration::from_secs(600), max_interval: Duration::from_secs(86_400) };
    Ingest::new(store, fetcher, Cadence::new(bounds))
}

/// Answers robots.txt with 404 and everything else with the pages in turn.
async fn answer(listener: TcpListener, pages: Vec<Vec<u8>>) {
    let mut pages = pages.into_iter();
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut head = Vec::new();
        while let Ok(byte) = stream.read_u8().await {
            head.push(byte);
            if !head.ends_with(b"\r\n\r\n") {
                continue;
            }
            let asks_for_robots = head.starts_with(b"GET /robots.txt");
            let (status, body) =
                if asks_for_robots { (404, Vec::new()) } else { (200, pages.next().unwrap_or_default()) };
            let start =
                format!("HTTP/1.1 {status} X\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n", body.len());
            head.clear();
            if stream.write_all(&[start.as_bytes(), &body].concat()).await.is_err() {
                break;
            }
        }
    }
}

/// Answers robots.txt with 404, then a feed that names a hub, and from then on 304.
async fn answer_with_hub(listener: TcpListener) {
    let mut asked = 0;
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut head = Vec::new();
        while let Ok(byte) = stream.read_u8().await {
            head.push(byte);
            if !head.ends_with(b"\r\n\r\n") {
                continue;
            }
            const FEED: &str = "<rss version='2.0'><channel><title>Tin</title><item><title>Tin đầu tiên trong ngày</title>\
                <link>/tin-1.html</link></item></channel></rss>";
            const NAMED: &str = "etag: \"1\"\r\nlink: <https://hub.example/>; rel=hub, </topic.rss>; rel=self\r\n";
            asked += usize::from(!head.starts_with(b"GET /robots.txt"));
            let (status, headers, body) = match (head.starts_with(b"GET /robots.txt"), asked) {
                (true, _) => (404, "", ""),
                (false, 1) => (200, NAMED, FEED),
                (false, _) => (304, "", ""),
            };
            let start = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
            head.clear();
            if stream.write_all(start.as_bytes()).await.is_err() {
                break;
            }
        }
    }
}

fn settings() -> Settings {
    Settings {
        allow_networks: vec!["127.1.0.0/16".parse().expect("a network")],
        per_host_delay: Duration::ZERO,
        ..Settings::new("bantin/0.1.0".to_owned())
    }
}

fn source(home: Url, recipe: Recipe) -> Source {
    let paper = PaperId::new("bao").expect("a slug");
    Source {
        id: SourceId::new(&paper, "xa-hoi").expect("a slug"),
        paper,
        url: home.join("xa-hoi.html").expect("a path"),
        recipe,
        category: None,
        read_articles: false,
        article_grace: Duration::from_secs(3_600),
        robots: RobotsPolicy::Obey,
        headers: Vec::new(),
        home,
        timezone: chrono_tz::Asia::Ho_Chi_Minh,
        language: "vi".to_owned(),
    }
}

#[tokio::test]
async fn each_page_in_a_lists_place_is_named_and_changes_no_item() {
    let other_pages: [(Vec<u8>, SourceState, &str, &str); 6] = [
        (page("404 - Không tìm thấy trang", "<p>Mời bạn quay lại</p>"), SourceState::Drift, "error page", "HTML"),
        (page("Xã hội", "<p>Xin chào</p>"), SourceState::Drift, "frame and menus", "HTML"),
        (page("Đăng nhập", "<form><input type='password'></form>"), SourceState::Blocked, "login form", "HTML"),
        (page("Just a moment...", "<div id='challenge-platform'></div>"), SourceState::Blocked, "captcha", "HTML"),
        (b"\x89PNG\r\n\x1a\n\0\0\0".to_vec(), SourceState::Drift, "a PNG picture", "a PNG picture"),
        (
            page("Xã hội", &"<p>Một đoạn văn dài không có bài báo nào trong đó cả.</p>".repeat(9)),
            SourceState::Drift,
            "no list",
            "HTML",
        ),
    ];
    for (other, word, what, first_bytes) in other_pages {
        let reports = polls(Recipe::Auto, vec![section(12, story), other, section(13, story)]).await;
        let failure = reports[1].state.failure.clone().expect("a failure");
        assert_eq!((reports[1].state.state, failure.stage), (word, FailureStage::Extract), "{what}");
        assert!(failure.what.contains(what), "{}", failure.what);
        assert_eq!(failure.first_bytes.as_deref(), Some(first_bytes));
        assert_eq!((reports[1].commit.new, reports[1].commit.changed), (0, 0));
        assert_eq!((reports[2].state.state, reports[2].commit.new), (SourceState::Ok, 1), "{what}");
        assert_eq!(reports[2].state.failure, None);
    }
}

#[tokio::test]
async fn failing_witnesses_are_told() {
    let selectors = Selectors { item: Some("article.tin".to_owned()), ..Selectors::default() };
    let reports = polls(Recipe::Listing(selectors), vec![section(12, story), page("Xã hội", "<p>Xin chào</p>")]).await;
    let failure = reports[1].state.failure.clone().expect("a failure");
    assert_eq!(failure.witness.as_deref(), Some("selectors 0, learned list 0 of usually 12, stated data 0, page 0"));
}

#[tokio::test]
async fn redesign_is_learned_proven_and_told() {
    let pages = vec![section(12, story), section(13, tile), section(14, tile), section(15, tile)];
    let reports = polls(Recipe::Auto, pages).await;
    let repairs: Vec<_> = reports.iter().map(|r| r.reading().and_then(|reading| reading.repair)).collect();
    assert_eq!(repairs, [None, Some(Repair::OnTrial), Some(Repair::Swapped), None]);
    let new: Vec<_> = reports.iter().map(|report| (report.state.state, report.commit.new)).collect();
    assert_eq!(new, [(SourceState::Ok, 12), (SourceState::Ok, 1), (SourceState::Ok, 1), (SourceState::Ok, 1)]);
    assert!(reports[3].state.relearned_at.is_some());
    assert_eq!(reports[3].answer, Polled::Read { entries: 12, bytes: section(15, tile).len(), method: "template" });
}

#[tokio::test]
async fn broken_selectors_are_told_while_the_list_is_read_without_them() {
    let selectors = Selectors { item: Some("article.tin".to_owned()), ..Selectors::default() };
    let reports = polls(Recipe::Listing(selectors), vec![section(12, story), section(13, tile)]).await;
    assert_eq!((reports[1].state.state, reports[1].commit.new), (SourceState::Ok, 1));
    let notice = reports[1].state.reading.as_deref().and_then(ListReading::notice).expect("a notice");
    assert!(notice.contains("the selectors find 0 stories and the page has 12"), "{notice}");
}

#[tokio::test]
async fn hub_of_the_header_stays_over_answers_that_do_not_repeat_it() {
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let home = home(&listener);
    tokio::spawn(answer_with_hub(listener));
    let reports = polls_of(home.clone(), Recipe::Auto, 3, PollState::default()).await;
    assert!(matches!(reports[0].answer, Polled::Read { entries: 1, .. }), "{:?}", reports[0].answer);
    assert_eq!(reports[2].answer, Polled::NotModified);
    for report in &reports {
        let hints = &report.state.hints;
        assert_eq!(hints.hub.as_ref().map(Url::as_str), Some("https://hub.example/"));
        assert_eq!(hints.topic, home.join("topic.rss").ok());
    }
}

#[tokio::test]
async fn secrets_do_not_go_to_an_adopted_address_of_another_origin() {
    let (folder, now) = (tempfile::tempdir().expect("a folder"), DateTime::UNIX_EPOCH);
    let ingest = ingest(folder.path(), now);
    let home = Url::parse("https://bao.example/").expect("a URL");
    let headers = vec![("authorization".to_owned(), crate::model::Secret::new("Basic eDp5"))];
    let source = Source { headers, ..source(home, Recipe::Auto) };
    let sent = |adopted: Option<&str>| {
        let adopted_url = adopted.map(|url| Url::parse(url).expect("a URL"));
        let state = PollState { adopted_url, ..PollState::default() };
        ingest.request(&source, &Rhythm::Every(Duration::from_secs(900)), &state, now).headers.len()
    };
    assert_eq!((sent(None), sent(Some("https://bao.example/new.html"))), (1, 1));
    for other in ["https://www.bao.example/xa-hoi.html", "http://bao.example/xa-hoi.html", "https://bao.example:8443/x"]
    {
        assert_eq!(sent(Some(other)), 0, "{other}");
    }
}

#[tokio::test]
async fn polls_judge_what_was_pushed() {
    let lease_until = DateTime::from_timestamp(1_771_000_000 + 864_000, 0);
    let push = PushRecord { lease_until, watched: true, announced: true, ..PushRecord::default() };
    let profile = Profile { accepted: 5, usual_count: 1.0, ..Profile::default() };
    let state = PollState { push, profile, ..PollState::default() };
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let home = home(&listener);
    tokio::spawn(answer_with_hub(listener));
    let reports = polls_of(home, Recipe::Auto, 2, state).await;
    let record = &reports[1].state.push;
    assert_eq!((record.agreed, record.idle, record.announced), (1, 0, false), "{record:?}");
    let wait = reports[1].state.next_poll_at.expect("a time") - reports[1].state.last_poll.expect("a time");
    assert!((60..=61).contains(&wait.num_minutes()), "four times the interval: {wait}");
}

#[tokio::test]
async fn failed_fetch_is_told_with_its_kind() {
    let nobody = std::net::TcpListener::bind("127.1.0.1:0").expect("a port").local_addr().expect("bound");
    let (folder, now) = (tempfile::tempdir().expect("a folder"), DateTime::UNIX_EPOCH);
    let home = Url::parse(&format!("http://{nobody}/")).expect("a URL");
    let source = Arc::new(source(home, Recipe::Auto));
    let rhythm = Rhythm::Every(Duration::from_secs(900));
    let polled = ingest(folder.path(), now).poll(&source, &rhythm, PollState::default(), now).await;
    let failure = polled.expect("a store").state.failure.expect("nobody listens");
    assert_eq!((failure.stage, failure.kind), (FailureStage::Fetch, Some(FailureKind::Connect)), "{}", failure.what);
    let mut kept = serde_json::to_value(&failure).expect("JSON");
    assert_eq!(kept.as_object_mut().and_then(|fields| fields.remove("kind")), Some("connect".into()));
    let of_older: Failure = serde_json::from_value(kept).expect("what an older bantin kept can be read");
    assert_eq!(of_older.kind, None);
}
