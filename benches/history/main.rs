//! What a long history costs: a million items against ten thousand, as ratios.
//!
//! `cargo bench --bench history [ITEMS [FOLDER]]`. It fills two stores, which takes minutes; those in a folder that is
//! named stay there for another run.

// the report is printed
#![allow(clippy::print_stdout)]

#[allow(dead_code)] // shared: each bench uses its part
mod fill;

use bantin::model::{CategorySlug, Selection};
use bantin::store::sqlite::SqliteStore;
use bantin::store::{SearchRequest, Store};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SECTIONS: usize = 20;
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
/// Of so many runs the median counts.
const RUNS: usize = 21;

/// One thing that is measured, with its bar.
struct Measured {
    what: String,
    took: Duration,
    bar: Duration,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let many: usize = arguments.next().map_or(MANY, |items| items.parse().expect("a number of items"));
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = arguments.next().map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let few = measure(&folder, FEW).await;
    let many = measure(&folder, many).await;
    println!("\n{:<44} {:>10} {:>10} {:>7}  {:>7}", "median", "few", "many", "ratio", "bar");
    for (few, many) in few.iter().zip(&many) {
        let ratio = many.took.as_secs_f64() / few.took.as_secs_f64().max(1e-9);
        let word = if many.took <= many.bar { "" } else { "  over the bar" };
        println!("{:<44} {:>10.1?} {:>10.1?} {ratio:>7.1}  {:>7.0?}{word}", many.what, few.took, many.took, many.bar);
    }
}

async fn measure(folder: &Path, items: usize) -> Vec<Measured> {
    let folder = folder.join(items.to_string());
    if !folder.exists() {
        let begun = Instant::now();
        std::fs::create_dir_all(&folder).expect("a folder");
        fill::fill(&folder, items).await;
        println!("{items} items in {:.1?}", begun.elapsed());
    }
    let mut measured = Vec::new();
    let opened = Instant::now();
    let store = SqliteStore::open(&folder, fill::now()).expect("a store");
    store.poll_states().await.expect("states");
    store.channels().await.expect("channels");
    measured.push(Measured { what: "open".into(), took: opened.elapsed(), bar: Duration::from_secs(1) });
    println!("{}", store.size().await.expect("a size").in_words());

    let milliseconds = Duration::from_millis;
    let listing = fill::listing(items);
    measured.push(
        median("ingest of a known listing", milliseconds(2), async || {
            store.commit(listing.clone()).await.expect("a commit");
        })
        .await,
    );
    let news = fill::edited_listing(items);
    measured.push(
        median("ingest of a listing with one edit", milliseconds(5), async || {
            store.commit(news()).await.expect("a commit");
        })
        .await,
    );
    let category = CategorySlug::new("muc-3").ok();
    let newest = Selection::of(fill::paper(), category, 50);
    measured.push(
        median("newest 50 of a category", milliseconds(1), async || {
            assert_eq!(store.items(&newest).await.expect("items").len(), 50);
        })
        .await,
    );
    for text in [
        "hội nông dân",
        "hoi nong dan ",
        "đất",
        "\"cầu nậm la\"",
        "dien bien",
        "la",
        "thuo",
        "ng",
        "cau nam la so 77",
        "\"cầu nậm la sốp\"",
    ] {
        let request = SearchRequest { text: text.into(), paper: None, limit: 20 };
        let mut hits = 0;
        let searched = median(format!("search {text:?}"), milliseconds(50), async || {
            hits = store.search(&request).await.expect("hits").len();
        });
        let mut searched = searched.await;
        searched.what = format!("{} ({hits} hits)", searched.what);
        measured.push(searched);
    }
    let paper = Some(fill::paper());
    let request = SearchRequest { text: "hội nông dân".into(), paper, limit: 20 };
    measured.push(
        median("search in one paper", milliseconds(50), async || {
            store.search(&request).await.expect("hits");
        })
        .await,
    );
    measured.push(
        median("size", milliseconds(500), async || {
            store.size().await.expect("a size");
        })
        .await,
    );
    let changes = async || assert_eq!(store.changes(&fill::paper(), 5_000, 100).await.expect("changes").len(), 100);
    measured.push(median("100 entries of the change stream", milliseconds(5), changes).await);
    store.close();
    measured
}

async fn median(what: impl Into<String>, bar: Duration, mut run: impl AsyncFnMut()) -> Measured {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        run().await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Measured { what: what.into(), took: times[RUNS / 2], bar }
}
