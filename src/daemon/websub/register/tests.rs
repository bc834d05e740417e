//! Hubs that tell the truth and hubs that lie, with the time as an argument.

use super::*;
use crate::model::PaperId;
use url::Url;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_032_600, 0).expect("a moment") + TimeDelta::minutes(minutes)
}

fn source(name: &str) -> SourceId {
    SourceId::new(&PaperId::new("bao").expect("a slug"), name).expect("a slug")
}

fn terms(hub: &str) -> Terms {
    let url = |text: &str| Url::parse(text).expect("a URL");
    Terms { hub: url(hub), topic: url("https://bao.example/tin.rss"), base: url("https://feeds.example.vn/") }
}

const HUB: &str = "https://hub.example/";
const DAY: i64 = 24 * 60;

fn wants(hub: &str) -> Wanted {
    Wanted::from([(source("tin"), Some(terms(hub)))])
}

/// A register and the numbers that its tokens are made of.
struct Desk {
    register: Register,
    drawn: u32,
}

impl Desk {
    fn new() -> Self {
        Self { register: Register::default(), drawn: 0 }
    }

    fn want(&mut self, wanted: &Wanted, minutes: i64) -> Option<i64> {
        let drawn = &mut self.drawn;
        let draw = || {
            *drawn += 1;
            Some(format!("t{drawn}"))
        };
        self.register.reconcile(wanted, draw, at(minutes)).map(|rest_ends| (rest_ends - at(0)).num_minutes())
    }

    fn asks(&mut self, minutes: i64) -> Vec<(String, Intent)> {
        let (asks, _) = self.register.due(usize::MAX, at(minutes));
        asks.into_iter().map(|ask| (ask.subscription.token.reveal().to_owned(), ask.intent)).collect()
    }

    fn verified(&mut self, token: &str, intent: Intent, lease: Option<u64>, minutes: i64) -> Vec<Event> {
        let heard = Heard { verified: Some((intent, lease)), ..Heard::default() };
        self.hear(token, heard, minutes)
    }

    fn hear(&mut self, token: &str, heard: Heard, minutes: i64) -> Vec<Event> {
        self.register.heard(token, heard, at(minutes)).into_iter().map(|told| told.event).collect()
    }

    fn refused(&mut self, token: &str, minutes: i64) {
        let refusal = Refusal { what: "the hub answered 500".to_owned(), wait: None };
        self.register.answered(token, Err(refusal), at(minutes)).expect("it is told");
    }

    fn row(&self, token: &str) -> &Progress {
        &self.register.rows.get(token).expect("a row").progress
    }

    /// A register whose subscription `t1` is active since minute 0, for ten days.
    fn subscribed() -> Self {
        let mut desk = Self::new();
        desk.want(&wants(HUB), 0);
        assert_eq!(desk.asks(0), [("t1".to_owned(), Intent::Subscribe)]);
        assert_eq!(desk.register.answered("t1", Ok(()), at(0)), None);
        assert_eq!(desk.row("t1").state, SubscriptionState::Asked);
        desk.verified("t1", Intent::Subscribe, Some(864_000), 0);
        desk
    }
}

#[test]
fn hub_is_asked_once_and_its_lease_renewed_before_it_ends() {
    let mut desk = Desk::subscribed();
    assert_eq!((desk.row("t1").state, desk.row("t1").pending), (SubscriptionState::Active, false));
    assert_eq!(desk.row("t1").lease_until, Some(at(10 * DAY)));
    desk.want(&wants(HUB), 60);
    assert_eq!(desk.asks(8 * DAY), []);
    assert_eq!(desk.asks(9 * DAY), [("t1".to_owned(), Intent::Subscribe)], "a tenth is left");
    assert_eq!(desk.row("t1").state, SubscriptionState::Active, "what was verified holds meanwhile");
    let renewed = desk.verified("t1", Intent::Subscribe, Some(864_000), 9 * DAY + 1);
    assert_eq!(renewed, [Event::Renewed(at(19 * DAY + 1))]);
    assert_eq!(desk.asks(10 * DAY), []);
}

