//! The rules of the poller, P1 to P13, each held over several polls of a real origin, by a clock of the test's own.

use super::lab::{EVERY, Lab, cadence, feed, ok, path_of, status};
use super::*;
use chrono::TimeDelta;
use std::collections::HashSet;

const FEED: &str = "/rss/xa-hoi.rss";
const OTHER: &str = "/rss/kinh-te.rss";
const PAGE: &str = "/xa-hoi.html";

fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

fn text(bytes: Option<Vec<u8>>) -> Option<String> {
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn p1_one_unconditional_request_in_a_sources_life() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (FEED, 2) => ok("etag: \"f2\"\r\n", feed(0..13, "")),
        (FEED, _) if before > 0 => status(304, ""),
        (FEED, _) => ok("etag: \"f1\"\r\n", feed(0..12, "")),
        (PAGE, 0) => ok("content-type: text/html\r\nlast-modified: Sat\r\n", section(12, story)),
        (PAGE, 3) => status(500, ""),
        (PAGE, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let (feed, page) = (lab.source(FEED), lab.source(PAGE));
    for round in 0..6 {
        lab.next_poll(&feed).await;
        lab.next_poll(&page).await;
        if round % 2 == 1 {
            lab.restart().await;
        }
    }
    let etags: Vec<_> = lab.sent(FEED, "if-none-match").into_iter().map(text).collect();
    let f = |n| Some(format!("\"f{n}\""));
    assert_eq!(etags, [None, f(1), f(1), f(2), f(2), f(2)]);
    let dates = lab.sent(PAGE, "if-modified-since");
    assert_eq!(dates.iter().filter(|sent| sent.is_none()).count(), 1, "not even after a failure: {dates:?}");
    assert_eq!(dates.len(), 6);
}

#[tokio::test]
async fn p2_validators_come_back_byte_for_byte_over_a_restart() {
    let odd: [(&[u8], &[u8]); 5] = [
        (b"W/\"caf\xe9, x\"", b"sat, 01 jan 2000 0:00:00 gmt"),
        (b"unquoted", b"Saturday, 01-Jan-00 00:00:00 GMT"),
        (b"w/\"lower\"", b"Sat Jan  1 00:00:00 2000"),
        (b"\"a\\\"b\"", b"soon"),
        (b"\"--gzip\"", b"Sat, 01 Jan 2000 00:00:00 +0000"),
    ];
    for (etag, modified) in odd {
        let mut lab = Lab::new(move |path, _| match path {
            FEED => {
                let body = feed(0..12, "");
                let head = [b"HTTP/1.1 200 OK\r\netag: ", etag, b"\r\nlast-modified: ", modified, b"\r\n"].concat();
                [head, format!("content-length: {}\r\n\r\n{body}", body.len()).into_bytes()].concat()
            }
            _ => status(404, ""),
        })
        .await;
        let source = lab.source(FEED);
        lab.poll(&source).await;
        lab.restart().await;
        lab.next_poll(&source).await;
        assert_eq!(lab.sent(FEED, "if-none-match")[1].as_deref(), Some(etag));
        assert_eq!(lab.sent(FEED, "if-modified-since")[1].as_deref(), Some(modified));
    }
}

#[tokio::test]
async fn p3_validators_follow_every_answer_that_was_taken_in_and_no_other() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (FEED, 0) => ok("etag: \"1\"\r\nlast-modified: A\r\n", feed(0..12, "")),
        (FEED, 1) => status(304, "etag: \"2\"\r\n"),
        (FEED, 2) => status(304, "last-modified: B\r\n"),
        (FEED, 3) => ok("etag: \"lost\"\r\n", "<html><title>404 Not Found</title><h1>404 Not Found</h1></html>"),
        (FEED, 4) => status(503, "etag: \"no\"\r\n"),
        (FEED, 5) => ok("last-modified: C\r\n", feed(0..12, "")),
        (FEED, 6) => ok("", feed(0..12, "")),
        (FEED, _) => ok("etag: \"3\"\r\n", feed(0..12, "")),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(FEED);
    for round in 0..8 {
        lab.next_poll(&source).await;
        if round == 3 {
            lab.restart().await;
        }
    }
    let etags: Vec<_> = lab.sent(FEED, "if-none-match").into_iter().map(text).collect();
    let dates: Vec<_> = lab.sent(FEED, "if-modified-since").into_iter().map(text).collect();
    let s = |value: &str| Some(value.to_owned());
    assert_eq!(etags, [None, s("\"1\""), s("\"2\""), s("\"2\""), s("\"2\""), s("\"2\""), None, None]);
    assert_eq!(dates, [None, s("A"), s("A"), s("B"), s("B"), s("B"), s("C"), None]);
}

