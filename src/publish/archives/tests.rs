//! What is due when, and a paper's life over a real store: a current feed and its archives together always have all that
//! readers may see, and a page never changes.

use super::*;
use crate::model::{
    Category, CategorySlug, ChannelName, DateOrigin, Draft, Format, ItemKey, PaperId, Permalink, Precision, PubDate,
    Selection, SourceId,
};
use crate::publish::{ChannelSettings, Coding, PaperSettings, Publisher, Reconciled, SectionSettings, Shelf};
use crate::store::sqlite::SqliteStore;
use crate::store::{Arrival, Batch, Coverage, ItemReference};
use chrono::{DateTime, Duration, Utc};
use flate2::read::GzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;
use url::Url;

/// Items that a feed shows.
const LIMIT: u32 = 8;
const CATEGORIES: [&str; 2] = ["xa-hoi", "kinh-te"];

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn waiting(days: &[&str], feed: Option<(&str, &str)>) -> Unarchived {
    let item = |(n, day): (usize, &&str)| (moment(&format!("{day}T05:00:00Z")), ItemId(i64::try_from(n).expect("few")));
    let at = |day: &str| (moment(&format!("{day}T05:00:00Z")), ItemId(0));
    Unarchived {
        items: days.iter().enumerate().map(item).collect(),
        quarter: feed.map(|(quarter, _)| at(quarter)),
        last: feed.map(|(_, last)| at(last)),
    }
}

/// What is due in February.
fn due_of(waiting: &Unarchived) -> Option<(String, usize)> {
    due(waiting, "2026-02".parse().expect("a month"), chrono_tz::Asia::Ho_Chi_Minh)
        .map(|(month, ids)| (month.to_string(), ids.len()))
}

#[test]
fn month_is_archived_when_it_is_over() {
    let days = ["2026-01-05", "2026-01-30", "2026-02-01"];
    assert_eq!(due_of(&waiting(&days, None)), Some(("2026-01".to_owned(), 2)));
    assert_eq!(due_of(&waiting(&days[2..], None)), None, "a feed with room waits for the month to end");
    assert_eq!(due_of(&waiting(&[], None)), None);
}

#[test]
fn running_month_is_archived_when_something_leaves_the_feed() {
    let days = ["2026-02-03", "2026-02-05", "2026-02-07", "2026-02-09"];
    let feed = |last| waiting(&days, Some(("2026-02-08", last)));
    assert_eq!(due_of(&feed("2026-02-03")), None, "the feed shows the oldest still");
    assert_eq!(due_of(&feed("2026-02-04")), Some(("2026-02".to_owned(), 3)), "all but the youngest");
}

#[test]
fn page_has_so_many_items_at_most() {
    let days = vec!["2026-01-05"; MOST_ITEMS + 7];
    assert_eq!(due_of(&waiting(&days, None)), Some(("2026-01".to_owned(), MOST_ITEMS)));
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("small") % bound
    }
}

fn paper_id() -> PaperId {
    PaperId::new("bao").expect("a slug")
}

fn category(slug: &str) -> Category {
    Category { slug: CategorySlug::new(slug).expect("a slug"), title: slug.to_owned() }
}

fn settings(base_url: &str) -> Settings {
    let url = |text: &str| Url::parse(text).expect("a URL");
    Settings {
        base_url: url(base_url),
        hub: None,
        ttl_minutes: 15,
        papers: vec![PaperSettings {
            id: paper_id(),
            title: "Báo".to_owned(),
            home: url("https://bao.example/"),
            language: "vi".to_owned(),
            copyright: None,
            timezone: chrono_tz::Asia::Ho_Chi_Minh,
            item_limit: LIMIT,
            full_content: false,
            sections: CATEGORIES
                .iter()
                .map(|slug| SectionSettings { category: Some(category(slug)), url: url("https://bao.example/") })
                .collect(),
        }],
        channels: Vec::new(),
    }
}

/// A paper, its store, and what a reader of the archives has seen.
struct Life {
    store: Arc<SqliteStore>,
    shelf: Arc<Shelf>,
    publisher: Publisher<SqliteStore>,
    _folder: tempfile::TempDir,
    now: DateTime<Utc>,
    articles: usize,
    /// Pages by path, as they were first seen.
    pages: BTreeMap<String, String>,
    erased: BTreeSet<String>,
}

