//! The poller against real origins: what one source does to the others.

use super::*;
use crate::config::{self, Environment};
use crate::serve::Pulse;
use crate::store::sqlite::SqliteStore;
use std::fmt::Write as _;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const FEED: &str = "<rss version='2.0'><channel><title>Tin</title><item><title>Một tin trong tỉnh hôm nay</title>\
    <link>/tin-123456.html</link></item></channel></rss>";

/// An origin on an address of its own; a silent one takes connections and never says a word.
async fn origin(address: &str, is_silent: bool) -> String {
    let listener = TcpListener::bind(address).await.expect("a port");
    let url = format!("http://{}/tin.rss", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            if is_silent {
                kept.push(stream);
                continue;
            }
            tokio::spawn(async move {
                let mut head = Vec::new();
                while let Ok(byte) = stream.read_u8().await {
                    head.push(byte);
                    if head.ends_with(b"\r\n\r\n") {
                        let is_feed = head.starts_with(b"GET /tin.rss");
                        let (status, body) = if is_feed { (200, FEED) } else { (404, "") };
                        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                        head.clear();
                        if stream.write_all(answer.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    url
}

/// A poller that was told of some sources, and has begun with none.
async fn poller(urls: &[String]) -> (Poller, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = format!(
        "state-dir = \"{}\"\n[fetch]\nallow-networks = [\"127.0.0.0/8\"]\nper-host-delay = \"0s\"\n",
        folder.path().display()
    );
    for (number, url) in urls.iter().enumerate() {
        let _ = write!(
            text,
            "[[paper]]\nid = \"bao-{number}\"\ntitle = \"Báo\"\nhome = \"{url}\"\nread-articles = false\n\
             [[paper.section]]\nid = \"tin\"\nurl = \"{url}\"\n"
        );
    }
    let config = config::load_text("bantin.toml", &text, &Environment::default()).expect("a configuration");
    let store = Arc::new(SqliteStore::open(folder.path(), Utc::now()).expect("a store"));
    let shared = Shared {
        store,
        shelf: None,
        metrics: Arc::new(Metrics::new("0.0.0")),
        pulse: Arc::new(Pulse::default()),
        changed: Arc::default(),
        articles: Arc::default(),
        published: Arc::default(),
    };
    let plan = Plan::build(&shared, &config, None).await.expect("a plan");
    // nobody listens for hubs
    let (hubs, _) = crate::daemon::websub::line();
    let mut poller = Poller {
        shared,
        plan: Arc::new(ArcSwap::from_pointee(plan)),
        queue: DueQueue::default(),
        states: HashMap::new(),
        lanes: Lanes::new(MOST_POLLS),
        running: JoinSet::new(),
        renewals: HashSet::new(),
        trials: HashSet::new(),
        tasks: HashMap::new(),
        hubs,
        errands: Vec::new(),
    };
    poller.replan(Utc::now());
    (poller, folder)
}

fn sources(poller: &Poller) -> Vec<SourceId> {
    let mut ids: Vec<SourceId> = poller.plan.load().sources().map(|planned| planned.source.id.clone()).collect();
    ids.sort();
    ids
}

/// Waits for polls to end, and takes them as the poller does.
async fn finish(poller: &mut Poller, polls: usize) {
    for _ in 0..polls {
        let done = poller.running.join_next_with_id().await.expect("a poll is running");
        poller.finish(done).await;
    }
}

fn counted(poller: &Poller, outcome: &str) -> String {
    let text = poller.shared.metrics.encode();
    let prefix = format!("bantin_polls_total{{outcome=\"{outcome}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&prefix)).expect("a line").to_owned()
}

#[tokio::test]
async fn a_host_that_never_answers_delays_no_other() {
    let mut urls = vec![origin("127.1.0.1:0", true).await];
    for host in 2..=6 {
        urls.push(origin(&format!("127.1.0.{host}:0"), false).await);
    }
    let (mut poller, _folder) = poller(&urls).await;
    let ids = sources(&poller);
    let (silent, others) = (ids[0].clone(), ids[1..].to_vec());
    poller.queue = DueQueue::default();
    poller.start(vec![silent.clone()]).await;
    for round in 1..=2 {
        poller.start(others.clone()).await;
        finish(&mut poller, 5).await;
        let states: Vec<_> = others.iter().map(|id| (poller.states[id].state, poller.states[id].polls)).collect();
        assert_eq!(states, [(SourceState::Ok, round); 5]);
        assert_eq!(
            poller.tasks.values().map(|running| &running.source).collect::<Vec<_>>(),
            [&silent],
            "it still waits, alone"
        );
    }
    assert_eq!((counted(&poller, "changed"), counted(&poller, "same")), ("5".to_owned(), "5".to_owned()));
    assert_eq!(poller.queue.len(), 5, "the others are set for their next time");
    poller.running.shutdown().await;
    assert!(poller.running.is_empty(), "what is under way is given up at the end");
    let states = poller.shared.store.poll_states().await.expect("states");
    assert!(states[&silent].next_poll_at.is_some(), "its wait was written before it left");
}

#[tokio::test]
async fn a_poll_that_panics_is_counted_and_disturbs_no_other() {
    let (mut poller, _folder) = poller(&[origin("127.1.0.1:0", false).await, origin("127.1.0.2:0", false).await]).await;
    let ids = sources(&poller);
    poller.queue.remove(&ids[0]);
    let task = poller.running.spawn(async { panic!("on purpose") });
    poller.tasks.insert(task.id(), Running { source: ids[0].clone(), host: "127.1.0.1".to_owned() });
    poller.start(vec![ids[1].clone()]).await;
    finish(&mut poller, 2).await;
    assert_eq!((counted(&poller, "panicked"), counted(&poller, "changed")), ("1".to_owned(), "1".to_owned()));
    assert_eq!(poller.states[&ids[1]].state, SourceState::Ok);
    let due = poller.queue.next_at().expect("both wait");
    assert_eq!(poller.queue.len(), 2);
    assert!(due >= Instant::now() + Duration::from_secs(14 * 60), "the one that panicked waits its interval");
}

#[tokio::test]
async fn an_errand_waits_for_the_poll_of_its_source() {
    let (mut poller, _folder) = poller(&[origin("127.1.0.1:0", false).await]).await;
    let all = sources(&poller);
    poller.start(all.clone()).await;
    let (tell, mut told) = tokio::sync::oneshot::channel();
    poller.take_on(Request { source: all[0].clone(), errand: crate::daemon::errand::Errand::Release, tell }).await;
    assert!(told.try_recv().is_err(), "the poll is under way");
    finish(&mut poller, 1).await;
    assert!(told.await.expect("a reply").is_ok());
    assert_eq!(poller.states[&all[0]].polls, 1, "the errand went on from the poll's state");
}

#[tokio::test]
async fn orders_to_poll_one_source_are_answered_by_one_poll_and_then_by_its_wait() {
    use crate::daemon::errand::{Done, Errand};
    let (mut poller, _folder) = poller(&[origin("127.1.0.1:0", false).await]).await;
    let source = sources(&poller).remove(0);
    let mut told = Vec::new();
    for errand in [Errand::Poll, Errand::Poll, Errand::TryPoll] {
        let (tell, reply) = tokio::sync::oneshot::channel();
        poller.take_on(Request { source: source.clone(), errand, tell }).await;
        told.push(reply);
    }
    assert!(poller.queue.is_empty(), "it waits for no other poll");
    finish(&mut poller, 1).await;
    let mut replies = Vec::new();
    for reply in told {
        replies.push(reply.await.expect("a reply").expect("a store"));
    }
    assert!(matches!(&replies[..], [Done::Polled(_), Done::Polled(_), Done::NotBefore(_)]), "{replies:?}");
    assert_eq!((poller.states[&source].polls, poller.errands.len(), poller.trials.len()), (1, 0, 0));
}

#[tokio::test]
async fn source_that_is_to_be_read_otherwise_is_read_anew_at_once_and_nobody_is_asked() {
    let (mut poller, _folder) = poller(&[origin("127.1.0.1:0", false).await]).await;
    poller.replan(Utc::now());
    let source = poller.plan.load().sources().next().expect("a source").source.id.clone();
    poller.start(vec![source.clone()]).await;
    let done = poller.running.join_next_with_id().await.expect("a poll");
    poller.finish(done).await;
    let (polls, due) = (poller.states[&source].polls, poller.states[&source].next_poll_at);
    poller.replan(Utc::now());
    assert!(poller.running.is_empty(), "read as before");
    let state = poller.states.get_mut(&source).expect("a state");
    state.read_as = Some(7);
    poller.replan(Utc::now());
    let done = poller.running.join_next_with_id().await.expect("a renewal");
    poller.finish(done).await;
    let state = &poller.states[&source];
    assert_eq!((state.polls, state.next_poll_at), (polls, due));
    assert_ne!(state.read_as, Some(7));
    assert!(poller.renewals.is_empty() && poller.running.is_empty());
    assert!(tokio::time::timeout(Duration::ZERO, poller.queue.wait()).await.is_err(), "it waits for its time");
}