#[tokio::test]
async fn p4_no_poll_before_what_the_origin_asks_for_and_no_later_than_a_day() {
    let hour = "<skipHours><hour>8</hour><hour>9</hour></skipHours>";
    let every: String = (0..24).map(|h| format!("<hour>{h}</hour>")).collect();
    let every = format!("<skipHours>{every}</skipHours>");
    let weekly = "<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>weekly</sy:updatePeriod>";
    for (headers, channel, least, most) in [
        ("", "", 15, 31),
        ("cache-control: max-age=60\r\n", "", 15, 31),
        ("cache-control: max-age=3600\r\nage: 600\r\n", "", 50, 66),
        ("date: Sat, 14 Feb 2026 08:00:00 GMT\r\nexpires: Sat, 14 Feb 2026 10:00:00 GMT\r\n", "", 120, 136),
        ("cache-control: max-age=99999999\r\n", "", 1_440, 1456),
        ("cache-control: no-store, max-age=3600\r\n", "", 15, 31),
        ("cache-control: s-maxage=3600\r\n", "", 15, 31),
        ("", "<ttl>90</ttl>", 90, 106),
        ("", weekly, 1_440, 1456),
        ("", hour, 120, 151),
        ("", every.as_str(), 15, 31),
    ] {
        let (body, headers) = (feed(0..12, channel), format!("{headers}etag: \"1\"\r\n"));
        let mut lab = Lab::new(move |path, before| match (path, before) {
            (FEED, 0) => ok(&headers, &body),
            (FEED, _) => status(304, ""),
            _ => status(404, ""),
        })
        .await;
        let source = lab.source(FEED);
        lab.poll(&source).await;
        lab.restart().await;
        let wait = lab.wait_of(&source).await;
        assert!((minutes(least)..minutes(most)).contains(&wait), "{channel}: {} min", wait.num_minutes());
        // a 304 without words of its own: the document's hints hold on, the headers' do not
        lab.next_poll(&source).await;
        let again = lab.wait_of(&source).await;
        let held_on = channel.contains("ttl") || channel.contains("sy:");
        assert!(again >= minutes(if held_on { least } else { 15 }), "{channel}: {} min", again.num_minutes());
    }
}

#[tokio::test]
async fn p5_429_silences_the_host_and_503_its_address_until_two_agree() {
    for stated in
        ["7200", "Sat, 14 Feb 2026 10:00:00 GMT", "Saturday, 14-Feb-26 10:00:00 GMT", "Sat Feb 14 10:00:00 2026"]
    {
        let mut lab = Lab::new(move |path, before| match (path, before) {
            (FEED, 0) => status(429, &format!("date: Sat, 14 Feb 2026 08:00:00 GMT\r\nretry-after: {stated}\r\n")),
            (FEED | OTHER, _) => ok("", feed(0..12, "")),
            _ => status(404, ""),
        })
        .await;
        let (source, other) = (lab.source(FEED), lab.source(OTHER));
        lab.poll(&source).await;
        for _ in 0..2 {
            let report = lab.poll(&other).await;
            assert_eq!(report.state.state, SourceState::Waiting, "{stated}");
            lab.restart().await;
        }
        assert_eq!(lab.paths(), [FEED]);
        assert!(lab.wait_of(&other).await >= minutes(120) - TimeDelta::seconds(5));
        assert_eq!(lab.next_poll(&other).await.state.state, SourceState::Ok);
    }
    let mut lab = Lab::new(|path, before| match (path, before) {
        (FEED | OTHER, 0) => status(503, "retry-after: 7200\r\n"),
        ("/robots.txt", _) => status(404, ""),
        _ => ok("", feed(0..12, "")),
    })
    .await;
    let (one, two, three) = (lab.source(FEED), lab.source(OTHER), lab.source("/rss/the-thao.rss"));
    assert_eq!(lab.poll(&one).await.state.state, SourceState::Waiting);
    assert_eq!(lab.poll(&three).await.state.state, SourceState::Ok, "one address alone speaks for itself");
    lab.wait(minutes(1)).await;
    lab.poll(&one).await;
    assert_eq!(lab.poll(&two).await.state.state, SourceState::Waiting);
}

#[tokio::test]
async fn p5_garbage_means_our_own_backoff_and_a_week_is_the_most() {
    for (stated, least, most) in
        [("soon", 15, 19), ("-5", 15, 19), ("0", 15, 16), ("99999999999", 7 * 1_440, 7 * 1_440 + 16)]
    {
        let lab = Lab::new(move |path, _| match path {
            FEED => status(503, &format!("retry-after: {stated}\r\n")),
            _ => status(404, ""),
        })
        .await;
        let source = lab.source(FEED);
        lab.poll(&source).await;
        let wait = lab.wait_of(&source).await;
        assert!((minutes(least)..minutes(most)).contains(&wait), "{stated}: {} min", wait.num_minutes());
    }
}

