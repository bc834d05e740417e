use super::*;
use crate::model::Secret;
use url::Url;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn paper(id: &str) -> PaperId {
    PaperId::new(id).expect("a slug")
}

fn webhook(key: &str, papers: &[&str]) -> Webhook {
    Webhook {
        key: key.to_owned(),
        url: Url::parse(&format!("https://{key}.vn/hook")).expect("a URL"),
        secret: Secret::new("AAAA"),
        papers: papers.iter().map(|id| paper(id)).collect(),
        kinds: vec!["create"],
    }
}

fn book(papers: &[&str]) -> Book {
    let mut book = Book::default();
    book.configure(&[webhook("a", papers)], Vec::new(), 7);
    book
}

fn reach(paper_id: &str, next: u64, more: bool) -> Reach {
    Reach { key: "a".to_owned(), paper: paper(paper_id), next, more }
}

fn failed() -> Receipt {
    Receipt::Failed { problem: "500".to_owned(), retry_after: None }
}

fn looks(book: &mut Book, now: DateTime<Utc>) -> Vec<(String, WebhookPlace)> {
    book.due(now).into_iter().map(|look| (look.paper.to_string(), look.place)).collect()
}

fn place(after: u64, until: Option<u64>) -> WebhookPlace {
    WebhookPlace { after, until }
}

#[test]
fn new_webhook_begins_at_the_newest_and_gets_one_page_at_a_time() {
    let mut book = book(&["bao"]);
    assert_eq!(looks(&mut book, NOW), [("bao".to_owned(), place(7, None))]);
    book.news();
    assert_eq!(looks(&mut book, NOW), [], "one page at a time");
    book.leaves(&reach("bao", 9, true));
    book.delivered(&reach("bao", 9, true), &Receipt::Acknowledged, NOW);
    assert_eq!(looks(&mut book, NOW), [("bao".to_owned(), place(9, None))]);
    book.skipped(&reach("bao", 12, false));
    assert_eq!(looks(&mut book, NOW), [], "nothing follows");
    book.news();
    assert_eq!(looks(&mut book, NOW), [("bao".to_owned(), place(12, None))]);
}

#[test]
fn page_that_failed_comes_again_with_the_same_end_before_all_else() {
    let mut book = book(&["bao", "khac"]);
    assert_eq!(looks(&mut book, NOW)[0].0, "bao");
    book.skipped(&reach("bao", 8, false));
    assert_eq!(looks(&mut book, NOW)[0].0, "khac");
    book.leaves(&reach("khac", 9, false));
    book.delivered(&reach("khac", 9, false), &failed(), NOW);
    book.news();
    assert_eq!(looks(&mut book, NOW + TimeDelta::seconds(4)), []);
    assert_eq!(looks(&mut book, NOW + TimeDelta::seconds(5)), [("khac".to_owned(), place(7, Some(9)))]);
}

#[test]
fn failures_come_again_ever_later_and_a_wish_is_obeyed() {
    let (mut book, mut now, mut waits) = (book(&["bao"]), NOW, Vec::new());
    for _ in 0..12 {
        assert_eq!(looks(&mut book, now).len(), 1);
        book.delivered(&reach("bao", 9, false), &failed(), now);
        let next = book.next_at().expect("a next time");
        waits.push((next - now).num_seconds());
        now = next;
    }
    assert_eq!((&waits[..3], waits[11]), (&[5, 10, 20][..], 3600));
    assert_eq!(looks(&mut book, now).len(), 1);
    let wish = Receipt::Failed { problem: "503".to_owned(), retry_after: Some(Duration::from_secs(7200)) };
    book.delivered(&reach("bao", 9, false), &wish, now);
    assert_eq!(book.next_at(), Some(now + TimeDelta::hours(2)));
    assert_eq!(looks(&mut book, now + TimeDelta::hours(2)).len(), 1);
    book.delivered(&reach("bao", 9, false), &Receipt::Acknowledged, now);
    assert_eq!(book.next_at(), None, "what went well waits for nothing");
}

#[test]
fn page_that_is_wanted_no_more_after_a_failure_leaves_nothing_due() {
    let mut book = book(&["bao"]);
    assert_eq!(looks(&mut book, NOW).len(), 1);
    book.delivered(&reach("bao", 9, false), &failed(), NOW);
    assert_eq!(looks(&mut book, NOW + TimeDelta::seconds(5)).len(), 1);
    book.skipped(&reach("bao", 9, false));
    assert_eq!((book.next_at(), looks(&mut book, NOW + TimeDelta::days(1))), (None, vec![]));
}

#[test]
fn receiver_that_is_gone_gets_nothing_until_the_configuration_is_loaded_anew() {
    let mut book = book(&["bao"]);
    assert_eq!(looks(&mut book, NOW).len(), 1);
    book.leaves(&reach("bao", 9, false));
    book.delivered(&reach("bao", 9, false), &Receipt::Gone, NOW);
    book.news();
    assert_eq!((looks(&mut book, NOW + TimeDelta::days(9)), book.next_at()), (vec![], None));
    let (marks, _) = book.take_changed().expect("a mark");
    assert_eq!(marks[0].state, WebhookState::Off);
    book.configure(&[webhook("a", &["bao"])], marks, 50);
    assert_eq!(looks(&mut book, NOW), [("bao".to_owned(), place(7, Some(9)))], "it misses nothing");
}

#[test]
fn places_outlive_a_restart_and_what_left_the_configuration_is_dropped() {
    let mut book = book(&["bao"]);
    assert_eq!(looks(&mut book, NOW).len(), 1);
    book.leaves(&reach("bao", 9, false));
    let (marks, _) = book.take_changed().expect("a mark");
    let mut again = Book::default();
    again.configure(&[webhook("a", &["bao", "khac"]), webhook("b", &["bao"])], marks.clone(), 50);
    let found = looks(&mut again, NOW);
    assert_eq!(found, [("bao".to_owned(), place(7, Some(9))), ("bao".to_owned(), place(50, None))]);
    let mut none = Book::default();
    none.configure(&[], marks, 50);
    assert_eq!(none.take_changed(), Some((vec![], vec!["a".to_owned()])));
}
