//! What a round of publishing costs after one new article: CPU time of all threads, compression told apart.
//!
//! `cargo bench --bench rebuild [ITEMS [FOLDER]]`. It fills a store, which takes a while; one in a folder that is named stays
//! there for another run.

// the report is printed
#![allow(clippy::print_stdout)]

#[allow(dead_code)] // shared: each bench uses its part
#[path = "../history/fill.rs"]
mod fill;

use bantin::model::{Category, CategorySlug, Only, Selection, WordPattern};
use bantin::publish::{AnyTarget, Directory, PaperSettings, Publisher, SectionSettings, Settings, Shelf};
use bantin::store::sqlite::SqliteStore;
use bantin::store::{Batch, Store};
use chrono::TimeDelta;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

const SECTIONS: usize = 30;
const ITEMS: usize = 100_000;
/// Of so many runs the median counts.
const RUNS: usize = 21;
/// All but compression.
const BAR: Duration = Duration::from_millis(10);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let items: usize = arguments.next().map_or(ITEMS, |items| items.parse().expect("a number of items"));
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = arguments.next().map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let folder = folder.join(format!("rebuild-{items}"));
    if !folder.exists() {
        let begun = Instant::now();
        fs::create_dir_all(&folder).expect("a folder");
        fill::fill(&folder, items).await;
        println!("{items} items in {} categories in {:.1?}", SECTIONS, begun.elapsed());
    }
    let store = Arc::new(SqliteStore::open(&folder, fill::now()).expect("a store"));
    let directory = || AnyTarget::Directory(Directory::open(temporary.path().join("public")).expect("a folder"));
    let publisher = |shelf, targets| Publisher::new(Arc::clone(&store), shelf, targets, settings());
    let begun = (Instant::now(), cpu());
    let pages = archived(&publisher(Some(Arc::new(Shelf::new())), Vec::new())).await;
    if pages > 0 {
        println!("{pages} archive pages in {:.1?}, {:.1?} of CPU", begun.0.elapsed(), cpu().saturating_sub(begun.1));
    }
    let bare = rounds(&store, &publisher(None, Vec::new()), items).await;
    let packed = rounds(&store, &publisher(Some(Arc::new(Shelf::new())), Vec::new()), items).await;
    let written = rounds(&store, &publisher(None, vec![directory()]), items).await;
    let selection = Selection::of(fill::paper(), CategorySlug::new("muc-3").ok(), 50);
    let read = median(async || drop(store.items(&selection).await.expect("items"))).await;
    let rare = Only { words: vec![WordPattern::new("khong o dau ca").expect("a pattern")], ..Only::default() };
    let rare = Selection { only: rare, ..Selection::of(fill::paper(), None, 50) };
    let looked = median(async || assert_eq!(store.items(&rare).await.expect("items").len(), 0)).await;
    let place = selection.one_place().expect("one");
    let waiting = median(async || drop(store.unarchived(place, 50).await.expect("what waits"))).await;
    // its category, and all of the paper
    let bare = bare + 2 * waiting;
    let gone = median(async || drop(store.gone(&selection, 50).await.expect("what left"))).await;

    println!("\n{:<52} {:>10} {:>7}", "median CPU a round, one new article", "CPU", "ratio");
    let line = |what: &str, took: Duration| {
        println!("{what:<52} {took:>10.2?} {:>7.2}", took.as_secs_f64() / bare.as_secs_f64().max(1e-9));
    };
    line("store, rendering and keeping (12 documents)", bare);
    line("  of it: items of one channel", read);
    line("  of it: what left one channel", gone);
    line("  of it: what no archive page has of one channel", waiting);
    line("besides: looking for words that stand nowhere", looked);
    line("compression for the shelf, besides", packed.saturating_sub(bare));
    line("files in publish-dir, besides", written.saturating_sub(bare));
    let word = if bare <= BAR { "within" } else { "over" };
    println!("{word} the bar of {BAR:?}");
}

/// Writes the archives of the whole history; gives back how many pages there were to write.
async fn archived(publisher: &Publisher<SqliteStore>) -> usize {
    let mut pages = 0;
    loop {
        let round = publisher.reconcile(fill::now()).await.expect("a round");
        pages += round.archived;
        if !round.unfinished {
            return pages;
        }
    }
}

/// The median CPU time of rounds after one new article each.
async fn rounds(store: &SqliteStore, publisher: &Publisher<SqliteStore>, items: usize) -> Duration {
    let first = publisher.reconcile(fill::now()).await.expect("a round");
    assert!(first.problems.is_empty(), "{:?}", first.problems);
    let base = items + usize::try_from(store.revision().await.expect("a revision").0).expect("few") * SECTIONS;
    let mut turn = base - base % SECTIONS + 3;
    let mut took = Vec::with_capacity(RUNS);
    for run in 0..=RUNS {
        turn += SECTIONS;
        // at a moment of its own, so that the list of all feeds and the index are written anew, too
        let now = fill::now() + TimeDelta::seconds(i64::try_from(turn).expect("few"));
        let batch = Batch { now, ..fill::one_more(turn) };
        assert_eq!(store.commit(batch).await.expect("a commit").published, 1);
        let before = cpu();
        let round = publisher.reconcile(fill::now()).await.expect("a round");
        // documents of an earlier publisher are taken up unread, and rendered once at the first change
        if run == 0 {
            continue;
        }
        took.push(cpu().saturating_sub(before));
        assert_eq!((round.rendered, round.problems.len()), (2, 0), "its category, and all of the paper");
    }
    took.sort();
    took[RUNS / 2]
}

async fn median(work: impl AsyncFn()) -> Duration {
    let mut took = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let before = cpu();
        work().await;
        took.push(cpu().saturating_sub(before));
    }
    took.sort();
    took[RUNS / 2]
}

/// CPU time of all threads that are there, to the nanosecond (the kernel's schedstat).
fn cpu() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux").flatten();
    let of_task = |folder: PathBuf| -> Option<u64> {
        fs::read_to_string(folder.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    Duration::from_nanos(tasks.filter_map(|task| of_task(task.path())).sum())
}

fn settings() -> Settings {
    let url = |text: &str| Url::parse(text).expect("a URL");
    let section = |n: usize| SectionSettings {
        category: Some(Category {
            slug: CategorySlug::new(format!("muc-{n}")).expect("a slug"),
            title: format!("Mục {n}"),
        }),
        url: url(&format!("https://bao.example/muc-{n}.html")),
    };
    Settings {
        base_url: url("https://feeds.example.vn/"),
        ttl_minutes: 15,
        hub: None,
        channels: Vec::new(),
        papers: vec![PaperSettings {
            copyright: None,
            id: fill::paper(),
            title: "Báo".to_owned(),
            home: url("https://bao.example/"),
            language: "vi".to_owned(),
            timezone: chrono_tz::Asia::Ho_Chi_Minh,
            item_limit: 50,
            full_content: true,
            sections: (0..SECTIONS).map(section).collect(),
        }],
    }
}