#[tokio::test]
async fn p6_failures_double_the_wait_up_to_half_a_day_and_take_nothing_away() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (FEED, 1..=10) => status(500, ""),
        (FEED, _) => ok("etag: \"1\"\r\n", feed(0..12, "")),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(FEED);
    lab.poll(&source).await;
    let mut expected = 15;
    for failure in 0..10 {
        lab.next_poll(&source).await;
        let wait = lab.wait_of(&source).await;
        let (least, most) =
            (minutes(expected.min(720) * 4 / 5).max(minutes(15)), minutes(expected.min(720) * 6 / 5 + 1));
        assert!(least <= wait && wait <= most, "after failure {failure}: {} min", wait.num_minutes());
        expected *= 2;
        if failure % 3 == 0 {
            lab.restart().await;
        }
    }
    assert_eq!(lab.items().await.len(), 12, "errors remove nothing");
    let back = lab.next_poll(&source).await;
    assert_eq!((back.state.state, back.state.failures), (SourceState::Ok, 0), "never off");
    assert!(lab.wait_of(&source).await < minutes(16));
}

#[tokio::test]
async fn p6_gone_is_looked_at_a_day_later_then_weekly_and_may_come_back() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (FEED, 1..=3) => status(410, ""),
        (FEED, _) => ok("etag: \"1\"\r\n", feed(0..12, "")),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(FEED);
    lab.poll(&source).await;
    let mut days = Vec::new();
    for _ in 0..3 {
        let report = lab.next_poll(&source).await;
        assert_eq!(report.state.state, SourceState::Gone);
        assert!(
            report.state.failure.is_some_and(|failure| failure.what.contains("gone for good")),
            "the alert's words"
        );
        days.push(lab.wait_of(&source).await.num_days());
        lab.restart().await;
    }
    assert_eq!((days, lab.items().await.len()), (vec![1, 7, 7], 12));
    assert_eq!(lab.next_poll(&source).await.state.state, SourceState::Ok);
}

#[tokio::test]
async fn p7_no_restart_and_no_jump_of_the_clock_shortens_a_wait_and_no_two_sources_keep_step() {
    let mut lab =
        Lab::new(|path, _| if path == "/robots.txt" { status(404, "") } else { ok("", feed(0..12, "")) }).await;
    let source = lab.source(FEED);
    lab.poll(&source).await;
    let next = lab.state(&source).await.next_poll_at.expect("set");
    let due = |state: &PollState, now| cadence().due(&source.id, &Rhythm::Every(EVERY), state, now);
    for _ in 0..3 {
        lab.restart().await;
        assert_eq!(due(&lab.state(&source).await, lab.now), next);
    }
    let state = lab.state(&source).await;
    assert_eq!(
        due(&state, lab.now - TimeDelta::hours(9)),
        lab.now - TimeDelta::hours(9) + minutes(15),
        "a clock was ahead"
    );
    let ahead = PollState { next_poll_at: Some(lab.now + TimeDelta::days(30)), ..state };
    assert_eq!(due(&ahead, lab.now), lab.now + minutes(15), "no rule could have set it");
    let mut moments = HashSet::new();
    for number in 0..40 {
        let source = lab.source(&format!(
            "/rss/{}.rss",
            char::from(b'a' + number % 26).to_string().repeat(1 + usize::from(number / 26))
        ));
        lab.poll(&source).await;
        moments.insert(lab.state(&source).await.next_poll_at.expect("set").timestamp());
    }
    assert!(moments.len() >= 15, "40 sources polled together fall apart: {}", moments.len());
}

