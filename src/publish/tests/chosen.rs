//! What the configuration chooses, over several papers.

use super::*;
use crate::model::{ChannelName, Only, Place, Selection, WordPattern};

fn weather(places: &[(&str, Option<Category>)], only: Only) -> ChannelSettings {
    let place = |(paper, category): &(&str, Option<Category>)| Place {
        paper: PaperId::new(*paper).expect("a slug"),
        category: category.as_ref().map(|category| category.slug.clone()),
    };
    ChannelSettings {
        name: ChannelName::new("thoi-tiet").expect("a slug"),
        title: "Thời tiết".to_owned(),
        selection: Selection { places: places.iter().map(place).collect(), only, limit: 20 },
    }
}

fn words(pattern: &str) -> Only {
    Only { words: vec![WordPattern::new(pattern).expect("a pattern")], ..Only::default() }
}

fn stage(channels: Vec<ChannelSettings>) -> Stage {
    let (store, home) = (Arc::new(StubStore::default()), tempfile::tempdir().expect("folder"));
    Stage::with(store, home, Settings { channels, ..settings(&["bao", "khac"]) })
}

#[tokio::test]
async fn chosen_channel_is_published_like_every_other() {
    let stage = stage(vec![weather(&[("bao", None), ("khac", None)], words("bai so 2|mot doan"))]);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.store.add("khac", &[xa_hoi()], 1);
    let report = stage.round().await;
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!((report.channels, report.rendered), (5, 5));
    for ending in ["rss", "atom", "json", "html", "fragment.html"] {
        let (_, changed, text) = stage.document(&format!("channel/thoi-tiet.{ending}")).expect("a document");
        assert!(changed == at(1) && text.contains("Bài số 1") && text.contains("Bài số 2"), "{ending}: {text}");
    }
    for list in ["index.html", "feeds.opml"] {
        let text = stage.document(list).expect("a list").2;
        assert!(text.contains("https://feeds.example.vn/channel/thoi-tiet.rss"), "{list}: {text}");
    }
    assert!(is_topic("channel/thoi-tiet.rss"));
    assert_eq!(stage.round().await.rendered, 0);
}

#[tokio::test]
async fn chosen_channel_is_untouched_by_what_it_does_not_choose() {
    let stage = stage(vec![weather(&[("bao", None), ("khac", Some(xa_hoi()))], words("bai so [13]"))]);
    stage.store.add("bao", &[xa_hoi()], 0);
    let first = stage.round().await;
    assert_eq!((first.channels, first.rendered), (5, 5));
    let before = stage.document("channel/thoi-tiet.json").expect("a feed");
    stage.store.add("bao", &[phap_luat()], 60);
    let report = stage.round().await;
    assert_eq!((report.channels, report.rendered), (6, 2), "the paper's feed and the new category's");
    assert_eq!(stage.document("channel/thoi-tiet.json").as_ref(), Some(&before));
    stage.store.add("khac", &[xa_hoi()], 120);
    let report = stage.round().await;
    assert_eq!(report.rendered, 3);
    let after = stage.document("channel/thoi-tiet.json").expect("a feed");
    assert!(after.0 != before.0 && after.1 > before.1 && after.2.contains("Bài số 3") && !after.2.contains("Bài số 2"));
}

#[tokio::test]
async fn changed_choice_is_rendered_and_one_that_left_is_removed() {
    let all: [(&str, Option<Category>); 1] = [("bao", None)];
    let stage = stage(vec![weather(&all, words("bai so 1"))]);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.store.add("bao", &[xa_hoi()], 1);
    stage.round().await;
    let before = stage.document("channel/thoi-tiet.rss").expect("a feed");
    assert!(before.2.contains("<title>Thời tiết - Báo</title>"), "of one paper it has its name: {}", before.2);
    let Stage { store, home, .. } = stage;
    let settings = |channels| Settings { channels, ..settings(&["bao", "khac"]) };
    let other = settings(vec![weather(&all, Only { newest: true, ..Only::default() })]);
    let stage = Stage::with(store, home, other);
    stage.publisher.restore().await.expect("restored");
    stage.round().await;
    let after = stage.document("channel/thoi-tiet.rss").expect("a feed");
    assert!(after.1 > before.1 && after.2.contains("Bài số 2") && !after.2.contains("Bài số 1"), "the newest alone");
    let Stage { store, home, .. } = stage;
    let stage = Stage::with(store, home, settings(Vec::new()));
    stage.publisher.restore().await.expect("restored");
    assert!(stage.round().await.removed >= 5);
    assert!(stage.document("channel/thoi-tiet.rss").is_none());
    assert!(!files(stage.home.path()).iter().any(|path| path.starts_with("channel/")));
}

#[tokio::test]
async fn older_bulletin_is_back_when_the_newer_one_is_withdrawn() {
    let newest = Only { newest: true, ..Only::default() };
    let stage = stage(vec![weather(&[("bao", Some(xa_hoi()))], newest)]);
    stage.store.add("bao", &[xa_hoi()], 0);
    stage.store.add("bao", &[xa_hoi()], 60);
    stage.store.add("bao", &[phap_luat()], 90);
    stage.round().await;
    let shown = |stage: &Stage| {
        let text = stage.document("channel/thoi-tiet.atom").expect("a feed").2;
        [1, 2, 3].map(|number| text.contains(&format!("<title>Bài số {number}</title>")))
    };
    assert_eq!(shown(&stage), [false, true, false]);
    stage.store.items.lock().expect("lock").remove(1);
    stage.round().await;
    assert_eq!(shown(&stage), [true, false, false]);
}
