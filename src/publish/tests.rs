//! Rounds of publishing, over a store in memory and real folders.

mod chosen;

use super::stub::{StubStore, at};
use super::*;
use crate::model::{Category, CategorySlug, Channel, Item, PaperId, Publication, Tombstone};
use std::fs;
use std::path::Path;
use url::Url;

struct Stage {
    store: Arc<StubStore>,
    shelf: Arc<Shelf>,
    publisher: Publisher<StubStore>,
    home: tempfile::TempDir,
}

fn xa_hoi() -> Category {
    Category { slug: CategorySlug::new("xa-hoi").expect("a slug"), title: "Xã hội".to_owned() }
}

fn phap_luat() -> Category {
    Category { slug: CategorySlug::new("phap-luat").expect("a slug"), title: "Pháp luật".to_owned() }
}

fn paper(id: &str) -> PaperSettings {
    PaperSettings {
        id: PaperId::new(id).expect("a slug"),
        title: "Báo".to_owned(),
        home: Url::parse("https://bao.example/").expect("a URL"),
        language: "vi".to_owned(),
        copyright: None,
        timezone: chrono_tz::Asia::Ho_Chi_Minh,
        item_limit: 50,
        full_content: false,
        sections: vec![SectionSettings {
            category: Some(xa_hoi()),
            url: Url::parse("https://bao.example/xa-hoi.html").expect("a URL"),
        }],
    }
}

pub(crate) fn settings(papers: &[&str]) -> Settings {
    Settings {
        base_url: Url::parse("https://feeds.example.vn/").expect("a URL"),
        hub: None,
        ttl_minutes: 15,
        papers: papers.iter().map(|id| paper(id)).collect(),
        channels: Vec::new(),
    }
}

impl Stage {
    fn new(papers: &[&str]) -> Self {
        let (store, home) = (Arc::new(StubStore::default()), tempfile::tempdir().expect("folder"));
        Self::start(store, home, papers)
    }

    fn start(store: Arc<StubStore>, home: tempfile::TempDir, papers: &[&str]) -> Self {
        Self::with(store, home, settings(papers))
    }

    fn with(store: Arc<StubStore>, home: tempfile::TempDir, settings: Settings) -> Self {
        let shelf = Arc::new(Shelf::new());
        let directory = AnyTarget::Directory(Directory::open(home.path()).expect("folder"));
        let publisher = Publisher::new(store.clone(), Some(shelf.clone()), vec![directory], settings);
        Self { store, shelf, publisher, home }
    }

    /// The same store and folder, with nothing in memory.
    fn restart(self, papers: &[&str]) -> Self {
        Self::start(self.store, self.home, papers)
    }

    async fn round(&self) -> Reconciled {
        self.publisher.reconcile(at(0)).await.expect("a round")
    }

    /// ETag, Last-Modified and bytes as readers get them; the file must have the same bytes.
    fn document(&self, path: &str) -> Option<(String, DateTime, String)> {
        let ready = self.shelf.look_up(path)?;
        let found = ready.representation(Coding::Identity).expect("bytes");
        assert_eq!(fs::read(self.home.path().join(path)).expect("a file"), found.body);
        let tag = ready.tag(Coding::Identity).to_str().expect("text").to_owned();
        Some((tag, ready.last_modified(), String::from_utf8(found.body.to_vec()).expect("UTF-8")))
    }
}