impl Life {
    fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let now = moment("2026-01-20T02:00:00Z");
        let store = Arc::new(SqliteStore::open(folder.path(), now).expect("a store"));
        let shelf = Arc::new(Shelf::new());
        let settings = settings("https://feeds.example.vn/");
        let publisher = Publisher::new(Arc::clone(&store), Some(Arc::clone(&shelf)), Vec::new(), settings);
        let (pages, erased) = (BTreeMap::new(), BTreeSet::new());
        Self { store, shelf, publisher, _folder: folder, now, articles: 0, pages, erased }
    }

    /// The same store and shelf under another public address.
    fn move_to(&mut self, base_url: &str) {
        let shelf = Some(Arc::clone(&self.shelf));
        self.publisher = Publisher::new(Arc::clone(&self.store), shelf, Vec::new(), settings(base_url));
        self.pages.clear();
    }

    async fn publish(&mut self, count: usize, days_ago: usize, dice: &mut Dice) {
        let drafts: Vec<Draft> = (0..count)
            .map(|place| {
                self.articles += 1;
                let number = self.articles;
                let link = Url::parse(&format!("https://bao.example/bai-{number}.html")).expect("a URL");
                let ago = Duration::days(i64::try_from(days_ago).expect("few"))
                    + Duration::minutes(i64::try_from(dice.below(3)).expect("few"));
                let date = PubDate { at: self.now - ago, precision: Precision::Minute, origin: DateOrigin::Feed };
                Draft {
                    source: SourceId::new(&paper_id(), "xa-hoi").expect("a slug"),
                    paper: paper_id(),
                    keys: vec![ItemKey::Permalink(format!("bao.example/bai-{number}.html"))],
                    permalink: Permalink::new(link).expect("a web address"),
                    title: format!("Bài số {number} về {}", "abcdefgh".repeat(number % 5 + 1)),
                    summary: Some(format!("Đoạn {number} & <em>.")),
                    content: None,
                    categories: vec![category(CATEGORIES[dice.below(2)])],
                    authors: Vec::new(),
                    language: None,
                    image: None,
                    enclosures: Vec::new(),
                    published: Some(date),
                    updated: None,
                    place,
                    fingerprint: u64::try_from(number).expect("few") << 32,
                }
            })
            .collect();
        self.commit(drafts).await;
    }

    async fn commit(&self, drafts: Vec<Draft>) {
        let batch = Batch {
            source: SourceId::new(&paper_id(), "xa-hoi").expect("a slug"),
            paper: paper_id(),
            authority: "bao.example".to_owned(),
            now: self.now,
            poll: None,
            memory: None,
            drafts: Arc::new(drafts),
            coverage: Coverage::Part,
            arrival: Arrival::Ready,
            release: Vec::new(),
            article: None,
            origins: Vec::new(),
            body: None,
            anew: None,
        };
        self.store.commit(batch).await.expect("a commit");
    }

    async fn visible(&self, slug: Option<&str>) -> Vec<Item> {
        let category = slug.map(|slug| CategorySlug::new(slug).expect("a slug"));
        self.store.items(&Selection::of(paper_id(), category, 10_000)).await.expect("items")
    }

    async fn take_out(&mut self, erase: bool, dice: &mut Dice) {
        let visible = self.visible(None).await;
        if visible.is_empty() {
            return;
        }
        let guid = visible[dice.below(visible.len())].guid.clone();
        let reference = ItemReference::Guid(guid.clone());
        if erase {
            self.store.erase(&reference, self.now).await.expect("a store");
            self.erased.insert(guid);
        } else {
            self.store.withdraw(&reference, self.now).await.expect("a store");
        }
    }

    async fn round(&self) -> Reconciled {
        let mut done = self.publisher.reconcile(self.now).await.expect("a round");
        while done.unfinished {
            done = self.publisher.reconcile(self.now).await.expect("a round");
        }
        assert!(done.problems.is_empty() && done.held_back.is_empty(), "{:?} {:?}", done.problems, done.held_back);
        done
    }

    async fn page(&self, path: &str) -> String {
        let kept = self.store.archived(path).await.expect("a store").unwrap_or_else(|| panic!("{path} is linked to"));
        let mut text = String::new();
        GzDecoder::new(&kept.gzip[..]).read_to_string(&mut text).expect("gzip");
        text
    }

    /// Walks from each current feed back to the first page, and holds what is read against what must hold.
    async fn look(&mut self, format: Format) {
        for slug in [None, Some(CATEGORIES[0]), Some(CATEGORIES[1])] {
            let visible: BTreeSet<String> = self.visible(slug).await.into_iter().map(|item| item.guid).collect();
            let stem = format!("bao/{}", slug.unwrap_or("all"));
            let feed = self.shelf.look_up(&format!("{stem}.{}", format.extension())).expect("a feed");
            let feed = feed.representation(Coding::Identity).expect("bytes").body.clone();
            let mut document = String::from_utf8(feed.to_vec()).expect("UTF-8");
            let (mut read, mut on_pages): (BTreeSet<String>, BTreeSet<String>) =
                (guids(&document, format).into_iter().collect(), BTreeSet::new());
            while let Some(path) = link(&document, "prev-archive") {
                document = self.page(&path).await;
                assert!(document.contains("<fh:archive"), "{path} says that it is a page");
                assert_eq!(link(&document, "self").as_deref(), Some(&*path));
                assert_eq!(link(&document, "current"), Some(format!("{stem}.{}", format.extension())));
                assert_eq!(link(&document, "hub"), None);
                for guid in guids(&document, format) {
                    assert!(!self.erased.contains(&guid), "{path} shows what was erased");
                    assert!(on_pages.insert(guid.clone()), "{guid} stands on two pages");
                    read.insert(guid);
                }
                let before = self.pages.entry(path.clone()).or_insert_with(|| document.clone());
                let lost_to_erasure = guids(before, format).iter().any(|guid| self.erased.contains(guid));
                assert!(*before == document || lost_to_erasure, "{path} changed");
                before.clone_from(&document);
            }
            let missing: Vec<_> = visible.difference(&read).collect();
            assert!(missing.is_empty(), "{stem} lost {missing:?}");
        }
    }
}

