//! Another site mirrors a paper, and is told where it cannot go on.

use super::*;
use crate::model::{
    CategorySlug, ChannelId, ChannelPaper, Draft, ItemKey, PaperId, Permalink, SafeHtml, Selection, SourceId,
};
use crate::render::render;
use crate::store::sqlite::SqliteStore;
use crate::store::{Arrival, Batch, Coverage, ItemReference, Retention};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use url::Url;

fn now(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_032_600, 0).expect("a moment") + TimeDelta::hours(hours)
}

fn paper() -> PaperId {
    PaperId::new("bao").expect("a slug")
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn channel(store: &SqliteStore) -> Channel {
    Channel {
        id: ChannelId::Paper(paper()),
        title: "Báo".to_owned(),
        category_title: None,
        paper_title: "Báo".to_owned(),
        papers: vec![ChannelPaper {
            id: paper(),
            title: "Báo".to_owned(),
            home: url("https://bao.vn/"),
            language: "vi".to_owned(),
            full_content: true,
        }],
        link: url("https://bao.vn/"),
        base_url: url("https://feeds.example.vn/"),
        description: "Bài mới.".to_owned(),
        copyright: None,
        language: "vi".to_owned(),
        timezone: chrono_tz::Asia::Ho_Chi_Minh,
        full_content: true,
        query: None,
        page: None,
        prev_archive: None,
        hub: None,
        selection: Selection::of(paper(), None, 10_000),
        ttl_minutes: 15,
        epoch: store.epoch(),
    }
}

fn draft(number: u64, wording: u64) -> Draft {
    Draft {
        source: SourceId::new(&paper(), "xa-hoi").expect("a slug"),
        paper: paper(),
        keys: vec![ItemKey::Permalink(format!("bao.vn/bai-{number}"))],
        permalink: Permalink::new(url(&format!("https://bao.vn/bai-{number}"))).expect("a web address"),
        title: format!("Bài viết mang số {number} và lời văn thứ {wording}"),
        summary: Some(format!("Tóm tắt {number}")),
        content: Some(SafeHtml::vouch(format!("<p>Nội dung của bài {number}, bản {wording}.</p>"))),
        categories: vec![crate::model::Category {
            slug: CategorySlug::new("xa-hoi").expect("a slug"),
            title: "Xã hội".to_owned(),
        }],
        authors: Vec::new(),
        language: None,
        image: None,
        enclosures: Vec::new(),
        published: None,
        updated: None,
        place: 0,
        fingerprint: number,
    }
}

fn batch(drafts: Vec<Draft>, at: DateTime<Utc>) -> Batch {
    Batch {
        source: SourceId::new(&paper(), "xa-hoi").expect("a slug"),
        paper: paper(),
        authority: "bao.vn".to_owned(),
        now: at,
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
    }
}

fn opened(folder: &Path) -> (Arc<SqliteStore>, Mirrors<SqliteStore>) {
    let store = Arc::new(SqliteStore::open(folder, now(0)).expect("a store"));
    let mirrors = Mirrors::new(Arc::clone(&store));
    mirrors.replace(vec![channel(&store)]);
    (store, mirrors)
}

struct Page {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

async fn ask(mirrors: &Mirrors<SqliteStore>, query: &str, headers: &HeaderMap) -> Page {
    use http_body_util::BodyExt;
    let paper = mirrors.paper("bao/changes").expect("the paper");
    let uri: Uri = format!("/bao/changes{query}").parse().expect("an address");
    let reply = mirrors.answer(*paper, &uri, headers).await;
    let (parts, body) = reply.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") };
    Page { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// A site that follows the stream: what it holds, and where it stopped.
#[derive(Default)]
struct Mirror {
    items: BTreeMap<String, Value>,
    cursor: Option<String>,
    seen: Vec<String>,
}

impl Mirror {
    async fn follow(&mut self, mirrors: &Mirrors<SqliteStore>) {
        loop {
            let query = self.cursor.as_ref().map_or(String::new(), |cursor| format!("?cursor={cursor}"));
            let page = ask(mirrors, &query, &HeaderMap::new()).await;
            assert_eq!(page.status, 200, "{query} {}", page.body);
            for change in page.body["changes"].as_array().expect("changes") {
                self.take(change);
            }
            self.cursor = page.body["next"].as_str().map(str::to_owned);
            if page.body["more"] == false {
                return;
            }
        }
    }

    fn take(&mut self, change: &Value) {
        let id = change["id"].as_str().expect("a guid").to_owned();
        self.seen.push(change["cursor"].as_str().expect("a cursor").to_owned());
        match change["kind"].as_str().expect("a kind") {
            "create" | "update" | "return" => match change.get("item") {
                Some(item) => drop(self.items.insert(id, item.clone())),
                None => drop(self.items.remove(&id)),
            },
            "withdraw" | "erase" => drop(self.items.remove(&id)),
            other => panic!("no such kind: {other}"),
        }
    }
}

async fn feed(store: &SqliteStore) -> BTreeMap<String, Value> {
    let channel = channel(store);
    let items = store.items(&channel.selection).await.expect("items");
    let feed: Value = serde_json::from_slice(&render(&channel, &items, crate::model::Format::Json).body).expect("JSON");
    let items = feed["items"].as_array().expect("items").iter();
    items.map(|item| (item["id"].as_str().expect("a guid").to_owned(), item.clone())).collect()
}

#[tokio::test]
async fn mirror_equals_the_feed_through_edits_withdrawals_and_restarts() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, mut mirrors) = opened(folder.path());
    let mut mirror = Mirror::default();
    let mut dice = 0x2545_f491_4f6c_dd1d_u64;
    let mut roll = move |below: u64| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice % below
    };
    for hour in 1..120 {
        let at = now(hour);
        match roll(8) {
            0..=3 => {
                let drafts = (0..=roll(9)).map(|_| draft(roll(300), roll(4))).collect();
                drop(store.commit(batch(drafts, at)).await.expect("a commit"));
            }
            choice @ 4..=6 => {
                let held = feed(&store).await;
                let Some(guid) = held.keys().nth(usize::try_from(roll(20)).expect("few")) else { continue };
                let named = ItemReference::Guid(guid.clone());
                if choice == 4 {
                    store.erase(&named, at).await.expect("a store").expect("an item");
                } else {
                    store.withdraw(&named, at).await.expect("a store").expect("an item");
                }
            }
            _ => {
                store.close();
                drop((store, mirrors));
                (store, mirrors) = opened(folder.path());
            }
        }
        if roll(3) == 0 {
            mirror.follow(&mirrors).await;
            assert_eq!(mirror.items, feed(&store).await, "after {hour} hours");
        }
    }
    mirror.follow(&mirrors).await;
    assert_eq!(mirror.items, feed(&store).await);
    // one that begins now hears of the same, and nobody heard of anything twice
    let mut late = Mirror::default();
    late.follow(&mirrors).await;
    assert!(late.items == mirror.items && late.items.len() > 20);
    assert_eq!(late.seen, mirror.seen);
    let mut once = mirror.seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), mirror.seen.len());
    assert!(once.len() > PAGE as usize, "there was more than one page");
}