#[test]
fn claim_is_made_before_the_request_so_that_a_crash_asks_nobody_twice() {
    let mut desk = Desk::new();
    desk.want(&wants(HUB), 0);
    assert_eq!(desk.asks(0).len(), 1);
    let (kept, _) = desk.register.take_changed();
    let mut after = Desk { register: Register::new(kept), drawn: 1 };
    after.want(&wants(HUB), 1);
    assert_eq!(after.asks(1), []);
    assert_eq!(after.asks(59), []);
}

#[test]
fn verification_before_the_answer_counts() {
    let mut desk = Desk::new();
    desk.want(&wants(HUB), 0);
    desk.asks(0);
    let events = desk.verified("t1", Intent::Subscribe, None, 0);
    assert_eq!(events, [Event::Subscribed(at(10 * DAY))]);
    assert_eq!(desk.register.answered("t1", Ok(()), at(0)), None);
    let late = Refusal { what: "the connection broke".to_owned(), wait: None };
    assert_eq!(desk.register.answered("t1", Err(late), at(0)), None, "it did what was asked");
    assert_eq!(desk.row("t1").state, SubscriptionState::Active);
}

#[test]
fn verification_that_nobody_awaits_changes_nothing() {
    let mut desk = Desk::subscribed();
    let before = desk.row("t1").clone();
    assert_eq!(desk.verified("t1", Intent::Subscribe, Some(1), 5), []);
    assert_eq!(desk.verified("t1", Intent::Unsubscribe, None, 5), []);
    assert_eq!(desk.verified("t9", Intent::Subscribe, None, 5), []);
    assert_eq!(*desk.row("t1"), before);
}

#[test]
fn leases_that_lie_are_bounded() {
    for (stated, minutes) in [(Some(0), 10 * DAY), (Some(1), 60), (Some(u64::MAX), 30 * DAY), (None, 10 * DAY)] {
        let mut desk = Desk::new();
        desk.want(&wants(HUB), 0);
        desk.asks(0);
        desk.verified("t1", Intent::Subscribe, stated, 0);
        assert_eq!(desk.row("t1").lease_until, Some(at(minutes)), "{stated:?}");
    }
}

#[test]
fn hub_that_never_verifies_is_asked_ever_more_rarely_and_told() {
    let mut desk = Desk::new();
    desk.want(&wants(HUB), 0);
    let (mut asked, mut told) = (Vec::new(), 0);
    for minutes in 0..7 * DAY {
        let (asks, events) = desk.register.due(usize::MAX, at(minutes));
        told += events.len();
        for ask in asks {
            asked.push(minutes);
            assert_eq!(desk.register.answered(ask.subscription.token.reveal(), Ok(()), at(minutes)), None);
        }
    }
    assert!((8..=16).contains(&asked.len()), "{asked:?}");
    assert!(told >= asked.len() - 1, "{told} of {}", asked.len());
    let problem = desk.row("t1").problem.as_deref().expect("a problem");
    assert!(problem.contains("did not verify"), "{problem}");
}

#[test]
fn refusals_back_off_and_a_wait_that_the_hub_asks_for_is_kept() {
    let mut desk = Desk::new();
    desk.want(&wants(HUB), 0);
    desk.asks(0);
    desk.refused("t1", 0);
    assert_eq!((desk.row("t1").state, desk.row("t1").failures), (SubscriptionState::Wanted, 1));
    assert_eq!(desk.asks(3), []);
    assert_eq!(desk.asks(7).len(), 1);
    let wait = Refusal { what: "the hub answered 503".to_owned(), wait: Some(Duration::from_secs(7_200)) };
    desk.register.answered("t1", Err(wait), at(7)).expect("it is told");
    assert_eq!(desk.asks(120), []);
    assert_eq!(desk.asks(128).len(), 1);
}