#[tokio::test]
async fn p8_a_permanent_redirect_is_adopted_after_a_day_and_a_passing_one_never() {
    let mut lab = Lab::new(|path, _| match path {
        "/cu.rss" => status(301, "location: /moi.rss\r\n"),
        "/tam.rss" => status(302, "location: /moi.rss\r\n"),
        "/vong.rss" => status(302, "location: /vong.rss\r\n"),
        "/moi.rss" => ok("etag: \"1\"\r\ncache-control: max-age=43300\r\n", feed(0..12, "")),
        _ => status(404, ""),
    })
    .await;
    let (moved, passing, round) = (lab.source("/cu.rss"), lab.source("/tam.rss"), lab.source("/vong.rss"));
    for _ in 0..4 {
        lab.next_poll(&moved).await;
        lab.next_poll(&passing).await;
        lab.restart().await;
    }
    assert_eq!((lab.asked("/cu.rss"), lab.asked("/tam.rss"), lab.asked("/moi.rss")), (3, 4, 8));
    assert_eq!(lab.state(&moved).await.adopted_url, lab.home.join("/moi.rss").ok());
    assert_eq!(lab.state(&passing).await.adopted_url, None);
    let unconditional = lab.sent("/moi.rss", "if-none-match").iter().filter(|sent| sent.is_none()).count();
    assert_eq!(unconditional, 2, "the validators are the address's own, before the redirect is adopted and after it");
    assert_eq!(lab.poll(&round).await.state.state, SourceState::Failing);
    assert_eq!(lab.asked("/vong.rss"), 6, "the first and five hops");
}

#[tokio::test]
async fn p9_robots_txt_is_obeyed_asked_once_a_day_and_pauses_where_it_fails() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        ("/robots.txt", 0) => ok("", "User-agent: *\nDisallow: /rss/\nAllow: /rss/kinh-te\n"),
        ("/robots.txt", 1) => status(503, ""),
        ("/robots.txt", _) => status(404, ""),
        _ => ok("", feed(0..12, "")),
    })
    .await;
    let (closed, open) = (lab.source(FEED), lab.source(OTHER));
    let blocked = lab.poll(&closed).await;
    assert_eq!(blocked.state.state, SourceState::Blocked);
    assert_eq!(lab.poll(&open).await.state.state, SourceState::Ok);
    let own = Arc::new(Source { robots: RobotsPolicy::OwnSite, ..(*closed).clone() });
    assert_eq!(lab.poll(&own).await.state.state, SourceState::Ok, "the operator's own site");
    let asked = lab.paths().len();
    lab.restart().await;
    lab.wait(TimeDelta::hours(23)).await;
    lab.poll(&closed).await;
    assert_eq!((lab.asked("/robots.txt"), lab.paths().len()), (1, asked));
    lab.wait(TimeDelta::hours(2)).await;
    let paused = lab.poll(&open).await;
    assert_eq!((paused.state.state, lab.paths().len(), lab.asked("/robots.txt")), (SourceState::Failing, asked, 2));
    lab.restart().await;
    assert_eq!(lab.next_poll(&open).await.state.state, SourceState::Ok);
    assert_eq!(lab.next_poll(&closed).await.state.state, SourceState::Ok, "4xx allows everything");
}

