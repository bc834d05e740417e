//! Webhooks through the real binary: signed, in order, again after a failure, and no repeats after a restart; what a reload, a
//! 410, the retention and a restored backup do to them.

mod hooks;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hooks::{Daemon, Desk, Hook, KEY, Post, title};
use std::collections::BTreeMap;
use std::time::Duration;

const OTHER_KEY: &[u8; 32] = b"another key of thirty-two bytes!";

fn titles(posts: &[Post]) -> Vec<String> {
    posts.iter().flat_map(Post::titles).collect()
}

fn sorted(mut titles: Vec<String>) -> Vec<String> {
    titles.sort();
    titles
}

#[test]
fn new_items_are_delivered_in_order_again_after_a_failure_and_once_over_restarts() {
    let (desk, hook) = (Desk::new(3), Hook::new(&[500]));
    desk.configure(&[(&hook, KEY)]);

    let daemon = Daemon::run(&desk);
    desk.until_polled();
    desk.print(5);
    let first = hook.next(&desk);
    first.assert_signed(KEY);
    assert!(first.titles().iter().all(|title| *title > self::title(3)), "a first poll is no push: {}", first.body);
    let again = hook.next(&desk);
    again.assert_signed(KEY);
    assert_eq!(again.id(), first.id(), "it comes again under its id");
    assert_eq!((again.titles(), again.header("content-type")), (first.titles(), "application/json"));
    let mut seen = again.titles();
    while seen.len() < 2 {
        seen.extend(hook.next(&desk).titles());
    }
    daemon.terminate();

    let daemon = Daemon::run(&desk);
    desk.print(7);
    for post in hook.next_entries(&desk, 2) {
        post.assert_signed(KEY);
        seen.extend(post.titles());
    }
    daemon.terminate();
    assert_eq!(sorted(seen.clone()), [4, 5, 6, 7].map(title), "each once: {seen:?}");
    assert!(seen[..2].iter().all(|title| *title < self::title(6)), "in order: {seen:?}");
    let told = [desk.bantin(&["status"]), desk.log()].concat();
    assert!(told.contains("webhook at 127.0.0.1: ok"), "{told}");
    let secret = BASE64_STANDARD.encode(KEY);
    assert!(!told.contains("geheim") && !told.contains(&secret), "no secret is told: {told}");
}

/// How soon is printed; the bound is two seconds.
#[test]
fn deliveries_follow_their_commits() {
    let (desk, hook) = (Desk::new(1), Hook::new(&[]));
    desk.configure(&[(&hook, KEY)]);
    let daemon = Daemon::run(&desk);
    desk.until_polled();
    let mut times: Vec<Duration> = (2..10)
        .map(|articles| {
            desk.print(articles);
            let post = hook.next(&desk);
            assert_eq!(post.titles(), [title(articles)]);
            desk.latency(&post)
        })
        .collect();
    daemon.terminate();
    times.sort();
    println!("commit to delivery: median {:?}, longest {:?} of {}", times[times.len() / 2], times[7], times.len());
}

#[test]
fn receiver_that_answers_410_is_off_until_a_reload_and_misses_nothing() {
    let (desk, gone, witness) = (Desk::new(1), Hook::new(&[410]), Hook::new(&[]));
    desk.configure(&[(&gone, KEY), (&witness, KEY)]);
    let daemon = Daemon::run(&desk);
    desk.until_polled();
    desk.print(2);
    let refused = gone.next(&desk);
    assert_eq!(refused.titles(), [title(2)]);
    desk.until(|_, status| status.contains("webhook at 127.0.0.1: off"));
    assert!(desk.log().contains("answered 410 and is off"), "{}", desk.log());
    desk.print(3);
    assert_eq!(titles(&witness.next_entries(&desk, 2)), [title(2), title(3)], "the other one goes on");
    assert!(gone.rest().is_empty(), "what is off gets nothing");

    daemon.reload(&desk);
    let late = gone.next_entries(&desk, 2);
    assert_eq!((late[0].id(), late[0].titles()), (refused.id(), refused.titles()), "it goes on where it was");
    assert_eq!(titles(&late), [title(2), title(3)]);
    daemon.terminate();
    assert!(witness.rest().is_empty() && gone.rest().is_empty());
    assert!(!desk.bantin(&["status"]).contains(": off"));
}

