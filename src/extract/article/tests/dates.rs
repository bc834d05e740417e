//! When it was published: each witness and its limits.

use super::*;

#[test]
fn a_moment_in_utc_is_told_in_the_offset_of_the_clock_beside_it() {
    let json_ld =
        "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"Hội xuống đồng bản Nà Mòn\",
        \"datePublished\":\"2026-02-13T18:30:00Z\"}</script>";
    let day = |main: &str| published(json_ld, &format!("{main}{TEXT}")).map(|(date, _)| date);
    let moment = Some("2026-02-14T01:30+07:00".to_owned());
    assert_eq!(day("<span>01:30 14/02/2026</span>"), moment);
    assert_eq!(day("<time datetime='2026-02-14T01:30:00+07:00'>hôm qua</time>"), moment);
    // another moment tells nothing of the offset
    assert_eq!(day("<span>02:12 14/02/2026</span>").as_deref(), Some("2026-02-13T18:30+00:00"));
}

#[test]
fn a_dateline_is_a_witness_and_a_sentence_is_none() {
    let opening = |start: &str| {
        let text =
            "Đoàn công tác của tỉnh đã về thăm bản, dự hội xuống đồng và tặng quà cho các hộ gia đình có công ở xã.";
        published("", &format!("<p>{start}{text}</p>{TEXT}")).map(|(date, _)| date)
    };
    assert_eq!(opening("(14/2/2026) ").as_deref(), Some("2026-02-14"));
    assert_eq!(opening("Sơn La, 14/2/2026 – ").as_deref(), Some("2026-02-14"));
    assert_eq!(opening("Ngày 14/2/2026, "), None);
    assert_eq!(opening("(3/2/1930 - 3/2/2026) "), None);
}

#[test]
fn a_kicker_in_the_heading_may_hold_the_date() {
    let dated = |kicker: &str| {
        let title = format!("<h1>{kicker}Hội xuống đồng bản Nà Mòn</h1>");
        let markup = page("", TEXT).replace("<h1>Hội xuống đồng bản Nà Mòn</h1>", &title);
        let entry = read(&markup);
        (entry.published.map(|date| date.local.date().to_string()), entry.title)
    };
    let title = Some("Hội xuống đồng bản Nà Mòn".to_owned());
    assert_eq!(dated("<time datetime='2026-02-14'>14/2/2026</time> "), (Some("2026-02-14".to_owned()), title.clone()));
    assert_eq!(dated(""), (None, title));
}

#[test]
fn a_byline_with_a_link_to_the_comments_is_no_teaser() {
    let line = "<div class=entry-meta><time datetime='2026-02-14T08:30:00+07:00'>14/02/2026</time>
        <a href='#respond'>Hãy là người đầu tiên bình luận</a></div>";
    assert!(published("", &format!("{line}{TEXT}")).is_some());
    let teaser = line.replace("#respond", "/khac.html");
    assert_eq!(published("", &format!("{teaser}{TEXT}")), None);
}

#[test]
fn an_edit_in_the_place_of_the_publication_does_not_win() {
    let head =
        "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"Hội xuống đồng bản Nà Mòn\",
        \"datePublished\":\"2026-02-14\",\"dateModified\":\"2026-02-14\"}</script>
        <meta property='article:published_time' content='2026-01-20T08:30:00+07:00'>";
    assert_eq!(published(head, TEXT).map(|(date, _)| date).as_deref(), Some("2026-01-20T08:30+07:00"));
}

#[test]
fn a_day_before_the_web_is_what_the_article_is_about() {
    assert_eq!(published("", &format!("<p><span>7/5/1954</span></p>{TEXT}")), None);
}

#[test]
fn the_line_of_a_cms_dates_the_article() {
    let line = "<div class=submitted>Gửi bởi <span class=username>Lò Thị Mai</span> ngày 14/2/2026 - 08:30</div>";
    let found = published("", &format!("{TEXT}{line}"));
    assert_eq!(found.map(|(date, _)| date).as_deref(), Some("2026-02-14T08:30"));
}

#[test]
fn posts_of_a_live_blog_are_parts_of_it() {
    let head = "<script type='application/ld+json'>{\"@type\":\"LiveBlogPosting\",\"headline\":\"Hội xuống đồng bản Nà Mòn\",
        \"datePublished\":\"2026-02-13T08:30:00+07:00\",\"liveBlogUpdate\":[{\"@type\":\"BlogPosting\",
        \"headline\":\"Hội xuống đồng bản Nà Mòn\",\"datePublished\":\"2026-02-14T08:30:00+07:00\",\"author\":\"x\"}]}</script>";
    assert_eq!(published(head, TEXT).map(|(date, _)| date).as_deref(), Some("2026-02-13T08:30+07:00"));
}
