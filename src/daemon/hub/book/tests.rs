use super::*;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn key(callback: &str) -> Key {
    (url("https://f.vn/bao/all.rss"), url(callback))
}

fn request(intent: Intent, callback: &str) -> Request {
    Request { intent, key: key(callback), lease_seconds: Some(3600), secret: Some(Secret::new("s")) }
}

fn some(tag: &str) -> impl Fn(&Url) -> Option<String> + use<> {
    let tag = tag.to_owned();
    move |_| Some(tag.clone())
}

/// A book in which a callback has subscribed while the document was `"1"`.
fn subscribed(callback: &str) -> Book {
    let mut book = Book::default();
    assert!(book.request(request(Intent::Subscribe, callback), NOW));
    let question = book.questions(9).remove(0);
    assert_eq!(book.answered(question, true, Some("1".into()), NOW), Fate::Begun);
    book
}

#[test]
fn nothing_is_delivered_before_the_callback_confirmed() {
    let mut book = Book::default();
    assert!(book.request(request(Intent::Subscribe, "https://a.vn/"), NOW));
    assert_eq!(book.due(some("2"), 9, NOW), []);
    let question = book.questions(9).remove(0);
    assert_eq!(question.lease_seconds, 3600);
    assert_eq!(book.answered(question, false, Some("1".into()), NOW), Fate::Unconfirmed);
    assert_eq!((book.due(some("2"), 9, NOW), book.len(), book.has_changed()), (vec![], 0, false));
}

#[test]
fn subscriber_gets_each_newest_document_once() {
    let mut book = subscribed("https://a.vn/");
    let a = key("https://a.vn/");
    assert_eq!(book.due(some("1"), 9, NOW), [], "it can fetch what was there when it subscribed");
    assert_eq!(book.due(some("2"), 9, NOW), std::slice::from_ref(&a));
    assert_eq!(book.due(some("3"), 9, NOW), [], "one delivery at a time to a host");
    assert_eq!(book.delivered(&a, "2".into(), Receipt::Acknowledged, NOW), Fate::Stands);
    assert_eq!(book.due(some("3"), 9, NOW), std::slice::from_ref(&a), "what came meanwhile follows");
    book.delivered(&a, "3".into(), Receipt::Acknowledged, NOW);
    assert_eq!(book.due(some("3"), 9, NOW), []);
    let (rows, gone) = book.take_changed();
    assert_eq!((rows[0].delivery.acknowledged.as_deref(), gone.len()), (Some("3"), 0));
    assert_eq!(Book::new(rows).due(some("4"), 9, NOW), [a], "a restart goes on");
}

#[test]
fn failed_delivery_comes_again_ever_later_until_the_subscription_is_given_up() {
    let mut book = subscribed("https://a.vn/");
    let (a, mut now, mut waits) = (key("https://a.vn/"), NOW, Vec::new());
    let fate = loop {
        // a lease that never ends
        book.rows.get_mut(&a).expect("there").delivery.lease_until = DateTime::<Utc>::MAX_UTC;
        assert_eq!(book.due(some("2"), 9, now), std::slice::from_ref(&a));
        let fate = book.delivered(&a, "2".into(), Receipt::Failed { retry_after: None }, now);
        if fate != Fate::Stands {
            break fate;
        }
        let next = book.next_at().expect("a next time");
        assert_eq!(book.due(some("3"), 9, next - TimeDelta::milliseconds(1)), [], "news hurry nobody");
        waits.push((next - now).num_seconds());
        now = next;
    };
    assert_eq!((fate, book.len(), waits.len()), (Fate::GivenUp, 0, 19));
    assert_eq!((&waits[..4], waits[18]), (&[2, 4, 8, 16][..], 6 * 3600));
}

#[test]
fn callback_says_how_long_it_wants_to_be_left_alone_within_a_day() {
    let a = key("https://a.vn/");
    for (asked, waits) in [(60, 60), (1, 2), (9_999_999, 86_400)] {
        let mut book = subscribed("https://a.vn/");
        let receipt = Receipt::Failed { retry_after: Some(Duration::from_secs(asked)) };
        book.delivered(&a, "2".into(), receipt, NOW);
        assert_eq!(book.next_at(), Some(NOW + TimeDelta::seconds(waits)), "{asked}");
    }
}

#[test]
fn gone_callback_and_confirmed_leave_end_the_subscription() {
    let (a, mut book) = (key("https://a.vn/"), subscribed("https://a.vn/"));
    assert_eq!(book.delivered(&a, "2".into(), Receipt::Gone, NOW), Fate::Ended);
    assert_eq!((book.len(), book.take_changed()), (0, (vec![], vec![a.clone()])));

    let mut book = subscribed("https://a.vn/");
    assert!(book.request(request(Intent::Unsubscribe, "https://a.vn/"), NOW));
    let question = book.questions(9).remove(0);
    assert_eq!(book.answered(question.clone(), false, None, NOW), Fate::Unconfirmed);
    assert_eq!(book.len(), 1, "a stranger cannot unsubscribe others");
    assert_eq!(book.answered(question, true, None, NOW), Fate::Ended);
    assert_eq!(book.len(), 0);
}