#[test]
fn reload_adds_removes_and_signs_with_the_secret_of_now() {
    let (desk, old, new) = (Desk::new(1), Hook::new(&[]), Hook::new(&[]));
    desk.configure(&[(&old, KEY)]);
    let daemon = Daemon::run(&desk);
    desk.until_polled();
    desk.print(2);
    old.next(&desk).assert_signed(KEY);

    desk.configure(&[(&old, OTHER_KEY), (&new, KEY)]);
    desk.until_acknowledged();
    daemon.reload(&desk);
    desk.until(|_, status| status.matches("webhook at 127.0.0.1: ok").count() == 2);
    desk.print(3);
    let (to_old, to_new) = (old.next(&desk), new.next(&desk));
    to_old.assert_signed(OTHER_KEY);
    to_new.assert_signed(KEY);
    assert_eq!([to_old.titles(), to_new.titles()], [[title(3)], [title(3)]], "a new one begins with what comes next");
    assert_eq!(to_old.id(), to_new.id());

    desk.configure(&[(&new, KEY)]);
    desk.until_acknowledged();
    daemon.reload(&desk);
    desk.until(|_, status| status.matches("webhook at ").count() == 1);
    desk.print(4);
    assert_eq!(new.next(&desk).titles(), [title(4)]);
    // one that comes back is a new one
    desk.configure(&[(&new, KEY), (&old, KEY)]);
    desk.until_acknowledged();
    daemon.reload(&desk);
    desk.until(|_, status| status.matches("webhook at 127.0.0.1: ok").count() == 2);
    desk.print(5);
    assert_eq!([new.next(&desk).titles(), old.next(&desk).titles()], [[title(5)], [title(5)]]);
    daemon.terminate();
    assert!(old.rest().is_empty() && new.rest().is_empty());
}

#[test]
fn place_that_was_pruned_away_is_told_and_left_for_the_oldest_that_is_kept() {
    let (desk, hook) = (Desk::new(1), Hook::new(&[]));
    desk.configure(&[(&hook, KEY)]);
    let daemon = Daemon::run(&desk);
    desk.until_polled();
    hook.answers(&[500; 100]);
    desk.print(2);
    let refused = hook.next(&desk);
    desk.print(4);
    let kept = |count: i64| {
        desk.until(|_, _| desk.database().query_row("select count(*) from change", [], |row| row.get(0)) == Ok(count));
    };
    kept(4);
    daemon.terminate();
    // as the retention does it: the oldest go, whoever has yet to be told
    desk.database().execute("delete from change where cursor <= 3", []).expect("a prune");
    hook.rest();
    hook.answers(&[]);

    let daemon = Daemon::run(&desk);
    let next = hook.next(&desk);
    assert_eq!(next.titles().len(), 1);
    assert_ne!(next.id(), refused.id(), "other entries are another page");
    desk.until(|log, _| log.contains("no longer kept; it goes on at the oldest"));
    desk.print(5);
    assert_eq!(hook.next(&desk).titles(), [title(5)]);
    daemon.terminate();
    assert!(hook.rest().is_empty());
}

#[test]
fn deliveries_go_on_after_a_backup_is_restored_and_no_id_means_two_things() {
    let (desk, hook) = (Desk::new(1), Hook::new(&[]));
    desk.configure(&[(&hook, KEY)]);
    let daemon = Daemon::run(&desk);
    desk.until_polled();
    desk.print(2);
    let mut posts = vec![hook.next(&desk)];
    desk.until_acknowledged();
    desk.bantin(&["backup", "copy.db"]);
    desk.print(3);
    posts.push(hook.next(&desk));
    desk.print(4);
    posts.push(hook.next(&desk));
    daemon.terminate();
    assert_eq!(titles(&posts), [2, 3, 4].map(title));

    assert!(desk.bantin(&["restore", "copy.db"]).starts_with("restored"));
    // the numbers of 3 and 4 are given again: by them alone, what comes now would be taken for what came before
    desk.print(3);
    let daemon = Daemon::run(&desk);
    for articles in [3, 4, 5] {
        desk.print(articles);
        let post = hook.next(&desk);
        assert_eq!(post.titles(), [title(articles)], "what the backup does not know is new");
        posts.push(post);
    }
    daemon.terminate();
    let mut meant: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for post in &posts {
        post.assert_signed(KEY);
        assert_eq!(meant.entry(post.id()).or_insert_with(|| post.titles()), &post.titles(), "{}", post.id());
    }
    assert_eq!(meant.len(), posts.len(), "none came twice");
    assert!(hook.rest().is_empty());
}