#[test]
fn renewal_that_fails_leaves_the_lease_until_its_end() {
    let mut desk = Desk::subscribed();
    for minutes in (9 * DAY - 400)..10 * DAY {
        for (token, _) in desk.asks(minutes) {
            desk.refused(&token, minutes);
        }
    }
    assert_eq!(desk.row("t1").state, SubscriptionState::Active);
    assert!(desk.row("t1").failures > 3);
    for minutes in 10 * DAY..12 * DAY {
        for (token, _) in desk.asks(minutes) {
            desk.refused(&token, minutes);
        }
    }
    assert_eq!(desk.row("t1").state, SubscriptionState::Wanted, "the lease is over");
}

#[test]
fn denial_is_kept_and_asked_about_again_after_days() {
    let mut desk = Desk::subscribed();
    let denied = Heard { denied: Some("no room for t1".to_owned()), ..Heard::default() };
    assert_eq!(desk.hear("t1", denied, 5), [Event::Denied("no room for …".to_owned())], "no token is told");
    let row = desk.row("t1");
    assert_eq!((row.state, row.lease_until), (SubscriptionState::Denied, None));
    assert!(row.problem.as_deref().is_some_and(|problem| problem.contains("no room for …")));
    let again = Heard { denied: Some("never".to_owned()), ..Heard::default() };
    assert_eq!(desk.hear("t1", again, DAY), [], "a hub that repeats itself is not told again");
    desk.want(&wants(HUB), DAY);
    assert_eq!(desk.asks(2 * DAY), []);
    assert_eq!(desk.asks(3 * DAY + 5).len(), 1);
}

#[test]
fn pushes_are_counted_and_bad_ones_told_once() {
    let mut desk = Desk::subscribed();
    let _ = desk.register.take_changed();
    let heard = Heard { pushes: 3, ignored: 2, ..Heard::default() };
    assert_eq!(desk.hear("t1", heard.clone(), 5), [Event::Ignored, Event::Pushed]);
    assert_eq!(desk.hear("t1", heard, 6), [Event::Pushed]);
    let row = desk.row("t1");
    assert_eq!((row.pushes, row.ignored, row.last_push), (6, 4, Some(at(6))));
    assert!(!desk.register.is_urgent(), "a flood of pushes writes nothing at once");
    assert_eq!(desk.register.take_changed().0.len(), 1);
}

#[test]
fn source_that_left_the_configuration_is_left_at_the_hub_and_then_forgotten() {
    let mut desk = Desk::subscribed();
    desk.want(&Wanted::new(), 1);
    assert_eq!(desk.row("t1").state, SubscriptionState::Leaving);
    assert_eq!(desk.asks(1), [("t1".to_owned(), Intent::Unsubscribe)]);
    assert_eq!(desk.verified("t1", Intent::Subscribe, None, 1), [], "a hub that wants to go on is not heard");
    desk.register.answered("t1", Ok(()), at(1));
    assert_eq!(desk.asks(2), []);
    assert_eq!(desk.verified("t1", Intent::Unsubscribe, None, 3), [Event::Left]);
    assert_eq!(desk.row("t1").state, SubscriptionState::Left);
    assert_eq!(desk.asks(7 * DAY), []);
    let _ = desk.register.take_changed();
    assert_eq!(desk.asks(7 * DAY + 3), []);
    let (rows, gone) = desk.register.take_changed();
    assert_eq!((rows, gone), (Vec::new(), vec![Secret::new("t1")]));
}

#[test]
fn hub_that_does_not_let_go_is_told_three_times() {
    let mut desk = Desk::subscribed();
    desk.want(&Wanted::new(), 1);
    let mut asked = 0;
    for minutes in 1..2 * DAY {
        for (token, intent) in desk.asks(minutes) {
            assert_eq!(intent, Intent::Unsubscribe);
            asked += 1;
            desk.refused(&token, minutes);
        }
    }
    assert_eq!((asked, desk.row("t1").state), (3, SubscriptionState::Left));
}