#[tokio::test]
async fn p10_a_request_says_who_asks_and_nothing_that_was_not_asked_for_is_asked() {
    let mut lab = Lab::new(|path, before| match (path, before) {
        (PAGE, 0) => ok("set-cookie: visitor=1\r\ncontent-type: text/html\r\netag: \"1\"\r\n", section(12, story)),
        (PAGE, 1) => status(404, ""),
        (PAGE, 2) => status(500, ""),
        (PAGE, _) => status(304, ""),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(PAGE);
    for _ in 0..5 {
        lab.next_poll(&source).await;
    }
    assert_eq!(lab.paths(), [PAGE; 5], "no variant, no icon, no feed on the way");
    for telltale in ["cookie", "referer", "origin", "range", "from", "x-requested-with", "sec-fetch-mode", "a-im"] {
        assert!(lab.sent(PAGE, telltale).iter().all(Option::is_none), "{telltale}");
    }
    assert!(lab.sent(PAGE, "user-agent").iter().all(|sent| sent.as_deref() == Some(b"bantin/0.1.0")));
    assert!(lab.sent(PAGE, "accept-encoding").iter().all(|sent| sent.as_deref() == Some(b"gzip, br, deflate")));
}

#[tokio::test]
async fn p11_an_article_is_read_once_and_a_failed_one_is_tried_again_with_the_backoff() {
    let failing = path_of(12);
    let page = format!(
        "<html><title>Tin</title><h1>Bản làng vui hội</h1><p>{}</p></html>",
        "Người dân xuống đồng. ".repeat(60)
    );
    let mut lab = Lab::new(move |path, before| match path {
        PAGE => ok("content-type: text/html\r\n", section(12, story)),
        path if path == failing && before < 2 => status(500, ""),
        path if path.starts_with("/xa-hoi/") => ok("content-type: text/html\r\n", &page),
        _ => status(404, ""),
    })
    .await;
    let source = Arc::new(Source { read_articles: true, ..(*lab.source(PAGE)).clone() });
    lab.poll(&source).await;
    lab.read_articles(&source).await;
    let read = |lab: &Lab| (1..=12).map(|n| lab.asked(&path_of(n))).collect::<Vec<_>>();
    assert_eq!(read(&lab), [1; 12]);
    lab.read_articles(&source).await;
    lab.restart().await;
    lab.next_poll(&source).await;
    lab.wait(minutes(4)).await;
    lab.read_articles(&source).await;
    assert_eq!(read(&lab)[..11], [1; 11], "once, over restarts");
    assert_eq!(read(&lab)[11], 2, "a quarter of an hour later");
    lab.wait(minutes(10)).await;
    lab.read_articles(&source).await;
    assert_eq!(read(&lab)[11], 2, "then twice as long");
    lab.wait(minutes(30)).await;
    lab.read_articles(&source).await;
    lab.wait(TimeDelta::days(2)).await;
    lab.next_poll(&source).await;
    lab.read_articles(&source).await;
    assert_eq!((read(&lab)[..11].to_vec(), read(&lab)[11]), (vec![1; 11], 3));
}

#[tokio::test]
async fn p12_a_bot_wall_is_named_never_read_and_never_hurried() {
    let challenge = page(
        "Just a moment...",
        "<div id='challenge-platform'><a href='/xa-hoi/mot-bai-viet-gia-123456.html'>Một bài viết giả trong trang</a></div>",
    );
    let mut lab = Lab::new(move |path, before| match (path, before) {
        (PAGE, 0 | 3) => ok("content-type: text/html\r\netag: \"1\"\r\n", section(12, story)),
        (PAGE, 1) => {
            let head =
                format!("HTTP/1.1 403 X\r\ncf-mitigated: challenge\r\ncontent-length: {}\r\n\r\n", challenge.len());
            [head.as_bytes(), &challenge].concat()
        }
        (PAGE, _) => ok("content-type: text/html\r\netag: \"2\"\r\n", &challenge),
        _ => status(404, ""),
    })
    .await;
    let source = lab.source(PAGE);
    lab.poll(&source).await;
    for _ in 0..2 {
        let report = lab.next_poll(&source).await;
        assert_eq!((report.state.state, report.commit.new), (SourceState::Blocked, 0));
        assert!(report.state.failure.is_some(), "the operator is told");
        assert!(lab.wait_of(&source).await >= minutes(15));
    }
    assert_eq!(lab.items().await.len(), 12);
    let back = lab.next_poll(&source).await;
    assert_eq!(
        (back.state.state, lab.sent(PAGE, "if-none-match")[3].as_deref()),
        (SourceState::Ok, Some(&b"\"1\""[..]))
    );
}

#[tokio::test]
async fn p13_a_body_beyond_the_limits_is_given_up_and_changes_nothing() {
    let bomb = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b' '; 3 << 20]).expect("memory");
        encoder.finish().expect("memory")
    };
    let mut lab = Lab::new(move |path, before| match (path, before) {
        (FEED, 0) => ok("etag: \"1\"\r\n", feed(0..12, "")),
        (FEED, 1) => ok("etag: \"2\"\r\n", vec![b'x'; (4 << 20) + 1]),
        (FEED, 2) => ok("etag: \"3\"\r\ncontent-encoding: gzip\r\n", &bomb),
        (FEED, 3) => ok(&format!("etag: \"4\"\r\nx-long: {}\r\n", "y".repeat(70 << 10)), feed(0..12, "")),
        (FEED, _) => ok("etag: \"5\"\r\n", feed(0..13, "")),
        _ => status(404, ""),
    })
    .await;
    lab.settings.max_body_bytes = 4 << 20;
    lab.restart().await;
    let source = lab.source(FEED);
    lab.poll(&source).await;
    for _ in 0..3 {
        let report = lab.next_poll(&source).await;
        assert_eq!((report.answer, report.state.state), (Polled::Failed, SourceState::Failing));
    }
    assert_eq!(lab.next_poll(&source).await.commit.new, 1);
    let etags: Vec<_> = lab.sent(FEED, "if-none-match").into_iter().map(text).collect();
    assert_eq!(etags[1..], [(); 4].map(|()| Some("\"1\"".to_owned())));
}

#[tokio::test]
async fn p13_an_answer_that_stalls_is_given_up_at_its_deadline() {
    let mut lab = Lab::new(|path, _| match path {
        FEED => b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<rss".to_vec(),
        _ => status(404, ""),
    })
    .await;
    lab.settings.stall_timeout = Duration::from_millis(100);
    lab.restart().await;
    let report = lab.poll(&lab.source(FEED)).await;
    let failure = report.state.failure.expect("a failure");
    assert!(failure.what.contains("gave no whole answer within"), "{}", failure.what);
}