type DateTime = chrono::DateTime<chrono::Utc>;

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry")) {
        let name = entry.file_name().into_string().expect("text");
        if entry.path().is_dir() {
            found.extend(files(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn configured_category_is_published_before_it_has_items() {
    let stage = Stage::new(&["bao"]);
    let report = stage.round().await;
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!((report.channels, report.rendered, report.written), (2, 2, 24));
    let expected = [
        "bao/all.atom",
        "bao/all.fragment.html",
        "bao/all.html",
        "bao/all.json",
        "bao/all.rss",
        "bao/xa-hoi.atom",
        "bao/xa-hoi.fragment.html",
        "bao/xa-hoi.html",
        "bao/xa-hoi.json",
        "bao/xa-hoi.rss",
        "feeds.opml",
        "index.html",
    ];
    assert_eq!(files(stage.home.path()), expected);
    assert_eq!(stage.document("bao/xa-hoi.rss").expect("a feed").1, at(-600));
}

#[tokio::test]
async fn round_without_a_change_does_nothing() {
    let stage = Stage::new(&["bao"]);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.round().await;
    let report = stage.round().await;
    assert_eq!((report.rendered, report.written, report.removed), (0, 0, 0));
}

#[tokio::test]
async fn new_item_changes_its_own_feeds_alone() {
    let stage = Stage::new(&["bao"]);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.store.add("bao", &[phap_luat()], 1);
    stage.round().await;
    let before = ["bao/all.rss", "bao/phap-luat.rss", "bao/xa-hoi.rss"].map(|path| stage.document(path));
    stage.store.add("bao", &[phap_luat()], 60);
    assert_eq!(stage.round().await.rendered, 2);
    let after = ["bao/all.rss", "bao/phap-luat.rss", "bao/xa-hoi.rss"].map(|path| stage.document(path));
    for n in [0, 1] {
        let (before, after) = (before[n].as_ref().expect("a feed"), after[n].as_ref().expect("a feed"));
        assert!(before.0 != after.0 && before.1 < after.1 && after.2.contains("Bài số 3"));
    }
    assert_eq!(before[2], after[2]);
}

#[tokio::test]
async fn restart_serves_the_last_documents_at_once_and_changes_nothing() {
    let stage = Stage::new(&["bao"]);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.round().await;
    let before = stage.document("bao/all.rss");
    let stage = stage.restart(&["bao"]);
    assert_eq!(stage.publisher.restore().await.expect("restored"), 12);
    assert_eq!(stage.document("bao/all.rss"), before);
    let report = stage.round().await;
    assert_eq!((report.rendered, stage.document("bao/all.rss")), (0, before), "made from the same");
}

#[tokio::test]
async fn documents_of_a_paper_that_left_are_removed_and_other_files_stay() {
    let stage = Stage::new(&["bao", "khac"]);
    stage.round().await;
    fs::write(stage.home.path().join("robots.txt"), "theirs").expect("file");
    let stage = stage.restart(&["bao"]);
    stage.publisher.restore().await.expect("restored");
    assert!(stage.document("khac/all.rss").is_some());
    let report = stage.round().await;
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!(report.removed, 20);
    assert!(stage.shelf.look_up("khac/all.rss").is_none());
    let left = files(stage.home.path());
    assert!(left.contains(&"robots.txt".to_owned()) && !left.iter().any(|path| path.starts_with("khac")), "{left:?}");
    assert!(stage.store.kept.lock().expect("lock").keys().all(|path| !path.starts_with("khac")));
}

#[tokio::test]
async fn another_publisher_goes_on_where_the_one_before_left_off() {
    let stage = Stage::new(&["bao", "khac"]);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.round().await;
    let before = stage.document("bao/all.rss").expect("a feed");
    let mut other = settings(&["bao"]);
    other.papers[0].title = "Báo khác".to_owned();
    let directory = AnyTarget::Directory(Directory::open(stage.home.path()).expect("folder"));
    let next = Publisher::new(stage.store.clone(), Some(stage.shelf.clone()), vec![directory], other);
    assert_eq!(next.reconcile(at(0)).await.expect("a round").removed, 20);
    let after = stage.document("bao/all.rss").expect("a feed");
    assert!(after.0 != before.0 && after.1 > before.1 && stage.document("khac/all.rss").is_none());
}

#[tokio::test]
async fn failing_target_does_not_stop_the_others_and_is_tried_again() {
    let stage = Stage::new(&["bao"]);
    let obstacle = stage.home.path().join("bao/all.rss/x");
    fs::create_dir_all(&obstacle).expect("folder");
    let report = stage.round().await;
    let problem = report.problems.first().map(ToString::to_string).unwrap_or_default();
    assert!(
        report.problems.len() == 1 && problem.contains("bao/all.rss") && problem.contains("move it away"),
        "{problem}"
    );
    assert!(stage.shelf.look_up("bao/all.rss").is_some() && stage.document("bao/xa-hoi.rss").is_some());
    fs::remove_dir_all(stage.home.path().join("bao/all.rss")).expect("removed");
    assert!(stage.round().await.problems.is_empty());
    assert!(stage.document("bao/all.rss").is_some());
}

#[tokio::test]
async fn order_to_stop_ends_the_round_and_the_next_start_does_the_rest() {
    let stage = Stage::new(&["bao"]);
    stage.round().await;
    let before = stage.document("bao/all.rss");
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.publisher.stop();
    let report = stage.round().await;
    assert!(report.problems.is_empty() && report.written == 0 && stage.document("bao/all.rss") == before);
    let stage = stage.restart(&["bao"]);
    stage.round().await;
    assert!(stage.document("bao/all.rss").expect("a feed").2.contains("Bài số 1"));
}

#[tokio::test]
async fn broken_store_leaves_everything_as_it_is() {
    let stage = Stage::new(&["bao"]);
    stage.round().await;
    let before = stage.document("bao/all.rss");
    *stage.store.broken.lock().expect("lock") = true;
    assert!(matches!(stage.publisher.reconcile(at(0)).await, Err(PublishError::Store { .. })));
    assert_eq!(stage.document("bao/all.rss"), before);
}

/// Renders as always, but for RSS of which the newest title names the fault.
fn faulty(channel: &Channel, items: &[Item], gone: &[Tombstone]) -> [Publication; 5] {
    let mut publications = crate::render::render_all(channel, items, gone);
    let rss = &mut publications[0];
    if items.iter().any(|item| item.title == "Bài số 2") && items.len() < 3 {
        let text = String::from_utf8(rss.body.to_vec()).expect("UTF-8").replace("+0700", "giờ Hà Nội");
        (rss.body, rss.etag) = (text.into_bytes().into(), "\"faulty\"".to_owned());
    }
    publications
}

#[tokio::test]
async fn invalid_document_stays_back_and_the_last_good_one_stays_published() {
    let mut stage = Stage::new(&["bao"]);
    stage.publisher = stage.publisher.with_renderer(faulty);
    stage.store.add("bao", &[xa_hoi()], 0);
    assert!(stage.round().await.held_back.is_empty());
    let good = stage.document("bao/xa-hoi.rss").expect("a feed");
    stage.store.add("bao", &[xa_hoi()], 60);
    let report = stage.round().await;
    let paths: Vec<&str> = report.refused.iter().map(|refusal| refusal.path.as_str()).collect();
    assert_eq!(paths, ["bao/all.rss", "bao/xa-hoi.rss"]);
    assert_eq!((report.refused[1].rule.as_str(), report.refused[1].since), ("InvalidRFC2822Date", at(60)));
    assert!(report.refused[1].what.contains("giờ Hà Nội"), "{}", report.refused[1].what);
    assert_eq!(stage.document("bao/xa-hoi.rss").expect("a feed"), good, "on the shelf and as a file");
    assert!(stage.document("bao/xa-hoi.atom").expect("a feed").2.contains("Bài số 2"), "the others go on");
    assert_eq!(stage.store.refused.lock().expect("lock").len(), 2);
    let report = stage.round().await;
    assert_eq!((report.refused.len(), report.held_back.len()), (0, 2), "told once, and still true");
}

#[tokio::test]
async fn document_that_was_held_back_is_published_when_it_is_good_again() {
    let mut stage = Stage::new(&["bao"]);
    stage.publisher = stage.publisher.with_renderer(faulty);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.round().await;
    stage.store.add("bao", &[xa_hoi()], 60);
    stage.round().await;
    stage.store.add("bao", &[xa_hoi()], 120);
    assert!(stage.round().await.held_back.is_empty());
    assert!(stage.document("bao/xa-hoi.rss").expect("a feed").2.contains("Bài số 3"));
    assert!(stage.store.refused.lock().expect("lock").is_empty());
}

#[tokio::test]
async fn restart_renders_anew_what_was_held_back() {
    let mut stage = Stage::new(&["bao"]);
    stage.publisher = stage.publisher.with_renderer(faulty);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.round().await;
    stage.store.add("bao", &[xa_hoi()], 60);
    stage.round().await;
    let stage = stage.restart(&["bao"]);
    assert!(stage.round().await.held_back.is_empty(), "this version renders it right");
    assert!(stage.document("bao/xa-hoi.rss").expect("a feed").2.contains("Bài số 2"));
}

#[tokio::test]
async fn new_item_leaves_the_feeds_of_other_categories_untouched() {
    use std::os::unix::fs::MetadataExt;
    let stage = Stage::new(&["bao"]);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.store.add("bao", &[phap_luat()], 1);
    stage.round().await;
    let endings = ["rss", "atom", "json", "html"];
    let files = |category: &str| {
        endings.map(|ending| {
            let file = fs::metadata(stage.home.path().join(format!("bao/{category}.{ending}"))).expect("a file");
            (file.ino(), file.mtime(), file.mtime_nsec())
        })
    };
    let (same, other) = (files("phap-luat"), files("xa-hoi"));
    stage.store.add("bao", &[xa_hoi()], 2);
    let report = stage.round().await;
    assert_eq!(report.rendered, 2, "the category and all of the paper");
    assert_eq!(files("phap-luat"), same);
    assert!(files("xa-hoi").iter().zip(&other).all(|(after, before)| after != before));
}

#[tokio::test]
async fn what_left_a_channel_is_told_in_its_atom_feed_alone() {
    let stage = Stage::new(&["bao"]);
    let guid = "tag:bao.example,2026:bao/gone";
    *stage.store.gone.lock().expect("lock") = vec![Tombstone { guid: guid.to_owned(), at: at(60) }];
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.round().await;
    let says = |path: &str| stage.document(path).expect("a document").2.contains(guid);
    assert!(says("bao/xa-hoi.atom") && says("bao/all.atom"));
    assert!(["rss", "json", "html"].iter().all(|ending| !says(&format!("bao/xa-hoi.{ending}"))));
}