fn guids(document: &str, format: Format) -> Vec<String> {
    let (item, open, close) = if format == Format::Rss {
        ("<item>", "<guid isPermaLink=\"false\">", "</guid>")
    } else {
        ("<entry>", "<id>", "</id>")
    };
    let within =
        |item: &str| item.split_once(open).and_then(|(_, rest)| rest.split_once(close)).map(|(id, _)| id.to_owned());
    document.split(item).skip(1).map(|item| within(item).expect("an id")).collect()
}

/// The path that a document's link of its own leads to.
fn link(document: &str, rel: &str) -> Option<String> {
    let head = document.split("<item>").next()?.split("<entry>").next()?;
    let link = head.split('<').find(|tag| tag.contains(&format!("rel=\"{rel}\"")))?;
    let href = link.split_once("href=\"")?.1.split_once('"')?.0;
    Url::parse(href).ok().map(|url| url.path().trim_start_matches('/').to_owned())
}

#[tokio::test]
async fn feed_and_archives_together_have_everything_whatever_happens() {
    let lives = if cfg!(debug_assertions) { 6 } else { 40 };
    for seed in 1..=lives {
        let (mut life, mut dice) = (Life::begin(), Dice(seed));
        for turn in 0..30 {
            match dice.below(10) {
                0..=4 => {
                    let count = dice.below(12) + 1;
                    life.publish(count, 0, &mut dice).await;
                }
                5 => {
                    let (count, days_ago) = (dice.below(3) + 1, dice.below(70));
                    life.publish(count, days_ago, &mut dice).await;
                }
                6 => life.take_out(false, &mut dice).await,
                7 => life.take_out(true, &mut dice).await,
                8 => life.move_to(["https://feeds.example.vn/", "https://khac.example.vn/"][turn % 2]),
                _ => {}
            }
            life.now += Duration::hours(i64::try_from(dice.below(24 * 7)).expect("few"));
            life.round().await;
            life.look(if turn % 2 == 0 { Format::Rss } else { Format::Atom }).await;
        }
        assert!(life.pages.len() > 3 || life.articles < 30, "{} pages of {}", life.pages.len(), life.articles);
    }
}

#[tokio::test]
async fn long_history_is_archived_in_several_rounds_while_feeds_go_out() {
    let (mut life, mut dice) = (Life::begin(), Dice(7));
    let months = MOST_PAGES / 2 + 3;
    for month in 0..months {
        life.publish(1, month * 31, &mut dice).await;
    }
    let first = life.publisher.reconcile(life.now).await.expect("a round");
    assert!((first.archived, first.unfinished) == (MOST_PAGES, true) && first.rendered > 0, "{first:?}");
    life.round().await;
    life.look(Format::Atom).await;
    let again = life.round().await;
    assert_eq!((again.archived, again.rendered, again.written), (0, 0, 0), "nothing is left to do");
}

#[tokio::test]
async fn what_the_configuration_chooses_has_no_archives() {
    let (mut life, mut dice) = (Life::begin(), Dice(9));
    let selection = Selection::of(paper_id(), None, LIMIT);
    let name = ChannelName::new("moi").expect("a slug");
    let chosen = ChannelSettings { name, title: "Mới".to_owned(), selection };
    let settings = Settings { channels: vec![chosen], ..settings("https://feeds.example.vn/") };
    let shelf = Some(Arc::clone(&life.shelf));
    life.publisher = Publisher::new(Arc::clone(&life.store), shelf, Vec::new(), settings);
    life.publish(1, 40, &mut dice).await;
    life.publish(1, 0, &mut dice).await;
    let done = life.publisher.reconcile(life.now).await.expect("a round");
    let heads = life.store.archive_heads().await.expect("pages");
    assert!(done.archived >= 1 && heads.iter().all(|page| page.channel.paper().is_some()), "{heads:?}");
    let feed = |path: &str| {
        let ready = life.shelf.look_up(path).expect("a feed");
        String::from_utf8(ready.representation(Coding::Identity).expect("bytes").body.to_vec()).expect("UTF-8")
    };
    assert_eq!(link(&feed("channel/moi.rss"), "prev-archive"), None);
    assert_eq!(link(&feed("bao/all.rss"), "prev-archive").as_deref(), Some("bao/all/archive/2025-12.rss"));
}