#[test]
fn lease_is_bounded_renewed_and_ends() {
    let lease = |wish: Option<u64>| {
        let mut book = Book::default();
        let request = Request { lease_seconds: wish, ..request(Intent::Subscribe, "https://a.vn/") };
        assert!(book.request(request, NOW));
        book.questions(1)[0].lease_seconds
    };
    assert_eq!([None, Some(0), Some(1), Some(u64::MAX)].map(lease), [864_000, 864_000, 300, 2_592_000]);

    let mut book = subscribed("https://a.vn/");
    let later = NOW + TimeDelta::minutes(30);
    assert!(book.request(Request { secret: None, ..request(Intent::Subscribe, "https://a.vn/") }, later));
    let question = book.questions(9).remove(0);
    assert_eq!(book.answered(question, true, Some("2".into()), later), Fate::Renewed);
    assert_eq!(book.due(some("2"), 9, later), [key("https://a.vn/")], "what was missed before is not lost by renewing");
    assert!(book.secret(&key("https://a.vn/")).is_none(), "the newest secret counts");
    book.forget_calls();
    assert_eq!(book.expire(NOW + TimeDelta::minutes(89)), 0);
    let end = NOW + TimeDelta::minutes(90);
    assert_eq!(book.due(some("3"), 9, end), [], "a lease that is over gets nothing");
    assert_eq!((book.expire(end), book.len()), (1, 0));
}

#[test]
fn slow_host_holds_up_no_other() {
    let mut book = subscribed("https://a.vn/1");
    for callback in ["https://a.vn/2", "https://b.vn/1"] {
        assert!(book.request(request(Intent::Subscribe, callback), NOW));
        let question = book.questions(9).remove(0);
        book.answered(question, true, Some("1".into()), NOW);
    }
    assert_eq!(book.due(some("2"), 9, NOW), [key("https://a.vn/1"), key("https://b.vn/1")]);
    book.delivered(&key("https://b.vn/1"), "2".into(), Receipt::Acknowledged, NOW);
    assert_eq!(book.due(some("2"), 9, NOW), []);
    book.delivered(&key("https://a.vn/1"), "2".into(), Receipt::Failed { retry_after: None }, NOW);
    assert_eq!(book.due(some("2"), 9, NOW), [key("https://a.vn/2")]);
}

#[test]
fn topic_that_is_gone_loses_its_subscribers() {
    let mut book = subscribed("https://a.vn/");
    assert_eq!(book.lose(some("1")), []);
    assert_eq!(book.lose(|_| None), [key("https://a.vn/")]);
    assert_eq!(book.len(), 0);
}

#[test]
fn requests_are_bounded_and_the_last_word_counts() {
    let mut book = Book::default();
    assert!(book.request(request(Intent::Subscribe, "https://a.vn/"), NOW));
    assert!(book.request(request(Intent::Unsubscribe, "https://a.vn/"), NOW));
    let questions = book.questions(9);
    assert_eq!((questions.len(), questions[0].intent), (1, Intent::Unsubscribe));
    assert!(book.request(request(Intent::Subscribe, "https://a.vn/2"), NOW));
    assert!(book.questions(9).is_empty(), "one question at a time to a host");
    let taken = (0..2000).filter(|n| book.request(request(Intent::Subscribe, &format!("https://a.vn/{n}")), NOW));
    assert!(taken.count() < 300, "a host's callbacks are asked in bounds");
}

#[test]
fn subscriptions_of_a_host_are_bounded() {
    let row = |n: u32| {
        let delivery = Delivery { since: NOW, lease_until: NOW, acknowledged: None, failures: 0, retry_at: None };
        let (topic, callback) = key(&format!("https://a.vn/{n}"));
        Subscriber { topic, callback, secret: None, delivery }
    };
    let mut book = Book::new((0..MOST_OF_A_HOST).map(row).collect());
    assert!(!book.request(request(Intent::Subscribe, "https://a.vn/x"), NOW));
    assert!(book.request(request(Intent::Subscribe, "https://a.vn/1"), NOW), "those that are there can be renewed");
    assert!(book.request(request(Intent::Subscribe, "https://b.vn/"), NOW));
}

#[test]
fn what_could_not_be_written_is_written_later() {
    let mut book = subscribed("https://a.vn/");
    let (rows, gone) = book.take_changed();
    assert!(!book.has_changed());
    book.not_written(&rows, gone);
    assert_eq!(book.take_changed().0, rows);
}
