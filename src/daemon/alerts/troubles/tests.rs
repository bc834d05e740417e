use super::*;
use crate::model::{HoldReason, Refusal};

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

fn well(minute: i64) -> SourceFacts {
    SourceFacts {
        url: "https://bao.example/".to_owned(),
        zone: Tz::UTC,
        state: SourceState::Ok,
        failures: 0,
        failure: None,
        held: None,
        last_success: Some(at(minute)),
        last_news: Some(at(minute)),
        overdue: None,
    }
}

fn failing_since(success: i64, failure: i64, failures: u32) -> SourceFacts {
    let what = Failure::new(FailureStage::Fetch, "refused".to_owned(), at(failure), None);
    SourceFacts { state: SourceState::Failing, failures, failure: Some(what), ..well(success) }
}

fn facts<const N: usize>(sources: [(&str, SourceFacts); N]) -> Facts {
    let id = |text: &str| SourceId::try_from(text.to_owned()).expect("an id");
    Facts { sources: Some(sources.into_iter().map(|(name, of)| (id(name), of)).collect()), ..Facts::default() }
}

fn keys(facts: &Facts, told: &Book, minute: i64) -> Vec<String> {
    all(facts, told, at(minute)).into_iter().map(|trouble| trouble.key).collect()
}

#[test]
fn one_failure_is_a_blip_and_two_are_told() {
    let book = Book::default();
    let told = |failures| keys(&facts([("a/b", failing_since(0, 10, failures)), ("a/c", well(20))]), &book, 30);
    assert_eq!(told(1), [""; 0]);
    assert_eq!(told(2), ["failing/a/b"]);
}

#[test]
fn what_was_told_goes_on_behind_a_restart_that_forgot_how_often_it_failed() {
    let mut book = Book::default();
    let failing = |failures| facts([("a/b", failing_since(0, 10, failures)), ("a/c", well(20))]);
    book.see(all(&failing(2), &book, at(30)), |_| true, at(30));
    assert_eq!(keys(&failing(1), &book, 31), ["failing/a/b"]);
}

#[test]
fn blocked_gone_drifting_and_held_sources_are_told_at_once() {
    let book = Book::default();
    let of = |state| {
        let held = Some(HoldReason::Unlike).filter(|_| state == SourceState::Held);
        keys(&facts([("a/b", SourceFacts { state, held, ..failing_since(0, 10, 1) })]), &book, 30)
    };
    assert_eq!(of(SourceState::Blocked), ["failing/a/b"]);
    assert_eq!(of(SourceState::Gone), ["failing/a/b"]);
    assert_eq!(of(SourceState::Drift), ["drift/a/b"]);
    assert_eq!(of(SourceState::Held), ["held/a/b"]);
    for well in [SourceState::New, SourceState::Ok, SourceState::Empty, SourceState::Waiting] {
        assert_eq!(of(well), [""; 0], "{well:?}");
    }
}

#[test]
fn a_server_that_is_down_is_one_alert_and_its_return_none_at_all() {
    let mut book = Book::default();
    let down = facts([("a/b", failing_since(0, 10, 2)), ("a/c", failing_since(1, 11, 1)), ("k/d", well(12))]);
    assert_eq!(keys(&down, &book, 13), ["outage/a"]);
    book.see(all(&down, &book, at(13)), |_| true, at(13));
    // one source is back; the other was not asked again yet
    let back = facts([("a/b", well(20)), ("a/c", failing_since(1, 19, 2)), ("k/d", well(12))]);
    assert_eq!(keys(&back, &book, 20), [""; 0], "while nobody was told of its end");
    book.see(Vec::new(), |_| true, at(20));
    assert_eq!(keys(&back, &book, 21), [""; 0], "the outage explains it");
    let still = facts([("a/b", well(20)), ("a/c", failing_since(1, 40, 3)), ("k/d", well(12))]);
    assert_eq!(keys(&still, &book, 41), ["failing/a/c"], "this failure is its own");
}

#[test]
fn a_network_that_is_gone_is_one_alert_for_all_papers() {
    let mut book = Book::default();
    let gone =
        facts([("a/b", failing_since(0, 10, 2)), ("k/c", failing_since(1, 11, 1)), ("m/d", failing_since(1, 9, 1))]);
    assert_eq!(keys(&gone, &book, 13), ["outage"]);
    let one = facts([("a/b", failing_since(0, 10, 5)), ("k/c", well(11)), ("m/d", well(11))]);
    assert_eq!(keys(&one, &book, 13), ["failing/a/b"]);
    // what was told before an outage is not over because of it
    book.see(all(&one, &book, at(13)), |_| true, at(13));
    let gone =
        facts([("a/b", failing_since(0, 30, 6)), ("k/c", failing_since(1, 31, 1)), ("m/d", failing_since(1, 29, 1))]);
    assert_eq!(keys(&gone, &book, 32), ["outage", "failing/a/b"]);
}

#[test]
fn silence_is_told_only_by_a_look_after_its_moment() {
    let book = Book::default();
    let quiet = |look| SourceFacts { overdue: Some(at(50)), last_success: Some(at(look)), ..well(0) };
    assert_eq!(keys(&facts([("a/b", quiet(49))]), &book, 60), [""; 0], "the daemon may have been down");
    assert_eq!(keys(&facts([("a/b", quiet(51))]), &book, 60), ["silent/a/b"]);
    assert_eq!(keys(&facts([("a/b", quiet(51))]), &book, 49), [""; 0], "a clock that was set back");
}

#[test]
fn storage_stalls_refusals_and_webhooks_are_told() {
    let book = Book::default();
    let full = || Some("no space left".to_owned());
    let stored = BTreeMap::from([(Storing::Claims, full()), (Storing::Feeds, full()), (Storing::Polls, None)]);
    assert_eq!(keys(&Facts { stored, ..Facts::default() }, &book, 1), ["storage"], "one disk, one alert");
    let stuck = Facts { stuck_since: Some(at(0)), ..Facts::default() };
    assert_eq!((keys(&stuck, &book, 29), keys(&stuck, &book, 30)), (Vec::new(), vec!["stalled".to_owned()]));
    let refusal = Refusal { path: "a/b.rss".to_owned(), rule: "R".to_owned(), what: "w".to_owned(), since: at(0) };
    let refused = Facts { refused: Some(vec![refusal; 30]), ..Facts::default() };
    assert_eq!(keys(&refused, &book, 1).len(), MOST_REFUSALS);
    let mark = |state| crate::model::WebhookMark {
        key: format!("{state:?}"),
        host: "c.vn".to_owned(),
        state,
        places: BTreeMap::new(),
        delivered_at: None,
        problem: Some("500".to_owned()),
    };
    let marks = vec![mark(WebhookState::Ok), mark(WebhookState::Failing), mark(WebhookState::Off)];
    let webhooks = Facts { webhooks: Some(marks), ..Facts::default() };
    assert_eq!(keys(&webhooks, &book, 1), ["webhook/Failing", "webhook/Off"]);
}

#[test]
fn every_trouble_says_what_to_do() {
    let down = facts([
        ("a/b", failing_since(0, 10, 2)),
        ("a/c", SourceFacts { state: SourceState::Drift, ..failing_since(0, 10, 2) }),
        ("a/d", SourceFacts { overdue: Some(at(1)), last_success: Some(at(2)), ..well(0) }),
    ]);
    for trouble in all(&down, &Book::default(), at(30)) {
        assert!(trouble.remedy.contains("bantin ") && trouble.url.is_some(), "{trouble:?}");
        assert!(!trouble.what.is_empty() && trouble.source.is_some(), "{trouble:?}");
    }
}
