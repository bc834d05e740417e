//! Articles that their list has lost: when their pages are asked for, and what the answers mean.

use super::lab::{Lab, feed, ok, path_of, status};
use super::*;
use crate::ingest::AbsenceReport;
use crate::store::AbsenceAnswer;
use chrono::TimeDelta;
use std::sync::Mutex;

/// How the origin answers for the lost article.
type Answer = fn() -> Vec<u8>;

/// What the origin's feed lists, and how it answers for one article.
struct Paper {
    listed: Vec<usize>,
    answer: Answer,
    robots: &'static str,
}

type Shared = Arc<Mutex<Paper>>;

const LOST: usize = 15;

async fn lab(answer: Answer) -> (Lab, Shared, Arc<Source>) {
    let paper: Shared = Arc::new(Mutex::new(Paper { listed: full(), answer, robots: "" }));
    let shared = Arc::clone(&paper);
    let lab = Lab::new(move |path, _| {
        let paper = shared.lock().expect("not poisoned");
        match path {
            "/tin.rss" => ok("", feed(paper.listed.iter().copied(), "")),
            "/robots.txt" if !paper.robots.is_empty() => ok("content-type: text/plain\r\n", paper.robots),
            path if path == path_of(LOST) => (paper.answer)(),
            "/" => ok("", page("Trang chủ", "<p>Chào bạn đọc</p>")),
            _ => status(404, ""),
        }
    })
    .await;
    let source = lab.source("/tin.rss");
    lab.poll(&source).await;
    (lab, paper, source)
}

fn full() -> Vec<usize> {
    (9..21).rev().collect()
}

async fn poll_with(lab: &mut Lab, paper: &Shared, source: &Arc<Source>, listed: Vec<usize>) -> PollReport {
    paper.lock().expect("not poisoned").listed = listed;
    lab.wait(TimeDelta::hours(1)).await;
    lab.poll(source).await
}

fn without_the_lost() -> Vec<usize> {
    full().into_iter().filter(|number| *number != LOST).collect()
}

/// Asks for the pages that are due a moment later, as the sweeper does.
async fn ask(lab: &mut Lab, source: &Arc<Source>) -> Vec<AbsenceReport> {
    lab.wait(TimeDelta::seconds(1)).await;
    let mut reports = Vec::new();
    for absent in lab.store().absent_items(lab.now, 100).await.expect("absent items") {
        let asked = lab.ingest().ask_for_absent(source, &Rhythm::Every(lab::EVERY), &absent, lab.now).await;
        reports.push(asked.expect("a store"));
    }
    reports
}

#[tokio::test]
async fn a_lost_article_is_asked_for_twice_a_day_apart_and_withdrawn() {
    let (mut lab, paper, source) = lab(|| status(404, "")).await;
    assert_eq!(lab.items().await.len(), 12);
    let report = poll_with(&mut lab, &paper, &source, without_the_lost()).await;
    assert_eq!(report.commit.absent, 1);
    assert_eq!(ask(&mut lab, &source).await[0].answer, AbsenceAnswer::Gone);
    lab.restart().await;
    lab.wait(TimeDelta::hours(23)).await;
    assert!(ask(&mut lab, &source).await.is_empty());
    assert_eq!((lab.asked(&path_of(LOST)), lab.items().await.len()), (1, 12));
    lab.wait(TimeDelta::hours(2)).await;
    assert_eq!(ask(&mut lab, &source).await[0].commit.withdrawn, 1);
    assert_eq!((lab.asked(&path_of(LOST)), lab.items().await.len()), (2, 11));
    lab.wait(TimeDelta::days(30)).await;
    assert!(ask(&mut lab, &source).await.is_empty(), "never again");
    let report = poll_with(&mut lab, &paper, &source, full()).await;
    assert_eq!((report.commit.returned, report.commit.new, lab.items().await.len()), (1, 0, 12));
}

#[tokio::test]
async fn whatever_else_the_page_answers_leaves_the_article() {
    let answers: [(Answer, &str); 5] = [
        (|| ok("", page("Bài", "<p>Vẫn còn</p>")), "stands"),
        (|| status(302, "location: /\r\n"), "stands"),
        (|| status(503, ""), "unclear"),
        (|| status(403, ""), "unclear"),
        (|| b"nonsense\r\n\r\n".to_vec(), "unclear"),
    ];
    for (answer, meaning) in answers {
        let (mut lab, paper, source) = lab(answer).await;
        poll_with(&mut lab, &paper, &source, without_the_lost()).await;
        let asked = ask(&mut lab, &source).await;
        let is_unclear = matches!(asked[0].answer, AbsenceAnswer::Unclear { .. });
        assert_eq!((asked.len(), is_unclear), (1, meaning == "unclear"), "{:?}", asked[0].answer);
        for _ in 0..20 {
            lab.wait(TimeDelta::days(1)).await;
            ask(&mut lab, &source).await;
        }
        assert_eq!(lab.items().await.len(), 12, "{meaning}");
        assert!(lab.asked(&path_of(LOST)) <= crate::store::MOST_ASKED as usize, "{meaning}");
    }
}

#[tokio::test]
async fn an_answer_in_between_that_it_is_there_ends_the_absence() {
    let (mut lab, paper, source) = lab(|| status(410, "")).await;
    poll_with(&mut lab, &paper, &source, without_the_lost()).await;
    ask(&mut lab, &source).await;
    paper.lock().expect("not poisoned").answer = || ok("", page("Bài", "<p>Vẫn còn</p>"));
    lab.wait(TimeDelta::days(2)).await;
    assert_eq!(ask(&mut lab, &source).await[0].answer, AbsenceAnswer::Stands);
    lab.wait(TimeDelta::days(2)).await;
    assert!(ask(&mut lab, &source).await.is_empty());
    assert_eq!(lab.items().await.len(), 12);
}

#[tokio::test]
async fn pages_that_robots_txt_forbids_are_not_asked_for() {
    let (mut lab, paper, source) = lab(|| status(404, "")).await;
    paper.lock().expect("not poisoned").robots = "User-agent: *\nDisallow: /xa-hoi/\n";
    lab.wait(TimeDelta::hours(25)).await;
    poll_with(&mut lab, &paper, &source, without_the_lost()).await;
    assert_eq!(ask(&mut lab, &source).await[0].answer, AbsenceAnswer::Stands);
    assert_eq!((lab.asked(&path_of(LOST)), lab.items().await.len()), (0, 12));
}

#[tokio::test]
async fn nothing_is_asked_for_when_a_list_moves_on_shrinks_or_fails() {
    let (mut lab, paper, source) = lab(|| status(404, "")).await;
    for listed in [
        (12..24).rev().collect::<Vec<_>>(),
        (20..24).rev().collect(),
        Vec::new(),
        (12..24).rev().collect(),
        (12..24).rev().filter(|number| number % 2 == 0).collect(),
    ] {
        poll_with(&mut lab, &paper, &source, listed).await;
        assert!(ask(&mut lab, &source).await.is_empty());
    }
    assert_eq!(lab.items().await.len(), 15);
}
