use super::*;
use crate::model::Way;
use proptest::prelude::*;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

fn way(kinds: &[AlertKind]) -> AlertWay {
    let way = Way::Command(vec![format!("/bin/{kinds:?}")]);
    AlertWay { key: format!("{kinds:?}"), kinds: kinds.to_vec(), way }
}

fn trouble(kind: AlertKind, of: &str) -> Trouble {
    Trouble {
        key: format!("{}/{of}", kind.as_str()),
        kind,
        source: None,
        stage: None,
        what: "wrong".to_owned(),
        url: None,
        expected: None,
        remedy: "mend it".to_owned(),
    }
}

fn drift() -> Vec<Trouble> {
    vec![trouble(AlertKind::Drift, "bao/xa-hoi")]
}

fn book() -> Book {
    let mut book = Book::default();
    book.configure(&[way(&AlertKind::ALL), way(&[AlertKind::Storage])]);
    book
}

fn see(book: &mut Book, troubles: Vec<Trouble>, minute: i64) -> Vec<&'static str> {
    let news = book.see(troubles, |_| true, at(minute));
    news.iter().map(|alert| if alert.until.is_some() { "over" } else { "begun" }).collect()
}

#[test]
fn trouble_is_told_once_and_once_more_when_it_is_over() {
    let mut book = book();
    assert_eq!(see(&mut book, drift(), 0), ["begun"]);
    assert_eq!(see(&mut book, drift(), 1), [""; 0]);
    let due = book.due(at(1));
    assert_eq!(due.len(), 1, "the other way wants another kind");
    assert!(book.due(at(1)).is_empty(), "one telling at a time");
    book.told(&due[0], true, at(1));
    assert_eq!(see(&mut book, Vec::new(), 2), ["over"]);
    let due = book.due(at(2));
    assert_eq!((due[0].alerts.len(), due[0].alerts[0].until), (1, Some(at(2))));
    book.told(&due[0], true, at(2));
    assert_eq!(see(&mut book, Vec::new(), 3), [""; 0]);
    assert!(book.due(at(3)).is_empty());
}

#[test]
fn restart_tells_nothing_twice_and_what_ended_meanwhile() {
    let mut before = book();
    before.see(vec![trouble(AlertKind::Drift, "a"), trouble(AlertKind::Webhook, "b")], |_| true, at(0));
    let due = before.due(at(0));
    before.told(&due[0], true, at(0));
    let (marks, _) = before.take_changed().expect("marks");

    let mut book = Book::kept(marks);
    book.configure(&[way(&AlertKind::ALL)]);
    let news = book.see(vec![trouble(AlertKind::Drift, "a")], |kind| kind != AlertKind::Webhook, at(5));
    assert!(news.is_empty(), "of webhooks nobody has spoken yet: {news:?}");
    let news = book.see(Vec::new(), |_| true, at(6));
    assert_eq!(news.iter().filter(|alert| alert.until.is_some()).count(), 2, "{news:?}");
}

#[test]
fn what_was_not_told_before_a_restart_is_told_behind_it() {
    let mut before = book();
    see(&mut before, drift(), 0);
    let (marks, _) = before.take_changed().expect("marks");
    let mut book = Book::kept(marks.clone());
    book.configure(&[way(&AlertKind::ALL)]);
    assert_eq!(book.due(at(1))[0].alerts, [marks[0].alert.clone()]);
    let mut without = Book::kept(marks);
    without.configure(&[]);
    assert!(without.due(at(1)).is_empty() && without.take_changed().is_some(), "that way has left");
}

#[test]
fn way_that_fails_is_tried_again_ever_later_and_loses_nothing() {
    let mut book = book();
    see(&mut book, drift(), 0);
    let mut now = at(0);
    for _ in 0..20 {
        let due = book.due(now);
        assert_eq!(due[0].alerts.len(), 1);
        book.told(&due[0], false, now);
        assert!(book.due(now).is_empty());
        let next = book.next_at().expect("another try");
        assert!(next > now && next - now <= LONGEST_RETRY);
        now = next;
    }
    let now = at(5000);
    book.see(Vec::new(), |_| true, now);
    let alerts = book.due(now).remove(0).alerts;
    assert_eq!(alerts.len(), 1, "the beginning is stale, its end is not: {alerts:?}");
}

#[test]
fn what_comes_and_goes_is_told_ever_more_rarely() {
    let mut book = book();
    // a day of five minutes on, five minutes off
    let told: usize = (0..144)
        .map(|turn| see(&mut book, drift(), turn * 10).len() + see(&mut book, Vec::new(), turn * 10 + 5).len())
        .sum();
    assert!(told <= 4, "{told} messages");
    assert_eq!(see(&mut book, Vec::new(), 144 * 10 + 360), ["over"]);
}

#[test]
fn what_is_over_is_shown_for_a_month_and_no_more_than_so_many() {
    let mut book = book();
    let many: Vec<Trouble> = (0..300).map(|n| trouble(AlertKind::Failing, &n.to_string())).collect();
    see(&mut book, many, 0);
    assert_eq!(book.open().count(), 300, "what goes on is never dropped");
    see(&mut book, Vec::new(), 1);
    assert_eq!(book.marks.len(), MOST_SHOWN);
    see(&mut book, Vec::new(), 31 * 24 * 60);
    assert!(book.marks.is_empty());
    let (changed, gone) = book.take_changed().expect("rows");
    assert!(changed.is_empty() && gone.len() == 300, "{} {}", changed.len(), gone.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes and goes, restarts and failing ways included: each alert is told once, its end once, in this order.
    #[test]
    fn beginning_and_end_are_told_once_each_in_order(
        steps in prop::collection::vec((prop::collection::vec(0_u8..4, 0..4), any::<bool>(), any::<bool>(), 1_i64..40), 1..80),
    ) {
        let mut book = book();
        let (mut told, mut minute) = (Vec::<Alert>::new(), 0);
        for (wrong, works, restarts, minutes) in steps {
            minute += minutes;
            let wrong = wrong.into_iter().collect::<BTreeSet<_>>().into_iter();
            book.see(wrong.map(|n| trouble(AlertKind::Held, &n.to_string())).collect(), |_| true, at(minute));
            for telling in book.due(at(minute)) {
                book.told(&telling, works, at(minute));
                if works {
                    told.extend(telling.alerts);
                }
            }
            if restarts {
                book = Book::kept(book.marks.values().cloned().collect());
                book.configure(&[way(&AlertKind::ALL), way(&[AlertKind::Storage])]);
            }
        }
        let mut of_each: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        for alert in &told {
            of_each.entry(alert.id.clone()).or_default().push(alert.until.is_some());
        }
        for (id, ends) in of_each {
            prop_assert!(ends == [false] || ends == [false, true], "{id}: {ends:?}");
        }
    }
}