#[test]
fn subscription_that_no_hub_accepted_just_goes() {
    let mut desk = Desk::new();
    desk.want(&wants(HUB), 0);
    desk.asks(0);
    desk.refused("t1", 0);
    desk.want(&Wanted::new(), 1);
    assert!(desk.register.rows.is_empty());
}

#[test]
fn another_hub_takes_the_place_of_the_first_but_not_at_every_poll() {
    let mut desk = Desk::subscribed();
    let other = wants("https://other-hub.example/");
    assert_eq!(desk.want(&other, 5), Some(60), "it is looked at again when the rest is over");
    assert_eq!(desk.row("t1").state, SubscriptionState::Active, "a document that flaps moves nothing");
    assert_eq!(desk.want(&other, 70), None);
    assert_eq!(desk.row("t1").state, SubscriptionState::Leaving);
    assert_eq!(desk.asks(70), [("t1".to_owned(), Intent::Unsubscribe), ("t3".to_owned(), Intent::Subscribe)]);
    assert_eq!(desk.want(&wants(HUB), 75), Some(130));
    assert_eq!(desk.register.rows.len(), 2, "and back only after an hour");
    let unnamed = Wanted::from([(source("tin"), None)]);
    desk.want(&unnamed, 200);
    assert!(desk.register.rows.values().all(|row| row.progress.state.is_over()));
}

#[test]
fn new_base_url_is_a_new_subscription_once_the_old_one_is_old() {
    let mut desk = Desk::subscribed();
    let moved = Terms { base: Url::parse("https://new.example.vn/").expect("a URL"), ..terms(HUB) };
    let moved = Wanted::from([(source("tin"), Some(moved))]);
    desk.want(&moved, 100);
    assert_eq!(desk.row("t1").state, SubscriptionState::Leaving);
    let new = desk.register.rows.get("t3").expect("a row");
    assert_eq!(new.callback(), "https://new.example.vn/websub/t3");
}

#[test]
fn wait_that_a_wrong_clock_set_counts_anew() {
    let mut desk = Desk::subscribed();
    desk.register.rows.get_mut("t1").expect("a row").progress.next_at = at(400 * DAY);
    assert_eq!(desk.asks(5).len(), 1);
}

#[test]
fn what_was_not_written_is_written_again() {
    let mut desk = Desk::subscribed();
    let (changed, gone) = desk.register.take_changed();
    assert!(!desk.register.has_changed());
    desk.register.not_written(&changed, gone);
    assert_eq!(desk.register.take_changed().0, changed);
}

#[test]
fn hub_that_sleeps_is_asked_again_once_a_day() {
    let mut desk = Desk::subscribed();
    for minutes in [5, DAY - 1] {
        desk.register.missed(&source("tin"), at(minutes));
        assert_eq!(desk.asks(minutes), [], "{minutes}");
    }
    desk.register.missed(&source("xa-hoi"), at(DAY));
    assert_eq!(desk.asks(DAY), []);
    desk.register.missed(&source("tin"), at(DAY));
    assert_eq!(desk.asks(DAY), [("t1".to_owned(), Intent::Subscribe)]);
    desk.register.missed(&source("tin"), at(DAY + 1));
    assert_eq!(desk.asks(DAY + 1), [], "it is asked already");
}

#[test]
fn requests_beyond_the_room_stay_due() {
    let mut desk = Desk::new();
    let many = (0..10).map(|n| (source(&format!("s{n}")), Some(terms(HUB)))).collect();
    desk.want(&many, 0);
    assert_eq!(desk.register.due(0, at(0)).0.len(), 0);
    assert_eq!(desk.register.due(4, at(0)).0.len(), 4);
    assert_eq!(desk.register.due(100, at(1)).0.len(), 6);
}