#[tokio::test]
async fn cursor_that_is_lost_is_told_from_one_that_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, mirrors) = opened(folder.path());
    drop(store.commit(batch((1..=3).map(|n| draft(n, 0)).collect(), now(1))).await.expect("a commit"));
    let first = ask(&mirrors, "", &HeaderMap::new()).await;
    let cursors: Vec<_> =
        first.body["changes"].as_array().expect("changes").iter().map(|c| c["cursor"].clone()).collect();
    let epoch = cursors[0].as_str().and_then(|cursor| cursor.split_once('-')).expect("a cursor").0.to_owned();
    let status = async |query: String| ask(&mirrors, &query, &HeaderMap::new()).await.status;
    for bad in ["?cursor=", "?cursor=7", "?cursor=x-1", "?cursor=-1", "?cursor=1--1", "?cursor=1-99999999999999999999"]
    {
        assert_eq!(status(bad.to_owned()).await, 400, "{bad}");
    }
    assert_eq!(status("?cursor=abc-1".to_owned()).await, 410, "of another store");
    assert_eq!(status(format!("?cursor={epoch}-4")).await, 410, "beyond the end");
    assert_eq!(status(format!("?cursor={epoch}-0")).await, 200);
    // the stream tells no more than is kept
    let policy = Retention { keep: Duration::from_secs(3600), keep_least: 10, max_bytes: None };
    store.prune(&policy, now(1_000)).await.expect("a run");
    let refused = ask(&mirrors, &format!("?cursor={epoch}-2"), &HeaderMap::new()).await;
    assert_eq!((refused.status, &refused.body["start_url"]), (410, &"https://feeds.example.vn/bao/changes".into()));
    let quiet = ask(&mirrors, &format!("?cursor={epoch}-3"), &HeaderMap::new()).await;
    assert_eq!((quiet.status, quiet.body["changes"].as_array().map(Vec::len)), (200, Some(0)));
    assert_eq!(quiet.body["next"], cursors[2]);
}

#[tokio::test]
async fn last_page_is_asked_for_conditionally_and_an_erased_item_leaves_every_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, mirrors) = opened(folder.path());
    drop(store.commit(batch((1..=120).map(|n| draft(n, 0)).collect(), now(1))).await.expect("a commit"));
    let full = ask(&mirrors, "", &HeaderMap::new()).await;
    assert_eq!((full.body["changes"].as_array().map(Vec::len), &full.body["more"]), (Some(100), &true.into()));
    assert_eq!(full.headers[header::CACHE_CONTROL], FULL_PAGE);
    let next = full.body["next_url"].as_str().and_then(|next| next.split_once("changes")).expect("an address").1;
    let last = ask(&mirrors, next, &HeaderMap::new()).await;
    assert_eq!((last.headers[header::CACHE_CONTROL].clone(), &last.body["more"]), (LAST_PAGE, &false.into()));
    let condition = HeaderMap::from_iter([(header::IF_NONE_MATCH, last.headers[header::ETAG].clone())]);
    let again = ask(&mirrors, next, &condition).await;
    assert_eq!(
        (again.status, again.body, &again.headers[header::ETAG]),
        (304, Value::Null, &last.headers[header::ETAG])
    );
    let told = &full.body["changes"][3];
    let guid = told["id"].as_str().expect("a guid").to_owned();
    assert!(told["item"]["content_html"].as_str().is_some_and(|content| content.contains("Nội dung")));
    store.erase(&ItemReference::Guid(guid.clone()), now(2)).await.expect("a store").expect("an item");
    let full = ask(&mirrors, "", &HeaderMap::new()).await;
    let told = full.body["changes"][3].as_object().expect("an entry");
    assert_eq!(told.keys().collect::<Vec<_>>(), ["at", "cursor", "id", "kind"], "nothing but that it was there");
    assert_eq!(ask(&mirrors, next, &condition).await.status, 200, "the end of the stream tells of it");
    assert!(mirrors.paper("khac/changes").is_none() && mirrors.paper("bao/x/changes").is_none());
}
